"""How does a HubSpot tell very many deals in constant memory? Each is made from its number, when asked for.

Deals have 20 properties with one to six versions each, as `company.mapping("ae_to_onboarding", ...)` reads them; every
four share a company. Numbers, ids and times of change ascend together, so that paging and searching by time are
arithmetic. There are 64 kinds of deals, each written once as a template; only ids and days differ.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

from tests.emulators.hubspot.catalogue import DEFAULTS, shown_always

KINDS, LIFE = 64, 25  # kinds of deals; days from a deal's creation to its last change
FIRST = 6_000_000_000
START, DAYS = datetime(2024, 7, 1, tzinfo=UTC), 700
OWNERS = 50
FIELDS = (
    "economic_buyer",
    "signing_authority",
    "sponsor_map",
    "commitments",
    "success_criteria",
    "implementation_risks",
    "competitor",
    "competitor_playbook",
    "go_live_on",
    "anchored_deadlines",
    "expansion_hypothesis",
)
_STATUS = "seam_ae_to_onboarding_status"
_PATHS = (
    ("triggered", "submitted", "accepted", "crossed"),
    ("triggered", "submitted", "rejected", "submitted", "accepted", "crossed"),
    ("triggered", "submitted", "rejected"),
    ("triggered", "crossed"),
)


@dataclass(frozen=True)
class Told:
    """A version as it stands in a template: so many days after the creation, at a time of day."""

    value: str
    day: int
    clock: str
    user: int | None


@cache
def histories(kind: int, changed: bool) -> dict[str, list[Told]]:
    """The properties of one kind of deal, oldest version first; a changed one has another amount a day later."""
    chance = Random(kind)
    path = _PATHS[min(chance.randrange(6), 3)]
    sender, receiver = (4_700_000 + chance.randrange(OWNERS) for _ in range(2))
    buyer = chance.choice(["Zoë Müller", "Łukasz Żak", "Ana Peña", "tbd", "佐藤"])

    def at(day: int, value: str, user: int | None = None) -> Told:
        return Told(
            value,
            day,
            f"{8 + chance.randrange(10):02d}:{chance.randrange(60):02d}:{chance.randrange(60):02d}",
            user,
        )

    found = {
        "dealname": [at(0, f"Deal of kind {kind}", sender)],
        "pipeline": [at(0, chance.choice(["inbound", "outbound", "partner"]), sender)],
        "dealstage": [at(0, "contractsent", sender), at(2, "closedwon", sender)],
        "amount": [at(0, "1000", sender), at(2, str(1000 * chance.randrange(1, 90)), sender)],
        "hubspot_owner_id": [at(0, str(sender - 4_000_000)), at(9, str(receiver - 4_000_000))],
        "closedate": [at(0, "2026-01-01"), at(2, "2026-02-01", sender)],
        "seam_ae_to_onboarding_url": [at(2, f"https://crm.example.org/deal/{kind}")],
        "seam_ae_to_onboarding_reason": [at(5, "missing_field", receiver)] if "rejected" in path else [],
        _STATUS: [
            at(2 + 2 * place, act, sender if act in ("triggered", "submitted") else receiver)
            for place, act in enumerate(path)
        ],
    }
    for name in FIELDS:
        days = sorted(chance.sample(range(LIFE - 2), chance.randint(1, 3)))
        values = (f"{name} as told by {buyer} on day {day}" for day in days)
        found[f"ae_to_onboarding_{name}"] = [
            at(day, "2026-05-01" if name.endswith("_on") else value, sender)
            for day, value in zip(days, values, strict=True)
        ]
    if changed:
        found["amount"].append(at(LIFE + 1, "123456", sender))
    return found


class Deals:
    """So many deals, the last `changed` of which changed a day later than they would have."""

    def __init__(self, count: int, changed: int = 0) -> None:
        self.count, self.changed = count, changed
        self._days = [f"{START + timedelta(days=day):%Y-%m-%d}" for day in range(DAYS + LIFE + 9)]
        self._forms: dict[tuple[object, ...], tuple[bytes, list[tuple[str, int]]]] = {}

    def numbers(self, ids: Sequence[str]) -> list[int]:
        """The numbers of those ids that exist."""
        found = (int(each) - FIRST for each in ids if each.isdigit())
        return [number for number in found if 0 <= number < self.count]

    def day(self, number: int) -> int:
        """Days from the start to the creation."""
        return number * DAYS // self.count

    def modified(self, number: int) -> datetime:
        """The last change: later for every higher number, a second apart within a day."""
        day = self.day(number)
        first_of_day = -(-day * self.count // DAYS)
        later = 1 if number >= self.count - self.changed else 0
        return START + timedelta(days=day + LIFE + later, hours=20, seconds=number - first_of_day)

    def since(self, when: datetime) -> int:
        """The first number that changed at or after an instant; their count where none did."""
        return bisect_left(range(self.count), when, key=self.modified)

    def written(self, number: int, properties: Sequence[str], history: Sequence[str]) -> bytes:
        """The deal as HubSpot writes it."""
        key = (number % KINDS, number >= self.count - self.changed, *properties, None, *history)
        if key not in self._forms:
            self._forms[key] = _form(number % KINDS, bool(key[1]), properties, history)
        form, slots = self._forms[key]
        created, modified = self.day(number), f"{self.modified(number):%Y-%m-%dT%H:%M:%SZ}".encode()
        days, told = self._days, {"id": b"%d" % (FIRST + number), "modified": modified}
        return form % tuple(
            told[name] if name in told else days[created + day].encode() for name, day in slots
        )


def _form(
    kind: int, changed: bool, properties: Sequence[str], history: Sequence[str]
) -> tuple[bytes, list[tuple[str, int]]]:
    """A template with places for id, last change and days, and what goes into them."""
    known = histories(kind, changed)
    slots: list[tuple[str, int]] = []

    def marked(name: str, day: int = 0) -> str:
        slots.append((name, day))
        return "\x00"

    def value(name: str) -> str:
        match name:
            case "hs_object_id":
                return f'"{marked("id")}"'
            case "hs_lastmodifieddate":
                return f'"{marked("modified")}"'
            case "createdate":
                return f'"{marked("day")}T08:00:00Z"'
        versions = known.get(name)
        return json.dumps(versions[-1].value, ensure_ascii=False) if versions else "null"

    def version(told: Told) -> str:
        when = f"{marked('day', told.day)}T{told.clock}Z"
        text = f'{{"value":{json.dumps(told.value, ensure_ascii=False)},"timestamp":"{when}",'
        if told.user is None:
            return f'{text}"sourceType":"INTEGRATION","sourceId":"1044532"}}'
        return f'{text}"sourceType":"CRM_UI","sourceId":"userId:{told.user}","updatedByUserId":{told.user}}}'

    asked = dict.fromkeys(
        [*(properties or ([] if history else DEFAULTS["deals"])), *history, *shown_always("deals")]
    )
    text = f'{{"id":"{marked("id")}","properties":{{{",".join(f"{json.dumps(name)}:{value(name)}" for name in asked)}}}'
    if history:
        told = (
            f"{json.dumps(name)}:[{','.join(map(version, reversed(known.get(name, []))))}]"
            for name in history
        )
        text += f',"propertiesWithHistory":{{{",".join(told)}}}'
    text += f',"createdAt":"{marked("day")}T08:00:00Z","updatedAt":"{marked("modified")}","archived":false}}'
    return text.encode().replace(b"%", b"%%").replace(b"\x00", b"%b"), slots
