"""What is in the org? Objects as tables of typed values: records, users, and the history of tracked fields.

History as Salesforce keeps it: nothing of a field that is not tracked; nothing of the values a record was created with
(only a row `created`); no old and new value of long text; two rows for a reference, one with names and one with ids.
https://help.salesforce.com/s/articleView?id=sf.tracking_field_history.htm
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any
from zlib import crc32

from tests.emulators.content import Person, Record, Store, Version
from tests.emulators.salesforce.schema import OBJECTS, Field, history_of, record_id, standard_fields

Row = Mapping[str, Any]
MACHINE = record_id("User", 1)  # Automated Process


@dataclass
class Org:
    """`references` names custom fields that refer to records, `long` those that are long text, as `Object.Field`."""

    store: Store
    references: Mapping[str, str] = field(default_factory=dict)
    long: frozenset[str] = frozenset()
    untracked: set[str] = field(default_factory=set)
    hidden: set[str] = field(
        default_factory=set
    )  # objects and `Object.Field`s the integration user may not see
    locked: set[str] = field(default_factory=set)  # `Object.Field`s that this user may see and not edit
    history_from: datetime | None = None  # older history is gone: 18 months in the setup, 24 through the API

    def objects(self) -> list[str]:
        """The objects this user may see."""
        return [name for name in OBJECTS if name not in self.hidden]

    def fields(self, name: str) -> dict[str, Field]:
        """Fields by their names in lower case: the standard ones and the custom ones that any record ever had."""
        found = dict(standard_fields(name))
        if not history_of(name) and name not in ("User", "UserRole"):
            said = {each for record in self.store.all(name) for each in record.history}
            custom = {each for each in said | {*self.store.declared[name]} if each.endswith("__c")}
            found |= {each.lower(): self._custom(name, each) for each in sorted(custom)}
        return {key: each for key, each in found.items() if f"{name}.{each.name}" not in self.hidden}

    def is_tracked(self, name: str, field_name: str) -> bool:
        """Whether changes of this field have a history."""
        is_machines = field_name in ("Id", "IsDeleted", "CreatedDate", "CreatedById", "SystemModstamp")
        return f"{name}.{field_name}" not in self.untracked and not is_machines

    def values(self, name: str, field_name: str) -> list[str]:
        """What any record ever had in a field."""
        said = (each.history.get(field_name, ()) for each in self.store.all(name))
        return sorted({version.value for versions in said for version in versions if version.value})

    def _custom(self, name: str, field_name: str) -> Field:
        place = f"{name}.{field_name}"
        if place in self.references:
            return Field(field_name, "reference", self.references[place])
        declared = self.store.declared[name].get(field_name)
        return Field(field_name, declared or ("textarea" if place in self.long else "string"))

    def rows(self, name: str, deleted: bool) -> Iterator[Row]:
        """Every record of an object as typed values; deleted ones too where asked for."""
        if name == "User":
            yield from (_user(person) for person in self.store.people)
            yield _machine()
        elif name == "UserRole":
            yield from (
                _role(team) for team in sorted({each.team for each in self.store.people if each.team})
            )
        elif parent := history_of(name):
            for record in self.store.all(parent):
                if deleted or record.deleted is None:
                    yield from self._history(parent, record)
        else:
            fields = self.fields(name)
            yield from (
                self._record(record, fields)
                for record in self.store.all(name)
                if deleted or record.deleted is None
            )

    def find(self, name: str, id_: str) -> Row | None:
        """The record that a reference names."""
        if name == "User" and id_ != MACHINE:
            return next((_user(person) for person in self.store.people if person.id == id_), None)
        if name in ("User", "UserRole"):
            return next((row for row in self.rows(name, True) if row["Id"] == id_), None)
        record = self.store.get(name, id_)
        return self._record(record, self.fields(name)) if record else None

    def _record(self, record: Record, fields: Mapping[str, Field]) -> Row:
        row = {each.name: typed(record.value(each.name), each.type) for each in fields.values()}
        latest = max(
            (each for each in record.history.values() if each), key=lambda each: each[-1].at, default=None
        )
        row |= {
            "Id": record.id,
            "IsDeleted": record.deleted is not None,
            "CreatedDate": seconds(record.created),
            "LastModifiedDate": seconds(record.modified),
            "SystemModstamp": seconds(record.modified),
            "CreatedById": _creator(record),
            "LastModifiedById": (latest[-1].actor if latest else None) or MACHINE,
        }
        return row

    def _history(self, parent: str, record: Record) -> Iterator[Row]:
        if self.history_from is None or record.created >= self.history_from:
            yield self._entry(
                parent, record, "created", 0, Version("", record.created, _creator(record)), None, ""
            )
        fields = self.fields(parent)
        for name, versions in record.history.items():
            known = fields.get(name.lower())
            if known is None or not self.is_tracked(parent, name):
                continue
            before = ""
            for place, version in enumerate(versions):
                first, changed = version.at <= record.created, version.value != before
                if changed and not first and (self.history_from is None or version.at >= self.history_from):
                    yield from self._change(parent, record, known, place, version, before)
                before = version.value

    def _change(
        self, parent: str, record: Record, known: Field, place: int, version: Version, before: str
    ) -> Iterator[Row]:
        name = known.name.removesuffix("Id") if known.name in ("OwnerId", "AccountId") else known.name
        if known.type == "textarea":
            yield self._entry(parent, record, name, place, version, None, None, "TextArea")
        elif known.refers_to:
            names = [self._name(known.refers_to, id_) for id_ in (before, version.value)]
            yield self._entry(parent, record, name, place, version, names[0], names[1], "Text")
            yield self._entry(parent, record, name, -place - 1, version, before, version.value, "EntityId")
        else:
            values = [typed(text, known.type) for text in (before, version.value)]
            yield self._entry(parent, record, name, place, version, values[0], values[1])

    def _name(self, kind: str, id_: str) -> str | None:
        found = self.find(kind, id_) if id_ else None
        return found["Name"] if found else None

    def _entry(
        self,
        parent: str,
        record: Record,
        name: str,
        place: int,
        version: Version,
        old: Any,
        new: Any,
        kind: str = "Text",
    ) -> Row:
        number = int.from_bytes(blake2b(f"{record.id}{name}{place}".encode(), digest_size=8).digest())
        return {
            "Id": record_id("History", number),
            "IsDeleted": record.deleted is not None,
            f"{parent}Id": record.id,
            "CreatedDate": seconds(version.at),
            "CreatedById": version.actor or MACHINE,
            "Field": name,
            "DataType": kind,
            "OldValue": None if old == "" else old,
            "NewValue": None if new == "" else new,
        }


def typed(text: str | None, kind: str) -> Any:
    """A text as the type of its field; None where it is blank."""
    if kind == "boolean":
        return text == "true"
    if not text:
        return None
    match kind:
        case "currency" | "double":
            return float(text)
        case "date":
            return date.fromisoformat(text[:10])
        case "datetime":
            return datetime.fromisoformat(text)
    return text


def seconds(when: datetime) -> datetime:
    """Salesforce keeps whole seconds."""
    return when.astimezone(UTC).replace(microsecond=0)


def _creator(record: Record) -> str:
    first = min((each[0] for each in record.history.values() if each), key=lambda each: each.at, default=None)
    return (first.actor if first else None) or MACHINE


def _user(person: Person) -> Row:
    return _seat(person.id, person.created, person.modified) | {
        "Name": f"{person.first_name} {person.last_name}".strip(),
        "FirstName": person.first_name,
        "LastName": person.last_name,
        "Email": person.email,
        "Username": person.email,
        "IsActive": person.active,
        "UserType": "Standard",
        "Department": person.team,
        "UserRoleId": person.team and _role(person.team)["Id"],
    }


def _machine() -> Row:
    founded = datetime(2020, 1, 1, tzinfo=UTC)
    return _seat(MACHINE, founded, founded) | {
        "Name": "Automated Process",
        "LastName": "Automated Process",
        "Email": "autoproc@example.org",
        "Username": "autoproc@00dem0000000001.example.org",
        "IsActive": True,
        "UserType": "AutomatedProcess",
    }


def _role(team: str) -> Row:
    founded = datetime(2020, 1, 1, tzinfo=UTC)
    id_ = record_id("UserRole", crc32(team.encode()) % 1_000_000)
    return _seat(id_, founded, founded) | {"Name": team, "DeveloperName": team}


def _seat(id_: str, created: datetime, modified: datetime) -> dict[str, Any]:
    blank = {
        each.name: None for each in (*standard_fields("User").values(), *standard_fields("UserRole").values())
    }
    return blank | {
        "Id": id_,
        "CreatedDate": seconds(created),
        "LastModifiedDate": seconds(modified),
        "SystemModstamp": seconds(modified),
        "CreatedById": MACHINE,
        "LastModifiedById": MACHINE,
    }
