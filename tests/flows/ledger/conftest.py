import hashlib
import json
from datetime import UTC, datetime

import duckdb
import pyarrow.parquet
import pytest

from flows.ledger import Ledger

RECORDED_AT = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HASHED = {
    "position": int,
    "recorded_at": int,
    "run_id": str,
    "origin": str,
    "revision": int,
    "supersedes": int,
    "id": str,
    "source": str,
    "type": str,
    "time": int,
    "sequence": int,
    "account": str,
    "motion": str,
    "object": str,
    "handoff": str,
    "subject": str,
    "cycle": int,
    "field": str,
    "value": str,
    "actor": str,
    "team": str,
    "reason": str,
    "detail": str,
    "time_precision": str,
}


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    ledger.recover()
    return ledger


@pytest.fixture
def recorded_at():
    return RECORDED_AT


@pytest.fixture
def append(connection, ledger):
    """Append so many new events."""

    def append(rows, run_id="run-1"):
        create_events(connection, rows)
        return ledger.append(connection, "events", run_id, RECORDED_AT)

    return append


@pytest.fixture
def three_segments(ledger, append):
    """A ledger of segment 0 and two appends, of 50 and of 30 rows."""
    append(50, "run-1")
    append(30, "run-2")
    return ledger


@pytest.fixture
def verify_in_plain_python():
    return _verify_in_plain_python


def create_events(connection, rows):
    """The table `events`, with nulls, long and non-ASCII text, and separators inside values."""
    connection.execute(
        f"""
        create or replace table events as
        select 'events' as origin, 1 as revision, null::bigint as supersedes, 'e' || i as id, 'crm' as source,
            'handoff.field_set' as type,
            timestamptz '2026-01-01' + interval 1 second * (i * 7919 % 1000) as "time",
            case when i % 3 = 0 then i end::bigint as sequence, 'acc' as account, null as motion,
            null as object, 'ae_to_onboarding' as handoff, 'deal:' || (i // 10) as subject, 1 as cycle,
            'f' || (i % 7) as field,
            case i % 4 when 0 then 'Zoë 🙂 : 3:abc' when 1 then '' when 2 then null
                else repeat('x', 300) end as value,
            'ann' as actor, null as team, null as reason, '{{"a": 1}}' as detail,
            'instant' as time_precision
        from range({rows}) as numbers(i)"""
    )


def _verify_in_plain_python(folder):
    """Rows and head, every row hash, root, file digest and head computed without our code or DuckDB."""
    previous, rows = "0" * 64, 0
    for number, line in enumerate((folder / "chain.jsonl").read_text().splitlines()):
        link = json.loads(line)
        head = link.pop("head")
        text = json.dumps(link, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert head == hashlib.sha256(text.encode()).hexdigest()
        assert (link["previous"], link["seq"]) == (previous, number)
        path = folder / "segments" / f"{number:06}.parquet"
        assert link["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        table = pyarrow.parquet.read_table(path).to_pylist()
        hashes = [_row_hash(row) for row in table]
        assert hashes == [row["hash"] for row in table]
        assert (link["rows"], link["root"]) == (len(table), hashlib.sha256(b"".join(hashes)).hexdigest())
        previous, rows = head, rows + len(table)
    return rows, previous


def _row_hash(row):
    text = row["salt"].hex() + "".join(_canonical(name, row[name]) for name in HASHED)
    return hashlib.sha256(text.encode()).digest()


def _canonical(name, value):
    if HASHED[name] is str:
        return "-1:" if value is None else f"{len(value.encode())}:{value}"
    if isinstance(value, datetime):
        since = value - EPOCH
        value = (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds
    return ":" if value is None else f"{value}:"
