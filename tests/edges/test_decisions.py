"""Whose decision counts, what comes first, and what a rejection or a re-opening does to a packet."""

from __future__ import annotations

import pytest

events = pytest.mark.events

SUBMITTED = """
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
2026-03-02 10:00  submitted  ann
"""
ACCEPTED = SUBMITTED + "2026-03-02 12:00  accepted  bob\n"


@events(SUBMITTED + "2026-03-02 12:00  accepted  bob")
def test_somebody_of_the_receiving_team_decides(case):
    assert (case.packet.accepted_at, case.packet.settled_as) == ("2026-03-02 12:00", "accepted")


NOT_COUNTED = {
    "the_sender": "accepted ann",
    "the_sender_with_the_receiving_team_on_the_event": "accepted ann team=onboarding",
    "a_colleague_of_the_sender": "accepted amy",
    "a_third_team": "accepted carl",
    "a_receiver_who_acts_for_another_team": "accepted bob team=support",
    "a_system_user_of_the_receiving_team": "accepted bot",
    "a_system_user_with_the_team_on_the_event": "accepted bot team=onboarding",
    "somebody_unknown_whose_event_says_it_is_a_system": "accepted robo actor_kind=system",
    "nobody": "accepted",
    "nobody_of_the_receiving_team": "accepted team=onboarding",
    "somebody_who_joins_the_team_later": "accepted zed",
    "the_sender_on_the_command_line": "accepted ann via=inbox",
    "the_sender_s_colleague_on_the_command_line": "accepted amy via=inbox",
    "a_system_user_on_the_command_line": "accepted bot via=inbox",
}


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(who, marks=events(f"{SUBMITTED}2026-03-02 12:00 {act}"))
        for who, act in NOT_COUNTED.items()
    ],
)
def test_it_is_no_decision_by(case, who):
    packet = case.packet
    assert (packet.decided_at, packet.accepted_at, packet.transitioned_at) == (None, None, None)
    assert (packet.settled_as, packet.status) == ("timed_out", "expired")


COUNTED = {
    "nobody_if_the_source_is_trusted": "accepted via=trusted",
    "somebody_of_no_known_team": "accepted nia",
    "somebody_nobody_has_told_us_of": "accepted xia",
    "another_team_s_person_who_acts_for_the_receiver": "accepted carl team=onboarding",
    "somebody_of_the_receiving_team_on_the_command_line": "accepted bob via=inbox",
}


@pytest.mark.parametrize(
    "who",
    [pytest.param(who, marks=events(f"{SUBMITTED}2026-03-02 12:00 {act}")) for who, act in COUNTED.items()],
)
def test_it_is_a_decision_by(case, who):
    assert (case.packet.accepted_at, case.packet.status) == ("2026-03-02 12:00", "accepted")


@events("""
2026-03-14 09:00  triggered  ann
2026-03-14 09:00  field_set  ann  buyer=Ada
2026-03-14 10:00  submitted  ann
2026-03-14 23:59:59  accepted  zed
2026-03-15 00:00  accepted  zed
""")
def test_a_team_holds_from_the_instant_at_which_it_was_told(case):
    assert case.packet.accepted_at == "2026-03-15 00:00"


@events(
    SUBMITTED
    + """
2026-03-02 11:00  accepted  ann
2026-03-02 12:00  rejected  bob  reason=wrong_value
2026-03-02 13:00  accepted  amy
2026-03-02 14:00  accepted  bob
"""
)
def test_only_decisions_that_count_are_the_first_ones(case):
    packet = case.packet
    assert (packet.decided_at, packet.settled_as) == ("2026-03-02 12:00", "rejected")
    assert (packet.accepted_at, packet.rejections) == ("2026-03-02 14:00", 1)


@events(
    """
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
2026-03-02 10:00  submitted  ann
2026-03-02 11:00  accepted   ann
2026-03-02 12:00  accepted   amy
""",
    handoff="relay",
)
def test_where_a_team_hands_over_to_itself_a_colleague_decides_and_never_the_sender(case):
    assert case.packet.accepted_at == "2026-03-02 12:00"


@events("""
2026-03-02 08:00  assigned   ann  team=sales
2026-03-02 09:00  assigned   amy  team=sales
2026-03-02 09:00  triggered  ann
2026-03-02 09:01  assigned   ann  team=sales
2026-03-02 10:00  submitted  ann
""")
def test_the_sender_is_the_owner_at_the_trigger_not_a_later_one_and_not_who_submits(case):
    assert (case.packet.sender, case.packet.sender_team) == ("amy", "sales")


