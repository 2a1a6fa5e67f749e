"""Which record is a packet and which change an act: read as written, and a wrong mapping is refused with its remedy."""

import pytest

from contracts import ContractError, load_catalogue
from contracts.mapping import Property, Sign

DEALS = "record: hubspot.deal\nevents: {triggered: hubspot.deal.stage = won, accepted: hubspot.deal.stage = taken}\n"


def with_mapping(project, text: str) -> None:
    project.change("sales_to_delivery", "fields:\n", f"{text}fields:\n")


def test_a_mapping_is_read_as_it_is_written(project):
    with_mapping(
        project,
        "record: [hubspot.deal, salesforce.Opportunity]\n"
        "events:\n"
        "  triggered: [hubspot.deal.dealstage = closedwon, salesforce.Opportunity.StageName =  Closed Won]\n"
        "  accepted: hubspot.deal.accepted_on is set\n"
        "  crossed: [first touch, hubspot.deal.owner is receiver]\n"
        "  assigned: hubspot.deal.owner\n"
        "about: {amount: [hubspot.deal.amount, salesforce.Opportunity.Amount]}\n",
    )
    contract = load_catalogue(project.root).contracts[0]
    owner = Property("hubspot.deal", "owner")
    assert contract.record == ("hubspot.deal", "salesforce.Opportunity")
    assert contract.events.triggered == (
        Sign("value", Property("hubspot.deal", "dealstage"), "closedwon"),
        Sign("value", Property("salesforce.Opportunity", "StageName"), "Closed Won"),
    )
    assert contract.events.accepted == (Sign("set", Property("hubspot.deal", "accepted_on")),)
    assert contract.events.crossed == (Sign("first_touch"), Sign("receiver", owner))
    assert contract.events.assigned == (Sign("bare", owner),)
    assert contract.about.amount == ("hubspot.deal.amount", "salesforce.Opportunity.Amount")


def test_a_mapping_is_no_term(project):
    before = load_catalogue(project.root).contracts[0]
    with_mapping(project, DEALS)
    after = load_catalogue(project.root).contracts[0]
    assert [one.digest for one in before.versions] == [one.digest for one in after.versions]
    assert "hubspot" not in "".join(one.canonical_json for one in after.versions)


