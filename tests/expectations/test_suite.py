import json
from pathlib import Path

import pytest

from contracts import Field, load_catalogue
from expectations import suite
from expectations.judge import load

Expected = tuple[str, str, str, dict[str, float], str]
ROOT = Path(__file__).parents[2]
SUITES = sorted((ROOT / "expectations" / "suites").glob("*.json"))


@pytest.fixture
def expected(contract_of):
    """The expectations of one field, as (type, fault, column, bounds and values, severity)."""

    def expected(**keys):
        contract = contract_of(Field(name="asked", type="text"), Field(name="size", **keys))
        found = suite.build(contract, contract.current)["expectations"]
        return [
            (one["type"].removeprefix("expect_column_"), one["meta"]["fault"], one["kwargs"].pop("column"),
             one["kwargs"], one["severity"])
            for one in found
        ]  # fmt: skip

    return expected


def test_every_version_of_every_shipped_contract_has_a_suite():
    catalogue = load_catalogue(ROOT)
    names = {
        suite.name_of(contract, version) for contract in catalogue.contracts for version in contract.versions
    }
    assert names == {path.stem for path in SUITES}


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_every_shipped_suite_loads_in_great_expectations(path):
    loaded, written = load(path), json.loads(path.read_text(encoding="utf-8"))
    assert loaded.name == path.stem
    assert [one.expectation_type for one in loaded.expectations] == [
        one["type"] for one in written["expectations"]
    ]
    assert [one.severity.value for one in loaded.expectations] == [
        one["severity"] for one in written["expectations"]
    ]


def test_what_is_required_must_be_given(expected):
    given: Expected = ("values_to_not_be_null", "missing", "f_size__given", {}, "critical")
    assert expected(type="text", required=True) == [given]
    assert expected(type="text", required_when="asked") == [given]


def test_a_text_that_nobody_requires_is_not_judged(expected):
    assert expected(type="text") == []


def test_a_type_that_may_not_cast_must(expected):
    unreadable: Expected = ("values_to_be_null", "invalid", "f_size__unreadable", {}, "warning")
    assert [expected(type=kind) for kind in ("number", "date", "datetime", "boolean")] == [[unreadable]] * 4


def test_bounds_are_written_as_floats(expected):
    *_, between = expected(type="number", required=True, minimum=1, maximum=3)
    assert between == (
        "values_to_be_between",
        "invalid",
        "f_size",
        {"min_value": 1.0, "max_value": 3.0},
        "critical",
    )
    assert all(isinstance(bound, float) for bound in between[3].values())


def test_a_text_is_bounded_by_its_length(expected):
    (_, lengths) = expected(type="text", required=True, min_length=3)
    assert lengths[:4] == ("value_lengths_to_be_between", "invalid", "f_size", {"min_value": 3.0})


def test_a_choice_is_one_of_its_values_letter_by_letter(expected):
    values = ["it's", "100 %", "$1", 'so "called"']
    ((kind, _, column, kwargs, _),) = expected(type="choice", values=values)
    assert (kind, column, kwargs) == ("values_to_be_in_set", "f_size", {"value_set": values})


def test_a_list_has_at_least_one_item(expected):
    assert expected(type="list")[-1][3] == {"min_value": 1.0}
    assert expected(type="list", min_items=2)[-1][2:4] == ("f_size__items", {"min_value": 2.0})


def test_what_is_too_old_is_stale(expected):
    assert expected(type="date", max_age_days=14)[-1] == (
        "values_to_be_between", "stale", "f_size__age_days", {"max_value": 14.0}, "warning",
    )  # fmt: skip


def test_a_fault_of_an_optional_field_is_a_warning_and_so_is_one_declared_so(expected):
    assert {one[4] for one in expected(type="number", minimum=1)} == {"warning"}
    assert {one[4] for one in expected(type="number", minimum=1, required=True)} == {"critical"}
    assert {one[4] for one in expected(type="number", required=True, severity="warning")} == {"warning"}


def test_only_the_version_in_force_has_the_bare_name():
    contract = load_catalogue(ROOT).contract("ae_to_onboarding")
    assert [suite.name_of(contract, version) for version in contract.versions] == [
        "ae_to_onboarding@0.9.0", "ae_to_onboarding",
    ]  # fmt: skip
