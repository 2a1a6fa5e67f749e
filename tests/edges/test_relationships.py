"""Whose is the customer, once it is worked in two motions? Exactly one person's, at every minute, or it is listed."""

from __future__ import annotations

import pytest

events = pytest.mark.events

TWO = """
2026-03-02 09:00  triggered  ann  motion=new
2026-05-04 09:00  triggered  ann  motion=more cycle=2
"""
ANN = "2026-03-01 08:00  account.primary_set  ann  motion=new\n"
MORE = "2026-05-04 09:00  account.primary_set  {}  motion=more\n"
SECOND, NOW = "2026-05-04 09:00", None

STORIES = {
    # story → (kind, from, until, who)
    "one_owner_of_the_first_motion": (ANN, []),
    "one_owner_of_both": (ANN + MORE.format("ann"), []),
    "two_owners": (ANN + MORE.format("amy"), [("overlap", SECOND, NOW, ["amy", "ann"])]),
    "taken_over_at_one_instant": (
        ANN + MORE.format("amy") + "2026-05-04 09:00  account.primary_set  motion=new", [],
    ),
    "taken_over_later": (
        ANN + MORE.format("amy") + "2026-05-06 09:00  account.primary_set  motion=new",
        [("overlap", SECOND, "2026-05-06 09:00", ["amy", "ann"])],
    ),
    "given_away_too_early": (
        ANN
        + "2026-05-02 09:00  account.primary_set  motion=new\n2026-05-05 10:30  account.primary_set  amy  motion=more",
        [("gap", SECOND, "2026-05-05 10:30", [])],
    ),
    "told_only_later": (
        "2026-05-05 10:30  account.primary_set  amy  motion=more", [("gap", SECOND, "2026-05-05 10:30", [])],
    ),
    "seen_only_later": (
        "2026-05-05 10:30  account.primary_set  amy  motion=more evidence=snapshot",
        [("unobservable", SECOND, "2026-05-05 10:30", None)],
    ),
    "told_by_nobody": ("", [("unobservable", SECOND, NOW, None)]),
    "another_takes_over_the_second": (
        ANN + MORE.format("amy") + "2026-05-05 09:00  account.primary_set  bob  motion=more",
        [("overlap", SECOND, "2026-05-05 09:00", ["amy", "ann"]), ("overlap", "2026-05-05 09:00", NOW, ["ann", "bob"])],
    ),
    "said_again": (
        ANN + MORE.format("amy") + "2026-05-05 09:00  account.primary_set  amy  motion=more",
        [("overlap", SECOND, NOW, ["amy", "ann"])],
    ),
    "one_for_the_whole_account": (
        ANN + MORE.format("amy") + "2026-05-05 09:00  account.primary_set  amy",
        [("overlap", SECOND, "2026-05-05 09:00", ["amy", "ann"])],
    ),
    "of_the_whole_account_and_of_a_motion": (
        "2026-03-01 08:00  account.primary_set  ann\n" + MORE.format("amy"), [("overlap", SECOND, NOW, ["amy", "ann"])],
    ),
    "the_only_owner_has_gone": (
        "2026-03-01 08:00  account.primary_set  gus  motion=new", [("gap", "2026-06-01 00:00", NOW, [])],
    ),
    "a_system_is_nobody": (
        "2026-03-01 08:00  account.primary_set  bot  motion=new", [("gap", SECOND, NOW, [])],
    ),
    "until_the_account_left": (
        ANN + "2026-05-10 09:00  account.primary_set  motion=new\n2026-05-20 09:00  account.churned",
        [("gap", "2026-05-10 09:00", "2026-05-20 09:00", [])],
    ),
    "left_before": (MORE.format("amy") + ANN + "2026-05-01 09:00  account.churned", []),
    "at_this_very_instant": (
        ANN + "2026-07-01 12:00  account.primary_set  motion=new", [("gap", "2026-07-01 12:00", NOW, [])],
    ),
}  # fmt: skip


