"""Is the emulated Zendesk what Zendesk publishes?"""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from flows.outbox import Ticket
from tests.emulators.content import Person, Record, Store
from tests.emulators.serving import serve
from tests.emulators.validating import read_document
from tests.emulators.zendesk.server import Zendesk
from tests.flows.desks.offices import office

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
START = int(AT.timestamp())
EXPORT = "/api/v2/incremental"


@pytest.fixture
def store():
    me = Person("370000000001", "370000000001", "sync@example.org", "Zoë", "M", "support", AT, AT)
    store = Store(people=[me])
    organization = store.add(Record("organization", "360000000001", AT, AT))
    organization.note("name", "Café Zürich", AT)
    organization.note("domain_names", "cafe.example.com,zuerich.example.com", AT)
    organization.note("tier", "gold", AT)
    customer = store.add(Record("user", "380000000001", AT, AT))
    customer.note("organization_id", organization.id, AT)
    customer.note("name", "Ann", AT)
    for number in range(1, 6):
        at = AT + timedelta(seconds=number // 2)  # two and two share a second
        ticket = store.add(Record("ticket", str(number), at, at))
        values = {"subject": f"Ticket {number}", "status": "new", "priority": "high", "type": "question"}
        values |= dict.fromkeys(("assignee_id", "submitter_id"), me.id)
        values |= {"requester_id": customer.id, "organization_id": organization.id, "group_id": "1"}
        for name, value in values.items():
            ticket.note(name, value, at, customer.id)
    store.set("ticket", "1", AT + timedelta(hours=1), {"status": "open", "tried": "restart"}, me.id)
    store.set("ticket", "1", AT + timedelta(hours=1), {"comment": "We are on it."}, me.id)
    rating = store.add(Record("satisfaction_rating", "7", AT, AT))
    for name in ("assignee_id", "group_id", "requester_id", "ticket_id"):
        rating.note(name, "1", AT)
    rating.note("score", "good", AT)
    return store


@pytest.fixture
def zendesk(store):
    with serve(Zendesk(store)) as served:
        yield served


@pytest.fixture(scope="module")
def document(real_data):
    return read_document(real_data("api-shapes/zendesk-openapi/openapi.yaml"), lax=True)


@pytest.fixture
def client(zendesk):
    with httpx.Client(
        base_url=zendesk.url, headers={"Authorization": "Bearer emulated"}, timeout=60
    ) as client:
        yield client


def test_a_cursor_export_ends_and_goes_on_from_there(client, store):
    first = client.get(f"{EXPORT}/tickets/cursor.json", params={"start_time": START, "per_page": 3}).json()
    assert ([ticket["id"] for ticket in first["tickets"]], first["end_of_stream"]) == ([2, 3, 4], False)
    second = client.get(first["after_url"]).json()
    assert ([ticket["id"] for ticket in second["tickets"]], second["end_of_stream"]) == ([5, 1], True)
    store.delete("ticket", "4", AT + timedelta(days=1))
    third = client.get(f"{EXPORT}/tickets/cursor", params={"cursor": second["after_cursor"]}).json()
    assert [(ticket["id"], ticket["status"]) for ticket in third["tickets"]] == [(4, "deleted")]
    users = client.get(f"{EXPORT}/users/cursor", params={"start_time": 0}).json()["users"]
    assert {user["role"] for user in users} == {"agent", "end-user"}


def test_a_time_export_repeats_the_last_second(client):
    body = {"end_of_stream": False, "next_page": f"{EXPORT}/ticket_events.json?start_time=0&per_page=2"}
    found = []
    while not body["end_of_stream"]:
        body = client.get(body["next_page"]).json()
        found.append([event["ticket_id"] for event in body["ticket_events"]])
        assert body["count"] == len(found[-1])
    assert found == [[1, 2, 3], [2, 3], [4, 5], [1]]


def test_events_tell_changes_and_comments_only_when_asked(client, zendesk):
    asked = {"start_time": START + 60, "include": "comment_events"}
    (event,) = client.get(f"{EXPORT}/ticket_events", params=asked).json()["ticket_events"]
    assert (event["updater_id"], event["event_type"]) == (370000000001, "Audit")
    status, tried, comment = event["child_events"]
    assert (status["status"], status["previous_value"]) == ("open", "new")
    fields = client.get("/api/v2/ticket_fields").json()["ticket_fields"]
    ids = {field["title"]: str(field["id"]) for field in fields}
    assert tried["custom_ticket_fields"] == {ids["tried"]: "restart"}
    assert (comment["body"], comment["public"]) == ("We are on it.", True)
    (event,) = client.get(f"{EXPORT}/ticket_events", params={"start_time": START + 60}).json()[
        "ticket_events"
    ]
    assert "body" not in event["child_events"][2]


def test_exchanges_are_as_documented(client, document, exchanged):
    for path, query in {
        "incremental/tickets/cursor": {"start_time": 0},
        "incremental/users/cursor": {"start_time": 0},
        "incremental/organizations": {"start_time": 0},
        "incremental/ticket_events.json": {"start_time": 0},
        "tickets/1/audits": {},
        "satisfaction_ratings": {"start_time": 0},
        "groups.json": {},
        "group_memberships": {},
        "ticket_fields": {},
        "tickets/count": {},
        "organizations/count.json": {},
        "users/me": {},
    }.items():
        assert document.faults(*exchanged(client.get(f"/api/v2/{path}", params=query))) == []


def test_what_our_desk_says_there_is_as_documented(document, monkeypatch):
    ticket = Ticket("sk-0000000000000001", "a packet", "one field", "ann", "sales")
    with office("zendesk") as there:
        said, vendor = [], there.served.vendor
        answer = vendor.answer

        def noted(request):
            said.append((request, answer(request)))
            return said[-1][1]

        monkeypatch.setattr(vendor, "answer", noted)
        key = there.desk.open(ticket, "1").key
        there.desk.set(key, ticket, False, "2")
        vendor.close(key)
        there.desk.set(key, ticket, True, "3")
        there.board.act(key, "comment", there.vendor.handle, "accept")
        assert [there.desk.look(key), *there.desk.open_tickets(), *there.desk.said(AT)]
    assert len(said) > 8
    for request, reply in said:
        assert document.faults(request, reply) == [], request.target


def test_lists_page_by_cursor_and_by_offset(client):
    first = client.get("/api/v2/tickets/1/audits", params={"page[size]": 1}).json()
    assert first["meta"]["has_more"]
    second = client.get(first["links"]["next"]).json()
    assert (len(second["audits"]), second["meta"]["has_more"]) == (1, False)
    by_offset = client.get("/api/v2/tickets/1/audits.json", params={"per_page": 1}).json()
    assert (by_offset["count"], by_offset["audits"]) == (2, first["audits"])
    assert client.get(by_offset["next_page"]).json()["audits"] == second["audits"]


def test_refusals_have_zendesks_shape(client, zendesk):
    assert (
        client.get(f"{EXPORT}/organizations", params={"start_time": 2**33}).json()["error"]
        == "StartTimeTooRecent"
    )
    zendesk.vendor.forbidden.add("/incremental/")
    assert client.get(f"{EXPORT}/organizations").json()["error"]["title"] == "Forbidden"
    zendesk.vendor.revoke()
    assert client.get("/api/v2/users/me").json() == {"error": "Couldn't authenticate you"}


def test_writing_a_custom_field_is_as_documented_and_an_audit_of_the_token_s_user(
    client, store, document, exchanged
):
    store.declare("ticket", "Gate")
    (field,) = [
        one for one in client.get("/api/v2/ticket_fields").json()["ticket_fields"] if one["title"] == "Gate"
    ]
    told = {
        "ticket": {"custom_fields": [{"id": field["id"], "value": "open"}, {"id": 1, "value": "ignored"}]}
    }
    store.set("ticket", "3", AT + timedelta(hours=1), {"status": "closed"})
    written, closed, nowhere = (client.put(f"/api/v2/tickets/{id_}.json", json=told) for id_ in (2, 3, 99))
    # the document takes a value for the definition of its field; its own examples have `id` and `value`
    faults = [fault for fault in document.faults(*exchanged(written)) if "ticket/custom_fields/" not in fault]
    assert faults == []
    assert [reply.status_code for reply in (written, closed, nowhere)] == [200, 422, 404]
    assert {"id": field["id"], "value": "open"} in written.json()["ticket"]["custom_fields"]
    assert written.json()["audit"]["author_id"] == 370000000001
    assert closed.json()["details"]["status"][0]["description"] == "Status: closed prevents ticket update"
