"""A desk that is Zendesk: one ticket per episode among agents, which no customer can read.

Ticket → a ticket whose comments are all private, found again by its `external_id` and known by the tag `seamkeeper`; by
that tag a source of kind `zendesk` leaves it out (models/staging/zendesk). What a ticket says cannot be changed there:
each update is one more private comment. A `closed` ticket can never be opened again: a follow-up takes its place.
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, TypeVar

from contracts.errors import ConfigurationError
from flows.desks.deciding import BY_COMMENT
from flows.desks.desk import Desk, Gone, Kind, Said, Seen, Told, marker_in
from flows.desks.http import ADDRESS, Door, Read
from flows.desks.wording import code, fitted
from flows.options import Option, texts
from flows.outbox import Ticket

T = TypeVar("T")
TAG: Final = "seamkeeper"
OPTIONS: Final = {
    "subdomain": Option(str, means="the first part of <subdomain>.zendesk.com", pattern="[A-Za-z0-9-]+"),
    "url": Option(str, means="where Zendesk is, if not at <subdomain>.zendesk.com", pattern=ADDRESS),
    "email": Option(str, means="whose API token it is; without it the token is an OAuth access token"),
    "group": Option(int, means="the number of the group whose tickets they are while nobody is assigned"),
    "brand": Option(int, means="the number of the brand"),
    "tags": Option(list, means="tags beside `seamkeeper` and the marker"),
}
SECRETS: Final = {"token": "an API token, or an OAuth access token with the scopes read and tickets:write"}
RIGHTS: Final = "of an agent who sees all tickets and may write private comments (OAuth: read, tickets:write)"
SETTLES: Final = timedelta(minutes=10)
"""A search shows a change after minutes; what is asked for by number or external id shows at once."""
AGENTS: Final = ("agent", "admin")
PAGE: Final = 100
SUBJECT: Final = 250
"""So many characters of a title are sent."""
LONGEST: Final = 40_000
"""So many characters of a text: Zendesk takes 65,535 in a comment, and its markup has to have room."""


@dataclass(frozen=True)
class Zendesk:
    """One account, seen by the agent whose token it is; `people` is person id → e-mail there."""

    door: Door
    extra: Mapping[str, object] = field(default_factory=dict)
    """Group and brand."""
    tags: tuple[str, ...] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    settles: timedelta = SETTLES
    is_blind: bool = False
    agents: dict[str, int | None] = field(default_factory=dict, compare=False)
    """E-mail → agent, as far as they were looked up."""

    def open_tickets(self) -> Sequence[Seen]:
        """All with our tag that are not solved."""
        found = map(_seen, self._searched(f"tags:{TAG} status<solved"))
        return [seen for seen in found if seen.marker and seen.is_open]

    def look(self, key: str) -> Seen | None:
        """The ticket of this number; a deleted one is not found."""
        there = self._ticket(key)
        return None if there is None else _seen(there)

    def find(self, marker: str, since: datetime) -> Sequence[Seen]:
        """Tickets of this external id."""
        found = self._of(marker)
        return [_seen(one) for one in found if datetime.fromisoformat(one["created_at"]) >= since]

    def open(self, ticket: Ticket, once: str) -> Seen:
        """A ticket that our own agent asks for, with one private comment."""
        return self._open(ticket, once, {})

    def set(
        self, key: str, ticket: Ticket, is_open: bool | None, once: str, has_new_owner: bool = False
    ) -> Seen | None:
        """Title and state, and in a private comment the text, unless just that was said already.

        Who is assigned stays, unless there is a new owner; of a closed ticket nothing can be changed any more.
        """
        there = self._ticket(key)
        if there is None:
            raise Gone(f"ticket {key} was deleted")
        if there["status"] == "closed":
            return self._follow_up(key, ticket, once) if is_open else None
        agent = there["assignee_id"]
        if has_new_owner or agent is None:
            agent = self._agent(ticket.owner) or agent
        change: dict[str, object] = {"subject": _plain(ticket.title)[:SUBJECT]}
        if not any(_named(ticket, once) in one["text"] for one in self._comments(key)):
            change["comment"] = self._comment(ticket, once, agent)
        if is_open is not None:
            change["status"] = "open" if is_open else "solved"
        if is_open is False and agent is None:
            agent = self._me  # nobody can have solved nothing
        if agent is not None and agent != there["assignee_id"]:
            change["assignee_id"] = agent
        self.door.change("PUT", f"/api/v2/tickets/{key}.json", {"ticket": change})
        return None

    def said(self, since: datetime) -> Iterator[Said]:
        """Private comments of agents on tickets that changed since; what customers write decides nothing."""
        for there in self._searched(f"tags:{TAG} updated>={since:%Y-%m-%d}"):
            key = str(there["id"])
            for one in self._comments(key):
                is_note = one["public"] is False and one["role"] in AGENTS and one["author"] != self._me
                if is_note and one["at"] >= since:
                    yield Said(key, one["email"], one["text"], one["at"], str(one["id"]))

    # -- opening ---------------------------------------------------------------------------------------------

    def _open(self, ticket: Ticket, once: str, more: Mapping[str, object]) -> Seen:
        agent = self._agent(ticket.owner)
        told = {
            "subject": _plain(ticket.title)[:SUBJECT],
            "comment": self._comment(ticket, once, agent),
            "external_id": ticket.marker,
            "tags": [TAG, ticket.marker, *self.tags],
            **self.extra,
            **more,
        }
        if agent is not None:  # who is assigned has to be in the group: it is one of theirs, then
            told.pop("group_id", None)
            told["assignee_id"] = agent
        return self.door.write(
            "POST",
            "/api/v2/tickets.json",
            {"ticket": told},
            lambda answer: _seen(_ticket(answer["ticket"])),
            {"Idempotency-Key": once},
        )

    def _follow_up(self, key: str, ticket: Ticket, once: str) -> Seen:
        """In place of a closed ticket; one that an earlier call made is opened again."""
        made = [one for one in self._of(ticket.marker) if one["status"] != "closed"]
        if not made:
            return self._open(ticket, once, {"via_followup_source_id": int(key)})
        there = _seen(made[-1])
        self.set(there.key, ticket, True, once)
        return there

    def _comment(self, ticket: Ticket, once: str, agent: int | None) -> dict[str, object]:
        """Private, always. Its name stands at its end, to know it by; at its head, who should have been assigned."""
        from markdown_it import MarkdownIt

        note = ""
        if agent is None and ticket.owner is not None:
            note = f"Nobody is assigned: no agent here has the e-mail {code(self._email(ticket.owner))}.\n\n"
        text = fitted(f"{note}{ticket.body} ({_named(ticket, once)})", None, LONGEST)
        return {"html_body": _plain(MarkdownIt("commonmark", {"html": False}).render(text)), "public": False}

    # -- people ----------------------------------------------------------------------------------------------

    @cached_property
    def _me(self) -> int:
        return self.door.read("/api/v2/users/me.json", lambda told: int(told["user"]["id"]))

    def _agent(self, owner: str | None) -> int | None:
        """The active agent with the owner's e-mail."""
        email = self._email(owner)
        if "@" not in email:
            return None
        if email not in self.agents:
            found = self.door.read(
                "/api/v2/users/search.json", lambda told: [_agent(one) for one in told["users"]], query=email
            )
            self.agents[email] = next((id_ for there, id_ in found if there == email and id_), None)
        return self.agents[email]

    def _email(self, owner: str | None) -> str:
        """Where `people` says nothing, an id may be an e-mail."""
        return self.people.get(owner or "", owner or "").strip().casefold()

    # -- what Zendesk says -----------------------------------------------------------------------------------

    def _ticket(self, key: str) -> dict[str, Any] | None:
        there = self.door.look(f"/api/v2/tickets/{key}.json", lambda told: _ticket(told["ticket"]))
        return None if there is None or there["status"] == "deleted" else there

    def _of(self, marker: str) -> list[dict[str, Any]]:
        """Tickets of one external id, oldest first: not a search, so that none is missing."""
        found = self.door.read(
            "/api/v2/tickets.json", lambda told: [_ticket(one) for one in told["tickets"]], external_id=marker
        )
        return sorted((one for one in found if one["status"] != "deleted"), key=lambda one: one["id"])

    def _searched(self, query: str) -> list[dict[str, Any]]:
        """Oldest first. https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/."""
        asked = {"query": query, "filter[type]": "ticket"}
        pages = self._listed(
            "/api/v2/search/export.json", lambda told: [_ticket(one) for one in told["results"]], asked
        )
        return sorted((one for page in pages for one in page), key=lambda one: one["id"])

    def _comments(self, key: str) -> list[dict[str, Any]]:
        pages = self._listed(f"/api/v2/tickets/{key}/comments.json", _comments, {"include": "users"})
        return [one for page in pages for one in page]

    def _listed(self, path: str, as_: Read[T], params: Mapping[str, str]) -> Iterator[T]:
        """Page after page: https://developer.zendesk.com/api-reference/introduction/pagination/."""
        after: dict[str, str] = {}
        while True:
            asked = {**params, "page[size]": str(PAGE), **after}
            page, following = self.door.read(path, lambda told: (as_(told), _following(told)), **asked)
            yield page
            if following is None:
                return
            after = {"page[after]": following}


