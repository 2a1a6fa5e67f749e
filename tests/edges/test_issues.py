"""Which impossible things are kept, listed in data_issues, and out of the figures they would spoil?"""

from __future__ import annotations

import pytest

events = pytest.mark.events

SIGNED = """
2024-03-01 09:00  triggered  ann
2024-03-01 09:00  field_set  ann  buyer=Ada goals=more risks=few
2024-03-02 12:00  accepted   bob
2024-03-10 08:00  account.started
"""


@events(SIGNED + "2024-03-09 08:00  account.churned", handoff="signing")
def test_churn_before_the_start_is_an_issue(case):
    assert case.issues == ["churn_before_start"]


@events(SIGNED + "2024-05-09 08:00  account.churned\n2024-06-09 08:00  account.churned", handoff="signing")
def test_an_account_that_churned_twice_is_an_issue(case):
    assert case.issues == ["churned_twice"]


@events("2026-03-02 09:00  triggered  ann  value=20000 currency=USD")
def test_another_currency_is_an_issue_and_its_amount_no_amount(case):
    assert case.issues == ["currency_foreign"]
    assert (case.packet.amount, case.packet.amount_band) == (None, None)


@events("2026-03-02 09:00  triggered  ann  value=20000 currency=EUR")
def test_the_organisation_s_currency_is_none(case):
    assert (case.issues, case.packet.amount) == ([], 20000)


@events("""
2026-03-02 09:00  triggered  ann  source=till value=20000
2026-03-02 09:00  triggered  ann  source=till value=10000 currency=EUR cycle=2
""")
def test_no_currency_is_an_issue_where_the_system_states_one_and_its_amount_no_amount(case):
    assert case.issues == ["currency_missing"]
    assert (case.packet.amount, case.packet.amount_band, case.second.amount) == (None, None, 10000)
    assert case.count("drop_rate") == (2, 2)
