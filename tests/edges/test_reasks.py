"""When was the customer asked twice, who is to blame for it, and when do we not know?"""

from __future__ import annotations

import pytest

events = pytest.mark.events

ACCEPTED = """
2026-03-02 09:00  triggered  ann
2026-03-02 09:00  field_set  ann  buyer=Ada
2026-03-02 10:00  submitted  ann
2026-03-02 12:00  accepted   bob
"""
WITHOUT_BUYER = ACCEPTED.replace("2026-03-02 09:00  field_set  ann  buyer=Ada\n", "")
EARLIER = """
2026-02-02 09:00  triggered  ann  handoff=signing
2026-02-02 09:00  field_set  ann  handoff=signing buyer=Ada
{moved}  crossed  bob  handoff=signing
"""

BLAME = {  # story → (asked twice, by the receiver, by the sender)
    "flagged_about_a_field_of_the_packet": (ACCEPTED + "2026-03-05 12:00 reasked bob field=buyer", (1, 1, 0)),
    "flagged_without_a_field": (ACCEPTED + "2026-03-05 12:00 reasked bob", (1, 0, 0)),
    "flagged_about_a_field_nobody_had_filled": (
        WITHOUT_BUYER + "2026-03-05 12:00 reasked bob field=buyer", (1, 0, 0),
    ),
    "a_question_about_a_field_that_was_valid": (
        ACCEPTED + "2026-03-05 12:00 question_asked bob field=buyer", (1, 1, 0),
    ),
    "a_question_about_a_field_that_was_missing": (
        WITHOUT_BUYER + "2026-03-05 12:00 question_asked bob field=buyer", (0, 0, 0),
    ),
    "a_question_about_a_field_filled_after_the_transition": (
        WITHOUT_BUYER + "2026-03-02 12:01 field_set ann buyer=Ada\n"
        "2026-03-05 12:00 question_asked bob field=buyer", (0, 0, 0),
    ),
    "a_question_about_no_field_of_the_contract": (
        ACCEPTED + "2026-03-05 12:00 question_asked bob field=weather", (0, 0, 0),
    ),
    "a_question_answered_in_an_earlier_packet": (
        EARLIER.format(moved="2026-02-03 12:00") + WITHOUT_BUYER
        + "2026-03-05 12:00 question_asked bob field=buyer", (1, 0, 1),
    ),
    "a_question_answered_here_and_earlier": (
        EARLIER.format(moved="2026-02-03 12:00") + ACCEPTED
        + "2026-03-05 12:00 question_asked bob field=buyer", (1, 1, 0),
    ),
    "flagged_about_a_field_of_an_earlier_packet": (
        EARLIER.format(moved="2026-02-03 12:00") + WITHOUT_BUYER
        + "2026-03-05 12:00 reasked bob field=buyer", (1, 0, 1),
    ),
    "a_packet_that_moved_a_second_earlier": (
        EARLIER.format(moved="2026-03-02 11:59:59") + WITHOUT_BUYER
        + "2026-03-05 12:00 question_asked bob field=buyer", (1, 0, 1),
    ),
    "a_packet_that_moved_at_the_same_instant": (
        EARLIER.format(moved="2026-03-02 12:00") + WITHOUT_BUYER
        + "2026-03-05 12:00 question_asked bob field=buyer", (0, 0, 0),
    ),
    "an_earlier_packet_that_is_void": (
        EARLIER.format(moved="2026-02-03 12:00") + "2026-02-04 12:00 voided ann handoff=signing\n"
        + WITHOUT_BUYER + "2026-03-05 12:00 question_asked bob field=buyer", (0, 0, 0),
    ),
    "an_earlier_packet_of_another_account": (
        EARLIER.format(moved="2026-02-03 12:00").replace("signing", "signing account=elsewhere")
        + WITHOUT_BUYER + "2026-03-05 12:00 question_asked bob field=buyer", (0, 0, 0),
    ),
    "a_check_that_found_nothing": (ACCEPTED + "2026-03-05 12:00 reask_checked bob", (0, 0, 0)),
}  # fmt: skip


@pytest.mark.parametrize(
    "blame",
    [pytest.param(blame, id=name, marks=events(story)) for name, (story, blame) in BLAME.items()],
)
def test_who_is_to_blame_for(case, blame):
    row = case.account
    found = row.is_rediscovered, row.is_rediscovered_by_receiver, row.is_rediscovered_by_sender
    assert found == tuple(map(bool, blame))
    metrics = ("rediscovery_rate", "rediscovery_receiver_rate", "rediscovery_sender_rate")
    assert [case.count(metric) for metric in metrics] == [(part, 1) for part in blame]


