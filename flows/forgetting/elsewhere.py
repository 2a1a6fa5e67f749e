"""Where else is what the ledger forgets? Everything of ours that holds payload, without it or not at all.

What can be rebuilt is deleted: the working database with what was pulled, and older generations. The current generation
is published anew with other words in place of the forgotten ones, so that the next run has something to compare with;
tickets, and what waits for desks, get them as well.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.errors import QuestionError
from flows import control, publishing, warehouse
from flows.ledger import Ledger
from flows.settings import Settings
from flows.warehouse import Connection

_WORDS_FILE: Final = "forgetting.secret"
NAMING: Final = ("name", "subject_name", "record_url", "url")
_STATE: Final = {"tickets": ("content", "url"), "outbox": ("content", "why"), "acts": ("content",)}
"""Tables of the control database → columns that people's words stand in."""


@dataclass(frozen=True)
class Wording:
    """Texts → what stands in their place: a person's ids and addresses, an account's names."""

    words: Mapping[str, str]
    accounts: frozenset[str] = frozenset()

    def of(self, text: str) -> str:
        """A text with every such word replaced, where it stands by itself; case does not matter."""
        for old, new in self._longest_first():
            text = re.sub(self._pattern(old), lambda _, new=new: new, text, flags=re.IGNORECASE)  # type: ignore[misc]
        return text

    def sql(self, column: str, is_prose: bool) -> str:
        """SQL for a column without these words: it is one, it quotes one as JSON does, or it is prose that has one."""
        expression = column
        for old, new in self._longest_first():
            if is_prose or "@" in old:
                pattern, instead = self._pattern(old, look=False), "\\1" + new + "\\2"
                expression = f"regexp_replace({expression}, {_literal(pattern)}, {_literal(instead)}, 'gi')"
            else:
                quoted, instead = _literal(json.dumps(old)), _literal(json.dumps(new))
                otherwise = f"replace({expression}, {quoted}, {instead})"
                expression = f"CASE WHEN {column} = {_literal(old)} THEN {_literal(new)} ELSE {otherwise} END"
        return expression

    def _longest_first(self) -> list[tuple[str, str]]:
        return sorted(self.words.items(), key=lambda one: (-len(one[0]), one[0]))

    @staticmethod
    def _pattern(old: str, look: bool = True) -> str:
        """A pattern for a word by itself, no part of an id; DuckDB's cannot look, and keeps what is beside it."""
        escaped = re.escape(old).replace("@", r"\x40")
        return (
            rf"(?<![\w.@+:/-]){escaped}(?![:.]?[\w@-])" if look else rf"(^|[^\w.@+:/-]){escaped}($|[^\w@-])"
        )


def secret(settings: Settings) -> bytes:
    """What words are made of: a new one, or that of an attempt that was killed: what follows is in the same words."""
    path = settings.home / _WORDS_FILE
    return path.read_bytes() if path.exists() else os.urandom(32)


def keep_secret(settings: Settings, value: bytes) -> None:
    """Until all is done; whole or not at all."""
    path, unfinished = settings.home / _WORDS_FILE, settings.home / f".{_WORDS_FILE}-unfinished"
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(value)
    unfinished.replace(path)


def throw_away_secret(settings: Settings) -> None:
    """From now on nobody can tell which word stands for whom."""
    (settings.home / _WORDS_FILE).unlink(missing_ok=True)


def refuse_waiting(settings: Settings, texts: Iterable[str]) -> None:
    """Raise QuestionError if somebody's decision waits in the inbox who is to be forgotten: it is not history yet."""
    for path in sorted(settings.inbox.glob("[!.]*.json")):
        said = path.read_text(encoding="utf-8", errors="replace").lower()
        if any(f'"{text.lower()}"' in said for text in texts):
            raise QuestionError(
                f"{path} waits for the next run and names whom you forget: run `seamkeeper run`, then forget"
            )


