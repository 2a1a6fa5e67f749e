"""A second reader of the events: definitions.md in plain Python, row by row.

It shares no code with the simulator or the warehouse.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from contracts import load_catalogue
from flows.simulation import simulate

PROJECT = Path(__file__).parents[3]
UNTIL = datetime(2026, 7, 1, tzinfo=UTC)


def read_rows(folder: Path) -> list[dict[str, Any]]:
    """Every row of every file, as delivered: files by path, rows in file order."""
    rows = []
    for path in sorted((folder / "events").glob("*.parquet")):
        rows += [{**row, "file": path.name} for row in pq.read_table(path).to_pylist()]
    for number, row in enumerate(rows):
        row["row"] = number
    return rows


def latest_revisions(rows: list[dict[str, Any]], zone: ZoneInfo) -> list[dict[str, Any]]:
    """One row per source and id: the content that was new last; a content seen before changes nothing."""
    seen: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    latest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        event = {**row, "time": instant(row["time"], zone)}
        content = tuple(value for key, value in event.items() if key not in ("file", "row"))
        key = (row["source"], row["id"])
        if content not in seen[key]:
            seen[key].append(content)
            latest[key] = {**event, "row": latest.get(key, event)["row"]}  # a correction keeps its place
    return sorted(latest.values(), key=lambda e: (e["time"], e["sequence"] or e["row"], e["source"], e["id"]))


def instant(value: datetime | str, zone: ZoneInfo) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if len(value) == 10:
        morning = datetime.combine(date.fromisoformat(value) + timedelta(days=1), time(), zone)
        return morning.astimezone(UTC) - timedelta(microseconds=1)
    return datetime.fromisoformat(value).astimezone(UTC)


def deadline(start: datetime, hours: float, calendar) -> datetime:
    """So many open hours later, walking from span to span."""
    left = timedelta(hours=hours)
    if calendar is None:
        return start + left
    zone = ZoneInfo(calendar.zone)
    day = start.astimezone(zone).date()
    while True:
        if day not in calendar.holidays:
            for opens, closes in calendar.hours.get(day.strftime("%A").lower(), ()):
                begin = datetime.combine(day, time.fromisoformat(opens), zone).astimezone(UTC)
                end = datetime.combine(day, time.fromisoformat(closes), zone).astimezone(UTC)
                open_for = end - max(begin, start)
                if open_for > timedelta() and left <= open_for:
                    return max(begin, start) + left
                left -= max(open_for, timedelta())
        day += timedelta(days=1)


def judge_value(rule, text: str | None, placeholders: tuple[str, ...]) -> str:
    """missing, invalid, valid or none (attested)."""
    folded = (text or "").strip().casefold()
    if folded and folded in {each.strip().casefold() for each in rule.none_value}:
        return "none"
    if rule.type == "choice" and (text or "").strip() in rule.values:
        return "valid"
    patterns = [re.escape(each).replace(r"\*", ".*") for each in placeholders]
    if not folded or any(re.fullmatch(pattern, folded) for pattern in patterns):
        return "missing"
    return _JUDGES[rule.type](rule, (text or "").strip())


def _judge_text(rule, text: str) -> str:
    return "valid" if (rule.min_length or 0) <= len(text) <= (rule.max_length or 10**9) else "invalid"


def _judge_number(rule, text: str) -> str:
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return "missing"
    low, high = rule.minimum, rule.maximum
    inside = (low is None or float(text) >= low) and (high is None or float(text) <= high)
    return "valid" if inside else "invalid"


def _judge_day(_rule, text: str) -> str:
    return "valid" if re.match(r"\d{4}-\d{2}-\d{2}", text) else "missing"


def _judge_list(rule, text: str) -> str:
    items = json.loads(text) if text.startswith("[") else ([text] if not rule.item else ["?"])
    if not items:
        return "missing"
    good = [
        item for item in items if not rule.item or (isinstance(item, dict) and set(rule.item) <= set(item))
    ]
    return "valid" if len(good) >= (rule.min_items or 1) else "invalid"


_JUDGES: dict[str, Callable[[Any, str], str]] = {
    "text": _judge_text,
    "number": _judge_number,
    "date": _judge_day,
    "datetime": _judge_day,
    "boolean": lambda _, text: "valid" if text.casefold() in ("true", "false", "yes", "no") else "missing",
    "choice": lambda *_: "invalid",
    "list": _judge_list,
}


@dataclass
class PlainPacket:
    """One packet with its events in order, and everything definitions.md says about it as of UNTIL."""

    contract: Any
    organisation: Any
    subject: str
    cycle: int
    events: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def first(self, *kinds: str) -> datetime | None:
        return next((e["time"] for e in self.events if e["type"].removeprefix("handoff.") in kinds), None)

    def settle(self, teams: dict[str, Any], systems: set[str]) -> None:
        first = self.first("triggered") or self.first("submitted", "accepted", "rejected", "crossed")
        self.triggered: datetime = first or UNTIL
        day = self.triggered.astimezone(ZoneInfo(self.organisation.zone)).date()
        in_force = [v for v in self.contract.versions if v.effective_from <= day] or [
            self.contract.versions[0]
        ]
        self.version = in_force[-1]
        named = self.version.sla.calendar
        self.calendar = None if named == "always" else self.organisation.calendars[named]
        self.due = deadline(self.triggered, self.version.sla.submit_hours, self.calendar)
        self.submitted, self.crossed = self.first("submitted"), self.first("crossed")
        self.sender = self._sender()
        counting = [
            e
            for e in self.events
            if e["type"][8:] in ("accepted", "rejected") and self._counts(e, teams, systems)
        ]
        self.accepted = next((e["time"] for e in counting if e["type"] == "handoff.accepted"), None)
        self.rejected = next((e["time"] for e in counting if e["type"] == "handoff.rejected"), None)
        self.decided = counting[0] if counting else None
        self.void, self.withdrawn = self.first("voided"), self.first("withdrawn")
        self.kept = not self.void and not self.withdrawn
        self.transitioned = min((t for t in (self.accepted, self.crossed) if t), default=None)
        self.clock = self._clock()
        self.settled_as = self._settled_as()

    def _sender(self) -> str | None:
        owners = [e["actor"] for e in self.events if e["type"] == "handoff.assigned"
                  and e["team"] == self.version.sender.team and e["time"] <= self.triggered]  # fmt: skip
        submitters = [e["actor"] for e in self.events if e["type"] == "handoff.submitted"]
        return owners[-1] if owners else (submitters[0] if submitters else None)

    def _counts(self, event: dict[str, Any], teams: dict[str, Any], systems: set[str]) -> bool:
        actor, version = event["actor"], self.version
        if actor is None or actor in systems or actor == self.sender:
            return False
        known = [team for since, team in teams.get(actor, ()) if since <= event["time"]]
        team = event["team"] or (known[-1] if known else None)
        return team == version.receiver.team if team else True

    def values(self, moment: datetime) -> dict[str, tuple[str, datetime, str | None]]:
        """Field -> (what it is worth, when it was set, text) as of a moment."""
        last = {e["field"]: e for e in self.entries if e["time"] <= moment}
        return {
            rule.name: (judge_value(rule, last[rule.name]["value"], self.organisation.placeholders),
                        last[rule.name]["time"], last[rule.name]["value"])
            for rule in self.version.fields if rule.name in last
        }  # fmt: skip

    def applies(self, rule, values: dict[str, Any]) -> bool:
        condition = values.get(rule.required_when, ("missing",))[0] if rule.required_when else "missing"
        return rule.required or condition in ("valid", "invalid")

    def usable(self, moment: datetime) -> bool:
        values = self.values(moment)
        return all(values.get(rule.name, ("missing",))[0] != "missing"
                   for rule in self.version.fields if self.applies(rule, values))  # fmt: skip

    def states(self, moment: datetime) -> dict[str, bool]:
        """Applicable required field -> valid, as of a moment."""
        values = self.values(moment)
        return {rule.name: self._valid(rule, values.get(rule.name), moment)
                for rule in self.version.fields if self.applies(rule, values)}  # fmt: skip

    def _valid(self, rule, value: tuple[Any, ...] | None, moment: datetime) -> bool:
        if value is None or value[0] not in ("valid", "none"):
            return False
        if not rule.max_age_days:
            return True
        zone = ZoneInfo(self.organisation.zone)
        since = date.fromisoformat(value[2][:10]) if rule.type == "date" else value[1].astimezone(zone).date()
        return bool((moment.astimezone(zone).date() - since).days <= rule.max_age_days)

    def complete(self, moment: datetime) -> bool:
        critical = {rule.name for rule in self.version.fields if rule.severity == "critical"}
        return all(valid for name, valid in self.states(moment).items() if name in critical)

    def score(self, moment: datetime) -> float:
        weights = {rule.name: rule.weight for rule in self.version.fields}
        states = self.states(moment)
        return float(sum(weights[n] for n, ok in states.items() if ok) / sum(weights[n] for n in states))

    def _clock(self) -> datetime | None:
        if self.submitted is None:
            return None
        moments = [self.submitted, *sorted(e["time"] for e in self.entries if e["time"] > self.submitted)]
        ready = next((moment for moment in moments if self.usable(moment)), None)
        if self.accepted and (ready is None or ready > self.accepted):
            return self.submitted
        return ready

    def _settled_as(self) -> str | None:
        silence = self.clock and deadline(self.clock, 2 * self.version.sla.accept_hours, self.calendar)
        ends = {
            "crossed_undecided": self.crossed,
            "timed_out": silence if silence and silence <= UNTIL else None,
            "accepted" if self.decided and self.decided["type"] == "handoff.accepted" else "rejected":
                self.decided and self.decided["time"],
        }  # fmt: skip
        reached = {name: end for name, end in ends.items() if end}
        return min(reached, key=lambda name: reached[name]) if reached else None


def read_packets(folder: Path, catalogue) -> list[PlainPacket]:
    """All packets of a folder of events, settled."""
    organisation = catalogue.organisation
    events = latest_revisions(read_rows(folder), ZoneInfo(organisation.zone))
    packets: dict[tuple[Any, ...], PlainPacket] = {}
    teams, systems, entries = defaultdict(list), set(), defaultdict(list)
    for event in events:
        if event["type"] == "person.set":
            teams[event["actor"]].append((event["time"], event["team"]))
            systems |= {event["actor"]} if json.loads(event["detail"])["kind"] == "system" else set()
        elif event["type"] == "handoff.field_set":
            entries[event["handoff"], event["subject"], event["cycle"]].append(event)
        elif event["type"].startswith("handoff."):
            key = (event["handoff"], event["subject"], event["cycle"] or 1)
            contract = catalogue.contract(event["handoff"])
            packets.setdefault(key, PlainPacket(contract, organisation, *key[1:])).events.append(event)
    for (handoff, subject, cycle), packet in packets.items():
        own = entries[handoff, subject, cycle] + entries[handoff, subject, None]
        packet.entries = sorted(
            own, key=lambda e: (e["time"], e["sequence"] or e["row"], e["source"], e["id"])
        )
        packet.settle(teams, systems)
    return list(packets.values())


@pytest.fixture(scope="session")
def catalogue():
    return load_catalogue(PROJECT)


@pytest.fixture(scope="session")
def small(tmp_path_factory, catalogue) -> SimpleNamespace:
    """2,000 packets over 12 months: the truth, the raw rows, and what the second reader makes of them."""
    folder = tmp_path_factory.mktemp("company")
    truth = simulate(catalogue, packets=2000, seed=7, months=12, out=folder)
    return SimpleNamespace(
        folder=folder,
        truth=truth,
        rows=read_rows(folder),
        packets=read_packets(folder, catalogue),
        catalogue=catalogue,
    )
