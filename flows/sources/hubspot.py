"""What does HubSpot know: deals, tickets, contacts and companies with their history, and who touched whom.

CRM v3 objects → `raw_hubspot.records`, then `models/staging/hubspot`. In `sources.toml`:

    [hubspot]
    kind = "hubspot"            # the private app's token is in HUBSPOT_TOKEN

First everything is listed, later what the search says has changed since (minus an overlap, as its index lags);
each record is read by its id with the history of the properties that contracts name, and with its links.
Shapes: developers.hubspot.com/docs/api/crm (objects, search, associations v4, properties, owners, pipelines).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import Any, Final

from contracts import load_catalogue
from contracts.errors import SourceError
from flows.options import Option
from flows.settings import Source
from flows.sources import writing
from flows.sources.client import SAME_PAGE, Client
from flows.sources.hubspot_links import Links, has_failed, read_links
from flows.sources.hubspot_types import COMPANY, PATHS, RECORDS, SURVEYS, TOUCHES, Type, objects_path
from flows.sources.merging import load
from flows.sources.pulling import Pulled, Pulling
from flows.sources.records import Cursors, Record, instant, latest, shape, text_of
from flows.sources.tracking import URL, Wanted, wanted

OPTIONS: Final = {
    "url": Option(str, default="https://api.hubapi.com", means="where the API is"),
    "overlap_minutes": Option(
        int, default=60, minimum=0, means="how far back to look again for what came late"
    ),
    "touches": Option(bool, default=True, means="whether meetings, calls and notes are read"),
    "surveys": Option(bool, default=True, means="whether feedback submissions are read"),
    **writing.option("seamkeeper_{handoff}_gate", "seamkeeper_{handoff}_missing"),
}
SECRETS: Final = {"token": "the access token of a private app"}

NAMED: Final = 5  # ids in a message
LIST_PAGE, SEARCH_PAGE, BATCH = 100, 200, 50  # 50: the most that HubSpot reads at once with history
SEARCH_END: Final = 10_000
"""HubSpot's search ends here; what lies behind is asked for anew, from the last one found on."""
WHOLE: Final = ("owner", "property", "stage")
"""Read completely each time: small, and what vanishes from them matters."""


def pull(source: Source, pulling: Pulling) -> Pulled:
    """Load the records that changed since the last pull. Raises SourceError."""
    portal = Portal(source, pulling)
    return load(source, pulling, portal.read, WHOLE, portal.mapped)


