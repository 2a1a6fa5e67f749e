"""What happens when a company changes its contracts: a tenth handoff, new terms, one handoff less?"""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from contracts import load_catalogue
from flows import compiling
from flows.cli import main

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
TENTH = """
handoff: support_to_finance
number: H10
title: Support → Finance
description: A refund that support granted and finance has to pay.
version: 2.0.0
effective_from: 2026-03-01
accountable: revops
sender: {team: support, role: resolver}
receiver: {team: finance, role: accountant}
approved_by: finance
trigger: a refund is granted
gate: {event: paid, mode: none}
sla: {submit_hours: 24, accept_hours: 48}
expires_after_days: 14
fields:
  - {name: invoice, title: Invoice, type: text, required: true, min_length: 3}
  - {name: granted_by, title: Granted by, type: text, required: true}
earlier_versions:
  - version: 1.0.0
    effective_from: 2026-01-01
    fields:
      - {name: invoice, title: Invoice, type: text, required: true, min_length: 3}
"""
SOURCES = """
[export]
kind = "events"
path = "exports/zoned.csv"

[paper]
kind = "events"
path = "exports/local.csv"
"""
SEAM = "support_to_finance"


def outputs(folder):
    names = ("expectations/suites", "dbt_project/models/marts/handoffs")
    return {path.name for name in names for path in (folder / name).iterdir()}


@pytest.fixture(scope="module")
def before_and_after(new_house, crossing_events):
    """The nine and a tenth; its packets, one of them without a zone until its source declares one."""
    house = new_house(SOURCES)
    story = SimpleNamespace(house=house, nine=outputs(house.project))
    house.write_contracts({f"{SEAM}.yaml": TENTH})
    story.changed = house.compile()
    days = {
        "baseline": "2025-12-15T10:00:00Z",
        "first": "2026-02-10T10:00:00Z",
        "berlin": "2026-02-28T23:30:00Z",  # 1 March in the organisation's zone
        "second": "2026-03-05T10:00:00Z",
    }
    zoned = [
        event for name, day in days.items() for event in crossing_events(SEAM, name, day, invoice="R-1001")
    ]
    local = crossing_events(SEAM, "paper", "2026-03-10T09:00:00", invoice="R-1002", granted_by="Zoë")
    house.write_events("exports/zoned.csv", zoned)
    house.write_events("exports/local.csv", local)
    house.run(AS_OF)
    story.first, story.first_counts, story.incoming = house.tables(), house.counts["record"], len(local)
    story.packets = {row.subject: row for row in house.dicts("SELECT * FROM handoff_packets")}
    story.failures = house.rows("SELECT packet_id, field, fault, contract_version FROM contract_failures")
    house.declare(SOURCES + 'zone = "America/New_York"\n')
    house.run(AS_OF)
    story.second_counts = house.counts["record"]
    return story


def test_a_tenth_handoff_is_one_file_and_one_command(before_and_after):
    assert outputs(before_and_after.house.project) - before_and_after.nine == {
        "support_to_finance.json",
        "support_to_finance@1.0.0.json",
        "fct_handoff_support_to_finance.sql",
    }
    row = before_and_after.house.figure("completion_rate", SEAM)
    assert (row.numerator, row.n) == (3, 5)


def test_handoffs_nobody_used_have_their_rows_too(before_and_after):
    rows = before_and_after.house.rows(
        "SELECT count(DISTINCT handoff), max(n) FROM handoff_scorecard "
        "WHERE handoff != ? AND grain = 'all' AND dimension = 'all'",
        [SEAM],
    )
    assert rows == [(9, 0)]


@pytest.mark.parametrize(
    ("subject", "version", "is_complete"),
    [
        ("baseline", "1.0.0", True),
        ("first", "1.0.0", True),
        ("berlin", "2.0.0", False),
        ("second", "2.0.0", False),
    ],
)
def test_a_packet_is_judged_by_the_version_in_force_on_its_trigger_day(
    before_and_after, subject, version, is_complete
):
    packet = before_and_after.packets[subject]
    assert (packet.contract_version, packet.is_complete) == (version, is_complete)


