"""What does a HubSpot with very many deals answer? The same as any other, deals and companies made when asked for.

Deals are listed, read in batches, and searched by hs_lastmodifieddate and hs_object_id (other filters are refused).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tests.emulators.content import Link, Person, Record, Store
from tests.emulators.hubspot import shapes
from tests.emulators.hubspot.endless import FIRST, KINDS, OWNERS, START, Deals, histories
from tests.emulators.hubspot.searching import Filter, Search, comparable, read_search
from tests.emulators.hubspot.server import HubSpot, read_inputs, read_limit, unlinked, written_links
from tests.emulators.messages import Refused, Reply, Request

_COMPANY = 9_000_000_000
_SHARED = 4  # deals of one company


class BigHubSpot(HubSpot):
    """A portal of `count` deals; the last `changed` of them have changed once more."""

    def __init__(self, count: int, changed: int = 0) -> None:
        super().__init__(_sample())
        self.deals = Deals(count, changed)
        self.companies = -(-count // _SHARED)

    def list_objects(self, request: Request, kind: str) -> Reply:
        """Deals by number, and companies, which are few enough to be written one by one."""
        kind, history = self.kind(kind), request.listed("propertiesWithHistory")
        if kind not in ("deals", "companies") or request.first("archived") == "true":
            return (
                Reply({"results": []})
                if kind in ("deals", "companies")
                else super().list_objects(request, kind)
            )
        limit, properties = read_limit(request, 10, 50 if history else 100), request.listed("properties")
        first, count = (FIRST, self.deals.count) if kind == "deals" else (_COMPANY, self.companies)
        start = max(0, int(request.first("after") or 0) - first)
        numbers = range(start, min(start + limit, count))
        after = str(first + numbers.stop) if numbers.stop < count else None
        if kind == "deals":
            return _page([self.deals.written(number, properties, history) for number in numbers], after)
        results = [shapes.written(_company(number), properties, history) for number in numbers]
        return Reply(shapes.paged(results, after))

    def search(self, request: Request, kind: str) -> Reply:
        """By time of change or id, in ranges of numbers."""
        kind, asked = self.kind(kind), read_search(request.json())
        if kind != "deals":
            return super().search(request, kind)
        low, high = _within(self.deals, asked)
        places = range(low, max(low, high))
        numbers = (places[::-1] if asked.descending else places)[asked.after : asked.after + asked.limit]
        end = asked.after + len(numbers)
        found = [self.deals.written(number, asked.properties, ()) for number in numbers]
        return _page(found, str(end) if end < len(places) else None, f'"total":{len(places)},')

    def read_batch(self, request: Request, kind: str) -> Reply:
        """Deals and companies by id; of both none is archived."""
        kind = self.kind(kind)
        if kind not in ("deals", "companies") or request.first("archived") == "true":
            return super().read_batch(request, kind)
        body = request.json() or {}
        properties, history = body.get("properties") or [], body.get("propertiesWithHistory") or []
        ids = read_inputs(body, 50 if history else 100)
        if kind == "companies":
            return self._companies(ids, properties, history)
        numbers = self.deals.numbers(ids)
        now = shapes.stamp(datetime.now(UTC))
        ends = f'"status":"COMPLETE","startedAt":"{now}","completedAt":"{now}",'
        if len(numbers) < len(ids):
            raise Refused(shapes.invalid("the emulated big portal reads only deals that exist"))
        return _page([self.deals.written(number, properties, history) for number in numbers], None, ends)

    def _companies(self, ids: Sequence[str], properties: Sequence[str], history: Sequence[str]) -> Reply:
        numbers = [int(id_) - _COMPANY for id_ in ids]
        if any(not 0 <= number < self.companies for number in numbers):
            raise Refused(shapes.invalid("the emulated big portal reads only companies that exist"))
        results = [shapes.written(_company(number), properties, history) for number in numbers]
        return shapes.batch(results, [], datetime.now(UTC))

    def read_associations(self, request: Request, kind: str, other: str) -> Reply:
        """A deal's company; a company's deals and anything else are not told."""
        kind, other, body = self.kind(kind), self.kind(other), request.json() or {}
        ids = read_inputs(body, 1000)
        numbers = self.deals.numbers(ids) if (kind, other) == ("deals", "companies") else []
        links = ((number, Link("companies", str(_COMPANY + number // _SHARED), True)) for number in numbers)
        results = [
            {"from": {"id": str(FIRST + number)}, "to": [written_links(kind, link)]} for number, link in links
        ]
        told = {str(FIRST + number) for number in numbers}
        errors = [unlinked(kind, other, id_) for id_ in ids if id_ not in told]
        return shapes.batch(results, errors, datetime.now(UTC))


def _page(written: Sequence[bytes], after: str | None, more: str = "") -> Reply:
    paging = f',"paging":{{"next":{{"after":"{after}"}}}}' if after else ""
    return Reply(b'{%b"results":[%b]%b}' % (more.encode(), b",".join(written), paging.encode()))


def _within(deals: Deals, asked: Search) -> tuple[int, int]:
    """The numbers that a search finds: from, and below."""
    if len(asked.groups) > 1 or asked.sort not in (None, "hs_lastmodifieddate", "hs_object_id", "createdate"):
        raise Refused(
            shapes.invalid("the emulated big portal searches and sorts by time of change and id only")
        )
    low, high = 0, deals.count
    for each in asked.groups[0] if asked.groups else ():
        first, last = _bounds(deals, each)
        low, high = max(low, first), min(high, last)
    return low, high


def _bounds(deals: Deals, filter_: Filter) -> tuple[int, int]:
    def place(text: str, behind: bool) -> int:
        value = comparable(text)[1]
        if filter_.name == "hs_object_id":
            return int(value) - FIRST + behind
        return deals.since(datetime.fromtimestamp((value + behind) / 1000, UTC))

    if filter_.name not in ("hs_object_id", "hs_lastmodifieddate"):
        raise Refused(shapes.invalid("the emulated big portal searches by time of change and id only"))
    match filter_.operator:
        case "GTE":
            return place(filter_.value, False), deals.count
        case "GT":
            return place(filter_.value, True), deals.count
        case "LT":
            return 0, place(filter_.value, False)
        case "LTE":
            return 0, place(filter_.value, True)
        case "BETWEEN":
            return place(filter_.value, False), place(filter_.high, True)
    raise Refused(shapes.invalid(f"the emulated big portal does not search by {filter_.operator}"))


def _company(number: int) -> Record:
    company = Record("companies", str(_COMPANY + number), START, START)
    company.note("name", f"Customer {number} GmbH", START)
    company.note("domain", f"customer-{number}.example.com", START)
    company.note("segment", ("small", "mid_market", "enterprise")[number % 3], START)
    company.note("lifecyclestage", "customer", START)
    return company


def _sample() -> Store:
    """Owners, and one record of a kind, so that the portal knows its properties."""
    people: list[Any] = [
        Person(
            str(700_000 + number),
            str(4_700_000 + number),
            f"person-{number}@example.org",
            "Person",
            str(number),
            "sales" if number % 2 else "onboarding",
            START,
            START,
        )
        for number in range(OWNERS)
    ]
    deal = Record("deals", str(FIRST), START, START)
    for kind in range(KINDS):
        for name, versions in histories(kind, False).items():
            for version in versions:
                deal.note(name, version.value, START)
    return Store([deal, _company(0)], people)
