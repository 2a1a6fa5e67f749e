"""What would a simulated company look like in Salesforce? An org of records, and the mapping that finds packets there.

    carrier = carrier_of(events)                 fields with a long value are long text there: no history, no source
    carried = carry(events, carrier)
    org = records(carried)                       for `serve(Salesforce(org))`
    mapped(yaml_of_contract, mapping(handoff, fields, carrier)), carried.rows()

Beside what `simulated.py` lists, Salesforce has these ways:

- A subject is a Lead, an Opportunity or a Case. Custom fields are named by the contract's number: `H03_Status__c`,
  `H03_f_<field>__c`; the onboarding opportunity uses Amount and OwnerId. All are tracked, where a real org has 20 per
  object.
- Times are whole seconds. Machines, and whoever was unknown, act as the user Automated Process.
- Long text keeps no history: such fields are left out on both sides (`Carrier.unheard`).
- Nobody answers a survey. A touch is an Event (StartDateTime) or a Task (CompletedDateTime) of the Account.
- A lead belongs to the account it was converted into. Teams are the users' roles and departments.
- A packet that is voided last of all is in the bin; others get the status.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.emulators.content import Person, Record, Store
from tests.emulators.salesforce.org import MACHINE, Org
from tests.emulators.salesforce.schema import record_id
from tests.emulators.simulated import ACTS, Act, Carried, Carrier, is_alone, too_long
from tests.oracle.events import Event

NUMBERS = {
    "marketing_to_sdr": "H01",
    "sdr_to_ae": "H02",
    "ae_to_onboarding": "H03",
    "onboarding_to_cs": "H04",
    "cs_to_support": "H05",
    "motion_to_motion": "H06",
    "support_to_expansion": "H07",
    "activation_to_support": "H08",
    "cs_to_renewal": "H09",
}
SALESFORCE = Carrier(
    system="salesforce",
    tick=timedelta(seconds=1),
    objects={
        "marketing_to_sdr": "Lead",
        "sdr_to_ae": "Lead",
        "ae_to_onboarding": "Opportunity",
        "onboarding_to_cs": "Opportunity",
        "motion_to_motion": "Opportunity",
        "cs_to_renewal": "Opportunity",
        "cs_to_support": "Case",
        "activation_to_support": "Case",
        "support_to_expansion": "Case",
    },
    account_object="Account",
    ids={
        "Account": lambda number: record_id("Account", number),
        "Lead": lambda number: record_id("Lead", number),
        "Opportunity": lambda number: record_id("Opportunity", number),
        "Case": lambda number: record_id("Case", number),
        "person": lambda number: record_id("User", number + 1),  # the first is the machine
    },
    machine=MACHINE,
    unsaid=frozenset({"survey.answered"}),
)
ACCOUNTS = {
    "records": ["salesforce.Account"],
    "started": "salesforce.Account.Stage__c = customer",
    "churned": "salesforce.Account.Stage__c = churned",
    "arr": "salesforce.Account.ARR__c",
}
_ABOUT = ("amount", "name", "motion", "segment", "url", "reason")
_STANDARD = {"ae_to_onboarding": {"amount": "Amount", "owner": "OwnerId"}}


def carrier_of(events: Iterable[Event]) -> Carrier:
    """Salesforce for a company whose long fields are known."""
    return replace(SALESFORCE, unheard=too_long(events))


def mapping(handoff: str, fields: Iterable[str], carrier: Carrier = SALESFORCE) -> dict[str, Any]:
    """What a contract says of Salesforce: `record`, `events`, `about`, and `fields`: name → source."""
    place = f"salesforce.{carrier.objects[handoff]}"
    status = f"{place}.{_property(handoff, 'status')}"
    events: dict[str, Any] = {act: f"{status} = {act}" for act in ACTS}
    events["voided"] = [events["voided"], f"{place}.deleted = true"]
    events["assigned"] = f"{place}.{_property(handoff, 'owner')}"
    about = {name: f"{place}.{_property(handoff, name)}" for name in _ABOUT}
    heard = (name for name in fields if (handoff, name) not in carrier.unheard)
    sources = {name: [f"{place}.{_field(handoff, name)}"] for name in heard}
    return {"record": [place], "events": events, "about": about, "fields": sources}


def records(carried: Carried) -> Org:
    """The org of a carried company."""
    store = Store(people=[_user(id_, event) for id_, event in carried.persons.items()])
    _add_accounts(store, carried)
    for (kind, id_), acts in carried.records().items():
        _add_packets(store, kind, id_, acts)
    for number, act in enumerate(carried.of("account.touched"), 1):
        _add_touch(store, number, act)
    _add_oldest(store, carried)
    references = {
        f"{kind}.{_property(handoff, 'owner')}": "User" for handoff, kind in carried.carrier.objects.items()
    }
    return Org(store, references=references)


def _property(handoff: str, name: str) -> str:
    return _STANDARD.get(handoff, {}).get(name, f"{NUMBERS[handoff]}_{name.capitalize()}__c")


def _field(handoff: str, name: str) -> str:
    return f"{NUMBERS[handoff]}_f_{name}__c"


def _bare(id_: str | None) -> str:
    return (id_ or "").rpartition(":")[2]


def _who(event: Event) -> str | None:
    """The user of a version; None is the machine."""
    actor = _bare(event.actor)
    return None if actor in ("", MACHINE) else actor


def _user(id_: str, event: Event) -> Person:
    first, _, last = str(event.detail["email"]).partition("@")[0].rpartition("-")
    return Person(id_, id_, event.detail["email"], first, last, event.team, event.time, event.time)


def _add_accounts(store: Store, carried: Carried) -> None:
    founded = min(act.event.time for act in carried.acts) - timedelta(days=1)
    for id_, domain in carried.domains.items():
        account = store.add(Record("Account", id_, founded, founded))
        account.note("Website", f"https://www.{domain}/", founded)
    stages = {"account.started": "customer", "account.churned": "churned"}
    for act in carried.of(*stages):
        id_ = _bare(act.event.account)
        store.set("Account", id_, act.event.time, {"Stage__c": stages[act.event.type]})
    for act in carried.of("account.arr_set"):
        store.set("Account", _bare(act.event.account), act.event.time, {"ARR__c": act.event.value or ""})
    for act in carried.of("handoff.triggered"):
        account_of = store.get("Account", _bare(act.event.account))
        if account_of and account_of.value("Name") is None and "name" in act.event.detail:
            account_of.note("Name", act.event.detail["name"], founded)


def _add_packets(store: Store, kind: str, id_: str, acts: Sequence[Act]) -> None:
    created = acts[0].event.time - timedelta(seconds=1)
    record = store.add(Record(kind, id_, created, created))
    named = next((act.event.detail["name"] for act in acts if "name" in act.event.detail), "New")
    record.note("Subject" if kind == "Case" else "Name", named, created, _who(acts[0].event))
    if account := _bare(acts[0].event.account):
        record.note(
            "ConvertedAccountId" if kind == "Lead" else "AccountId", account, created, _who(acts[0].event)
        )
    for act in acts:
        event, handoff = act.event, act.event.handoff or ""
        if event.type == "handoff.field_set":
            record.note(_field(handoff, event.field or ""), event.value or "", event.time, _who(event))
        elif event.type == "handoff.assigned":
            record.note(_property(handoff, "owner"), _bare(event.actor), event.time)
        elif event.type == "handoff.voided" and act is acts[-1] and is_alone(acts):
            store.delete(kind, id_, event.time)
        else:
            _note_act(record, act)


def oldest_id(kind: str) -> str:
    """The record of a type that is no part of what is carried."""
    return record_id(kind, 9_999_999)


def _add_oldest(store: Store, carried: Carried) -> None:
    """Before all others a record whose every field was changed once: what shows that histories reach back so far."""
    founded = min(act.event.time for act in carried.acts) - timedelta(days=2)
    for kind in sorted({*carried.carrier.objects.values()}):
        names = sorted({name for record in store.all(kind) for name in record.history})
        oldest = store.add(Record(kind, oldest_id(kind), founded, founded))
        for name in names:
            oldest.note(name, "1", founded + timedelta(seconds=1))


def _note_act(record: Record, act: Act) -> None:
    event, handoff = act.event, act.event.handoff or ""
    if act.blank_at:
        record.note(_property(handoff, "status"), "", act.blank_at, _who(event))
    told: dict[str, str | None] = {"status": event.type.removeprefix("handoff.")}
    if event.type == "handoff.rejected":
        told["reason"] = event.reason
    if event.type == "handoff.triggered":
        told |= {"amount": event.value, "motion": event.motion, **event.detail}
    for name, value in told.items():
        record.note(_property(handoff, name), value or "", event.time, _who(event))


def _add_touch(store: Store, number: int, act: Act) -> None:
    event = act.event
    kind, when = ("Event", "StartDateTime") if number % 2 else ("Task", "CompletedDateTime")
    touch = store.add(Record(kind, record_id(kind, number), event.time, event.time))
    account, owner = _bare(event.account), _bare(event.actor)
    values = {when: event.time.isoformat(), "AccountId": account, "WhatId": account, "OwnerId": owner}
    if kind == "Task":
        values |= {"Status": "Completed", "IsClosed": "true", "TaskSubtype": "Call"}
    for name, value in values.items():
        touch.note(name, value, event.time, _who(event))
