import os
import shutil
import subprocess
import sys

import pytest

from contracts.errors import SourceError, WarehouseError
from flows.settings import Source
from flows.sources import Pulled, Pulling, pull


def test_a_pull_says_what_it_brought(write, pulled):
    write("crm.csv")
    assert pulled() == Pulled(source="crm", files=1, rows=3, skipped_files=0)


def test_a_file_that_did_not_change_is_pulled_once(write, pulled, rows):
    write("crm.csv")
    pulled("run-1")
    assert pulled("run-2") == Pulled(source="crm", files=0, rows=0, skipped_files=1)
    assert len(rows("id")) == 3


def test_only_a_new_file_is_pulled(write, pulled):
    write("a.csv")
    pulled("run-1")
    write("b.csv")
    assert pulled("run-2") == Pulled(source="crm", files=1, rows=3, skipped_files=1)


def test_a_file_that_changed_is_pulled_whole(write, pulled, rows, events):
    write("crm.csv", events[:2])
    pulled("run-1")
    write("crm.csv", events)
    assert pulled("run-2").rows == 3
    assert sorted(rows("id", "_run_id")) == [
        ("e-1", "run-1"), ("e-1", "run-2"), ("e-2", "run-1"), ("e-2", "run-2"), ("e-3", "run-2"),
    ]  # fmt: skip


def test_file_and_row_go_on_naming_one_row_when_a_file_changed_before_it_was_recorded(
    write, pulled, rows, events
):
    write("crm.csv", events[:2])
    pulled("run-1")
    write("crm.csv", events)
    pulled("run-2")
    places = rows("_file", "_row")
    assert len(set(places)) == len(places) == 5
    assert ("exports/crm.csv as read by run run-1", 1) in places


def test_the_same_size_at_another_time_is_another_content(write, pulled):
    path = write("crm.csv")
    pulled("run-1")
    os.utime(path, ns=(1, 1))
    assert pulled("run-2").files == 1


def test_a_fresh_working_database_gets_everything_again(settings, write, pulled, rows):
    write("crm.csv")
    pulled("run-1")
    settings.working_database.unlink()
    assert pulled("run-2", fresh=True) == Pulled(source="crm", files=1, rows=3, skipped_files=0)
    assert rows("_run_id") == ["run-2"] * 3
    assert pulled("run-3").skipped_files == 1


def test_what_dlt_remembers_may_be_deleted(settings, write, pulled):
    write("crm.csv")
    pulled("run-1")
    shutil.rmtree(settings.dlt_pipelines)
    assert pulled("run-2").files == 1


def test_two_sources_of_one_kind_share_a_table_and_not_a_memory(settings, write, rows):
    write("a.csv")
    for name in ("crm", "desk"):
        source = Source(name, "events", options={"path": "exports"})
        assert pull(source, Pulling(settings, "run-1")).files == 1
    assert sorted(rows("_origin")) == ["crm"] * 3 + ["desk"] * 3


def test_nothing_is_left_behind_but_the_rows(settings, write, pulled):
    write("crm.csv")
    pulled()
    assert not (settings.home / "work" / "pull" / "crm").exists()
    assert not list(settings.dlt_pipelines.rglob("*.parquet"))


def test_the_database_is_closed_after_a_pull(settings, write, pulled):
    write("crm.csv")
    pulled()
    command = "import duckdb, sys; duckdb.connect(sys.argv[1]).close()"
    subprocess.run([sys.executable, "-c", command, str(settings.working_database)], check=True, timeout=60)


def test_the_database_is_closed_after_a_pull_that_failed(settings, exports, pulled):
    (exports / "crm.csv").write_text("wrong\n1\n")
    with pytest.raises(SourceError):
        pulled()
    command = "import duckdb, sys; duckdb.connect(sys.argv[1]).close()"
    subprocess.run([sys.executable, "-c", command, str(settings.working_database)], check=True, timeout=60)


