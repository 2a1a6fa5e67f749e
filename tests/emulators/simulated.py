"""What of a simulated company can a vendor carry? Its events, made such that a vendor's records can say the same.

In: the event files of `flows.simulation.simulate` and a `Carrier` (how a vendor names and times things). Out, by
`carrying.carry`: `Carried`, events in order, from which the vendor's records are built, and whose `rows` are the other
side of the comparison: the same events as public event rows. What a vendor cannot say is changed or left out on both:

- Only the latest revision of an event counts; duplicates, late arrival and other ways to write a time are the files'.
- Left out: handoff.question_asked, reasked, reask_checked, customer_updated, account.milestone, primary_set, linked;
  all person.set of a person but the latest (a vendor knows today's team), and those of system users.
- Ids: records, accounts, contacts and persons have the vendor's, accounts and persons with its name before them.
- System users act as machines: as one user where the vendor has such a one, else without an actor; so does who was
  unknown. Teams are said of persons only, not on acts; `assigned` keeps its side.
- Times have the vendor's resolution. Changes of one record never share an instant: the later one moves by a tick.
- A field's value counts for the record, so for every cycle. A value that changes nothing is not a change.
- The cycle is counted: it is the number of triggers of that record so far, and at least 1.
- An act's status is a property, so that the same act twice in a row needs a blank between (`Act.blank_at`).
- A reason is kept on rejections only; details other than url, name and segment of a trigger are left out.
- account.started carries no amount: account.arr_set says it. A churn says no reason, nor that it was involuntary.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet

from tests.oracle.events import Event, in_order

ACTS = ("triggered", "submitted", "accepted", "rejected", "reopened", "withdrawn", "voided", "crossed")
_parquet: Any = pyarrow.parquet


@dataclass(frozen=True)
class Carrier:
    """How a vendor names and times things: its object of each handoff, its ids, and its tick."""

    system: str
    tick: timedelta
    objects: Mapping[str, str]  # handoff → the vendor's record type
    account_object: str
    ids: Mapping[str, Callable[[int], str]]  # record type, `person`, `contact` → id of the n-th one
    machine: str | None = None  # the user as whom machines act, where the vendor has one
    unsaid: frozenset[str] = frozenset()  # event types that it cannot say
    unheard: frozenset[tuple[str, str]] = frozenset()  # handoff and field of which it keeps no history


@dataclass(frozen=True)
class Act:
    """One event as the vendor can carry it; `record` is (record type, id) of a packet's record."""

    event: Event
    record: tuple[str, str] | None = None
    blank_at: datetime | None = None  # when the status is blanked before, because it said the same already


@dataclass
class Carried:
    """All of it in order, and who and what there is."""

    carrier: Carrier
    acts: list[Act] = field(default_factory=list)
    persons: dict[str, Event] = field(default_factory=dict)  # vendor's id without prefix → person.set
    accounts: dict[str, list[str]] = field(default_factory=dict)  # vendor's id without prefix → its contacts
    domains: dict[str, str] = field(
        default_factory=dict
    )  # the same → the domain by which every vendor knows it

    def rows(self) -> list[dict[str, Any]]:
        """Public event rows, for `House.write_events` or a file of one's own; the order of rows is that of events."""
        return [_row(act.event, self.carrier.system) for act in self.acts]

    def of(self, *types: str) -> list[Act]:
        """The acts of these event types."""
        return [act for act in self.acts if act.event.type in types]

    def records(self) -> dict[tuple[str, str], list[Act]]:
        """Acts of packets by their record."""
        found: dict[tuple[str, str], list[Act]] = defaultdict(list)
        for act in self.acts:
            if act.record:
                found[act.record].append(act)
        return dict(found)


def read_company(folder: Path, zone: str) -> list[Event]:
    """The latest revision of every event below `folder`/events, in order."""
    files = sorted((folder / "events").glob("*.parquet"))
    return in_order([row for path in files for row in _parquet.read_table(path).to_pylist()], zone)


def too_long(events: Iterable[Event], most: int = 255) -> frozenset[tuple[str, str]]:
    """Handoffs and fields that need a long text, of which some vendors keep no history (`Carrier.unheard`)."""
    return frozenset(
        (each.handoff or "", each.field) for each in events if each.field and len(each.value or "") > most
    )


def is_alone(acts: Sequence[Act]) -> bool:
    """Whether archiving the record voids one packet and no other."""
    acts = [act for act in acts if act.event.type not in ("handoff.field_set", "handoff.assigned")]
    return len({(act.event.handoff, act.event.cycle) for act in acts}) == 1


def _row(event: Event, system: str) -> dict[str, Any]:
    told = {
        "id": event.id,
        "source": system,
        "type": event.type,
        "time": event.time.isoformat(),
        "account": event.account,
        "motion": event.motion,
        "handoff": event.handoff,
        "subject": event.subject,
        "cycle": event.cycle,
        "field": event.field,
        "value": event.value,
        "actor": event.actor,
        "team": event.team,
        "reason": event.reason,
        "detail": json.dumps(event.detail, ensure_ascii=False) if event.detail else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def mapped(document: Mapping[str, Any], mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A contract file's content with a vendor's mapping in it, `source` of every field in every version replaced."""
    sources: Mapping[str, Any] = mapping["fields"]

    def sourced(fields: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [
            {key: value for key, value in each.items() if key != "source"}
            | ({"source": sources[each["name"]]} if each["name"] in sources else {})
            for each in fields
        ]

    told = {**document, **{key: mapping[key] for key in ("record", "events", "about")}}
    told["fields"] = sourced(document["fields"])
    told["earlier_versions"] = [
        {**version, "fields": sourced(version["fields"])} if "fields" in version else dict(version)
        for version in document.get("earlier_versions", [])
    ]
    return told if told["earlier_versions"] else {k: v for k, v in told.items() if k != "earlier_versions"}
