"""Which tickets should stand? One per episode (packet × attempt) that is incomplete now and that mending still helps.

In: the current generation. Out: tickets, the most urgent first, and why standing ones are over. A packet deserves a
ticket from its submission on, or from when its work moved without one: before, its sender's time runs. It deserves
none any more once it is void, withdrawn or dropped, a newer crossing of the same record took its place, or its account
has left. One that was accepted incomplete keeps its ticket: gates look at `now`. Where something can only not be seen
(`is_complete_now` is null), nothing is opened and nothing closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo

from contracts import Catalogue
from contracts.model import Contract
from flows import publishing
from flows.desks.desk import marker_of
from flows.desks.wording import Incomplete, address, body, digest_body, digest_title, title
from flows.outbox import Standing, Ticket
from flows.settings import Settings

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
        packets.sender, packets.sender_team, packets.record_url, packets.triggered_at, packets.is_complete_now,
        -- a later attempt has a clock of its own; the first one's sender has had the submit SLA
        CASE WHEN attempts.attempt > 1 THEN attempts.due_at ELSE packets.submit_due_at END AS due_at,
        CASE
            WHEN packets.status = 'void' THEN 'the record was deleted or is void'
            WHEN packets.status = 'withdrawn' THEN 'the packet was withdrawn'
            WHEN packets.cycle < newest.cycle THEN 'a newer crossing of the same record took its place'
            WHEN packets.is_dropped THEN 'the packet was dropped: nobody took it over in time'
            WHEN accounts.churned_at <= packets.as_of THEN 'the account has left'
            WHEN packets.is_complete_now THEN 'everything that is required is there'
        END AS is_over
    FROM handoff_packets AS packets
    INNER JOIN attempts ON packets.packet_id = attempts.packet_id
    LEFT JOIN newest ON packets.handoff = newest.handoff AND packets.subject = newest.subject
    LEFT JOIN dim_account AS accounts ON packets.account = accounts.account
"""
INCOMPLETE = """
    SELECT
        episodes.packet_id, episodes.handoff, episodes.attempt, episodes.contract_version, episodes.sender,
        episodes.sender_team, episodes.due_at, episodes.record_url,
        list((failures.field, failures.fault, failures.severity) ORDER BY failures.field, failures.fault)
    FROM episodes
    INNER JOIN contract_failures AS failures
        ON episodes.packet_id = failures.packet_id AND failures.moment = 'now'
    WHERE episodes.is_over IS NULL AND NOT episodes.is_complete_now
        AND episodes.triggered_at >= $alerts_from AND list_contains($handoffs, episodes.handoff)
    GROUP BY ALL
    ORDER BY episodes.due_at NULLS LAST, episodes.packet_id
"""
STANDING = """
    SELECT
        packet_id,
        -- one triggered before anybody asked is left alone
        CASE WHEN triggered_at >= $alerts_from THEN attempt ELSE 0 END,
        CASE WHEN triggered_at >= $alerts_from THEN is_over END
    FROM episodes
    -- a list would be gone through for each episode
    WHERE packet_id IN (SELECT unnest($packets))
"""


