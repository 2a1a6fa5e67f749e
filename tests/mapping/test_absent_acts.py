"""What is counted while nobody can read an act, as its property is not there? Silence is no answer then."""

from __future__ import annotations

import pytest


def told(handoff, *lines):
    """A deal's story, for the handoff of a contract in tests/mapping/contracts."""
    return pytest.mark.records("\n".join(lines), handoff=handoff)


def acceptance(case):
    """Whether decisions count, first-pass acceptances among the settled, and the states of the clocks."""
    clocks = case.rows("sla_clocks", "packet_id = ?", case.packet.packet_id)
    states = {row.clock: row.state for row in clocks}
    return case.packet.has_recorded_decisions, case.count("first_pass_acceptance_rate"), states


def gate(case):
    found = case.one("gate_decisions", "packet_id = ?", case.packet.packet_id)
    return found.state, found.why


SOLD = "2026-{} 09:00  deal  ann  sale=sold buyer=Ada"
SENT = "2026-{} 10:00  deal  ann  sale=sent"


@told(
    "undecided", SOLD.format("03-30"), SENT.format("03-30"), "2026-03-31 10:00  deal  bob  nod=yes begun=on"
)
def test_what_was_decided_before_it_was_gone_counts(case):
    assert acceptance(case) == (True, (1, 1), {"submit": "met", "accept": "met"})
    assert gate(case) == ("open", [])


@told("undecided", SOLD.format("03-20"), SENT.format("03-20"))
def test_what_nobody_answered_before_it_was_gone_counts(case):
    assert acceptance(case) == (True, (0, 1), {"submit": "met", "accept": "breached"})


@told("undecided", SOLD.format("03-30"), SENT.format("03-30"))
def test_what_was_waiting_when_it_went_was_left_by_nobody(case):
    assert acceptance(case) == (False, (None, 0), {"submit": "met"})
    assert (case.packet.is_sla_breach, case.packet.is_accepted_within_sla) == (None, None)


@told("undecided", SOLD.format("04-10"), SENT.format("04-10"), "2026-04-12 10:00  deal  bob  begun=on")
def test_while_decisions_cannot_be_read_completeness_can(case):
    assert acceptance(case) == (False, (None, 0), {"submit": "met"})
    assert case.count("completion_rate") == (1, 1)
    assert case.count("ungoverned_rate") == (None, 0)
    assert gate(case) == ("closed", ["its acceptance cannot be read"])
    assert case.rows("gate_bypasses", "packet_id = ?", case.packet.packet_id) == []


@told("undecided", SOLD.format("05-10"), SENT.format("05-10"))
def test_silence_after_it_came_back_counts(case):
    assert acceptance(case) == (True, (0, 1), {"submit": "met", "accept": "breached"})
    assert gate(case) == ("closed", ["not accepted by onboarding yet"])


@told(
    "overheard", "2026-02-10 09:00  deal  ann  deed=sold", "2026-02-10 10:00  deal  ann  deed=sent buyer=Ada"
)
def test_before_anybody_told_a_decision_otherwise_none_counts(case):
    assert acceptance(case) == (False, (None, 0), {"submit": "met"})


@told(
    "overheard",
    "2026-03-02 09:00  deal  ann  deed=sold buyer=Ada",
    "2026-03-02 10:00  deal  ann  deed=sent",
    "2026-03-03 10:00  accepted  bob  handoff=overheard",
)
def test_a_decision_told_otherwise_counts(case):
    assert acceptance(case) == (True, (1, 1), {"submit": "met", "accept": "met"})


@told(
    "overheard", "2026-03-10 09:00  deal  ann  deed=sold buyer=Ada", "2026-03-10 10:00  deal  ann  deed=sent"
)
def test_silence_counts_once_decisions_are_told_otherwise(case):
    assert acceptance(case) == (True, (0, 1), {"submit": "met", "accept": "breached"})


@told(
    "unsent",
    "2026-03-02 09:00  deal  ann  parcel=sold buyer=Ada",
    "2026-03-03 10:00  deal  bob  parcel=taken",
)
def test_without_submissions_no_clock_runs_and_what_was_accepted_is(case):
    assert acceptance(case) == (False, (None, 0), {})
    assert case.count("completion_rate") == (1, 1)
    assert gate(case) == ("open", [])


@told("untriggered", "2026-03-03 10:00  deal  bob  bell=heard buyer=Ada")
def test_without_triggers_nothing_is_judged_or_counted(case):
    packet = case.packet
    assert (packet.is_complete, packet.is_complete_by_due, packet.is_complete_now) == (None, None, None)
    assert (packet.fault_count, packet.is_dropped, packet.has_recorded_decisions) == (None, None, False)
    assert acceptance(case)[2] == {}
    measured = case.rows(
        "handoff_scorecard", "handoff = 'untriggered' AND status IS DISTINCT FROM 'not_measurable'"
    )
    assert {row.metric for row in measured if row.n} == set()


@told(
    "unmoved", "2026-04-10 09:00  deal  ann  order=sold buyer=Ada", "2026-04-12 10:00  deal  bob  order=taken"
)
def test_without_crossings_it_is_not_judged_when_it_moved(case):
    packet = case.packet
    assert (packet.is_complete, packet.is_complete_by_due, packet.is_complete_now) == (None, True, True)
    assert (packet.fault_count, packet.has_recorded_decisions) == (None, False)


@told("unmoved", "2026-04-10 09:00  deal  ann  order=sold")
def test_without_crossings_nobody_knows_what_was_dropped(case):
    assert case.packet.is_dropped is None
    assert case.count("drop_rate") == (None, 0)


@told("unmoved", "2026-02-10 09:00  deal  ann  order=sold")
def test_what_was_dropped_before_they_were_gone_was_dropped(case):
    assert case.count("drop_rate") == (1, 1)
