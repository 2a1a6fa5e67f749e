"""Can a receiver decide without the source system: what is refused at once, and what the next runs make of the rest?"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from contracts.errors import ConfigurationError, QuestionError
from flows import inbox, warehouse
from flows.inbox import Decision

AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
CONTRACT = """
handoff: seam
number: H01
title: Seam
description: One field.
version: 1.0.0
effective_from: 2026-01-01
accountable: revops
sender: {team: sales}
receiver: {team: onboarding}
approved_by: onboarding
trigger: deal is closed won
gate: {event: kickoff, mode: none}
sla: {submit_hours: 24, accept_hours: 48}
expires_after_days: 30
fields:
  - {name: buyer, title: Buyer, type: text, required: true}
"""
PACKETS = {
    "waiting": ("submitted", "ann", None),
    "expired": ("expired", "ann", None),
    "accepted": ("accepted", "ann", AT),
    "rejected": ("rejected", "ann", None),
    "draft": ("draft", "ann", None),
    "moved": ("draft", "ann", AT),
    "withdrawn": ("withdrawn", "ann", None),
    "void": ("void", "ann", None),
    "a:b": ("submitted", None, None),
}


@pytest.fixture
def published():
    """A generation's packets, no more of it than a decision asks for."""
    with warehouse.connect(None) as connection:
        connection.execute(
            "CREATE TABLE handoff_packets (packet_id VARCHAR, handoff VARCHAR, subject VARCHAR, cycle INTEGER, "
            "status VARCHAR, sender VARCHAR, crossed_at TIMESTAMPTZ, as_of TIMESTAMPTZ)"
        )
        for subject, told in PACKETS.items():
            connection.execute(
                "INSERT INTO handoff_packets VALUES (?, 'seam', ?, 1, ?, ?, ?, ?)",
                [f"seam:{subject}:1", subject, *told, AT],
            )
        yield connection


def dropped(settings):
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(settings.inbox.iterdir())]


def test_a_decision_waits_as_one_event_of_our_own(published, settings):
    said = inbox.decide(published, settings, Decision("seam:a:b:1", "reject", "bob", AT, "wrong_value"))
    assert said == "rejected seam:a:b:1: the next run records it (seamkeeper run)"
    (path,) = settings.inbox.iterdir()
    (event,) = dropped(settings)
    assert path.stem == event.pop("id")
    assert event == {
        "source": "seamkeeper", "type": "handoff.rejected", "time": "2026-03-03T09:00:00+00:00",
        "handoff": "seam", "subject": "a:b", "cycle": 1, "actor": "bob", "reason": "wrong_value",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("packet", "verdict"),
    [
        ("waiting", "accept"),
        ("expired", "accept"),
        ("rejected", "accept"),
        ("accepted", "reject"),
        ("moved", "accept"),
    ],
)
def test_there_is_something_to_decide(published, settings, packet, verdict):
    reason = "capacity" if verdict == "reject" else None
    inbox.decide(published, settings, Decision(f"seam:{packet}:1", verdict, "bob", AT, reason))
    assert len(dropped(settings)) == 1


@pytest.mark.parametrize(
    ("packet", "verdict", "said"),
    [
        (
            "accepted",
            "accept",
            "seam:accepted:1 is accepted already .as of 2026-03-03 09:00 UTC.: there is nothing to",
        ),
        ("rejected", "reject", "is with its sender already"),
        ("draft", "accept", "is not submitted yet"),
        ("withdrawn", "accept", "was taken back by its sender"),
        ("void", "reject", "was created in error"),
        (
            "waitin",
            "accept",
            "there is no packet seam:waitin:1 in the current generation; did you mean seam:waiting:1",
        ),
    ],
)
def test_there_is_nothing_to_decide(published, settings, packet, verdict, said):
    reason = "capacity" if verdict == "reject" else None
    with pytest.raises(QuestionError, match=said):
        inbox.decide(published, settings, Decision(f"seam:{packet}:1", verdict, "bob", AT, reason))
    assert not settings.inbox.exists()


