"""Does the example in docs/tables.md work as it stands there: exports in files, staged by models that a team writes?"""

import re
import tomllib
from contextlib import closing

import pytest

from flows import transform, warehouse
from flows.sources import Pulling, check, pull, read_sources, staging_of
from flows.sources.layouts import LAYOUTS
from tests.conftest import ROOT

DOCUMENT = ROOT / "docs" / "tables.md"
FOLDER = "dbt_project/models/staging/crm_dump/"


def blocks(language):
    """(the path that is named before it, text) of every block in this language."""
    found = re.findall(rf"(?:`([^`\n]+)`:\n\n)?```{language}\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    return [(path or None, text) for path, text in found]


@pytest.fixture(scope="module")
def house(new_house):
    written = new_house('[practice]\nkind = "simulator"\n')
    text = next(text for _, text in blocks("toml") if "[crm_dump]" in text)
    written.declare(text.replace("s3://exports/crm", "exports"))
    for path, content in blocks("yaml") + blocks("sql"):
        file = written.project / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)
    changes = written.project / "exports" / "changes" / "2026"
    changes.mkdir(parents=True)
    (changes / "june.csv").write_text(
        "deal_id,new_stage,changed_at,changed_by\n"
        "7,open,2026-06-01T10:00:00+02:00,ann\n7,won,2026-06-02T10:00:00+02:00,\n"
    )
    deals = written.project / "exports" / "deals"
    deals.mkdir()
    with closing(warehouse.connect(None)) as connection:
        connection.execute(
            "COPY (SELECT 7 AS id, 'A-1' AS account_id, timestamptz '2026-05-31 00:00:00Z' AS created_at) "
            f"TO '{deals / 'all.parquet'}' (FORMAT parquet)"
        )
    return written


def test_the_example_makes_event_rows(house):
    (source,) = sources = read_sources(house.settings)
    check(sources, house.settings)
    assert pull(source, Pulling(house.settings, "run-1")).rows == 3
    transform.Transformer(house.settings).build(
        [f"path:models/staging/{folder}" for folder in staging_of(sources)]
    )
    with closing(warehouse.connect(house.settings.working_database)) as connection:
        assert warehouse.raw_event_tables(connection) == ['"raw_crm_dump".events']
        shapes = connection.execute(
            'SELECT source, subject, field, "value" FROM raw_crm_dump.events '
            "WHERE object = 'property' ORDER BY subject"
        ).fetchall()
        rows = connection.execute(
            'SELECT id, source, type, "time", object, subject, field, "value", actor, detail, _origin, _file, _row '
            "FROM raw_crm_dump.events WHERE object <> 'property' ORDER BY _row"
        ).fetchall()
    assert shapes == [
        ("crm", "deal.account_id", "column_type", "VARCHAR"),
        ("crm", "deal.created_at", "column_type", "TIMESTAMP WITH TIME ZONE"),
        ("crm", "deal.id", "column_type", "INTEGER"),
        ("crm", "deal.stage", "column_type", "VARCHAR"),
        ("crm", "stage_change.changed_at", "column_type", "VARCHAR"),
        ("crm", "stage_change.changed_by", "column_type", "VARCHAR"),
        ("crm", "stage_change.deal_id", "column_type", "VARCHAR"),
    ]
    at, by = "2026-06-01T10:00:00+02:00", "2026-06-02T10:00:00+02:00"
    assert rows == [
        ("crm_dump:deal:7:account:A-1", "crm", "record.linked", "2026-05-31 00:00:00+00", "deal", "7", None, "A-1",
            None, '{"object":"account","primary":true}', "crm_dump", "crm_dump", 1),
        (f"crm_dump:deal:7:stage:{at}", "crm", "record.changed", at, "deal", "7", "stage", "open", "crm:ann", None,
            "crm_dump", "crm_dump", 2),
        (f"crm_dump:deal:7:stage:{by}", "crm", "record.changed", by, "deal", "7", "stage", "won", None, None,
            "crm_dump", "crm_dump", 3),
    ]  # fmt: skip


def test_a_column_that_is_gone_is_told_and_clears_nothing(house):
    changes = house.project / "exports" / "changes" / "2026"
    (changes / "july.csv").write_text("deal_id,changed_at,changed_by\n7,2026-07-02T10:00:00+02:00,ann\n")
    (source,) = sources = read_sources(house.settings)
    with closing(warehouse.connect(house.settings.working_database)) as connection:
        warehouse.settle(connection, staging_of(sources))
    assert pull(source, Pulling(house.settings, "run-2")).notes == ("column stage_change.new_stage is gone",)
    transform.Transformer(house.settings).build(["path:models/staging/crm_dump"])
    with closing(warehouse.connect(house.settings.working_database)) as connection:
        rows = connection.execute(
            'SELECT object, subject, field, "value" FROM raw_crm_dump.events'
        ).fetchall()
    assert rows == [("property", "deal.stage", "deleted", "true")]


def test_the_other_examples_are_right(settings):
    for _, text in blocks("toml"):
        settings.sources_file.write_text(text)
        (source,) = read_sources(settings)
        assert tomllib.loads(text)[source.name]["kind"] == source.kind


def test_every_layout_and_the_tables_it_needs_are_documented():
    rows = re.findall(r"^\| `(fivetran_\w+)` \| (.*?) \|", DOCUMENT.read_text(), re.MULTILINE)
    assert {name: tuple(re.findall(r"`(\w+)`", needed)) for name, needed in rows} == {
        name: layout.needed for name, layout in LAYOUTS.items()
    }
