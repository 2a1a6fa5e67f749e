"""What do the golden cases share? One notation for events, and one night in which all of them happen together.

A case is a test whose mark `events` tells its story, one event a line, in the organisation's local time:

    2026-03-02 09:00  triggered  ann
    2026-03-02 09:00  field_set  ann  buyer=Ada
    2026-03-02 12:00  accepted   bob  team=onboarding

Type (without `handoff.`), actor if any, then what else the event says: columns of an event, keys of its `detail`, or
fields and their values; nothing behind `=` takes away what would be assumed; `via` is the source that tells it, or the
inbox. The test's name is the packet's subject,
its account and its motion, so that nothing of one case touches another, and a case's own figures are the scorecard's
rows of that motion. What the fixture `case` finds in the published tables has local times, too.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
from collections.abc import Iterator
from datetime import datetime
from functools import reduce
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flows import inbox

ZONE = ZoneInfo("Europe/Berlin")
AS_OF = datetime(2026, 7, 1, 12, tzinfo=ZONE)
CONTRACTS = Path(__file__).with_name("contracts")
SOURCES = """
[crm]
kind = "events"
path = "exports/crm.csv"
zone = "Europe/Berlin"

[trusted]
kind = "events"
path = "exports/trusted.csv"
zone = "Europe/Berlin"
decisions = "trusted"
"""
ORGANISATION = (Path(__file__).parents[2] / "contracts" / "organisation.yaml").read_text(encoding="utf-8")
LADDERS = {
    "escalate_hours: 24": "escalate_hours: 8",
    "customer_success: {}": "customer_success: {manager: gus, executive: eve}",
    "sales: {}": "sales: {lead: amy}",
    "support: {}": "support: {lead: lea, manager: max, executive: eve}",
}
"""Who leads two teams, and who is above two; the others have nobody there."""
PEOPLE = """
2023-01-01 00:00  person.set  ann   team=sales
2023-01-01 00:00  person.set  amy   team=sales
2023-01-01 00:00  person.set  bob   team=onboarding
2023-01-01 00:00  person.set  ben   team=onboarding
2023-01-01 00:00  person.set  carl  team=support
2023-01-01 00:00  person.set  bot   team=onboarding kind=system
2023-01-01 00:00  person.set  nia
2023-01-01 00:00  person.set  zed   team=support
2026-03-15 00:00  person.set  zed   team=onboarding
2023-01-01 00:00  person.set  gus   team=onboarding
2026-06-01 00:00  person.set  gus   active=false
2023-01-01 00:00  person.set  sue   team=sales
2026-06-01 00:00  person.set  sue   active=false
"""
COLUMNS = (
    "id", "source", "type", "time", "sequence", "account", "motion", "handoff", "subject", "cycle", "field",
    "value", "actor", "team", "reason", "detail",
)  # fmt: skip
GRAINS = {"month": "month", "week": "week", "quarter": "quarter", "rolling": "rolling_90d"}
IN_DETAIL = (
    "segment",
    "name",
    "email",
    "kind",
    "involuntary",
    "evidence",
    "currency",
    "actor_kind",
    "active",
    "event",
    "route",
)


def read_line(line: str, handoff: str, name: str) -> Iterator[dict[str, Any]]:
    """The events of one line: one, or one per field it sets."""
    day, time, kind, *words = shlex.split(line)
    event = {"source": "crm", "type": kind if "." in kind else f"handoff.{kind}", "time": f"{day}T{time}"}
    event |= {"account": name} | ({"handoff": handoff, "subject": name} if "." not in kind else {})
    event |= {"motion": name} if kind == "triggered" else {}
    said = dict(word.split("=", 1) for word in words if "=" in word)
    for actor in (word for word in words if "=" not in word):
        event["actor"] = actor
    detail = {"motion": said.pop("motion")} if "motion" in said and kind == "account.primary_set" else {}
    event |= {key: said.pop(key) for key in [*said] if key in (*COLUMNS, "via")}
    detail |= {key: said.pop(key) for key in [*said] if key in IN_DETAIL}
    if detail:
        event["detail"] = json.dumps(detail | ({"involuntary": True} if "involuntary" in detail else {}))
    if kind != "field_set":
        assert not said, f"nobody knows {said}: {line}"
        yield event
    for field, value in said.items():
        yield event | {"field": field, "value": value}


def stories(items: list[pytest.Item]) -> list[dict[str, Any]]:
    """The events of every collected case, in the order of the tests and of their lines."""
    events = [event for line in PEOPLE.strip().splitlines() for event in read_line(line, "", "")]
    for item in items:
        copies = 0
        for mark in reversed([*item.iter_markers("events")]):
            for _ in range(mark.kwargs.get("times", 1)):
                copies += 1
                events += _story(item, mark, copies)
    return events


def _story(item: pytest.Item, mark: pytest.Mark, copy: int) -> Iterator[dict[str, Any]]:
    name = name_of(item)
    for line in filter(str.strip, mark.args[0].splitlines()):
        for event in read_line(line, mark.kwargs.get("handoff", "seam"), name):
            if copy > 1:
                own = [column for column in ("account", "subject") if event.get(column) == name]
                event |= dict.fromkeys(own, f"{name}-{copy}")
            yield event


def name_of(item: pytest.Item) -> str:
    return item.name.removeprefix("test_")


@pytest.fixture(scope="session")
def edges(request, tmp_path_factory, house_of):
    """The house in which all collected cases happened, run once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "edges"
    contracts = {path.name: path.read_text(encoding="utf-8") for path in CONTRACTS.glob("*.yaml")}
    contracts["organisation.yaml"] = reduce(
        lambda text, one: text.replace(*one), LADDERS.items(), ORGANISATION
    )
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        house = house_of(folder, SOURCES, contracts)
        if not house.settings.published.exists():
            _write(house, stories(request.session.items))
            house.run(AS_OF)
    assert house.rows("SELECT id, fault FROM quarantine") == []
    return house


