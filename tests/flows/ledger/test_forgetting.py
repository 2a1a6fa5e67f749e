"""Is what was forgotten gone for good, and does history still prove itself, whenever we were killed?"""

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from contracts.errors import LedgerError
from flows.ledger.segments import file_digest
from tests.flows.ledger.test_verifying import change_row, segment

SCRIPT = Path(__file__).with_name("forgetting.py")
ROOT = Path(__file__).parents[3]
LATER = datetime(2026, 7, 2, tzinfo=UTC)
HIT = (3, 4, 60)
"""Positions in both segments of the ledger of 50 and 30 rows."""


def remaining(connection, positions=HIT):
    """The table `remains`: these positions, the actor under another name, everything else gone."""
    connection.execute(
        "create or replace table remains as select unnest($positions::bigint[]) as position, null::varchar as value, "
        "'forgotten-1' as actor, null::varchar as reason, '{}' as detail",
        {"positions": list(positions)},
    )


@pytest.fixture
def forget(connection, three_segments):
    def forget(*positions):
        remaining(connection, positions)
        return three_segments.forget(connection, "remains", {"why": "asked to"}, "run-forget", LATER)

    return forget


def rows_of(ledger, number):
    return pyarrow.parquet.read_table(segment(ledger, number)).to_pylist()


def test_payload_and_salt_are_gone_and_everything_else_is_as_it_was(forget, three_segments, connection):
    before = rows_of(three_segments, 1) + rows_of(three_segments, 2)
    left = forget(*HIT)
    after = rows_of(three_segments, 1) + rows_of(three_segments, 2)
    assert [(one.segment, one.rows) for one in left] == [(1, 2), (2, 1)]
    gone = {"value": None, "actor": "forgotten-1", "reason": None, "detail": "{}", "salt": None}
    assert after == [row | gone if row["position"] in HIT else row for row in before]
    assert b"ann" not in segment(three_segments, 3).read_bytes()


def test_the_chain_and_the_hashes_prove_what_is_left(forget, three_segments, independent):
    head = three_segments.head()
    forget(*HIT)
    verified = three_segments.verify({head: "the last anchor"})
    assert (verified.rows, verified.segments, verified.forgotten, verified.undone) == (81, 4, 3, ())
    assert independent.verify(three_segments.folder, head) == (81, verified.head)


def test_the_record_says_how_much_and_why_and_names_no_one(forget, three_segments):
    forget(*HIT)
    (record,) = rows_of(three_segments, 3)
    assert (record["source"], record["type"], record["time"]) == ("seamkeeper", "payload.forgotten", LATER)
    left = [(1, 2), (2, 1)]
    segments = [
        {"segment": number, "rows": rows, "sha256": file_digest(segment(three_segments, number))}
        for number, rows in left
    ]
    assert json.loads(record["detail"]) == {"segments": segments, "why": "asked to"}


def test_what_is_forgotten_later_adds_to_what_is_forgotten(forget, three_segments, independent):
    forget(3)
    forget(3, 5)
    verified = three_segments.verify()
    assert (verified.rows, verified.forgotten) == (82, 2)
    assert independent.verify(three_segments.folder) == (82, verified.head)


def test_with_nothing_to_forget_nothing_is_written(forget, three_segments):
    head = three_segments.head()
    assert (forget(), forget(1000), three_segments.head()) == ((), (), head)


def is_damage(ledger, independent, said):
    with pytest.raises(LedgerError, match=said):
        ledger.verify()
    with pytest.raises(independent.Damaged):
        independent.verify(ledger.folder)


@pytest.mark.parametrize("column", ["salt", "value", "actor"])
def test_a_row_that_no_record_names_must_have_its_payload_and_its_salt(three_segments, independent, column):
    change_row(three_segments, 1, 4, column, None)
    is_damage(three_segments, independent, r"segment 1\), row 4: the row does not match its hash")


@pytest.mark.parametrize("column", ["salt", "value", "actor"])
def test_so_must_the_rows_beside_those_that_were_forgotten(forget, three_segments, independent, column):
    forget(3)
    change_row(three_segments, 1, 4, column, None)
    said = "not as forgetting left it" if column == "salt" else r"row 4: the row does not match its hash"
    is_damage(three_segments, independent, said)


