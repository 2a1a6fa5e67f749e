"""Does one open ticket stand per episode, whoever is killed when? A run is killed at random instants, many times.

    python -m tests.flows.desks.killing --packets 300 --kills 120 --desk github

The tracker lives in a process of its own and fails before, after and late: one without HTTP, whose search lags as well
(tests/flows/desks/tracker.py), or GitHub as the desk knows it, emulated. Three acts: every packet fails; a third is
mended and a third fails otherwise; those mended fail again. In each, runs are killed (SIGKILL) at random instants, then
left in peace until nothing changes. Printed: kills, tickets lost (no open one for an episode), duplicates (a second one
was ever opened for it) and those that are open in vain.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flows.desks import github
from flows.desks.desk import Desk, Told
from flows.desks.reconciling import Wanted, reconcile
from flows.outbox import Outbox, Ticket
from flows.settings import Settings
from tests.emulators.serving import Served
from tests.emulators.trackers.board import Board
from tests.emulators.trackers.github import GitHub
from tests.flows.desks.tracker import Faults, RemoteTracker, Tracker, serve
from tests.flows.desks.unreliable import Unreliable

FAULTS = Faults(before=0.05, after=0.05, late=0.05, latest=0.05, lag=0.05)
SETTLES = timedelta(seconds=0.15)
"""Longer than the latest answer and the lag of the search together."""
AS_LONG = 0.4
"""A run is killed after so many seconds at most."""


@dataclass
class Counted:
    """What came of it."""

    kills: int = 0
    runs: int = 0
    lost: int = 0
    duplicates: int = 0
    open_in_vain: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills in {self.runs} runs: {self.lost} lost, {self.duplicates} duplicates, "
            f"{self.open_in_vain} open in vain"
        )


def act(number: int, packets: int) -> Wanted:
    """What is wanted in the first, second and third act."""
    tickets = [
        Ticket(f"sk-{n:016x}", f"packet {n}", f"two fields\nsk-{n:016x}", None, "sales", "h", f"h:{n}:1", 1)
        for n in range(packets)
    ]
    if number == 0:
        return Wanted(tickets)
    changed = [
        replace(one, body=f"one field\n{one.marker}") if n % 3 == 1 else one for n, one in enumerate(tickets)
    ]
    if number == 2:
        return Wanted(changed)
    return Wanted(
        [one for n, one in enumerate(changed) if n % 3],
        {one.marker: "everything is there" for one in changed[::3]},
    )


@dataclass(frozen=True)
class Place:
    """A tracker in a process of its own: what serves it, a desk there, and what ever stood there under a marker."""

    serve: Callable[[Path, int], None]
    desk: Callable[[Path], Desk]
    of: Callable[[Path, str], Sequence[bool]]


def serve_github(path: Path, seed: int) -> None:
    """Answer for ever; the file says where."""
    served = Served(Unreliable(GitHub(Board()), FAULTS, random.Random(seed)), keep_log=False)
    (path.parent / "unfinished").write_text(served.url)
    (path.parent / "unfinished").rename(path)
    served.run()


def github_at(path: Path) -> Any:
    """A desk with a door of its own: connections do not outlive a fork."""
    told = {"repository": "acme/handoffs", "api_url": path.read_text()}
    nowhere = Settings(path.parent, path.parent, path.parent)
    desk: Any = github.make(Told("github", told, {"token": "emulated"}, nowhere))
    return replace(desk, settles=SETTLES)


PLACES = {
    "tracker": Place(
        lambda path, seed: serve(str(path), Tracker(FAULTS, random.Random(seed))),
        lambda path: RemoteTracker(str(path), SETTLES),
        lambda path, marker: RemoteTracker(str(path), SETTLES).of(marker),
    ),
    "github": Place(
        serve_github,
        github_at,
        lambda path, marker: [
            seen.is_open for seen in github_at(path).find(marker, datetime(2020, 1, 1, tzinfo=UTC))
        ],
    ),
}


def run_killed(
    folder: Path, packets: int, kills: int, seed: int, place: Place = PLACES["tracker"]
) -> Counted:
    """All three acts, so many kills over them; raises nothing, counts."""
    chance, counted = random.Random(seed), Counted()
    address = folder / "tracker"
    server = _forked(lambda: place.serve(address, seed))
    try:
        while not address.exists():
            time.sleep(0.01)
        desk = place.desk(address)
        settings = Settings(folder, folder / "home", folder / "home" / "ledger")
        for number in range(3):
            wanted = act(number, packets)
            due, at_most = counted.kills + kills // 3 + (number < kills % 3), AS_LONG
            for _ in range(10 * kills):
                if counted.kills >= due:
                    break
                before = counted.kills
                _run(desk, settings, wanted, counted, chance.uniform(0, at_most))
                at_most /= 1 if counted.kills > before else 2  # it was done already: the next one dies sooner
            for _ in range(40):
                if _run(desk, settings, wanted, counted):
                    break
                time.sleep(SETTLES.total_seconds())
            _count(lambda marker: place.of(address, marker), wanted, counted)
    finally:
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)
    return counted


def _run(
    desk: Desk,
    settings: Settings,
    wanted: Wanted,
    counted: Counted,
    killed_after: float | None = None,
) -> bool:
    """One run in a process of its own; True if it ended in peace with nothing left to do."""

    def work() -> int:
        outcome = reconcile(desk, Outbox(settings, "fake", "run"), wanted, most=100_000)
        return 1 if outcome.done or outcome.waiting or outcome.troubles else 0

    counted.runs += 1
    process = _forked(work)
    if killed_after is not None:
        time.sleep(killed_after)
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        counted.kills += 1
    return status == 0


def _count(of: Callable[[str], Sequence[bool]], wanted: Wanted, counted: Counted) -> None:
    for ticket in wanted.tickets:
        states = of(ticket.marker)
        counted.lost += sum(states) < 1
        counted.duplicates += len(states) > 1
    for marker in wanted.over:
        counted.open_in_vain += any(of(marker))


def _forked(work) -> int:
    """A process that does this and ends without a word; its number."""
    process = os.fork()
    if process:
        return process
    try:
        os._exit(work() or 0)
    finally:
        os._exit(2)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packets", type=int, default=300)
    parser.add_argument("--kills", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--desk", choices=sorted(PLACES), default="tracker")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counted = run_killed(Path(folder), options.packets, options.kills, options.seed, PLACES[options.desk])
    print(f"{options.desk}: {options.packets} packets, seed {options.seed}: {counted}")
    return (
        1
        if counted.lost or counted.duplicates or counted.open_in_vain or counted.kills < options.kills
        else 0
    )


if __name__ == "__main__":
    sys.exit(main())
