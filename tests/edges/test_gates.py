"""May the business event happen now, since when, what is missing; and did it happen although its gate was closed?"""

from __future__ import annotations

import pytest

events = pytest.mark.events

TRIGGERED = "2026-03-02 09:00  triggered  ann  value=48000 currency=EUR\n"
EMPTY = TRIGGERED + "2026-03-02 10:00  submitted  ann\n"
SUBMITTED = EMPTY + "2026-03-02 09:30  field_set  ann  buyer=Ada\n"
ACCEPTED = SUBMITTED + "2026-03-02 12:00  accepted  bob\n"
UNREADY = EMPTY + "2026-03-02 12:00  accepted  bob\n"
REOPENED = ACCEPTED + "2026-03-04 12:00  reopened  bob\n"
MENDED = UNREADY + "2026-03-05 10:00  field_set  ann  buyer=Ada\n"
TRIGGER, ACCEPTANCE, REOPENING = "2026-03-02 09:00", "2026-03-02 12:00", "2026-03-04 12:00"

NOT_YET = "not accepted by onboarding yet"
REJECTED = "rejected by onboarding, not submitted again"
GATES = {
    # story → state, since, what is not met
    "accepted_and_complete": (ACCEPTED, "open", ACCEPTANCE, []),
    "nothing_submitted": (TRIGGERED, "closed", TRIGGER, ["not submitted yet"]),
    "undecided": (SUBMITTED, "closed", TRIGGER, [NOT_YET]),
    "undecided_and_incomplete": (EMPTY, "closed", TRIGGER, [NOT_YET, "Buyer is missing"]),
    "accepted_incomplete": (UNREADY, "closed", TRIGGER, ["Buyer is missing"]),
    "accepted_by_the_sender": (SUBMITTED + "2026-03-02 12:00  accepted  ann", "closed", TRIGGER, [NOT_YET]),
    "mended_after_the_acceptance": (
        MENDED + "2026-03-06 10:00  field_set  ann  buyer=Adah", "open", "2026-03-05 10:00", [],
    ),
    "completed_between_crossing_and_acceptance": (
        EMPTY + "2026-03-02 11:00  crossed  bob\n2026-03-02 11:30  field_set  ann  buyer=Ada\n"
        "2026-03-02 12:00  accepted  bob",
        "open", ACCEPTANCE, [],
    ),
    "spoilt_after_the_acceptance": (
        ACCEPTED + "2026-03-06 10:00  field_set  ann  buyer=tbd", "closed", "2026-03-06 10:00", ["Buyer is missing"],
    ),
    "rejected": (SUBMITTED + "2026-03-02 12:00  rejected  bob  reason=capacity", "closed", TRIGGER, [REJECTED]),
    "rejected_after_the_acceptance": (
        ACCEPTED + "2026-03-04 12:00  rejected  bob  reason=capacity", "closed", REOPENING, [REJECTED],
    ),
    "re_opened": (REOPENED, "closed", REOPENING, ["sent back after its acceptance"]),
    "re_opened_and_submitted_again": (REOPENED + "2026-03-05 12:00  submitted  ann", "closed", REOPENING, [NOT_YET]),
    "rejected_again_after_a_re_opening": (
        REOPENED + "2026-03-05 12:00  submitted  ann\n2026-03-06 12:00  rejected  bob  reason=other",
        "closed", REOPENING, [REJECTED],
    ),
    "accepted_again": (
        REOPENED + "2026-03-05 12:00  submitted  ann\n2026-03-06 12:00  accepted  ben", "open", "2026-03-06 12:00", [],
    ),
    "withdrawn": (
        ACCEPTED + "2026-03-03 12:00  withdrawn  ann", "closed", "2026-03-03 12:00", ["taken back by its sender"],
    ),
    "void": (SUBMITTED + "2026-03-03 12:00  voided  ann", "closed", TRIGGER, ["created in error"]),
}  # fmt: skip


@pytest.mark.parametrize(
    "story", [pytest.param(story, marks=events(told[0])) for story, told in GATES.items()]
)
def test_the_gate_looks_at_now(case, story):
    gate = case.one("gate_decisions", "packet_id = ?", case.packet.packet_id)
    assert (gate.state, gate.since, gate.why) == GATES[story][1:]
    assert (gate.event, gate.mode, gate.amount, gate.currency) == ("kickoff", "block", 48000, "EUR")


@events("""
2026-06-01 09:00  triggered  ann
2026-06-01 09:30  field_set  ann  buyer=Ada budget=lots
2026-06-01 10:00  submitted  ann
2026-06-01 12:00  accepted   bob
2026-06-03 12:00  field_set  ann  budget=5000
""")
def test_what_was_invalid_is_mended_by_its_last_change(case):
    gate = case.one("gate_decisions", "packet_id = ?", case.packet.packet_id)
    assert (gate.state, gate.since, gate.booked_at) == ("open", "2026-06-03 12:00", None)


