"""A project's contracts are resolved, ordered and frozen."""

import subprocess
import sys
from datetime import date

import pytest
from pydantic import ValidationError

from contracts import Target, load_catalogue
from contracts.errors import ConfigurationError


@pytest.fixture
def catalogue(project):
    return load_catalogue(project.root)


@pytest.fixture
def contract(catalogue):
    return catalogue.contract("sales_to_delivery")


def test_versions_stand_oldest_first_and_the_newest_is_current(contract):
    assert [(v.version, v.effective_from) for v in contract.versions] == [
        ("0.9.0", date(2025, 1, 1)),
        ("1.0.0", date(2025, 6, 1)),
        ("2.0.0", date(2026, 1, 1)),
    ]
    assert contract.current is contract.versions[-1]


def test_an_earlier_version_takes_what_it_leaves_out_from_the_next_newer_one(contract):
    oldest, middle, newest = contract.versions
    assert [v.expires_after_days for v in contract.versions] == [60, 60, 30]
    assert middle.fields == newest.fields
    assert [field.name for field in oldest.fields] == ["buyer"]
    assert oldest.sla == newest.sla
    assert {v.handoff for v in contract.versions} == {"sales_to_delivery"}


def test_a_contracts_targets_stand_over_the_organisations(project):
    project.change("sales_to_delivery", "number: H10", "number: H10\ntargets: {drop_rate: 0.05}")
    project.change("organisation", "completion_rate: 0.9", "drop_rate: 0.2\n  completion_rate: 0.9")
    assert load_catalogue(project.root).contract("sales_to_delivery").targets == {
        "drop_rate": Target(value=0.05, direction="below"),
        "completion_rate": Target(value=0.9, direction="at_least"),
    }


def test_contracts_stand_in_the_order_of_their_numbers(project):
    text = (project.root / "contracts/sales_to_delivery.yaml").read_text(encoding="utf-8")
    for name, number in (("aa", "H11"), ("zz", "H9")):
        other = text.replace("handoff: sales_to_delivery", f"handoff: {name}").replace("H10", number)
        project.write(name, other)
    assert [c.id for c in load_catalogue(project.root).contracts] == ["zz", "sales_to_delivery", "aa"]


def test_an_unknown_handoff_is_named_with_the_one_meant(catalogue):
    with pytest.raises(ConfigurationError, match="write sales_to_delivery"):
        catalogue.contract("sale_to_delivery")


def test_hidden_files_of_editors_are_no_contracts(project):
    project.write(".sales_to_delivery.swp", "half a fi")
    assert len(load_catalogue(project.root).contracts) == 1


def test_a_contract_cannot_be_changed_after_it_was_read(contract):
    with pytest.raises(ValidationError):
        contract.current.sla.submit_hours = 1


def test_a_tenth_handoff_is_one_more_file(project):
    text = (project.root / "contracts/sales_to_delivery.yaml").read_text(encoding="utf-8")
    project.write(
        "partner_to_sales", text.replace("sales_to_delivery", "partner_to_sales").replace("H10", "H11")
    )
    assert load_catalogue(project.root).contract("partner_to_sales").number == "H11"


def test_importing_contracts_brings_nothing_heavy():
    heavy = "{'duckdb', 'dbt', 'dlt', 'prefect', 'great_expectations', 'pyarrow', 'numpy', 'hypothesis'}"
    code = f"import sys, contracts; print(sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert answer.stdout.strip() == "[]"
