"""Who was the primary owner, minute by minute? What the models say in stretches, asked again of every single minute.

All instants of a drawn story are whole minutes, so that what holds at a minute holds until the next. The models run on
tables of their own in memory, without a night.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from flows import warehouse
from flows.settings import Settings
from tests.plain_sql import PlainSql

ROOT = Path(__file__).parents[2]
BEGIN, NOW = datetime(2026, 3, 2, 9, tzinfo=UTC), 12
MODELS = {
    "int_transfers": "shape", "int_account_motions": "shape", "int_relationship_watches": "shape",
    "int_relationships": "shape", "relationship_gaps": "marts",
}  # fmt: skip
MOTIONS, PEOPLE = ("new", "more", "all", None), ("ann", "amy", "bob", None)
TABLES = """
    CREATE SCHEMA shape; CREATE SCHEMA marts; CREATE SCHEMA contracts; CREATE SCHEMA ops;
    CREATE TABLE ops.run_context (run_id VARCHAR, as_of TIMESTAMPTZ);
    CREATE TABLE contracts.contract_versions (
        handoff VARCHAR, version VARCHAR, number VARCHAR, receiver_fallback VARCHAR
    );
    INSERT INTO contracts.contract_versions VALUES ('won', '1', 'H03', NULL), ('moved', '1', 'H06', NULL);
    CREATE TABLE shape.int_packets__instants (
        packet_key BIGINT, packet_id VARCHAR, handoff VARCHAR, contract_version VARCHAR DEFAULT '1', account VARCHAR,
        motion VARCHAR, status VARCHAR DEFAULT 'accepted', triggered_at TIMESTAMPTZ, transitioned_at TIMESTAMPTZ,
        receiver VARCHAR, receiver_team VARCHAR
    );
    CREATE TABLE shape.int_account_events (
        type VARCHAR DEFAULT 'account.primary_set', account VARCHAR, "time" TIMESTAMPTZ, order_key HUGEINT,
        actor VARCHAR, is_system BOOLEAN DEFAULT false, detail VARCHAR
    );
    CREATE TABLE shape.int_accounts (
        account VARCHAR, churned_at TIMESTAMPTZ, has_churn_before_start BOOLEAN DEFAULT false
    );
    CREATE TABLE shape.int_persons (person VARCHAR, since TIMESTAMPTZ, until TIMESTAMPTZ, is_active BOOLEAN);
