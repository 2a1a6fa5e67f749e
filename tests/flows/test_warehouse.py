from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from contracts.errors import ConfigurationError, WarehouseError
from flows.settings import Source
from flows.warehouse import (
    RAW_COLUMNS,
    DatabaseError,
    connect,
    create_raw_table,
    first_line,
    gather_raw_events,
    prepare,
    settle,
    widen,
)

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def connection(settings):
    with connect(settings.working_database, settings=settings) as connection:
        yield connection


def one(connection, query):
    return connection.execute(query).fetchall()[0]


def test_every_session_is_in_utc_and_fetches_nothing(connection):
    assert one(
        connection,
        "SELECT current_setting('TimeZone'), current_setting('autoinstall_known_extensions'), "
        "current_setting('autoload_known_extensions'), current_setting('preserve_insertion_order')",
    ) == ("UTC", False, False, True)


def test_spilling_goes_to_home(connection, settings):
    assert one(connection, "SELECT current_setting('temp_directory')") == (str(settings.spill),)


def test_without_a_path_the_database_is_in_memory():
    with connect(None) as connection:
        assert one(connection, "SELECT path FROM duckdb_databases() WHERE database_name = 'memory'") == (
            None,
        )


@pytest.mark.parametrize("value", ["Zanzibar", "Zan'zi\"bar Zanzibar", "a\nZanzibar"])
@pytest.mark.parametrize(
    "query",
    [
        "SELECT $value::INTEGER",
        "SELECT $value::TIMESTAMPTZ",
        "SELECT $value::DATE",
        "SELECT $value::BOOLEAN",
        "SELECT $value::INTEGER[]",
        "SELECT strptime($value, '%Y')",
        "SELECT json_extract_string('{\"a\": \"' || $value, '$.a')",
        "INSERT INTO once SELECT $value UNION ALL SELECT $value",
    ],
)
def test_an_error_is_told_without_the_value_that_it_is_about(query, value):
    with closing(connect(None)) as connection:
        connection.execute("CREATE TABLE once (name VARCHAR PRIMARY KEY)")
        with pytest.raises(DatabaseError) as refused:
            connection.execute(query, {"value": value}).fetchall()
    told = first_line(refused.value)
    assert "Zan" not in told and "zibar" not in told
    assert told.count(" ") > 2


def test_the_memory_limit_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("SEAMKEEPER_MEMORY_LIMIT", "512MiB")
    with connect(None) as connection:
        assert one(connection, "SELECT current_setting('memory_limit')") == ("512.0 MiB",)


def test_what_streams_keeps_to_little_memory_and_one_thread_until_it_is_widened():
    settings = "SELECT current_setting('memory_limit'), current_setting('threads')"
    with connect(None, is_streaming=True) as connection:
        assert one(connection, settings) == ("305.1 MiB", 1)
        connection.execute("BEGIN")
        widen(connection)
        assert one(connection, settings) == ("3.7 GiB", 1)
        widen(connection)  # no transaction is open: a commit that failed has ended it


def test_what_streams_takes_no_more_than_the_environment_allows(monkeypatch):
    monkeypatch.setenv("SEAMKEEPER_MEMORY_LIMIT", "128MiB")
    with connect(None, is_streaming=True) as connection:
        assert one(connection, "SELECT current_setting('memory_limit')") == ("128.0 MiB",)


def test_a_memory_limit_that_is_no_size_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("SEAMKEEPER_MEMORY_LIMIT", "plenty")
    with pytest.raises(ConfigurationError, match="SEAMKEEPER_MEMORY_LIMIT: 'plenty' is no size, write 4GB"):
        connect(None)


def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path):
    file = tmp_path / "seamkeeper.duckdb"
    file.write_text("not a database, but long enough to be read as one" * 1000)
    with pytest.raises(WarehouseError, match="cannot be opened") as caught:
        connect(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "rebuilds it from the ledger" in str(caught.value)


def test_a_database_that_is_missing_cannot_be_read(tmp_path):
    with pytest.raises(WarehouseError, match="cannot be opened"):
        connect(tmp_path / "missing.duckdb", read_only=True)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WarehouseError, match="cannot be opened"):
        connect(tmp_path / "file" / "seamkeeper.duckdb")


def test_prepare_makes_schemas_and_the_context_of_the_run(connection, settings):
    crm = Source("crm", "events", zone="Europe/Berlin", decisions="trusted")
    prepare(connection, settings, "run-1", AS_OF, [crm], [Path("/ledger/segments/000000.parquet")])
    assert one(connection, "SELECT * FROM ops.run_context") == (
        "run-1",
        AS_OF,
        ["/ledger/segments/000000.parquet"],
    )
    assert one(connection, "SELECT * FROM ops.sources") == ("crm", "events", "Europe/Berlin", "trusted")


def test_raw_rows_of_all_sources_are_gathered_in_one_view(connection, settings):
    prepare(connection, settings, "run-1", AS_OF, [], [])
    for kind in ("simulator", "crm_dump", "quarantine"):
        create_raw_table(connection, kind)
        connection.execute(f"INSERT INTO raw_{kind}.events (id) VALUES ('{kind}-1')")
        described = connection.execute(f"DESCRIBE raw_{kind}.events").fetchall()
        assert {name: type_ for name, type_, *_ in described} == RAW_COLUMNS
    gather_raw_events(connection)
    found = connection.execute("SELECT id, _retried FROM ops.raw_events ORDER BY id").fetchall()
    assert found == [("crm_dump-1", False), ("quarantine-1", True), ("simulator-1", False)]


def test_preparing_again_replaces_the_context_and_keeps_the_rows(connection, settings):
    prepare(connection, settings, "run-1", AS_OF, [], [])
    create_raw_table(connection, "events")
    connection.execute("INSERT INTO raw_events.events (id) VALUES ('e-1')")
    prepare(connection, settings, "run-2", AS_OF, [], [])
    assert one(connection, "SELECT run_id, segments FROM ops.run_context") == ("run-2", [])
    assert one(connection, "SELECT count(*) FROM raw_events.events") == (1,)


def test_a_connection_that_was_closed_leaves_the_file_to_others(settings):
    connect(settings.working_database, settings=settings).close()
    duckdb.connect(str(settings.working_database), config={"threads": 1}).close()


def test_recorded_rows_of_the_staged_folders_are_no_longer_new(tmp_path):
    with closing(connect(tmp_path / "work.duckdb")) as connection:
        for folder in ("crm", "shop"):
            connection.execute(f"CREATE SCHEMA raw_{folder}")
            connection.execute(f'CREATE TABLE raw_{folder}."group" AS SELECT 1 AS id, true AS _is_new')
            connection.execute(f"CREATE TABLE raw_{folder}.files AS SELECT 1 AS id")
        settle(connection, ())
        settle(connection, ("crm",))
        told = [
            connection.execute(f'SELECT _is_new FROM raw_{name}."group"').fetchall()
            for name in ("crm", "shop")
        ]
    assert told == [[(False,)], [(True,)]]
