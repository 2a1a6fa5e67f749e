"""What would a simulated company look like in a database of its own? Five tables, and the mapping that finds packets.

    carried = carry(read_company(folder, zone), CRM)
    write(carried, url)                                 tables in the schema `crm` of a Postgres
    shutil.copytree(STAGING, project / "dbt_project/models/staging/crm")
    SOURCE                                              for sources.toml; the URL is in CRM_URL
    mapped(yaml_of_contract, mapping(handoff, fields)), carried.rows()

A home-made CRM with an audit log, `change`: a row per property of a record that took a value, with when and by whom.
Beside what `simulated.py` lists: names of properties hold dots; times have microseconds; machines have no user; nobody
answers a survey; a packet that is voided last of all is a deleted record; persons, and the domains of accounts, have no
history; a record belongs to its account from its creation on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.emulators.simulated import ACTS, Act, Carried, Carrier, is_alone

STAGING = Path(__file__).with_name("staging")
SOURCE = """
[crm]
kind = "sql"
schema = "crm"
[crm.tables]
account = {}
person = {}
record = {key = ["kind", "id"]}
change = {key = "id", cursor = "changed_at"}
touch = {}
"""
CRM = Carrier(
    system="crm",
    tick=timedelta(microseconds=1),
    objects={
        "marketing_to_sdr": "lead",
        "sdr_to_ae": "lead",
        "ae_to_onboarding": "deal",
        "onboarding_to_cs": "deal",
        "motion_to_motion": "deal",
        "cs_to_renewal": "deal",
        "cs_to_support": "case",
        "activation_to_support": "case",
        "support_to_expansion": "case",
    },
    account_object="account",
    ids={
        "account": "A-{}".format,
        "lead": "L-{}".format,
        "deal": "D-{}".format,
        "case": "C-{}".format,
        "person": "P-{}".format,
    },
    unsaid=frozenset({"survey.answered"}),
)
ACCOUNTS = {
    "records": ["crm.account"],
    "started": "crm.account.stage = customer",
    "churned": "crm.account.stage = churned",
    "arr": "crm.account.arr",
}
_ABOUT = ("amount", "name", "motion", "segment", "url", "reason")
_TABLES = """
DROP SCHEMA IF EXISTS crm CASCADE;
CREATE SCHEMA crm;
CREATE TABLE crm.account (id text PRIMARY KEY, domain text);
CREATE TABLE crm.person (id text PRIMARY KEY, email text, team text);
CREATE TABLE crm.record (kind text, id text, account_id text, created_at timestamptz, deleted_at timestamptz);
CREATE TABLE crm.change (id bigint GENERATED ALWAYS AS IDENTITY, kind text, record_id text, property text, value text,
    changed_at timestamptz, changed_by text);
CREATE TABLE crm.touch (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id text, person_id text,
    happened_at timestamptz);
"""
_COLUMNS = {
    "account": ("id", "domain"),
    "person": ("id", "email", "team"),
    "record": ("kind", "id", "account_id", "created_at", "deleted_at"),
    "change": ("kind", "record_id", "property", "value", "changed_at", "changed_by"),
    "touch": ("account_id", "person_id", "happened_at"),
}
Row = tuple[Any, ...]


def mapping(handoff: str, fields: Iterable[str]) -> dict[str, Any]:
    """What a contract says of this database: `record`, `events`, `about`, and `fields`: name → source."""
    place = f"crm.{CRM.objects[handoff]}"
    events: dict[str, Any] = {act: f"{place}.{handoff}.status = {act}" for act in ACTS}
    events["voided"] = [events["voided"], f"{place}.deleted = true"]
    events["assigned"] = f"{place}.{handoff}.owner"
    about = {name: f"{place}.{handoff}.{name}" for name in _ABOUT}
    sources = {name: [f"{place}.{handoff}.fields.{name}"] for name in fields}
    return {"record": [place], "events": events, "about": about, "fields": sources}


def write(carried: Carried, url: str) -> None:
    """Create the tables anew in the Postgres at `url`, and fill them."""
    import psycopg

    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for table, rows in tables(carried).items():
            columns = ", ".join(_COLUMNS[table])
            with cursor.copy(f"COPY crm.{table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)


def tables(carried: Carried) -> dict[str, list[Row]]:
    """The rows of each table; changes in the order in which they were made."""
    records: list[Row] = []
    changes = [change for act in carried.acts for change in _account_changes(act)]
    for (kind, id_), acts in carried.records().items():
        is_deleted = acts[-1].event.type == "handoff.voided" and is_alone(acts)
        deleted_at = acts[-1].event.time if is_deleted else None
        first = acts[0].event
        records.append((kind, id_, _bare(first.account), first.time, deleted_at))
        changes += [change for act in acts[: -1 if is_deleted else None] for change in _changes(act)]
    return {
        "account": list(carried.domains.items()),
        "person": [(id_, event.detail["email"], event.team) for id_, event in carried.persons.items()],
        "record": records,
        "change": sorted(changes, key=lambda row: row[4]),
        "touch": [
            (_bare(act.event.account), _bare(act.event.actor), act.event.time)
            for act in carried.of("account.touched")
        ],
    }


def _bare(id_: str | None) -> str | None:
    """An id without the system before it."""
    return id_.partition(":")[2] if id_ else None


def _account_changes(act: Act) -> Iterator[Row]:
    event = act.event
    told = {
        "account.started": ("stage", "customer"),
        "account.churned": ("stage", "churned"),
        "account.arr_set": ("arr", event.value),
    }
    if event.type in told:
        yield ("account", _bare(event.account), *told[event.type], event.time, None)


def _changes(act: Act) -> Iterator[Row]:
    """What an act writes into the log: nobody is named as whoever made somebody the owner."""
    event, handoff = act.event, act.event.handoff
    by = None if event.type == "handoff.assigned" else _bare(event.actor)
    status = event.type.removeprefix("handoff.")
    assert act.record
    if act.blank_at:
        yield (*act.record, f"{handoff}.status", None, act.blank_at, by)
    told: dict[str, str | None] = {"status": status}
    match event.type:
        case "handoff.field_set":
            told = {f"fields.{event.field}": event.value}
        case "handoff.assigned":
            told = {"owner": _bare(event.actor)}
        case "handoff.rejected":
            told["reason"] = event.reason
        case "handoff.triggered":
            told |= {"amount": event.value, "motion": event.motion, **event.detail}
    for name, value in told.items():
        yield (*act.record, f"{handoff}.{name}", value or None, event.time, by)
