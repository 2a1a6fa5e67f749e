"""How did it stand at an instant, as far as it was known at another? The same models and judge, over a part of history.

In: `at` (the run's "now" then) and `known_at` (what had been recorded by then; None: all). Out: what is told of every
packet, in a database of its own that is gone afterwards. Nothing of the live home is written and no lease is needed: a
night may run meanwhile. Contracts' versions are those in force then; mappings are today's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from contracts import load_catalogue
from contracts.errors import StaleError
from flows import calendars, compiling, judging, steps, transform, warehouse
from flows.ledger import Ledger
from flows.settings import Settings

MARTS: Final = (
    "handoff_packets",
    "packet_fields",
    "contract_failures",
    "packet_attempts",
    "packet_edits",
    "sla_clocks",
    "gate_decisions",
    "gate_bypasses",
    "dim_handoff",
)
"""What a packet's timeline is told from."""
VERDICTS: Final = (
    "path:models/intermediate/clocks",
    *(
        f"path:models/intermediate/accounts/{name}.sql"
        for name in (
            "int_account_events",
            "int_packet_questions",
            "int_packets__first_touches",
            "int_packets__reasks",
        )
    ),
    *(
        f"path:models/intermediate/scorecard/{name}.sql"
        for name in (
            "int_packet_fields__judged",
            "int_packets__verdicts",
            "int_scored_packets",
            "int_packets__gates",
        )
    ),
    *(f"path:models/marts/scorecards/{name}.sql" for name in MARTS),
)


@contextmanager
def replayed(
    settings: Settings,
    at: datetime,
    known_at: datetime | None = None,
    report: Callable[[str], None] = lambda _: None,
    transformer_of: Callable[[Settings], transform.Transformer] = transform.Transformer,
) -> Iterator[warehouse.Connection]:
    """The packets as of `at`, as known at `known_at`, in the schema `marts` of a connection that reads only.

    Raises StaleError if the models are not those of the contracts.
    """
    catalogue = load_catalogue(settings.project)
    stale = compiling.stale(settings.project, compiling.compiled(catalogue))
    if stale:
        raise StaleError(f"{stale[0]}: does not match the contracts; run `seamkeeper compile`")
    with _home(settings) as apart:
        ledger, transformer = Ledger(settings.ledger), transformer_of(apart)
        apart.working_database.parent.mkdir(parents=True)
        with warehouse.connect(apart.working_database, settings=apart) as connection:
            sources = steps.declared(settings, catalogue)
            warehouse.prepare(connection, apart, steps.new_run_id(), at, sources, ledger.segments())
            warehouse.tell_calendars(connection, calendars.spans_of(catalogue, at))
            ledger.create_view(connection, known_at)
        transformer.build(["path:seeds", *transform.SHAPE], report)
        report("judging")
        judging.judge_facts(apart, catalogue)
        transformer.build(VERDICTS, report)
        with warehouse.connect(apart.working_database, settings=apart, read_only=True) as connection:
            connection.execute("SET search_path = 'marts'")
            yield connection


@contextmanager
def _home(settings: Settings) -> Iterator[Settings]:
    """A home of this process's own beside the live one, on the same disk; what dead processes left is removed."""
    work = settings.home / "work"
    for left in work.glob("replay-*"):
        if not _is_alive(left.name.removeprefix("replay-")):
            shutil.rmtree(left, ignore_errors=True)
    home = work / f"replay-{os.getpid()}"
    try:
        yield Settings(settings.project, home, settings.ledger)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
