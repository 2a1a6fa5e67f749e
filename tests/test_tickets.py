"""From a failing packet to its ticket and back, from a clock that runs out up the ladder: nights of two packets, the
desks told after each, and told again."""

from datetime import UTC, datetime
from functools import reduce
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from contracts import load_catalogue
from flows import desks, show, steps
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
    story = SimpleNamespace(house=house, a=[], b=[], sent=[], sent_again=[], clocks=[])
    waiting = packet("b", "2026-01-30T10:00:00Z", "a whole goal")[:-1]
    house.write_events("exports/1.csv", packet("a", "2026-01-10T10:00:00Z", None) + waiting)
    for night, as_of in enumerate(NIGHTS):
        if night == 2:
            house.write_events("exports/2.csv", [MENDED])
        house.run(as_of)
        for sent in (story.sent, story.sent_again):
            told = desks.tell(house.settings, load_catalogue(house.project), f"r{night}", as_of)
            sent.append(str(told).removeprefix("files: "))
        for subject in ("a", "b"):
            found = house.dicts("SELECT * FROM tickets WHERE packet_id = ?", [f"{SEAM}:{subject}:1"])
            getattr(story, subject).append(found)
        story.clocks += house.rows(
            "SELECT state, rung, told, told_as FROM sla_clocks WHERE clock = 'accept' AND stopped_at IS NULL"
        )
    return story


def test_each_night_sends_what_is_due_and_no_more(nights):
    assert nights.sent == ["2 opened", "1 updated", "1 closed, 1 updated", "1 updated"]
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


def test_then_nothing_is_new_any_more(nights):
    current = nights.house.run(NIGHTS[-1])
    assert nights.house.run(NIGHTS[-1]) == current
    assert steps.publish.__name__ not in nights.house.counts


def test_a_person_can_read_them_on_a_terminal(nights):
    text = StringIO()
    show.tickets(nights.house.settings, Console(file=text, width=200))
    first, _, second = text.getvalue().splitlines()
    assert first == "1 open tickets, 1 closed"
    assert second.startswith("  closed 20") and f"by seamkeeper  {SEAM}:a:1  files: file://" in second
