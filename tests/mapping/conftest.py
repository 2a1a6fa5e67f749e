"""What do the golden cases of the mapping share? The edges' notation, a few lines for records, and one night.

A case tells its story as in tests/edges; besides events there are

    2026-03-02 09:00  deal  ann  dealstage=closedwon amount=20000     properties of a record changed
    2026-03-02 09:00  deal#b  ann  stage=open  snapshot               of another deal, as we saw it when we looked
    2026-03-02 09:00  link  deal company  primary                     a record is linked with another; or `removed`

The test's name is the id of every record in it (`#b`: with `-b`), of its account in HubSpot (`hubspot:<name>`) and, by
the property `pipeline`, its motion. A person `ann` is the owner `hubspot:ann`, the user `hubspot:user:ann` who changes
records, and `salesforce:ann`: one person, by their e-mail.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.edges.conftest import COLUMNS, ZONE, Case, name_of, read_line

AS_OF = datetime(2026, 7, 1, 12, tzinfo=ZONE)
CONTRACTS = Path(__file__).with_name("contracts")
SOURCES = '[crm]\nkind = "events"\npath = "exports/crm.csv"\nzone = "Europe/Berlin"\n'
SYSTEMS = {
    "deal": "hubspot", "company": "hubspot", "contact": "hubspot",
    "Opportunity": "salesforce", "Account": "salesforce", "organization": "zendesk",
}  # fmt: skip
TEAMS = {"ann": "sales", "amy": "sales", "bob": "onboarding", "ben": "onboarding", "carl": "support"}
START = "2023-01-01T00:00"
SHAPES = """
2023-01-01 00:00  deal.goal          label
2023-01-01 00:00  deal.kept          label
2026-04-01 02:00  deal.kept          deleted
2026-05-01 02:00  deal.kept          label
2023-01-01 00:00  deal.old_plan      label
2026-03-15 02:00  deal.old_plan      deleted
2026-03-15 02:00  deal.never_plan    deleted
2023-01-01 00:00  deal.sponsor       label
2026-06-01 02:00  deal.sponsor       deleted
2026-06-02 02:00  deal.gaol          deleted
2023-01-01 00:00  deal.nod           label
2026-04-01 02:00  deal.nod           deleted
2026-05-01 02:00  deal.nod           label
2023-01-01 00:00  deal.dug           label
2026-04-01 02:00  deal.dug           deleted
2026-06-02 02:00  deal.never_nod     deleted
2026-06-02 02:00  deal.never_rung    deleted
2026-06-02 02:00  deal.never_sent    deleted
"""
"""Properties of HubSpot that are seen, and that are gone or were not found (test_absences.py, test_absent_acts.py)."""


def people() -> Iterator[dict[str, Any]]:
    """Everyone under three ids: only the owner's id has a team, and the spelling of addresses differs."""
    common = {"type": "person.set", "time": START}
    for name, team in TEAMS.items():
        for id_, detail, own in (
            (f"hubspot:{name}", f"{name}@house.example", {"team": team}),
            (f"hubspot:user:{name}", f" {name.title()}@House.example", {}),
            (f"salesforce:{name}", f"{name.upper()}@house.example", {}),
        ):
            source = id_.split(":")[0]
            yield {**common, "source": source, "actor": id_, "detail": json.dumps({"email": detail}), **own}
    robot = {"actor": "hubspot:user:bot", "team": "onboarding", "detail": json.dumps({"kind": "system"})}
    yield {**common, "source": "hubspot", **robot}


def shapes() -> Iterator[dict[str, Any]]:
    """What a pull tells of the properties in `SHAPES`."""
    for line in filter(str.strip, SHAPES.splitlines()):
        day, time, name, field = line.split()
        shape = {"type": "record.changed", "source": "hubspot", "object": "property", "subject": name}
        yield {
            **shape,
            "time": f"{day}T{time}",
            "field": field,
            "value": "true" if field == "deleted" else name,
        }


