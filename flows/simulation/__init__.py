"""What would a company with leaking handoffs tell us? Event files and the truth behind them.

`simulate` writes `events/*.parquet` (interfaces.md, lifecycle events) and `truth.json` (what was planted, and
exact counts of what came of it). The company follows the contracts it is given; values depend only on the
arguments. A million packets take under a minute, because nothing is ever a Python object per row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from contracts.errors import ConfigurationError, SourceError
from flows.simulation.behaviour import Churn
from flows.simulation.blocks import Block, draw_block
from flows.simulation.columns import DAY, Rows
from flows.simulation.company import Company, found
from flows.simulation.judging import Counts
from flows.simulation.truth import Truth, handoff_truth, leak_to_churn_planted
from flows.simulation.writing import EventFiles

if TYPE_CHECKING:
    from contracts import Catalogue

__all__ = ["Churn", "Truth", "simulate"]

UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
BLOCK = 50_000
DEFAULT_CHURN = Churn()


def simulate(
    catalogue: Catalogue,
    packets: int,
    seed: int,
    months: int,
    out: Path,
    until: datetime = UNTIL,
    progress: Callable[[int, int], None] | None = None,
    churn: Churn = DEFAULT_CHURN,
) -> Truth:
    """Writes `out/events/*.parquet` and `out/truth.json` for a company of exactly `packets` packets triggered
    in the `months` before `until`; earlier files of that folder are replaced.

    `churn` says how much more often customers leave after a leaky signing: the same shares plant no effect.
    `progress` is told packets done and packets in all. Raises ConfigurationError for impossible numbers,
    SourceError when the folder cannot be written.
    """
    _check(packets, seed, months, until)
    company = found(catalogue, packets, months, until, churn)
    tally = Tally({seam.place: Counts() for seam in company.seams})
    truth_file = out / "truth.json"
    try:
        truth_file.unlink(missing_ok=True)  # a folder without it is not finished
        _write(company, tally, (packets, seed, months), out, progress)
        truth = _truth(company, catalogue, tally, (packets, seed, months, until))
        truth.write(truth_file)
    except OSError as error:
        raise SourceError(
            f"simulate: cannot write {error.filename or out} ({error.strerror or error}); "
            "free some space or name another folder"
        ) from error
    return truth


def _check(packets: int, seed: int, months: int, until: datetime) -> None:
    for name, number, least, most in (
        ("packets", packets, 1, 100_000_000),
        ("months", months, 1, 240),
        ("seed", seed, 0, 2**63),
    ):
        if not least <= number <= most:
            raise ConfigurationError(
                f"simulate: {name} is {number}; give a whole number from {least} to {most}"
            )
    if until.tzinfo is None:
        raise ConfigurationError(
            f"simulate: until is {until.isoformat()} without a zone; write 2026-07-01T00:00:00Z"
        )


@dataclass
class Tally:
    """What adds up over the blocks."""

    counts: dict[int, Counts]
    dirt: Counter[str] = field(default_factory=Counter)
    accounts: Counter[str] = field(default_factory=Counter)
    rows: int = 0

    def add(self, block: Block) -> None:
        """Adds one block."""
        for place, some in block.counts.items():
            self.counts[place].merge(some)
        self.dirt.update(block.dirt)
        self.accounts.update(block.company_counts)
        self.rows += len(block.rows)


def _write(
    company: Company,
    tally: Tally,
    asked: tuple[int, int, int],
    out: Path,
    progress: Callable[[int, int], None] | None,
) -> None:
    packets, seed, months = asked
    start = np.int64(company.start).astype("datetime64[us]")
    quotas = [min(BLOCK, packets - done) for done in range(0, packets, BLOCK)]
    seeds = np.random.SeedSequence(seed).spawn(len(quotas))
    with EventFiles(out / "events", int(start.astype("datetime64[M]").astype(np.int64)), months) as files:
        for number, (quota, child) in enumerate(zip(quotas, seeds, strict=True)):
            block = draw_block(company, number, quota, child, _people(company) if number == 0 else [])
            files.write(company, block.rows, block.texts)
            tally.add(block)
            if progress:
                progress(min((number + 1) * BLOCK, packets), packets)


def _people(company: Company) -> list[Rows]:
    teams = {name: code for code, name in enumerate(company.teams.texts)}
    return [company.people.set_events(company.start // DAY, teams, company.details)]


def _truth(
    company: Company, catalogue: Catalogue, tally: Tally, asked: tuple[int, int, int, datetime]
) -> Truth:
    packets, seed, months, until = asked
    return Truth(
        seed=seed,
        packets=packets,
        months=months,
        until=until.isoformat(),
        events=tally.rows,
        handoffs={
            seam.contract.id: handoff_truth(company, seam, tally.counts[seam.place]) for seam in company.seams
        },
        company={
            "name": catalogue.organisation.name,
            "zone": catalogue.organisation.zone,
            "people": {team: len(codes) for team, codes in company.people.by_team.items()},
            "leak_to_churn": {"planted": leak_to_churn_planted(company), "realised": dict(tally.accounts)},
            "dirt": dict(tally.dirt),
        },
    )
