"""Is what was planted in a hundred companies covered by the intervals that the house publishes about them?

In: companies that were run, and what the simulator planted. Out: a `Cell` per handoff, metric and breakdown: in how
many companies the interval covers the planted value, and by how much the values miss it on average.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts import Catalogue
from flows.simulation import Churn
from flows.simulation.company import found
from flows.simulation.truth import handoff_planted, leak_to_churn_planted
from tests.planted.companies import MONTHS, SIGNING, UNTIL, Company, Figure, Key

CHURN = ("leak_to_churn_base_rate", "leak_to_churn_share", "leak_to_churn_risk_ratio")
WITHOUT_INTERVAL = "median_hours_accepted_only"
Z = 1.959963984540054
ROUNDING = 1e-12

Planted = dict[Key, float | None]
"""A value of None is one that half of the waits never reach."""


@dataclass(frozen=True)
class Cell:
    """One metric of one handoff over many companies; `bias` is the mean miss in standard errors of one company."""

    key: Key
    planted: float | None
    covered: int
    companies: int
    bias: float


def planted_figures(catalogue: Catalogue, packets: int, churn: Churn) -> Planted:
    """What was planted in every company of this size, whatever its seed."""
    company = found(catalogue, packets, MONTHS, UNTIL, churn)
    figures: Planted = {}
    for seam in company.seams:
        for metric, value in handoff_planted(company, seam).items():
            parts = value.items() if isinstance(value, dict) else [("", value)]
            figures |= {(seam.contract.id, metric, breakdown): part for breakdown, part in parts}
    associated = leak_to_churn_planted(company) or {}
    figures |= {(SIGNING, metric, ""): associated[metric] for metric in CHURN}
    # The effect is the same in every segment, so that the stratified ratio is the crude one.
    figures[SIGNING, "leak_to_churn_risk_ratio", "by_segment"] = associated["leak_to_churn_risk_ratio"]
    return figures


def is_measurable(figure: Figure) -> bool:
    """Whether anything was published: a median without a value says "later than all we saw", a share without one
    was withheld, as where too few first conversations were looked at.
    """
    return figure.n > 0 and (figure.value is not None or "hours" in figure.metric)


def is_covered(figure: Figure, planted: float | None) -> bool:
    """Whether the interval holds the planted value; a curve that never comes down to its half has no upper end."""
    if planted is None:
        return figure.n > 0 and figure.high is None
    if figure.low is None:
        return False
    is_open = figure.high is None and "hours" in figure.metric
    high = math.inf if is_open else figure.high
    return high is not None and figure.low - ROUNDING <= planted <= high + ROUNDING


def missed_by(figure: Figure, planted: float | None) -> float | None:
    """Value minus planted value in standard errors; None where there is no width to measure by.

    A share's is that of the planted one (as in Wilson's interval): by its own, small shares would miss by more than
    large ones. All others are read off the interval, a ratio's in logarithms.
    """
    if planted is None or figure.value is None or figure.low is None or figure.high is None:
        return None
    value, low, high = figure.value, figure.low, figure.high
    if "ratio" in figure.metric:
        value, planted, low, high = (math.log(each) for each in (value, planted, low, high))
    elif figure.numerator is not None and "hours" not in figure.metric:
        error = math.sqrt(planted * (1 - planted) / figure.n)
        return (value - planted) / error if error else None
    return (value - planted) / ((high - low) / 2 / Z) if high > low else None


def cells(companies: Iterable[Company], planted: Planted) -> list[Cell]:
    """Every published figure that has a planted value; companies in which it is not measurable are left out."""
    figures: dict[Key, list[Figure]] = defaultdict(list)
    for company in companies:
        for figure in company.figures:
            if figure.key in planted and is_measurable(figure):
                figures[figure.key].append(figure)
    return [_cell(key, figures[key], planted[key]) for key in sorted(figures)]


def _cell(key: Key, figures: Sequence[Figure], planted: float | None) -> Cell:
    misses = [miss for figure in figures if (miss := missed_by(figure, planted)) is not None]
    return Cell(
        key,
        planted,
        covered=sum(is_covered(figure, planted) for figure in figures),
        companies=len(figures),
        bias=sum(misses) / len(misses) if misses else 0.0,
    )


def misordered(company: Company, planted: Planted, metric: str = "completion_rate") -> list[tuple[str, str]]:
    """Pairs of handoffs that the published figures put in another order than the planted ones do."""
    order = sorted(key for key in planted if key[1] == metric)
    value = {figure.key: figure.value or 0.0 for figure in company.figures}
    return [
        (one[0], other[0])
        for place, one in enumerate(order)
        for other in order[place + 1 :]
        if ((planted[one] or 0.0) - (planted[other] or 0.0)) * (value[one] - value[other]) <= 0
    ]
