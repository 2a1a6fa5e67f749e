"""How are fields of Zendesk's tickets written? One ticket a call, its custom fields by their numbers.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#update-ticket
Fields and no tags: all tags of a ticket are one property, which contracts may map, and a dropdown's or checkbox's value
is a tag as well. What we write must not come back as something that happened. Many tickets at once would be a job that
answers for its tickets later, in a shape that Zendesk does not document for those it refuses.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flows.settings import Source
from flows.sources.pulling import Pulling
from flows.sources.writing import Answer, Texts
from flows.sources.zendesk import Desk
from flows.sources.zendesk_fields import Field, fields_of

TEXT: Final = ("text", "textarea")
CLOSED: Final = "closed prevents ticket update"


class ZendeskTickets:
    """The tickets of one account."""

    most = 1

    def __init__(self, source: Source, pulling: Pulling) -> None:
        self._desk = Desk(source, pulling)
        self._fields: dict[str, Field] = {}

    def faults(self, object_: str, names: Sequence[str]) -> dict[str, str]:
        """Those that are not there or no text. Raises SourceError."""
        if object_ != "ticket":
            return dict.fromkeys(names, "cannot be written; of Zendesk that can only fields of tickets")
        self._fields = {field.name: field for field in fields_of(self._desk.listed("ticket_fields"))}
        return {name: why for name in names if (why := _fault(self._fields.get(name)))}

    def write(self, object_: str, texts: Mapping[str, Texts]) -> list[Answer]:
        """Without a comment: nobody is told, unless a trigger of the account does so."""
        return [self._written(record_id, told) for record_id, told in texts.items()]

    def _written(self, record_id: str, told: Texts) -> Answer:
        fields = [{"id": int(self._fields[name].id), "value": text} for name, text in told.items()]
        changed = self._desk.client.change(
            "PUT",
            f"/api/v2/tickets/{record_id}.json",
            json={"ticket": {"custom_fields": fields}},
            refusals=(404, 422),
        )
        why = _why(changed.body) if changed.refused else ""
        if changed.status == 404 or CLOSED in why:
            return Answer(record_id, is_gone=True)
        return Answer(record_id, refused=why or changed.refused)


def _why(body: Mapping[str, Any]) -> str:
    """What Zendesk minds of which field: its `description` only says that there is something."""
    details = body.get("details")
    told = [one for each in details.values() for one in each] if isinstance(details, dict) else []
    return "; ".join(str(one.get("description")) for one in told if isinstance(one, dict))


def _fault(field: Field | None) -> str | None:
    if field is None:
        return "is not there; create a ticket field of kind Text with this title"
    if field.type not in TEXT:
        return f"is of kind {field.type}; create another, of kind Text"
    return None
