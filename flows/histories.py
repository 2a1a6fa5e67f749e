"""What does each command do that asks history? Parsed options in, an exit code out; text on standard output."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from contracts.errors import QuestionError
from flows.settings import Settings


def verify(options: argparse.Namespace) -> int:
    """Prove the ledger's chain from its first segment to its head, and that it holds every head that was kept."""
    from flows import anchoring, publishing
    from flows.ledger import Ledger

    settings = Settings.from_environment()
    known = dict.fromkeys(options.head, "you")
    if (anchored := anchoring.last(settings)) is not None:
        known[anchored] = "the last anchor"
    if (generation := publishing.current(settings)) is not None:
        from flows import warehouse

        with warehouse.connect(generation / publishing.DATABASE, read_only=True) as published:
            ((head,),) = published.execute("SELECT head FROM ledger_head").fetchall()
        known[str(head)] = f"generation {generation.name}"
    verified = Ledger(settings.ledger).verify(known)
    gone = (
        f" ({verified.forgotten:,} of them without their payload, which was forgotten)"
        if verified.forgotten
        else ""
    )
    print(
        f"ledger intact: {verified.rows:,} rows{gone} in {verified.segments} segments, head {verified.head}"
    )
    for path in verified.undone:
        print(f"{path} holds again what was forgotten (from a backup?): run `seamkeeper forget` again")
    return 0


def replay(options: argparse.Namespace) -> int:
    """Print a packet as it was, and as it was known; without more as of the current generation, with all there is."""
    from rich.console import Console

    from flows import progress, replaying, show

    settings, console = Settings.from_environment(), Console()
    at, known_at = _instants(settings, options.at, options.known_at)
    known = f", as known at {known_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if known_at else ""
    with progress.Terminal(console) as terminal:
        terminal.begins("replay")
        with replaying.replayed(settings, at, known_at, terminal.now) as connection:
            terminal.ends()
            show.packet(connection, console, options.packet, known)
    return 0


def postmortem(options: argparse.Namespace) -> int:
    """Print one page about an account: all its packets, decisions, edits and clocks."""
    from rich.console import Console

    from flows import show

    show.postmortem(Settings.from_environment(), Console(), options.account)
    return 0


def forget(options: argparse.Namespace) -> int:
    """Take persons and accounts out of history, and say what was removed, what was kept and what is out of reach."""
    from flows import control

    settings = Settings.from_environment()
    if not options.person and not options.account:
        raise QuestionError("nobody is named; add --person ID or --account ID")
    control.refuse_if_held(settings)
    from flows import forgetting

    request = forgetting.Request(options.person, options.account, options.by, options.why)
    for line in forgetting.forget(settings, request, options.dry_run):
        print(line)
    return 0


def _instants(
    settings: Settings, at: datetime | None, known_at: datetime | None
) -> tuple[datetime, datetime | None]:
    """`at` is the current generation's "now" unless given, and not later than what was known. Both in UTC."""
    from flows import show

    if at is not None:
        return at.astimezone(UTC), known_at
    with show.connect(settings) as published:
        found = published.execute("SELECT as_of FROM ledger_head").fetchone()
    if found is None:
        raise QuestionError("nothing says as of when; add --at ISO")
    now: datetime = found[0]
    return (now if known_at is None else min(now, known_at)).astimezone(UTC), known_at
