"""What is the history of a field? Arrays of entries, and the draft in which they are planned.

A `History` has, per packet, field and slot, an instant, a value and what the value is worth. Slots of one
field follow each other in time: 0 the first entry, 1 mended or spoiled before the transition, 2 mended or
spoiled after it, 3 edited or refreshed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.simulation.columns import HOUR, Flags, Ints
from flows.simulation.company import Company, Seam, SeamVersion
from flows.simulation.packets import Packets

SLOTS = 4
UNSET, UNUSABLE, INVALID, VALID, ATTESTED = range(5)
MINUTE = HOUR // 60


@dataclass
class History:
    """Arrays of shape packets x fields x slots; instants in UTC microseconds, NEVER = no entry."""

    time: Ints
    worth: Ints
    value: Ints
    basis: Ints  # local day from which the age of the value counts


@dataclass
class Draft:
    """What the steps below share while they plan."""

    company: Company
    seam: Seam
    version: SeamVersion
    packets: Packets
    rng: np.random.Generator
    history: History
    required: Flags  # packets x fields: required of this packet
    candidate: Flags  # packets x fields: required, and free to fail
    failing: Flags  # packets x fields: fails at the transition

    def enter(self, where: Flags, slot: int, time: Ints, worth: int) -> None:
        """Sets a slot to a value of the given worth wherever `where` (packets x fields) holds."""
        history, shape = self.history, where.shape
        history.time[:, :, slot] = np.where(where, np.broadcast_to(time, shape), history.time[:, :, slot])
        history.worth[:, :, slot] = np.where(where, worth, history.worth[:, :, slot])


def chosen(draft: Draft, among: Flags, many: Ints) -> Flags:
    """So many of these fields per packet, at random."""
    luck = np.where(among, draft.rng.random(among.shape), 2.0)
    order = np.argsort(np.argsort(luck, axis=1), axis=1)
    picked: Flags = among & (order < np.asarray(many)[:, None])
    return picked
