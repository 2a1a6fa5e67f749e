"""Do a vendor's records say the same as the simulated company? Read through its API and its mapping, act by act."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

import httpx
import pytest
from ruamel.yaml import YAML

from contracts import load_catalogue
from flows.simulation import simulate
from tests.conftest import ROOT
from tests.emulators.carrying import carry
from tests.emulators.hubspot import company as hubspot_company
from tests.emulators.hubspot.server import HubSpot
from tests.emulators.salesforce import company as salesforce_company
from tests.emulators.salesforce.server import Salesforce
from tests.emulators.serving import serve
from tests.emulators.sharing import account_links
from tests.emulators.simulated import mapped, read_company
from tests.emulators.zendesk import company as zendesk_company
from tests.emulators.zendesk.server import Zendesk


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue(ROOT)


@pytest.fixture(scope="module")
def events(catalogue, tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    simulate(catalogue, packets=250, seed=11, months=24, out=folder)
    return read_company(folder, catalogue.organisation.zone)


@pytest.fixture(scope="module")
def fields(catalogue):
    """Names of every contract's fields, in any version."""
    return {
        contract.id: {field.name for version in contract.versions for field in version.fields}
        for contract in catalogue.contracts
    }


def signs(plan):
    """(property, value or None for any) → what it means, as the mapping says it."""
    found = {}
    for act, texts in plan["events"].items():
        for text in [texts] if isinstance(texts, str) else texts:
            name, _, value = text.partition(" = ")
            found[name, value or None] = act
    for field, (name,) in plan["fields"].items():
        found[name, None] = f"field {field}"
    return found


def derived(changes, plan):
    """What the mapping makes of changes (record, id, property, value, time, actor)."""
    meaning = signs(plan)
    found = defaultdict(list)
    for record, id_, name, value, time, actor in changes:
        for key in ((f"{record}.{name}", value), (f"{record}.{name}", None)):
            if what := meaning.get(key):
                told = value if what.startswith("field") else None
                who = value if what == "assigned" else None if what == "voided" else actor
                found[what].append((id_, time, told, who))
    return {what: sorted(each, key=str) for what, each in found.items()}


def expected(carried, handoff):
    """The same of the carried events; persons without the system's name before them."""
    found = defaultdict(list)
    for act in carried.acts:
        event = act.event
        if event.handoff == handoff:
            what = event.type.removeprefix("handoff.")
            what = f"field {event.field}" if event.field else what
            told = (event.value or "") if event.field else None
            who = event.actor.partition(":")[2] if event.actor and what != "voided" else None
            found[what].append((event.subject, event.time.isoformat(), told, who))
    return {what: sorted(each, key=str) for what, each in found.items()}


def hubspot_changes(url, kind, names, all_pages):
    """What a pull sees of a record type: versions of these properties, and what is archived."""
    client = httpx.Client(base_url=url, headers={"Authorization": "Bearer pat-eu1-emulated"}, timeout=60)
    with client:
        owners = client.get("/crm/v3/owners").json()["results"]
        people = {owner["userId"]: owner["id"] for owner in owners}
        for archived in ("false", "true"):
            asked = {"limit": "50", "propertiesWithHistory": ",".join(names), "archived": archived}

            def get(page, asked=asked):
                return client.get(f"/crm/v3/objects/{kind}s", params=asked | page).json()

            for record in (record for page in all_pages(get) for record in page):
                for name, versions in record["propertiesWithHistory"].items():
                    for each in versions:
                        actor = people.get(each.get("updatedByUserId"))
                        yield (
                            f"hubspot.{kind}",
                            record["id"],
                            name,
                            each["value"],
                            utc(each["timestamp"]),
                            actor,
                        )
                if record["archived"]:
                    yield (
                        f"hubspot.{kind}",
                        record["id"],
                        "deleted",
                        "true",
                        utc(record["archivedAt"]),
                        None,
                    )


def salesforce_changes(client, kind, names):
    """What a pull sees of an object: its history, references by id, and what is deleted."""
    history = {"Opportunity": "OpportunityFieldHistory"}.get(kind, f"{kind}History")

    def everything(soql):
        body = client.get("/services/data/v60.0/queryAll", params={"q": soql}).json()
        yield from body["records"]
        while not body["done"]:
            body = client.get(body["nextRecordsUrl"]).json()
            yield from body["records"]

    record = f"salesforce.{kind}"
    for each in everything(
        f"SELECT {kind}Id, Field, DataType, NewValue, CreatedById, CreatedDate FROM {history}"
    ):
        name = "OwnerId" if each["Field"] == "Owner" else each["Field"]
        if name in names and ("Owner" not in name or each["DataType"] == "EntityId"):
            when, value = utc(each["CreatedDate"]), each["NewValue"]
            yield (record, each[f"{kind}Id"], name, value or "", when, each["CreatedById"])
    for each in everything(f"SELECT Id, SystemModstamp FROM {kind} WHERE IsDeleted = true"):
        yield (record, each["Id"], "deleted", "true", utc(each["SystemModstamp"]), None)


def zendesk_changes(client, names):
    """What a pull sees of tickets: their events by time, custom fields by their titles, and what is deleted."""
    fields = client.get("/api/v2/ticket_fields", params={"per_page": 100}).json()
    titles = {field["id"]: field["title"] for field in fields["ticket_fields"]}
    while fields["next_page"]:
        fields = client.get(fields["next_page"]).json()
        titles |= {field["id"]: field["title"] for field in fields["ticket_fields"]}
    body = {
        "end_of_stream": False,
        "next_page": "/api/v2/incremental/ticket_events?start_time=0&per_page=500",
    }
    seen = set()
    while not body["end_of_stream"]:
        body = client.get(body["next_page"]).json()
        for event in body["ticket_events"]:
            if event["id"] not in seen:
                seen.add(event["id"])
                yield from ticket_changes(event, titles, names)
    for ticket in client.get("/api/v2/incremental/tickets/cursor", params={"start_time": 0}).json()[
        "tickets"
    ]:
        if ticket["status"] == "deleted":
            yield ("zendesk.ticket", str(ticket["id"]), "deleted", "true", utc(ticket["updated_at"]), None)


