"""Are the oracle's own formulas those of the libraries?"""

from __future__ import annotations

import warnings
from math import isinf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from tests.oracle.facts import Member
from tests.oracle.figures import figure, kaplan_meier

WAITS = st.lists(st.tuples(st.integers(0, 12).map(lambda n: n / 4), st.booleans()), min_size=1, max_size=30)


@given(waits=WAITS)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_median_and_band_are_those_of_lifelines(waits):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of curves that everyone leaves at once
        fitted = KaplanMeierFitter(alpha=0.05).fit(*zip(*waits, strict=True))
        middle = median_survival_times(fitted.survival_function_.round(12))
        low, high = median_survival_times(fitted.confidence_interval_.round(12)).to_numpy()[0]
    expected = [None if isinf(each) else each for each in (middle, low, high)]
    found = kaplan_meier(tuple(waits))
    assert [found.value, found.low, found.high] == expected
    assert (found.n, found.numerator) == (len(waits), sum(is_end for _, is_end in waits))


def cohort(segment, leaky_churned, leaky, rest_churned, rest):
    told = [(True, number < leaky_churned) for number in range(leaky)]
    told += [(False, number < rest_churned) for number in range(rest)]
    return [Member(is_leaky, is_churned, segment) for is_leaky, is_churned in told]


def test_the_crude_risk_ratio_is_statsmodels():
    found = figure("leak_to_churn_risk_ratio", "", cohort("a", 7, 20, 3, 25))
    table = Table2x2([[7, 13], [3, 22]])
    assert found.value == pytest.approx(table.riskratio, abs=1e-12)
    assert (found.low, found.high) == pytest.approx(table.riskratio_confint(), abs=1e-12)


def test_the_pooled_risk_ratio_is_statsmodels():
    strata = [("a", 7, 20, 3, 25), ("b", 2, 9, 4, 40), (None, 1, 3, 1, 2)]
    members = [member for stratum in strata for member in cohort(*stratum)]
    tables = StratifiedTable([[[a, n - a], [c, m - c]] for _, a, n, c, m in strata])
    found = figure("leak_to_churn_risk_ratio", "by_segment", members)
    assert found.value == pytest.approx(tables.riskratio_pooled, abs=1e-12)


def test_one_stratum_s_variance_is_katz_s():
    members = cohort("a", 7, 20, 3, 25)
    crude = figure("leak_to_churn_risk_ratio", "", members)
    pooled = figure("leak_to_churn_risk_ratio", "by_segment", members)
    assert (pooled.low, pooled.high) == pytest.approx((crude.low, crude.high), abs=1e-12)
