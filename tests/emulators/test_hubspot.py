"""Is the emulated HubSpot what HubSpot publishes and recorded?"""

import json
from datetime import datetime, timedelta

import httpx
import pytest

from tests.emulators.content import Record, Store
from tests.emulators.faults import Fault
from tests.emulators.hubspot.big import BigHubSpot
from tests.emulators.hubspot.server import HubSpot
from tests.emulators.messages import Reply
from tests.emulators.serving import serve
from tests.emulators.validating import read_document

DEALS = "/crm/v3/objects/deals"
SINCE = {"propertyName": "hs_lastmodifieddate", "operator": "GTE"}


@pytest.fixture
def hubspot(sales):
    with serve(HubSpot(sales)) as served:
        yield served


@pytest.fixture
def client(hubspot):
    headers = {"Authorization": f"Bearer {hubspot.vendor.token}"}
    with httpx.Client(base_url=hubspot.url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture
def validated(client, real_data, check_against):
    """The client, failing where a deals exchange is not what HubSpot's document says."""
    document = read_document(real_data("api-shapes/hubspot-openapi/deals.openapi.json"), DEALS)
    client.event_hooks = {"response": [check_against(document)]}
    return client


def test_listing_gives_every_deal_once_in_the_published_shape(validated, all_pages):
    pages = all_pages(lambda page: validated.get(DEALS, params={"limit": 3, **page}).json())
    assert [[deal["id"] for deal in page] for page in pages] == [
        ["101", "102", "103"],
        ["104", "105", "106"],
        ["107"],
    ]


def test_history_is_newest_first_with_who_did_it(validated):
    asked = {"propertiesWithHistory": "dealstage", "limit": 50}
    deal = validated.get(DEALS, params=asked).json()["results"][0]
    assert deal["propertiesWithHistory"]["dealstage"] == [
        {
            "value": "closedwon",
            "timestamp": "2026-01-05T09:01:30.001Z",
            "sourceType": "CRM_UI",
            "sourceId": "userId:4711",
            "updatedByUserId": 4711,
        },
        {
            "value": "appointmentscheduled",
            "timestamp": "2026-01-05T09:01:00Z",
            "sourceType": "INTEGRATION",
            "sourceId": "1044532",
        },
    ]
    assert validated.get(DEALS, params={**asked, "limit": 51}).status_code == 400


def test_search_finds_what_changed_and_not_what_is_archived(validated, hubspot, sales):
    sales.delete("deals", "107", sales.get("deals", "107").modified + timedelta(hours=1))
    body = {
        "filterGroups": [{"filters": [{**SINCE, "value": "1767603840000"}]}],
        "sorts": ["hs_lastmodifieddate"],
        "limit": 2,
        "properties": ["amount"],
        "query": "",
    }
    found = validated.post(f"{DEALS}/search", json=body).json()
    assert (found["total"], [deal["id"] for deal in found["results"]]) == (3, ["104", "105"])
    body["after"] = found["paging"]["next"]["after"]
    assert [deal["id"] for deal in validated.post(f"{DEALS}/search", json=body).json()["results"]] == ["106"]
    archived = validated.get(DEALS, params={"archived": "true"}).json()["results"]
    assert [(deal["id"], deal["archived"], "archivedAt" in deal) for deal in archived] == [
        ("107", True, True)
    ]


def test_search_ends_at_ten_thousand_results(validated):
    reply = validated.post(f"{DEALS}/search", json={"limit": 200, "after": "9900"})
    assert (reply.status_code, reply.json()["category"]) == (400, "VALIDATION_ERROR")


def test_batch_read_names_what_it_could_not_find(validated):
    body = {"inputs": [{"id": "101"}, {"id": "999"}], "properties": ["dealname"], "propertiesWithHistory": []}
    reply = validated.post(f"{DEALS}/batch/read", json=body)
    assert reply.status_code == 207
    assert [deal["properties"]["dealname"] for deal in reply.json()["results"]] == ["Deal 1"]
    assert reply.json()["errors"][0]["context"] == {"ids": ["999"]}


def test_associations_tell_the_primary_company_and_who_has_none(client):
    body = {"inputs": [{"id": "101"}, {"id": "107"}]}
    reply = client.post("/crm/v4/associations/deals/companies/batch/read", json=body)
    assert reply.status_code == 207
    (linked,) = reply.json()["results"]
    assert [each["toObjectId"] for each in linked["to"]] == [9001]
    assert [each["typeId"] for each in linked["to"][0]["associationTypes"]] == [5, 341]
    assert reply.json()["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"


def test_owners_and_settings_are_told(client):
    (owner,) = client.get("/crm/v3/owners").json()["results"]
    assert (owner["id"], owner["userId"], owner["teams"][0]["name"]) == ("77", 4711, "sales")
    assert "dealstage" in {each["name"] for each in client.get("/crm/v3/properties/deals").json()["results"]}
    stages = client.get("/crm/v3/pipelines/deals").json()["results"][0]["stages"]
    assert [each["id"] for each in stages] == ["appointmentscheduled", "closedwon"]
    assert client.get("/account-info/v3/details").json()["timeZone"] == "Europe/Berlin"


def test_refusals_have_hubspots_shape(client, hubspot, validated):
    hubspot.vendor.scopes.discard("crm.objects.deals.read")
    missing = validated.get(DEALS)
    assert (missing.status_code, missing.json()["category"]) == (403, "MISSING_SCOPES")
    hubspot.vendor.revoke()
    revoked = validated.get(DEALS)
    assert (revoked.status_code, revoked.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    hubspot.faults.add(Fault(DEALS, "429"), Fault(DEALS, "500", after=1))
    assert validated.get(DEALS).headers["Retry-After"] == "1"
    assert validated.get(DEALS).status_code == 500


def test_the_validator_sees_what_is_wrong(client, real_data, exchanged):
    document = read_document(real_data("api-shapes/hubspot-openapi/deals.openapi.json"), DEALS)
    request, reply = exchanged(client.get(DEALS, params={"since": "2026-01-01"}))
    spoilt = Reply(reply.content.replace(b'"createdAt"', b'"created"').replace(b"false", b"0"))
    faults = document.faults(request, spoilt) or []
    assert faults[0] == "query: since is unknown"
    assert {fault.split(": ")[2] for fault in faults[1:]} == {
        "'createdAt' is a required property",
        "0 is not of type 'boolean'",
    }


@pytest.mark.parametrize("kind", ["companies", "contacts", "deals", "tickets"])
def test_records_are_told_as_they_were_recorded(real_data, kind):
    recorded = json.loads(real_data("api-shapes/hubspot-responses/hubspot_v3_objects.json").read_text())
    (real, *_) = recorded[f"mock_{kind}_data"]["results"]
    at = datetime.fromisoformat(real["createdAt"])
    record = Record(kind, real["id"], at, datetime.fromisoformat(real["updatedAt"]))
    for name, value in real["properties"].items():
        if value is not None:
            record.note(name, value, at)
    with serve(HubSpot(Store([record]))) as hubspot:
        headers = {"Authorization": f"Bearer {hubspot.vendor.token}"}
        told = httpx.get(f"{hubspot.url}/crm/v3/objects/{kind}", headers=headers, timeout=60).json()
    assert told == {"results": [real]}


def test_a_history_has_the_keys_that_were_recorded(real_data, client):
    recorded = json.loads(real_data("api-shapes/hubspot-responses/hubspot_v3_objects.json").read_text())
    real = recorded["mock_contacts_with_history"]["results"][1]
    names = {"propertiesWithHistory": "dealname,dealstage", "associations": "companies"}
    deal = client.get(DEALS, params=names).json()["results"][0]
    assert set(deal) == set(real)
    keys = {key for versions in real["propertiesWithHistory"].values() for each in versions for key in each}
    ours = {key for versions in deal["propertiesWithHistory"].values() for each in versions for key in each}
    assert keys <= ours | {"sourceLabel"}


def test_a_big_portal_tells_the_same_deal_everywhere(real_data, check_against, all_pages):
    document = read_document(real_data("api-shapes/hubspot-openapi/deals.openapi.json"), DEALS)
    with serve(BigHubSpot(203, changed=5)) as served:
        headers = {"Authorization": f"Bearer {served.vendor.token}"}
        hooks = {"response": [check_against(document)]}
        with httpx.Client(base_url=served.url, headers=headers, event_hooks=hooks, timeout=60) as client:
            names = [each["name"] for each in client.get("/crm/v3/properties/deals").json()["results"]]
            asked = {"limit": 50, "propertiesWithHistory": ",".join(names)}
            pages = all_pages(lambda page: client.get(DEALS, params=asked | page).json())
            deals = [deal for page in pages for deal in page]
            assert len({deal["id"] for deal in deals}) == len(deals) == 203
            times = [deal["updatedAt"] for deal in deals]
            assert times == sorted(set(times))
            body = {
                "inputs": [{"id": deal["id"]} for deal in deals[-2:]],
                "propertiesWithHistory": names,
                "properties": [],
            }
            assert client.post(f"{DEALS}/batch/read", json=body).json()["results"] == deals[-2:]
            since = {"filters": [{**SINCE, "value": times[-5]}]}
            found = client.post(f"{DEALS}/search", json={"filterGroups": [since], "limit": 3}).json()
            assert (found["total"], [deal["id"] for deal in found["results"]]) == (
                5,
                [deal["id"] for deal in deals[-5:-2]],
            )
            versions = (len(each) for deal in deals for each in deal["propertiesWithHistory"].values())
            assert sum(versions) > 20 * len(deals)
            linked = client.post(
                "/crm/v4/associations/deals/companies/batch/read", json={"inputs": [{"id": deals[-1]["id"]}]}
            )
            assert linked.json()["results"][0]["to"][0]["toObjectId"] == 9_000_000_050
            companies = [
                one
                for page in all_pages(
                    lambda page: client.get("/crm/v3/objects/companies", params=page).json()
                )
                for one in page
            ]
            assert [one["id"] for one in companies] == [str(9_000_000_000 + number) for number in range(51)]
            inputs = {"inputs": [{"id": one["id"]} for one in companies], "properties": ["name"]}
            read = client.post("/crm/v3/objects/companies/batch/read", json=inputs).json()["results"]
            assert [one["id"] for one in read] == [one["id"] for one in companies]


@pytest.mark.parametrize(
    ("kind", "file"), [("deals", "deals"), ("tickets", "tickets"), ("feedback_submissions", "feedback")]
)
def test_every_way_to_read_is_as_documented(client, sales, real_data, exchanged, kind, file):
    path = f"/crm/v3/objects/{kind}"
    document = read_document(real_data(f"api-shapes/hubspot-openapi/{file}.openapi.json"), path)
    start = sales.get("deals", "101").created
    sales.add(Record(kind, "5", start, start)).note("hs_value", "9", start, "4711")
    asked = {"inputs": [{"id": "5"}], "properties": ["hs_value"], "propertiesWithHistory": ["hs_value"]}
    for reply in (
        client.get(path, params={"propertiesWithHistory": "hs_value", "associations": "contacts"}),
        client.get(path, params={"limit": 0}),
        client.post(f"{path}/search", json={"limit": 100}),
        client.post(f"{path}/batch/read", json=asked),
        client.post(f"{path}/batch/read", json={**asked, "inputs": [{"id": "6"}]}),
    ):
        assert document.faults(*exchanged(reply)) == []


@pytest.mark.parametrize("kind", ["deals", "tickets"])
def test_writing_is_as_documented(hubspot, client, sales, real_data, exchanged, kind):
    path = f"/crm/v3/objects/{kind}"
    document = read_document(real_data(f"api-shapes/hubspot-openapi/{kind}.openapi.json"), path)
    start = sales.get("deals", "101").created
    sales.add(Record(kind, "5", start, start))
    sales.declare(kind, "gate")
    told = {"id": "5", "properties": {"gate": "open"}}
    written = client.post(f"{path}/batch/update", json={"inputs": [told]})
    partly = client.post(f"{path}/batch/update", json={"inputs": [told, {**told, "id": "6"}]})
    unknown = client.post(
        f"{path}/batch/update", json={"inputs": [{"id": "5", "properties": {"gaet": "open"}}]}
    )
    twice = client.post(f"{path}/batch/update", json={"inputs": [told, told]})
    assert [reply.status_code for reply in (written, partly, unknown, twice)] == [200, 207, 400, 400]
    assert partly.json()["errors"][0]["context"] == {"ids": ["6"]}
    assert len(sales.get(kind, "5").history["gate"]) == 1
    hubspot.vendor.scopes -= {"crm.objects.deals.write", "tickets"}
    denied = client.post(f"{path}/batch/update", json={"inputs": [told]})
    assert denied.status_code == 403
    for reply in (written, partly, unknown, twice, denied):
        assert document.faults(*exchanged(reply)) == []
