"""What must the scorecard say? A company in; every row of `handoff_scorecard` out, keyed as published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from contracts import Contract
from contracts.vocabulary import METRICS, REASONS
from tests.oracle.calendars import closing_instant, first_day, local_day, midnight, next_first_day
from tests.oracle.company import Company
from tests.oracle.facts import OUTCOMES, Fact, facts_of
from tests.oracle.figures import Figure, figure
from tests.oracle.packets import Packet
from tests.oracle.views import Archive, View

BREAKDOWNS = {
    "outcome_share": OUTCOMES,
    "rejection_share": REASONS,
    "leak_to_churn_risk_ratio": ("", "by_segment"),
}
WINDOWS = {
    "nps_delta": 14,
    **dict.fromkeys(("clean_acceptance_rate", "reassignment_rate"), 30),
    **{metric: 30 for metric in METRICS if metric.startswith("rediscovery_")},
    **{metric: 365 for metric in METRICS if metric.startswith("leak_to_churn_")},
}
"""Metric → days behind the period's end without which it is not known; 0 for all others."""
NEVER_CLOSED = ("completion_now_rate",)
WITHOUT_TIMES = (
    "completion_rate",
    "completion_now_rate",
    "mean_completeness",
    "rejection_rate",
    "rejection_share",
)
"""What can be said of a source that has no usable dates."""
PEOPLE = ("sender", "receiver")


class Key(NamedTuple):
    """What a row of the scorecard is about."""

    handoff: str
    dimension: str
    dimension_value: str
    grain: str
    period_start: date | None
    metric: str
    breakdown: str


@dataclass(frozen=True)
class Row:
    """What it says."""

    n: int
    numerator: int | None
    value: float | None
    low: float | None
    high: float | None
    coverage: float | None
    target: float | None
    point_verdict: str | None
    status: str | None
    is_closed: bool


@dataclass(frozen=True)
class Period:
    """Days from `first` to before `behind`; without them, all days."""

    grain: str
    start: date | None
    first: date = date.min
    behind: date = date.max


