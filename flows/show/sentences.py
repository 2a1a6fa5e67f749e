"""What does a row of the scorecard say, in words? The figure, its doubt, its target, and as of when."""

from __future__ import annotations

from datetime import UTC

from flows.show import periods
from flows.show.figures import SIGNS
from flows.show.row import Row

UNITS = {"hours": " hours", "nps_points": " points"}


def sentences(row: Row) -> list[str]:
    """One line each: what it is, the figure with its interval, its target, whether it is closed, its coverage."""
    lines = [_name(row), _value(row), _verdict(row)]
    seen_at = f"{row.seen_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    lines.append(f"closed: as seen at {seen_at}" if row.is_closed else f"not closed: as of {seen_at}")
    if row.dimension in ("sender", "receiver") and row.n < 10:
        lines.append("withheld: a person is judged by ten packets or not at all")
    if row.coverage is not None:
        lines.append(f"coverage {row.coverage:.1%}: so much of what it needs could be observed")
    return lines


def _name(row: Row) -> str:
    """`H03 AE → Onboarding, completion_rate, month 2026-05, motion inbound`."""
    period = periods.named(row.grain, row.period_start)
    parts = [row.name, f"{row.metric} {row.breakdown}".strip()]
    parts.append(
        {"all": "all periods", "rolling_90d": f"last 90 days, from {row.period_start}"}.get(
            row.grain, f"{row.grain} {period}"
        )
    )
    if row.dimension != "all":
        parts.append(f"{row.dimension} {row.dimension_value}")
    return ", ".join(parts)


def _value(row: Row) -> str:
    if row.value is None:
        value = "not reached" if row.numerator is not None else "no figure"
    else:
        value = in_words(row.value, row.unit)
    parts = [f"{value}, n = {row.n:,}"]
    if row.numerator is not None:
        parts = [
            f"{value} = {row.numerator:,} of {row.n:,}"
            if row.unit == "share"
            else f"{parts[0]}, numerator {row.numerator:,}"
        ]
    if row.low is not None or row.high is not None:
        low, high = ("not reached" if end is None else in_words(end, row.unit) for end in (row.low, row.high))
        parts.append(f"95 % interval {low} to {high}")
    return ", ".join(parts)


def _verdict(row: Row) -> str:
    """`target at least 90.0%: ✗ misses`; the bare value's verdict only where it says something else."""
    if row.target is None:
        return "no target" + (f": {row.status}" if row.status else "")
    target = f"target {row.direction.replace('_', ' ')} {in_words(row.target, row.unit)}"
    verdict = f"{target}: {SIGNS[row.status]} {row.status}" if row.status else target
    if row.point_verdict is None or row.point_verdict == row.status:
        return verdict
    return f"{verdict} (the bare value {row.point_verdict})"


def in_words(value: float, unit: str) -> str:
    """`65.6%`, `17.1 hours`, `+3.0 points`; a ratio to two places."""
    if unit == "share":
        return f"{value:.1%}"
    if unit == "ratio":
        return f"{value:.2f}"
    return f"{value:+,.1f}{UNITS[unit]}" if unit == "nps_points" else f"{value:,.1f}{UNITS.get(unit, '')}"
