"""What would Fivetran make of a portal? The tables of the layout `fivetran_hubspot` in a Postgres.

    load(hubspot.records(carried), names, url)          names: object → properties that contracts read
    SOURCE                                              for sources.toml; the URL is in PORTAL_URL

Records are in history mode, with one version: it ends when the record is archived, which so has its time. All other
values are in the property histories. Feedback submissions are no table of Fivetran's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.emulators.content import Record, Store
from tests.emulators.hubspot.catalogue import ENGAGEMENTS

SOURCE = """
[portal]
kind = "sql"
layout = "fivetran_hubspot"
schema = "portal"
"""
KINDS = {"company": "companies", "contact": "contacts", "deal": "deals", "ticket": "tickets"}
PRIMARY = {"contact": 1, "deal": 5, "ticket": 26}
"""HubSpot's own type of a record's link to its primary company."""
ENDLESS = datetime(9999, 12, 31, 23, 59, 59, 999000, UTC)
Rows = tuple[str, list[tuple[Any, ...]]]
"""Columns as SQL declares them, and what is in them."""


def load(store: Store, names: Mapping[str, Iterable[str]], url: str) -> None:
    """Create the tables in the Postgres at `url`, and fill them."""
    import psycopg

    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA portal")
        for table, (columns, rows) in tables(store, names).items():
            declared = f"{columns}, _fivetran_synced timestamptz DEFAULT '2026-07-01T00:00:00Z'"
            cursor.execute(f"CREATE TABLE portal.{table} ({declared})")
            own = ", ".join(column.split()[0] for column in columns.split(", "))
            with cursor.copy(f"COPY portal.{table} ({own}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)


def tables(store: Store, names: Mapping[str, Iterable[str]]) -> dict[str, Rows]:
    """Table → its columns and rows."""
    found: dict[str, Rows] = {}
    for object_, kind in KINDS.items():
        found[object_] = _records(object_, store.all(kind), sorted(names.get(object_, ())))
        found[f"{object_}_property_history"] = (
            f'{object_}_id bigint, name text, "timestamp" timestamptz, value text, source text, source_id text',
            [row for record in store.all(kind) for row in _versions(record)],
        )
    for object_, type_id in PRIMARY.items():
        links = (
            (record.id, link.id, type_id)
            for record in store.all(KINDS[object_])
            for link in record.links
            if link.kind == "companies"
        )
        found[f"{object_}_company"] = (f"{object_}_id bigint, company_id bigint, type_id int", [*links])
    teams = {team: number for number, team in enumerate(sorted({str(each.team) for each in store.people}))}
    found["owner"] = (
        "owner_id bigint, email text, active_user_id bigint, is_active boolean",
        [(each.id, each.email, each.user, each.active) for each in store.people],
    )
    found["owner_team"] = (
        "owner_id bigint, team_id int, is_team_primary boolean",
        [(each.id, teams[str(each.team)], True) for each in store.people if each.team],
    )
    found["team"] = ("id int, name text", [(number, team) for team, number in teams.items()])
    return found | _touches(store)


def _records(object_: str, records: Iterable[Record], names: list[str]) -> Rows:
    """One version of each, with what it holds now; an archived one's has ended."""
    key = "deal_id" if object_ == "deal" else "id"
    columns = [f"{key} bigint", "property_createdate timestamptz", "_fivetran_active boolean"]
    columns += ["_fivetran_start timestamptz", "_fivetran_end timestamptz"]
    rows = [
        (
            *(record.id, record.created, record.deleted is None, record.created, record.deleted or ENDLESS),
            *(record.value(name) for name in names),
        )
        for record in records
    ]
    return ", ".join([*columns, *(f"property_{name} text" for name in names)]), rows


def _versions(record: Record) -> Iterator[tuple[Any, ...]]:
    for name, versions in record.history.items():
        for each in versions:
            who = ("CRM_UI", f"userId:{each.actor}") if each.actor else ("INTEGRATION", "1")
            yield (record.id, name, each.at, each.value, *who)


def _touches(store: Store) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    targets: list[tuple[Any, ...]] = []
    for kind in ENGAGEMENTS:
        records = store.all(kind)
        found[f"engagement_{kind.removesuffix('s')}"] = (
            "engagement_id bigint, property_hs_timestamp text, property_hubspot_owner_id text",
            [(each.id, each.value("hs_timestamp"), each.value("hubspot_owner_id")) for each in records],
        )
        targets += [(each.id, link.id) for each in records for link in each.links]
    return found | {"engagement_company": ("engagement_id bigint, company_id bigint", targets)}
