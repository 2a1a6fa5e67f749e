"""From which n on is a figure judged, by which end of its interval, and what cannot be measured?"""

from __future__ import annotations

import pytest

events = pytest.mark.events

# The target of completion_rate is 0.90. Wilson's interval of n out of n begins at n / (n + 3.84).
COMPLETE = """
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
2026-03-02 12:00  crossed    bob
"""
INCOMPLETE = """
2026-03-02 09:00  triggered  ann
2026-03-02 12:00  crossed    bob
"""


def verdict(case, metric="completion_rate", **where):
    row = case.figure(metric, **where)
    return row.n, row.point_verdict, row.status


@events(COMPLETE, times=19)
def test_nineteen_packets_are_shown_and_not_judged(case):
    assert verdict(case) == (19, "meets", "insufficient")
    assert case.figure("completion_rate").value == 1


@events(COMPLETE, times=20)
def test_twenty_packets_are_judged(case):
    assert verdict(case) == (20, "meets", "inconclusive")  # 20 / 23.84 = 0.84


@events(COMPLETE, times=34)
def test_while_the_target_lies_inside_the_interval_it_is_inconclusive(case):
    assert verdict(case) == (34, "meets", "inconclusive")  # 34 / 37.84 = 0.8985


@events(COMPLETE, times=35)
def test_once_the_whole_interval_is_on_the_good_side_it_meets(case):
    assert verdict(case) == (35, "meets", "meets")  # 35 / 38.84 = 0.9011


@events(COMPLETE, times=16)
@events(INCOMPLETE, times=4)
def test_a_value_that_misses_with_the_target_inside_is_inconclusive(case):
    assert verdict(case) == (20, "misses", "inconclusive")  # Wilson's interval of 16 of 20 ends at 0.919


@events(COMPLETE, times=15)
@events(INCOMPLETE, times=5)
def test_once_the_whole_interval_is_on_the_bad_side_it_misses(case):
    assert verdict(case) == (20, "misses", "misses")  # 15 of 20: 0.888


@events(COMPLETE, times=18)
@events(INCOMPLETE, times=2)
def test_exactly_the_target_meets_where_it_is_at_least(case):
    assert verdict(case) == (20, "meets", "inconclusive")


@events("""
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
2026-03-02 10:00  submitted  ann
2026-03-04 10:00  accepted   bob
""")
def test_exactly_the_target_misses_where_it_is_below(case):
    row = case.figure("median_hours_to_acceptance")
    assert (row.value, row.target, row.point_verdict) == (48, 48, "misses")


WAITING = """
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
2026-03-02 10:00  submitted  ann
"""


@events(WAITING, times=20)
def test_a_median_never_reached_after_the_target_misses_it_without_a_value(case):
    row = case.figure("median_hours_to_acceptance")
    assert (row.value, row.low, row.n) == (None, None, 20)
    assert (row.point_verdict, row.status) == ("misses", "misses")


@events(WAITING.replace("2026-03-02", "2026-06-30").replace("buyer=Ada", "buyer=Ada budget=1"), times=20)
def test_a_median_not_reached_before_the_target_has_come_says_nothing(case):
    row = case.figure("median_hours_to_acceptance")  # all wait since 26 hours
    assert (row.value, row.point_verdict, row.status) == (None, None, "inconclusive")


@events(COMPLETE, handoff="relay")
def test_a_period_without_a_packet_has_its_row_and_says_nothing(case):
    row = case.figure("eventual_acceptance_rate", all="all", month="2026-04")
    assert (row.value, row.numerator, row.low, row.high) == (None, None, None, None)
    assert (row.n, row.point_verdict, row.status) == (0, None, "not_measurable")


@events(COMPLETE.replace("ann", "ned"), times=9)
def test_nine_packets_of_a_person_are_withheld(case):
    row = case.figure("completion_rate", sender="ned")
    assert (row.n, row.value, row.numerator, row.low, row.high) == (9, None, None, None, None)
    assert (row.point_verdict, row.status) == (None, "insufficient")


@events(COMPLETE.replace("ann", "ted"), times=10)
def test_ten_packets_of_a_person_are_shown(case):
    row = case.figure("completion_rate", sender="ted")
    assert (row.n, row.value, row.status) == (10, 1, "insufficient")


UNSEEN = INCOMPLETE + "2026-03-02 13:00  field_set  ann  buyer=Ada  evidence=snapshot\n"


@events(COMPLETE)
@events(UNSEEN)
def test_half_of_the_fields_observed_is_enough(case):
    row = case.figure("completion_rate")
    assert (row.coverage, row.n, row.numerator, row.status) == (0.5, 1, 1, "insufficient")


@events(COMPLETE)
@events(UNSEEN, times=2)
def test_less_than_half_is_not(case):
    row = case.figure("completion_rate")
    assert (row.coverage, row.n) == (pytest.approx(1 / 3), 1)
    assert (row.value, row.numerator, row.status) == (None, None, "not_measurable")


BANDS = {
    "9999.99": "up_to_10k", "10000": "from_10k_to_50k", "49999.99": "from_10k_to_50k", "50000": "above_50k",
    "": None, "lots": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "band"),
    [
        pytest.param(*pair, marks=events(f"2026-03-02 09:00 triggered ann value={pair[0]} currency=EUR"))
        for pair in BANDS.items()
    ],
)
def test_an_amount_is_of_the_first_band_it_lies_below(case, amount, band):
    assert case.packet.amount_band == band


@events(
    "2026-03-02 09:00 triggered ann value=5000 currency=EUR\n2026-03-02 10:00 triggered ann value=60000 currency=EUR"
)
def test_what_the_first_trigger_says_holds(case):
    assert (case.packet.amount, case.packet.amount_band) == (5000, "up_to_10k")
