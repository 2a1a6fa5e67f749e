"""What do tests of the emulators share? A client that validates every exchange, and records to ask for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.emulators.content import Person, Record, Store
from tests.emulators.messages import Reply, Request
from tests.emulators.validating import Document

DAY_ONE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def exchange(response: httpx.Response) -> tuple[Request, Reply]:
    """What went over the wire, as the emulators name it."""
    asked = response.request
    query: dict[str, list[str]] = {}
    for name, value in asked.url.params.multi_items():
        query.setdefault(name, []).append(value)
    request = Request(asked.method, asked.url.path, query, dict(asked.headers), asked.content)
    return request, Reply(response.content, response.status_code)


def checked(document: Document) -> Callable[[httpx.Response], None]:
    """A hook that fails the test where an exchange is not what the document says; uncovered paths pass."""

    def check(response: httpx.Response) -> None:
        response.read()
        assert not document.faults(*exchange(response))

    return check


@pytest.fixture(scope="session")
def exchanged():
    return exchange


@pytest.fixture(scope="session")
def check_against():
    return checked


@pytest.fixture
def sales():
    """A store of seven deals a minute apart with two versions of two properties, a company and an owner."""
    people = [Person("77", "4711", "zoe@example.org", "Zoë", "Müller", "sales", DAY_ONE, DAY_ONE)]
    store = Store(people=people)
    company = store.add(Record("companies", "9001", DAY_ONE, DAY_ONE))
    company.note("name", "Café Zürich GmbH", DAY_ONE, "4711")
    for number in range(1, 8):
        at = DAY_ONE + timedelta(minutes=number)
        deal = store.add(Record("deals", str(100 + number), at, at))
        deal.note("dealname", f"Deal {number}", at, "4711")
        deal.note("dealstage", "appointmentscheduled", at)
        deal.note("dealstage", "closedwon", at + timedelta(seconds=30, milliseconds=number), "4711")
        if number != 7:
            store.link(deal, company, primary=True)
    return store


def pages(get: Callable[[dict[str, Any]], dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """All pages of a HubSpot listing, each as its results."""
    found, after = [], None
    while True:
        body = get({} if after is None else {"after": after})
        found.append(body["results"])
        after = body.get("paging", {}).get("next", {}).get("after")
        if after is None or len(found) > 100:
            return found


@pytest.fixture(scope="session")
def all_pages():
    return pages
