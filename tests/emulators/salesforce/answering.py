"""Which records does a query find, and how are they written? One query over an org.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_query.htm (attributes, parents as objects)
https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from tests.emulators.messages import Refused, Reply
from tests.emulators.salesforce.org import Org, Row
from tests.emulators.salesforce.schema import Field
from tests.emulators.salesforce.soql import Condition, Query

VERSION = "v60.0"
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def errored(status: int, code: str, message: str) -> Reply:
    """An error: always a list."""
    return Reply([{"message": message, "errorCode": code}], status)


class Answerer:
    """One query over the org: which records, in which order, with which fields."""

    def __init__(self, org: Org, query: Query) -> None:
        self._org, self._query = org, query
        self._object = next((each for each in org.objects() if each.lower() == query.object.lower()), "")
        if not self._object:
            message = (
                f"sObject type '{query.object}' is not supported. "
                "If you are attempting to use a custom object, be sure to append the '__c' after the entity name."
            )
            raise Refused(errored(400, "INVALID_TYPE", message))
        self._fields = {name: org.fields(name) for name in org.objects()}
        self._found: dict[tuple[str, str], Row | None] = {}
        for path in (
            *query.fields,
            *(each.field for each in query.conditions),
            *(name for name, _ in query.order),
        ):
            self._path(path)

    def _path(self, path: str) -> list[Field]:
        """The fields along `a.b.c`, each but the last a reference; INVALID_FIELD where there is no such way."""
        name, steps = self._object, []
        *references, last = path.split(".")
        for step in references:
            fields = self._fields.get(name, {}).values()
            known = next((each for each in fields if (each.relationship or "").lower() == step.lower()), None)
            if known is None or known.refers_to is None:
                message = (
                    f"Didn't understand relationship '{step}' in field path. "
                    "If you are attempting to use a custom relationship, be sure to append the '__r' "
                    "after the custom relationship name."
                )
                raise Refused(errored(400, "INVALID_FIELD", message))
            steps.append(known)
            name = known.refers_to
        field = self._fields.get(name, {}).get(last.lower())
        if field is None:
            message = (
                f"No such column '{last}' on entity '{name}'. "
                "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name."
            )
            raise Refused(errored(400, "INVALID_FIELD", message))
        return [*steps, field]

    def records(self, deleted: bool) -> list[dict[str, Any]]:
        """The records, written."""
        rows = [
            row
            for row in self._org.rows(self._object, deleted)
            if all(self._fits(row, each) for each in self._query.conditions)
        ]
        for name, descending in reversed(self._query.order or (("Id", False),)):
            steps = self._path(name)
            rows.sort(key=lambda row: _sortable(self._read(row, steps)), reverse=descending)
        paths = [self._path(path) for path in self._query.fields]
        return [self._written(self._object, row, paths) for row in rows[: self._query.limit]]

    def _fits(self, row: Row, condition: Condition) -> bool:
        told = self._read(row, self._path(condition.field))
        if isinstance(told, str):
            told = told.casefold() if len(told) not in (15, 18) else told[:15]
        values = [_comparable(value, told) for value in condition.values]
        if condition.operator == "IN":
            return told in values
        if told is None or values[0] is None:
            return (
                (told == values[0]) == (condition.operator == "=")
                if condition.operator in ("=", "!=")
                else False
            )
        return _COMPARE[condition.operator](told, values[0])

    def _read(self, row: Row, steps: list[Field]) -> Any:
        current: Row | None = row
        for step in steps[:-1]:
            current = self._referred(step, current)
        return current.get(steps[-1].name) if current else None

    def _referred(self, step: Field, row: Row | None) -> Row | None:
        id_ = row.get(step.name) if row else None
        if not id_ or step.refers_to is None:
            return None
        key = (step.refers_to, id_)
        if key not in self._found:
            self._found[key] = self._org.find(*key)
        return self._found[key]

    def _written(self, name: str, row: Row, paths: list[list[Field]]) -> dict[str, Any]:
        told: dict[str, Any] = {"attributes": _attributes(name, str(row["Id"]))}
        for first in dict.fromkeys(path[0] for path in paths):
            deeper = [path[1:] for path in paths if path[0] == first and len(path) > 1]
            if any(path == [first] for path in paths):
                told[first.name] = _literal(row.get(first.name))
            if deeper:
                other = self._referred(first, row)
                related = self._written(first.refers_to or "", other, deeper) if other else None
                told[first.relationship or ""] = related
        return told


def _comparable(value: Any, told: Any) -> Any:
    """What is compared with `told`: texts without regard to case, ids by their first 15 characters."""
    if isinstance(value, str) and isinstance(told, str):
        return value[:15] if len(value) in (15, 18) else value.casefold()
    return value


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


def _literal(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.000+0000"
    return value.isoformat() if isinstance(value, date) else value


def _attributes(name: str, id_: str) -> dict[str, str]:
    return {"type": name, "url": f"/services/data/{VERSION}/sobjects/{name}/{id_}"}
