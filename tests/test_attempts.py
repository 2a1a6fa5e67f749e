"""What was tried, with which clock, and what was changed afterwards: packets whose every instant a reader can check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

TRIGGERED_AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
AS_OF = TRIGGERED_AT + timedelta(hours=100)
HANDOFF = "cs_to_support"
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
sla: {submit_hours: 4, accept_hours: 8, calendar: always}
expires_after_days: 7
fields:
  - {name: impact, title: Impact, type: text, required: true, min_length: 3}
  - {name: seats, title: Seats, type: number}
"""
SOURCES = """
[export]
kind = "events"
path = "exports/*.csv"
"""
SIDES = {"ann": "customer_success", "bob": "support"}

# Subject → what happened how many hours after the trigger, by whom. `filled` sets the one required field.
STORIES = {
    "draft": [],
    "plain": ["0 ann filled", "1 ann submitted", "3 bob accepted"],
    "waiting": ["0 ann filled", "1 ann submitted"],
    "rejected": ["0 ann filled", "1 ann submitted", "2 bob rejected"],
    "reworked": ["0 ann filled", "1 ann submitted", "2 bob rejected", "5 ann submitted", "7 bob accepted"],
    "rejected_twice": ["0 ann filled", "1 ann submitted", "2 bob rejected", "3 bob rejected"],
    "changed_mind": ["0 ann filled", "1 ann submitted", "2 bob rejected", "4 bob accepted"],
    "reopened": ["0 ann filled", "1 ann submitted", "2 bob accepted", "10 bob reopened", "12 ann submitted"],
    "withdrawn": ["0 ann filled", "1 ann submitted", "2 ann withdrawn"],
    "returned": ["0 ann filled", "1 ann submitted", "2 ann withdrawn", "20 ann submitted", "21 bob accepted"],
    "taken_back_unsent": ["0 ann filled", "1 ann withdrawn", "3 ann submitted", "4 bob accepted"],
    "voided": ["0 ann filled", "1 ann submitted", "2 bob rejected", "3 ann voided"],
    "own_decision": ["0 ann filled", "1 ann submitted", "2 ann rejected"],
    "ready_later": [
        "1 ann submitted", "2 bob rejected", "3 ann filled", "4 ann submitted", "5 bob accepted",
    ],
    "unready": ["1 ann submitted"],
    "late": ["0 ann filled", "6 ann submitted", "20 bob accepted"],
    "withdrawn_draft": ["1 ann withdrawn"],
}  # fmt: skip

# Subject → its attempts: opened by, at, submitted, clock started, due, decided (hours after the trigger), decision,
# open hours.
ATTEMPTS: dict[str, list[tuple[Any, ...]]] = {
    "draft": [("trigger", 0, None, None, 4, None, None, None)],
    "plain": [("trigger", 0, 1, 1, 9, 3, "accepted", 2)],
    "waiting": [("trigger", 0, 1, 1, 9, None, None, 99)],
    "rejected": [
        ("trigger", 0, 1, 1, 9, 2, "rejected", 1),
        ("rejection", 2, None, None, 6, None, None, None),
    ],
    "reworked": [
        ("trigger", 0, 1, 1, 9, 2, "rejected", 1),
        ("rejection", 2, 5, 5, 13, 7, "accepted", 2),
    ],
    "rejected_twice": [
        ("trigger", 0, 1, 1, 9, 2, "rejected", 1),
        ("rejection", 3, None, None, 7, None, None, None),
    ],
    "changed_mind": [
        ("trigger", 0, 1, 1, 9, 2, "rejected", 1),
        ("rejection", 2, None, None, 6, 4, "accepted", None),
    ],
    "reopened": [
        ("trigger", 0, 1, 1, 9, 2, "accepted", 1),
        ("reopening", 10, 12, 12, 20, None, None, 88),
    ],
    "withdrawn": [("trigger", 0, 1, 1, 9, None, None, 1)],
    "returned": [
        ("trigger", 0, 1, 1, 9, None, None, 1),
        ("withdrawal", 2, 20, 20, 28, 21, "accepted", 1),
    ],
    "taken_back_unsent": [("trigger", 0, 3, 3, 11, 4, "accepted", 1)],
    "voided": [("trigger", 0, 1, 1, 9, 2, "rejected", 1)],
    "own_decision": [("trigger", 0, 1, 1, 9, None, None, 99)],
    "ready_later": [
        ("trigger", 0, 1, None, 4, 2, "rejected", None),
        ("rejection", 2, 4, 4, 12, 5, "accepted", 1),
    ],
    "unready": [("trigger", 0, 1, None, 4, None, None, None)],
    "late": [("trigger", 0, 6, 6, 14, 20, "accepted", 14)],
    "withdrawn_draft": [("trigger", 0, None, None, 4, None, None, None)],
}

