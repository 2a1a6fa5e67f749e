"""What was to be sent to a desk, what came of it, and what stands there? Kept in the control database.

In: tickets that a run wants sent. Out: intents, each committed before its call and settled after it, so that
whoever is killed in between leaves an intent `trying`: perhaps sent, perhaps not (flows/desks/reconciling.py finds
out). Every act is noted (flows/acts.py). Desks know nothing of this module's tables.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from flows import acts, control
from flows.settings import Settings

Verb = Literal["open", "update", "close", "reopen"]
State = Literal["open", "closed"]
Clock = Callable[[], datetime]

_TABLES = (
    """create table if not exists tickets (
    desk text not null, marker text not null, content text not null, key text not null, url text,
    state text not null, closed_by text, is_held integer not null default 0,
    opened_at text not null, updated_at text not null, closed_at text, primary key (desk, marker)
)""",
    """create table if not exists outbox (
    id integer primary key autoincrement, desk text not null, marker text not null, verb text not null,
    content text not null, why text not null, state text not null, tried_at text, unique (desk, marker)
)""",
    "create table if not exists reconciled (only integer primary key check (only = 1), as_of text not null)",
)


@dataclass(frozen=True)
class Ticket:
    """What a desk is to say of one episode (packet × attempt), or of a team's digest (neither of the two).

    `owner` is the handle of whose turn it is, `team` their team. `alerts` are the warnings and breaches it tells of, a
    line each. Title and body are Markdown without field values. `due_at` is an instant as ISO 8601 text in the
    organisation's zone, `record_url` an address that no markup ends.
    """

    marker: str
    title: str
    body: str
    owner: str | None
    team: str
    handoff: str | None = None
    packet_id: str | None = None
    attempt: int | None = None
    due_at: str | None = None
    record_url: str | None = None
    is_incomplete: bool = True
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """A ticket as we know it: what was last sent, where it is, and who closed it (`seamkeeper` or `person`).

    One that a person opened again after we had closed it `is_held`: it stays open until it fails and is mended.
    """

    ticket: Ticket
    key: str
    url: str | None
    state: State
    closed_by: str | None
    is_held: bool


@dataclass(frozen=True)
class Intent:
    """Something to be sent. `trying`: its call may have been made, at `tried_at`, and nobody knows what came of it."""

    id: int
    verb: Verb
    ticket: Ticket
    why: str
    is_trying: bool
    tried_at: datetime | None


@dataclass(frozen=True)
class Outbox:
    """What is waiting for one desk, and what stands there; `run_id` is who writes."""

    settings: Settings
    desk: str
    run_id: str
    clock: Clock = lambda: datetime.now(UTC)

    def standing(self) -> dict[str, Standing]:
        """Every ticket ever opened there, by marker."""
        with control.database(self.settings, *_TABLES) as opened:
            rows = opened.execute(
                "select * from tickets where desk = ? order by opened_at, marker", [self.desk]
            )
            return {row["marker"]: _standing(row) for row in rows.fetchall()}

    def intents(self) -> list[Intent]:
        """What waits to be sent, in the order in which it was first wanted."""
        with control.database(self.settings, *_TABLES) as opened:
            rows = opened.execute("select * from outbox where desk = ? order by id", [self.desk]).fetchall()
        return [_intent(row) for row in rows]

    def plan(self, wanted: Iterable[tuple[Verb, Ticket, str]]) -> None:
        """Have exactly this wait, beside what is being tried; what waited before keeps its place."""
        planned = {ticket.marker: (verb, ticket, why) for verb, ticket, why in wanted}
        with control.database(self.settings, *_TABLES) as opened:
            rows = opened.execute("select marker, state from outbox where desk = ?", [self.desk]).fetchall()
            trying = {row["marker"] for row in rows if row["state"] == "trying"}
            gone = [row["marker"] for row in rows if row["marker"] not in planned.keys() | trying]
            opened.executemany(
                "delete from outbox where desk = ? and marker = ?", [(self.desk, one) for one in gone]
            )
            opened.executemany(
                "insert into outbox (desk, marker, verb, content, why, state) values (?, ?, ?, ?, ?, 'intended') "
                "on conflict (desk, marker) do update set verb = excluded.verb, content = excluded.content, "
                "why = excluded.why",
                [
                    (self.desk, marker, verb, _json(ticket), why)
                    for marker, (verb, ticket, why) in planned.items()
                    if marker not in trying
                ],
            )

    def trying(self, intent: Intent) -> None:
        """Commit that the call is about to be made."""
        with control.database(self.settings, *_TABLES) as opened:
            opened.execute(
                "update outbox set state = 'trying', tried_at = ? where id = ?",
                [self.clock().isoformat(), intent.id],
            )

    def not_sent(self, intent: Intent) -> None:
        """The call was not made, or certainly did nothing: it waits as before."""
        with control.database(self.settings, *_TABLES) as opened:
            opened.execute("update outbox set state = 'intended', tried_at = null where id = ?", [intent.id])

    def settle(self, intent: Intent, key: str, url: str | None) -> None:
        """The desk did it: what stands there now, and the act, in one step with the intent's end."""
        at, closes = self.clock().isoformat(), intent.verb == "close"
        with control.database(self.settings, *_TABLES) as opened:
            opened.execute("delete from outbox where id = ?", [intent.id])
            opened.execute(
                "insert into tickets "
                "(desk, marker, content, key, url, state, closed_by, opened_at, updated_at, closed_at) "
                "values ($desk, $marker, $content, $key, $url, $state, $closed_by, $at, $at, $closed_at) "
                "on conflict (desk, marker) do update set content = $content, key = $key, url = $url, "
                "state = $state, closed_by = $closed_by, is_held = 0, updated_at = $at, closed_at = $closed_at",
                {
                    "desk": self.desk,
                    "marker": intent.ticket.marker,
                    "content": _json(intent.ticket),
                    "key": key,
                    "url": url,
                    "state": "closed" if closes else "open",
                    "closed_by": "seamkeeper" if closes else None,
                    "closed_at": at if closes else None,
                    "at": at,
                },
            )
            act = {"open": "opened", "update": "updated", "close": "closed", "reopen": "reopened"}[
                intent.verb
            ]
            self._note(opened, intent.ticket.marker, act, at, intent.why)

    def close_by_person(self, marker: str, why: str) -> None:
        """A person closed, deleted or moved the ticket: it is theirs from now on."""
        at = self.clock().isoformat()
        with control.database(self.settings, *_TABLES) as opened:
            opened.execute("delete from outbox where desk = ? and marker = ?", [self.desk, marker])
            opened.execute(
                "update tickets set state = 'closed', closed_by = 'person', is_held = 0, closed_at = $at, "
                "updated_at = $at where desk = $desk and marker = $marker",
                {"at": at, "desk": self.desk, "marker": marker},
            )
            self._note(opened, marker, "closed", at, why)

    def reopen_by_person(self, marker: str) -> None:
        """A person opened again what we had closed: it stays open for them."""
        at = self.clock().isoformat()
        with control.database(self.settings, *_TABLES) as opened:
            opened.execute(
                "update tickets set state = 'open', closed_by = null, is_held = 1, closed_at = null, "
                "updated_at = $at where desk = $desk and marker = $marker",
                {"at": at, "desk": self.desk, "marker": marker},
            )
            self._note(opened, marker, "reopened", at, "a person opened it again")

    def _note(self, opened: sqlite3.Connection, marker: str, act: str, at: str, why: str) -> None:
        """Keep an act for the next run to record; no title or body, they are words made of the contract."""
        row = opened.execute(
            "select * from tickets where desk = ? and marker = ?", [self.desk, marker]
        ).fetchone()
        ticket = _ticket(row["content"])
        told = {
            **{"desk": self.desk, "marker": marker, "act": act, "at": at, "why": why, "run_id": self.run_id},
            **{name: row[name] for name in ("key", "url", "state", "closed_by")},
            **{name: row[name] for name in ("opened_at", "updated_at", "closed_at")},
            **{name: getattr(ticket, name) for name in ("handoff", "packet_id", "attempt", "owner", "team")},
        }
        acts.note(opened, f"ticket.{act}", f"{self.desk}/{marker}", told)


