import random
from typing import Any

import duckdb
import pandas
import pytest

from contracts import Field
from contracts.errors import JudgementError
from expectations import columns
from expectations import judge as judge_module
from expectations.judge import Case, judge, load

HOSTILE = [
    "it's",
    "''",
    "100 %",
    "%s",
    "%(name)s",
    "$1",
    "$2",
    ":name",
    "?",
    '"',
    "a;b",
    "\\",
    "{{ x }}",
    "--",
    "日本",
]


def test_a_required_field_without_anything_given_is_missing(court):
    rows = [
        {"f_pain__given": given} for given in ("value", None, "none", "not required", "unobservable", None)
    ]
    assert court.failing([Field(name="pain", type="text", required=True)], rows) == {
        ("pain", "missing"): [2, 6]
    }


def test_where_nothing_fails_nothing_is_returned(court):
    field = Field(name="pain", type="text", required=True, min_length=2)
    assert court.failing([field], [{"f_pain": "slow", "f_pain__given": "value"}] * 3) == {}


def test_all_failing_rows_are_returned_however_many(court):
    rows = [{"f_pain__given": "value" if number % 3 else None} for number in range(1000)]
    ((_, keys),) = court.failing([Field(name="pain", type="text", required=True)], rows).items()
    assert keys == [number + 1 for number in range(1000) if number % 3 == 0]


@pytest.mark.parametrize("name", ["f1", "f3", "x1_3_7", "p_1"])
@pytest.mark.parametrize(("low", "high"), [(1, 3), (0, 2), (10, 13), (-3, -1), (0.1, 0.7), (1e-7, 1)])
def test_a_bound_that_occurs_in_the_name_of_its_column_is_still_a_bound(court, name, low, high):
    field = Field(name=name, type="number", minimum=low, maximum=high)
    values = [None, low - 0.5, low, low + 0.5, high, high + 0.001, 100 * high]
    assert court.failing([field], [{f"f_{name}": value} for value in values]) == {
        (name, "invalid"): [2, 6, 7]
    }


def test_lengths_items_and_ages_are_bounded_too(court):
    fields = [
        Field(name="t3", type="text", min_length=3, max_length=13),
        Field(name="l1", type="list", min_items=1),
        Field(name="d1", type="date", max_age_days=1),
    ]
    rows = [
        {"f_t3": "ab", "f_l1__items": 1, "f_d1__age_days": 0.5},
        {"f_t3": "abc", "f_l1__items": 0, "f_d1__age_days": 1},
        {"f_t3": "ä" * 13, "f_l1__items": 3, "f_d1__age_days": 1.5},
        {"f_t3": "a" * 14, "f_l1__items": None, "f_d1__age_days": None},
    ]
    assert court.failing(fields, rows) == {
        ("t3", "invalid"): [1, 4], ("l1", "invalid"): [2], ("d1", "stale"): [3],
    }  # fmt: skip


@pytest.mark.parametrize("allowed", [HOSTILE, HOSTILE[:1], HOSTILE[5:7], list(reversed(HOSTILE))])
def test_values_of_a_choice_may_hold_any_sign(court, allowed):
    said = [*HOSTILE, "something else", None, "It's", "$11", "100"]
    failing = court.failing(
        [Field(name="mode", type="choice", values=tuple(allowed))], [{"f_mode": value} for value in said]
    )
    wrong = [
        number for number, value in enumerate(said, start=1) if value is not None and value not in allowed
    ]
    assert failing == {("mode", "invalid"): wrong}


def test_what_is_bad_and_how_bad_comes_with_the_verdict(court):
    fields = [
        Field(name="pain", type="text", required=True),
        Field(name="size", type="number", required=True, severity="warning"),
    ]
    bad, listed = judge(court.database, [court.write(fields, [{}])])
    assert (bad.handoff, bad.version, bad.severity) == ("a_to_b", "1.0.0", "critical")
    assert (listed.field, listed.fault, listed.severity, listed.rows) == ("size", "missing", "warning", 1)
    assert bad.expectation == "expect_column_values_to_not_be_null"


