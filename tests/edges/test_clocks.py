"""How long may it take, how much of it is used, when to warn, whom to ask (somebody, always), and who is told then."""

from __future__ import annotations

import pytest

events = pytest.mark.events

SUBMITTED = """
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
2026-03-02 10:00  submitted  ann
"""


def sent_off(when, then="", handoff="watched"):
    """A packet that was complete and waits for its receiver since then."""
    acts = ("triggered  ann", "field_set  ann  buyer=Ada", "submitted  ann")
    return events("\n".join([*(f"{when}  {act}" for act in acts), then]), handoff=handoff)


def clock(case, name, round=1):
    return case.one(
        "sla_clocks",
        "packet_id = ? AND clock = ? AND round = ?",
        f"{case.handoff}:{case.name}:1",
        name,
        round,
    )


def rung(case, name="accept"):
    found = clock(case, name)
    return found.rung, found.escalated_at, found.told, found.told_as


def words(case):
    """Rounds in which the customer was to be told."""
    found = case.rows(
        "sla_clocks",
        "packet_id = ? AND clock = 'customer_update'",
        f"{case.handoff}:{case.name}:1",
    )
    return [(one.started_at, one.due_at, one.stopped_at, one.state) for one in found]


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


@sent_off("2026-07-01 10:00")
def test_before_the_warning_nobody_is_told(case):
    assert (clock(case, "accept").state, *rung(case)) == ("running", 0, None, None, None)


@sent_off("2026-06-30 13:00", "2026-06-30 13:00  assigned  carl  team=support")
def test_the_owner_is_warned_when_the_share_is_used(case):
    found = clock(case, "accept")
    assert (found.warn_at, found.due_at, found.state) == ("2026-07-01 10:30", "2026-07-01 12:30", "running")
    assert rung(case) == (0, None, "carl", "owner")


@sent_off("2026-06-30 10:00", "2026-06-30 10:00  assigned  carl  team=support")
def test_a_breach_is_the_owner_s_first(case):
    found = clock(case, "accept")
    assert (found.due_at, found.state) == ("2026-07-01 09:30", "breached")
    assert rung(case) == (0, None, "carl", "owner")


@sent_off("2026-06-29 10:00")
def test_a_breach_that_lasts_goes_to_the_manager(case):
    # due on Tuesday at 09:30; eight hours later the office closes, and that is in time for nobody
    assert rung(case) == (1, "2026-06-30 17:30", "max", "manager")


@sent_off("2026-06-26 10:00")
def test_then_to_the_executive_and_a_weekend_is_no_time(case):
    # due on Monday at 11:00: 6.5 hours are left of that day, 8.5 are Tuesday's
    assert clock(case, "accept").due_at == "2026-06-29 11:00"
    assert rung(case) == (2, "2026-07-01 10:00", "eve", "executive")


@sent_off("2026-06-05 10:00")
def test_there_is_nobody_above_the_top(case):
    assert rung(case) == (2, "2026-06-10 10:00", "eve", "executive")


@sent_off("2026-06-05 10:00", "2026-06-09 12:00  accepted  carl")
def test_what_was_answered_goes_no_further(case):
    assert (clock(case, "accept").state, *rung(case)) == ("breached", 1, "2026-06-09 10:30", "max", "manager")


@events("2026-06-05 10:00  triggered  ann", handoff="watched")
def test_a_manager_who_has_gone_is_no_rung(case):
    # due on Friday at 14:00
    assert rung(case, "submit") == (1, "2026-06-08 15:00", "eve", "executive")


@sent_off("2026-06-05 10:00", "2026-06-05 10:00  assigned  max  team=support")
def test_nobody_is_told_twice(case):
    assert rung(case) == (1, "2026-06-09 10:30", "eve", "executive")


@sent_off("2026-06-05 10:00", handoff="office")
def test_where_nobody_is_above_it_stays_with_its_owner(case):
    assert rung(case) == (0, None, "onboarding_queue", "owner")


@sent_off("2026-06-05 10:00", "2026-06-05 10:00  assigned  gus  team=support")
def test_the_lead_takes_over_before_the_queue(case):
    assert owner(case, "accept") == ("lea", "lead")


@events("2026-06-05 10:00  triggered  gus", handoff="watched")
def test_on_the_sending_side_somebody_takes_over_too(case):
    assert owner(case, "submit") == ("success_queue", "fallback")


@events("2026-06-26 10:00  triggered  ann", handoff="watched")
def test_the_customer_is_owed_a_word_from_the_trigger(case):
    assert words(case) == [("2026-06-26 10:00", "2026-06-29 11:00", None, "breached")]
    found = clock(case, "customer_update")
    assert (found.court, found.owner, found.attempt, found.hours_allowed) == ("sender", "ann", 1, 8)


@events(
    """
2026-06-22 09:00  triggered         ann
2026-06-22 12:00  customer_updated  ann
2026-06-23 12:00  customer_updated  amy
2026-06-23 13:00  crossed           carl
2026-06-24 09:00  customer_updated  ann
2026-06-24 10:00  customer_updated  ann
""",
    handoff="watched",
)
def test_each_word_starts_the_next_round_until_the_work_moves(case):
    assert words(case) == [
        ("2026-06-22 09:00", "2026-06-22 17:00", "2026-06-22 12:00", "met"),
        ("2026-06-22 12:00", "2026-06-23 11:30", "2026-06-23 12:00", "breached"),
        # owed when the work moved, so owed still; the word after it starts nothing
        ("2026-06-23 12:00", "2026-06-24 11:30", "2026-06-24 09:00", "met"),
    ]


@events(
    """
2026-06-22 09:00  triggered                 ann
2026-06-22 09:00  customer_updated          ann
2026-06-22 10:00  handoff.customer_updated  ann  handoff=watched
2026-06-22 11:00  customer_updated          bot
2026-06-22 12:00  withdrawn                 ann
""",
    handoff="watched",
)
def test_a_word_about_all_of_the_account_counts_one_of_a_system_does_not(case):
    # the first came with the trigger
    assert [(stopped, state) for _, _, stopped, state in words(case)] == [
        ("2026-06-22 09:00", "met"),
        ("2026-06-22 10:00", "met"),
        ("2026-06-22 12:00", "stopped"),
    ]


@events(
    """
2026-06-21 09:00  account.primary_set  amy
2026-06-22 09:00  triggered            bot
""",
    handoff="watched",
)
def test_where_nobody_hands_over_the_account_s_owner_owes_the_word(case):
    assert owner(case, "customer_update") == ("amy", "person")


@events("2026-06-22 09:00  triggered  ann")
def test_without_update_hours_no_word_is_owed(case):
    assert words(case) == []
