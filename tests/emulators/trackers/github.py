"""What does GitHub answer about issues? The paths that a desk uses, over a `Board`.

    with serve(GitHub(Board(members={"octo"}))) as github: ...github.url, github.vendor.knows

https://docs.github.com/en/rest/issues/issues
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.emulators.messages import Reply, Request, dispatch, routes
from tests.emulators.trackers.board import Act, Board, Issue

LONGEST = 65_536
_ROUTES = routes(
    {
        "GET /repos/acme/handoffs/issues": "list_issues",
        "POST /repos/acme/handoffs/issues": "create",
        "GET /repos/acme/handoffs/issues/{key}": "read",
        "PATCH /repos/acme/handoffs/issues/{key}": "update",
        "POST /repos/acme/handoffs/issues/{key}/assignees": "assign",
        "GET /repos/acme/handoffs/issues/{key}/comments": "list_comments",
        "GET /repos/acme/handoffs/issues/{key}/events": "list_events",
    }
)


class GitHub:
    """The repository acme/handoffs; `knows` is the token it takes."""

    def __init__(self, board: Board) -> None:
        self.board, self.knows = board, "emulated"

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.knows}":
            return self.refusal(401)
        if request.method != "GET" and not self.board.may_write:
            return self.refusal(403)
        return dispatch(self, _ROUTES, request) or self.refusal(404)

    def refusal(self, status: int) -> Reply:
        said = {
            401: "Bad credentials",
            403: "Resource not accessible by personal access token",
            404: "Not Found",
            410: "This issue was deleted",
            429: "API rate limit exceeded",
        }.get(status, "Server Error")
        return Reply({"message": said, "documentation_url": "https://docs.github.com/rest"}, status)

    def list_issues(self, request: Request) -> Reply:
        since, state = request.first("since"), request.first("state", "open")
        found = [
            issue
            for issue in self.board.there()
            if set(request.listed("labels")) <= set(issue.labels)
            and (state == "all" or issue.is_open == (state == "open"))
            and (not since or stamp(issue.updated) >= since)
        ]
        found = found if request.first("direction") == "asc" else found[::-1]
        return _page(request, [self._issue(request, issue) for issue in found])

    def create(self, request: Request) -> Reply:
        told = request.json()
        fault: dict[str, Any] | None = _fault(told)
        if strangers := set(told.get("assignees", ())) - self.board.members:
            fault = {"value": sorted(strangers), "resource": "Issue", "field": "assignees", "code": "invalid"}
        if fault:
            return Reply({"message": "Validation Failed", "errors": [fault]}, 422)
        assignee = next(iter(told.get("assignees", ())), None)
        issue = self.board.add(told["title"], told["body"], list(told["labels"]), assignee)
        return Reply(self._issue(request, issue), 201)

    def read(self, request: Request, key: str) -> Reply:
        issue = next((one for one in self.board.issues if one.key == key), None)
        if issue is None:
            return self.refusal(404)
        if issue.is_moved:
            place = f"{request.base}/repositories/2/issues/7"
            return Reply({"message": "Moved Permanently", "url": place}, 301, {"Location": place})
        return self.refusal(410) if issue.is_deleted else Reply(self._issue(request, issue))

    def update(self, request: Request, key: str) -> Reply:
        told, there = request.json(), self.read(request, key)
        if there.status != 200:
            return there
        if fault := _fault(told):
            return Reply({"message": "Validation Failed", "errors": [fault]}, 422)
        state = {"is_open": told["state"] == "open"} if "state" in told else {}
        self.board.change(key, title=told["title"], body=told["body"], **state)
        return self.read(request, key)

    def assign(self, request: Request, key: str) -> Reply:
        """Whom nobody can assign is left out without a word; the first of several is shown as `assignee`."""
        known = [handle for handle in request.json()["assignees"] if handle in self.board.members]
        if known:
            self.board.change(key, assignee=known[0])
        return Reply(self._issue(request, self.board.issue(key)), 201)

    def list_comments(self, request: Request, key: str) -> Reply:
        comments = [
            {"id": act.id, "user": user(act.by), "body": act.text, **_times(act.at, act.at)}
            for act in self.board.issue(key).of("comment")
            if stamp(act.at) >= request.first("since")
        ]
        return _page(request, comments)

    def list_events(self, request: Request, key: str) -> Reply:
        issue = self.board.issue(key)
        opened = {"id": 1, "event": "mentioned", "actor": user("octo"), "created_at": stamp(issue.created)}
        return _page(request, [opened, *(_event(act) for act in issue.of("label"))])

    def _issue(self, request: Request, issue: Issue) -> dict[str, Any]:
        return {
            "url": f"{request.base}/repos/acme/handoffs/issues/{issue.key}",
            "html_url": f"https://github.example/acme/handoffs/issues/{issue.key}",
            "id": 444500000 + int(issue.id),
            "number": int(issue.key),
            "title": issue.title,
            "user": user("seamkeeper[bot]"),
            "labels": [{"id": 1, "name": name, "color": "d73a4a", "default": False} for name in issue.labels],
            "state": "open" if issue.is_open else "closed",
            "locked": False,
            "assignee": user(issue.assignee) if issue.assignee else None,
            "comments": len(issue.of("comment")),
            **_times(issue.created, issue.updated),
            "body": issue.body,
        }


def user(login: str) -> dict[str, Any]:
    return {"login": login, "id": 21031067, "type": "User", "site_admin": False}


def stamp(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _times(created: datetime, updated: datetime) -> dict[str, str]:
    return {"created_at": stamp(created), "updated_at": stamp(updated)}


def _event(act: Act) -> dict[str, Any]:
    label = {"name": act.text, "color": "d73a4a"}
    return {
        "id": act.id,
        "event": "labeled",
        "actor": user(act.by),
        "created_at": stamp(act.at),
        "label": label,
    }


def _fault(told: dict[str, Any]) -> dict[str, str] | None:
    for name, longest in (("title", 256), ("body", LONGEST)):
        if len(told[name]) > longest:
            message = f"{name} is too long (maximum is {longest} characters)"
            return {"resource": "Issue", "field": name, "code": "custom", "message": message}
    return None


def _page(request: Request, found: Sequence[dict[str, Any]]) -> Reply:
    size, page = int(request.first("per_page", "30")), int(request.first("page", "1"))
    rest = request.target.split("?")[1].replace(f"&page={page}", "") if "?" in request.target else ""
    link = f'<{request.base}{request.path}?{rest}&page={page + 1}>; rel="next"'
    more = {"Link": link} if len(found) > size * page else {}
    return Reply(list(found[size * (page - 1) : size * page]), headers=more)