@pytest.mark.parametrize(("column", "value"), [("team", "sales"), ("value", "back"), ("actor", "ann")])
def test_what_is_left_of_a_forgotten_row_is_proved_as_well(
    forget, three_segments, independent, column, value
):
    forget(3)
    change_row(three_segments, 1, 3, column, value)
    is_damage(three_segments, independent, r"segment 1\): not as forgetting left it")


def test_a_forgotten_row_whose_hash_is_changed_is_found(forget, three_segments, independent):
    forget(3)
    change_row(three_segments, 1, 3, "hash", b"0" * 32)
    is_damage(three_segments, independent, "these are not the rows that were sealed")


def test_a_segment_brought_back_from_a_backup_is_told(forget, three_segments, independent, tmp_path):
    kept = shutil.copy(segment(three_segments, 1), tmp_path)
    forget(3)
    shutil.copy(kept, segment(three_segments, 1))
    assert three_segments.verify().undone == (segment(three_segments, 1),)
    assert independent.verify(three_segments.folder)[0] == 81
    forget(3)
    assert three_segments.verify().undone == ()


def test_a_damaged_segment_is_not_written_anew(forget, three_segments):
    change_row(three_segments, 1, 8, "hash", b"0" * 32)
    before = file_digest(segment(three_segments, 1))
    with pytest.raises(LedgerError, match="not the rows that were sealed; restore .* then forget"):
        forget(3)
    assert file_digest(segment(three_segments, 1)) == before


def test_a_row_that_is_told_again_is_known_whatever_it_says(forget, three_segments, connection):
    """Same source and id: as it was told before, and otherwise; the row beside it is revised."""
    forget(3)
    texts = ", ".join(f"{name}::varchar as {name}" for name in ("motion", "object", "team", "reason"))
    connection.execute(
        f"create table again as select * exclude (revision, supersedes) replace ({texts}) from events "
        "where id in ('e2', 'e3')"
    )
    connection.execute(
        "create table told as select *, null::varchar as fault, 1 as revision, null::bigint as supersedes, "
        "row_number() over () + 1000 as position "
        "from (from again union all select * replace ('other' as value) from again)"
    )
    three_segments.decide_revisions(connection, "told")
    found = connection.execute("select id, value = 'other', revision from told order by position").fetchall()
    assert [(id_, revision) for id_, is_other, revision in found if id_ == "e2"] == [("e2", None)] * 2
    assert [revision for id_, is_other, revision in found if id_ == "e3" and not is_other] == [None]
    assert [revision for id_, is_other, revision in found if id_ == "e3" and is_other] == [2]


@pytest.fixture
def forget_in_a_process(three_segments, connection, tmp_path):
    remaining(connection)
    batch = tmp_path / "remains.parquet"
    connection.execute(f"copy remains to '{batch}' (format parquet)")

    def start(fatal):
        arguments = [sys.executable, str(SCRIPT), str(three_segments.folder), str(batch), str(fatal)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(arguments, env=environment, capture_output=True, check=False)

    return start


# 2 files are synced, then the record's; it is renamed, its folder synced, its line written and synced: 7 steps. Then
# each file is renamed and the folder synced. There is no twelfth step.
@pytest.mark.parametrize("fatal", [1, 3, 5, 6, 7, 8, 10, 12])
def test_killed_before_any_step_it_is_forgotten_or_not_and_can_be_completed(
    fatal, forget_in_a_process, three_segments, forget, independent
):
    process = forget_in_a_process(fatal)
    assert process.returncode == (-signal.SIGKILL if fatal < 12 else 0), process.stderr
    is_decided = fatal > 6
    verified = three_segments.verify()
    assert (verified.rows == 81) is is_decided
    assert independent.verify(three_segments.folder) == (verified.rows, verified.head)
    three_segments.recover()
    assert three_segments.verify().forgotten == (3 if is_decided else 0)
    assert sorted((three_segments.folder / "segments").iterdir()) == three_segments.segments()
    if not is_decided:
        forget(*HIT)
        assert three_segments.verify().forgotten == 3
