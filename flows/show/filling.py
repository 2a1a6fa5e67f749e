"""What was tidied up after the fact? Packets incomplete when the work moved and complete now, with their fields.

In: the current generation. Out: text on a terminal; names of fields, no values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console

from flows.settings import Settings
from flows.show import generation
from flows.show.columns import table
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
HEADINGS = ("packet_id", "name", "moved", "filled", "field", "by", "link")


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
        (counts,) = connection.execute(COUNTS, {"handoff": handoff}).fetchall()
        fields = connection.execute(FIELDS, {"handoff": handoff, "at_most": at_most}).fetchall()
    return Later(*counts, fields)


def filled_later(settings: Settings, console: Console, words: str | None = None) -> None:
    """Print the packets that were completed after the work had moved, the newest first, with their fields."""
    later = read(settings, words)
    lines = [in_short(later)]
    if later.fields:
        lines += ["", *table(HEADINGS, _rows(later))]
    if later.completed > AT_MOST:
        lines.append(f"and {later.completed - AT_MOST:,} more packets")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def in_short(later: Later) -> str:
    """How much of what was incomplete looks complete by now, in one sentence."""
    return (
        f"{later.completed:,} of {later.incomplete:,} packets that were incomplete when the work moved "
        "are complete now"
    )


def newest(later: Later) -> list[str]:
    """A line per packet: when it was filled last, which packet, and its fields."""
    lines: dict[str, str] = {}
    for packet, _, _, _, field, filled_at, filled_by in later.fields:
        if packet in lines:
            lines[packet] += f", {field}"
        else:
            when = f"{filled_at.astimezone(UTC):%Y-%m-%d}" if filled_at else "mended"
            lines[packet] = f"  {when}  {packet}: {field or 'none required any more'}"
            lines[packet] += f" by {filled_by}" if filled_by else ""
    return list(lines.values())


def _rows(later: Later) -> list[list[str]]:
    """A line per field; what belongs to the packet stands on its first one."""
    rows, above = [], ""
    for packet, name, moved_at, url, field, filled_at, filled_by in later.fields:
        filled = _minute(filled_at) if filled_at else "mended since"
        said = [filled, field, filled_by or ""] if field else ["", "no field: none is required any more", ""]
        rows.append(
            ["", "", "", *said, ""]
            if packet == above
            else [packet, name or "", _minute(moved_at), *said, url or ""]
        )
        above = packet
    return rows


def _minute(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M}"
