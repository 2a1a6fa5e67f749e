"""What may a kind of source or desk be told in its TOML file: options declared, and whether a table keeps to them.

In: a kind's declared options and one table's keys. Out: the options with defaults filled in, or a
ConfigurationError that names file, table, key and remedy. An option may itself be a table: one entry per name
(`each`), or keys that are known (`keys`).
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from re import fullmatch
from typing import Final

from contracts.errors import ConfigurationError

_WORDS: Final = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    datetime: "an instant with its zone",
    list: "a text or a list of texts",
    dict: "a table",
}


@dataclass(frozen=True)
class Option:
    """One option of a kind: its type, whether it must be there, and what it means in words."""

    type: type
    means: str
    required: bool = False
    default: object = None
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    pattern: str | None = None
    """Of a text: what the whole of it has to match; `means` says it in words."""
    each: "Option | None" = None
    """Of a table: what stands under every name in it; the names are those of tables in a database."""
    any_name: bool = False
    """Of a table with `each`: names may be anything, such as the ids of another system."""
    keys: "Mapping[str, Option] | None" = None
    """Of a table: the keys it may have."""

    def fault(self, value: object) -> str | None:
        """What is wrong with this value, as a remedy, or None."""
        if self.type is list:
            told = texts(value)
            return None if told and all(told) else f"write {_WORDS[list]}: {self.means}"
        if type(value) is not self.type:
            return f"write {_WORDS[self.type]}: {self.means}"
        if isinstance(value, datetime) and value.tzinfo is None:
            return "write it with its zone, as in 2026-07-01T00:00:00Z"
        if self.choices and value not in self.choices:
            return suggestion(str(value), self.choices)
        if self.minimum is not None and isinstance(value, int) and value < self.minimum:
            return f"write {self.minimum} or more"
        if isinstance(value, str) and not (fullmatch(self.pattern, value) if self.pattern else value.strip()):
            return f"write {self.means}"
        return None


def checked(where: str, declared: Mapping[str, Option], told: Mapping[str, object]) -> dict[str, object]:
    """The options told, with defaults for the others; `where` names file and table in errors."""
    for key, value in told.items():
        if key not in declared:
            raise ConfigurationError(f"{where}: unknown key `{key}`; {suggestion(key, declared)}")
        if fault := declared[key].fault(value):
            raise ConfigurationError(f"{where}: `{key}` is {value!r}; {fault}")
    for key, option in declared.items():
        if option.required and key not in told:
            raise ConfigurationError(f"{where}: `{key}` is missing; write {option.means}")
    defaults = {key: option.default for key, option in declared.items() if option.default is not None}
    inner = {
        key: _checked_table(f"{where[:-1]}.{key}]", declared[key], value)
        for key, value in told.items()
        if isinstance(value, dict)
    }
    return {**defaults, **told, **inner}


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list option, which may also be one text; empty where it is something else."""
    told = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(one.strip() for one in told) if all(isinstance(one, str) for one in told) else ()


def _checked_table(where: str, option: Option, table: Mapping[str, object]) -> dict[str, object]:
    if option.keys is not None:
        return checked(where, option.keys, table)
    for name in () if option.any_name else table:
        if not fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", name):
            raise ConfigurationError(f"{where}: `{name}` is no name for a table; use letters, digits and _")
        if twins := [other for other in table if other != name and other.lower() == name.lower()]:
            raise ConfigurationError(
                f"{where}: `{name}` and `{twins[0]}` would be one table here; name one otherwise"
            )
    each = option.each
    return checked(where, {name: each for name in table if each is not None}, table)


def suggestion(name: str, allowed: Iterable[str]) -> str:
    """What to write instead of a name nobody knows."""
    known = sorted(allowed)
    spelled = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(name.casefold(), spelled, n=1)
    return f"did you mean `{spelled[close[0]]}`?" if close else f"known are {', '.join(known)}"
