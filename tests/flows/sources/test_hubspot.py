"""Does a pull bring what HubSpot has, once, as event rows, and nothing when HubSpot is not itself?"""

import json
import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import ConfigurationError, SourceError
from flows import warehouse
from flows.settings import Settings
from flows.sources import hubspot, read_sources
from flows.sources.tracking import not_there, wanted
from tests.conftest import ROOT
from tests.emulators.conftest import sales  # noqa: F401  (a fixture)
from tests.emulators.faults import Fault
from tests.emulators.hubspot import shapes
from tests.emulators.hubspot.server import HubSpot
from tests.emulators.serving import serve
from tests.flows.sources.nights import SEEN_AT, Night


@pytest.fixture
def night(sales, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0")
    with serve(HubSpot(sales)) as served:
        monkeypatch.setenv("HUBSPOT_TOKEN", served.vendor.token)
        yield Night("hubspot", served, Settings(ROOT, tmp_path, tmp_path / "ledger"), url=served.url)


def forget(night, name):
    """As if no contract had named this property of deals yet."""
    cursors = night.settings.dlt_pipelines / "hubspot" / "state.json"
    state = json.loads(cursors.read_text())
    read = state["sources"]["hubspot"]["resources"]["pulled"]["cursors"]["deal"]
    read["properties"].remove(name)
    cursors.write_text(json.dumps(state))


def test_a_pull_brings_every_record_with_history_and_links(night):
    assert night.pull().rows == len(night.records())
    content = {id_: json.loads(text) for kind, id_, _, text in night.records() if kind == "deal"}
    assert sorted(content) == [str(number) for number in range(101, 108)]
    stages = [version["value"] for version in content["101"]["propertiesWithHistory"]["dealstage"]]
    assert stages == ["closedwon", "appointmentscheduled"]
    assert content["101"]["links"]["company"] == [{"id": "9001", "primary": True}]
    assert content["107"]["links"]["company"] == []


def test_a_second_pull_asks_for_what_changed_and_brings_only_that(night):
    night.pull()
    night.recorded()
    deal = night.served.vendor.store.get("deals", "103")
    deal.note("dealstage", "lost", deal.modified + timedelta(minutes=30), "4711")
    pulled = night.pull()
    assert night.ask("SELECT object, id FROM raw_hubspot.records WHERE _is_new ORDER BY ALL") == [
        ("deal", "103"),
        ("stage", "deal.default.lost"),
    ]
    assert pulled.rows == 2
    assert any(request.path.endswith("deals/search") for request in night.served.requests)


def test_a_property_that_is_new_in_a_contract_is_read_with_its_whole_history(night):
    night.pull()
    forget(night, "dealstage")
    night.served.requests.clear()
    assert night.pull().rows == 0  # nothing of it is news, but all of it was read
    assert not any(request.path.endswith("deals/search") for request in night.served.requests)


def test_of_a_property_that_is_read_late_what_was_before_the_versions_that_are_kept_is_unobservable(night):
    deal = night.served.vendor.store.get("deals", "103")
    for number in range(30):
        deal.note("dealstage", f"stage {number}", deal.modified + timedelta(minutes=number), "4711")
    night.pull()
    night.recorded()
    night.ask(  # as if it had not been read
        "UPDATE raw_hubspot.records SET digest = '', content = json_merge_patch(content, "
        """'{"properties": {"dealstage": null}, "propertiesWithHistory": {"dealstage": null}}') """
        "WHERE object = 'deal'"
    )
    forget(night, "dealstage")
    night.pull()

    def evidence(deal):
        told = night.events(f"type = 'record.changed' AND subject = '{deal}' AND field = 'dealstage'")
        return [json.loads(each["detail"]).get("evidence") for each in told]

    assert evidence("103") == ["snapshot"] + [None] * 19
    assert set(evidence("101")) == {None}


def test_a_deleted_record_is_one_more_version_of_it(night):
    night.pull()
    night.served.vendor.store.delete(
        "deals", "104", night.served.vendor.store.get("deals", "104").modified + timedelta(hours=1)
    )
    assert night.pull().rows == 1
    ((content,),) = night.ask("SELECT content FROM raw_hubspot.records WHERE id = '104'")
    assert json.loads(content)["deleted"] is True
    assert json.loads(content)["propertiesWithHistory"]["dealstage"]


def test_a_record_that_comes_back_says_so(night):
    night.served.vendor.store.delete(
        "deals", "104", night.served.vendor.store.get("deals", "104").modified + timedelta(hours=1)
    )
    night.pull()
    deal = night.served.vendor.store.get("deals", "104")
    deal.deleted = None
    deal.note("dealname", "Back again", deal.modified + timedelta(hours=1), "4711")
    night.pull()
    ((content,),) = night.ask("SELECT content FROM raw_hubspot.records WHERE id = '104'")
    assert (json.loads(content)["restored"], json.loads(content).get("deleted")) == (True, None)
    assert night.pull().rows == 0


def test_a_record_that_comes_back_unchanged_is_back_since_it_was_seen(night):
    store = night.served.vendor.store
    deal = store.get("deals", "104")
    before = deal.modified
    night.pull()
    store.delete("deals", "104", before + timedelta(minutes=30))
    night.pull()
    night.recorded()
    deal.deleted, deal.modified = (
        None,
        before,
    )  # HubSpot does not count a restoration as a change of the record
    assert night.pull().rows == 1
    back = [each for each in night.events("field = 'deleted'") if each["subject"] == "104"]
    assert [(each.get("value"), datetime.fromisoformat(each["time"])) for each in back] == [
        (None, SEEN_AT + timedelta(days=night.runs))
    ]
    assert night.pull().rows == 0


def test_a_record_that_comes_back_and_changes_before_it_is_recorded_is_back(night):
    store = night.served.vendor.store
    deal = store.get("deals", "104")
    night.pull()
    store.delete("deals", "104", deal.modified + timedelta(minutes=30))
    night.pull()
    night.recorded()
    deal.deleted = None
    for name in ("Back again", "Renamed"):
        deal.note("dealname", name, deal.modified + timedelta(minutes=1), "4711")
        night.pull()
    assert len(night.events("field = 'deleted' AND subject = '104'")) == 1


def test_an_owner_that_was_gone_for_a_night_is_there_again(night):
    people = night.served.vendor.store.people
    ann = replace(people[0], id="78", email="ann@example.org")
    for now_and_then in (True, False, True):
        people[1:] = [ann] if now_and_then else []
        night.pull()
    ((content,),) = night.ask("SELECT content FROM raw_hubspot.records WHERE object = 'owner' AND id = '78'")
    assert json.loads(content)["email"] == "ann@example.org"


def test_what_changes_in_the_shape_is_told_in_the_same_night(night):
    night.pull()
    deal = night.served.vendor.store.get("deals", "103")
    deal.note("dealstage", "lost", deal.modified + timedelta(minutes=30), "4711")
    assert night.pull().notes[0] == "stage deal.default.lost is new"


def test_a_record_that_moves_while_pages_are_read_is_on_one_of_them(night, monkeypatch):
    store = night.served.vendor.store
    night.pull()
    monkeypatch.setattr(hubspot, "SEARCH_PAGE", 2)
    for number in range(101, 108):
        deal = store.get("deals", str(number))
        deal.note("dealname", f"Renamed {number}", deal.modified + timedelta(hours=1))

    def move():
        first = store.get("deals", "101")
        first.note("dealname", "Renamed again", first.modified + timedelta(hours=2))

    night.served.faults.add(Fault("deals/search", "act", after=1, act=move))
    night.pull()
    names = {
        id_: json.loads(text)["properties"].get("dealname")
        for kind, id_, _, text in night.records()
        if kind == "deal"
    }
    assert names == {**{str(n): f"Renamed {n}" for n in range(102, 108)}, "101": "Renamed again"}


def test_what_changes_behind_the_reader_comes_with_the_next_pull(night, monkeypatch):
    """Deal 101 is read first and changes at once; deal 107 changes later still and is read last."""
    store, now = night.served.vendor.store, datetime.now(UTC)
    monkeypatch.setattr(hubspot, "LIST_PAGE", 3)

    def change():
        store.get("deals", "101").note("dealname", "Changed behind", now + timedelta(hours=1))
        store.get("deals", "107").note("dealname", "Changed ahead", now + timedelta(hours=3))

    night.served.faults.add(Fault("deals/batch/read", "act", after=1, act=change))
    night.pull()
    night.pull()
    (content,) = [text for kind, id_, _, text in night.records() if (kind, id_) == ("deal", "101")]
    assert json.loads(content)["properties"]["dealname"] == "Changed behind"


@pytest.mark.parametrize("id_", ["101", "107"])
def test_a_record_that_is_archived_between_listing_and_reading_is_told_as_deleted(night, id_):
    store = night.served.vendor.store
    night.served.faults.add(
        Fault("deals/batch/read", "act", act=lambda: store.delete("deals", id_, datetime.now(UTC)))
    )
    night.pull()
    content = {told: json.loads(text) for kind, told, _, text in night.records() if kind == "deal"}
    assert [told for told in content if content[told].get("deleted")] == [id_]
    assert len(content) == 7


def test_a_record_that_is_archived_and_not_in_the_archived_list_yet_is_told_as_deleted(night, monkeypatch):
    vendor = night.served.vendor
    everything = vendor.list_objects

    def lagging(request, kind):
        reply = everything(request, kind)
        return replace(reply, body={"results": []}) if request.first("archived") == "true" else reply

    monkeypatch.setattr(vendor, "list_objects", lagging)
    archive = Fault(
        "deals/batch/read", "act", act=lambda: vendor.store.delete("deals", "104", datetime.now(UTC))
    )
    night.served.faults.add(archive)
    night.pull()
    (content,) = [text for kind, id_, _, text in night.records() if (kind, id_) == ("deal", "104")]
    assert json.loads(content)["deleted"] is True


def test_a_record_that_comes_back_between_listing_and_reading_is_read(night):
    store = night.served.vendor.store
    store.delete("deals", "104", datetime.now(UTC))

    def restore():
        store.get("deals", "104").deleted = None

    night.served.faults.add(Fault("deals/batch/read.archived=true", "act", act=restore))
    night.pull()
    assert not night.served.faults.pending
    (content,) = [text for kind, id_, _, text in night.records() if (kind, id_) == ("deal", "104")]
    assert "deleted" not in json.loads(content)


def without(vendor, monkeypatch, lost_kind, lost):
    """HubSpot lists these records, and a batch answers without them, as its 207 does."""
    read = vendor.read_batch

    def read_batch(request, kind):
        reply = read(request, kind)
        if vendor.kind(kind) != lost_kind:
            return reply
        body = json.loads(reply.content)
        kept = [one for one in body["results"] if one["id"] not in lost]
        return replace(reply, body={**body, "results": kept})

    monkeypatch.setattr(vendor, "read_batch", read_batch)


@pytest.mark.parametrize(
    ("kind", "lost", "said"),
    [
        ("deals", ["103"], r"HubSpot lists 1 of deals .* \(103\), asked twice; nothing was loaded"),
        ("deals", [str(number) for number in range(101, 108)], r"7 of deals .*\(101, .*, 105 and 2 more\)"),
        ("companies", ["9001"], r"1 of companies .*\(9001\)"),
    ],
)
def test_what_is_listed_and_cannot_be_read_ends_in_one_line_and_comes_once_it_can(
    night, monkeypatch, kind, lost, said
):
    with monkeypatch.context() as broken:
        without(night.served.vendor, broken, kind, lost)
        with pytest.raises(SourceError, match=said) as caught:
            night.pull()
    assert "\n" not in str(caught.value)
    assert night.ask("SELECT count(*) FROM raw_hubspot.records") == [(0,)]
    night.pull()
    assert {*lost} <= {id_ for _, id_, _, _ in night.records()}


def test_what_cannot_be_read_does_not_move_the_cursor(night, monkeypatch):
    store = night.served.vendor.store
    night.pull()
    night.recorded()
    for number, days in (("103", 1), ("104", 9)):
        store.get("deals", number).note("dealname", "Renamed", datetime.now(UTC) - timedelta(days=10 - days))
    with monkeypatch.context() as broken:
        without(night.served.vendor, broken, "deals", ["103"])
        with pytest.raises(SourceError, match=r"\(103\)"):
            night.pull()
    assert night.pull().rows == 2


def test_a_working_database_that_another_source_made_is_new_to_this_one(night):
    night.pull()
    everything = night.records()
    night.settings.working_database.unlink()
    with closing(warehouse.connect(night.settings.working_database)) as connection:
        connection.execute("CREATE SCHEMA other")
    night.pull()
    assert night.records() == everything


def test_a_value_without_history_is_told_when_it_changes_and_not_again(night):
    night.pull()
    seen = "object = 'deal' AND subject = '101' AND field = 'record_url'"
    assert len(night.events(seen)) == 1
    night.recorded()
    deal = night.served.vendor.store.get("deals", "101")
    deal.note("dealname", "Another name", deal.modified + timedelta(minutes=1))
    night.pull()
    assert night.events("object = 'deal' AND field = 'dealname'")
    assert night.events(seen) == []


def test_a_link_that_is_taken_away_is_told(night):
    night.pull()
    links = "type = 'record.linked' AND subject = '101'"
    assert [event["value"] for event in night.events(links)] == ["9001"]
    night.recorded()
    deal = night.served.vendor.store.get("deals", "101")
    deal.links.clear()
    deal.note("dealname", "Of nobody", deal.modified + timedelta(minutes=1))
    night.pull()
    (event,) = night.events(links)
    assert (event["value"], json.loads(event["detail"])["removed"]) == ("9001", True)
    assert event["time"].startswith("2026-06-03")  # when that was seen


def test_links_that_fill_several_pages_are_all_there(night):
    vendor, links = night.served.vendor, {"9001": True, "9002": False, "9003": False, "9004": False}
    vendor.linked_at_once = 1
    deal = vendor.store.get("deals", "107")
    for number, is_primary in links.items():
        company = vendor.store.get("companies", number) or vendor.store.add(
            replace(vendor.store.get("companies", "9001"), id=number, links=[])
        )
        vendor.store.link(deal, company, is_primary)
    night.pull()
    content = {id_: json.loads(text) for _, id_, _, text in night.records()}
    assert content["107"]["links"]["company"] == [
        {"id": id_, "primary": primary} for id_, primary in links.items()
    ]
    assert content["101"]["links"]["company"] == [{"id": "9001", "primary": True}]


def test_links_whose_pages_go_in_a_circle_end_in_one_line(night):
    vendor = night.served.vendor
    links = vendor._links
    vendor._links = lambda *place: {**links(*place), "paging": {"next": {"after": "0"}}}
    with pytest.raises(
        SourceError, match=r"the pages of /crm/v4/associations/deals/companies/.* go in a circle"
    ):
        night.pull()


def fail_links(vendor, times, error):
    """So many times the associations of deals are answered with an error for one of them."""
    read, left = vendor.read_associations, [error] * times

    def answer(request, kind, other):
        if kind != "deals" or not left:
            return read(request, kind, other)
        return shapes.batch([], [left.pop()], datetime.now(UTC))

    vendor.read_associations = answer


FAILED = shapes.partial("INTERNAL_ERROR", "internal error", {"fromObjectId": ["101"]})


def test_links_that_could_not_be_read_are_asked_for_again(night):
    fail_links(night.served.vendor, 2, FAILED)
    night.pull()
    content = {id_: json.loads(text) for _, id_, _, text in night.records()}
    assert content["101"]["links"]["company"] == [{"id": "9001", "primary": True}]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FAILED, "INTERNAL_ERROR: internal error"),
        (shapes.partial("OBJECT_NOT_FOUND", "No such type", {}), "OBJECT_NOT_FOUND: No such type"),
    ],
    ids=["failed", "not found"],
)
def test_links_that_cannot_be_read_end_in_one_line_and_are_not_taken_for_none(night, error, said):
    fail_links(night.served.vendor, 1000, error)
    told = rf"/crm/v4/associations/deals/companies/batch/read failed for some of 7 records \({said}\); nothing was"
    with pytest.raises(SourceError, match=told):
        night.pull()
    assert night.ask("SELECT count(*) FROM raw_hubspot.records") == [(0,)]


