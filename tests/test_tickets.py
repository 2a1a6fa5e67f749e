"""From a failing packet to its ticket and back: nights of one packet, the desks told after each."""

from datetime import UTC, datetime
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from contracts import load_catalogue
from flows import desks, show, steps
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
    story = SimpleNamespace(house=house, seen=[], sent=[])
    house.write_events("exports/1.csv", packet("a", "2026-01-10T10:00:00Z", None))
    for night in range(4):
        if night == 2:
            house.write_events("exports/2.csv", [MENDED])
        house.run(AS_OF)
        if night == 3:
            (ticket,) = (house.settings.home / "tickets").glob("*.md")
            text = ticket.read_text(encoding="utf-8")
            ticket.write_text(
                text.replace("owner: ann\n", "owner: ann\ndecision: reject: wrong_value\nby: bob\n")
            )
        catalogue = load_catalogue(house.project)
        configured = desks.read_desks(house.settings, catalogue)
        story.sent.append(str(desks.tell(house.settings, catalogue, configured, f"r{night}", AS_OF)))
        story.seen.append(house.dicts("SELECT * FROM tickets"))
    return story


def test_each_night_sends_what_is_due_and_no_more(nights):
    assert nights.sent == [
        "files: 1 opened",
        "files: nothing to send",
        "files: 1 closed",
        "files: nothing to send, 1 decided there",
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


def test_what_was_decided_on_a_ticket_counts_and_then_nothing_is_new_any_more(nights):
    current = nights.house.run(AS_OF)
    assert nights.house.rows("SELECT status, first_reason FROM handoff_packets") == [
        ("rejected", "wrong_value")
    ]
    assert nights.house.run(AS_OF) == current
    assert steps.publish.__name__ not in nights.house.counts


def test_a_person_can_read_them_on_a_terminal(nights):
    text = StringIO()
    show.tickets(nights.house.settings, Console(file=text, width=200))
    first, second = text.getvalue().splitlines()
    assert first == "0 open tickets, 1 closed"
    assert second.startswith("  closed 20") and f"by seamkeeper  {SEAM}:a:1  files: file://" in second
