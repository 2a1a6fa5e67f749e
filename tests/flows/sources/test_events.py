import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.errors import SourceError
from flows.warehouse import EVENT_COLUMNS

FORMATS = ["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"]


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_loads_the_same_text(write, pulled, rows, events, format_):
    write(f"crm.{format_}")
    assert pulled().rows == 3
    assert rows() == [tuple(event.get(name) for name in EVENT_COLUMNS) for event in events]


def test_each_row_knows_where_it_stood(write, pulled, rows):
    write("b.csv")
    write("a.jsonl")
    pulled("run-7")
    assert rows("_origin", "_file", "_row", "_run_id") == [
        ("crm", f"exports/{name}", row, "run-7") for name in ("a.jsonl", "b.csv") for row in (1, 2, 3)
    ]


def test_nested_json_stays_json_text(write, pulled, rows, events):
    events[0] |= {"value": [{"kind": "verbal", "text": "Zürich"}], "detail": {"segment": "smb", "n": 1}}
    write("crm.jsonl", events[:1])
    pulled()
    assert rows("value", "detail") == [('[{"kind":"verbal","text":"Zürich"}]', '{"segment":"smb","n":1}')]


def test_parquet_types_become_text(exports, pulled, rows):
    table = pa.table(
        {
            "id": pa.array([1], pa.int64()),
            "source": pa.array([b"crm"], pa.binary()),
            "type": pa.array(["handoff.triggered"]).dictionary_encode(),
            "time": pa.array([1767323045123456], pa.timestamp("us", tz="Europe/Berlin")),
            "value": pa.array([[{"kind": "verbal"}]]),
            "detail": pa.array([{"segment": "Größe"}]),
            "cycle": pa.array([2], pa.int32()),
            "reason": pa.array([None], pa.null()),
        }
    )
    pq.write_table(table, exports / "crm.parquet")
    pulled()
    assert rows("id", "source", "type", "time", "value", "detail", "cycle", "reason") == [
        (
            "1",
            "crm",
            "handoff.triggered",
            "2026-01-02 03:04:05.123456+00",
            '[{"kind":"verbal"}]',
            '{"segment":"Größe"}',
            "2",
            None,
        )
    ]


def test_an_instant_without_a_zone_stays_without_one(exports, pulled, rows):
    naive = pa.table(
        {"id": ["1"], "source": ["crm"], "type": ["t"], "time": pa.array([0], pa.timestamp("s"))}
    )
    pq.write_table(naive, exports / "crm.parquet")
    pulled()
    assert rows("time") == ["1970-01-01 00:00:00"]


