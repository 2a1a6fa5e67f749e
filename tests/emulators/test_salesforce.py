"""Is the emulated Salesforce what Salesforce publishes?"""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.emulators.content import Person, Record, Store
from tests.emulators.salesforce.org import MACHINE, Org
from tests.emulators.salesforce.schema import record_id
from tests.emulators.salesforce.server import Salesforce
from tests.emulators.salesforce.soql import Malformed, parse
from tests.emulators.serving import serve

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ANN, BOB = (record_id("User", number) for number in (7, 8))
DATA = "/services/data/v60.0"


@pytest.fixture
def store():
    people = [Person(ANN, ANN, "ann@example.org", "Ann", "Ås", "sales", AT, AT)]
    store = Store(people=[*people, Person(BOB, BOB, "bob@example.org", "Bob", "B", None, AT, AT)])
    account = store.add(Record("Account", record_id("Account", 1), AT, AT))
    account.note("Name", "Café Zürich", AT, ANN)
    for number in range(1, 6):
        at = AT + timedelta(minutes=number)
        deal = store.add(Record("Opportunity", record_id("Opportunity", number), at, at))
        for name, value in {"Name": f"Deal {number}", "AccountId": account.id, "OwnerId": ANN}.items():
            deal.note(name, value, at, ANN)
        deal.note("StageName", "Prospecting", at, ANN)
        deal.note("StageName", "Closed Won", at + timedelta(seconds=20), BOB)
        deal.note("OwnerId", BOB, at + timedelta(seconds=30))
        deal.note("Notes__c", "x" * 300, at + timedelta(seconds=40))
        deal.note("Amount", "1000.5", at + timedelta(seconds=50), ANN)
    return store


@pytest.fixture
def salesforce(store):
    with serve(Salesforce(Org(store, long=frozenset({"Opportunity.Notes__c"})), batch=2)) as served:
        yield served


@pytest.fixture
def client(salesforce):
    form = {"grant_type": "client_credentials", "client_id": salesforce.vendor.client[0]}
    form["client_secret"] = salesforce.vendor.client[1]
    token = httpx.post(f"{salesforce.url}/services/oauth2/token", data=form, timeout=60).json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    with httpx.Client(base_url=token["instance_url"], headers=headers, timeout=60) as client:
        yield client


def asked(client, soql, path="query"):
    return client.get(f"{DATA}/{path}", params={"q": soql})


def everything(client, soql, path="query"):
    """All pages of a query."""
    body = asked(client, soql, path).json()
    found = body["records"]
    while not body["done"]:
        body = client.get(body["nextRecordsUrl"]).json()
        found += body["records"]
    assert len(found) == body["totalSize"]
    return found


def test_a_query_gives_its_pages_with_parents_inside(client):
    found = everything(
        client, "select Id, Owner.Email, Account.Name, Amount, SystemModstamp from Opportunity"
    )
    assert len(found) == 5
    assert found[0] == {
        "attributes": {"type": "Opportunity", "url": f"{DATA}/sobjects/Opportunity/{found[0]['Id']}"},
        "Id": record_id("Opportunity", 1),
        "Owner": {
            "attributes": {"type": "User", "url": f"{DATA}/sobjects/User/{BOB}"},
            "Email": "bob@example.org",
        },
        "Account": {
            "attributes": {"type": "Account", "url": f"{DATA}/sobjects/Account/{record_id('Account', 1)}"},
            "Name": "Café Zürich",
        },
        "Amount": 1000.5,
        "SystemModstamp": "2026-01-05T09:01:50.000+0000",
    }


def test_conditions_order_and_limit_hold(client):
    since = "SystemModstamp >= 2026-01-05T10:02:50+01:00 AND Id != '006em0000000004' AND IsDeleted = false"
    found = everything(
        client, f"SELECT Name FROM Opportunity WHERE {since} ORDER BY CreatedDate DESC LIMIT 2"
    )
    assert [record["Name"] for record in found] == ["Deal 5", "Deal 3"]
    assert len(everything(client, "SELECT Id FROM Opportunity WHERE Name IN ('deal 1', 'Deal 2')")) == 2


def test_a_count_gives_a_number_and_no_records(client):
    told = {"totalSize": 5, "done": True, "records": []}
    assert asked(client, "SELECT COUNT() FROM Opportunity").json() == told
    where = "CreatedDate > 2026-01-05T09:03:00Z"
    assert asked(client, f"SELECT count() FROM Opportunity WHERE {where}").json()["totalSize"] == 2


