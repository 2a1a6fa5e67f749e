"""Which tickets are there? Those of the current generation, open ones first: a line each, and where they are.

In: the current generation. Out: text on a terminal.
"""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Console

from flows.inert import visible
from flows.settings import Settings
from flows.show import generation
from flows.show.columns import print_lines

AT_MOST = 50
"""So many are listed; the others are counted."""
COUNTS = "SELECT count(*) FILTER (WHERE state = 'open'), count(*) FROM tickets"
LISTED = """
    SELECT state, opened_at, closed_at, closed_by, coalesce(packet_id, 'digest of ' || team), attempt, desk,
        coalesce(url, ticket_key)
    FROM tickets
    ORDER BY state = 'closed', coalesce(closed_at, opened_at) DESC, desk, marker
    LIMIT $at_most
"""


def tickets(settings: Settings, console: Console, at_most: int = AT_MOST) -> None:
    """Print how many tickets there are and the newest, open ones first."""
    with generation.connect(settings) as connection:
        ((opened, number),) = connection.execute(COUNTS).fetchall()
        rows = connection.execute(LISTED, {"at_most": at_most}).fetchall()
    lines = [f"{opened:,} open tickets, {number - opened:,} closed", *(_line(*row) for row in rows)]
    if number > at_most:
        lines.append(f"and {number - at_most:,} more (table tickets)")
    print_lines(console, lines)


def _line(
    state: str,
    opened_at: datetime,
    closed_at: datetime | None,
    closed_by: str | None,
    about: str,
    attempt: int | None,
    desk: str,
    where: str,
) -> str:
    day = f"{(closed_at or opened_at).astimezone(UTC):%Y-%m-%d}"
    which = f"{about}, attempt {attempt}" if attempt and attempt > 1 else about
    by = f" by {closed_by}" if closed_by else ""
    return f"  {state:<6} {day}{by}  {visible(f'{which}  {desk}: {where}')}"
