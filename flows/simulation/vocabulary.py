"""What do people type into a field?

Good values, placeholders and values that break the contract, per field type.

In: a contract field and the organisation's placeholders. Out: `FieldWords`, codes into one shared `Words`
list, sorted by what definitions.md would call them: valid, attested as none, invalid though usable, unusable.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from contracts.errors import ConfigurationError
from flows.simulation.columns import Ints

if TYPE_CHECKING:
    from contracts import Field

_PHRASES = (
    "confirmed with Zoë Müller in the kickoff call",
    "agreed by e-mail, José Peña signs",
    "Łukasz Żak owns this on their side",
    "佐藤さん confirmed, rollout in two waves",
    "renewal depends on the Köln plant going live",
    "Søren asked twice, answer noted in the call",
    "budget approved, procurement through Kraków",
    "Αθήνα team starts first, others follow",
    "weekly review with Renée and the sponsor",
    "three sites, one contract, naïve pilot dropped",
    "Прага signs off after the security review",
    "compared on price, chosen for the São Paulo support desk",
)
_SLOPPY = (
    " TBD ",
    "N/A",
    "tbd",
    "?",
    "--",
    "",
    "   ",
    "Unknown",
    "see notes",
    "Ask Zoë",
    "same as last time",
    "TODO",
)
_NOT_A_NUMBER = ("soon", "about ten", "Q3")


class Words:
    """Texts in order of first use; a text is known by its place."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._codes: dict[str, int] = {}

    def code(self, text: str) -> int:
        """The place of a text, which is added if new."""
        if text not in self._codes:
            self._codes[text] = len(self.texts)
            self.texts.append(text)
        return self._codes[text]

    def codes(self, texts: list[str]) -> Ints:
        """The places of several texts."""
        return np.array([self.code(text) for text in texts], dtype=np.int64)


@dataclass(frozen=True)
class FieldWords:
    """Value codes of one field by what they are worth. For a date field with a maximum age `days` is used
    instead.
    """

    valid: Ints
    attested: Ints  # valid too: "there is none"
    invalid: Ints  # usable, and breaks the contract
    doubtful: Ints  # invalid, but whether it is usable is a matter of reading
    unusable: Ints  # empty, placeholder, or does not cast to the type


class DayWords:
    """ISO dates for every day of a span, so that a day number turns into a value code by addition."""

    def __init__(self, words: Words, first: date, last: date) -> None:
        days = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days)]
        self._shift = len(words.texts) - (first - date(1970, 1, 1)).days
        if len(words.codes(days)) != len(set(days)) or words.code(days[0]) != len(words.texts) - len(days):
            raise ValueError("dates must be the first texts of their kind among the words")

    def codes(self, days: Ints) -> Ints:
        """Value codes of days since 1970-01-01."""
        return days + self._shift


def field_words(
    words: Words, field: Field, placeholders: tuple[str, ...], days: tuple[str, ...]
) -> FieldWords:
    """All a field may hold. `days` are ISO dates that fit the period."""
    attesting = {text.strip().casefold() for text in field.none_value}

    patterns = [re.escape(each.strip().casefold()).replace(r"\*", ".*") for each in placeholders]

    def is_placeholder(text: str) -> bool:
        folded = text.strip().casefold()
        if folded in attesting or (field.type == "choice" and text in field.values):
            return False
        return not folded or any(re.fullmatch(pattern, folded, re.DOTALL) for pattern in patterns)

    valid = [text for text in _valid_texts(field, days) if not is_placeholder(text) and _fits(field, text)]
    if not valid:
        raise ConfigurationError(
            f"simulate: no value fits the field {field.name!r}; widen its limits in the contract"
        )
    attested = [text for text in field.none_value if field.type != "text" or _fits(field, text)]
    unusable = [text for text in _SLOPPY if is_placeholder(text)] or [""]
    if field.type in ("number", "date", "datetime", "boolean"):
        unusable += [text for text in _NOT_A_NUMBER if text.casefold() not in attesting]
    if field.type == "list" and "[]" not in attesting:
        unusable.append("[]")
    invalid = [
        text
        for text in _invalid_texts(field)
        if not is_placeholder(text) and text.casefold() not in attesting
    ]
    doubtful = [text for text in _doubtful_texts(field) if not is_placeholder(text)]
    return FieldWords(
        words.codes(valid),
        words.codes(attested),
        words.codes(invalid),
        words.codes(doubtful),
        words.codes(unusable),
    )


