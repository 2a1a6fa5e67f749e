import errno
import os
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from contracts.errors import PublishError
from flows import publishing
from flows.publishing import current, generations, publish
from flows.warehouse import connect

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
TABLES = ["handoff_scorecard", "contract_failures"]


def build(connection, run_id="run-1", rows=3):
    """The marts of one run: every type that published tables use, and rows in no order."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS marts")
    connection.execute(
        "CREATE OR REPLACE TABLE marts.handoff_scorecard AS "
        "SELECT 'Zürich → ' || i AS handoff, i::INTEGER AS n, i / 3 AS value, i % 2 = 0 AS is_closed, "
        "DATE '2026-01-01' + i::INTEGER AS period_start, "
        "$run_id::VARCHAR AS run_id, $as_of::TIMESTAMPTZ AS as_of "
        "FROM range($rows) t(i) ORDER BY i DESC",
        {"run_id": run_id, "as_of": AS_OF, "rows": rows},
    )
    connection.execute(
        "CREATE OR REPLACE TABLE marts.contract_failures AS "
        "SELECT handoff AS packet_id, run_id, as_of FROM marts.handoff_scorecard WHERE false"
    )


@pytest.fixture
def connection(settings):
    with connect(settings.working_database, settings=settings) as connection:
        build(connection)
        yield connection


@pytest.fixture
def night(connection, settings):
    """Build the marts of a run and publish them."""

    def publish_run(run_id="run-1"):
        build(connection, run_id)
        return publish(connection, settings, run_id, AS_OF, TABLES)

    return publish_run


def read(path, query):
    with duckdb.connect(str(path), read_only=True) as database:
        return database.execute(query).fetchall()


def test_a_generation_holds_each_table_twice_with_the_columns_of_its_mart(connection, settings, night):
    generation = night()
    assert sorted(path.name for path in generation.iterdir()) == [
        "contract_failures.parquet",
        "handoff_scorecard.parquet",
        "seamkeeper.duckdb",
    ]
    for table in TABLES:
        columns = connection.execute(f"DESCRIBE marts.{table}").fetchall()
        assert read(generation / "seamkeeper.duckdb", f"DESCRIBE main.{table}") == columns
        parquet = f"DESCRIBE SELECT * FROM read_parquet('{generation / table}.parquet')"
        assert connection.execute(parquet).fetchall() == columns


def test_rows_are_ordered_and_nothing_is_rounded(connection, night):
    published = read(night() / "seamkeeper.duckdb", "SELECT * FROM handoff_scorecard")
    assert (
        published == connection.execute("SELECT * FROM marts.handoff_scorecard ORDER BY handoff").fetchall()
    )
    assert [row[0] for row in published] == ["Zürich → 0", "Zürich → 1", "Zürich → 2"]


def test_the_new_generation_is_current(settings, night):
    assert current(settings) is None
    generation = night()
    assert current(settings) == generation
    assert (settings.published / "current").resolve() == generation.resolve()
    assert (settings.published / "current").readlink().name == generation.name


def test_names_sort_as_they_were_published_and_tell_the_run(night):
    names = [night(run_id).name for run_id in ("run-b", "run-a", "6f9619ff-8b86-d011-b42d-00c04fc964ff")]
    assert names == sorted(names)
    assert names[2].endswith("-4fc964ff")


def test_the_last_five_generations_stay(settings, night):
    published = [night(f"run-{number}") for number in range(7)]
    assert generations(settings) == published[2:]


def test_an_earlier_as_of_published_later_is_the_newer_generation(connection, settings, night):
    night()
    earlier = AS_OF - timedelta(days=90)
    connection.execute("UPDATE marts.handoff_scorecard SET as_of = $earlier", {"earlier": earlier})
    generation = publish(connection, settings, "run-1", earlier, TABLES)
    assert current(settings) == generation == generations(settings)[-1]


def test_leftovers_of_runs_that_died_are_removed(settings, night):
    leftover = settings.published / ".20260101T000000.000000Z-run-unfinished"
    leftover.mkdir(parents=True)
    (leftover / "half.parquet").touch()
    (settings.published / ".current-new").symlink_to("nowhere")
    generation = night()
    assert sorted(path.name for path in settings.published.iterdir()) == sorted([generation.name, "current"])


def refused(connection, settings, match, run_id="run-2"):
    """Publishing fails in one line, and what was current before still is, alone."""
    before = current(settings), generations(settings)
    with pytest.raises(PublishError, match=match) as caught:
        publish(connection, settings, run_id, AS_OF, TABLES)
    assert "\n" not in str(caught.value)
    assert (current(settings), generations(settings)) == before
    assert not list(settings.published.glob(".*"))


def test_a_table_that_was_not_built_is_refused_by_name(connection, settings, night):
    night()
    connection.execute("DROP TABLE marts.contract_failures")
    refused(connection, settings, r"marts.contract_failures was not built")


def test_rows_of_another_run_are_refused(connection, settings, night):
    night()
    refused(connection, settings, r'marts."handoff_scorecard" holds rows of another run', run_id="run-2")


def test_a_type_that_a_file_cannot_hold_is_refused(connection, settings, night):
    night()
    connection.execute("ALTER TABLE marts.handoff_scorecard ALTER n TYPE HUGEINT")
    refused(connection, settings, "has other columns or types than marts", run_id="run-1")


def test_rows_that_got_lost_are_refused(connection, settings, night, monkeypatch):
    night()
    real = publishing._write_database

    def lose_rows(tables, folder, settings):
        real(tables, folder, settings)
        with connect(folder / "seamkeeper.duckdb") as database:
            database.execute("DELETE FROM handoff_scorecard WHERE n = 1")

    monkeypatch.setattr(publishing, "_write_database", lose_rows)
    refused(connection, settings, "has other rows than marts", run_id="run-1")


@pytest.mark.parametrize("step", ["_write_parquet", "_write_database", "_sync", "_point"])
def test_a_disk_that_is_full_at_any_step_leaves_the_last_good_generation(
    connection, settings, night, monkeypatch, step
):
    night()

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(publishing, step, full)
        refused(connection, settings, "No space left on device.*free some disk space", run_id="run-1")
    assert current(settings) != night()


def test_a_disk_that_is_really_full_leaves_the_last_good_generation(connection, settings, night):
    generation = night()
    build(connection, rows=200_000)
    connection.execute("CHECKPOINT")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (200_000, hard)
    )  # a file cannot grow: what a full disk does to a write
    try:
        refused(connection, settings, "could not be written .*; free some disk space", run_id="run-1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert current(settings) == generation
    assert night() != generation


@pytest.fixture
def small_disk(settings):
    """A disk of two megabytes under `published`."""
    settings.published.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(settings.published)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield
    subprocess.run(["umount", "--lazy", str(settings.published)], check=True)


def test_a_small_disk_that_fills_up_leaves_the_last_good_generation(small_disk, connection, settings, night):
    generation = night()
    build(connection, rows=400_000)
    refused(connection, settings, "No space left on device", run_id="run-1")
    assert read(
        settings.published / "current" / "seamkeeper.duckdb", "SELECT count(*) FROM handoff_scorecard"
    ) == [(3,)]
    assert night() != generation


def test_a_folder_where_the_link_should_be_is_refused(connection, settings):
    (settings.published / "current" / "mine").mkdir(parents=True)
    with pytest.raises(PublishError, match="could not be written .*mend the folder"):
        publish(connection, settings, "run-1", AS_OF, TABLES)
    assert [path.name for path in settings.published.iterdir() if path.name != ".current-new"] == ["current"]


READER = """
import sys, duckdb
from pathlib import Path
published, reads = Path(sys.argv[1]), 0
query = "SELECT count(*), count(DISTINCT run_id) FROM "
while not (published / "stop").exists():
    with duckdb.connect(str(published / "current" / "seamkeeper.duckdb"), read_only=True) as database:
        table = database.execute(query + "handoff_scorecard").fetchall()
    parquet = duckdb.sql(f"{query} '{published}/current/handoff_scorecard.parquet'").fetchall()
    assert table == parquet == [(3, 1)], (table, parquet)
    if not reads:
        print("reading", flush=True)
    reads += 1
print(reads)
"""


def test_another_process_reads_the_current_generation_while_fifty_are_published(settings, night):
    night()
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(settings.published)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout and reader.stdout.readline() == "reading\n"
    for number in range(50):
        night(f"run-{number}")
    (settings.published / "stop").touch()
    reads, errors = reader.communicate(timeout=60)
    assert (reader.returncode, errors) == (0, "")
    assert int(reads) > 50
