"""What can be said of 448 real deals that have neither ids nor dates, and what must not be said?"""

from __future__ import annotations

import csv
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows import warehouse

DEALS = 448
COLUMNS = {"Budgt_alloc": "budget", "Purch_dept": "purchasing", "Competitors": "competitors"}
CONTRACT = """
handoff: sdr_to_ae
number: H02
title: Qualification → Sale
description: A deal with what was known of it.
version: 1.0.0
effective_from: 2019-01-01
accountable: sales_operations
sender: {team: qualification, role: qualifier}
receiver: {team: sales, role: account_executive}
approved_by: sales
trigger: a deal is qualified
gate: {event: qualified, mode: none}
sla: {submit_hours: 24, accept_hours: 48}
expires_after_days: 30
recorded: {decisions: false, times: false}
fields:
  - {name: budget, title: Budget allocated, type: text, required: true}
  - {name: purchasing, title: Purchasing department involved, type: text, required: true}
  - {name: competitors, title: Competitors, type: text, required: true}
"""
SOURCES = """
[salvirt]
kind = "events"
path = "salvirt.parquet"
"""


@pytest.fixture(scope="module")
def deals(real_data):
    return real_data("salvirt-b2b/Salvirt_B2B_ML_dataset.csv")


@pytest.fixture(scope="module")
def sales(deals, new_house):
    """The table as event files, by one SQL script, judged and published."""
    house = new_house(SOURCES, {"sdr_to_ae.yaml": CONTRACT})
    with closing(warehouse.connect(None)) as connection:
        connection.execute("SET VARIABLE deals = ?", [str(deals)])
        connection.execute("SET VARIABLE events = ?", [str(house.project / "salvirt.parquet")])
        connection.execute((Path(__file__).parent / "salvirt.sql").read_text(encoding="utf-8"))
    house.run(datetime(2020, 6, 1, tzinfo=UTC))
    return house


def test_equal_rows_are_different_deals(sales):
    assert sales.rows("SELECT count(*), count(DISTINCT packet_id) FROM handoff_packets") == [(DEALS, DEALS)]


@pytest.mark.parametrize("metric", ["completion_rate", "completion_now_rate"])
def test_completion_is_known_to_the_last_deal(sales, metric):
    row = sales.figure(metric, "sdr_to_ae")
    assert (row.numerator, row.n, f"{row.value:.2%}") == (382, DEALS, "85.27%")


def test_a_target_below_which_the_whole_interval_lies_is_missed(sales):
    row = sales.figure("completion_rate", "sdr_to_ae")
    assert row.high < row.target == 0.9
    assert (row.point_verdict, row.status) == ("misses", "misses")


def test_failures_are_the_unknown_cells_of_the_table(sales, deals):
    with deals.open(encoding="utf-8", newline="") as file:
        expected = {
            (f"sdr_to_ae:deal-{number}:1", name)
            for number, deal in enumerate(csv.DictReader(file, delimiter=";"), start=1)
            for column, name in COLUMNS.items()
            if deal[column] == "Unknown"
        }
    found = sales.rows("SELECT packet_id, field FROM contract_failures WHERE moment = 'transition'")
    assert len(found) == len(expected)
    assert set(found) == expected


def test_without_times_only_what_was_known_over_all_deals_can_be_measured(sales):
    measured = sales.rows("SELECT DISTINCT metric, grain FROM handoff_scorecard WHERE value IS NOT NULL")
    known = {"completion_rate", "completion_now_rate", "mean_completeness"}
    assert set(measured) == {(metric, "all") for metric in known}
    others = sales.rows("SELECT DISTINCT status FROM handoff_scorecard WHERE value IS NULL AND n > 0")
    assert set(others) <= {("not_measurable",)}


def test_every_metric_of_time_and_acceptance_says_not_measurable(sales):
    rows = sales.rows(
        "SELECT metric, status, value FROM handoff_scorecard "
        "WHERE grain = 'all' AND dimension = 'all' AND metric NOT IN "
        "('completion_rate', 'completion_now_rate', 'mean_completeness')"
    )
    assert {"drop_rate", "completion_by_due_rate", "median_hours_to_acceptance", "ungoverned_rate"} <= {
        metric for metric, *_ in rows
    }
    assert {(status, value) for _, status, value in rows} == {("not_measurable", None)}
