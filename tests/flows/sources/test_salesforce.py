"""Does a pull bring what Salesforce has, once, as event rows that say no more than its history does?"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import ConfigurationError, SourceError
from flows.settings import Settings
from flows.sources import read_sources
from flows.sources.salesforce_histories import whole_since
from tests.conftest import ROOT
from tests.emulators.content import Person, Record, Store
from tests.emulators.faults import Fault
from tests.emulators.salesforce.org import MACHINE, Org
from tests.emulators.salesforce.schema import record_id
from tests.emulators.salesforce.server import Salesforce
from tests.emulators.serving import serve
from tests.flows.sources.nights import SEEN_AT, Night

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANN, BOB = (record_id("User", number) for number in (7, 8))
ACME, CAFE = (record_id("Account", number) for number in (1, 2))
DEALS = [record_id("Opportunity", number) for number in range(1, 6)]
SALE = DEALS[0]
OLDEST, LATEST = (record_id("Opportunity", number) for number in (8, 9))
SEEN = {"evidence": "snapshot"}


@pytest.fixture
def store():
    people = [Person(ANN, ANN, "ann@example.org", "Ann", "Ås", "Field Sales", AT, AT)]
    store = Store(people=[*people, Person(BOB, BOB, "bob@example.org", "Bob", "B", None, AT, AT)])
    for id_, name in ((ACME, "Acme"), (CAFE, "Café Zürich")):
        store.add(Record("Account", id_, AT, AT)).note("Name", name, AT, ANN)
    oldest = store.add(Record("Opportunity", OLDEST, AT - timedelta(days=2), AT - timedelta(days=1)))
    for name in ("OwnerId", "AccountId", "StageName", "Amount", "Economic_Buyer__c"):
        oldest.note(name, "1", oldest.modified, ANN)  # tracked since before the others
    for number, id_ in enumerate(DEALS, 1):
        at = AT + timedelta(minutes=number)
        deal = store.add(Record("Opportunity", id_, at, at))
        for name, value in {"Name": f"Deal {number}", "AccountId": ACME, "OwnerId": ANN}.items():
            deal.note(name, value, at, ANN)
        deal.note("StageName", "Prospecting", at, ANN)
        deal.note("Economic_Buyer__c", "Zoë", at, ANN)
        deal.note("Sponsor_Map__c", "x" * 300, at, ANN)
    return store


@pytest.fixture
def deal(store):
    """One with a past: won, handed over, moved to another account, its long text rewritten."""
    deal = store.get("Opportunity", SALE)
    at = deal.created
    deal.note("StageName", "Closed Won", at + timedelta(seconds=20), BOB)
    deal.note("OwnerId", BOB, at + timedelta(seconds=30))
    deal.note("AccountId", CAFE, at + timedelta(seconds=40), ANN)
    deal.note("Sponsor_Map__c", "y" * 300, at + timedelta(seconds=50), ANN)
    return deal


@pytest.fixture
def night(store, deal, tmp_path, monkeypatch):
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0")
    org = Org(store, long=frozenset({"Opportunity.Sponsor_Map__c"}))
    with serve(Salesforce(org, batch=3)) as served:
        for name, value in zip(("ID", "SECRET"), served.vendor.client, strict=True):
            monkeypatch.setenv(f"SALESFORCE_CLIENT_{name}", value)
        yield Night("salesforce", served, home(tmp_path), url=served.url)


def home(folder):
    return Settings(ROOT, folder, folder / "ledger")


def told(night, field, subject=SALE):
    """Value, time, actor and detail of every version of a field."""
    found = night.events(f"type = 'record.changed' AND subject = '{subject}' AND field = '{field}'")
    return [
        (
            each.get("value"),
            datetime.fromisoformat(each["time"]),
            each.get("actor", "").removeprefix("salesforce:"),
            json.loads(each.get("detail", "{}")),
        )
        for each in found
    ]


def test_a_field_has_its_first_value_from_the_beginning_and_then_what_history_tells(night, deal):
    night.pull()
    assert told(night, "StageName") == [
        ("Prospecting", deal.created, ANN, {}),
        ("Closed Won", deal.created + timedelta(seconds=20), BOB, {}),
    ]
    assert told(night, "OwnerId") == [
        (ANN, deal.created, ANN, {}),
        (BOB, deal.created + timedelta(seconds=30), MACHINE, {}),
    ]
    assert told(night, "Economic_Buyer__c") == [("Zoë", deal.created, ANN, {})]


def test_a_field_that_is_read_late_is_known_from_what_its_history_still_tells(night, store, deal):
    org, change = night.served.vendor.org, AT + timedelta(days=1)
    blank = store.add(Record("Opportunity", LATEST, AT, AT))
    org.hidden.add("Opportunity.Economic_Buyer__c")
    night.pull()
    night.recorded()
    org.hidden.clear()
    org.history_from = change  # the rows `created` that we hold are gone, too
    deal.note("Economic_Buyer__c", "Abe", change, ANN)
    night.pull()
    seen = SEEN_AT + timedelta(days=2)
    assert told(night, "Economic_Buyer__c") == [
        ("Zoë", change - timedelta(microseconds=1), "", SEEN),
        ("Abe", change, ANN, {}),
    ]
    assert told(night, "Economic_Buyer__c", DEALS[1]) == [("Zoë", seen, "", SEEN)]
    assert told(night, "Economic_Buyer__c", blank.id) == [(None, seen, "", SEEN)]


def test_what_began_after_we_read_a_field_has_it_from_the_beginning_and_what_was_there_before_has_not(
    night, store
):
    night.served.vendor.org.history_from = AT  # no field has changed since
    night.pull()
    assert told(night, "Economic_Buyer__c", DEALS[1]) == [("Zoë", SEEN_AT + timedelta(days=1), "", SEEN)]
    night.recorded()
    began = SEEN_AT + timedelta(days=1, hours=1)
    late = store.add(Record("Opportunity", LATEST, began, began))
    late.note("Economic_Buyer__c", "Zoë", began, ANN)
    night.pull()
    assert told(night, "Economic_Buyer__c", late.id) == [("Zoë", began, ANN, {})]


def test_a_history_is_whole_since_its_oldest_row_or_since_we_read_it_and_as_long_as_it_is_kept():
    now, later = SEEN_AT, SEEN_AT + timedelta(days=1)
    first = whole_since({}, ["StageName", "Amount"], {"StageName": AT, "Name": AT}, now)
    assert first == {"StageName": AT.isoformat(), "Amount": now.isoformat()}
    assert whole_since(first, ["StageName"], {"StageName": now}, later) == {"StageName": AT.isoformat()}
    off = whole_since(first, [], {}, later)
    assert whole_since(off, ["StageName"], {}, later) == {"StageName": later.isoformat()}


def test_of_a_long_text_only_what_it_says_now_is_known(night):
    night.pull()
    seen = datetime(2026, 6, 2, tzinfo=UTC)
    assert told(night, "Sponsor_Map__c") == [("y" * 300, seen, "", {"evidence": "snapshot"})]


def test_a_field_that_is_not_tracked_is_seen_when_it_is_pulled_and_so_is_that_it_was_cleared(night, deal):
    night.served.vendor.org.untracked.add("Opportunity.Economic_Buyer__c")
    night.pull()
    seen = datetime(2026, 6, 2, tzinfo=UTC)
    assert told(night, "Economic_Buyer__c") == [("Zoë", seen, "", {"evidence": "snapshot"})]
    night.recorded()
    deal.note("Economic_Buyer__c", "", deal.modified + timedelta(days=1), ANN)
    night.pull()
    assert told(night, "Economic_Buyer__c") == [
        (None, seen + timedelta(days=1), "", {"evidence": "snapshot"})
    ]


def test_where_history_was_cut_off_the_time_before_is_unobservable(night, deal):
    deal.note("Amount", "5", deal.created + timedelta(seconds=60), ANN)
    night.served.vendor.org.history_from = deal.created + timedelta(seconds=25)
    night.pull()
    change, just = deal.created + timedelta(seconds=30), timedelta(microseconds=1)
    assert told(night, "OwnerId") == [
        (ANN, change - just, "", {"evidence": "snapshot"}),
        (BOB, change, MACHINE, {}),
    ]
    (empty, _), (amount, _) = [each[:2] for each in told(night, "Amount")]
    assert (empty, float(amount)) == (None, 5)
    assert [(value, detail) for value, _, _, detail in told(night, "StageName")] == [
        ("Closed Won", {"evidence": "snapshot"})
    ]


def test_a_value_that_history_does_not_know_contradicts_it(night, deal):
    night.pull()
    night.recorded()
    org = night.served.vendor.org
    deal.note("StageName", "Closed Lost", deal.modified + timedelta(days=1), BOB)
    org.history_from = deal.modified + timedelta(days=1)  # as if the change had left no row
    night.pull()
    assert [(value, detail) for value, _, _, detail in told(night, "StageName")] == [
        ("Prospecting", {}),
        ("Closed Lost", {"evidence": "snapshot", "contradicts_history": True}),
    ]


def test_links_say_since_when_and_until_when(night, store, deal):
    role = store.add(Record("OpportunityContactRole", record_id("OpportunityContactRole", 1), AT, AT))
    contact = record_id("Contact", 1)
    for name, value in {"OpportunityId": SALE, "ContactId": contact, "IsPrimary": "true"}.items():
        role.note(name, value, AT, ANN)
    night.pull()

    def links():
        found = night.events(f"type = 'record.linked' AND subject = '{SALE}'")
        details = [json.loads(each["detail"]) for each in found]
        return [
            (each["value"], detail["object"], detail.get("removed", False))
            for each, detail in zip(found, details, strict=True)
        ]

    assert sorted(links()) == sorted(
        [
            (contact, "Contact", False),
            (ACME, "Account", False),
            (CAFE, "Account", False),
            (ACME, "Account", True),
        ]
    )
    night.recorded()
    store.delete(role.kind, role.id, AT + timedelta(days=1))
    night.pull()
    assert links() == [(contact, "Contact", True)]


def test_people_have_teams_and_machines_are_none(night):
    night.pull()
    people = {each["actor"]: each for each in night.events("type = 'person.set'")}
    ann = people[f"salesforce:{ANN}"]
    assert (ann["team"], json.loads(ann["detail"])) == (
        "field_sales",
        {"email": "ann@example.org", "active": True, "kind": "person", "evidence": "snapshot"},
    )
    machine = json.loads(people[f"salesforce:{MACHINE}"]["detail"])
    assert (machine["kind"], "email" in machine) == ("system", False)
    assert "team" not in people[f"salesforce:{BOB}"]


def test_a_team_may_stand_in_another_field(night):
    night.source = replace(night.source, options={**night.source.options, "team_field": "Department"})
    night.pull()
    (ann,) = night.events(f"type = 'person.set' AND actor = 'salesforce:{ANN}'")
    assert ann["team"] == "field_sales"
    night.source = replace(night.source, options={**night.source.options, "team_field": "Team__c"})
    with pytest.raises(SourceError, match=r"No such column 'Team__c'.*mend its name, or grant it"):
        night.pull()


def test_calls_e_mails_and_meetings_are_touches_and_chores_and_deleted_ones_are_none(night, store):
    kinds = (("Task", "Call"), ("Task", "Task"), ("Event", ""), ("Event", ""))
    for number, (kind, subtype) in enumerate(kinds, 1):
        touch = store.add(Record(kind, record_id(kind, number), AT, AT))
        values = {"AccountId": ACME, "OwnerId": ANN, "IsClosed": "true", "TaskSubtype": subtype}
        for name, value in {
            **values,
            "CompletedDateTime": AT.isoformat(),
            "StartDateTime": AT.isoformat(),
        }.items():
            touch.note(name, value, AT, ANN)
    store.delete("Event", record_id("Event", len(kinds)), AT + timedelta(days=1))
    night.pull()
    found = night.events("type = 'account.touched'")
    assert sorted((each["account"], each["actor"], each["detail"]) for each in found) == [
        (f"salesforce:{ACME}", f"salesforce:{ANN}", '{"kind":"event"}'),
        (f"salesforce:{ACME}", f"salesforce:{ANN}", '{"kind":"task"}'),
    ]


def test_a_second_pull_asks_for_what_changed_and_brings_only_that(night, store):
    night.pull()
    night.recorded()
    assert night.pull().rows == 0
    other = store.get("Opportunity", DEALS[2])
    other.note("StageName", "Closed Won", other.modified + timedelta(hours=2), BOB)
    night.served.requests.clear()
    assert night.pull().rows == 2
    assert [each["value"] for each in night.events(f"subject = '{other.id}' AND field = 'StageName'")] == [
        "Prospecting",  # known already, by its id
        "Closed Won",
    ]
    assert any("SystemModstamp >= 2026-01-05T08" in request.first("q") for request in night.served.requests)


def test_event_ids_survive_another_pull_from_the_beginning(night, tmp_path):
    night.pull()
    before = {each["id"] for each in night.events("type = 'record.changed' AND detail IS NULL")}
    again = Night("salesforce", night.served, home(tmp_path / "again"), url=night.served.url)
    again.pull()
    assert before == {each["id"] for each in again.events("type = 'record.changed' AND detail IS NULL")}


def test_a_field_that_is_new_in_a_contract_is_read_with_its_whole_history(night):
    night.pull()
    night.recorded()
    cursors = night.settings.dlt_pipelines / "salesforce" / "state.json"
    state = json.loads(cursors.read_text())
    state["sources"]["salesforce"]["resources"]["pulled"]["cursors"]["Opportunity"]["properties"].remove(
        "StageName"
    )
    cursors.write_text(json.dumps(state))
    assert night.pull().rows == 0
    (asked,) = (
        request.first("q") for request in night.served.requests if " FROM Opportunity " in request.first("q")
    )
    assert "WHERE" not in asked


def test_a_deleted_record_is_one_more_version_of_it(night, store):
    night.pull()
    night.recorded()
    gone = AT + timedelta(days=2)
    store.delete("Opportunity", DEALS[3], gone)
    night.pull()
    assert told(night, "deleted", DEALS[3]) == [("true", gone, "", {})]


def test_a_record_that_was_deleted_before_we_came_is_told_with_all_it_held(night, store):
    store.delete("Opportunity", DEALS[3], AT + timedelta(days=2))
    night.pull()
    (link,) = night.events(f"type = 'record.linked' AND subject = '{DEALS[3]}'")
    assert link["value"] == ACME
    assert [each[0] for each in told(night, "StageName", DEALS[3])] == ["Prospecting"]


def test_what_changes_in_the_shape_is_told_in_the_same_night(night, deal):
    night.pull()
    night.served.vendor.org.untracked.add("Opportunity.StageName")
    deal.note("StageName", "Closed Lost", deal.modified + timedelta(minutes=30), BOB)
    notes = night.pull().notes
    assert "stage Opportunity.Closed Lost is new" in notes
    assert "property Opportunity.StageName: tracked was yes and is no" in notes


FAULTS = {
    "errors of theirs": [Fault("/queryAll", "500"), Fault("/describe", "502", times=2)],
    "no service for a while": [Fault("/oauth2/token", "503"), Fault("/query/", "503", times=2)],
    "connections that break": [Fault("/queryAll", "reset"), Fault("/sobjects", "close")],
    "answers cut short": [Fault("/queryAll", "truncated", times=2)],
    "a page for people": [Fault("/tooling/", "html", times=2), Fault("/query/", "empty")],
    "another order": [Fault("/query", "shuffle", times=5)],
    "times without a zone": [Fault("/query", "zoneless", times=None)],
    "times with an offset": [Fault("/query", "offset", times=None)],
    "times as numbers": [Fault("/query", "millis", times=None)],
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_pull_under_faults_brings_what_an_undisturbed_one_brings(name, night, tmp_path):
    night.pull()
    calm = night.records()
    with serve(night.served.vendor, FAULTS[name]) as troubled:
        other = Night("salesforce", troubled, home(tmp_path / "troubled"), url=troubled.url)
        other.pull()
        there = [(*row[:3], row[3].replace(troubled.url, night.served.url)) for row in other.records()]
        assert there == calm
        assert not troubled.faults.pending


def test_a_record_on_two_pages_is_one(night, tmp_path):
    night.pull()
    calm, vendor = night.records(), night.served.vendor
    more = vendor.query_more

    def overlapping(request, locator):
        name, _, start = locator.rpartition("-")
        return more(request, f"{name}-{int(start) - 1}")

    vendor.query_more = overlapping
    other = Night("salesforce", night.served, home(tmp_path / "other"), url=night.served.url)
    other.pull()
    assert other.records() == calm


def test_pages_that_go_in_a_circle_end_in_one_line_and_nothing_is_loaded(night):
    vendor = night.served.vendor
    more = vendor.query_more
    vendor.query_more = lambda request, locator: more(request, f"{locator.rpartition('-')[0]}-0")
    with pytest.raises(SourceError, match=r"source salesforce: the pages of .*queryAll go in a circle"):
        night.pull()
    assert night.ask("SELECT count(*) FROM raw_salesforce.records") == [(0,)]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("401", r"answered 401 \(Session expired or invalid\); the credentials were refused"),
        ("403", r"answered 403 .*grant the scope or permission"),
        ("429", r"answered 403 \(TotalRequests Limit exceeded\.\); too many requests"),
    ],
)
def test_a_refusal_half_way_ends_in_one_line_and_nothing_is_loaded(night, kind, said):
    night.served.faults.add(Fault("/queryAll.*OpportunityFieldHistory", kind, times=None))
    with pytest.raises(SourceError, match=said) as caught:
        night.pull()
    assert "\n" not in str(caught.value)
    assert night.ask("SELECT count(*) FROM raw_salesforce.records") == [(0,)]


def test_a_wrong_secret_ends_in_one_line_that_does_not_tell_it(night, monkeypatch):
    monkeypatch.setenv("SALESFORCE_CLIENT_SECRET", "mistaken")
    with pytest.raises(
        SourceError, match=r"answered 400 .*the credentials were refused: renew them"
    ) as caught:
        night.pull()
    assert "mistaken" not in str(caught.value)


def test_without_a_secret_the_variable_is_named(night, monkeypatch):
    monkeypatch.delenv("SALESFORCE_CLIENT_SECRET")
    with pytest.raises(ConfigurationError, match="SALESFORCE_CLIENT_SECRET is not set"):
        night.pull()


def test_an_org_needs_its_domain(settings):
    settings.sources_file.write_text('[crm]\nkind = "salesforce"\n')
    with pytest.raises(ConfigurationError, match=r"`url` is missing; write My Domain"):
        read_sources(settings)


def test_a_mapped_field_that_vanishes_is_told_and_comes_back(night):
    night.pull()
    night.served.vendor.org.hidden.add("Opportunity.Economic_Buyer__c")
    assert "property Opportunity.Economic_Buyer__c is gone" in night.pull().notes
    night.recorded()
    night.served.vendor.org.hidden.clear()
    assert "property Opportunity.Economic_Buyer__c is new" in night.pull().notes
    back = {event["field"] for event in night.events("subject = 'Opportunity.Economic_Buyer__c'")}
    assert "deleted" not in back and "type" in back