def test_a_type_that_is_no_longer_mapped_has_not_vanished(night, monkeypatch):
    night.pull()
    everything = wanted
    without = lambda *told: {kind: names for kind, names in everything(*told).items() if kind != "deal"}  # noqa: E731
    monkeypatch.setattr(hubspot, "wanted", without)
    assert [note for note in night.pull().notes if "is gone" in note] == []


def test_an_answer_of_another_shape_is_no_last_page(night):
    night.served.faults.add(Fault("GET /crm/v3/objects/deals", "odd", times=None))
    with pytest.raises(SourceError, match="answered without `results`"):
        night.pull()


FAULTS = {
    "too many requests": [Fault("deals/batch/read", "429", times=2), Fault("/owners", "429-date")],
    "errors of theirs": [Fault("/objects/deals", "500"), Fault("/owners", "502", times=2)],
    "connections that break": [Fault("batch/read", "reset"), Fault("/objects/companies", "close")],
    "answers cut short": [Fault("batch/read", "truncated", times=2)],
    "a page for people": [Fault("/properties/", "html", times=2), Fault("/associations/", "empty")],
    "a page twice": [Fault("GET /crm/v3/objects/deals.*after=", "repeat")],
    "another order": [Fault("/objects/deals", "shuffle", times=3)],
    "a record on two pages": [Fault("GET /crm/v3/objects/deals.*after=", "overlap", times=2)],
    "times without a zone": [Fault("/objects/", "zoneless", times=None)],
    "times with an offset": [Fault("/owners", "offset", times=None)],
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_pull_under_faults_brings_what_an_undisturbed_one_brings(name, night, tmp_path, monkeypatch):
    night.pull()
    calm = night.records()
    monkeypatch.setattr(hubspot, "LIST_PAGE", 3)
    with serve(night.served.vendor, FAULTS[name]) as troubled:
        settings = Settings(ROOT, tmp_path / "troubled", tmp_path / "ledger")
        other = Night("hubspot", troubled, settings, url=troubled.url)
        other.pull()
        assert instants(other.records()) == instants(calm)
        assert not troubled.faults.pending


def instants(records):
    """The same, however times are written in the content."""
    return [(kind, id_, at, re.sub(r"[Z]|[+]00:00", "", text)) for kind, id_, at, text in records]


def test_pages_that_go_in_a_circle_end_in_one_line_and_nothing_is_loaded(night, monkeypatch):
    monkeypatch.setattr(hubspot, "LIST_PAGE", 2)
    night.served.faults.add(Fault("GET /crm/v3/objects/deals", "repeat", after=1, times=None))
    with pytest.raises(SourceError, match=r"source hubspot: the pages of .*deals go in a circle"):
        night.pull()
    assert night.ask("SELECT count(*) FROM raw_hubspot.records") == [(0,)]


def test_a_token_that_is_revoked_half_way_ends_in_one_line_and_nothing_is_loaded(night):
    night.served.faults.add(Fault("/deals/batch/read", "401", times=None))
    with pytest.raises(SourceError, match=r"answered 401.*renew") as caught:
        night.pull()
    assert night.served.vendor.token not in str(caught.value)
    assert night.ask("SELECT count(*) FROM raw_hubspot.records") == [(0,)]


def test_a_missing_scope_is_named_in_one_line_and_nothing_is_loaded(night):
    night.served.vendor.scopes.discard("crm.objects.deals.read")
    said = r"/crm/v3/properties/deals answered 403 .*; grant the app the scope crm\.objects\.deals\.read$"
    with pytest.raises(SourceError, match=said) as caught:
        night.pull()
    assert "\n" not in str(caught.value)
    assert night.ask("SELECT count(*) FROM raw_hubspot.records") == [(0,)]


def test_without_a_token_the_variable_is_named(night, monkeypatch):
    monkeypatch.delenv("HUBSPOT_TOKEN")
    with pytest.raises(ConfigurationError, match="HUBSPOT_TOKEN is not set"):
        night.pull()


def test_two_portals_would_share_ids(settings):
    settings.sources_file.write_text('[one]\nkind = "hubspot"\n\n[two]\nkind = "hubspot"\n')
    with pytest.raises(ConfigurationError, match="one and two are both of kind hubspot"):
        read_sources(settings)


def test_a_mapped_property_that_vanishes_is_told_and_the_pull_goes_on(night, monkeypatch):
    monkeypatch.setattr(hubspot, "wanted", lambda *_: {"deal": {"go_live_date": "x.go_live_on"}})
    deal = night.served.vendor.store.get("deals", "103")
    deal.note("go_live_date", "2026-03-01", deal.modified, "4711")
    night.pull()
    assert night.events("subject = 'deal.go_live_date' AND field = 'deleted'") == []
    night.recorded()
    del deal.history["go_live_date"]
    deal.note("dealname", "Another", deal.modified + timedelta(minutes=30), "4711")
    assert "property deal.go_live_date is gone" in night.pull().notes
    assert "go_live_date" not in {event["field"] for event in night.events("subject = '103'")}  # not cleared
    (event,) = night.events("subject = 'deal.go_live_date'")
    assert (event["object"], event["field"], event["value"]) == ("property", "deleted", "true")
    night.recorded()
    assert night.pull().notes == ("a mapped property is not there: deal.go_live_date",)  # told each night
    assert night.events("subject = 'deal.go_live_date'") == []


def test_a_mapped_property_that_never_was_there_is_told_once_as_an_event_and_each_night(night, monkeypatch):
    monkeypatch.setattr(hubspot, "wanted", lambda *_: {"deal": {"go_liv_date": "x.go_live_on"}})
    deal = night.served.vendor.store.get("deals", "103")
    deal.note("go_live_date", "2026-03-01", deal.modified, "4711")
    said = "a mapped property is not there: deal.go_liv_date (did you mean deal.go_live_date?)"
    for count in (1, 0):
        assert night.pull().notes == (said,)
        assert len(night.events("subject = 'deal.go_liv_date' AND field = 'deleted'")) == count
        night.recorded()


def test_no_more_properties_are_named_than_a_line_has_room_for():
    names = [f"deal.name_{letter}" for letter in "abcdefg"]
    (note,) = not_there(names, ["ticket.name_a", "deal.other"])
    assert note == f"7 mapped properties are not there: {', '.join(names[:5])} and 2 more"


def test_a_property_is_not_missed_before_all_shapes_were_told(night, monkeypatch):
    mapped = {"deal": {"dealstage": "x.stage"}, "ticket": {"hs_pipeline_stage": "x.ticket_stage"}}
    monkeypatch.setattr(hubspot, "wanted", lambda *_: mapped)
    night.pull()
    night.pull()
