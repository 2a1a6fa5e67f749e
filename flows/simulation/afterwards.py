"""What happens to the fields once the work has moved?

Filled in, spoiled, edited, refreshed; and which text is it?

In: a `Draft` with its entries up to the transition. Out: the same draft, finished: every entry has a value
code.
"""

from __future__ import annotations

import numpy as np

from flows.simulation import behaviour as b
from flows.simulation.columns import DAY, HOUR, NEVER, Flags, Ints, hours_after
from flows.simulation.history import ATTESTED, INVALID, MINUTE, UNSET, UNUSABLE, VALID, Draft, chosen


def after_the_fact(draft: Draft) -> None:
    """What happens once the work has moved: fields filled in, fields spoiled, fields edited."""
    packets, rng, given, at = draft.packets, draft.rng, draft.seam.behaviour, draft.packets.at
    count, moved = len(packets), draft.packets.transitioned != NEVER
    settled = np.where(moved, np.maximum(packets.transitioned, at["due"]), NEVER)
    settled = np.where(moved & (at["accepted"] != NEVER), np.maximum(settled, at["accepted"]), settled)
    later = hours_after(settled, 0.1 + np.minimum(rng.lognormal(3.7, 1.2, count), 1500.0))
    soon = ~packets.complete & (packets.path == b.CROSSED_BLIND) & (rng.random(count) < given.soon)
    early = at["crossed"] + ((at["due"] - at["crossed"]) * rng.uniform(0.1, 0.8, count)).astype(np.int64)
    mended = ~packets.complete & moved & ~soon & (rng.random(count) < given.mended)
    minutes = np.arange(draft.required.shape[1]) * MINUTE
    draft.enter(draft.failing & mended[:, None], 2, later[:, None] + minutes[None, :], VALID)
    draft.enter(draft.failing & soon[:, None], 2, early[:, None], VALID)
    spoiled = packets.complete & moved & (rng.random(count) < given.spoiled)
    victim = chosen(draft, draft.candidate, spoiled.astype(np.int64))
    draft.enter(victim, 2, later[:, None], UNUSABLE)
    edited = (at["accepted"] != NEVER) & (rng.random(count) < 0.12)
    steady = draft.candidate & ~draft.failing & (draft.history.time[:, :, 2] == NEVER)
    change = chosen(draft, steady, edited.astype(np.int64))
    draft.enter(change, 3, hours_after(settled, 1 + rng.lognormal(3.0, 1.3, count))[:, None], VALID)


def keep_fresh(draft: Draft) -> None:
    """Fields with a maximum age: refreshed before the transition and kept up to date until today, where all
    is well.
    """
    packets, rng, count = draft.packets, draft.rng, len(draft.packets)
    local = draft.company.days.day
    for place, each in enumerate(draft.version.contract.fields):
        time, worth = draft.history.time[:, place], draft.history.worth[:, place]
        if not each.max_age_days:
            continue
        reach, moved = int(each.max_age_days * DAY), packets.transitioned
        aged = (
            (time[:, 1] == NEVER)
            & (worth[:, 0] == VALID)
            & (moved != NEVER)
            & (moved - time[:, 0] > reach // 4)
        )
        time[:, 1] = np.where(
            aged, moved - (rng.uniform(0.2, 1.5, count) * HOUR).astype(np.int64), time[:, 1]
        )
        worth[:, 1] = np.where(aged, VALID, worth[:, 1])
        seen = np.where(time[:, :3] == NEVER, 0, time[:, :3]).max(axis=1)
        latest = np.maximum(seen, np.where(moved == NEVER, 0, moved)) + HOUR
        recent = draft.company.until - (rng.uniform(0.02, 0.3, count) * reach).astype(np.int64)
        fresh = (moved != NEVER) & (seen > 0) & (latest < recent) & _well(worth, time)
        time[:, 3] = np.where(fresh, recent, NEVER)
        worth[:, 3] = np.where(fresh, VALID, UNSET)
        basis = local(np.where(time == NEVER, 0, time).ravel()).reshape(time.shape)
        stale = (
            draft.failing[:, place]
            & (worth[:, 0] == UNUSABLE)
            & np.isin(packets.path, (b.ACCEPTED, b.CROSSED_BLIND))
        )
        if each.type == "date":
            worth[:, 0] = np.where(stale, VALID, worth[:, 0])
            basis[:, 0] -= np.where(stale, int(each.max_age_days) + rng.integers(5, 60, count), 0)
        draft.history.basis[:, place] = basis


def _well(worth: Ints, time: Ints) -> Flags:
    last = np.where(time[:, 2] != NEVER, worth[:, 2], np.where(time[:, 1] != NEVER, worth[:, 1], worth[:, 0]))
    return last >= VALID


def put_values(draft: Draft) -> None:
    """Turns worth into texts; doubtful values only where it does not matter whether they are usable."""
    rng, history = draft.rng, draft.history
    relaxed = np.isin(draft.packets.path, (b.ACCEPTED, b.CROSSED_BLIND))[:, None]
    for place, (each, words) in enumerate(
        zip(draft.version.contract.fields, draft.version.words, strict=True)
    ):
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
