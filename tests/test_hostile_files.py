"""Whatever stands in a contract or in an event file, it is read or refused in one line (longer: tests/fuzzing.py)."""

import gzip
import json
import random
import resource
import time
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.warehouse import connect
from tests.contracts.conftest import CONTRACT as GOOD
from tests.contracts.conftest import Project
from tests.fuzzing import (
    BITS,
    CANARY,
    YAML_BITS,
    event_files,
    loaded_or_refused,
    read_or_refused,
    spoilt,
)

FILES = event_files()
HEADER = b"id,source,type,time,value\n"
quick = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
seeds = st.integers(0, 2**32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def refusal(folder):
    """How a file of this name and content is refused; empty if it is read."""
    with connect(None) as connection:
        yield partial(read_or_refused, connection, folder)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("project"))


@given(name=st.sampled_from(list(FILES)), content=st.binary(max_size=120))
@quick
def test_any_bytes_are_a_file_or_refused(refusal, name, content):
    refusal(name, content)


@given(name=st.sampled_from(list(FILES)), seed=seeds)
@quick
def test_a_spoilt_file_is_read_or_refused_and_its_values_stand_in_no_message(refusal, name, seed):
    refusal(name, spoilt(FILES[name], BITS, random.Random(seed)))


@given(text=st.text(max_size=80))
@settings(quick, max_examples=40)
def test_any_text_is_a_contract_or_refused(project, text):
    loaded_or_refused(project, "sales_to_delivery", text.encode())


@given(name=st.sampled_from(["sales_to_delivery", "organisation"]), seed=seeds, more=st.binary(max_size=10))
@settings(quick, max_examples=40)
def test_a_spoilt_contract_is_read_or_refused(project, name, seed, more):
    content = (project.root / "contracts" / f"{name}.yaml").read_bytes() + more
    loaded_or_refused(project, name, spoilt(content, YAML_BITS, random.Random(seed)))


def test_jinja_sql_and_markup_in_a_title_are_text(project):
    for odd in ("{{ 1/0 }}", "{% do x %}", "'; drop table x; --", "<script>", "=cmd|' /c calc'!A0", "[a](b)"):
        told = GOOD.replace("title: Sales → Delivery", f"title: {json.dumps(odd)}")
        assert loaded_or_refused(project, "sales_to_delivery", told.encode()) == ""


def wide(name):
    columns = [f"c{n}" for n in range(10_000)]
    if name.endswith("csv"):
        return f"{','.join(columns)}\n{','.join('1' * 10_000)}\n".encode()
    if name.endswith("jsonl"):
        return json.dumps(dict.fromkeys(columns, 1)).encode()
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({column: [1] for column in columns}), sink)
    return sink.getvalue().to_pybytes()


def long(name):
    """A last line that is longer than DuckDB's buffer, which it would leave out in silence."""
    return HEADER + b"1,crm,t,2026-01-01," + b"x" * 34_000_000 + b"\n"


HUGE = {
    "wide.csv": (wide, "unknown column 'c0'"),
    "wide.jsonl": (wide, "unknown column 'c0'"),
    "wide.parquet": (wide, "unknown column 'c0'"),
    "long.csv": (long, "its last line is longer"),
    "long.csv.gz": (lambda name: gzip.compress(long(name), 1), "its last line is longer"),
    "long.jsonl": (lambda name: json.dumps({"id": "x" * 50_000_000}).encode(), "maximum_object_size"),
    "header.csv": (lambda _: b"x" * 3_000_000 + b",id\n", "field larger than"),
}


@pytest.mark.parametrize("name", HUGE)
def test_what_is_huge_is_refused_soon_and_in_little_memory(refusal, name):
    make, words = HUGE[name]
    content = make(name)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    assert words in refusal(name, content, ways=[False])
    assert time.process_time() - began < 30  # a loaded machine; it takes two
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_000_000  # KiB


def test_lines_quotes_and_formulas_inside_of_a_value_are_read(refusal):
    told = '1,crm,t,2026-01-01,"a\r\nb ""q"" =1+1, \'"\n'
    assert refusal("quoted.csv", HEADER + told.encode()) == ""


def test_text_that_is_none_is_refused_without_its_value(refusal):
    sink = pa.BufferOutputStream()
    binary = pa.array([CANARY.encode() + b"\xff"], pa.binary())
    pq.write_table(pa.table({"id": binary, "source": ["c"], "type": ["t"], "time": ["2"]}), sink)
    assert "not valid UTF8" in refusal("binary.parquet", sink.getvalue().to_pybytes())