@events(MENDED, handoff="signing")
def test_a_deal_is_booked_when_it_is_won_and_commission_is_due_when_its_gate_opens(case):
    gate = case.one("gate_decisions", "packet_id = ?", case.packet.packet_id)
    assert (gate.booked_at, gate.comp_eligible_at, gate.event) == (TRIGGER, "2026-03-05 10:00", "commission")


@events(UNREADY, handoff="signing")
def test_until_then_none_is_due(case):
    gate = case.one("gate_decisions", "packet_id = ?", case.packet.packet_id)
    assert (gate.booked_at, gate.comp_eligible_at) == (TRIGGER, None)


@events(EMPTY, handoff="relay")
def test_where_there_is_no_gate_it_is_open(case):
    gate = case.one("gate_decisions", "packet_id = ?", case.packet.packet_id)
    assert (gate.mode, gate.state, gate.why) == ("none", "open", [])


@events(SUBMITTED + "2026-03-02 12:00  crossed  carl", handoff="lately")
def test_where_nobody_records_decisions_a_complete_packet_opens_it(case):
    gate = case.one("gate_decisions", "packet_id = ?", case.packet.packet_id)
    assert (gate.state, gate.since, gate.is_accepted) == ("open", "2026-03-02 10:00", False)
    assert case.rows("gate_bypasses", "packet_id = ?", case.packet.packet_id) == []


CROSSED = "{} 12:30  crossed  carl"
BYPASSES = {
    "before_anybody_decides": (SUBMITTED + CROSSED.format("2026-03-02"), ["not accepted"]),
    "before_it_is_complete": (UNREADY + CROSSED.format("2026-03-02"), ["not complete"]),
    "before_either": (EMPTY + CROSSED.format("2026-03-02"), ["not accepted", "not complete"]),
    "after_a_re_opening": (REOPENED + CROSSED.format("2026-03-04"), ["not accepted"]),
    "after_it_was_spoilt": (
        ACCEPTED + "2026-03-06 10:00  field_set  ann  buyer=tbd\n" + CROSSED.format("2026-03-06"), ["not complete"],
    ),
    "of_the_event_by_its_name": (SUBMITTED + CROSSED.format("2026-03-02") + " event=kickoff", ["not accepted"]),
}  # fmt: skip
IN_ORDER = {
    "after_the_acceptance": ACCEPTED + CROSSED.format("2026-03-02"),
    "at_the_instant_of_the_acceptance": SUBMITTED
    + "2026-03-02 12:00  crossed  bob\n2026-03-02 12:00  accepted  bob",
    "once_it_was_mended": MENDED + CROSSED.format("2026-03-05"),
    "of_another_event": SUBMITTED + CROSSED.format("2026-03-02") + " event=renewal",
    "of_a_packet_created_in_error": SUBMITTED
    + CROSSED.format("2026-03-02")
    + "\n2026-03-03 12:00  voided  ann",
}


@pytest.mark.parametrize(
    "story", [pytest.param(story, marks=events(told[0])) for story, told in BYPASSES.items()]
)
def test_it_is_a_bypass(case, story):
    bypass = case.one("gate_bypasses", "packet_id = ?", case.packet.packet_id)
    assert (bypass.why, bypass.actor, bypass.actor_team) == (BYPASSES[story][1], "carl", "support")
    assert (bypass.event, bypass.mode, bypass.route, bypass.amount) == ("kickoff", "block", "person", 48000)


@pytest.mark.parametrize(
    "story", [pytest.param(story, marks=events(told)) for story, told in IN_ORDER.items()]
)
def test_it_is_no_bypass(case, story):
    assert case.rows("gate_bypasses", "packet_id = ?", case.packet.packet_id) == []


@events(SUBMITTED + "2026-03-02 12:00  crossed  carl", handoff="relay")
def test_where_there_is_no_gate_nobody_goes_round_it(case):
    assert case.rows("gate_bypasses", "packet_id = ?", case.packet.packet_id) == []


ROUTES = {
    "carl": "person",
    "carl route=CRM_UI": "person",
    "carl route=API": "API",
    "route=AUTOMATION_PLATFORM": "workflow",
    "carl route=IMPORT": "import",
    "route=MERGE_OBJECTS": "merge",
    "carl route=admin": "admin",
    "route=INTEGRATION": "integration user",
    "bot": "integration user",
    "": "unknown",
    "route=rapid": "unknown",
}


@pytest.mark.parametrize(
    ("who", "route"),
    [
        pytest.param(
            who, route, marks=events(f"{SUBMITTED}2026-03-02 12:00  crossed  {who}"), id=f"route_{n}"
        )
        for n, (who, route) in enumerate(ROUTES.items())
    ],
)
def test_a_bypass_has_its_route(case, who, route):
    assert case.one("gate_bypasses", "packet_id = ?", case.packet.packet_id).route == route
