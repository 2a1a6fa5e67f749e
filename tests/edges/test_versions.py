"""Which contract judges a packet, and what if the contract says that something is not on record?"""

from __future__ import annotations

import pytest

events = pytest.mark.events

# Version 2 of `seam` holds from 1 June 2026 on and asks for a budget, too.
DAYS = {
    "the_last_second_before": ("2026-05-31 23:59:59", "1.0.0", True),
    "the_first_instant": ("2026-06-01 00:00", "2.0.0", False),
}


@pytest.mark.parametrize(
    ("version", "is_complete"),
    [
        pytest.param(
            *(version, is_complete), id=name,
            marks=events(f"""
{when}            triggered  ann
{when}            field_set  ann  buyer=Ada
2026-06-02 12:00  accepted   bob
"""),
        )
        for name, (when, version, is_complete) in DAYS.items()
    ],
)  # fmt: skip
def test_a_packet_is_judged_by_the_version_of_its_trigger_day_here(case, version, is_complete):
    packet = case.packet
    assert (packet.contract_version, packet.is_complete) == (version, is_complete)
    assert packet.is_baseline is False


@events("""
2023-12-31 23:59:59  triggered  ann
2024-01-02 09:00     field_set  ann  buyer=Ada
2024-01-02 12:00     accepted   bob
""")
def test_before_the_first_version_it_is_judged_by_the_first_and_baseline(case):
    packet = case.packet
    assert (packet.contract_version, packet.is_baseline, packet.is_complete) == ("1.0.0", True, True)


@events("""
2024-01-01 00:00  triggered  ann
2024-01-02 12:00  crossed    bob
""")
def test_from_the_first_version_s_first_instant_it_is_not_baseline(case):
    assert case.packet.is_baseline is False


LATELY = """
{when}            triggered  ann
{when}            field_set  ann  buyer=Ada
{when}            submitted  ann
2026-04-01 12:00  accepted   bob
"""


@events(LATELY.format(when="2026-03-31 23:59:59"), handoff="lately")
def test_before_decisions_were_recorded_only_completeness_counts(case):
    assert case.packet.has_recorded_decisions is False
    assert case.count("completion_rate") == (1, 1)
    for metric in ("first_pass_acceptance_rate", "ungoverned_rate", "accepted_within_sla_rate",
                   "median_hours_to_acceptance", "rejection_rate"):  # fmt: skip
        assert case.count(metric) == (None, 0), metric


@events(LATELY.format(when="2026-04-01 00:00"), handoff="lately")
def test_from_the_first_recorded_day_on_decisions_count(case):
    assert case.packet.has_recorded_decisions is True
    assert case.count("first_pass_acceptance_rate") == case.count("accepted_within_sla_rate") == (1, 1)
    assert case.count("ungoverned_rate") == (0, 1)


UNDATED = """
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
2026-03-02 10:00  submitted  ann
2026-03-02 12:00  accepted   bob
"""


@events(UNDATED, handoff="undated", times=20)
def test_without_times_only_grain_all_and_only_completion_are_measured(case):
    assert case.count("completion_rate") == (20, 20)
    assert case.figure("completion_rate", month="2026-03").status == "not_measurable"
    assert case.figure("completion_by_due_rate").status == "not_measurable"
    assert case.figure("completion_rate").status == "inconclusive"


@events(UNDATED, handoff="undated")
def test_without_decisions_acceptance_cannot_be_measured(case):
    row = case.figure("first_pass_acceptance_rate", all="all")
    assert (row.value, row.numerator, row.status) == (None, None, "not_measurable")