def test_an_expectation_that_cannot_be_evaluated_is_never_a_verdict(court):
    fields = [Field(name="pain", type="text", required=True), Field(name="size", type="number", minimum=1)]
    case = court.write(fields, [{}])
    with duckdb.connect(str(court.database)) as connection:
        connection.execute(f"CREATE OR REPLACE VIEW {case.view} AS SELECT * EXCLUDE (f_size) FROM facts")
    with pytest.raises(JudgementError, match=r"on f_size could not be evaluated: .*; nothing was published"):
        judge(court.database, [case])


def test_neither_is_one_over_a_column_of_the_wrong_type(court):
    case = court.write([Field(name="size", type="number", minimum=1)], [{}])
    with duckdb.connect(str(court.database)) as connection:
        connection.execute(
            f"CREATE OR REPLACE VIEW {case.view} AS SELECT * REPLACE ('x' AS f_size) FROM facts"
        )
    with pytest.raises(JudgementError, match="could not be evaluated"):
        judge(court.database, [case])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "x", "expectations": [{"type": "no_such"}]}'])
def test_a_file_that_is_no_suite_is_refused(court, text):
    case = court.write([Field(name="pain", type="text", required=True)], [{}])
    court.suite.write_text(text)
    with pytest.raises(JudgementError, match="not a suite .*run `seamkeeper compile`"):
        judge(court.database, [case])


def test_a_missing_suite_is_refused(court):
    case = court.write([Field(name="pain", type="text", required=True)], [{}])
    court.suite.unlink()
    with pytest.raises(JudgementError, match="not a suite"):
        judge(court.database, [Case(case.handoff, case.version, court.suite, case.view)])


def test_the_file_is_free_afterwards(court):
    judge(court.database, [court.write([Field(name="pain", type="text", required=True)], [{}])])
    with duckdb.connect(str(court.database), config={"threads": 1}) as connection:
        connection.execute("DROP VIEW judged_a_to_b__version_a")


def test_the_database_says_what_great_expectations_says_of_a_data_frame(court):
    chance = random.Random(5)
    fields = [
        Field(name="pain", type="text", required=True, min_length=3, max_length=6),
        Field(name="size1", type="number", minimum=1, maximum=3),
        Field(name="mode", type="choice", values=("warm", "it's cold")),
        Field(name="sizes3", type="list", min_items=3),
        Field(name="when1", type="date", required=True, max_age_days=1),
    ]
    drawn: dict[str, list[Any]] = {
        "f_pain": [None, "ab", "abc", "abcdef", "abcdefg"], "f_pain__given": [None, "value", "none"],
        "f_size1": [None, 0.5, 1, 2, 3, 3.5], "f_size1__unreadable": [None, None, "many"],
        "f_mode": [None, "warm", "it's cold", "Warm"], "f_sizes3__items": [None, 0, 2, 3],
        "f_sizes3__unreadable": [None, "x"], "f_when1__given": [None, "value"],
        "f_when1__unreadable": [None, "soon"], "f_when1__age_days": [None, 0.0, 1.0, 1.5],
    }  # fmt: skip
    rows = [{name: chance.choice(values) for name, values in drawn.items()} for _ in range(300)]
    assert court.failing(fields, rows) == on_a_data_frame(court.suite, fields, rows)


def on_a_data_frame(suite, fields, rows):
    """The same judgement by Great Expectations' own engine for pandas."""
    names = [name for field in fields for name in columns.of(field)]
    frame = pandas.DataFrame([{name: row.get(name) for name in names} for row in rows])
    frame.insert(0, "packet_key", range(1, len(rows) + 1))
    frame.insert(1, "moment", "now")
    asset = judge_module._context().data_sources.add_pandas("frames").add_dataframe_asset("facts")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    found = {}
    named = {"result_format": "COMPLETE", "unexpected_index_column_names": ["packet_key"]}
    for verdict in batch.validate(load(suite), result_format=named).results:
        keys = sorted(row["packet_key"] for row in verdict.result.get("unexpected_index_list") or [])
        if keys:
            meta = verdict.expectation_config.meta
            found[meta["field"], meta["fault"]] = keys
    return found
