"""What does a person at a terminal see of a run? Steps as they end: what they came to, how long they took.

A run speaks to whoever listens: the command line sets a listener, a worker sets none and leaves it to
Prefect's log.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from rich.console import Console
from rich.status import Status
from rich.text import Text

from flows.inert import visible


class Listener(Protocol):
    """Who hears what a run does."""

    def begins(self, step: str) -> None:
        """A step is at work from here on."""

    def now(self, what: str) -> None:
        """This is what it is at."""

    def done(self, step: str, what: str, seconds: float) -> None:
        """It has ended, and this is what it came to."""

    def warns(self, what: str) -> None:
        """Somebody has to mend this."""

    def says(self, what: str) -> None:
        """This was asked for."""


class Silence:
    """Hears nothing."""

    def begins(self, step: str) -> None:
        """Ignore it."""

    def now(self, what: str) -> None:
        """Ignore it."""

    def done(self, step: str, what: str, seconds: float) -> None:
        """Ignore it."""

    def warns(self, what: str) -> None:
        """Ignore it."""

    def says(self, what: str) -> None:
        """Ignore it."""


class Terminal:
    """One line per finished step; on a real terminal also a moving line that says what is going on."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = console.status("") if console.is_terminal else None
        self._step = ""

    def __enter__(self) -> Terminal:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends()

    def ends(self) -> None:
        """Give the terminal back as it was."""
        if self._status:
            self._status.stop()

    def begins(self, step: str) -> None:
        """Show which step is at work."""
        self._step = step
        self.now("")

    def now(self, what: str) -> None:
        """Show what the step is at, where the line can move."""
        if self._status:
            line = visible(f"{self._step:7} {what}")
            self._status.update(Text(line, overflow="ellipsis", no_wrap=True))

    def done(self, step: str, what: str, seconds: float) -> None:
        """Print the step's line: name, seconds, result. Only a terminal needs it broken between words."""
        self._print(f"{step:7} {seconds:6.1f} s  {what}", indent=18)

    def warns(self, what: str) -> None:
        """Print it, so that it is seen among the steps."""
        self._print(f"! {what}", indent=2)

    def says(self, what: str) -> None:
        """Print it."""
        self._print(what, indent=2)

    def _print(self, line: str, indent: int) -> None:
        line = visible(line)
        if self._status:
            line = textwrap.fill(
                line, self._console.width, subsequent_indent=" " * indent, break_on_hyphens=False
            )
        self._console.print(Text(line), soft_wrap=True)


SILENCE = Silence()
_listener: ContextVar[Listener] = ContextVar("listener", default=SILENCE)


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
