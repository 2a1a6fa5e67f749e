"""What would a simulated company look like in Zendesk? A store of tickets, and the mapping that finds packets there.

    carried = carry(read_company(folder, zone), ZENDESK)
    store = records(carried)                            for `serve(Zendesk(store))`
    mapped(yaml_of_contract, mapping(handoff, fields)), carried.rows()

Beside what `simulated.py` lists, Zendesk has these ways:

- Every subject is a ticket; every field is a custom ticket field, known by its title (`mapping(..., named=...)` for
  another way to name it). The support ticket's owner is its assignee.
- Times are whole seconds; what a machine does, and whoever was unknown, is updater -1.
- Organizations have no history and ratings no numbers: account.started, arr_set, churned and survey.answered are left
  out.
- A touch is a public comment by an agent on a ticket of the organization. Teams are groups.
- A packet that is voided last of all is a deleted ticket; others get the status.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from tests.emulators.content import Person, Record, Store
from tests.emulators.simulated import ACTS, Act, Carried, Carrier, is_alone
from tests.emulators.zendesk.shapes import SYSTEM
from tests.oracle.events import Event

_HANDOFFS = (
    "marketing_to_sdr",
    "sdr_to_ae",
    "ae_to_onboarding",
    "onboarding_to_cs",
    "cs_to_support",
    "motion_to_motion",
    "support_to_expansion",
    "activation_to_support",
    "cs_to_renewal",
)
ZENDESK = Carrier(
    system="zendesk",
    tick=timedelta(seconds=1),
    objects=dict.fromkeys(_HANDOFFS, "ticket"),
    account_object="organization",
    ids={
        "ticket": lambda number: str(number),
        "organization": lambda number: str(360_000_000_000 + number),
        "person": lambda number: str(370_000_000_000 + number),
    },
    machine=str(SYSTEM),
    unsaid=frozenset({"account.started", "account.arr_set", "account.churned", "survey.answered"}),
)
ACCOUNTS = {"records": ["zendesk.organization"]}
_ABOUT = ("amount", "name", "motion", "segment", "url", "reason")
_STANDARD = {"cs_to_support": {"owner": "assignee_id", "name": "subject"}}


def mapping(handoff: str, fields: Iterable[str], named: Callable[[str], str] = str) -> dict[str, Any]:
    """What a contract says of Zendesk: `record`, `events`, `about`, and `fields`: name → source."""

    def place(name: str) -> str:
        return f"zendesk.ticket.{name if name in _STANDARD.get(handoff, {}).values() else named(name)}"

    status = place(_property(handoff, "status"))
    events: dict[str, Any] = {act: f"{status} = {act}" for act in ACTS}
    events["voided"] = [events["voided"], "zendesk.ticket.deleted = true"]
    events["assigned"] = place(_property(handoff, "owner"))
    about = {name: place(_property(handoff, name)) for name in _ABOUT}
    sources = {name: [place(f"{handoff}_{name}")] for name in fields}
    return {"record": ["zendesk.ticket"], "events": events, "about": about, "fields": sources}


def records(carried: Carried) -> Store:
    """The account of a carried company."""
    store = Store(people=[_agent(id_, event) for id_, event in carried.persons.items()])
    founded = min(act.event.time for act in carried.acts) - timedelta(days=1)
    for id_, domain in carried.domains.items():
        organization = store.add(Record("organization", id_, founded, founded))
        organization.note("domain_names", domain, founded)
    for (_, id_), acts in carried.records().items():
        _add_packets(store, id_, acts)
    for number, act in enumerate(carried.of("account.touched"), 1):
        _add_touch(store, number, act)
    return store


def _property(handoff: str, name: str) -> str:
    return _STANDARD.get(handoff, {}).get(name, f"seam_{handoff}_{name}")


def _bare(id_: str | None) -> str:
    return (id_ or "").rpartition(":")[2]


def _who(event: Event) -> str | None:
    actor = _bare(event.actor)
    return None if actor in ("", str(SYSTEM)) else actor


def _agent(id_: str, event: Event) -> Person:
    first, _, last = str(event.detail["email"]).partition("@")[0].rpartition("-")
    return Person(id_, id_, event.detail["email"], first, last, event.team, event.time, event.time)


def _add_packets(store: Store, id_: str, acts: Sequence[Act]) -> None:
    created = acts[0].event.time
    ticket = store.add(Record("ticket", id_, created, created))
    ticket.note("status", "open", created, _who(acts[0].event))
    if account := _bare(acts[0].event.account):
        ticket.note("organization_id", account, created, _who(acts[0].event))
        _name(store, account, acts)
    for act in acts:
        event, handoff = act.event, act.event.handoff or ""
        if event.type == "handoff.field_set":
            ticket.note(f"{handoff}_{event.field}", event.value or "", event.time, _who(event))
        elif event.type == "handoff.assigned":
            ticket.note(_property(handoff, "owner"), _bare(event.actor), event.time)
        elif event.type == "handoff.voided" and act is acts[-1] and is_alone(acts):
            store.delete("ticket", id_, event.time)
        else:
            _note_act(ticket, act)


def _name(store: Store, account: str, acts: Sequence[Act]) -> None:
    organization = store.get("organization", account)
    name = next((act.event.detail["name"] for act in acts if "name" in act.event.detail), None)
    if organization and name and organization.value("name") is None:
        organization.note("name", name, organization.created)


def _note_act(ticket: Record, act: Act) -> None:
    event, handoff = act.event, act.event.handoff or ""
    if act.blank_at:
        ticket.note(_property(handoff, "status"), "", act.blank_at, _who(event))
    told: dict[str, str | None] = {"status": event.type.removeprefix("handoff.")}
    if event.type == "handoff.rejected":
        told["reason"] = event.reason
    if event.type == "handoff.triggered":
        told |= {"amount": event.value, "motion": event.motion, **event.detail}
    for name, value in told.items():
        ticket.note(_property(handoff, name), value or "", event.time, _who(event))


def _add_touch(store: Store, number: int, act: Act) -> None:
    """A comment on the newest ticket of the organization, or on one of its own where there is none."""
    event, account = act.event, _bare(act.event.account)
    ticket = max(
        (
            each
            for each in store.all("ticket")
            if each.value("organization_id") == account and each.created < event.time and each.deleted is None
        ),
        key=lambda each: each.created,
        default=None,
    )
    if ticket is None:
        ticket = store.add(Record("ticket", str(900_000_000 + number), event.time, event.time))
        ticket.note("organization_id", account, event.time, _who(event))
    ticket.note("comment", "We are on it.", event.time, _who(event))
