"""What of a simulated company can a vendor carry? Its events, made such that a vendor's records can say the same.

In: the event files of `flows.simulation.simulate` and a `Carrier` (how a vendor names and times things). Out:
`Carried`: events in order, from which the vendor's records are built, and whose `rows` are the other side of the
comparison: the same events as public event rows. What a vendor cannot say is changed or left out on both sides:

- Only the latest revision of an event counts; duplicates, late arrival and other ways to write a time are the files'.
- Left out: handoff.question_asked, reasked, reask_checked, customer_updated, account.milestone, primary_set, linked;
  all person.set of a person but the latest (a vendor knows today's team), and those of system users.
- Ids: records, accounts, contacts and persons have the vendor's, accounts and persons with its name before them.
- System users act as machines: no actor. Teams are said of persons only, not on acts; `assigned` keeps its side.
- Times have the vendor's resolution. Changes of one record never share an instant: the later one moves by a tick.
- A field's value counts for the record, so for every cycle. A value that changes nothing is not a change.
- The cycle is counted: it is the number of triggers of that record so far, and at least 1.
- An act's status is a property, so that the same act twice in a row needs a blank between (`Act.blank_at`).
- A reason is kept on rejections only; details other than url, name and segment of a trigger are left out.
- account.started carries no amount: account.arr_set says it. A churn says no reason, nor that it was involuntary.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet

from tests.oracle.events import Event, in_order

ACTS = ("triggered", "submitted", "accepted", "rejected", "reopened", "withdrawn", "voided", "crossed")
_HANDOFF = {f"handoff.{name}" for name in (*ACTS, "assigned", "field_set")}
_ACCOUNT = {"account.started", "account.arr_set", "account.churned", "account.touched", "survey.answered"}
_ABOUT = ("url", "name", "segment")
_parquet: Any = pyarrow.parquet


@dataclass(frozen=True)
class Carrier:
    """How a vendor names and times things: its object of each handoff, its ids, and its tick."""

    system: str
    tick: timedelta
    objects: Mapping[str, str]  # handoff → the vendor's record type
    account_object: str
    ids: Mapping[str, str]  # record type, `person`, `contact` → format of an id, `{:d}` for a number
    unheard: frozenset[tuple[str, str]] = (
        frozenset()
    )  # handoff and field of which the vendor keeps no history

    def named(self, what: str, number: int) -> str:
        """The id of the n-th record of a kind."""
        return self.ids[what].format(number)


@dataclass(frozen=True)
class Act:
    """One event as the vendor can carry it; `record` is (record type, id) of a packet's record."""

    event: Event
    record: tuple[str, str] | None = None
    blank_at: datetime | None = None  # when the status is blanked before, because it said the same already


@dataclass
class Carried:
    """All of it in order, and who and what there is."""

    carrier: Carrier
    acts: list[Act] = field(default_factory=list)
    persons: dict[str, Event] = field(default_factory=dict)  # vendor's id without prefix → person.set
    accounts: dict[str, list[str]] = field(default_factory=dict)  # vendor's id without prefix → its contacts

    def rows(self) -> list[dict[str, Any]]:
        """Public event rows, for `House.write_events` or a file of one's own; the order of rows is that of events."""
        return [_row(act.event, self.carrier.system) for act in self.acts]

    def of(self, *types: str) -> list[Act]:
        """The acts of these event types."""
        return [act for act in self.acts if act.event.type in types]

    def records(self) -> dict[tuple[str, str], list[Act]]:
        """Acts of packets by their record."""
        found: dict[tuple[str, str], list[Act]] = defaultdict(list)
        for act in self.acts:
            if act.record:
                found[act.record].append(act)
        return dict(found)


def read_company(folder: Path, zone: str) -> list[Event]:
    """The latest revision of every event below `folder`/events, in order."""
    files = sorted((folder / "events").glob("*.parquet"))
    return in_order([row for path in files for row in _parquet.read_table(path).to_pylist()], zone)


def carry(events: Iterable[Event], carrier: Carrier) -> Carried:
    """What the carrier's vendor can say of a company."""
    porter = _Porter(carrier)
    for event in _prepared(list(events)):
        porter.take(event)
    return porter.carried


def _prepared(events: list[Event]) -> list[Event]:
    """Without what nobody carries; started accounts say their amount as account.arr_set; only today's teams."""
    latest = {event.actor: event for event in events if event.type == "person.set"}
    found = []
    for event in events:
        if event.type == "person.set" and event is not latest[event.actor]:
            continue
        if event.type in _HANDOFF | _ACCOUNT | {"person.set"}:
            found.append(event)
        if event.type == "account.started" and event.value:
            found.append(replace(event, type="account.arr_set", id=f"{event.id}-arr"))
    return found


