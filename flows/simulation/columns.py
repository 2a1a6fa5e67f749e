"""How does the simulator hold a million events? As numpy columns of small integers, never as objects.

In: arrays of instants (UTC microseconds) and codes into shared word lists. Out: `Rows`, one array per event
column. Text appears only when a block is written (`writing.py`), which keeps a block of 50,000 packets below
300 MB.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
AnyInts = NDArray[np.int64] | NDArray[np.int32] | NDArray[np.int16] | NDArray[np.int8]

NEVER = 2**62
HOUR = 3_600_000_000
DAY = 24 * HOUR
NONE = -1

EVENT_TYPES = (
    "handoff.triggered",
    "handoff.field_set",
    "handoff.submitted",
    "handoff.accepted",
    "handoff.rejected",
    "handoff.reopened",
    "handoff.withdrawn",
    "handoff.voided",
    "handoff.assigned",
    "handoff.crossed",
    "handoff.question_asked",
    "handoff.reasked",
    "handoff.reask_checked",
    "handoff.customer_updated",
    "account.started",
    "account.arr_set",
    "account.churned",
    "account.touched",
    "account.milestone",
    "account.primary_set",
    "survey.answered",
    "person.set",
)
TYPE_CODES = {name: code for code, name in enumerate(EVENT_TYPES)}

# Column -> (dtype, the code that means "null" or "nothing special").
_COLUMNS: Mapping[str, tuple[type[np.signedinteger], int]] = {
    "kind": (np.int8, NONE),  # index into EVENT_TYPES
    "time": (np.int64, 0),  # when it happened, UTC microseconds
    "arrival": (np.int64, NONE),  # when the file that carries it was written; NONE = at once
    "account": (np.int32, NONE),  # index of the account in its block
    "packet": (np.int32, NONE),  # index of the packet in its block
    "cycle": (np.int8, 0),  # 0 = null
    "field": (np.int16, NONE),
    "value": (np.int32, NONE),
    "actor": (np.int32, NONE),  # below NONE: a contact of the account
    "team": (np.int16, NONE),
    "reason": (np.int16, NONE),
    "detail": (np.int32, NONE),  # FROM_PACKET: name, url and segment of the packet
    "sequence": (np.int8, 0),  # 0 = null
    "shape": (np.int8, 0),  # how `time` is written, see noise.py
    "number": (np.int64, NONE),  # what makes the id unique
}
FROM_PACKET = -2


@dataclass
class Rows:
    """Events as columns; every array has the same length."""

    columns: dict[str, AnyInts]

    @classmethod
    def of(cls, kind: str, time: Ints, **given: AnyInts | int) -> Rows:
        """Events of one type, with nulls for all that is not given; a single number is repeated."""
        unknown = set(given) - set(_COLUMNS)
        if unknown:
            raise TypeError(f"no event column named {sorted(unknown)}")
        values: dict[str, AnyInts | int] = {"kind": TYPE_CODES[kind], "time": time, **given}
        columns: dict[str, AnyInts] = {}
        for name, (dtype, null) in _COLUMNS.items():
            value = values.get(name, null)
            columns[name] = np.broadcast_to(np.asarray(value, dtype=dtype), time.shape)
        return cls(columns)

    @classmethod
    def concatenated(cls, parts: Iterable[Rows]) -> Rows:
        """One part after another."""
        listed = list(parts)
        return cls(
            {
                name: np.concatenate([part.columns[name] for part in listed])
                if listed
                else np.empty(0, dtype=dtype)
                for name, (dtype, _) in _COLUMNS.items()
            }
        )

    def __len__(self) -> int:
        return len(self.columns["time"])

    def __getitem__(self, name: str) -> AnyInts:
        return self.columns[name]

    def taken(self, where: Flags | Ints) -> Rows:
        """The rows at these places; always a copy, so that it may be changed."""
        return Rows({name: column[where] for name, column in self.columns.items()})


def earliest(*instants: Ints) -> Ints:
    """The smallest per row; NEVER where nothing happens."""
    first: Ints = np.minimum.reduce(instants)
    return first


def hours_after(start: Ints, hours: Reals | float) -> Ints:
    """Instants that lie so many hours later; NEVER stays NEVER."""
    shift = np.asarray(np.asarray(hours) * HOUR, dtype=np.int64)
    return np.where(start == NEVER, NEVER, start + shift)
