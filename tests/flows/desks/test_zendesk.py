"""What only Zendesk has: customers who must not read it, tickets that close for good, placeholders, and its source."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import ConfigurationError
from flows.desks import zendesk
from flows.desks.desk import Told
from flows.desks.reconciling import Wanted, reconcile
from flows.outbox import Outbox
from tests.emulators.faults import Fault
from tests.emulators.messages import Reply
from tests.flows.desks.offices import NOWHERE, office

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def there():
    with office("zendesk") as made:
        yield made


@pytest.fixture
def run(there, settings):
    clock = [datetime.now(UTC)]
    box = Outbox(settings, "zd", "run-1", lambda: clock[0])

    def run(*tickets, over=None):
        clock[0] += timedelta(hours=1)
        return str(reconcile(there.desk, box, Wanted(tickets, over or {}), 25))

    return run


def notes(there):
    return [note for notes in there.served.vendor.notes.values() for note in notes]


def test_no_customer_ever_reads_a_word(there, run, ticket):
    for told in ([ticket()], [ticket(body="one field")]):
        run(*told)
    run(over={ticket().marker: "mended"})
    run(ticket())
    assert [note["public"] for note in notes(there)] == [False] * 4
    (told,) = there.served.vendor.told.values()
    assert (told["tags"], told["external_id"]) == (
        ["seamkeeper", ticket().marker, "handoffs"],
        ticket().marker,
    )
    assert "requester" not in str(told)


def test_whoever_is_assigned_is_so_in_a_group_of_theirs_and_nobody_is_in_ours(there, ticket):
    there.desk.open(ticket(), "1")
    there.desk.open(replace(ticket(2), owner="eve"), "2")
    assigned, nobodys = there.served.vendor.told.values()
    assert ("group_id" in assigned, nobodys["group_id"]) == (False, 7)
    assert "no agent here has the e-mail" in nobodys["comment"]["html_body"]
    there.board.change("1", assignee="me")
    there.desk.set("1", ticket(body="one field"), None, "3")
    assert there.board.issue("1").assignee == "me"  # a person gave it away


def test_what_nobody_was_assigned_to_is_solved_by_us(there, run, ticket):
    lost = replace(ticket(), owner=None)
    run(lost)
    assert run(over={lost.marker: "mended"}) == "1 closed"
    assert (there.board.issue("1").assignee, there.board.issue("1").is_open) == ("me", False)


def test_a_closed_ticket_is_followed_up_by_another_and_that_by_none(there, run, ticket):
    run(ticket())
    run(over={ticket().marker: "mended"})
    there.served.vendor.close("1")
    assert run(ticket()) == "1 opened again"
    assert there.served.vendor.told["2"]["via_followup_source_id"] == 1
    assert [issue.is_open for issue in there.board.issues] == [False, True]
    assert run(ticket(body="one field")) == "1 updated"
    assert run(over={ticket().marker: "mended"}) == "1 closed"
    assert [issue.is_open for issue in there.board.issues] == [False, False]


def test_a_follow_up_without_an_answer_is_adopted(there, run, ticket):
    run(ticket())
    run(over={ticket().marker: "mended"})
    there.served.vendor.close("1")
    there.served.faults.add(Fault("POST", "close"))
    assert run(ticket()) == "1 unclear, 1 waiting in the outbox"
    assert run(ticket()) == "1 adopted"
    assert run(ticket()) == "nothing to send"
    assert [issue.is_open for issue in there.board.issues] == [False, True]


def test_a_follow_up_that_no_search_shows_yet_is_found_by_its_external_id(there, run, ticket, monkeypatch):
    run(ticket())
    run(over={ticket().marker: "mended"})
    there.served.vendor.close("1")
    there.served.faults.add(Fault("POST", "reset"))
    monkeypatch.setattr(there.served.vendor, "search", lambda _: Reply({"results": [], "meta": {}}))
    run(ticket())
    there.served.vendor.made.clear()  # the key of the call is forgotten there after hours
    assert run(ticket()) == "1 opened again"
    assert [issue.is_open for issue in there.board.issues] == [False, True]


def test_a_persons_solving_is_theirs_also_when_zendesk_closes_it(there, run, ticket):
    run(ticket())
    there.served.vendor.close("1")
    assert run(ticket(body="one field")) == "1 closed by a person"
    assert run(ticket()) == "nothing to send"


def test_an_update_without_an_answer_is_not_said_twice(there, run, ticket):
    run(ticket())
    there.served.faults.add(Fault("PUT", "close"))
    assert run(ticket(body="one field")) == "1 unclear, 1 waiting in the outbox"
    assert run(ticket(body="one field")) == "1 updated"
    assert len(notes(there)) == 2


def test_what_data_names_is_not_filled_in(there, ticket):
    there.desk.open(ticket(body="packet `{{ticket.requester.email}}` {% if x %}"), "1")
    (note,) = notes(there)
    assert "FILLED IN" not in note["html_body"]
    there.desk.open(replace(ticket(2), title="{{ticket.id}}"), "2")
    assert "{{" not in there.board.issue("2").title


def test_what_customers_reply_and_what_we_wrote_decides_nothing(there, ticket):
    key = there.desk.open(ticket(body="accept"), "1").key
    there.board.act(key, "reply", there.vendor.handle, "accept")
    there.board.act(key, "comment", "customer@b.example", "accept")
    assert list(there.desk.said(LONG_AGO)) == []


@pytest.mark.parametrize(
    ("options", "where", "auth"),
    [
        ({"subdomain": "acme"}, "https://acme.zendesk.com", None),
        (
            {"subdomain": "acme", "email": "a@b.example"},
            "https://acme.zendesk.com",
            ("a@b.example/token", "t"),
        ),
    ],
)
def test_where_it_is_and_who_we_are(options, where, auth):
    desk: Any = zendesk.make(Told("zd", options, {"token": "t"}, NOWHERE))
    assert (desk.door.base_url, desk.door.auth) == (where, auth)
    with pytest.raises(ConfigurationError, match="neither `subdomain` nor `url` says where it is"):
        zendesk.make(Told("zd", {}, {"token": "t"}, NOWHERE))
