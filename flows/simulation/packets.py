"""What do we know of a packet? Many packets of one handoff as arrays: what was planned, and all instants.

Instants are UTC microseconds, NEVER where something does not happen. `timelines.py` draws them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from flows.simulation import behaviour as b
from flows.simulation.columns import NEVER, Flags, Ints, Reals, earliest
from flows.simulation.company import Seam

VOID, WITHDRAWN = len(b.PATHS), len(b.PATHS) + 1
INSTANTS = (
    "triggered",
    "due",
    "submitted",
    "silence",
    "rejected",
    "mended",
    "resubmitted",
    "rejected_again",
    "resubmitted_again",
    "accepted",
    "crossed",
    "reopened",
    "accepted_again",
    "withdrawn",
    "voided",
)


@dataclass
class Packets:
    """Struct of arrays; one row per packet of one handoff."""

    account: Ints
    subject: Ints
    cycle: Ints
    version: Ints
    path: Ints
    complete: Flags  # planned, at the transition
    leaky: Flags  # incomplete, and nearly half of the fields fail, or more
    late: Flags  # submitted after the submit SLA
    faulty: Flags  # rejected because a field was missing, and mended then
    sender: Ints
    receiver: Ints
    slowness: Reals
    untriggered: Flags  # no trigger on record: the packet starts with its submission
    shared_since: Ints  # when one field was given for all cycles of the subject, in its first one; else NEVER
    at: dict[str, Ints]

    def __len__(self) -> int:
        return len(self.account)

    def taken(self, where: Flags | Ints) -> Packets:
        """The packets at these places."""
        columns: dict[str, Any] = {each.name: getattr(self, each.name)[where] for each in fields(self)[:-1]}
        return Packets(**columns, at={name: instants[where] for name, instants in self.at.items()})

    @property
    def transitioned(self) -> Ints:
        """When the work really moves: the earlier of acceptance and crossing."""
        return earliest(self.at["accepted"], self.at["crossed"])


def concatenated(parts: list[Packets]) -> Packets:
    """One after the other."""
    columns: dict[str, Any] = {
        each.name: np.concatenate([getattr(part, each.name) for part in parts])
        for each in fields(Packets)[:-1]
    }
    columns["at"] = {name: np.concatenate([part.at[name] for part in parts]) for name in INSTANTS}
    return Packets(**columns)


def deadlines(seam: Seam, packets: Packets, start: Ints, which: str) -> Ints:
    """End of the submit SLA, or of twice the accept SLA ("silence"), in the calendar of each packet's
    version.
    """
    ends = np.full(len(packets), NEVER)
    for place, known in enumerate(seam.versions):
        mine = packets.version == place
        sla = known.contract.sla
        ends[mine] = known.clock.add(
            start[mine], sla.submit_hours if which == "submit" else 2 * sla.accept_hours
        )
    return ends
