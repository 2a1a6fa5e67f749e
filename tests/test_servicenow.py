"""What does the house say of a real audit log: 24,918 incidents, and what was known when support got them?"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows import warehouse

INCIDENTS = 24_918
REQUIRED = ("caller_id", "category", "subcategory", "impact", "urgency", "assignment_group")
FIELDS = [f"  - {{name: {name}, title: {name}, type: text, required: true}}" for name in REQUIRED]
CONTRACT = """
handoff: cs_to_support
number: H05
title: Service desk → Support
description: An incident opened at the service desk and passed to those who solve it.
version: 1.0.0
effective_from: 2016-01-01
accountable: it_operations
sender: {team: service_desk, role: agent}
receiver: {team: support, role: resolver}
approved_by: support
trigger: an incident is opened
gate: {event: opened, mode: none}
sla: {submit_hours: 4, accept_hours: 8}
expires_after_days: 7
recorded: {decisions: false, times: true}
fields:
""" + "\n".join([*FIELDS, ""])
OF_DECISIONS = [
    "first_pass_acceptance_rate", "eventual_acceptance_rate", "clean_acceptance_rate", "outcome_share",
    "accepted_within_sla_rate", "ungoverned_rate", "rejection_rate", "rejection_share", "reassignment_rate",
    "median_hours_to_acceptance", "median_hours_accepted_only", "rediscovery_rate",
    "rediscovery_receiver_rate", "rediscovery_sender_rate", "nps_delta",
]  # fmt: skip
SOURCES = """
[servicenow]
kind = "events"
path = "servicenow.parquet"
zone = "UTC"
"""
AS_OF = datetime(2017, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def log(real_data):
    return real_data("servicenow-incidents/incident_event_log.csv.gz")


@pytest.fixture(scope="module")
def desk(log, new_house):
    """The log as event files, by one SQL script, judged and published."""
    house = new_house(SOURCES, {"cs_to_support.yaml": CONTRACT})
    with closing(warehouse.connect(None)) as connection:
        connection.execute("SET VARIABLE log = ?", [str(log)])
        connection.execute("SET VARIABLE events = ?", [str(house.project / "servicenow.parquet")])
        connection.execute((Path(__file__).parent / "servicenow.sql").read_text(encoding="utf-8"))
    house.run(AS_OF)
    return house


@pytest.fixture(scope="module")
def missing(log):
    """Plain Python on the same file: which of the six each incident's first row lacks."""
    lacking: dict[str, frozenset[str]] = {}
    with gzip.open(log, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        header[header.index("category", header.index("category") + 1)] = "subcategory"
        places = {name: header.index(name) for name in REQUIRED}
        for row in rows:
            lacking.setdefault(row[0], frozenset(name for name, place in places.items() if row[place] == "?"))
    return lacking


def test_every_incident_is_a_packet_and_every_event_is_recorded(desk):
    assert desk.rows("SELECT count(*), count(DISTINCT subject) FROM handoff_packets") == [
        (INCIDENTS, INCIDENTS)
    ]
    recorded = desk.counts["record"]
    assert (recorded.incoming, recorded.recorded) == (9 * INCIDENTS, 9 * INCIDENTS)


def test_completion_is_known_to_the_last_packet(desk):
    row = desk.figure("completion_rate", "cs_to_support")
    assert (row.numerator, row.n, f"{row.value:.2%}") == (23_991, INCIDENTS, "96.28%")
    assert (row.point_verdict, row.status, row.coverage) == ("meets", "meets", 1)


@pytest.mark.parametrize("moment", ["transition", "due", "now"])
def test_failures_are_the_fields_the_first_rows_lack(desk, missing, moment):
    expected = {(number, name) for number, names in missing.items() for name in names}
    found = desk.rows(
        "SELECT split_part(packet_id, ':', 2), field, fault, severity, contract_version, count(*) "
        "FROM contract_failures WHERE moment = ? GROUP BY ALL",
        [moment],
    )
    assert {(number, name) for number, name, *_ in found} == expected
    assert {tuple(rest) for _, _, *rest in found} == {("missing", "critical", "1.0.0", 1)}


def test_nine_hundred_and_six_came_without_an_assignment_group(desk, missing):
    counts = Counter(name for names in missing.values() for name in names)
    assert counts["assignment_group"] == 906
    assert dict(counts) == dict(
        desk.rows("SELECT field, count(*) FROM contract_failures WHERE moment = 'transition' GROUP BY field")
    )


def test_the_share_of_a_month_is_that_of_its_incidents(desk):
    per_month = (
        "SELECT date_trunc('month', timezone('Europe/Berlin', transitioned_at))::DATE AS month, "
        "count(*) FILTER (WHERE is_complete), count(*) FROM handoff_packets GROUP BY month ORDER BY month"
    )
    assert desk.rows(per_month) == desk.rows(
        "SELECT period_start, numerator, n FROM handoff_scorecard WHERE metric = 'completion_rate' "
        "AND grain = 'month' AND dimension = 'all' AND n > 0 ORDER BY period_start"
    )


def test_nobody_recorded_a_decision_so_acceptance_is_not_measurable(desk):
    rows = desk.dicts("SELECT * FROM handoff_scorecard WHERE list_contains(?, metric)", [OF_DECISIONS])
    assert {row.metric for row in rows} == set(OF_DECISIONS)
    assert {(row.value, row.numerator, row.low, row.high, row.status) for row in rows} == {
        (None, None, None, None, "not_measurable")
    }


def test_what_happened_at_once_was_neither_dropped_nor_late(desk):
    dropped = desk.figure("drop_rate", "cs_to_support")
    assert (dropped.numerator, dropped.n, dropped.value) == (0, INCIDENTS, 0)
    by_due = desk.figure("completion_by_due_rate", "cs_to_support")
    assert (by_due.numerator, by_due.n) == (23_991, INCIDENTS)