def last_as_of(settings: Settings) -> datetime | None:
    """As of when desks were reconciled last (None: never)."""
    with control.database(settings, *_TABLES) as opened:
        row = opened.execute("select as_of from reconciled").fetchone()
    return None if row is None else datetime.fromisoformat(row["as_of"])


def note_as_of(settings: Settings, as_of: datetime) -> None:
    """Desks say from now on what was so at this instant."""
    with control.database(settings, *_TABLES) as opened:
        opened.execute("insert or replace into reconciled values (1, ?)", [as_of.astimezone(UTC).isoformat()])


def _json(ticket: Ticket) -> str:
    return json.dumps(asdict(ticket), ensure_ascii=False, sort_keys=True)


def _ticket(content: str) -> Ticket:
    told: Mapping[str, Any] = json.loads(content)
    return Ticket(**{**told, "alerts": tuple(told.get("alerts", ()))})


def _standing(row: sqlite3.Row) -> Standing:
    return Standing(
        _ticket(row["content"]), row["key"], row["url"], row["state"], row["closed_by"], bool(row["is_held"])
    )


def _intent(row: sqlite3.Row) -> Intent:
    tried_at = row["tried_at"] and datetime.fromisoformat(row["tried_at"])
    is_trying = row["state"] == "trying"
    return Intent(row["id"], row["verb"], _ticket(row["content"]), row["why"], is_trying, tried_at)
