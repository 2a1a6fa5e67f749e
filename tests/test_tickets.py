"""From a failing packet to its ticket and back: nights of one packet, the desks told after each."""

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from contracts import load_catalogue
from flows import announcing, desks, show, steps, warehouse
from tests.test_restatements import CONTRACT, SEAM, SOURCES, packet

AS_OF = datetime(2026, 2, 1, tzinfo=UTC)
MENDED = {
    "source": "crm", "handoff": SEAM, "subject": "a", "time": "2026-01-20T10:00:00Z",
    "actor": "ann", "type": "handoff.field_set", "field": "goal", "value": "a whole goal",
}  # fmt: skip


@pytest.fixture(scope="module")
def nights(new_house):
    """What is published after each night: the packet fails; the same again; it is mended; the same again."""
    house = new_house(SOURCES, {f"{SEAM}.yaml": CONTRACT})
    path = house.project / "contracts" / "organisation.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("# alerts_from: 2026-09-01", "alerts_from: 2026-01-01")
    )
    house.compile()
    story = SimpleNamespace(house=house, seen=[], sent=[], announced=[])
    house.write_events("exports/1.csv", packet("a", "2026-01-10T10:00:00Z", None))
    for night in range(4):
        if night == 2:
            house.write_events("exports/2.csv", [MENDED])
        house.run(AS_OF)
        story.sent.append(str(desks.tell(house.settings, load_catalogue(house.project), f"r{night}", AS_OF)))
        story.seen.append(house.dicts("SELECT * FROM tickets"))
        story.announced.append(
            announced := announcing.due(house.settings, load_catalogue(house.project), AS_OF)
        )
        announcing.note(house.settings, announced)
    return story


def test_each_night_sends_what_is_due_and_no_more(nights):
    assert nights.sent == [
        "files: 1 opened",
        "files: nothing to send",
        "files: 1 closed",
        "files: nothing to send",
    ]


def test_what_was_sent_is_published_by_the_next_run(nights):
    assert nights.seen[0] == []
    (opened,), (still,), (closed,) = nights.seen[1:]
    assert (opened.packet_id, opened.attempt, opened.desk, opened.state) == (
        f"{SEAM}:a:1",
        1,
        "files",
        "open",
    )
    assert (opened.owner, opened.sender_team, opened.closed_by) == ("ann", "sales", None)
    assert still == SimpleNamespace(**{**vars(opened), "run_id": still.run_id})
    assert (closed.state, closed.closed_by, closed.reason) == (
        "closed",
        "seamkeeper",
        "everything that is required is there",
    )
    assert closed.opened_at == opened.opened_at < closed.closed_at


def test_what_happened_is_announced_once(nights):
    first, *later = nights.announced
    told = {one.event: one for one in first}
    assert set(told) == {"seamkeeper.packet.failed", "seamkeeper.packet.accepted"}
    assert later == [[], [], []]
    failed = told["seamkeeper.packet.failed"]
    assert failed.resource["prefect.resource.id"] == f"seamkeeper.packet.{SEAM}:a:1"
    assert (failed.resource["seamkeeper.handoff"], failed.resource["seamkeeper.sender-team"]) == (
        SEAM,
        "sales",
    )
    assert (failed.payload["fields"], failed.payload["attempt"]) == (["goal"], 1)
    assert told["seamkeeper.packet.accepted"].payload["was_complete"] is False


def test_what_was_announced_is_recorded_by_the_next_run(nights):
    with warehouse.connect(nights.house.settings.working_database, read_only=True) as connection:
        recorded = connection.execute(
            "SELECT count(*), count(DISTINCT subject) FROM ledger.events WHERE type = 'event.announced'"
        ).fetchone()
    assert recorded == (len(nights.announced[0]), len(nights.announced[0]))


def test_nothing_is_announced_in_a_run_that_looks_back_or_without_a_day_to_begin_at(nights):
    settings, catalogue = nights.house.settings, load_catalogue(nights.house.project)
    with sqlite3.connect(settings.control_database) as opened:
        opened.execute("CREATE TABLE kept AS SELECT * FROM announced")
        opened.execute("DELETE FROM announced")
    try:
        assert announcing.due(settings, catalogue, AS_OF)
        assert announcing.due(settings, catalogue, AS_OF - timedelta(days=1)) == []
        quiet = catalogue.organisation.model_copy(update={"alerts_from": None})
        assert announcing.due(settings, replace(catalogue, organisation=quiet), AS_OF) == []
        late = catalogue.organisation.model_copy(update={"alerts_from": date(2026, 1, 11)})
        assert announcing.due(settings, replace(catalogue, organisation=late), AS_OF) == []
    finally:
        with sqlite3.connect(settings.control_database) as opened:
            opened.execute("INSERT INTO announced SELECT * FROM kept")
            opened.execute("DROP TABLE kept")


def test_then_nothing_is_new_any_more(nights):
    current = nights.house.run(AS_OF)
    assert nights.house.run(AS_OF) == current
    assert steps.publish.__name__ not in nights.house.counts


def test_a_person_can_read_them_on_a_terminal(nights):
    text = StringIO()
    show.tickets(nights.house.settings, Console(file=text, width=200))
    first, second = text.getvalue().splitlines()
    assert first == "0 open tickets, 1 closed"
    assert second.startswith("  closed 20") and f"by seamkeeper  {SEAM}:a:1  files: file://" in second