def ticket_changes(event, titles, names):
    for child in event["child_events"]:
        custom = {titles[int(id_)]: value for id_, value in child.get("custom_ticket_fields", {}).items()}
        own = {name: child[name] for name in ("assignee_id", "subject") if name in child}
        for name, value in (custom | own).items():
            if name in names:
                text = "" if value is None else str(value)
                when, ticket = utc(event["created_at"]), str(event["ticket_id"])
                yield ("zendesk.ticket", ticket, name, text, when, str(event["updater_id"]))


def utc(text):
    """An instant as the carried events write it."""
    return datetime.fromisoformat(text).isoformat()


def same(changes, plan, carried, handoff):
    """Whether the mapping finds what was carried; a record that is gone voids only the packets it has."""
    told, truth = derived(changes, plan), expected(carried, handoff)
    subjects = {subject for acts in truth.values() for subject, *_ in acts}
    told["voided"] = [each for each in told.get("voided", []) if each[0] in subjects]
    assert truth["triggered"]
    assert {what: each for what, each in told.items() if each} == truth


def properties(plan):
    return sorted({name.split(".")[2] for name, _ in signs(plan)} - {"deleted"})


def test_a_carried_company_has_all_packets_and_each_act_in_order(events, fields):
    carried = carry(events, hubspot_company.HUBSPOT)
    rows = carried.rows()
    packets = {
        (event.handoff, event.subject, event.cycle) for event in events if event.type == "handoff.triggered"
    }
    found = {
        (row["handoff"], row["subject"], row["cycle"]) for row in rows if row["type"] == "handoff.triggered"
    }
    assert len(found) == len(packets)
    for acts in carried.records().values():
        times = [act.event.time for act in acts]
        assert times == sorted(set(times))


def test_a_company_may_be_spread_over_vendors_that_know_its_accounts_by_their_domains(events):
    sales = {handoff: kind for handoff, kind in hubspot_company.HUBSPOT.objects.items() if kind == "contact"}
    support = {handoff: "ticket" for handoff in zendesk_company.ZENDESK.objects if handoff not in sales}
    one = carry(events, replace(hubspot_company.HUBSPOT, objects=sales))
    other = carry(events, replace(zendesk_company.ZENDESK, objects=support))
    packets = [act for each in (one, other) for act in each.of("handoff.triggered")]
    assert len(packets) == sum(event.type == "handoff.triggered" for event in events)
    links = account_links([one, other])
    assert {row["value"] for row in links} <= {f"zendesk:{id_}" for id_ in other.accounts}
    assert len(links) > 20


def test_a_contract_file_takes_a_vendors_mapping(fields):
    text = (ROOT / "contracts" / "ae_to_onboarding.yaml").read_text(encoding="utf-8")
    plan = hubspot_company.mapping("ae_to_onboarding", fields["ae_to_onboarding"])
    told = mapped(YAML(typ="safe").load(text), plan)
    assert told["record"] == ["hubspot.deal"]
    sources = {each["name"]: each["source"] for each in told["earlier_versions"][0]["fields"]}
    assert sources["go_live_on"] == ["hubspot.deal.ae_to_onboarding_go_live_on"]
    assert all("source" in each for each in told["fields"])


def test_hubspot_tells_every_act_and_field_of_the_company(events, fields, all_pages):
    carried = carry(events, hubspot_company.HUBSPOT)
    with serve(HubSpot(hubspot_company.records(carried))) as hubspot:
        for handoff, kind in carried.carrier.objects.items():
            plan = hubspot_company.mapping(handoff, fields[handoff])
            changes = list(hubspot_changes(hubspot.url, kind, properties(plan), all_pages))
            same(changes, plan, carried, handoff)


def test_salesforce_tells_every_act_and_every_field_that_is_no_long_text(events, fields):
    carrier = salesforce_company.carrier_of(events)
    carried = carry(events, carrier)
    vendor = Salesforce(salesforce_company.records(carried))
    vendor.sessions.append("session")
    with serve(vendor) as served:
        client = httpx.Client(base_url=served.url, headers={"Authorization": "Bearer session"}, timeout=60)
        with client:
            for handoff, kind in carrier.objects.items():
                plan = salesforce_company.mapping(handoff, fields[handoff], carrier)
                told = salesforce_changes(client, kind, properties(plan))
                changes = [change for change in told if change[1] != salesforce_company.oldest_id(kind)]
                same(changes, plan, carried, handoff)


def test_zendesk_tells_every_act_and_field_of_the_company(events, fields):
    carried = carry(events, zendesk_company.ZENDESK)
    vendor = Zendesk(zendesk_company.records(carried))
    with serve(vendor) as served, httpx.Client(base_url=served.url, auth=vendor.basic, timeout=60) as client:
        plans = {
            handoff: zendesk_company.mapping(handoff, fields[handoff]) for handoff in carried.carrier.objects
        }
        names = {name for plan in plans.values() for name in properties(plan)}
        changes = list(zendesk_changes(client, names))
        for handoff, plan in plans.items():
            same(changes, plan, carried, handoff)
