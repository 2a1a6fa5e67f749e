"""Which events would have told us of these packets?

One event per instant and field entry, exact and in good order.

In: packets of one contract version and their field history. Out: `Rows`; whatever happens after `until` is
left out. Dirt comes later, in `noise.py`: here is what really happened, decisions by the wrong person
included.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from flows.simulation import behaviour as b
from flows.simulation.accounts import Accounts
from flows.simulation.columns import (
    DAY,
    FROM_PACKET,
    HOUR,
    NEVER,
    NONE,
    Flags,
    Ints,
    Rows,
    earliest,
    hours_after,
)
from flows.simulation.company import REASONS, Company, Seam, SeamVersion
from flows.simulation.history import VALID, History
from flows.simulation.journeys import CYCLED
from flows.simulation.judging import worth_as_of
from flows.simulation.packets import Packets

MISSING_FIELD, OTHER_REASON = REASONS.index("missing_field"), len(REASONS)  # beyond REASONS: free text


@dataclass
class Teller:
    """One group of packets on its way to rows; `numbers` are their places in the block."""

    company: Company
    accounts: Accounts
    seam: Seam
    version: SeamVersion
    packets: Packets
    history: History
    rng: np.random.Generator
    numbers: Ints
    rows: list[Rows] = field(default_factory=list)

    def luck(self, share: float) -> Flags:
        """True for so many of the packets."""
        lucky: Flags = self.rng.random(len(self.packets)) < share
        return lucky

    def tell(self, kind: str, time: Ints, where: Flags | None = None, **columns: Ints | int) -> None:
        """Adds one event per packet for which the instant has come."""
        told = np.flatnonzero(
            (time <= self.company.until) if where is None else (where & (time <= self.company.until))
        )
        packets = self.packets
        given = {
            name: value if isinstance(value, int) else np.asarray(value)[told]
            for name, value in {"cycle": packets.cycle, **columns}.items()
        }
        numbers = self.numbers[told]
        self.rows.append(Rows.of(kind, time[told], account=self.account[told], packet=numbers, **given))

    @property
    def account(self) -> Ints:
        """The account, or none for a lead whose company was never found."""
        lost = ~self.accounts.known[self.packets.account] & (self.seam.contract.id == CYCLED[0])
        return np.where(lost, NONE, self.packets.account)

    @property
    def teams(self) -> tuple[int, int]:
        """Codes of the sending and the receiving team."""
        contract = self.version.contract
        return self.company.team(contract.sender.team), self.company.team(contract.receiver.team)


def tell(teller: Teller) -> list[Rows]:
    """All events of these packets, and the acts around them."""
    _tell_start(teller)
    _tell_fields(teller)
    _tell_decisions(teller)
    _tell_wrong_decisions(teller)
    _tell_owners(teller)
    _tell_aftermath(teller)
    return teller.rows


def _tell_start(teller: Teller) -> None:
    packets, at, company = teller.packets, teller.packets.at, teller.company
    routed = teller.luck(0.5)
    actor = np.where(routed, company.people.systems[1], packets.sender)
    amount = teller.accounts.amount[packets.account]
    teller.tell(
        "handoff.triggered",
        at["triggered"],
        ~packets.untriggered,
        actor=actor,
        value=amount,
        detail=FROM_PACKET,
    )
    for name in ("submitted", "resubmitted", "resubmitted_again"):
        teller.tell(
            "handoff.submitted",
            at[name],
            actor=packets.sender,
            team=np.where(teller.luck(0.6), teller.teams[0], NONE),
        )
    event = company.details.code(f'{{"event": "{teller.version.contract.gate.event}"}}')
    crosser = np.where(teller.luck(0.4), packets.sender, np.where(teller.luck(0.5), packets.receiver, NONE))
    teller.tell("handoff.crossed", at["crossed"], actor=crosser, detail=event)
    teller.tell("handoff.withdrawn", at["withdrawn"], actor=packets.sender, reason=REASONS.index("duplicate"))
    teller.tell(
        "handoff.voided",
        at["voided"],
        actor=int(company.people.systems[0]),
        reason=REASONS.index("wrong_value"),
    )


def _tell_fields(teller: Teller) -> None:
    packets, history, rng = teller.packets, teller.history, teller.rng
    told = (history.time <= teller.company.until) & (history.worth > 0)
    inherited = (packets.cycle > 1) & (packets.shared_since != NEVER)
    told &= ~(inherited[:, None, None] & (history.time == packets.shared_since[:, None, None]))
    packet, field, slot = np.nonzero(told)
    given_once = (packets.cycle == 1) & (packets.shared_since != NEVER)
    cycle = packets.cycle[packet]
    if teller.seam.contract.id not in CYCLED:
        cycle = np.where(rng.random(len(packet)) < 0.5, 0, cycle)
    time = history.time[packet, field, slot]
    cycle = np.where(given_once[packet] & (time == packets.shared_since[packet]), 0, cycle)
    by_receiver = (slot >= 2) & (rng.random(len(packet)) < 0.4)
    actor = np.where(by_receiver, packets.receiver[packet], packets.sender[packet])
    actor = np.where(rng.random(len(packet)) < 0.1, teller.company.people.systems[0], actor)
    value = history.value[packet, field, slot]
    cleared = (value == teller.company.values.code("")) & (rng.random(len(packet)) < 0.5)
    teller.rows.append(
        Rows.of(
            "handoff.field_set",
            time,
            account=teller.account[packet],
            packet=teller.numbers[packet],
            cycle=cycle,
            field=teller.version.field_codes[field],
            value=np.where(cleared, NONE, value),
            actor=actor,
        )
    )


def _tell_decisions(teller: Teller) -> None:
    packets, at, rng = teller.packets, teller.packets.at, teller.rng
    named = teller.luck(0.7)
    teamless = ~named & teller.luck(0.01)  # a known person of no team: counts, not being the sender
    actor = np.where(teamless, teller.company.people.teamless, packets.receiver)
    team = np.where(named, teller.teams[1], NONE)
    missing = ~packets.complete | packets.faulty
    others = rng.integers(1, OTHER_REASON + 1, len(packets))
    reason = np.where(missing & teller.luck(b.SAID_MISSING), MISSING_FIELD, others)
    for name in ("accepted", "accepted_again"):
        teller.tell("handoff.accepted", at[name], actor=actor, team=team)
    teller.tell("handoff.rejected", at["rejected"], actor=actor, team=team, reason=reason)
    teller.tell("handoff.rejected", at["rejected_again"], actor=packets.receiver, team=team, reason=others)
    teller.tell("handoff.reopened", at["reopened"], actor=packets.receiver, team=team, reason=others)


def _tell_wrong_decisions(teller: Teller) -> None:
    """Decisions that do not count: by the sender, a colleague of the sender, a system user, a third team or
    nobody.
    """
    packets, at, rng, people = teller.packets, teller.packets.at, teller.rng, teller.company.people
    count, contract = len(packets), teller.version.contract
    end = earliest(
        at["accepted"], at["rejected"], at["crossed"], at["withdrawn"], at["voided"], at["silence"]
    )
    time = at["submitted"] + ((end - at["submitted"]) * rng.uniform(0.05, 0.6, count)).astype(np.int64)
    colleagues = people.by_team[contract.sender.team]
    strangers = np.concatenate(
        [
            codes
            for team, codes in people.by_team.items()
            if team not in (contract.sender.team, contract.receiver.team)
        ]
        or [people.systems]
    )
    kind = rng.integers(0, 5, count)
    if contract.sender.team == contract.receiver.team:  # a colleague may receive there
        kind = np.where(kind == 1, 0, kind)
    actor = np.select(
        [kind == 0, kind == 1, kind == 2, kind == 3],
        [
            packets.sender,
            rng.choice(colleagues, count),
            rng.choice(people.systems, count),
            rng.choice(strangers, count),
        ],
        NONE,
    )
    team = np.where((kind <= 1) & teller.luck(0.5), teller.teams[0], NONE)
    system = teller.company.details.code('{"actor_kind": "system"}')
    detail = np.where((kind == 2) & teller.luck(0.5), system, NONE)
    wrong = (at["submitted"] <= teller.company.until) & teller.luck(teller.seam.behaviour.wrong_person)
    accepts = teller.luck(0.7)
    teller.tell("handoff.accepted", time, wrong & accepts, actor=actor, team=team, detail=detail)
    teller.tell(
        "handoff.rejected",
        time,
        wrong & ~accepts,
        actor=actor,
        team=team,
        detail=detail,
        reason=MISSING_FIELD,
    )


def _tell_owners(teller: Teller) -> None:
    packets, at, rng = teller.packets, teller.packets.at, teller.rng
    sending, receiving = teller.teams
    earlier = (rng.integers(0, 2, len(packets)) * rng.integers(0, 5 * HOUR, len(packets))).astype(np.int64)
    owned = teller.luck(0.15) & ~packets.untriggered
    teller.tell("handoff.assigned", at["triggered"] - earlier, owned, actor=packets.sender, team=sending)
    end = earliest(at["accepted"], at["rejected"], at["crossed"])
    open_since = np.where(at["submitted"] == NEVER, at["triggered"], at["submitted"])
    share = rng.uniform(0.1, 0.9, len(packets))
    taken = open_since + ((np.where(end == NEVER, open_since + DAY, end) - open_since) * share).astype(
        np.int64
    )
    teller.tell("handoff.assigned", taken, teller.luck(0.2), actor=packets.receiver, team=receiving)
    team = teller.company.people.by_team[teller.version.contract.receiver.team]
    place = np.searchsorted(team, packets.receiver)
    other = team[(place + 1) % len(team)]
    change = hours_after(at["accepted"], rng.uniform(24, 25 * 24, len(packets)))
    moved = teller.luck(teller.seam.behaviour.reassigned)
    teller.tell("handoff.assigned", change, moved, actor=other, team=receiving)


def _tell_aftermath(teller: Teller) -> None:
    """First touch, re-asks and checks, and what the customer is told."""
    packets, at, rng, given = teller.packets, teller.packets.at, teller.rng, teller.seam.behaviour
    count, moved = len(packets), packets.transitioned
    touch = hours_after(moved, rng.lognormal(b.TOUCH, b.TOUCH_SPREAD, count))
    touched = (moved != NEVER) & teller.luck(given.touched) & (teller.account != NONE)
    teller.tell("account.touched", touch, touched, actor=packets.receiver, team=teller.teams[1], cycle=0)
    luck = rng.random(count)
    worth = worth_as_of(teller.history, at["accepted"])
    required = np.array([bool(each.required) for each in teller.version.contract.fields])
    answered = (worth >= VALID) & required[None, :]
    field = np.where(answered, rng.random(answered.shape), -1.0).argmax(axis=1)
    possible = answered.any(axis=1) & (at["accepted"] != NEVER)
    moment = hours_after(at["accepted"], rng.uniform(12, 25 * 24, count))
    codes = teller.version.field_codes[field]
    again, asked = luck < given.reasked, luck < given.reasked + given.asked_again
    teller.tell("handoff.reasked", moment, possible & again, field=codes, actor=packets.receiver)
    teller.tell(
        "handoff.question_asked", moment, possible & asked & ~again, field=codes, actor=packets.receiver
    )
    checked = (at["accepted"] != NEVER) & teller.luck(given.checked)
    reviewer = int(teller.company.people.teamless)
    teller.tell(
        "handoff.reask_checked",
        hours_after(at["accepted"], rng.uniform(300, 650, count)),
        checked,
        actor=reviewer,
    )
    if teller.seam.contract.id == "cs_to_support":
        told = teller.luck(0.6) & (moved != NEVER)
        teller.tell(
            "handoff.customer_updated",
            hours_after(moved, rng.uniform(1, 60, count)),
            told,
            actor=packets.sender,
        )
