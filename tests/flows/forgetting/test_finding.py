"""Who somebody is, and which rows of a ledger have something of them; no house, only events."""

import json
from typing import Any

import duckdb
import pytest

from flows.forgetting.finding import Account, find_person, nobody, rows_of_account, rows_of_person
from flows.warehouse import EVENT_COLUMNS

EVENTS: list[dict[str, Any]] = [
    {"type": "person.set", "actor": "hubspot:77", "detail": {"email": "Ann@acme.example", "name": "Ann"}},
    {"type": "person.set", "actor": "salesforce:5", "detail": {"email": "ann@acme.example"}},
    {"type": "person.set", "actor": "salesforce:6", "detail": {"email": "bob@acme.example"}},
    {"type": "record.changed", "object": "deal", "subject": "d1", "field": "hubspot_owner_id", "value": "77"},
    {"type": "record.changed", "object": "deal", "subject": "d1", "field": "seats", "value": "77"},
    {"type": "record.changed", "object": "contact", "subject": "c1", "field": "email", "value": "ann@acme.example"},
    {"type": "record.changed", "object": "contact", "subject": "c1", "field": "phone", "value": "030"},
    {"type": "record.changed", "object": "contact", "subject": "c2", "field": "phone", "value": "031"},
    {"source": "seamkeeper", "type": "scorecard.restated", "subject": "r/h", "detail": [{"who": "salesforce:5"}]},
    {"source": "seamkeeper", "type": "contract.recorded", "subject": "h@1", "detail": {"approved_by": "hubspot:77"}},
    {"type": "handoff.triggered", "handoff": "h", "subject": "d1", "account": "hubspot:1", "detail": {"name": "Acme"}},
    {"type": "handoff.field_set", "handoff": "h", "subject": "d1", "field": "goal", "value": "moon"},
    {"type": "handoff.field_set", "handoff": "h", "subject": "d2", "field": "goal", "value": "moon"},
    {"type": "handoff.accepted", "handoff": "h", "subject": "d2", "actor": "salesforce:5"},
]  # fmt: skip


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        columns = ", ".join(f'"{name}" varchar' for name in EVENT_COLUMNS)
        connection.execute("create schema ledger")
        connection.execute(f"create table ledger.events (position bigint, {columns})")
        for position, event in enumerate(EVENTS, start=1):
            told = {"source": "hubspot", **event}
            if "detail" in told:
                told["detail"] = json.dumps(told["detail"])
            names = ", ".join(f'"{name}"' for name in told)
            marks = ", ".join("?" * len(told))
            connection.execute(
                f"insert into ledger.events (position, {names}) values (?, {marks})",
                [position, *told.values()],
            )
        yield connection


@pytest.mark.parametrize("asked", ["ann@acme.example", "ANN@acme.example", "hubspot:77", "salesforce:5"])
def test_whoever_shares_an_address_is_one_person(connection, words, asked):
    person = find_person(connection, asked, words)
    assert person.ids == {"hubspot:77", "salesforce:5"}
    assert person.addresses == {"ann@acme.example"}


def test_every_row_that_has_something_of_a_person_is_found_and_no_other(connection, words, mapping):
    person = find_person(connection, "salesforce:5", words)
    rows = [*rows_of_person(connection, person, mapping, words, {})]
    assert [row.position for row in rows] == [1, 2, 4, 6, 7, 9, 14]
    assert json.loads(rows[5].detail or "") == [{"who": f"salesforce:{person.pseudonym}"}]


def test_every_row_of_an_account_its_packets_and_its_records_is_found(connection, words, mapping):
    account = Account(
        frozenset({"hubspot:1"}),
        frozenset({("h", "d1")}),
        frozenset({("hubspot", "contact", "c2"), ("hubspot", "deal", "d1")}),
        frozenset({"Acme"}),
    )
    rows = [*rows_of_account(connection, account, mapping, words)]
    assert [row.position for row in rows] == [5, 8, 11, 12]


def test_nobody_is_told_who_is_called_alike(connection):
    assert str(nobody(connection, "salesforce:7")) == (
        "there is nobody salesforce:7 in the ledger; did you mean salesforce:6?"
    )
