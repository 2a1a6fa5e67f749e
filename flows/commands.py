"""What does each command do? Parsed options in, an exit code out; text for people on standard output."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from contracts import Catalogue
from contracts.errors import NotJudgedError, QuestionError, SeamkeeperError, StaleError, UntakenError
from flows.inert import visible
from flows.settings import Settings, Source

if TYPE_CHECKING:
    from flows.desks import Configured
    from flows.nightly import Tickets
    from flows.progress import Terminal

NO_DIMENSION = ("all", "all")
STOPPED = "stopped; run it again, nothing recorded is lost"


def run(options: argparse.Namespace) -> int:
    """The nightly flow, here and now; ends with the scorecard and where it was published.

    Where a handoff is not judged it does so, too, and then raises NotJudgedError; where somebody did not take
    what they were to be told, UntakenError.
    The lease is tried first, then what can be wrong with the project: a second, where Prefect takes twelve.
    Great Expectations and dbt are imported while Prefect's server comes up.
    """
    from flows import control

    settings = Settings.from_environment()
    control.refuse_if_held(settings)
    _checked(settings, options.source)
    from rich.console import Console

    console = Console()
    _prepare_prefect(settings)
    if not options.debug:
        _keep_the_terminal()
    threading.Thread(target=_warm_up, daemon=True).start()

    from flows import progress, publishing, show

    with progress.Terminal(console) as terminal, progress.heard_by(terminal), _stopped_soon(terminal):
        terminal.begins("start")
        terminal.now("Prefect, Great Expectations, dbt")
        from flows.nightly import nightly, server_explained

        incomplete: SeamkeeperError | None = None
        tickets: Tickets = "none" if options.no_tickets else "print" if options.dry_run else "send"
        try:
            with server_explained():
                generation = nightly(sources=options.source or None, as_of=options.as_of, tickets=tickets)
        except (NotJudgedError, UntakenError) as error:
            incomplete, generation = error, str(publishing.current(settings))
    show.scorecard(settings, console)
    console.print(f"published {generation}", soft_wrap=True, highlight=False)
    if incomplete:
        raise incomplete
    return 0


def compile_contracts(options: argparse.Namespace) -> int:
    """Make the compiled files equal to the contracts, or (`--check`) prove that they are."""
    from contracts import load_catalogue
    from flows import compiling
    from flows.ledger import Ledger

    settings = Settings.from_environment()
    catalogue = load_catalogue(settings.project)
    files = compiling.compiled(catalogue)
    compiling.refuse_changed_versions(catalogue, Ledger(settings.ledger).recorded_digests("contract"))
    if options.check:
        _refuse_stale(compiling.stale(settings.project, files))
        print(f"fresh: {len(files)} compiled files match {_counted(len(catalogue.contracts), 'contract')}")
        return 0
    changed = compiling.write(settings.project, files)
    for name in changed:
        print(f"{'wrote' if (settings.project / name).exists() else 'removed'} {name}")
    print(
        f"compiled {_counted(len(catalogue.contracts), 'contract')}: {_counted(len(changed), 'file')} changed"
    )
    return 0


def _counted(count: int, what: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def check(options: argparse.Namespace) -> int:
    """Contracts valid and compiled, sources configured and there, desks configured; seconds, no server."""
    from flows import write_back
    from flows.sources import check as check_sources

    del options
    settings = Settings.from_environment()
    catalogue, sources, desks = _checked(settings)
    check_sources(sources, settings)
    for contract in catalogue.contracts:
        versions = ", ".join(version.version for version in contract.versions)
        print(f"{contract.number} {contract.id}: {contract.status}, {versions}")
    for source in sources:
        print(f"source {source.name}: {source.kind}{', hourly' if source.hourly else ''}")
    alerts_from = catalogue.organisation.alerts_from
    for desk in desks:
        print(
            f"desk {desk.name}: {desk.kind}, {f'from {alerts_from} on' if alerts_from else 'quiet: no alerts_from'}"
        )
    for turned in write_back.turned_on(settings, catalogue):
        handoffs = ", ".join(turned.names) or "no handoff has records there"
        print(
            f"write-back {turned.source.name}: {handoffs}{'' if alerts_from else ', quiet: no alerts_from'}"
        )
    print("all is well")
    return 0


def simulate(options: argparse.Namespace) -> int:
    """Write a company with planted leaks: event files and the truth that was planted."""
    from contracts import load_catalogue
    from flows.simulation import simulate as make_company

    settings = Settings.from_environment()
    make_company(load_catalogue(settings.project), options.packets, options.seed, options.months, options.out)
    print(f"wrote {options.out}: events/*.parquet and truth.json")
    return 0


def decide(options: argparse.Namespace) -> int:
    """Leave a receiver's decision in the inbox, once the current generation says that there is something to decide."""
    from flows import inbox, steps
    from flows.show import generation

    settings = Settings.from_environment()
    # as the run's: a made-up company has its own now, and what lies behind it would be in the future
    now = steps.choose_as_of(steps.choose_sources(settings), None, datetime.now(UTC))
    decision = inbox.Decision(options.packet, options.verdict, options.by, now, options.reason)
    with generation.connect(settings) as published:
        print(visible(inbox.decide(published, settings, decision)))
    return 0


