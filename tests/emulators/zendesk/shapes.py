"""How does Zendesk write tickets, users, organizations, groups and errors?

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#json-format
https://developer.zendesk.com/api-reference/ticketing/users/users/#json-format
https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/#json-format
https://developer.zendesk.com/api-reference/ticketing/groups/groups/ and .../groups/group_memberships/
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from tests.emulators.content import Person, Record, Store
from tests.emulators.messages import Reply

SYSTEM = -1  # who updates where nobody does
TEXTS = ("subject", "status", "priority", "type")
NUMBERS = ("assignee_id", "group_id", "requester_id", "submitter_id", "organization_id")
COMMENTS = ("comment", "note")  # a public comment and an internal note: each version is one
_FOUNDED = "2020-01-01T00:00:00Z"
_VIA = {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}}


def stamp(when: datetime) -> str:
    """Whole seconds in UTC."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def unix(when: datetime) -> int:
    """Seconds since 1970."""
    return int(when.timestamp())


def field_id(title: str) -> int:
    """The number of a custom ticket field; records name it by its title."""
    return 360_000_000_000 + crc32(title.encode())


def custom_titles(store: Store) -> list[str]:
    """Titles of the custom ticket fields that any ticket ever had."""
    known = {*TEXTS, *NUMBERS, *COMMENTS, "tags"}
    said = {name for ticket in store.all("ticket") for name in ticket.history}
    return sorted((said | {*store.declared["ticket"]}) - known)


def number(record: Record, name: str) -> int | None:
    """A reference, or None."""
    value = record.value(name)
    return int(value) if value else None


def ticket(record: Record, titles: list[str]) -> dict[str, Any]:
    """A ticket; a deleted one is told with that status."""
    fields = [{"id": field_id(title), "value": record.value(title)} for title in titles]
    return {
        "url": f"https://emulated.zendesk.com/api/v2/tickets/{record.id}.json",
        "id": int(record.id),
        "external_id": None,
        "via": _VIA,
        "created_at": stamp(record.created),
        "updated_at": stamp(record.modified),
        "generated_timestamp": unix(record.modified),
        "type": record.value("type"),
        "subject": record.value("subject"),
        "raw_subject": record.value("subject"),
        "description": record.value("subject"),
        "priority": record.value("priority"),
        "status": "deleted" if record.deleted else record.value("status") or "new",
        **{name: number(record, name) for name in NUMBERS},
        "collaborator_ids": [],
        "follower_ids": [],
        "problem_id": None,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": (record.value("tags") or "").split(),
        "custom_fields": fields,
        "fields": fields,
        "satisfaction_rating": {"score": "unoffered"},
        "brand_id": 360000000001,
        "allow_channelback": False,
        "allow_attachments": True,
    }


def agent(person: Person) -> dict[str, Any]:
    """A user who works here; `default_group_id` is the team's."""
    told = _user(int(person.id), f"{person.first_name} {person.last_name}".strip(), person.email)
    return told | {
        "created_at": stamp(person.created),
        "updated_at": stamp(person.modified),
        "role": "agent",
        "active": person.active,
        "suspended": not person.active,
        "default_group_id": group_id(person.team) if person.team else None,
    }


def end_user(record: Record) -> dict[str, Any]:
    """A customer."""
    told = _user(int(record.id), record.value("name") or "", record.value("email") or "")
    return told | {
        "created_at": stamp(record.created),
        "updated_at": stamp(record.modified),
        "organization_id": number(record, "organization_id"),
        "active": record.deleted is None,
    }


def _user(id_: int, name: str, email: str) -> dict[str, Any]:
    return {
        "id": id_,
        "url": f"https://emulated.zendesk.com/api/v2/users/{id_}.json",
        "name": name,
        "email": email,
        "time_zone": "Berlin",
        "iana_time_zone": "Europe/Berlin",
        "phone": None,
        "shared_phone_number": None,
        "photo": None,
        "locale": "en-US",
        "role": "end-user",
        "verified": True,
        "external_id": None,
        "organization_id": None,
        "tags": [],
        "suspended": False,
        "user_fields": {},
    }


