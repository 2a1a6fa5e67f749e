"""Where in the company's systems does a handoff show? Which record is a packet, and which change of it an act.

In: the contract keys `record`, `events` and `about`, and organisation.yaml's `accounts` and `links`. Out: the
same, parsed and frozen. None of it is a term of a contract: it says where to look, not what was promised, so it
may be mended at any time, and a mended mapping corrects the past.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic import Field as Key

from contracts.scalars import Line, Sources, refused
from contracts.yaml_reader import quoted

Form = Literal["value", "set", "receiver", "bare", "first_touch"]
LinkKind = Literal["account_id", "domain", "table"]
FIRST_TOUCH = "first touch"

_RECORD = r"[a-z][a-z0-9_]*\.[^.\s=]+"
_PROPERTY = rf"({_RECORD})\.([^\s=]+)"


@dataclass(frozen=True)
class Property:
    """One property of a record type, as in hubspot.deal.dealstage; the name may hold dots."""

    record: str
    name: str

    @property
    def system(self) -> str:
        """The system the record type belongs to, as events name their source."""
        return self.record.split(".")[0]

    @property
    def object(self) -> str:
        """The record type's name in its system."""
        return self.record.split(".")[1]

    def __str__(self) -> str:
        return f"{self.record}.{self.name}"


@dataclass(frozen=True)
class Sign:
    """By what an act shows: a property that takes a value, a usable one or a person of the receiving team; a bare
    property, whose every owner or change it is; or the first customer-facing act of the receiving team."""

    form: Form
    property: Property | None = None
    value: str = ""

    def __str__(self) -> str:
        tails = {"value": f" = {self.value}", "set": " is set", "receiver": " is receiver"}
        return FIRST_TOUCH if self.property is None else f"{self.property}{tails.get(self.form, '')}"


@dataclass(frozen=True)
class AccountLink:
    """One way to know that accounts of several systems are the same account."""

    kind: LinkKind
    properties: tuple[Property, ...] = ()
    target: str = ""
    table: str = ""


@dataclass(frozen=True)
class RecordLink:
    """A property that holds the id of the same record in another system."""

    property: Property
    target: str


def property_of(text: Any) -> Property:
    """`hubspot.deal.dealstage`; anything else is refused, naming what to write."""
    found = re.fullmatch(_PROPERTY, text, re.ASCII) if isinstance(text, str) else None
    if not found:
        raise refused(
            f"{quoted(text)} is not a property of a record; write system, object and property, "
            "as in hubspot.deal.dealstage"
        )
    return Property(found[1], found[2])


def _read(kind: type, read: Any) -> BeforeValidator:
    """Texts are read; what was read already stays, so that tests can build contracts in code."""
    return BeforeValidator(lambda value: value if isinstance(value, kind) else read(value))


