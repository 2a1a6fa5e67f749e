"""A desk that needs nothing: one Markdown file per ticket, below `$SEAMKEEPER_HOME/tickets`.

Ticket → `<folder>/<packet>-<marker>.md`: three lines between `---` (state, marker, owner), then title and text. Whoever
writes `state: closed`, or deletes or moves the file, has closed the ticket. Whoever adds `decision: accept` and `by:`
with their id to those lines has decided.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from contracts.vocabulary import REASONS
from flows.desks.desk import Desk, Down, Gone, Kind, Said, Seen, Told, marker_in
from flows.inert import markdown as inert
from flows.inert import one_line
from flows.options import Option
from flows.outbox import Ticket

OPTIONS: Final = {
    "folder": Option(
        str, means="a folder; relative to $SEAMKEEPER_HOME/tickets, where tickets are by default"
    )
}
DECIDED_BY: Final = (
    "add two lines below `owner` at the head of this file: `decision: accept`, or `decision: reject: ` and one of "
    f"{', '.join(f'`{reason}`' for reason in REASONS)}; and `by: ` with your id"
)
_HEAD: Final = re.compile(r"\A---[ \t]*\r?\n(.*?)^---", re.DOTALL | re.MULTILINE)


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
        self._write(key, ticket, "open", ())
        return Seen(ticket.marker, key, self._url(key), is_open=True)

    def set(
        self, key: str, ticket: Ticket, is_open: bool | None, once: str, has_new_owner: bool = False
    ) -> None:
        """Write the file anew, with what a person decided in it."""
        del once, has_new_owner  # its head says whose turn it is
        with self._explained():
            if not (self.folder / key).is_file():
                raise Gone(f"{self.folder / key} is not there any more")
            text = (self.folder / key).read_text(encoding="utf-8", errors="replace")
            stat = (self.folder / key).stat()
        stays_open = _is_open(text) if is_open is None else is_open
        decisions = _decisions(text)
        self._write(key, ticket, "open" if stays_open else "closed", decisions)
        if decisions:  # they were written then, not now
            with self._explained():
                os.utime(self.folder / key, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def said(self, since: datetime) -> Sequence[Said]:
        """Decisions in the heads of files; each is new that says something else."""
        with self._explained():
            found = [said for path in sorted(self.folder.glob("*.md")) for said in self._said(path)]
        return [said for said in found if said.at >= since]

    def _write(self, key: str, ticket: Ticket, state: str, decisions: Iterable[tuple[str, str]]) -> None:
        """Whole or not at all: under another name first."""
        # a person's id is data: with a line end in it, it would say more than who that is
        lines = [("state", state), ("marker", ticket.marker), ("owner", one_line(ticket.owner or ""))]
        for text, by in decisions:
            lines += [("decision", text), ("by", by)]
        head = "".join(f"{name}: {value}\n" for name, value in lines)
        with self._explained():
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished = self.folder / f".{ticket.marker}-unfinished"
            with unfinished.open("w", encoding="utf-8") as file:
                file.write(f"---\n{head}---\n\n# {inert(ticket.title)}\n\n{ticket.body}\n")
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.folder / key)

    def _seen(self, path: Path) -> Seen | None:
        text = path.read_text(encoding="utf-8", errors="replace")
        marker = marker_in(path.name) or marker_in(text)
        return None if marker is None else Seen(marker, path.name, self._url(path.name), _is_open(text))

    def _said(self, path: Path) -> Iterator[Said]:
        decisions = _decisions(path.read_text(encoding="utf-8", errors="replace"))
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        for text, by in decisions:
            id_ = hashlib.sha256(f"{path.name}\n{text}\n{by}".encode()).hexdigest()
            yield Said(path.name, by, text, at, id_)

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


def _head(text: str) -> list[tuple[str, str]]:
    """The lines between the first two `---`, each with its name."""
    found = _HEAD.match(text)
    lines = [line.partition(":") for line in found[1].splitlines()] if found else []
    return [(name.strip().lower(), value.strip()) for name, _, value in lines]


def _decisions(text: str) -> list[tuple[str, str]]:
    """What was decided, and by whom, each once; whoever corrects a decision may add another above or below it."""
    decided: dict[tuple[str, str], None] = {}
    words = ""
    for name, value in [*_head(text), ("decision", "")]:
        if name == "decision":
            if words:
                decided[words, ""] = None
            words = value
        elif name == "by" and words:
            decided[words, value] = None
            words = ""
    return list(decided)


def _is_open(text: str) -> bool:
    return dict(_head(text)).get("state", "open").lower() == "open"


def make(told: Told) -> Desk:
    """The desk of one table of desks.toml; nothing is created before the first ticket."""
    return Files(told.settings.tickets / str(told.options.get("folder", "")))


KIND: Final = Kind(OPTIONS, make, decided_by=DECIDED_BY, knows_ids=True)
