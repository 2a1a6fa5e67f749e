"""Which ids are one person, which are one account, and what is told of those nobody can link?"""

from __future__ import annotations

import json

import pytest

records = pytest.mark.records

WON = "2026-03-02 09:00  deal  ann  dealstage=closedwon\n"
LINKED = "2026-03-01 08:00  link  deal company\n" + WON


@records(LINKED + "2026-03-03 09:00  deal  bob  handoff=accepted")
def test_a_person_is_their_address_whatever_the_system_calls_them(case):
    assert (case.packet.sender, case.packet.receiver) == ("ann@house.example", "bob@house.example")


@records("2026-03-02 09:00  Opportunity  amy  'StageName=Closed Won' Buyer__c=Ada")
def test_so_they_are_in_every_system_and_in_every_table(case):
    assert (case.packet.sender, case.field("buyer").filled_by) == ("amy@house.example", "amy@house.example")


@records(
    "2026-01-01 00:00 person.set hubspot:moved team=sales source=hubspot email=moved@house.example\n"
    "2026-02-01 00:00 person.set salesforce:moved team=onboarding source=salesforce email=Moved@house.example\n"
    + LINKED
    + "2026-03-03 09:00  accepted  hubspot:moved"
)
def test_what_was_said_last_of_any_of_their_ids_holds_for_all(case):
    assert (case.packet.receiver, case.packet.receiver_team) == ("moved@house.example", "onboarding")
    assert case.packet.accepted_at == "2026-03-03 09:00"


@records(
    "2026-01-01 00:00 person.set hubspot:robot source=hubspot kind=system email=robot@house.example\n"
    "2026-01-02 00:00 person.set salesforce:robot source=salesforce team=onboarding email=robot@house.example\n"
    + LINKED
    + "2026-03-03 09:00  accepted  salesforce:robot"
)
def test_a_system_user_is_one_under_every_id(case):
    assert case.packet.accepted_at is None


@records(LINKED + "2026-03-03 09:00 accepted hubspot:nobody\n2026-03-04 09:00 deal handoff=submitted\n"
        "2026-03-05 09:00 account.touched hubspot:nobody\n2026-03-05 09:00 deal lead=nobody")  # fmt: skip
def test_an_actor_of_no_team_is_told_once(case):
    rows = case.rows("data_issues", "issue IN ('unknown_actor', 'unknown_owner')")
    assert [row.issue for row in rows if "no" in row.detail].count("unknown_actor") >= 1
    assert len({(row.issue, row.event_id) for row in rows}) == len(rows)


def ids(case, *own: str) -> list[str]:
    (row,) = case.rows("dim_account", "account = ?", f"hubspot:{case.name}")
    return [one.replace(case.name, "") for one in json.loads(row.account_ids)]


SAME = {
    "the_other_s_id": "2026-03-01 08:00  Account  ann  HubSpot_Id__c={name}",
    "a_domain": "2026-03-01 08:00 company ann domain={name}.example\n"
    "2026-03-01 08:00 Account ann Website=https://www.{name}.example/shop?x=1",
    "a_domain_in_capitals": "2026-03-01 08:00 company ann domain={name}.EXAMPLE\n"
    "2026-03-01 08:00 Account ann 'Website= http://WWW.{name}.Example:8080 '",
    "a_stated_link": "2026-03-01 08:00  account.linked  value=salesforce:{name}",
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, id=name.replace("_", "-"), marks=records(LINKED + lines))
        for name, lines in SAME.items()
    ],
)
def test_accounts_are_one_by(case, name):
    assert ids(case) == ["hubspot:", "salesforce:"]
    assert case.packet.account == f"hubspot:{case.name}"


@records(
    LINKED + "2026-03-01 08:00 company ann domain={name}.example\n"
    '2026-03-01 08:00 organization \'domain_names=["other-{name}.example", "{name}.example"]\''
)
def test_a_json_list_of_domains_is_read(case):
    assert ids(case) == ["hubspot:", "zendesk:"]


