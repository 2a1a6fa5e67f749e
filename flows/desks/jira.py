"""A desk on Jira, Cloud or Server: one issue of one project per ticket.

Ticket → issue with our label and, as another label, its marker. The search that finds them is behind by seconds, on
Cloud sometimes by minutes. Texts are wiki text of version 2 of the API, which both editions have (flows/desks/wiki.py).
The API is asked directly: the client `jira` asks again by itself, a write too.
https://developer.atlassian.com/cloud/jira/platform/rest/v2/intro/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flows.desks.deciding import BY_COMMENT
from flows.desks.desk import MARKER, Denied, Desk, Gone, Kind, Refused, Said, Seen, Told
from flows.desks.http import ADDRESS, Door, Read, T, unread
from flows.desks.wiki import wiki
from flows.desks.wording import fitted
from flows.options import Option, texts
from flows.outbox import Ticket

LONGEST: Final = 32_767
"""Characters of a description; Jira refuses more."""
TITLE: Final = 255
PAGE: Final = 100
OF_THE_PROJECT: Final = re.compile(r"\b(project|issuetype|labels): ")
"""Fields that Jira names when it would refuse any ticket, and not only this one."""
OPTIONS: Final = {
    "url": Option(
        str, required=True, pattern=ADDRESS, means="the site's address, as https://NAME.atlassian.net"
    ),
    "project": Option(
        str, required=True, pattern=r"[A-Z][A-Z0-9_]+", means="the project's key, as ABC in ABC-123"
    ),
    "edition": Option(
        str, default="cloud", choices=("cloud", "server"), means="cloud, or server for a Data Center"
    ),
    "user": Option(
        str, means="the e-mail address of the account whose API token it is; without it, a bearer token"
    ),
    "issue_type": Option(str, default="Task", means="the name of the type of our issues"),
    "labels": Option(list, means="the labels of our issues, the first of which no other issue has"),
    "done": Option(
        str, means="the transition that closes a ticket; without it, the first that leads to a done status"
    ),
    "open": Option(
        str, means="the transition that opens it again; without it, the first that leads to no done status"
    ),
}
SECRETS: Final = {"token": "an API token, or on a Server a personal access token"}


@dataclass(frozen=True)
class Jira:
    """Tickets as issues of one project; `people` is person id → account id (Cloud) or user name (Server)."""

    door: Door
    project: str
    issue_type: str
    labels: tuple[str, ...]
    is_cloud: bool = True
    done: str | None = None
    open_by: str | None = None
    people: Mapping[str, str] = field(default_factory=dict)
    settles: timedelta = timedelta(minutes=15)
    is_blind: bool = False

    def open_tickets(self) -> Sequence[Seen]:
        """Issues of the project with our first label in no done status."""
        return self._issues(f'labels = "{self.labels[0]}" AND statusCategory != Done')

    def look(self, key: str) -> Seen | None:
        """One issue; None where it was deleted, or has another key now, as it has in another project."""
        seen = self.door.look(f"/rest/api/2/issue/{key}", self._seen, fields="labels,status")
        return seen if seen is not None and seen.key == key else None

    def find(self, marker: str, since: datetime) -> Sequence[Seen]:
        """By the label that is the marker, whatever the status."""
        del since  # no other issue has this label
        return self._issues(f'labels = "{marker}"')

    def open(self, ticket: Ticket, once: str) -> Seen:
        """A new issue; without assignee where Jira does not assign to that account."""
        del once  # Jira knows no such thing
        assignee = self._assignee(ticket)
        fields = {
            **self._words(ticket),
            "project": {"key": self.project},
            "issuetype": {"name": self.issue_type},
            "labels": [*self.labels, ticket.marker],
        }
        if not assignee:
            return self._opened(fields, ticket.marker)
        try:
            return self._opened({**fields, **assignee}, ticket.marker)
        except Refused:  # nothing was opened; whatever else is wrong is said now
            return self._opened(fields, ticket.marker)

    def set(
        self, key: str, ticket: Ticket, is_open: bool | None, once: str, has_new_owner: bool = False
    ) -> None:
        """Summary and description, a new owner, and a transition only where the status has to change."""
        del once
        there = self.look(key)
        if there is None:
            raise Gone(f"Jira has no issue {key} any more")
        moves = is_open is not None and is_open != there.is_open
        if moves and is_open:  # many a workflow lets nobody edit what is done
            self._move(key, is_open=True)
        with suppress(*(() if there.is_open or is_open else (Refused,))):
            self._edit(key, self._words(ticket), self._assignee(ticket) if has_new_owner else {})
        if moves and not is_open:
            self._move(key, is_open=False)

    def said(self, since: datetime) -> Iterator[Said]:
        """Comments, labels and statuses that persons gave issues of ours since then."""
        minutes = max(1, int((datetime.now(UTC) - since) / timedelta(minutes=1)) + 1)
        # minutes from now: an instant would be read in the zone of the account
        jql = f'labels = "{self.labels[0]}" AND updated >= "-{minutes}m"'
        for seen in self._issues(jql):
            path, how = f"/rest/api/2/issue/{seen.key}", {"fields": "comment", "expand": "changelog"}
            heard = self.door.look(path, lambda told: _said_on(told, self.is_cloud), **how)
            yield from (said for said in heard or () if said.at >= since)

    def _issues(self, jql: str) -> list[Seen]:
        jql = f'project = "{self.project}" AND {jql} ORDER BY created ASC'
        return [seen for seen in self._found(jql, self._seen) if seen.marker]

    def _found(self, jql: str, as_: Read[T]) -> Iterator[T]:
        """All pages of a search: Cloud's names the next one by a token, a Server counts."""
        path = "/rest/api/2/search/jql" if self.is_cloud else "/rest/api/2/search"
        asked: dict[str, object] = {"jql": jql, "fields": ["labels", "status"], "maxResults": PAGE}
        while True:
            found, more = self.door.read(path, lambda told: _page(told, as_), json=asked)
            yield from found
            if not more or not found:
                return
            asked = {**asked, **more}

    def _opened(self, fields: Mapping[str, object], marker: str) -> Seen:
        try:
            key = self.door.write(
                "POST", "/rest/api/2/issue", {"fields": fields}, lambda told: str(told["key"])
            )
        except Refused as error:
            if OF_THE_PROJECT.search(str(error)):
                raise Denied(
                    f"{error}; mend project, issue_type or labels, or give the token {self.door.rights}"
                ) from error
            raise
        return Seen(marker, key, self._url(key), is_open=True)

    def _edit(self, key: str, fields: Mapping[str, object], assignee: Mapping[str, object]) -> None:
        path = f"/rest/api/2/issue/{key}"
        if assignee:
            with suppress(Refused):  # nothing was changed; whatever else is wrong is said now
                self.door.change("PUT", path, {"fields": {**fields, **assignee}})
                return
        self.door.change("PUT", path, {"fields": fields})

    def _assignee(self, ticket: Ticket) -> dict[str, object]:
        handle = self.people.get(ticket.owner or "")
        return {"assignee": {"accountId" if self.is_cloud else "name": handle}} if handle else {}

    def _move(self, key: str, is_open: bool) -> None:
        path = f"/rest/api/2/issue/{key}/transitions"
        named = self.open_by if is_open else self.done

        def read(told: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
            return [(one["id"], one["name"], _is_done(one["to"])) for one in told["transitions"]]

        for id_, name, is_done in self.door.read(path, read):
            if name.casefold() == named.casefold() if named else is_done is not is_open:
                self.door.write("POST", path, {"transition": {"id": id_}}, unread)
                return
        which = f"`{named}`" if named else f"to a status that is {'not ' if is_open else ''}done"
        raise Refused(f"{key} has no transition {which} now; name one with `{'open' if is_open else 'done'}`")

    def _seen(self, told: Mapping[str, Any]) -> Seen:
        marker = next((label for label in told["fields"]["labels"] if MARKER.fullmatch(label)), "")
        return Seen(marker, told["key"], self._url(told["key"]), not _is_done(told["fields"]["status"]))

    def _url(self, key: str) -> str:
        return f"{self.door.base_url.rstrip('/')}/browse/{key}"

    def _words(self, ticket: Ticket) -> dict[str, str]:
        handle = self.people.get(ticket.owner or "")
        text = wiki(fitted(ticket.body, handle, LONGEST))
        return {"summary": ticket.title[:TITLE], "description": fitted(text, None, LONGEST)}


def _is_done(status: Mapping[str, Any]) -> bool:
    return bool(status["statusCategory"]["key"] == "done")


def _page(told: Mapping[str, Any], as_: Read[T]) -> tuple[list[T], dict[str, object]]:
    found = [as_(issue) for issue in told["issues"]]
    if told.get("nextPageToken"):
        return found, {"nextPageToken": told["nextPageToken"]}
    following = told.get("startAt", 0) + len(found)
    return found, {"startAt": following} if following < told.get("total", 0) else {}


def _said_on(told: Mapping[str, Any], is_cloud: bool) -> list[Said]:
    def said(one: Mapping[str, Any], text: str, id_: str) -> Said:
        """Who left is nobody."""
        by = (one.get("author") or {}).get("accountId" if is_cloud else "name", "")
        return Said(told["key"], by, text, datetime.fromisoformat(one["created"]), id_)

    heard = [said(one, one["body"], f"comment-{one['id']}") for one in told["fields"]["comment"]["comments"]]
    for one in told["changelog"]["histories"]:
        for item in one["items"]:
            before, after = ((item.get(side) or "") for side in ("fromString", "toString"))
            names = sorted(set(after.split()) - set(before.split())) if item["field"] == "labels" else [after]
            if item["field"] in ("labels", "status"):
                heard += [said(one, name, f"change-{one['id']}-{name}") for name in names]
    return heard


def make(told: Told) -> Desk:
    """The desk of one table of desks.toml."""
    options, token = told.options, told.secrets["token"]
    project = str(options["project"])
    named = {name: str(options[name]) if name in options else None for name in ("user", "done", "open")}
    door = Door(
        str(options["url"]),
        f"the rights to browse, create, edit, assign and transition issues of {project}",
        {} if named["user"] else {"Authorization": f"Bearer {token}"},
        (named["user"], token) if named["user"] else None,
        (token,),
    )
    return Jira(
        door,
        project,
        str(options["issue_type"]),
        texts(options.get("labels")) or ("seamkeeper",),
        options["edition"] == "cloud",
        named["done"],
        named["open"],
        told.people,
    )


KIND: Final = Kind(OPTIONS, make, SECRETS, decided_by=BY_COMMENT)
