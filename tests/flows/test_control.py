import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.errors import LeaseHeld, LeaseLost, WarehouseError
from flows import control

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from flows import control
from flows.settings import Settings
home = Path(sys.argv[1])
with control.lease(Settings(home, home, home / "ledger"), "other") as lease:
    print(lease.token, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_process(settings):
    """Another process that holds the lease until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings.home)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"1\n"
    yield process
    process.kill()
    process.communicate()


def change_lease(settings, **columns):
    with closing(sqlite3.connect(settings.control_database)) as database, database:
        for name, value in columns.items():
            database.execute(f"update lease set {name} = ?", [value])


def runs(settings):
    with closing(sqlite3.connect(settings.control_database)) as database:
        return database.execute("select run_id, state, counts from runs").fetchall()


def test_the_holder_may_write(settings):
    with control.lease(settings, "mine") as lease:
        control.check(settings, lease.token)
        assert lease.run_id == "mine"


def test_a_second_process_is_refused_by_the_name_of_the_first(settings, other_process):
    said = rf"run other \(pid {other_process.pid} on .*\) holds the lease since"
    with pytest.raises(LeaseHeld, match=said):
        control.refuse_if_held(settings)
    with pytest.raises(LeaseHeld, match=said), control.lease(settings, "mine"):
        pass


def test_a_second_lease_in_the_same_process_is_refused_too(settings):
    with control.lease(settings, "mine"), pytest.raises(LeaseHeld), control.lease(settings, "again"):
        pass


def test_a_lease_that_ended_can_be_taken_and_its_token_grows(settings, other_process):
    other_process.communicate()
    control.refuse_if_held(settings)
    with control.lease(settings, "mine") as lease:
        assert lease.token == 2


def test_the_lease_of_a_killed_process_is_taken_over(settings, other_process):
    control.start_run(settings, "other", datetime.now(UTC), datetime.now(UTC))
    other_process.send_signal(signal.SIGKILL)
    other_process.wait()
    control.refuse_if_held(settings)
    with control.lease(settings, "mine") as lease:
        control.check(settings, lease.token)
    assert runs(settings) == [("other", "died", "{}")]


def test_a_process_that_got_the_number_of_the_dead_holder_is_not_the_holder(settings, other_process):
    change_lease(settings, process_started="long ago")
    with control.lease(settings, "mine") as lease:
        assert lease.token == 2


def test_a_holder_on_another_host_is_believed_while_it_beats(settings, other_process):
    change_lease(settings, host="elsewhere", pid=1)
    with pytest.raises(LeaseHeld, match="pid 1 on elsewhere"):
        control.refuse_if_held(settings)


def test_a_holder_that_stopped_beating_is_taken_over_and_learns_it_by_its_token(settings, other_process):
    stale = datetime.now(UTC) - control.STALE - timedelta(seconds=1)
    change_lease(settings, host="elsewhere", beat_at=stale.isoformat())
    with control.lease(settings, "mine") as lease:
        assert lease.token == 2
        with pytest.raises(LeaseLost, match="taken over by run mine"):
            control.check(settings, 1)
        control.check(settings, lease.token)


def test_an_old_holder_that_ends_does_not_release_the_new_lease(settings):
    with control.lease(settings, "old"):
        change_lease(settings, process_started="long ago")
        new = control.lease(settings, "new")
        lease = new.__enter__()
    control.check(settings, lease.token)
    new.__exit__(None, None, None)


def test_a_released_lease_is_not_held_any_more(settings):
    with control.lease(settings, "mine") as lease:
        pass
    with pytest.raises(LeaseLost):
        control.check(settings, lease.token)


def test_the_holder_beats(settings, monkeypatch):
    monkeypatch.setattr(control, "BEAT", timedelta(milliseconds=10))
    with control.lease(settings, "mine"):
        change_lease(settings, beat_at="2000-01-01T00:00:00+00:00")
        for _ in range(500):
            with closing(sqlite3.connect(settings.control_database)) as database:
                (beat_at,) = database.execute("select beat_at from lease").fetchone()
            if beat_at > "2001":
                break
    assert beat_at > "2001"


def test_runs_remember_how_they_ended(settings):
    now = datetime(2026, 7, 1, tzinfo=UTC)
    control.start_run(settings, "run-1", now, now)
    control.start_run(settings, "run-2", now, now)
    control.finish_run(settings, "run-1", "done", {"record": "3 in"})
    assert runs(settings) == [("run-1", "done", '{"record": "3 in"}'), ("run-2", "running", "{}")]


def test_the_newest_generation_is_the_current_one(settings):
    assert control.current_fingerprint(settings) is None
    control.record_generation(settings, "g1", "run-1", "aaa")
    control.record_generation(settings, "g2", "run-2", "bbb")
    control.record_generation(settings, "g1", "run-3", "ccc")
    assert control.current_fingerprint(settings) == "ccc"


def test_looking_creates_nothing(settings):
    control.refuse_if_held(settings)
    control.current_fingerprint(settings)
    assert not settings.home.exists()


def test_a_control_database_that_is_none_is_one_line_of_ours(settings):
    settings.home.mkdir()
    settings.control_database.write_text("this is no database, but it is long enough to look like one" * 20)
    with pytest.raises(WarehouseError, match="control.sqlite: cannot be used") as caught:
        control.refuse_if_held(settings)
    assert "\n" not in str(caught.value)


def test_control_imports_nothing_heavy():
    heavy = ("duckdb", "pyarrow", "numpy", "dlt", "dbt", "great_expectations", "prefect", "sqlalchemy")
    code = f"import sys, flows.control; sys.exit(', '.join(set({heavy}) & set(sys.modules)) or None)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
