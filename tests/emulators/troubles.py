"""What goes wrong while a whole company is pulled? A bit of everything that asking again, or reading on, makes good.

    with serve(portal, of_hubspot(portal)) as served: ...; assert not served.faults.pending

Pages have to be small: some of it happens between the second and the eighth of a listing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from tests.emulators.content import Store
from tests.emulators.faults import Fault
from tests.emulators.hubspot.server import HubSpot
from tests.emulators.salesforce.server import Salesforce
from tests.emulators.zendesk.server import Zendesk

_LATER = datetime(2026, 7, 1, tzinfo=UTC)  # than anything that happens in the company


def of_hubspot(portal: HubSpot) -> list[Fault]:
    """While contacts, companies, deals and tickets are listed and read in batches."""
    return [
        Fault("/properties/", "429", seconds=0),
        Fault("/owners", "429", times=2, seconds=0),
        Fault("/objects/companies", "500", times=2),
        Fault("/objects/tickets", "502"),
        Fault("batch/read", "reset", times=2),
        Fault("/associations/", "truncated"),
        Fault("/associations/", "close", after=3),
        Fault("GET /crm/v3/objects/contacts.*after=", "repeat"),
        Fault("GET /crm/v3/objects/contacts.*after=", "overlap", after=1),
        Fault("contacts/batch/read", "act", after=1, act=_moved(portal.store, "contacts")),
    ]


def of_salesforce(org: Salesforce) -> list[Fault]:
    """While it is described and queried; `/query/` is a page behind the first."""
    return [
        Fault("/oauth2/token", "503"),
        Fault("/sobjects", "503", times=2),
        Fault("/describe", "502"),
        Fault("/tooling/", "html"),
        Fault("/queryAll", "500", times=2),
        Fault("/v60.0/query/", "reset"),
        Fault("/v60.0/query/", "truncated", after=1),
        Fault("/v60.0/query/", "repeat", after=2),
        Fault("/v60.0/query/", "act", after=3, act=_moved(org.org.store, "Opportunity")),
        Fault("/queryAll", "shuffle", times=2, after=3),
    ]


def of_zendesk(desk: Zendesk) -> list[Fault]:
    """The same, and once more often than we ask again: that run fails, and the next one has to make it good."""
    return [
        Fault("/ticket_fields", "429", seconds=0),
        Fault("incremental/tickets", "429", times=2, seconds=0),
        Fault("incremental/users", "500", times=2),
        Fault("incremental/organizations", "502"),
        Fault("incremental/ticket_events", "reset"),
        Fault("incremental/ticket_events", "truncated", after=1),
        Fault("incremental/ticket_events", "repeat", after=3),
        Fault("incremental/ticket_events", "overlap", after=5),
        Fault("incremental/ticket_events", "500", times=5, after=7),
        Fault("incremental/tickets/cursor.*cursor=", "act", act=_moved(desk.store, "ticket")),
    ]


def _moved(store: Store, kind: str) -> Callable[[], None]:
    """Records move to the end while they are read, as when a machine touches them; a deleted one says when it was."""
    return lambda: store.touch(kind, _LATER, lambda record: record.deleted is None)
