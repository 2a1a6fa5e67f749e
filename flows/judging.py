"""Who judges what: fact tables and suites in, `judged.contract_failures` out.

Great Expectations only reads: it judges one view per contract version, which holds exactly the rows of packets that are
judged by that version, and hands back the query that selects all failing rows of an expectation. Those queries are run
here, set-based, and their counts must be Great Expectations' own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts import Catalogue
from contracts.errors import JudgementError
from expectations import suite
from expectations.judge import Case, Failures, judge
from flows import warehouse
from flows.settings import Settings

FAILURE_COLUMNS = (
    "packet_key BIGINT, handoff VARCHAR, moment VARCHAR, field VARCHAR, fault VARCHAR, expectation VARCHAR, "
    "severity VARCHAR, contract_version VARCHAR"
)


@dataclass(frozen=True)
class Judged:
    """What a judgement came to: suites judged, suites without packets to judge, failing rows."""

    suites: int
    without_packets: tuple[str, ...]
    failures: int

    def __str__(self) -> str:
        silent = f"; nothing to judge for {', '.join(self.without_packets)}" if self.without_packets else ""
        return f"{self.suites} suites, {self.failures:,} failing (packet, moment, field){silent}"


def judge_facts(settings: Settings, catalogue: Catalogue) -> Judged:
    """Judge every fact table and fill `judged.contract_failures` (packet_key × moment × field × fault) anew.

    Raises JudgementError if an expectation could not be evaluated: it is never counted as failing packets.
    """
    cases, without_packets = _prepare_views(settings, catalogue)
    failures = judge(settings.working_database, cases) if cases else []
    rows = _collect(settings, failures)
    return Judged(len(cases), tuple(without_packets), rows)


def _prepare_views(settings: Settings, catalogue: Catalogue) -> tuple[list[Case], list[str]]:
    """One view per contract version; those without a row would succeed on nothing, and are reported instead."""
    cases, without_packets = [], []
    with warehouse.connect(settings.working_database, settings=settings) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS judged")
        for contract in catalogue.contracts:
            for number, version in enumerate(contract.versions, start=1):
                view = f"judged_{contract.id}__version_{_letters(number)}"
                connection.execute(
                    f"CREATE OR REPLACE VIEW main.{view} AS SELECT * FROM handoffs.fct_handoff_{contract.id} "
                    f"WHERE is_judged AND contract_version = '{version.version}'"
                )
                name = suite.name_of(contract, version)
                found = connection.execute(f"SELECT 1 FROM main.{view} LIMIT 1").fetchall()
                if not found:
                    without_packets.append(name)
                    continue
                path = settings.project / "expectations" / "suites" / f"{name}.json"
                cases.append(Case(contract.id, version.version, path, view))
    return cases, without_packets


def _letters(number: int) -> str:
    """1 → a, 27 → aa: no digit in a name, so that no bound of an expectation can be mistaken for a part of it."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def _collect(settings: Settings, failures: Sequence[Failures]) -> int:
    with warehouse.connect(settings.working_database, settings=settings) as connection:
        connection.execute(f"CREATE OR REPLACE TABLE judged.contract_failures ({FAILURE_COLUMNS})")
        for failed in failures:
            ((inserted,),) = connection.execute(
                "INSERT INTO judged.contract_failures "
                f"SELECT packet_key, ?, moment, ?, ?, ?, ?, ? FROM ({failed.query})",
                [
                    *(failed.handoff, failed.field, failed.fault, failed.expectation),
                    *(failed.severity, failed.version),
                ],
            ).fetchall()
            if inserted != failed.rows:
                raise JudgementError(
                    f"{failed.handoff}@{failed.version}: {failed.expectation} on {failed.field} counted {failed.rows} "
                    f"failing rows and its query selects {inserted}; report this as a bug"
                )
        return sum(failed.rows for failed in failures)
