"""Does a pull bring what Zendesk has, once, as event rows, and nothing when Zendesk is not itself?"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import ConfigurationError, SourceError
from flows.desks.zendesk import TAG
from flows.settings import Settings, Source
from flows.sources import check, read_sources, zendesk
from flows.sources.zendesk_fields import changes_of, fields_of, is_answer
from tests.conftest import ROOT
from tests.emulators.content import Person, Record, Store
from tests.emulators.faults import Fault
from tests.emulators.serving import serve
from tests.emulators.zendesk.server import Zendesk
from tests.emulators.zendesk.shapes import field_id
from tests.flows.sources.nights import Night

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
SEEN = datetime(2026, 6, 2, tzinfo=UTC)
ANN, BOB, EVE = "370000000001", "370000000002", "380000000001"
ACME, CAFE = "360000000001", "360000000002"
MAPPED = {
    "ticket": {"hand_over": "x.hand_over", "go_live": "x.go_live", "satisfaction": "x.satisfaction"},
    "organization": {"plan": "x.plan"},
}


@pytest.fixture
def store():
    people = [Person(ANN, ANN, "ann@example.org", "Ann", "Ås", "Support Tier 1", AT, AT)]
    store = Store(
        people=[*people, Person(BOB, BOB, "bob@example.org", "Bob", "B", None, AT, AT, active=False)]
    )
    for id_, plan in ((ACME, "gold"), (CAFE, "")):
        organization = store.add(Record("organization", id_, AT, AT))
        organization.note("name", "Café Zürich GmbH", AT)
        organization.note("domain_names", "acme.example.com,acme.example.net", AT)
        organization.note("plan", plan, AT)
    store.add(Record("user", EVE, AT, AT)).note("organization_id", CAFE, AT)
    for number in range(1, 6):
        at = AT + timedelta(minutes=number)
        ticket = store.add(Record("ticket", str(number), at, at))
        values = {"subject": f"Ticket {number}", "status": "new", "requester_id": EVE, "Hand-over": "asked"}
        for name, value in values.items():
            ticket.note(name, value, at, EVE)
    return store


@pytest.fixture
def ticket(store):
    """One with a past: assigned by nobody, answered, noted inside, moved to another organization, rated."""
    ticket = store.get("ticket", "1")
    at = ticket.created
    ticket.note("assignee_id", ANN, at + timedelta(seconds=10))
    ticket.note("comment", "We are on it.", at + timedelta(seconds=20), ANN)
    ticket.note("status", "open", at + timedelta(seconds=20), ANN)
    ticket.note("note", "She is angry.", at + timedelta(seconds=30), ANN)
    ticket.note("comment", "Thank you.", at + timedelta(seconds=40), EVE)
    ticket.note("organization_id", ACME, at + timedelta(seconds=50), ANN)
    ticket.note("organization_id", CAFE, at + timedelta(seconds=60), ANN)
    ticket.note("Hand-over", "", at + timedelta(seconds=70), ANN)
    rating = store.add(Record("satisfaction_rating", "51", at, at + timedelta(hours=1)))
    for name, value in {"ticket_id": "1", "requester_id": EVE, "score": "good"}.items():
        rating.note(name, value, at)
    return ticket


@pytest.fixture
def night(store, ticket, tmp_path, monkeypatch):
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setattr(zendesk, "wanted", lambda *_: MAPPED)
    monkeypatch.setattr(zendesk, "EXPORT_PAGE", 3)
    with serve(Zendesk(store)) as served:
        monkeypatch.setenv("ZENDESK_TOKEN", served.vendor.token)
        yield Night("zendesk", served, home(tmp_path), url=served.url)


def home(folder):
    return Settings(ROOT, folder, folder / "ledger")


def told(night, field, subject="1"):
    """Value, time, actor and detail of every version of a field."""
    found = night.events(f"type = 'record.changed' AND subject = '{subject}' AND field = '{field}'")
    return [
        (
            each.get("value"),
            datetime.fromisoformat(each["time"]),
            each.get("actor", "").removeprefix("zendesk:"),
            json.loads(each.get("detail", "{}")),
        )
        for each in found
    ]


def test_a_ticket_tells_every_change_since_it_was_created(night, ticket):
    night.pull()
    route, at = {"route": "Web form"}, ticket.created
    assert told(night, "status") == [
        ("new", at, EVE, route),
        ("open", at + timedelta(seconds=20), ANN, route),
    ]
    assert told(night, "assignee_id") == [(ANN, at + timedelta(seconds=10), "-1", route)]
    assert told(night, "hand_over") == [
        ("asked", at, EVE, route),
        (None, at + timedelta(seconds=70), ANN, route),
    ]
    assert not night.events("detail LIKE '%contradicts%'")


def test_what_the_requester_thinks_is_a_property_and_no_survey(night):
    night.pull()
    rated = AT + timedelta(minutes=1, hours=1)
    assert told(night, "satisfaction") == [("good", rated, EVE, {})]
    assert not night.events("type = 'survey.answered'")


def test_what_agents_write_to_customers_is_a_touch_and_its_text_stays_there(night, ticket):
    night.pull()
    (touch,) = night.events("type = 'account.touched'")
    assert (touch["account"], touch["actor"]) == (f"zendesk:{CAFE}", f"zendesk:{ANN}")
    assert datetime.fromisoformat(touch["time"]) == ticket.created + timedelta(seconds=20)
    assert not [row for row in night.records() if "We are on it" in row[3] or "angry" in row[3]]


def test_without_an_organization_of_its_own_a_ticket_is_about_the_requesters(night, store):
    other = store.get("ticket", "2")
    other.note("comment", "Hello.", other.created + timedelta(seconds=10), ANN)
    night.pull()
    accounts = {each["account"] for each in night.events("type = 'account.touched'")}
    assert accounts == {f"zendesk:{CAFE}"}


def test_links_say_since_when_and_until_when(night, ticket):
    night.pull()
    found = night.events("type = 'record.linked' AND subject = '1'")
    links = [
        (
            each["value"],
            datetime.fromisoformat(each["time"]),
            json.loads(each["detail"]).get("removed", False),
        )
        for each in found
    ]
    first, second = (ticket.created + timedelta(seconds=seconds) for seconds in (50, 60))
    assert sorted(links) == sorted([(ACME, first, False), (ACME, second, True), (CAFE, second, False)])


def test_organizations_and_people_are_seen_when_they_are_pulled(night):
    night.pull()
    snapshot = {"evidence": "snapshot"}
    assert told(night, "plan", ACME) == [("gold", SEEN, "", snapshot)]
    domains = '["acme.example.com","acme.example.net"]'
    assert told(night, "domain_names", ACME) == [(domains, SEEN, "", snapshot)]
    people = {each["actor"]: each for each in night.events("type = 'person.set'")}
    assert set(people) == {f"zendesk:{id_}" for id_ in (ANN, BOB, "-1")}
    ann, bob, nobody = (people[f"zendesk:{id_}"] for id_ in (ANN, BOB, "-1"))
    assert ann["team"] == "support_tier_1"
    person = {"kind": "person", **snapshot}
    assert json.loads(ann["detail"]) == {"email": "ann@example.org", "active": True, **person}
    assert json.loads(bob["detail"]) == {"email": "bob@example.org", "active": False, **person}
    machine = json.loads(nobody["detail"])
    assert (machine["kind"], "email" in machine) == ("system", False)


def test_who_changes_the_team_is_told_again(night, store):
    night.pull()
    night.recorded()
    store.people[0] = replace(store.people[0], team="Success")
    night.pull()
    (ann,) = night.events("type = 'person.set'")
    assert (ann["team"], datetime.fromisoformat(ann["time"])) == ("success", SEEN + timedelta(days=1))


def test_a_second_pull_asks_for_what_changed_and_brings_only_that(night, store):
    night.pull()
    night.recorded()
    assert night.pull().rows == 0
    other = store.get("ticket", "3")
    other.note("status", "solved", other.created + timedelta(hours=2), ANN)
    night.served.requests.clear()
    assert night.pull().rows == 2
    assert [each[0] for each in told(night, "status", "3")] == ["solved"]
    asked = [request for request in night.served.requests if "incremental" in request.path]
    starts = {int(request.first("start_time")) for request in asked if not request.first("cursor")}
    assert min(starts) >= int((AT - timedelta(hours=1)).timestamp())


def test_event_ids_survive_another_pull_from_the_beginning(night, tmp_path):
    night.pull()
    before = {each["id"] for each in night.events("actor IS NOT NULL AND type != 'person.set'")}
    again = Night("zendesk", night.served, home(tmp_path / "again"), url=night.served.url)
    again.pull()
    assert before == {each["id"] for each in again.events("actor IS NOT NULL AND type != 'person.set'")}


def test_a_field_that_is_new_in_a_contract_is_read_with_its_whole_history(night, monkeypatch):
    night.pull()
    night.recorded()
    mapped = {**MAPPED, "ticket": {**MAPPED["ticket"], "tier": "x.tier"}}
    monkeypatch.setattr(zendesk, "wanted", lambda *_: mapped)
    night.served.vendor.store.get("ticket", "4").note("Tier", "2", AT + timedelta(minutes=5), ANN)
    night.pull()
    assert [each[0] for each in told(night, "tier", "4")] == ["2"]
    assert any(request.first("start_time") == "0" for request in night.served.requests)


def test_a_deleted_ticket_is_one_more_version_of_it(night, store):
    night.pull()
    night.recorded()
    gone = AT + timedelta(days=2)
    store.delete("ticket", "4", gone)
    night.pull()
    assert told(night, "deleted", "4") == [("true", gone, "", {})]


@pytest.mark.parametrize("what", ["as it is", "without its tag", "deleted", "its record is not there yet"])
def test_what_our_own_desk_opened_there_is_nobodys_ticket(night, store, what):
    ticket, at = store.get("ticket", "1"), AT + timedelta(hours=1)
    ticket.note("tags", f"{TAG} sk-0123456789abcdef", ticket.created, EVE)
    store.get("ticket", "2").note("tags", f"{TAG}-pilot", at, EVE)
    night.pull()
    if what == "without its tag":
        ticket.note("tags", "", at, ANN)
    elif what == "deleted":
        night.recorded()
        store.delete("ticket", "1", at)
    elif what != "as it is":
        night.ask("DELETE FROM raw_zendesk.records WHERE object = 'ticket' AND id = '1'")
    if what != "its record is not there yet":
        night.pull()
    assert night.events("subject = '1' OR id LIKE '%10000%' OR type = 'account.touched'") == []
    assert what == "deleted" or told(night, "status", "2") != []


def test_fields_go_by_their_title_unless_others_have_it_too():
    custom = {"type": "text", "removable": True}
    told_ = [
        {**custom, "id": 1, "title": "Go-live date"},
        {**custom, "id": 2, "title": "Risk"},
        {**custom, "id": 3, "title": "RISK!"},
        {**custom, "id": 4, "title": "Status"},
        {**custom, "id": 5, "title": "東京"},
        {**custom, "id": 6, "title": "Priority", "removable": False},
    ]
    names = [field.name for field in fields_of(told_) if field.id]
    assert names == ["go_live_date", "custom_2", "custom_3", "custom_4", "custom_5"]


def test_what_a_rule_does_is_done_by_nobody_and_answers_nobody():
    box = {"id": 9, "title": "VIP", "type": "checkbox", "removable": True}
    rule, channel = {"via": "Rule"}, {"via": {"channel": "rule", "source": {}}}
    event = {
        "updater_id": 12,
        "child_events": [
            {"id": 1, "event_type": "Change", "status": "open", "previous_value": "new", "via": "Mail"},
            {
                "id": 2,
                "event_type": "Change",
                "custom_ticket_fields": {"9": "1"},
                "previous_value": "0",
                **rule,
            },
            {"id": 3, "event_type": "Notification", "subject": "A mail", **rule},
            {"id": 4, "event_type": "Comment", "comment_public": True, **channel},
        ],
    }
    told_ = [
        (one.field, one.before, one.value, one.actor, one.route)
        for one in changes_of(event, fields_of([box]))
    ]
    assert told_ == [("status", "new", "open", "12", "Mail"), ("vip", False, True, "-1", "Rule")]
    assert not is_answer(event)
    assert is_answer({"child_events": [{"event_type": "Comment", "comment_public": True, "via": "Mail"}]})


def test_a_field_that_others_are_named_like_is_gone_under_its_old_name(night, store):
    night.pull()
    store.get("ticket", "2").note("Hand over", "x", AT + timedelta(hours=3), ANN)
    assert "property ticket.hand_over is gone" in night.pull().notes
    assert field_id("Hand over") != field_id("Hand-over")


FAULTS = {
    "too many requests": [Fault("incremental/tickets", "429", times=2), Fault("/groups", "429-date")],
    "errors of theirs": [Fault("incremental/ticket_events", "500"), Fault("/ticket_fields", "502", times=2)],
    "connections that break": [Fault("incremental/users", "reset"), Fault("/group_memberships", "close")],
    "answers cut short": [Fault("incremental/tickets", "truncated", times=2)],
    "a page for people": [Fault("incremental/organizations", "html", times=2), Fault("/groups", "empty")],
    "a page twice": [Fault("incremental/ticket_events.*start_time=1", "repeat")],
    "another order": [Fault("incremental/", "shuffle", times=5)],
    "a record on two pages": [Fault("incremental/ticket_events.*start_time=1", "overlap", times=2)],
    "times without a zone": [Fault("/api/", "zoneless", times=None)],
    "times with an offset": [Fault("/api/", "offset", times=None)],
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_pull_under_faults_brings_what_an_undisturbed_one_brings(name, night, tmp_path):
    night.pull()
    calm = night.records()
    with serve(night.served.vendor, FAULTS[name]) as troubled:
        other = Night("zendesk", troubled, home(tmp_path / "troubled"), url=troubled.url)
        other.pull()
        there = [(*row[:3], row[3].replace(troubled.url, night.served.url)) for row in other.records()]
        assert there == calm
        assert not troubled.faults.pending


def test_pages_that_go_in_a_circle_end_in_one_line_and_nothing_is_loaded(night):
    night.served.faults.add(Fault("incremental/ticket_events", "repeat", after=1, times=None))
    with pytest.raises(
        SourceError, match=r"source zendesk: the pages of .*ticket_events.json go in a circle"
    ):
        night.pull()
    assert night.ask("SELECT count(*) FROM raw_zendesk.records") == [(0,)]


def test_a_token_that_is_revoked_half_way_ends_in_one_line_and_nothing_is_loaded(night):
    night.served.faults.add(Fault("incremental/ticket_events", "401", times=None))
    with pytest.raises(SourceError, match=r"answered 401.*renew") as caught:
        night.pull()
    assert str(night.served.vendor.token) not in str(caught.value)
    assert night.ask("SELECT count(*) FROM raw_zendesk.records") == [(0,)]


def test_who_is_no_administrator_is_told_what_to_grant(night):
    night.served.vendor.forbidden.add("incremental")
    with pytest.raises(SourceError, match=r"answered 403 .*grant the scope or permission"):
        night.pull()


def test_an_api_token_goes_with_the_address_of_its_user(night):
    night.source = replace(night.source, options={**night.source.options, "email": "sync@example.org"})
    night.pull()
    assert all(request.headers["authorization"].startswith("Basic ") for request in night.served.requests)


def test_without_a_token_the_variable_is_named(night, monkeypatch):
    monkeypatch.delenv("ZENDESK_TOKEN")
    with pytest.raises(ConfigurationError, match="ZENDESK_TOKEN is not set"):
        night.pull()


def test_an_account_needs_a_place(settings, monkeypatch):
    monkeypatch.setenv("DESK_TOKEN", "a token")
    settings.sources_file.write_text('[desk]\nkind = "zendesk"\n')
    with pytest.raises(ConfigurationError, match="neither `subdomain` nor `url` says where it is"):
        check(read_sources(settings), settings)
    check([Source("desk", "zendesk", options={"subdomain": "acme"})], settings)
