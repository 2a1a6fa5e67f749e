"""What does a run announce, so that a team can hang automations of its own on it? Four kinds of events, each once.

In: the current generation. Out: `seamkeeper.packet.failed`, `.packet.accepted`, `.sla.breached` and `.gate.bypassed`
of packets triggered since `alerts_from`, except those announced before (`announced` in the control database). Sending
is the caller's (flows/nightly.py). An event keeps its id for ever, so that one sent again after a kill, before it was
noted as sent, is known where it arrives. Fields are named, values and persons are not.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from contracts import Catalogue
from contracts.errors import EventError
from flows import acts, control, outbox, publishing
from flows.desks import Sent
from flows.desks.episodes import EPISODES
from flows.settings import Settings

_ANNOUNCED = "create table if not exists announced (id text primary key)"
SENT_AT_ONCE = 500
"""So many are noted as sent together, once the server has them."""

# One row per event: what makes it the same for ever, its packet, since when it is so, and what is told of it.
# $alerts_from: packets triggered before are nobody's alert.
_QUERIES: Mapping[str, str] = {
    "packet.failed": """
        SELECT
            [episodes.attempt::varchar] AS same, episodes.packet_id,
            coalesce(packets.transitioned_at, packets.submitted_at) AS happened_at,
            {'attempt': episodes.attempt, 'fields': failing.fields} AS told
        FROM episodes
        INNER JOIN handoff_packets AS packets ON episodes.packet_id = packets.packet_id
        INNER JOIN (
            SELECT packet_id, list(DISTINCT field ORDER BY field) AS fields FROM contract_failures
            WHERE moment = 'now' AND severity = 'critical' GROUP BY packet_id
        ) AS failing ON episodes.packet_id = failing.packet_id
        WHERE episodes.is_over IS NULL AND NOT episodes.is_complete_now AND packets.triggered_at >= $alerts_from
    """,
    "packet.accepted": """
        SELECT
            [attempts.attempt::varchar] AS same, attempts.packet_id, attempts.decided_at AS happened_at,
            {'attempt': attempts.attempt, 'was_complete': packets.is_complete} AS told
        FROM packet_attempts AS attempts
        INNER JOIN handoff_packets AS packets ON attempts.packet_id = packets.packet_id
        WHERE attempts.decision = 'accepted' AND packets.status != 'void' AND packets.triggered_at >= $alerts_from
    """,
    "sla.breached": """
        SELECT
            [clocks.attempt::varchar, clocks.clock, clocks.round::varchar] AS same,
            clocks.packet_id, clocks.due_at AS happened_at,
            {
                'attempt': clocks.attempt, 'clock': clocks.clock, 'court': clocks.court,
                'is_running': clocks.stopped_at IS NULL
            } AS told
        FROM sla_clocks AS clocks
        INNER JOIN handoff_packets AS packets ON clocks.packet_id = packets.packet_id
        INNER JOIN dim_handoff AS terms
            ON packets.handoff = terms.handoff AND packets.contract_version = terms.contract_version
        WHERE clocks.state = 'breached' AND packets.status NOT IN ('void', 'withdrawn')
            AND packets.triggered_at >= $alerts_from
            -- an event is for ever, and what nobody can judge now may have been in time
            AND terms.not_judged IS NULL
    """,
    "gate.bypassed": """
        SELECT
            [bypasses.event_source, bypasses.event_id] AS same, bypasses.packet_id, bypasses.happened_at,
            {
                'event': bypasses.event, 'mode': bypasses.mode, 'route': bypasses.route, 'why': bypasses.why
            } AS told
        FROM gate_bypasses AS bypasses
        INNER JOIN handoff_packets AS packets ON bypasses.packet_id = packets.packet_id
        WHERE packets.triggered_at >= $alerts_from
    """,
}
_ABOUT = """
    SELECT found.same, found.packet_id, found.happened_at, found.told, packets.handoff, packets.sender_team,
        packets.receiver_team, packets.motion, packets.record_url
    FROM ({}) AS found
    INNER JOIN handoff_packets AS packets ON found.packet_id = packets.packet_id
    WHERE list_contains($handoffs, packets.handoff)
    ORDER BY found.happened_at NULLS FIRST, found.packet_id, found.same
