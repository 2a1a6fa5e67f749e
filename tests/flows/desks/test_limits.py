"""What a run may send: so many tickets, only while it holds the lease, and of ten thousand no more than of thirty."""

import pytest

from contracts.errors import LeaseLost
from flows import acts, control
from flows.desks.desk import marker_of
from flows.outbox import Ticket
from tests.flows.desks.tracker import Held


def test_a_lease_that_is_taken_half_way_stops_every_further_call(office, ticket):
    left = iter([None, None])

    def checked():
        if next(left, "lost") == "lost":
            raise LeaseLost("taken over")

    with pytest.raises(LeaseLost):
        office.run(*(ticket(n) for n in range(4)), checked=checked)
    assert [held.ticket.packet_id for held in office.tracker.held] == ["h:0:1", "h:1:1"]
    assert office.run(*(ticket(n) for n in range(4))).done == {"opened": 2}


def test_without_the_lease_no_double_is_closed(office, ticket):
    def checked():
        raise LeaseLost("taken over")

    office.run(ticket())
    office.tracker.held.insert(0, Held("T-9", ticket(), listed_from=0, changes=[(office.seconds, True)]))
    with pytest.raises(LeaseLost):
        office.run(ticket(), checked=checked)
    assert office.tracker.of(ticket().marker) == [True, True]


def test_ten_thousand_failing_packets_are_25_tickets_and_a_digest(office, ticket):
    def digests(left_out):
        return [Ticket(marker_of("sales"), f"{len(left_out):,} more", "", None, "sales")]

    many = [ticket(n) for n in range(10_000)]
    for opened in (25, 50):
        office.run(*many, digests=digests)
        assert len([held for held in office.tracker.held if held.ticket.packet_id]) == opened
    assert [held.ticket.title for held in office.tracker.held if not held.ticket.packet_id] == ["9,950 more"]


def test_ten_thousand_acts_are_noted_without_reading_each_for_each(office, ticket, settings):
    office.run(ticket())
    with control.database(settings) as opened:
        (how,) = opened.execute(f"explain query plan {acts.RECORDED}", ["", ""]).fetchall()
    assert "USING INDEX" in how["detail"]
