"""Which accounts are in the churn cohort, which were leaky, and which are gone within a year?"""

from __future__ import annotations

import pytest

events = pytest.mark.events

# A score of 0.70: goals and risks are missing. 0.30: the buyer is.
FULL = "buyer=Ada goals=more risks=few"
SIGNED = """
2024-03-01 09:00  triggered  ann
2024-03-01 09:00  field_set  ann  {fields}
2024-03-02 12:00  accepted   bob
"""
STARTED = SIGNED.format(fields=FULL) + "2024-03-10 08:00  account.started\n"


def signing(*stories):
    """The mark of a case of the handoff numbered H03."""
    return events("".join(stories), handoff="signing")


YEARS = {  # churn → churned within a year
    "day_365": ("2025-03-10 08:00 account.churned", True),
    "a_second_later": ("2025-03-10 08:00:01 account.churned", False),
    "at_the_start": ("2024-03-10 08:00 account.churned", True),
    "never": ("", False),
    "twice": ("2025-02-01 08:00 account.churned\n2026-02-01 08:00 account.churned", True),
    "twice_after_a_year": ("2026-02-01 08:00 account.churned\n2025-06-01 08:00 account.churned", False),
    "involuntary_after_the_year": ("2025-03-10 08:00:01 account.churned involuntary=yes", False),
}


@pytest.mark.parametrize(
    "is_churned",
    [
        pytest.param(churned, id=name, marks=signing(STARTED, churn))
        for name, (churn, churned) in YEARS.items()
    ],
)
def test_churned_within_a_year(case, is_churned):
    row = case.account
    assert (row.is_in_churn_cohort, row.is_churned_within_year) == (True, is_churned)
    assert case.figure("leak_to_churn_base_rate").n == 1
    assert case.count("leak_to_churn_share") == ((0, 1) if is_churned else (None, 0))


APART = {
    "involuntary": STARTED + "2025-03-10 08:00 account.churned involuntary=yes",
    "involuntary_first": STARTED + "2024-06-10 08:00 account.churned involuntary=yes\n"
    "2024-09-10 08:00 account.churned",
    "before_the_start": STARTED + "2024-03-10 07:59:59 account.churned",
    "never_started": SIGNED.format(fields=FULL),
    "its_score_unknown": SIGNED.format(fields="")
    + "2024-03-03 09:00 field_set ann buyer=Ada goals=a risks=b evidence=snapshot\n"
    "2024-03-10 08:00 account.started",
}  # fmt: skip


@pytest.mark.parametrize(
    "why", [pytest.param(name, id=name, marks=signing(story)) for name, story in APART.items()]
)
def test_out_of_the_cohort(case, why):
    assert (case.account.is_in_churn_cohort, case.account.is_churned_within_year) == (False, None)
    assert case.count("leak_to_churn_base_rate") == (None, 0)


LEAKS = {
    "a_score_of_0_70": ("buyer=Ada", 0.7, False),
    "a_score_of_0_30": ("goals=more risks=few", 0.3, True),
    "a_score_of_0": ("", 0, True),
    "a_score_of_1": (FULL, 1, False),
}


@pytest.mark.parametrize(
    ("score", "is_leaky"),
    [
        pytest.param(score, is_leaky, id=name, marks=signing(SIGNED.format(fields=fields)))
        for name, (fields, score, is_leaky) in LEAKS.items()
    ],
)
def test_leaky_is_below_0_70(case, score, is_leaky):
    assert (case.account.completeness_score, case.account.is_leaky) == (pytest.approx(score), is_leaky)


YOUNG = """
2025-06-02 09:00  triggered  ann
2025-06-02 12:00  accepted   bob
{start}           account.started
"""


@signing(YOUNG.format(start="2025-07-01 12:00"))
def test_a_year_old_to_the_second_counts(case):
    assert case.count("leak_to_churn_base_rate") == (1, 1)


@signing(YOUNG.format(start="2025-07-01 12:00:01"))
def test_a_second_younger_says_nothing_yet(case):
    assert case.account.is_in_churn_cohort is True
    assert case.count("leak_to_churn_base_rate") == (None, 0)


@signing(STARTED, "2023-03-10 08:00  account.started\n2024-03-10 07:00  account.churned\n")
def test_the_first_start_counts(case):
    assert (case.account.started_at, case.account.is_churned_within_year) == ("2023-03-10 08:00", False)


@signing("""
2024-03-01 09:00  triggered  ann
2024-03-01 10:00  crossed    bob
2024-04-01 09:00  triggered  ann  cycle=2
2024-04-01 09:00  field_set  ann  cycle=2 buyer=Ada goals=more risks=few
2024-04-01 12:00  accepted   bob  cycle=2
2024-04-10 08:00  account.started
""")
def test_the_account_s_first_packet_counts_even_if_it_was_never_accepted(case):
    first, second = case.rows("handoff_accounts", "account = ?", case.name)
    assert (first.is_first_of_account, first.is_in_churn_cohort, first.is_leaky) == (True, True, True)
    assert (second.is_first_of_account, second.is_in_churn_cohort) == (False, False)
    assert case.count("leak_to_churn_base_rate") == (1, 1)


