"""Which crossings between motions deserve a ticket, when it is over, and what it says."""

import pytest

from tests.flows.desks.generation import SEAM, Generation

PACKET = f"{SEAM}:deal-1:1"


@pytest.fixture
def overdue(settings):
    """A generation in which one packet is complete, and its re-unification overdue."""
    generation = Generation(settings)
    generation.packet(is_complete_now=True, faults=(), record_url="https://crm.example/deal/1")
    generation.change(
        "insert into reunifications (packet_id, handoff, due_at) values (?, ?, '2026-06-20')", PACKET, SEAM
    )
    return generation


def becomes(generation, state):
    generation.change("update reunifications set state = ?", state)
    return str(generation.tell())


def test_an_overdue_re_unification_gets_a_ticket_that_says_what_to_do(overdue):
    assert str(overdue.tell()) == "files: 1 opened"
    (text,) = overdue.tickets()
    assert f"re-unification overdue, packet {PACKET}" in text
    assert "Who: `amy` (team `sales`)" in text and "Record: <https://crm.example/deal/1>" in text
    assert "name the same primary relationship owner on every motion" in text
    assert "2026-06-20" not in text and "Secret Name" not in text
    assert overdue.reasons() == ["overdue: make it one relationship again"]


def test_it_stands_beside_the_ticket_of_what_is_missing_and_neither_closes_the_other(overdue):
    overdue.change("update handoff_packets set is_complete_now = false")
    overdue.change(
        "insert into contract_failures (packet_id, moment, field, fault) values (?, 'now', 'go_live_on', 'missing')",
        PACKET,
    )
    assert str(overdue.tell()) == "files: 2 opened"
    overdue.change("update handoff_packets set is_complete_now = true")
    assert str(overdue.tell()) == "files: 1 closed"
    assert str(overdue.tell()) == "files: nothing to send"


@pytest.mark.parametrize("state", ["reunified_late", "open"])
def test_it_is_closed_when_it_is_over_and_opened_again_when_not(overdue, state):
    overdue.tell()
    assert becomes(overdue, state) == "files: 1 closed"
    assert becomes(overdue, "overdue") == "files: 1 opened again"


def test_it_is_closed_when_no_re_unification_is_agreed_any_more(overdue):
    overdue.tell()
    overdue.change("delete from reunifications")
    assert str(overdue.tell()) == "files: 1 closed"


def test_where_nobody_can_see_whose_the_account_is_nothing_is_opened_or_closed(overdue):
    assert becomes(overdue, "unobservable") == "files: nothing to send"
    becomes(overdue, "overdue")
    assert becomes(overdue, "unobservable") == "files: nothing to send"


def test_packets_of_before_anybody_asked_get_none_and_theirs_are_left_alone(overdue):
    overdue.change("update handoff_packets set triggered_at = '2026-05-31 21:59:59+00'")
    assert str(overdue.tell()) == "files: nothing to send"
    overdue.change("update handoff_packets set triggered_at = '2026-06-10'")
    overdue.tell()
    overdue.change("update handoff_packets set triggered_at = '2026-05-31 21:59:59+00'")
    assert becomes(overdue, "reunified_late") == "files: nothing to send"


def test_beyond_what_one_run_opens_the_next_run_does(overdue):
    overdue.settings.desks_file.write_text('[a]\nkind = "files"\nmost = 2\n')
    for n in range(2):
        overdue.packet(f"more-{n}", is_complete_now=True, faults=())
        overdue.change(
            "insert into reunifications (packet_id, handoff, due_at) values (?, ?, '2026-06-21')",
            f"{SEAM}:more-{n}:1",
            SEAM,
        )
    assert [str(overdue.tell()) for _ in range(2)] == ["a: 2 opened", "a: 1 opened"]


def test_each_desk_has_those_of_its_handoffs(overdue):
    overdue.settings.desks_file.write_text('[b]\nkind = "files"\nhandoffs = ["sdr_to_ae"]\n')
    assert str(overdue.tell()) == "b: nothing to send"