def show(options: argparse.Namespace) -> int:
    """Print the current generation's scorecard, why a figure is what it is, what was tidied up, a packet or tickets."""
    from rich.console import Console

    from flows import show as shown

    settings, console = Settings.from_environment(), Console()
    if not options.why and (options.breakdown or options.dimension != NO_DIMENSION):
        raise QuestionError("--dimension and --breakdown go with --why METRIC HANDOFF PERIOD; add it")
    if options.what != "scorecard" and (options.why or options.filled_later is not None):
        raise QuestionError(f"--why and --filled-later go with `show scorecard`; leave out `{options.what}`")
    if (options.what == "packet") != (options.id is not None):
        raise QuestionError(
            "an id goes with `show packet ID`, and only with it; see packet_id in handoff_packets"
        )
    if options.what == "tickets":
        shown.tickets(settings, console)
    elif options.what == "packet":
        with shown.connect(settings) as published:
            shown.packet(published, console, options.id)
    elif options.why:
        (metric, handoff, period), (dimension, value) = options.why, options.dimension
        question = shown.Question(metric, handoff, period, dimension, value, options.breakdown)
        shown.why(settings, console, question)
    elif options.filled_later is not None:
        shown.filled_later(settings, console, options.filled_later or None)
    else:
        shown.scorecard(settings, console)
    return 0


def _checked(
    settings: Settings, names: Sequence[str] = ()
) -> tuple[Catalogue, tuple[Source, ...], tuple[Configured, ...]]:
    """The project's contracts, the named sources, or all, and the desks; raises what is wrong with them."""
    from contracts import load_catalogue
    from flows import compiling, desks, steps, write_back

    catalogue = load_catalogue(settings.project)
    _refuse_stale(compiling.stale(settings.project, compiling.compiled(catalogue)))
    configured = desks.read_desks(settings, catalogue)
    write_back.turned_on(settings, catalogue)
    return catalogue, steps.choose_sources(settings, names), configured


def _refuse_stale(stale: list[str]) -> None:
    if stale:
        raise StaleError(
            f"{stale[0]}: does not match the contracts ({len(stale)} files); run `seamkeeper compile`"
        )


def _prepare_prefect(settings: Settings) -> None:
    """Prefect keeps its own state with ours, and has time to start on a busy machine."""
    home = settings.home / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PREFECT_HOME", str(home))
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")


def _keep_the_terminal() -> None:
    """What others log stays off the terminal: it shows the run's own lines, and a failure is one of them.

    Prefect configures all of Python's logging when it is imported; until then nobody may speak up either.
    """
    for logger in ("PREFECT_LOGGING", "PREFECT_SERVER_LOGGING", "PREFECT_INTERNAL_LOGGING"):
        os.environ.setdefault(f"{logger}_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    os.environ.setdefault("PYTHONWARNINGS", "ignore")  # of processes that ours start
    logging.getLogger().addHandler(logging.NullHandler())


@contextmanager
def _stopped_soon(terminal: Terminal) -> Iterator[None]:
    """Ctrl-C ends what is inside after three seconds at most; a second one, at once.

    It reaches Prefect's server as well, and Prefect would go on asking it for a minute. What is half done then is
    undone or taken up by the next run, as after a power cut.
    """

    def leave() -> None:
        terminal.ends()
        print(f"seamkeeper: {STOPPED}", file=sys.stderr, flush=True)
        os._exit(1)

    def stop(*_: object) -> None:
        if leaving.is_alive():
            leave()
        leaving.start()
        raise KeyboardInterrupt

    leaving = threading.Timer(3, leave)
    leaving.daemon = True
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        leaving.cancel()
        signal.signal(signal.SIGINT, before)


def _warm_up() -> None:
    """Import what the judge and the models need, while Prefect's server comes up in another process."""
    from expectations.judge import warm_up as warm_up_judge
    from flows.transform import warm_up as warm_up_models

    warm_up_judge()
    warm_up_models()
