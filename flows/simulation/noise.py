"""What does real data do to a clean history?

Duplicates, revisions, late and unordered rows, other ways to write a time.

In: the clean rows of a block. Out: the same events as they arrive, in the order of their arrival. The last
revision of an event by arrival is the true one, so what is counted from the clean rows stays exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.simulation.columns import DAY, HOUR, TYPE_CODES, Flags, Ints, Rows
from flows.simulation.company import REASONS, Company

INSTANT, DATE_ONLY, OTHER_ZONE = 0, 1, 2  # OTHER_ZONE + n: written with the n-th offset
OFFSETS = ("+02:00", "+05:30", "-05:00", "+09:00", "-03:30")
OFFSET_MINUTES = (120, 330, -300, 540, -210)
_DATED = ("account.milestone", "account.arr_set", "handoff.customer_updated", "handoff.reask_checked")
_REVISED = ("handoff.field_set", "handoff.rejected", "handoff.triggered", "handoff.crossed")


@dataclass(frozen=True)
class Dirt:
    """How often, as shares of all rows."""

    duplicates: float = 0.006
    revisions: float = 0.006
    late: float = 0.012
    unordered: float = 0.04
    other_zone: float = 0.008
    dated: float = 0.03  # of those events whose time of day means little
    ties: float = 0.002  # a field entered twice at one instant, told apart by `sequence`


def roughen(
    company: Company, rows: Rows, rng: np.random.Generator, dirt: Dirt | None = None
) -> tuple[Rows, dict[str, int]]:
    """Rows sorted by arrival, and how much of each kind of dirt there is."""
    dirt = dirt or Dirt()
    rows = rows.taken(np.arange(len(rows)))
    count = len(rows)
    rows.columns["number"] = np.arange(count)
    _write_times(company, rows, rng, dirt)
    delay = _delays(rows, rng, dirt)
    rows.columns["arrival"] = rows["time"] + delay
    ties = _ties(company, rows, rng, dirt)
    earlier, redelivered = _revisions(company, rows, rng, dirt)
    twice = rows.taken(np.flatnonzero(rng.random(count) < dirt.duplicates))
    twice.columns["arrival"] = twice["arrival"] + rng.integers(1, 12 * DAY, len(twice))
    whole = Rows.concatenated([rows, ties, earlier, redelivered, twice])
    counts = {
        "duplicates": len(twice),
        "revised": len(earlier),
        "redelivered": len(redelivered),
        "late": int((delay >= 15 * DAY).sum()),
        "unordered": int(((delay > 0) & (delay < 15 * DAY)).sum()),
        "date_only": int((rows["shape"] == DATE_ONLY).sum()),
        "other_zone": int((rows["shape"] >= OTHER_ZONE).sum()),
        "ties": len(ties),
    }
    return whole.taken(np.argsort(whole["arrival"], kind="stable")), counts


def _is_kind(rows: Rows, names: tuple[str, ...]) -> Flags:
    wanted: Flags = np.isin(rows["kind"], [TYPE_CODES[name] for name in names])
    return wanted


def _write_times(company: Company, rows: Rows, rng: np.random.Generator, dirt: Dirt) -> None:
    """Which times are written as a date alone or with another zone's offset; instants stay what they are, but
    for events whose time of day means little: a date alone puts them at the end of the day.
    """
    time = np.asarray(rows["time"], dtype=np.int64)
    end = company.days.end_of(time)
    loose = _is_kind(rows, _DATED) & (rng.random(len(rows)) < dirt.dated) & (end <= company.until)
    rows.columns["time"] = np.where(loose, end, time)
    elsewhere = rng.random(len(rows)) < dirt.other_zone
    zone = OTHER_ZONE + rng.integers(0, len(OFFSETS), len(rows))
    rows.columns["shape"] = np.where(
        rows["time"] == end, DATE_ONLY, np.where(elsewhere, zone, INSTANT)
    ).astype(np.int8)


def _delays(rows: Rows, rng: np.random.Generator, dirt: Dirt) -> Ints:
    luck, count = rng.random(len(rows)), len(rows)
    late, unordered = rng.integers(15 * DAY, 75 * DAY, count), rng.integers(HOUR // 12, 20 * HOUR, count)
    return np.where(luck < dirt.late, late, np.where(luck < dirt.late + dirt.unordered, unordered, 0))


def _ties(company: Company, rows: Rows, rng: np.random.Generator, dirt: Dirt) -> Rows:
    """Before the value counts, another is entered at the same instant; it arrives later and has the smaller
    sequence.
    """
    chosen = np.flatnonzero(_is_kind(rows, ("handoff.field_set",)) & (rng.random(len(rows)) < dirt.ties))
    rows.columns["sequence"][chosen] = 2
    ties = rows.taken(chosen)
    ties.columns["sequence"] = np.ones(len(ties), np.int8)
    ties.columns["number"] = len(rows) + np.arange(len(ties))
    ties.columns["value"] = np.full(len(ties), company.values.code("tbd"), np.int32)
    ties.columns["arrival"] = ties["arrival"] + rng.integers(1, HOUR, len(ties))
    return ties


def _revisions(company: Company, rows: Rows, rng: np.random.Generator, dirt: Dirt) -> tuple[Rows, Rows]:
    """What was first told of some events; the truth follows under the same id. One in ten of the first
    tellings is delivered once more afterwards, which must change nothing.
    """
    share = dirt.revisions / max(float(_is_kind(rows, _REVISED).mean()), 0.05) if len(rows) else 0.0
    fit = _is_kind(rows, _REVISED) & (rows["shape"] == INSTANT)
    chosen = np.flatnonzero(fit & (rng.random(len(rows)) < share))
    earlier = rows.taken(chosen)
    kind, count = earlier["kind"], len(earlier)
    field = kind == TYPE_CODES["handoff.field_set"]
    other = np.array([company.values.code(text) for text in ("", "tbd", "noch offen", "n/a")])[
        rng.integers(0, 4, count)
    ]
    other = np.where(other == earlier["value"], company.values.code("Größe unklar"), other)
    moved = (rng.random(count) < 0.3) | (kind == TYPE_CODES["handoff.crossed"])
    shift = np.where(moved, rng.integers(1, 40 * HOUR, count), 0)
    amounts = np.concatenate(list(company.amounts.values()))
    amount = amounts[rng.integers(0, len(amounts), count)]
    shift += np.where((kind == TYPE_CODES["handoff.triggered"]) & (amount == earlier["value"]), 1, 0)
    value = np.where(
        kind == TYPE_CODES["handoff.triggered"], amount, np.where(field, other, earlier["value"])
    )
    rejected = kind == TYPE_CODES["handoff.rejected"]
    reason = np.where(rejected, (earlier["reason"] + 1) % len(REASONS), earlier["reason"])
    earlier.columns["value"] = value.astype(np.int32)
    earlier.columns["reason"] = reason.astype(np.int16)
    earlier.columns["time"] = earlier["time"] - shift
    rows.columns["arrival"][chosen] += rng.integers(HOUR, 10 * DAY, count)
    again = np.flatnonzero(rng.random(count) < 0.1)
    redelivered = earlier.taken(again)
    redelivered.columns["arrival"] = rows["arrival"][chosen][again] + rng.integers(1, 5 * DAY, len(again))
    return earlier, redelivered
