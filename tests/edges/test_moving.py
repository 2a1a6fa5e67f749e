"""When did the work move, when was it settled, and was it in time?"""

from __future__ import annotations

import pytest

events = pytest.mark.events

TRIGGERED = """
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
"""
SUBMITTED = TRIGGERED + "2026-03-02 10:00  submitted  ann\n"


@events(
    SUBMITTED
    + """
2026-03-02 12:00  crossed   bob
2026-03-02 12:00  accepted  bob
"""
)
def test_crossed_and_accepted_at_one_instant_is_governed(case):
    packet = case.packet
    assert (packet.is_ungoverned, packet.settled_as) == (False, "accepted")


@events(
    SUBMITTED
    + """
2026-03-02 11:59:59  crossed   bob
2026-03-02 12:00     accepted  bob
"""
)
def test_crossed_a_second_before_the_acceptance_is_ungoverned_and_still_accepted_in_the_end(case):
    packet = case.packet
    assert (packet.transitioned_at, packet.settled_at) == ("2026-03-02 11:59:59",) * 2
    assert (packet.is_ungoverned, packet.settled_as) == (True, "crossed_undecided")
    assert case.count("first_pass_acceptance_rate") == (0, 1)
    assert case.count("eventual_acceptance_rate") == (1, 1)


@events(
    SUBMITTED
    + """
2026-03-02 12:00  accepted  bob
2026-03-03 12:00  crossed   bob
2026-03-04 12:00  crossed   bob
"""
)
def test_the_work_moves_with_the_acceptance_where_that_is_earlier(case):
    packet = case.packet
    assert (packet.transitioned_at, packet.crossed_at) == ("2026-03-02 12:00", "2026-03-03 12:00")
    assert packet.is_ungoverned is False


@events(
    SUBMITTED
    + """
2026-03-02 11:00  rejected  bob  reason=capacity
2026-03-02 12:00  crossed   bob
"""
)
def test_crossed_without_any_acceptance_is_ungoverned_even_after_a_decision(case):
    assert (case.packet.is_ungoverned, case.packet.settled_as) == (True, "rejected")


@events(SUBMITTED)
def test_what_never_moved_is_neither_governed_nor_ungoverned(case):
    assert (case.packet.transitioned_at, case.packet.is_ungoverned) == (None, None)
    assert case.count("ungoverned_rate") == (None, 0)


@events(SUBMITTED + "2026-03-06 10:00  accepted  bob")  # the clock started at 10:00 on 2 March; 2 × 48 hours
def test_a_decision_at_the_very_end_of_the_silence_is_still_a_decision(case):
    assert (case.packet.settled_as, case.packet.settled_at) == ("accepted", "2026-03-06 10:00")
    assert (case.packet.is_first_pass, case.packet.is_accepted_within_sla) == (True, False)


@events(SUBMITTED + "2026-03-06 10:00:01  accepted  bob")
def test_a_second_later_the_silence_has_settled_it(case):
    assert (case.packet.settled_as, case.packet.settled_at) == ("timed_out", "2026-03-06 10:00")
    assert (case.packet.is_first_pass, case.packet.status) == (False, "accepted")
    assert case.count("outcome_share", "timed_out") == (1, 1)
    assert case.count("eventual_acceptance_rate") == (1, 1)


@events(SUBMITTED + "2026-03-06 10:00  crossed  bob")
def test_a_crossing_at_the_very_end_of_the_silence_comes_before_it(case):
    assert case.packet.settled_as == "crossed_undecided"


@events("""
2026-06-27 12:00  triggered  ann
2026-06-27 12:00  field_set  ann  buyer=Ada budget=1
2026-06-27 12:00  submitted  ann
""")
def test_silence_that_ends_at_this_very_moment_settles(case):
    assert (case.packet.settled_as, case.packet.settled_at) == ("timed_out", "2026-07-01 12:00")
    assert case.packet.status == "expired"


@events("""
2026-06-27 12:00:01  triggered  ann
2026-06-27 12:00:01  field_set  ann  buyer=Ada budget=1
2026-06-27 12:00:01  submitted  ann
""")
def test_silence_that_still_lies_ahead_does_not(case):
    assert (case.packet.settled_as, case.packet.settled_at) == (None, None)
    assert (case.packet.status, case.packet.is_first_pass) == ("submitted", None)


@events(SUBMITTED + "2026-03-04 10:00  accepted  bob")
def test_accepted_exactly_when_due_is_in_time(case):
    packet = case.packet
    assert (packet.due_at, packet.is_accepted_within_sla) == ("2026-03-04 10:00", True)
    assert (packet.is_sla_breach, case.count("accepted_within_sla_rate")) == (False, (1, 1))


@events(SUBMITTED + "2026-03-04 10:00:01  accepted  bob")
def test_accepted_a_second_after_it_was_due_is_not(case):
    packet = case.packet
    assert (packet.is_accepted_within_sla, packet.is_sla_breach) == (False, True)
    assert case.count("accepted_within_sla_rate") == (0, 1)


@events(SUBMITTED)
def test_open_and_past_due_is_a_breach(case):
    assert (case.packet.is_sla_breach, case.count("accepted_within_sla_rate")) == (True, (0, 1))


@events("""
2026-06-30 12:00  triggered  ann
2026-06-30 12:00  field_set  ann  buyer=Ada budget=1
2026-06-30 12:00  submitted  ann
""")
def test_open_and_not_yet_due_is_none(case):
    assert (case.packet.is_sla_breach, case.count("accepted_within_sla_rate")) == (False, (None, 0))


