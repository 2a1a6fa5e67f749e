"""How often do the intervals of a hundred companies cover what was planted? `make soak`; half an hour.

A hundred companies with the planted churn, a hundred signings-only companies without any. Each is one line of JSON in
the folder, so that a soak that was broken off goes on where it stopped; `coverage.md` beside them is the table. Fails
where an interval covers the planted value in fewer than 86 of 100, where handoffs are ranked in another order than
planted, and where an effect is seen that is not there.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from contracts import Catalogue, load_catalogue
from flows.simulation import Churn
from tests.conftest import House
from tests.planted import coverage
from tests.planted.companies import (
    HANDOFFS,
    NO_EFFECT,
    PACKETS,
    ROOT,
    SIGNING,
    SOURCES,
    Company,
    contracts_of,
    read_by_quarter,
    run_companies,
)  # fmt: skip

LEAST = 0.86
"""Of a hundred intervals that cover with 95 %, fewer than 86 do so once in 2,500 times."""
SIGNINGS = 1200
"""Packets of a company that only signs: about 550 accounts whose year has passed."""
AT_ONCE = 10
"""Companies in one run: more take more memory, fewer more time, for a night has costs of its own."""
RATIO = (SIGNING, "leak_to_churn_risk_ratio", "")
NOTES = """
A cell: planted value, companies whose 95 % interval covers it; "of" fewer than all where some could not be measured
(too few first conversations looked at). Grain `all`; ten companies share a run, each a motion of its own.
`median_hours_accepted_only` has no interval.
`rediscovery_sender_rate` is planted as nothing: nobody is asked for what only an earlier packet answered.
"""


def main() -> None:
    options = _parser().parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    seeds = range(1, options.companies + 1)
    told = _gather(options.out / "companies.jsonl", HANDOFFS, seeds, PACKETS, Churn())
    silent = _gather(options.out / "without_effect.jsonl", (SIGNING,), seeds, SIGNINGS, NO_EFFECT)
    planted = coverage.planted_figures(_catalogue(HANDOFFS), PACKETS, Churn())
    cells = coverage.cells(told, planted)
    no_effect = coverage.planted_figures(_catalogue((SIGNING,)), SIGNINGS, NO_EFFECT)
    (ratio,) = [cell for cell in coverage.cells(silent, no_effect) if cell.key == RATIO]
    swapped = {company.seed: pairs for company in told if (pairs := coverage.misordered(company, planted))}
    text = "\n".join([
        *_table(cells, len(told)), NOTES,
        f"Ranked otherwise than planted, by seed: {swapped or 'none'}",
        f"Without an effect the risk ratio's interval covers 1 in {ratio.covered} of {ratio.companies} companies",
    ])  # fmt: skip
    (options.out / "coverage.md").write_text(text + "\n", encoding="utf-8")
    print(text)
    short = [cell for cell in (*cells, ratio) if cell.covered < LEAST * cell.companies]
    sys.exit(1 if short or swapped else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Intervals of simulated companies against what was planted.")
    parser.add_argument("--companies", type=int, default=100, help="seeds 1 to N of each kind (default 100)")
    parser.add_argument("--out", type=Path, required=True, help="a folder; goes on with what lies there")
    return parser


def _catalogue(handoffs: Sequence[str]) -> Catalogue:
    shipped = load_catalogue(ROOT)
    return Catalogue(shipped.organisation, tuple(each for each in shipped.contracts if each.id in handoffs))


def _gather(path: Path, handoffs: Sequence[str], seeds: range, packets: int, churn: Churn) -> list[Company]:
    """The companies of these seeds: those that the file knows, and the others, run now and added to it."""
    path.touch()
    known = [Company.of_record(json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    missing = sorted(set(seeds) - {company.seed for company in known})
    if missing:
        with tempfile.TemporaryDirectory(prefix="seamkeeper-soak-") as folder, path.open("a") as file:
            house = House(Path(folder), SOURCES, contracts_of(handoffs))
            read_by_quarter(house)
            for start in range(0, len(missing), AT_ONCE):
                some = run_companies(house, dict.fromkeys(missing[start : start + AT_ONCE], churn), packets)
                known += some
                file.writelines(json.dumps(company.as_record()) + "\n" for company in some)
                file.flush()
                print(f"{path.stem}: {len(known)} of {len(seeds)}", file=sys.stderr, flush=True)
    return [company for company in known if company.seed in seeds]


def _table(cells: Sequence[coverage.Cell], companies: int) -> list[str]:
    """Markdown: metric × handoff."""
    found = {cell.key: cell for cell in cells}
    rows = sorted({key[1:] for key in found})
    lines = ["| metric | " + " | ".join(HANDOFFS) + " |", "|---" * (len(HANDOFFS) + 1) + "|"]
    for row in rows:
        told = [_told(found.get((handoff, *row)), companies) for handoff in HANDOFFS]
        lines.append(f"| {' '.join(filter(None, row))} | " + " | ".join(told) + " |")
    return lines


def _told(cell: coverage.Cell | None, companies: int) -> str:
    if cell is None:
        return ""
    planted = "not reached" if cell.planted is None else f"{cell.planted:.4g}"
    return f"{planted}: {cell.covered}" + (f" of {cell.companies}" if cell.companies < companies else "")


if __name__ == "__main__":
    main()
