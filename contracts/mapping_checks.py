"""Which mappings are well formed and still wrong? What `record`, `events` and `about` say about each other, and
`accounts` and `links` of the organisation; `Problem`s out, nothing raised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contracts.mapping import Events, Property, Sign
from contracts.model import Contract
from contracts.organisation import Organisation
from contracts.refusals import Problem, near
from contracts.vocabulary import REASONED_ACTS
from contracts.yaml_reader import Place

_EITHER = ("accepted", *REASONED_ACTS)
"""Acts of which a packet's latest decides its status: one sign cannot stand for two of them."""
_BARE = {"assigned": "an owner's property", "customer_updated": "a property that changes with each word"}
"""Acts that any change of a property shows."""


def contract_mapping_problems(contract: Contract) -> Iterator[Problem]:
    """Everything wrong with one contract's mapping that is not wrong within a single key."""
    yield from _belonging_together(contract)
    yield from _twice(("record",), contract.record)
    seen: dict[Sign, str] = {}
    for event in Events.model_fields:
        signs: tuple[Sign, ...] = getattr(contract.events, event)
        yield from _twice(("events", event), signs)
        yield from _one_form(event, signs)
        for position, sign in enumerate(signs):
            place: Place = ("events", event, position)
            yield from _form_problems(place, event, sign)
            yield from _record_problems(place, sign.property, contract.record, "record")
            other = seen.setdefault(sign, event) if event in _EITHER else event
            if other != event:
                yield Problem(place, f"{sign} is {other} already; write another value for one of them")


def _one_form(event: str, signs: Sequence[Sign]) -> Iterator[Problem]:
    """One change of a property must not show an act twice."""
    first: dict[Property | None, Sign] = {}
    for position, sign in enumerate(signs):
        other = first.setdefault(sign.property, sign)
        if other.form != sign.form:
            yield Problem(
                ("events", event, position), f"{other} says it of this property already; delete one"
            )


def _belonging_together(contract: Contract) -> Iterator[Problem]:
    given = contract.model_fields_set
    first = next((key for key in ("record", "events", "about") if key in given), None)
    if first is None:
        return
    if not contract.record:
        yield Problem(
            ("record",),
            f"missing, but {first} is there; write which record is a packet, as in record: hubspot.deal",
            is_missing=True,
        )
    if contract.record and not contract.events.triggered:
        yield Problem(
            ("events", "triggered") if "events" in given else ("events",),
            "missing; write what makes the crossing due, as in "
            "events: {triggered: hubspot.deal.dealstage = closedwon}",
            is_missing=True,
        )
    is_decided = "recorded" in given and "decisions" in contract.recorded.model_fields_set
    if "events" in given and not contract.events.accepted and not is_decided:
        yield Problem(
            ("events", "accepted"),
            "missing; write by what an acceptance shows, or recorded: {decisions: false} if nobody records any "
            "(true or a day if acceptances come as events of their own)",
            is_missing=True,
        )


def _form_problems(place: Place, event: str, sign: Sign) -> Iterator[Problem]:
    if sign.form == "first_touch" and event != "crossed":
        yield Problem(place, f"first touch is a crossing; write it under crossed, or another sign of {event}")
    elif sign.form == "bare" and event not in _BARE:
        yield Problem(place, f"says no value; write {sign.property} = and a value, or {sign.property} is set")
    elif sign.form != "bare" and event in _BARE:
        yield Problem(place, f"says more than {_BARE[event]}; write {sign.property or 'one'} alone")


def _record_problems(
    place: Place, used: Property | None, known: Sequence[str], key: str
) -> Iterator[Problem]:
    if used is not None and known and used.record not in known:
        yield Problem(
            place, f"{used.record} is not named under {key}; {near(used.record, known)}, or add it to {key}"
        )


def organisation_mapping_problems(organisation: Organisation) -> Iterator[Problem]:
    """Everything wrong with `accounts` and `links` that is not wrong within a single key."""
    accounts, links = organisation.accounts, organisation.links
    yield from _one_of_each_system(accounts.records)
    shown: list[tuple[Place, Sequence[Sign]]] = [
        (("accounts", "started"), accounts.started),
        (("accounts", "churned"), accounts.churned),
        *((("signals", name, "when"), signal.when) for name, signal in organisation.signals.items()),
    ]
    for place, signs in shown:
        for position, sign in enumerate(signs):
            yield from _account_form_problems((*place, position), sign)
            yield from _record_problems(
                (*place, position), sign.property, accounts.records, "accounts.records"
            )
    said: list[tuple[Place, Sequence[str]]] = [
        (("accounts", "arr"), accounts.arr),
        *((("accounts", "primary", motion), texts) for motion, texts in accounts.primary.items()),
    ]
    for place, texts in said:
        for position, text in enumerate(texts):
            record = ".".join(text.split(".")[:2])
            yield from _record_problems(
                (*place, position), Property(record, ""), accounts.records, "accounts.records"
            )
    yield from _account_link_problems(organisation)
    pairs: dict[frozenset[str], int] = {}
    for position, link in enumerate(links.records):
        yield from _pair_problems(("links", "records", position), link.property.record, link.target, pairs)


def _one_of_each_system(records: Sequence[str]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for position, record in enumerate(records):
        other = first.setdefault(record.split(".")[0], record)
        if position != records.index(other):
            words = f"{other} is that system's account already; delete one, as ids of both would be mixed up"
            yield Problem(("accounts", "records", position), words)


def _account_form_problems(place: Place, sign: Sign) -> Iterator[Problem]:
    if sign.form not in ("value", "set"):
        written = sign.property or "hubspot.company.lifecyclestage"
        yield Problem(place, f"does not fit an account; write {written} = and a value, or {written} is set")


def _account_link_problems(organisation: Organisation) -> Iterator[Problem]:
    known = organisation.accounts.records
    pairs: dict[frozenset[str], int] = {}
    domains: list[Property] = []
    tables: list[str] = []
    for position, link in enumerate(organisation.links.accounts):
        place: Place = ("links", "accounts", position)
        for used in link.properties:
            yield from _record_problems(place, used, known, "accounts.records")
        if link.kind == "account_id":
            yield from _record_problems(place, Property(link.target, ""), known, "accounts.records")
            yield from _pair_problems(place, link.properties[0].record, link.target, pairs)
        elif link.kind == "domain":
            for used in link.properties:
                if used in domains:
                    yield Problem(place, f"{used} is named twice as a domain; delete one")
                domains.append(used)
            if len({used.system for used in link.properties}) == 1:
                yield Problem(place, "names one system only; write a property of another system as well")
        elif tables:
            yield Problem(place, f"a second table; put its rows into {tables[0]} and delete this one")
        else:
            tables.append(link.table)


def _pair_problems(
    place: Place, record: str, target: str, pairs: dict[frozenset[str], int]
) -> Iterator[Problem]:
    if record.split(".")[0] == target.split(".")[0]:
        yield Problem(place, f"links {record} within one system; write a record type of another system")
    first = pairs.setdefault(frozenset((record, target)), int(place[-1]) + 1)
    if first != int(place[-1]) + 1:
        yield Problem(place, f"{record} and {target} are linked by entry {first} already; delete one")


def _twice(place: Place, items: Sequence[object]) -> Iterator[Problem]:
    for position, item in enumerate(items):
        if item in items[:position]:
            yield Problem((*place, position), f"{item} is there twice; delete one")