@events("""
2026-03-02 09:00  triggered  ann
2026-03-02 10:00  submitted  ann
2026-03-02 15:00  field_set  ann  buyer=Ada
2026-03-02 17:00  accepted   bob
""")
def test_the_clock_starts_when_all_is_there_not_when_it_is_submitted(case):
    packet = case.packet
    assert (packet.ready_at, packet.clock_started_at) == ("2026-03-02 15:00",) * 2
    assert (packet.due_at, packet.hours_to_acceptance) == ("2026-03-04 15:00", 2)


@events(
    TRIGGERED
    + """
2026-03-02 08:00  field_set  ann  buyer=Ada
2026-03-02 10:00  submitted  ann
"""
)
def test_what_was_there_before_is_ready_at_the_submission_and_not_earlier(case):
    assert case.packet.ready_at == "2026-03-02 10:00"


@events(
    SUBMITTED
    + """
2026-03-02 11:00  field_set  ann  buyer=tbd
2026-03-02 12:00  field_set  ann  buyer=Ada
"""
)
def test_ready_is_the_first_time_even_if_a_field_is_lost_again(case):
    assert case.packet.ready_at == "2026-03-02 10:00"


@events("""
2026-03-02 09:00  triggered  ann
2026-03-02 10:00  submitted  ann
2026-03-02 12:00  accepted   bob
2026-03-02 15:00  field_set  ann  buyer=Ada
""")
def test_accepted_while_incomplete_the_clock_is_that_of_the_submission(case):
    packet = case.packet
    assert (packet.ready_at, packet.clock_started_at) == ("2026-03-02 15:00", "2026-03-02 10:00")
    assert packet.hours_to_acceptance == 2


@events("""
2026-03-02 09:00  triggered  ann
2026-03-02 10:00  submitted  ann
2026-03-02 12:00  field_set  ann  buyer=Ada
2026-03-02 12:00  accepted   bob
""")
def test_accepted_at_the_instant_at_which_it_was_ready_is_not_while_incomplete(case):
    assert (case.packet.clock_started_at, case.packet.hours_to_acceptance) == ("2026-03-02 12:00", 0)


@events("""
2026-03-02 09:00  triggered  ann
2026-03-02 10:00  submitted  ann
""")
def test_what_is_never_ready_has_no_clock_and_is_not_settled_by_silence(case):
    packet = case.packet
    assert (packet.clock_started_at, packet.settled_at, packet.status) == (None, None, "submitted")
    assert packet.due_at == "2026-03-03 09:00"  # the sender's


@events(
    TRIGGERED
    + """
2026-03-02 10:00  accepted   bob
2026-03-02 11:00  submitted  ann
"""
)
def test_accepted_before_it_was_submitted_has_no_duration_and_is_an_issue(case):
    packet = case.packet
    assert (packet.accepted_at, packet.clock_started_at) == ("2026-03-02 10:00", "2026-03-02 11:00")
    assert (packet.hours_to_acceptance, case.count("median_hours_to_acceptance")) == (None, (None, 0))
    assert case.count("accepted_within_sla_rate") == (None, 0)
    assert case.count("eventual_acceptance_rate") == (1, 1)  # out of the durations only
    assert "accepted_before_submission" in case.issues


@events("""
2026-03-02 08:00  accepted   bob
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
""")
def test_accepted_before_the_trigger_is_kept_and_an_issue(case):
    assert (case.packet.triggered_at, case.packet.accepted_at) == ("2026-03-02 09:00", "2026-03-02 08:00")
    assert "accepted_before_trigger" in case.issues


@events("""
2026-03-02 11:00  triggered  ann
2026-03-02 09:00  triggered  ann
2026-03-02 08:00  submitted  ann
""")
def test_triggered_is_the_first_trigger_even_after_the_submission(case):
    assert case.packet.triggered_at == "2026-03-02 09:00"


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(
            act, marks=events(f"2026-03-02 11:00 {act} bob\n2026-03-02 10:00 field_set ann buyer=Ada")
        )
        for act in ("submitted", "accepted", "rejected", "crossed")
    ],
)
def test_without_a_trigger_it_begins_with_the_first(case, act):
    assert case.packet.triggered_at == "2026-03-02 11:00"


@events(TRIGGERED + "2026-04-01 10:00  crossed  bob")  # 30 × 24 hours, and the clocks went forward
def test_moved_at_the_very_instant_at_which_it_expires_is_not_dropped(case):
    assert (case.packet.expires_at, case.packet.is_dropped) == ("2026-04-01 10:00", False)
    assert case.count("drop_rate") == (0, 1)


@events(TRIGGERED + "2026-04-01 10:00:01  crossed  bob")
def test_moved_a_second_later_is_dropped(case):
    assert (case.packet.is_dropped, case.count("drop_rate")) == (True, (1, 1))


@events("2026-06-01 12:00  triggered  ann")
def test_expiring_at_this_very_moment_is_dropped(case):
    assert (case.packet.is_dropped, case.count("drop_rate")) == (True, (1, 1))


@events("2026-06-01 12:00:01  triggered  ann")
def test_a_second_before_it_expires_nobody_knows(case):
    assert (case.packet.is_dropped, case.count("drop_rate")) == (None, (None, 0))


@events(SUBMITTED + "2026-03-02 12:00  accepted  bob", times=3)
@events(SUBMITTED)
def test_the_median_wait_counts_those_who_still_wait(case):
    row = case.figure("median_hours_to_acceptance")
    assert (row.value, row.numerator, row.n) == (2, 3, 4)
    assert case.figure("median_hours_accepted_only").n == 3


@events(SUBMITTED + "2026-03-02 12:00  accepted  bob")
@events(SUBMITTED, times=2)
def test_the_median_wait_is_not_reached_while_more_than_half_are_open(case):
    row = case.figure("median_hours_to_acceptance")
    assert (row.value, row.numerator, row.n) == (None, 1, 3)
    assert case.figure("median_hours_accepted_only").value == 2
