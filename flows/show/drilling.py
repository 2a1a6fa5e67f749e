"""Why is this figure what it is? Its row, the clauses that count it again, and the packets they find.

In: a question and the current generation. Out: text on a terminal; SQL that is ready to paste. No values of fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console

from contracts import load_catalogue
from contracts.errors import PublishError
from contracts.vocabulary import METRICS
from flows.settings import Settings
from flows.show import clauses, generation
from flows.show.clauses import Clause
from flows.show.columns import print_lines, table
from flows.show.drills import DRILLS
from flows.show.questions import Question, row_asked_for
from flows.show.row import Row
from flows.show.sentences import sentences
from flows.warehouse import Connection

AT_MOST = 50
"""So many packets are listed; the clause finds the others."""


def why(settings: Settings, console: Console, question: Question) -> None:
    """Print a figure with its doubt, how to count it again, and the packets behind it, the sore ones first.

    Raises QuestionError for what does not exist, and PublishError if the clauses do not find what the row counted.
    """
    zone = load_catalogue(settings.project).organisation.zone
    with generation.connect(settings) as connection:
        row = row_asked_for(connection, question)
        lines = [*sentences(row)]
        if row.n:
            clause = clauses.behind(row, zone)
            _refuse_another_count(connection, row, clause)
            lines += _clauses(row, clause)
            lines += ["", f"in {generation.database(settings)}"]
            lines += ["", f"The packets behind it, times in {zone}:"]
            room = console.width if console.is_terminal else None  # what is piped is read by programs
            lines += _packets(connection, row, clause, ZoneInfo(zone), room)
        else:
            lines.append("no packet is behind it")
    print_lines(console, lines)


def _refuse_another_count(connection: Connection, row: Row, clause: Clause) -> None:
    """The clauses must find what the row says: they would not if its days were another zone's by now."""
    (found,) = connection.execute(
        f"SELECT count(*), count(*) FILTER (WHERE {_all(clause.hit or ['true'])}) "
        f"FROM {clause.table} WHERE {_all(clause.counted)}"
    ).fetchall()
    said = (row.n, row.numerator if clause.hit else row.n)
    if found != said:
        raise PublishError(
            f"{row.metric} of {row.handoff}: its row counts {said[1]} of {said[0]}, its packets are {found[1]} of "
            f"{found[0]}: organisation.yaml has changed since; run `seamkeeper run`, then ask again"
        )


def _clauses(row: Row, clause: Clause) -> list[str]:
    """The SELECT for n and the one for the numerator, each whole."""
    select = f"  SELECT count(*) FROM {clause.table}"
    lines = ["", f"n = {row.n:,}", select, *_where(clause.counted)]
    if clause.hit:
        lines += ["", f"numerator = {row.numerator:,}", select, *_where([*clause.counted, *clause.hit])]
    return lines


def _where(conditions: Sequence[str]) -> list[str]:
    first, *others = conditions
    return [f"  WHERE {first}", *(f"    AND {condition}" for condition in others)]


def _all(conditions: Sequence[str]) -> str:
    return " AND ".join(conditions)


def _packets(connection: Connection, row: Row, clause: Clause, zone: ZoneInfo, room: int | None) -> list[str]:
    """The packets as lines of a table: those that spoil the figure first, then the newest."""
    drill = DRILLS[row.metric]
    placed = drill.placed_as or drill.placed_by
    order = "ASC" if METRICS[row.metric].direction == "at_least" else "DESC"
    is_hit = f"coalesce({_all(clause.hit)}, false)" if clause.hit else "NULL::BOOLEAN"
    found = connection.execute(
        f"SELECT packet_id, is_hit, {', '.join([placed, *drill.shown])}, subject_name, record_url "
        f"FROM (SELECT packet_id, {is_hit} AS is_hit, {clause.placed_by} AS {placed}, {', '.join(drill.shown)} "
        f"FROM {clause.table} WHERE {_all(clause.counted)}) "
        "LEFT JOIN (SELECT packet_id, subject_name, record_url FROM handoff_packets) USING (packet_id) "
        f"ORDER BY is_hit {order}, {placed} DESC, packet_id LIMIT {AT_MOST}"
    ).fetchall()
    cells = [[_cell(value, zone) for value in packet] for packet in found]
    headings = ["packet_id", "in numerator", placed, *drill.shown, "name", "link"]
    lines = table(headings, cells, room, spare=["link", "name", *reversed(drill.shown)])
    return [*lines, f"and {row.n - AT_MOST:,} more"] if row.n > AT_MOST else lines


def _cell(value: object, zone: ZoneInfo) -> str:
    """A value as a person reads it: instants to the minute in the organisation's zone."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return "" if value is None else str(value)
