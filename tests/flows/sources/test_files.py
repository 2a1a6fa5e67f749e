"""Do exports in files become raw tables: each content once, wherever they lie, typed as they say?"""

import gzip
import json
import os
import sys
from contextlib import closing
from datetime import date
from types import ModuleType
from unittest.mock import Mock

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.errors import ConfigurationError, SourceError
from flows import warehouse
from flows.settings import Source
from flows.sources import Pulling, check, pull, read_sources, staging_of

DEALS = "id,stage,amount\n1,open,12.50\n2,won,\n"


class Night:
    """A folder of exports, and a home to pull them into."""

    def __init__(self, settings):
        self.settings, self.runs = settings, 0
        self.folder = settings.project / "exports"
        self.folder.mkdir()
        staging = settings.project / "dbt_project" / "models" / "staging" / "dump"
        staging.mkdir(parents=True)
        (staging / "stg_dump__events.sql").touch()

    def source(self, path="exports", **tables):
        return Source("dump", "files", options={"path": path, "tables": tables or {"deal": "deals*.csv"}})

    def pull(self, path="exports", **tables):
        self.runs += 1
        return pull(self.source(path, **tables), Pulling(self.settings, f"run-{self.runs}"))

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, ns=(self.runs, self.runs))  # a change within one tick of the clock is a change
        return path

    def ask(
        self,
        query="SELECT * EXCLUDE (_origin, _run_id, _pulled_at, _before) FROM raw_dump.deal ORDER BY _file, _row",
    ):
        with closing(warehouse.connect(self.settings.working_database)) as connection:
            return connection.execute(query).fetchall()

    def recorded(self):
        with closing(warehouse.connect(self.settings.working_database)) as connection:
            warehouse.settle(connection, ["dump"])


@pytest.fixture
def night(settings):
    return Night(settings)


def test_csv_is_text_with_its_place(night):
    night.write("deals.csv", DEALS)
    pulled = night.pull()
    assert (pulled.rows, pulled.files) == (2, 1)
    assert night.ask() == [
        ("1", "open", "12.50", "deals.csv", 1, True),
        ("2", "won", None, "deals.csv", 2, True),
    ]


