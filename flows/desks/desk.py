"""What is a desk? A system that holds tickets: it opens them, sets them right, and says which of ours are open.

A desk is a small frozen object with the six methods of `Desk`. It knows nothing of packets, plans and runs. What goes
wrong is one of five, because they are mended differently:

    DeskError
    ├── Unclear     nobody knows whether it was done: waited for, looked up, then adopted or done again
    ├── Down        it was certainly not done, and nothing else will be now: the outbox waits for the next run
    ├── Denied      the desk takes nothing from us (no right, no such project): the outbox waits for a person
    ├── Refused     this one ticket was refused as it is: the others go on
    └── Gone        this one ticket is not there any more: whoever deleted or moved it has closed it
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from contracts.errors import DeskError as DeskError
from flows.options import Option
from flows.outbox import Ticket
from flows.settings import Settings

MARKER: Final = re.compile(r"\bsk-[0-9a-f]{16}\b")
OF_ANOTHER_CLOCK: Final = timedelta(hours=1)
"""A desk's clock may be so far behind ours."""


class Unclear(DeskError):
    """The answer did not come, or says nothing: done or not done."""


class Down(DeskError):
    """The desk cannot be reached, or asks us to wait."""


class Denied(DeskError):
    """The desk knows us and says no, whatever we send."""


class Refused(DeskError):
    """The desk does not take this ticket as it is."""


class Gone(DeskError):
    """The ticket that was to be set right was deleted or moved away."""


@dataclass(frozen=True)
class Seen:
    """A ticket as the desk shows it."""

    marker: str
    key: str
    url: str | None
    is_open: bool


@dataclass(frozen=True)
class Said:
    """What a person said on a ticket: the text of a comment, or the name of a label or status they gave it."""

    key: str
    by: str
    """The person's handle at the desk."""
    text: str
    at: datetime
    id: str
    """The same whenever the same is read again; of one desk no two are the same."""


class Desk(Protocol):
    """The six things a desk can do; each raises one of the five errors above."""

    @property
    def settles(self) -> timedelta:
        """How long after a call its effect may still be missing from what the desk shows."""

    @property
    def is_blind(self) -> bool:
        """Only takes and shows nothing: what is unclear is sent again, under the same `once`."""

    def open_tickets(self) -> Sequence[Seen]:
        """Every open ticket of ours, oldest first; may lag by `settles`."""

    def look(self, key: str) -> Seen | None:
        """One ticket as it is now, or None if it was deleted or moved away."""

    def find(self, marker: str, since: datetime) -> Sequence[Seen]:
        """Tickets with this marker opened at or after `since`, open or not, oldest first; may lag by `settles`."""

    def open(self, ticket: Ticket, once: str) -> Seen:
        """Open a ticket. `once` is the same whenever the same is sent again."""

    def set(
        self, key: str, ticket: Ticket, is_open: bool | None, once: str, has_new_owner: bool = False
    ) -> Seen | None:
        """Have title and body say this, the ticket open or closed (None: as it is). Twice is the same as once.

        Whoever is assigned stays, unless it `has_new_owner`: somebody else's turn, who hears of it by being assigned.
        Where the desk cannot open a closed ticket again, the one that it opened in its place; else None.
        """

    def said(self, since: datetime) -> Iterable[Said]:
        """What persons said on tickets of ours at or after `since`, open or not; more than that does no harm."""


def whole(ticket: Ticket) -> object:
    """All that a ticket says."""
    return ticket


class Blind:
    """What a desk shows that only takes: nothing."""

    settles: timedelta = timedelta()
    is_blind: bool = True

    def open_tickets(self) -> Sequence[Seen]:
        """Nobody says."""
        return ()

    def look(self, key: str) -> Seen | None:
        """Nobody says."""
        return None

    def find(self, marker: str, since: datetime) -> Sequence[Seen]:
        """Nobody says."""
        return ()

    def said(self, since: datetime) -> Sequence[Said]:
        """Nobody says."""
        return ()


@dataclass(frozen=True)
class Told:
    """What a desk is made of: its name, its options in desks.toml, its secrets, where we keep state, who is who."""

    name: str
    options: Mapping[str, object]
    secrets: Mapping[str, str]
    settings: Settings
    people: Mapping[str, str] = field(default_factory=dict)
    """Our person id → their handle at the desk."""


@dataclass(frozen=True)
class Kind:
    """What a kind of desk can be told, and how one is made of it."""

    options: Mapping[str, Option]
    make: Callable[[Told], Desk]
    secrets: Mapping[str, str] = field(default_factory=dict)
    decided_by: str = ""
    """How a person decides on such a ticket, as Markdown for its body; empty where nobody can."""
    compared: Callable[[Ticket], object] = whole
    """What of a ticket has to change for an update to be sent: all, unless each would be one message more."""
    knows_ids: bool = False
    """Persons are called by our own ids there, so that a decision counts without a table of people."""


def marker_of(*parts: object) -> str:
    """What a ticket is found again by: the same for the same parts in any run, on any machine, after any loss."""
    return "sk-" + hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]


def marker_in(text: str | None) -> str | None:
    """The last marker that stands in a ticket's text: what is above it may quote another ticket's."""
    found = MARKER.findall(text or "")
    return found[-1] if found else None
