"""What does a Salesforce history tell of a field: under which name, and since when is it whole?

A history holds changes only: that a field has no row says that nothing changed, but only as far back as its rows would
be there. Salesforce does not say since when it tracks a field, and deletes rows after 18 to 24 months; so that is known
from what we see: the oldest row of that field on any record, and the pull from which on we read it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from flows.sources.records import Record, text_of

CREATED: Final = ("created", "{}CreatedFromLead")
"""What a history says of a record's beginning."""
WHOLE: Final = "history"
"""The object whose records say since when each field's history is whole."""
WHOLE_SINCE: Final = "whole_since"
"""The same beside the cursors: object → field → instant."""


def name_in_history(field: Mapping[str, Any]) -> str:
    """A standard reference goes by the name of what it refers to: OwnerId is Owner."""
    is_standard = field["type"] == "reference" and not field["name"].endswith("__c")
    return str((field["relationshipName"] if is_standard else None) or field["name"])


def whole_since(
    before: Mapping[str, str], tracked: Iterable[str], oldest: Mapping[str, datetime], now: datetime
) -> dict[str, str]:
    """Tracked field → since when its history is whole, as it was known `before` or else is seen `now`.

    `oldest`: field → its oldest row among those that were read. Where tracking was turned off, it begins anew.
    """
    return {name: before.get(name) or min(now, oldest.get(name, now)).isoformat() for name in sorted(tracked)}


def told_whole(object_: str, names: Iterable[str], since: Mapping[str, str]) -> list[Record]:
    """Since when the history of each of these fields is whole, as records for staging; null: it is not."""
    return [
        Record(WHOLE, f"{object_}.{name}", None, text_of({"whole_since": since.get(name)})) for name in names
    ]