"""


@dataclass(frozen=True)
class Announcement:
    """One event: its id for ever, its name, the packet as Prefect's resource (labels to match on), and what is told."""

    id: UUID
    event: str
    packet_id: str
    resource: Mapping[str, str]
    payload: Mapping[str, Any]


def due(settings: Settings, catalogue: Catalogue, as_of: datetime) -> list[Announcement]:
    """What the current generation says and nobody was told yet, the earliest first within each kind.

    Nothing without `alerts_from`, nor in a run whose "now" lies before that of an earlier one.
    """
    from flows import warehouse

    alerts_from, generation = catalogue.organisation.alerts_from, publishing.current(settings)
    last = outbox.last_as_of(settings)
    if alerts_from is None or generation is None or (last is not None and as_of < last):
        return []
    asked = {
        "alerts_from": datetime.combine(alerts_from, time(), ZoneInfo(catalogue.organisation.zone)),
        "handoffs": [contract.id for contract in catalogue.contracts if contract.status == "active"],
    }
    with warehouse.connect(generation / publishing.DATABASE, read_only=True) as connection:
        connection.execute(EPISODES)
        found = [
            _announcement(catalogue.organisation.name, kind, *row)
            for kind, query in _QUERIES.items()
            for row in connection.execute(_ABOUT.format(query), asked).fetchall()
        ]
    with control.database(settings, _ANNOUNCED) as opened:
        told = {row["id"] for row in opened.execute("select id from announced")}
    return [announcement for announcement in found if str(announcement.id) not in told]


def tell(
    settings: Settings,
    catalogue: Catalogue,
    run_id: str,
    as_of: datetime,
    emit: Callable[[Sequence[Announcement]], None],
    checked: Callable[[], None] = lambda: None,
    dry_run: bool = False,
) -> Sent:
    """Emit what is due, and note it; a dry run only says what it would emit. What `emit` does not take waits.

    `emit` raises EventError. Raises LeaseLost if `checked` does.
    """
    found = due(settings, catalogue, as_of)
    if dry_run:
        would = (f"prefect: would emit {one.event}: {one.packet_id}" for one in found)
        return Sent(in_words(found), would_send=tuple(would))
    for start in range(0, len(found), SENT_AT_ONCE):
        some = found[start : start + SENT_AT_ONCE]
        checked()
        try:
            emit(some)
        except EventError as error:
            return Sent(f"{start:,} emitted, {len(found) - start:,} wait", (str(error),))
        note(settings, run_id, some)
    return Sent(in_words(found))


def note(settings: Settings, run_id: str, announcements: Iterable[Announcement]) -> None:
    """These arrived: no run announces them again, and the next one records that they were sent."""
    at = datetime.now(UTC).isoformat()
    with control.database(settings, _ANNOUNCED) as opened:
        for one in announcements:
            opened.execute("insert into announced (id) values (?)", [str(one.id)])
            told = {"event": one.event, "packet_id": one.packet_id, "at": at, "run_id": run_id}
            acts.note(opened, "event.announced", str(one.id), told)


def in_words(announcements: Sequence[Announcement]) -> str:
    """How many of each, in one line."""
    counted = Counter(announcement.event for announcement in announcements)
    return ", ".join(f"{number:,} {event}" for event, number in counted.items()) or "nothing to announce"


def _announcement(
    organisation: str,
    kind: str,
    same: Sequence[str],
    packet_id: str,
    happened_at: datetime | None,
    told: Mapping[str, Any],
    handoff: str,
    sender_team: str | None,
    receiver_team: str | None,
    motion: str | None,
    record_url: str | None,
) -> Announcement:
    event = f"seamkeeper.{kind}"
    labels = {
        "prefect.resource.id": f"seamkeeper.packet.{packet_id}",
        "seamkeeper.handoff": handoff,
        "seamkeeper.sender-team": sender_team,
        "seamkeeper.receiver-team": receiver_team,
        "seamkeeper.motion": motion,
        **{f"seamkeeper.{name}": told[name] for name in ("clock", "court", "event", "route") if name in told},
    }
    payload = {
        "packet_id": packet_id,
        "happened_at": happened_at and happened_at.astimezone(UTC).isoformat(),
        "record_url": record_url,
        **told,
    }
    return Announcement(
        uuid5(NAMESPACE_URL, json.dumps([organisation, event, packet_id, *same])),
        event,
        packet_id,
        {name: value for name, value in labels.items() if value},
        payload,
    )
