"""Which two answers are the pair around an acceptance?"""

from __future__ import annotations

import pytest

events = pytest.mark.events

# Fourteen days are 14 × 24 hours: from 2 March 12:00 to 30 March 13:00, as the clocks went forward on the 29th.
ACCEPTED = """
2026-03-16 09:00  triggered  ann
2026-03-16 09:00  field_set  ann  buyer=Ada
2026-03-16 10:00  submitted  ann
2026-03-16 12:00  accepted   bob
"""
BEFORE = "2026-03-10 12:00  survey.answered  cid  value=5\n"
AFTER = "2026-03-20 12:00  survey.answered  cid  value=9\n"
PAIRED = ("2026-03-10 12:00", "2026-03-20 12:00")

PAIRS = {  # answers → instants of the pair
    "a_plain_one": (BEFORE + AFTER, PAIRED),
    "day_14_before": ("2026-03-02 12:00 survey.answered cid value=5\n" + AFTER, ("2026-03-02 12:00", PAIRED[1])),
    "a_second_longer_before": ("2026-03-02 11:59:59 survey.answered cid value=5\n" + AFTER, None),
    "day_14_after": (BEFORE + "2026-03-30 13:00 survey.answered cid value=9", (PAIRED[0], "2026-03-30 13:00")),
    "a_second_longer_after": (BEFORE + "2026-03-30 13:00:01 survey.answered cid value=9", None),
    "the_acceptance_itself_is_after": (
        BEFORE + "2026-03-16 12:00 survey.answered cid value=9", (PAIRED[0], "2026-03-16 12:00"),
    ),
    "the_acceptance_itself_is_not_before": ("2026-03-16 12:00 survey.answered cid value=5\n" + AFTER, None),
    "a_second_before_it_is": (
        "2026-03-16 11:59:59 survey.answered cid value=5\n" + AFTER, ("2026-03-16 11:59:59", PAIRED[1]),
    ),
    "none_without_an_answer_before": (AFTER, None),
    "none_without_an_answer_after": (BEFORE, None),
    "the_nearest_answers": (
        "2026-03-08 12:00 survey.answered cid value=9\n" + BEFORE + AFTER
        + "2026-03-25 12:00 survey.answered cid value=9", PAIRED,
    ),
    "one_contact_s_before_two_contacts_nearer_ones": (
        BEFORE + AFTER + "2026-03-15 12:00 survey.answered dora value=1\n"
        "2026-03-17 12:00 survey.answered eva value=1", PAIRED,
    ),
    "the_contact_with_the_smaller_distance_in_all": (
        # cid: 10 days in all; dora: 1 + 13
        BEFORE + AFTER + "2026-03-15 12:00 survey.answered dora value=1\n"
        "2026-03-29 12:00 survey.answered dora value=1", PAIRED,
    ),
    "of_equal_ones_the_contact_earlier_in_the_alphabet": (
        "2026-03-11 12:00 survey.answered dora value=1\n2026-03-21 12:00 survey.answered dora value=1\n"
        + BEFORE + AFTER, PAIRED,
    ),
    "two_contacts_nearest_where_nobody_answered_twice": (
        "2026-03-08 12:00 survey.answered dora value=1\n" + BEFORE + AFTER.replace("cid", "eva")
        + "2026-03-25 12:00 survey.answered flo value=1", PAIRED,
    ),
    "no_two_kinds": (BEFORE.replace("5", "5 kind=relational", 1).replace("2026-03-10", "2026-03-10")
                     + AFTER.replace("value=9", "value=9 kind=transactional"), None),
    "no_kind_is_a_kind_of_its_own": (BEFORE + AFTER.replace("value=9", "value=9 kind=relational"), None),
    "nobody_in_particular": (BEFORE.replace("cid", "") + AFTER.replace("cid", ""), PAIRED),
    "another_account_s": (BEFORE + AFTER.replace("cid", "cid account=elsewhere"), None),
}  # fmt: skip


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(pair, id=name, marks=events(ACCEPTED + answers))
        for name, (answers, pair) in PAIRS.items()
    ],
)
def test_the_pair_is(case, pair):
    row = case.account
    assert (row.nps_before_at, row.nps_after_at) == (pair or (None, None))
    assert case.figure("nps_delta").n == (1 if pair else 0) if pair else case.count("nps_delta")[1] == 0


SCORES = {
    "0": -1, "6": -1, "7": 0, "8": 0, "9": 1, "10": 1, "9.0": 1,
    "11": None, "-1": None, "8.5": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        pytest.param(
            *(answer, score),
            marks=events(ACCEPTED + BEFORE + f"2026-03-20 12:00 survey.answered cid value={answer}"),
        )
        for answer, score in SCORES.items()
    ],
)
def test_an_answer_is_a_detractor_s_a_passive_s_or_a_promoter_s(case, answer, score):
    row = case.account
    assert row.nps_after == score
    assert row.nps_change == (None if score is None else score + 1)
    assert ("nps_out_of_range" in case.issues) == (score is None)


@events(ACCEPTED + BEFORE + "2026-03-10 12:00  survey.answered  cid  value=8\n" + AFTER)
def test_of_two_answers_at_one_instant_before_the_later_one_counts(case):
    assert (case.account.nps_before, case.account.nps_change) == (0, 1)


@events(ACCEPTED + BEFORE + AFTER + "2026-03-20 12:00  survey.answered  cid  value=0")
def test_of_two_answers_at_one_instant_after_the_earlier_one_counts(case):
    assert (case.account.nps_after, case.account.nps_change) == (1, 2)


@events(ACCEPTED + BEFORE + AFTER.replace("value=9", "value=7"), times=3)
@events(ACCEPTED + BEFORE + AFTER.replace("value=9", "value=1"))
def test_the_delta_is_a_mean_of_changes_in_points(case):
    row = case.figure("nps_delta")  # three went from detractor to passive, one stayed
    assert (row.value, row.numerator, row.n, row.status) == (75, None, 4, "insufficient")


@events(ACCEPTED + BEFORE + AFTER, times=29)
def test_twenty_nine_pairs_are_not_judged(case):
    assert (case.figure("nps_delta").n, case.figure("nps_delta").status) == (29, "insufficient")


@events(ACCEPTED + BEFORE + AFTER, times=30)
def test_thirty_pairs_are(case):
    row = case.figure("nps_delta")
    assert (row.n, row.value, row.low, row.high, row.status) == (30, 200, 200, 200, "meets")


@events(ACCEPTED + BEFORE + AFTER)
@events(ACCEPTED.replace("ann", "ann account=").replace("bob", "bob account="))
def test_a_packet_without_an_account_lowers_the_coverage_of_nps(case):
    assert (case.figure("nps_delta").n, case.figure("nps_delta").coverage) == (1, 0.5)


@events("""
2026-03-20 12:00  survey.answered  cid  value=9  account=
2026-03-16 09:00  triggered  ann
""")
def test_an_answer_of_no_account_is_an_issue(case):
    ((count,),) = case.house.rows("SELECT count(*) FROM data_issues WHERE issue = 'survey_without_account'")
    assert count == 1
