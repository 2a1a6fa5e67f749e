"""What are the fields of a Zendesk ticket called? Custom ones have numbers there, and names that people can map here.

https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/#incremental-ticket-event-export
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

SYSTEM_USER: Final = -1
"""Who updates a ticket where nobody does: automations, and what Zendesk does itself."""
TOLD: Final = (
    "subject",
    "status",
    "priority",
    "type",
    "assignee_id",
    "group_id",
    "requester_id",
    "organization_id",
    "brand_id",
    "ticket_form_id",
    "tags",
)
"""A ticket's own fields whose changes the event export tells."""
SEEN: Final = (
    "description",
    "created_at",
    "updated_at",
    "due_at",
    "external_id",
    "submitter_id",
    "problem_id",
    "follower_ids",
    "collaborator_ids",
    "custom_status_id",
)
"""Those that are known only as they stand now."""
RATING: Final = "satisfaction"
"""A property of ours: what the requester said of the ticket."""


@dataclass(frozen=True)
class Field:
    """A field of a ticket under its name here; `id` is Zendesk's number of a custom one."""

    name: str
    label: str
    type: str
    id: str = ""

    def read(self, value: Any) -> Any:
        """A checkbox is 1 or 0 in events, and true or false in tickets: here it is always true or false."""
        if self.type == "checkbox" and value is not None:
            return str(value).lower() in ("1", "true")
        return value


@dataclass(frozen=True)
class Change:
    """A field of a ticket took a value; `actor` is a user, or Zendesk itself."""

    id: str
    field: str
    before: Any
    value: Any
    actor: str
    route: str | None


def fields_of(told: Sequence[Mapping[str, Any]]) -> list[Field]:
    """A ticket's own fields and the custom ones, by a slug of their title; `custom_<id>` where others have it, too."""
    own = [Field(name, name, "system") for name in (*TOLD, *SEEN, RATING)]
    custom = [one for one in told if one["removable"]]
    slugs = Counter([field.name for field in own] + [_slug(one["title"]) for one in custom])
    return own + [
        Field(
            slug if (slug := _slug(one["title"])) and slugs[slug] == 1 else f"custom_{one['id']}",
            one["title"],
            one["type"],
            str(one["id"]),
        )
        for one in custom
    ]


def values_of(ticket: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    """What these fields of a ticket say now."""
    custom = {str(one["id"]): one["value"] for one in ticket.get("custom_fields") or ()}
    return {
        field.name: field.read(custom.get(field.id) if field.id else ticket.get(field.name))
        for field in fields
    }


def changes_of(event: Mapping[str, Any], fields: Sequence[Field]) -> Iterator[Change]:
    """Which of these fields took a value by an update of a ticket. Triggers and automations act as Zendesk itself."""
    for child in event["child_events"]:
        if child["event_type"] not in ("Create", "Change"):
            continue
        custom = child.get("custom_ticket_fields") or {}
        route = _route(child)
        for field in fields:
            said, key = (custom, field.id) if field.id else (child, field.name)
            if key in said:
                yield Change(
                    str(child["id"]),
                    field.name,
                    field.read(child.get("previous_value")),
                    field.read(said[key]),
                    str(SYSTEM_USER if route == "Rule" else event["updater_id"]),
                    route,
                )


def is_answer(event: Mapping[str, Any]) -> bool:
    """Whether an update has a public comment that no rule wrote. What it says stays at Zendesk."""
    return any(
        child.get("comment_public") is True and _route(child) != "Rule" for child in event["child_events"]
    )


def _route(child: Mapping[str, Any]) -> str | None:
    """By what way an update came, as the export writes it: a word, or an object with a channel."""
    via = child.get("via")
    told = via.get("channel") if isinstance(via, dict) else via
    return "Rule" if str(told).lower() == "rule" else told


def _slug(title: str) -> str:
    return re.sub("[^a-z0-9]+", "_", title.lower()).strip("_")