WINDOW = {  # thirty days are 30 × 24 hours, and the clocks went forward in between
    "at_the_acceptance": ("2026-03-02 12:00", True),
    "a_second_before_the_acceptance": ("2026-03-02 11:59:59", False),
    "on_day_30": ("2026-04-01 13:00", True),
    "after_day_30": ("2026-04-01 13:00:01", False),
}


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param(counts, id=name, marks=events(f"{ACCEPTED}{when} reasked bob field=buyer"))
        for name, (when, counts) in WINDOW.items()
    ],
)
def test_a_re_ask_counts_from_the_acceptance_for_thirty_days(case, counts):
    row = case.account
    assert (row.is_rediscovered, row.reasked_at is not None, row.examined_at is not None) == (counts,) * 3


@events(ACCEPTED + "2026-06-20 12:00  reask_checked  bob")
def test_a_check_counts_whenever_it_is_made(case):
    assert (case.account.examined_at, case.account.is_rediscovered) == ("2026-06-20 12:00", False)
    assert case.figure("rediscovery_rate").coverage == 1


@events(ACCEPTED + "2026-03-02 11:00  reask_checked  bob")
def test_but_not_before_the_acceptance(case):
    assert case.account.examined_at is None


TWICE = (
    ACCEPTED
    + """
2026-03-20 09:00  triggered  ann  cycle=2
2026-03-20 12:00  accepted   bob  cycle=2
"""
)


@events(TWICE + "2026-03-20 12:00  reasked  bob  subject=")
def test_a_re_ask_that_names_no_packet_is_of_the_latest_acceptance(case):
    rows = case.rows("handoff_accounts", "account = ? ", case.name)
    assert [(row.accepted_at, row.is_rediscovered) for row in rows] == [
        ("2026-03-02 12:00", False), ("2026-03-20 12:00", True),
    ]  # fmt: skip


@events(TWICE + "2026-03-20 11:59:59  reasked  bob  subject=")
def test_a_second_earlier_the_latest_acceptance_was_the_one_before(case):
    rows = case.rows("handoff_accounts", "account = ?", case.name)
    assert [row.is_rediscovered for row in rows] == [True, False]


@events(TWICE + "2026-03-25 12:00  reasked  bob  cycle=1")
def test_a_re_ask_that_names_its_packet_is_of_no_other(case):
    rows = case.rows("handoff_accounts", "account = ?", case.name)
    assert [row.is_rediscovered for row in rows] == [True, False]


NOBODY = ACCEPTED.replace("ann", "ann account=").replace("bob", "bob account=")


@events(NOBODY + "2026-03-05 12:00  reasked  bob  account=")
@events(ACCEPTED + "2026-03-05 12:00  reask_checked  bob")
def test_a_packet_without_an_account_is_in_no_account_figure_and_lowers_its_coverage(case):
    assert case.rows("handoff_accounts", "packet_id = ?", f"seam:{case.name}:1") == []
    row = case.figure("rediscovery_rate")
    assert (row.numerator, row.n, row.coverage) == (0, 1, 0.5)


@events(ACCEPTED + "2026-03-05 12:00  reask_checked  bob")
@events(ACCEPTED)
def test_half_of_them_looked_at_is_enough(case):
    row = case.figure("rediscovery_rate")
    assert (row.coverage, row.value, row.n, row.status) == (0.5, 0, 2, "insufficient")


@events(ACCEPTED + "2026-03-05 12:00  reasked  bob")
@events(ACCEPTED, times=2)
def test_silence_is_not_evidence(case):
    row = case.figure("rediscovery_rate")
    assert (row.coverage, row.n) == (pytest.approx(1 / 3), 3)
    assert (row.value, row.numerator, row.status) == (None, None, "not_measurable")


@events(ACCEPTED + "2026-03-05 12:00  question_asked  bob  field=weather")
def test_any_question_shows_that_somebody_looked(case):
    assert (case.account.examined_at, case.figure("rediscovery_rate").coverage) == ("2026-03-05 12:00", 1)


@events("2026-03-02 09:00  account.linked  value=seen-as\n" + ACCEPTED.replace("ann\n", "ann account=seen-as\n")
        + "2026-03-05 12:00  reasked  bob  subject=\n2026-03-03 09:00  account.touched  bob")  # fmt: skip
def test_a_linked_account_is_the_same_account(case):
    assert (case.packet.account, case.account.is_rediscovered) == (case.name, True)
    assert case.packet.first_touch_at == "2026-03-03 09:00"
