"""What is a group's figure, and its doubt? What packets say in; n, numerator, value and interval out.

Wilson from statsmodels, t from scipy; Kaplan–Meier as lifelines does it; ratios of risk by their textbook formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import exp, fsum, log, sqrt
from statistics import median
from typing import Any

from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from contracts.vocabulary import METRICS
from tests.oracle.facts import Member

Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval; what does not exist is None."""

    n: int
    numerator: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None


def figure(metric: str, breakdown: str, says: Sequence[Any]) -> Figure:
    """The figure of a metric over what its packets say."""
    if not says:
        return Figure(0)
    if breakdown == "by_segment":
        return mantel_haenszel(says)
    special = _SPECIAL.get(metric)
    if special:
        return special(says)
    assert METRICS[metric].unit == "share"
    return _wilson(sum(map(bool, says)), len(says))


@cache
def _wilson(hits: int, n: int) -> Figure:
    low, high = proportion_confint(hits, n, alpha=0.05, method="wilson")
    return Figure(n, hits, hits / n, float(low), float(high))


def _mean(numbers: Sequence[float]) -> Figure:
    n, mean = len(numbers), fsum(numbers) / len(numbers)
    if n == 1:
        return Figure(n, None, mean)  # one says nothing about the next
    spread = sqrt(fsum((number - mean) ** 2 for number in numbers) / (n - 1))
    half = float(stats.t.ppf(0.975, n - 1)) * spread / sqrt(n)
    return Figure(n, None, mean, mean - half, mean + half)


def _nps(changes: Sequence[int]) -> Figure:
    return _mean([100 * change for change in changes])


def _accepted_only(hours: Sequence[float]) -> Figure:
    return Figure(len(hours), None, median(hours))


def _waits(waits: Sequence[tuple[float, bool]]) -> Figure:
    return kaplan_meier(tuple(sorted(waits)))


@cache
def kaplan_meier(waits: tuple[tuple[float, bool], ...]) -> Figure:
    """Median with its interval: where curve and log-log band come down to one half.

    Written out, with an exact curve: lifelines takes 40 ms for each of some thousand, and adds logarithms, so that a
    curve that comes down to exactly one half may stay 1e-16 above. test_figures.py compares the two.
    """
    survival, greenwood = Fraction(1), 0.0
    reached: dict[str, float] = {}
    for hours in sorted({hours for hours, is_end in waits if is_end}):
        at_risk = sum(other >= hours for other, _ in waits)
        ends = sum(other == hours and is_end for other, is_end in waits)
        survival *= 1 - Fraction(ends, at_risk)
        low, high = 0.0, 0.0
        if survival:
            greenwood += ends / (at_risk * (at_risk - ends))
            width = Z * sqrt(greenwood) / log(survival)
            low, high = float(survival) ** exp(-width), float(survival) ** exp(width)
        for name, left in (("value", survival), ("low", low), ("high", high)):
            if left <= 0.5:
                reached.setdefault(name, hours)
    ends = sum(is_end for _, is_end in waits)
    return Figure(len(waits), ends, reached.get("value"), reached.get("low"), reached.get("high"))


def _risk_ratio(cohort: Sequence[Member]) -> Figure:
    """Churned of the leaky against churned of the others; Katz's log interval."""
    leaky, rest, a, c = _table(cohort)
    n, hits = len(cohort), a
    if not leaky or not rest or not c:
        return Figure(n, hits)
    ratio = (a / leaky) / (c / rest)
    if not a:
        return Figure(n, hits, ratio)
    return _around(n, hits, ratio, 1 / a - 1 / leaky + 1 / c - 1 / rest)


def mantel_haenszel(cohort: Sequence[Member]) -> Figure:
    """The same, stratified by segment; variance of Greenland and Robins."""
    strata: dict[Hashable, list[Member]] = {}
    for member in cohort:
        strata.setdefault(member.segment, []).append(member)
    above = below = spread = 0.0
    for members in strata.values():
        leaky, rest, a, c = _table(members)
        n = len(members)
        above += a * rest / n
        below += c * leaky / n
        spread += (leaky * rest * (a + c) - a * c * n) / n**2
    hits = _table(cohort)[2]
    if not below:
        return Figure(len(cohort), hits)
    if not above:
        return Figure(len(cohort), hits, 0.0)
    return _around(len(cohort), hits, above / below, spread / (above * below))


def _table(cohort: Sequence[Member]) -> tuple[int, int, int, int]:
    """Leaky, not leaky, churned of the leaky, churned of the others."""
    leaky = [member for member in cohort if member.is_leaky]
    churned = sum(member.is_churned for member in cohort)
    churned_leaky = sum(member.is_churned for member in leaky)
    return len(leaky), len(cohort) - len(leaky), churned_leaky, churned - churned_leaky


def _around(n: int, hits: int, ratio: float, variance: float) -> Figure:
    width = Z * sqrt(variance)
    return Figure(n, hits, ratio, exp(log(ratio) - width), exp(log(ratio) + width))


_SPECIAL: dict[str, Callable[[Sequence[Any]], Figure]] = {
    "mean_completeness": _mean,
    "nps_delta": _nps,
    "median_hours_to_acceptance": _waits,
    "median_hours_to_first_touch": _waits,
    "median_hours_accepted_only": _accepted_only,
    "leak_to_churn_risk_ratio": _risk_ratio,
}
