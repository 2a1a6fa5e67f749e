import importlib.util
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from flows.ledger import Ledger

RECORDED_AT = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
SCRIPT = Path(__file__).parents[3] / "docs" / "verify_ledger.py"


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


@pytest.fixture(scope="session")
def independent():
    """docs/verify_ledger.py, which knows nothing of our code."""
    spec = importlib.util.spec_from_file_location("verify_ledger", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
