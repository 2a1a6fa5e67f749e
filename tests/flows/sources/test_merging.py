"""Does a merge leave content out of what it sorts and joins, and manage records that are longer than its memory?"""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

from flows import warehouse
from flows.settings import Source
from flows.sources import Pulling, merging
from flows.sources.records import Record

SOURCE = Source("hubspot", "hubspot")
SEEN_AT = datetime(2026, 6, 1, tzinfo=UTC)


def test_what_is_sorted_and_joined_has_no_content(settings, monkeypatch):
    found, replace = [], merging._replace

    def look(connection, *told):
        found.extend(
            connection.execute(
                "SELECT column_name FROM duckdb_columns() WHERE table_name IN ('told', 'merging')"
            ).fetchall()
        )
        return replace(connection, *told)

    monkeypatch.setattr(merging, "_replace", look)
    record = Record("deal", "101", SEEN_AT, '{"properties":{}}')
    assert (
        merging.load(
            SOURCE, Pulling(settings, "run-1", True, SEEN_AT), lambda _: iter([[record]]), (), {}
        ).rows
        == 1
    )
    assert {name for (name,) in found} >= {"object", "id", "digest"}
    assert ("content",) not in found


def test_a_record_that_is_longer_than_streaming_memory_is_merged_all_the_same(settings, monkeypatch):
    pulling = Pulling(settings, "run-1", True, SEEN_AT)
    merging.load(SOURCE, pulling, lambda _: iter(()), (), {})
    with closing(
        warehouse.connect(settings.working_database)
    ) as connection:  # as a run that died has left it
        connection.execute(
            "INSERT INTO raw_hubspot.pulled SELECT 'deal', '101', now(), repeat('long', 10_000_000), 0"
        )
    monkeypatch.setattr(warehouse, "STREAMING", "24MB")
    merging.load(SOURCE, pulling, lambda _: iter(()), (), {})
    with closing(warehouse.connect(settings.working_database)) as connection:
        found = connection.execute("SELECT id, strlen(content), _is_new FROM raw_hubspot.records").fetchall()
    assert found == [("101", 40_000_000, True)]


def test_records_that_are_too_long_to_be_loaded_in_streaming_memory_are_loaded_all_the_same(
    settings, monkeypatch, capfd
):
    long, cursors = "x" * 400_000, []

    def read(known):
        cursors.append(dict(known))
        known["deal"] = "read"
        yield [Record("deal", str(number), SEEN_AT, f"{number}{long}") for number in range(100)]

    monkeypatch.setattr(warehouse, "STREAMING", "24MB")
    pulling = Pulling(settings, "run-1", True, SEEN_AT)
    assert merging.load(SOURCE, pulling, read, (), {}).rows == 100
    assert merging.load(SOURCE, replace(pulling, fresh=False), read, (), {}).rows == 0
    assert cursors == [{}, {"deal": "read"}]
    assert capfd.readouterr() == ("", "")
