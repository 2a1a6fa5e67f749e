"""What does a Zendesk account have to offer, and which keys? For `discover` and `reconcile`; lays nothing down."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from flows.settings import Source
from flows.sources.pulling import Pulling
from flows.sources.reconciling import Listed
from flows.sources.records import instant
from flows.sources.sampling import Property, Sample, Skipped, Stage, as_text, if_allowed
from flows.sources.zendesk import ORGANIZATION, Desk
from flows.sources.zendesk_fields import RATING, SEEN, changes_of, fields_of, values_of

WINDOWS: Final = tuple(timedelta(hours=8**power) for power in range(6))
"""How far back to look for enough records, an hour to four years; what is read is at most some eight times enough."""
UNRATED: Final = ("unoffered", "offered")
OWNER: Final = "assignee_id"


class Export(NamedTuple):
    """One of Zendesk's incremental exports."""

    object: str
    path: str
    selector: str
    link: str
    is_gone: Callable[[Mapping[str, Any]], bool]


TICKETS: Final = Export(
    "ticket", "tickets/cursor", "tickets", "after_url", lambda told: told["status"] == "deleted"
)
ORGANIZATIONS: Final = Export(
    "organization", "organizations", "organizations", "next_page", lambda told: bool(told.get("deleted_at"))
)


def sample(source: Source, pulling: Pulling, most: int) -> Iterator[Sample | Skipped]:
    """So many tickets and organizations, those changed last, with all their fields. Raises SourceError."""
    desk = Desk(source, pulling)
    pulling.report(f"{source.name}: tickets")
    yield if_allowed(TICKETS.object, partial(_tickets, desk, pulling.started_at, most))
    pulling.report(f"{source.name}: organizations")
    yield if_allowed(ORGANIZATIONS.object, partial(_organizations, desk, pulling.started_at, most))


def keys(source: Source, pulling: Pulling) -> Iterator[Listed]:
    """Every record, deleted ones too, that a pull should have brought; again if it changes meanwhile.

    Raises SourceError.
    """
    desk = Desk(source, pulling)
    has_tickets = bool(desk.mapped.get("ticket")) or source.options["touches"]
    for kind in (TICKETS, ORGANIZATIONS) if has_tickets else (ORGANIZATIONS,):
        pulling.report(f"{source.name}: {kind.selector}")
        yield (
            kind.object,
            ((str(told["id"]), instant(told["updated_at"])) for told in _exported(desk, kind, 0)),
        )


def _tickets(desk: Desk, now: datetime, most: int) -> Sample:
    fields = fields_of(desk.listed("ticket_fields"))
    since, found = _newest(desk, TICKETS, now, most)
    records = tuple(
        {name: as_text(value) for name, value in (values_of(told, fields) | _rated(told)).items()}
        for told in found
    )
    teams = desk.teams()
    owned = Counter(teams.get(str(told.get(OWNER))) for told in found)
    return Sample(
        object="ticket",
        total=_total(desk, TICKETS),
        properties=tuple(
            Property(field.name, field.label, field.type, field.name not in SEEN) for field in fields
        ),
        records=records,
        stages=tuple(_stages(desk, since, found)),
        owners={team: count for team, count in owned.items() if team},
        owner=OWNER,
    )


def _organizations(desk: Desk, now: datetime, most: int) -> Sample:
    """Zendesk keeps no history of organizations."""
    custom = desk.listed("organization_fields")
    _, found = _newest(desk, ORGANIZATIONS, now, most)
    names = [*ORGANIZATION, *(one["key"] for one in custom)]
    said = ({**(told.get("organization_fields") or {}), **told} for told in found)
    return Sample(
        object="organization",
        total=_total(desk, ORGANIZATIONS),
        properties=(
            *(Property(name, name, "system", False) for name in ORGANIZATION),
            *(Property(one["key"], one["title"], one["type"], False) for one in custom),
        ),
        records=tuple({name: as_text(told.get(name)) for name in names} for told in said),
    )


def _rated(ticket: Mapping[str, Any]) -> dict[str, Any]:
    """What the requester said of a ticket; None where nothing yet."""
    score = (ticket.get("satisfaction_rating") or {}).get("score")
    return {RATING: None if score in UNRATED else score}


def _total(desk: Desk, kind: Export) -> int:
    """As Zendesk counts: approximately, where there are more than 100,000."""
    return int(desk.client.get(f"/api/v2/{kind.selector}/count.json")["count"]["value"])


def _newest(desk: Desk, kind: Export, now: datetime, most: int) -> tuple[int, list[dict[str, Any]]]:
    """Since when was looked, in seconds since 1970, and so many of what changed last, newest first.

    The export begins with the oldest: it is asked from ever further back, until it has enough.
    """
    since, found = 0, list[dict[str, Any]]()
    for since in (*(int((now - window).timestamp()) for window in WINDOWS), 0):
        latest: dict[int, dict[str, Any]] = {}
        for told in _exported(desk, kind, since):
            latest.pop(told["id"], None)
            latest[told["id"]] = told
        found = [told for told in reversed(latest.values()) if not kind.is_gone(told)]
        if len(found) >= most:
            break
    return since, found[:most]


def _exported(desk: Desk, kind: Export, since: int) -> Iterator[dict[str, Any]]:
    pages = desk.export(kind.path, kind.selector, since, kind.link)
    return (told for page in pages for told in page)


def _stages(desk: Desk, since: int, tickets: Sequence[Mapping[str, Any]]) -> Iterator[Stage]:
    """Every status that a ticket of the sample has, or had since its own window began: no further back is read."""
    status = [field for field in fields_of([]) if field.name == "status"]
    been = {told["id"]: {told["status"]} for told in tickets}
    pages = desk.export("ticket_events", "ticket_events", since, "next_page") if tickets else ()
    for event in (event for page in pages for event in page):
        if event["ticket_id"] in been:
            for change in changes_of(event, status):
                been[event["ticket_id"]] |= {change.before, change.value}
    now = Counter(told["status"] for told in tickets)
    ever = Counter(value for values in been.values() for value in values)
    for value, count in ever.most_common():
        if value:
            yield Stage("status", value, value, now[value], count)
