"""Which packets break their contract? Suites and the database that holds their views in, failing-rows queries out.

Great Expectations judges inside the database: it counts the failing rows of every expectation of a suite in one query,
and hands back, per failing expectation, the query that selects *all* failing rows (its own lists of rows are cut off).
Nothing is copied into Python. The caller runs those queries and checks their counts against Great Expectations' own.

A verdict is a row and never an exception. An expectation that could not be evaluated is the opposite: it raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.errors import JudgementError
from expectations.dialect import register
from expectations.suite import KEY

if TYPE_CHECKING:
    from great_expectations.data_context.data_context.abstract_data_context import AbstractDataContext
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource

RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": KEY,
    "include_unexpected_rows": False,
    "exclude_unexpected_values": True,  # results must not carry values: they may be personal data
}


@dataclass(frozen=True)
class Case:
    """One suite and the view that holds exactly the rows it judges.

    The view stands in schema `main`: Great Expectations forgets the schema when it reflects a view's columns.
    """

    handoff: str
    version: str
    suite: Path
    view: str


@dataclass(frozen=True)
class Failures:
    """All failing rows of one expectation: `query` selects them (packet_key, moment, column), `rows` counts them."""

    handoff: str
    version: str
    field: str
    fault: str
    severity: str
    expectation: str
    rows: int
    query: str


def judge(database: Path, cases: Sequence[Case]) -> list[Failures]:
    """Judge every case against its suite, in the DuckDB file `database`, which nobody else may have open.

    Raises JudgementError when an expectation could not be evaluated, whatever the reason.
    """
    register()
    source = _context().data_sources.add_sql(
        "seamkeeper", connection_string=f"duckdb+seamkeeper:///{database}"
    )
    try:
        return [failures for case in cases for failures in _judge_case(source, case)]
    finally:  # two engines, each with a pool of its own: the file must be free for whoever comes next
        source.get_execution_engine().close()
        source.get_engine().dispose()


def warm_up() -> None:
    """Import Great Expectations now (5 s), while something else is waiting."""
    import great_expectations  # noqa: F401


def _context() -> AbstractDataContext:
    """A context that lives in memory: no project folder, no progress bars, no Data Docs (they would hold values)."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def load(suite: Path) -> Any:
    """The Great Expectations suite in a compiled file. Raises JudgementError if it is missing or not a suite."""
    import great_expectations as gx
    from great_expectations.exceptions.exceptions import GreatExpectationsError

    try:
        return gx.ExpectationSuite(**json.loads(suite.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, GreatExpectationsError) as error:
        raise JudgementError(f"{suite}: not a suite ({error}); run `seamkeeper compile`") from error


def _judge_case(source: SQLDatasource, case: Case) -> Iterator[Failures]:
    asset = source.add_table_asset(case.view, table_name=case.view)
    batch = asset.add_batch_definition_whole_table("all").get_batch()
    result = batch.validate(load(case.suite), result_format=RESULT_FORMAT)
    for verdict in result.results:
        yield from _failures(case, verdict)


def _failures(case: Case, verdict: Any) -> Iterable[Failures]:
    expectation = verdict.expectation_config
    where = f"{case.suite.name}: {expectation.type} on {expectation.kwargs.get('column')}"
    raised = list(_exceptions(verdict.exception_info))
    if raised or "element_count" not in verdict.result:
        cause = raised[0] if raised else "Great Expectations returned no result"
        raise JudgementError(f"{where} could not be evaluated: {cause}; nothing was published")
    failing = int(verdict.result["unexpected_count"])
    if not failing:
        return []
    query = verdict.result["unexpected_index_query"].rstrip(";")
    if _has_placeholder(query):
        raise JudgementError(
            f"{where}: its failing-rows query kept a placeholder; report this as a bug: {query}"
        )
    return [
        Failures(
            handoff=case.handoff,
            version=case.version,
            field=expectation.meta["field"],
            fault=expectation.meta["fault"],
            severity=str(getattr(expectation.severity, "value", expectation.severity)),
            expectation=expectation.type,
            rows=failing,
            query=query,
        )
    ]


def _exceptions(info: dict[str, Any]) -> Iterator[str]:
    """The first line of every exception in `exception_info`, which is either one record or one per metric."""
    records = [info] if "raised_exception" in info else list(info.values())
    for record in records:
        if record["raised_exception"]:
            yield str(record["exception_message"]).strip().splitlines()[0]


def _has_placeholder(query: str) -> bool:
    """Whether a `$1` is left outside of quoted text."""
    return re.search(r"\$\d", re.sub(r"'(?:[^']|'')*'", "''", query)) is not None
