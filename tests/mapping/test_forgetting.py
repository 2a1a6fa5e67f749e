"""Which records are an account's, and which rows of them are payload, where several systems tell of it?"""

from __future__ import annotations

import pytest

from flows import warehouse
from flows.forgetting import finding
from flows.forgetting.mapping import read_mapping
from flows.forgetting.payload import Words
from flows.ledger import Ledger

STORY = """
2026-03-01 07:00  company  ann  domain={name}.example
2026-03-01 08:00  link  deal company
2026-03-01 08:30  deal  ann  buyer=Ada owner=ann hubspot_owner_id=ann seats=ann
2026-03-02 09:00  deal  ann  dealstage=closedwon amount=20000
2026-03-03 09:00  deal  bob  handoff=accepted
"""


@pytest.mark.records(STORY)
def test_an_account_s_records_lose_their_values_and_keep_what_acts_and_figures_are_read_from(case):
    settings = case.house.settings
    ledger, mapping, words = Ledger(settings.ledger), read_mapping(settings), Words()
    account = finding.find_account(settings, ledger, f"hubspot:{case.name}", mapping)
    assert account.packets == {("won", case.name)}
    assert {("hubspot", "deal", case.name), ("hubspot", "company", case.name)} <= account.records
    with warehouse.connect(None) as connection:
        ledger.create_view(connection)
        left = {
            row.field: row.value
            for row in finding.rows_of_account(connection, account, mapping, words)
            if row.subject == case.name
        }
    assert left == {
        "buyer": words.word("Ada"),
        "domain": f"{words.word(f'{case.name}.example')}.invalid",
        "seats": words.word("ann"),
        "currency": words.word("EUR"),  # no property of this contract
    }


@pytest.mark.records(STORY)
def test_a_person_is_found_under_the_ids_of_every_system_and_as_an_owner(case):
    settings = case.house.settings
    ledger, mapping, words = Ledger(settings.ledger), read_mapping(settings), Words()
    with warehouse.connect(None) as connection:
        ledger.create_view(connection)
        ann = finding.find_person(connection, "salesforce:ann", words)
        rows = [
            row
            for row in finding.rows_of_person(connection, ann, mapping, words, {})
            if row.subject == case.name
        ]
    assert ann.ids == {"hubspot:ann", "hubspot:user:ann", "salesforce:ann"}
    assert {row.actor for row in rows} == {f"hubspot:{ann.pseudonym}"}
    values = {row.field: row.value for row in rows}
    assert (values["owner"], values["hubspot_owner_id"], values["seats"]) == (
        ann.pseudonym,
        ann.pseudonym,
        "ann",
    )