@signing("""
2024-03-01 09:00  triggered  ann
2024-03-01 10:00  crossed    bob
2024-03-01 11:00  voided     ann
2024-04-01 09:00  triggered  ann  cycle=2
2024-04-01 12:00  accepted   bob  cycle=2
2024-04-10 08:00  account.started
""")
def test_a_void_packet_is_nobody_s_first(case):
    (row,) = case.rows("handoff_accounts", "account = ?", case.name)
    assert (row.packet_id, row.is_first_of_account) == (f"signing:{case.name}:2", True)


@signing("""
2024-03-01 09:00  triggered  ann
2024-03-01 10:00  submitted  ann
2024-04-01 09:00  triggered  ann  cycle=2
2024-04-01 12:00  accepted   bob  cycle=2
""")
def test_a_packet_that_never_moved_is_nobody_s_first(case):
    (row,) = case.rows("handoff_accounts", "account = ?", case.name)
    assert row.packet_id == f"signing:{case.name}:2"


LEAKY = SIGNED.format(fields="goals=more") + "2024-03-10 08:00  account.started\n"
GONE = "2024-09-10 08:00  account.churned\n"


@events(LEAKY + GONE, times=2, handoff="signing")
@events(LEAKY, times=2, handoff="signing")
@events(STARTED + GONE, handoff="signing")
@events(STARTED, times=3, handoff="signing")
def test_the_risk_of_the_leaky_against_that_of_the_others(case):
    """2 of 4 against 1 of 4; the logarithm's variance is 1/2 − 1/4 + 1/1 − 1/4 = 1."""
    row = case.figure("leak_to_churn_risk_ratio")
    assert (row.value, row.numerator, row.n) == (pytest.approx(2), 2, 8)
    assert (row.low, row.high) == (pytest.approx(2 / 7.0990714), pytest.approx(2 * 7.0990714))  # e^1.96
    assert case.count("leak_to_churn_share") == (2, 3)
    assert case.count("leak_to_churn_base_rate") == (4, 8)


def of(segment, story):
    return story.replace("triggered  ann", f"triggered  ann segment={segment}")


@events(of("small", LEAKY + GONE), times=2, handoff="signing")
@events(of("small", LEAKY), times=2, handoff="signing")
@events(of("small", STARTED + GONE), handoff="signing")
@events(of("small", STARTED), times=3, handoff="signing")
@events(of("enterprise", LEAKY + GONE), handoff="signing")
@events(of("enterprise", LEAKY), handoff="signing")
@events(of("enterprise", STARTED + GONE), times=2, handoff="signing")
@events(of("enterprise", STARTED), times=4, handoff="signing")
def test_the_risk_within_segments(case):
    """Mantel–Haenszel: (2·4/8 + 1·6/8) / (1·4/8 + 2·2/8) = 1.75 / 1."""
    assert case.figure("leak_to_churn_risk_ratio", "by_segment").value == pytest.approx(1.75)
    assert case.figure("leak_to_churn_risk_ratio").value == pytest.approx((3 / 6) / (3 / 10))


@events(LEAKY, times=2, handoff="signing")
@events(STARTED + GONE, handoff="signing")
@events(STARTED, handoff="signing")
def test_no_leaky_account_churned_is_a_risk_of_zero_without_an_interval(case):
    row = case.figure("leak_to_churn_risk_ratio")
    assert (row.value, row.low, row.high, row.n) == (0, None, None, 4)


@events(STARTED + GONE, times=2, handoff="signing")
@events(STARTED, handoff="signing")
def test_without_a_leaky_account_there_is_nothing_to_compare(case):
    row = case.figure("leak_to_churn_risk_ratio")
    assert (row.value, row.n, row.status) == (None, 3, "not_measurable")


@events(STARTED + GONE, handoff="signing")
@events("2024-03-01 09:00 triggered ann account=\n2024-03-02 12:00 accepted bob account=", handoff="signing")
def test_packets_without_an_account_lower_the_coverage_of_churn(case):
    row = case.figure("leak_to_churn_base_rate")
    assert (row.numerator, row.n, row.coverage) == (0, 1, 0.5)


@events(SIGNED.format(fields="buyer=Ada") + "2024-03-10 08:00  account.started")
def test_only_the_handoff_numbered_h03_has_a_cohort(case):
    assert case.account.is_in_churn_cohort is False
    assert case.count("leak_to_churn_base_rate") == (None, 0)
