"""What does wrong input do? One clear line, the right exit code, and the last good generation stays current."""

from __future__ import annotations

import resource
import sys
from contextlib import contextmanager, nullcontext
from functools import wraps
from types import SimpleNamespace

import pytest

from contracts.errors import SourceError
from flows import commands, compiling, publishing, steps
from flows.cli import main

CONTRACT = """
handoff: cs_to_support
number: H05
title: CS → Support
description: A customer's problem, escalated.
version: 1.0.0
effective_from: 2026-01-01
accountable: revops
sender: {team: customer_success, role: customer_success_manager}
receiver: {team: support, role: resolver}
approved_by: support
trigger: an escalation ticket is opened
gate: {event: work_began, mode: none}
sla: {submit_hours: 4, accept_hours: 8}
expires_after_days: 7
fields:
  - {name: impact, title: Impact, type: text, required: true, min_length: 3}
"""
SOURCES = """
[first]
kind = "events"
path = "exports/first.csv"

[second]
kind = "events"
path = "exports/second*"
"""
NO_ROW = "id,source,type,time\n"
SUITE = "expectations/suites/cs_to_support.json"


@pytest.fixture(scope="module")
def published(new_house, crossing_events):
    """A house with two good files and a good generation."""
    house = new_house(SOURCES, {"cs_to_support.yaml": CONTRACT})
    for name in ("first", "second"):
        events = crossing_events("cs_to_support", name, "2026-03-02T10:00:00Z", impact="all orders stopped")
        house.write_events(f"exports/{name}.csv", events)
    house.run()
    return house


@pytest.fixture
def house(published):
    """The same house, put back after the test has spoilt something in it."""
    kept = {path: path.read_bytes() for path in published.project.rglob("*") if path.is_file()}
    yield published
    for path in published.project.rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)


@pytest.fixture
def run(house, monkeypatch, capsys):
    """`seamkeeper run`, with the plain steps in the place of Prefect: exit code, standard output, lines of errors."""
    plain = SimpleNamespace(
        nightly=lambda as_of=None, **_: str(house.run(as_of)), server_explained=nullcontext
    )
    monkeypatch.setitem(sys.modules, "flows.nightly", plain)
    for prefect_only in ("_prepare_prefect", "_keep_the_terminal", "_warm_up"):
        monkeypatch.setattr(commands, prefect_only, lambda *_: None)
    for name, value in house.environment.items():
        monkeypatch.setenv(name, value)

    def typed(*arguments):
        code = main(["run", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err.splitlines()

    return typed


@contextmanager
def nothing_published(house):
    """What happens inside leaves the current generation, and no half of another."""
    before = publishing.generations(house.settings), publishing.current(house.settings), house.tables()
    yield
    after = publishing.generations(house.settings), publishing.current(house.settings), house.tables()
    assert after == before
    assert list(house.settings.published.glob(".*-unfinished")) == []


def no_such_path(house):
    house.declare(SOURCES.replace("exports/second*", "exports/elsewhere/*.csv"))


def no_parquet(house):
    (house.project / "exports" / "second.parquet").write_bytes(b"PAR1 but not really")


def no_text(house):
    (house.project / "exports" / "second-2.csv").write_bytes(
        b"id,source,type,time\n\xff\xfe\x00\x01,crm,x,y\n"
    )


def no_compressed_file(house):
    (house.project / "exports" / "second.csv.gz").write_bytes(b"id,source,type,time\n")


def strange_column(house):
    event = {"source": "crm", "type": "person.set", "time": "2026-03-01T00:00:00Z", "colour": "blue"}
    house.write_events("exports/second-2.csv", [event])


def no_time_column(house):
    house.write_events("exports/second-2.csv", [{"source": "crm", "type": "person.set"}])


def stale_suite(house):
    (house.project / SUITE).write_text("{}", encoding="utf-8")


def wrong_contract(house):
    contract = house.project / "contracts" / "cs_to_support.yaml"
    contract.write_text(CONTRACT.replace("approved_by: support", "approved_by: sales"), encoding="utf-8")


def other_terms(house):
    house.write_contracts({"cs_to_support.yaml": CONTRACT.replace("min_length: 3", "min_length: 30")})
    house.compile()


def unknown_option(house):
    house.declare(SOURCES + "colour = true\n")


SPOILT = {
    no_such_path: ["source second", "exports/elsewhere/*.csv", "sources.toml"],
    no_parquet: ["source second", "second.parquet"],
    no_text: ["source second", "second-2.csv"],
    no_compressed_file: ["source second", "second.csv.gz"],
    strange_column: ["source second", "second-2.csv", "colour"],
    no_time_column: ["source second", "second-2.csv", "time"],
    stale_suite: [SUITE, "seamkeeper compile"],
    wrong_contract: ["contracts/cs_to_support.yaml:", "approved_by", "support"],
    other_terms: ["contracts/cs_to_support.yaml", "1.0.0", "new version"],
    unknown_option: ["sources.toml", "second", "colour"],
}


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_wrong_input_is_one_clear_line_and_publishes_nothing(house, run, spoil):
    spoil(house)
    with nothing_published(house):
        code, said, complaint = run("--as-of", "2026-05-01")
    assert (code, len(complaint)) == (1, 1), (said, complaint)
    assert complaint[0].startswith("seamkeeper: ")
    for word in SPOILT[spoil]:
        assert word in complaint[0]


def test_an_instant_before_the_first_event_is_refused(house, run):
    with nothing_published(house):
        code, _, complaint = run("--as-of", "2020-01-01T00:00:00Z")
    assert (code, len(complaint)) == (1, 1)
    for word in ("--as-of 2020-01-01", "2026-03-02", "later"):
        assert word in complaint[0]


def test_no_events_at_all_is_red_while_the_ledger_is_empty(new_house):
    empty = new_house(SOURCES, {"cs_to_support.yaml": CONTRACT})
    for name in ("first", "second"):
        empty.write_events(f"exports/{name}.csv", []).write_text(NO_ROW, encoding="utf-8")
    with pytest.raises(SourceError, match="no events at all from first, second"):
        empty.run()
    assert publishing.generations(empty.settings) == []


def test_files_without_a_row_change_nothing_once_the_ledger_has_events(house, run):
    (house.project / "exports" / "second-2.csv").write_text(NO_ROW, encoding="utf-8")
    ((as_of,),) = house.rows("SELECT DISTINCT as_of FROM handoff_scorecard")
    with nothing_published(house):
        code, _, complaint = run("--as-of", as_of.isoformat())
    assert (code, complaint) == (0, [])


def on_a_full_disk(verb):
    """The verb, while no file can grow: what a full disk does to a write."""

    @wraps(verb)
    def perform(run):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, hard))
        try:
            return verb(run)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return perform


