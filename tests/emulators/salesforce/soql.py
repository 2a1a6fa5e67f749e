"""What does a SOQL text ask for? The part of the language that a pull needs, read strictly.

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select.htm

    SELECT a, b.c FROM X [WHERE a >= 2026-01-05T09:00:00Z AND b.c IN ('x', 'y')] [ORDER BY a DESC, b] [LIMIT n]
    SELECT COUNT() FROM X [WHERE …]

Conditions are joined by AND; = != < <= > >= IN compare with datetimes, dates, strings, ids, numbers, booleans and null.
Keywords and names are read without regard to case. Anything else is malformed, as it may well be in real life.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

Literal = str | float | bool | datetime | date | None
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<value>-?\d[\w:.+-]*)|(?P<name>[A-Za-z_][\w.]*)|(?P<sign><=|>=|!=|<>|[=<>(),]))"
)
_OPERATORS = {"=", "!=", "<>", "<", "<=", ">", ">="}


class Malformed(Exception):
    """The text is no query that we, or Salesforce, would take."""


@dataclass(frozen=True)
class Condition:
    """A field, an operator, and the values on its right."""

    field: str
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True)
class Query:
    """A query as it was written; names keep their case."""

    fields: tuple[str, ...]
    object: str
    conditions: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()  # field, descending
    limit: int | None = None
    is_count: bool = False


def parse(text: str) -> Query:
    """The query; Malformed where it is none."""
    return _Reader(text).query()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if not found:
                raise Malformed(f"unexpected token: {text[place:].strip()[:20]!r}")
            self._tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            place = found.end()

    def query(self) -> Query:
        self._need("select")
        is_count = self._took("count")
        if is_count:
            self._need("(")
            self._need(")")
        fields = [] if is_count else self._listed(self._name)
        self._need("from")
        kind, conditions, order, limit = self._name(), [], [], None
        if self._took("where"):
            conditions = [self._condition()]
            while self._took("and"):
                conditions.append(self._condition())
        if not is_count and self._took("order"):
            self._need("by")
            order = self._listed(self._ordered)
        if self._took("limit"):
            limit = int(self._next("value"))
        if self._tokens:
            raise Malformed(f"unexpected token: {self._tokens[0][1]!r}")
        return Query(tuple(fields), kind, tuple(conditions), tuple(order), limit, is_count)

    def _condition(self) -> Condition:
        field = self._name()
        if self._took("in"):
            self._need("(")
            values = self._listed(self._literal)
            self._need(")")
            return Condition(field, "IN", tuple(values))
        sign = self._next("sign")
        if sign not in _OPERATORS:
            raise Malformed(f"unknown operator: {sign!r}")
        return Condition(field, "!=" if sign == "<>" else sign, (self._literal(),))

    def _ordered(self) -> tuple[str, bool]:
        field = self._name()
        descending = self._took("desc")
        if not descending:
            self._took("asc")
        if self._took("nulls") and not self._took("first"):
            self._need("last")
        return field, descending

    def _literal(self) -> Literal:
        kind, token = self._tokens.pop(0) if self._tokens else ("", "end of query")
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", token[1:-1])
        if kind == "name" and token.lower() in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[token.lower()]
        if kind != "value":
            raise Malformed(f"unexpected token: {token!r}")
        return _value(token)

    def _listed(self, read: Any) -> list[Any]:
        found = [read()]
        while self._took(","):
            found.append(read())
        return found

    def _took(self, word: str) -> bool:
        if self._tokens and self._tokens[0][0] in ("name", "sign") and self._tokens[0][1].lower() == word:
            del self._tokens[0]
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._took(word):
            raise Malformed(
                f"expecting {word!r}, found {self._tokens[0][1] if self._tokens else 'the end'!r}"
            )

    def _next(self, kind: str) -> str:
        if not self._tokens or self._tokens[0][0] != kind:
            raise Malformed(f"unexpected token: {self._tokens[0][1] if self._tokens else 'end of query'!r}")
        return self._tokens.pop(0)[1]

    def _name(self) -> str:
        return self._next("name")


def _value(token: str) -> Literal:
    """A number, a date, or an instant, which must name its zone."""
    try:
        return float(token)
    except ValueError:
        pass
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", token):
            return date.fromisoformat(token)
        when = datetime.fromisoformat(token)
    except ValueError as error:
        raise Malformed(f"unexpected token: {token!r}") from error
    if when.tzinfo is None:
        raise Malformed(f"unexpected token: {token!r}; a dateTime needs a zone")
    return when.astimezone(UTC)
