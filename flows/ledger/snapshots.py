"""Does a snapshot say anything that the ledger does not?

The id of a snapshot carries when it was seen, so a rebuilt working database tells all of them once more, as new events.
In: a table of rows on their way into the ledger, decided as revisions, and the rows already there. Out: the table; a
new snapshot that finds a property as the ledger has it last is known.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_SUBJECT = "source, object, subject"
_IS_SNAPSHOT = """
    case when type = 'record.changed' and contains(detail, 'snapshot')  -- few are parsed
        then json_extract_string(detail, '$.evidence') = 'snapshot' end"""


def decide(connection: "duckdb.DuckDBPyConnection", relation: str, history: str) -> None:
    """Set `revision` to null (known) for new snapshots that repeat what the ledger holds last of their property.

    Not where the batch tells anything else that is new of it, nor where what was deleted or gone is seen again.
    """
    is_new = "fault is null and revision is not null and type = 'record.changed'"
    tables = {
        "snapshots": f"""
            select position, {_SUBJECT}, field, value, "time" from {relation} where {is_new} and {_IS_SNAPSHOT}""",
        "held": f"""
            select {_SUBJECT}, field, value, "time", sequence, position from {history}
            semi join snapshots using ({_SUBJECT})
            where type = 'record.changed'
                and position not in (select supersedes from {history} where supersedes is not null)""",
        "latest": f"""
            select {_SUBJECT}, field, max("time") as "time",
                arg_max({{'told': value}}, ("time", coalesce(sequence, -1), position)).told as value
            from held group by {_SUBJECT}, field""",
        "newly_told": f"""
            select {_SUBJECT}, field, count(*) as rows from {relation} as batch
            semi join snapshots using ({_SUBJECT}) where {is_new} group by {_SUBJECT}, field""",
        "repeated": f"""
            select snapshots.position
            from snapshots
            inner join latest using ({_SUBJECT}, field)
            inner join newly_told using ({_SUBJECT}, field)
            where snapshots.value is not distinct from latest.value and latest."time" <= snapshots."time"
                and newly_told.rows = 1
                and not exists (
                    from held
                    where ({_subject("held")}) = ({_subject("snapshots")}) and held."time" > latest."time"
                        and (held.field = 'deleted' or snapshots.field = 'deleted')
                )""",
    }
    for name, query in tables.items():
        connection.execute(f"create or replace temporary table {name} as {query}")
    connection.execute(
        f"update {relation} set revision = null, supersedes = null "
        "where position in (select position from repeated)"
    )
    for name in tables:
        connection.execute(f"drop table {name}")


def _subject(table: str) -> str:
    return ", ".join(f"{table}.{name}" for name in _SUBJECT.split(", "))
