"""The nine handoffs that are shipped: they load, and together they use all a contract can say."""

from collections import Counter
from pathlib import Path

import pytest

import contracts
from contracts import load_catalogue
from contracts.vocabulary import FIELD_TYPES

PROJECT = Path(contracts.__file__).parents[1]

NINE = [
    ("H01", "marketing_to_sdr"),
    ("H02", "sdr_to_ae"),
    ("H03", "ae_to_onboarding"),
    ("H04", "onboarding_to_cs"),
    ("H05", "cs_to_support"),
    ("H06", "motion_to_motion"),
    ("H07", "support_to_expansion"),
    ("H08", "activation_to_support"),
    ("H09", "cs_to_renewal"),
]


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue(PROJECT)


@pytest.fixture(scope="module")
def fields(catalogue):
    return [field for contract in catalogue.contracts for field in contract.current.fields]


def test_the_nine_handoffs_load_in_order(catalogue):
    assert [(contract.number, contract.id) for contract in catalogue.contracts] == NINE
    assert {contract.status for contract in catalogue.contracts} == {"active"}


def test_each_asks_for_five_to_nine_fields_that_make_a_packet_complete(catalogue):
    required = {
        contract.id: sum(field.required and field.severity == "critical" for field in contract.current.fields)
        for contract in catalogue.contracts
    }
    assert all(5 <= count <= 9 for count in required.values()), required


def test_every_field_type_is_used_at_least_twice(fields):
    used = Counter(field.type for field in fields)
    assert all(used[kind] >= 2 for kind in FIELD_TYPES), used


def test_every_kind_of_rule_is_used(fields):
    assert any(field.required_when for field in fields)
    assert any(field.max_age_days for field in fields)
    assert any(field.none_value for field in fields)
    assert any(field.severity == "warning" for field in fields)
    assert any(not field.required and not field.required_when for field in fields)
    assert any(field.item for field in fields)
    assert any(field.asks for field in fields)
    assert {source.split(".")[0] for field in fields for source in field.source} == {
        "hubspot",
        "salesforce",
        "zendesk",
    }


def test_some_have_earlier_versions_and_some_a_business_calendar(catalogue):
    assert [c.id for c in catalogue.contracts if len(c.versions) > 1] == ["sdr_to_ae", "ae_to_onboarding"]
    assert {c.current.sla.calendar for c in catalogue.contracts} == {"always", "business", "us_sales"}


def test_the_targets_are_those_of_the_literature(catalogue):
    targets = {
        name: (target.value, target.direction) for name, target in catalogue.organisation.targets.items()
    }
    assert targets == {
        "completion_rate": (0.9, "at_least"),
        "clean_acceptance_rate": (0.85, "at_least"),
        "first_pass_acceptance_rate": (0.85, "at_least"),
        "median_hours_to_acceptance": (48, "below"),
        "rediscovery_rate": (0.1, "below"),
        "nps_delta": (0, "at_least"),
    }


def test_the_fields_that_are_our_proposal_say_so():
    for number, id in NINE:
        text = (PROJECT / "contracts" / f"{id}.yaml").read_text(encoding="utf-8")
        assert ("our proposal" in text) == (number >= "H05"), id


def test_every_team_of_a_contract_is_named_by_the_organisation(catalogue):
    teams = {
        team for c in catalogue.contracts for v in c.versions for team in (v.sender.team, v.receiver.team)
    }
    assert teams <= set(catalogue.organisation.teams)