@dataclass
class _Porter:
    """Takes one event after the other and remembers what was said so far."""

    carrier: Carrier
    carried: Carried = field(init=False)
    machines: set[str] = field(default_factory=set)
    numbers: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    times: dict[Any, datetime] = field(default_factory=dict)  # last change of a record or a property
    said: dict[Any, str] = field(default_factory=dict)  # what a property says
    cycles: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.carried = Carried(self.carrier)

    def take(self, event: Event) -> None:
        """Carry an event, or leave it."""
        event = replace(event, time=self._floor(event.time), detail=self._detail(event))
        if event.type == "person.set":
            self._take_person(event)
        elif event.type in _HANDOFF:
            self._take_handoff(self._named(event))
        elif event.account:
            self._take_account(self._named(event))

    def _detail(self, event: Event) -> dict[str, Any]:
        if event.type == "handoff.triggered":
            return {name: event.detail[name] for name in _ABOUT if name in event.detail}
        kept = ("kind",) if event.type in ("person.set", "survey.answered") else ()
        return {name: event.detail[name] for name in kept if name in event.detail}

    def _take_person(self, event: Event) -> None:
        assert event.actor
        if event.detail.get("kind") == "system":
            self.machines.add(event.actor)
            return
        id_ = self._id("person", event.actor)
        detail = {**event.detail, "email": f"{event.actor}@example.org", "active": True}
        event = replace(event, actor=f"{self.carrier.system}:{id_}", detail=detail)
        self.carried.persons[id_] = event
        self._keep(event)

    def _take_handoff(self, event: Event) -> None:
        assert event.handoff and event.subject
        kind = self.carrier.objects.get(event.handoff)
        if kind is None or (event.handoff, event.field or "") in self.carrier.unheard:
            return
        record = (kind, self._id(kind, event.subject))
        event = replace(event, subject=record[1])
        if event.type == "handoff.field_set":
            self._change(event, record, event.field or "", event.value or "")
        elif event.type == "handoff.assigned":
            self._change(event, record, "assigned", event.actor or "")
        else:
            self._act(event, record)

    def _change(self, event: Event, record: tuple[str, str], name: str, value: str) -> None:
        """A property takes a value, unless it has it already (or never had one and is cleared)."""
        place = (*record, event.handoff, name)
        if self.said.get(place, "") == value:
            return
        self.said[place] = value
        at = self._next(record, event.time)
        self._keep(replace(event, time=at, cycle=self._cycle(event, record)), record)

    def _act(self, event: Event, record: tuple[str, str]) -> None:
        place = (*record, event.handoff, "status")
        again = self.said.get(place) == event.type
        self.said[place] = event.type
        at = self._next(record, event.time)
        if again:  # room for a blank between the two
            at = max(at, self.times[place] + 2 * self.carrier.tick)
        self.times[record] = self.times[place] = at
        if event.type == "handoff.triggered":
            self.cycles[event.handoff or "", record[1]] += 1
        kept = replace(event, time=at, cycle=self._cycle(event, record))
        self._keep(kept, record, at - self.carrier.tick if again else None)

    def _cycle(self, event: Event, record: tuple[str, str]) -> int | None:
        if event.type == "handoff.field_set":
            return None
        return max(1, self.cycles[event.handoff or "", record[1]])

    def _take_account(self, event: Event) -> None:
        """What is said of accounts; a contact's id becomes the vendor's."""
        if event.type == "account.arr_set":
            place = (event.account, "arr")
            if self.said.get(place) == event.value:
                return
            self.said[place] = event.value or ""
        if event.type in ("account.started", "account.churned"):
            event = replace(event, value=None, reason=None)
        if event.type in ("account.started", "account.churned", "account.arr_set"):
            event = replace(event, actor=None, time=self._next((event.account, event.type), event.time))
        self._keep(event)

    def _named(self, event: Event) -> Event:
        """With the vendor's ids of account and actor, and without what acts do not say."""
        system = self.carrier.system
        account = event.account and self._id("account", event.account)
        if account:
            contacts = self.carried.accounts.setdefault(account, [])
        if event.type == "survey.answered" and event.actor and account:
            contact = self._id("contact", event.actor)
            if contact not in contacts:
                contacts.append(contact)
            actor: str | None = f"{system}:contact:{contact}"
        else:
            actor = None
            if event.actor and event.actor not in self.machines:
                actor = f"{system}:{self._id('person', event.actor)}"
        return replace(
            event,
            account=account and f"{system}:{account}",
            actor=actor,
            team=event.team if event.type == "handoff.assigned" else None,
            reason=event.reason if event.type == "handoff.rejected" else None,
        )

    def _id(self, what: str, theirs: str) -> str:
        """The vendor's id of a thing, given in the order in which things come up."""
        known = self.numbers[what]
        name = self.carrier.account_object if what == "account" else what
        return self.carrier.named(name, known.setdefault(theirs, len(known) + 1))

    def _floor(self, when: datetime) -> datetime:
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        return epoch + (when - epoch) // self.carrier.tick * self.carrier.tick

    def _next(self, place: Any, when: datetime) -> datetime:
        """This instant, or a tick after the last change of the same thing."""
        last = self.times.get(place)
        self.times[place] = when if last is None else max(when, last + self.carrier.tick)
        return self.times[place]

    def _keep(
        self, event: Event, record: tuple[str, str] | None = None, blank_at: datetime | None = None
    ) -> None:
        self.carried.acts.append(Act(event, record, blank_at))


def _row(event: Event, system: str) -> dict[str, Any]:
    told = {
        "id": event.id,
        "source": system,
        "type": event.type,
        "time": event.time.isoformat(),
        "account": event.account,
        "motion": event.motion,
        "handoff": event.handoff,
        "subject": event.subject,
        "cycle": event.cycle,
        "field": event.field,
        "value": event.value,
        "actor": event.actor,
        "team": event.team,
        "reason": event.reason,
        "detail": json.dumps(event.detail, ensure_ascii=False) if event.detail else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def mapped(document: Mapping[str, Any], mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A contract file's content with a vendor's mapping in it, `source` of every field in every version replaced."""
    sources: Mapping[str, Any] = mapping["fields"]

    def sourced(fields: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [
            {key: value for key, value in each.items() if key != "source"}
            | ({"source": sources[each["name"]]} if each["name"] in sources else {})
            for each in fields
        ]

    told = {**document, **{key: mapping[key] for key in ("record", "events", "about")}}
    told["fields"] = sourced(document["fields"])
    told["earlier_versions"] = [
        {**version, "fields": sourced(version["fields"])} if "fields" in version else dict(version)
        for version in document.get("earlier_versions", [])
    ]
    return told if told["earlier_versions"] else {k: v for k, v in told.items() if k != "earlier_versions"}
