"""Did a pull miss anything? The source's keys and last changes against those of the records we hold.

In: keys as the source lists them today. Out: what it has and we have not, or only in an older version, although
a pull has passed since it changed there; and what we hold and it no longer lists, deleted or not.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from contracts.errors import SourceError
from flows.settings import Settings, Source
from flows.sources.pulling import Pulling
from flows.sources.records import DELETED
from flows.warehouse import DatabaseError, connect

Key: TypeAlias = tuple[str, str, datetime | None]
"""Type, id and last change of a record."""
Listed: TypeAlias = tuple[str, Iterable[tuple[str, datetime | None]]]
"""A type, and id and last change of every record of it, deleted ones too as far as the source still lists them."""
Keys: TypeAlias = Callable[[Source, Pulling], Iterator[Listed]]


@dataclass(frozen=True)
class Reconciled:
    """How many records the source has, and which of them we lack or hold in an older version."""

    source: str
    records: int
    later: int
    """Changed since the last pull began, or so shortly before that it could not see it: the next one brings them."""
    missing: tuple[Key, ...]
    older: tuple[Key, ...]
    gone: tuple[Key, ...]
    """Held as living, and no longer listed: merged or purged, which no pull is told of."""
    emptied: tuple[str, ...] = ()
    """Types of `gone` of which the source lists nothing at all."""


def compare(source: Source, settings: Settings, listed: Iterator[Listed], unseen: timedelta) -> Reconciled:
    """Compare with `raw_<kind>.records`. Raises SourceError if nothing was ever pulled from this source.

    `unseen`: of the time before a pull, what the source does not show yet. What is listed twice changed meanwhile;
    then the first version counts.
    """
    ours, last_pull = _held(source, settings)
    missing: list[Key] = []
    older: list[Key] = []
    gone: list[Key] = []
    emptied: list[str] = []
    records = later = 0
    for object_, keys in listed:
        held, seen = ours.get(object_, {}), set[str]()
        for id_, changed_at in keys:
            if id_ in seen:
                continue
            seen.add(id_)
            if id_ in held and (changed_at is None or held[id_].changed_at >= changed_at):
                continue
            if changed_at is not None and changed_at >= last_pull - unseen:
                later += 1
            else:
                (older if id_ in held else missing).append((object_, id_, changed_at))
        records += len(seen)
        before = len(gone)
        gone += [
            (object_, id_, ours_.changed_at)
            for id_, ours_ in held.items()
            if id_ not in seen and not ours_.is_deleted
        ]
        if len(gone) > before and not seen:
            emptied.append(object_)
    return Reconciled(source.name, records, later, tuple(missing), tuple(older), tuple(gone), tuple(emptied))


def mark_gone(source: Source, settings: Settings, found: Reconciled, at: datetime) -> int:
    """Hold as deleted since `at` what is gone there, as if the source had said so; the next run records it.

    Told alive again by a later pull, it is back. Only under the lease. Raises SourceError where the source lists
    nothing of a type that we hold: that is a missing right rather than a purge.
    """
    if found.emptied:
        raise SourceError(
            f"source {source.name}: it lists no {found.emptied[0]} at all; grant the right to read them, and reconcile "
            "again"
        )
    with closing(connect(settings.working_database, settings=settings)) as connection:
        connection.execute("CREATE TEMPORARY TABLE gone (object VARCHAR, id VARCHAR)")
        connection.executemany("INSERT INTO gone VALUES (?, ?)", [key[:2] for key in found.gone])
        connection.execute(
            f"""
            UPDATE "raw_{source.kind}".records AS records SET
                content = json_merge_patch(content, CASE WHEN content ->> '$.is_deleted' IS NULL
                    THEN '{DELETED}' ELSE '{{"is_deleted":true}}' END),
                digest = 'deleted', changed_at = $at, _pulled_at = $at,
                before = CASE WHEN _is_new THEN before ELSE content END, _is_new = true
            FROM gone WHERE records.object = gone.object AND records.id = gone.id""",
            {"at": at},
        )
    return len(found.gone)


class _Held(NamedTuple):
    changed_at: datetime
    is_deleted: bool


def _held(source: Source, settings: Settings) -> tuple[dict[str, dict[str, _Held]], datetime]:
    """Type → id → what we know of a record; and when the last pull began."""
    nothing = SourceError(f"source {source.name}: nothing was pulled from it yet; run `seamkeeper run` first")
    if not settings.working_database.exists():
        raise nothing
    with closing(connect(settings.working_database, settings=settings, read_only=True)) as connection:
        try:
            rows = connection.execute(
                f"""
                SELECT object, id, coalesce(changed_at, _pulled_at),
                    -- is_deleted: Salesforce's contact roles
                    coalesce(content ->> '$.deleted', content ->> '$.is_deleted') IS NOT DISTINCT FROM 'true'
                FROM "raw_{source.kind}".records
                ORDER BY ALL"""
            ).fetchall()
            ((last_pull,),) = connection.execute(
                f'SELECT max(pulled_at) FROM "raw_{source.kind}".pulls'
            ).fetchall()
        except DatabaseError as error:
            raise nothing from error
    held: dict[str, dict[str, _Held]] = defaultdict(dict)
    for object_, id_, at, is_deleted in rows:
        held[object_][id_] = _Held(at, is_deleted)
    return held, last_pull
