import json
import random
import re
import shutil
import subprocess
import sys

import pyarrow
import pyarrow.parquet
import pytest

from contracts.errors import LedgerError
from flows.ledger import Ledger, Verified
from tests.flows.ledger.conftest import SCRIPT


def segment(ledger, number):
    return ledger.folder / "segments" / f"{number:06}.parquet"


def change_row(ledger, number, row, column, value):
    """Write a segment again with one value changed; everything else, the hash included, stays."""
    table = pyarrow.parquet.read_table(segment(ledger, number))
    changed = table.slice(row - 1, 1).to_pylist()
    changed[0][column] = value
    one = pyarrow.Table.from_pylist(changed, schema=table.schema)
    rows = pyarrow.concat_tables([table.slice(0, row - 1), one, table.slice(row)])
    pyarrow.parquet.write_table(rows, segment(ledger, number))


def change_lines(ledger, change):
    path = ledger.folder / "chain.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(change(lines)))


def test_an_intact_ledger_is_verified_to_its_head(three_segments):
    assert three_segments.verify() == Verified(80, 3, three_segments.head())


def test_who_has_none_of_our_code_comes_to_the_same(three_segments, independent):
    verified = three_segments.verify()
    for known in (None, verified.head):
        assert independent.verify(three_segments.folder, known) == (verified.rows, verified.head)


def test_that_verifier_is_a_page_of_the_standard_library_and_pyarrow(three_segments):
    lines = SCRIPT.read_text().splitlines()
    assert len(lines) <= 100
    imported = {line.split()[1].partition(".")[0] for line in lines if re.match(r"(import|from) ", line)}
    assert imported - sys.stdlib_module_names == {"pyarrow"}
    path = segment(three_segments, 2)
    typed = [sys.executable, SCRIPT, three_segments.folder]
    intact = subprocess.run(typed, capture_output=True, text=True, check=False)
    assert (intact.returncode, intact.stdout) == (0, f"80 {three_segments.head()}\n")
    path.write_bytes(path.read_bytes()[:-1])
    cut = subprocess.run(typed, capture_output=True, text=True, check=False)
    assert (cut.returncode, cut.stdout) == (1, "")
    assert cut.stderr == "not intact: 000002.parquet: the file is not the one that was sealed\n"


@pytest.mark.parametrize("seed", range(30))
def test_both_find_a_flipped_bit_anywhere(three_segments, independent, seed):
    chance = random.Random(seed)
    files = [three_segments.folder / "chain.jsonl", *(segment(three_segments, number) for number in range(3))]
    path = chance.choice(files)
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content) - 1)] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    with pytest.raises(LedgerError):
        three_segments.verify()
    with pytest.raises((independent.Damaged, OSError, ValueError, KeyError, pyarrow.ArrowException)):
        independent.verify(three_segments.folder)


def test_a_history_written_anew_is_found_by_whoever_kept_a_head(
    three_segments, independent, append, tmp_path
):
    head = three_segments.head()
    shutil.rmtree(three_segments.folder)
    three_segments.recover()
    append(50, "run-1")
    append(30, "run-2")
    three_segments.verify()
    with pytest.raises(LedgerError, match=f"no line with the head {head}, which the last anchor kept"):
        three_segments.verify({head: "the last anchor"})
    with pytest.raises(independent.Damaged, match="cut off or written anew"):
        independent.verify(three_segments.folder, head)


@pytest.mark.parametrize(
    ("number", "row", "column", "value"),
    [
        (1, 1, "value", "other"),
        (1, 50, "actor", None),
        (2, 17, "salt", b"0" * 16),
        (2, 30, "hash", b"0" * 32),
        (1, 7, "position", 1000),
        (1, 8, "sequence", 8),
        (2, 3, "recorded_at", None),
    ],
)
def test_a_changed_value_is_found_with_its_segment_and_row(three_segments, number, row, column, value):
    change_row(three_segments, number, row, column, value)
    with pytest.raises(LedgerError, match=rf"segment {number}\), row {row}: the row does not match its hash"):
        three_segments.verify()


def test_the_first_of_several_bad_rows_is_named(three_segments):
    change_row(three_segments, 2, 1, "value", "other")
    change_row(three_segments, 1, 40, "value", "other")
    change_row(three_segments, 1, 20, "value", "other")
    with pytest.raises(LedgerError, match=r"segment 1\), row 20:"):
        three_segments.verify()