def test_columns_that_are_missing_are_null(write, pulled, rows):
    write("crm.csv", [{"id": "1", "source": "crm", "type": "t", "time": "2026-01-01"}])
    pulled()
    assert rows() == [("1", "crm", "t", "2026-01-01", *[None] * 13)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_header_of_a_csv_tells_its_delimiter(exports, pulled, rows, delimiter):
    text = "id,source,type,time,value\n1,crm,t,2026-01-01,x\n".replace(",", delimiter)
    (exports / "crm.csv").write_text(text)
    pulled()
    assert rows("id", "value") == [("1", "x")]


def test_a_csv_as_excel_writes_it_is_read(exports, pulled, rows):
    (exports / "crm.csv").write_bytes("id;source;type;time\r\nä;crm;t;2026-01-01\r\n".encode("utf-8-sig"))
    pulled()
    assert rows("id", "time") == [("ä", "2026-01-01")]


def test_a_key_of_one_row_only_is_a_column_too(write, pulled, rows, events):
    events[2]["team"] = "support"
    write("crm.jsonl")
    pulled()
    assert rows("team") == [None, None, "support"]


def test_many_rows_keep_the_order_of_their_file(exports, pulled, rows):
    lines = [f"{n},crm,t,2026-01-01\n" for n in range(300_000)]
    (exports / "crm.csv").write_text("id,source,type,time\n" + "".join(lines))
    assert pulled().rows == 300_000
    assert rows("id") == [str(n) for n in range(300_000)]


@pytest.mark.parametrize("path", ["exports", "exports/*.csv", "exports/crm.csv", "**/*.csv"])
def test_a_path_is_a_folder_a_glob_or_a_file(write, pulled, path):
    write("crm.csv")
    assert pulled(path=path).files == 1


def test_an_absolute_path_outside_the_project_is_a_path_too(tmp_path, write, pulled, rows):
    outside = tmp_path / "elsewhere.csv"
    write("crm.csv").rename(outside)
    pulled(path=str(outside))
    assert set(rows("_file")) == {str(outside)}


def test_a_folder_is_read_with_its_subfolders_and_without_other_files(exports, write, pulled):
    (exports / "2026").mkdir()
    write("crm.csv").rename(exports / "2026" / "01.csv")
    (exports / "README.txt").write_text("not events")
    (exports / ".01.csv").write_text("half written")
    assert pulled().files == 1


@pytest.mark.parametrize("name", ["odd [1].csv", "what?.jsonl", "st*r.parquet", "it's.csv"])
def test_a_file_name_is_never_taken_for_a_pattern(exports, write, pulled, rows, name):
    write(f"crm.{name.rpartition('.')[2]}").rename(exports / name)
    (exports / "odd 1.txt").touch()
    assert pulled().files == 1
    assert set(rows("_file")) == {f"exports/{name}"}


def test_a_format_that_the_name_does_not_tell_can_be_set(exports, write, pulled):
    write("crm.csv").rename(exports / "crm.txt")
    assert pulled(path="exports/crm.txt", format="csv").rows == 3


def test_files_without_rows_are_no_fault(exports, pulled):
    (exports / "empty.jsonl").touch()
    (exports / "header.csv").write_text("id,source,type,time\n")
    assert (pulled().files, pulled().rows) == (2, 0)


@pytest.mark.parametrize("path", ["nowhere", "exports/*.csv"])
def test_a_path_that_matches_nothing_is_refused(exports, pulled, path):
    with pytest.raises(
        SourceError, match=r"source crm: no file matches .*; correct `path` in .*sources.toml"
    ):
        pulled(path=path)


def test_a_folder_without_event_files_is_refused_with_the_names_they_have(exports, pulled):
    (exports / "crm.xlsx").touch()
    with pytest.raises(
        SourceError,
        match=r"source crm: the folder .*exports holds no event file \(.*\.csv.*\); put one .* correct `path`",
    ):
        pulled(path="exports")


def test_a_name_that_tells_no_format_is_refused(exports, pulled):
    (exports / "crm.xlsx").touch()
    with pytest.raises(SourceError, match=r"crm.xlsx tells no format; .* or set `format`"):
        pulled(path="exports/*")


@pytest.mark.parametrize("format_", FORMATS)
def test_an_unknown_column_is_refused_by_name(write, pulled, events, format_):
    events[1]["valeu"] = "x"
    write(f"crm.{format_}")
    with pytest.raises(SourceError, match=r"crm\..* has the unknown column 'valeu'; did you mean 'value'"):
        pulled()


@pytest.mark.parametrize("format_", FORMATS)
def test_a_required_column_that_is_missing_is_refused_by_name(write, pulled, events, format_):
    for event in events:
        del event["type"]
    write(f"crm.{format_}")
    with pytest.raises(
        SourceError, match=r"crm\..* lacks the column 'type'; required are id, source, type, time"
    ):
        pulled()


BROKEN = {
    "a.parquet": b"PAR1 but no more",
    "b.csv": b"id,source,type,time\n1,crm,t\n",
    "c.csv": b"id,source,type,time\n1,crm,t,2026,more\n",
    "d.csv": "id,source,type,time\nZürich,crm,t,2026\n".encode("latin-1"),
    "e.csv": b'id,source,type,time\n"1,crm,t,2026\n',
    "f.csv": b"id,id,source,type,time\n1,1,crm,t,2026\n",
    "g.csv.gz": b"no gzip",
    "h.jsonl": b'{"id": "1", "source"',
    "i.jsonl": b'{"id": "1"}\n[1, 2]\n',
    "j.jsonl": '{"id": "Zürich"}\n'.encode("latin-1"),
    "k.jsonl": b'[{"id": "1"}, {"id": "2"}]',
    "l.csv": "id,source,type,time\n1,crm,t,2026\n".encode("utf-16"),
    "m.csv": b"id,source,type,time\n" + b"1,crm,t,2026\n" * 20_000 + "Zürich,crm,t,2026\n".encode("latin-1"),
    "n.jsonl": '{"id": "1"}\n'.encode("utf-16"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_read_is_refused_by_name_and_nothing_is_loaded(
    exports, write, pulled, rows, name
):
    write("0.csv")
    (exports / name).write_bytes(BROKEN[name])
    with pytest.raises(SourceError, match=f"source crm: .*{name} cannot be read as ") as caught:
        pulled()
    assert "\n" not in str(caught.value)
    assert rows() == []


REASONS = {
    "b.csv": "CSV Error on Line: 2: Expected Number of Columns: 4 Found: 3",
    "c.csv": "CSV Error on Line: 2: Expected Number of Columns: 4 Found: 5",
    "e.csv": "CSV Error on Line: 2: Value with unterminated quote found.",
}


@pytest.mark.parametrize("name", REASONS)
def test_why_a_csv_cannot_be_read_is_told_with_its_line_and_without_what_stands_there(exports, pulled, name):
    (exports / name).write_bytes(BROKEN[name].replace(b"crm,t", b"crm,secret"))
    with pytest.raises(SourceError) as caught:
        pulled()
    assert REASONS[name] in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_in_another_encoding_is_to_be_saved_as_utf_8(exports, pulled, name):
    (exports / name).write_bytes(BROKEN[name])
    with pytest.raises(SourceError) as caught:
        pulled()
    is_encoded_otherwise = name in ("d.csv", "j.jsonl", "l.csv", "m.csv", "n.jsonl")
    assert ("; save it as UTF-8 or move it away" in str(caught.value)) == is_encoded_otherwise


def test_an_empty_csv_is_said_to_be_empty(exports, pulled):
    (exports / "crm.csv").touch()
    with pytest.raises(SourceError, match=r"crm.csv cannot be read as csv \(it is empty, without a header\)"):
        pulled()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused_by_name(write, pulled):
    write("crm.csv").chmod(0)
    with pytest.raises(SourceError, match="crm.csv cannot be read as csv"):
        pulled()