@records(
    LINKED + "2026-03-01 08:00 company ann domain={name}.example\n"
    "2026-03-01 08:00 organization 'domain_names=other-{name}.example, {name}.example'\n"
    "2026-03-01 08:00 Account ann HubSpot_Id__c={name}"
)
def test_so_is_one_with_commas_and_three_systems_are_one_account(case):
    assert ids(case) == ["hubspot:", "salesforce:", "zendesk:"]


@records(
    LINKED + "2026-03-01 08:00 company ann domain=gmail.com\n2026-03-01 08:00 Account ann Website=gmail.com\n"
    "2026-03-01 08:00 account.touched ann account=salesforce:{name}"
)
def test_a_freemail_domain_links_nothing_and_who_is_left_alone_is_listed(case):
    assert ids(case) == ["hubspot:"]
    assert case.issues == ["account_not_linked"]


@records(LINKED + "2026-03-01 08:00 account.touched ann account=zendesk:{name}")
def test_an_explicit_table_links_accounts(case):
    assert ids(case) == ["hubspot:", "zendesk:"]
    assert case.issues == []


@records(
    LINKED
    + "2026-03-01 08:00 company ann domain={name}.example\n2026-03-01 08:00 company#b ann domain={name}.example\n"
    "2026-03-01 08:00 Account ann Website={name}.example"
)
def test_a_domain_of_two_accounts_of_a_system_links_nothing(case):
    assert ids(case) == ["hubspot:"]
    assert case.issues == ["conflicting_links"]
    assert (
        len(case.rows("data_issues", "issue = 'conflicting_links' AND account LIKE ?", f"%:{case.name}%"))
        == 3
    )


@records(
    LINKED + "2026-03-01 08:00 company ann 'domain={name}.example,agency-{name}.example'\n"
    "2026-03-01 08:00 company#b ann domain=agency-{name}.example\n"
    "2026-03-01 08:00 Account ann Website={name}.example\n"
    "2026-03-01 08:00 organization#b domain_names=agency-{name}.example\n"
)
def test_such_a_domain_spoils_no_other(case):
    assert ids(case) == ["hubspot:", "salesforce:"]


@records(
    LINKED
    + "2026-03-01 08:00 company#b ann domain={name}.example\n2026-03-01 08:00 Account ann Website={name}.example"
)
def test_a_table_beats_a_domain(case):
    assert ids(case) == ["hubspot:", "salesforce:"]
    assert "conflicting_links" in case.issues


@records(
    LINKED
    + "2026-03-01 08:00 Account ann HubSpot_Id__c={name}\n2026-03-01 08:00 Account#b ann HubSpot_Id__c={name}"
)
def test_an_account_that_two_claim_is_neither_s(case):
    assert ids(case) == ["hubspot:"]
    assert case.issues == ["conflicting_links"]


@records(
    LINKED
    + "2026-03-01 08:00 company ann domain={name}-1.example\n2026-03-01 08:00 company#b ann domain={name}-2.example\n"
    "2026-03-01 08:00 organization 'domain_names={name}-1.example,{name}-2.example'"
)
def test_domains_that_would_chain_two_accounts_of_a_system_link_nothing(case):
    assert ids(case) == ["hubspot:"]
    assert case.issues == ["conflicting_links"]


@records(
    LINKED
    + "2026-03-01 08:00 Account ann HubSpot_Id__c={name}-b\n2026-03-02 08:00 Account ann HubSpot_Id__c={name}"
)
def test_the_latest_id_counts(case):
    assert ids(case) == ["hubspot:", "salesforce:"]


@records(
    "2026-03-01 08:00 Account ann HubSpot_Id__c={name}\n"
    "2026-03-01 08:00 link Opportunity Account\n2026-03-02 09:00 Opportunity ann 'StageName=Closed Won'"
)
def test_a_second_system_s_packet_is_the_account_s(case):
    assert case.packet.account == f"hubspot:{case.name}"