def test_a_row_in_a_later_row_group_is_counted_from_the_start_of_the_file(ledger, append):
    append(130_000)
    change_row(ledger, 1, 129_999, "value", "other")
    with pytest.raises(LedgerError, match=r"row 129999:"):
        ledger.verify()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.slice(1), "has 49 rows, sealed were 50"),
        (lambda table: pyarrow.concat_tables([table, table.slice(49)]), "row 51: out of order"),
        (lambda table: table.take([1, 0, *range(2, 50)]), "row 2: out of order"),
        (
            lambda table: table.replace_schema_metadata({"a": "b"}),
            "every row is intact, the file around them is not",
        ),
    ],
    ids=["deleted row", "repeated row", "swapped rows", "rewritten file"],
)
def test_rows_that_are_right_each_by_itself_are_not_enough(three_segments, change, said):
    path = segment(three_segments, 1)
    pyarrow.parquet.write_table(change(pyarrow.parquet.read_table(path)), path)
    with pytest.raises(LedgerError, match=said):
        three_segments.verify()


@pytest.mark.parametrize("seed", range(40))
def test_a_single_flipped_bit_is_found(three_segments, seed):
    chance = random.Random(seed)
    number = chance.choice([0, 1, 2])
    path = segment(three_segments, number)
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=f"{number:06}.parquet") as caught:
        three_segments.verify()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", range(20))
def test_a_single_flipped_bit_of_the_chain_is_found(three_segments, seed):
    chance = random.Random(seed)
    path = three_segments.folder / "chain.jsonl"
    content = bytearray(path.read_bytes())
    inner = content.rindex(b"\n")  # the last line end is another test's
    content[chance.randrange(inner)] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="chain.jsonl: line"):
        three_segments.verify()


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_a_truncated_segment_is_found(three_segments, kept):
    path = segment(three_segments, 2)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(LedgerError, match=r"segment 2\), row 1: the file cannot be read"):
        three_segments.verify()


def test_a_deleted_segment_is_named_by_verify_and_before_an_append(three_segments):
    segment(three_segments, 1).unlink()
    for check in (three_segments.verify, three_segments.recover):
        with pytest.raises(LedgerError, match="000001.parquet is missing: segment 1 of 50 rows"):
            check()


def test_swapped_segments_are_found(three_segments):
    one, two = segment(three_segments, 1), segment(three_segments, 2)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    with pytest.raises(LedgerError, match=r"segment 1\) has 30 rows, sealed were 50"):
        three_segments.verify()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: lines[:1] + lines[2:], 2),
        (lambda lines: [lines[0], lines[2], lines[1]], 2),
        (lambda lines: [*lines, lines[2]], 4),
        (lambda lines: [lines[0], lines[1][:30] + b"\n", lines[2]], 2),
        (lambda lines: [lines[0], lines[1].rstrip(b"\n"), lines[2]], 2),
    ],
    ids=["deleted", "swapped", "repeated", "truncated", "joined"],
)
def test_a_chain_line_out_of_place_is_named(three_segments, change, line):
    change_lines(three_segments, change)
    with pytest.raises(LedgerError, match=f"chain.jsonl: line {line} "):
        three_segments.verify()


def test_a_line_forged_with_a_fitting_head_breaks_the_line_after_it(three_segments):
    import hashlib

    def forge(lines):
        link = json.loads(lines[1])
        del link["head"]
        link["rows"] = 49
        text = json.dumps(link, sort_keys=True, separators=(",", ":"))
        link["head"] = hashlib.sha256(text.encode()).hexdigest()
        return [lines[0], json.dumps(link, sort_keys=True, separators=(",", ":")).encode() + b"\n", lines[2]]

    change_lines(three_segments, forge)
    with pytest.raises(LedgerError, match="line 3 .*does not follow from the line before it"):
        three_segments.verify()


def test_a_lost_last_line_is_found_by_whoever_knows_a_later_head(three_segments):
    head = three_segments.head()
    assert three_segments.verify({head: "you"}).head == head
    change_lines(three_segments, lambda lines: lines[:-1])
    with pytest.raises(LedgerError, match="which you kept: lines were lost"):
        three_segments.verify({head: "you"})


def test_more_lost_lines_than_an_interrupted_append_explains_are_damage_and_delete_nothing(three_segments):
    change_lines(three_segments, lambda lines: lines[:1])
    with pytest.raises(LedgerError, match="lists 1 segments, but .*000002.parquet exists"):
        three_segments.recover()
    assert segment(three_segments, 1).exists()


def test_where_there_is_no_ledger_there_is_nothing_to_verify(tmp_path):
    with pytest.raises(LedgerError, match="there is no ledger yet"):
        Ledger(tmp_path).verify()
