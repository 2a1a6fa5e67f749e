"""What a file says, at the edge of what can be read: read as the definitions say, or set aside with a reason."""

from __future__ import annotations

import json

import pytest

CONTRACT = """
handoff: cs_to_support
number: H05
title: CS → Support
version: 1.0.0
effective_from: 2026-01-01
accountable: revops
sender: {team: customer_success}
receiver: {team: support}
approved_by: support
trigger: an escalation ticket is opened
gate: {event: work_began, mode: none}
sla: {submit_hours: 4, accept_hours: 8}
expires_after_days: 7
fields:
  - {name: impact, type: choice, values: [low, high], required: true}
  - {name: severity, type: choice, values: [low, high], required: true}
  - {name: seen_on, type: date, required: true}
  - {name: steps, type: list, required: true, min_items: 2}
  - {name: promises, type: list, required: true, item: {text: text, kind: [verbal, tbd], hours: number}}
"""
SOURCES = """
[crm]
kind = "events"
path = "exports/*.jsonl"
"""
EVIL = [
    "'; DROP TABLE handoff_packets; --", '"; x', "{{ 1 / 0 }}", "{% raw %}", "../../etc/passwd",
    "<script>alert(1)</script>",
    "[x](javascript:y)", "=1+1", "@SUM(A1)", "+cmd|' /c calc'!A0", "a\nb\r\nc", "\x1b[31mred", "\u202eevil", "$(id)",
    "a,b;\tc",
    "%s %(x)s {0}", "h:1:1", "NULL", "\\N", "日本 é e\u0301", "x" * 10_000,
]  # fmt: skip
WHEN = "2026-03-02T10:00:00Z"
DATES = {
    "2026-03-01": "valid",
    "2026-03-01T10:00": "valid",
    "2026-03-01 10:00:30,5+01:00": "valid",
    "2026-03-01T10:00 nonsense": "invalid",
    "2026-03-01T10:00Z and more": "invalid",
    "2026-03-01T99:99": "invalid",
    "2026-02-30": "invalid",
}
LISTS = {
    '["call", "mail"]': "valid",
    '["call", "tbd"]': "invalid",
    '["call", " See notes "]': "invalid",
    '["call", "N/A", "mail"]': "valid",
    '["call", "", null]': "invalid",
}
ITEMS = {
    '[{"text": "a call", "kind": "verbal", "hours": 2}]': "valid",
    '[{"text": "n/a", "kind": "verbal", "hours": 2}]': "invalid",
    '[{"text": "a call", "kind": "tbd", "hours": 2}]': "valid",  # the contract allows this word
    '[{"text": "a call", "kind": "verbal", "hours": "?"}]': "invalid",
    '[{"text": "ask Ann", "kind": "verbal", "hours": 2}, {"text": "a call", "kind": "verbal", "hours": 3}]': "valid",
}
TRIED = {"seen_on": DATES, "steps": LISTS, "promises": ITEMS}
FAULTY = {
    "no number": ({"type": "survey.answered", "account": "a", "value": "nine"}, "value is not a number"),
    "nan": ({"type": "survey.answered", "account": "a", "value": "nan"}, "value is not a number"),
    "infinite": ({"type": "account.arr_set", "account": "a", "value": "-inf"}, "value is not a number"),
    "too large": ({"type": "account.arr_set", "account": "a", "value": "9" * 400}, "value is not a number"),
    "year 9999": ({"type": "account.started", "account": "a", "time": "9999-12-31T23:59:59Z"},
        "time is outside of 1900"),
    "year 1": ({"type": "account.started", "account": "a", "time": "0001-01-01T00:00:00Z"}, "time is outside of 1900"),
    "no such year": ({"type": "account.started", "account": "a", "time": "99999-01-01"}, "time is not ISO 8601"),
    "a long type": ({"type": "x" * 100_000}, "type is unknown: xxx"),
    "sql for a handoff": ({"type": "handoff.triggered", "subject": "s", "handoff": "x'); drop table x; --"},
        "handoff is unknown: x'); drop"),
    "a detail no encoding can write": ({"type": "account.started", "account": "a", "detail": '{"x": "\\ud800"}'},
        "detail is not JSON"),
    "nul in an id": ({"id": "a\0b", "type": "account.started", "account": "a"}, "id contains a NUL character"),
    "nul in a type": ({"type": "account.\0", "account": "a"}, "type contains a NUL character"),
    "nul in a value": ({"type": "account.started", "account": "a", "value": "\0"}, "value contains a NUL character"),
    "nul in a time": ({"type": "account.started", "account": "a", "time": "\0"}, "time contains a NUL character"),
    "nul in a detail": ({"type": "account.started", "account": "a", "detail": "\0"}, "detail contains a NUL character"),
}  # fmt: skip


