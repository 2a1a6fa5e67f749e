"""What of tonight's rows is new? New events go to the ledger, rows that break the rules to quarantine.

In: `stage.lifecycle_events` and the raw tables behind it. Out: one ledger segment, the quarantine, empty raw
tables, and counts: in = recorded + revised + known + quarantined. Same source and id with the same content is
known, with other content the next revision. A snapshot that repeats what the ledger holds last is known, too. A row
that waited and that its source tells anew, now readable, is known in that form and waits no longer. The ledger is
committed first, then the quarantine, then raw rows are deleted; a run that dies in between repeats rows, and
repeated rows are known.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from contracts.errors import WarehouseError
from flows import warehouse
from flows.ledger import Ledger
from flows.ledger.columns import EVENT_COLUMNS
from flows.ledger.waiting import WAITING_COLUMNS
from flows.warehouse import Connection, DatabaseError, first_line

STAGED = "stage.lifecycle_events"
_QUARANTINE = "recording.quarantine"
_RAW_TEXT = ", ".join(f'"{name}"' for name in [*EVENT_COLUMNS, "_origin", "_file", "_row"])
_SAME_TEXT = " and ".join(
    f"nullif(trim(raw.{name}), '') is not distinct from nullif(trim(faulty.{name}), '')"
    for name in ("id", "source", "type", "handoff", "subject", "field", "value", "actor", "detail")
)


@dataclass(frozen=True)
class Recorded:
    """What became of the rows that came in; `retried` of them waited in quarantine."""

    incoming: int
    retried: int
    recorded: int
    revised: int
    known: int
    quarantined: int

    def __str__(self) -> str:
        return (
            f"{self.incoming:,} in = {self.recorded:,} recorded + {self.revised:,} revised + "
            f"{self.known:,} already known + {self.quarantined:,} quarantined"
        )


def record_events(
    connection: Connection,
    ledger: Ledger,
    run_id: str,
    recorded_at: datetime,
    before_sealing: Callable[[], None] = lambda: None,
) -> Recorded:
    """Append what is new, set aside what breaks the rules, empty the raw tables.

    Raises LedgerError or WarehouseError; whatever it stopped at, running it again completes it.
    """
    ledger.recover()
    with _explained():
        raw_tables = warehouse.raw_event_tables(connection)
        incoming, retried, faulty = _count_staged(connection, raw_tables)
        quarantined = _set_aside(connection, ledger, raw_tables, recorded_at, faulty)
        new, revised = _choose_new(connection, ledger, incoming - faulty)
    sealed = (
        ledger.append(connection, "events_to_append", run_id, recorded_at, before_sealing) if new else None
    )
    if (sealed.rows if sealed else 0) != new:
        raise WarehouseError(f"{STAGED}: {new} new rows became {sealed} in the ledger; report this as a bug")
    with _explained():
        _keep_quarantine(connection, ledger)
        _empty_raw_tables(connection, raw_tables)
    known = incoming - new - quarantined
    return Recorded(incoming, retried, new - revised, revised, known, quarantined)


def restore_quarantine(connection: Connection, ledger: Ledger) -> None:
    """Fill `raw_quarantine.events` with the rows in quarantine, so that staging tries them again."""
    with _explained():
        connection.execute("create schema if not exists recording")
        connection.execute("create schema if not exists raw_quarantine")
        ledger.load_quarantine(connection, _QUARANTINE)
        connection.execute(
            f"create or replace table {warehouse.QUARANTINED} as select {_RAW_TEXT}, first_seen_at from {_QUARANTINE}"
        )


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise WarehouseError(
            f"{STAGED}: could not be recorded ({first_line(error)}); free disk or memory if short, run again"
        ) from error


def _count_staged(connection: Connection, raw_tables: list[str]) -> tuple[int, int, int]:
    """Rows in all, tried again, faulty. Raises WarehouseError if rows were pulled and not staged."""
    ((incoming, retried, faulty),) = connection.execute(
        f"select count(*), count(*) filter (where retried), count(fault) from {STAGED}"
    ).fetchall()
    pulled = sum(connection.execute(f"select count(*) from {table}").fetchall()[0][0] for table in raw_tables)
    if pulled not in (0, incoming):
        raise WarehouseError(
            f"{STAGED} has {incoming} rows, pulled were {pulled}: stage again before recording"
        )
    return incoming, retried, faulty


def _choose_new(connection: Connection, ledger: Ledger, valid: int) -> tuple[int, int]:
    """Create the view `events_to_append`; returns its rows, and how many of them are revisions.

    Decisions are written into the staged table itself, as columns position, revision (null: known) and
    supersedes: a join would not keep the order of twelve million rows, and sorting them costs more than all
    the rest.
    """
    last = ledger.last_position()
    is_in_order = _number_rows(connection, last)
    if valid:
        ledger.decide_revisions(connection, STAGED)
    columns = ", ".join(f'"{name}"' for name in [*EVENT_COLUMNS, "time_precision", "origin"])
    connection.execute(
        f"""
        create or replace temporary view events_to_append as
        select position, revision, supersedes, {columns} from {STAGED}
        where fault is null and revision is not null {"" if is_in_order else "order by position"}"""
    )
    ((new, revised),) = connection.execute(
        f"select count(revision), count(*) filter (where revision > 1) from {STAGED} where fault is null"
    ).fetchall()
    return new, revised


def _number_rows(connection: Connection, last: int) -> bool:
    """Give each staged row a position after `last`, by origin, file, row; returns whether they stand so."""
    for name, type_name in (
        ("position", "bigint"),
        ("revision", "integer default 1"),
        ("supersedes", "bigint"),
    ):
        connection.execute(f"alter table {STAGED} drop column if exists {name}")
        connection.execute(f"alter table {STAGED} add column {name} {type_name}")
    ((is_in_order,),) = connection.execute(
        f"""
        select coalesce(bool_and(is_gapless and coalesce(begins > begins_before, true)), true) from (
            select min(rowid - "row") = max(rowid - "row") as is_gapless, min(rowid) as begins,
                lag(min(rowid)) over (partition by retried, origin order by file) as begins_before
            from {STAGED} group by retried, origin, file
        )"""
    ).fetchall()
    connection.execute(
        f"update {STAGED} set position = rowid + 1 + {last}"
        if is_in_order
        else f"""
        update {STAGED} set position = numbered.number + {last}
        from (
            select rowid as row_id, row_number() over (order by retried, origin, file, "row", rowid) as number
            from {STAGED}
        ) as numbered
        where lifecycle_events.rowid = numbered.row_id"""
    )
    return bool(is_in_order)


def _set_aside(
    connection: Connection, ledger: Ledger, raw_tables: list[str], recorded_at: datetime, faulty: int
) -> int:
    """Create `rows_to_set_aside`, the quarantine after this run; returns how many rows of this batch it has.

    A faulty row is kept as it was pulled. The same row pulled twice, or pulled while it waits, is kept once.
    """
    connection.execute("create schema if not exists recording")
    ledger.load_quarantine(connection, _QUARANTINE)
    _match_raw_rows(connection, raw_tables, recorded_at)
    ((found,),) = connection.execute("select count(distinct row_id) from raw_rows_at_fault").fetchall()
    if found != faulty:
        raise WarehouseError(
            f"{STAGED}: {faulty - found} rows break the rules and their raw rows are gone; "
            "delete the working database and run again"
        )
    _choose_waiting(connection, raw_tables)
    ((kept,),) = connection.execute(
        "select count(*) from rows_to_set_aside as kept semi join raw_rows_at_fault as told "
        f"on {_same_raw_row('kept', 'told')}"
    ).fetchall()
    connection.execute("drop table raw_rows_at_fault")
    return min(faulty, int(kept))


def _choose_waiting(connection: Connection, raw_tables: list[str]) -> None:
    """Create `rows_to_set_aside`: what waited or came with a fault, each once.

    Not what waited and was mended where it comes from: tonight that source has told the same source and id again,
    without a fault and not with this one.
    """
    tried = (
        f"from {warehouse.QUARANTINED}"
        if warehouse.QUARANTINED in raw_tables
        else f"from {_QUARANTINE} where false"
    )
    connection.execute(
        f"""
        create or replace temporary table rows_to_set_aside as
        with not_tried as (select {_RAW_TEXT} from {_QUARANTINE} except (select {_RAW_TEXT} {tried})),
        told as (
            select {", ".join(WAITING_COLUMNS)}, not retried as is_told from raw_rows_at_fault
            union all by name
            select quarantine.*, false as is_told from {_QUARANTINE} as quarantine
            semi join not_tried on {_same_raw_row("quarantine", "not_tried")}
        ),
        waiting as (
            select {_RAW_TEXT}, min(fault) as fault, min(first_seen_at) as first_seen_at,
                max(last_tried_at) as last_tried_at, bool_or(is_told) as is_told
            from told group by all
        ),
        mended as (
            select distinct origin, source, id from {STAGED}
            where fault is null and not retried
                and id in (select trim(id) from waiting where not is_told)  -- few: the batch may be millions
        )
        select waiting.* exclude (is_told) from waiting
        left join mended
            on waiting._origin = mended.origin and trim(waiting.source) = mended.source and trim(waiting.id) = mended.id
        where is_told or mended.id is null"""
    )


def _same_raw_row(one: str, other: str) -> str:
    columns = [*EVENT_COLUMNS, "_origin", "_file", "_row"]
    return " and ".join(f'{one}."{name}" is not distinct from {other}."{name}"' for name in columns)


def _match_raw_rows(connection: Connection, raw_tables: list[str], recorded_at: datetime) -> None:
    """Create `raw_rows_at_fault`: for each faulty staged row the raw row it was staged from, as pulled.

    A place (origin, file, row) may hold two rows when a changed file was pulled twice; then the text decides.
    """
    connection.execute(
        f"""
            create or replace temporary table raw_rows_at_fault as with raw as ( select {_RAW_TEXT}, false as
            retried, null::timestamptz as first_seen_at from {_QUARANTINE} where false {
            "".join(_select_raw(table) for table in raw_tables)
        } ), faulty as ( select rowid as row_id, id, source, type, handoff,
            subject, field, value, actor, detail, origin, file, "row", retried, fault from {STAGED} where
            fault is not null ) select {
            ", ".join(f'raw."{name}"' for name in [*EVENT_COLUMNS, "_origin", "_file", "_row"])
        }, faulty.row_id, faulty.fault, faulty.retried, coalesce(raw.first_seen_at, $now::timestamptz) as
            first_seen_at, $now::timestamptz as last_tried_at, {_SAME_TEXT} as has_same_text from faulty inner
            join raw on faulty.origin = raw._origin and faulty.file = raw._file and faulty."row" = raw._row
            and faulty.retried = raw.retried
        qualify has_same_text or not bool_or(has_same_text) over (partition by faulty.row_id)""",
        {"now": recorded_at},
    )


def _select_raw(table: str) -> str:
    retried = table == warehouse.QUARANTINED
    first_seen_at = "first_seen_at" if retried else "null"
    return f"union all select {_RAW_TEXT}, {str(retried).lower()}, {first_seen_at} from {table} "


def _keep_quarantine(connection: Connection, ledger: Ledger) -> None:
    ledger.write_quarantine(connection, "rows_to_set_aside")
    ledger.load_quarantine(connection, _QUARANTINE)
    connection.execute("drop table rows_to_set_aside")


def _empty_raw_tables(connection: Connection, raw_tables: list[str]) -> None:
    """Delete what is recorded: every raw row was staged, and so is in the ledger or in quarantine."""
    connection.execute("drop view events_to_append")
    connection.execute("begin")
    for table in raw_tables:
        connection.execute(f"delete from {table}")
    connection.execute("commit")