def tidy_quarantine(ledger: Ledger, is_named: Callable[[tuple[str | None, ...]], bool]) -> int:
    """Take rows out of quarantine that are named; returns how many. Their source may tell them again."""
    with warehouse.connect(None) as connection:
        ledger.load_quarantine(connection, "waiting")
        rows = connection.execute(
            "SELECT rowid, account, subject, value, actor, detail FROM waiting"
        ).fetchall()
        named = [row[0] for row in rows if is_named(row[1:])]
        if named:
            connection.execute(
                "DELETE FROM waiting WHERE rowid IN (SELECT unnest($named::BIGINT[]))", {"named": named}
            )
            ledger.write_quarantine(connection, "waiting")
    return len(named)


def tidy_state(settings: Settings, wording: Wording) -> None:
    """What desks were told and are to be told, and tickets as files, in other words."""
    if settings.control_database.exists():
        with control.database(settings) as opened:
            there = {
                row["name"] for row in opened.execute("select name from sqlite_master where type = 'table'")
            }
            for table, columns in _STATE.items():
                if table in there:
                    _reword(opened, table, columns, wording)
    for path in sorted(settings.tickets.rglob("*.md")):
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        if (new := wording.of(text)) != text:
            unfinished = path.with_name(f".{path.name}-unfinished")
            unfinished.write_text(new, encoding="utf-8", errors="surrogateescape")
            unfinished.replace(path)


def republish(settings: Settings, wording: Wording) -> int:
    """The current generation anew without these words, and all others deleted; returns how many those were."""
    current = publishing.current(settings)
    if current is None:
        return 0
    with warehouse.connect(None, settings=settings) as connection:
        connection.execute("CREATE SCHEMA marts")
        tables = [path.stem for path in sorted(current.glob("*.parquet"))]
        for table in tables:
            file = _literal(str(current / f"{table}.parquet"))
            connection.execute(
                f"CREATE VIEW marts.{table} AS SELECT {_columns(connection, file, wording)} FROM read_parquet({file})"
            )
        run_id, as_of = _told_by(connection)
        new = publishing.publish(connection, settings, run_id, as_of, tables)
        # no fingerprint is empty: the next run publishes, whatever it finds
        control.record_generation(settings, new.name, run_id, "")
    old = [path for path in publishing.generations(settings) if path != new]
    for path in old:
        shutil.rmtree(path)
    return len(old)


def delete_rebuildable(settings: Settings) -> None:
    """The working database with all that was pulled, what spilled from it, and what dlt keeps of pulls."""
    work = settings.working_database.parent
    left = [path for path in work.glob("*") if path != settings.spill] + [*settings.spill.glob("*")]
    for path in left:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if settings.dlt_pipelines.exists():
        shutil.rmtree(settings.dlt_pipelines)


def _reword(opened: sqlite3.Connection, table: str, columns: Iterable[str], wording: Wording) -> None:
    for column in columns:
        rows = opened.execute(
            f"select rowid, {column} as text from {table} where {column} is not null"
        ).fetchall()
        for row in rows:
            if (new := wording.of(row["text"])) != row["text"]:
                opened.execute(f"update {table} set {column} = ? where rowid = ?", [new, row["rowid"]])


def _columns(connection: Connection, file: str, wording: Wording) -> str:
    """Every column of a table, texts without these words; names and addresses of these accounts' records are null."""
    described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({file})").fetchall()
    names = [name for name, *_ in described]
    accounts = ", ".join(_literal(account) for account in sorted(wording.accounts))
    columns = []
    for name, type_, *_ in described:
        column = f'"{name}"'
        if type_ == "VARCHAR":
            expression = wording.sql(column, is_prose=name in ("detail", "reason"))
            if name in NAMING and "account" in names and accounts:
                expression = f"CASE WHEN account IN ({accounts}) THEN NULL ELSE {expression} END"
            column = f"{expression} AS {column}"
        columns.append(column)
    return ", ".join(columns)


def _told_by(connection: Connection) -> tuple[str, datetime]:
    found = connection.execute("SELECT run_id, as_of FROM marts.ledger_head").fetchone()
    if found is None:
        raise QuestionError(
            "the current generation says nothing of its run; run `seamkeeper run`, then forget"
        )
    return str(found[0]), found[1]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
