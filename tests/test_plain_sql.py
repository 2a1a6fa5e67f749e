"""Does running the models without dbt do what dbt does: the same statements, the same tables, the same types?"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace

import pytest

from flows import transform, warehouse
from tests.conftest import ROOT
from tests.plain_sql import PlainSql

SEEDS, SHAPED, SCORED = ("path:seeds",), transform.SHAPE, transform.SCORE


def test_every_query_is_what_dbt_makes_of_the_model(company):
    """All of them, vendors' staging included, which most tests run without dbt only."""
    transformer = company.house.transformer
    transformer.parse()
    results = transformer._invoke(["compile"], None).result.results
    compiled = {each.node.name: each.node for each in results if each.node.resource_type == "model"}
    assert set(compiled) == {path.stem for path in (ROOT / "dbt_project" / "models").rglob("*.sql")}
    queries = PlainSql(company.house.settings).queries()
    for name, node in compiled.items():
        told = node.compiled_code.replace(f'"{node.database}".', "").replace('"', "").split()
        assert (name, queries[name].replace('"', "").split()) == (name, told)


@pytest.fixture(scope="module")
def again(company, tmp_path_factory):
    """The simulated company's working database as dbt left it, and a copy in which its tables were made once more."""
    settings = company.house.settings
    other = replace(settings, home=tmp_path_factory.mktemp("again"))
    other.working_database.parent.mkdir(parents=True)
    shutil.copy(settings.working_database, other.working_database)
    PlainSql(other).build([*SEEDS, *SHAPED, *SCORED])
    with (
        closing(warehouse.connect(settings.working_database)) as before,
        closing(warehouse.connect(other.working_database)) as after,
    ):
        yield before, after


def test_every_table_is_the_same_without_dbt(again):
    listed = (
        "SELECT table_schema || '.' || table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema IN ('contracts', 'shape', 'handoffs', 'marts') ORDER BY ALL"
    )
    before, after = (connection.execute(listed).fetchall() for connection in again)
    assert before == after
    for table in dict.fromkeys(table for table, *_ in before):
        of_dbt, plain = (
            connection.execute(f"SELECT count(*), bit_xor(hash(t)) FROM {table} AS t").fetchall()
            for connection in again
        )
        assert (table, of_dbt) == (table, plain)
