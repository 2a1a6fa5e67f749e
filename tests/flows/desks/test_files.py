"""Tickets as files: what a person does with a file is what the desk sees."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flows.desks.desk import Down, Gone
from flows.desks.files import Files


@pytest.fixture
def desk(tmp_path):
    return Files(tmp_path / "tickets")


def test_an_open_ticket_is_found_by_its_marker(desk, ticket):
    seen = desk.open(ticket(), "once")
    assert desk.open_tickets() == [seen] == desk.find(ticket().marker, datetime.now(UTC))
    assert (seen.marker, seen.is_open) == (ticket().marker, True)
    assert (desk.folder / seen.key).read_text().endswith("# packet 1\n\ntwo fields\n")


def test_whoever_writes_closed_or_deletes_the_file_has_closed_it(desk, ticket):
    path = desk.folder / desk.open(ticket(), "once").key
    path.write_text(path.read_text().replace("state: open", "state: closed"))
    assert desk.open_tickets() == []
    assert not desk.look(path.name).is_open
    path.unlink()
    assert desk.look(path.name) is None


def test_an_update_leaves_open_what_is_open_and_closed_what_is_closed(desk, ticket):
    key = desk.open(ticket(), "once").key
    for is_open in (True, False):
        desk.set(key, ticket(), is_open, "once")
        desk.set(key, ticket(body="one field"), None, "once")
        assert desk.look(key).is_open == is_open
    assert "one field" in (desk.folder / key).read_text()


def test_a_packet_is_no_path(desk, ticket):
    seen = desk.open(replace(ticket(), packet_id="h:../../1:1"), "once")
    assert (desk.folder / seen.key).parent == desk.folder
    assert [path.name for path in desk.folder.iterdir()] == [seen.key]


def test_a_folder_that_cannot_be_written_is_a_desk_that_is_down(desk, ticket):
    desk.folder.parent.joinpath("tickets").write_text("a file")
    with pytest.raises(Down, match="mend the folder"):
        desk.open(ticket(), "once")


def test_two_lines_in_the_head_decide_and_outlive_an_update(desk, ticket):
    path = desk.folder / desk.open(ticket(), "once").key
    text = path.read_text().replace("owner: ann\n", "owner: ann\nDecision: reject: wrong_value\nby: u17\n")
    path.write_text(text)
    (said,) = desk.said(datetime(2000, 1, 1, tzinfo=UTC))
    assert (said.key, said.by, said.text) == (path.name, "u17", "reject: wrong_value")
    desk.set(path.name, ticket(body="one field"), None, "once")
    assert [one.id for one in desk.said(datetime(2000, 1, 1, tzinfo=UTC))] == [said.id]
    assert desk.said(said.at.replace(year=2100)) == []


def test_a_file_that_is_gone_is_not_written_anew(desk, ticket):
    key = desk.open(ticket(), "once").key
    (desk.folder / key).unlink()
    with pytest.raises(Gone):
        desk.set(key, ticket(), True, "once")


def test_a_decision_that_is_corrected_above_or_below_is_another_and_each_stays_as_old_as_it_is(desk, ticket):
    path = desk.folder / desk.open(ticket(), "once").key
    heads = ("decision: reject\nby: u17\n", "decision: reject: capacity\nby: u17\n")
    path.write_text(path.read_text().replace("owner: ann\n", f"owner: ann\n{heads[0]}"))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    desk.set(path.name, ticket(body="one field"), None, "once")
    (said,) = desk.said(datetime(2000, 1, 1, tzinfo=UTC))
    assert said.at == datetime.fromtimestamp(1_000_000_000, UTC)
    for place in ("owner: ann\n{}{}", "owner: ann\n{1}{0}"):
        path.write_text(path.read_text().replace(f"owner: ann\n{heads[0]}", place.format(*heads[::-1])))
        desk.set(path.name, ticket(), None, "once")
        found = desk.said(datetime(2000, 1, 1, tzinfo=UTC))
        assert {(one.by, one.text) for one in found} == {("u17", "reject"), ("u17", "reject: capacity")}
        assert len({one.id for one in found}) == len(found) == 2
