"""A desk that needs nothing: one Markdown file per ticket, below `$SEAMKEEPER_HOME/tickets`.

Ticket → `<folder>/<packet>-<marker>.md`: three lines between `---` (state, marker, owner), then title and text. Whoever
writes `state: closed`, or deletes or moves the file, has closed the ticket.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from flows.desks.desk import Desk, Down, Kind, Seen, Told, marker_in
from flows.options import Option
from flows.outbox import Ticket

OPTIONS: Final = {
    "folder": Option(
        str, means="a folder; relative to $SEAMKEEPER_HOME/tickets, where tickets are by default"
    )
}
_STATE: Final = re.compile(r"\A---\s*\nstate:[ \t]*(\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Files:
    """Tickets as files of one folder."""

    folder: Path
    settles: timedelta = timedelta()
    is_blind: bool = False

    def open_tickets(self) -> Sequence[Seen]:
        """Every file that says it is open."""
        with self._explained():
            found = [self._seen(path) for path in sorted(self.folder.glob("*.md"))]
        return [seen for seen in found if seen is not None and seen.is_open]

    def look(self, key: str) -> Seen | None:
        """The file of this name."""
        with self._explained():
            path = self.folder / key
            return self._seen(path) if path.is_file() else None

    def find(self, marker: str, since: datetime) -> Sequence[Seen]:
        """Files of this marker, whatever they say."""
        del since
        with self._explained():
            found = [self._seen(path) for path in sorted(self.folder.glob(f"*{marker}.md"))]
        return [seen for seen in found if seen is not None]

    def open(self, ticket: Ticket, once: str) -> Seen:
        """Write a new file."""
        del once
        about = re.sub(r"[^A-Za-z0-9._-]+", "-", ticket.packet_id or f"digest-{ticket.team}").strip("-.")[:80]
        key = f"{about}-{ticket.marker}.md"
        self._write(key, ticket, "open")
        return Seen(ticket.marker, key, self._url(key), is_open=True)

    def set(self, key: str, ticket: Ticket, is_open: bool | None, once: str) -> None:
        """Write the file anew."""
        del once
        there = self.look(key)
        was_open = there is None or there.is_open
        self._write(key, ticket, "open" if (was_open if is_open is None else is_open) else "closed")

    def _write(self, key: str, ticket: Ticket, state: str) -> None:
        """Whole or not at all: under another name first."""
        head = f"---\nstate: {state}\nmarker: {ticket.marker}\nowner: {ticket.owner or ''}\n---\n"
        with self._explained():
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished = self.folder / f".{ticket.marker}-unfinished"
            with unfinished.open("w", encoding="utf-8") as file:
                file.write(f"{head}\n# {ticket.title}\n\n{ticket.body}\n")
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.folder / key)

    def _seen(self, path: Path) -> Seen | None:
        text = path.read_text(encoding="utf-8", errors="replace")
        marker, state = marker_in(path.name) or marker_in(text), _STATE.match(text)
        if marker is None:
            return None
        is_open = state is None or state[1].lower() == "open"
        return Seen(marker, path.name, self._url(path.name), is_open)

    def _url(self, key: str) -> str:
        return (self.folder / key).as_uri()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Down(
                f"{self.folder}: {error.strerror or error}; mend the folder, the next run writes what was not written"
            ) from error


def make(told: Told) -> Desk:
    """The desk of one table of desks.toml; nothing is created before the first ticket."""
    return Files(told.settings.tickets / str(told.options.get("folder", "")))


KIND: Final = Kind(OPTIONS, make)
