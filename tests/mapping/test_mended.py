"""Does a mapping that is mended correct the past, closed months included, and is it named as the cause?"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

CONTRACT = """
handoff: sold
number: H50
title: Sold
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
record: hubspot.deal
events: {triggered: hubspot.deal.stage = won, accepted: hubspot.deal.status = approved}
fields:
  - {name: goal, title: Goal, type: text, required: true, source: hubspot.deal.goal}
"""
ORGANISATION = "name: House\nzone: Europe/Berlin\ncurrency: EUR\n"
SOURCES = '[crm]\nkind = "events"\npath = "exports/*.csv"\n'
CHANGES = [
    ("d1", "2026-01-12T08:00:00Z", "goal", "grow"),
    ("d1", "2026-01-12T09:00:00Z", "stage", "won"),
    ("d1", "2026-01-13T09:00:00Z", "status", "accepted"),
    ("d2", "2026-01-14T09:00:00Z", "stage", "won"),
    ("d2", "2026-01-15T09:00:00Z", "status", "approved"),
]
LINKS = "links: {records: [{hubspot.deal.sf: salesforce.Opportunity}]}\n"


def look(house):
    """January's completion: numerator and n; every restatement of it."""
    of_january = "metric = 'completion_rate' AND grain = 'month' AND period_start = ? AND dimension = 'all'"
    (figure,) = house.rows(
        f"SELECT numerator, n FROM handoff_scorecard WHERE {of_january}", [date(2026, 1, 1)]
    )
    restated = house.rows(
        f"SELECT cause, old_n, new_n FROM scorecard_restatements WHERE {of_january} ORDER BY restated_as_of",
        [date(2026, 1, 1)],
    )
    return figure, restated, house.rows("SELECT DISTINCT mapping_digest FROM dim_handoff")


@pytest.fixture(scope="module")
def nights(new_house):
    house = new_house(SOURCES, {"sold.yaml": CONTRACT, "organisation.yaml": ORGANISATION})
    common = {"source": "hubspot", "type": "record.changed", "object": "deal"}
    changes = [
        {
            **common,
            "subject": subject,
            "time": when,
            "field": name,
            "value": value,
            "actor": f"hubspot:user:{'bob' if name == 'status' else 'ann'}",
        }
        for subject, when, name, value in CHANGES
    ]
    bob = {
        "source": "hubspot",
        "type": "person.set",
        "time": "2025-01-01T00:00:00Z",
        "actor": "hubspot:user:bob",
    }
    house.write_events("exports/a.csv", [{**bob, "team": "delivery"}, *changes])
    house.run(datetime(2026, 3, 1, tzinfo=UTC))
    closed = look(house)
    either = CONTRACT.replace(
        "hubspot.deal.status = approved", "[hubspot.deal.status = approved, hubspot.deal.status = accepted]"
    )
    house.write_contracts({"sold.yaml": either})
    house.compile()
    house.run(datetime(2026, 3, 2, tzinfo=UTC))
    mended = look(house)
    house.write_contracts({"organisation.yaml": ORGANISATION + LINKS})
    house.compile()
    house.run(datetime(2026, 3, 3, tzinfo=UTC))
    return closed, mended, look(house)


def test_a_mended_mapping_corrects_a_closed_month_and_is_the_cause(nights):
    closed, mended, _ = nights
    assert (closed[:2], mended[:2]) == (((0, 1), []), ((1, 2), [("mapping change", 1, 2)]))


def test_other_signs_and_other_links_are_another_mapping(nights):
    assert len({digest for *_, digests in nights for (digest,) in digests}) == 3
