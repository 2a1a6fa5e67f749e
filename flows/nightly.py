"""When does it happen? The flow `nightly`: the seven verbs as tasks, under one lease.

In: which sources (all, some, or the hourly ones) and which `as_of`. Out: a published generation. Prefect
schedules, shows and remembers; correctness comes from our own lease, ledger and publish pointer, because a
killed flow run stays RUNNING for Prefect. `seamkeeper run` is this flow, here and now; `prefect.yaml` deploys
the same function. The only importer of Prefect.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.blocks.system import Secret
from prefect.cache_policies import NO_CACHE

from contracts.errors import ConfigurationError, NotJudgedError
from flows import control, show, silence, steps
from flows.progress import listener
from flows.settings import Settings

Verb = Callable[[steps.Run], object]
RECORDING: tuple[Verb, ...] = (steps.pull, steps.stage, steps.record)
MEASURING: tuple[Verb, ...] = (steps.shape, steps.judge, steps.score)


@flow(name="nightly", persist_result=False)
def nightly(sources: list[str] | None = None, hourly: bool = False, as_of: datetime | None = None) -> str:
    """Pull, stage, record, shape, judge, score and publish; returns the folder of the current generation.

    `hourly` pulls only the sources marked so in sources.toml. `as_of` is the run's "now": without one the
    clock's, or the simulated company's if there is no other source. Raises LeaseHeld if another run is at it, and
    NotJudgedError at its end if a handoff maps what its source does not have.
    """
    silence.silence()
    settings = Settings.from_environment()
    run_id = steps.new_run_id()
    chosen = steps.choose_sources(settings, sources or (), hourly)
    with control.lease(settings, run_id) as lease:
        run = steps.begin(settings, chosen, run_id, as_of, lease.token, listener().now)
        run = replace(run, read_block=_read_block)
        control.start_run(settings, run_id, run.as_of, run.began_at)
        counts: dict[str, str] = {}
        try:
            generation = _seven_verbs(run, counts)
        except BaseException:
            control.finish_run(settings, run_id, "failed", counts)
            raise
        control.finish_run(settings, run_id, "done", counts)
    _leave_artifacts(settings, counts)
    _tell_unjudged(settings)
    return generation


def _seven_verbs(run: steps.Run, counts: dict[str, str]) -> str:
    """The one direction of the data; ends after `record` if the current generation says all of it already."""
    for verb in RECORDING:
        _perform(run, verb, counts)
    current = steps.published_already(run)
    if current is not None:
        counts["publish"] = f"nothing new: {current.name} stays current"
        listener().done("publish", counts["publish"], 0.0)
        return str(current)
    for verb in MEASURING:
        _perform(run, verb, counts)
    return str(_perform(run, steps.publish, counts))


def _tell_unjudged(settings: Settings) -> None:
    """A line per handoff that is not judged; then the run is red, though everything else is published."""
    unjudged = show.not_judged(settings)
    for line in unjudged.values():
        listener().warns(line)
        get_run_logger().error(line)
    if unjudged:
        raise NotJudgedError(
            f"not judged, as what they read is not there: {', '.join(unjudged)}; mend it as said above, "
            "all else is published"
        )


def _read_block(name: str) -> str:
    """The value of a Prefect Secret block. Raises ConfigurationError if there is none of that name."""
    try:
        return str(Secret.load(name).get())  # type: ignore[union-attr]  # outside of async code it waits
    except ValueError as error:
        raise ConfigurationError(
            f"there is no Prefect Secret block {name}; make one, or name an environment variable with `…_env`"
        ) from error


def _perform(run: steps.Run, verb: Verb, counts: dict[str, str]) -> object:
    """Run one verb as a Prefect task of its name, and report in one line what it came to."""
    name = verb.__name__

    @task(name=name, cache_policy=NO_CACHE, persist_result=False)
    def perform() -> object:
        return verb(run)

    listener().begins(name)
    started = time.perf_counter()
    result = perform()
    counts[name] = show.in_one_line(result)
    listener().done(name, counts[name], time.perf_counter() - started)
    get_run_logger().info("%s: %s", name, counts[name])
    return result


def _leave_artifacts(settings: Settings, counts: dict[str, str]) -> None:
    """What happened tonight, for Prefect's page: the scorecard as a table, and a line per step."""
    create_table_artifact(
        key="scorecard",
        table=show.scorecard_rows(settings),
        description="The scorecard of the current generation",
    )
    lines = "\n".join(f"| {step} | {what} |" for step, what in counts.items())
    create_markdown_artifact(
        key="steps",
        markdown=f"| step | what it came to |\n|---|---|\n{lines}\n",
        description="What the run did",
    )
