"""What would a simulated company look like in HubSpot? A store of records, and the mapping that finds packets there.

    carried = carry(read_company(folder, zone), HUBSPOT)
    store = records(carried)                            for `serve(HubSpot(store))`
    mapped(yaml_of_contract, mapping(handoff, fields))  contracts of the project that pulls
    carried.rows()                                      events of the project to compare it with

Beside what `simulated.py` lists, HubSpot has these ways:

- A subject is a contact, a deal or a ticket; a lead that passes two handoffs is one contact with properties of both.
- A status is a property `seam_<handoff>_status`, a field `<handoff>_<field>`; actors are users in the histories. What a
  machine does has no user (sourceType INTEGRATION).
- The onboarding deal uses HubSpot's own amount, dealname, pipeline and hubspot_owner_id; segments of deals are a
  property of the company.
- A packet that is voided last of all is archived; others get the status.
- Links have no time: a record belongs to its company as long as it exists. Owners have today's team.
- A touch is a meeting, a call or a note of the company; an answer is a feedback submission of one of its contacts.
- HubSpot keeps 20 versions of a property, 45 of a contact's; what is older than that is gone, as it would be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.emulators.content import Person, Record, Store
from tests.emulators.hubspot.catalogue import ENGAGEMENTS
from tests.emulators.simulated import ACTS, Act, Carried, Carrier, is_alone

HUBSPOT = Carrier(
    system="hubspot",
    tick=timedelta(milliseconds=1),
    objects={
        "marketing_to_sdr": "contact",
        "sdr_to_ae": "contact",
        "ae_to_onboarding": "deal",
        "onboarding_to_cs": "deal",
        "cs_to_renewal": "deal",
        "motion_to_motion": "deal",
        "cs_to_support": "ticket",
        "activation_to_support": "ticket",
        "support_to_expansion": "ticket",
    },
    account_object="company",
    ids={
        "contact": "2{:06d}".format,
        "company": "9{:06d}".format,
        "deal": "6{:08d}".format,
        "ticket": "1{:08d}".format,
        "person": "7{:05d}".format,
    },
)
ACCOUNTS = {
    "records": ["hubspot.company"],
    "started": "hubspot.company.lifecyclestage = customer",
    "churned": "hubspot.company.lifecyclestage = churned",
    "arr": "hubspot.company.arr",
}
_ABOUT = ("amount", "name", "motion", "segment", "url", "reason", "owner")
_STANDARD = {
    "ae_to_onboarding": {
        "amount": "amount",
        "name": "dealname",
        "motion": "pipeline",
        "owner": "hubspot_owner_id",
    }
}
_KINDS = {"contact": "contacts", "deal": "deals", "ticket": "tickets"}
_TITLE = {"contacts": "firstname", "deals": "dealname", "tickets": "subject"}


def mapping(handoff: str, fields: Iterable[str]) -> dict[str, Any]:
    """What a contract says of HubSpot: `record`, `events`, `about`, and `fields`: name → source."""
    kind = HUBSPOT.objects[handoff]
    place = f"hubspot.{kind}"
    status = f"{place}.{_property(handoff, 'status')}"
    events: dict[str, Any] = {act: f"{status} = {act}" for act in ACTS}
    events["voided"] = [events["voided"], f"{place}.deleted = true"]
    events["assigned"] = f"{place}.{_property(handoff, 'owner')}"
    about = {name: f"{place}.{_property(handoff, name)}" for name in _ABOUT if name != "owner"}
    if kind == "deal":
        about["segment"] = "hubspot.company.segment"
    sources = {name: [f"{place}.{handoff}_{name}"] for name in fields}
    return {"record": [place], "events": events, "about": about, "fields": sources}


def records(carried: Carried) -> Store:
    """The portal of a carried company."""
    store = Store(people=[_owner(id_, carried) for id_ in carried.persons])
    users = {f"hubspot:{person.id}": person.user for person in store.people}
    _add_companies(store, carried)
    for (kind, id_), acts in carried.records().items():
        _add_packets(store, _KINDS[kind], id_, acts, users)
    for number, act in enumerate(carried.of("account.touched"), 1):
        _add_touch(store, number, act, users)
    for number, act in enumerate(carried.of("survey.answered"), 1):
        _add_answer(store, number, act)
    return store


def _property(handoff: str, name: str) -> str:
    return _STANDARD.get(handoff, {}).get(name, f"seam_{handoff}_{name}")


def _bare(id_: str | None) -> str:
    """An id without the system before it."""
    return (id_ or "").rsplit(":", 1)[-1]


def _owner(id_: str, carried: Carried) -> Person:
    told = carried.persons[id_]
    first, _, last = str(told.detail["email"]).partition("@")[0].rpartition("-")
    return Person(id_, f"4{id_}", told.detail["email"], first, last, told.team, told.time, told.time)


def _add_companies(store: Store, carried: Carried) -> None:
    founded = min(act.event.time for act in carried.acts) - timedelta(days=1)
    for id_, contacts in carried.accounts.items():
        company = store.add(Record("companies", id_, founded, founded))
        company.note("domain", carried.domains[id_], founded)
        for contact_id in contacts:
            contact = store.add(Record("contacts", contact_id, founded, founded))
            contact.note("email", f"{contact_id}@{carried.domains[id_]}", founded)
            store.link(contact, company, primary=True)
    for act in carried.acts:
        company_id, event = _bare(act.event.account), act.event
        match event.type:
            case "account.started":
                store.set("companies", company_id, event.time, {"lifecyclestage": "customer"})
            case "account.churned":
                store.set("companies", company_id, event.time, {"lifecyclestage": "churned"})
            case "account.arr_set":
                store.set("companies", company_id, event.time, {"arr": event.value or ""})
            case "handoff.triggered" if company_id:
                _describe(store, company_id, founded, event.detail)


def _describe(store: Store, company_id: str, founded: datetime, detail: dict[str, Any]) -> None:
    company = store.get("companies", company_id)
    for name in ("name", "segment"):
        if company and company.value(name) is None and name in detail:
            company.note(name, detail[name], founded)


def _add_packets(store: Store, kind: str, id_: str, acts: Sequence[Act], users: dict[str, str]) -> None:
    record = store.add(Record(kind, id_, acts[0].event.time, acts[0].event.time))
    for act in acts:
        event, user = act.event, users.get(act.event.actor or "")
        handoff = event.handoff or ""
        if event.type == "handoff.field_set":
            record.note(f"{handoff}_{event.field}", event.value or "", event.time, user)
        elif event.type == "handoff.assigned":
            record.note(_property(handoff, "owner"), _bare(event.actor), event.time)
        elif event.type == "handoff.voided" and act is acts[-1] and is_alone(acts):
            store.delete(kind, id_, event.time)
        else:
            _note_act(record, act, user)
    company = store.get("companies", _bare(acts[0].event.account))
    if company:
        store.link(record, company, primary=True)
    named = next((act.event.detail["name"] for act in acts if "name" in act.event.detail), None)
    if named and not record.history.get(_TITLE[kind]):
        record.note(_TITLE[kind], named, record.created)


def _note_act(record: Record, act: Act, user: str | None) -> None:
    event, handoff = act.event, act.event.handoff or ""
    status = _property(handoff, "status")
    if act.blank_at:
        record.note(status, "", act.blank_at, user)
    record.note(status, event.type.removeprefix("handoff."), event.time, user)
    if event.type == "handoff.rejected":
        record.note(_property(handoff, "reason"), event.reason or "", event.time, user)
    if event.type == "handoff.triggered":
        told = {"amount": event.value, "motion": event.motion, **event.detail}
        for name, value in told.items():
            record.note(_property(handoff, name), value or "", event.time, user)


def _add_touch(store: Store, number: int, act: Act, users: dict[str, str]) -> None:
    event = act.event
    kind = ENGAGEMENTS[number % len(ENGAGEMENTS)]
    touch = store.add(Record(kind, f"3{number:08d}", event.time, event.time))
    touch.note("hs_timestamp", _instant(event.time), event.time, users.get(event.actor or ""))
    touch.note("hubspot_owner_id", _bare(event.actor), event.time, users.get(event.actor or ""))
    company = store.get("companies", _bare(event.account))
    assert company
    store.link(touch, company)


def _add_answer(store: Store, number: int, act: Act) -> None:
    event = act.event
    answer = store.add(Record("feedback_submissions", f"8{number:08d}", event.time, event.time))
    value = int(event.value or 0)
    group = "PROMOTER" if value > 8 else "PASSIVE" if value > 6 else "DETRACTOR"
    for name, text in {
        "hs_survey_type": "NPS" if event.detail.get("kind") == "relational" else "CSAT",
        "hs_value": str(value),
        "hs_response_group": group,
        "hs_submission_timestamp": _instant(event.time),
        "hs_survey_channel": "EMAIL",
    }.items():
        answer.note(name, text, event.time)
    contact = store.get("contacts", _bare(event.actor))
    assert contact
    store.link(answer, contact)


def _instant(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"