# Subject → its clocks, in the order of attempts: started, warning, due, stopped (hours after the trigger), state, hours
# used. The submit SLA is 4 hours, the accept SLA 8; a warning comes after three quarters.
MET = ["submit 0 3 4 1 met 1"]
CLOCKS = {
    "draft": ["submit 0 3 4 - breached 100"],
    "plain": [*MET, "accept 1 7 9 3 met 2"],
    "waiting": [*MET, "accept 1 7 9 - breached 99"],  # complete and undecided: the receiver's breach
    "rejected": [*MET, "accept 1 7 9 2 met 1", "rework 2 5 6 - breached 98"],
    "reworked": [*MET, "accept 1 7 9 2 met 1", "rework 2 5 6 5 met 3", "accept 5 11 13 7 met 2"],
    "rejected_twice": [*MET, "accept 1 7 9 2 met 1", "rework 3 6 7 - breached 97"],
    "changed_mind": [*MET, "accept 1 7 9 2 met 1", "rework 2 5 6 4 stopped 2"],
    "reopened": [*MET, "accept 1 7 9 2 met 1", "rework 10 13 14 12 met 2", "accept 12 18 20 - breached 88"],
    "withdrawn": [*MET, "accept 1 7 9 2 stopped 1"],
    "returned": [*MET, "accept 1 7 9 2 stopped 1", "accept 20 26 28 21 met 1"],
    "taken_back_unsent": ["submit 0 3 4 3 met 3", "accept 3 9 11 4 met 1"],
    "voided": [*MET, "accept 1 7 9 2 met 1"],
    "own_decision": [*MET, "accept 1 7 9 - breached 99"],
    "ready_later": ["submit 0 3 4 2 stopped 2", "rework 2 5 6 4 met 2", "accept 4 10 12 5 met 1"],
    "unready": ["submit 0 3 4 - breached 100"],  # sent off, but not complete: the sender's breach
    "late": ["submit 0 3 4 6 breached 6", "accept 6 12 14 20 breached 14"],
    "withdrawn_draft": ["submit 0 3 4 1 stopped 1"],
}


def event(subject, hours, kind, actor, **more):
    return {
        "source": "crm",
        "type": f"handoff.{kind}",
        "time": (TRIGGERED_AT + timedelta(hours=hours)).isoformat(),
        "handoff": HANDOFF,
        "subject": subject,
        "actor": actor,
        "team": SIDES.get(actor, ""),
        **more,
    }


def told(subject, story):
    yield event(subject, 0, "triggered", "ann")
    for line in story:
        hours, actor, act = line.split()
        if act == "filled":
            yield event(subject, float(hours), "field_set", actor, field="impact", value="all orders stopped")
        else:
            yield event(subject, float(hours), act, actor)


def tidied():
    """A packet whose fields were edited after its acceptance, three hours after the trigger."""
    yield from told("tidied", STORIES["plain"])
    values = {
        3: "at the acceptance",  # at the very instant: still part of it
        4: " at the acceptance  ",  # the same, but for blanks
        5: "tbd",
        6: "?",  # still nothing
        7: "half of the orders",
        8: "all of the orders",
    }
    for hours, value in values.items():
        yield event("tidied", hours, "field_set", "ann", field="impact", value=value)
    yield event("tidied", 9, "field_set", "cy", field="impact", value="none of the orders")
    yield event("tidied", 10, "field_set", "ann", field="impact", value="passing", sequence=1)
    yield event("tidied", 10, "field_set", "ann", field="impact", value="none of the orders", sequence=2)
    for hours, seats in {20: "ten", 30: "12", 40: "14"}.items():
        evidence = '{"evidence": "snapshot"}'
        yield event("tidied", hours, "field_set", "", field="seats", value=seats, detail=evidence)
    yield event("tidied", 0, "crossed", "bob")  # transitioned first; edits count from the acceptance


