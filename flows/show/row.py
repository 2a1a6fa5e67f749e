"""What does the scorecard say of one figure? A row of `handoff_scorecard`, with the name of its handoff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Row:
    """A row of handoff_scorecard, with the handoff's number and title."""

    name: str
    handoff: str
    dimension: str
    dimension_value: str
    grain: str
    period_start: date | None
    is_closed: bool
    seen_at: datetime
    metric: str
    breakdown: str
    unit: str
    value: float | None
    numerator: int | None
    n: int
    low: float | None
    high: float | None
    coverage: float | None
    target: float | None
    direction: str
    point_verdict: str | None
    status: str | None
