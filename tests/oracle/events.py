"""What happened, in which order? Event files (CSV, Parquet) or rows in, `Event`s in order out.

One event per source and id: the content that was new last. Order: time, sequence (else place in the files), source, id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

COLUMNS = (
    "id", "source", "type", "time", "sequence", "account", "motion", "object", "handoff", "subject",
    "cycle", "field", "value", "actor", "team", "reason", "detail",
)  # fmt: skip
BEHIND_GIVEN_SEQUENCES = 2**42
"""A sequence that is given is below this; a place in the files counts from here."""


@dataclass(frozen=True)
class Event:
    """One row of interfaces.md, section 1; `order` is its place in the total order of events."""

    id: str
    source: str
    type: str
    time: datetime
    order: tuple[Any, ...]
    account: str | None
    motion: str | None
    object: str | None
    handoff: str | None
    subject: str | None
    cycle: int | None
    field: str | None
    value: str | None
    actor: str | None
    team: str | None
    reason: str | None
    detail: dict[str, Any]


def read_files(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """The rows of CSV and Parquet files, files by path, rows as they stand; empty cells are None."""
    rows: list[dict[str, Any]] = []
    for path in sorted(paths):
        is_csv = path.suffix == ".csv"
        table = pd.read_csv(path, dtype=str, keep_default_na=False) if is_csv else pd.read_parquet(path)
        rows += table.astype(object).where(table.notna(), None).to_dict("records")
    return rows


def in_order(rows: Sequence[dict[str, Any]], zone: str) -> list[Event]:
    """The latest revision of every event, in order; `zone` is that of times that name none."""
    seen: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    latest: dict[tuple[str, str], Event] = {}
    for number, row in enumerate(rows):
        event = _event(row, number, zone)
        content = (*(str(row.get(name) or "") for name in COLUMNS if name != "time"), event.time)
        revisions = seen.setdefault((event.source, event.id), [])
        if content not in revisions:
            known = latest.get((event.source, event.id))
            revisions.append(content)
            latest[event.source, event.id] = replace(event, order=_place(event, known)) if known else event
    return sorted(latest.values(), key=lambda event: event.order)


def _place(event: Event, known: Event) -> tuple[Any, ...]:
    """A correction keeps the place in the files of what it corrects, unless it says its sequence itself."""
    at, sequence, *named = event.order
    is_given = sequence < BEHIND_GIVEN_SEQUENCES or known.order[1] < BEHIND_GIVEN_SEQUENCES
    return (at, sequence if is_given else known.order[1], *named)


def _event(row: dict[str, Any], number: int, zone: str) -> Event:
    text = {name: str(row[name]) for name in COLUMNS if row.get(name) not in (None, "")}
    at = instant(text["time"], zone)
    sequence = int(text["sequence"]) if "sequence" in text else BEHIND_GIVEN_SEQUENCES + number
    cycle = int(text["cycle"]) if "cycle" in text else None
    of_text = {
        name: text.get(name) for name in COLUMNS if name not in ("id", "source", "type", "time", "sequence")
    }
    made = of_text | {"cycle": cycle, "detail": json.loads(text.get("detail", "{}"))}
    order = (at, sequence, text["source"], text["id"])
    return Event(text["id"], text["source"], text["type"], at, order, **made)  # type: ignore[arg-type]


def instant(text: str, zone: str) -> datetime:
    """A time as written, in UTC; a date alone is the end of that day."""
    if len(text) == 10:
        midnight = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), ZoneInfo(zone))
        return midnight.astimezone(UTC) - timedelta(microseconds=1)
    written = datetime.fromisoformat(text)
    return (written if written.tzinfo else written.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
