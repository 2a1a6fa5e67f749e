"""A desk on GitHub: one issue of one repository per ticket, on github.com or on a GitHub Enterprise of one's own.

Ticket → issue with our labels, found again by the marker in its last line. The list of issues is read, never the
search, whose index lags by minutes. The API is asked directly: what we need of it is six paths, and each write once.
https://docs.github.com/en/rest/issues/issues
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flows.desks.deciding import BY_COMMENT, words_of
from flows.desks.desk import Desk, Kind, Refused, Said, Seen, Told, marker_in
from flows.desks.http import ADDRESS, Door, Read, unread
from flows.desks.wording import fitted
from flows.options import Option, texts
from flows.outbox import Ticket

LONGEST: Final = 65_536
"""Characters of a body; GitHub refuses more."""
TITLE: Final = 256
PAGE: Final = 100
OPTIONS: Final = {
    "repository": Option(
        str, required=True, pattern=r"[\w.-]+/[\w.-]+", means="the repository as owner/name"
    ),
    "labels": Option(list, means="the labels of our issues, the first of which no other issue has"),
    "api_url": Option(
        str,
        default="https://api.github.com",
        pattern=ADDRESS,
        means="the address of the API, of an Enterprise https://HOST/api/v3",
    ),
}
SECRETS: Final = {"token": "a token with the right Issues: write"}


@dataclass(frozen=True)
class GitHub:
    """Tickets as issues of one repository; `people` is person id → login."""

    door: Door
    repository: str
    labels: tuple[str, ...]
    people: Mapping[str, str] = field(default_factory=dict)
    # a request is ended after 10 s, so it lands by then; the list is read from replicas, seconds behind
    settles: timedelta = timedelta(minutes=2)
    is_blind: bool = False

    def open_tickets(self) -> Sequence[Seen]:
        """Open issues with our first label."""
        issues = self._issues(labels=self.labels[0], state="open")
        return [seen for issue in issues if (seen := _seen(issue)).marker]

    def look(self, key: str) -> Seen | None:
        """One issue; None where it was deleted (410, or 404) or transferred (301)."""
        return self.door.look(f"{self._path}/{key}", lambda told: _seen(_issue(told)))

    def find(self, marker: str, since: datetime) -> Sequence[Seen]:
        """Of all issues since then, whatever label they have: where the token has no right to, labels are left out."""
        issues = self._issues(state="all", since=_stamp(since))
        return [seen for issue in issues if (seen := _seen(issue)).marker == marker]

    def open(self, ticket: Ticket, once: str) -> Seen:
        """A new issue; without assignee where nobody of that login can be assigned there."""
        del once  # GitHub knows no such thing
        handle = self.people.get(ticket.owner or "")
        issue = {**self._words(ticket), "labels": list(self.labels)}
        if handle is None:
            return self._opened(issue)
        try:
            return self._opened({**issue, "assignees": [handle]})
        except Refused:  # nothing was opened; whatever else is wrong is said now
            return self._opened(issue)

    def set(
        self, key: str, ticket: Ticket, is_open: bool | None, once: str, has_new_owner: bool = False
    ) -> None:
        """Title and text; a new owner is assigned beside who was, as GitHub tells nobody of a text that changed."""
        del once
        state = {} if is_open is None else {"state": "open" if is_open else "closed"}
        self.door.change("PATCH", f"{self._path}/{key}", {**self._words(ticket), **state})
        handle = self.people.get(ticket.owner or "")
        if has_new_owner and handle is not None:
            with suppress(Refused):  # whom nobody can assign there is named in the text
                self.door.write("POST", f"{self._path}/{key}/assignees", {"assignees": [handle]}, unread)

    def said(self, since: datetime) -> Iterator[Said]:
        """Comments, and labels that decide, of issues changed since then."""
        for issue in self._issues(labels=self.labels[0], state="all", since=_stamp(since)):
            key = str(issue["number"])
            path = f"{self._path}/{key}"
            if issue["comments"]:
                yield from self.door.each(
                    f"{path}/comments", _comment(key), since=_stamp(since), per_page=PAGE
                )
            if any(words_of(label["name"]) for label in issue["labels"]):
                events = self.door.each(f"{path}/events", _label(key), per_page=PAGE)
                yield from (said for said in events if said is not None)

    @property
    def _path(self) -> str:
        return f"/repos/{self.repository}/issues"

    def _issues(self, **params: str) -> Iterator[dict[str, Any]]:
        """The oldest first; a pull request is an issue, too, but none of ours."""
        how = {"sort": "created", "direction": "asc", "per_page": PAGE}
        for issue in self.door.each(self._path, _issue, **how, **params):
            if "pull_request" not in issue:
                yield issue

    def _opened(self, issue: Mapping[str, object]) -> Seen:
        return self.door.write("POST", self._path, issue, lambda told: _seen(_issue(told)))

    def _words(self, ticket: Ticket) -> dict[str, str]:
        handle = self.people.get(ticket.owner or "")
        return {"title": ticket.title[:TITLE], "body": fitted(ticket.body, handle, LONGEST)}


def _issue(told: Mapping[str, Any]) -> dict[str, Any]:
    """What we read of an issue; raises KeyError if the answer is something else."""
    names = ("number", "html_url", "state", "body", "comments", "labels")
    return {
        **{name: told[name] for name in names},
        **{name: told[name] for name in told if name == "pull_request"},
    }


def _seen(issue: Mapping[str, Any]) -> Seen:
    return Seen(
        marker_in(issue["body"]) or "", str(issue["number"]), issue["html_url"], issue["state"] == "open"
    )


def _comment(key: str) -> Read[Said]:
    def read(told: Mapping[str, Any]) -> Said:
        return _said(key, told["user"], told["body"] or "", told["created_at"], f"comment-{told['id']}")

    return read


def _label(key: str) -> Read[Said | None]:
    def read(told: Mapping[str, Any]) -> Said | None:
        if told["event"] != "labeled":
            return None
        return _said(key, told["actor"], told["label"]["name"], told["created_at"], f"event-{told['id']}")

    return read


def _said(key: str, by: Mapping[str, Any] | None, text: str, at: str, id_: str) -> Said:
    """Who left GitHub is nobody."""
    return Said(key, by["login"] if by else "", text, datetime.fromisoformat(at), id_)


def _stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def make(told: Told) -> Desk:
    """The desk of one table of desks.toml."""
    repository, token = str(told.options["repository"]), told.secrets["token"]
    door = Door(
        str(told.options["api_url"]),
        f"the right Issues: write on {repository}",
        {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "X-GitHub-Api-Version": "2022-11-28",
        },
        secrets=(token,),
    )
    return GitHub(door, repository, texts(told.options.get("labels")) or ("seamkeeper",), told.people)


KIND: Final = Kind(OPTIONS, make, SECRETS, decided_by=BY_COMMENT)
