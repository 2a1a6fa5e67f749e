"""What does Zendesk know: tickets with every change since they were created, organizations, and who answered whom.

Incremental exports → `raw_zendesk.records`, then `models/staging/zendesk`. In `sources.toml`:

    [zendesk]
    kind = "zendesk"                    # ZENDESK_TOKEN: an OAuth access token, or with `email` an API token
    subdomain = "acme"
    email = "sync@acme.example"

Every pull starts where the last one ended, minus an overlap; Zendesk exports nothing of the last minute.
https://developer.zendesk.com/documentation/ticketing/managing-tickets/using-the-incremental-export-api/
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from contracts import load_catalogue
from contracts.errors import ConfigurationError
from flows.options import Option
from flows.settings import Settings, Source
from flows.sources import writing
from flows.sources.client import Client
from flows.sources.merging import load
from flows.sources.pulling import Pulled, Pulling
from flows.sources.records import DELETED, Cursors, Record, instant, latest, shape, text_of
from flows.sources.tracking import URL, Wanted, wanted
from flows.sources.zendesk_fields import (
    RATING,
    SEEN,
    SYSTEM_USER,
    TOLD,
    Field,
    changes_of,
    fields_of,
    is_answer,
    values_of,
)

OPTIONS: Final = {
    "subdomain": Option(str, means="the first part of <subdomain>.zendesk.com"),
    "url": Option(str, means="where the API is, if not at <subdomain>.zendesk.com"),
    "email": Option(str, means="whose API token it is; without it the token is an OAuth access token"),
    "overlap_minutes": Option(
        int, default=60, minimum=0, means="how far back to look again for what came late"
    ),
    "touches": Option(bool, default=True, means="whether agents' public comments are read"),
    **writing.option("seamkeeper_{handoff}_gate", "seamkeeper_{handoff}_missing"),
}
SECRETS: Final = {"token": "an API token, or an OAuth access token with the scope read"}

EXPORT_PAGE, LIST_PAGE = 1000, 100
EXPORT_DELAY: Final = timedelta(minutes=1)
"""An export may not begin later than this ago."""
ORGANIZATION: Final = ("name", "domain_names", "external_id", "details", "notes", "tags", "created_at")
WHOLE: Final = ("membership", "property")
"""Read completely each time: small, and what vanishes from them matters."""
UNSEEN: Final = timedelta(minutes=1)
"""An export has nothing of the last minute."""


def pull(source: Source, pulling: Pulling) -> Pulled:
    """Load the records and events that are new since the last pull. Raises SourceError."""
    desk = Desk(source, pulling)
    return load(source, pulling, desk.read, WHOLE, desk.mapped)


def check(source: Source, settings: Settings) -> None:
    """Raise ConfigurationError if it is not said where the account is."""
    _url(source)


def _url(source: Source) -> str:
    told = source.options
    if "url" in told:
        return str(told["url"]).rstrip("/")
    if "subdomain" in told:
        return f"https://{told['subdomain']}.zendesk.com"
    raise ConfigurationError(
        f"source {source.name}: neither `subdomain` nor `url` says where it is; "
        f"write {OPTIONS['subdomain'].means}"
    )


class Desk:
    """One Zendesk account, read once."""

    def __init__(self, source: Source, pulling: Pulling) -> None:
        """Opens nothing yet."""
        from dlt.sources.helpers.rest_client.auth import BearerTokenAuth, HttpBasicAuth

        token: Any = pulling.secrets["token"]
        email = source.options.get("email")
        auth = HttpBasicAuth(f"{email}/token", token) if email else BearerTokenAuth(token)
        self._url = _url(source)
        self.client = Client(source.name, self._url, auth, secrets=pulling.secrets)
        self._name, self._pulling = source.name, pulling
        self._overlap = timedelta(minutes=int(str(source.options["overlap_minutes"])))
        self._has_touches = bool(source.options["touches"])
        self.mapped: Wanted = wanted(load_catalogue(pulling.settings.project), "zendesk")

    def read(self, cursors: Cursors) -> Iterator[list[Record]]:
        """The fields there are, the people, then what changed: tickets before their events."""
        fields = fields_of(self.listed("ticket_fields"))
        keys = [(one["key"], one) for one in self.listed("organization_fields")]
        own = [(name, {"title": name, "type": "system"}) for name in ORGANIZATION]
        yield [shape("property", f"ticket.{field.name}", vars(field), "label", "type") for field in fields]
        yield [shape("property", f"organization.{key}", one, "title", "type") for key, one in own + keys]
        yield from self._people(cursors)
        yield from self._organizations([key for key, _ in own + keys], cursors)
        asked = self.mapped.get("ticket", {}).keys()
        if asked or self._has_touches:
            kept = [field for field in fields if field.name in (*TOLD, *asked) and field.name != RATING]
            yield from self._tickets(kept, cursors)
            yield from self._events(kept, cursors)
        if RATING in asked:
            yield from self._ratings(cursors)

    # -- people and organizations ----------------------------------------------------------------------------

    def _people(self, cursors: Cursors) -> Iterator[list[Record]]:
        """Everyone, as a ticket's organization is its requester's; of customers only that is kept."""
        teams = self.teams()
        yield [Record("membership", id_, None, text_of({"team": team})) for id_, team in teams.items()]
        yield [Record("user", str(SYSTEM_USER), None, text_of({"role": "system"}))]

        def user(told: Mapping[str, Any]) -> Record:
            content = {"role": told["role"], "organization": told.get("organization_id")}
            if told["role"] != "end-user":
                is_active = told.get("active", True) and not told.get("suspended", False)
                content |= {"email": told.get("email"), "is_active": is_active}
            return Record("user", str(told["id"]), instant(told["updated_at"]), text_of(content))

        yield from self._exported(cursors, "user", "users/cursor", "users", (), user, link="after_url")

    def teams(self) -> dict[str, str | None]:
        """User → the group that is theirs by default."""
        groups = {one["id"]: one["name"] for one in self.listed("groups")}
        seats = sorted(self.listed("group_memberships"), key=lambda one: (not one["default"], one["id"]))
        return {str(one["user_id"]): groups.get(one["group_id"]) for one in reversed(seats)}

    def _organizations(self, keys: Sequence[str], cursors: Cursors) -> Iterator[list[Record]]:
        asked = {"name", "domain_names", *self.mapped.get("organization", {})}
        names = sorted(asked & {*keys})

        def organization(told: Mapping[str, Any]) -> Record:
            said = {
                **(told.get("organization_fields") or {}),
                **{name: told.get(name) for name in ORGANIZATION},
            }
            content = {
                "seen": {
                    **{name: said.get(name) for name in names},
                    URL: f"{self._url}/agent/organizations/{told['id']}",
                }
            }
            kept = DELETED if told.get("deleted_at") else text_of(content)
            at = instant(told.get("deleted_at") or told["updated_at"])
            return Record("organization", str(told["id"]), at, kept)

        yield from self._exported(
            cursors, "organization", "organizations", "organizations", names, organization
        )

    # -- tickets ---------------------------------------------------------------------------------------------

    def _tickets(self, fields: Sequence[Field], cursors: Cursors) -> Iterator[list[Record]]:
        def ticket(told: Mapping[str, Any]) -> Record:
            at = instant(told["created_at"])
            values = values_of(told, fields)
            content = {
                "created_at": at and at.isoformat(),
                "properties": {name: value for name, value in values.items() if name not in SEEN},
                "seen": {
                    **{name: value for name, value in values.items() if name in SEEN},
                    URL: f"{self._url}/agent/tickets/{told['id']}",
                },
            }
            kept = DELETED if told["status"] == "deleted" else text_of(content)
            seconds = told["generated_timestamp"]  # moves with every change, updated_at does not
            return Record("ticket", str(told["id"]), instant(f"{seconds}000"), kept)

        names = [field.name for field in fields]
        yield from self._exported(
            cursors, "ticket", "tickets/cursor", "tickets", names, ticket, link="after_url"
        )

    def _events(self, fields: Sequence[Field], cursors: Cursors) -> Iterator[list[Record]]:
        """What changed by each update, and whether it answered; of the others nothing is kept."""

        def event(told: Mapping[str, Any]) -> Record:
            at = instant(told["created_at"])
            changes = [vars(change) for change in changes_of(told, fields)]
            content = {
                "ticket": str(told["ticket_id"]),
                "at": at and at.isoformat(),
                "by": str(told["updater_id"]),
                "is_answer": self._has_touches and is_answer(told),
                "changes": changes,
            }
            kept = text_of(content) if changes or content["is_answer"] else ""
            return Record("ticket_event", str(told["id"]), at, kept)

        names = [*(field.name for field in fields), *(["answers"] if self._has_touches else [])]
        yield from self._exported(cursors, "ticket_event", "ticket_events", "ticket_events", names, event)

    def _ratings(self, cursors: Cursors) -> Iterator[list[Record]]:
        """https://developer.zendesk.com/api-reference/ticketing/ticket-management/satisfaction_ratings/."""
        since = self._since(cursors, "satisfaction_rating", ())
        found = []
        for told in self.listed("satisfaction_ratings", start_time=since):
            at = instant(told["updated_at"])
            content = {
                "ticket": str(told["ticket_id"]),
                "at": at and at.isoformat(),
                "by": str(told["requester_id"]),
                "score": told["score"],
            }
            found.append(Record("satisfaction_rating", str(told["id"]), at, text_of(content)))
        yield found
        self._remember(
            cursors, "satisfaction_rating", (), latest(_read_to(cursors, "satisfaction_rating"), found)
        )

    # -- exports and lists -----------------------------------------------------------------------------------

    def _since(self, cursors: Cursors, object_: str, names: Sequence[str]) -> int:
        """From which second on to export: 0 when names are wanted that were not before."""
        since = _read_to(cursors, object_)
        if since is None or not {*names} <= {*cursors[object_]["properties"]}:
            return 0
        return int(min(since - self._overlap, self._pulling.started_at - 2 * EXPORT_DELAY).timestamp())

    def _remember(
        self, cursors: Cursors, object_: str, names: Sequence[str], read_to: datetime | None
    ) -> None:
        if read_to is not None:
            cursors[object_] = {"read_to": read_to.isoformat(), "properties": list(names)}

    def _exported(
        self,
        cursors: Cursors,
        object_: str,
        path: str,
        selector: str,
        names: Sequence[str],
        record: Callable[[Mapping[str, Any]], Record],
        link: str = "next_page",
    ) -> Iterator[list[Record]]:
        """What changed since the last pull."""
        since, read_to, count = self._since(cursors, object_, names), _read_to(cursors, object_), 0
        for page in self.export(path, selector, since, link):
            records = [record(one) for one in page]
            read_to = latest(read_to, records)
            count += len(page)
            self._pulling.report(f"{self._name}: {count:,} {selector.replace('_', ' ')}")
            yield [one for one in records if one.content]
        self._remember(cursors, object_, names, read_to)

    def export(self, path: str, selector: str, since: int, link: str) -> Iterator[list[Any]]:
        """What changed from that second on, oldest first; by time, the last second of a page comes again."""
        where, paging = f"/api/v2/incremental/{path}.json", _until_end(link)
        yield from self.client.pages(where, paging, selector, start_time=since, per_page=EXPORT_PAGE)

    def listed(self, path: str, **params: Any) -> list[Any]:
        """All of a list."""
        from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

        paginator = JSONResponseCursorPaginator(
            "meta.after_cursor", "page[after]", has_more_path="meta.has_more"
        )
        pages = self.client.pages(
            f"/api/v2/{path}.json", paginator, path, **{"page[size]": LIST_PAGE}, **params
        )
        return [one for page in pages for one in page]


def _read_to(cursors: Cursors, object_: str) -> datetime | None:
    return instant(cursors.get(object_, {}).get("read_to"))


def _until_end(link: str) -> Any:
    """Exports always name a following page, and say where the stream ends."""
    from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

    class Export(JSONLinkPaginator):
        def update_state(self, response: Any, data: list[Any] | None = None) -> None:
            super().update_state(response, data)
            if response.json().get("end_of_stream"):
                self._has_next_page = False

    return Export(link)