def test_only_what_was_triggered_before_the_first_version_is_baseline(before_and_after):
    packets = before_and_after.packets.values()
    assert [packet.subject for packet in packets if packet.is_baseline] == ["baseline"]


def test_only_the_version_that_asks_for_a_field_misses_it(before_and_after):
    assert set(before_and_after.failures) == {
        (f"{SEAM}:{subject}:1", "granted_by", "missing", "2.0.0") for subject in ("berlin", "second")
    }


def test_rows_without_a_zone_wait_in_quarantine_and_say_why(before_and_after):
    waiting = before_and_after.first["quarantine"]
    assert before_and_after.first_counts.quarantined == len(waiting) == before_and_after.incoming
    assert {row[3] for row in waiting} == {
        "time has no zone and the source declares none: 2026-03-10T09:00:00"
    }


def test_quarantined_rows_are_tried_again_and_recorded_once_the_zone_is_declared(before_and_after):
    counts = before_and_after.second_counts
    assert (counts.retried, counts.recorded, counts.quarantined) == (before_and_after.incoming,) * 2 + (0,)
    assert before_and_after.house.rows("SELECT count(*) FROM quarantine") == [(0,)]
    ((triggered_at, is_complete),) = before_and_after.house.rows(
        "SELECT triggered_at, is_complete FROM handoff_packets WHERE subject = 'paper'"
    )
    assert (triggered_at, is_complete) == (datetime(2026, 3, 10, 13, tzinfo=UTC), True)  # summer time, there


@pytest.fixture
def command_line(before_and_after, monkeypatch, capsys):
    """Type a command for this project: exit code, lines on standard output, lines on standard error."""
    for name, value in before_and_after.house.environment.items():
        monkeypatch.setenv(name, value)

    def typed(*arguments):
        code = main(arguments)
        printed = capsys.readouterr()
        return code, printed.out.splitlines(), printed.err.splitlines()

    return typed


@pytest.fixture
def tenth(before_and_after):
    """The tenth contract's file, put back after the test."""
    path = before_and_after.house.project / "contracts" / f"{SEAM}.yaml"
    yield path
    path.write_text(TENTH, encoding="utf-8")
    compiling.write(
        before_and_after.house.project, compiling.compiled(load_catalogue(before_and_after.house.project))
    )


@pytest.mark.parametrize(
    ("was", "becomes", "version"),
    [
        ("accept_hours: 48", "accept_hours: 72", "1.0.0"),  # inherits what it does not say itself
        ("Granted by, type: text, required: true}", "Granted by, type: text}", "2.0.0"),
        ("effective_from: 2026-01-01", "effective_from: 2025-06-01", "1.0.0"),
    ],
)
def test_other_terms_under_a_recorded_version_are_refused(command_line, tenth, was, becomes, version):
    tenth.write_text(TENTH.replace(was, becomes), encoding="utf-8")
    code, said, complaint = command_line("compile")
    assert (code, said, len(complaint)) == (1, [], 1)
    for word in ("contracts/support_to_finance.yaml", version, "already recorded", "new version"):
        assert word in complaint[0]


def test_other_words_for_people_are_no_new_terms(command_line, tenth):
    tenth.write_text(TENTH.replace("title: Granted by", "title: Who granted it"), encoding="utf-8")
    code, _, complaint = command_line("compile")
    assert (code, complaint) == (0, [])


def test_compile_removes_what_no_contract_names_any_more(before_and_after, command_line, tenth):
    tenth.unlink()
    code, said, _ = command_line("compile")
    removed = {line.rpartition("/")[2] for line in said if line.startswith("removed ")}
    assert code == 0
    assert removed == {
        "support_to_finance.json", "support_to_finance@1.0.0.json", "fct_handoff_support_to_finance.sql",
    }  # fmt: skip
    assert outputs(before_and_after.house.project) == before_and_after.nine
    assert command_line("compile", "--check")[0] == 0


def test_compile_check_names_what_is_stale_and_writes_nothing(before_and_after, command_line, tenth):
    tenth.unlink()
    compiled = outputs(before_and_after.house.project)
    code, _, complaint = command_line("compile", "--check")
    assert (code, len(complaint)) == (1, 1)
    assert "seamkeeper compile" in complaint[0]
    assert outputs(before_and_after.house.project) == compiled