class Portal:
    """One HubSpot portal, read once."""

    def __init__(self, source: Source, pulling: Pulling) -> None:
        """Opens nothing yet."""
        from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

        token: Any = pulling.secrets["token"]
        url = str(source.options["url"])
        self.client = Client(
            source.name, url, BearerTokenAuth(token), secrets=pulling.secrets, has_failed=has_failed
        )
        self._name, self._report = source.name, pulling.report
        self._overlap = timedelta(minutes=int(str(source.options["overlap_minutes"])))
        self.mapped: Wanted = wanted(load_catalogue(pulling.settings.project), "hubspot")
        self.types = [COMPANY, *(type_ for type_ in RECORDS if type_.object in self.mapped)]
        self.types += TOUCHES if source.options["touches"] else ()
        self.types += (SURVEYS,) if source.options["surveys"] else ()
        self._there: dict[str, set[str]] = {}
        self._pages = ""

    def read(self, cursors: Cursors) -> Iterator[list[Record]]:
        """The shape of the portal, its people, then what changed of each type."""
        yield from self._shapes()
        portal = self.client.get("/account-info/v3/details")
        self._pages = f"https://{portal['uiDomain']}/contacts/{portal['portalId']}/record"
        yield list(self.owners())
        for type_ in self.types:
            yield from self._changed(type_, cursors)

    # -- the portal itself -----------------------------------------------------------------------------------

    def _shapes(self) -> Iterator[list[Record]]:
        """Every property and every stage as a record of its own, so that a change of one is seen."""
        self._report(f"{self._name}: properties and stages")
        for type_ in self.types:
            if type_.has_history:
                found = self.client.get(f"/crm/v3/properties/{type_.path}")["results"]
                self._there[type_.object] = {one["name"] for one in found}
                yield [
                    shape("property", f"{type_.object}.{one['name']}", one, "label", "type") for one in found
                ]
            if type_.object in ("deal", "ticket"):
                pipelines = self.client.get(f"/crm/v3/pipelines/{type_.path}")["results"]
                yield [
                    shape("stage", f"{type_.object}.{pipeline['id']}.{stage['id']}", stage, "label")
                    for pipeline in pipelines
                    for stage in pipeline["stages"]
                ]

    def owners(self) -> Iterator[Record]:
        """Everyone who owns or owned records."""
        for archived in ("false", "true"):
            pages = self.client.pages(
                "/crm/v3/owners", after(), "results", limit=LIST_PAGE, archived=archived
            )
            for owner in (owner for page in pages for owner in page):
                teams = sorted(owner.get("teams") or (), key=lambda team: not team.get("primary", False))
                content = {
                    "email": owner.get("email"),
                    "user_id": owner.get("userId") or owner.get("userIdIncludingInactive"),
                    "team": teams[0]["name"] if teams else None,
                    "is_active": archived == "false",
                }
                yield Record("owner", str(owner["id"]), instant(owner["updatedAt"]), text_of(content))

    # -- records ---------------------------------------------------------------------------------------------

    def _changed(self, type_: Type, cursors: Cursors) -> Iterator[list[Record]]:
        """What changed since the last pull; everything, when properties are wanted that were not before."""
        names = self._names(type_)
        known = cursors.get(type_.object)
        since = instant(known["read_to"]) if known and {*names} <= {*known["properties"]} else None
        began, read_to, count = datetime.now(UTC), since, 0
        back_to = None if since is None else since - self._overlap
        for page in self._living_and_archived(type_, back_to, names):
            read_to = latest(read_to, page)
            count += len(page)
            self._report(f"{self._name}: {count:,} {type_.path}")
            yield page
        if read_to is not None:  # what was read early may have changed again before the last was read
            cursors[type_.object] = {"read_to": min(read_to, began).isoformat(), "properties": names}

    def _living_and_archived(
        self, type_: Type, since: datetime | None, names: Sequence[str]
    ) -> Iterator[list[Record]]:
        """What changed since then, living and archived; a batch that leaves out what was listed loses nothing."""
        living = self._listed(type_) if since is None else self._found(type_, since)
        missing = set[str]()
        for ids, archived in chain(
            zip(living, repeat(False)), zip(self._archived(type_, since), repeat(True))
        ):
            for start in range(0, len(ids), BATCH):
                asked = ids[start : start + BATCH]
                page = self._read(type_, asked, names, archived)
                missing = (missing | {*asked}) - {record.id for record in page}
                yield page
        yield from self._again(type_, sorted(missing), names)

    def _again(self, type_: Type, ids: Sequence[str], names: Sequence[str]) -> Iterator[list[Record]]:
        """What was listed and not read, once more: archived or restored meanwhile, it is on the other side now.

        Raises SourceError for what is on neither.
        """
        missing = {*ids}
        for archived in (False, True):
            left = sorted(missing)
            for start in range(0, len(left), BATCH):
                page = self._read(type_, left[start : start + BATCH], names, archived)
                missing -= {record.id for record in page}
                yield page
        if missing:
            first, more = sorted(missing)[:NAMED], len(missing) - NAMED
            raise SourceError(
                f"source {self._name}: HubSpot lists {len(missing):,} of {type_.path} and does not let us read them "
                f"({', '.join(first)}{f' and {more:,} more' if more > 0 else ''}), asked twice; nothing was loaded, "
                "run again later; if it stays, check in HubSpot whether they open, and what the app may see of them"
            )

    def _names(self, type_: Type) -> list[str]:
        """The properties to read: our own, and those mapped that are there."""
        mapped = self.mapped.get(type_.object, {}).keys()
        return sorted({*type_.properties, *(mapped & self._there.get(type_.object, mapped))})

    def _listed(self, type_: Type) -> Iterator[list[str]]:
        pages = self.client.pages(objects_path(type_), after(), "results", limit=LIST_PAGE, archived="false")
        for page in pages:
            yield [record["id"] for record in page]

    def _found(self, type_: Type, since: datetime) -> Iterator[list[str]]:
        """What the search finds that changed at `since` or later, oldest first.

        Each page is asked for anew from the last change on: a record that changes meanwhile moves to the end, and
        would shift all behind it by one if pages were counted. Only within one instant they are.
        """
        path, place, again = f"{objects_path(type_)}/search", "", 0
        while True:
            answer = self.client.post(path, json=_search(type_, since, place))
            page = answer["results"]
            yield [record["id"] for record in page]
            if len(page) < SEARCH_PAGE:
                return
            last = max([since, *(at for one in page if (at := instant(one["updatedAt"])))])
            following = "" if last > since else str(answer["paging"]["next"]["after"])
            again = again + 1 if (last, following) == (since, place) else 0
            if again >= SAME_PAGE:
                raise SourceError(f"source {self._name}: the pages of {path} go in a circle; run again later")
            since, place = last, following
            if place and int(place) + SEARCH_PAGE > SEARCH_END:
                yield from self._listed(type_)  # an import: more at one instant than the search can show
                return

    def _read(self, type_: Type, ids: Sequence[str], names: Sequence[str], archived: bool) -> list[Record]:
        """Records by id, with history and links; without those that are not there, or on the other side."""
        asked = {
            "inputs": [{"id": id_} for id_ in ids],
            "properties": names,
            "propertiesWithHistory": names if type_.has_history else [],
        }
        path = f"{objects_path(type_)}/batch/read{'?archived=true' if archived else ''}"
        told = self.client.post(path, json=asked)["results"]
        found = [one for one in told if one["id"] in ids]  # a merged one may be answered by what it is now
        links = {to: self._links(type_.path, PATHS[to], ids) for to in type_.links} if found else {}
        if type_ is SURVEYS:
            links["company"] = self._companies_of(links.get("contact", {}))
        return [
            self._record(type_, one, names, {to: of.get(one["id"], []) for to, of in links.items()})
            for one in found
        ]

    def _record(self, type_: Type, told: dict[str, Any], names: Sequence[str], links: Links) -> Record:
        """What of a record is kept; one that was archived changed when it was."""
        properties = {name: told["properties"].get(name) for name in names}
        if type_.page:
            properties[URL] = f"{self._pages}/{type_.page}/{told['id']}"
        content = {
            "createdAt": told["createdAt"],
            "properties": properties,
            "propertiesWithHistory": told.get("propertiesWithHistory"),
            "links": links,
            "deleted": True if told.get("archived") else None,
        }
        changed_at = told.get("archivedAt") if told.get("archived") else None
        kept = {key: value for key, value in content.items() if value}
        return Record(type_.object, told["id"], instant(changed_at or told["updatedAt"]), text_of(kept))

    def _companies_of(self, contacts: Mapping[str, list[dict[str, Any]]]) -> Links:
        """Who answered belongs to a company; an answer itself is linked to none."""
        first = {id_: linked[0]["id"] for id_, linked in contacts.items() if linked}
        companies = self._links("contacts", "companies", sorted({*first.values()})) if first else {}
        return {id_: companies.get(contact, []) for id_, contact in first.items()}

    def _links(self, path: str, target: str, ids: Sequence[str]) -> Links:
        return read_links(self.client, self._name, path, target, ids)

    def _archived(self, type_: Type, since: datetime | None) -> Iterator[list[str]]:
        """What was archived since then, or ever; HubSpot lists all of it, and cannot search it."""
        pages = self.client.pages(objects_path(type_), after(), "results", limit=LIST_PAGE, archived="true")
        for page in pages:
            told = ((record["id"], instant(record.get("archivedAt"))) for record in page)
            yield [id_ for id_, at in told if since is None or at is None or at >= since]


def _search(type_: Type, since: datetime, place: str) -> dict[str, Any]:
    milliseconds = str(int(since.timestamp() * 1000))
    filters = [{"propertyName": type_.modified, "operator": "GTE", "value": milliseconds}]
    return {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": type_.modified, "direction": "ASCENDING"}],
        "properties": [type_.modified],
        "limit": SEARCH_PAGE,
        **({"after": place} if place else {}),
    }


def after(in_body: bool = False) -> Any:
    """How HubSpot pages: a cursor `after`, in the query or in the body. A fresh one each time."""
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

    return JSONResponseCursorPaginator(
        cursor_path="paging.next.after",
        cursor_param=None if in_body else "after",
        cursor_body_path="after" if in_body else None,
    )