class Scorecard:
    """Every row of a company's scorecard."""

    def __init__(self, company: Company) -> None:
        self.company, self.organisation = company, company.organisation
        self.archive = Archive(company)
        self._view = cache(lambda at: View(self.archive, at))

    def rows(self) -> dict[Key, Row]:
        """Dimension `all` in every period for every metric; others where a packet is counted."""
        found: dict[Key, Row] = {}
        for period in self._periods():
            for seen_at, is_closed, metrics in self._closings(period):
                for key, facts in self._groups(period, seen_at, metrics).items():
                    found[key] = self._row(key, facts, is_closed)
        return found

    # -- periods ---------------------------------------------------------------------------------------------

    def _periods(self) -> Iterator[Period]:
        zone = self.organisation.zone
        triggers = [packet.triggered_at for packet in self.archive.known() if packet.triggered_at]
        today, first = local_day(self.company.as_of, zone), local_day(min(triggers), zone)
        yield Period("all", None)
        start = today - timedelta(days=89)
        yield Period("rolling_90d", start, start)
        for grain in ("week", "month", "quarter"):
            day = first_day(first, grain, self.organisation)
            while day <= today:
                behind = next_first_day(day, grain)
                yield Period(grain, day, day, behind)
                day = behind

    def _closings(self, period: Period) -> Iterator[tuple[datetime, bool, list[str]]]:
        """(as seen at, whether closed, metrics) of a period."""
        seen_at: dict[tuple[datetime, bool], list[str]] = defaultdict(list)
        for metric in METRICS:
            closes = self._closing(period, metric)
            is_closed = closes is not None and closes <= self.company.as_of
            seen_at[closes if closes and is_closed else self.company.as_of, is_closed].append(metric)
        for (at, is_closed), metrics in seen_at.items():
            yield at, is_closed, metrics

    def _closing(self, period: Period, metric: str) -> datetime | None:
        if period.grain in ("all", "rolling_90d") or metric in NEVER_CLOSED:
            return None
        day = period.behind + timedelta(days=WINDOWS.get(metric, 0))
        return closing_instant(day, self.organisation.closing_business_day, self.organisation.zone)

    # -- groups ----------------------------------------------------------------------------------------------

    def _groups(self, period: Period, seen_at: datetime, metrics: list[str]) -> dict[Key, list[Fact]]:
        groups: dict[Key, list[Fact]] = {}
        for contract in self.company.catalogue.contracts:
            if contract.status == "active":
                for metric in metrics:
                    for breakdown in BREAKDOWNS.get(metric, ("",)):
                        key = Key(contract.id, "all", "all", period.grain, period.start, metric, breakdown)
                        groups[key] = []
        for packet, fact in self._facts_in(period, seen_at, metrics):
            if packet.contract.status == "active":
                for dimension, value in packet.dimensions.items():
                    if value is not None:
                        key = Key(packet.contract.id, dimension, value, period.grain, period.start,
                                  fact.metric, fact.breakdown)  # fmt: skip
                        groups.setdefault(key, []).append(fact)
        return {
            key: facts
            for key, facts in groups.items()
            if key.dimension == "all" or any(fact.says is not None for fact in facts)
        }

    def _facts_in(
        self, period: Period, seen_at: datetime, metrics: list[str]
    ) -> Iterator[tuple[Packet, Fact]]:
        zone = self.organisation.zone
        begins = None if period.first == date.min else midnight(period.first, zone)
        ends = None if period.behind == date.max else midnight(period.behind, zone)
        view = self._view(seen_at)
        for packet in view.packets:
            if self.archive.may_lie(packet, begins, ends):
                for fact in facts_of(view, packet, metrics):
                    if (begins is None or fact.at >= begins) and (ends is None or fact.at < ends):
                        yield packet, fact

    # -- rows ------------------------------------------------------------------------------------------------

    def _row(self, key: Key, facts: list[Fact], is_closed: bool) -> Row:
        contract = self.company.catalogue.contract(key.handoff)
        says = [fact.says for fact in facts if fact.says is not None]
        seen = [fact.seen for fact in facts if fact.seen is not None]
        whole = sum(each for _, each in seen)
        coverage = sum(part for part, _ in seen) / whole if whole and len(says) else None
        target = contract.targets.get(key.metric)
        aim = target.value if target else None
        shown = self._is_shown(key, contract, len(says), coverage)
        found = Figure(len(says))
        if shown == "yes" or METRICS[key.metric].unit == "ratio":
            shown, found = self._figure(key, says, shown)
        verdict, status = self._judged(key, found, aim, says) if shown == "yes" else (None, shown)
        return Row(
            found.n,
            found.numerator,
            found.value,
            found.low,
            found.high,
            coverage,
            aim,
            verdict,
            status,
            is_closed,
        )

    @staticmethod
    def _figure(key: Key, says: list[Any], shown: str) -> tuple[str, Figure]:
        """A ratio that an empty margin leaves without a value is not measurable, however few there are."""
        found = figure(key.metric, key.breakdown, says)
        if METRICS[key.metric].unit == "ratio" and found.value is None:
            shown = "not_measurable"
        return shown, found if shown == "yes" else Figure(len(says))

    def _is_shown(self, key: Key, contract: Contract, n: int, coverage: float | None) -> str:
        """yes, or the status that stands instead of a figure."""
        enough = self.organisation.rediscovery_coverage if key.metric.startswith("rediscovery_") else 0.5
        is_dated = contract.recorded.times or (key.metric in WITHOUT_TIMES and key.grain == "all")
        is_untouched = (
            key.metric == "median_hours_to_first_touch" and not self.company.of_type["account.touched"]
        )
        if not n or not is_dated or is_untouched or (coverage is not None and coverage < enough):
            return "not_measurable"
        return "insufficient" if key.dimension in PEOPLE and n < 10 else "yes"

    def _judged(
        self, key: Key, found: Figure, aim: float | None, says: list[Any]
    ) -> tuple[str | None, str | None]:
        """Point verdict and status of a figure that is shown."""
        if aim is None:
            return None, None
        is_below = METRICS[key.metric].direction == "below"
        minimum_n = 30 if key.metric == "nps_delta" else self.organisation.minimum_n

        def is_good(value: float) -> bool:
            return value < aim if is_below else value >= aim

        verdict = None if found.value is None else ("meets" if is_good(found.value) else "misses")
        if found.n < minimum_n:
            return verdict, "insufficient"
        if METRICS[key.metric].unit == "hours":
            return self._judged_wait(found, aim, says, verdict, minimum_n)
        if found.low is None or found.high is None:
            return verdict, "inconclusive"
        ends = [is_good(found.low), is_good(found.high)]
        return verdict, "meets" if all(ends) else "inconclusive" if any(ends) else "misses"

    @staticmethod
    def _judged_wait(
        found: Figure, aim: float, says: list[tuple[float, bool]], verdict: str | None, minimum_n: int
    ) -> tuple[str | None, str]:
        """An end of the interval that was never reached lies behind everything that was observed."""
        if found.low is None:
            is_late = sum(hours > aim for hours, _ in says) >= minimum_n
            return ("misses", "misses") if is_late else (verdict, "inconclusive")
        if found.low >= aim:
            return verdict, "misses"
        return verdict, "meets" if found.high is not None and found.high < aim else "inconclusive"
