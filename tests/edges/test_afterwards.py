"""What counts after the work has moved: first touches, changes of owner, and acceptances that stay clean."""

from __future__ import annotations

import pytest

events = pytest.mark.events

ACCEPTED = """
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
2026-03-02 10:00  submitted  ann
2026-03-02 12:00  accepted   bob
"""
# Thirty days are 30 × 24 hours; the clocks went forward in between.
DAY_30, DAY_30_AND_A_SECOND = "2026-04-01 13:00", "2026-04-01 13:00:01"

TOUCHES = {
    "the_receiver": ("2026-03-02 13:00 account.touched bob", "2026-03-02 13:00"),
    "the_receiver_for_another_team": ("2026-03-02 13:00 account.touched bob team=support", "2026-03-02 13:00"),
    "a_colleague": ("2026-03-02 13:00 account.touched ben", "2026-03-02 13:00"),
    "somebody_for_the_receiving_team": (
        "2026-03-02 13:00 account.touched carl team=onboarding", "2026-03-02 13:00"
    ),
    "the_very_instant": ("2026-03-02 12:00 account.touched bob", "2026-03-02 12:00"),
    "a_second_before": ("2026-03-02 11:59:59 account.touched bob", None),
    "the_sender": ("2026-03-02 13:00 account.touched ann", None),
    "a_third_team": ("2026-03-02 13:00 account.touched carl", None),
    "a_colleague_for_another_team": ("2026-03-02 13:00 account.touched ben team=support", None),
    "somebody_who_joins_later": ("2026-03-02 13:00 account.touched zed", None),
    "somebody_of_no_known_team": ("2026-03-02 13:00 account.touched nia", None),
    "a_system_user": ("2026-03-02 13:00 account.touched bot", None),
    "a_system_user_with_a_team": ("2026-03-02 13:00 account.touched bot team=onboarding", None),
    "another_account": ("2026-03-02 13:00 account.touched bob account=elsewhere", None),
    "an_earlier_line_with_a_later_time": (
        "2026-03-05 13:00 account.touched bob\n2026-03-04 13:00 account.touched ben", "2026-03-04 13:00"
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "touched_at",
    [
        pytest.param(touched_at, id=name, marks=events(ACCEPTED + lines))
        for name, (lines, touched_at) in TOUCHES.items()
    ],
)
def test_the_first_touch_is_that_of(case, touched_at):
    assert case.packet.first_touch_at == touched_at
    assert case.count("median_hours_to_first_touch") == (int(touched_at is not None), 1)


@events(ACCEPTED.replace("bob", "xia") + "2026-03-02 13:00 account.touched xia")
def test_the_receiver_touches_whoever_they_are(case):
    assert (case.packet.receiver, case.packet.first_touch_at) == ("xia", "2026-03-02 13:00")


@events("""
2026-03-02 09:00  triggered  ann  account=
2026-03-02 12:00  crossed    bob  account=
2026-03-02 13:00  account.touched  ben
""")
@events(ACCEPTED + "2026-03-02 14:00  account.touched  bob")
def test_a_packet_without_an_account_lowers_the_coverage_of_first_touches(case):
    row = case.figure("median_hours_to_first_touch")
    assert (row.value, row.numerator, row.n, row.coverage) == (2, 1, 1, 0.5)


OWNERS = {
    "day_30": (f"{DAY_30} assigned ben team=onboarding", 1),
    "after_day_30": (f"{DAY_30_AND_A_SECOND} assigned ben team=onboarding", 0),
    "the_same_person": ("2026-03-05 12:00 assigned bob team=onboarding", 0),
    "on_the_sender_s_side": ("2026-03-05 12:00 assigned amy team=sales", 0),
    "before_the_acceptance": ("2026-03-02 11:00 assigned ben team=onboarding", 0),
    "at_the_acceptance": ("2026-03-02 12:00 assigned ben team=onboarding", 0),
    "to_who_owned_it_at_the_acceptance": (
        "2026-03-02 11:00 assigned ben team=onboarding\n2026-03-05 12:00 assigned ben team=onboarding", 0
    ),
    "from_the_owner_to_who_had_accepted": (
        "2026-03-02 11:00 assigned ben team=onboarding\n2026-03-05 12:00 assigned bob team=onboarding", 1
    ),
    "there_and_back": (
        "2026-03-05 12:00 assigned ben team=onboarding\n2026-03-06 12:00 assigned bob team=onboarding", 2
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(changes, id=name, marks=events(ACCEPTED + lines))
        for name, (lines, changes) in OWNERS.items()
    ],
)
def test_owner_changes(case, changes):
    assert case.packet.reassignments == changes
    assert case.count("reassignment_rate") == (int(changes > 0), 1)


LATE = """
{when}  triggered  ann
{when}  field_set  ann  buyer=Ada budget=1
{when}  submitted  ann
{when}  accepted   bob
"""


@events(LATE.format(when="2026-06-01 12:00"))
def test_thirty_days_are_past_at_their_very_end(case):
    assert (case.figure("reassignment_rate").n, case.figure("rediscovery_rate").n) == (1, 1)


@events(LATE.format(when="2026-06-01 12:00:01"))
def test_a_second_earlier_they_are_not(case):
    assert case.count("reassignment_rate") == case.count("rediscovery_rate") == (None, 0)
    assert case.count("clean_acceptance_rate") == (1, 1)  # as long as nothing is known against it


SPOILT = {
    "re_opened_on_day_30": (f"{DAY_30} reopened bob", False),
    "re_opened_after_day_30": (f"{DAY_30_AND_A_SECOND} reopened bob", True),
    "asked_again_on_day_30": (f"{DAY_30} reasked bob field=buyer", False),
    "asked_again_after_day_30": (f"{DAY_30_AND_A_SECOND} reasked bob field=buyer", True),
    "asked_about_a_valid_field": ("2026-03-05 12:00 question_asked bob field=buyer", False),
    "asked_about_something_new": ("2026-03-05 12:00 question_asked bob field=weather", True),
    "only_looked_at": ("2026-03-05 12:00 reask_checked bob", True),
    "handed_on": ("2026-03-05 12:00 assigned ben team=onboarding", True),
}


@pytest.mark.parametrize(
    "is_clean",
    [
        pytest.param(is_clean, id=name, marks=events(ACCEPTED + lines))
        for name, (lines, is_clean) in SPOILT.items()
    ],
)
def test_an_acceptance_is_clean_or_not(case, is_clean):
    assert (case.packet.is_clean, case.packet.is_first_pass) == (is_clean, True)
    assert case.count("clean_acceptance_rate") == (int(is_clean), 1)


@events("""
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
2026-03-02 10:00  submitted  ann
2026-03-02 11:00  rejected   bob  reason=wrong_value
2026-03-02 12:00  accepted   bob
""")
def test_what_was_not_accepted_at_first_is_not_clean(case):
    assert (case.packet.is_clean, case.count("clean_acceptance_rate")) == (False, (0, 1))
