"""From a failing packet to its ticket and back, from a clock that runs out up the ladder: nights of two packets, the
desks told after each, and told again."""

import re
import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from contracts import load_catalogue
from contracts.errors import EventError
from flows import announcing, desks, show, steps, warehouse
from tests.canaries import places
from tests.test_restatements import CONTRACT, SEAM, SOURCES, packet

NIGHTS = [
    datetime(2026, 2, 1, tzinfo=UTC),
    datetime(2026, 2, 1, 12, tzinfo=UTC),
    datetime(2026, 2, 2, 12, tzinfo=UTC),
    datetime(2026, 2, 3, 12, tzinfo=UTC),
]
"""b's receiver has until 1 February, 10:00, and is warned twelve hours before; a day later its manager is told."""
WORLD = {
    "# alerts_from: 2026-09-01": "alerts_from: 2026-01-01",
    "  sales: {}": "  sales: {}\n  delivery: {manager: max, executive: eve}",
}
MENDED = {
    "source": "crm", "handoff": SEAM, "subject": "a", "time": "2026-01-20T10:00:00Z",
    "actor": "ann", "type": "handoff.field_set", "field": "goal", "value": "a whole goal",
}  # fmt: skip


@pytest.fixture(scope="module")
def nights(new_house):
    """What is published after each night: `a` fails; the same again; it is mended; the same again. `b` waits."""
    house = new_house(SOURCES, {f"{SEAM}.yaml": CONTRACT})
    path = house.project / "contracts" / "organisation.yaml"
    organisation = path.read_text(encoding="utf-8")
    path.write_text(reduce(lambda text, one: text.replace(*one), WORLD.items(), organisation))
    house.compile()
    story = SimpleNamespace(house=house, a=[], b=[], sent=[], sent_again=[], clocks=[], announced=[])
    waiting = packet("b", "2026-01-30T10:00:00Z", "a whole goal")[:-1]
    house.write_events("exports/1.csv", packet("a", "2026-01-10T10:00:00Z", None) + waiting)
    for night, as_of in enumerate(NIGHTS):
        if night == 2:
            house.write_events("exports/2.csv", [MENDED])
        house.run(as_of)
        catalogue = load_catalogue(house.project)
        configured = desks.read_desks(house.settings, catalogue)
        if night == 3:
            decide_on_ticket(house, "b")
        for sent in (story.sent, story.sent_again):
            told = desks.tell(house.settings, catalogue, configured, f"r{night}", as_of)
            sent.append(str(told).removeprefix("files: "))
        for subject in ("a", "b"):
            found = house.dicts("SELECT * FROM tickets WHERE packet_id = ?", [f"{SEAM}:{subject}:1"])
            getattr(story, subject).append(found)
        story.clocks += house.rows(
            "SELECT state, rung, told, told_as FROM sla_clocks WHERE clock = 'accept' AND stopped_at IS NULL"
        )
        announced = announcing.due(house.settings, catalogue, as_of)
        announcing.note(house.settings, f"r{night}", announced)
        story.announced.append(announced)
    return story


def refuse(announcements):
    """Stands in for a server that is not there."""
    raise EventError("no server")


def decide_on_ticket(house, subject):
    """The receiver writes it into the ticket's file."""
    (ticket,) = (house.settings.home / "tickets").glob(f"*-{subject}-1-*.md")
    text = ticket.read_text(encoding="utf-8")
    ticket.write_text(
        re.sub(r"(?m)^(owner: .*)$", r"\1\ndecision: reject: wrong_value\nby: bob", text, count=1)
    )


def test_each_night_sends_what_is_due_and_no_more(nights):
    assert nights.sent == ["2 opened", "1 updated", "1 closed, 1 updated", "1 updated, 1 decided there"]
    assert nights.sent_again == ["nothing to send"] * 4


def test_what_was_sent_is_published_by_the_next_run(nights):
    assert nights.a[0] == []
    (opened,), (still,), (closed,) = nights.a[1:]
    assert (opened.packet_id, opened.attempt, opened.desk, opened.state) == (
        f"{SEAM}:a:1",
        1,
        "files",
        "open",
    )
    assert (opened.owner, opened.team, opened.closed_by) == ("ann", "sales", None)
    assert still == SimpleNamespace(**{**vars(opened), "run_id": still.run_id, "as_of": still.as_of})
    assert (closed.state, closed.closed_by, closed.reason) == (
        "closed",
        "seamkeeper",
        "everything that is required is there",
    )
    assert closed.opened_at == opened.opened_at < closed.closed_at


