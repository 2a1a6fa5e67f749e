"""How are fields of Salesforce's records written? As collections of up to 200, each record on its own.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_update.htm
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flows.settings import Source
from flows.sources.pulling import Pulling
from flows.sources.salesforce_session import Session
from flows.sources.writing import Answer, Texts

GONE: Final = ("ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY")
TEXT: Final = ("string", "textarea")


class SalesforceRecords:
    """The records of one org."""

    most = 200

    def __init__(self, source: Source, pulling: Pulling) -> None:
        """Logs in. Raises SourceError."""
        self._session = Session(source.name, str(source.options["url"]), pulling.secrets)
        self._fields: dict[str, dict[str, Mapping[str, Any]]] = {}

    def faults(self, object_: str, names: Sequence[str]) -> dict[str, str]:
        """Those that are not there or not visible to us, no text, or not ours to edit. Raises SourceError."""
        found = self._fields_of(object_)
        return {name: why for name in names if (why := _fault(found.get(name.lower())))}

    def write(self, object_: str, texts: Mapping[str, Texts]) -> list[Answer]:
        """Answers come in the order of the records. What is longer than its field is cut."""
        fields = self._fields_of(object_)
        records = [
            {
                "attributes": {"type": object_},
                "id": record_id,
                **{
                    fields[name.lower()]["name"]: _cut(text, fields[name.lower()]["length"])
                    for name, text in told.items()
                },
            }
            for record_id, told in texts.items()
        ]
        answers = self._session.update(records)
        return [_answer(record_id, told) for record_id, told in zip(texts, answers, strict=True)]

    def _fields_of(self, object_: str) -> dict[str, Mapping[str, Any]]:
        """Names of fields are the same in capitals and small letters."""
        if object_ not in self._fields:
            told = self._session.fields(object_)
            self._fields[object_] = {name.lower(): field for name, field in told.items()}
        return self._fields[object_]


def _fault(told: Mapping[str, Any] | None) -> str | None:
    if told is None:
        return "is not there, or not visible to us; create it as a text field and let the integration user edit it"
    if told["type"] not in TEXT:
        return f"is of type {told['type']}; create another, of text"
    if not told["updateable"]:
        return "may not be edited by us; grant it in the integration user's field-level security"
    return None


def _cut(text: str, most: int) -> str | None:
    """What is blank is null there."""
    return (text if len(text) <= most else f"{text[: most - 1]}…") or None


def _answer(record_id: str, told: Mapping[str, Any]) -> Answer:
    if told["success"]:
        return Answer(record_id)
    errors = [(str(one.get("statusCode")), str(one.get("message"))) for one in told.get("errors") or ()]
    if any(code in GONE for code, _ in errors):
        return Answer(record_id, is_gone=True)
    said = "; ".join(f"{code}: {message}" for code, message in errors)
    return Answer(record_id, refused=said or "it was not said why")
