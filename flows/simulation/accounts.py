"""Who are the customers?

Accounts of one block: when they appear, their motion, segment and size, and how long they stay.

In: a random generator and a count. Out: `Accounts`, one row per account; what becomes of them is drawn in
`journeys.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.simulation.behaviour import MOTIONS
from flows.simulation.columns import DAY, HOUR, NEVER, Flags, Ints, Reals
from flows.simulation.company import HISTORY_DAYS, Company

_FIRST = (
    "Café Zürich",
    "Łódź Logistik",
    "Señor Pérez",
    "Bäckerei Groß",
    "Ångström Labs",
    "Crème & Co",
    "東京システム",
    "Ελληνικά Έργα",
    "Київ Дані",
    "Nordlys Ærø",
    "Hôtel Étoile",
    "São Jorge",
    "Þór Fisk",
    "Çelik Yapı",
    "Dvořák Sklo",
    "Blue Harbor",
    "Iron Oak",
    'Quick "Q" Supply',
    "O’Malley",
    "Pixel Forge",
    "Green Valley",
    "Atlas Freight",
    "Maple & Pine",
    "한빛 소프트",
)
_LAST = ("GmbH", "S.A.", "AB", "Ltd", "Sp. z o.o.", "Inc", "株式会社", "ApS", "SARL", "A.Ş.")
_OFFICE_SHIFTS = np.array(
    [0, 0, 0, 0, 1, -1, 6, 7, 9, -8]
)  # hours by which the account's day runs later than ours
CHURN_LATER, INVOLUNTARY = 0.12, 0.02
INVOLUNTARY_DAYS = (40, 720)
FULL_NAMES = tuple(f"{first} {last}" for first in _FIRST for last in _LAST)


@dataclass
class Accounts:
    """Struct of arrays; instants are UTC microseconds, NEVER where it does not happen."""

    number: Ints  # unique in the company
    name: Ints  # place in FULL_NAMES
    lead_at: Ints
    motion: Ints
    segment: Ints
    amount: Ints  # value code of the yearly revenue
    shift: Ints
    known: Flags  # false: the lead's company was never found, so its packets carry no account
    started: Ints
    churned: Ints
    involuntary: Flags

    def __len__(self) -> int:
        return len(self.number)


def appear(company: Company, rng: np.random.Generator, first_number: int, count: int) -> Accounts:
    """Accounts whose first lead comes at any time from long before the period until today."""
    begin = company.start - HISTORY_DAYS * DAY
    segment = rng.choice(len(company.segments), count, p=_segment_shares(len(company.segments)))
    sizes = [company.amounts[name] for name in company.segments]
    luck = rng.random(count)
    amount = np.select(
        [segment == n for n in range(len(sizes))], [s[(luck * len(s)).astype(int)] for s in sizes]
    )
    return Accounts(
        number=first_number + np.arange(count),
        name=rng.integers(0, len(FULL_NAMES), count),
        lead_at=rng.integers(begin, company.until, count),
        motion=rng.choice(len(MOTIONS), count, p=[share for _, share, _ in MOTIONS]),
        segment=segment,
        amount=amount,
        shift=rng.choice(_OFFICE_SHIFTS, count),
        known=rng.random(count) > 0.01,
        started=np.full(count, NEVER),
        churned=np.full(count, NEVER),
        involuntary=np.zeros(count, bool),
    )


def motion_shift(accounts: Accounts, account: Ints) -> Reals:
    """What each account's motion adds to the chance of a complete packet."""
    return np.array([shift for _, _, shift in MOTIONS])[accounts.motion[account]]


def office_hours(
    company: Company, rng: np.random.Generator, accounts: Accounts, account: Ints, after: Ints
) -> Ints:
    """An instant on the next day, mostly a weekday, mostly in the account's office hours."""
    day = company.days.day(after) + 1
    weekday = (day + 3) % 7  # Monday = 0; 1970-01-01 was a Thursday
    resting = (weekday >= 5) & (rng.random(len(day)) < 0.85)
    day = np.where(resting, day + 7 - weekday, day)
    hour = np.clip(rng.normal(13, 2.3, len(day)), 7, 20) + accounts.shift[account] / 2
    return company.days.start_of(day) + (hour * HOUR).astype(np.int64)


def sign(
    company: Company, rng: np.random.Generator, accounts: Accounts, account: Ints, signed: Ints, leaky: Flags
) -> None:
    """Contracts start; some accounts churn, more often where the onboarding packet leaked."""
    day = company.days.day(signed + rng.integers(0, 12 * DAY, len(account)))
    started = company.days.start_of(day) + 8 * HOUR
    luck = rng.random(len(account))
    early = luck < np.where(leaky, company.churn.leaky, company.churn.other)
    end = np.where(early, started + rng.integers(40 * DAY, 360 * DAY, len(account)), NEVER)
    later = ~early & (rng.random(len(account)) < CHURN_LATER)
    end = np.where(later, started + rng.integers(370 * DAY, 720 * DAY, len(account)), end)
    forced = rng.random(len(account)) < INVOLUNTARY
    end = np.where(forced, started + DAY * rng.integers(*INVOLUNTARY_DAYS, len(account)), end)
    accounts.started[account], accounts.churned[account] = started, end
    accounts.involuntary[account] = forced


def _segment_shares(count: int) -> Reals:
    shares = np.power(0.55, np.arange(count))
    return np.asarray(shares / shares.sum(), dtype=np.float64)
