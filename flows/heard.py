"""What have persons said at the desks that we know already? Kept in the control database, so that each is taken once.

In: a desk's name and ids of what was said there. Out: since when to ask, and which ids are new. A decision that was
taken and is read again all the same (this database was lost) has the same id in the ledger, and is known there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from flows import control
from flows.settings import Settings

FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""A desk that was never asked is asked for everything."""
_TABLES: Final = (
    "create table if not exists heard (desk text not null, id text not null, primary key (desk, id))",
    "create table if not exists heard_until (desk text primary key, until text not null)",
)


def until(settings: Settings, desk: str) -> datetime:
    """When this desk was last asked."""
    with control.database(settings, *_TABLES) as opened:
        row = opened.execute("select until from heard_until where desk = ?", [desk]).fetchone()
    return FIRST if row is None else datetime.fromisoformat(row["until"])


def known(settings: Settings, desk: str) -> set[str]:
    """Ids of what was taken there, or told to be of no use."""
    with control.database(settings, *_TABLES) as opened:
        return {row["id"] for row in opened.execute("select id from heard where desk = ?", [desk]).fetchall()}


def note(settings: Settings, desk: str, ids: Iterable[str], at: datetime) -> None:
    """These are taken, and all that was said there before this instant is heard."""
    with control.database(settings, *_TABLES) as opened:
        opened.executemany("insert or ignore into heard values (?, ?)", [(desk, id_) for id_ in ids])
        opened.execute(
            "insert or replace into heard_until values (?, ?)", [desk, at.astimezone(UTC).isoformat()]
        )
