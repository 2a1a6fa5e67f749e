"""How much slower are we than SQL written by hand, and how much memory do we take? `make bench`.

One company is simulated and pulled once. Our steps and the SQL beside this file then turn the same raw tables into
the same outputs, each in a process of its own. What the SQL leaves out stands at the top of its files; in sum:
quarantine, the chain and its proofs, dbt's tests, values first seen in a snapshot, the field map, three small tables,
the checks of a generation and fsync.

A target, not a test: nothing fails here for being slow. Read the ratio of processor seconds on a machine that is busy.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
AS_OF = "2026-07-01T00:00:00+00"
RECORD_TO_PUBLISH = ("record", "shape", "judge", "score", "publish")
NOTHING_NEW = ("pull", "stage", "record", "published already?")
Measured = dict[str, dict[str, Any]]


def main() -> None:
    options = _parser().parse_args()
    if options.dir:
        Path(options.dir).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="seamkeeper-bench-", dir=options.dir))
    try:
        results = _measure(folder, options.packets, options.months)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    _tell(results)
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=2), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Our steps against hand-written SQL on one company.")
    parser.add_argument(
        "--packets", type=int, default=1_000_000, help="how many crossings (default 1,000,000)"
    )
    parser.add_argument("--months", type=int, default=24, help="over how many months (default 24)")
    parser.add_argument("--json", type=Path, help="write the raw results to this file")
    parser.add_argument("--dir", type=Path, help="where to work (default: the system's temporary folder)")
    parser.add_argument("--keep", action="store_true", help="leave everything where it was written")
    return parser


def _measure(folder: Path, packets: int, months: int) -> dict[str, Any]:
    _make_project(folder)
    os.environ["SEAMKEEPER_PROJECT"] = str(folder / "project")
    os.environ["SEAMKEEPER_HOME"] = str(folder / "home")
    os.environ["SEAMKEEPER_LEDGER"] = str(folder / "home" / "ledger")
    raw = folder / "raw.duckdb"
    results: dict[str, Any] = {"packets": packets, "months": months, "processors": os.cpu_count()}
    results["simulate"] = _run("ours.py", "simulate", str(folder), str(packets), str(months))
    results["pull"] = _run("ours.py", "pull", str(folder))
    shutil.copy(folder / "home" / "work" / "seamkeeper.duckdb", raw)
    results["first"] = _run("ours.py", "run", str(folder))
    results["again"] = _run("ours.py", "run", str(folder))
    seeds = ROOT / "dbt_project" / "seeds"
    results["by hand"] = _run("by_hand.py", str(raw), str(seeds), str(folder / "by-hand"), AS_OF)
    results["agreement"] = _compare(folder)
    os.environ["SEAMKEEPER_HOME"] = str(folder / "start-up")
    results["start-up"] = _run("start_up.py")
    return results


def _make_project(folder: Path) -> None:
    """Our contracts, suites and models, with the simulated company as event files for the only source."""
    for name in ("contracts", "expectations", "dbt_project"):
        shutil.copytree(ROOT / name, folder / "project" / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "project" / "sources.toml").write_text(
        f'[company]\nkind = "events"\npath = "{folder}/company/events/*.parquet"\nzone = "Europe/Berlin"\n',
        encoding="utf-8",
    )


def _run(script: str, *arguments: str) -> Any:
    """One script in a process of its own; what it printed last is its result."""
    print(f"… {script} {arguments[0] if script == 'ours.py' else ''}", file=sys.stderr, flush=True)
    command = [sys.executable, str(HERE / script), *arguments]
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(finished.stdout.splitlines()[-1])


def _compare(folder: Path) -> dict[str, int]:
    """Rows of either generation that the other has not: every figure of the scorecard, every failing field."""
    compared = {
        "handoff_scorecard": "handoff, dimension, dimension_value, grain, period_start, metric, breakdown, "
        "numerator, n, status",
        "contract_failures": "packet_id, moment, field, fault, expectation, severity, contract_version",
        "packet_fields": "packet_id, field, required, state_at_transition, state_by_due, state_now, "
        "filled_at, filled_by",
    }
    found = {}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, file in (
            ("ours", folder / "home/published/current/seamkeeper.duckdb"),
            ("theirs", folder / "by-hand/seamkeeper.duckdb"),
        ):
            connection.execute(f"ATTACH '{file}' AS {name} (READ_ONLY)")
        for table, columns in compared.items():
            digest = f"SELECT count(*), sum(hash({columns})) FROM {{}}.main.{table}"
            ours, theirs = (connection.execute(digest.format(side)).fetchone() for side in ("ours", "theirs"))
            found[f"{table}: rows"] = ours[0] if ours else 0
            if ours == theirs:
                found[f"{table}: rows that differ"] = 0
                continue
            one = f"SELECT {columns} FROM ours.main.{table}"
            other = f"SELECT {columns} FROM theirs.main.{table}"
            ((rows,),) = connection.execute(
                f"SELECT count(*) FROM (({one} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {one}))"
            ).fetchall()
            found[f"{table}: rows that differ"] = rows
    return found


def _tell(results: dict[str, Any]) -> None:
    first, again, by_hand = results["first"], results["again"], results["by hand"]
    rows = results["pull"]["pull"]["result"]
    print(
        f"\n{results['packets']:,} packets over {results['months']} months, {rows} events; "
        f"{results['processors']} processors"
    )
    print("seconds: of the clock, and of the processors together; peak memory of the process so far\n")
    _table("before", {**results["simulate"], "pull": results["pull"]["pull"]})
    _table("our first run", first)
    _table("by hand", by_hand)
    hand = _sum(by_hand, tuple(by_hand))
    for title, steps in (
        ("record to publish", RECORD_TO_PUBLISH),
        ("stage to publish", ("stage", *RECORD_TO_PUBLISH)),
    ):
        mine = _sum(first, steps)
        print(
            f"{title}: {mine[0]:.1f} s against {hand[0]:.1f} s by hand = {mine[0] / hand[0]:.2f} × "
            f"(processors: {mine[1]:.1f} / {hand[1]:.1f} = {mine[1] / hand[1]:.2f} ×; target 3 ×)"
        )
    print(f"peak memory: {_peak(first):,.0f} MB (target 6,000), by hand {_peak(by_hand):,.0f} MB")
    _table("\na second run with nothing new", again)
    whole, quiet = _sum(first, ("stage", *RECORD_TO_PUBLISH)), _sum(again, NOTHING_NEW)
    whole = (whole[0] + results["pull"]["pull"]["seconds"], whole[1] + results["pull"]["pull"]["processor"])
    print(
        f"nothing new: {quiet[0]:.1f} s of {whole[0]:.1f} s = {quiet[0] / whole[0]:.1%} of the first "
        "(target 10 %), apart from start-up"
    )
    print("\nfixed start-up, each part in a fresh process, files cached")
    for part, seconds in results["start-up"].items():
        print(f"  {part:<40} {seconds:6.2f} s")
    print()
    for what, count in results["agreement"].items():
        print(f"  {what:<40} {count:,}")
    differing = sum(count for what, count in results["agreement"].items() if "differ" in what)
    print("the figures agree" if differing == 0 else f"THE FIGURES DIFFER in {differing:,} rows")


def _table(title: str, measured: Measured) -> None:
    print(title)
    for part, figures in measured.items():
        print(
            f"  {part:<20} {figures['seconds']:8.2f} s {figures['processor']:8.2f} s {figures['peak_mb']:8,.0f} MB"
        )


def _sum(measured: Measured, parts: tuple[str, ...]) -> tuple[float, float]:
    seconds, processor = (
        sum(float(measured[part][key]) for part in parts) for key in ("seconds", "processor")
    )
    return seconds, processor


def _peak(measured: Measured) -> float:
    return max(float(figures["peak_mb"]) for figures in measured.values())


if __name__ == "__main__":
    main()