def organization(record: Record) -> dict[str, Any]:
    """An organization: what is no property of its own is in `organization_fields`; `domain_names` has commas."""
    own = ("name", "domain_names")
    return {
        "url": f"https://emulated.zendesk.com/api/v2/organizations/{record.id}.json",
        "id": int(record.id),
        "name": record.value("name") or f"Organization {record.id}",
        "shared_tickets": False,
        "shared_comments": False,
        "external_id": None,
        "created_at": stamp(record.created),
        "updated_at": stamp(record.modified),
        "domain_names": (record.value("domain_names") or "").split(",")
        if record.value("domain_names")
        else [],
        "details": None,
        "notes": None,
        "group_id": None,
        "tags": [],
        "organization_fields": {name: record.value(name) or "" for name in record.history if name not in own},
        **({"deleted_at": stamp(record.deleted)} if record.deleted else {}),
    }


def rating(record: Record) -> dict[str, Any]:
    """A satisfaction rating: https://developer.zendesk.com/api-reference/ticketing/ticket-management/satisfaction_ratings/."""
    names = ("assignee_id", "group_id", "requester_id", "ticket_id")
    return {
        "url": f"https://emulated.zendesk.com/api/v2/satisfaction_ratings/{record.id}.json",
        "id": int(record.id),
        **{name: number(record, name) for name in names},
        "score": record.value("score") or "offered",
        "comment": record.value("comment") or "",
        "reason": record.value("reason") or "",
        "created_at": stamp(record.created),
        "updated_at": stamp(record.modified),
    }


def group_id(team: str) -> int:
    """The number of a team's group."""
    return 350_000_000_000 + crc32(team.encode())


def groups(store: Store) -> list[dict[str, Any]]:
    """The teams."""
    return [
        {
            "url": f"https://emulated.zendesk.com/api/v2/groups/{group_id(team)}.json",
            "id": group_id(team),
            "is_public": True,
            "name": team,
            "description": "",
            "default": False,
            "deleted": False,
            "created_at": _FOUNDED,
            "updated_at": _FOUNDED,
        }
        for team in sorted({person.team for person in store.people if person.team})
    ]


def memberships(store: Store) -> list[dict[str, Any]]:
    """Who is in which group."""
    return [
        {
            "url": f"https://emulated.zendesk.com/api/v2/group_memberships/{person.id}.json",
            "id": int(person.id),
            "user_id": int(person.id),
            "group_id": group_id(person.team),
            "default": True,
            "created_at": stamp(person.created),
            "updated_at": stamp(person.modified),
        }
        for person in store.people
        if person.team
    ]


def ticket_fields(store: Store) -> list[dict[str, Any]]:
    """The system's ticket fields and the custom ones."""
    own = [
        (360_000_000_000 + place, name, name, False)
        for place, name in enumerate((*TEXTS, "assignee", "group"))
    ]
    custom = [
        (field_id(title), store.declared["ticket"].get(title) or "text", title, True)
        for title in custom_titles(store)
    ]
    return [
        {
            "url": f"https://emulated.zendesk.com/api/v2/ticket_fields/{id_}.json",
            "id": id_,
            "type": kind,
            "title": title,
            "raw_title": title,
            "description": "",
            "raw_description": "",
            "position": place,
            "active": True,
            "required": False,
            "collapsed_for_agents": False,
            "regexp_for_validation": None,
            "title_in_portal": title,
            "visible_in_portal": False,
            "editable_in_portal": False,
            "required_in_portal": False,
            "removable": removable,
            "created_at": _FOUNDED,
            "updated_at": _FOUNDED,
        }
        for place, (id_, kind, title, removable) in enumerate(own + custom)
    ]


def organization_fields(store: Store) -> list[dict[str, Any]]:
    """The custom fields that any organization ever had."""
    names = {name for record in store.all("organization") for name in record.history}
    return [
        {
            "url": f"https://emulated.zendesk.com/api/v2/organization_fields/{field_id(name)}.json",
            "id": field_id(name),
            "key": name,
            "type": "text",
            "title": name,
            "raw_title": name,
            "description": "",
            "raw_description": "",
            "position": place,
            "active": True,
            "system": False,
            "regexp_for_validation": None,
            "created_at": _FOUNDED,
            "updated_at": _FOUNDED,
        }
        for place, name in enumerate(sorted(names - {"name", "domain_names"}))
    ]


def refused(status: int, error: Any, description: str | None = None, **more: Any) -> Reply:
    """An error: https://developer.zendesk.com/api-reference/introduction/requests/#response-format."""
    return Reply({"error": error} | ({"description": description} if description else {}) | more, status)
