"""What does a step say that it came to? A line of counts, and behind it what a person should read tonight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NOTES_SHOWN = 5


@dataclass(frozen=True)
class Pulls:
    """What the sources brought: rows of each, and what changed in their shape."""

    rows: Mapping[str, int]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = ", ".join(f"{rows:,} rows from {name}" for name, rows in self.rows.items())
        return _with_notes(told, self.notes, "changes")


@dataclass(frozen=True)
class Scored:
    """How long the scorecard is, and which decisions that `seamkeeper decide` took down tonight do not count."""

    rows: int
    refused: tuple[str, ...] = ()

    def __str__(self) -> str:
        return _with_notes(f"{self.rows:,} scorecard rows", self.refused, "refused decisions")


def _with_notes(told: str, notes: Sequence[str], what: str) -> str:
    shown = [*notes[:NOTES_SHOWN], f"{len(notes) - NOTES_SHOWN} {what} more"]
    return "; ".join([told, *shown[: len(notes)]])