@pytest.mark.parametrize(
    ("verdict", "by", "reason", "said"),
    [
        (
            "reject",
            "bob",
            None,
            "a rejection needs a reason; add --reason and one of: missing_field, wrong_value",
        ),
        ("reject", "bob", "it smells", "'it smells' is no reason for a rejection; use one of: missing_field"),
        ("accept", "bob", "capacity", "an acceptance has no reason"),
        ("accept", " ", None, "--by names nobody"),
        ("accept", "bob\n", None, "--by names nobody"),
    ],
)
def test_words_that_do_not_fit_are_refused(published, settings, verdict, by, reason, said):
    with pytest.raises(QuestionError, match=said):
        inbox.decide(published, settings, Decision("seam:waiting:1", verdict, by, AT, reason))


def test_the_sender_is_told_at_once_that_it_will_not_count(published, settings):
    said = inbox.decide(published, settings, Decision("seam:waiting:1", "accept", "ann", AT))
    assert said.endswith("; it will not count, as ann is the sender")
    assert len(dropped(settings)) == 1


def test_an_inbox_that_cannot_be_written_is_one_line(published, settings):
    settings.home.mkdir()
    settings.inbox.touch()
    with pytest.raises(ConfigurationError, match=r"inbox: cannot be written .*set SEAMKEEPER_HOME"):
        inbox.decide(published, settings, Decision("seam:waiting:1", "accept", "bob", AT))


def test_the_next_run_records_it_once_and_says_what_does_not_count(new_house, crossing_events):
    house = new_house('[crm]\nkind = "events"\npath = "exports/crm.csv"\n', {"seam.yaml": CONTRACT})
    people = [
        {"source": "hr", "type": "person.set", "time": "2026-01-01T00:00:00Z", "actor": actor, "team": team}
        for actor, team in {"ann": "sales", "amy": "sales", "bob": "onboarding", "bo": "onboarding"}.items()
    ]
    people[-1]["detail"] = '{"email": "Bo@x.eu"}'
    packet = crossing_events("seam", "deal-1", "2026-03-02T09:00:00Z", buyer="Ada")
    waiting = [event for event in packet if event["type"] not in ("handoff.accepted", "handoff.crossed")]
    house.write_events("exports/crm.csv", people + waiting)
    house.run(AT)
    published = house.settings.published / "current" / "seamkeeper.duckdb"
    with warehouse.connect(published, read_only=True) as connection:
        inbox.decide(connection, house.settings, Decision("seam:deal-1:1", "accept", "amy", AT))
        inbox.decide(connection, house.settings, Decision("seam:deal-1:1", "accept", "bob", AT))
        with pytest.raises(QuestionError, match=r"--by bobb: none of your systems .* did you mean bob\?"):
            inbox.decide(connection, house.settings, Decision("seam:deal-1:1", "accept", "bobb", AT))
        inbox.decide(connection, house.settings, Decision("seam:deal-1:1", "reject", "bo@x.eu", AT, "other"))
    (path,) = [
        path for path in house.settings.inbox.iterdir() if "bo@x.eu" in path.read_text(encoding="utf-8")
    ]
    path.unlink()  # an address is as good as an id
    (house.settings.inbox / "typed.json").write_text("[", encoding="utf-8")
    kept = {path: path.read_bytes() for path in house.settings.inbox.iterdir()}

    house.run(AT)
    assert str(house.counts["record"]).startswith(
        "3 in = 2 recorded + 0 revised + 0 already known + 1 quarantined"
    )
    assert str(house.counts["score"]).endswith(
        " scorecard rows; seam:deal-1:1 decided by the sending team: it does not count"
    )
    assert house.rows("SELECT status, receiver FROM handoff_packets") == [("accepted", "bob")]
    assert house.rows("SELECT id, source, fault FROM quarantine") == [
        ("typed", "seamkeeper", "type is missing")
    ]
    assert not [*house.settings.inbox.iterdir()]

    for path, content in kept.items():  # as if the run had been killed before it took them away
        path.write_bytes(content)
    house.run(AT)
    assert (house.counts["record"].recorded, house.counts["record"].quarantined) == (0, 1)
    assert "shape" not in house.counts
    assert not [*house.settings.inbox.iterdir()]