WRONG = [  # what stands before `fields:`, which is line 15 without it; what is said
    (DEALS.replace("triggered", "trigered"), "16: events.trigered: not a key here; write triggered"),
    (
        "record: deal\n" + DEALS.split("\n", 1)[1],
        '15: record: "deal" is not a record type; write system and object',
    ),
    (
        DEALS.replace("hubspot.deal\n", "[hubspot.deal, hubspot.deal]\n"),
        "15: record[2]: hubspot.deal is there twice",
    ),
    (DEALS.split("\n", 1)[1], "1: record: missing, but events is there; write which record is a packet"),
    ("record: hubspot.deal\n", "1: events: missing; write what makes the crossing due"),
    ("about: {amount: hubspot.deal.amount}\n", "1: record: missing, but about is there"),
    (
        DEALS.replace("triggered: hubspot.deal.stage = won, ", ""),
        "16: events.triggered: missing; write what makes the crossing due, as in events: {triggered: ",
    ),
    (
        DEALS.replace(" = won", ""),
        "16: events.triggered: says no value; write hubspot.deal.stage = and a value, or hubspot.deal.stage is set",
    ),
    (
        DEALS.replace(" = won", " ="),
        '16: events.triggered: "hubspot.deal.stage =" is not an event; write hubspot.deal.stage =',
    ),
    (
        DEALS.replace(" = won", " becomes won"),
        '16: events.triggered: "hubspot.deal.stage becomes won" is not an event',
    ),
    (
        DEALS.replace("hubspot.deal.stage = won", "won"),
        '16: events.triggered: "won" is not an event; write hubspot.deal.dealstage =',
    ),
    (
        DEALS.replace("hubspot.deal.stage = won", "stage = won"),
        '16: events.triggered: "stage" is not a property of a record; write system, object and property',
    ),
    (
        DEALS.replace("hubspot.deal.stage = won", "first touch"),
        "16: events.triggered: first touch is a crossing; write it under",
    ),
    (
        DEALS.replace("hubspot.deal.stage = won", "hubspot.dael.stage = won"),
        "16: events.triggered: hubspot.dael is not named under record; write hubspot.deal, or add it to record",
    ),
    (
        DEALS.replace("hubspot.deal.stage = won", "[hubspot.deal.stage = won, hubspot.deal.stage = won]"),
        "16: events.triggered[2]: hubspot.deal.stage = won is there twice; delete one",
    ),
    (
        DEALS.replace("accepted:", "rejected: hubspot.deal.stage = taken, accepted:"),
        "16: events.rejected: hubspot.deal.stage = taken is accepted already; write another value for one of them",
    ),
    (
        DEALS.replace("accepted:", "assigned: hubspot.deal.owner is receiver, accepted:"),
        "16: events.assigned: says more than an owner's property; write hubspot.deal.owner alone",
    ),
    (
        DEALS.replace("accepted:", "customer_updated: hubspot.deal.told_on is set, accepted:"),
        "16: events.customer_updated: says more than a property that changes with each word; write",
    ),
    (
        DEALS.replace("hubspot.deal.stage = won", "[hubspot.deal.stage = won, hubspot.deal.stage is set]"),
        "16: events.triggered[2]: hubspot.deal.stage = won says it of this property already; delete one",
    ),
    (DEALS.replace("stage = taken", "stage: taken"), "16: "),
    (DEALS + "about: {ammount: hubspot.deal.amount}\n", "17: about.ammount: not a key here; write amount"),
    (
        DEALS + "about: {amount: amount}\n",
        '17: about.amount: "amount" is not a place in a source; write system',
    ),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_a_wrong_mapping_is_refused_with_line_key_and_remedy(project, text, words):
    with_mapping(project, text)
    with pytest.raises(ContractError) as refused:
        load_catalogue(project.root)
    assert str(refused.value).startswith(f"contracts/sales_to_delivery.yaml:{words}")
    assert "; " in str(refused.value)
    assert str(refused.value).isprintable()


def test_who_maps_events_and_no_acceptance_says_whether_decisions_are_recorded(project):
    project.change("sales_to_delivery", "recorded: {decisions: true, times: true}\n", "")
    with_mapping(project, DEALS.replace(", accepted: hubspot.deal.stage = taken", ""))
    with pytest.raises(
        ContractError, match=r"events.accepted: missing; write by what .* recorded: {decisions: false}"
    ):
        load_catalogue(project.root)
    with_mapping(project, "recorded: {decisions: false}\n")
    assert load_catalogue(project.root).contracts[0].recorded.decisions is False


def test_an_earlier_version_has_no_mapping_of_its_own(project):
    project.change("sales_to_delivery", "    expires_after_days: 60", "    record: hubspot.deal")
    with pytest.raises(
        ContractError, match=r"earlier_versions\[1\].record: the same for all versions; delete it here"
    ):
        load_catalogue(project.root)


ID = "{salesforce.Account.Hub__c: hubspot.company}"
WRONG_ORGANISATION = [  # stands on line 4
    (
        "accounts: {records: [hubspot.company, hubspot.deal]}",
        "4: accounts.records[2]: hubspot.company is that system's account already",
    ),
    (
        "accounts: {started: first touch}",
        "4: accounts.started: does not fit an account; write hubspot.company.lifecyclestage =",
    ),
    (
        "accounts: {churned: hubspot.company.stage}",
        "4: accounts.churned: does not fit an account; write hubspot.company.stage =",
    ),
    (
        "accounts: {started: hubspot.deal.stage = won}",
        "4: accounts.started: hubspot.deal is not named under accounts.records; write",
    ),
    (
        "accounts: {arr: hubspot.deal.arr}",
        "4: accounts.arr: hubspot.deal is not named under accounts.records; write",
    ),
    ("accounts: {start: hubspot.company.stage = x}", "4: accounts.start: not a key here; write started"),
    ("links: {account: []}", "4: links.account: not a key here; write accounts"),
    ("links: {people: name}", '4: links.people: "name" is not known; write'),
    ("links: {accounts: [salesforce]}", "4: links.accounts[1]: is not one link; write {domain: "),
    (
        "links: {accounts: [{domain: hubspot.company.domain}]}",
        "4: links.accounts[1]: domain: is not a list of two properties",
    ),
    (
        "links: {accounts: [{domain: [hubspot.company.domain, hubspot.company.website]}]}",
        "4: links.accounts[1]: names one system only; write a property of another system as well",
    ),
    (
        "links: {accounts: [{domain: [hubspot.company.domain, salesforce.Lead.Website]}]}",
        "4: links.accounts[1]: salesforce.Lead is not named under accounts.records; write",
    ),
    (
        "links: {accounts: [{domain: [hubspot.company.domain, hubspot.company.domain, salesforce.Account.Website]}]}",
        "4: links.accounts[1]: hubspot.company.domain is named twice as a domain; delete one",
    ),
    (
        f"links: {{accounts: [{ID}, {{hubspot.company.sf: salesforce.Account}}]}}",
        "4: links.accounts[2]: hubspot.company and salesforce.Account are linked by entry 1 already; delete one",
    ),
    (
        "links: {accounts: [{hubspot.company.parent: hubspot.company}]}",
        "4: links.accounts[1]: links hubspot.company within one system",
    ),
    (
        "links: {accounts: [{Hub__c: hubspot.company}]}",
        '4: links.accounts[1]: "Hub__c" is not a property of a record; write',
    ),
    (
        "links: {accounts: [{salesforce.Account.Hub__c: company}]}",
        '4: links.accounts[1]: "company" is not a record type; write',
    ),
    (
        "links: {accounts: [{table: ../a.csv}]}",
        '4: links.accounts[1]: table: "../a.csv" is not the name of a CSV file',
    ),
    (
        "links: {accounts: [{table: a.csv}, {table: b.csv}]}",
        "4: links.accounts[2]: a second table; put its rows into a.csv",
    ),
    (
        "links: {records: [{hubspot.deal.sf: hubspot.ticket}]}",
        "4: links.records[1]: links hubspot.deal within one system",
    ),
    (
        "links: {records: [{hubspot.deal.sf: salesforce.Opportunity}, {salesforce.Opportunity.hub: hubspot.deal}]}",
        "4: links.records[2]: ",
    ),
]


@pytest.mark.parametrize(("line", "words"), WRONG_ORGANISATION)
def test_wrong_links_are_refused_with_line_key_and_remedy(project, line, words):
    project.change("organisation", "currency: EUR\n", f"currency: EUR\n{line}\n")
    with pytest.raises(ContractError) as refused:
        load_catalogue(project.root)
    assert str(refused.value).startswith(f"contracts/organisation.yaml:{words}")
    assert "; " in str(refused.value)


TABLES = [
    (None, "1: cannot be read (No such file or directory); put the file beside organisation.yaml"),
    ("", "1: its columns are not account,same_as; write that as the first line"),
    ("account;same_as\n", "1: its columns are not account,same_as"),
    ("account,same_as\na,b\nc\n", "3: not two account ids; write one pair, as in hubspot:9001,zendesk:77"),
    ("account,same_as\na,\n", "2: not two account ids"),
    ("account,same_as\na,a\n", '2: "a" twice; write the other id it is the same as'),
    ("account,same_as\na,c\nb,c\n", '3: "c" counts for another already (line 2); delete one'),
    ("account,same_as\na,b\nb,c\n", '3: "b" counts for "a" itself; write "a" on this line'),
    ("account,same_as\na,b\nb,a\n", "2: goes in a circle with line 3; delete one"),
]


@pytest.mark.parametrize(("text", "words"), TABLES)
def test_a_table_of_accounts_that_is_missing_or_wrong_is_refused(project, text, words):
    project.change(
        "organisation", "currency: EUR\n", "currency: EUR\nlinks: {accounts: [{table: same.csv}]}\n"
    )
    if text is not None:
        (project.root / "contracts" / "same.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as refused:
        load_catalogue(project.root)
    assert str(refused.value).startswith(f"contracts/same.csv:{words}")


def test_a_table_of_accounts_is_read(project):
    project.change(
        "organisation", "currency: EUR\n", "currency: EUR\nlinks: {accounts: [{table: same.csv}]}\n"
    )
    (project.root / "contracts" / "same.csv").write_text(
        "account,same_as\nhubspot:1, zendesk:2\n\n", encoding="utf-8"
    )
    assert load_catalogue(project.root).same_accounts == (("hubspot:1", "zendesk:2"),)
