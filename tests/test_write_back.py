"""From a closed gate to the deal that says so, and back: nights of a deal in an emulated HubSpot, written each time."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from contracts import load_catalogue
from flows import steps, write_back
from flows.writings import Writings
from tests.emulators.content import Person, Record, Store
from tests.emulators.hubspot.server import HubSpot
from tests.emulators.serving import serve

CONTRACT = """
handoff: sold
number: H50
title: Sold
version: 1.0.0
effective_from: 2025-01-01
accountable: revops
sender: {team: sales}
receiver: {team: delivery}
approved_by: delivery
trigger: it is sold
gate: {event: kickoff, mode: block}
sla: {submit_hours: 24, accept_hours: 48}
expires_after_days: 14
record: hubspot.deal
events: {triggered: hubspot.deal.stage = won, submitted: hubspot.deal.status = submitted,
  accepted: hubspot.deal.status = approved}
fields:
  - {name: goal, title: Goal of the project, type: text, required: true, source: hubspot.deal.goal}
  - {name: buyer, title: Buyer, type: text, required: true, source: hubspot.deal.buyer}
"""
ORGANISATION = "name: House\nzone: Europe/Berlin\ncurrency: EUR\nalerts_from: 2026-01-01\n"
WON, AS_OF = datetime(2026, 1, 12, 9, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
GATE, MISSING = "seamkeeper_sold_gate", "seamkeeper_sold_missing"


def portal():
    people = [
        Person("77", "4711", "ann@example.org", "Ann", "Å", "sales", WON, WON),
        Person("78", "4712", "bob@example.org", "Bob", "B", "delivery", WON, WON),
    ]
    store = Store(people=people)
    store.declare("deals", GATE, MISSING, "goal")
    deal = store.add(Record("deals", "101", WON, WON))
    for minute, (name, value, user) in enumerate(
        (("buyer", "Ada", "4711"), ("stage", "won", "4711"), ("status", "submitted", "4711"))
    ):
        deal.note(name, value, WON + timedelta(minutes=minute), user)
    deal.note("status", "approved", WON + timedelta(hours=1), "4712")
    return HubSpot(store)


@pytest.fixture(scope="module")
def nights(new_house):
    """Closed; mended, and killed after it was written open; the same again; the same again."""
    with pytest.MonkeyPatch.context() as patch, serve(portal()) as served:
        patch.setenv("HUBSPOT_TOKEN", served.vendor.token)
        source = f'[hubspot]\nkind = "hubspot"\nurl = "{served.url}"\ntouches = false\nsurveys = false\n'
        source += "[hubspot.write_back]\n"
        house = new_house(source, {"sold.yaml": CONTRACT, "organisation.yaml": ORGANISATION})
        deal = served.vendor.store.get("deals", "101")
        story = SimpleNamespace(house=house, deal=deal, nights=[])
        for number in range(4):
            if number == 1:
                deal.note("goal", "grow", WON + timedelta(days=3), "4711")
            story.nights.append(night(house, deal, number, patch))
        yield story


def night(house, deal, number, patch):
    generation = house.run(AS_OF, began_at=AS_OF)
    seen = SimpleNamespace(
        generation=generation,
        published=steps.publish.__name__ in house.counts,
        recorded=house.counts["record"].recorded,
        acts=house.rows(
            "SELECT count(*) FROM read_parquet(?) WHERE type = 'gate.written'",
            [str(house.settings.ledger / "segments" / "*.parquet")],
        )[0][0],
        gate=house.dicts("SELECT state, why FROM gate_decisions")[0],
        written=house.dicts("SELECT * FROM write_backs"),
    )
    tell = lambda: write_back.tell(house.settings, load_catalogue(house.project), f"r{number}", AS_OF)  # noqa: E731
    if number == 1:
        with patch.context() as killing:
            killing.setattr(Writings, "settle", killed)
            with pytest.raises(KeyboardInterrupt):
                tell()
        seen.says_when_killed = deal.value(GATE)
    seen.sent = str(tell())
    seen.says = (deal.value(GATE), deal.value(MISSING))
    return seen


def killed(*_):
    raise KeyboardInterrupt


def test_the_deal_says_how_its_gate_stands_and_what_it_lacks(nights):
    first, second, third, _ = nights.nights
    assert (first.gate.state, first.gate.why) == ("closed", ["Goal of the project is missing"])
    assert (first.sent, first.says) == ("hubspot: 1 written", ("closed", "Goal of the project"))
    assert (second.gate.state, second.says, third.says) == ("open", ("open", None), ("open", None))


def test_who_was_killed_after_the_call_writes_the_same_again(nights):
    second = nights.nights[1]
    assert (second.says_when_killed, second.sent) == ("open", "hubspot: 1 written")
    assert [version.value for version in nights.deal.history[GATE]] == ["closed", "open"]


def test_then_nothing_is_written_any_more(nights):
    assert [seen.sent for seen in nights.nights[2:]] == ["hubspot: nothing to write"] * 2


def test_what_we_wrote_comes_back_as_nothing_but_our_own_act(nights):
    assert [seen.recorded for seen in nights.nights[1:]] == [1, 0, 0]  # the goal that Ann filled in
    assert [seen.acts for seen in nights.nights] == [0, 1, 2, 2]
    assert [seen.published for seen in nights.nights] == [True, True, True, False]


def test_what_was_written_is_published_by_the_next_run(nights):
    (one,), (two,) = (seen.written for seen in nights.nights[1:3])
    assert nights.nights[0].written == []
    assert (one.source, one.object, one.record_id, one.handoff, one.packet_id) == (
        "hubspot",
        "deal",
        "101",
        "sold",
        "sold:101:1",
    )
    assert (one.gate, one.missing, two.gate, two.missing) == ("closed", ["Goal of the project"], "open", [])
    assert two.first_written_at == one.written_at < two.written_at


def test_which_records_a_packet_is_is_published(nights):
    columns = "packet_id, handoff, source_system, object, record_id"
    found = nights.house.rows(f"SELECT {columns} FROM packet_records")
    assert found == [("sold:101:1", "sold", "hubspot", "deal", "101")]
