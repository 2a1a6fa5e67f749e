"""The words of the contracts are those that the SQL knows."""

import csv
from pathlib import Path

import pytest

import contracts
from contracts.vocabulary import (
    EVENT_TYPES,
    FIELD_TYPES,
    KEYS_OF_TYPE,
    METRICS,
    METRICS_WITH_TARGETS,
    REASONS,
)

SEEDS = Path(contracts.__file__).parents[1] / "dbt_project" / "seeds"


@pytest.mark.parametrize(
    ("seed", "column", "words"),
    [("event_types", "type", EVENT_TYPES), ("rejection_reasons", "reason", REASONS)],
)
def test_the_seeds_of_the_dbt_project_hold_the_same_words(seed, column, words):
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(row[column] for row in csv.DictReader(file)) == words


def test_every_field_type_says_which_keys_are_its_own():
    assert tuple(KEYS_OF_TYPE) == FIELD_TYPES


def test_a_metric_with_a_target_has_a_direction():
    assert set(METRICS_WITH_TARGETS) == {name for name, metric in METRICS.items() if metric.direction}
