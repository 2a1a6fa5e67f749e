"""What was written into which record of a source, and is it known to be there? Kept in the control database.

In: what a run is about to write, committed before its call and settled after it, so that whoever is killed in
between leaves a writing `trying`. Nobody has to find out what came of it: the same written twice is the same, so
it is written again. Out: what stands there as far as we know, and an act for each writing (flows/acts.py).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from flows import acts, control
from flows.settings import Settings

Clock = Callable[[], datetime]

_TABLE = """create table if not exists writings (
    source text not null, object text not null, record_id text not null, handoff text not null,
    said text not null, state text not null check (state in ('trying', 'written', 'gone')),
    at text not null, primary key (source, object, record_id, handoff)
)"""


class Place(NamedTuple):
    """Where a gate is written: a record of a source has one for each handoff that it passes."""

    object: str
    record_id: str
    handoff: str


@dataclass(frozen=True)
class Writing:
    """What one record is to say of its newest packet of a handoff: `open` or `closed`, and titles of fields.

    `properties` are where: that of the gate, and that of what is missing.
    """

    object: str
    record_id: str
    handoff: str
    packet_id: str
    gate: str
    missing: tuple[str, ...]
    properties: tuple[str, str]

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.object, self.record_id, self.handoff)

    @property
    def said(self) -> str:
        """What stands there, and in which properties: others are to be told as well."""
        return json.dumps([self.gate, self.missing, self.properties], ensure_ascii=False)


@dataclass(frozen=True)
class Writings:
    """What was written into the records of one source; `run_id` is who writes."""

    settings: Settings
    source: str
    run_id: str
    clock: Clock = lambda: datetime.now(UTC)

    def standing(self) -> dict[Place, str]:
        """What stands where; a record that is gone counts as told, and what is not sure to be there is left out."""
        with control.database(self.settings, _TABLE) as opened:
            rows = opened.execute(
                "select * from writings where source = ? and state != 'trying'", [self.source]
            ).fetchall()
        return {Place(row["object"], row["record_id"], row["handoff"]): row["said"] for row in rows}

    def trying(self, writings: Iterable[Writing]) -> None:
        """Commit that the call is about to be made."""
        with control.database(self.settings, _TABLE) as opened:
            for one in writings:
                self._put(opened, one, "trying")

    def settle(self, writings: Iterable[Writing]) -> None:
        """The source took them: what stands there now, and the acts, in one step."""
        at = self.clock().isoformat()
        with control.database(self.settings, _TABLE) as opened:
            for one in writings:
                self._put(opened, one, "written")
                told = {**asdict(one), "source": self.source, "at": at, "run_id": self.run_id}
                subject = "/".join((self.source, *one.place))
                acts.note(opened, "gate.written", subject, told)

    def gone(self, writings: Iterable[Writing]) -> None:
        """There is no such record, or none that can be changed: it is not tried again with the same words."""
        with control.database(self.settings, _TABLE) as opened:
            for one in writings:
                self._put(opened, one, "gone")

    def _put(self, opened: sqlite3.Connection, one: Writing, state: str) -> None:
        opened.execute(
            "insert or replace into writings values (?, ?, ?, ?, ?, ?, ?)",
            [self.source, *one.place, one.said, state, self.clock().isoformat()],
        )
