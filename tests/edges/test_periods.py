"""Which period does an instant belong to, when does the period close, and which deadline does a calendar give?"""

from __future__ import annotations

import pytest

events = pytest.mark.events

MOVED = """
{when}  field_set  ann  buyer=Ada
{when}  triggered  ann
{when}  crossed    bob
"""
INSTANTS = {
    "the_last_second_of_the_month": ("2026-03-31 23:59:59", "month", "2026-03", "2026-04"),
    "the_first_instant_of_the_next": ("2026-04-01 00:00", "month", "2026-04", "2026-03"),
    "the_last_second_of_the_quarter": ("2025-12-31 23:59:59", "quarter", "2025-10-01", "2026-01-01"),
    "the_first_instant_of_the_next_quarter": ("2026-01-01 00:00", "quarter", "2026-01-01", "2025-10-01"),
    # on 29 March the clocks go forward: that Sunday ends at 22:00 UTC
    "the_last_second_of_sunday": ("2026-03-29 23:59:59", "week", "2026-03-23", "2026-03-30"),
    "monday_00_00": ("2026-03-30 00:00", "week", "2026-03-30", "2026-03-23"),
    # on 26 October 2025 they go back: 02:30 comes twice, and both are Sunday
    "the_first_half_past_two": ("2025-10-26 02:30+02:00", "week", "2025-10-20", "2025-10-27"),
    "the_second_half_past_two": ("2025-10-26 02:30+01:00", "week", "2025-10-20", "2025-10-27"),
    "the_last_second_of_the_long_sunday": ("2025-10-26 23:59:59", "week", "2025-10-20", "2025-10-27"),
    "the_ninetieth_day_back": ("2026-04-03 00:00", "rolling", "2026-04-03", "2026-04-02"),
}


@pytest.mark.parametrize(
    ("grain", "period", "other"),
    [
        pytest.param(grain, period, other, id=name, marks=events(MOVED.format(when=when)))
        for name, (when, grain, period, other) in INSTANTS.items()
    ],
)
def test_it_belongs_to_the_period_of_its_day_in_the_organisation_s_zone(case, grain, period, other):
    assert case.count("completion_rate", **{grain: period}) == (1, 1)
    assert case.count("completion_rate", **{grain: other}) == (None, 0)


@events(MOVED.format(when="2026-04-02 23:59:59"))
def test_the_day_before_is_not_among_the_last_ninety(case):
    assert case.count("completion_rate", rolling="2026-04-03") == (None, 0)
    assert case.count("completion_rate") == (1, 1)


# The business calendar: Monday to Thursday 09:00-17:30, Friday 09:00-16:00; the sender has 2 hours.
DEADLINES = {
    "over_the_weekend": ("2026-03-20 15:00", "2026-03-23 10:00"),
    "over_the_weekend_in_which_clocks_go_forward": ("2026-03-27 15:00", "2026-03-30 10:00"),
    "over_the_weekend_in_which_clocks_go_back": ("2025-10-24 15:00", "2025-10-27 10:00"),
    "ending_at_closing_time": ("2026-03-20 14:00", "2026-03-20 16:00"),
    "starting_at_closing_time": ("2026-03-20 16:00", "2026-03-23 11:00"),
    "starting_before_opening": ("2026-03-19 06:00", "2026-03-19 11:00"),
    "over_easter": ("2026-04-02 16:30", "2026-04-07 10:00"),
}


@pytest.mark.parametrize(
    "due",
    [
        pytest.param(due, id=name, marks=events(f"{when} triggered ann", handoff="office"))
        for name, (when, due) in DEADLINES.items()
    ],
)
def test_two_business_hours_end(case, due):
    assert case.packet.submit_due_at == due


@events("""
2026-03-21 12:00  triggered  ann
2026-03-21 12:00  field_set  ann  buyer=Ada
2026-03-21 12:00  submitted  ann
2026-03-23 13:00  accepted   bob
""", handoff="office")  # fmt: skip
def test_a_clock_that_starts_on_saturday_runs_from_monday_on_and_waits_are_elapsed_hours(case):
    packet = case.packet
    assert (packet.clock_started_at, packet.due_at) == ("2026-03-21 12:00", "2026-03-23 13:00")
    assert (packet.is_accepted_within_sla, packet.hours_to_acceptance) == (True, 49)


# A calendar that never closes knows hours, not days: 24 of them.
NIGHTS = {
    "in_spring": ("2026-03-28 12:00", "2026-03-29 13:00"),
    "in_autumn": ("2025-10-25 12:00", "2025-10-26 11:00"),
}


@pytest.mark.parametrize(
    "due",
    [
        pytest.param(due, id=name, marks=events(f"{when} triggered ann"))
        for name, (when, due) in NIGHTS.items()
    ],
)
def test_a_day_and_night_s_hours_over_a_change_of_clocks(case, due):
    assert case.packet.submit_due_at == due


