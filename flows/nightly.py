"""When does it happen? The flow `nightly`: the seven verbs as tasks, then whoever is told of it, under one lease.

In: which sources (all, some, or the hourly ones), which `as_of`, what becomes of tickets. Out: a published generation
and, where organisation.yaml names `alerts_from`, tickets and records that say what it says, and events for a team's own
automations. Prefect schedules, shows and remembers; correctness comes from our own lease, ledger and publish pointer,
because a killed flow run stays RUNNING for Prefect.
`seamkeeper run` is this flow, here and now; `prefect.yaml` deploys the same function. The only importer of Prefect.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeVar

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.blocks.system import Secret
from prefect.cache_policies import NO_CACHE
from prefect.events import Event
from prefect.events.clients import get_events_client
from prefect.runtime import flow_run
from websockets.exceptions import WebSocketException

from contracts.errors import (
    AnchorError,
    ConfigurationError,
    DeskError,
    EventError,
    NotJudgedError,
    UntakenError,
    WriteBackError,
)
from flows import anchoring, announcing, control, desks, show, silence, steps, write_back
from flows.inert import visible
from flows.progress import listener
from flows.settings import Settings

T = TypeVar("T")
Verb = Callable[[steps.Run], object]
Teller = Callable[[steps.Run, bool], desks.Sent]
"""Tells somebody of what is published, or (True) only says what it would tell."""
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
    """Pull, stage, record, shape, judge, score and publish, then tell whoever is to know; returns the generation.

    `hourly` pulls only the sources marked so in sources.toml. `as_of` is the run's "now": without one the
    clock's, or the simulated company's if there is no other source. `tickets`, what is written into sources'
    records, and events: sent, only printed, or left alone. Raises LeaseHeld if another run is at it; at its end
    NotJudgedError if a handoff maps what its source does not have, or else UntakenError if somebody did not take
    everything.
    """
    silence.silence()
    settings = Settings.from_environment()
    run_id = steps.new_run_id()
    chosen = steps.choose_sources(settings, sources or (), hourly)
    with control.lease(settings, run_id) as lease:
        run = steps.begin(settings, chosen, run_id, as_of, lease.token, listener().now)
        # what is wrong there is said before anything is pulled
        configured = desks.read_desks(settings, run.catalogue)
        writes_back = bool(write_back.turned_on(settings, run.catalogue))
        run = replace(run, read_block=_read_block)
        control.start_run(settings, run_id, run.as_of, run.began_at)
        counts: dict[str, str] = {}
        try:
            _hear(run, configured, counts, tickets)
            generation = _seven_verbs(run, counts)
            untaken = _tell_all(run, configured, writes_back, counts, tickets)
        except BaseException:
            control.finish_run(settings, run_id, "failed", counts)
            raise
        control.finish_run(settings, run_id, "done", counts)
    _leave_artifacts(settings, counts)
    _tell_unjudged(settings)
    _raise_untaken(untaken)
    return generation


@contextmanager
def server_explained() -> Iterator[None]:
    """A run here has a server of its own: raises ConfigurationError where that does not come up."""
    try:
        yield
    except RuntimeError as error:
        if "Prefect API server" not in str(error):
            raise
        raise ConfigurationError(
            "Prefect's server did not come up: run it again when the machine is less busy, give it more seconds "
            "(PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS), or start one and name it in PREFECT_API_URL"
        ) from error


def _hear(
    run: steps.Run, configured: Sequence[desks.Configured], counts: dict[str, str], tickets: Tickets
) -> None:
    """What was decided on tickets comes before anything else: a decision in time must not be told as overdue."""
    if tickets != "send" or run.catalogue.organisation.alerts_from is None or not configured:
        return

    def hear(run: steps.Run) -> str:
        return desks.hear(
            run.settings, run.catalogue, configured, run.run_id, run.as_of, run.checked, run.read_block
        )

    _perform(run, hear, counts)


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


def _tell_all(
    run: steps.Run,
    configured: Sequence[desks.Configured],
    writes_back: bool,
    counts: dict[str, str],
    tickets: Tickets,
) -> list[tuple[type[UntakenError], str]]:
    """Tell everybody who is to know, or print what they would be told; returns what they did not take.

    Without `alerts_from` nobody is told anything, and nobody reads about it but who asked. A head is kept anyhow.
    """
    is_quiet = run.catalogue.organisation.alerts_from is None

    def ticket(run: steps.Run, dry_run: bool) -> desks.Sent:
        """Desks, of what waits for somebody."""
        arguments = (
            run.settings,
            run.catalogue,
            configured,
            run.run_id,
            run.as_of,
            run.checked,
            run.read_block,
        )
        return desks.tell(*arguments, dry_run=dry_run)

    asked: list[tuple[Teller, type[UntakenError]]] = []
    if tickets == "print" or (tickets == "send" and not is_quiet):
        asked += [(ticket, DeskError), *([(write_to_records, WriteBackError)] if writes_back else [])]
        asked.append((announce, EventError))
    if tickets != "print" and os.environ.get(anchoring.COMMAND):
        asked.append((anchor, AnchorError))
    return [(error, line) for teller, error in asked for line in _tell(run, counts, tickets, teller)]


def _tell(run: steps.Run, counts: dict[str, str], tickets: Tickets, teller: Teller) -> Sequence[str]:
    """One of them, as a task of its name."""

    def told(run: steps.Run) -> desks.Sent:
        return teller(run, tickets == "print")

    told.__name__ = teller.__name__
    sent = _perform(run, told, counts)
    for line in sent.would_send:
        listener().says(line)
    for line in sent.notes:
        listener().warns(line)
        get_run_logger().warning(line)
    for line in sent.troubles:
        listener().warns(line)
        get_run_logger().error(line)
    return sent.troubles


def _raise_untaken(untaken: Sequence[tuple[type[UntakenError], str]]) -> None:
    """What others did not take makes the run red, though everything is published."""
    if untaken:
        error, line = untaken[0]
        more = f" (and {len(untaken) - 1} more, said above)" if len(untaken) > 1 else ""
        raise error(f"{line}{more}; everything is published, what was not sent waits")


def write_to_records(run: steps.Run, dry_run: bool) -> desks.Sent:
    """Sources, of the gates of their records."""
    arguments = (run.settings, run.catalogue, run.run_id, run.as_of, run.checked, run.read_block)
    return write_back.tell(*arguments, dry_run=dry_run)


def announce(run: steps.Run, dry_run: bool) -> desks.Sent:
    """A team's own automations, of what happened."""
    arguments = (run.settings, run.catalogue, run.run_id, run.as_of)
    return announcing.tell(*arguments, _emit, run.checked, dry_run=dry_run)