@events("""
2026-03-02 09:00  triggered  ann
2026-03-02 10:00  submitted  amy
2026-03-02 11:00  submitted  ann
""")
def test_without_an_owner_the_first_to_submit_is_the_sender(case):
    assert case.packet.sender == "amy"


@events("2026-03-02 09:00  triggered  ann")
def test_without_a_submission_who_triggered_is_the_sender(case):
    assert case.packet.sender == "ann"


@events("""
2026-03-02 09:00  assigned   bot  team=sales
2026-03-02 09:00  triggered  bot
2026-03-02 10:00  submitted  bot
""")
def test_a_system_user_is_never_the_sender(case):
    assert case.packet.sender is None


@events(
    SUBMITTED
    + """
2026-03-02 11:00  assigned  ben  team=onboarding
2026-03-02 12:00  accepted  bob
"""
)
def test_the_receiver_is_the_owner_at_the_decision_rather_than_who_decides(case):
    assert (case.packet.receiver, case.packet.receiver_team) == ("ben", "onboarding")


@events(
    SUBMITTED
    + """
2026-03-02 12:00  accepted  bob
2026-03-02 12:01  assigned  ben  team=onboarding
"""
)
def test_a_later_owner_is_not_the_receiver(case):
    assert case.packet.receiver == "bob"


@events(
    SUBMITTED
    + """
2026-03-02 11:00  assigned  ben   team=onboarding
2026-03-02 12:00  crossed   carl
2026-03-02 13:00  accepted  bob
"""
)
def test_a_crossing_fixes_the_receiver_as_a_decision_does(case):
    assert case.packet.receiver == "ben"


@events(
    SUBMITTED
    + """
2026-03-02 12:00  accepted  bob
2026-03-02 12:00  rejected  bob  reason=capacity
"""
)
def test_at_one_instant_the_earlier_line_of_the_file_is_first(case):
    assert (case.packet.settled_as, case.packet.status) == ("accepted", "rejected")


@events(
    SUBMITTED
    + """
2026-03-02 12:00  accepted  bob  sequence=2
2026-03-02 12:00  rejected  bob  sequence=1  reason=capacity
"""
)
def test_at_one_instant_the_smaller_sequence_is_first(case):
    assert (case.packet.settled_as, case.packet.status) == ("rejected", "accepted")


@events(
    SUBMITTED
    + """
2026-03-02 12:00  accepted  bob  sequence=1  source=zendesk
2026-03-02 12:00  rejected  bob  sequence=1  source=asana  reason=capacity
"""
)
def test_of_equal_sequences_the_source_earlier_in_the_alphabet_is_first(case):
    assert (case.packet.settled_as, case.packet.status) == ("rejected", "accepted")


@events(
    SUBMITTED
    + """
2026-03-02 12:00  accepted  bob  sequence=1  id=same-instant-2
2026-03-02 12:00  rejected  bob  sequence=1  id=same-instant-1  reason=capacity
"""
)
def test_of_equal_sources_the_id_earlier_in_the_alphabet_is_first(case):
    assert (case.packet.settled_as, case.packet.status) == ("rejected", "accepted")


@events(
    SUBMITTED
    + """
2026-03-02 11:00  rejected   bob  reason=wrong_value
2026-03-02 11:30  rejected   bob  reason=capacity
2026-03-03 10:00  submitted  ann
2026-03-05 12:00  accepted   bob
"""
)
def test_a_rejection_does_not_reset_the_first_clock(case):
    packet = case.packet
    assert (packet.clock_started_at, packet.accept_due_at) == ("2026-03-02 10:00", "2026-03-04 10:00")
    assert packet.due_at == "2026-03-05 10:00"  # rework has a clock of its own
    assert (packet.hours_to_acceptance, packet.is_accepted_within_sla) == (74, False)
    assert packet.is_sla_breach is False  # the receiver decided in time


@events(
    SUBMITTED
    + """
2026-03-02 11:00  rejected   bob  reason=wrong_value
2026-03-02 11:30  rejected   bob  reason=capacity
2026-03-03 10:00  submitted  ann
2026-03-03 12:00  accepted   bob
"""
)
def test_a_rejection_before_the_acceptance_is_no_first_pass_and_its_first_reason_is_kept(case):
    packet = case.packet
    assert (packet.is_first_pass, packet.settled_as, packet.attempts) == (False, "rejected", 2)
    assert (packet.rejections, packet.first_reason) == (2, "wrong_value")
    assert packet.first_rejected_at == "2026-03-02 11:00"


@events(ACCEPTED + "2026-03-03 12:00  rejected  bob  reason=capacity")
def test_a_rejection_after_the_acceptance_leaves_the_first_pass(case):
    assert (case.packet.is_first_pass, case.packet.rejections) == (True, 1)


