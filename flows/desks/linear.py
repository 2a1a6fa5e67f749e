"""A desk on Linear: one issue of one team per ticket.

Ticket → issue under an id of our own, made of what is sent: what is sent twice has the same id, and Linear refuses
it. So an issue is never there twice, however late a call lands. GraphQL over one path; a refusal may have any status.
https://linear.app/developers/graphql
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from flows.desks.deciding import BY_COMMENT
from flows.desks.desk import (
    Denied,
    Desk,
    Gone,
    Kind,
    Refused,
    Said,
    Seen,
    Told,
    marker_in,
)
from flows.desks.http import ADDRESS, Door, Read, T
from flows.desks.linear_api import CREATE, ISSUES, LABEL, LOOK, RIGHTS, SAID, TEAM, UPDATE, USER, explain
from flows.desks.wording import fitted
from flows.options import Option
from flows.outbox import Ticket

if TYPE_CHECKING:
    pass

LONGEST: Final = 100_000
TITLE: Final = 255
OVER: Final = ("completed", "canceled", "duplicate")
"""Types of states of an issue that is closed."""
OPTIONS: Final = {
    "team": Option(str, required=True, pattern=r"[A-Za-z0-9]+", means="the team's key, as ABC in ABC-123"),
    "label": Option(str, default="seamkeeper", means="the label of our issues, which no other issue has"),
    "done": Option(str, means="the state of a closed ticket; without it, the team's first completed one"),
    "open": Option(str, means="the state of one opened again; without it, the team's first unstarted one"),
    "api_url": Option(str, default="https://api.linear.app", pattern=ADDRESS, means="the address of the API"),
}
SECRETS: Final = {"token": "an API key that may read and write"}


@dataclass(frozen=True)
class Team:
    """What an issue of the team refers to: ids of the team, of its states by (type, name), and of our label."""

    id: str
    states: tuple[tuple[str, str, str], ...]
    label: str | None


@dataclass(frozen=True)
class Linear:
    """Tickets as issues of one team; `people` is person id → e-mail address there."""

    door: Door
    team: str
    label: str
    done: str | None = None
    open_as: str | None = None
    people: Mapping[str, str] = field(default_factory=dict)
    # lists are read from where issues are written; an answer that took longer than this is lost
    settles: timedelta = timedelta(minutes=2)
    is_blind: bool = False

    def open_tickets(self) -> Sequence[Seen]:
        """Issues of the team with our label that are in no closed state."""
        labelled = {"labels": {"name": {"eq": self.label}}, "state": {"type": {"nin": list(OVER)}}}
        return [seen for seen in self._issues(labelled) if seen.marker and seen.is_open]

    def look(self, key: str) -> Seen | None:
        """One issue; None where it is in the trash, deleted, or another team's."""
        try:
            told = self._ask(LOOK, {"id": key}, lambda data: data["issue"])
        except Gone:
            return None
        return _seen(told) if self._is_there(told) else None

    def find(self, marker: str, since: datetime) -> Sequence[Seen]:
        """By the text, whatever became of label and state."""
        about = {"description": {"contains": marker}, "createdAt": {"gte": _stamp(since)}}
        return [seen for seen in self._issues(about) if seen.marker == marker]

    def open(self, ticket: Ticket, once: str) -> Seen:
        """A new issue under the id that `once` stands for; the one that has it already, if there is one."""
        id_ = str(uuid.UUID(bytes=hashlib.sha256(once.encode()).digest()[:16], version=4))
        assignee = self._user(self.people.get(ticket.owner or ""))
        told = {"id": id_, "teamId": self._team.id, "labelIds": [self._label], **self._words(ticket)}
        told = {**told, "assigneeId": assignee} if assignee else told
        try:
            return self._do(CREATE, {"input": told}, lambda data: _seen(data["issueCreate"]["issue"]))
        except (Refused, Gone) as error:
            if (there := self.look(id_)) is not None:
                return there
            raise Refused(str(error)) from error

    def set(
        self, key: str, ticket: Ticket, is_open: bool | None, once: str, has_new_owner: bool = False
    ) -> None:
        """Title and text, a new owner, and a state only where it has to change."""
        del once
        there = self.look(key)
        if there is None:
            raise Gone(f"Linear has no issue {key} any more")
        told = dict(self._words(ticket))
        if is_open is not None and is_open != there.is_open:
            told["stateId"] = self._state(is_open)
        if has_new_owner and (assignee := self._user(self.people.get(ticket.owner or ""))):
            told["assigneeId"] = assignee
        self._do(UPDATE, {"id": key, "input": told}, lambda data: data["issueUpdate"]["success"])

    def said(self, since: datetime) -> Iterator[Said]:
        """Comments, labels and states that persons gave issues of ours since then."""
        at = {"gte": _stamp(since)}
        changed = [{"updatedAt": at}, {"comments": {"some": {"createdAt": at}}}]
        for issue in self._nodes(SAID, {"labels": {"name": {"eq": self.label}}, "or": changed}, _said_on):
            yield from (said for said in issue if said.at >= since)

    @cached_property
    def _team(self) -> Team:
        def read(data: Mapping[str, Any]) -> Team | None:
            team = next(iter(data["teams"]["nodes"]), None)
            if team is None:
                return None
            states = sorted(team["states"]["nodes"], key=lambda state: state["position"])
            labels = [
                one
                for one in data["issueLabels"]["nodes"]
                if (one["team"] or {}).get("key") in (None, self.team)
            ]
            return Team(
                team["id"],
                tuple((state["type"], state["name"], state["id"]) for state in states),
                labels[0]["id"] if labels else None,
            )

        team = self._ask(TEAM, {"key": self.team, "label": self.label}, read)
        if team is None:
            raise Denied(
                f"Linear shows no team {self.team}; write its key, or give the token {self.door.rights}"
            )
        return team

    @cached_property
    def _label(self) -> str:
        """Made where nobody has made it yet."""
        if self._team.label is not None:
            return self._team.label
        told = {"name": self.label, "teamId": self._team.id}
        return self._do(
            LABEL, {"input": told}, lambda data: str(data["issueLabelCreate"]["issueLabel"]["id"])
        )

    def _state(self, is_open: bool) -> str:
        named, types = (
            (self.open_as, ("unstarted", "backlog", "triage")) if is_open else (self.done, ("completed",))
        )
        found = [(type_, id_) for type_, name, id_ in self._team.states if named in (None, name)]
        ids = [id_ for wanted in types for type_, id_ in found if named or type_ == wanted]
        if not ids:
            which = named or types[0]
            raise Denied(
                f"team {self.team} has no state {which}; name one with `{'open' if is_open else 'done'}`"
            )
        return ids[0]

    def _user(self, email: str | None) -> str | None:
        """Nobody of that address: the ticket has no assignee."""
        if email is None:
            return None
        found = self._ask(
            USER,
            {"email": email},
            lambda data: [one["id"] for one in data["users"]["nodes"] if one["active"]],
        )
        return found[0] if found else None

    def _issues(self, about: Mapping[str, object]) -> list[Seen]:
        found = [issue for issue in self._nodes(ISSUES, about, dict) if self._is_there(issue)]
        return [_seen(issue) for issue in sorted(found, key=lambda issue: issue["createdAt"])]

    def _nodes(self, query: str, about: Mapping[str, object], as_: Read[T]) -> Iterator[T]:
        filter_ = {"team": {"key": {"eqIgnoreCase": self.team}}, **about}
        after: str | None = None
        while True:
            found, after = self._ask(
                query, {"filter": filter_, "after": after}, lambda data: _page(data, as_)
            )
            yield from found
            if after is None:
                return

    def _is_there(self, issue: Mapping[str, Any]) -> bool:
        return not issue["trashed"] and issue["team"]["key"].casefold() == self.team.casefold()

    def _words(self, ticket: Ticket) -> dict[str, str]:
        handle = self.people.get(ticket.owner or "")
        return {"title": ticket.title[:TITLE], "description": fitted(ticket.body, handle, LONGEST)}

    def _ask(self, query: str, variables: Mapping[str, object], as_: Read[T]) -> T:
        told = {"query": query, "variables": variables}
        return self.door.read("/graphql", lambda answer: as_(answer["data"]), json=told)

    def _do(self, query: str, variables: Mapping[str, object], as_: Read[T]) -> T:
        told = {"query": query, "variables": variables}
        return self.door.write("POST", "/graphql", told, lambda answer: as_(answer["data"]))