@dataclass(frozen=True)
class Published:
    """What the current generation says of tickets: who deserves one, and what became of those that have one."""

    catalogue: Catalogue
    incomplete: Sequence[Incomplete]
    standing: Mapping[str, tuple[int, str | None]]
    """Packet → its latest attempt, and why that one needs no ticket (None: it does, or nobody can see)."""
    week: str
    """The week of the run's now, in the organisation's zone: a digest is one team's of one week."""
    decided_by: str = ""
    """How a person decides on a ticket itself, as Markdown; empty where nobody can."""

    def tickets(self) -> dict[str, tuple[Incomplete, Ticket]]:
        """A ticket per episode by marker, the most urgent first."""
        made = ((packet, self._ticket(packet)) for packet in self.incomplete)
        return {ticket.marker: (packet, ticket) for packet, ticket in made}

    def over(self, standing: Iterable[Standing]) -> dict[str, str]:
        """Why tickets that stand are over, by marker; digests are not among them."""
        told = ((there.ticket, self._over(there.ticket)) for there in standing)
        return {ticket.marker: why for ticket, why in told if why is not None}

    def digests(self, left_out: Iterable[Incomplete]) -> list[Ticket]:
        """One ticket per sender team of what is beyond what one run opens."""
        by_team = sorted(left_out, key=attrgetter("team"))
        return [self._digest(team, list(packets)) for team, packets in groupby(by_team, attrgetter("team"))]

    def _ticket(self, packet: Incomplete) -> Ticket:
        organisation, contract = self.catalogue.organisation, self.catalogue.contract(packet.handoff)
        marker = marker_of(organisation.name, packet.packet_id, packet.attempt)
        due = packet.due_at and packet.due_at.astimezone(ZoneInfo(organisation.zone))
        return Ticket(
            marker,
            title(packet, contract),
            body(packet, contract, organisation.zone, marker, self.decided_by),
            packet.owner,
            packet.team,
            packet.handoff,
            packet.packet_id,
            packet.attempt,
            None if due is None else due.isoformat(timespec="minutes"),
            address(packet.record_url),
        )

    def _over(self, ticket: Ticket) -> str | None:
        if ticket.packet_id is None:
            return None
        if ticket.packet_id not in self.standing:
            return "there is no such packet any more"
        attempt, why = self.standing[ticket.packet_id]
        if ticket.attempt is not None and attempt > ticket.attempt:
            return f"the packet is handed over anew, as attempt {attempt}"
        return why

    def _digest(self, team: str, packets: Sequence[Incomplete]) -> Ticket:
        contracts = {contract.id: contract for contract in self.catalogue.contracts}
        marker = marker_of(self.catalogue.organisation.name, "digest", team, self.week)
        words = digest_body(team, packets, contracts, marker)
        return Ticket(marker, digest_title(team, packets), words, None, team)


def read(
    settings: Settings,
    catalogue: Catalogue,
    packets: Iterable[str],
    as_of: datetime,
    handoffs: Sequence[str] = (),
    decided_by: str = "",
) -> Published:
    """What the current generation says, for these packets that have tickets and for all that deserve one.

    `handoffs` are those asked about; none stands for all. `decided_by` is how a person decides on a ticket itself.

    Nothing deserves a ticket without `alerts_from`, or if it was triggered before that day.
    """
    from flows import warehouse

    zone, alerts_from = ZoneInfo(catalogue.organisation.zone), catalogue.organisation.alerts_from
    week = "{}-W{:02}".format(*as_of.astimezone(zone).isocalendar())
    generation = publishing.current(settings)
    if alerts_from is None or generation is None:
        return Published(catalogue, (), {}, week)
    active = {
        contract.id: contract
        for contract in catalogue.contracts
        if contract.status == "active" and (not handoffs or contract.id in handoffs)
    }
    asked = {"alerts_from": datetime.combine(alerts_from, time(), zone)}
    with warehouse.connect(generation / publishing.DATABASE, read_only=True) as connection:
        connection.execute(EPISODES)
        rows = connection.execute(INCOMPLETE, {**asked, "handoffs": list(active)}).fetchall()
        standing = connection.execute(STANDING, {**asked, "packets": list(packets)}).fetchall()
    incomplete = [_incomplete(active[row[1]], *row) for row in rows]
    return Published(
        catalogue, incomplete, {packet: (attempt, why) for packet, attempt, why in standing}, week, decided_by
    )


def _incomplete(
    contract: Contract,
    packet_id: str,
    handoff: str,
    attempt: int,
    contract_version: str,
    sender: str | None,
    sender_team: str | None,
    due_at: datetime | None,
    record_url: str | None,
    faults: Iterable[tuple[str, str, str]],
) -> Incomplete:
    """Nobody is never the owner: without a sender it is who takes over in the sending team."""
    version = next(one for one in contract.versions if one.version == contract_version)
    order = {field.name: place for place, field in enumerate(version.fields)}
    return Incomplete(
        packet_id,
        handoff,
        attempt,
        contract_version,
        sender or version.sender.fallback,
        sender_team or version.sender.team,
        due_at,
        record_url,
        tuple(sorted(((*one,) for one in faults), key=lambda one: order.get(one[0], len(order)))),
    )
