"""What do accounts and their people tell us besides packets? Contracts, revenue, milestones, surveys, churn.

In: one block's accounts and its packets per seam. Out: `Rows`. A pair of survey answers is given only around
acceptances with no other acceptance of that account within 28 days, so that each pair belongs to one handoff
and its planted effect.
"""

from __future__ import annotations

import numpy as np

from flows.simulation.accounts import Accounts
from flows.simulation.columns import DAY, HOUR, NEVER, NONE, Flags, Ints, Rows
from flows.simulation.company import Company
from flows.simulation.packets import Packets

MILESTONES = ("kickoff", "first_value", "onboarding_complete", "adopted", "renewal_due", "renewed")
_RELATIONAL = '{"kind": "relational"}'
_SCORES = (np.arange(0, 7), np.arange(7, 9), np.arange(9, 11))  # detractor, passive, promoter


def tell_accounts(
    company: Company, accounts: Accounts, found: dict[int, Packets], rng: np.random.Generator
) -> list[Rows]:
    """Events of the accounts that have packets."""
    present = np.zeros(len(accounts), bool)
    for packets in found.values():
        present[packets.account] = True
    who = np.flatnonzero(present & (accounts.started <= company.until))
    start, end = accounts.started[who], accounts.churned[who]
    rows = [
        Rows.of("account.started", start, account=who, value=accounts.amount[who]),
        Rows.of("account.arr_set", start + HOUR, account=who, value=accounts.amount[who]),
    ]
    rows += _milestones(company, who, start, end, rng)
    gone = end <= company.until
    involuntary = company.details.code('{"involuntary": true}')
    detail = np.where(accounts.involuntary[who], involuntary, NONE)[gone]
    rows.append(
        Rows.of(
            "account.churned",
            end[gone],
            account=who[gone],
            detail=detail,
            reason=_reason(rng, int(gone.sum())),
        )
    )
    rows.append(_primary_owners(company, who, start, rng))
    raised = (rng.random(len(who)) < 0.3) & (start + 200 * DAY < np.minimum(end, company.until))
    larger = np.minimum(accounts.amount[who] + 6, max(int(codes.max()) for codes in company.amounts.values()))
    rows.append(
        Rows.of("account.arr_set", start[raised] + 199 * DAY, account=who[raised], value=larger[raised])
    )
    return rows


def _reason(rng: np.random.Generator, count: int) -> Ints:
    return rng.integers(2, 7, count)


def _milestones(company: Company, who: Ints, start: Ints, end: Ints, rng: np.random.Generator) -> list[Rows]:
    rows, days = (
        [],
        {
            "kickoff": 9,
            "first_value": 35,
            "onboarding_complete": 60,
            "adopted": 120,
            "renewal_due": 335,
            "renewed": 365,
        },
    )
    for name in MILESTONES:
        when = start + days[name] * DAY + rng.integers(0, 6 * DAY, len(who))
        reached = (when < np.minimum(end, company.until)) & (rng.random(len(who)) < 0.35)
        value = company.values.code(name)
        rows.append(Rows.of("account.milestone", when[reached], account=who[reached], value=value))
    return rows


def _primary_owners(company: Company, who: Ints, start: Ints, rng: np.random.Generator) -> Rows:
    everyone = np.concatenate(list(company.people.by_team.values()))
    details = np.array(
        [company.details.code(f'{{"motion": "{name}"}}') for name in ("inbound", "outbound", "partner")]
    )
    actor = rng.choice(everyone, len(who))
    return Rows.of(
        "account.primary_set",
        start + 2 * HOUR,
        account=who,
        actor=actor,
        detail=rng.choice(details, len(who)),
    )


def tell_surveys(
    company: Company, accounts: Accounts, found: dict[int, Packets], rng: np.random.Generator
) -> tuple[list[Rows], dict[int, list[int]]]:
    """Pairs of answers before and after acceptances; and per seam the number of pairs and the sum of their
    changes.
    """
    rows: list[Rows] = []
    pairs: dict[int, list[int]] = {}
    alone = _isolated(found)
    for seam in company.seams:
        if seam.place not in found:
            continue
        packets, given = found[seam.place], seam.behaviour
        asked = alone[seam.place] & (rng.random(len(packets)) < given.surveyed)
        asked &= (
            accounts.known[packets.account]
            & (packets.at["voided"] == NEVER)
            & (packets.at["accepted"] != NEVER)
        )
        account, accepted = packets.account[asked], packets.at["accepted"][asked]
        count = len(account)
        before = rng.choice(3, count, p=given.before)
        change = np.where(
            rng.random(count) < 0.5,
            _step(rng, before, 2 * given.better, 1),
            _step(rng, before, 2 * given.worse, -1),
        )
        first = accepted - (rng.uniform(0.1, 13.5, count) * DAY).astype(np.int64)
        last = accepted + (rng.uniform(0.1, 13.5, count) * DAY).astype(np.int64)
        contact = -2 - rng.integers(0, 3, count)  # one of three contacts of the account
        for when, score in ((first, before), (last, before + change)):
            told = when <= company.until
            rows.append(
                Rows.of(
                    "survey.answered",
                    when[told],
                    account=account[told],
                    value=_answers(company, rng, score[told]),
                    actor=contact[told],
                    detail=company.details.code(_RELATIONAL),
                )
            )
        whole = (last <= company.until) & (first <= company.until)
        pairs[seam.place] = [int(whole.sum()), int(change[whole].sum())]
    return rows, pairs


def _step(rng: np.random.Generator, before: Ints, chance: float, step: int) -> Ints:
    room = before < 2 if step > 0 else before > 0
    return np.where(room & (rng.random(len(before)) < chance), step, 0)


def _answers(company: Company, rng: np.random.Generator, score: Ints) -> Ints:
    codes = np.array([company.values.code(str(n)) for n in range(11)])
    luck = rng.random(len(score))
    low = np.array([scores[0] for scores in _SCORES])[score]
    size = np.array([len(scores) for scores in _SCORES])[score]
    answers: Ints = codes[low + (luck * size).astype(np.int64)]
    return answers


def _isolated(found: dict[int, Packets]) -> dict[int, Flags]:
    """Acceptances with no other acceptance of the same account, at any handoff, within 28 days."""
    places = sorted(found)
    if not places:
        return {}
    account = np.concatenate([found[place].account for place in places])
    accepted = np.concatenate([found[place].at["accepted"] for place in places])
    order = np.lexsort((accepted, account))
    near = (
        (np.diff(account[order]) == 0)
        & (np.diff(accepted[order]) <= 28 * DAY)
        & (accepted[order][1:] != NEVER)
    )
    crowded = np.zeros(len(account), bool)
    crowded[order[1:]] |= near
    crowded[order[:-1]] |= near
    edges = np.cumsum([0] + [len(found[place]) for place in places])
    return {place: ~crowded[edges[n] : edges[n + 1]] for n, place in enumerate(places)}
