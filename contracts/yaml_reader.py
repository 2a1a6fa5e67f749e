"""What does a YAML file say, and on which line? One small file in, a `Document` of plain texts, lists and
mappings out.

Every scalar stays the text that stands in the file: `no`, `1.10` and `2026-01-01` mean what the model makes
of them and not what YAML guesses. Only YAML's structure is used, so that nothing a contract does not need
can happen: tags, anchors, aliases, duplicate keys, merge keys, directives, several documents and keys
without a value are refused while the file is being parsed, before anything is built. Size, depth and the
number of values are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from contracts.errors import ContractError

MAX_BYTES = 64 * 1024
"""Largest file; the longest contract shipped is below a tenth of it."""
MAX_DEPTH = 10
MAX_VALUES = 10_000

Value = str | list["Value"] | dict[str, "Value"]
Place = tuple[str | int, ...]
"""Where a value stands in a document: keys and list positions from the top, as in `("fields", 2, "type")`."""


@dataclass
class Document:
    """A file's content and the line (from 1) of every key and list item in it."""

    name: str
    """How messages call the file, as in `contracts/sdr_to_ae.yaml`."""
    content: dict[str, Value] = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=dict)

    def line(self, place: Place) -> int:
        """The line of a place; for one that is not there, of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def refuse(self, place: Place, problem: str) -> ContractError:
        """The error for a place, in one line: file, line, key, problem and what to write instead."""
        key = spell(place)
        return ContractError(f"{self.name}:{self.line(place)}: {key + ': ' if key else ''}{problem}")


def spell(place: Place) -> str:
    """A place as people write it: `fields[2].type`, list positions from 1."""
    spelled = ""
    for step in place:
        if isinstance(step, int):
            spelled += f"[{step + 1}]"
        else:
            spelled += ("." if spelled else "") + quoted(step, marks="")
    return spelled


def quoted(value: object, marks: str = '"') -> str:
    """A value as part of a one-line message: control characters spelled out, long texts cut."""
    text = value if isinstance(value, str) else str(value)
    text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text[:60])
    return f"{marks}{text}{'…' if len(str(value)) > 60 else ''}{marks}"


def read_document(path: Path, name: str) -> Document:
    """Read one YAML file; ContractError names the line of all that is not plain keys, lists and texts."""
    text = _read_text(path, name)
    builder = _Builder(Document(name), text)
    try:
        return builder.build()
    except MarkedYAMLError as error:
        is_unfinished = "end of stream" in str(
            error.problem
        )  # seen at the end of the file, made where it began
        mark = error.context_mark if is_unfinished and error.context_mark else error.problem_mark
        line = mark.line + 1 if mark else 1
        raise ContractError(
            f"{name}:{line}: not YAML: {quoted(error.problem or 'cannot be read', marks='')}; "
            "check indentation, colons and quotes on this line and the one above"
        ) from error
    except (YAMLError, ValueError, OverflowError, RecursionError) as error:  # what the parser lets through
        why = quoted(error, marks="")
        raise ContractError(
            f"{name}:{builder.line}: not YAML from here on: {why}; write plain text without escapes"
        ) from error


def _read_text(path: Path, name: str) -> str:
    try:
        if not path.is_file():
            raise ContractError(f"{name}:1: not a regular file; put a YAML file there")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ContractError(f"{name}:1: cannot be read ({error.strerror}); check its permissions") from error
    if len(content) > MAX_BYTES:
        raise ContractError(f"{name}:1: larger than {MAX_BYTES // 1024} KiB; a contract holds keys, not data")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ContractError(f"{name}:{line}: not UTF-8; save the file with that encoding") from error


class _Builder:
    """Turns the parser's events into a document, refusing as early as possible."""

    def __init__(self, document: Document, text: str) -> None:
        self._document = document
        self._events: Iterator[Any] = iter(YAML(typ="safe", pure=True).parse(text))
        self._values = 0
        self.line = 1

    def build(self) -> Document:
        next(self._events)  # the stream begins
        start = next(self._events)
        if type(start).__name__ == "StreamEndEvent":
            raise ContractError(f"{self._document.name}:1: empty; write the keys of a contract")
        if start.version or start.tags:
            raise ContractError(f"{self._document.name}:1: a % directive is not allowed; delete its line")
        content = self._value(next(self._events), (), 1)
        next(self._events)  # the document ends
        after = next(self._events)
        if type(after).__name__ != "StreamEndEvent":
            self._refuse(after, "a second document begins here; one file is one contract, delete the ---")
        if not isinstance(content, dict):
            raise ContractError(
                f"{self._document.name}:1: not a mapping; write keys, as in `handoff: sdr_to_ae`"
            )
        self._document.content = content
        return self._document

    def _value(self, event: Any, place: Place, depth: int) -> Value:
        self._check(event, place, depth)
        kind = type(event).__name__
        if kind == "ScalarEvent":
            return self._text(event, place)
        self._document.lines.setdefault(place, event.start_mark.line + 1)
        if kind == "SequenceStartEvent":
            return self._list(place, depth)
        return self._mapping(place, depth)

    def _check(self, event: Any, place: Place, depth: int) -> None:
        kind = type(event).__name__
        self._values += 1
        self.line = event.start_mark.line + 1
        if kind == "AliasEvent":
            self._refuse(event, "an alias (*) is not allowed; write the value out", place)
        if event.anchor is not None:
            self._refuse(event, "an anchor (&) is not allowed; write the value where it is needed", place)
        if event.tag is not None:
            self._refuse(event, "a tag (!) is not allowed; put text that begins with ! in quotes", place)
        if kind != "ScalarEvent" and depth > MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels; a contract needs five")
        if self._values > MAX_VALUES:
            self._refuse(event, f"more than {MAX_VALUES} values; a contract holds keys, not data")

    def _text(self, event: Any, place: Place) -> str:
        text = str(event.value)
        line = self._document.lines.setdefault(place, event.start_mark.line + 1)
        is_plain = event.style in (None, "")
        if is_plain and not text:  # the parser notices on the next line
            key = spell(place) or "the file"
            raise ContractError(
                f"{self._document.name}:{line}: {key}: has no value; write one, or leave it out"
            )
        if is_plain and text in ("null", "Null", "NULL", "~") and place and isinstance(place[-1], str):
            self._refuse(event, f'has no value ({text}); leave the key out, or put "{text}" in quotes', place)
        return text

    def _list(self, place: Place, depth: int) -> list[Value]:
        items: list[Value] = []
        for event in self._events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            items.append(self._value(event, (*place, len(items)), depth + 1))
        return items

    def _mapping(self, place: Place, depth: int) -> dict[str, Value]:
        mapping: dict[str, Value] = {}
        for event in self._events:
            if type(event).__name__ == "MappingEndEvent":
                break
            key = self._key(event, place, depth)
            if key in mapping:
                first = self._document.lines[(*place, key)]
                self._refuse(
                    event,
                    f"written a second time (first on line {first}); keep one of the two",
                    (*place, key),
                )
            self._document.lines[(*place, key)] = event.start_mark.line + 1
            mapping[key] = self._value(next(self._events), (*place, key), depth + 1)
        return mapping

    def _key(self, event: Any, place: Place, depth: int) -> str:
        self._check(event, place, depth)
        if type(event).__name__ != "ScalarEvent" or not event.value:
            self._refuse(event, "a key must be a word; write `key: value`", place)
        if event.value == "<<":
            self._refuse(event, "a merge key (<<) is not allowed; write the keys out", place)
        return str(event.value)

    def _refuse(self, event: Any, problem: str, place: Place = ()) -> NoReturn:
        key = spell(place)
        line = event.start_mark.line + 1
        raise ContractError(f"{self._document.name}:{line}: {key + ': ' if key else ''}{problem}")
