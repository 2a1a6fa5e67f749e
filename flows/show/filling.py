"""What was tidied up after the fact? Packets incomplete when the work moved and complete now, with their fields.

In: the current generation. Out: text on a terminal; names of fields, no values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter

from rich.console import Console

from flows.settings import Settings
from flows.show import generation
from flows.show.columns import print_lines
from flows.show.questions import handoff_asked_for

AT_MOST = 20
"""So many packets are listed."""

INCOMPLETE = """
    FROM handoff_packets
    WHERE is_judged AND transitioned_at IS NOT NULL AND NOT is_complete
        AND ($handoff::VARCHAR IS NULL OR handoff = $handoff)
"""
COUNTS = f"SELECT count(*) FILTER (WHERE is_complete_now), count(*) {INCOMPLETE}"
FIELDS = f"""
    WITH packets AS (
        SELECT packet_id, subject_name, transitioned_at, record_url {INCOMPLETE} AND is_complete_now
    ),

    -- what was missing came at an instant; what stood there, wrong or stale, was mended some time
    fields AS (
        SELECT
            packet_id, field,
            CASE WHEN is_filled_after_transition THEN filled_at END AS filled_at,
            CASE WHEN is_filled_after_transition THEN filled_by END AS filled_by
        FROM packet_fields
        WHERE state_at_transition IN ('missing', 'invalid', 'stale') AND state_now = 'valid'
            AND packet_id IN (SELECT packet_id FROM packets)
    ),

    newest AS (
        SELECT packets.*, max(fields.filled_at) AS last_filled_at
        FROM packets LEFT JOIN fields USING (packet_id)
        GROUP BY ALL
        ORDER BY last_filled_at DESC NULLS LAST, transitioned_at DESC, packet_id
        LIMIT $at_most
    )

    SELECT
        newest.packet_id, newest.subject_name, newest.transitioned_at, newest.record_url,
        fields.field, fields.filled_at, fields.filled_by
    FROM newest LEFT JOIN fields USING (packet_id)
    ORDER BY last_filled_at DESC NULLS LAST, transitioned_at DESC, packet_id, filled_at DESC NULLS LAST, field
"""


@dataclass(frozen=True)
class Later:
    """`completed` of the packets that were `incomplete` when the work moved; the newest of them, a row per field."""

    completed: int
    incomplete: int
    fields: Sequence[tuple[str, str | None, datetime, str | None, str | None, datetime | None, str | None]]


def read(settings: Settings, words: str | None = None, at_most: int = AT_MOST) -> Later:
    """What was completed later, of one handoff or of all. Raises QuestionError for an unknown handoff."""
    with generation.connect(settings) as connection:
        handoff = handoff_asked_for(connection, words) if words else None
        ((completed, incomplete),) = connection.execute(COUNTS, {"handoff": handoff}).fetchall()
        fields = connection.execute(FIELDS, {"handoff": handoff, "at_most": at_most}).fetchall()
    return Later(completed, incomplete, fields)


def filled_later(settings: Settings, console: Console, words: str | None = None) -> None:
    """Print the packets that were completed after the work had moved, the newest first, with their fields."""
    later = read(settings, words)
    lines = [in_short(later), *_packets(later)]
    if later.completed > AT_MOST:
        lines.append(f"and {later.completed - AT_MOST:,} more packets")
    print_lines(console, lines)


def in_short(later: Later) -> str:
    """How much of what was incomplete looks complete by now, in one sentence."""
    return (
        f"{later.completed:,} of {later.incomplete:,} packets that were incomplete when the work moved "
        "are complete now"
    )


def newest(later: Later) -> list[str]:
    """A line per packet: when a field was filled last, the packet, that field, and how many more."""
    lines = []
    for packet, fields in groupby(later.fields, key=itemgetter(0)):
        (*_, field, filled_at, _), *others = fields
        when = f"{filled_at.astimezone(UTC):%Y-%m-%d}" if filled_at else "mended"
        lines.append(
            f"  {when:<10}  {packet}: {field or 'none required any more'}{f', {len(others)} more' if others else ''}"
        )
    return lines


def _packets(later: Later) -> list[str]:
    """A line per packet with when its work moved (UTC), below it a line per field with when and by whom."""
    lines = []
    for (packet, name, moved_at, url), fields in groupby(later.fields, key=itemgetter(0, 1, 2, 3)):
        lines += ["", " ".join(filter(None, [packet, name and f"({name})", "moved", _minute(moved_at), url]))]
        for *_, field, filled_at, filled_by in fields:
            if field is None:
                lines.append("  no field was filled: none is required any more")
            else:
                when = _minute(filled_at) if filled_at else "mended since"
                lines.append(f"  {when:<16}  {field}{f' by {filled_by}' if filled_by else ''}")
    return lines


def _minute(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M}"
