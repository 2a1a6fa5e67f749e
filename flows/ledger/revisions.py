"""Is a row known already, or which revision of its event is it?

In: a table of rows on their way into the ledger, and the rows already there. Out: the table, decided: same
source and id with the content of any recorded revision, or of an earlier row, is known; other content is the
next revision. Contents are compared by a digest of 128 bits. An event whose payload was forgotten (it has no salt) is
known whatever its source tells of it now: else the next pull would bring back what was forgotten.
"""

from typing import TYPE_CHECKING

from flows.ledger.columns import EVENT_COLUMNS, canonical_arguments

if TYPE_CHECKING:
    import duckdb

_KEY = f"md5_number(concat({canonical_arguments({'source': 'VARCHAR', 'id': 'VARCHAR'})}))"
_CONTENT = f"md5_number(concat({canonical_arguments(EVENT_COLUMNS)}))"


def decide(connection: "duckdb.DuckDBPyConnection", relation: str, history: str) -> None:
    """Set `revision` (null: known) and `supersedes` where source and id of a row occur elsewhere.

    The relation is a table with the event columns, `fault` (rows with one are left alone), `position`,
    `revision` (1) and `supersedes` (null). Only the rows that occur elsewhere, usually few, are compared by
    content.
    """
    is_suspect = "hash(source, id) in (select key_hash from suspect_keys)"
    tables = {
        "row_keys": f"select hash(source, id) as key_hash from {relation} where fault is null",
        "suspect_keys": f"""
            select key_hash from row_keys group by key_hash having count(*) > 1
            union
            select key_hash from (select hash(source, id) as key_hash from {history})
            where key_hash in (select key_hash from row_keys)""",
        "suspects": f"""
            select position, {_KEY} as key, {_CONTENT} as content from {relation}
            where fault is null and {is_suspect}""",
        "recorded_contents": f"""
            select {_KEY} as key, {_CONTENT} as content, revision, position, salt is null as is_forgotten
            from {history} where {is_suspect}""",
        "fresh": """
            select min(position) as position, any_value(key) as key from suspects
            anti join recorded_contents using (content)
            anti join (select key from recorded_contents where is_forgotten) as forgotten using (key)
            group by content""",
        "decided": """
            with latest as (
                select key, max(revision) as revision, arg_max(position, revision) as position
                from recorded_contents semi join fresh using (key) group by key
            ),
            revisions as (
                select fresh.position,
                    coalesce(latest.revision, 0) + row_number() over of_key as revision,
                    coalesce(lag(fresh.position) over of_key, latest.position) as supersedes
                from fresh left join latest using (key)
                window of_key as (partition by fresh.key order by fresh.position)
            )
            select position, revision, supersedes from suspects left join revisions using (position)""",
    }
    for name, query in tables.items():
        connection.execute(f"create or replace temporary table {name} as {query}")
    connection.execute(
        f"""
        update {relation} as batch set revision = decided.revision, supersedes = decided.supersedes
        from decided where batch.position = decided.position"""
    )
    for name in tables:
        connection.execute(f"drop table {name}")
