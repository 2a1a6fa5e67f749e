"""Which tickets should stand? One per episode (packet × attempt) that waits for somebody, whatever it is for.

In: the current generation. Out: tickets, the most urgent first, and why standing ones are over. What is missing and
which clock runs out are one ticket's, so that nobody hears of a packet twice; one that was accepted incomplete keeps
its ticket, as gates look at `now`. Where something can only not be seen (`is_complete_now` is null), no ticket that
says so is opened or closed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo

from contracts import Catalogue
from flows import publishing
from flows.desks import episodes
from flows.desks.desk import marker_of
from flows.desks.episodes import Episode, Latest
from flows.desks.wording import address, alert_line, body, digest_body, digest_title, title
from flows.outbox import Standing, Ticket
from flows.settings import Settings


@dataclass(frozen=True)
class Published:
    """What the current generation says of tickets: who deserves one, and what became of those that have one."""

    catalogue: Catalogue
    waiting: Sequence[Episode]
    standing: Mapping[str, Latest]
    """By packet."""
    handoffs: Collection[str]
    """Those asked about: a ticket of another is closed by nothing but what is sure."""
    week: str
    """The week of the run's now, in the organisation's zone: a digest is one team's of one week."""
    decided_by: str = ""
    """How a person decides on a ticket itself, as Markdown; empty where nobody can."""

    def tickets(self) -> dict[str, tuple[Episode, Ticket]]:
        """A ticket per episode by marker, the most urgent first."""
        made = ((episode, self._ticket(episode)) for episode in self.waiting)
        return {ticket.marker: (episode, ticket) for episode, ticket in made}

    def over(self, standing: Iterable[Standing]) -> dict[str, str]:
        """Why tickets that stand are over, by marker; digests are not among them."""
        waiting = {episode.packet_id for episode in self.waiting}
        told = ((there.ticket, self._over(there.ticket, waiting)) for there in standing)
        return {ticket.marker: why for ticket, why in told if why is not None}

    def digests(self, left_out: Iterable[Episode]) -> list[Ticket]:
        """One ticket per team of what waits for it beyond what one run opens."""
        by_team = sorted(left_out, key=attrgetter("team"))
        return [self._digest(team, list(waiting)) for team, waiting in groupby(by_team, attrgetter("team"))]

    def _ticket(self, episode: Episode) -> Ticket:
        organisation, contract = self.catalogue.organisation, self.catalogue.contract(episode.handoff)
        marker = marker_of(organisation.name, episode.packet_id, episode.attempt)
        due = episode.due_at and episode.due_at.astimezone(ZoneInfo(organisation.zone))
        return Ticket(
            marker,
            title(episode, contract),
            body(episode, contract, organisation.zone, marker, self.decided_by),
            episode.owner,
            episode.team,
            episode.handoff,
            episode.packet_id,
            episode.attempt,
            None if due is None else due.isoformat(timespec="minutes"),
            address(episode.record_url),
            is_incomplete=bool(episode.faults),
            alerts=tuple(alert_line(alert) for alert in episode.alerts),
        )

    def _over(self, ticket: Ticket, waiting: Collection[str]) -> str | None:
        if ticket.packet_id is None:
            return None
        latest = self.standing.get(ticket.packet_id)
        if latest is None:
            return "there is no such packet any more"
        if not latest.is_asked:  # triggered before anybody asked: left alone
            return None
        if ticket.attempt is not None and latest.attempt > ticket.attempt:
            return f"the packet is handed over anew, as attempt {latest.attempt}"
        if latest.is_over is not None or ticket.packet_id in waiting:
            return latest.is_over
        if ticket.is_incomplete:
            return "everything that is required is there" if latest.is_complete else None
        return "its clock has stopped" if ticket.handoff in self.handoffs else None

    def _digest(self, team: str, waiting: Sequence[Episode]) -> Ticket:
        contracts = {contract.id: contract for contract in self.catalogue.contracts}
        marker = marker_of(self.catalogue.organisation.name, "digest", team, self.week)
        words = digest_body(team, waiting, contracts, marker)
        why = ("more wait than one run opens tickets for",)
        return Ticket(marker, digest_title(team, waiting), words, None, team, is_incomplete=False, alerts=why)


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
        return Published(catalogue, (), {}, (), week)
    active = {
        contract.id: contract
        for contract in catalogue.contracts
        if contract.status == "active" and (not handoffs or contract.id in handoffs)
    }
    asked_from = datetime.combine(alerts_from, time(), zone)
    with warehouse.connect(generation / publishing.DATABASE, read_only=True) as connection:
        waiting, standing = episodes.read(connection, catalogue, active, asked_from, packets)
    return Published(catalogue, waiting, standing, active, week, decided_by)