def _one_or_many(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else (value,)


def _record_type(text: Any) -> str:
    if not isinstance(text, str) or not re.fullmatch(_RECORD, text, re.ASCII):
        raise refused(f"{quoted(text)} is not a record type; write system and object, as in hubspot.deal")
    return text


def _sign(text: Any) -> Sign:
    if not isinstance(text, str):
        raise refused(f"{quoted(text)} is not an event; write one, as in hubspot.deal.dealstage = closedwon")
    words = text.strip()
    if " ".join(words.split()) == FIRST_TOUCH:
        return Sign("first_touch")
    if found := re.fullmatch(r"([^\s=]+)\s*=\s*(.+)", words):
        return Sign("value", property_of(found[1]), found[2])
    if found := re.fullmatch(r"([^\s=]+)\s+is\s+(set|receiver)", words):
        return Sign("set" if found[2] == "set" else "receiver", property_of(found[1]))
    if re.fullmatch(_PROPERTY, words, re.ASCII):
        return Sign("bare", property_of(words))
    example = re.match(rf"{_PROPERTY}(?=[\s=])", words, re.ASCII)
    raise refused(
        f"{quoted(text)} is not an event; write {example[0] if example else 'hubspot.deal.dealstage'} "
        "= and a value, … is set, … is receiver, or first touch"
    )


def _account_link(entry: Any) -> AccountLink:
    if not isinstance(entry, dict) or len(entry) != 1:
        raise refused(
            "is not one link; write {domain: […]}, {table: accounts.csv} "
            "or {salesforce.Account.HubSpot_Id__c: hubspot.company}"
        )
    ((key, value),) = entry.items()
    if key == "domain":
        if not isinstance(value, list) or len(value) < 2:
            raise refused("domain: is not a list of two properties or more; write one of each system")
        return AccountLink("domain", properties=tuple(property_of(text) for text in value))
    if key == "table":
        if not isinstance(value, str) or not re.fullmatch(r"[\w-]+\.csv", value, re.ASCII):
            raise refused(
                f"table: {quoted(value)} is not the name of a CSV file beside organisation.yaml; "
                "write one, as in accounts.csv"
            )
        return AccountLink("table", table=value)
    return AccountLink("account_id", properties=(property_of(key),), target=_record_type(value))


def _record_link(entry: Any) -> RecordLink:
    if not isinstance(entry, dict) or len(entry) != 1:
        raise refused("is not one link; write {hubspot.deal.salesforce_id: salesforce.Opportunity}")
    ((key, value),) = entry.items()
    return RecordLink(property_of(key), _record_type(value))


Records = Annotated[
    tuple[Annotated[str, BeforeValidator(_record_type)], ...],
    BeforeValidator(_one_or_many),
    Key(max_length=20),
]
"""One record type or a list of them, as `<system>.<object>`."""

Signs = Annotated[
    tuple[Annotated[Sign, _read(Sign, _sign)], ...], BeforeValidator(_one_or_many), Key(max_length=50)
]
"""One sign or a list of them; each is enough."""


class Mapped(BaseModel):
    """Read once, never changed; a key nobody declared is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Events(Mapped):
    """By which change of a record, or which touch, each act of a packet shows."""

    triggered: Signs = Key((), description="`triggered: hubspot.deal.dealstage = closedwon`")
    submitted: Signs = Key((), description="`submitted: hubspot.deal.handoff_status = submitted`")
    accepted: Signs = Key((), description="`accepted: hubspot.deal.handoff_status = accepted`")
    rejected: Signs = Key((), description="`rejected: hubspot.deal.handoff_status = rejected`")
    reopened: Signs = Key((), description="`reopened: hubspot.deal.handoff_status = reopened`")
    withdrawn: Signs = Key((), description="`withdrawn: hubspot.deal.dealstage = closedlost`")
    voided: Signs = Key((), description="`voided: hubspot.deal.deleted = true`, which is assumed")
    crossed: Signs = Key((), description="`crossed: first touch`, which is assumed")
    assigned: Signs = Key(
        (), description="an owner property, as in `assigned: hubspot.deal.hubspot_owner_id`"
    )
    customer_updated: Signs = Key(
        (),
        description="a property whose every change means it, as in `customer_updated: zendesk.ticket.next_update_at`",
    )


class About(Mapped):
    """Which properties say what a packet is about, as of its trigger; `reason` as of the rejection."""

    amount: Sources = Key((), description="`amount: hubspot.deal.amount`")
    currency: Sources = Key((), description="`currency: hubspot.deal.deal_currency_code`")
    name: Sources = Key((), description="`name: hubspot.deal.dealname`")
    motion: Sources = Key((), description="`motion: hubspot.deal.pipeline`")
    segment: Sources = Key((), description="`segment: hubspot.company.segment`")
    url: Sources = Key((), description="`url: hubspot.deal.url`")
    reason: Sources = Key((), description="`reason: hubspot.deal.rejection_reason`")


class Accounts(Mapped):
    """Which records are accounts, one type per system, and what says that one started, left, pays or whose it is."""

    records: Records = Key(
        ("hubspot.company", "salesforce.Account", "zendesk.organization"),
        description="one record type per system, as in `records: [hubspot.company, salesforce.Account]`",
    )
    started: Signs = Key((), description="`started: hubspot.company.lifecyclestage = customer`")
    churned: Signs = Key((), description="`churned: hubspot.company.lifecyclestage = churned`")
    arr: Sources = Key((), description="a property, as in `arr: hubspot.company.arr`")
    primary: dict[Line, Sources] = Key(
        {},
        description="the owner's property per motion, as in `primary: {new: hubspot.company.hubspot_owner_id}`",
    )


class Links(Mapped):
    """Who is who across systems."""

    accounts: Annotated[
        tuple[Annotated[AccountLink, _read(AccountLink, _account_link)], ...], Key(max_length=50)
    ] = Key(
        (), description="a list, as in `- {domain: [hubspot.company.domain, salesforce.Account.Website]}`"
    )
    records: Annotated[
        tuple[Annotated[RecordLink, _read(RecordLink, _record_link)], ...], Key(max_length=50)
    ] = Key((), description="a list, as in `- {hubspot.deal.salesforce_id: salesforce.Opportunity}`")
    people: Literal["email", "none"] = Key(
        "email", description="email if the same address is the same person, or none"
    )