def _ticket(told: Mapping[str, Any]) -> dict[str, Any]:
    """What we read of a ticket; raises KeyError if the answer is something else."""
    names = ("id", "url", "status", "created_at", "external_id", "tags", "assignee_id")
    return {name: told[name] for name in names}


def _seen(there: Mapping[str, Any]) -> Seen:
    """A person may have taken the marker out of one of its two places."""
    marker, key = marker_in(f"{there['tags']} {there['external_id']}"), str(there["id"])
    url = f"{there['url'].partition('/api/')[0]}/agent/tickets/{key}"
    return Seen(marker or "", key, url, there["status"] not in ("solved", "closed"))


def _named(ticket: Ticket, once: str) -> str:
    """What a comment of this act is known by."""
    return hashlib.sha256(f"{once}\n{ticket.body}".encode()).hexdigest()[:8]


def _comments(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A page of comments with their authors; who left Zendesk is nobody."""
    users = {one["id"]: one for one in told["users"]}
    return [
        {
            "id": one["id"],
            "author": one["author_id"],
            "public": one["public"],
            "at": datetime.fromisoformat(one["created_at"]),
            "text": one.get("plain_body") or one["body"] or "",
            "email": users.get(one["author_id"], {}).get("email") or "",
            "role": users.get(one["author_id"], {}).get("role"),
        }
        for one in told["comments"]
    ]


def _agent(told: Mapping[str, Any]) -> tuple[str, int | None]:
    """A user's e-mail, and the number of one to whom a ticket can be assigned."""
    works = told["role"] in AGENTS and told["active"] and not told["suspended"]
    return str(told["email"]).casefold(), int(told["id"]) if works else None


def _following(told: Mapping[str, Any]) -> str | None:
    meta = told.get("meta") or {}
    return str(meta["after_cursor"]) if meta.get("has_more") else None


def _plain(text: str) -> str:
    """Without placeholders: Zendesk fills in what an agent's comment names so, whoever wrote it."""
    return text.replace("{{", "{\u2060{").replace("{%", "{\u2060%")  # word joiners


def make(told: Told) -> Desk:
    """The desk of one table of desks.toml. Raises ConfigurationError if it is not said where the account is."""
    options, token = told.options, told.secrets["token"]
    if "url" not in options and "subdomain" not in options:
        raise ConfigurationError(
            f"desk {told.name}: neither `subdomain` nor `url` says where it is; write {OPTIONS['subdomain'].means}"
        )
    url = str(options.get("url") or f"https://{options['subdomain']}.zendesk.com")
    if "email" in options:
        door = Door(url, RIGHTS, auth=(f"{options['email']}/token", token), secrets=(token,))
    else:
        door = Door(url, RIGHTS, {"Authorization": f"Bearer {token}"}, secrets=(token,))
    extra = {f"{name}_id": options[name] for name in ("group", "brand") if name in options}
    return Zendesk(door, extra, texts(options.get("tags")), told.people)


KIND: Final = Kind(OPTIONS, make, SECRETS, decided_by=BY_COMMENT)
