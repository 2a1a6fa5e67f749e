"""Did a pull miss anything? The source's keys and last changes against those of the records we hold.

In: keys as the source lists them today. Out: what it has and we have not, or only in an older version, although
a pull has passed since it changed there.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from contracts.errors import SourceError
from flows.settings import Settings, Source
from flows.sources.pulling import Pulling
from flows.warehouse import DatabaseError, connect

Key: TypeAlias = tuple[str, str, datetime | None]
"""Type, id and last change of a record."""
Keys: TypeAlias = Callable[[Source, Pulling], Iterator[Key]]


@dataclass(frozen=True)
class Reconciled:
    """How many records the source has, and which of them we lack or hold in an older version."""

    source: str
    records: int
    later: int
    """Changed since the last pull began, or so shortly before that it could not see it: the next one brings them."""
    missing: tuple[Key, ...]
    older: tuple[Key, ...]


def compare(source: Source, settings: Settings, keys: Iterator[Key], unseen: timedelta) -> Reconciled:
    """Compare with `raw_<kind>.records`. Raises SourceError if nothing was ever pulled from this source.

    `unseen`: of the time before a pull, what the source does not show yet.
    """
    ours, last_pull = _held(source, settings)
    missing: list[Key] = []
    older: list[Key] = []
    records = later = 0
    for object_, id_, changed_at in keys:
        records += 1
        held = ours.get((object_, id_))
        if held is not None and (changed_at is None or held >= changed_at):
            continue
        if changed_at is not None and changed_at >= last_pull - unseen:
            later += 1
        else:
            (missing if held is None else older).append((object_, id_, changed_at))
    return Reconciled(source.name, records, later, tuple(missing), tuple(older))


def _held(source: Source, settings: Settings) -> tuple[dict[tuple[str, str], datetime], datetime]:
    nothing = SourceError(f"source {source.name}: nothing was pulled from it yet; run `seamkeeper run` first")
    if not settings.working_database.exists():
        raise nothing
    with closing(connect(settings.working_database, settings=settings, read_only=True)) as connection:
        try:
            rows = connection.execute(
                f'SELECT object, id, coalesce(changed_at, _pulled_at) FROM "raw_{source.kind}".records'
            ).fetchall()
            ((last_pull,),) = connection.execute(
                f'SELECT max(pulled_at) FROM "raw_{source.kind}".pulls'
            ).fetchall()
        except DatabaseError as error:
            raise nothing from error
    return {(object_, id_): at for object_, id_, at in rows}, last_pull