def anchor(run: steps.Run, dry_run: bool) -> desks.Sent:
    """The operator's command, of the ledger's head."""
    del dry_run
    try:
        return desks.Sent(anchoring.anchor(run.settings, run.ledger.head()) or "kept already")
    except AnchorError as error:
        return desks.Sent("not kept", (str(error),))


def _emit(announcements: Sequence[announcing.Announcement]) -> None:
    """Have Prefect's server take these. Raises EventError if it does not say that it has them all."""
    try:
        asyncio.run(_sent(announcements, str(flow_run.id)))
    except (OSError, WebSocketException) as error:
        raise EventError(f"prefect: events could not be emitted ({error})") from error


async def _sent(announcements: Sequence[announcing.Announcement], run_id: str) -> None:
    """The server is asked after the last one whether it has them."""
    related = [{"prefect.resource.id": f"prefect.flow-run.{run_id}", "prefect.resource.role": "flow-run"}]
    async with get_events_client(checkpoint_every=len(announcements)) as client:
        for one in announcements:
            resource, payload = dict(one.resource), dict(one.payload)
            await client.emit(
                Event(id=one.id, event=one.event, resource=resource, related=related, payload=payload)
            )


def _tell_unjudged(settings: Settings) -> None:
    """A line per handoff that is not judged; then the run is red, though everything else is published."""
    unjudged = show.not_judged(settings)
    for line in unjudged.values():
        listener().warns(line)
        get_run_logger().error(line)
    if unjudged:
        raise NotJudgedError(
            f"not judged, or their decisions not counted, as what they read is not there: {', '.join(unjudged)}; "
            "mend it as said above, all else is published"
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
    counts[name] = visible(show.in_one_line(result))
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
    create_markdown_artifact(
        key="steps",
        markdown=show.steps_table(counts),
        description="What the run did",
    )
