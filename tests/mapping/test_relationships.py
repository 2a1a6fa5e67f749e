"""Whose is the account, and what happened to it, as its records in two systems say?"""

from __future__ import annotations

import pytest

records = pytest.mark.records

TWO = """
2026-03-02 09:00  link  deal company  primary
2026-03-02 09:00  deal  ann  dealstage=closedwon pipeline=new
2026-04-02 09:00  link  deal#b company  primary
2026-04-02 09:00  deal#b  ann  dealstage=closedwon pipeline=more
2026-03-01 09:00  Account  ann  HubSpot_Id__c={name}
"""


def gaps(case):
    rows = case.rows("relationship_gaps", "account = ?", f"hubspot:{case.name}")
    return sorted((row.from_at, row.until_at, row.kind, row.owners) for row in rows)


@records(
    TWO
    + """
2026-03-01 10:00  company  ann  keeper=ann
2026-04-05 10:00  Account  ann  Keeper__c=bob
2026-04-06 10:00  Account  ann  Keeper__c=
2026-04-07 10:00  Account  ann  Keeper__c=ann
"""
)
def test_owners_of_both_systems_are_owners_by_motion_and_one_person_is_one(case):
    overlap = ("2026-04-05 10:00", "2026-04-06 10:00", "overlap", ["ann@house.example", "bob@house.example"])
    assert gaps(case) == [overlap]


@records(TWO + "2026-05-05 10:00  company  ann  keeper=bob  snapshot")
def test_what_was_only_seen_says_nothing_of_before(case):
    assert gaps(case) == [("2026-04-02 09:00", "2026-05-05 10:00", "unobservable", None)]


@records(
    TWO
    + """
2026-04-20 10:00  company  ann  champion=Gone
2026-04-21 10:00  company  ann  champion=gone
"""
)
def test_a_signal_means_in_each_motion_what_the_organisation_says(case):
    rows = case.rows("account_signals", "account = ?", f"hubspot:{case.name}")
    assert [(row.motion, row.team, row.action) for row in rows] == [
        ("more", "support", "write, then call"),
        ("new", "sales", "call"),
    ]
    assert {(row.signal, row.happened_at, row.actor, row.event_source) for row in rows} == {
        ("champion_departed", "2026-04-20 10:00", "ann@house.example", "hubspot")
    }
