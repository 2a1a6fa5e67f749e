"""Do records say what they are told, once, and is what they do not take known by name? The same for all vendors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import NotAllowedError, SourceError
from flows.settings import Settings
from flows.sources import Pulling, writer
from tests.conftest import ROOT
from tests.emulators.content import Person, Record, Store
from tests.emulators.faults import Fault
from tests.emulators.hubspot.server import HubSpot
from tests.emulators.salesforce.org import Org
from tests.emulators.salesforce.schema import record_id
from tests.emulators.salesforce.server import Salesforce
from tests.emulators.serving import Served, serve
from tests.emulators.zendesk.server import Zendesk
from tests.flows.sources.nights import Night

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANN = {"hubspot": "77", "salesforce": record_id("User", 7), "zendesk": "370000000001"}
CALLS = {"hubspot": "batch/update", "salesforce": "composite/sobjects", "zendesk": "PUT /api/v2/tickets"}


@dataclass
class Told:
    """A vendor with three records, and what is written into them."""

    kind: str
    store: Store
    vendor: Any
    served: Served[Any]
    night: Night
    type: str  # of the records, as contracts name it
    ids: tuple[str, ...]
    gate: str
    missing: str
    object: str  # as the emulator names the type
    own: dict[str, str]  # as the emulator names the two properties

    @property
    def writer(self):
        return writer(self.night.source, Pulling(self.night.settings, "run-1"))

    def write(self, **texts: tuple[str, str]) -> Any:
        """a, b, c: the three records; what each is told of gate and missing."""
        ids = dict(zip("abc", self.ids, strict=True))
        asked = {
            ids.get(name, name): {self.gate: gate, self.missing: missing}
            for name, (gate, missing) in texts.items()
        }
        opened = self.writer
        assert opened.faults(self.type, [self.gate, self.missing]) == {}
        return list(opened.write(self.type, asked))

    def says(self, place: int = 0) -> tuple[str | None, str | None]:
        record = self.record(place)
        return record.value(self.own[self.gate]), record.value(self.own[self.missing])

    def versions(self, place: int = 0) -> int:
        return len(self.record(place).history.get(self.own[self.gate], ()))

    def record(self, place: int) -> Record:
        found = self.store.get(self.object, self.ids[place])
        assert found
        return found


def of_hubspot(store):
    own = {name: name for name in ("seamkeeper_won_gate", "seamkeeper_won_missing")}
    return HubSpot(store), "deal", "deals", [str(number) for number in (101, 102, 103)], own


def of_salesforce(store):
    own = {name: name for name in ("Seamkeeper_won_Gate__c", "Seamkeeper_won_Missing__c")}
    ids = [record_id("Opportunity", number) for number in (1, 2, 3)]
    return Salesforce(Org(store)), "Opportunity", "Opportunity", ids, own


def of_zendesk(store):
    own = {
        "seamkeeper_won_gate": "Seamkeeper won: gate",
        "seamkeeper_won_missing": "Seamkeeper won: missing",
    }
    return Zendesk(store), "ticket", "ticket", ["1", "2", "3"], own


VENDORS = {"hubspot": of_hubspot, "salesforce": of_salesforce, "zendesk": of_zendesk}


@pytest.fixture(params=VENDORS)
def told(request, tmp_path, monkeypatch):
    kind = request.param
    store = Store(people=[Person(ANN[kind], "4711", "sync@example.org", "Ann", "Å", "sales", AT, AT)])
    vendor, type_, object_, ids, own = VENDORS[kind](store)
    store.declare(object_, *own.values())
    for id_ in ids:
        record = store.add(Record(object_, id_, AT, AT))
        for name in ("subject", "dealname", "Name"):
            record.note(name, f"Record {id_}", AT, ANN[kind])
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0")
    secrets = {"HUBSPOT_TOKEN": "pat-eu1-emulated", "ZENDESK_TOKEN": "emulated"}
    secrets |= {"SALESFORCE_CLIENT_ID": "3MVG9.emulated", "SALESFORCE_CLIENT_SECRET": "emulated"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    with serve(vendor) as served:
        settings = Settings(ROOT, tmp_path, tmp_path / "ledger")
        night = Night(kind, served, settings, url=served.url)
        gate, missing = own
        yield Told(kind, store, vendor, served, night, type_, tuple(ids), gate, missing, object_, own)


def taken(answers):
    return [(answer.refused, answer.is_gone) for answer in answers]


def test_records_say_what_they_are_told(told):
    answers = told.write(a=("closed", "Goal; Buyer"), b=("open", ""))
    assert [answer.record_id for answer in answers] == list(told.ids[:2])
    assert taken(answers) == [("", False)] * 2
    assert (told.says(0), told.says(1)) == (("closed", "Goal; Buyer"), ("open", None))
    told.write(a=("open", ""))
    assert told.says(0) == ("open", None)


def test_as_many_as_go_into_a_call_are_written_by_one(told):
    told.served.requests.clear()
    told.write(a=("open", ""), b=("open", ""), c=("open", ""))
    calls = [request for request in told.served.requests if request.method in ("PUT", "PATCH", "POST")]
    calls = [request for request in calls if "oauth2" not in request.path]
    assert len(calls) == (3 if told.kind == "zendesk" else 1)


def test_a_property_that_is_not_there_or_no_text_is_named_with_what_to_do(told):
    told.store.declared[told.object][told.own[told.gate]] = "date"
    del told.store.declared[told.object][told.own[told.missing]]
    faults = told.writer.faults(told.type, [told.gate, told.missing])
    assert faults[told.gate].startswith(("is of type date; create", "is of kind date; create"))
    assert faults[told.missing].startswith("is not there")
    assert "create" in faults[told.missing]


def test_what_may_only_be_read_is_no_property_to_write(told):
    if told.kind == "salesforce":
        told.vendor.org.locked.add(f"Opportunity.{told.gate}")
        found = told.writer.faults("Opportunity", [told.gate])
        assert "field-level security" in found[told.gate]
    else:  # types of records that nobody writes
        assert "cannot be written" in told.writer.faults("organization", [told.gate])[told.gate]


def test_a_record_that_is_gone_is_left_and_the_others_are_written(told):
    told.store.delete(told.object, told.ids[1], AT + timedelta(days=1))
    nowhere = {"hubspot": "999", "salesforce": record_id("Opportunity", 99), "zendesk": "999"}[told.kind]
    answers = told.write(a=("open", ""), b=("open", ""), c=("open", ""), **{nowhere: ("open", "")})
    assert taken(answers) == [("", False), ("", True), ("", False), ("", True)]
    assert (told.says(0), told.says(2)) == (("open", None), ("open", None))


def test_a_closed_ticket_of_zendesk_takes_no_change_any_more(told):
    if told.kind == "zendesk":
        told.store.set("ticket", "2", AT + timedelta(days=1), {"status": "closed"})
        assert taken(told.write(b=("open", ""))) == [("", True)]


def test_a_record_that_refuses_is_named_with_its_reason_and_the_others_are_written(told):
    why = (
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Close date first")
        if told.kind == "salesforce"
        else "Date first"
    )
    told.vendor.refusing[told.ids[1]] = why
    answers = told.write(a=("open", ""), b=("open", ""), c=("open", ""))
    assert [bool(answer.refused) for answer in answers] == [False, True, False]
    assert "ate first" in answers[1].refused
    assert (told.says(0), told.says(1), told.says(2)) == (("open", None), (None, None), ("open", None))


TROUBLES = ("429", "503", "500-after", "close", "reset", "truncated", "html")


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_on_the_way_writes_once(told, trouble):
    told.served.faults.add(Fault(CALLS[told.kind], trouble, seconds=0))
    if (told.kind, trouble) == ("salesforce", "429"):  # there, no call is left today
        with pytest.raises(SourceError, match="too many requests"):
            told.write(a=("open", "Goal"))
        return
    assert taken(told.write(a=("open", "Goal"))) == [("", False)]
    assert (told.says(), told.versions()) == (("open", "Goal"), 1)
    assert not told.served.faults.pending


def test_an_answer_that_takes_too_long_is_asked_for_again(told, monkeypatch):
    monkeypatch.setenv("RUNTIME__REQUEST_TIMEOUT", "1")
    told.served.faults.add(Fault(CALLS[told.kind], "slow", seconds=4))
    assert taken(told.write(a=("open", "Goal"))) == [("", False)]
    assert (told.says(), told.versions()) == (("open", "Goal"), 1)
    assert not told.served.faults.pending


def test_where_no_answer_comes_it_is_said_and_writing_again_ends_the_same(told):
    told.served.faults.add(Fault(CALLS[told.kind], "500-after", times=5))
    with pytest.raises(SourceError, match=f"source {told.kind}: .* answered 500") as caught:
        told.write(a=("open", ""))
    assert "\n" not in str(caught.value)
    told.write(a=("open", ""))
    assert (told.says(), told.versions()) == (("open", None), 1)


def test_without_the_right_to_write_the_right_is_named(told):
    if told.kind == "hubspot":
        told.vendor.scopes.discard("crm.objects.deals.write")
    else:
        told.served.faults.add(Fault(CALLS[told.kind], "403", times=None))
    named = "crm.objects.deals.write" if told.kind == "hubspot" else "grant the scope or permission"
    with pytest.raises(NotAllowedError, match=named):
        told.write(a=("open", ""))


def test_what_we_write_is_no_news_for_the_pull(told):
    told.night.pull()
    told.night.recorded()
    told.write(a=("closed", "Goal"), b=("open", ""))
    before = told.record(0).modified
    assert before > AT + timedelta(days=1)  # the vendor says that the record has changed
    assert told.night.pull().rows == 0
    assert told.night.events() == []


def test_words_longer_than_a_field_are_cut(told):
    if told.kind == "salesforce":
        told.write(a=("closed", "x" * 300))
        assert told.says() == ("closed", "x" * 254 + "…")
