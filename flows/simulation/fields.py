"""Who fills in what, and when? The history of every field of every packet, planned so that the planted rates come true.

In: packets of one contract version with their instants and whether they shall be complete. Out: a `History`: per packet, field
and slot an instant, a value and what the value is worth. Slots of one field follow each other in time:
0 the first entry · 1 mended or spoiled before the transition · 2 mended or spoiled after it · 3 edited or refreshed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.simulation import behaviour as b
from flows.simulation.columns import DAY, HOUR, NEVER, Flags, Ints, hours_after
from flows.simulation.company import Company, Seam, SeamVersion
from flows.simulation.packets import VOID, Packets

SLOTS = 4
UNSET, UNUSABLE, INVALID, VALID, ATTESTED = range(5)
_MINUTE = HOUR // 60


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


def plan(company: Company, seam: Seam, version: SeamVersion, packets: Packets, rng: np.random.Generator) -> History:
    """The field histories of packets that all belong to one contract version; corrects `packets.complete` where a
    version leaves nothing to fail."""
    draft = _draft(company, seam, version, packets, rng)
    first = _first_entries(draft)
    _fail(draft, first)
    _mend_rejected(draft)
    _share(draft)
    _after_the_fact(draft)
    _keep_fresh(draft)
    _put_values(draft)
    return draft.history


def _draft(company: Company, seam: Seam, version: SeamVersion, packets: Packets, rng: np.random.Generator) -> Draft:
    known = version.contract.fields
    shape = (len(packets), len(known))
    blank = History(
        np.full((*shape, SLOTS), NEVER), np.zeros((*shape, SLOTS), np.int64), np.full((*shape, SLOTS), -1),
        np.zeros((*shape, SLOTS), np.int64),
    )  # fmt: skip
    draft = Draft(company, seam, version, packets, rng, blank, np.zeros(shape, bool), np.zeros(shape, bool),
                  np.zeros(shape, bool))  # fmt: skip
    conditions = set(version.condition[version.condition >= 0].tolist())
    _condition_states(draft, conditions)
    for place, each in enumerate(known):
        draft.required[:, place] = each.required
        if version.condition[place] >= 0:
            draft.required[:, place] |= blank.worth[:, version.condition[place], 0] == VALID
        critical = each.severity == "critical" and place not in conditions
        shared = (packets.shared_since != NEVER) & (place == shared_field(version))
        draft.candidate[:, place] = draft.required[:, place] & critical & ~shared
    packets.complete |= ~draft.candidate.any(axis=1)
    _choose_failing(draft)
    return draft


def shared_field(version: SeamVersion) -> int:
    """The field that a recycled subject brings along from its first cycle; -1 if none is fit."""
    conditions = set(version.condition.tolist())
    for place, each in enumerate(version.contract.fields):
        plain = each.required and not each.max_age_days and not each.required_when and place not in conditions
        if plain and each.severity == "critical":
            return place
    return -1


def _condition_states(draft: Draft, conditions: set[int]) -> None:
    """Fields on which others depend: a real value, attested as none, or left empty. They never change later."""
    for place in conditions:
        known, words = draft.version.contract.fields[place], draft.version.words[place]
        chance = draft.rng.random(len(draft.packets))
        none = np.full(len(draft.packets), ATTESTED if len(words.attested) else (VALID if known.required else UNSET))
        empty = none if known.required else np.full(len(draft.packets), UNSET)
        draft.history.worth[:, place, 0] = np.select([chance < 0.35, chance < 0.65], [np.full_like(none, VALID), none], empty)


def _choose_failing(draft: Draft) -> None:
    packets, candidates = draft.packets, draft.candidate.sum(axis=1)
    light = np.maximum(1, (candidates * 0.2).astype(np.int64))
    heavy = np.ceil(candidates * draft.rng.uniform(0.35, 0.75, len(packets))).astype(np.int64)
    many = np.minimum(np.where(packets.leaky, np.maximum(heavy, np.ceil(candidates * 0.35)), light), candidates)
    many = np.where(packets.complete, 0, many)
    draft.failing[:] = _chosen(draft, draft.candidate, many)


def _chosen(draft: Draft, among: Flags, many: Ints) -> Flags:
    """So many of these fields per packet, at random."""
    luck = np.where(among, draft.rng.random(among.shape), 2.0)
    order = np.argsort(np.argsort(luck, axis=1), axis=1)
    picked: Flags = among & (order < np.asarray(many)[:, None])
    return picked


def _first_entries(draft: Draft) -> Ints:
    """When each field is first entered: up to two days before the trigger, and before the submission or crossing."""
    at, rng, shape = draft.packets.at, draft.rng, draft.required.shape
    end = np.where(at["submitted"] != NEVER, at["submitted"], at["crossed"])
    end = np.where(end != NEVER, end, hours_after(at["triggered"], rng.uniform(5, 100, shape[0])))
    span = np.broadcast_to((end - at["triggered"] + 2 * DAY)[:, None], shape).copy()
    for place, each in enumerate(draft.version.contract.fields):
        if each.max_age_days:
            span[:, place] = np.minimum(span[:, place], int(each.max_age_days * DAY) // 4)
    first = end[:, None] - 1_000_000 - (span * rng.random(shape)).astype(np.int64)
    last = _chosen(draft, draft.candidate & ~draft.failing, np.ones(shape[0], np.int64))
    delayed = at["due"][:, None] + ((end - at["due"])[:, None] * rng.uniform(0.1, 0.9, shape)).astype(np.int64)
    overdue = (draft.packets.late & (at["submitted"] != NEVER))[:, None]
    first = np.where(last & overdue, delayed, first)
    # A field that is entered at the very instant of the crossing counts.
    tie = (draft.packets.path == b.CROSSED_BLIND) & (rng.random(shape[0]) < 0.04)
    return np.where(last & tie[:, None], end[:, None], first)


def _fail(draft: Draft, first: Ints) -> None:
    """First entries of all fields, with the faults that hold at the transition."""
    packets, rng, shape = draft.packets, draft.rng, draft.required.shape
    conditional = np.zeros(shape[1], bool)
    conditional[draft.version.condition[draft.version.condition >= 0]] = True
    state = draft.history.worth[:, :, 0].copy()
    luck = rng.random(shape)
    wished = np.where(draft.required, VALID, np.where(luck < 0.1, VALID, np.where(luck < 0.13, UNUSABLE, UNSET)))
    wished = np.where((draft.version.condition >= 0)[None, :] & ~draft.required, UNSET, wished)
    relaxed = np.isin(packets.path, (b.ACCEPTED, b.CROSSED_BLIND))[:, None]
    warning = np.array([each.severity == "warning" for each in draft.version.contract.fields])[None, :]
    wished = np.where(draft.required & warning & relaxed & (luck < 0.1), UNSET, wished)
    idle = np.isin(packets.path, (b.NOWHERE, VOID))[:, None] & (luck > 0.5)
    wished = np.where(idle, UNSET, wished)
    broken_later = draft.failing & np.isin(packets.path, (b.SLOW, b.SILENT))[:, None]
    wished = np.where(draft.failing & ~broken_later, _faults(draft), wished)
    wished = np.where(conditional[None, :], state, wished)
    draft.history.worth[:, :, 0] = wished
    draft.history.time[:, :, 0] = np.where(wished == UNSET, NEVER, first)
    cleared = draft.failing & (wished == UNSET) & ~packets.late[:, None] & (rng.random(shape) < 0.2)
    draft.enter(cleared, 0, first - 2 * _MINUTE, VALID)
    draft.enter(cleared, 1, first, UNUSABLE)
    _break_ready(draft, broken_later)


def _faults(draft: Draft) -> Ints:
    """Missing, placeholder or invalid; invalid only where it does not matter when the packet was ready."""
    mixed = np.isin(draft.packets.path, (b.ACCEPTED, b.REWORKED, b.CROSSED_BLIND))[:, None]
    doubted = np.isin(draft.packets.path, (b.ACCEPTED, b.CROSSED_BLIND))[:, None]
    breakable = np.array([len(words.invalid) > 0 for words in draft.version.words])[None, :]
    doubtful = np.array([len(words.doubtful) > 0 for words in draft.version.words])[None, :]
    luck = draft.rng.random(draft.required.shape)
    fault = np.where(luck < 0.55, UNSET, UNUSABLE)
    return np.where((luck > 0.8) & ((mixed & breakable) | (doubted & doubtful)), INVALID, fault)


def _break_ready(draft: Draft, where: Flags) -> None:
    """Complete when submitted, spoiled while the receiver is silent: the accept clock runs, the packet is incomplete."""
    at, late = draft.packets.at, draft.packets.late
    end = np.where(late, at["silence"], np.minimum(at["due"], at["silence"]))
    share = draft.rng.uniform(0.2, 0.8, len(draft.packets))
    draft.enter(where, 1, (at["submitted"] + ((end - at["submitted"]) * share).astype(np.int64))[:, None], UNUSABLE)


def _mend_rejected(draft: Draft) -> None:
    """Rejected for a missing field, which is then filled in."""
    some = 1 + (draft.rng.random(len(draft.packets)) < 0.4)
    faulty = _chosen(draft, draft.candidate & draft.packets.faulty[:, None], some)
    blank = faulty & (draft.rng.random(faulty.shape) < 0.6)
    draft.enter(faulty, 0, draft.history.time[:, :, 0], UNUSABLE)
    draft.enter(blank, 0, np.array(NEVER), UNSET)
    draft.enter(faulty, 1, draft.packets.at["mended"][:, None], VALID)


def _share(draft: Draft) -> None:
    place = shared_field(draft.version)
    if place >= 0:
        where = np.zeros(draft.required.shape, bool)
        where[:, place] = draft.packets.shared_since != NEVER
        draft.enter(where, 0, draft.packets.shared_since[:, None], VALID)


def _after_the_fact(draft: Draft) -> None:
    """What happens once the work has moved: fields filled in, fields spoiled, fields edited."""
    packets, rng, given, at = draft.packets, draft.rng, draft.seam.behaviour, draft.packets.at
    count, moved = len(packets), draft.packets.transitioned != NEVER
    settled = np.where(moved, np.maximum(packets.transitioned, at["due"]), NEVER)
    settled = np.where(moved & (at["accepted"] != NEVER), np.maximum(settled, at["accepted"]), settled)
    later = hours_after(settled, 0.1 + np.minimum(rng.lognormal(3.7, 1.2, count), 1500.0))
    soon = ~packets.complete & (packets.path == b.CROSSED_BLIND) & (rng.random(count) < given.soon)
    early = at["crossed"] + ((at["due"] - at["crossed"]) * rng.uniform(0.1, 0.8, count)).astype(np.int64)
    mended = ~packets.complete & moved & ~soon & (rng.random(count) < given.mended)
    minutes = np.arange(draft.required.shape[1]) * _MINUTE
    draft.enter(draft.failing & mended[:, None], 2, later[:, None] + minutes[None, :], VALID)
    draft.enter(draft.failing & soon[:, None], 2, early[:, None], VALID)
    spoiled = packets.complete & moved & (rng.random(count) < given.spoiled)
    victim = _chosen(draft, draft.candidate, spoiled.astype(np.int64))
    draft.enter(victim, 2, later[:, None], UNUSABLE)
    edited = (at["accepted"] != NEVER) & (rng.random(count) < 0.12)
    steady = draft.candidate & ~draft.failing & (draft.history.time[:, :, 2] == NEVER)
    change = _chosen(draft, steady, edited.astype(np.int64))
    draft.enter(change, 3, hours_after(settled, 1 + rng.lognormal(3.0, 1.3, count))[:, None], VALID)


def _keep_fresh(draft: Draft) -> None:
    """Fields with a maximum age: refreshed before the transition and kept up to date until today, where all is well."""
    packets, rng, count = draft.packets, draft.rng, len(draft.packets)
    local = draft.company.days.day
    for place, each in enumerate(draft.version.contract.fields):
        time, worth = draft.history.time[:, place], draft.history.worth[:, place]
        if not each.max_age_days:
            continue
        reach, moved = int(each.max_age_days * DAY), packets.transitioned
        aged = (time[:, 1] == NEVER) & (worth[:, 0] == VALID) & (moved != NEVER) & (moved - time[:, 0] > reach // 4)
        time[:, 1] = np.where(aged, moved - (rng.uniform(0.2, 1.5, count) * HOUR).astype(np.int64), time[:, 1])
        worth[:, 1] = np.where(aged, VALID, worth[:, 1])
        seen = np.where(time[:, :3] == NEVER, 0, time[:, :3]).max(axis=1)
        latest = np.maximum(seen, np.where(moved == NEVER, 0, moved)) + HOUR
        recent = draft.company.until - (rng.uniform(0.02, 0.3, count) * reach).astype(np.int64)
        fresh = (moved != NEVER) & (seen > 0) & (latest < recent) & _well(worth, time)
        time[:, 3] = np.where(fresh, recent, NEVER)
        worth[:, 3] = np.where(fresh, VALID, UNSET)
        basis = local(np.where(time == NEVER, 0, time).ravel()).reshape(time.shape)
        stale = draft.failing[:, place] & (worth[:, 0] == UNUSABLE) & np.isin(packets.path, (b.ACCEPTED, b.CROSSED_BLIND))
        if each.type == "date":
            worth[:, 0] = np.where(stale, VALID, worth[:, 0])
            basis[:, 0] -= np.where(stale, int(each.max_age_days) + rng.integers(5, 60, count), 0)
        draft.history.basis[:, place] = basis


def _well(worth: Ints, time: Ints) -> Flags:
    last = np.where(time[:, 2] != NEVER, worth[:, 2], np.where(time[:, 1] != NEVER, worth[:, 1], worth[:, 0]))
    return last >= VALID


def _put_values(draft: Draft) -> None:
    """Turns worth into texts; doubtful values only where it does not matter whether they are usable."""
    rng, history = draft.rng, draft.history
    relaxed = np.isin(draft.packets.path, (b.ACCEPTED, b.CROSSED_BLIND))[:, None]
    for place, (each, words) in enumerate(zip(draft.version.contract.fields, draft.version.words, strict=True)):
        worth, value = history.worth[:, place], history.value[:, place]
        plain = place not in draft.version.condition and not each.max_age_days
        if len(words.attested) and plain:
            worth[(worth == VALID) & (rng.random(worth.shape) < 0.12)] = ATTESTED
        luck, doubt = rng.random(worth.shape), relaxed & (rng.random(worth.shape) < 0.5)
        doubt = doubt & (len(words.doubtful) > 0) | (len(words.invalid) == 0)
        grades = (
            (worth == UNUSABLE, words.unusable),
            ((worth == INVALID) & ~doubt, words.invalid),
            ((worth == INVALID) & doubt, words.doubtful),
            (worth == VALID, words.valid),
            (worth == ATTESTED, words.attested),
        )
        for where, choices in grades:
            if len(choices):
                value[:] = np.where(where, choices[(luck * len(choices)).astype(np.int64)], value)
        if each.max_age_days and each.type == "date":
            value[:] = np.where(worth == VALID, draft.company.day_words.codes(history.basis[:, place]), value)
