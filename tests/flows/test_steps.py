"""Do the seven verbs give the same tables whenever they run, and exactly the tables that were promised?"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from flows import steps

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
EARLIER = datetime(2026, 6, 10, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
THREE = ("sdr_to_ae.yaml", "ae_to_onboarding.yaml", "cs_to_support.yaml")  # enough, and soon done
SOURCES = """
[company]
kind = "simulator"
packets = 600
seed = 5
months = 4
until = 2026-07-01T00:00:00Z

[export]
kind = "events"
path = "exports"
"""
COLUMNS = {
    "handoff_scorecard": """
        handoff dimension dimension_value grain period_start is_closed metric breakdown unit value
        numerator n low high coverage target direction point_verdict status seen_at run_id as_of""",
    "handoff_packets": """
        packet_id handoff account subject subject_name record_url cycle motion segment
        contract_version is_baseline status sender sender_team receiver receiver_team triggered_at
        submitted_at ready_at clock_started_at due_at decided_at accepted_at crossed_at
        transitioned_at settled_at settled_as attempts rejections first_reason is_judged is_complete
        is_complete_by_due is_complete_now completeness_score fault_count hours_to_acceptance
        is_first_pass is_clean is_sla_breach is_ungoverned is_dropped is_reopened is_rediscovered
        reassignments first_touch_at amount amount_band has_recorded_decisions submit_due_at
        expires_at accept_due_at clock_known_at clock_stopped_at receiver_known_at first_rejected_at
        reopened_at reasked_at is_accepted_within_sla answered_as team_touched_at run_id as_of""",
    "contract_failures": """
        packet_id handoff moment field fault expectation severity contract_version run_id as_of""",
    "packet_fields": """
        packet_id handoff field required state_at_transition state_by_due state_now evidence
        filled_at filled_by is_filled_after_transition run_id as_of""",
}
"""Columns of the public interface, in their order."""


EMPTY = {
    *("scorecard_restatements", "tickets", "packet_records", "write_backs"),
    *("relationship_gaps", "reunifications", "account_signals"),
}


@pytest.fixture(scope="module")
def nights(new_house):
    """One ledger, four nights, the working database lost after the second; one row waits in quarantine."""
    house = new_house(SOURCES, {name: (ROOT / "contracts" / name).read_text() for name in THREE})
    house.write_events(
        "exports/crm.csv", [{"source": "crm", "type": "person.vanished", "time": "2026-05-01"}]
    )
    nights = SimpleNamespace(house=house)

    def night(name, as_of):
        generation = house.run(as_of)
        setattr(
            nights, name, SimpleNamespace(generation=generation, tables=house.tables(), counts=house.counts)
        )

    night("first", AS_OF)
    night("same", AS_OF)
    for lost in (
        house.settings.working_database.parent,
        house.settings.dbt_target,
        house.settings.dlt_pipelines,
    ):
        shutil.rmtree(lost)
    night("other", EARLIER)
    night("back", AS_OF)
    return nights


def test_every_row_that_comes_in_is_recorded_revised_known_or_quarantined(nights):
    recorded = nights.first.counts["record"]
    assert recorded.incoming == sum(nights.first.counts["pull"].rows.values())
    assert recorded.incoming == recorded.recorded + recorded.revised + recorded.known + recorded.quarantined
    assert recorded.revised > 0
    assert recorded.known > 0
    assert recorded.quarantined == 1


def test_a_second_run_with_nothing_new_changes_nothing_and_keeps_the_generation(nights):
    assert nights.same.generation == nights.first.generation
    assert nights.same.counts["record"].recorded == 0
    assert "publish" not in nights.same.counts


def test_another_as_of_is_another_generation_of_the_same_ledger(nights):
    assert nights.other.generation != nights.first.generation
    assert nights.other.counts["record"].recorded == 0
    assert len(nights.other.tables["handoff_packets"]) < len(nights.first.tables["handoff_packets"])


@pytest.mark.parametrize("table", steps.PUBLISHED)
def test_back_at_the_first_as_of_a_database_rebuilt_from_the_ledger_gives_the_same_rows(nights, table):
    assert nights.back.generation not in (nights.first.generation, nights.other.generation)
    assert set(map(str, nights.first.tables[table])) ^ set(map(str, nights.back.tables[table])) == set()
    assert len(nights.first.tables[table]) == len(nights.back.tables[table])


def test_what_is_pulled_anew_after_a_loss_is_known_already(nights):
    recorded = nights.other.counts["record"]
    assert (recorded.incoming > 1000, recorded.recorded, recorded.revised) == (True, 0, 0)


@pytest.mark.parametrize("table", COLUMNS)
def test_a_table_has_exactly_the_columns_of_the_public_interface(nights, table):
    assert [name for name, *_ in nights.house.rows(f"DESCRIBE {table}")] == COLUMNS[table].split()


@pytest.mark.parametrize("table", steps.PUBLISHED)
def test_every_table_says_which_run_made_it_and_as_of_when(nights, table):
    types = {name: kind for name, kind, *_ in nights.house.rows(f"DESCRIBE {table}")}
    assert (types["run_id"], types["as_of"]) == ("VARCHAR", "TIMESTAMP WITH TIME ZONE")
    ((rows, runs, run_id, as_of),) = nights.house.rows(
        f"SELECT count(*), count(DISTINCT (run_id, as_of)), min(run_id), min(as_of) FROM {table}"
    )
    # nothing closed was changed here, nobody is alerted, no account has two owners, and events are no records:
    # tests/test_restatements.py, tests/test_tickets.py, tests/edges/test_relationships.py, tests/test_write_back.py
    if table in EMPTY:
        assert rows == 0
        return
    assert rows > 0
    assert (runs, as_of.astimezone(UTC)) == (1, AS_OF)
    assert nights.house.settings.published.joinpath("current").resolve().name.endswith(run_id[-8:])


@pytest.mark.parametrize("table", steps.PUBLISHED)
def test_the_parquet_file_holds_the_same_rows_as_the_database(nights, table):
    parquet = str(nights.house.settings.published / "current" / f"{table}.parquet")
    ((more, fewer),) = nights.house.rows(
        f"SELECT (SELECT count(*) FROM (FROM {table} EXCEPT ALL FROM read_parquet($path))), "
        f"(SELECT count(*) FROM (FROM read_parquet($path) EXCEPT ALL FROM {table}))",
        {"path": parquet},
    )
    assert (more, fewer) == (0, 0)


@pytest.mark.parametrize("table", ["contract_failures", "packet_fields", "quarantine", "handoff_scorecard"])
def test_what_somebody_wrote_into_a_field_is_not_published(nights, table):
    entered = nights.house.rows(
        "SELECT DISTINCT value FROM read_parquet(?) WHERE type = 'handoff.field_set' AND length(value) >= 12",
        [str(nights.house.settings.ledger / "segments" / "*.parquet")],
    )
    published = {text for row in nights.house.rows(f"FROM {table}") for text in row if isinstance(text, str)}
    assert len(entered) > 100
    assert not published & {value for (value,) in entered}


@pytest.mark.parametrize(
    ("moment", "state"),
    [("transition", "state_at_transition"), ("due", "state_by_due"), ("now", "state_now")],
)
def test_a_field_has_a_failure_exactly_where_its_state_says_so(nights, moment, state):
    failures = "SELECT packet_id, field FROM contract_failures WHERE moment = ?"
    faulty = f"SELECT packet_id, field FROM packet_fields WHERE {state} IN ('missing', 'invalid', 'stale')"
    assert nights.house.rows(f"SELECT count(*) FROM ({failures})", [moment])[0][0] > 100
    assert nights.house.rows(f"({failures}) EXCEPT ({faulty})", [moment]) == []
    assert nights.house.rows(f"({faulty}) EXCEPT ({failures})", [moment]) == []


def test_a_packet_is_complete_exactly_when_no_required_critical_field_failed(nights):
    assert nights.house.rows(
        "SELECT packet_id FROM handoff_packets AS packets WHERE is_judged AND transitioned_at IS NOT NULL "
        "AND is_complete != NOT EXISTS (SELECT 1 FROM contract_failures AS failures WHERE failures.packet_id "
        "= packets.packet_id AND moment = 'transition' AND severity = 'critical')"
    ) == []  # fmt: skip
