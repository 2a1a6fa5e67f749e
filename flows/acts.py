"""What did we do in other systems that the ledger does not know yet: tickets told, gates written into records?

In: acts, noted in the same transaction of the control database as what came of them. Out: documents of the ledger,
which the next run records, and a note that it did.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping

from flows import control
from flows.settings import Settings

_TABLE = """create table if not exists acts (
    id integer primary key autoincrement, type text not null, subject text not null, content text not null,
    is_recorded integer not null default 0
)"""
# whole texts are compared, of few acts each
_INDEX = "create index if not exists unrecorded_acts on acts (subject) where not is_recorded"
RECORDED = "update acts set is_recorded = 1 where not is_recorded and subject = ? and content = ?"


def note(opened: sqlite3.Connection, type_: str, subject: str, told: Mapping[str, object]) -> None:
    """Keep an act for the next run to record; `told` says when, by which run, and no field's value."""
    opened.execute(_TABLE)
    opened.execute(_INDEX)
    opened.execute(
        "insert into acts (type, subject, content) values (?, ?, ?)",
        [type_, subject, json.dumps(told, ensure_ascii=False, sort_keys=True)],
    )


def documents(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Acts that no run has recorded yet, as documents of the ledger: (type, subject, digest, JSON)."""
    if not settings.control_database.exists():
        return []
    with control.database(settings, _TABLE) as opened:
        rows = opened.execute("select * from acts where not is_recorded order by id").fetchall()
    return [
        (row["type"], row["subject"], hashlib.sha256(row["content"].encode()).hexdigest(), row["content"])
        for row in rows
    ]


def recorded(settings: Settings, documents: Iterable[tuple[str, str, str, str]]) -> None:
    """These are in the ledger now; noted after it, so that a run killed in between records nothing twice."""
    told = [(subject, content) for _, subject, _, content in documents]
    if told:
        with control.database(settings) as opened:
            opened.executemany(RECORDED, told)
