"""What does Jira answer about issues? The paths that a desk uses, over a `Board`, as Cloud or as a Server.

    with serve(Jira(Board(members={"5b10ac"}, prefix="OPS-"))) as jira: ...

Its JQL is what the desk writes, no more. Statuses are To Do, In Progress and Done, each reached from any other.
https://developer.atlassian.com/cloud/jira/platform/rest/v2/intro/
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.emulators.messages import Reply, Request, dispatch, routes
from tests.emulators.trackers.board import Act, Board, Issue

TRANSITIONS = (
    ("11", "Start", "To Do", "new"),
    ("21", "Work", "In Progress", "indeterminate"),
    ("31", "End", "Done", "done"),
)
_ROUTES = routes(
    {
        "POST /rest/api/2/issue": "create",
        "POST /rest/api/2/search/jql": "search_on_cloud",
        "POST /rest/api/2/search": "search_on_server",
        "GET /rest/api/2/issue/{key}": "read",
        "PUT /rest/api/2/issue/{key}": "update",
        "GET /rest/api/2/issue/{key}/transitions": "list_transitions",
        "POST /rest/api/2/issue/{key}/transitions": "transition",
    }
)


class Jira:
    """The project OPS; `knows` is the token it takes: of sync@example.org on Cloud, a bearer's on a Server."""

    def __init__(self, board: Board, is_cloud: bool = True) -> None:
        self.board, self.is_cloud, self.knows = board, is_cloud, "emulated"

    def answer(self, request: Request) -> Reply:
        basic = base64.b64encode(f"sync@example.org:{self.knows}".encode()).decode()
        known = f"Basic {basic}" if self.is_cloud else f"Bearer {self.knows}"
        if request.headers.get("authorization") != known:
            return self.refusal(401)
        if "search" not in request.path and request.method != "GET" and not self.board.may_write:
            return self.refusal(403)
        return dispatch(self, _ROUTES, request) or self.refusal(404)

    def refusal(self, status: int) -> Reply:
        said = {
            401: "Client must be authenticated to access this resource.",
            403: "You do not have permission to create issues in this project.",
            404: "Issue does not exist or you do not have permission to see it.",
            429: "Rate limit exceeded.",
        }.get(status, "Internal server error")
        return Reply({"errorMessages": [said], "errors": {}}, status)

    def create(self, request: Request) -> Reply:
        fields = request.json()["fields"]
        handle = (fields.get("assignee") or {}).get(self._account)
        errors = _faults(fields)
        if fields["project"] != {"key": "OPS"}:
            errors["project"] = "valid project is required"
        if fields["issuetype"] != {"name": "Task"}:
            errors["issuetype"] = "Specify an issue type"
        if handle is not None and handle not in self.board.members:
            errors["assignee"] = f"User '{handle}' cannot be assigned issues."
        if errors:
            return Reply({"errorMessages": [], "errors": errors}, 400)
        issue = self.board.add(fields["summary"], fields["description"], list(fields["labels"]), handle)
        return Reply(
            {"id": issue.id, "key": issue.key, "self": f"{request.base}/rest/api/2/issue/{issue.id}"}, 201
        )

    def search_on_cloud(self, request: Request) -> Reply:
        told = request.json()
        found, start = self._found(told["jql"]), int(told.get("nextPageToken", 0))
        end = start + told["maxResults"]
        more = {"nextPageToken": str(end)} if end < len(found) else {}
        page = [self._issue(issue) for issue in found[start:end]]
        return Reply({"issues": page, **more, "isLast": not more}) if self.is_cloud else self.refusal(404)

    def search_on_server(self, request: Request) -> Reply:
        if self.is_cloud:
            return Reply({"errorMessages": ["The requested API has been removed."], "errors": {}}, 410)
        told = request.json()
        found, start = self._found(told["jql"]), told.get("startAt", 0)
        page = [self._issue(issue) for issue in found[start : start + told["maxResults"]]]
        return Reply(
            {"startAt": start, "maxResults": told["maxResults"], "total": len(found), "issues": page}
        )

    def read(self, request: Request, key: str) -> Reply:
        issue = next((one for one in self.board.issues if one.key == key and not one.is_deleted), None)
        if issue is None:
            return self.refusal(404)
        told = self._issue(issue)
        if issue.is_moved:  # its old key still leads there
            told["key"] = "ELSE-7"
        if request.first("expand") == "changelog":
            told["fields"]["comment"] = {"comments": [self._comment(act) for act in issue.of("comment")]}
            told["changelog"] = {
                "histories": [self._history(act) for act in issue.acts if act.kind != "comment"]
            }
        return Reply(told)

    def update(self, request: Request, key: str) -> Reply:
        fields = request.json()["fields"]
        errors, handle = _faults(fields), (fields.get("assignee") or {}).get(self._account)
        if handle is not None and handle not in self.board.members:
            errors["assignee"] = f"User '{handle}' cannot be assigned issues."
        if errors:
            return Reply({"errorMessages": [], "errors": errors}, 400)
        who = {"assignee": handle} if handle else {}
        self.board.change(key, title=fields["summary"], body=fields["description"], **who)
        return Reply(b"", 204)

    def list_transitions(self, request: Request, key: str) -> Reply:
        transitions = [
            {"id": id_, "name": name, "to": {"name": status, "statusCategory": {"key": category}}}
            for id_, name, status, category in TRANSITIONS
        ]
        return Reply({"transitions": transitions})

    def transition(self, request: Request, key: str) -> Reply:
        id_ = request.json()["transition"]["id"]
        _, _, status, category = next(one for one in TRANSITIONS if one[0] == id_)
        self.board.change(key, is_open=category != "done")
        self.board.act(key, "status", "seamkeeper", status)
        return Reply(b"", 204)

    @property
    def _account(self) -> str:
        return "accountId" if self.is_cloud else "name"

    def _found(self, jql: str) -> list[Issue]:
        labels = re.findall(r'labels = "([^"]+)"', jql)
        since = re.search(r'updated >= "-(\d+)m"', jql)
        oldest = datetime.now(UTC) - timedelta(minutes=int(since[1])) if since else None
        return [
            issue
            for issue in self.board.there()
            if 'project = "OPS"' in jql
            and set(labels) <= set(issue.labels)
            and (issue.is_open or "statusCategory != Done" not in jql)
            and (oldest is None or issue.updated >= oldest)
        ]

    def _issue(self, issue: Issue) -> dict[str, Any]:
        _, _, status, category = TRANSITIONS[0 if issue.is_open else 2]
        return {
            "id": issue.id,
            "key": issue.key,
            "fields": {
                "labels": issue.labels,
                "status": {"name": status, "statusCategory": {"id": 2, "key": category}},
            },
        }

    def _comment(self, act: Act) -> dict[str, Any]:
        return {
            "id": str(act.id),
            "author": {self._account: act.by},
            "body": act.text,
            "created": stamp(act.at),
        }

    def _history(self, act: Act) -> dict[str, Any]:
        before = "seamkeeper" if act.kind == "label" else "To Do"
        after = f"seamkeeper {act.text}" if act.kind == "label" else act.text
        field = "labels" if act.kind == "label" else "status"
        item = {"field": field, "fieldtype": "jira", "fromString": before, "toString": after}
        return {
            "id": str(act.id),
            "author": {self._account: act.by},
            "created": stamp(act.at),
            "items": [item],
        }


def stamp(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}+0000"


def _faults(fields: dict[str, Any]) -> dict[str, str]:
    faults = {}
    if len(fields["summary"]) > 255 or "\n" in fields["summary"]:
        faults["summary"] = "Summary must be less than 255 characters, in one line."
    if len(fields["description"]) > 32_767:
        faults["description"] = (
            "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
        )
    return faults