@pytest.fixture(scope="module")
def house(new_house):
    house = new_house(SOURCES, {"cs_to_support.yaml": CONTRACT})
    events = [told_event for subject, story in STORIES.items() for told_event in told(subject, story)]
    people = [
        {"source": "hr", "type": "person.set", "time": "2026-01-01T00:00:00Z", "actor": "cy", "team": "sales"}
    ]
    house.write_events("exports/crm.csv", [*people, *events, *tidied()])
    house.run(AS_OF)
    return house


def hours_after(instant):
    return None if instant is None else (instant - TRIGGERED_AT) / timedelta(hours=1)


@pytest.mark.parametrize("subject", STORIES)
def test_an_attempt_is_a_submission_its_decision_and_a_clock_of_its_own(house, subject):
    rows = house.dicts(
        "SELECT * FROM packet_attempts WHERE packet_id = ? ORDER BY attempt", [f"{HANDOFF}:{subject}:1"]
    )
    assert [row.attempt for row in rows] == list(range(1, len(rows) + 1))
    assert [
        (
            row.opened_by,
            *map(hours_after, (row.opened_at, row.submitted_at, row.clock_started_at, row.due_at, row.decided_at)),
            row.decision,
            row.hours_in_calendar,
        )
        for row in rows
    ] == ATTEMPTS[subject]  # fmt: skip


@pytest.mark.parametrize("subject", STORIES)
def test_a_packet_is_in_one_court_at_a_time_and_a_breach_is_whose_clock_it_is(house, subject):
    clocks = house.dicts(
        "SELECT * FROM sla_clocks WHERE packet_id = ? ORDER BY attempt, clock = 'accept'",
        [f"{HANDOFF}:{subject}:1"],
    )
    told = []
    for row in clocks:
        instants = map(hours_after, (row.started_at, row.warn_at, row.due_at, row.stopped_at))
        shown = ["-" if hours is None else f"{hours:g}" for hours in instants]
        told.append(" ".join([row.clock, *shown, row.state, f"{row.hours_used:g}"]))
    assert told == CLOCKS[subject]
    assert {(row.clock == "accept", row.court, row.hours_allowed) for row in clocks} <= {
        (True, "receiver", 8), (False, "sender", 4),
    }  # fmt: skip


@pytest.mark.parametrize("subject", STORIES)
def test_a_packet_is_due_when_its_last_attempt_is_and_counts_those_that_were_made(house, subject):
    (packet,) = house.dicts("SELECT * FROM handoff_packets WHERE subject = ?", [subject])
    expected = ATTEMPTS[subject]
    assert hours_after(packet.due_at) == expected[-1][4]
    assert packet.attempts == sum(
        submitted is not None or bool(made) for _, _, submitted, *_, made, _ in expected
    )


def test_a_rejection_never_resets_the_first_clock(house):
    (packet,) = house.dicts("SELECT * FROM handoff_packets WHERE subject = 'reworked'")
    assert (hours_after(packet.accept_due_at), hours_after(packet.due_at)) == (9, 13)
    assert (hours_after(packet.settled_at), packet.settled_as, packet.is_sla_breach) == (2, "rejected", False)


def test_the_reason_is_that_of_the_rejection_and_nobody_else_s(house):
    assert house.rows(
        "SELECT attempt, decided_by, decided_by_team, reason FROM packet_attempts "
        "WHERE packet_id = ? ORDER BY attempt",
        [f"{HANDOFF}:reworked:1"],
    ) == [(1, "bob", "support", "other"), (2, "bob", "support", None)]


def test_edits_are_real_changes_after_the_acceptance_and_name_who_made_them(house):
    assert house.rows(
        "SELECT field, hours_after_acceptance, kind, edited_by, edited_by_team FROM packet_edits ORDER BY edited_at"
    ) == [
        ("impact", 2, "cleared", "ann", "customer_success"),
        ("impact", 4, "filled", "ann", "customer_success"),
        ("impact", 5, "changed", "ann", "customer_success"),
        ("impact", 6, "changed", "cy", "sales"),
        # 20: first seen, whenever it was entered; 30: no number before
        ("seats", 27, "filled", None, None),
        ("seats", 37, "changed", None, None),
    ]