def test_deleted_records_are_only_in_query_all(client, store):
    store.delete("Opportunity", record_id("Opportunity", 2), AT + timedelta(days=1))
    soql = "SELECT Id, IsDeleted, LastModifiedDate FROM Opportunity"
    assert len(everything(client, soql)) == 4
    (gone,) = (record for record in everything(client, soql, "queryAll") if record["IsDeleted"])
    assert gone["Id"] == record_id("Opportunity", 2)


def test_history_tells_changes_of_tracked_fields_and_references_twice(client, salesforce):
    soql = (
        "SELECT Field, OldValue, NewValue, CreatedById FROM OpportunityFieldHistory "
        f"WHERE OpportunityId = '{record_id('Opportunity', 1)}' ORDER BY CreatedDate, DataType"
    )
    told = [tuple(each.values())[1:] for each in everything(client, soql)]
    assert told == [
        ("created", None, None, ANN),
        ("StageName", "Prospecting", "Closed Won", BOB),
        ("Owner", ANN, BOB, MACHINE),
        ("Owner", "Ann Ås", "Bob B", MACHINE),
        ("Notes__c", None, None, MACHINE),
        ("Amount", None, 1000.5, ANN),
    ]
    salesforce.vendor.org.untracked.add("Opportunity.StageName")
    assert "StageName" not in {each["Field"] for each in everything(client, soql)}


def test_describe_names_custom_and_long_fields(client):
    fields = client.get(f"{DATA}/sobjects/Opportunity/describe").json()["fields"]
    types = {field["name"]: (field["type"], field["relationshipName"]) for field in fields}
    assert types["Notes__c"] == ("textarea", None)
    assert types["OwnerId"] == ("reference", "Owner")
    names = [each["name"] for each in client.get(f"{DATA}/sobjects").json()["sobjects"]]
    assert {"Lead", "CaseHistory"} <= set(names)
    assert client.get(f"{DATA}/limits").json()["DailyApiRequests"]["Max"] == 15_000


def test_refusals_have_salesforces_shape(client, salesforce):
    def code(reply):
        return reply.status_code, reply.json()[0]["errorCode"]

    assert code(asked(client, "SELECT Nonsense FROM Opportunity")) == (400, "INVALID_FIELD")
    assert code(asked(client, "SELECT Id FROM Nonsense")) == (400, "INVALID_TYPE")
    assert code(asked(client, "SELECT Id FROM Opportunity GROUP BY Id")) == (400, "MALFORMED_QUERY")
    salesforce.vendor.org.hidden.add("Case")
    assert code(asked(client, "SELECT Id FROM Case")) == (400, "INVALID_TYPE")
    salesforce.vendor.daily = 0
    assert code(asked(client, "SELECT Id FROM Lead")) == (403, "REQUEST_LIMIT_EXCEEDED")
    salesforce.vendor.revoke()
    assert code(asked(client, "SELECT Id FROM Lead")) == (401, "INVALID_SESSION_ID")


def test_ids_have_eighteen_characters_the_last_three_of_which_check_the_capitals():
    assert record_id("Account", 1) == "001em0000000001AAA"
    assert record_id("Lead", 62) == "00Qem0000000010EAA"
    assert len(record_id("History", 2**64 - 1)) == 18


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT FROM X",
        "SELECT a FROM X WHERE a LIKE 'b'",
        "SELECT COUNT() FROM X ORDER BY a",
        "SELECT a FROM X WHERE t > 2026-01-05T09:00:00",
    ],
)
def test_what_is_no_query_is_malformed(text):
    with pytest.raises(Malformed):
        parse(text)


def test_a_collection_is_written_record_by_record_in_its_order(client, salesforce):
    org = salesforce.vendor.org
    ids = [record.id for record in org.store.all("Opportunity")][:3]
    org.store.declare("Opportunity", "Gate__c")
    org.store.delete("Opportunity", ids[1], datetime.now(UTC))
    salesforce.vendor.refusing[ids[2]] = ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Close date first")
    told = [{"attributes": {"type": "Opportunity"}, "id": id_, "Gate__c": "open"} for id_ in ids]
    told.append({**told[0], "Gate__c": "x" * 256})
    path = "/services/data/v60.0/composite/sobjects"
    answers = client.patch(path, json={"allOrNone": False, "records": told}).json()
    assert answers[0] == {"id": ids[0], "success": True, "errors": []}
    codes = [answer["errors"][0]["statusCode"] for answer in answers[1:]]
    assert codes == ["ENTITY_IS_DELETED", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "STRING_TOO_LONG"]
    unknown = client.patch(path, json={"allOrNone": False, "records": [{**told[0], "Gaet__c": "open"}]})
    assert (unknown.status_code, unknown.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
