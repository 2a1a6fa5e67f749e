"""Does the company contain what real data does? Each kind of dirt is counted in the written files."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

BERLIN = ZoneInfo("Europe/Berlin")


def kinds(small, *names):
    return [row for row in small.rows if row["type"] in names]


def twins(small):
    """Rows by source and id, without where they were found."""
    found = defaultdict(list)
    for row in small.rows:
        content = tuple(value for key, value in row.items() if key not in ("file", "row"))
        found[row["source"], row["id"]].append(content)
    return found


def test_the_same_event_comes_twice(small):
    assert sum(len(rows) > len(set(rows)) for rows in twins(small).values()) > 50


def test_the_same_id_comes_with_other_content(small):
    assert sum(len(set(rows)) > 1 for rows in twins(small).values()) > 50


def test_ids_are_unique_but_for_planted_twins(small):
    repeated = sum(len(rows) - 1 for rows in twins(small).values())
    dirt = small.truth.company["dirt"]
    assert repeated == dirt["duplicates"] + dirt["revised"] + dirt["redelivered"]


def test_an_old_revision_is_delivered_again_after_the_new_one(small):
    assert any(len(rows) > 2 and rows[0] == rows[-1] != rows[1] for rows in twins(small).values())


def test_late_events_come_in_a_later_file_than_their_time(small):
    regular = [row for row in small.rows if row["file"].startswith("events-") and row["time"].year >= 2025]
    months = {row["row"]: row["time"].astimezone(UTC) for row in regular}
    late = [
        row
        for row in regular
        if (months[row["row"]].year - 2025) * 12 + months[row["row"]].month - 6 < int(row["file"][7:11])
        and months[row["row"]] >= datetime(2025, 7, 1, tzinfo=UTC)
    ]
    assert len(late) > 100


def test_rows_are_not_in_the_order_of_time(small):
    regular = [row["time"] for row in small.rows if row["file"] == "events-0005.parquet"]
    assert sum(after < before for before, after in pairwise(regular)) > 30


def test_some_times_are_a_date_alone(small):
    assert sum(isinstance(row["time"], str) and len(row["time"]) == 10 for row in small.rows) > 50


def test_some_times_have_another_zone(small):
    offsets = {
        row["time"][-6:] for row in small.rows if isinstance(row["time"], str) and len(row["time"]) > 10
    }
    assert offsets >= {"+02:00", "+05:30", "-05:00", "+09:00", "-03:30"}


def test_placeholders_stand_where_answers_should(small):
    texts = {(row["value"] or "").strip().casefold() for row in kinds(small, "handoff.field_set")}
    assert texts >= {"tbd", "n/a", "?", "--", "unknown", "see notes", "todo", ""}


def test_fields_are_cleared_by_null_and_by_blank(small):
    values = {row["value"] for row in kinds(small, "handoff.field_set")}
    assert {None, "", "   "} <= values


def test_text_is_not_ascii(small):
    for column in ("value", "detail"):
        assert sum(not (row[column] or "").isascii() for row in small.rows) > 500


@pytest.mark.parametrize("planted", ["refused", "resubmitted", "recycled", "ungoverned", "open", "nowhere"])
def test_packets_take_every_turn(small, planted):
    turns = {
        "refused": lambda p: p.rejected and not p.accepted,
        "resubmitted": lambda p: p.rejected and p.accepted and p.rejected < p.accepted,
        "recycled": lambda p: p.cycle == 2 and p.contract.id == "marketing_to_sdr",
        "ungoverned": lambda p: p.crossed and not p.accepted,
        "open": lambda p: p.kept and not p.settled_as and p.triggered.date() > date(2026, 6, 20),
        "nowhere": lambda p: not p.submitted and not p.transitioned and p.triggered.date() < date(2026, 5, 1),
    }
    assert sum(bool(turns[planted](p)) for p in small.packets) >= 5


def test_someone_attempts_a_packet_three_times(small):
    assert any(sum(e["type"] == "handoff.submitted" for e in p.events) >= 3 for p in small.packets)


def test_decisions_by_the_wrong_person_do_not_count(small):
    decisions = ("handoff.accepted", "handoff.rejected")
    made = [p for p in small.packets if any(e["type"] in decisions for e in p.events)]
    assert sum(p.decided is None for p in made) >= 5
    assert any(p.decided and p.first("accepted", "rejected") < p.decided["time"] for p in made)


def test_fields_are_edited_after_the_acceptance(small):
    edits = [e for p in small.packets if p.accepted for e in p.entries if e["time"] > p.accepted]
    assert len(edits) > 100


def test_a_field_entered_at_the_instant_of_the_crossing_is_there(small):
    assert any(e["time"] == p.crossed for p in small.packets for e in p.entries)


def test_a_recycled_lead_brings_an_answer_along(small):
    shared = [p for p in small.packets if p.cycle == 2 and any(e["cycle"] is None for e in p.entries)]
    assert shared and all(p.contract.id == "marketing_to_sdr" for p in shared)


def test_some_packets_have_no_trigger_and_some_no_account(small):
    assert any(not p.first("triggered") for p in small.packets)
    assert any(row["account"] is None for row in kinds(small, "handoff.triggered"))


def test_two_entries_of_one_instant_are_told_apart_by_their_sequence(small):
    assert {row["sequence"] for row in kinds(small, "handoff.field_set")} == {None, 1, 2}


def test_accounts_flow_through_several_seams(small):
    seams = defaultdict(set)
    for row in kinds(small, "handoff.triggered"):
        seams[row["account"]].add(row["handoff"])
    assert sum(len(handoffs) >= 4 for handoffs in seams.values()) > 50


def test_people_are_told_with_team_and_kind(small):
    people = kinds(small, "person.set")
    assert {json.loads(row["detail"])["kind"] for row in people} == {"person", "system"}
    assert {row["team"] for row in people} >= {"sales", "onboarding", "support", "customer_success"}


def test_nothing_happens_after_until(small):
    assert max(e["time"] for p in small.packets for e in p.events + p.entries) <= datetime(
        2026, 7, 1, tzinfo=UTC
    )
