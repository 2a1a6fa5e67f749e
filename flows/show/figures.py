"""How does a figure look to a person? Its value in its unit, and what its target says about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.inert import markdown

SIGNS = {"meets": "✓", "misses": "✗", "inconclusive": "~", "insufficient": "…", "not_measurable": "–"}
"""Status → sign beside a figure that has a target."""

STYLES = {"meets": "green", "misses": "red", "inconclusive": "yellow", "insufficient": "yellow"}

LEGEND = "✓ meets its target  ✗ misses it  ~ inconclusive  … too few  – not measurable"


@dataclass(frozen=True)
class Figure:
    """A figure as people write it, and what its target says about it (None without a target)."""

    text: str
    status: str | None = None

    def verdict(self, in_words: bool) -> str:
        """` ✗`, or ` ✗ misses` in words; nothing beside a figure without a target."""
        if self.status is None:
            return ""
        return f" {SIGNS[self.status]} {self.status}" if in_words else f" {SIGNS[self.status]}"


def figure(value: float | None, unit: str, status: str | None) -> Figure:
    """A value in its unit; without one, the sign alone says why, or the median is not reached yet."""
    if value is None and status in ("not_measurable", "insufficient"):
        return Figure(SIGNS[status])
    return Figure("not reached" if value is None else in_unit(value, unit), status)


def in_unit(value: float, unit: str) -> str:
    """`65.6%` for a share, `17.1` for anything else: the heading says of what."""
    return f"{value:.1%}" if unit == "share" else f"{value:,.1f}"


def steps_table(counts: Mapping[str, str]) -> str:
    """What each step came to, as a table in Markdown; names of a source's own in it are no markup."""
    lines = "\n".join(f"| {step} | {markdown(what, most=4_000)} |" for step, what in counts.items())
    return f"| step | what it came to |\n|---|---|\n{lines}\n"


def in_one_line(result: object) -> str:
    """What a step came to, in one line."""
    if isinstance(result, dict):
        return ", ".join(f"{count:,} {what}" for what, count in result.items()) or "done"
    return result.name if isinstance(result, Path) else str(result)
