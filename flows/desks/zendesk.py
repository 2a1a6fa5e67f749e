"""A desk that is Zendesk: one ticket per episode among agents, which no customer can read.

Ticket → a ticket whose comments are all private, found again by its `external_id` and known by the tag `seamkeeper`; by
that tag a source of kind `zendesk` leaves it out (models/staging/zendesk). What a ticket says cannot be changed there, so
each update is one more private comment. A `closed` ticket can never be opened again: a follow-up takes its place.
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from contracts.errors import ConfigurationError
from flows.desks.deciding import BY_COMMENT
from flows.desks.desk import Desk, Gone, Kind, Said, Seen, Told, marker_in
from flows.desks.http import ADDRESS, Door
from flows.desks.wording import code
from flows.options import Option, texts
from flows.outbox import Ticket

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
PAGE: Final = 100
SUBJECT: Final = 250
"""So many characters of a title are sent."""


@dataclass(frozen=True)
class Zendesk:
    """One account, seen by the agent whose token it is."""

    door: Door
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Group and brand."""
    tags: Sequence[str] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    """Person id → e-mail there."""
    settles: timedelta = SETTLES
    is_blind: bool = False
    agents: dict[str, int | None] = field(default_factory=dict, compare=False)
    """E-mail → agent, as far as they were looked up."""

    def open_tickets(self) -> Sequence[Seen]:
        """All with our tag that are not solved."""
        return self._seen(self._searched(f"tags:{TAG} status<solved"))

    def look(self, key: str) -> Seen | None:
        """The ticket of this number; a deleted one is not found."""
        there = self._ticket(key)
        return None if there is None else next(iter(self._seen([there])), None)

    def find(self, marker: str, since: datetime) -> Sequence[Seen]:
        """Tickets of this external id."""
        return self._seen(
            one for one in self._of(marker) if datetime.fromisoformat(one["created_at"]) >= since
        )

    def open(self, ticket: Ticket, once: str) -> Seen:
        """Create a ticket of our own agent's, with one private comment."""
        return self._open(ticket, once, {})

    def set(self, key: str, ticket: Ticket, is_open: bool | None, once: str) -> Seen | None:
        """Say title and state, and in a private comment the text, unless that was said under this `once`."""
        there = self._ticket(key)
        if there is None:
            raise Gone(f"ticket {key} was deleted")
        if there["status"] == "closed":
            return self._follow_up(key, ticket, once) if is_open else None
        comments = self._comments(key)
        change: dict[str, Any] = {"subject": _subject(ticket)}
        agent = None if there.get("assignee_id") else self._agent(ticket.owner)
        if not any(once in str(one.get("plain_body")) for one in comments):
            note = "" if there.get("assignee_id") else self._nobody(ticket.owner, agent)
            change["comment"] = _comment(ticket, once, note)
        if is_open is not None:
            change["status"] = "open" if is_open else "solved"
        if is_open is False and not there.get("assignee_id"):
            agent = agent or self._me  # nothing is solved by nobody
        if agent is not None:
            change["assignee_id"] = agent
        self.door.change("PUT", f"/api/v2/tickets/{key}.json", {"ticket": change})
        return None

    def said(self, since: datetime) -> Iterator[Said]:
        """Private comments of agents on tickets that changed since; what customers write decides nothing."""
        for there in self._searched(f"tags:{TAG} updated>={since:%Y-%m-%d}"):
            users: dict[int, Mapping[str, Any]] = {}
            for one in self._comments(str(there["id"]), users):
                at, by = datetime.fromisoformat(one["created_at"]), users.get(one["author_id"], {})
                is_note = one["public"] is False and by.get("role") in ("agent", "admin")
                if at >= since and is_note and one["author_id"] != self._me:
                    text = str(one.get("plain_body") or "")
                    yield Said(str(there["id"]), str(by.get("email") or ""), text, at, str(one["id"]))

    def _open(self, ticket: Ticket, once: str, more: Mapping[str, Any]) -> Seen:
        agent = self._agent(ticket.owner)
        told = {
            "subject": _subject(ticket),
            "comment": _comment(ticket, once, self._nobody(ticket.owner, agent)),
            "external_id": ticket.marker,
            "tags": [TAG, ticket.marker, *self.tags],
            **self.extra,
            **more,
        }
        if agent is not None:  # in a group of the agent's own, or Zendesk would refuse it
            told = {**told, "assignee_id": agent}
            told.pop("group_id", None)
        answer = self.door.write("POST", "/api/v2/tickets.json", {"ticket": told}, {"Idempotency-Key": once})
        key = str(answer["ticket"]["id"])
        return Seen(ticket.marker, key, self._url(key), is_open=True)

    def _follow_up(self, key: str, ticket: Ticket, once: str) -> Seen:
        """In place of a closed ticket; one that an earlier call made is opened again."""
        made = [one for one in self._of(ticket.marker) if one["status"] != "closed"]
        if not made:
            return self._open(ticket, once, {"via_followup_source_id": int(key)})
        there = str(made[-1]["id"])
        self.set(there, ticket, True, once)
        return Seen(ticket.marker, there, self._url(there), is_open=True)

    # -- people ----------------------------------------------------------------------------------------------

    @cached_property
    def _me(self) -> int:
        return int(self.door.read("/api/v2/users/me.json")["user"]["id"])

    def _agent(self, owner: str | None) -> int | None:
        """The active agent with the owner's e-mail."""
        email = self._email(owner)
        if "@" not in email:
            return None
        if email not in self.agents:
            found = self.door.read("/api/v2/users/search.json", query=f'email:"{email}"')["users"]
            self.agents[email] = next(
                (
                    one["id"]
                    for one in found
                    if str(one.get("email")).casefold() == email
                    and one["role"] in ("agent", "admin")
                    and one.get("active", True)
                    and not one.get("suspended")
                ),
                None,
            )
        return self.agents[email]

    def _email(self, owner: str | None) -> str:
        return self.people.get(owner or "", owner or "").strip().casefold()

    def _nobody(self, owner: str | None, agent: int | None) -> str:
        """Who should have been assigned, where nobody could be."""
        if owner is None or agent is not None:
            return ""
        return f"Nobody is assigned: no agent here has the e-mail of {code(self._email(owner))}."

    # -- what Zendesk says -----------------------------------------------------------------------------------

    def _ticket(self, key: str) -> Mapping[str, Any] | None:
        answer = self.door.look(f"/api/v2/tickets/{key}.json")
        there = None if answer is None else answer["ticket"]
        return None if there is None or there["status"] == "deleted" else there

    def _of(self, marker: str) -> list[Mapping[str, Any]]:
        """Tickets of one external id, oldest first: not a search, so that none is missing."""
        answer = self.door.read("/api/v2/tickets.json", external_id=marker)
        return sorted(
            (one for one in answer["tickets"] if one["status"] != "deleted"), key=lambda one: one["id"]
        )

    def _searched(self, query: str) -> list[Mapping[str, Any]]:
        found = self._listed(
            "/api/v2/search/export.json", "results", {"query": query, "filter[type]": "ticket"}
        )
        return sorted((one for page in found for one in page["results"]), key=lambda one: int(one["id"]))

    def _comments(
        self, key: str, users: dict[int, Mapping[str, Any]] | None = None
    ) -> list[Mapping[str, Any]]:
        """All comments; their authors are added to `users`."""
        told: list[Mapping[str, Any]] = []
        for page in self._listed(f"/api/v2/tickets/{key}/comments.json", "comments", {"include": "users"}):
            told += page["comments"]
            if users is not None:
                users |= {one["id"]: one for one in page.get("users") or ()}
        return told

    def _listed(self, path: str, name: str, params: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Page after page: https://developer.zendesk.com/api-reference/introduction/pagination/."""
        after: dict[str, str] = {}
        while True:
            page = self.door.read(path, **params, **{"page[size]": PAGE}, **after)
            yield page
            meta = page.get("meta") or {}
            if not meta.get("has_more") or not page[name]:
                return
            after = {"page[after]": meta["after_cursor"]}

    def _seen(self, tickets: Iterable[Mapping[str, Any]]) -> list[Seen]:
        """Those with a marker: it may have been taken out of the external id, and stand in a tag."""
        return [
            Seen(marker, str(one["id"]), self._url(str(one["id"])), one["status"] not in ("solved", "closed"))
            for one in tickets
            if (marker := marker_in(one.get("external_id")) or marker_in(" ".join(one.get("tags") or ())))
        ]

    def _url(self, key: str) -> str:
        return f"{self.door.base_url.rstrip('/')}/agent/tickets/{key}"


def _subject(ticket: Ticket) -> str:
    return _plain(ticket.title)[:SUBJECT]


def _comment(ticket: Ticket, once: str, note: str) -> dict[str, Any]:
    """Private, always. `once` stands at its end, to know it by."""
    from markdown_it import MarkdownIt

    head = f"{note}\n\n" if note else ""
    html = MarkdownIt("commonmark", {"html": False}).render(f"{head}{ticket.body} ({once})")
    return {"html_body": _plain(html), "public": False}


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
