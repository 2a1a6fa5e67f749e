"""What is a record of a vendor: the words that sources share for it, and for when it changed."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias


class Record(NamedTuple):
    """One record of a vendor: its type and id there, when it last changed, and all of it as JSON text."""

    object: str
    id: str
    changed_at: datetime | None
    content: str


Cursors: TypeAlias = dict[str, Any]
"""How far each object was read; a source's own words, kept until its next pull. Change it in place."""
Read: TypeAlias = Callable[[Cursors], Iterator[list[Record]]]

DELETED: Final = '{"deleted":true}'
"""The content of a record that is gone."""
SHAPES: Final = ("property", "stage")
"""Objects that say what the source's records look like: each its own record, so that a change of one is seen."""


def instant(text: object) -> datetime | None:
    """A vendor's instant: ISO 8601 (without a zone: UTC) or milliseconds since 1970; None if it is neither."""
    told = str(text or "").strip()
    try:
        if told.isdecimal():
            return datetime.fromtimestamp(int(told) / 1000, UTC)
        at = datetime.fromisoformat(told)
    except (ValueError, OverflowError, OSError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def latest(before: datetime | None, page: Sequence[Record]) -> datetime | None:
    """The newest change of a page, or the one before it."""
    instants = [record.changed_at for record in page if record.changed_at is not None]
    return max([*instants, *([before] if before else [])], default=None)


def text_of(content: Mapping[str, Any]) -> str:
    """A record's content as JSON; keys keep their order, so that the same content is the same text."""
    from dlt.common.json import json

    try:
        return str(json.dumps(content))
    except TypeError:  # half of a pair of surrogates, as a vendor has it that cuts a text in an emoji
        return str(json.dumps(_whole(content)))


def _whole(told: Any) -> Any:
    """The same with U+FFFD in the place of what no encoding can write."""
    if isinstance(told, str):
        return told.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(told, Mapping):
        return {_whole(key): _whole(value) for key, value in told.items()}
    return [_whole(value) for value in told] if isinstance(told, list) else told


def shape(object_: str, id_: str, told: Mapping[str, Any], *keys: str) -> Record:
    """A property or a stage as a record: what of it matters, without a time of its own."""
    return Record(object_, id_, None, text_of({key: told.get(key) for key in keys}))


def told_change(what: str, before: str, now: str) -> str:
    """One line on how the content of a shape changed."""
    if DELETED in (before, now):
        return f"{what} is {'gone' if now == DELETED else 'new'}"
    old, new = json.loads(before), json.loads(now)
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return f"{what}: {', '.join(f'{key} was {_word(old.get(key))} and is {_word(new.get(key))}' for key in changed)}"


def _word(told: object) -> str:
    return {None: "nothing", True: "yes", False: "no"}.get(told, str(told))  # type: ignore[call-overload,no-any-return]