def read_record_line(line: str, name: str) -> Iterator[dict[str, Any]]:
    """The events of one line of a story."""
    day, time, kind, *words = shlex.split(line)
    when = {"time": f"{day}T{time}"}
    object_, _, own = kind.partition("#")
    if kind == "link":
        yield when | _link(words, name)
    elif object_ in SYSTEMS:
        system = SYSTEMS[object_]
        record = {"type": "record.changed", "source": system, "object": object_, "subject": id_of(name, own)}
        detail = {"detail": '{"evidence": "snapshot"}'} if "snapshot" in words else {}
        for word in words:
            if "=" not in word and word != "snapshot":
                record["actor"] = f"{system}:user:{word}" if system == "hubspot" else f"{system}:{word}"
        for field, value in (word.split("=", 1) for word in words if "=" in word):
            yield when | record | detail | {"field": field, "value": value.replace("{name}", name)}
    else:
        for event in read_line(line.replace("{name}", name), "won", f"hubspot:{name}"):
            event |= {"subject": name} if event["type"].startswith("handoff.") else {}
            if event.get("actor") in TEAMS:
                event["actor"] = f"hubspot:{event['actor']}"
            yield event


def _link(words: list[str], name: str) -> dict[str, Any]:
    (this, _, own), (other, _, others) = (word.partition("#") for word in words[:2])
    detail = {"object": other} | dict.fromkeys(words[2:], True)
    event = {"type": "record.linked", "source": SYSTEMS[this], "object": this, "subject": id_of(name, own)}
    return event | {"value": id_of(name, others), "detail": json.dumps(detail)}


def id_of(name: str, own: str) -> str:
    return f"{name}-{own}" if own else name


def stories(items: list[pytest.Item]) -> Iterator[dict[str, Any]]:
    """The events of every collected case; each record that is told of has its pipeline and currency."""
    yield from people()
    yield from shapes()
    for item in items:
        for mark in reversed([*item.iter_markers("records")]):
            name = name_of(item)
            told = [
                event
                for line in filter(str.strip, mark.args[0].splitlines())
                for event in read_record_line(line, name)
            ]
            of_hubspot = [event for event in told if event.get("source") == "hubspot" and "object" in event]
            records = {(event["object"], event["subject"]) for event in of_hubspot}
            for object_, subject in sorted(records):
                record = {
                    "type": "record.changed",
                    "source": "hubspot",
                    "object": object_,
                    "subject": subject,
                }
                for field, value in (("pipeline", name), ("currency", "EUR")):
                    yield record | {"time": START, "field": field, "value": value}
            yield from told


@pytest.fixture(scope="session")
def mapped(request, tmp_path_factory, house_of):
    """The house in which all collected cases happened, run once."""
    contracts = {path.name: path.read_text(encoding="utf-8") for path in CONTRACTS.iterdir()}
    house = house_of(tmp_path_factory.mktemp("mapped"), SOURCES, contracts)
    columns = [*COLUMNS, "object"]
    told = [
        dict.fromkeys(columns) | {"id": f"crm-{n:06}"} | event
        for n, event in enumerate(stories(request.session.items))
    ]
    house.write_events("exports/crm.csv", told)
    house.run(AS_OF)
    assert house.rows("SELECT id, fault FROM quarantine") == []
    return house


class Mapped(Case):
    """What was published of one case of the mapping."""

    @property
    def issues(self) -> list[str]:
        found = self.rows(
            "data_issues", "packet_id LIKE ? OR account LIKE ?", f"%:{self.name}:%", f"%:{self.name}%"
        )
        return sorted({row.issue for row in found})

    def acts(self) -> tuple[Any, ...]:
        """When cycle 1 was triggered, accepted and crossed."""
        return self.packet.triggered_at, self.packet.accepted_at, self.packet.crossed_at


@pytest.fixture
def case(mapped, request) -> Mapped:
    marks = [mark.kwargs.get("handoff", "won") for mark in request.node.iter_markers("records")]
    return Mapped(mapped, name_of(request.node), marks[0])
