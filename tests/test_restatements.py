"""Does a closed period stay what it was, and is whatever changes it on record, with its cause?

One handoff, two packets moved in January 2026 (Berlin), one of them complete; January closes at the end of
6 February, the fifth business day. Each night adds one thing.
"""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from flows import inbox
from flows.show import generation

SEAM = "sales_to_delivery"
CONTRACT = """
handoff: sales_to_delivery
number: H50
title: Sales → Delivery
description: A sold project.
version: 1.0.0
effective_from: 2025-01-01
accountable: revops
sender: {team: sales}
receiver: {team: delivery}
approved_by: delivery
trigger: it is sold
gate: {event: kickoff, mode: none}
sla: {submit_hours: 24, accept_hours: 48}
expires_after_days: 14
fields:
  - {name: goal, title: Goal, type: text, required: true, min_length: 3, source: [hubspot.deal.goal]}
"""
SOURCES = """
[crm]
kind = "events"
path = "exports/*.csv"
"""
JANUARY = date(2026, 1, 1)
OPEN, CLOSED = datetime(2026, 2, 6, 22, 59, tzinfo=UTC), datetime(2026, 2, 6, 23, tzinfo=UTC)


def packet(subject: str, when: str, goal: str | None, decided: str = "") -> list[dict[str, str]]:
    """Events of a packet: triggered, perhaps filled, submitted at `when`; accepted then or at `decided`."""
    common = {
        "source": "crm",
        "handoff": SEAM,
        "subject": subject,
        "time": when,
        "actor": "ann",
        "team": "sales",
    }
    acts = [{**common, "type": "handoff.triggered"}, {**common, "type": "handoff.submitted"}]
    if goal is not None:
        acts.insert(1, {**common, "type": "handoff.field_set", "field": "goal", "value": goal})
    decision = {"type": "handoff.accepted", "time": decided or when, "actor": "bob", "team": "delivery"}
    return [*acts, {**common, **decision}]


def look(house, metric: str = "completion_rate"):
    """The row of January over all packets, and every restatement of it."""
    (row,) = house.dicts(
        "SELECT * FROM handoff_scorecard WHERE metric = ? AND grain = 'month' AND period_start = ? "
        "AND dimension = 'all'",
        [metric, JANUARY],
    )
    row.restated = house.rows(
        "SELECT cause, old_value, new_value, old_n, new_n FROM scorecard_restatements WHERE metric = ? "
        "AND grain = 'month' AND period_start = ? AND dimension = 'all' ORDER BY restated_as_of",
        [metric, JANUARY],
    )
    return row


