"""Who may write, which runs were there, and what is current? Small state in SQLite, apart from all data.

In: a run that starts, beats, ends and publishes. Out: one writer at a time, named. Each lease has a token
that only grows; whoever lost the lease finds a higher one and may not write any more. Imports nothing heavy,
so a second run is refused at once.
"""

import json
import os
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.errors import LeaseHeld, LeaseLost, WarehouseError
from flows.settings import Settings

BEAT = timedelta(seconds=15)
"""How often a holder says that it is alive."""
STALE = timedelta(minutes=3)
"""Without a sign of life for so long, a lease may be taken over."""

_TABLES = """
create table if not exists lease (
    only integer primary key check (only = 1), token integer not null, is_held integer not null,
    run_id text not null, pid integer not null, host text not null, process_started text not null,
    leased_at text not null, beat_at text not null
);
create table if not exists runs (
    run_id text primary key, as_of text not null, started_at text not null, finished_at text,
    state text not null, counts text not null default '{}'
);
create table if not exists generations (
    number integer primary key, generation text not null unique, run_id text not null,
    fingerprint text not null, published_at text not null
);
"""


@dataclass(frozen=True)
class Lease:
    """The right to write, until the token is no longer the highest."""

    run_id: str
    token: int


@contextmanager
def lease(settings: Settings, run_id: str) -> Iterator[Lease]:
    """Hold the single-writer lease while in the block. Raises LeaseHeld naming who has it."""
    token = _acquire(settings, run_id)
    ended = threading.Event()
    beating = threading.Thread(target=_beat, args=(settings, token, ended), daemon=True, name="lease")
    beating.start()
    try:
        yield Lease(run_id, token)
    finally:
        ended.set()
        beating.join()
        with database(settings) as opened:
            opened.execute("update lease set is_held = 0 where token = ?", [token])


def check(settings: Settings, token: int) -> None:
    """Raise LeaseLost unless the lease with this token is still held."""
    with database(settings) as opened:
        row = opened.execute("select token, is_held, run_id, pid, host from lease").fetchone()
    if row is None or row["token"] != token or not row["is_held"]:
        by = f" by run {row['run_id']} (pid {row['pid']} on {row['host']})" if row is not None else ""
        raise LeaseLost(
            f"the lease was taken over{by}: this run stops without writing; run again when that one ended"
        )


def refuse_if_held(settings: Settings) -> None:
    """Raise LeaseHeld if another run is alive; looks only, takes nothing."""
    if settings.control_database.exists():
        with database(settings) as opened:
            _refuse_living(opened.execute("select * from lease").fetchone())


def start_run(settings: Settings, run_id: str, as_of: datetime, started_at: datetime) -> None:
    """Note that a run began; instants are kept in UTC."""
    with database(settings) as opened:
        opened.execute(
            "insert into runs (run_id, as_of, started_at, state) values (?, ?, ?, 'running')",
            [run_id, _text(as_of), _text(started_at)],
        )


def finish_run(settings: Settings, run_id: str, state: str, counts: Mapping[str, object]) -> None:
    """Note how a run ended (`done` or `failed`) and its counts per step."""
    with database(settings) as opened:
        opened.execute(
            "update runs set state = ?, counts = ?, finished_at = ? where run_id = ?",
            [state, json.dumps(dict(counts)), _text(datetime.now(UTC)), run_id],
        )


def record_generation(settings: Settings, generation: str, run_id: str, fingerprint: str) -> None:
    """Note which generation is current and the fingerprint of what it was built from."""
    with database(settings) as opened:
        opened.execute(
            "insert or replace into generations (generation, run_id, fingerprint, published_at) "
            "values (?, ?, ?, ?)",
            [generation, run_id, fingerprint, _text(datetime.now(UTC))],
        )


def current_fingerprint(settings: Settings) -> str | None:
    """The fingerprint of the newest generation (None if there is none)."""
    if not settings.control_database.exists():
        return None
    with database(settings) as opened:
        row = opened.execute("select fingerprint from generations order by number desc limit 1").fetchone()
    return None if row is None else str(row["fingerprint"])


@contextmanager
def database(settings: Settings, *tables: str) -> Iterator[sqlite3.Connection]:
    """One transaction in the control database, on the disk when the block ends.

    `tables`: statements that make what the block works with, where it is not there yet.
    SQLite's errors become WarehouseError; after any other nothing of the block was written.
    """
    path = settings.control_database
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as opened:
            opened.row_factory = sqlite3.Row
            opened.execute("pragma journal_mode = wal")
            opened.execute("pragma synchronous = full")
            opened.executescript(_TABLES)
            opened.execute("begin immediate")
            for table in tables:
                opened.execute(table)
            yield opened
            opened.execute("commit")
    except (sqlite3.Error, OSError) as error:
        raise WarehouseError(
            f"{path}: cannot be used ({error}); check that the folder is writable and the disk not full"
        ) from error


def _acquire(settings: Settings, run_id: str) -> int:
    now = _text(datetime.now(UTC))
    with database(settings) as opened:
        before = opened.execute("select * from lease").fetchone()
        _refuse_living(before)
        token = 1 if before is None else int(before["token"]) + 1
        if before is not None and before["is_held"]:
            opened.execute(
                "update runs set state = 'died' where run_id = ? and state = 'running'", [before["run_id"]]
            )
        opened.execute(
            "insert or replace into lease values (1, ?, 1, ?, ?, ?, ?, ?, ?)",
            [token, run_id, os.getpid(), os.uname().nodename, _process_started(os.getpid()), now, now],
        )
    return token


def _beat(settings: Settings, token: int, ended: threading.Event) -> None:
    while not ended.wait(BEAT.total_seconds()):
        try:
            with database(settings) as opened:
                opened.execute(
                    "update lease set beat_at = ? where token = ?", [_text(datetime.now(UTC)), token]
                )
        except WarehouseError:
            continue  # one beat less is no harm; a disk that stays full shows in the run itself


def _refuse_living(row: sqlite3.Row | None) -> None:
    if row is None or not row["is_held"]:
        return
    if row["host"] == os.uname().nodename and _process_started(row["pid"]) != row["process_started"]:
        return  # the holder is dead, whatever runs under its number now
    if datetime.now(UTC) - datetime.fromisoformat(row["beat_at"]) > STALE:
        return
    raise LeaseHeld(
        f"run {row['run_id']} (pid {row['pid']} on {row['host']}) holds the lease since {row['leased_at']}: "
        "wait until it has ended, or end that process"
    )


def _process_started(pid: int) -> str:
    """When a process of this host started, in its system's words; empty if it is dead."""
    status = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        state, ticks_since_boot = fields[0], fields[19]
        return "" if state in "ZX" else ticks_since_boot
    found = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")
