"""Where the two once disagreed: small companies, each a handoff of its own, with the figure that is right."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from tests import recounting
from tests.oracle import comparing, terms
from tests.oracle.lives import Row
from tests.oracle.scorecard import Key

AS_OF = datetime(2025, 8, 20, tzinfo=UTC)
JUNE = date(2025, 6, 1)
PAIN = {"name": "pain", "type": "text", "required": True, "min_length": 3}
PLAN = {"name": "plan", "type": "text", "required": True, "min_length": 3, "weight": 2}


def act(kind: str, day: str, **more: object) -> Row:
    """An act at nine in the morning, UTC."""
    return {
        "source": "crm",
        "type": f"handoff.{kind}",
        "time": f"2025-{day}T09:00:00Z",
        "subject": "one",
        **more,
    }


def about(kind: str, day: str, **more: object) -> Row:
    return {"source": "crm", "type": kind, "time": f"2025-{day}T09:00:00Z", **more}


TRIGGERED = act("triggered", "06-02", actor="sam", account="a")
BY_NOBODY = {"actor": None, "source": "desk"}
LINKS = [("g", "h"), ("h", "g"), ("g", "i")]
RELATIONAL = {"detail": '{"kind": "relational"}'}

CASES: dict[str, list[Row]] = {
    "late": [  # accepted while incomplete, long after its rejection and after June was closed
        TRIGGERED,
        act("submitted", "06-02", actor="sam"),
        act("rejected", "06-10", actor="ria", reason="capacity"),
        act("accepted", "08-15", actor="ria"),
    ],
    "unnamed": [TRIGGERED, act("crossed", "06-05"), act("accepted", "08-15", actor="ria")],
    "homeless": [TRIGGERED | {"account": None}, act("accepted", "06-05", actor="ria")],
    "thirds": [
        row | {"subject": subject}
        for subject in ("one", "two")
        for row in (
            TRIGGERED,
            act("field_set", "06-02", field="pain", value="no leads"),
            act("accepted", "06-05", actor="ria"),
        )
    ],
    "anonymous": [TRIGGERED, act("accepted", "06-05", **BY_NOBODY), act("accepted", "08-15", actor="ria")],
    "assigned": [
        TRIGGERED,
        act("accepted", "06-05", **BY_NOBODY),
        act("assigned", "06-06", actor="bob", team="care"),
        act("accepted", "06-07", actor="ria"),
    ],
    "untouched": [
        TRIGGERED | {"account": "b"},
        act("crossed", "06-05"),
        about("account.touched", "06-05", account="b", team="sales"),
    ],
    "stranger": [
        TRIGGERED | {"account": "c"},
        act("crossed", "06-05"),
        about("account.touched", "06-06", account="c", actor="eve"),
        act("accepted", "08-15", actor="eve"),
    ],
    "kinds": [  # of two pairs as near as each other, the one whose survey has a kind
        TRIGGERED | {"account": "d"},
        act("accepted", "06-05", actor="ria"),
        *(
            about("survey.answered", day, account="d", actor="cy", value=value, **kind)
            for kind, values in ((RELATIONAL, "69"), ({}, "96"))
            for day, value in zip(("06-04", "06-06"), values, strict=True)
        ),
    ],
    "strangers": [  # who submitted first is in no team that is known, even if who did later is
        TRIGGERED,
        act("submitted", "06-02", actor="eve"),
        act("submitted", "06-03", actor="ria"),
        act("accepted", "06-05", actor="ria"),
    ],
    "teamless": [  # a decision in a team's name is nobody's, and the receiving team is the contract's
        TRIGGERED,
        act("accepted", "06-05", **BY_NOBODY, team="sales"),
        act("accepted", "06-07", actor="ria"),
    ],
    "renamed": [  # an account is one whatever its systems call it, also in a period that closed before one knew
        TRIGGERED | {"account": "e"},
        act("accepted", "06-05", actor="ria"),
        about("account.touched", "06-06", account="f", actor="ria"),
        about("account.linked", "08-01", account="e", value="f"),
    ],
    "circle": [  # ids that are said to be each other are one account; so is one that leads to them
        TRIGGERED | {"account": "g"},
        act("accepted", "06-05", actor="ria"),
        about("account.touched", "06-06", account="i", actor="ria"),
        *(about("account.linked", "01-02", account=one, value=other) for one, other in LINKS),
    ],
}  # fmt: skip
"""Handoff → its only events."""


@pytest.fixture(scope="module")
def house(new_house):
    contracts = {
        name: terms.contract(number, name, [PAIN, PLAN]) for number, name in enumerate(CASES, start=1)
    }
    files = {"organisation": terms.ORGANISATION, **contracts}
    house = new_house(comparing.SOURCES, {f"{name}.yaml": json.dumps(file) for name, file in files.items()})
    people = [about("person.set", "01-02", actor="sam", team="sales")]
    people += [about("person.set", "01-02", actor=actor, team="care") for actor in ("ria", "bob")]
    rows = people + [{"handoff": None, **row} for row in _told()]
    comparing.run(house, rows, AS_OF)
    return house


def _told():
    for name, rows in CASES.items():
        for row in rows:
            yield row | {"handoff": name} if row["type"].startswith("handoff.") else row


@pytest.fixture(scope="module")
def both(house):
    """(oracle, published): all rows."""
    return comparing.expected_rows(house.project, AS_OF), comparing.published(house)


ROWS = [
    (Key("late", "all", "all", "month", JUNE, "outcome_share", "rejected"), {"n": 1, "numerator": 1}),
    (Key("late", "all", "all", "month", JUNE, "eventual_acceptance_rate", ""), {"n": 1, "numerator": 0}),
    (Key("unnamed", "receiver", "ria", "month", JUNE, "completion_now_rate", ""), {"n": 1}),
    (Key("homeless", "all", "all", "all", None, "nps_delta", ""), {"n": 0, "coverage": None}),
    (Key("homeless", "all", "all", "all", None, "rediscovery_rate", ""), {"n": 0, "coverage": None}),
    (Key("homeless", "all", "all", "all", None, "median_hours_to_first_touch", ""), {"n": 0, "coverage": None}),
    (Key("thirds", "all", "all", "all", None, "mean_completeness", ""),
     {"n": 2, "value": 1 / 3, "low": 1 / 3, "high": 1 / 3}),
    (Key("anonymous", "receiver", "ria", "month", JUNE, "completion_rate", ""), None),
    (Key("assigned", "all", "all", "all", None, "reassignment_rate", ""), {"n": 1, "numerator": 0}),
    (Key("untouched", "all", "all", "all", None, "median_hours_to_first_touch", ""), {"n": 1, "numerator": 0}),
    (Key("stranger", "all", "all", "month", JUNE, "median_hours_to_first_touch", ""), {"n": 1, "numerator": 0}),
    (Key("kinds", "all", "all", "all", None, "nps_delta", ""), {"n": 1, "value": 200}),
    (Key("strangers", "sender_team", "sales", "all", None, "completion_rate", ""), {"n": 1}),
    (Key("strangers", "sender_team", "care", "all", None, "completion_rate", ""), None),
    (Key("teamless", "receiver_team", "care", "all", None, "completion_rate", ""), {"n": 1}),
    (Key("teamless", "receiver_team", "sales", "all", None, "completion_rate", ""), None),
    (Key("renamed", "all", "all", "month", JUNE, "median_hours_to_first_touch", ""), {"n": 1, "value": 24}),
    (Key("circle", "all", "all", "all", None, "median_hours_to_first_touch", ""), {"n": 1, "value": 24}),
]  # fmt: skip
"""A row and what of it is told; None if there must be no such row."""


@pytest.mark.parametrize(("key", "expected"), ROWS)
def test_what_is_published_is_right(both, key, expected):
    assert_says(both[1], key, expected)


@pytest.mark.parametrize(("key", "expected"), ROWS)
def test_the_oracle_is_right(both, key, expected):
    assert_says(both[0], key, expected)


def assert_says(rows, key, expected):
    row = rows.get(key)
    found = None if row is None or expected is None else {name: getattr(row, name) for name in expected}
    assert (row is None) if expected is None else found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_both_agree_on_every_row_of_the_case(both, case):
    expected, found = ({key: row for key, row in rows.items() if key.handoff == case} for rows in both)
    assert not comparing.differing(expected, found)


def test_every_row_is_found_again_by_its_clause(house):
    assert recounting.miscounted(house, terms.ORGANISATION["zone"], recounting.rows_of(house)) == []
