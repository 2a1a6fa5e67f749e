"""How does a vendor come to carry a company's events? One event after the other, as `simulated.py` says.

In: events in order and a `Carrier`. Out: `Carried`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.emulators.simulated import ACTS, Act, Carried, Carrier
from tests.oracle.events import Event

_HANDOFF = {f"handoff.{name}" for name in (*ACTS, "assigned", "field_set")}
_ACCOUNT = {"account.started", "account.arr_set", "account.churned", "account.touched", "survey.answered"}
_ABOUT = ("url", "name", "segment")


def carry(events: Iterable[Event], carrier: Carrier) -> Carried:
    """What the carrier's vendor can say of a company."""
    porter = _Porter(carrier)
    for event in _prepared(list(events)):
        if event.type not in carrier.unsaid:
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
            if self.carrier.machine and not self.machines:
                self._keep(replace(event, actor=f"{self.carrier.system}:{self.carrier.machine}", team=None))
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
            self.carried.domains[account] = f"{event.account}.example.com"
        if event.type == "survey.answered" and event.actor and account:
            contact = self._id("contact", event.actor)
            if contact not in contacts:
                contacts.append(contact)
            actor: str | None = f"{system}:contact:{contact}"
        else:
            is_person = event.actor and event.actor not in self.machines
            who = self._id("person", event.actor or "") if is_person else self.carrier.machine
            actor = who and f"{system}:{who}"
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
        write = self.carrier.ids[self.carrier.account_object if what == "account" else what]
        return write(known.setdefault(theirs, len(known) + 1))

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
