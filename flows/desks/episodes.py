"""Which episodes (packet × attempt) wait for somebody? Those incomplete now, and those whose clock runs out.

In: the current generation. Out: `Episode`s. An episode is incomplete from its submission on, or from when its work
moved without one: before, its sender's time runs. A clock alerts from its warning on until it stops; where decisions
are not recorded, or nobody can judge, none does. Nothing waits any more once the packet is void, withdrawn or
dropped, a newer crossing of the same record took its place, or its account has left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from contracts import Catalogue
from contracts.model import Contract
from contracts.organisation import Team

if TYPE_CHECKING:
    from flows.warehouse import Connection

EPISODES = """
    CREATE TEMP TABLE episodes AS
    WITH attempts AS (
        SELECT packet_id, max(attempt) AS attempt, arg_max(due_at, attempt) AS due_at
        FROM packet_attempts GROUP BY packet_id
    ),

    newest AS (
        SELECT handoff, subject, max(cycle) AS cycle FROM handoff_packets
        WHERE status NOT IN ('void', 'withdrawn') GROUP BY ALL
    )

    SELECT
        packets.packet_id, packets.handoff, attempts.attempt, packets.contract_version,
        coalesce(clocks.owner, packets.sender) AS owner,
        packets.sender_team, packets.record_url, packets.triggered_at, packets.is_complete_now,
        CASE
            WHEN packets.status = 'draft' AND packets.crossed_at IS NULL THEN []
            WHEN packets.status = 'accepted' THEN ['reject']
            WHEN packets.status = 'rejected' THEN ['accept']
            ELSE ['accept', 'reject']
        END AS verdicts,
        -- a later attempt has a clock of its own; the first one's sender has had the submit SLA
        CASE WHEN attempts.attempt > 1 THEN attempts.due_at ELSE packets.submit_due_at END AS due_at,
        CASE
            WHEN packets.status = 'void' THEN 'the record was deleted or is void'
            WHEN packets.status = 'withdrawn' THEN 'the packet was withdrawn'
            WHEN packets.cycle < newest.cycle THEN 'a newer crossing of the same record took its place'
            WHEN packets.is_dropped THEN 'the packet was dropped: nobody took it over in time'
            WHEN accounts.churned_at <= packets.as_of THEN 'the account has left'
        END AS is_over
    FROM handoff_packets AS packets
    INNER JOIN attempts ON packets.packet_id = attempts.packet_id
    LEFT JOIN sla_clocks AS clocks
        ON packets.packet_id = clocks.packet_id AND attempts.attempt = clocks.attempt
        AND clocks.clock IN ('submit', 'rework')
    LEFT JOIN newest ON packets.handoff = newest.handoff AND packets.subject = newest.subject
    LEFT JOIN dim_account AS accounts ON packets.account = accounts.account
"""
ALERTS = """
    SELECT
        clocks.packet_id, clocks.clock, clocks.round, clocks.court, clocks.state = 'breached', clocks.due_at,
        clocks.owner, clocks.told, clocks.told_as, clocks.escalated_at
    FROM episodes
    INNER JOIN sla_clocks AS clocks
        ON episodes.packet_id = clocks.packet_id
        AND (episodes.attempt = clocks.attempt OR clocks.clock = 'customer_update')
    INNER JOIN dim_handoff AS terms
        ON episodes.handoff = terms.handoff AND episodes.contract_version = terms.contract_version
    WHERE episodes.is_over IS NULL AND episodes.triggered_at >= $alerts_from
        AND list_contains($handoffs, episodes.handoff)
        AND clocks.stopped_at IS NULL AND clocks.told IS NOT NULL AND terms.not_judged IS NULL
        AND CAST(timezone($zone, episodes.triggered_at) AS DATE) >= terms.decisions_from
    ORDER BY clocks.due_at, clocks.clock
"""
WAITING = """
    SELECT
        episodes.packet_id, episodes.handoff, episodes.attempt, episodes.contract_version, episodes.owner,
        episodes.sender_team, episodes.due_at, episodes.record_url, episodes.verdicts,
        list((failures.field, failures.fault, failures.severity) ORDER BY failures.field, failures.fault)
            FILTER (failures.field IS NOT NULL)
    FROM episodes
    LEFT JOIN contract_failures AS failures
        ON episodes.packet_id = failures.packet_id AND failures.moment = 'now' AND NOT episodes.is_complete_now
    WHERE episodes.is_over IS NULL AND episodes.triggered_at >= $alerts_from
        AND list_contains($handoffs, episodes.handoff)
        AND (failures.field IS NOT NULL OR list_contains($alerted, episodes.packet_id))
    GROUP BY ALL
