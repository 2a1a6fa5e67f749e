"""Does running the models without dbt give what dbt gives, row by row and type by type?"""

from __future__ import annotations

import pytest

from flows.steps import PUBLISHED
from tests.conftest import SIMULATED

COLUMNS = (
    "SELECT column_name, data_type FROM information_schema.columns "
    "WHERE table_name = ? AND column_name NOT IN ('run_id', 'as_of') ORDER BY ordinal_position"
)

OF_THE_CLOCK = {"ledger_head": ("head", "last_sealed_at"), "source_freshness": ("last_recorded_at",)}
"""When it was recorded is of each recording its own, and so are the hashes."""


@pytest.fixture(scope="module")
def plain(house_of, tmp_path_factory):
    """The simulated company again, its models run without dbt."""
    house = house_of(tmp_path_factory.mktemp("plain"), SIMULATED)
    house.run()
    return house


@pytest.mark.parametrize("table", sorted(PUBLISHED))
def test_a_table_is_the_same_without_dbt(company, plain, table):
    left_out = ["run_id", "as_of", *OF_THE_CLOCK.get(table, ())]
    rows = f"SELECT * EXCLUDE ({', '.join(left_out)}) FROM {table} ORDER BY ALL"
    assert company.house.rows(COLUMNS, [table]) == plain.rows(COLUMNS, [table])
    assert company.house.rows(rows) == plain.rows(rows)
