"""What happened to a packet, in order? Who handed what to whom, which fields came when, what was decided, who was told.

In: the published tables (of a generation, or of a replay). Out: text on a terminal; names of fields, no values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console

from contracts.errors import QuestionError
from flows.show.columns import print_lines
from flows.warehouse import Connection

PACKET = """
    SELECT packets.packet_id, versions.title, packets.contract_version, packets.status, packets.subject_name,
        packets.record_url, packets.sender, packets.sender_team, packets.receiver, packets.receiver_team,
        packets.is_complete, packets.is_complete_by_due, packets.is_complete_now, packets.transitioned_at, packets.as_of
    FROM handoff_packets AS packets
    INNER JOIN dim_handoff AS versions
        ON packets.handoff = versions.handoff AND packets.contract_version = versions.contract_version
    WHERE packets.packet_id = $packet
"""
# What happened at one instant is told in this order: fields before the submission that they belong to.
STEPS = """
    SELECT happened_at, what, who, team, more FROM (
        SELECT triggered_at AS happened_at, 0 AS place, 'triggered' AS what, NULL AS who, NULL AS team, NULL AS more
        FROM handoff_packets WHERE packet_id = $packet
        UNION ALL
        SELECT filled_at, 1, 'filled', filled_by, NULL, string_agg(field, ', ' ORDER BY field)
        FROM packet_fields AS fields
        WHERE packet_id = $packet AND NOT EXISTS ( -- what came after the acceptance is an edit
            SELECT 1 FROM packet_edits AS edits
            WHERE edits.packet_id = $packet AND edits.field = fields.field AND edits.edited_at = fields.filled_at
        )
        GROUP BY filled_at, filled_by
        UNION ALL
        SELECT submitted_at, 2, 'submitted', submitted_by, NULL, CASE WHEN attempt > 1 THEN 'attempt ' || attempt END
        FROM packet_attempts WHERE packet_id = $packet
        UNION ALL
        SELECT decided_at, 3, decision, decided_by, decided_by_team, reason
        FROM packet_attempts WHERE packet_id = $packet
        UNION ALL
        SELECT opened_at, 4, 'opened again', NULL, NULL, 'attempt ' || attempt || ' after a ' || opened_by
        FROM packet_attempts WHERE packet_id = $packet AND attempt > 1
        UNION ALL
        SELECT crossed_at, 5, 'crossed', NULL, NULL, NULL FROM handoff_packets WHERE packet_id = $packet
        UNION ALL
        SELECT happened_at, 6, 'gate bypassed', actor, actor_team,
            event || ' by ' || route || ': ' || list_aggr(why, 'string_agg', ', ')
        FROM gate_bypasses WHERE packet_id = $packet
        UNION ALL
        SELECT edited_at, 7, kind || ' after acceptance', edited_by, edited_by_team, field
        FROM packet_edits WHERE packet_id = $packet
        UNION ALL
        SELECT due_at, 8, clock || ' overdue', owner, NULL, 'in the ' || court || '''s court'
        FROM sla_clocks WHERE packet_id = $packet AND state = 'breached'
        UNION ALL
        SELECT escalated_at, 9, clock || ' escalated', told, NULL, 'as ' || told_as
        FROM sla_clocks WHERE packet_id = $packet AND escalated_at IS NOT NULL
    )
    WHERE happened_at IS NOT NULL
    ORDER BY happened_at, place, what, more
"""
FAULTS = """
    SELECT
        moment,
        string_agg(field || CASE WHEN fault = 'missing' THEN '' ELSE ' (' || fault || ')' END, ', ' ORDER BY field)
    FROM contract_failures WHERE packet_id = $packet AND severity = 'critical' GROUP BY moment
"""
GATE = (
    "SELECT event, mode, state, since, why FROM gate_decisions WHERE packet_id = $packet AND mode != 'none'"
)


@dataclass(frozen=True)
class Step:
    """Something that happened: when, what, by whom of which team, and more about it."""

    at: datetime
    what: str
    who: str | None
    team: str | None
    more: str | None

    def __str__(self) -> str:
        by = f" by {self.who}" if self.who else ""
        of = f" ({self.team})" if self.team else ""
        more = f": {self.more}" if self.more else ""
        return f"  {_minute(self.at)}  {self.what}{by}{of}{more}"


def lines(connection: Connection, packet_id: str, known: str = "") -> list[str]:
    """A packet in lines; `known` says until when what was recorded counts. Raises QuestionError if there is none."""
    found = connection.execute(PACKET, {"packet": packet_id}).fetchone()
    if found is None:
        raise QuestionError(_no_such_packet(connection, packet_id, known))
    (
        id_,
        title,
        version,
        status,
        name,
        url,
        sender,
        sender_team,
        receiver,
        receiver_team,
        *verdicts,
        moved,
        as_of,
    ) = found
    steps = [Step(*row) for row in connection.execute(STEPS, {"packet": packet_id}).fetchall()]
    faults = dict(connection.execute(FAULTS, {"packet": packet_id}).fetchall())
    about = [part for part in (name, url) if part]
    return [
        f"{id_}  {title} {version}, {status}, as of {_minute(as_of)} UTC{known}",
        *([f"  {'  '.join(about)}"] if about else []),
        f"  from {_party(sender, sender_team)} to {_party(receiver, receiver_team)}",
        *map(str, steps),
        *_verdicts(verdicts, faults, has_moved=moved is not None),
        *_gate(connection, packet_id),
    ]


def packet(connection: Connection, console: Console, packet_id: str, known: str = "") -> None:
    """Print a packet. Raises QuestionError if there is none."""
    print_lines(console, lines(connection, packet_id, known))


def _verdicts(verdicts: Sequence[bool | None], faults: dict[str, str], has_moved: bool) -> Iterator[str]:
    moments = {"transition": "complete at the transition", "due": "complete by due", "now": "complete now"}
    for (moment, words), verdict in zip(moments.items(), verdicts, strict=True):
        if moment == "transition" and not has_moved:
            continue
        said = {True: "yes", False: "no", None: "nobody can say"}[verdict]
        lacking = f": {faults[moment]}" if moment in faults else ""
        yield f"  {words}: {said}{lacking}"


def _gate(connection: Connection, packet_id: str) -> Iterator[str]:
    for event, mode, state, since, why in connection.execute(GATE, {"packet": packet_id}).fetchall():
        since_when = f" since {_minute(since)}" if since else ""
        unmet = f": {', '.join(why)}" if why else ""
        yield f"  gate before {event} ({mode}): {state}{since_when}{unmet}"


def _no_such_packet(connection: Connection, packet_id: str, known: str) -> str:
    near = connection.execute(
        "SELECT packet_id, as_of FROM handoff_packets ORDER BY levenshtein(packet_id, ?), packet_id LIMIT 1",
        [packet_id[:200]],
    ).fetchone()
    if near is None:
        return f"there was no packet at all{known}; name a later instant"
    return f"there is no packet {packet_id} as of {_minute(near[1])} UTC{known}; did you mean {near[0]}?"


def _party(person: str | None, team: str | None) -> str:
    return f"{person} ({team})" if person and team else person or team or "nobody"


def _minute(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M}"
