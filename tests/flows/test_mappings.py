"""What does a mapping compile to, with what is assumed where it says nothing?"""

from __future__ import annotations

import csv
import io

import pytest

from contracts import load_catalogue
from flows import compiling
from flows.sources.tracking import wanted

ORGANISATION = "name: Test Company\nzone: Europe/Berlin\ncurrency: EUR\n"
CONTRACT = """\
handoff: sales_to_delivery
number: H10
title: Sales → Delivery
version: 1.0.0
effective_from: 2026-01-01
accountable: revops
sender: {team: sales}
receiver: {team: delivery}
approved_by: delivery
trigger: deal is won
gate: {event: kickoff, mode: none}
sla: {submit_hours: 24, accept_hours: 48}
expires_after_days: 30
fields:
  - {name: buyer, type: text, required: true}
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "contracts").mkdir()
    write(tmp_path, "organisation", ORGANISATION)
    write(tmp_path, "sales_to_delivery", CONTRACT)
    return tmp_path


def write(project, name, text):
    (project / "contracts" / f"{name}.yaml").write_text(text, encoding="utf-8")


def compiled(project):
    return compiling.compiled(load_catalogue(project))


def seed(files, name):
    return list(csv.DictReader(io.StringIO(files[compiling.SEEDS / name])))


MAPPED = """\
record: [hubspot.deal, salesforce.Opportunity]
events:
  triggered: hubspot.deal.stage = Closed WON
  accepted: salesforce.Opportunity.OwnerId is receiver
about: {amount: hubspot.deal.amount, segment: hubspot.company.segment, url: hubspot.contact.url}
fields:
"""


def test_a_mapping_is_compiled_with_what_is_assumed_where_it_says_nothing(project):
    write(project, "sales_to_delivery", CONTRACT.replace("fields:\n", MAPPED, 1))
    files = compiled(project)
    signs = [tuple(row.values())[1:] for row in seed(files, "event_map.csv")]
    assert signs == [
        ("handoff.triggered", "value", "hubspot", "deal", "stage", "closed won"),
        ("handoff.accepted", "receiver", "salesforce", "Opportunity", "OwnerId", ""),
        ("handoff.voided", "value", "hubspot", "deal", "deleted", "true"),
        ("handoff.voided", "value", "salesforce", "Opportunity", "deleted", "true"),
        ("handoff.crossed", "first_touch", "", "", "", ""),
        ("handoff.assigned", "owner", "salesforce", "Opportunity", "OwnerId", ""),
    ]
    reaches = {row["about"]: row["reaches"] for row in seed(files, "about_map.csv")}
    assert reaches == {"amount": "subject", "segment": "account", "url": "linked"}


def test_without_a_mapping_only_accounts_and_people_are_looked_for(project):
    files = compiled(project)
    assert {row["handoff"] for row in seed(files, "record_map.csv")} == {""}
    assert seed(files, "event_map.csv") == seed(files, "about_map.csv") == []
    assert [row["kind"] for row in seed(files, "link_map.csv")] == ["person_email"]
    write(project, "organisation", ORGANISATION + "links: {people: none}\n")
    assert seed(compiled(project), "link_map.csv") == []


def test_links_and_the_table_of_accounts_are_rows(project):
    links = "[{salesforce.Account.Hub__c: hubspot.company}, {table: same.csv}]"
    write(project, "organisation", ORGANISATION + f"links: {{people: none, accounts: {links}}}\n")
    (project / "contracts" / "same.csv").write_text(
        "account,same_as\nhubspot:1,zendesk:2\n", encoding="utf-8"
    )
    (link,) = seed(compiled(project), "link_map.csv")
    assert tuple(link.values()) == ("account_id", "salesforce", "Account", "Hub__c", "hubspot", "company")
    assert seed(compiled(project), "account_table.csv") == [{"account": "hubspot:1", "same_as": "zendesk:2"}]


OWNED = """\
motions: [new, more]
signals:
  departed:
    when: hubspot.company.champion = Gone
    actions: {new: {team: sales, do: call}, more: {team: support, do: write}}
accounts: {primary: {all: hubspot.company.owner, more: [hubspot.company.second, salesforce.Account.OwnerId]}}
"""


def test_owners_by_motion_and_signals_are_signs_of_accounts_and_no_handoffs(project):
    before = compiled(project)
    write(project, "organisation", ORGANISATION + OWNED)
    files = compiled(project)
    assert files[compiling.SEEDS / "event_map.csv"] == before[compiling.SEEDS / "event_map.csv"]
    assert [tuple(row.values()) for row in seed(files, "account_map.csv")] == [
        ("account.primary_set", "all", "owner", "hubspot", "company", "owner", ""),
        ("account.primary_set", "more", "owner", "hubspot", "company", "second", ""),
        ("account.primary_set", "more", "owner", "salesforce", "Account", "OwnerId", ""),
        ("account.milestone", "departed", "value", "hubspot", "company", "champion", "gone"),
    ]
    assert [tuple(row.values()) for row in seed(files, "signal_actions.csv")] == [
        ("departed", "new", "sales", "call"),
        ("departed", "more", "support", "write"),
    ]


def test_their_properties_are_asked_of_the_systems(project):
    write(project, "organisation", ORGANISATION + OWNED)
    assert wanted(load_catalogue(project), "hubspot")["company"] == {
        "champion": "organisation.signals.departed",
        "owner": "organisation.accounts.primary.all",
        "second": "organisation.accounts.primary.more",
    }
