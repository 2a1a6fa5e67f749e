"""How do a vendor's records get into the raw tables: what changed since last time, merged by key.

Pages of records → `raw_<kind>.records`, one row per record in the newest version we have seen, its content as
JSON. dlt lays the pages down on disk and loads them in one package, so a pull that dies has loaded nothing; its
state remembers how far each object was read. Then SQL merges: same content is no news, an older version than
ours is ignored unless ours is deleted, the rest is new and waits for staging (`_is_new`) until it is recorded.
What is sorted and joined are keys and digests; content streams by them, so a merge takes the same memory for any pull.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final

from contracts.errors import WarehouseError
from flows.settings import Source
from flows.sources.loading import FROZEN, dlt_errors, is_first, note_pull, pipeline_of, run
from flows.sources.pulling import Pulled, Pulling
from flows.sources.records import DELETED, SHAPES, Read, told_change
from flows.sources.tracking import Wanted, names_of, not_there
from flows.warehouse import MEMORY_SHORT, Connection, DatabaseError, connect, first_line, widen

COLUMNS: Final = {
    "object": "text",
    "id": "text",
    "changed_at": "timestamp",
    "content": "text",
    "page": "bigint",
}
_RECORDS: Final = """
_origin VARCHAR, object VARCHAR, id VARCHAR, changed_at TIMESTAMPTZ, digest VARCHAR, content VARCHAR,
_run_id VARCHAR, _pulled_at TIMESTAMPTZ, _is_new BOOLEAN, before VARCHAR"""
_TYPE: Final = f"CASE WHEN object IN {SHAPES!r} THEN split_part(id, '.', 1) ELSE '' END"  # of a shape
_PULLED: Final = "object VARCHAR, id VARCHAR, changed_at TIMESTAMPTZ, content VARCHAR, page BIGINT"


def load(source: Source, pulling: Pulling, read: Read, whole: Sequence[str], mapped: Wanted) -> Pulled:
    """Read what changed, and merge it into `raw_<kind>.records`; all of it, or nothing.

    `whole` objects are read completely each time: one that is missing now becomes `DELETED`, and so does a property
    that contracts map and the source does not have: what it would tell cannot be known. Raises what `read` raises,
    and WarehouseError if the records cannot be written.
    """
    settings = pulling.settings
    connection = connect(settings.working_database, settings=settings, is_streaming=True)
    with closing(connection), _merging_errors(source):
        schema = f'"raw_{source.kind}"'
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        connection.execute(f"CREATE TABLE IF NOT EXISTS {schema}.records ({_RECORDS})")
        connection.execute(f"CREATE TABLE IF NOT EXISTS {schema}.pulled ({_PULLED})")
        fresh = is_first(connection, source) or pulling.fresh
        _merge(connection, source, pulling)  # what a run that died here had pulled already
        with dlt_errors(source, settings):
            pipeline = pipeline_of(source, settings, connection)
            if pipeline.has_pending_data:  # a load that died half way: nothing of it was merged
                pipeline.abort_packages()
            run(pipeline, connection, _resource(fresh, read))
        rows, notes = _merge(connection, source, pulling, whole, names_of(mapped))
        note_pull(connection, source, pulling)
        notes += _not_there(connection, schema, names_of(mapped))
    return Pulled(source.name, rows, notes=notes)


@contextmanager
def _merging_errors(source: Source) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise WarehouseError(
            f"source {source.name}: its records could not be merged ({first_line(error)}); "
            "free disk or memory if short, run again"
        ) from error


def _not_there(connection: Connection, schema: str, mapped: Sequence[str]) -> tuple[str, ...]:
    """Mapped properties that the source does not have; told each night, until somebody mends it."""
    found = connection.execute(
        f"SELECT id, content = '{DELETED}' FROM {schema}.records WHERE object = 'property' ORDER BY id"
    ).fetchall()
    gone = [id_ for id_, is_gone in found if is_gone and id_ in mapped]
    return not_there(gone, [id_ for id_, is_gone in found if not is_gone])


def _resource(fresh: bool, read: Read) -> Any:
    """The dlt resource `pulled`: the pages as Arrow tables, and how far they reach."""
    import dlt
    import pyarrow as pa

    types = {"text": pa.string(), "timestamp": pa.timestamp("us", "UTC"), "bigint": pa.int64()}
    schema = pa.schema([(name, types[type_]) for name, type_ in COLUMNS.items()])
    columns: Any = {name: {"data_type": type_, "nullable": True} for name, type_ in COLUMNS.items()}

    # append: dlt forgets what a resource that replaces remembered; the merge empties the table
    @dlt.resource(name="pulled", write_disposition="append", columns=columns, schema_contract=FROZEN)
    def pulled() -> Iterator[Any]:
        cursors = dlt.current.resource_state().setdefault("cursors", {})
        if fresh:
            cursors.clear()
        for number, page in enumerate(read(cursors)):
            if page:
                columns_ = [list(column) for column in zip(*page, strict=True)]
                yield pa.table([*columns_, [number] * len(page)], schema=schema)

    return pulled()


def _merge(
    connection: Connection,
    source: Source,
    pulling: Pulling,
    whole: Sequence[str] = (),
    mapped: Sequence[str] = (),
) -> tuple[int, tuple[str, ...]]:
    """Bring `records` up to what was pulled; returns how many are new, and what changed in the source's shape.

    Records that are too long for a streaming connection are merged with all the memory that there is.
    """
    try:
        return _merge_whole(connection, source, pulling, whole, mapped)
    except MEMORY_SHORT:
        widen(connection)
        return _merge_whole(connection, source, pulling, whole, mapped)


def _merge_whole(
    connection: Connection, source: Source, pulling: Pulling, whole: Sequence[str], mapped: Sequence[str]
) -> tuple[int, tuple[str, ...]]:
    schema = f'"raw_{source.kind}"'
    connection.execute("BEGIN")
    _tell(connection, schema, pulling, whole, mapped)
    _compare(connection, schema, pulling)
    notes = _notes(connection, schema)
    rows = _replace(connection, schema, source, pulling, whole)
    _remember(connection, schema)
    connection.execute("COMMIT")
    connection.execute(f"DELETE FROM {schema}.pulled")
    connection.execute("DROP TABLE told; DROP TABLE merging")
    return rows, notes


def _tell(
    connection: Connection, schema: str, pulling: Pulling, whole: Sequence[str], mapped: Sequence[str]
) -> None:
    """Create `told`: one row per record that the pull tells of, its newest version, by its place in `pulled`.

    What is gone has no place there. No content: it is looked up where it is needed, and never sorted or grouped.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMPORARY TABLE told AS
        WITH pulled AS (
            SELECT object, id, changed_at, digest, place
            FROM (SELECT * EXCLUDE (content), sha256(content) AS digest, rowid AS place FROM {schema}.pulled)
            QUALIFY row_number() OVER (
                PARTITION BY object, id ORDER BY changed_at DESC NULLS LAST, page DESC, place DESC
            ) = 1
        ), gone AS (
            SELECT object, id, $pulled_at::TIMESTAMPTZ AS changed_at, 'deleted' AS digest, NULL AS place
            FROM {schema}.records
            WHERE list_contains($whole, object) AND digest <> 'deleted'
                -- of the types that were told: what is no longer mapped is no longer asked for
                AND (object, {_TYPE}) IN (SELECT (object, {_TYPE}) FROM {schema}.pulled)
                AND (object, id) NOT IN (SELECT (object, id) FROM {schema}.pulled)
        ), never_there AS (
            SELECT 'property' AS object, id, NULL::TIMESTAMPTZ AS changed_at, 'deleted' AS digest, NULL AS place
            FROM (SELECT unnest($mapped::VARCHAR[]) AS id)
            WHERE split_part(id, '.', 1) IN (SELECT {_TYPE} FROM {schema}.pulled WHERE object = 'property')
                AND id NOT IN (SELECT id FROM {schema}.pulled WHERE object = 'property')
                AND id NOT IN (SELECT id FROM {schema}.records WHERE object = 'property')
        )
        FROM pulled UNION ALL FROM gone UNION ALL FROM never_there""",
        {"whole": list(whole), "mapped": list(mapped), "pulled_at": pulling.started_at},
    )


def _compare(connection: Connection, schema: str, pulling: Pulling) -> None:
    """Create `merging`: what of the pull is news, beside the place of what we had of it in `records`.

    An older version than ours is none, except of a record that we hold as deleted: it is back, and sources do not
    say since when (HubSpot's `updatedAt` may lie before its `archivedAt`), so it changed when this pull saw it.

    Content is parsed in columns and never in a filter, which DuckDB would apply to all rows that it scans.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMPORARY TABLE merging AS
        WITH compared AS (
            SELECT told.*, records.rowid AS known_place,
                coalesce(told.changed_at < records.changed_at, false) AS is_older
            FROM told
            LEFT JOIN {schema}.records AS records ON told.object = records.object AND told.id = records.id
            WHERE records.id IS NULL OR told.digest <> records.digest
        ), ours AS MATERIALIZED (
            SELECT rowid AS known_place, {_is_deleted("content")} AS was_deleted
            FROM {schema}.records
            WHERE rowid IN (SELECT known_place FROM compared)
        ), theirs AS (
            SELECT rowid AS place, {_is_deleted("content")} AS is_deleted
            FROM {schema}.pulled
            WHERE rowid IN (
                SELECT CASE WHEN was_deleted THEN place END FROM compared INNER JOIN ours USING (known_place)
            )
        ), judged AS (
            SELECT compared.*, coalesce(was_deleted AND NOT is_deleted, false) AS is_back
            FROM compared
            LEFT JOIN ours ON compared.known_place = ours.known_place
            LEFT JOIN theirs ON compared.place = theirs.place
        )
        SELECT * REPLACE (CASE WHEN is_older THEN $pulled_at::TIMESTAMPTZ ELSE changed_at END AS changed_at)
        FROM judged
        WHERE is_back OR NOT is_older""",
        {"pulled_at": pulling.started_at},
    )


def _replace(
    connection: Connection, schema: str, source: Source, pulling: Pulling, whole: Sequence[str]
) -> int:
    """Put what is news into `records`, in the place of what we had of it; returns how many rows it is."""
    ((rows,),) = connection.execute(
        f"""
        INSERT INTO {schema}.records
        WITH known AS (
            -- what was last recorded: staging tells what has changed since
            SELECT rowid AS known_place, CASE WHEN _is_new THEN before ELSE content END AS recorded_before
            FROM {schema}.records
            WHERE rowid IN (SELECT known_place FROM merging)
        ), news AS (
            SELECT merging.*, pulled.content
            FROM {schema}.pulled AS pulled
            INNER JOIN merging ON pulled.rowid = merging.place
            UNION ALL
            SELECT *, '{DELETED}' FROM merging WHERE place IS NULL
        )
        SELECT $origin, object, id, changed_at, digest,
            -- a record that comes back says so: else it would stay deleted
            CASE WHEN known_place IS NULL THEN content
                WHEN (is_back OR {_is_deleted("recorded_before")}) AND NOT {_is_deleted("content")}
                    AND NOT list_contains($whole, object)
                THEN json_merge_patch(content, '{{"restored": true}}')::VARCHAR ELSE content END,
            $run_id, $pulled_at, true, recorded_before
        FROM news
        LEFT JOIN known USING (known_place)""",
        {
            "origin": source.name,
            "run_id": pulling.run_id,
            "pulled_at": pulling.started_at,
            "whole": list(whole),
        },
    ).fetchall()
    connection.execute(f"DELETE FROM {schema}.records WHERE rowid IN (SELECT known_place FROM merging)")
    return int(rows)


def _is_deleted(content: str) -> str:
    return f"coalesce(json_extract_string({content}, '$.deleted') = 'true', false)"


def _remember(connection: Connection, schema: str) -> None:
    """When what is no news changed at its source: it does, wherever we do not look."""
    connection.execute(
        f"""
        WITH later AS (
            SELECT records.rowid AS place, told.changed_at
            FROM told
            INNER JOIN {schema}.records AS records ON told.object = records.object AND told.id = records.id
            WHERE records.changed_at < told.changed_at
        ), ours AS (
            SELECT rowid AS place, _is_new AND {_is_deleted("content")} AS is_gone
            FROM {schema}.records
            WHERE rowid IN (SELECT place FROM later)
        )
        UPDATE {schema}.records AS records
        -- a record is gone since it was first told so
        SET changed_at = CASE WHEN ours.is_gone THEN records.changed_at ELSE later.changed_at END
        FROM later INNER JOIN ours USING (place)
        WHERE records.rowid = later.place"""
    )


def _notes(connection: Connection, schema: str) -> tuple[str, ...]:
    """What changed in the shape of the source since last time; nothing on the first pull."""
    found = connection.execute(
        f"""
        SELECT merging.object || ' ' || merging.id,
            coalesce(known.content, '{DELETED}'), coalesce(pulled.content, '{DELETED}')
        FROM (SELECT *, {_TYPE} AS type FROM merging WHERE object IN {SHAPES!r}) AS merging
        LEFT JOIN (SELECT rowid, content FROM {schema}.records WHERE object IN {SHAPES!r}) AS known
            ON merging.known_place = known.rowid
        LEFT JOIN (SELECT rowid, content FROM {schema}.pulled WHERE object IN {SHAPES!r}) AS pulled
            ON merging.place = pulled.rowid
        WHERE (merging.object, type) IN (SELECT (object, {_TYPE}) FROM {schema}.records)
            -- what never was there is told elsewhere
            AND (known_place IS NOT NULL OR merging.digest <> 'deleted')
        ORDER BY merging.object, merging.id"""
    ).fetchall()
    return tuple(told_change(*told) for told in found)