def test_each_rung_is_told_once_and_on_record(nights):
    assert nights.clocks == [
        ("running", 0, "delivery", "owner"),
        ("breached", 0, "delivery", "owner"),
        ("breached", 1, "max", "manager"),
        ("breached", 2, "eve", "executive"),
    ]
    assert [[(one.reason, one.owner, one.team) for one in night] for night in nights.b] == [
        [],
        [("due soon: accept or refuse it", "delivery", "delivery")],
        [("overdue: accept or refuse it", "delivery", "delivery")],
        [("overdue, escalated to the manager: accept or refuse it", "max", "delivery")],
    ]


def test_what_happened_is_announced_once(nights):
    first, second, *later = nights.announced
    told = {one.event: one for one in first}
    assert set(told) == {"seamkeeper.packet.failed", "seamkeeper.packet.accepted"}
    assert later == [[], []]
    (breached,) = second
    assert (breached.event, breached.packet_id) == ("seamkeeper.sla.breached", f"{SEAM}:b:1")
    assert (breached.resource["seamkeeper.clock"], breached.payload["court"]) == ("accept", "receiver")
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
    assert recorded == (3, 3)


def test_nothing_is_announced_in_a_run_that_looks_back_or_without_a_day_to_begin_at(nights):
    settings, catalogue = nights.house.settings, load_catalogue(nights.house.project)
    with sqlite3.connect(settings.control_database) as opened:
        opened.execute("CREATE TABLE kept AS SELECT * FROM announced")
        opened.execute("DELETE FROM announced")
    try:
        due = announcing.due(settings, catalogue, NIGHTS[-1])
        told = (settings, catalogue, "r", NIGHTS[-1], refuse)
        assert announcing.tell(*told, dry_run=True).would_send == tuple(
            f"prefect: would emit {one.event}: {one.packet_id}" for one in due
        )
        refused = announcing.tell(*told)
        assert (str(refused), refused.troubles) == (f"0 emitted, {len(due)} wait", ("no server",))
        assert announcing.due(settings, catalogue, NIGHTS[-1]) == due != []
        assert announcing.due(settings, catalogue, NIGHTS[-1] - timedelta(days=1)) == []
        quiet = catalogue.organisation.model_copy(update={"alerts_from": None})
        assert announcing.due(settings, replace(catalogue, organisation=quiet), NIGHTS[-1]) == []
        late = catalogue.organisation.model_copy(update={"alerts_from": date(2026, 2, 4)})
        assert announcing.due(settings, replace(catalogue, organisation=late), NIGHTS[-1]) == []
    finally:
        with sqlite3.connect(settings.control_database) as opened:
            opened.execute("INSERT INTO announced SELECT * FROM kept")
            opened.execute("DROP TABLE kept")


def test_no_breach_is_announced_of_a_handoff_that_nobody_can_judge_now(nights, tmp_path):
    there = replace(nights.house.settings, home=tmp_path)
    (there.published / "g").mkdir(parents=True)
    (there.published / "current").symlink_to("g")
    database = there.published / "g" / "seamkeeper.duckdb"
    shutil.copy(nights.house.settings.published / "current" / "seamkeeper.duckdb", database)
    catalogue = load_catalogue(there.project)

    def kinds():
        return {one.event for one in announcing.due(there, catalogue, NIGHTS[-1])}

    before = kinds()
    with warehouse.connect(database) as connection:
        connection.execute("UPDATE dim_handoff SET not_judged = 'crm.deal.goal is not there'")
    assert before - kinds() == {"seamkeeper.sla.breached"}


def test_what_was_decided_on_a_ticket_counts_and_then_nothing_is_new_any_more(nights):
    current = nights.house.run(NIGHTS[-1])
    assert nights.house.rows("SELECT status, first_reason FROM handoff_packets ORDER BY packet_id") == [
        ("accepted", None),
        ("rejected", "wrong_value"),
    ]
    assert nights.house.run(NIGHTS[-1]) == current
    assert steps.publish.__name__ not in nights.house.counts


def test_what_a_field_says_stays_where_history_is(nights):
    """Not in generations, tickets, the control database, compiled files or what is announced."""
    found = places(nights.house.project.parent, "a whole goal")
    assert {place.partition(":")[0].partition("/segments")[0] for place in found} == {
        "project/exports/1.csv", "project/exports/2.csv", "home/ledger", "home/work/seamkeeper.duckdb",
    }  # fmt: skip
    assert "a whole goal" not in repr(nights.announced)


def test_a_person_can_read_them_on_a_terminal(nights):
    text = StringIO()
    show.tickets(nights.house.settings, Console(file=text, width=200))
    first, _, second = text.getvalue().splitlines()
    assert first == "1 open tickets, 1 closed"
    assert second.startswith("  closed 20") and f"by seamkeeper  {SEAM}:a:1  files: file://" in second
