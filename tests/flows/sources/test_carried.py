"""Do pull and staging find every act and field of a simulated company in a vendor, and nothing that did not happen?"""

from collections import defaultdict
from datetime import datetime

import pytest

from flows.settings import Settings
from flows.sources import salesforce, zendesk
from tests.conftest import ROOT
from tests.emulators.carrying import carry
from tests.emulators.salesforce import company as salesforce_company
from tests.emulators.salesforce.server import Salesforce
from tests.emulators.serving import serve
from tests.emulators.test_companies import (  # noqa: F401 (fixtures among them)
    catalogue,
    events,
    fields,
    properties,
    same,
)
from tests.emulators.zendesk import company as zendesk_company
from tests.emulators.zendesk.server import Zendesk
from tests.flows.sources.nights import Night


def staged(night):
    """Record type → its changes, as the mapping is tried on them."""
    found = defaultdict(list)
    for each in night.events("type = 'record.changed' AND object NOT IN ('property', 'stage')"):
        system, kind = night.source.kind, each["object"]
        actor = each.get("actor", "").partition(":")[2] or None
        time = datetime.fromisoformat(each["time"]).isoformat()
        change = (each["subject"], each["field"], each.get("value", ""), time, actor)
        found[kind].append((f"{system}.{kind}", *change))
    return found


def wanted(plans):
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for plan in plans.values():
        for name in properties(plan):
            found[plan["record"][0].partition(".")[2]][name] = name
    return found


def people(night):
    return {
        (each["actor"], each.get("team"), '"kind":"system"' in each.get("detail", ""))
        for each in night.events("type = 'person.set'")
    }


def touches(told):
    return sorted((each["account"], each["actor"], datetime.fromisoformat(each["time"])) for each in told)


def as_carried(carried):
    """Who and which touches there should be."""
    rows = carried.rows()
    told = [
        (row["actor"], row.get("team"), '"kind": "system"' in row.get("detail", ""))
        for row in rows
        if row["type"] == "person.set"
    ]
    return set(told), touches(row for row in rows if row["type"] == "account.touched")


def checked(night, carried, plans, left_out=frozenset()):
    night.pull()
    changes = staged(night)
    for handoff, plan in plans.items():
        told = changes[carried.carrier.objects[handoff]]
        same([change for change in told if change[1] not in left_out], plan, carried, handoff)
    persons, acts = as_carried(carried)
    assert people(night) == persons
    assert touches(night.events("type = 'account.touched'")) == acts
    assert not night.events("detail LIKE '%contradicts%'")


@pytest.fixture
def settings(tmp_path):
    return Settings(ROOT, tmp_path, tmp_path / "ledger")


def test_salesforce(events, fields, settings, monkeypatch):  # noqa: F811
    carrier = salesforce_company.carrier_of(events)
    carried = carry(events, carrier)
    plans = {name: salesforce_company.mapping(name, fields[name], carrier) for name in carrier.objects}
    monkeypatch.setattr(salesforce, "wanted", lambda *_: wanted(plans))
    with serve(Salesforce(salesforce_company.records(carried))) as served:
        for name, value in zip(("ID", "SECRET"), served.vendor.client, strict=True):
            monkeypatch.setenv(f"SALESFORCE_CLIENT_{name}", value)
        left_out = {salesforce_company.oldest_id(kind) for kind in carrier.objects.values()}
        checked(Night("salesforce", served, settings, url=served.url), carried, plans, left_out)


def test_zendesk(events, fields, settings, monkeypatch):  # noqa: F811
    carried = carry(events, zendesk_company.ZENDESK)
    plans = {name: zendesk_company.mapping(name, fields[name]) for name in carried.carrier.objects}
    monkeypatch.setattr(zendesk, "wanted", lambda *_: wanted(plans))
    with serve(Zendesk(zendesk_company.records(carried))) as served:
        monkeypatch.setenv("ZENDESK_TOKEN", served.vendor.token)
        checked(Night("zendesk", served, settings, url=served.url), carried, plans)