@events(SUBMITTED + "2026-03-02 11:00  rejected  bob  reason='it smells'")
def test_a_reason_of_one_s_own_is_other_and_an_issue(case):
    assert (case.packet.first_reason, case.count("rejection_share", "other")) == ("other", (1, 1))
    assert "unknown_reason" in case.issues


@events(SUBMITTED + "2026-03-02 11:00  rejected  bob")
def test_a_rejection_without_a_reason_is_other_and_an_issue(case):
    assert (case.packet.first_reason, case.packet.status) == ("other", "rejected")
    assert "unknown_reason" in case.issues


@events(ACCEPTED + "2026-03-04 12:00  reopened  bob")
def test_a_re_opened_packet_is_submitted_again_and_stays_accepted_for_its_figures(case):
    packet = case.packet
    assert (packet.status, packet.is_reopened, packet.reopened_at) == ("submitted", True, "2026-03-04 12:00")
    assert (packet.accepted_at, packet.attempts) == ("2026-03-02 12:00", 1)


@events(
    ACCEPTED
    + """
2026-03-04 12:00  reopened   bob
2026-03-05 12:00  submitted  ann
2026-03-05 13:00  accepted   bob
"""
)
def test_the_submission_after_a_re_opening_is_the_next_attempt_and_no_new_packet(case):
    packet = case.packet
    assert (packet.status, packet.attempts) == ("accepted", 2)
    assert (packet.accepted_at, packet.clock_started_at) == ("2026-03-02 12:00", "2026-03-02 10:00")


@events(
    SUBMITTED
    + """
2026-03-02 11:00  reopened   bob
2026-03-02 12:00  accepted   bob
"""
)
def test_a_re_opening_before_the_acceptance_re_opens_nothing(case):
    assert (case.packet.is_reopened, case.packet.reopened_at, case.packet.is_clean) == (False, None, True)


@events(
    SUBMITTED
    + """
2026-03-02 11:00  rejected   bob  reason=wrong_value  via=inbox
2026-03-02 12:00  submitted  ann
2026-03-02 13:00  accepted   amy  via=inbox
2026-03-02 14:00  accepted   ben  via=inbox
"""
)
def test_a_rejection_on_the_command_line_opens_the_next_attempt_which_only_the_receiver_accepts(case):
    first, second = case.rows("packet_attempts", "packet_id = ?", case.packet.packet_id)
    assert (first.decision, first.decided_by, first.reason) == ("rejected", "bob", "wrong_value")
    assert (second.opened_by, second.decided_at, second.decided_by) == (
        "rejection",
        "2026-03-02 14:00",
        "ben",
    )
    refused = case.one("data_issues", "packet_id = ?", case.packet.packet_id)
    assert (refused.issue, refused.event_source) == ("decision_not_counted", "seamkeeper")
    assert refused.detail == "decided by the sending team: it does not count"


@events(SUBMITTED + "2026-03-02 11:00  submitted  ann")
def test_submitting_twice_is_one_attempt_from_the_first_submission_on(case):
    assert (case.packet.submitted_at, case.packet.attempts) == ("2026-03-02 10:00", 1)


@events(ACCEPTED + "2026-03-02 13:00  voided  ann")
def test_a_void_packet_is_kept_and_in_no_figure(case):
    assert (case.packet.status, case.packet.is_judged) == ("void", False)
    assert case.count("completion_rate") == case.count("first_pass_acceptance_rate") == (None, 0)


@events(ACCEPTED + "2026-03-02 13:00  withdrawn  ann")
def test_a_withdrawn_packet_is_kept_and_in_no_figure(case):
    assert (case.packet.status, case.packet.is_judged) == ("withdrawn", False)
    assert case.count("completion_rate") == case.count("first_pass_acceptance_rate") == (None, 0)


@events(
    SUBMITTED
    + """
2026-03-02 11:00  withdrawn  ann
2026-03-03 10:00  submitted  ann
"""
)
def test_the_latest_act_decides_the_status(case):
    assert (case.packet.status, case.packet.is_judged) == ("expired", True)


@events("2026-03-02 09:00  triggered  ann")
def test_what_is_neither_submitted_nor_moved_is_a_draft_and_not_judged(case):
    assert (case.packet.status, case.packet.is_judged, case.packet.is_complete) == ("draft", False, None)


@events("""
2026-03-02 09:00  field_set  ann  buyer=Ada
2026-03-02 09:00  assigned   ann  team=sales
""")
def test_a_field_or_an_owner_alone_makes_no_packet(case):
    assert case.rows("handoff_packets", "subject = ?", case.name) == []