def found(case):
    rows = case.rows("relationship_gaps", "account = ?", case.name)
    return [(row.kind, row.from_at, row.until_at, row.owners) for row in rows]


@pytest.mark.parametrize(
    "story", [pytest.param(story, marks=events(TWO + told[0])) for story, told in STORIES.items()]
)
def test_whatever_is_not_exactly_one_is_listed(case, story):
    assert sorted(found(case), key=lambda row: row[1]) == STORIES[story][1]


@events(TWO + "2026-05-05 10:30  account.primary_set  amy  motion=more")
def test_a_stretch_says_how_long_it_was_and_since_when_anybody_looks(case):
    gap = case.one("relationship_gaps", "account = ?", case.name)
    assert (gap.hours, gap.watched_from, gap.motions, gap.packet_id) == (25.5, SECOND, ["more", "new"], None)


@events(TWO + ANN)
def test_an_account_that_has_no_row_says_whether_anybody_looked(case):
    assert case.one("dim_account", "account = ?", case.name).relationship_watched_from == SECOND


@events("2026-03-02 09:00  triggered  ann  motion=new\n2026-03-01 08:00  account.primary_set  motion=new")
def test_with_one_motion_nobody_looks(case):
    assert found(case) == []
    assert case.one("dim_account", "account = ?", case.name).relationship_watched_from is None


@events(TWO + ANN + MORE.format("amy") + "2026-05-05 09:00  voided  cycle=2")
def test_what_was_created_in_error_is_no_second_motion(case):
    assert found(case) == []


@events("2026-03-02 09:00  triggered  ann\n2026-03-05 09:00  account.primary_set  ann", handoff="relay")
def test_a_crossing_between_motions_is_a_second_one_whatever_it_is_called(case):
    gap = case.one("relationship_gaps", "account = ?", case.name)
    assert (gap.kind, gap.from_at, gap.until_at) == ("gap", "2026-03-02 09:00", "2026-03-05 09:00")
    assert gap.packet_id == case.packet.packet_id


MOVED = """
2026-03-01 08:00  account.primary_set  ann  motion=new
2026-03-02 09:00  triggered  ann  motion=more
2026-03-02 09:00  field_set  ann  buyer=Ada reunification_trigger="first renewal" reunification_due_on=2026-05-31
2026-03-02 10:00  submitted  ann
2026-03-02 12:00  accepted   amy
"""
SPLIT = (
    MOVED
    + """
2026-03-02 15:00  account.primary_set  amy  motion=more
2026-03-02 15:00  account.primary_set  motion=new
"""
)
STATES = {
    # story → state, when it was one again, hours late
    "split_until_now": (SPLIT, "overdue", None, 732),
    "both_motions_are_one_persons": (
        SPLIT + "2026-05-20 09:00  account.primary_set  amy  motion=new", "reunified", "2026-05-20 09:00", 0,
    ),
    "the_first_owner_has_it_back": (
        SPLIT + "2026-05-20 09:00  account.primary_set  ann  motion=new\n"
        "2026-05-21 09:00  account.primary_set  motion=more",
        "reunified", "2026-05-21 09:00", 0,
    ),
    "one_for_the_account_at_the_last_minute": (
        SPLIT + "2026-05-31 23:59:59  account.primary_set  bob", "reunified", "2026-05-31 23:59:59", 0,
    ),
    "one_for_the_account_a_day_later": (
        SPLIT + "2026-06-02 00:00  account.primary_set  bob", "reunified_late", "2026-06-02 00:00", 24,
    ),
    "once_is_enough": (
        SPLIT + "2026-05-20 09:00  account.primary_set  bob\n2026-06-20 09:00  account.primary_set  amy  motion=more",
        "reunified", "2026-05-20 09:00", 0,
    ),
    "owners_are_told_after_the_move_and_it_was_no_re_unification_before": (
        SPLIT + "2026-03-02 13:00  account.primary_set  ann  motion=new", "overdue", None, 732,
    ),
    "never_split": (MOVED, "reunified", "2026-03-02 12:00", 0),
    "two_persons_are_not_one": (
        MOVED + "2026-03-02 15:00  account.primary_set  amy  motion=more", "overdue", None, 732,
    ),
    "the_day_was_moved": (
        SPLIT + "2026-05-30 09:00  field_set  ann  reunification_due_on=2026-07-01", "open", None, 0,
    ),
    "the_account_left": (SPLIT + "2026-06-01 12:00  account.churned", "account_left", None, 12),
    "nobody_told_of_owners": (MOVED.split("motion=new")[1], "unobservable", None, None),
}  # fmt: skip


