"""How does a receiver decide without the source system? A decision waits in the inbox until the next run records it.

In: `seamkeeper decide`, or what somebody decided on a ticket (flows/desks/deciding.py), checked against the current
generation. Out: one file per decision in `$SEAMKEEPER_HOME/inbox`, named by its id, which holds an event of source
`seamkeeper`. The next run reads it like a row of any source, records it, or sets it aside in quarantine, and only then
takes the file away: what a killed run leaves there is known when it is read again. Whether a decision counts is not
decided here but by the models, as of anyone's.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal

from contracts.errors import ConfigurationError, QuestionError, SourceError
from contracts.vocabulary import REASONS
from flows import warehouse
from flows.ledger import Ledger, durable
from flows.settings import Settings
from flows.warehouse import EVENT_COLUMNS, Connection

SOURCE: Final = "seamkeeper"
"""The source of our own acts; no table of sources.toml may be called so."""
RAW: Final = '"raw_inbox".events'
UNDECIDABLE: Final = {
    "draft": "is not submitted yet",
    "withdrawn": "was taken back by its sender",
    "void": "was created in error",
}
ALREADY: Final = {
    ("accepted", "accept"): "is accepted already",
    ("rejected", "reject"): "is with its sender already",
}


@dataclass(frozen=True)
class Decision:
    """Who decides what about which packet, and when; a rejection has a reason of the closed list."""

    packet_id: str
    verdict: Literal["accept", "reject"]
    by: str
    at: datetime
    reason: str | None = None


@dataclass(frozen=True)
class Packet:
    """What the current generation says of the packet that is decided."""

    handoff: str
    subject: str
    cycle: int
    status: str
    sender: str | None
    is_crossed: bool
    as_of: datetime


def decide(published: Connection, settings: Settings, decision: Decision, id_: str | None = None) -> str:
    """Leave a decision for the next run; returns what is to be said of it, in one line.

    With an `id_` of its own, the same decision left twice is one. Raises QuestionError if there is no such packet or
    nothing to decide, if the reason does not fit, or if nobody knows who decides.
    """
    _check_words(decision)
    packet = _find(published, decision.packet_id)
    _refuse_senseless(decision, packet)
    _refuse_strangers(decision.by.strip(), _persons(settings))
    event = {
        "source": SOURCE,
        "type": f"handoff.{decision.verdict}ed",
        "time": decision.at.astimezone(UTC).isoformat(),
        "handoff": packet.handoff,
        "subject": packet.subject,
        "cycle": packet.cycle,
        "actor": decision.by.strip(),
        "reason": decision.reason,
    }
    drop(settings, {name: value for name, value in event.items() if value is not None}, id_)
    said = f"{decision.verdict}ed {decision.packet_id}: the next run records it (seamkeeper run)"
    is_own = decision.by.strip() == packet.sender
    return f"{said}; it will not count, as {packet.sender} is the sender" if is_own else said


def drop(settings: Settings, event: Mapping[str, object], id_: str | None = None) -> Path:
    """One event into the inbox, whole or not at all. Raises ConfigurationError if it cannot be written there."""
    id_ = id_ or uuid.uuid4().hex
    path, unfinished = settings.inbox / f"{id_}.json", settings.inbox / f".{id_}.tmp"
    try:
        settings.inbox.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps({"id": id_, **event}, ensure_ascii=False), encoding="utf-8")
        durable.sync_file(unfinished)
        durable.rename(unfinished, path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise ConfigurationError(
            f"{settings.inbox}: cannot be written ({error.strerror}); free space or give this user the right to, "
            "or set SEAMKEEPER_HOME to another folder"
        ) from error
    return path


def load(connection: Connection, settings: Settings) -> int:
    """(Re)fill `raw_inbox.events` with what waits, a row per file; returns how many.

    A file that is no event becomes a row that cannot be read, for quarantine. Raises SourceError if one cannot be
    opened.
    """
    warehouse.create_raw_table(connection, "inbox")
    connection.execute(f"DELETE FROM {RAW}")
    for path in sorted(settings.inbox.glob("[!.]*.json")):
        row = {"_origin": SOURCE, "_file": path.name, "_row": 1, **_read(path)}
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO {RAW} ({names}) VALUES ({marks})", [*row.values()])
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {RAW}").fetchall()
    return int(rows)


def waiting(connection: Connection, settings: Settings) -> list[Path]:
    """The files whose rows are about to be recorded; none that came since those were read."""
    names = connection.execute(f"SELECT _file FROM {RAW} ORDER BY _file").fetchall()
    return [settings.inbox / name for (name,) in names]


def empty(files: Sequence[Path]) -> None:
    """Take away what is recorded, or waits in quarantine."""
    for path in files:
        path.unlink(missing_ok=True)


def refused(connection: Connection, run_id: str) -> tuple[str, ...]:
    """Which decisions that this run took from the inbox do not count, and why: a line each."""
    found = connection.execute(
        "SELECT issues.packet_id || ' ' || issues.detail FROM marts.data_issues AS issues "
        "INNER JOIN ledger.events AS events ON issues.event_source = events.source AND issues.event_id = events.id "
        "WHERE issues.issue = 'decision_not_counted' AND events.origin = ? AND events.run_id = ? ORDER BY ALL",
        [SOURCE, run_id],
    ).fetchall()
    return tuple(line for (line,) in found)


def _check_words(decision: Decision) -> None:
    reasons = ", ".join(REASONS)
    if not decision.by.strip() or not decision.by.isprintable():
        raise QuestionError("--by names nobody; write the id by which your systems know the person")
    if decision.verdict == "reject" and decision.reason is None:
        raise QuestionError(f"a rejection needs a reason; add --reason and one of: {reasons}")
    if decision.verdict == "accept" and decision.reason is not None:
        raise QuestionError("an acceptance has no reason; leave --reason out, or reject")
    if decision.reason is not None and decision.reason not in REASONS:
        raise QuestionError(f"{decision.reason!r} is no reason for a rejection; use one of: {reasons}")


def _find(published: Connection, packet_id: str) -> Packet:
    found = published.execute(
        "SELECT handoff, subject, cycle, status, sender, crossed_at IS NOT NULL, as_of "
        "FROM handoff_packets WHERE packet_id = ?",
        [packet_id],
    ).fetchone()
    if found is None:
        near = published.execute(
            "SELECT packet_id FROM handoff_packets ORDER BY levenshtein(packet_id, ?), packet_id LIMIT 1",
            [packet_id[:200]],
        ).fetchone()
        meant = f"did you mean {near[0]}?" if near else "it has none at all"
        raise QuestionError(f"there is no packet {packet_id} in the current generation; {meant}")
    return Packet(*found)


def _refuse_senseless(decision: Decision, packet: Packet) -> None:
    why = UNDECIDABLE.get(packet.status) or ALREADY.get((packet.status, decision.verdict))
    if why is None or (packet.status == "draft" and packet.is_crossed):
        return
    raise QuestionError(
        f"{decision.packet_id} {why} (as of {packet.as_of:%Y-%m-%d %H:%M} UTC): there is nothing to "
        f"{decision.verdict}; if that has changed since, run seamkeeper run first"
    )


def _persons(settings: Settings) -> set[str]:
    """Every id under which the ledger knows a person: those of the systems, and the addresses they are shown by."""
    ledger = Ledger(settings.ledger)
    if not ledger.segments():
        return set()
    with warehouse.connect(None) as connection:
        ledger.create_view(connection)
        rows = connection.execute(
            "SELECT actor, lower(trim(json_extract_string(detail, '$.email'))) FROM ledger.events "
            "WHERE type = 'person.set' GROUP BY ALL"
        ).fetchall()
    return {id for told in rows for id in told if id}


def _refuse_strangers(by: str, persons: Collection[str]) -> None:
    """An id that nobody knows is in no known team, so it would count. Where no source tells of persons, any may."""
    if not persons or by in persons:
        return
    near = get_close_matches(by, sorted(persons), 1)
    meant = f"did you mean {near[0]}?" if near else "write the id by which your systems know the person"
    raise QuestionError(f"--by {by}: none of your systems knows this person; {meant}")


def _read(path: Path) -> dict[str, object]:
    """The event in a file as text; of anything else its name and what it holds."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise SourceError(
            f"inbox: {path} cannot be read ({error.strerror}); give this user the right to, or move it away"
        ) from error
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not set(told) <= set(EVENT_COLUMNS):
        return {"id": path.stem, "source": SOURCE, "detail": text}
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in told.items()
        if value is not None
    }
