"""What does Zendesk answer? Incremental exports and the lists a pull needs, over a `Store`.

    with serve(Zendesk(store)) as zendesk: ...zendesk.url, zendesk.vendor.basic, zendesk.vendor.token

Kinds: ticket, user (customers; agents are the store's people), organization, satisfaction_rating. Every path is
answered with and without .json.
https://developer.zendesk.com/documentation/ticketing/managing-tickets/using-the-incremental-export-api/
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from tests.emulators.content import Store
from tests.emulators.messages import Refused, Reply, Request, dispatch, routes
from tests.emulators.zendesk import shapes
from tests.emulators.zendesk.auditing import Audit, audits
from tests.emulators.zendesk.paging import by_cursor, by_time, listed

_ROUTES = routes(
    {
        "GET /api/v2/incremental/tickets/cursor": "export_tickets",
        "GET /api/v2/incremental/users/cursor": "export_users",
        "GET /api/v2/incremental/organizations": "export_organizations",
        "GET /api/v2/incremental/ticket_events": "export_ticket_events",
        "GET /api/v2/tickets/count": "count_tickets",
        "GET /api/v2/organizations/count": "count_organizations",
        "GET /api/v2/tickets/{id_}/audits": "list_audits",
        "PUT /api/v2/tickets/{id_}": "update_ticket",
        "GET /api/v2/satisfaction_ratings": "list_ratings",
        "GET /api/v2/groups": "list_groups",
        "GET /api/v2/group_memberships": "list_memberships",
        "GET /api/v2/ticket_fields": "list_ticket_fields",
        "GET /api/v2/organization_fields": "list_organization_fields",
        "GET /api/v2/users/me": "describe_me",
    }
)


class Zendesk:
    """An account; `token` and `forbidden` (parts of paths) may change while it is served."""

    def __init__(
        self, store: Store | None = None, email: str = "sync@example.org", bearer: str = "emulated"
    ) -> None:
        self.store = store or Store()
        self.token: str | None = bearer
        self.email = email
        self.forbidden: set[str] = set()
        self.refusing: dict[str, str] = {}  # id of a ticket → why it takes no change
        self._known: dict[str, tuple[int, list[Audit]]] = {}

    @property
    def basic(self) -> tuple[str, str]:
        """User and password of basic authentication."""
        return f"{self.email}/token", self.token or ""

    def revoke(self) -> None:
        """From now on every call is refused."""
        self.token = None

    def answer(self, request: Request) -> Reply:
        """The reply, whatever was asked."""
        secret = base64.b64encode(":".join(self.basic).encode()).decode()
        if self.token is None or request.headers.get("authorization") not in (
            f"Bearer {self.token}",
            f"Basic {secret}",
        ):
            return self.refusal(401)
        if any(part in request.path for part in self.forbidden):
            return self.refusal(403)
        plain = Request(
            request.method,
            request.path.removesuffix(".json"),
            request.query,
            request.headers,
            request.content,
        )
        try:
            with self.store.lock:
                reply = dispatch(self, _ROUTES, plain)
        except Refused as refused:
            return refused.reply
        return reply or shapes.refused(404, "InvalidEndpoint", "Not found")

    def refusal(self, status: int) -> Reply:
        """Zendesk's shape of an error."""
        match status:
            case 401:
                return shapes.refused(401, "Couldn't authenticate you")
            case 403:
                told = (
                    "You do not have access to this page. Please contact the account owner of this help desk."
                )
                return shapes.refused(403, {"title": "Forbidden", "message": told})
            case 429:
                limit = "Number of allowed API requests per minute exceeded"
                return shapes.refused(429, "APIRateLimitExceeded", limit)
        return shapes.refused(status, "InternalError", "Something went wrong")

    def export_tickets(self, request: Request) -> Reply:
        """https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/ (cursor)."""
        titles = shapes.custom_titles(self.store)
        found = [
            (shapes.unix(each.modified), int(each.id), partial(shapes.ticket, each, titles))
            for each in self.store.all("ticket")
        ]
        return by_cursor(request, "tickets", found)

    def export_users(self, request: Request) -> Reply:
        """Agents and customers, by cursor."""
        people = self.store.people
        found = [(shapes.unix(each.modified), int(each.id), partial(shapes.agent, each)) for each in people]
        found += [
            (shapes.unix(each.modified), int(each.id), partial(shapes.end_user, each))
            for each in self.store.all("user")
        ]
        return by_cursor(request, "users", found)

    def export_organizations(self, request: Request) -> Reply:
        """By time: the last second of a page comes again on the next one."""
        found = [
            (shapes.unix(each.modified), int(each.id), partial(shapes.organization, each))
            for each in self.store.all("organization")
        ]
        return by_time(request, "organizations", found)

    def export_ticket_events(self, request: Request) -> Reply:
        """By time; whole comments only with include=comment_events."""
        with_comments = "comment_events" in request.listed("include")
        found = [
            (shapes.unix(audit.at), audit.id, partial(audit.as_event, with_comments))
            for audit in self._audits()
        ]
        return by_time(request, "ticket_events", found)

    def _audits(self) -> Iterator[Audit]:
        """Of all tickets; of one that was told before, anew only if it says more now."""
        for ticket in self.store.all("ticket"):
            versions = sum(map(len, ticket.history.values()))
            known = self._known.get(ticket.id)
            if known is None or known[0] != versions:
                known = self._known[ticket.id] = (versions, audits(ticket))
            yield from known[1]

    def count_tickets(self, request: Request) -> Reply:
        """https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#count-tickets."""
        return self._count("ticket")

    def count_organizations(self, request: Request) -> Reply:
        """https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/#count-organizations."""
        return self._count("organization")

    def _count(self, kind: str) -> Reply:
        value = sum(record.deleted is None for record in self.store.all(kind))
        return Reply({"count": {"value": value, "refreshed_at": shapes.stamp(datetime.now(UTC))}})

    def list_audits(self, request: Request, id_: str) -> Reply:
        """https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/."""
        ticket = self.store.get("ticket", id_)
        if ticket is None or ticket.deleted:
            return shapes.refused(404, "RecordNotFound", "Not found")
        return listed(request, "audits", [audit.as_audit() for audit in audits(ticket)])

    def update_ticket(self, request: Request, id_: str) -> Reply:
        """https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#update-ticket : custom fields only.

        A field that is not there is ignored, as Zendesk does.
        """
        ticket = self.store.get("ticket", id_)
        if ticket is None or ticket.deleted:
            return shapes.refused(404, "RecordNotFound", "Not found")
        if ticket.value("status") == "closed":
            closed = {"status": [{"description": "Status: closed prevents ticket update"}]}
            return shapes.refused(422, "RecordInvalid", "Record validation errors", details=closed)
        if id_ in self.refusing:
            details = {"base": [{"description": self.refusing[id_], "error": None}]}
            return shapes.refused(422, "RecordInvalid", "Record validation errors", details=details)
        titles = shapes.custom_titles(self.store)
        me = next((each.id for each in self.store.people if each.email == self.email), None)
        for told in request.json()["ticket"]["custom_fields"]:
            for title in titles:
                if shapes.field_id(title) == told["id"] and (told["value"] or None) != ticket.value(title):
                    ticket.note(title, told["value"] or "", datetime.now(UTC), me)
        return Reply({"ticket": shapes.ticket(ticket, titles), "audit": audits(ticket)[-1].as_audit()})

    def list_ratings(self, request: Request) -> Reply:
        """https://developer.zendesk.com/api-reference/ticketing/ticket-management/satisfaction_ratings/."""
        since, until = (
            int(request.first(name) or default) for name, default in (("start_time", 0), ("end_time", 2**40))
        )
        records = self.store.all("satisfaction_rating")
        inside = [shapes.rating(each) for each in records if since <= shapes.unix(each.modified) < until]
        return listed(request, "satisfaction_ratings", inside)

    def list_groups(self, request: Request) -> Reply:
        """https://developer.zendesk.com/api-reference/ticketing/groups/groups/."""
        return listed(request, "groups", shapes.groups(self.store))

    def list_memberships(self, request: Request) -> Reply:
        """https://developer.zendesk.com/api-reference/ticketing/groups/group_memberships/."""
        return listed(request, "group_memberships", shapes.memberships(self.store))

    def list_ticket_fields(self, request: Request) -> Reply:
        """https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/."""
        return listed(request, "ticket_fields", shapes.ticket_fields(self.store))

    def list_organization_fields(self, request: Request) -> Reply:
        """https://developer.zendesk.com/api-reference/ticketing/organizations/organization_fields/."""
        return listed(request, "organization_fields", shapes.organization_fields(self.store))

    def describe_me(self, request: Request) -> Reply:
        """https://developer.zendesk.com/api-reference/ticketing/users/users/#show-self : the token's user."""
        me = next((shapes.agent(each) for each in self.store.people if each.email == self.email), None)
        nobody = {"id": None, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"}
        return Reply({"user": me | {"role": "admin"} if me else nobody})
