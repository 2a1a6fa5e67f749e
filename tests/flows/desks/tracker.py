"""A made-up tracker that fails as trackers do: before it did something, after it, too late; and its search lags.

tracker = Tracker(Faults(...), random.Random(1))   # in this process, with a clock of one's own
desk = RemoteTracker(address)                      # the same in another process, for those that get killed
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Client, Listener
from typing import Any

from flows.desks.desk import DeskError, Gone, Said, Seen, Unclear
from flows.outbox import Ticket


@dataclass(frozen=True)
class Faults:
    """Shares of calls that fail so; seconds by which something shows late."""

    before: float = 0.0
    after: float = 0.0
    late: float = 0.0
    latest: float = 0.0
    lag: float = 0.0


@dataclass
class Held:
    """A ticket there: what was ever said of it, and since when."""

    key: str
    ticket: Ticket
    listed_from: float
    changes: list[tuple[float, bool]] = field(default_factory=list)

    def is_open(self, at: float) -> bool:
        return [state for since, state in self.changes if since <= at][-1]


@dataclass
class Tracker:
    """Tickets in the order of their creation; `calls` in the order in which they came."""

    faults: Faults = Faults()
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    now: Callable[[], float] = time.time
    settles: timedelta = timedelta()
    is_blind: bool = False
    held: list[Held] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    """What the next calls raise, having done nothing."""
    heard: list[Said] = field(default_factory=list)
    """What persons said there."""

    def open_tickets(self) -> list[Seen]:
        return [seen for seen in self._listed() if seen.is_open]

    def find(self, marker: str, since: datetime) -> list[Seen]:
        return [seen for seen in self._listed() if seen.marker == marker]

    def look(self, key: str) -> Seen | None:
        return next((self._seen(one, self.now()) for one in self._there() if one.key == key), None)

    def open(self, ticket: Ticket, once: str) -> Seen:
        self._fail(f"open {ticket.marker} {once}")
        starts = self.now()
        if self.chance.random() < self.faults.late:
            starts += self.chance.uniform(0, self.faults.latest)
        held = Held(f"T-{len(self.held) + 1}", ticket, starts + self._lag(), [(starts, True)])
        self.held.append(held)
        if starts > self.now():
            raise Unclear("the answer took too long")
        self._forget_to_answer()
        return self._seen(held, starts)

    def set(
        self, key: str, ticket: Ticket, is_open: bool | None, once: str, has_new_owner: bool = False
    ) -> None:
        self._fail(f"set {ticket.marker} {is_open}{' for another' if has_new_owner else ''}")
        held = next((one for one in self._there() if one.key == key), None)
        if held is None:
            raise Gone(f"there is no {key} any more")
        held.ticket = ticket
        if is_open is not None:
            held.changes.append((self.now(), is_open))
        self._forget_to_answer()

    def said(self, since: datetime) -> list[Said]:
        self._fail("said")
        return [one for one in self.heard if one.at >= since]

    def close_as_a_person(self, marker: str) -> None:
        for held in self.held:
            if held.ticket.marker == marker:
                held.changes.append((self.now(), False))

    def of(self, marker: str) -> list[bool]:
        """Of every ticket with this marker: is it open?"""
        return [one.is_open(self.now()) for one in self._there() if one.ticket.marker == marker]

    def _there(self) -> list[Held]:
        return [one for one in self.held if one.changes[0][0] <= self.now()]

    def _listed(self) -> list[Seen]:
        """What a search shows: new tickets and changed states late."""
        now = self.now()
        there = [one for one in self._there() if one.listed_from <= now]
        return [self._seen(one, max(one.changes[0][0], now - self._lag())) for one in there]

    def _seen(self, held: Held, at: float) -> Seen:
        return Seen(held.ticket.marker, held.key, f"https://tracker.example/{held.key}", held.is_open(at))

    def _lag(self) -> float:
        return self.chance.uniform(0, self.faults.lag)

    def _fail(self, call: str) -> None:
        if self.fails:
            raise self.fails.pop(0)
        if self.chance.random() < self.faults.before:
            raise Unclear("the connection broke")
        self.calls.append(call)

    def _forget_to_answer(self) -> None:
        if self.chance.random() < self.faults.after:
            raise Unclear("the connection broke")


def serve(address: str, tracker: Tracker) -> None:
    """Answer one call after the other, for ever; whoever is killed while asking is forgotten."""
    with Listener(address, backlog=64) as listener:
        while True:
            with suppress(EOFError, ConnectionError), listener.accept() as connection:
                method, arguments = connection.recv()
                try:
                    answer: Any = getattr(tracker, method)(*arguments)
                except DeskError as error:
                    answer = error
                connection.send(answer)


@dataclass(frozen=True)
class RemoteTracker:
    """The tracker that `serve` runs at this address."""

    address: str
    settles: timedelta
    is_blind: bool = False

    def open_tickets(self) -> list[Seen]:
        return self._ask("open_tickets")  # type: ignore[no-any-return]

    def look(self, key: str) -> Seen | None:
        return self._ask("look", key)  # type: ignore[no-any-return]

    def find(self, marker: str, since: datetime) -> list[Seen]:
        return self._ask("find", marker, since)  # type: ignore[no-any-return]

    def open(self, ticket: Ticket, once: str) -> Seen:
        return self._ask("open", ticket, once)  # type: ignore[no-any-return]

    def set(
        self, key: str, ticket: Ticket, is_open: bool | None, once: str, has_new_owner: bool = False
    ) -> None:
        self._ask("set", key, ticket, is_open, once, has_new_owner)

    def said(self, since: datetime) -> list[Said]:
        return self._ask("said", since)  # type: ignore[no-any-return]

    def of(self, marker: str) -> list[bool]:
        return self._ask("of", marker)  # type: ignore[no-any-return]

    def _ask(self, method: str, *arguments: object) -> Any:
        with Client(self.address) as connection:
            connection.send((method, arguments))
            answer = connection.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


def instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
