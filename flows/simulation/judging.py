"""What would definitions.md say about these packets today?

Counted from the generator's own arrays, without any SQL.

In: packets of one contract version, their field history and `until`. Out: `Counts`, exact to the last packet.
This is the second, independent implementation that the warehouse is tested against.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from flows.simulation.columns import DAY, NEVER, Flags, Ints, Reals, earliest
from flows.simulation.company import Company, Seam, SeamVersion
from flows.simulation.history import SLOTS, UNSET, UNUSABLE, VALID, History
from flows.simulation.packets import Packets, deadlines

OUTCOMES = ("accepted", "rejected", "crossed_undecided", "timed_out")


@dataclass
class Counts:
    """Whole numbers that add up over blocks, and the accepted hours of every packet with a clock."""

    numbers: dict[str, int] = field(default_factory=dict)
    clock_hours: list[tuple[Ints, Flags]] = field(
        default_factory=list
    )  # microseconds under observation, accepted

    def add(self, name: str, where: Flags) -> None:
        """Counts the packets for which something holds."""
        self.numbers[name] = self.numbers.get(name, 0) + int(np.count_nonzero(where))

    def merge(self, other: Counts) -> None:
        """Adds the counts of other packets."""
        for name, number in other.numbers.items():
            self.numbers[name] = self.numbers.get(name, 0) + number
        self.clock_hours += other.clock_hours


def judge(company: Company, seam: Seam, version: SeamVersion, packets: Packets, history: History) -> Counts:
    """Exact counts as of `until`, void and withdrawn packets apart."""
    until, counts = company.until, Counts()
    at = {name: np.where(instants <= until, instants, NEVER) for name, instants in packets.at.items()}
    voided, withdrawn = at["voided"] != NEVER, at["withdrawn"] != NEVER
    kept = ~voided & ~withdrawn
    counts.add("packets", np.ones(len(packets), bool))
    counts.add("voided", voided)
    counts.add("withdrawn", withdrawn & ~voided)
    moved = earliest(at["accepted"], at["crossed"])
    transitioned = kept & (moved != NEVER)
    counts.add("triggered", ~packets.untriggered)
    counts.add("submitted", kept & (at["submitted"] != NEVER))
    counts.add("judged", kept & ((at["submitted"] != NEVER) | (moved != NEVER)))
    counts.add("transitioned", transitioned)
    _completeness(company, version, packets, history, moved, transitioned, counts)
    clock = clock_start(version, at, history, until)
    _settlement(seam, packets, at, clock, kept, until, counts)
    counts.add("accepted", kept & (at["accepted"] != NEVER))
    counts.add("crossed", kept & (at["crossed"] != NEVER))
    counts.add("ungoverned", transitioned & (at["crossed"] < at["accepted"]))
    expiry = at["triggered"] + version.contract.expires_after_days * DAY
    window = kept & (expiry <= until)
    counts.add("expired_window", window)
    counts.add("dropped", window & (moved > expiry))
    return counts


def _completeness(
    company: Company,
    version: SeamVersion,
    packets: Packets,
    history: History,
    moved: Ints,
    transitioned: Flags,
    counts: Counts,
) -> None:
    until, due = company.until, packets.at["due"]
    reached = transitioned & (due <= until)
    counts.add("complete_at_transition", transitioned & is_complete(company, version, history, moved))
    counts.add("due_passed", reached)
    counts.add("complete_by_due", reached & is_complete(company, version, history, np.minimum(due, until)))
    counts.add(
        "complete_now", transitioned & is_complete(company, version, history, np.full(len(due), until))
    )


def _settlement(
    seam: Seam, packets: Packets, at: dict[str, Ints], clock: Ints, kept: Flags, until: int, counts: Counts
) -> None:
    decided = earliest(at["accepted"], at["rejected"])
    silence = deadlines(seam, packets, clock, "silence")
    silence = np.where(silence <= until, silence, NEVER)
    settled = earliest(decided, at["crossed"], silence)
    done = kept & (settled != NEVER)
    counts.add("settled", done)
    counts.add("settled_accepted", done & (settled == decided) & (at["accepted"] < at["rejected"]))
    counts.add("settled_rejected", done & (settled == decided) & (at["rejected"] < at["accepted"]))
    counts.add("settled_crossed_undecided", done & (settled == at["crossed"]) & (settled != decided))
    counts.add(
        "settled_timed_out", done & (settled == silence) & (settled < earliest(decided, at["crossed"]))
    )
    counts.add("settled_accepted_eventually", done & (at["accepted"] != NEVER))
    counts.add("decided", kept & (decided != NEVER))
    counts.add("rejected", kept & (at["rejected"] != NEVER))
    running = kept & (clock != NEVER)
    counts.add("clocked", running)
    accepted = running & (at["accepted"] != NEVER)
    ends = np.where(accepted, at["accepted"], until)
    counts.clock_hours.append(((ends - clock)[running], accepted[running]))


def is_complete(company: Company, version: SeamVersion, history: History, moment: Ints) -> Flags:
    """Every applicable required critical field is valid as of each packet's moment; entries at the moment
    count.
    """
    worth, age = _as_of(company, history, moment)
    complete = np.ones(len(moment), bool)
    for place, each in enumerate(version.contract.fields):
        if each.severity != "critical":
            continue
        valid = worth[:, place] >= VALID
        if each.max_age_days:
            valid &= age[:, place] <= each.max_age_days
        complete &= valid | ~_applies(version, place, worth)
    return complete


def scores(company: Company, version: SeamVersion, history: History, moment: Ints) -> Reals:
    """Weighted share of valid fields among the applicable required ones; 1 where nothing is required."""
    worth, age = _as_of(company, history, moment)
    reached, possible = np.zeros(len(moment)), np.zeros(len(moment))
    for place, each in enumerate(version.contract.fields):
        applies = _applies(version, place, worth)
        valid = worth[:, place] >= VALID
        if each.max_age_days:
            valid &= age[:, place] <= each.max_age_days
        reached += each.weight * (applies & valid)
        possible += each.weight * applies
    return np.where(possible > 0, reached / np.maximum(possible, 1e-12), 1.0)


def clock_start(version: SeamVersion, at: dict[str, Ints], history: History, until: int) -> Ints:
    """When the accept clock starts: ready, or submitted where the packet was accepted before it was ready."""
    submitted = at["submitted"]
    ready = np.where((submitted != NEVER) & _usable(version, history, submitted), submitted, NEVER)
    for place in range(history.time.shape[1]):
        for slot in range(SLOTS):
            moment = history.time[:, place, slot]
            rows = np.flatnonzero((submitted < moment) & (moment < ready) & (moment <= until))
            if len(rows):
                some = History(history.time[rows], history.worth[rows], history.value[:0], history.basis[:0])
                good = rows[_usable(version, some, moment[rows])]
                ready[good] = np.minimum(ready[good], moment[good])
    incomplete = (at["accepted"] != NEVER) & (ready > at["accepted"])
    return np.where(incomplete, submitted, ready)


def _usable(version: SeamVersion, history: History, moment: Ints) -> Flags:
    worth = worth_as_of(history, moment)
    usable = np.ones(len(moment), bool)
    for place in range(len(version.contract.fields)):
        usable &= (worth[:, place] > UNUSABLE) | ~_applies(version, place, worth)
    return usable


def _applies(version: SeamVersion, place: int, worth: Ints) -> Flags:
    each, condition = version.contract.fields[place], version.condition[place]
    applies = np.full(len(worth), bool(each.required))
    if condition >= 0:
        applies |= (worth[:, condition] > UNUSABLE) & (worth[:, condition] <= VALID)
    return applies


def worth_as_of(history: History, moment: Ints) -> Ints:
    """What each field is worth as of each packet's moment."""
    worth = np.full(history.time.shape[:2], UNSET)
    for slot in range(SLOTS):
        worth = np.where(history.time[:, :, slot] <= moment[:, None], history.worth[:, :, slot], worth)
    return worth


def _as_of(company: Company, history: History, moment: Ints) -> tuple[Ints, Ints]:
    basis = np.zeros(history.time.shape[:2], np.int64)
    for slot in range(SLOTS):
        basis = np.where(history.time[:, :, slot] <= moment[:, None], history.basis[:, :, slot], basis)
    today = company.days.day(np.where(moment == NEVER, 0, moment))
    return worth_as_of(history, moment), today[:, None] - basis
