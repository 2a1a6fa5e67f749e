"""What does a person at a terminal see of a run? Steps as they end, with what they came to and how long they took.

A run speaks to whoever listens: the command line sets a listener, a worker sets none and leaves it to Prefect's log.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from rich.console import Console
from rich.status import Status


class Listener(Protocol):
    """Hears what a run does: `now` while a step works, `done` when it ends."""

    def now(self, what: str) -> None: ...

    def done(self, step: str, what: str, seconds: float) -> None: ...


class Silence:
    """Hears nothing."""

    def now(self, what: str) -> None:
        """Ignore it."""

    def done(self, step: str, what: str, seconds: float) -> None:
        """Ignore it."""


class Terminal:
    """One line per finished step; on a real terminal also a moving line that says what is going on."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = console.status("starting") if console.is_terminal else None

    def __enter__(self) -> Terminal:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def now(self, what: str) -> None:
        """Show what is going on, where the line can move."""
        if self._status:
            self._status.update(what)

    def done(self, step: str, what: str, seconds: float) -> None:
        """Print the step's line: name, result, seconds."""
        self._console.print(f"{step:8} {what}  [dim]{seconds:.1f} s[/dim]", highlight=False, soft_wrap=True)


_listener: ContextVar[Listener] = ContextVar("listener", default=Silence())


def listener() -> Listener:
    """Who hears the run of this context."""
    return _listener.get()


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Let `listener` hear what runs inside."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def timed(step: str, work: Callable[[], tuple[object, str]]) -> object:
    """Do `work`, which returns its result and one line about it; report the line and the seconds."""
    started = time.perf_counter()
    result, what = work()
    listener().done(step, what, time.perf_counter() - started)
    return result
