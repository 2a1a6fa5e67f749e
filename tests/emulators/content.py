"""What does an emulated vendor know? Records with the history of their properties, links, people: a store in memory.

Times are instants in UTC. A store may be changed between two requests (`set`, `add`, `delete`, `link`), from any
thread: what a reply shows is copied out under a lock.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Version:
    """A value that a property had from `at` on; `actor` is the vendor's user id, None for a machine."""

    value: str
    at: datetime
    actor: str | None = None


@dataclass(frozen=True)
class Link:
    """This record belongs to that one."""

    kind: str
    id: str
    primary: bool = False


@dataclass
class Record:
    """One record: histories oldest first; `modified` moves with every change, also by a machine."""

    kind: str
    id: str
    created: datetime
    modified: datetime
    history: dict[str, list[Version]] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    deleted: datetime | None = None

    def value(self, name: str) -> str | None:
        """What the property says now; None where it never said anything, or was cleared."""
        versions = self.history.get(name)
        return (versions[-1].value or None) if versions else None

    def note(self, name: str, value: str, at: datetime, actor: str | None = None) -> None:
        """A new version, put in its place by time."""
        versions = self.history.setdefault(name, [])
        versions.append(Version(value, at, actor))
        versions.sort(key=lambda version: version.at)
        self.modified = max(self.modified, at)


@dataclass(frozen=True)
class Person:
    """Someone with a seat; `id` is the owner's and `user` the user's where the vendor tells them apart."""

    id: str
    user: str
    email: str
    first_name: str
    last_name: str
    team: str | None
    created: datetime
    modified: datetime
    active: bool = True


class Store:
    """Records by kind and id."""

    def __init__(self, records: Iterable[Record] = (), people: Iterable[Person] = ()) -> None:
        self.lock = threading.RLock()
        self.people: list[Person] = list(people)
        self.declared: dict[str, dict[str, str]] = defaultdict(dict)
        self._records: dict[str, dict[str, Record]] = defaultdict(dict)
        self._sorted: dict[str, list[Record]] = {}
        for record in records:
            self.add(record)

    def declare(self, kind: str, *names: str, type_: str = "") -> None:
        """Have these properties, though no record says anything of them; without `type_` they are text."""
        self.declared[kind] |= dict.fromkeys(names, type_)

    def add(self, record: Record) -> Record:
        """One more record; its id is new, or it takes the place of the one that had it."""
        with self.lock:
            self._records[record.kind][record.id] = record
            self._sorted.pop(record.kind, None)
        return record

    def get(self, kind: str, id_: str) -> Record | None:
        """A record, deleted or not."""
        return self._records.get(kind, {}).get(id_)

    def all(self, kind: str) -> list[Record]:
        """Every record of a kind, deleted ones too, by ascending id."""
        with self.lock:
            if kind not in self._sorted:
                self._sorted[kind] = sorted(self._records[kind].values(), key=lambda record: place(record.id))
            return self._sorted[kind]

    def set(
        self, kind: str, id_: str, at: datetime, values: dict[str, str], actor: str | None = None
    ) -> None:
        """Change properties of a record."""
        with self.lock:
            for name, value in values.items():
                self._records[kind][id_].note(name, value, at, actor)

    def touch(self, kind: str, at: datetime, where: Callable[[Record], bool] = lambda _: True) -> None:
        """Move `modified` of records as a machine does, without a change that anyone can see."""
        with self.lock:
            for record in self._records[kind].values():
                if where(record):
                    record.modified = max(record.modified, at)

    def delete(self, kind: str, id_: str, at: datetime) -> None:
        """Delete a record softly: archived, in the bin, IsDeleted."""
        with self.lock:
            record = self._records[kind][id_]
            record.deleted, record.modified = at, max(record.modified, at)

    def purge(self, kind: str, id_: str) -> None:
        """No list has it any more, not even that of deleted ones."""
        with self.lock:
            del self._records[kind][id_]
            self._sorted.pop(kind, None)

    def link(self, record: Record, other: Record, primary: bool = False) -> None:
        """Link two records both ways."""
        with self.lock:
            record.links.append(Link(other.kind, other.id, primary))
            other.links.append(Link(record.kind, record.id, primary))


def place(id_: str) -> tuple[int, str]:
    """Ids that are numbers sort as numbers."""
    return (int(id_), "") if id_.isdigit() else (0, id_)
