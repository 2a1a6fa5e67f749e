"""Which accounts should be one relationship again, and are not? One ticket per overdue crossing between motions.

In: the current generation (`reunifications`). Out: tickets, the longest overdue first, and why standing ones are over.
One stands for the packet, whatever its attempt: it is about the account's owners, not about the packet's fields. Where
no source tells who the owners are (`unobservable`), nothing is opened and nothing closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from contracts import Catalogue
from contracts.model import Contract
from flows import publishing
from flows.desks.desk import marker_of
from flows.desks.wording import address, code, marker_line, plain
from flows.inert import markdown as inert
from flows.outbox import Standing, Ticket
from flows.settings import Settings

OVERDUE: Final = """
    SELECT overdue.packet_id, overdue.handoff, overdue.owner, overdue.owner_team, packets.record_url
    FROM reunifications AS overdue
    INNER JOIN handoff_packets AS packets ON overdue.packet_id = packets.packet_id
    WHERE overdue.state = 'overdue' AND packets.triggered_at >= $alerts_from
        AND list_contains($handoffs, overdue.handoff)
    ORDER BY overdue.due_at, overdue.packet_id
"""
STATES: Final = """
    SELECT asked.packet_id, coalesce(told.state, 'gone')
    FROM (SELECT unnest($packets::varchar[]) AS packet_id) AS asked
    LEFT JOIN reunifications AS told ON asked.packet_id = told.packet_id
    LEFT JOIN handoff_packets AS packets ON asked.packet_id = packets.packet_id
    -- one triggered before anybody asked is left alone
    WHERE coalesce(packets.triggered_at >= $alerts_from, true)
"""
OVER: Final[Mapping[str, str]] = {
    "gone": "no re-unification is agreed any more",
    "open": "it is due later now",
    "reunified": "the account has one primary owner again",
    "reunified_late": "the account has one primary owner again",
    "superseded": "the account's next crossing took its place",
    "account_left": "the account has left",
}


@dataclass(frozen=True)
class Reunifications:
    """The tickets of overdue re-unifications, and why those that stand are over, by marker."""

    tickets: Sequence[Ticket]
    over: Mapping[str, str]


def is_reunification(ticket: Ticket, organisation: str) -> bool:
    """Whether a ticket is one of these; others of the same packet are about its fields."""
    return ticket.packet_id is not None and ticket.marker == _marker(organisation, ticket.packet_id)


def read(
    settings: Settings, catalogue: Catalogue, standing: Iterable[Standing], handoffs: Sequence[str] = ()
) -> Reunifications:
    """What the current generation says; `handoffs` are those asked about, none stands for all.

    Nothing deserves a ticket without `alerts_from`, or if its packet was triggered before that day.
    """
    from flows import warehouse

    organisation, generation = catalogue.organisation, publishing.current(settings)
    if organisation.alerts_from is None or generation is None:
        return Reunifications((), {})
    active = {
        contract.id: contract
        for contract in catalogue.contracts
        if contract.status == "active" and (not handoffs or contract.id in handoffs)
    }
    alerts_from = datetime.combine(organisation.alerts_from, time(), ZoneInfo(organisation.zone))
    own = [there.ticket.packet_id for there in standing if is_reunification(there.ticket, organisation.name)]
    with warehouse.connect(generation / publishing.DATABASE, read_only=True) as connection:
        overdue = connection.execute(
            OVERDUE, {"alerts_from": alerts_from, "handoffs": list(active)}
        ).fetchall()
        states = connection.execute(STATES, {"alerts_from": alerts_from, "packets": own}).fetchall()
    return Reunifications(
        [_ticket(organisation.name, active[handoff], packet, *told) for packet, handoff, *told in overdue],
        {_marker(organisation.name, packet): OVER[state] for packet, state in states if state in OVER},
    )


def _ticket(
    organisation: str, contract: Contract, packet_id: str, owner: str, team: str, record_url: str | None
) -> Ticket:
    marker = _marker(organisation, packet_id)
    record = address(record_url)
    parts = [
        f"{inert(contract.title)} ({contract.number}): packet {code(packet_id)} says until when its account is to be "
        "one relationship again. That day has passed, and it is not.",
        "\n".join(
            [f"- Who: {code(owner)} (team {code(team)})", *([f"- Record: <{record}>"] if record else [])]
        ),
        "**To mend it**, name the same primary relationship owner on every motion of the account, or one for the whole "
        "account, where owners are kept. If another day was agreed, write it into the packet. The run after that "
        "closes this ticket.",
        "If you close this ticket yourself, it stays closed.",
        marker_line(marker),
    ]
    title = f"{contract.number} {contract.title}: re-unification overdue, packet {plain(packet_id)}"
    return Ticket(
        marker,
        title,
        "\n\n".join(parts),
        owner,
        team,
        contract.id,
        packet_id,
        is_incomplete=False,
        alerts=("overdue: make it one relationship again",),
    )


def _marker(organisation: str, packet_id: str) -> str:
    return marker_of(organisation, "reunification", packet_id)
