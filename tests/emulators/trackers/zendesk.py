"""What does Zendesk answer to a desk? Tickets with their comments, the search and the agents, over a `Board`.

    with serve(Zendesk(Board(members={"octo@acme.example"}))) as zendesk: ...zendesk.vendor.close("1")

A label of the board is a tag, a comment an agent's private one, a reply a customer's public one.
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zlib import crc32

from tests.emulators.messages import Reply, Request, dispatch, routes
from tests.emulators.trackers.board import Act, Board, Issue

ME = 1
LONGEST = 65_535
_TICKET = "/api/v2/tickets/{key}.json"
_ROUTES = routes(
    {
        "GET /api/v2/tickets.json": "list_tickets",
        "POST /api/v2/tickets.json": "create",
        f"GET {_TICKET}": "read",
        f"PUT {_TICKET}": "update",
        "GET /api/v2/tickets/{key}/comments.json": "list_comments",
        "GET /api/v2/search/export.json": "search",
        "GET /api/v2/users/search.json": "search_users",
        "GET /api/v2/users/me.json": "describe_me",
    }
)


class Zendesk:
    """The account acme; `knows` is the token it takes."""

    def __init__(self, board: Board) -> None:
        self.board, self.knows = board, "emulated"
        self.notes: dict[str, list[dict[str, Any]]] = {}
        self.told: dict[str, dict[str, Any]] = {}
        """What each ticket was created with."""
        self.closed: set[str] = set()
        self.made: dict[str, Issue] = {}

    def close(self, key: str) -> None:
        """As Zendesk does with solved tickets after days: for good."""
        self.board.change(key, is_open=False)
        self.closed.add(key)

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.knows}":
            return self.refusal(401)
        if request.method != "GET" and not self.board.may_write:
            return self.refusal(403)
        return dispatch(self, _ROUTES, request) or self.refusal(404)

    def refusal(self, status: int) -> Reply:
        said: dict[int, dict[str, object]] = {
            401: {"error": "Couldn't authenticate you"},
            403: {"error": "Forbidden", "description": "You do not have access to this page."},
            404: {"error": "RecordNotFound", "description": "Not found"},
        }
        return Reply(said.get(status, {"error": "InternalError"}), status)

    def create(self, request: Request) -> Reply:
        told, once = request.json()["ticket"], request.headers["idempotency-key"]
        if once not in self.made:
            agents = {_number(email): email for email in self.board.members}
            if "assignee_id" in told and told["assignee_id"] not in agents:
                return _invalid("assignee_id", "Assignee: is invalid")
            if len(told["comment"]["html_body"]) > LONGEST:
                return _invalid("comment", "Comment: is too long")
            issue = self.board.add(
                told["subject"], "", list(told["tags"]), agents.get(told.get("assignee_id", 0))
            )
            self.made[once], self.told[issue.key] = issue, told
            self._note(issue, told["comment"])
        return Reply({"ticket": self._ticket(self.made[once])}, 201)

    def read(self, request: Request, key: str) -> Reply:
        issue = next((one for one in self.board.there() if one.key == key), None)
        return self.refusal(404) if issue is None else Reply({"ticket": self._ticket(issue)})

    def update(self, request: Request, key: str) -> Reply:
        there, told = self.read(request, key), request.json()["ticket"]
        if there.status != 200:
            return there
        if key in self.closed:
            return _invalid("status", "Status: closed prevents ticket update")
        issue = self.board.issue(key)
        agents = {ME: "me", **{_number(email): email for email in self.board.members}}
        assignee = agents.get(told.get("assignee_id", 0), issue.assignee)
        if told.get("status") == "solved" and assignee is None:
            return _invalid("base", "Assignee is required when solving a ticket")
        state = {"is_open": told["status"] == "open"} if "status" in told else {}
        self.board.change(key, title=told["subject"], assignee=assignee, **state)
        if "comment" in told:
            self._note(issue, told["comment"])
        return self.read(request, key)

    def list_tickets(self, request: Request) -> Reply:
        asked = request.first("external_id")
        found = [one for one in self.board.there() if self.told.get(one.key, {}).get("external_id") == asked]
        return Reply({"tickets": [self._ticket(one) for one in found], "count": len(found)})

    def search(self, request: Request) -> Reply:
        assert request.first("filter[type]") == "ticket"
        words = dict(re.findall(r"(\w+)[:<>]=?(\S+)", request.first("query")))
        found = [
            self._ticket(one)
            for one in self.board.there()
            if words["tags"] in one.labels
            and ("status" not in words or one.is_open)
            and _stamp(one.updated) >= words.get("updated", "")
        ]
        return _page(request, "results", found[::-1], {})

    def list_comments(self, request: Request, key: str) -> Reply:
        persons = [self._said(act) for act in self.board.issue(key).acts if act.kind in ("comment", "reply")]
        found = sorted([*self.notes.get(key, []), *persons], key=lambda one: one["id"])
        users = [_user(act.by, act.by in self.board.members) for act in self.board.issue(key).acts]
        return _page(request, "comments", found, {"users": [*users, _user("me", True) | {"id": ME}]})

    def search_users(self, request: Request) -> Reply:
        asked = request.first("query")
        found = [_user(email, True) for email in sorted(self.board.members) if asked in email]
        return Reply({"users": [*found, _user(f"x{asked}", False)], "count": len(found) + 1})

    def describe_me(self, request: Request) -> Reply:
        return Reply({"user": _user("me", True) | {"id": ME}})

    def _note(self, issue: Issue, comment: Mapping[str, Any]) -> None:
        """As it is kept: with placeholders filled in."""
        html = re.sub(r"{{.*?}}|{%.*?%}", "FILLED IN", comment["html_body"])
        issue.body += html
        told = {"id": next(self.board.numbers), "author_id": ME, "public": comment["public"]}
        plain = re.sub(r"<.*?>", "", html)
        kept = {"html_body": html, "body": plain, "plain_body": plain, "created_at": _stamp(issue.updated)}
        self.notes.setdefault(issue.key, []).append({**told, **kept, "type": "Comment"})

    def _said(self, act: Act) -> dict[str, Any]:
        told = {"id": act.id, "author_id": _number(act.by), "public": act.kind == "reply", "type": "Comment"}
        return {**told, "body": act.text, "plain_body": act.text, "created_at": _stamp(act.at)}

    def _ticket(self, issue: Issue) -> dict[str, Any]:
        return {
            "url": f"https://acme.zendesk.example/api/v2/tickets/{issue.key}.json",
            "id": int(issue.key),
            "external_id": self.told.get(issue.key, {}).get("external_id"),
            "subject": issue.title,
            "status": "closed" if issue.key in self.closed else "open" if issue.is_open else "solved",
            "tags": issue.labels,
            "requester_id": ME,
            "assignee_id": None if issue.assignee is None else _number(issue.assignee),
            "created_at": _stamp(issue.created),
            "updated_at": _stamp(issue.updated),
        }


def _number(email: str) -> int:
    return ME if email == "me" else 360_000_000 + crc32(email.encode())


def _user(email: str, is_agent: bool) -> dict[str, Any]:
    role = "agent" if is_agent else "end-user"
    told = {"id": _number(email), "name": email.partition("@")[0], "email": email, "role": role}
    return {**told, "active": True, "suspended": False}


def _stamp(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _invalid(field: str, said: str) -> Reply:
    details = {field: [{"description": said, "error": "InvalidValue"}]}
    return Reply(
        {"error": "RecordInvalid", "description": "Record validation errors", "details": details}, 422
    )


def _page(request: Request, name: str, found: Sequence[Any], more: Mapping[str, Any]) -> Reply:
    size, after = int(request.first("page[size]", "100")), int(request.first("page[after]", "0"))
    has_more = len(found) > after + size
    meta = {"has_more": has_more, "after_cursor": str(after + size) if has_more else None}
    return Reply({name: list(found[after : after + size]), **more, "meta": meta})
