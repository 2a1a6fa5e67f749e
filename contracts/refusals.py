"""What is wrong in a file, where, and what to write instead? pydantic's errors in, one `ContractError` line
out.

A `Sheet` is what was read from one file and rearranged for a model, with the way back from each place in
the model to the place in the file. Problems are ordered by line; the first is told in full, the others are
counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from contracts.errors import ContractError
from contracts.yaml_reader import Document, Place, quoted, spell

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Checked = TypeVar("Checked", bound=BaseModel)


@dataclass(frozen=True)
class Problem:
    """One wrong thing: where (in the model's terms), and what to write instead."""

    place: Place
    words: str
    is_missing: bool = False
    """Something that is not there is told last: it may stand there under a misspelt key."""


@dataclass
class Sheet:
    """A file's content as a model wants it; `origins` maps places of the model to places of the file."""

    document: Document
    content: dict[str, Any]
    origins: dict[Place, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    """What was found wrong while rearranging."""

    def origin(self, place: Place) -> Place:
        """The place in the file that a place in the model came from."""
        for length in range(len(place), -1, -1):
            if place[:length] in self.origins:
                return self.origins[place[:length]] + place[length:]
        return place

    def _written(self, place: Place) -> Place:
        """Where it stands in the file: a text that was read as a list of one has no position in one."""
        place = self.origin(place)
        return (
            place[:-1] if place and isinstance(place[-1], int) and place not in self.document.lines else place
        )

    def error(self, problems: Iterable[Problem]) -> ContractError:
        """One line for all problems: the first by line, and how many more there are."""
        told: dict[Place, Problem] = {}
        for problem in problems:  # a version that takes a key from a newer one repeats what is wrong with it
            told.setdefault(self._written(problem.place), problem)
        first, *others = sorted(
            told, key=lambda at: (told[at].is_missing, self.document.line(at), len(at), spell(at))
        )
        words = told[first].words
        if others:
            more = "one more mistake" if len(others) == 1 else f"{len(others)} more mistakes"
            words += f" (and {more} in this file)"
        return self.document.refuse(first, words)


def near(word: str, words: Iterable[str]) -> str:
    """What to write instead of a word: the nearest known one, or the known ones."""
    known = list(dict.fromkeys(words))
    if not known:
        return "delete it"
    match = get_close_matches(word.lower(), known, 1, 0.6)
    others = [one for one in known if one not in match]
    if not match:
        return f"write {'one of ' if len(known) > 1 else ''}{', '.join(known)}"
    return f"write {match[0]}" + (f" (or {', '.join(others)})" if 0 < len(others) < 8 else "")


def validated(model: type[Checked], sheet: Sheet) -> Checked:
    """The model read from a sheet; raises ContractError for what pydantic refuses."""
    try:
        read = model.model_validate(sheet.content)
    except ValidationError as error:
        raise sheet.error([*problems_of(model, sheet, error), *sheet.problems]) from error
    if sheet.problems:
        raise sheet.error(sheet.problems)
    return read


def problems_of(model: type[BaseModel], sheet: Sheet, error: ValidationError) -> list[Problem]:
    """pydantic's errors in our words."""
    return [_problem(model, sheet, one) for one in error.errors(include_url=False)]


def _problem(model: type[BaseModel], sheet: Sheet, error: ErrorDetails) -> Problem:
    place = _present(sheet, error["loc"], keep_last=error["type"] == "missing")
    hint = _description(model, place)
    words = _words(model, place, error, f"write {hint}" if hint else "mend it")
    return Problem(place, words, is_missing=error["type"] == "missing")


def _words(model: type[BaseModel], place: Place, error: ErrorDetails, hint: str) -> str:
    kind, given = error["type"], error.get("input")
    if kind == "missing":
        return f"missing; {hint}"
    if kind == "extra_forbidden":
        inside = _model_at(model, place[:-1])
        return f"not a key here; {near(str(place[-1]), _keys(inside) if inside else ())}"
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))
        return f"{quoted(given)} is not known; {near(str(given), allowed)}"
    if kind == "refused":
        return error["msg"]
    subject = f"{quoted(given)} does not fit" if isinstance(given, (str, int, float)) else "does not fit"
    why = "" if kind == "string_pattern_mismatch" else f" ({_plain(error['msg'])})"
    return f"{subject}{why}; {hint}"


def _plain(text: str) -> str:
    """pydantic's reason without Python's words."""
    text = re.sub(r"valid dictionary( or instance of \w+)?|dictionary", "mapping", text)
    text = re.sub(
        r"^\w+ should", "should", text.replace("a valid tuple", "a list").replace("a valid list", "a list")
    )
    return (
        text.replace("a valid string", "a text").replace(" after validation", "").replace("a valid m", "a m")
    )


def _present(sheet: Sheet, place: Place, keep_last: bool) -> Place:
    """The part of a place that stands in the file; pydantic adds steps for keys and alternatives."""
    lines = sheet.document.lines
    for length in range(len(place), 0, -1):
        if sheet.origin(place[:length]) in lines:
            return place[: length + 1] if keep_last else place[:length]
    return place[:1] if keep_last else ()


def _description(model: type[BaseModel], place: Place) -> str:
    """What the model says about a place, or about the nearest key around it."""
    for length in range(len(place), 0, -1):
        owner, key = _model_at(model, place[: length - 1]), place[length - 1]
        if owner and key in (keys := _keys(owner)) and keys[str(key)].description:
            return str(keys[str(key)].description)
    return ""


def _model_at(model: type[BaseModel] | None, place: Place) -> type[BaseModel] | None:
    """The model that reads a place, following keys, list positions and mapping values."""
    kind: Any = model
    for step in place:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            known = _keys(kind).get(str(step))
            kind = _bare(known.annotation) if known else None
        else:
            kind = _inner(kind)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """What a model reads, by the keys people write."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _bare(kind: Any) -> Any:
    """A type without annotations and without `| None`."""
    while get_origin(kind) in (Annotated, Union, UnionType):
        kind = get_args(kind)[0]
    return kind


def _inner(kind: Any) -> Any:
    """What a list or a mapping holds."""
    if get_origin(kind) is tuple:
        return _bare(get_args(kind)[0])
    return _bare(get_args(kind)[1]) if get_origin(kind) is dict else None