def test_a_full_disk_while_publishing_leaves_the_last_good_generation(house, run, monkeypatch):
    monkeypatch.setattr(steps, "publish", on_a_full_disk(steps.publish))
    with nothing_published(house):
        code, _, complaint = run("--as-of", "2026-06-01")
    assert (code, len(complaint)) == (1, 1)
    for word in (str(house.settings.published), "could not be written", "free some disk space"):
        assert word in complaint[0]


def test_an_expectation_that_cannot_be_evaluated_is_an_error_and_not_a_failing_packet(
    house, run, monkeypatch
):
    suite = house.project / SUITE
    suite.write_text(suite.read_text().replace('"f_impact"', '"f_no_such_column"'), encoding="utf-8")
    monkeypatch.setattr(compiling, "stale", lambda *_: [])
    with nothing_published(house):
        code, _, complaint = run("--as-of", "2026-06-02")
    assert (code, len(complaint)) == (1, 1)
    for word in ("cs_to_support", "f_no_such_column"):
        assert word in complaint[0]


def test_an_unknown_handoff_waits_in_quarantine_and_does_not_stop_the_others(house, run, crossing_events):
    good = crossing_events("cs_to_support", "third", "2026-03-05T10:00:00Z", impact="no invoices")
    unknown = [event | {"handoff": "cs_to_moon"} for event in good[:2]]
    house.write_events("exports/second-3.csv", [*good, *unknown])
    before = publishing.current(house.settings)
    code, _, complaint = run("--as-of", "2026-06-03")
    assert (code, complaint) == (0, [])
    assert publishing.current(house.settings) != before
    assert house.rows("SELECT subject FROM handoff_packets WHERE is_complete ORDER BY subject") == [
        ("first",), ("second",), ("third",),
    ]  # fmt: skip
    assert house.rows("SELECT DISTINCT fault, count(*) FROM quarantine GROUP BY fault") == [
        ("handoff is unknown: cs_to_moon", 2)
    ]


def test_what_was_pulled_before_another_source_failed_is_recorded_by_the_next_run(
    house, run, crossing_events
):
    more = crossing_events("cs_to_support", "fourth", "2026-03-06T10:00:00Z", impact="no logins")
    house.write_events("exports/first.csv", more)
    no_such_path(house)
    assert run()[0] == 1
    house.declare(SOURCES)
    assert run("--as-of", "2026-06-04")[0] == 0
    assert house.rows("SELECT count(*) FROM handoff_packets WHERE subject = 'fourth'") == [(1,)]
