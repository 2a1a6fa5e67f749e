"""What does each command do? Parsed options in, an exit code out; text for people on standard output."""

from __future__ import annotations

import argparse
import os
import threading

from contracts.errors import StaleError
from flows.settings import Settings


def run(options: argparse.Namespace) -> int:
    """The nightly flow, here and now; ends with the scorecard and where it was published.

    The lease is tried first; Great Expectations and dbt are imported while Prefect's server comes up.
    """
    from rich.console import Console

    from flows import control

    settings = Settings.from_environment()
    control.refuse_if_held(settings)
    console = Console()
    _prepare_prefect(settings, options.debug)
    threading.Thread(target=_warm_up, daemon=True).start()

    from flows import progress, show

    with progress.Terminal(console) as terminal, progress.heard_by(terminal):
        terminal.now("starting")
        from flows.nightly import nightly

        generation = nightly(sources=options.source or None, as_of=options.as_of)
    show.scorecard(settings, console)
    console.print(f"published {generation}", soft_wrap=True, highlight=False)
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
        print(f"fresh: {len(files)} compiled files match {len(catalogue.contracts)} contracts")
        return 0
    changed = compiling.write(settings.project, files)
    for name in changed:
        print(f"{'wrote' if (settings.project / name).exists() else 'removed'} {name}")
    print(f"compiled {len(catalogue.contracts)} contracts: {len(changed)} of {len(files)} files changed")
    return 0


def check(options: argparse.Namespace) -> int:
    """Contracts valid and compiled, sources configured; seconds, no server."""
    from contracts import load_catalogue
    from flows import compiling
    from flows.sources import read_sources

    del options
    settings = Settings.from_environment()
    catalogue = load_catalogue(settings.project)
    _refuse_stale(compiling.stale(settings.project, compiling.compiled(catalogue)))
    sources = read_sources(settings)
    for contract in catalogue.contracts:
        versions = ", ".join(version.version for version in contract.versions)
        print(f"{contract.number} {contract.id}: {contract.status}, {versions}")
    for source in sources:
        print(f"source {source.name}: {source.kind}{', hourly' if source.hourly else ''}")
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


def show(options: argparse.Namespace) -> int:
    """Print the current generation's scorecard."""
    from rich.console import Console

    from flows import show as shown

    del options
    shown.scorecard(Settings.from_environment(), Console())
    return 0


def verify(options: argparse.Namespace) -> int:
    """Prove the ledger's chain from its first segment to its head."""
    from flows.ledger import Ledger

    del options
    settings = Settings.from_environment()
    verified = Ledger(settings.ledger).verify()
    print(f"ledger intact: {verified.rows:,} rows in {verified.segments} segments, head {verified.head}")
    return 0


def _refuse_stale(stale: list[str]) -> None:
    if stale:
        raise StaleError(
            f"{stale[0]}: does not match the contracts ({len(stale)} files); run `seamkeeper compile`"
        )


def _prepare_prefect(settings: Settings, debug: bool) -> None:
    """Prefect keeps its own state with ours, and leaves the terminal to us unless someone is debugging."""
    home = settings.home / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PREFECT_HOME", str(home))
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")  # a busy machine is no error
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "DEBUG" if debug else "CRITICAL")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")


def _warm_up() -> None:
    """Import what the judge and the models need, while Prefect's server comes up in another process."""
    from expectations.judge import warm_up as warm_up_judge
    from flows.transform import warm_up as warm_up_models

    warm_up_judge()
    warm_up_models()
