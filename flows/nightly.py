"""When does it happen? The flow `nightly`: the seven verbs as tasks, then the desks, under one lease.

In: which sources (all, some, or the hourly ones), which `as_of`, what becomes of tickets. Out: a published generation,
and tickets that say what it says (where organisation.yaml names `alerts_from`). Prefect schedules, shows and remembers;
correctness comes from our own lease, ledger and publish pointer, because a killed flow run stays RUNNING for Prefect.
`seamkeeper run` is this flow, here and now; `prefect.yaml` deploys the same function. The only importer of Prefect.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeVar

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.blocks.system import Secret
from prefect.cache_policies import NO_CACHE

from contracts.errors import ConfigurationError, DeskError, NotJudgedError
from flows import control, desks, show, silence, steps
from flows.progress import listener
from flows.settings import Settings

T = TypeVar("T")
Verb = Callable[[steps.Run], object]
Tickets = Literal["send", "print", "none"]
RECORDING: tuple[Verb, ...] = (steps.pull, steps.stage, steps.record)
MEASURING: tuple[Verb, ...] = (steps.shape, steps.judge, steps.score)


@flow(name="nightly", persist_result=False)
def nightly(
    sources: list[str] | None = None,
    hourly: bool = False,
    as_of: datetime | None = None,
    tickets: Tickets = "send",
) -> str:
    """Pull, stage, record, shape, judge, score and publish, then tell the desks; returns the current generation.

    `hourly` pulls only the sources marked so in sources.toml. `as_of` is the run's "now": without one the
    clock's, or the simulated company's if there is no other source. `tickets`: sent, only printed, or left alone.
    Raises LeaseHeld if another run is at it; at its end NotJudgedError if a handoff maps what its source does not
    have, or else DeskError if a desk did not take everything.
    """
    silence.silence()
    settings = Settings.from_environment()
    run_id = steps.new_run_id()
    chosen = steps.choose_sources(settings, sources or (), hourly)
    with control.lease(settings, run_id) as lease:
        run = steps.begin(settings, chosen, run_id, as_of, lease.token, listener().now)
        configured = desks.read_desks(
            settings, run.catalogue
        )  # what is wrong is said before anything is pulled
        run = replace(run, read_block=_read_block)
        control.start_run(settings, run_id, run.as_of, run.began_at)
        counts: dict[str, str] = {}
        try:
            generation = _seven_verbs(run, counts)
            troubles = _tell_desks(run, configured, counts, tickets)
        except BaseException:
            control.finish_run(settings, run_id, "failed", counts)
            raise
        control.finish_run(settings, run_id, "done", counts)
    _leave_artifacts(settings, counts)
    _tell_unjudged(settings)
    if troubles:
        more = f" (and {len(troubles) - 1} more, said above)" if len(troubles) > 1 else ""
        raise DeskError(f"{troubles[0]}{more}; everything is published, what was not sent waits")
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


def _tell_desks(
    run: steps.Run, configured: Sequence[desks.Configured], counts: dict[str, str], tickets: Tickets
) -> Sequence[str]:
    """Have desks say what is published, or print what they would be told; returns what they did not take.

    Without `alerts_from` nothing is sent, and nobody reads about it but who asked.
    """
    is_quiet = run.catalogue.organisation.alerts_from is None
    if tickets == "none" or (is_quiet and tickets == "send"):
        return ()

    def ticket(run: steps.Run) -> desks.Sent:
        """The step's name on the terminal and in Prefect."""
        arguments = (run.settings, run.catalogue, configured, run.run_id, run.as_of)
        return desks.tell(*arguments, run.checked, run.read_block, dry_run=tickets == "print")

    sent = _perform(run, ticket, counts)
    for line in sent.would_send:
        listener().says(line)
    for line in sent.notes:
        listener().warns(line)
        get_run_logger().warning(line)
    for line in sent.troubles:
        listener().warns(line)
        get_run_logger().error(line)
    return sent.troubles


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


def _perform(run: steps.Run, verb: Callable[[steps.Run], T], counts: dict[str, str]) -> T:
    """Run one verb as a Prefect task of its name, and report in one line what it came to."""
    name = verb.__name__

    @task(name=name, cache_policy=NO_CACHE, persist_result=False)
    def perform() -> T:
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
