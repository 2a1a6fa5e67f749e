import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contracts.errors import LedgerError

SCRIPT = Path(__file__).with_name("appending.py")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def append_in_a_process(ledger, append, connection, tmp_path):
    """A ledger with one append of 20 rows, and a process that appends so many more."""
    append(20)

    def start(rows, fatal=0, torn=0):
        batch = tmp_path / "batch.parquet"
        connection.execute(f"create or replace table events as select events.* from events, range({rows})")
        connection.execute(f"create or replace table events as from events limit {rows}")
        connection.execute(f"copy events to '{batch}' (format parquet)")
        return subprocess.Popen(
            [sys.executable, str(SCRIPT), str(ledger.folder), str(batch), str(fatal), str(torn)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
        )

    return start


def assert_it_heals(ledger, connection, recorded_at, independent):
    """Valid before anybody recovers; after recovery and one more append nothing is left over or missing."""
    rows = ledger.verify().rows
    sealed = ledger.append(connection, "events", "run-again", recorded_at)
    assert ledger.verify().rows == rows + sealed.rows
    assert independent.verify(ledger.folder) == (rows + sealed.rows, ledger.head())
    assert sorted((ledger.folder / "segments").iterdir()) == ledger.segments()
    return rows


@pytest.mark.parametrize("fatal", range(1, 8))
def test_killed_before_any_step_of_the_protocol_it_heals(
    fatal, append_in_a_process, ledger, connection, recorded_at, independent
):
    process = append_in_a_process(30, fatal)
    process.communicate()
    # sync file, rename, sync folder, write line, sync chain: there is no sixth step
    assert process.returncode == (-signal.SIGKILL if fatal <= 5 else 0)
    rows = assert_it_heals(ledger, connection, recorded_at, independent)
    assert rows == (20 if fatal <= 4 else 50)


@pytest.mark.parametrize(("torn", "is_whole"), [(1, False), (200, False), (-2, False), (-1, True)])
def test_killed_while_writing_the_chain_line_it_heals(
    torn, is_whole, append_in_a_process, ledger, connection, recorded_at, independent
):
    append_in_a_process(30, torn=torn).communicate()
    before = ledger.head()
    ledger.recover()
    assert (ledger.head() != before) == is_whole
    assert_it_heals(ledger, connection, recorded_at, independent)


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_a_random_instant_it_heals(
    seed, append_in_a_process, ledger, connection, recorded_at, independent
):
    process = append_in_a_process(20_000)
    assert process.stdout.readline() == b"ready\n"
    time.sleep(random.Random(seed).uniform(0, 0.4))
    process.kill()
    process.communicate()
    connection.execute("create or replace table events as from events limit 10")
    rows = assert_it_heals(ledger, connection, recorded_at, independent)
    assert rows in (20, 20_020)


def test_killed_while_it_was_founded_a_ledger_is_founded_again(tmp_path, ledger, append):
    (ledger.folder / "chain.jsonl").unlink()  # the only file of segment 0 is now an orphan
    append(3)
    assert ledger.verify().rows == 3


def test_a_torn_last_line_is_cut(three_segments):
    chain = three_segments.folder / "chain.jsonl"
    whole = chain.read_bytes()
    chain.write_bytes(whole + whole.splitlines()[-1][:100])
    assert three_segments.verify().rows == 80
    three_segments.recover()
    assert chain.read_bytes() == whole


def test_an_orphan_and_an_unfinished_file_are_deleted_and_never_read(three_segments):
    segments = three_segments.folder / "segments"
    (segments / "000003.parquet").write_bytes((segments / "000002.parquet").read_bytes())
    (segments / ".000003.77.writing").write_bytes(b"half a file")
    assert three_segments.verify().rows == 80
    three_segments.recover()
    assert [path.name for path in sorted(segments.iterdir())] == [f"00000{n}.parquet" for n in range(3)]


def test_a_line_with_rubbish_for_its_line_end_is_damage_and_loses_no_segment(three_segments):
    chain = three_segments.folder / "chain.jsonl"
    chain.write_bytes(chain.read_bytes()[:-1] + b"\x8a")
    with pytest.raises(LedgerError, match="chain.jsonl: line 3"):
        three_segments.recover()
    assert (three_segments.folder / "segments" / "000002.parquet").exists()
