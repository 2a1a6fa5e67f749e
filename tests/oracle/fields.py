"""What is a field's value worth? A contract's field and a text in; missing, invalid or valid out (contracts.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Literal

from contracts import Field

Worth = Literal["missing", "invalid", "valid", "none"]
"""`none` is valid, too: somebody attested that there is none."""


def worth_of(field: Field, text: str | None, placeholders: Sequence[str]) -> Worth:
    """What a text is worth in this field, its age aside."""
    value = (text or "").strip()
    if value and value.casefold() in {none.strip().casefold() for none in field.none_value}:
        return "none"
    if field.type == "choice" and value in field.values:
        return "valid"
    if not value or any(_matches(value, each) for each in placeholders):
        return "missing"
    return _WORTH[field.type](field, value)


def _matches(value: str, placeholder: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in placeholder.strip().casefold().split("*"))
    return re.fullmatch(pattern, value.casefold(), re.DOTALL) is not None


def _text(field: Field, value: str) -> Worth:
    is_short = field.min_length is not None and len(value) < field.min_length
    is_long = field.max_length is not None and len(value) > field.max_length
    return "invalid" if is_short or is_long else "valid"


def _number(field: Field, value: str) -> Worth:
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", value):
        return "missing"
    is_low = field.minimum is not None and float(value) < field.minimum
    is_high = field.maximum is not None and float(value) > field.maximum
    return "invalid" if is_low or is_high else "valid"


def _date(_: Field, value: str) -> Worth:
    return "valid" if _reads(date.fromisoformat, value) else "missing"


def _datetime(_: Field, value: str) -> Worth:
    return "valid" if _reads(datetime.fromisoformat, value) else "missing"


def _boolean(_: Field, value: str) -> Worth:
    return "valid" if value.casefold() in ("true", "false", "yes", "no") else "missing"


def _choice(_field: Field, _value: str) -> Worth:
    return "invalid"  # declared values were seen before


def _list(field: Field, value: str) -> Worth:
    try:
        items = json.loads(value)
    except ValueError:
        items = value
    if not isinstance(items, list):
        if field.item:
            return "missing"  # a fault in any case; and no list, so that the packet is not ready
        items = [value]
    if not items:
        return "missing"
    counting = [item for item in items if not field.item or _holds(field.item, item)]
    return "valid" if len(counting) >= (field.min_items or 1) else "invalid"


def _holds(wanted: dict[str, Any], item: Any) -> bool:
    return isinstance(item, dict) and all(_is(part, item.get(key)) for key, part in wanted.items())


def _is(part: str | tuple[str, ...], value: Any) -> bool:
    if isinstance(part, tuple):
        return value in part
    text = "" if value is None else str(value).strip()
    return bool(text) and _WORTH[part](Field(name="item", type=part), text) == "valid"


def _reads(read: Callable[[str], object], value: str) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True


_WORTH: dict[str, Callable[[Field, str], Worth]] = {
    "text": _text, "number": _number, "date": _date, "datetime": _datetime,
    "boolean": _boolean, "choice": _choice, "list": _list,
}  # fmt: skip