@pytest.fixture(scope="module")
def house(new_house, crossing_events):
    house = new_house(SOURCES, {"cs_to_support.yaml": CONTRACT})
    packets = [
        event
        for field, values in TRIED.items()
        for number, value in enumerate(values)
        for event in crossing_events("cs_to_support", f"{field}-{number}", WHEN, **{field: value})
    ]
    faulty = [
        {"id": f"faulty-{number}", "source": "crm", "time": WHEN, **event}
        for number, (event, _) in enumerate(FAULTY.values())
    ]
    packets += [
        {**event, "account": text, "actor": event["actor"].replace("ann", text)}
        for text in EVIL
        for event in crossing_events("cs_to_support", text, WHEN, impact=text)
    ]
    events = [{"id": f"read-{number}", **event} for number, event in enumerate(packets)]
    write(house, "events", [*events, *faulty, *corrected(crossing_events)])
    house.run()
    house.recorded = house.counts["record"]
    write(house, "later", [{**revised("impact", "first"), "value": "neither"}])
    house.run()
    return house


def write(house, name, events):
    path = house.project / "exports" / f"{name}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")


def revised(field, id):
    """An answer that has only its day: all of that day's are of one instant, in the order of the file."""
    packet = {
        "source": "crm",
        "handoff": "cs_to_support",
        "subject": "corrected",
        "time": "2026-03-01T23:00:00Z",
    }
    return {"id": f"{field}-{id}", "type": "handoff.field_set", "field": field, "actor": "ann", **packet}


def corrected(crossing_events):
    """A packet whose first answers are corrected, in the same file twice and (impact) in a later one, too."""
    yield from (
        {"id": f"c-{n}", **event}
        for n, event in enumerate(crossing_events("cs_to_support", "corrected", WHEN))
    )
    for field in ("impact", "severity"):
        yield {**revised(field, "first"), "value": "?"}
        yield {**revised(field, "second"), "value": "high"}
        yield {**revised(field, "first"), "value": "--"}
        yield {**revised(field, "first"), "value": "low, I think"}


@pytest.mark.parametrize("field", TRIED)
def test_a_value_is_what_it_says_and_a_placeholder_says_nothing(house, field):
    found = house.rows(
        "SELECT subject, state_at_transition FROM packet_fields "
        "INNER JOIN handoff_packets USING (packet_id) WHERE field = ? AND starts_with(subject, ?)",
        [field, field],
    )
    states = {f"{field}-{number}": state for number, state in enumerate(TRIED[field].values())}
    assert dict(found) == states


@pytest.mark.parametrize("field", ["impact", "severity"])
def test_a_correction_keeps_its_place_among_what_happened_at_the_same_instant(house, field):
    ((state, value),) = house.rows(
        "SELECT state_at_transition, filled_by FROM packet_fields "
        "WHERE field = ? AND packet_id = 'cs_to_support:corrected:1'",
        [field],
    )
    assert (state, value) == ("valid", "ann")


def test_every_row_that_came_in_is_accounted_for(house):
    told = house.recorded
    rows = (house.project / "exports" / "events.jsonl").read_text(encoding="utf-8").count("\n")
    assert told.incoming == rows == told.recorded + told.revised + told.known + told.quarantined
    assert told.quarantined == len(FAULTY)


def test_texts_that_would_be_sql_jinja_paths_or_formulas_are_ids_like_any_other(house):
    found = house.rows(
        "SELECT subject, account, sender, status FROM handoff_packets WHERE list_contains($evil, subject)",
        {"evil": EVIL},
    )
    assert sorted(found) == sorted((text, text, text, "accepted") for text in EVIL)


def test_what_breaks_a_rule_waits_with_its_reason(house):
    found = dict(house.rows("SELECT id, fault FROM quarantine"))
    ids = [event.get("id", f"faulty-{number}") for number, (event, _) in enumerate(FAULTY.values())]
    assert sorted(found) == sorted(ids)
    for id, (_, reason) in zip(ids, FAULTY.values(), strict=True):
        assert found[id].startswith(reason)
        assert len(found[id]) < 200
        assert "\0" not in found[id]
