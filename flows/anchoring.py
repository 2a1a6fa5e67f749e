"""Can anyone outside prove later that history was not written anew? Only with a head that was kept elsewhere.

In: `SEAMKEEPER_ANCHOR`, a command of the shell that takes a head on its standard input and keeps it where whoever could
rewrite the ledger cannot: a signed tag, a bucket that only appends, a time-stamping service. Out: each new head there,
once. What it proves is in the README; `seamkeeper verify --head` is the other half.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from contracts.errors import AnchorError
from flows import control
from flows.settings import Settings

COMMAND: Final = "SEAMKEEPER_ANCHOR"
PATIENCE: Final = 60.0
"""Seconds after which the command is ended."""
_TABLE: Final = (
    "create table if not exists anchors "
    "(id integer primary key autoincrement, head text not null, anchored_at text not null)"
)


def anchor(settings: Settings, head: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """Hand this head to the command; returns what to say of it, or None if there is none or it has this head already.

    Raises AnchorError naming what the command said: nothing is noted, and the next run tries again.
    """
    command = environ.get(COMMAND, "").strip()
    if not command or head == last(settings):
        return None
    try:
        ended = subprocess.run(  # noqa: S602  # the command is the operator's own, as a shell's is
            command,
            shell=True,
            input=f"{head}\n",
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise AnchorError(_refused(f"took longer than {PATIENCE:.0f} s")) from error
    except OSError as error:
        raise AnchorError(_refused(f"could not be started ({error.strerror or error})")) from error
    if ended.returncode:
        said = (ended.stderr.strip() or ended.stdout.strip() or "nothing").splitlines()[-1][:200]
        raise AnchorError(_refused(f"ended with {ended.returncode} and said: {said}"))
    with control.database(settings, _TABLE) as opened:
        opened.execute(
            "insert into anchors (head, anchored_at) values (?, ?)", [head, datetime.now(UTC).isoformat()]
        )
    return f"head {head} anchored"


def last(settings: Settings) -> str | None:
    """The head that was anchored last (None: none ever)."""
    if not settings.control_database.exists():
        return None
    with control.database(settings, _TABLE) as opened:
        row = opened.execute("select head from anchors order by id desc limit 1").fetchone()
    return None if row is None else str(row["head"])


def _refused(what: str) -> str:
    return f"the command in {COMMAND} {what}"