def test_json_lines_are_text_and_what_is_nested_is_json(night):
    rows = [{"id": 1, "owner": {"name": "Zoë"}}, {"id": 2, "tags": ["a"]}]
    night.write("deals.jsonl.gz", gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    night.pull(deal="*.jsonl.gz")
    assert night.ask(
        "SELECT id, json_extract_string(owner, '$.name'), tags FROM raw_dump.deal ORDER BY id"
    ) == [
        ("1", "Zoë", None),
        ("2", None, '["a"]'),
    ]


def test_parquet_keeps_its_types(night):
    pq.write_table(pa.table({"id": [1], "closes": [date(2026, 1, 2)]}), night.folder / "deals.parquet")
    night.pull(deal="*.parquet")
    assert night.ask("SELECT id, closes FROM raw_dump.deal") == [(1, date(2026, 1, 2))]


def test_a_glob_is_one_table_and_each_table_has_its_own(night):
    night.write("2026/deals-1.csv", DEALS)
    night.write("2026/deals-2.csv", "id,stage,owner\n3,open,ann\n")
    night.write("people.csv", "name\nann\n")
    assert night.pull(deal="**/deals-*.csv", person="people.csv").files == 3
    assert night.ask("SELECT id, owner, _file FROM raw_dump.deal ORDER BY id") == [
        ("1", None, "2026/deals-1.csv"),
        ("2", None, "2026/deals-1.csv"),
        ("3", "ann", "2026/deals-2.csv"),
    ]
    assert night.ask("SELECT name FROM raw_dump.person") == [("ann",)]


def test_each_content_is_read_once(night):
    night.write("deals.csv", DEALS)
    night.pull()
    night.recorded()
    pulled = night.pull()
    assert (pulled.rows, pulled.files, pulled.skipped_files) == (0, 0, 1)


def test_of_a_file_that_changed_the_rows_that_changed_are_new(night):
    night.write("deals.csv", DEALS)
    night.pull()
    night.recorded()
    night.write("deals.csv", DEALS.replace("won", "lost") + "3,open,1\n")
    assert night.pull().rows == 2
    assert night.ask("SELECT id, stage FROM raw_dump.deal WHERE _is_new ORDER BY id") == [
        ("2", "lost"),
        ("3", "open"),
    ]
    assert night.ask("SELECT count(*) FROM raw_dump.deal") == [(3,)]


def test_of_a_file_that_became_shorter_the_rows_are_gone(night):
    night.write("deals.csv", DEALS)
    night.pull()
    night.write("deals.csv", "id,stage,amount\n1,open,12.50\n")
    assert night.pull().rows == 0
    assert night.ask("SELECT id FROM raw_dump.deal") == [("1",)]


def test_files_anywhere_are_fetched_by_their_url(night):
    store = fsspec.filesystem("memory")
    store.pipe("/crm/deals/1.csv", DEALS.encode())
    try:
        night.pull("memory://crm", deal="deals/*.csv")
        assert night.ask("SELECT id, _file FROM raw_dump.deal ORDER BY id") == [
            ("1", "deals/1.csv"),
            ("2", "deals/1.csv"),
        ]
        assert night.pull("memory://crm", deal="deals/*.csv").skipped_files == 1
        store.pipe("/crm/deals/1.csv", DEALS.replace("won", "bad").encode())
        assert night.pull("memory://crm", deal="deals/*.csv").rows == 1
        store.pipe("/crm/deals/1.csv", b'id\n"1\n')
        with pytest.raises(SourceError, match=r"source dump: /crm/deals/1.csv cannot be read as csv"):
            night.pull("memory://crm", deal="deals/*.csv")
    finally:
        store.rm("/crm", recursive=True)


def test_a_url_of_files_here_reads_them_in_place(night):
    night.write("deals.csv", DEALS)
    assert night.pull(f"file://{night.folder}").rows == 2


def test_a_broken_file_ends_in_one_line_and_nothing_is_loaded(night):
    night.write("deals-1.csv", DEALS)
    night.write("deals-2.csv", 'id,stage\n1,"open\n')
    with pytest.raises(SourceError, match=r"source dump: .*deals-2.csv cannot be read as csv \(") as caught:
        night.pull()
    assert "\n" not in str(caught.value)
    assert night.ask("SELECT count(*) FROM information_schema.tables WHERE table_name = 'deal'") == [(0,)]
    night.write("deals-2.csv", DEALS)
    assert night.pull().rows == 4


def test_another_type_in_a_parquet_file_is_told_and_all_is_text(night):
    one, two = (night.folder / f"deals-{number}.parquet" for number in (1, 2))
    pq.write_table(pa.table({"id": [1], "on": [date(2026, 1, 2)]}), one)
    night.pull(deal="*.parquet")
    pq.write_table(pa.table({"id": ["x"], "on": [7]}), two)
    assert night.pull(deal="*.parquet").notes == (
        "column deal.id: type was BIGINT and is VARCHAR", "column deal.on: type was DATE and is BIGINT",
    )  # fmt: skip
    both = [("1", "2026-01-02"), ("x", "7")]
    assert night.ask('SELECT id, "on" FROM raw_dump.deal ORDER BY id') == both
    night.settings.working_database.unlink()  # rebuilt from both at once
    assert night.pull(deal="*.parquet").notes == ()
    assert night.ask('SELECT id, "on" FROM raw_dump.deal ORDER BY id') == both


def test_a_column_is_gone_only_where_it_was(night):
    night.write("deals-eu.csv", "id,vat\n1,19\n")
    night.write("deals-us.csv", "id\n2\n")
    night.pull(deal="*.csv")
    night.write("deals-us.csv", "id\n2\n3\n")
    assert night.pull(deal="*.csv").notes == ()
    night.write("deals-eu.csv", "id\n1\n")
    assert night.pull(deal="*.csv").notes == ("column deal.vat is gone",)
    night.write("deals-eu.csv", "id,vat\n1,19\n")
    assert night.pull(deal="*.csv").notes == ("column deal.vat is new",)
    night.write("deals-uk.csv", "id\n4\n")
    assert night.pull(deal="*.csv").notes == ("column deal.vat is gone",)
    assert night.ask("SELECT \"column\", is_gone, _run_id FROM raw_dump.columns ORDER BY ALL") == [
        ("id", False, "run-1"), ("vat", True, "run-5"),
    ]  # fmt: skip


def test_json_lines_leave_out_what_is_empty(night):
    night.write("deals-1.jsonl", '{"id": 1, "vat": 19}\n')
    night.pull(deal="*.jsonl")
    night.write("deals-2.jsonl", '{"id": 2}\n')
    assert night.pull(deal="*.jsonl").notes == ()


def test_an_empty_file_of_json_lines_brings_nothing(night):
    night.write("deals.jsonl", "")
    assert night.pull(deal="*.jsonl").rows == 0
    night.write("deals.jsonl", '{"id": 1}\n')
    assert night.pull(deal="*.jsonl").rows == 1


def test_a_table_without_files_is_refused(night):
    with pytest.raises(
        SourceError, match=r"no file matches .*exports/deals\*.csv; correct `deal` in .*sources.toml"
    ):
        check([night.source()], night.settings)


def test_what_a_store_s_library_raises_is_one_line_and_a_bug_is_none(night, monkeypatch):
    library, of_the_store = ModuleType("botocore.exceptions"), type("BotoCoreError", (Exception,), {})
    monkeypatch.setattr(library, of_the_store.__name__, of_the_store, raising=False)
    monkeypatch.setitem(sys.modules, library.__name__, library)
    for error in (of_the_store("Unable to locate credentials"), PermissionError("Forbidden")):
        monkeypatch.setattr(fsspec.filesystem("memory"), "glob", Mock(side_effect=error))
        with pytest.raises(SourceError, match=rf"memory://crm cannot be reached \({error}\); check `path`"):
            night.pull("memory://crm")
    monkeypatch.setattr(fsspec.filesystem("memory"), "glob", Mock(side_effect=TypeError("ours")))
    with pytest.raises(TypeError):
        night.pull("memory://crm")


def test_a_store_whose_library_is_missing_says_which(night):
    with pytest.raises(SourceError, match=r"source dump: s3://exports needs a library \(Install s3fs"):
        night.pull("s3://exports")


def test_columns_of_our_own_are_refused(night):
    night.write("deals.csv", "id,_row\n1,2\n")
    with pytest.raises(
        SourceError, match=r"deals.csv cannot be read as csv \(its column _row is one of our own"
    ):
        night.pull()
    night.write("deals.csv", "id,_is_new\n1,2\n")
    with pytest.raises(SourceError, match=r"deals.csv has a column `_is_new`, which is our own"):
        night.pull()


def test_tables_are_configured_one_glob_per_line(settings):
    text = '[dump]\nkind = "files"\npath = "exports"\n[dump.tables]\n'
    settings.sources_file.write_text(text + 'deal = "deals/*.parquet"\n')
    (source,) = read_sources(settings)
    assert source.options == {"path": "exports", "tables": {"deal": "deals/*.parquet"}}
    assert staging_of([source]) == ("dump",)
    settings.sources_file.write_text(text + "deal = 3\n")
    with pytest.raises(ConfigurationError, match=r"\[dump.tables\]: `deal` is 3; write a text: a glob"):
        read_sources(settings)


@pytest.mark.parametrize("column", ["rowid", "ROWID", "row_id", "is_news", "recorded", "told", "known"])
def test_columns_called_as_in_our_sql_lose_no_row(night, column):
    night.write("deals.csv", f"id,{column}\n1,x\n2,x\n")
    night.pull()
    night.recorded()
    night.write("deals.csv", f"id,{column}\n1,x\n3,x\n")
    assert night.pull().rows == 1
    assert night.ask(f"SELECT id, {column}, _is_new FROM raw_dump.deal ORDER BY id") == [
        ("1", "x", False),
        ("3", "x", True),
    ]


def test_a_column_that_is_spelled_in_capitals_is_the_same_column(night):
    night.write("deals.csv", DEALS)
    night.pull()
    night.write("deals.csv", "ID,Stage,amount\n1,lost,12.50\n2,won,\n")
    pulled = night.pull()
    assert (pulled.rows, pulled.notes) == (1, ())
    assert night.ask('SELECT "column" FROM raw_dump.columns ORDER BY ALL') == [
        ("amount",),
        ("id",),
        ("stage",),
    ]


def test_two_names_for_one_table_are_refused(settings):
    settings.sources_file.write_text(
        '[dump]\nkind = "files"\n[dump.tables]\ndeal = "a.csv"\nDeal = "b.csv"\n', encoding="utf-8"
    )
    with pytest.raises(
        ConfigurationError, match=r"\[dump.tables\]: `deal` and `Deal` would be one table here"
    ):
        read_sources(settings)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is empty, without a header"),
        ("id,,stage\n1,,x\n", "the header has a column without a name"),
        ("id,ID\n1,2\n", "the header names a column twice"),
        ("id,_FILE\n1,x\n", "its column _FILE is one of our own"),
    ],
)
def test_what_is_wrong_with_a_header_is_said_in_words(night, content, why):
    night.write("deals.csv", content)
    with pytest.raises(SourceError, match=rf"deals.csv cannot be read as csv \({why}\)"):
        night.pull()
