"""What would a company with leaking handoffs tell us? Event files and the truth behind them.

`simulate` writes `events/*.parquet` (interfaces.md, lifecycle events) and `truth.json` (what was planted, and
exact counts of what came of it). The company follows the contracts it is given; values depend only on the
arguments. A million packets take under a minute, because nothing is ever a Python object per row.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from contracts.errors import ConfigurationError
from flows.simulation.blocks import Block, draw_block
from flows.simulation.columns import DAY, Rows
from flows.simulation.company import Company, found
from flows.simulation.judging import Counts
from flows.simulation.truth import Truth, churn_planted, handoff_truth
from flows.simulation.writing import EventFiles

if TYPE_CHECKING:
    from contracts import Catalogue

__all__ = ["Truth", "simulate"]

UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
BLOCK = 50_000


def simulate(
    catalogue: Catalogue,
    packets: int,
    seed: int,
    months: int,
    out: Path,
    until: datetime = UNTIL,
    progress: Callable[[int, int], None] | None = None,
) -> Truth:
    """Writes `out/events/*.parquet` and `out/truth.json` for a company of exactly `packets` packets triggered
    in the `months` before `until`; earlier files of that folder are replaced.

    `progress` is told packets done and packets in all. Raises ConfigurationError for impossible numbers.
    """
    for name, number in (("packets", packets), ("months", months)):
        if number < 1:
            raise ConfigurationError(f"simulate: {name} is {number}; give a whole number above 0")
    if until.tzinfo is None:
        raise ConfigurationError(
            f"simulate: until is {until.isoformat()} without a zone; write 2026-07-01T00:00:00Z"
        )
    company = found(catalogue, packets, months, until)
    counts = {seam.place: Counts() for seam in company.seams}
    totals: dict[str, dict[str, int]] = {"dirt": {}, "people": {}}
    first_month = int(
        np.int64(company.start).astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    )
    with EventFiles(out / "events", first_month, months) as files:
        quotas = [min(BLOCK, packets - start) for start in range(0, packets, BLOCK)]
        seeds = np.random.SeedSequence(seed).spawn(len(quotas))
        for number, (quota, child) in enumerate(zip(quotas, seeds, strict=True)):
            block = draw_block(company, number, quota, child, _people(company) if number == 0 else [])
            files.write(company, block.rows, block.texts)
            _add(counts, totals, block)
            if progress:
                progress(min((number + 1) * BLOCK, packets), packets)
        rows = files.rows
    truth = _truth(company, catalogue, (packets, seed, months, until), rows, counts, totals)
    truth.write(out / "truth.json")
    return truth


def _people(company: Company) -> list[Rows]:
    teams = {name: code for code, name in enumerate(company.teams.texts)}
    return [company.people.set_events(company.start // DAY, teams, company.details)]


def _add(counts: dict[int, Counts], totals: dict[str, dict[str, int]], block: Block) -> None:
    for place, some in block.counts.items():
        counts[place].merge(some)
    for name, numbers in (("dirt", block.dirt), ("people", block.company_counts)):
        for key, number in numbers.items():
            totals[name][key] = totals[name].get(key, 0) + number


def _truth(
    company: Company,
    catalogue: Catalogue,
    asked: tuple[int, int, int, datetime],
    rows: int,
    counts: dict[int, Counts],
    totals: dict[str, dict[str, int]],
) -> Truth:
    packets, seed, months, until = asked
    signing = next((seam for seam in company.seams if seam.contract.id == "ae_to_onboarding"), None)
    return Truth(
        seed=seed,
        packets=packets,
        months=months,
        until=until.isoformat(),
        events=rows,
        handoffs={
            seam.contract.id: handoff_truth(company, seam, counts[seam.place]) for seam in company.seams
        },
        company={
            "name": catalogue.organisation.name,
            "zone": catalogue.organisation.zone,
            "people": {team: len(codes) for team, codes in company.people.by_team.items()},
            "leak_to_churn": {"planted": churn_planted(signing), "realised": totals["people"]},
            "dirt": totals["dirt"],
        },
    )
