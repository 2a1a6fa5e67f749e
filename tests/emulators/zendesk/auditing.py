"""Who changed what on a ticket, and when? The changes of one second by one person are one audit.

As `ticket_events` of the incremental export, or as `audits` of a ticket:
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/#incremental-ticket-event-export
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/#json-format
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.emulators.content import Record
from tests.emulators.zendesk.shapes import COMMENTS, NUMBERS, SYSTEM, TEXTS, field_id, stamp, unix


@dataclass
class Audit:
    """What one person did to a ticket in one second; `changes` are (property, before, after)."""

    ticket: Record
    at: datetime
    author: int
    place: int = 0
    changes: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    comments: list[tuple[bool, str]] = field(default_factory=list)  # public, text

    @property
    def id(self) -> int:
        """Its own number, ascending with the ticket's history."""
        return int(self.ticket.id) * 10_000 + self.place * 20

    def as_event(self, with_comments: bool) -> dict[str, Any]:
        """An entry of `ticket_events`."""
        return {
            "child_events": list(self._children(with_comments)),
            "id": self.id,
            "ticket_id": int(self.ticket.id),
            "timestamp": unix(self.at),
            "created_at": stamp(self.at),
            "updater_id": self.author,
            "via": "Web form",
            "system": {"client": "emulated", "location": "Berlin", "latitude": 52.5, "longitude": 13.4},
            "metadata": {},
            "event_type": "Audit",
        }

    def as_audit(self) -> dict[str, Any]:
        """An entry of `audits`."""
        return {
            "id": self.id,
            "ticket_id": int(self.ticket.id),
            "created_at": stamp(self.at),
            "author_id": self.author,
            "metadata": {"system": {"client": "emulated", "location": "Berlin"}, "custom": {}},
            "events": list(self._events()),
            "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        }

    @property
    def _kind(self) -> str:
        return "Create" if self.place == 0 else "Change"

    def _children(self, with_comments: bool) -> Iterator[dict[str, Any]]:
        for place, (name, before, after) in enumerate(self.changes, 1):
            told = {"id": self.id + place, "via": "Web form", "via_reference_id": None}
            told |= (
                {name: typed(name, after)}
                if is_own(name)
                else {"custom_ticket_fields": {str(field_id(name)): after}}
            )
            told |= {"previous_value": typed(name, before)} if self.place else {}
            yield told | {"event_type": self._kind}
        for place, (public, text) in enumerate(self.comments, len(self.changes) + 1):
            told = {"id": self.id + place, "via": "Web form", "via_reference_id": None}
            if with_comments:
                yield told | self._comment(public, text) | {"event_type": "Comment"}
            else:
                yield told | {"comment_present": True, "comment_public": public, "event_type": "Comment"}

    def _events(self) -> Iterator[dict[str, Any]]:
        for place, (name, before, after) in enumerate(self.changes, 1):
            told = {"id": self.id + place, "type": self._kind, "value": after}
            told |= {"field_name": name if is_own(name) else str(field_id(name))}
            yield told | ({"previous_value": before} if self.place else {})
        for place, (public, text) in enumerate(self.comments, len(self.changes) + 1):
            yield {"id": self.id + place} | self._comment(public, text)

    def _comment(self, public: bool, text: str) -> dict[str, Any]:
        return {
            "type": "Comment",
            "author_id": self.author,
            "body": text,
            "html_body": f'<div class="zd-comment"><p dir="auto">{text}</p></div>',
            "plain_body": text,
            "public": public,
            "attachments": [],
            "audit_id": self.id,
            "created_at": stamp(self.at),
        }


def is_own(name: str) -> bool:
    """Whether Zendesk has this field of its own accord."""
    return name in TEXTS or name in NUMBERS or name == "tags"


def typed(name: str, value: str | None) -> Any:
    """References are numbers, tags a list."""
    if name == "tags":
        return (value or "").split()
    return int(value) if value and name in NUMBERS else value


def audits(ticket: Record) -> list[Audit]:
    """All audits of a ticket, oldest first; the first one created it."""
    found: dict[tuple[datetime, int], Audit] = {}
    for name, versions in ticket.history.items():
        before: str | None = None
        for version in versions:
            author = int(version.actor) if version.actor else SYSTEM
            key = (version.at.replace(microsecond=0), author)
            audit = found.setdefault(key, Audit(ticket, *key))
            if name in COMMENTS:
                audit.comments.append((name == "comment", version.value))
            elif (version.value or None) != before:
                audit.changes.append((name, before, version.value or None))
            before = version.value or None
    told = [
        audit
        for _, audit in sorted(found.items(), key=lambda item: item[0])
        if audit.changes or audit.comments
    ]
    for place, audit in enumerate(told):
        audit.place = place
    return told
