"""Does trouble happen as scripted, and only then?"""

import json
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.emulators.faults import Fault
from tests.emulators.hubspot.server import HubSpot
from tests.emulators.serving import serve

DEALS = "/crm/v3/objects/deals"


@pytest.fixture
def asking(sales):
    """Deals of a HubSpot with these faults, three a page."""

    def ask(*faults, after="0", timeout=60.0):
        served.faults.add(*faults)
        headers = {"Authorization": f"Bearer {served.vendor.token}"}
        query = {"limit": "3", "after": after}
        return httpx.get(f"{served.url}{DEALS}", params=query, headers=headers, timeout=timeout)

    with serve(HubSpot(sales)) as served:
        yield ask


def ids(reply):
    return [deal["id"] for deal in reply.json()["results"]]


def test_a_fault_happens_so_many_times_after_so_many_requests(asking):
    trouble = Fault(DEALS, "500", times=2, after=1)
    replies = [asking(trouble).status_code, *(asking().status_code for _ in range(3))]
    assert replies == [200, 500, 500, 200]


def test_too_many_requests_say_when_to_come_back_or_do_not(asking):
    first = asking(
        Fault(DEALS, "429", seconds=3), Fault(DEALS, "429-date", seconds=60), Fault(DEALS, "429-bare")
    )
    second, third = asking(), asking()
    assert {first.status_code, second.status_code, third.status_code} == {429}
    assert first.headers["Retry-After"] == "3"
    assert 50 < parsedate_to_datetime(second.headers["Retry-After"]).timestamp() - time.time() < 61
    assert "Retry-After" not in third.headers


def test_bodies_that_are_no_answer(asking):
    assert asking(Fault(DEALS, "502")).headers["Content-Type"] == "text/html"
    assert asking(Fault(DEALS, "html")).status_code == 200
    with pytest.raises(json.JSONDecodeError):
        asking(Fault(DEALS, "truncated")).json()
    assert asking(Fault(DEALS, "empty")).content == b""
    assert asking().status_code == 200


@pytest.mark.parametrize("kind", ["reset", "close"])
def test_connections_end_early(asking, kind):
    with pytest.raises(httpx.TransportError):
        asking(Fault(DEALS, kind))
    assert asking().status_code == 200


def test_an_answer_may_come_too_late(asking):
    with pytest.raises(httpx.ReadTimeout):
        asking(Fault(DEALS, "slow", seconds=20), timeout=0.2)


def test_pages_repeat_overlap_and_come_in_another_order(asking):
    asking()
    assert ids(asking(Fault(DEALS, "repeat"), after="104")) == ["101", "102", "103"]
    assert ids(asking(Fault(DEALS, "overlap"), after="104")) == ["103", "104", "105", "106"]
    assert sorted(ids(asking(Fault(DEALS, "shuffle")))) == ["101", "102", "103"]
    assert [
        asking(Fault(DEALS, "repeat", times=None), after=str(n)).json()["paging"] for n in (104, 107)
    ] == [{"next": {"after": "104", "link": asking().json()["paging"]["next"]["link"]}}] * 2


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("zoneless", "2026-01-05T09:01:30.001"),
        ("offset", "2026-01-05T11:01:30.001+02:00"),
        ("seconds", "2026-01-05T09:01:30Z"),
        ("millis", "1767603690001"),
    ],
)
def test_times_are_written_otherwise(asking, kind, written):
    assert asking(Fault(DEALS, kind)).json()["results"][0]["updatedAt"] == written


def test_records_move_while_we_read(asking, sales):
    def move():
        sales.set("deals", "101", sales.get("deals", "107").modified + timedelta(days=1), {"amount": "9"})
        sales.delete("deals", "105", sales.get("deals", "107").modified)

    asking(Fault(DEALS, "act", after=1, act=move))
    assert ids(asking(after="104")) == ["104", "106", "107"]