"""
FILLED = (
    "shape.int_packets__instants",
    "shape.int_account_events",
    "shape.int_accounts",
    "shape.int_persons",
)

minutes = st.integers(0, NOW)
packets = st.tuples(minutes, st.sampled_from(["won", "moved"]), st.sampled_from(["new", "more", None]))
statements = st.tuples(minutes, st.sampled_from(MOTIONS), st.sampled_from(PEOPLE), st.booleans())
accounts = st.fixed_dictionaries(
    {
        "packets": st.lists(packets, max_size=4),
        "statements": st.lists(statements, max_size=8),
        "churned": st.none() | minutes,
    }
)
absences = st.dictionaries(
    st.sampled_from(["ann", "amy"]), st.tuples(minutes, st.integers(1, NOW)), max_size=2
)


@pytest.fixture(scope="module")
def models():
    """A database with empty tables for the models to read, and their queries."""
    queries = PlainSql(Settings(ROOT, ROOT, ROOT)).queries()
    with closing(warehouse.connect(None)) as connection:
        connection.execute(TABLES)
        connection.execute("INSERT INTO ops.run_context VALUES ('r', $now)", {"now": at(NOW)})
        yield connection, {f"{schema}.{name}": queries[name] for name, schema in MODELS.items()}


def at(minute):
    return BEGIN + timedelta(minutes=minute)


def told(models, drawn, away):
    """The rows of relationship_gaps for these accounts, in minutes."""
    connection, queries = models
    connection.execute("".join(f"DELETE FROM {table};" for table in FILLED))

    def insert(table, **row):
        marks = ", ".join("?" * len(row))
        names = ", ".join(f'"{name}"' for name in row)
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [*row.values()])

    for person, (since, length) in away.items():
        insert(FILLED[3], person=person, since=at(since), until=at(since + length), is_active=False)
        insert(FILLED[3], person=person, since=at(since + length), until=at(999), is_active=True)
    for number, account in enumerate(drawn):
        for minute, handoff, motion in account["packets"]:
            insert(FILLED[0], account=f"a{number}", handoff=handoff, motion=motion, triggered_at=at(minute))
        for key, (minute, motion, actor, is_snapshot) in ordered(account):
            detail = [f'"motion": "{motion}"'] if motion else []
            detail += ['"evidence": "snapshot"'] if is_snapshot else []
            own = {"order_key": key, "actor": actor, "detail": f"{{{', '.join(detail)}}}"}
            insert(FILLED[1], account=f"a{number}", time=at(minute), **own)
        if account["churned"] is not None:
            insert(FILLED[2], account=f"a{number}", churned_at=at(account["churned"]))
    for place, query in queries.items():
        connection.execute(f"CREATE OR REPLACE TABLE {place} AS {query}")
    columns = "account, kind, from_at, until_at, owners, hours"
    found = connection.execute(f"SELECT {columns} FROM marts.relationship_gaps ORDER BY ALL").fetchall()
    return [
        (account, kind, minute_of(since), until and minute_of(until), as_text(owners), round(hours * 60, 6))
        for account, kind, since, until, owners, hours in found
    ]


def as_text(owners):
    return None if owners is None else ",".join(owners)


def minute_of(instant):
    return (instant - BEGIN) // timedelta(minutes=1)


def ordered(account):
    return enumerate(sorted(account["statements"], key=lambda statement: statement[0]))


def owners_at(account, minute, away):
    """Everybody whom the latest statement of some motion names, and who is there."""
    standing: dict[str, str | None] = {}
    for _, (when, motion, actor, _) in ordered(account):
        if when <= minute:
            if motion in (None, "all"):
                standing.clear()
            standing[motion or "all"] = actor
    gone = {person for person, (since, length) in away.items() if since <= minute < since + length}
    return sorted({actor for actor in standing.values() if actor and actor not in gone})


def watched(account):
    """The minutes in which there is to be exactly one, and the first of which anybody can tell."""
    begun = [
        min(minute for minute, _, name in account["packets"] if name == motion)
        for motion in {name for *_, name in account["packets"] if name}
    ]
    moved = [minute for minute, handoff, _ in account["packets"] if handoff == "moved"]
    second = sorted(begun)[1:2] + sorted(moved)[:1]
    if not second:
        return range(0), 0
    end = NOW + 1 if account["churned"] is None else min(account["churned"], NOW + 1)
    first: dict[str, tuple[int, bool]] = {}
    for _, (minute, motion, _, is_snapshot) in ordered(account):
        first.setdefault(motion or "all", (minute, is_snapshot))
    seen = [minute for minute, is_snapshot in first.values() if is_snapshot]
    return range(min(second), end), max(seen, default=0) if first else NOW + 1


def expected(drawn, away):
    rows = []
    for number, account in enumerate(drawn):
        span, observed = watched(account)
        states = [(m, owners_at(account, m, away) if m >= observed else None) for m in span]
        for owners, stretch in groupby(states, key=lambda state: state[1]):
            asked = [minute for minute, _ in stretch]
            since, until = asked[0], asked[-1] + 1
            if owners is not None and len(owners) == 1:
                continue
            kind = "unobservable" if owners is None else "overlap" if owners else "gap"
            ended = until if until <= NOW else None
            rows.append((f"a{number}", kind, since, ended, as_text(owners), min(until, NOW) - since))
    return rows


# No Phase.shrink: it would take minutes, and what differs is one short account among the drawn ones.
@given(drawn=st.lists(accounts, min_size=8, max_size=20), away=absences)
@settings(max_examples=12, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
def test_every_minute_has_one_owner_or_is_in_a_stretch_of_its_kind(models, drawn, away):
    found, counted = set(told(models, drawn, away)), set(expected(drawn, away))
    wrong = {account for account, *_ in found ^ counted}
    assert not wrong, [(found, counted, away, drawn[int(account[1:])]) for account in sorted(wrong)[:1]]
