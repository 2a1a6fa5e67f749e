"""Who fills in what, and when? Every field of every packet, planned so that the planted rates come true.

In: packets of one contract version with their instants and whether they shall be complete at the transition.
Out: their `History`: faults that hold at the transition, and what was mended before or after it.
"""

from __future__ import annotations

import numpy as np

from flows.simulation import behaviour as b
from flows.simulation.afterwards import after_the_fact, keep_fresh, put_values
from flows.simulation.columns import DAY, NEVER, Flags, Ints, hours_after
from flows.simulation.company import Company, Seam, SeamVersion
from flows.simulation.history import (
    ATTESTED,
    INVALID,
    MINUTE,
    SLOTS,
    UNSET,
    UNUSABLE,
    VALID,
    Draft,
    History,
    chosen,
)
from flows.simulation.packets import VOID, Packets


def plan(
    company: Company, seam: Seam, version: SeamVersion, packets: Packets, rng: np.random.Generator
) -> History:
    """The field histories of packets that all belong to one contract version; corrects `packets.complete`
    where a version leaves nothing to fail.
    """
    draft = _draft(company, seam, version, packets, rng)
    first = _first_entries(draft)
    _fail(draft, first)
    _mend_rejected(draft)
    _share(draft)
    after_the_fact(draft)
    keep_fresh(draft)
    put_values(draft)
    return draft.history


def _draft(
    company: Company, seam: Seam, version: SeamVersion, packets: Packets, rng: np.random.Generator
) -> Draft:
    known = version.contract.fields
    shape = (len(packets), len(known))
    blank = History(
        np.full((*shape, SLOTS), NEVER),
        np.zeros((*shape, SLOTS), np.int64),
        np.full((*shape, SLOTS), -1),
        np.zeros((*shape, SLOTS), np.int64),
    )
    draft = Draft(
        company,
        seam,
        version,
        packets,
        rng,
        blank,
        np.zeros(shape, bool),
        np.zeros(shape, bool),
        np.zeros(shape, bool),
    )
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
    """Fields on which others depend: a real value, attested as none, or left empty; they never change."""
    for place in conditions:
        known, words = draft.version.contract.fields[place], draft.version.words[place]
        chance = draft.rng.random(len(draft.packets))
        none = np.full(
            len(draft.packets), ATTESTED if len(words.attested) else (VALID if known.required else UNSET)
        )
        empty = none if known.required else np.full(len(draft.packets), UNSET)
        draft.history.worth[:, place, 0] = np.select(
            [chance < b.DEPENDED_ON, chance < 0.65], [np.full_like(none, VALID), none], empty
        )


def _choose_failing(draft: Draft) -> None:
    packets, candidates = draft.packets, draft.candidate.sum(axis=1)
    light = np.maximum(1, (candidates * b.LIGHT).astype(np.int64))
    heavy = np.ceil(candidates * draft.rng.uniform(*b.HEAVY, len(packets))).astype(np.int64)
    many = np.minimum(
        np.where(packets.leaky, np.maximum(heavy, np.ceil(candidates * b.HEAVY[0])), light), candidates
    )
    many = np.where(packets.complete, 0, many)
    draft.failing[:] = chosen(draft, draft.candidate, many)


def _first_entries(draft: Draft) -> Ints:
    """When each field is first entered: up to two days before the trigger, and before the submission or
    crossing.
    """
    at, rng, shape = draft.packets.at, draft.rng, draft.required.shape
    end = np.where(at["submitted"] != NEVER, at["submitted"], at["crossed"])
    end = np.where(end != NEVER, end, hours_after(at["triggered"], rng.uniform(5, 100, shape[0])))
    span = np.broadcast_to((end - at["triggered"] + 2 * DAY)[:, None], shape).copy()
    for place, each in enumerate(draft.version.contract.fields):
        if each.max_age_days:
            span[:, place] = np.minimum(span[:, place], int(each.max_age_days * DAY) // 4)
    first = end[:, None] - 1_000_000 - (span * rng.random(shape)).astype(np.int64)
    last = chosen(draft, draft.candidate & ~draft.failing, np.ones(shape[0], np.int64))
    delayed = at["due"][:, None] + ((end - at["due"])[:, None] * rng.uniform(0.1, 0.9, shape)).astype(
        np.int64
    )
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
    wished = np.where(
        draft.required, VALID, np.where(luck < 0.1, VALID, np.where(luck < 0.13, UNUSABLE, UNSET))
    )
    wished = np.where((draft.version.condition >= 0)[None, :] & ~draft.required, UNSET, wished)
    relaxed = np.isin(packets.path, (b.ACCEPTED, b.CROSSED_BLIND))[:, None]
    warning = np.array([each.severity == "warning" for each in draft.version.contract.fields])[None, :]
    wished = np.where(draft.required & warning & relaxed & (luck < b.OVERLOOKED), UNSET, wished)
    idle = np.isin(packets.path, (b.NOWHERE, VOID))[:, None] & (luck > 0.5)
    wished = np.where(idle, UNSET, wished)
    broken_later = draft.failing & np.isin(packets.path, (b.SLOW, b.SILENT))[:, None]
    wished = np.where(draft.failing & ~broken_later, _faults(draft), wished)
    wished = np.where(conditional[None, :], state, wished)
    draft.history.worth[:, :, 0] = wished
    draft.history.time[:, :, 0] = np.where(wished == UNSET, NEVER, first)
    cleared = draft.failing & (wished == UNSET) & ~packets.late[:, None] & (rng.random(shape) < 0.2)
    draft.enter(cleared, 0, first - 2 * MINUTE, VALID)
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
    """Complete when submitted, spoiled while the receiver is silent: the accept clock runs, the packet is
    incomplete.
    """
    at, late = draft.packets.at, draft.packets.late
    end = np.where(late, at["silence"], np.minimum(at["due"], at["silence"]))
    share = draft.rng.uniform(0.2, 0.8, len(draft.packets))
    draft.enter(
        where, 1, (at["submitted"] + ((end - at["submitted"]) * share).astype(np.int64))[:, None], UNUSABLE
    )


def _mend_rejected(draft: Draft) -> None:
    """Rejected for a missing field, which is then filled in."""
    some = 1 + (draft.rng.random(len(draft.packets)) < 0.4)
    faulty = chosen(draft, draft.candidate & draft.packets.faulty[:, None], some)
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