"""
STANDING = """
    SELECT packet_id, attempt, triggered_at >= $alerts_from, is_over, is_complete_now FROM episodes
    -- a list would be gone through for each episode
    WHERE packet_id IN (SELECT unnest($packets))
"""


@dataclass(frozen=True)
class Alert:
    """A running clock that is warned or breached: in whose court the packet is, until when, and who is told."""

    clock: str
    round: int
    court: str
    is_overdue: bool
    due_at: datetime
    owner: str
    told: str
    told_as: str
    escalated_at: datetime | None


@dataclass(frozen=True)
class Episode:
    """A packet's latest attempt that waits for `owner` of `team`, because of its faults, its alerts or both.

    Alerts are in the order in which they are due, faults (field, fault, severity) in the contract's.
    """

    packet_id: str
    handoff: str
    attempt: int
    contract_version: str
    owner: str
    team: str
    due_at: datetime | None
    record_url: str | None
    faults: tuple[tuple[str, str, str], ...] = ()
    alerts: tuple[Alert, ...] = ()
    verdicts: tuple[str, ...] = ()
    """What its receiver can decide now: accept, reject, both or nothing yet (flows/inbox.py refuses the rest)."""


@dataclass(frozen=True)
class Latest:
    """Of a packet that has a ticket: its latest attempt, whether anybody asked by its trigger, why nothing can wait any
    more, and whether it is complete now."""

    attempt: int
    is_asked: bool
    is_over: str | None
    is_complete: bool | None
    """None: nobody can see."""


def read(
    connection: Connection,
    catalogue: Catalogue,
    contracts: Mapping[str, Contract],
    alerts_from: datetime,
    packets: Iterable[str],
) -> tuple[list[Episode], dict[str, Latest]]:
    """Episodes of these handoffs that wait, triggered from then on, the most urgent first; what became of packets."""
    connection.execute(EPISODES)
    asked = {"alerts_from": alerts_from, "handoffs": list(contracts)}
    alerts = _alerts(connection, asked | {"zone": catalogue.organisation.zone})
    rows = connection.execute(WAITING, asked | {"alerted": list(alerts)}).fetchall()
    waiting = [_episode(catalogue, contracts[row[1]], alerts.get(row[0], ()), *row) for row in rows]
    standing = connection.execute(STANDING, {"alerts_from": alerts_from, "packets": list(packets)}).fetchall()
    return sorted(waiting, key=_urgency), {packet: Latest(*told) for packet, *told in standing}


def _alerts(connection: Connection, asked: Mapping[str, object]) -> dict[str, tuple[Alert, ...]]:
    alerts: dict[str, tuple[Alert, ...]] = {}
    for packet, *told in connection.execute(ALERTS, asked).fetchall():
        alerts[packet] = (*alerts.get(packet, ()), Alert(*told))
    return alerts


def _episode(
    catalogue: Catalogue,
    contract: Contract,
    alerts: tuple[Alert, ...],
    packet_id: str,
    handoff: str,
    attempt: int,
    contract_version: str,
    owner: str | None,
    team: str | None,
    due_at: datetime | None,
    record_url: str | None,
    verdicts: Iterable[str],
    faults: Iterable[tuple[str, str, str]] | None,
) -> Episode:
    """It is whoever's who is told of its most urgent clock, else its sender's; nobody is never the owner."""
    version = contract.version(contract_version)
    order = {field.name: place for place, field in enumerate(version.fields)}
    if alerts:
        owner, side = alerts[0].told, version.sender if alerts[0].court == "sender" else version.receiver
        team = side.team
    lead = catalogue.organisation.teams.get(version.sender.team, Team()).lead
    return Episode(
        packet_id,
        handoff,
        attempt,
        contract_version,
        owner or lead or version.sender.fallback or version.sender.team,
        team or version.sender.team,
        due_at,
        record_url,
        tuple(sorted(((*one,) for one in faults or ()), key=lambda one: order.get(one[0], len(order)))),
        alerts,
        tuple(verdicts),
    )


def _urgency(episode: Episode) -> tuple[bool, datetime | None, str]:
    due_at = episode.alerts[0].due_at if episode.alerts else episode.due_at
    return due_at is None, due_at, episode.packet_id
