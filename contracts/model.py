"""What does a contract promise? The vocabulary of one handoff's contract, read from YAML and never changed
after.

`Contract` holds what is true of a handoff at any time and its `versions`, oldest first, each fully
resolved. Every key's description says what to write; the messages of a refusal quote it. Extra keys are
forbidden.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, model_validator
from pydantic import Field as Key

from contracts.mapping import About, Events, Records
from contracts.scalars import Day, Decimal, FieldName, Flag, Line, Lines, Name, Prose, Sources, Whole, refused
from contracts.vocabulary import Direction, FieldType, GateMode, Severity, Status

TEXTS_FOR_PEOPLE = frozenset({"title", "description", "asks", "source"})
"""Field keys that neither judge nor clock: they may be mended without a new version."""


class Frozen(BaseModel):
    """Read once, never changed; a key nobody declared is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def canonical(content: Any) -> str:
    """JSON with one spelling only: keys sorted, no spaces, empty values left out."""
    return json.dumps(_without_empty(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(text: str) -> str:
    """SHA-256 of a text, as 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _without_empty(content: Any) -> Any:
    if isinstance(content, dict):
        kept = {key: _without_empty(value) for key, value in content.items()}
        return {key: value for key, value in kept.items() if value not in (None, [], {})}
    if isinstance(content, list):
        return [_without_empty(value) for value in content]
    return content


def _item(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _item_part(value: Any) -> Any:
    if isinstance(value, str) or (
        isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)
    ):
        return _item(value)
    raise refused(
        "is neither a type nor a list of allowed texts; write `key: text` or `key: [verbal, contractual]`"
    )


class Field(Frozen):
    """One field of a packet: its type says which texts are a value, its other keys which values are valid.

    | type | a value is | keys of its own |
    |---|---|---|
    | text | any text that is no placeholder | min_length, max_length: characters after trimming |
    | number | a plain decimal, as in 1200.50 | minimum, maximum: inclusive, in `unit` |
    | date | ISO 8601, as in 2026-01-31 | |
    | datetime | ISO 8601 with zone, as in 2026-01-31T09:00:00+01:00 | |
    | boolean | true, false, yes or no | |
    | choice | any text; valid if among `values`, spelled as there | values |
    | list | a JSON array; without `item` any other text is one item | min_items; item: what each must hold |

    `max_age_days` counts from the value itself for a date, else from when it was set, in the organisation's days.
    """

    name: FieldName = Key(description="the field's id, as in `name: economic_buyer`")
    title: Line = Key("", description="how people call it; without it, the name in words")
    type: FieldType = Key(description="what it holds, as in `type: text`")
    required: Flag = Key(False, description="true if a packet is incomplete without it")
    required_when: Name | None = Key(None, description="the field whose answer makes this one required")
    min_length: Annotated[Whole, Key(ge=1, le=100_000)] | None = Key(
        None, description="the fewest characters, a whole number from 1"
    )
    max_length: Annotated[Whole, Key(ge=1, le=100_000)] | None = Key(
        None, description="the most characters, a whole number from 1"
    )
    minimum: Decimal | None = Key(None, description="the smallest number allowed, in the field's unit")
    maximum: Decimal | None = Key(None, description="the largest number allowed, in the field's unit")
    unit: Line | None = Key(None, description="what the number counts, as in `unit: days`")
    values: Lines = Key((), description="the allowed values, as in `values: [warm, cold, tandem]`")
    min_items: Annotated[Whole, Key(ge=1, le=1000)] | None = Key(
        None, description="the fewest items that count, a whole number from 1"
    )
    item: dict[Name, Annotated[Line | tuple[Line, ...], BeforeValidator(_item_part)]] = Key(
        {}, description="what each item must hold, as in `item: {kind: [verbal, contractual], text: text}`"
    )
    none_value: Lines = Key(
        (), description='the texts that attest "there is none", as in `none_value: none made`'
    )
    max_age_days: Annotated[Decimal, Key(gt=0, le=3660)] | None = Key(
        None, description="after how many days the answer is stale, a number above 0"
    )
    severity: Severity = Key(
        "critical", description="critical, or warning if a packet is complete without it"
    )
    weight: Annotated[Decimal, Key(gt=0, le=1000)] = Key(
        1.0, description="how much it counts in the completeness score, a number above 0"
    )
    asks: Lines = Key((), description="phrases by which someone would ask the customer for it")
    source: Sources = Key((), description="where it lives, as in `source: hubspot.deal.economic_buyer`")
    description: Prose = Key("", description="what belongs in it, for people")

    @model_validator(mode="before")
    @classmethod
    def _title_from_name(cls, content: Any) -> Any:
        if isinstance(content, dict) and isinstance(content.get("name"), str) and content["name"].strip("_ "):
            return {"title": content["name"].replace("_", " ").strip().capitalize(), **content}
        return content


class Side(Frozen):
    """Who sends or receives: a team, the role in it, and who takes over when nobody is named."""

    team: Name = Key(description="the team, as in `team: onboarding`")
    role: Name | None = Key(None, description="the role in that team, as in `role: implementation_lead`")
    fallback: Name | None = Key(None, description="who takes over, as in `fallback: onboarding_queue`")


class Gate(Frozen):
    """What must not happen with an incomplete packet, and how firmly."""

    event: Name = Key(description="the business event held back, as in `event: kickoff`")
    mode: GateMode = Key(description="block, warn or none")


class Sla(Frozen):
    """Open hours of a calendar: to submit from the trigger, to accept from the accept clock, and for the account's
    owner to tell the customer how it stands, from the trigger and from one such word to the next."""

    submit_hours: Annotated[Decimal, Key(gt=0, le=8784)] = Key(
        description="hours above 0, as in `submit_hours: 24`"
    )
    accept_hours: Annotated[Decimal, Key(gt=0, le=8784)] = Key(
        description="hours above 0, as in `accept_hours: 48`"
    )
    update_hours: Annotated[Decimal, Key(gt=0, le=8784)] | None = Key(
        None, description="hours above 0, as in `update_hours: 8`; none = the customer is owed no word"
    )
    calendar: Name = Key("always", description="a calendar of organisation.yaml, or always")


class Target(Frozen):
    """What a metric should reach: shares 0-1, hours, or NPS points; the metric decides the direction."""

    value: Decimal = Key(description="what to reach, as in `value: 0.9`")
    direction: Direction
    aspirational_below: Decimal | None = Key(
        None, description="below this the target is still far away; never judged"
    )


def _decisions(value: Any) -> Any:
    """`true`, `false` or a date: exactly one of them, so that a message can say which."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise refused(
                f'"{value[:60]}" is not true, false or a date; write one, as in 2026-01-01'
            ) from error
    return value


class Recorded(Frozen):
    """What the sources know: decisions since a day, always or never; usable times or none."""

    decisions: Annotated[bool | date, BeforeValidator(_decisions)] = Key(
        True, description="true, false, or the first day on which decisions are recorded"
    )
    times: Flag = Key(True, description="false if the sources have no usable dates")


class ContractVersion(Frozen):
    """What was in force from `effective_from` (organisation zone) for packets triggered from that day on."""

    handoff: Name
    version: Annotated[str, StringConstraints(max_length=20, pattern=r"^\d{1,6}\.\d{1,6}(\.\d{1,6})?$")] = (
        Key(description="two or three numbers, as in `version: 1.0.0`")
    )
    effective_from: Day = Key(description="the first day it is in force, as in `effective_from: 2026-01-01`")
    accountable: Name = Key(description="the team that owns the seam, as in `accountable: revops`")
    sender: Side = Key(description="who hands over, as in `sender: {team: sales, role: account_executive}`")
    receiver: Side = Key(
        description="who takes over, as in `receiver: {team: onboarding, role: implementation_lead}`"
    )
    approved_by: Name = Key(description="the receiving team, which holds the pen")
    trigger: Line = Key(description="in words, when the crossing is due, as in `trigger: deal is closed won`")
    gate: Gate = Key(description="what waits for it, as in `gate: {event: kickoff, mode: warn}`")
    sla: Sla = Key(
        description="the clocks, as in `sla: {submit_hours: 24, accept_hours: 48, calendar: always}`"
    )
    expires_after_days: Annotated[Whole, Key(ge=1, le=3660)] = Key(
        description="days after which an open crossing counts as dropped, a whole number from 1"
    )
    fields: Annotated[tuple[Field, ...], Key(min_length=1, max_length=100)] = Key(
        description="at least one, as in `- {name: economic_buyer, type: text, required: true}`"
    )

    @property
    def canonical_json(self) -> str:
        """What judges and clocks, as canonical JSON; the order of the fields does not matter."""
        content = self.model_dump(mode="json", exclude={"accountable", "approved_by", "trigger"})
        content["fields"] = [
            {key: value for key, value in field.items() if key not in TEXTS_FOR_PEOPLE}
            for field in sorted(content["fields"], key=lambda field: str(field["name"]))
        ]
        return canonical(content)

    @property
    def digest(self) -> str:
        """SHA-256 of `canonical_json`: the same digest judges the same."""
        return digest(self.canonical_json)

    def field(self, name: str) -> Field:
        """The field of that name; KeyError if the version has none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


class Contract(Frozen):
    """One handoff's contract: what never changes, and its versions, oldest first."""

    id: Name = Key(description="the file's name without .yaml")
    number: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}\d{1,4}$")] = Key(
        description="a letter and a number, as in `number: H03`"
    )
    title: Line = Key(description="who hands to whom, as in `title: AE → Onboarding`")
    description: Prose = Key("", description="what is handed over, for people")
    status: Status = Key("active", description="draft, active or retired")
    recorded: Recorded = Key(
        Recorded(), description="what the sources know, as in `recorded: {decisions: true, times: true}`"
    )
    targets: dict[str, Target] = Key(
        {}, description="what this handoff should reach instead of the organisation's"
    )
    record: Records = Key(
        (),
        description="the record type that is a packet, as in `record: [hubspot.deal, salesforce.Opportunity]`",
    )
    events: Events = Key(
        Events(),
        description="by what each act shows, as in `events: {triggered: hubspot.deal.dealstage = closedwon}`",
    )
    about: About = Key(
        About(), description="what a packet is about, as in `about: {amount: hubspot.deal.amount}`"
    )
    versions: tuple[ContractVersion, ...]

    @property
    def current(self) -> ContractVersion:
        """The newest version."""
        return self.versions[-1]

    def version(self, name: str) -> ContractVersion:
        """The version of that name; KeyError if there is none."""
        for version in self.versions:
            if version.version == name:
                return version
        raise KeyError(name)
