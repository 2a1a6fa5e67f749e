"""What does everyone know? People, systems, accounts and the histories of packets, from events in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from contracts import Catalogue, Contract, Organisation
from tests.oracle.events import Event

CREATES = (
    "handoff.triggered",
    "handoff.submitted",
    "handoff.accepted",
    "handoff.rejected",
    "handoff.crossed",
)
OF_THE_ACCOUNT = ("handoff.question_asked", "handoff.reasked", "handoff.reask_checked")

Key = tuple[str, str, int]
"""handoff, subject, cycle."""


@dataclass
class History:
    """All that was ever told of one packet: acts on it and entries into its fields, in order."""

    key: Key
    contract: Contract
    acts: list[Event] = field(default_factory=list)
    entries: dict[str, list[Event]] = field(default_factory=dict)

    @cached_property
    def times(self) -> list[datetime]:
        """When something happened, in order."""
        entries = [entry for each in self.entries.values() for entry in each]
        return sorted(event.time for event in [*self.acts, *entries])


class Company:
    """Events through `as_of`, sorted into what they are about."""

    def __init__(
        self, catalogue: Catalogue, events: Iterable[Event], as_of: datetime, trusted: Iterable[str] = ()
    ) -> None:
        self.catalogue, self.as_of, self.trusted = catalogue, as_of, frozenset(trusted)
        self.events = [event for event in events if event.time <= as_of]
        self.of_type: dict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            self.of_type[event.type].append(event)
        self.teams: dict[str, list[Event]] = defaultdict(list)
        for event in self.of_type["person.set"]:
            self.teams[event.actor or ""].append(event)
        self.systems = {
            event.actor for event in self.of_type["person.set"] if event.detail.get("kind") == "system"
        }
        self.sources_with_currency = {
            event.source for event in self.of_type["handoff.triggered"] if "currency" in event.detail
        }
        self.histories = self._histories()

    @property
    def organisation(self) -> Organisation:
        """What every handoff shares."""
        return self.catalogue.organisation

    def is_system(self, event: Event) -> bool:
        """Whether a system user acted, as its record or the event itself tells."""
        return event.actor in self.systems or event.detail.get("actor_kind") == "system"

    def team_of(self, event: Event) -> str | None:
        """The actor's team: on the event, else as last told at or before it."""
        if event.team is not None or event.actor is None:
            return event.team
        return self.team_at(event.actor, event.time)

    def team_at(self, actor: str, at: datetime) -> str | None:
        """A person's team as last told at or before an instant."""
        told = [each.team for each in self.teams[actor] if each.time <= at]
        return told[-1] if told else None

    def account(self, name: str | None) -> str | None:
        """The account under its first name, as the run knows it: first links, followed to their end or circle."""
        passed: list[str] = []
        while name in self._links and name not in passed:
            passed.append(name)
            name = self._links[name]
        return min(passed[passed.index(name) :]) if name in passed else name

    @cached_property
    def _links(self) -> dict[str, str]:
        links: dict[str, str] = {}
        for event in self.of_type["account.linked"]:
            if event.value and event.account and event.value != event.account:
                links.setdefault(event.value, event.account)
        return links

    def _histories(self) -> list[History]:
        acts: dict[Key, list[Event]] = defaultdict(list)
        for event in self.events:
            is_entry = event.type in ("handoff.field_set", *OF_THE_ACCOUNT, "handoff.customer_updated")
            if event.type.startswith("handoff.") and not is_entry:
                acts[event.handoff or "", event.subject or "", event.cycle or 1].append(event)
        entries = self._entries()
        found = []
        for key, events in acts.items():
            if any(event.type in CREATES for event in events):
                history = History(key, self.catalogue.contract(key[0]), events)
                for event in entries[key[:2]]:
                    if event.cycle in (None, key[2]):
                        history.entries.setdefault(event.field or "", []).append(event)
                found.append(history)
        return found

    def _entries(self) -> dict[tuple[str, str], list[Event]]:
        """(handoff, subject) → what was entered into fields, mapped properties of records included."""
        mapped: dict[tuple[str, ...], set[tuple[str, str]]] = defaultdict(set)
        for contract in self.catalogue.contracts:
            for version in contract.versions:
                for each in version.fields:
                    for place in each.source:
                        mapped[tuple(place.split(".", 2))].add((contract.id, each.name))
        entries: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for event in self.events:
            if event.type == "handoff.field_set":
                entries[event.handoff or "", event.subject or ""].append(event)
            elif event.type == "record.changed":
                for handoff, name in mapped[event.source, event.object or "", event.field or ""]:
                    renamed = Event(**{**event.__dict__, "field": name, "cycle": None})
                    entries[handoff, event.subject or ""].append(renamed)
        return entries
