"""A packet as it was, and as it was known: replayed from the ledger, against what was published at the time."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.errors import QuestionError
from flows import replaying, show
from flows.show import timeline
from flows.show.postmortem import lines as page_of
from tests.plain_sql import PlainSql
from tests.test_restatements import CONTRACT, SEAM, SOURCES, packet

AS_OF = (
    datetime(2026, 1, 12, tzinfo=UTC),
    datetime(2026, 1, 20, tzinfo=UTC),
    datetime(2026, 2, 1, tzinfo=UTC),
)
TABLES = replaying.MARTS
WITHOUT_DBT: Any = PlainSql
A, B, C = (f"{SEAM}:{subject}:1" for subject in "abc")
COMMON = {"source": "crm", "handoff": SEAM}
SECOND = [  # written down late: b was rejected on the 11th already, and c is from then, too
    {**COMMON, "subject": "b", "time": "2026-01-11T09:00:00Z", "type": "handoff.rejected", "actor": "bob",
     "team": "delivery", "reason": "wrong_value"},
    *({**act, "account": "acme"} for act in packet("c", "2026-01-11T10:00:00Z", "c's", "2026-01-18T10:00:00Z")),
    {"source": "crm", "account": "acme", "time": "2025-12-01T10:00:00Z", "type": "account.started"},
    {"source": "crm", "account": "acme", "time": "2025-12-01T10:00:00Z", "type": "account.linked", "value": "77"},
]  # fmt: skip
THIRD = [
    {**COMMON, "subject": "a", "time": "2026-01-25T10:00:00Z", "type": "handoff.field_set", "actor": "ann",
     "field": "goal", "value": "told afterwards"},
    {**COMMON, "subject": "c", "time": "2026-01-25T11:00:00Z", "type": "handoff.field_set", "actor": "ann",
     "field": "goal", "value": "another goal"},
    {"source": "crm", "account": "acme", "time": "2026-01-30T10:00:00Z", "type": "account.churned"},
]  # fmt: skip


@pytest.fixture(scope="module")
def nights(new_house):
    """Three nights, and after each what was published, and when it was recorded."""
    house = new_house(SOURCES, {f"{SEAM}.yaml": CONTRACT})
    story = SimpleNamespace(house=house, known=[], published=[])
    first = [*packet("a", "2026-01-10T10:00:00Z", None), *packet("b", "2026-01-10T11:00:00Z", "b's")[:3]]
    for number, (events, as_of) in enumerate(zip((first, SECOND, THIRD), AS_OF, strict=True)):
        house.write_events(f"exports/{number}.csv", events)
        house.run(as_of)
        story.known.append(datetime.now(UTC))
        story.published.append({name: told(house.rows, name) for name in TABLES})
    return story


@pytest.fixture(scope="module")
def replays(nights):
    """The three nights again, and the first one as all that was recorded later tells it."""
    settings, left = nights.house.settings, nights.house.settings.home / "work" / "replay-999999999"
    asked = [*zip(AS_OF, nights.known, strict=True), (AS_OF[0], None)]
    told_again = SimpleNamespace(tables=[], lines={}, before=sorted(settings.home.rglob("*")))
    left.mkdir()
    for at, known_at in asked:
        with replaying.replayed(settings, at, known_at, transformer_of=WITHOUT_DBT) as connection:
            told_again.tables.append({name: told(rows_of(connection), name) for name in TABLES})
            for (packet_id,) in connection.execute("SELECT packet_id FROM handoff_packets").fetchall():
                told_again.lines[packet_id, at, known_at] = timeline.lines(connection, packet_id)
    told_again.after = sorted(settings.home.rglob("*"))
    return told_again


@pytest.mark.parametrize("night", [0, 1, 2])
def test_what_was_published_is_told_again_from_what_was_known_then(nights, replays, night):
    assert replays.tables[night] == nights.published[night]


def test_what_was_learnt_later_changes_what_was_so_but_not_what_was_known(nights, replays):
    known, *_, so = ({row[0] for row in tables["handoff_packets"]} for tables in replays.tables)
    assert (known, so) == ({A, B}, {A, B, C})
    rejected = "  2026-01-11 09:00  rejected by bob (delivery): wrong_value"
    assert rejected not in replays.lines[B, AS_OF[0], nights.known[0]]
    assert rejected in replays.lines[B, AS_OF[0], None]


def test_a_home_of_its_own_is_gone_afterwards_and_the_live_one_untouched(replays):
    assert replays.after == replays.before


def test_who_handed_what_to_whom_is_told_in_order(nights, replays):
    assert replays.lines[C, AS_OF[2], nights.known[2]] == EXPECTED
    of_b = replays.lines[B, AS_OF[2], nights.known[2]]
    assert [line for line in of_b if "2026-01-1" in line][3:] == [
        "  2026-01-11 09:00  rejected by bob (delivery): wrong_value",
        "  2026-01-11 09:00  opened again: attempt 2 after a rejection",
        "  2026-01-12 09:00  rework overdue by ann: in the sender's court",
    ]


@pytest.mark.parametrize("id_", ["acme", "77"])
def test_a_page_of_an_account_has_all_its_packets_under_any_of_its_ids(nights, id_):
    with show.connect(nights.house.settings) as published:
        page = page_of(published, id_)
    assert page[:4] == [
        "acme, as of 2026-02-01",
        "  started 2025-12-01, left 2026-01-30",
        "  1 handoff",
        "",
    ]
    assert page[4:] == EXPECTED


def test_who_asks_for_an_account_that_is_none_is_told_the_nearest(nights):
    with (
        show.connect(nights.house.settings) as published,
        pytest.raises(QuestionError, match=r"there is no account acne; did you mean acme\?"),
    ):
        page_of(published, "acne")


def test_before_there_was_anything_nothing_was_there(nights):
    long_ago, nothing = datetime(2025, 1, 1, tzinfo=UTC), nights.known[0] - timedelta(days=1)
    with (
        replaying.replayed(
            nights.house.settings, long_ago, nothing, transformer_of=WITHOUT_DBT
        ) as connection,
        pytest.raises(QuestionError, match="there was no packet at all, then"),
    ):
        timeline.lines(connection, A, ", then")


def rows_of(connection):
    return lambda query: connection.execute(query).fetchall()


def told(rows, name):
    return rows(f"SELECT * EXCLUDE (run_id) FROM {name} ORDER BY ALL")


EXPECTED = f"""\
{SEAM}:c:1  Sales → Delivery 1.0.0, accepted, as of 2026-02-01 00:00 UTC
  from ann (sales) to bob (delivery)
  2026-01-11 10:00  triggered
  2026-01-11 10:00  filled by ann: goal
  2026-01-11 10:00  submitted by ann
  2026-01-13 10:00  accept overdue by bob: in the receiver's court
  2026-01-18 10:00  accepted by bob (delivery)
  2026-01-25 11:00  changed after acceptance by ann: goal
  complete at the transition: yes
  complete by due: yes
  complete now: yes""".splitlines()