def _fits(field: Field, text: str) -> bool:
    if field.type != "text":
        return True
    return (field.min_length or 0) <= len(text) <= (field.max_length or 10**6)


def _valid_texts(field: Field, days: tuple[str, ...]) -> list[str]:
    if field.type == "number":
        return _numbers(field)
    if field.type == "date":
        return list(days)
    if field.type == "datetime":
        return [f"{day}T{8 + n % 9:02d}:30:00+02:00" for n, day in enumerate(days)]
    if field.type == "boolean":
        return ["true", "false", "yes", "no"]
    if field.type == "choice":
        return list(field.values)
    if field.type == "list":
        return [_list_text(field, max(field.min_items or 1, 1) + n % 3, n) for n in range(18)]
    return [_text(field, n) for n in range(len(_PHRASES))]


def _text(field: Field, number: int) -> str:
    title = (field.title or field.name).lower()
    text = f"{title}: {_PHRASES[number]}"
    while len(text) < (field.min_length or 0):
        text += f"; {_PHRASES[(number + len(text)) % len(_PHRASES)]}"
    return text[: field.max_length] if field.max_length else text


def _numbers(field: Field) -> list[str]:
    low = field.minimum if field.minimum is not None else min(0.0, (field.maximum or 0.0) - 100)
    high = field.maximum if field.maximum is not None else low + 400
    steps = [low + (high - low) * n / 20 for n in range(1, 20)]
    whole = [f"{round(step)}" for step in steps if low <= round(step) <= high]
    return whole + [f"{step:.2f}" for step in steps if low <= round(step, 2) <= high][:6]


def _item_value(kind: str | tuple[str, ...] | list[str], number: int) -> object:
    if not isinstance(kind, str):
        return kind[number % len(kind)]
    examples: dict[str, object] = {
        "number": 10 + number * 7 % 90,
        "boolean": number % 2 == 0,
        "date": f"2026-0{1 + number % 9}-1{number % 9}",
        "datetime": f"2026-0{1 + number % 9}-1{number % 9}T09:00:00Z",
    }
    return examples.get(kind, _PHRASES[number % len(_PHRASES)])


def _list_text(field: Field, length: int, seed: int, lacking: bool = False) -> str:
    if not field.item:
        return json.dumps([_PHRASES[(seed + n) % len(_PHRASES)] for n in range(length)], ensure_ascii=False)
    keys = list(field.item.items())[1:] if lacking else list(field.item.items())
    rows = [{key: _item_value(kind, seed + n) for key, kind in keys} for n in range(length)]
    return json.dumps(rows, ensure_ascii=False)


def _invalid_texts(field: Field) -> list[str]:
    if field.type == "text" and (field.min_length or 0) >= 3:
        return ["ok", "x"]
    if field.type == "number":
        low = [] if field.minimum is None else [f"{field.minimum - 1:g}", f"{field.minimum - 25:g}"]
        return low + (
            [] if field.maximum is None else [f"{field.maximum + 1:g}", f"{field.maximum * 10 + 5:g}"]
        )
    if field.type == "list" and (field.min_items or 0) >= 2:
        return [_list_text(field, (field.min_items or 2) - 1, n) for n in range(4)]
    return []


def _doubtful_texts(field: Field) -> list[str]:
    if field.type == "choice":
        return ["something else", "other (naïve guess)"]
    if field.type == "list" and field.item:
        return ["a word instead of a list", _list_text(field, 1, 3, lacking=True)]
    return []