def test_a_pull_prints_nothing(write, pulled, capfd):
    write("crm.csv")
    pulled()
    assert capfd.readouterr() == ("", "")


# Ends the process as kill -9 would, at a step of dlt's: (class, function, how many calls go through before).
DIE = """
import importlib, os, sys, threading
from pathlib import Path
from flows.settings import Settings, Source
from flows.sources import Pulling, pull
module, owner, name, calls, project, home = sys.argv[1:]
owner = getattr(importlib.import_module(module), owner)
real, lock, done = getattr(owner, name), threading.Lock(), []
def die_or_go_on(*args, **kwargs):
    with lock:
        if len(done) == int(calls):
            os._exit(9)
        result = real(*args, **kwargs)
        done.append(1)
        return result
setattr(owner, name, die_or_go_on)
settings = Settings(Path(project), Path(home), Path(home) / "ledger")
pull(Source("crm", "events", options={"path": "exports"}), Pulling(settings, "run-2"))
"""
JOB = ("dlt.destinations.impl.duckdb.duck", "DuckDbCopyJob", "run")
DEATHS = {
    "before extracting": ("dlt.pipeline.pipeline", "Pipeline", "extract", 0),
    "before normalising": ("dlt.pipeline.pipeline", "Pipeline", "normalize", 0),
    "before loading": (*JOB, 0),
    "after the first file": (*JOB, 1),
    "before the last file": (*JOB, 2),
    "before the load was noted": ("dlt.load.load", "Load", "complete_package", 0),
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_pull_that_died_is_undone_and_done_again(settings, write, pulled, rows, events, death):
    write("0.csv")
    pulled("run-1")
    write("0.csv", events[:1])
    for name in ("1.csv", "2.csv"):
        write(name)
    module, owner, function, calls = DEATHS[death]
    command = [sys.executable, "-c", DIE, module, owner, function, str(calls)]
    died = subprocess.run([*command, str(settings.project), str(settings.home)], timeout=120, check=False)
    assert died.returncode == 9
    assert pulled("run-3").rows == 7
    places = rows("_file", "_row", "_run_id")
    assert [place for place in places if place[2] == "run-3"] == [
        ("exports/0.csv", 1, "run-3"),
        *((f"exports/{name}", row, "run-3") for name in ("1.csv", "2.csv") for row in (1, 2, 3)),
    ]
    assert [run for *_, run in places if run != "run-3"] == ["run-1"] * 3
    assert len({place[:2] for place in places}) == len(places) == 10
    assert pulled("run-4").skipped_files == 3


def test_what_dlt_remembers_may_be_damaged(settings, write, pulled):
    write("crm.csv")
    pulled("run-1")
    (settings.dlt_pipelines / "crm" / "state.json").write_text("{")
    with pytest.raises(WarehouseError, match="rows could not be loaded .* delete .*dlt/crm"):
        pulled("run-2")


def test_a_database_that_another_process_writes_is_refused_by_name(settings, write, pulled):
    write("crm.csv")
    command = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    settings.working_database.parent.mkdir(parents=True)
    with subprocess.Popen(
        [sys.executable, "-c", command, str(settings.working_database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout and other.stdout.readline() == b"open\n"
        with pytest.raises(WarehouseError, match="seamkeeper.duckdb: cannot be opened .*wait for that run"):
            pulled()
        other.communicate(b"\n")


def test_a_load_that_dlt_could_not_finish_is_one_clear_line(settings, write, pulled, rows, monkeypatch):
    write("crm.csv")
    pulled("run-1")

    def full(self):
        raise OSError(28, "No space left on device")

    write("more.csv")
    with monkeypatch.context() as patch:
        patch.setattr("dlt.destinations.impl.duckdb.duck.DuckDbCopyJob.run", full)
        with pytest.raises(WarehouseError, match="source crm: its rows could not be loaded") as caught:
            pulled("run-2")
    assert "\n" not in str(caught.value)
    assert pulled("run-3").rows == 3
    assert rows("_run_id") == ["run-1"] * 3 + ["run-3"] * 3
