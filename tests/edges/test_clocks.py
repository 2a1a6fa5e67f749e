"""How long may it take, how much of that is used, when to warn, and whom to ask: somebody, always."""

from __future__ import annotations

import pytest

events = pytest.mark.events

SUBMITTED = """
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
2026-03-02 10:00  submitted  ann
"""


def clock(case, name, attempt=1):
    return case.one(
        "sla_clocks",
        "packet_id = ? AND clock = ? AND attempt = ?",
        f"{case.handoff}:{case.name}:1",
        name,
        attempt,
    )


def owner(case, name):
    found = clock(case, name)
    return found.owner, found.owner_kind


@events("2026-07-01 00:00  triggered  ann")
def test_what_is_not_due_yet_runs(case):
    running = clock(case, "submit")
    assert (running.state, running.stopped_at, running.hours_used) == ("running", None, 12)
    assert (running.warn_at, running.due_at) == ("2026-07-01 18:00", "2026-07-02 00:00")


@events(
    """
2026-03-06 15:00  triggered  ann
2026-03-06 15:00  field_set  ann  buyer=Ada
2026-03-09 09:15  submitted  ann
2026-03-09 13:15  accepted   bob
""",
    handoff="office",
)
def test_hours_and_the_warning_are_those_of_the_calendar(case):
    # Friday ends at 16:00: one hour then, the rest on Monday from 09:00
    submit, accept = clock(case, "submit"), clock(case, "accept")
    assert (submit.warn_at, submit.due_at) == ("2026-03-09 09:30", "2026-03-09 10:00")
    assert (submit.hours_used, submit.hours_allowed, submit.state) == (1.25, 2, "met")
    # at the last instant is in time
    assert (accept.warn_at, accept.due_at) == ("2026-03-09 12:15", "2026-03-09 13:15")
    assert (accept.hours_used, accept.state) == (4, "met")


@events(SUBMITTED + "2026-03-02 12:00  crossed  carl")
def test_a_crossing_stops_no_clock(case):
    assert (clock(case, "accept").state, clock(case, "accept").stopped_at) == ("breached", None)


@events(
    """
2026-03-02 09:00  triggered  ann
2026-03-02 10:00  submitted  ann
""",
    handoff="undated",
)
def test_without_times_there_are_no_clocks(case):
    assert case.rows("sla_clocks", "packet_id = ?", f"undated:{case.name}:1") == []


@events(
    SUBMITTED
    + """
2026-03-02 11:00  assigned  ben  team=onboarding
2026-03-02 12:00  accepted  bob
2026-03-02 13:00  assigned  bob  team=onboarding
"""
)
def test_the_owner_is_whose_it_was_while_the_clock_ran(case):
    assert owner(case, "accept") == ("ben", "person")


@events(
    """
2026-03-02 09:00  triggered  ann
2026-03-02 10:00  assigned   amy  team=sales
"""
)
def test_the_sender_s_clock_is_whoever_s_it_is_now(case):
    assert owner(case, "submit") == ("amy", "person")


@events(
    """
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
2026-03-02 10:00  submitted  ann
2026-03-02 11:00  assigned   amy  team=sales
""",
    handoff="relay",
)
def test_where_a_team_hands_over_to_itself_an_owner_is_the_receiver(case):
    assert (owner(case, "submit"), owner(case, "accept")) == (("ann", "person"), ("amy", "person"))


@events(SUBMITTED)
def test_where_nobody_is_named_the_team_is_asked(case):
    assert owner(case, "accept") == ("onboarding", "team")


@events(SUBMITTED, handoff="office")
def test_where_nobody_is_named_the_contract_s_fallback_is_asked(case):
    assert owner(case, "accept") == ("onboarding_queue", "fallback")


@events(SUBMITTED + "2026-03-02 11:00  assigned  gus  team=onboarding", handoff="office")
def test_who_has_gone_is_not_asked(case):
    assert owner(case, "accept") == ("onboarding_queue", "fallback")


@events(SUBMITTED + "2026-03-02 11:00  assigned  bot  team=onboarding")
def test_a_system_user_is_not_asked(case):
    assert owner(case, "accept") == ("onboarding", "team")
