"""What happens in one block of accounts?

Journeys, fields, verdicts, events and dirt, for an exact number of packets.

In: the company, the block's number, quota and seed. Out: a `Block`: rows ready to write and exact counts.
Blocks share nothing but the company, so memory is bounded by one block and the values depend only on the
seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from flows.simulation.accounts import Accounts, appear
from flows.simulation.columns import DAY, NEVER, Flags, Ints, Rows
from flows.simulation.company import HISTORY_DAYS, Company, SeamVersion
from flows.simulation.completeness import LEAK_LIMIT
from flows.simulation.customers import tell_accounts, tell_surveys
from flows.simulation.fields import plan
from flows.simulation.history import History
from flows.simulation.journeys import travel
from flows.simulation.judging import Counts, judge, scores
from flows.simulation.noise import roughen
from flows.simulation.packets import Packets
from flows.simulation.telling import Teller, tell
from flows.simulation.writing import BlockTexts, block_texts


@dataclass
class Block:
    """What one block yields."""

    rows: Rows
    texts: BlockTexts
    counts: dict[int, Counts]
    dirt: dict[str, int]
    company_counts: dict[str, int] = field(default_factory=dict)


def draw_block(
    company: Company, number: int, quota: int, seed: np.random.SeedSequence, extra: list[Rows]
) -> Block:
    """A block with exactly `quota` packets; `extra` rows (the people) are told along with it."""
    rng = np.random.Generator(np.random.PCG64(seed))
    accounts, found = _populate(company, rng, quota)
    rows, counts = list(extra), {place: Counts() for place in sorted(found)}
    leaks = np.full(len(accounts), -1.0)
    first = 0
    for place, packets in found.items():
        seam = company.seams[place]
        for version_place, version in enumerate(seam.versions):
            mine = np.flatnonzero(packets.version == version_place)
            some = packets.taken(mine)
            history = plan(company, seam, version, some, rng)
            counts[place].merge(judge(company, seam, version, some, history))
            rows += tell(Teller(company, accounts, seam, version, some, history, rng, first + mine))
            if seam.contract.id == "ae_to_onboarding":
                _note_leaks(company, version, some, history, leaks)
        first += len(packets)
    rows += tell_accounts(company, accounts, found, rng)
    surveys, pairs = tell_surveys(company, accounts, found, rng)
    for place, (many, change) in pairs.items():
        counts[place].numbers |= {"nps_pairs": many, "nps_change": change}
    dirty, dirt = roughen(company, Rows.concatenated(rows + surveys), rng)
    texts = _texts(company, number, accounts, found)
    return Block(dirty, texts, counts, dirt, _churn_counts(company, accounts, leaks, found))


def _populate(company: Company, rng: np.random.Generator, quota: int) -> tuple[Accounts, dict[int, Packets]]:
    """Accounts in such a number that their packets fill the quota."""
    period = (company.until - company.start) / (company.until - company.start + HISTORY_DAYS * DAY)
    per_account = 1.2 * period + 0.5 * min(1.0, 3 * period)
    wanted = int(quota / per_account * 1.1) + 60
    while True:
        accounts = appear(company, rng, 1, wanted)
        found = travel(company, accounts, rng, quota)
        if found is not None:
            return accounts, found
        wanted = int(wanted * 1.3) + 50


def _note_leaks(
    company: Company, version: SeamVersion, packets: Packets, history: History, leaks: Ints
) -> None:
    moved = packets.transitioned
    clean = (
        (packets.at["voided"] > company.until)
        & (packets.at["withdrawn"] > company.until)
        & (moved <= company.until)
    )
    leaks[packets.account[clean]] = scores(company, version, history, moved)[clean]


def _churn_counts(
    company: Company, accounts: Accounts, leaks: Ints, found: dict[int, Packets]
) -> dict[str, int]:
    """Accounts older than a year by leak and churn, involuntary churn out."""
    started, year = accounts.started, 365 * DAY
    old = (started != NEVER) & (started + year <= company.until) & (leaks >= 0)
    churned = (accounts.churned <= started + year) & (accounts.churned <= company.until)
    old &= ~(churned & accounts.involuntary)
    leaky: Flags = leaks < LEAK_LIMIT
    present = np.zeros(len(accounts), bool)
    for packets in found.values():
        present[packets.account] = True
    return {
        "accounts": int(present.sum()),
        "customers": int((present & (started <= company.until)).sum()),
        "cohort_leaky": int((old & leaky).sum()),
        "cohort_other": int((old & ~leaky).sum()),
        "churned_leaky": int((old & leaky & churned).sum()),
        "churned_other": int((old & ~leaky & churned).sum()),
    }


def _texts(company: Company, number: int, accounts: Accounts, found: dict[int, Packets]) -> BlockTexts:
    handoff = np.concatenate([np.full(len(packets), place) for place, packets in found.items()])
    account = np.concatenate([packets.account for packets in found.values()])
    subject = np.concatenate([packets.subject for packets in found.values()])
    return block_texts(company, number, accounts, handoff, account, subject)
