import os

import pyarrow.parquet
import pytest

from contracts.errors import LedgerError
from flows.ledger import Ledger
from flows.ledger.columns import COLUMNS


def test_a_new_ledger_is_one_empty_typed_segment(ledger, connection):
    ledger.create_view(connection)
    rows = connection.execute("describe ledger.events").fetchall()
    types = {name: kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ") for name, kind, *_ in rows}
    assert types == COLUMNS
    assert connection.execute("select count(*) from ledger.events").fetchall() == [(0,)]
    assert [path.name for path in ledger.segments()] == ["000000.parquet"]


def test_an_append_keeps_the_order_and_counts_positions_over_the_whole_ledger(three_segments, connection):
    three_segments.create_view(connection)
    rows = connection.execute("select position, id from ledger.events").fetchall()
    ids = [f"e{i}" for i in range(50)] + [f"e{i}" for i in range(30)]
    assert rows == list(enumerate(ids, start=1))
    assert three_segments.last_position() == 80


def test_every_segment_has_the_columns_and_types_of_the_empty_one(three_segments):
    empty, *others = [pyarrow.parquet.read_schema(path) for path in three_segments.segments()]
    assert all(other.equals(empty) for other in others)


def test_positions_of_the_relation_itself_are_kept_with_their_gaps(ledger, append, connection, recorded_at):
    append(3)
    connection.execute("create view gaps as select *, 10 * (row_number() over ()) as position from events")
    ledger.append(connection, "gaps", "run-2", recorded_at)
    assert ledger.last_position() == 30


def test_positions_that_do_not_increase_are_refused_and_nothing_is_appended(
    ledger, append, connection, recorded_at
):
    append(3)
    head = ledger.head()
    connection.execute("create view again as select *, row_number() over () as position from events")
    with pytest.raises(LedgerError, match="row 1: out of order"):
        ledger.append(connection, "again", "run-2", recorded_at)
    assert ledger.head() == head
    assert len(list((ledger.folder / "segments").iterdir())) == 2


def test_nothing_to_append_makes_no_segment(ledger, append):
    head = ledger.head()
    assert append(0) is None
    assert ledger.head() == head


def test_salts_differ_from_row_to_row_and_from_append_to_append(three_segments, connection):
    three_segments.create_view(connection)
    lengths = "min(octet_length(salt)), max(octet_length(salt))"
    query = f"select count(*), count(distinct salt), {lengths} from ledger.events"
    assert connection.execute(query).fetchall() == [(80, 80, 16, 16)]


def test_a_check_before_sealing_can_stop_the_append(ledger, append, connection, recorded_at):
    append(3)
    head = ledger.head()

    def refuse():
        raise LedgerError("taken over")

    with pytest.raises(LedgerError, match="taken over"):
        ledger.append(connection, "events", "run-2", recorded_at, before_sealing=refuse)
    assert ledger.head() == head
    assert ledger.verify().rows == 3


def test_another_run_that_appended_meanwhile_is_noticed(ledger, append, connection, recorded_at):
    append(3)
    other = Ledger(ledger.folder)
    with pytest.raises(LedgerError, match="another run appended meanwhile"):
        ledger.append(
            connection,
            "events",
            "run-2",
            recorded_at,
            before_sealing=lambda: other.append(connection, "events", "run-3", recorded_at),
        )
    assert ledger.verify().rows == 6


def test_a_column_that_is_missing_is_named(ledger, append, connection, recorded_at):
    append(3)
    connection.execute("alter table events drop column actor")
    with pytest.raises(LedgerError, match="events lacks the column actor"):
        ledger.append(connection, "events", "run-1", recorded_at)


def test_a_folder_with_wildcards_and_quotes_in_its_name_is_just_a_folder(
    tmp_path, append, connection, recorded_at
):
    append(3)
    odd = Ledger(tmp_path / "it's [a] *?")
    odd.append(connection, "events", "run-1", recorded_at)
    odd.create_view(connection)
    assert connection.execute("select count(*) from ledger.events").fetchall() == [(3,)]
    assert odd.verify().rows == 3


@pytest.mark.parametrize(("function", "number"), [("fsync", 28), ("fsync", 5), ("open", 13)])
def test_an_error_of_the_operating_system_is_one_line_of_ours(ledger, append, monkeypatch, function, number):
    append(3)
    head = ledger.head()

    def fail(*_arguments, **_options):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, function, fail)
        with pytest.raises(LedgerError, match=os.strerror(number)) as caught:
            append(4)
    assert "\n" not in str(caught.value)
    assert (ledger.head(), ledger.verify().rows) == (head, 3)


def test_an_error_of_duckdb_is_one_line_of_ours(ledger, connection, recorded_at):
    with pytest.raises(LedgerError, match="could not append to .*no_such_table") as caught:
        ledger.append(connection, "no_such_table", "run-1", recorded_at)
    assert "\n" not in str(caught.value)


def test_a_ledger_that_is_a_file_is_explained(tmp_path):
    (tmp_path / "ledger").write_text("")
    with pytest.raises(LedgerError, match="SEAMKEEPER_LEDGER"):
        Ledger(tmp_path / "ledger").recover()
