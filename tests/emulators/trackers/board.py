"""What stands in an emulated tracker, whoever's it is: issues, and what persons did with them.

    board = Board(members={"octo"})
    board.comment("1", "octo", "accept")
    board.issue("1").body

The servers beside this file (github.py, jira.py, linear.py) answer over a board in their vendors' shapes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flows.desks.desk import marker_in


@dataclass
class Act:
    """A comment, a label or a status that somebody gave an issue."""

    id: int
    kind: str
    by: str
    text: str
    at: datetime


@dataclass
class Issue:
    """An issue; `key` is what its tracker calls it, `id` a number or text that nobody sees."""

    key: str
    id: str
    title: str
    body: str
    labels: list[str]
    assignee: str | None
    created: datetime
    updated: datetime
    is_open: bool = True
    is_deleted: bool = False
    is_moved: bool = False
    acts: list[Act] = field(default_factory=list)

    def of(self, kind: str) -> list[Act]:
        return [act for act in self.acts if act.kind == kind]


@dataclass
class Board:
    """All issues of one project; `members` can be assigned; `may_write` is a right of the token."""

    members: set[str] = field(default_factory=set)
    prefix: str = ""
    may_write: bool = True
    issues: list[Issue] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def add(
        self, title: str, body: str, labels: list[str], assignee: str | None, id_: str | None = None
    ) -> Issue:
        number, now = next(self.numbers), datetime.now(UTC)
        issue = Issue(
            f"{self.prefix}{len(self.issues) + 1}",
            id_ or str(number),
            title,
            body,
            labels,
            assignee,
            now,
            now,
        )
        self.issues.append(issue)
        return issue

    def issue(self, key: str) -> Issue:
        return next(one for one in self.issues if key in (one.key, one.id))

    def there(self) -> list[Issue]:
        return [one for one in self.issues if not (one.is_deleted or one.is_moved)]

    def marked(self, marker: str) -> list[Issue]:
        """Every issue that was ever opened with this marker."""
        return [one for one in self.issues if marker in (marker_in(one.body), *one.labels)]

    def change(self, key: str, **what: object) -> None:
        issue = self.issue(key)
        for name, value in what.items():
            setattr(issue, name, value)
        issue.updated = datetime.now(UTC)

    def act(self, key: str, kind: str, by: str, text: str) -> None:
        """`kind`: comment, label or status."""
        issue, now = self.issue(key), datetime.now(UTC)
        issue.acts.append(Act(next(self.numbers), kind, by, text, now))
        issue.updated = now
        if kind == "label":
            issue.labels.append(text)