@pytest.fixture(scope="module")
def nights(new_house):
    house = new_house(SOURCES, {f"{SEAM}.yaml": CONTRACT})
    story = SimpleNamespace(house=house)

    def night(name: str, as_of: datetime, metric: str = "completion_rate"):
        house.run(as_of)
        setattr(story, name, look(house, metric))
        return getattr(story, name)

    slow = packet("p4", "2026-01-30T10:00:00Z", "grow", decided="2026-02-20T10:00:00Z")
    first = [
        *packet("p1", "2026-01-12T10:00:00Z", "grow"),
        *packet("p2", "2026-01-13T10:00:00Z", "tbd"),
        *slow,
    ]
    house.write_events("exports/a.csv", first)
    night("open", OPEN)
    night("closed", CLOSED)
    story.rows_when_closed = closed_rows(house)
    night("later", datetime(2026, 3, 20, tzinfo=UTC))
    story.rows_later = closed_rows(house)
    story.eventual = look(house, "eventual_acceptance_rate")
    house.write_events("exports/b.csv", packet("p3", "2026-01-15T10:00:00Z", "grow"))
    typed = inbox.Decision(f"{SEAM}:p4:1", "reject", "bob", datetime(2026, 1, 31, tzinfo=UTC), "capacity")
    with generation.connect(house.settings) as published:
        inbox.decide(published, house.settings, typed)
    night("late", datetime(2026, 3, 21, tzinfo=UTC))
    story.rejections = look(house, "rejection_rate")
    night("after_late", datetime(2026, 3, 22, tzinfo=UTC))
    revised = [{**event, "id": f"a-{n}"} for n, event in enumerate(first)]
    revised[5]["value"] = "grow"  # p2 had its goal after all
    house.write_events("exports/c.csv", [revised[5]])
    night("corrected", datetime(2026, 3, 23, tzinfo=UTC))
    house.write_events(
        "exports/d.csv",
        [{"source": "hubspot", "type": "record.changed", "object": "deal", "subject": "p1", "field": "purpose",
          "time": "2026-01-12T09:59:00Z", "value": "an early purpose", "actor": "ann"},
         {"source": "hubspot", "type": "record.changed", "object": "deal", "subject": "p1", "field": "purpose",
          "time": "2026-01-12T10:00:00Z", "value": "?", "actor": "ann"}],
    )  # fmt: skip
    night("unmapped", datetime(2026, 3, 24, tzinfo=UTC))
    house.write_contracts({f"{SEAM}.yaml": CONTRACT.replace("deal.goal", "deal.purpose")})
    house.compile()
    night("mapped", datetime(2026, 3, 25, tzinfo=UTC))
    earlier = CONTRACT.replace("version: 1.0.0", "version: 1.1.0").replace("2025-01-01", "2026-01-01")
    earlier = earlier.replace("deal.goal", "deal.purpose").replace("min_length: 3", "min_length: 30")
    earlier += (
        "earlier_versions:\n  - version: 1.0.0\n    effective_from: 2025-01-01\n    fields:\n"
        "      - {name: goal, title: Goal, type: text, required: true, min_length: 3, source: [hubspot.deal.purpose]}\n"
    )
    house.write_contracts({f"{SEAM}.yaml": earlier})
    house.compile()
    night("other_terms", datetime(2026, 3, 26, tzinfo=UTC))
    night("recorded", datetime(2026, 3, 27, tzinfo=UTC))  # an act is recorded by the next run
    shutil.rmtree(house.settings.published)
    night("rebuilt", datetime(2026, 3, 28, tzinfo=UTC))
    return story


def closed_rows(house):
    return house.rows(
        "SELECT * EXCLUDE (run_id, as_of) FROM handoff_scorecard WHERE is_closed AND seen_at <= ? ORDER BY ALL",
        [CLOSED],
    )


def test_a_month_closes_when_the_fifth_business_day_after_it_is_over(nights):
    assert (nights.open.is_closed, nights.closed.is_closed) == (False, True)
    assert (nights.open.value, nights.closed.value, nights.closed.n) == (0.5, 0.5, 2)
    assert (nights.open.restated, nights.closed.restated) == ([], [])


def test_with_nothing_new_no_row_of_a_closed_period_changes(nights):
    assert nights.rows_when_closed == nights.rows_later
    assert len(nights.rows_later) > 100
    assert nights.later.restated == []


def test_what_happens_after_the_closing_is_not_in_it(nights):
    """p4 was accepted on 20 February: settled by silence in February, and accepted there only."""
    assert nights.eventual.n == 2


def test_a_late_event_changes_a_closed_month_visibly(nights):
    assert (nights.late.value, nights.late.n) == (2 / 3, 3)
    assert nights.late.restated == [("late events", 0.5, 2 / 3, 2, 3)]


def test_a_decision_that_was_typed_in_time_and_recorded_late_is_a_late_event(nights):
    assert nights.rejections.restated == [("late events", 0, 1 / 4, 2, 4)]


def test_a_restatement_stays_on_record(nights):
    assert nights.after_late.restated == nights.late.restated


def test_a_revised_event_is_a_correction(nights):
    assert nights.corrected.restated == [*nights.late.restated, ("correction", 2 / 3, 1.0, 3, 3)]


def test_a_mapping_that_is_mended_is_named_as_the_cause(nights):
    assert nights.unmapped.restated == nights.corrected.restated
    assert nights.mapped.restated[2:] == [("mapping change", 1.0, 2 / 3, 3, 3)]


def test_other_terms_are_named_as_the_cause(nights):
    assert nights.other_terms.restated[3:] == [("contract change", 2 / 3, 0.0, 3, 3)]


def test_restatements_are_in_the_ledger_when_the_generations_are_gone(nights):
    assert nights.rebuilt.restated == nights.other_terms.restated
    assert nights.house.rows(
        "SELECT count(*) > 0, count(*) FILTER (WHERE restated_by_run = run_id) FROM scorecard_restatements"
    ) == [(True, 0)]
