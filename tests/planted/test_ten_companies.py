"""Do the published intervals cover what the simulator planted? Ten companies here, a hundred in `make soak`."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import pytest
from scipy.stats import binom, norm

from flows.simulation import Churn
from tests.planted import coverage
from tests.planted.companies import (
    NO_EFFECT,
    SIGNING,
    SOURCES,
    catalogue_of,
    contracts_of,
    read_by_quarter,
    run_companies,
)  # fmt: skip
from tests.test_company import RATES

HANDOFFS = (SIGNING, "onboarding_to_cs", "support_to_expansion")
PACKETS = 2000
WITH_EFFECT, WITHOUT = range(1, 6), range(6, 11)
FALSE_ALARM = 5e-4
"""Chance that all cells together raise one by luck, for each of the two rules below; seeds are fixed besides."""


@pytest.fixture(scope="module")
def ten(house_of, tmp_path_factory):
    """Five companies with the planted churn and five without, in one run of one house."""
    house = house_of(tmp_path_factory.mktemp("planted"), SOURCES, contracts_of(HANDOFFS))
    read_by_quarter(house)
    churns = dict.fromkeys(WITH_EFFECT, Churn()) | dict.fromkeys(WITHOUT, NO_EFFECT)
    companies = run_companies(house, churns, PACKETS)
    told, silent = companies[: len(WITH_EFFECT)], companies[len(WITH_EFFECT) :]
    catalogue = catalogue_of(house)
    planted, without = (coverage.planted_figures(catalogue, PACKETS, churn) for churn in (Churn(), NO_EFFECT))
    # How many customers leave is all that differs.
    rest = {key: value for key, value in planted.items() if not key[1].startswith("leak_to_churn")}
    churned = [{key: each[key] for key in each.keys() - rest.keys()} for each in (planted, without)]
    cells = coverage.cells([*told, *silent], rest)
    cells += coverage.cells(told, churned[0]) + coverage.cells(silent, churned[1])
    return SimpleNamespace(house=house, companies=companies, silent=silent, planted=planted, cells=cells)


def least_covered(companies: int, cells: int) -> int:
    """So many of the companies, or more, unless something happens that has a chance of FALSE_ALARM in all cells."""
    return max(k for k in range(companies + 1) if binom.cdf(k - 1, companies, 0.95) * cells < FALSE_ALARM)


def test_every_interval_has_a_planted_value(ten):
    planted = {cell.key[1:] for cell in ten.cells}
    with_interval = {
        (figure.metric, figure.breakdown)
        for company in ten.companies
        for figure in company.figures
        if figure.low is not None
    }
    assert with_interval <= planted


def test_intervals_cover_what_was_planted(ten):
    short = [cell for cell in ten.cells if cell.covered < least_covered(cell.companies, len(ten.cells))]
    assert not short


def test_values_miss_what_was_planted_by_chance_alone(ten):
    bound = norm.isf(FALSE_ALARM / 2 / len(ten.cells))
    assert not [cell for cell in ten.cells if abs(cell.bias) * cell.companies**0.5 > bound]


def test_handoffs_are_ranked_by_completion_as_planted(ten):
    assert not [pair for company in ten.companies for pair in coverage.misordered(company, ten.planted)]


def test_where_no_effect_was_planted_the_risk_ratio_may_be_one(ten):
    ratios = [
        figure
        for company in ten.silent
        for figure in company.figures
        if figure.key == (SIGNING, "leak_to_churn_risk_ratio", "")
    ]
    covered = sum(coverage.is_covered(ratio, 1.0) for ratio in ratios)
    assert covered >= least_covered(len(ten.silent), 1)


@pytest.mark.parametrize("handoff", HANDOFFS)
def test_figures_are_what_the_simulators_realised_together(ten, handoff):
    counted: Counter[str] = Counter()
    for company in ten.companies:
        realised = company.realised[handoff]
        counted.update({name: count for name, count in realised.items() if isinstance(count, int)})
        counted.update({f"settled_{outcome}": count for outcome, count in realised["outcomes"].items()})
    for metric, (numerator, n) in RATES.items():
        figure = ten.house.figure(metric, handoff)
        assert (metric, figure.numerator, figure.n) == (metric, counted[numerator], counted[n])