# May 2026 ended with a Sunday; 1 to 5 June are five business days: it closed when 5 June was over. Each of these was
# settled by silence on 24 May at 10:00.
SILENT_IN_MAY = """
2026-05-20 09:00  triggered  ann
2026-05-20 09:00  field_set  ann  buyer=Ada
2026-05-20 10:00  submitted  ann
"""


@events(SILENT_IN_MAY + "2026-06-06 00:00  accepted  bob")
def test_what_happens_until_the_closing_instant_is_in_the_closed_month(case):
    row = case.figure("eventual_acceptance_rate", month="2026-05")
    assert (row.is_closed, row.numerator, row.n) == (True, 1, 1)


@events(SILENT_IN_MAY + "2026-06-06 00:00:01  accepted  bob")
def test_what_happens_later_leaves_the_closed_month_and_changes_the_open_figure(case):
    row = case.figure("eventual_acceptance_rate", month="2026-05")
    assert (row.is_closed, row.numerator, row.n) == (True, 0, 1)
    assert case.count("eventual_acceptance_rate") == (1, 1)
    assert case.count("median_hours_to_acceptance", month="2026-05") == (0, 1)
    assert case.count("median_hours_to_acceptance") == (1, 1)


@events(
    SILENT_IN_MAY
    + """
2026-05-21 10:00     rejected  bob  reason=capacity
2026-06-06 00:00:01  accepted  bob
"""
)
def test_a_decision_is_of_the_month_in_which_it_was_first(case):
    assert case.count("rejection_rate", month="2026-05") == (1, 1)
    assert case.count("rejection_rate", month="2026-06") == (None, 0)


@events(
    SILENT_IN_MAY
    + """
2026-05-20 12:00  accepted  bob
2026-06-10 12:00  voided    ann
"""
)
def test_what_is_void_today_is_out_of_closed_months_too(case):
    assert case.count("completion_rate", month="2026-05") == (None, 0)


@events("""
2026-05-16 23:00  triggered  ann
2026-05-20 12:00  crossed    bob
""", handoff="relay")  # fmt: skip
def test_due_before_the_closing_counts_by_due_in_the_closed_month(case):
    assert case.packet.submit_due_at == "2026-06-05 23:00"
    assert case.count("completion_by_due_rate", month="2026-05") == (0, 1)


@events("""
2026-05-17 01:00  triggered  ann
2026-05-20 12:00  crossed    bob
2026-06-04 12:00  field_set  ann  buyer=Ada
""", handoff="relay")  # fmt: skip
def test_due_after_the_closing_is_not_in_the_closed_month_and_in_the_open_figure(case):
    assert case.packet.submit_due_at == "2026-06-06 01:00"
    assert case.count("completion_by_due_rate", month="2026-05") == (None, 0)
    assert case.count("completion_by_due_rate") == (1, 1)


@events("""
2026-05-20 12:00  triggered  ann
2026-05-20 12:00  crossed    bob
2026-06-10 12:00  field_set  ann  buyer=Ada
""")
def test_completion_now_is_never_closed(case):
    row = case.figure("completion_now_rate", month="2026-05")
    assert (row.is_closed, row.numerator, row.n) == (False, 1, 1)
    assert case.figure("completion_rate", month="2026-05").is_closed is True


@events(SILENT_IN_MAY + "2026-05-20 12:00  accepted  bob")
def test_a_figure_that_waits_thirty_days_closes_thirty_days_later(case):
    assert case.figure("first_pass_acceptance_rate", month="2026-05").is_closed is True
    assert case.figure("clean_acceptance_rate", month="2026-05").is_closed is False


CLOSINGS = {  # as of Wednesday, 1 July
    "the_week_of_15_june": ("2026-06-15 12:00", "week", "2026-06-15", True),  # closed when 26 June was over
    "the_week_of_22_june": ("2026-06-22 12:00", "week", "2026-06-22", False),
    "june": ("2026-06-22 12:00", "month", "2026-06", False),
    "the_first_quarter": ("2026-03-02 12:00", "quarter", "2026-01-01", True),
    "the_last_ninety_days": ("2026-04-03 12:00", "rolling", "2026-04-03", False),
}


@pytest.mark.parametrize(
    ("grain", "period", "is_closed"),
    [
        pytest.param(grain, period, is_closed, id=name, marks=events(MOVED.format(when=when)))
        for name, (when, grain, period, is_closed) in CLOSINGS.items()
    ],
)
def test_a_period_is_closed_after_the_fifth_business_day_that_follows_it(case, grain, period, is_closed):
    assert case.figure("completion_rate", **{grain: period}).is_closed is is_closed
