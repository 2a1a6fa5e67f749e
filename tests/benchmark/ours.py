"""What do our steps cost? One run in a process of its own, so that its peak memory is its own.

In: a verb (`simulate`, `pull`, `run`) and the benchmark's folder, with SEAMKEEPER_PROJECT and SEAMKEEPER_HOME set. Out:
one JSON object on standard output. `run` is the nightly flow without Prefect: all seven verbs, or, when everything is
already published, pull, stage and record.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
FORGET_PEAK = Path("/proc/self/clear_refs")


class Stopwatch:
    """Seconds, processor seconds and peak memory per part; not on Linux, the peak so far."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[str, float | str]] = {}

    def time(self, name: str, work: Callable[[], Any]) -> Any:
        if FORGET_PEAK.exists():
            FORGET_PEAK.write_text("5", encoding="ascii")
        wall, processor = time.perf_counter(), time.process_time()
        result = work()
        self.parts[name] = {
            "seconds": time.perf_counter() - wall,
            "processor": time.process_time() - processor,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "result": str(result),
        }
        return result


def simulate(folder: Path, packets: int, months: int) -> Stopwatch:
    from contracts import load_catalogue
    from flows.settings import Settings
    from flows.simulation import simulate as make_company

    stopwatch = Stopwatch()
    catalogue = load_catalogue(Settings.from_environment().project)
    stopwatch.time(
        "simulate", lambda: make_company(catalogue, packets, 7, months, folder / "company", AS_OF) and packets
    )
    return stopwatch


def run(pull_only: bool) -> Stopwatch:
    stopwatch = Stopwatch()
    stopwatch.time("import steps", _import_steps)
    from flows import control, steps
    from flows.settings import Settings

    settings = Settings.from_environment()
    run_id = steps.new_run_id()
    with control.lease(settings, run_id) as lease:
        started = stopwatch.time(
            "begin",
            lambda: steps.begin(
                settings, steps.choose_sources(settings), run_id, AS_OF, lease.token, lambda _: None
            ),
        )
        if pull_only:
            stopwatch.time("pull", lambda: f"{sum(steps.pull(started).rows.values()):,}")
            return stopwatch
        stopwatch.time("import dbt", _import_dbt)
        stopwatch.time("parse", lambda: started.transformer.parse())
        stopwatch.time("pull", lambda: steps.pull(started))
        stopwatch.time("stage", lambda: steps.stage(started))
        stopwatch.time("record", lambda: steps.record(started))
        if stopwatch.time("published already?", lambda: steps.published_already(started)) is not None:
            return stopwatch
        stopwatch.time("import judge", _import_judge)
        for verb in (steps.shape, steps.judge, steps.score, steps.publish):
            stopwatch.time(verb.__name__, lambda verb=verb: verb(started))  # type: ignore[misc]
    return stopwatch


def _import_steps() -> None:
    import flows.steps  # noqa: F401


def _import_dbt() -> None:
    from flows.transform import warm_up

    warm_up()


def _import_judge() -> None:
    from expectations.judge import warm_up

    warm_up()


if __name__ == "__main__":
    verb, folder = sys.argv[1], Path(sys.argv[2])
    if verb == "simulate":
        measured = simulate(folder, int(sys.argv[3]), int(sys.argv[4]))
    else:
        measured = run(pull_only=verb == "pull")
    print(json.dumps(measured.parts))
