"""Is somebody told, once, of every clock that runs out? Warning, breach and each rung, in one ticket per episode."""

import pytest

from tests.flows.desks.generation import SEAM

BREACHED = {"state": "breached"}
TO_THE_MANAGER = BREACHED | {"told": "max", "told_as": "manager", "escalated_at": "2026-06-16 10:00:00+00"}
TO_THE_TOP = BREACHED | {"told": "eve", "told_as": "executive", "escalated_at": "2026-06-17 10:00:00+00"}
ACCEPT = "accept or refuse it"


@pytest.fixture
def waiting(generation):
    """A complete packet whose receiver was warned."""
    generation.packet(is_complete_now=True, faults=())
    generation.clock()
    return generation


def set_clock(generation, clock="accept", **columns):
    for column, value in columns.items():
        generation.change(f"update sla_clocks set {column} = ? where clock = ?", value, clock)


def test_a_complete_packet_waits_for_its_receiver(waiting):
    assert str(waiting.tell()) == "files: 1 opened"
    (text,) = waiting.tickets()
    assert f"# H03 AE → Onboarding: due soon: {ACCEPT}, packet {SEAM}:deal-1:1" in text
    assert "waits for its receiver to accept or refuse it." in text
    assert "- Who: `bob` (team `onboarding`, implementation lead)" in text
    assert "- Due soon: 2026-06-15 12:00 (Europe/Berlin). Accept or refuse it. Told: `bob`" in text
    assert "accept --by YOU`" in text
    assert "What is missing" not in text
    assert "To mend it" not in text


def test_each_warning_breach_and_rung_is_told_once(waiting):
    for change in ({}, BREACHED, TO_THE_MANAGER, TO_THE_TOP):
        set_clock(waiting, **change)
        assert str(waiting.tell()) == f"files: 1 {'updated' if change else 'opened'}"
        assert str(waiting.tell()) == "files: nothing to send"
    set_clock(waiting, stopped_at="2026-06-18 10:00:00+00")
    assert str(waiting.tell()) == "files: 1 closed"
    assert waiting.reasons() == [
        f"due soon: {ACCEPT}",
        f"overdue: {ACCEPT}",
        f"overdue, escalated to the manager: {ACCEPT}",
        f"overdue, escalated to the executive: {ACCEPT}",
        "its clock has stopped",
    ]


def test_who_is_told_is_the_owner_of_the_ticket_and_who_was_told_before_stands_there(waiting):
    set_clock(waiting, **TO_THE_MANAGER)
    waiting.tell()
    (text,) = waiting.tickets()
    assert "- Who: `max` (team `onboarding`, manager)" in text
    assert (
        "- **Overdue** since 2026-06-15 12:00 (Europe/Berlin). Accept or refuse it. Told: `bob`; "
        "escalated to the manager, `max`, at 2026-06-16 12:00 (Europe/Berlin)" in text
    )


def test_what_is_missing_and_what_is_overdue_are_one_ticket(generation):
    generation.packet()
    generation.tell()
    generation.clock(**BREACHED)
    assert str(generation.tell()) == "files: 1 updated"
    (text,) = generation.tickets()
    assert f"overdue: {ACCEPT}; 1 required field is incomplete" in text
    assert "What is missing" in text
    set_clock(generation, stopped_at="2026-06-18 10:00:00+00")
    assert str(generation.tell()) == "files: 1 updated"
    generation.change("update handoff_packets set is_complete_now = true")
    assert str(generation.tell()) == "files: 1 closed"
    assert generation.reasons() == [
        "incomplete",
        f"overdue: {ACCEPT}",
        "what is missing changed, or who or until when",
        "everything that is required is there",
    ]


def test_when_one_of_two_clocks_stops_nobody_is_told_of_the_other_again(waiting):
    waiting.clock(clock="customer_update", court="sender", round=2, told="ann", owner="ann", **BREACHED)
    waiting.tell()
    set_clock(waiting, stopped_at="2026-06-18 10:00:00+00")
    waiting.tell()
    assert waiting.reasons() == [
        f"due soon: {ACCEPT}; overdue: tell the customer how it stands, word 2",
        "what is missing changed, or who or until when",
    ]


def test_a_sender_is_told_before_anything_is_sent_off(generation):
    generation.packet(status="draft", is_complete_now=None, faults=())
    generation.clock(clock="submit", court="sender", owner="ann", told="ann")
    generation.tell()
    (text,) = generation.tickets()
    assert "is not handed over complete." in text
    assert "- Who: `ann` (team `sales`, account executive)" in text
    assert "**To hand it over**" in text


def test_where_it_cannot_be_seen_whether_it_is_complete_a_stopped_clock_closes_its_ticket(waiting):
    waiting.change("update handoff_packets set is_complete_now = null")
    waiting.tell()
    set_clock(waiting, stopped_at="2026-06-18 10:00:00+00")
    assert str(waiting.tell()) == "files: 1 closed"


def test_a_ticket_of_a_handoff_that_goes_elsewhere_now_is_left_alone(waiting):
    waiting.settings.desks_file.write_text('[files]\nkind = "files"\n')
    waiting.tell()
    waiting.settings.desks_file.write_text('[files]\nkind = "files"\nhandoffs = "sdr_to_ae"\n')
    assert str(waiting.tell()) == "files: nothing to send"


@pytest.mark.parametrize(
    "unheard",
    [
        "update sla_clocks set told = null",
        "update sla_clocks set attempt = 2",
        "update dim_handoff set decisions_from = null",
        "update dim_handoff set decisions_from = '2026-06-11'",
        "update dim_handoff set not_judged = 'go_live_on'",
        "update handoff_packets set triggered_at = '2026-05-31 21:59:59+00'",
        "update handoff_packets set is_dropped = true",
        "update handoff_packets set status = 'withdrawn'",
    ],
)
def test_nobody_is_told_of_a_clock_that_says_nothing(waiting, unheard):
    waiting.change(unheard)
    assert str(waiting.tell()) == "files: nothing to send"


def test_of_a_handoff_that_is_not_active_nobody_is_told(waiting):
    contracts = [one.model_copy(update={"status": "draft"}) for one in waiting.catalogue.contracts]
    waiting.catalogue = type(waiting.catalogue)(waiting.catalogue.organisation, tuple(contracts))
    assert str(waiting.tell()) == "files: nothing to send"


def test_the_owner_of_what_is_incomplete_is_whose_clock_it_was(generation):
    generation.packet(sender="gus")
    generation.clock(
        clock="submit", court="sender", owner="lea", told=None, stopped_at="2026-06-11 10:00:00+00"
    )
    generation.tell()
    (text,) = generation.tickets()
    assert "- Who: `lea` (team `sales`" in text


def test_without_a_clock_or_a_sender_it_is_the_sending_team_s(generation):
    generation.packet(sender=None)
    generation.tell()
    (text,) = generation.tickets()
    assert "- Who: `sales` (team `sales`" in text


def test_a_digest_is_the_team_s_whose_turn_it_is(generation):
    generation.settings.desks_file.write_text('[files]\nkind = "files"\nmost = 1\n')
    for subject in ("1", "2"):
        generation.packet(subject, is_complete_now=True, faults=())
        generation.clock(subject, due_at="2026-06-10 10:00:00+00", **BREACHED)
    generation.packet("3")
    assert str(generation.tell()) == "files: 3 opened"
    digests = [text for text in generation.tickets() if "without a ticket of their own" in text]
    assert any(
        "# onboarding: 1 packets" in text and "1 packets, 1 of them overdue." in text for text in digests
    )
    assert any("# sales: 1 packets" in text and "Most often missing: " in text for text in digests)
