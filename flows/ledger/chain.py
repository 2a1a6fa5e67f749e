"""Which segments does the ledger consist of, and does each line prove the ones before it?

In: `chain.jsonl`, one JSON line per segment. Out: `Link`s in order. A line's `head` is SHA-256 over the
line's canonical JSON (sorted keys, no spaces, UTF-8) without `head`; it holds the previous head, so the last
head stands for all of history.
"""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from contracts.errors import LedgerError
from flows.ledger import durable

NO_HEAD = "0" * 64
"""What the first line names as the head before it."""


@dataclass(frozen=True)
class Link:
    """One line of the chain: what was sealed (rows, root of their hashes, sha256 of the file) and when."""

    seq: int
    rows: int
    root: str
    sha256: str
    run: str | None
    sealed_at: str
    previous: str
    head: str = ""

    def sealed(self) -> "Link":
        """The same link with its head computed."""
        content = asdict(self)
        del content["head"]
        return Link(**content, head=sha256(canonical(content)).hexdigest())

    def line(self) -> bytes:
        """The link as it stands in the file."""
        return canonical(asdict(self)) + b"\n"


def canonical(content: dict[str, Any]) -> bytes:
    """Canonical JSON: one text for one content."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read(path: Path) -> list[Link]:
    """Every complete line, each proved against the ones before it; a torn tail is left out.

    Raises LedgerError naming the first line that does not fit.
    """
    complete, _ = _split(path)
    links: list[Link] = []
    for line in complete.splitlines(keepends=True):
        links.append(_proved(line, links, path))
    return links


def mend(path: Path) -> None:
    """Cut a torn last line; one that lacks nothing but its line end gets it.

    A tail that is more than the beginning of a line is damage, not an interrupted write, and raises
    LedgerError.
    """
    complete, tail = _split(path)
    if not tail:
        return
    with durable.explained("mend", path):
        if not _is_whole(tail):
            durable.cut(path, len(complete))
            return
    _proved(tail + b"\n", read(path), path)
    with durable.explained("mend", path):
        durable.write_line(path, b"\n")


def _split(path: Path) -> tuple[bytes, bytes]:
    with durable.explained("read", path):
        content = path.read_bytes() if path.exists() else b""
    end = content.rfind(b"\n") + 1
    return content[:end], content[end:]


def _is_whole(tail: bytes) -> bool:
    """Whether these bytes begin with a whole JSON value (an interrupted write leaves only a part of one)."""
    try:
        json.JSONDecoder().raw_decode(tail.decode(errors="replace"))
    except ValueError:
        return False
    return True


def _proved(line: bytes, before: list[Link], path: Path) -> Link:
    def refuse(what: str) -> LedgerError:
        return LedgerError(
            f"{path}: line {len(before) + 1} (segment {len(before)}) {what}; restore the ledger from a backup"
        )

    try:
        link = Link(**json.loads(line))
        is_canonical = link.line() == line
    except (ValueError, TypeError) as error:
        raise refuse("is not a chain line") from error
    if not is_canonical or link.sealed().head != link.head:
        raise refuse("was changed: its head does not match its content")
    if link.seq != len(before):
        raise refuse(f"is about segment {link.seq}: a line is missing or out of order")
    if link.previous != (before[-1].head if before else NO_HEAD):
        raise refuse("does not follow from the line before it")
    return link
