"""What does Linear answer? The operations of a desk, told apart by their names, over a `Board`.

    with serve(Linear(Board(members={"octo@example.org"}, prefix="OPS-"))) as linear: ...

It does not read the queries, only their variables: which fields a desk asks for is what it gets.
https://linear.app/developers/graphql
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.emulators.messages import Reply, Request
from tests.emulators.trackers.board import Board, Issue

STATES = [
    {"id": "s-0", "name": "Backlog", "type": "backlog", "position": 0},
    {"id": "s-3", "name": "Canceled", "type": "canceled", "position": 4},
    {"id": "s-2", "name": "Done", "type": "completed", "position": 3},
    {"id": "s-1", "name": "Todo", "type": "unstarted", "position": 1},
]
_ERRORS = {
    401: ("AUTHENTICATION_ERROR", "authentication error", "Authentication required, not authenticated"),
    403: ("FORBIDDEN", "forbidden", "You don't have permission to do this"),
    429: ("RATELIMITED", "ratelimited", "Rate limit exceeded. Only 2500 requests are allowed per 1 hour."),
}


class Linear:
    """The team OPS, whose issues get the label seamkeeper; `knows` is the key it takes."""

    def __init__(self, board: Board) -> None:
        self.board, self.knows = board, "emulated"
        self.label: str | None = None

    def named(self, request: Request) -> Request:
        """All is asked of one path: the operation's name stands behind it."""
        found = re.match(r"\s*(?:query|mutation) (\w+)", (request.json() or {}).get("query", ""))
        return replace(request, target=f"{request.path}#{found[1] if found else ''}")

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.knows}":
            return self.refusal(401)
        told = request.json()
        name = request.target.rpartition("#")[2]
        if told["query"].startswith("mutation") and not self.board.may_write:
            return self.refusal(403)
        reply: Reply = getattr(self, f"_{name.lower()}")(told["variables"])
        return reply

    def refusal(self, status: int) -> Reply:
        """Most refusals are no refusal to HTTP."""
        if status not in _ERRORS:
            return Reply(
                {"errors": [{"message": "failed", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}, status
            )
        code, kind, message = _ERRORS[status]
        extensions = {"code": code, "type": kind, "userPresentableMessage": message}
        return Reply(
            {"errors": [{"message": message, "extensions": extensions}]}, 400 if status != 403 else 200
        )

    def _team(self, _: dict[str, Any]) -> Reply:
        labels = [{"id": self.label, "team": {"key": "OPS"}}] if self.label else []
        return _data(
            teams={"nodes": [{"id": "t-1", "states": {"nodes": STATES}}]}, issueLabels={"nodes": labels}
        )

    def _user(self, told: dict[str, Any]) -> Reply:
        found = [{"id": f"u-{told['email']}", "active": True}] if told["email"] in self.board.members else []
        return _data(users={"nodes": found})

    def _label(self, told: dict[str, Any]) -> Reply:
        self.label = f"l-{told['input']['name']}"
        return _data(issueLabelCreate={"success": True, "issueLabel": {"id": self.label}})

    def _create(self, told: dict[str, Any]) -> Reply:
        told = told["input"]
        if any(issue.id == told["id"] for issue in self.board.issues):
            return _invalid("Entity with this id already exists")
        assert told["labelIds"] == [self.label]
        assignee = told.get("assigneeId")
        issue = self.board.add(
            told["title"], told["description"], ["seamkeeper"], assignee and assignee[2:], told["id"]
        )
        return _data(issueCreate={"success": True, "issue": self._issue(issue)})

    def _update(self, told: dict[str, Any]) -> Reply:
        change = told["input"]
        state = {"is_open": change["stateId"] == "s-1"} if "stateId" in change else {}
        who = {"assignee": change["assigneeId"][2:]} if "assigneeId" in change else {}
        self.board.change(told["id"], title=change["title"], body=change["description"], **state, **who)
        return _data(issueUpdate={"success": True})

    def _look(self, told: dict[str, Any]) -> Reply:
        found = [issue for issue in self.board.issues if issue.id == told["id"]]
        return _data(issue=self._issue(found[0])) if found else _invalid("Entity not found: Issue")

    def _issues(self, told: dict[str, Any]) -> Reply:
        return self._page(told, 100, self._issue)

    def _said(self, told: dict[str, Any]) -> Reply:
        return self._page(told, 10, self._with_acts)

    def _page(self, told: dict[str, Any], size: int, write: Any) -> Reply:
        """The newest first, as Linear lists them."""
        found = [issue for issue in self.board.issues[::-1] if _matches(issue, told["filter"])]
        start = int(told["after"] or 0)
        end = start + size
        page = {"hasNextPage": end < len(found), "endCursor": str(end)}
        return _data(issues={"nodes": [write(issue) for issue in found[start:end]], "pageInfo": page})

    def _issue(self, issue: Issue) -> dict[str, Any]:
        return {
            "id": issue.id,
            "identifier": issue.key,
            "url": f"https://linear.example/acme/issue/{issue.key}",
            "title": issue.title,
            "description": issue.body,
            "createdAt": stamp(issue.created),
            "trashed": True if issue.is_deleted else None,
            "archivedAt": None,
            "state": {"type": "unstarted" if issue.is_open else "completed"},
            "team": {"key": "ELSE" if issue.is_moved else "OPS"},
        }

    def _with_acts(self, issue: Issue) -> dict[str, Any]:
        comments = [
            {"id": f"c-{act.id}", "body": act.text, "createdAt": stamp(act.at), "user": {"email": act.by}}
            for act in issue.of("comment")
        ]
        history = [
            {
                "id": f"h-{act.id}",
                "createdAt": stamp(act.at),
                "actor": {"email": act.by},
                "addedLabels": [{"name": act.text}] if act.kind == "label" else None,
                "toState": {"name": act.text} if act.kind == "status" else None,
            }
            for act in issue.acts
            if act.kind != "comment"
        ]
        return {"id": issue.id, "comments": {"nodes": comments}, "history": {"nodes": history}}


def stamp(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}Z"


def _data(**data: Any) -> Reply:
    return Reply({"data": data})


def _invalid(message: str) -> Reply:
    extensions = {"code": "INPUT_ERROR", "type": "invalid input", "userPresentableMessage": message}
    return Reply({"errors": [{"message": message, "extensions": extensions}], "data": None})


def _matches(issue: Issue, asked: dict[str, Any]) -> bool:
    label, state = asked.get("labels"), asked.get("state")
    text = asked.get("description", {}).get("contains", "")
    return (
        asked["team"]["key"] == {"eqIgnoreCase": "ELSE" if issue.is_moved else "OPS"}
        and (label is None or label["name"]["eq"] in issue.labels)
        and (state is None or issue.is_open)
        and text in issue.body
        and stamp(issue.created) >= asked.get("createdAt", {}).get("gte", "")
        and all(
            "or" not in asked or stamp(issue.updated) >= one["updatedAt"]["gte"]
            for one in asked.get("or", [])[:1]
        )
    )
