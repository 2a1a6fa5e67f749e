"""When does an interval cover a value?"""

from __future__ import annotations

import math

import pytest

from tests.planted.companies import Company, Figure
from tests.planted.coverage import Planted, cells, is_covered, misordered, missed_by


def figure(metric="drop_rate", value=0.5, low=0.4, high=0.6, handoff="won"):
    return Figure(handoff, metric, "", value, None, 10, low, high)


@pytest.mark.parametrize(("planted", "covered"), [(0.39, False), (0.4, True), (0.6, True), (0.61, False)])
def test_the_ends_belong_to_the_interval(planted, covered):
    assert is_covered(figure(), planted) is covered


def test_a_median_whose_upper_end_is_not_reached_covers_whatever_is_later():
    median = figure("median_hours_to_acceptance", 30.0, 20.0, None)
    assert is_covered(median, 1000.0) and not is_covered(median, 19.0)


def test_a_median_that_is_never_reached_is_covered_by_an_interval_without_an_end():
    assert is_covered(figure("median_hours_to_acceptance", None, None, None), None)
    assert not is_covered(figure("median_hours_to_acceptance", 30.0, 20.0, 40.0), None)


def test_a_ratio_without_an_interval_covers_nothing():
    assert not is_covered(figure("leak_to_churn_risk_ratio", 0.0, None, None), 1.0)


def test_a_share_that_is_withheld_is_no_interval_that_misses():
    withheld = Company(1, (figure(value=None, low=None, high=None),), {})
    assert cells([withheld], {("won", "drop_rate", ""): 0.5}) == []


def test_a_miss_is_counted_in_standard_errors():
    assert missed_by(figure(), 0.4) == pytest.approx(1.959964, abs=1e-6)


def test_a_share_misses_in_standard_errors_of_the_planted_one():
    one_of_ten = Figure("won", "drop_rate", "", 0.1, 1, 10, 0.0, 0.4)
    assert missed_by(one_of_ten, 0.5) == pytest.approx(-0.4 / (0.5 / 10**0.5))


def test_a_ratio_misses_in_logarithms():
    ratio = figure("leak_to_churn_risk_ratio", 2.0, 1.0, 4.0)
    whole, half = missed_by(ratio, 1.0), missed_by(ratio, math.sqrt(2))
    assert whole and half == pytest.approx(whole / 2)


def test_pairs_in_another_order_than_planted_are_named():
    figures = tuple(
        figure("completion_rate", value, handoff=name) for name, value in (("a", 0.5), ("b", 0.6))
    )
    planted: Planted = {("a", "completion_rate", ""): 0.7, ("b", "completion_rate", ""): 0.4}
    assert misordered(Company(1, figures, {}), planted) == [("a", "b")]
