"""What a key's text becomes, and what makes two versions the same."""

import json
import re
from datetime import date

import pytest

from contracts import Field, load_catalogue
from contracts.vocabulary import FIELD_TYPES


def field_of(project, keys: str) -> Field:
    project.change(
        "sales_to_delivery", "{name: size, type: number, minimum: 1, maximum: 9}", f"{{name: size, {keys}}}"
    )
    return load_catalogue(project.root).contract("sales_to_delivery").current.field("size")


def digest_after(project, old: str, new: str) -> str:
    project.change("sales_to_delivery", old, new)
    return load_catalogue(project.root).contract("sales_to_delivery").current.digest


def digest_of(project) -> str:
    return load_catalogue(project.root).contract("sales_to_delivery").current.digest


def test_no_stays_text_among_the_values_of_a_choice(project):
    assert field_of(project, "type: choice, values: [yes, no, on, 1.10, 2026-01-01]").values == (
        "yes",
        "no",
        "on",
        "1.10",
        "2026-01-01",
    )


def test_one_text_or_a_list_of_texts_attests_none(project):
    assert field_of(project, "type: text, none_value: none").none_value == ("none",)
    project.change("sales_to_delivery", "none_value: none}", "none_value: [none, no rival]}")
    contract = load_catalogue(project.root).contract("sales_to_delivery")
    assert contract.current.field("size").none_value == ("none", "no rival")


def test_an_item_maps_keys_to_a_type_or_to_allowed_texts(project):
    promises = load_catalogue(project.root).contract("sales_to_delivery").current.field("promises")
    assert promises.item == {"kind": ("verbal", "written"), "text": "text"}


def test_a_field_without_a_title_is_called_by_its_name(project):
    assert field_of(project, "type: text").title == "Size"


def test_what_is_left_out_has_its_default(project):
    field = field_of(project, "type: text")
    assert (field.required, field.severity, field.weight, field.values, field.max_age_days) == (
        False,
        "critical",
        1.0,
        (),
        None,
    )


@pytest.mark.parametrize(
    ("text", "decisions"), [("true", True), ("false", False), ("2026-01-01", date(2026, 1, 1))]
)
def test_decisions_are_recorded_always_never_or_from_a_day(project, text, decisions):
    project.change("sales_to_delivery", "decisions: true", f"decisions: {text}")
    assert load_catalogue(project.root).contract("sales_to_delivery").recorded.decisions == decisions


def test_a_digest_is_sha_256_of_canonical_json(project):
    version = load_catalogue(project.root).contract("sales_to_delivery").current
    assert re.fullmatch("[0-9a-f]{64}", version.digest)
    content = json.loads(version.canonical_json)
    assert (content["handoff"], content["version"], content["effective_from"]) == (
        "sales_to_delivery",
        "2.0.0",
        "2026-01-01",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Sales → Delivery", "title: Other words"),
        ("accountable: revops", "accountable: finance"),
        ("trigger: deal is won", "trigger: other words"),
        (
            "min_length: 3",
            "min_length: 3, title: The buyer, asks: who buys, description: x, source: crm.deal.buyer",
        ),
        ("required: true, min_length: 3", "min_length: 3, required: true"),
        ("minimum: 1, maximum: 9", "minimum: 1.0, maximum: 9.00"),
    ],
)
def test_what_neither_judges_nor_clocks_leaves_the_digest_alone(project, old, new):
    before = digest_of(project)
    assert digest_after(project, old, new) == before


def test_the_order_of_fields_leaves_the_digest_alone(project):
    before = digest_of(project)
    rival = "  - {name: rival, type: text, none_value: no rival}\n"
    project.change("sales_to_delivery", rival, "")
    assert digest_after(project, "fields:\n", f"fields:\n{rival}") == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("effective_from: 2026-01-01", "effective_from: 2026-01-02"),
        ("min_length: 3", "min_length: 4"),
        ("accept_hours: 48", "accept_hours: 49"),
        ("calendar: business", "calendar: always"),
        ("expires_after_days: 30", "expires_after_days: 31"),
        ("mode: none", "mode: warn"),
        ("required_when: rival", "required: true"),
        ("values: [warm, cold]", "values: [warm, cold, tandem]"),
        ("none_value: no rival", "none_value: none"),
        ("min_length: 3", "min_length: 3, weight: 2"),
        ("min_length: 3", "min_length: 3, max_age_days: 7"),
    ],
)
def test_what_judges_or_clocks_changes_the_digest(project, old, new):
    before = digest_of(project)
    assert digest_after(project, old, new) != before


def test_every_field_type_can_be_built_in_code():
    for kind in FIELD_TYPES:
        values = ("a",) if kind == "choice" else ()
        assert Field(name="f", type=kind, required=True, values=values).title == "F"