def reunification(case, cycle=1):
    return case.one("reunifications", "packet_id = ?", f"relay:{case.name}:{cycle}")


@pytest.mark.parametrize(
    "story", [pytest.param(story, marks=events(told[0], handoff="relay")) for story, told in STATES.items()]
)
def test_it_is_one_relationship_again_or_overdue(case, story):
    found = reunification(case)
    assert (found.state, found.reunified_at) == STATES[story][1:3]
    assert found.hours_late == pytest.approx(STATES[story][3])
    assert (str(found.due_on), found.due_at) == (found.due_at[:10], f"{found.due_on} 23:59:59.999999")
    assert (found.motion, found.moved_at, found.owner) == ("more", "2026-03-02 12:00", "amy")


AGAIN = """
2026-06-10 09:00  triggered  amy  motion=third cycle=2
2026-06-10 09:30  field_set  amy  reunification_trigger="no re-unification" reunification_due_on=2026-06-11 cycle=2
2026-06-10 10:00  submitted  amy  cycle=2
2026-06-10 12:00  accepted   ann  cycle=2
"""


@events(SPLIT.replace(" buyer", " cycle=1 buyer") + AGAIN, handoff="relay")
def test_the_next_crossing_takes_its_place_and_one_without_a_re_unification_has_no_row(case):
    assert (reunification(case).state, reunification(case).hours_late) == ("superseded", pytest.approx(228))
    assert len(case.rows("reunifications", "account = ?", case.name)) == 1


@events(SPLIT.partition("2026-03-02 12:00")[0], handoff="relay")
def test_what_has_not_moved_is_not_brought_back(case):
    assert case.rows("reunifications", "account = ?", case.name) == []


@events(SPLIT.replace("accepted   amy", "accepted   sue"), handoff="relay")
def test_who_has_gone_is_not_asked_but_who_leads_the_team(case):
    assert (reunification(case).owner, reunification(case).owner_team) == ("amy", "sales")


DEPARTED = "2026-06-10 09:00  account.milestone  amy  value=champion_departed\n"
SIGNALS = {
    # story → motion and who acts
    "in_the_motions_it_was_in_by_then": (
        TWO.replace("=new", "=inbound").replace("=more", "=partner")
        + "2026-06-11 09:00  triggered  ann  motion=outbound cycle=3\n",
        [("inbound", "customer_success"), ("partner", "sales")],
    ),
    "in_a_motion_that_nobody_declared": (TWO, [("more", None), ("new", None)]),
    "in_no_motion": ("", [(None, None)]),
}


@pytest.mark.parametrize(
    "story", [pytest.param(story, marks=events(told[0] + DEPARTED)) for story, told in SIGNALS.items()]
)
def test_a_signal_has_an_action_per_motion_of_the_account(case, story):
    rows = case.rows("account_signals", "account = ?", case.name)
    assert sorted(((row.motion, row.team) for row in rows), key=str) == SIGNALS[story][1]
    assert {(row.signal, row.happened_at, row.actor) for row in rows} == {
        ("champion_departed", "2026-06-10 09:00", "amy")
    }
    assert all((row.action is None) == (row.team is None) for row in rows)


@events(TWO + "2026-06-10 09:00  account.milestone  amy  value=kickoff")
def test_other_milestones_are_no_signals(case):
    assert case.rows("account_signals", "account = ?", case.name) == []
