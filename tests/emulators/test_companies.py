"""Do a vendor's records say the same as the simulated company? Read through its API and its mapping, act by act."""

from collections import defaultdict
from datetime import datetime

import httpx
import pytest

from contracts import load_catalogue
from flows.simulation import simulate
from tests.conftest import ROOT
from tests.emulators.hubspot import company as hubspot_company
from tests.emulators.hubspot.server import HubSpot
from tests.emulators.serving import serve
from tests.emulators.simulated import carry, read_company


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
    client = httpx.Client(base_url=url, headers={"Authorization": "Bearer pat-eu1-emulated"})
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


def utc(text):
    """An instant as the carried events write it."""
    return datetime.fromisoformat(text).isoformat()


def test_hubspot_tells_every_act_and_field_of_the_company(events, fields, all_pages):
    carried = carry(events, hubspot_company.HUBSPOT)
    with serve(HubSpot(hubspot_company.records(carried))) as hubspot:
        for handoff, kind in hubspot_company.HUBSPOT.objects.items():
            plan = hubspot_company.mapping(handoff, fields[handoff])
            names = sorted({name.split(".")[2] for name, _ in signs(plan)} - {"deleted"})
            changes = list(hubspot_changes(hubspot.url, kind, names, all_pages))
            told, truth = derived(changes, plan), expected(carried, handoff)
            told["voided"] = [
                each for each in told.get("voided", []) if each[0] in {v[0] for v in truth.get("voided", [])}
            ]
            assert {k: v for k, v in told.items() if v} == truth