def _write(house: Any, events: list[dict[str, Any]]) -> None:
    for via in ("crm", "trusted"):
        told = [
            {"id": f"{via}-{n:06}"} | {column: event[column] for column in COLUMNS if column in event}
            for n, event in enumerate(events)
            if event.get("via", "crm") == via
        ]
        path = house.write_events(f"exports/{via}.csv", [dict.fromkeys(COLUMNS) | event for event in told])
        if not told:  # when only some cases are run
            path.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    for event in events:
        if event.get("via") == "inbox":
            at = datetime.fromisoformat(event["time"]).replace(tzinfo=ZONE).isoformat()
            own = {column: event[column] for column in COLUMNS if column in event}
            inbox.drop(house.settings, own | {"source": inbox.SOURCE, "time": at})


def local(value: Any) -> Any:
    """Instants as `2026-03-02 09:00` in the organisation's zone, with seconds where there are any."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(ZONE).replace(tzinfo=None).isoformat(sep=" ").removesuffix(":00")


class Case:
    """What was published of one case."""

    def __init__(self, house: Any, name: str, handoff: str) -> None:
        self.house, self.name, self.handoff = house, name, handoff

    def rows(self, table: str, where: str, *values: Any) -> list[SimpleNamespace]:
        found = self.house.dicts(f"SELECT * FROM {table} WHERE {where} ORDER BY ALL", [*values])
        return [SimpleNamespace(**{key: local(value) for key, value in vars(row).items()}) for row in found]

    def one(self, table: str, where: str, *values: Any) -> SimpleNamespace:
        (row,) = self.rows(table, where, *values)
        return row

    @property
    def packet(self) -> SimpleNamespace:
        return self._of_cycle(1)

    @property
    def second(self) -> SimpleNamespace:
        """Cycle 2 of the same subject."""
        return self._of_cycle(2)

    def _of_cycle(self, cycle: int) -> SimpleNamespace:
        return self.one("handoff_packets", "packet_id = ?", f"{self.handoff}:{self.name}:{cycle}")

    def field(self, name: str) -> SimpleNamespace:
        return self.one("packet_fields", "packet_id = ? AND field = ?", self.packet.packet_id, name)

    @property
    def account(self) -> SimpleNamespace:
        """Its first packet in handoff_accounts."""
        return self.one("handoff_accounts", "packet_id = ?", self.packet.packet_id)

    @property
    def issues(self) -> list[str]:
        """What data_issues lists of the case, by name."""
        found = self.rows("data_issues", "packet_id LIKE ? OR account = ?", f"%:{self.name}:%", self.name)
        return sorted({row.issue for row in found})

    def figures(self, metric: str, breakdown: str = "", **where: str) -> list[SimpleNamespace]:
        """The scorecard's rows of the case's motion; `month="2026-03"`, `sender="ned"` and so on choose others."""
        dimension = next((name for name in where if name not in GRAINS), "motion")
        grain = next((name for name in GRAINS if name in where), "all")
        return self.rows(
            "handoff_scorecard",
            "metric = ? AND breakdown = ? AND dimension = ? AND dimension_value = ? AND grain = ? "
            "AND period_start IS NOT DISTINCT FROM ? AND handoff = ?",
            *(metric, breakdown, dimension, where.get(dimension, self.name), GRAINS.get(grain, "all")),
            f"{where[grain]}-01"[:10] if grain in GRAINS else None,
            self.handoff,
        )

    def figure(self, metric: str, breakdown: str = "", **where: str) -> SimpleNamespace:
        (row,) = self.figures(metric, breakdown, **where)
        return row

    def count(self, metric: str, breakdown: str = "", **where: str) -> tuple[int | None, int]:
        """Numerator and n; (None, 0) where the scorecard has no such row."""
        rows = self.figures(metric, breakdown, **where)
        return (rows[0].numerator, rows[0].n) if rows else (None, 0)


@pytest.fixture
def case(edges, request) -> Case:
    marks = [mark.kwargs.get("handoff", "seam") for mark in request.node.iter_markers("events")]
    return Case(edges, name_of(request.node), marks[0])
