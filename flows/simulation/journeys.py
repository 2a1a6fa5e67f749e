"""Which packets does an account go through, from lead to renewal?

The seams in their order, for one block of accounts.

In: accounts and the company's seams. Out: packets per seam inside the period. A lead that passes H01 may
reach H02, then H03 and a contract; a customer meets support, motions, expansion and renewal until it leaves.
Handoffs that are not among the nine happen to customers now and then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.simulation import behaviour as b
from flows.simulation.accounts import Accounts, motion_shift, office_hours, sign
from flows.simulation.columns import DAY, HOUR, NEVER, Flags, Ints
from flows.simulation.company import Company, Seam
from flows.simulation.packets import Packets, concatenated
from flows.simulation.timelines import draw

# Handoff of the funnel -> (share of those who come that far, days since the seam before: from, to).
_FUNNEL = (
    ("marketing_to_sdr", 1.0, 0, 1),
    ("sdr_to_ae", 0.72, 1, 15),
    ("ae_to_onboarding", 0.72, 12, 70),
    ("onboarding_to_cs", 0.95, 25, 60),
)
_PER_YEAR = {
    "cs_to_support": 1.1,
    "motion_to_motion": 0.45,
    "support_to_expansion": 0.5,
    "activation_to_support": 0.55,
}
_RENEWAL, _SIGNING = "cs_to_renewal", "ae_to_onboarding"
CYCLED = ("marketing_to_sdr", _RENEWAL)  # subjects that cross again: their field events always name a cycle
_YEARS = 6
_RECYCLABLE = (b.REFUSED, b.FORGOTTEN, b.NOWHERE, b.STUCK)


@dataclass
class Journey:
    """Draws one block; collects packets per seam."""

    company: Company
    accounts: Accounts
    rng: np.random.Generator
    found: dict[int, Packets]

    def cross(
        self, seam: Seam, account: Ints, triggered: Ints, cycle: int = 1, subject: Ints | None = None
    ) -> Packets:
        """Packets of one seam, drawn for these accounts; kept if triggered by today."""
        past = triggered <= self.company.until
        account, triggered = account[past], triggered[past]
        subjects = self.accounts.number[account] if subject is None else subject[past]
        packets = draw(
            self.company,
            seam,
            self.rng,
            account,
            triggered,
            subjects,
            np.full(len(account), cycle),
            motion_shift(self.accounts, account),
        )
        known = self.found.get(seam.place)
        self.found[seam.place] = packets if known is None else concatenated([known, packets])
        return packets

    def later(self, account: Ints, since: Ints, first_day: float, last_day: float) -> Ints:
        """Office-hours instants some days after others."""
        gap = self.rng.uniform(first_day, last_day, len(account)) * DAY
        return office_hours(self.company, self.rng, self.accounts, account, since + gap.astype(np.int64))


def travel(
    company: Company, accounts: Accounts, rng: np.random.Generator, quota: int
) -> dict[int, Packets] | None:
    """Exactly `quota` packets triggered within the period, whole accounts first; None if the accounts do not
    suffice.
    """
    journey = Journey(company, accounts, rng, {})
    seams = {seam.contract.id: seam for seam in company.seams}
    _win(journey, seams)
    _serve(journey, seams)
    return _trim(journey, quota)


def _win(journey: Journey, seams: dict[str, Seam]) -> None:
    """From the lead to the signed and running contract."""
    account, since = np.arange(len(journey.accounts)), journey.accounts.lead_at
    for handoff, share, first, last in _FUNNEL:
        goes = journey.rng.random(len(account)) < share
        goes &= since < journey.accounts.churned[account]
        account, since = account[goes], since[goes]
        triggered = journey.later(account, since, first, last)
        if handoff not in seams:
            if handoff == _SIGNING:
                _sign(journey, account, triggered, np.zeros(len(account), bool))
            since = triggered
            continue
        packets = journey.cross(seams[handoff], account, triggered)
        if handoff == "marketing_to_sdr":
            packets = concatenated([packets, _recycle(journey, seams[handoff], packets)])
        if handoff == _SIGNING:
            _sign(
                journey,
                packets.account,
                packets.at["triggered"],
                packets.leaky & (packets.transitioned != NEVER),
            )
        passed = (packets.transitioned <= journey.company.until) & (packets.at["voided"] == NEVER)
        account, since = packets.account[passed], packets.transitioned[passed]


def _sign(journey: Journey, account: Ints, signed: Ints, leaky: Flags) -> None:
    sign(journey.company, journey.rng, journey.accounts, account, signed, leaky)


def _recycle(journey: Journey, seam: Seam, packets: Packets) -> Packets:
    """Leads that came to nothing and are tried again months later: cycle 2 of the same subject."""
    again = np.isin(packets.path, _RECYCLABLE) & (journey.rng.random(len(packets)) < 0.6)
    account = packets.account[again]
    first = packets.at["triggered"][again]
    second = journey.cross(seam, account, journey.later(account, first, 60, 200), cycle=2)
    # Half of them keep one answer from the first cycle: it was given for all cycles (its event names none).
    everyone = journey.found[seam.place]
    place = np.full(len(journey.accounts), -1)
    initial = np.flatnonzero(everyone.cycle == 1)
    place[everyone.account[initial]] = initial
    one, two = place[second.account], np.arange(len(everyone) - len(second), len(everyone))
    keeps = (journey.rng.random(len(second)) < 0.5) & (everyone.version[one] == second.version)
    since = everyone.at["triggered"][one[keeps]] - HOUR // 2
    everyone.shared_since[one[keeps]] = since
    everyone.shared_since[two[keeps]] = since
    return second


def _serve(journey: Journey, seams: dict[str, Seam]) -> None:
    """What happens to customers until they leave or until today."""
    company, accounts = journey.company, journey.accounts
    customers = np.flatnonzero(accounts.started < company.until)
    end = np.minimum(accounts.churned, company.until)
    funnel = {handoff for handoff, *_ in _FUNNEL}
    for handoff, seam in seams.items():
        if handoff in funnel or handoff == _RENEWAL:
            continue
        begin = np.maximum(accounts.started[customers] + 20 * DAY, company.start)
        span = np.maximum(end[customers] - begin, 0)
        times = journey.rng.poisson(span / (365 * DAY) * _PER_YEAR.get(handoff, 0.5))
        account = np.repeat(customers, times)
        moment = np.repeat(begin, times) + (np.repeat(span, times) * journey.rng.random(len(account))).astype(
            np.int64
        )
        first = int(accounts.number[0]) * 8 if len(accounts) else 0
        triggered = office_hours(company, journey.rng, accounts, account, moment)
        journey.cross(seam, account, triggered, subject=first + np.arange(len(account)))
    if _RENEWAL in seams:
        for year in range(1, _YEARS + 1):
            due = accounts.started[customers] + (365 * year - 75) * DAY
            staying = customers[(due < end[customers]) & (due >= company.start)]
            since = accounts.started[staying] + (365 * year - 76) * DAY
            journey.cross(seams[_RENEWAL], staying, journey.later(staying, since, 0, 4), cycle=year)


def _trim(journey: Journey, quota: int) -> dict[int, Packets] | None:
    """Keeps the first packets, account by account, so that a block has exactly its quota."""
    company, places = journey.company, sorted(journey.found)
    inside = {place: journey.found[place].at["triggered"] >= company.start for place in places}
    found = {place: journey.found[place].taken(inside[place]) for place in places}
    account = np.concatenate([found[place].account for place in places])
    triggered = np.concatenate([found[place].at["triggered"] for place in places])
    if len(account) < quota:
        return None
    kept = np.zeros(len(account), bool)
    kept[np.lexsort((triggered, account))[:quota]] = True
    start = 0
    for place in places:
        stop = start + len(found[place])
        found[place] = _without_lost_shares(found[place].taken(kept[start:stop]))
        start = stop
    return found


def _without_lost_shares(packets: Packets) -> Packets:
    """A second cycle may rely on its first only if that is told too."""
    first = packets.subject[(packets.cycle == 1) & (packets.shared_since != NEVER)]
    lonely = (packets.cycle > 1) & ~np.isin(packets.subject, first)
    packets.shared_since = np.where(lonely, NEVER, packets.shared_since)
    return packets