def _page(data: Mapping[str, Any], as_: Read[T]) -> tuple[list[T], str | None]:
    page = data["issues"]["pageInfo"]
    return [as_(node) for node in data["issues"]["nodes"]], page["endCursor"] if page["hasNextPage"] else None


def _seen(issue: Mapping[str, Any]) -> Seen:
    is_open = issue["state"]["type"] not in OVER
    return Seen(marker_in(issue["description"]) or "", issue["id"], issue["url"], is_open)


def _said_on(issue: Mapping[str, Any]) -> list[Said]:
    key = issue["id"]
    heard = [_said(key, one, "user", one["body"]) for one in issue["comments"]["nodes"]]
    for one in issue["history"]["nodes"]:
        names = [label["name"] for label in one["addedLabels"] or ()] + [
            (one["toState"] or {}).get("name", "")
        ]
        heard += [_said(key, one, "actor", name, name) for name in names if name]
    return heard


def _said(key: str, told: Mapping[str, Any], by: str, text: str, more: str = "") -> Said:
    """An integration, or who left, is nobody; one act may have given several labels."""
    who = (told[by] or {}).get("email", "")
    return Said(
        key, who, text, datetime.fromisoformat(told["createdAt"]), f"{told['id']}{more and f'-{more}'}"
    )


def _stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"


def make(told: Told) -> Desk:
    """The desk of one table of desks.toml; a personal key stands alone in its header, a token of OAuth does not."""
    options, token = told.options, told.secrets["token"]
    headers = {"Authorization": token if token.startswith("lin_api_") else f"Bearer {token}"}
    door = Door(str(options["api_url"]), RIGHTS, headers, secrets=(token,), explain=explain)
    named = {name: str(options[name]) if name in options else None for name in ("done", "open")}
    return Linear(
        door, str(options["team"]), str(options["label"]), named["done"], named["open"], told.people
    )


KIND: Final = Kind(OPTIONS, make, SECRETS, decided_by=BY_COMMENT)
