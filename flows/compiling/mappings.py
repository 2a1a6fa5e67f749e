"""Where do the models find packets, acts, accounts and people in the systems' records? The catalogue in; CSV rows
of the mapping out: applied when shaping, never recorded, so that a mended mapping corrects the past.

| seed | grain |
|---|---|
| `field_map` | mapped property of a source × contract field |
| `record_map` | record type that is a packet of a handoff, or (no handoff) an account |
| `event_map` | handoff (none: accounts) × event × sign by which it shows |
| `account_map` | sign by which a primary owner or a signal of an account shows |
| `about_map` | mapped property × what it says of a handoff's packets |
| `link_map` | property that links records, accounts or people of several systems |
| `account_table` | account id that counts for another, by an explicit table |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from contracts import Catalogue, Contract
from contracts.mapping import About, Events, Property, Sign
from flows.compiling.facts import fields_of

Row = dict[str, Any]

FIELD_MAP = ("source_system", "object", "property", "handoff", "field", "reaches")
RECORD_MAP = ("handoff", "source_system", "object", "position")
EVENT_MAP = ("handoff", "event", "form", "source_system", "object", "property", "value")
ACCOUNT_MAP = ("event", "says", "form", "source_system", "object", "property", "value")
ABOUT_MAP = ("source_system", "object", "property", "handoff", "about", "position", "reaches")
LINK_MAP = ("kind", "source_system", "object", "property", "target_system", "target_object")


def all_of(catalogue: Catalogue) -> dict[str, tuple[tuple[str, ...], Iterable[Row]]]:
    """File name → columns and rows of every seed that maps records."""
    return {
        "field_map.csv": (FIELD_MAP, _fields(catalogue)),
        "record_map.csv": (RECORD_MAP, _records(catalogue)),
        "event_map.csv": (EVENT_MAP, _events(catalogue)),
        "account_map.csv": (ACCOUNT_MAP, _account_acts(catalogue)),
        "about_map.csv": (ABOUT_MAP, _about(catalogue)),
        "link_map.csv": (LINK_MAP, _links(catalogue)),
        "account_table.csv": (
            ("account", "same_as"),
            (dict(zip(("account", "same_as"), pair, strict=True)) for pair in catalogue.same_accounts),
        ),
    }


def _fields(catalogue: Catalogue) -> Iterator[Row]:
    for contract in catalogue.contracts:
        for field in fields_of(contract).values():
            for source in field.source:
                yield _property(source) | {
                    "handoff": contract.id,
                    "field": field.name,
                    "reaches": _reach(catalogue, contract, source),
                }


def _about(catalogue: Catalogue) -> Iterator[Row]:
    for contract in catalogue.contracts:
        for about in About.model_fields:
            for position, source in enumerate(getattr(contract.about, about), start=1):
                yield _property(source) | {
                    "handoff": contract.id,
                    "about": about,
                    "position": position,
                    "reaches": _reach(catalogue, contract, source),
                }


def _property(source: str) -> Row:
    return dict(zip(("source_system", "object", "property"), source.split(".", maxsplit=2), strict=True))


def _reach(catalogue: Catalogue, contract: Contract, source: str) -> str:
    """Whose packets a property speaks of: its record's own, its account's, or those of records it is linked to."""
    record = ".".join(source.split(".")[:2])
    if not contract.record or record in contract.record:
        return "subject"
    return "account" if record in catalogue.organisation.accounts.records else "linked"


def _records(catalogue: Catalogue) -> Iterator[Row]:
    owners = [(contract.id, contract.record) for contract in catalogue.contracts]
    for handoff, records in [*owners, (None, catalogue.organisation.accounts.records)]:
        for position, record in enumerate(records, start=1):
            system, object_ = record.split(".")
            yield {"handoff": handoff, "source_system": system, "object": object_, "position": position}


def _events(catalogue: Catalogue) -> Iterator[Row]:
    for contract in catalogue.contracts:
        if not contract.record:
            continue
        for event in Events.model_fields:
            for sign in (*getattr(contract.events, event), *_assumed(contract, event)):
                yield {"handoff": contract.id, "event": f"handoff.{event}"} | _sign(sign, event)
    accounts = catalogue.organisation.accounts
    for event, signs in (("account.started", accounts.started), ("account.churned", accounts.churned)):
        for sign in signs:
            yield {"handoff": None, "event": event} | _sign(sign, event)
    for source in accounts.arr:
        unsaid = {"handoff": None, "event": "account.arr_set", "form": "any", "value": None}
        yield unsaid | _property(source)


def _account_acts(catalogue: Catalogue) -> Iterator[Row]:
    """What no figure of the scorecard is made of: of `event_map` they would change every handoff's mapping."""
    for motion, sources in catalogue.organisation.accounts.primary.items():
        for source in sources:
            unsaid = {"event": "account.primary_set", "says": motion, "form": "owner", "value": None}
            yield unsaid | _property(source)
    for name, signal in catalogue.organisation.signals.items():
        for sign in signal.when:
            yield {"event": "account.milestone", "says": name} | _sign(sign, "account.milestone")


def _assumed(contract: Contract, event: str) -> Iterator[Sign]:
    """What is a crossing or a void packet where the contract says nothing; who took over is an owner, too."""
    if event == "crossed" and not contract.events.crossed:
        yield Sign("first_touch")
    if event == "voided" and not contract.events.voided:
        yield from (Sign("value", Property(record, "deleted"), "true") for record in contract.record)
    if event == "assigned":
        signs = [sign for name in Events.model_fields for sign in getattr(contract.events, name)]
        taken = dict.fromkeys(Sign("bare", sign.property) for sign in signs if sign.form == "receiver")
        yield from (sign for sign in taken if sign not in contract.events.assigned)


def _sign(sign: Sign, event: str) -> Row:
    """A bare property names an owner where owners are assigned; elsewhere any change of it is the event."""
    used = sign.property
    form = sign.form if sign.form != "bare" else "owner" if event == "assigned" else "any"
    return {
        "form": form,
        "source_system": used and used.system,
        "object": used and used.object,
        "property": used and used.name,
        "value": sign.value.casefold() or None,
    }


def _links(catalogue: Catalogue) -> Iterator[Row]:
    links = catalogue.organisation.links
    for link in links.accounts:
        for used in link.properties:
            yield _link(link.kind, used, link.target)
    for record in links.records:
        yield _link("record_id", record.property, record.target)
    if links.people == "email":
        yield dict.fromkeys(LINK_MAP) | {"kind": "person_email"}


def _link(kind: str, used: Property, target: str) -> Row:
    system, _, object_ = target.partition(".")
    return {
        "kind": kind,
        "source_system": used.system,
        "object": used.object,
        "property": used.name,
        "target_system": system or None,
        "target_object": object_ or None,
    }
