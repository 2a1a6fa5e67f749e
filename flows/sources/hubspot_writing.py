"""How are properties of HubSpot's records written? In batches, each record answered for.

https://developers.hubspot.com/docs/reference/api/crm/objects/deals (batch/update: 207 where some inputs failed)
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flows.settings import Source
from flows.sources.hubspot import Portal
from flows.sources.hubspot_types import COMPANY, RECORDS
from flows.sources.pulling import Pulling
from flows.sources.writing import Answer, Texts

PATHS: Final = {type_.object: type_.path for type_ in (COMPANY, *RECORDS)}
NOT_FOUND: Final = "OBJECT_NOT_FOUND"


class HubSpotRecords:
    """The records of one portal."""

    most = 100

    def __init__(self, source: Source, pulling: Pulling) -> None:
        self._client = Portal(source, pulling).client

    def faults(self, object_: str, names: Sequence[str]) -> dict[str, str]:
        """Those that are not there, no text, or read-only. Raises SourceError."""
        if object_ not in PATHS:
            return dict.fromkeys(names, f"cannot be written; of HubSpot that can {', '.join(PATHS)}")
        found = {
            one["name"]: one for one in self._client.get(f"/crm/v3/properties/{PATHS[object_]}")["results"]
        }
        return {name: why for name in names if (why := _fault(found.get(name)))}

    def write(self, object_: str, texts: Mapping[str, Texts]) -> list[Answer]:
        """A batch that HubSpot refuses as a whole is halved until it is known which record it minds."""
        inputs = [{"id": record_id, "properties": dict(told)} for record_id, told in texts.items()]
        path = f"/crm/v3/objects/{PATHS[object_]}/batch/update"
        changed = self._client.change("POST", path, json={"inputs": inputs}, refusals=(400, 404))
        if not changed.refused:
            return [_answer(record_id, changed.body) for record_id in texts]
        if len(texts) == 1:
            is_gone = changed.status == 404
            return [Answer(record_id, "" if is_gone else changed.refused, is_gone) for record_id in texts]
        told, half = list(texts.items()), len(texts) // 2
        return [*self.write(object_, dict(told[:half])), *self.write(object_, dict(told[half:]))]


def _fault(told: Mapping[str, Any] | None) -> str | None:
    if told is None:
        return "is not there; create it as a single-line text property"
    if told["type"] != "string":
        return f"is of type {told['type']}; create another, of single-line text"
    if (told.get("modificationMetadata") or {}).get("readOnlyValue") or told.get("calculated"):
        return "is read-only; create another, of single-line text"
    return None


def _answer(record_id: str, body: Mapping[str, Any]) -> Answer:
    """One that is not among the results was refused by an error that names it, or is another by now (merged)."""
    if any(one["id"] == record_id for one in body["results"]):
        return Answer(record_id)
    errors = body.get("errors") or ()
    named = [one for one in errors if record_id in ((one.get("context") or {}).get("ids") or ())]
    for error in named or errors:
        if error.get("category") != NOT_FOUND:
            return Answer(record_id, refused=str(error.get("message") or "it was not said why"))
    return Answer(record_id, is_gone=True)
