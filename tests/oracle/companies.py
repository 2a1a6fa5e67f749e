"""What may happen to a small company? Hypothesis draws numbers; each number is a packet's whole life, edges on purpose.

A life is spun from its number by `random.Random`, so that a company of 300 packets costs Hypothesis 300 numbers, and
an example can be cut down by leaving numbers out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import strategies as st

from tests.oracle.lives import DAY, HOUR, RECEIVERS, SENDERS, TICK, Life, Row, written

OLD = datetime(2024, 1, 2, tzinfo=UTC)
AS_OF = [
    datetime(2025, 7, 4, 22, 0, tzinfo=UTC) - TICK, datetime(2025, 7, 7, 22, 0, tzinfo=UTC),
    datetime(2025, 7, 7, 22, 0, tzinfo=UTC) - TICK, datetime(2025, 7, 20, 12, 0, tzinfo=UTC),
    datetime(2025, 8, 6, 22, 0, tzinfo=UTC), datetime(2025, 11, 1, 0, 0, tzinfo=UTC),
    datetime(2026, 7, 8, 5, 0, tzinfo=UTC), datetime(2026, 12, 20, 0, 0, tzinfo=UTC),
]  # fmt: skip
LATE = datetime(2025, 7, 15, tzinfo=UTC)
LINKS = [
    (OLD, "a1", "a25"), (OLD, "a25", "a26"), (OLD, "a27", "a28"),
    (OLD, "a23", "a24"), (OLD, "a24", "a23"), (OLD, "a24", "a22"), (LATE, "a20", "a21"), (LATE, "a19", "a21"),
]  # fmt: skip
"""When, account, its other id: a row of them, a circle with one who leads to it, and one told late, and twice."""


@dataclass(frozen=True)
class Draft:
    """A company before it is told: a number per packet, and the instant of the run."""

    as_of: datetime
    lives: tuple[int, ...]


def companies(fewest: int, most: int) -> st.SearchStrategy[Draft]:
    """Drafts of so many packets."""
    lives = st.lists(st.integers(0, 2**40), min_size=fewest, max_size=most, unique=True).map(tuple)
    return st.builds(Draft, st.sampled_from(AS_OF), lives)


def told(draft: Draft) -> list[Row]:
    """Its events; order within an instant is that of the file, so they are shuffled."""
    rows = _people()
    for number in draft.lives:
        rows += Life(number).rows
    chance = Random(len(rows))
    rows = [{"id": f"e{number}", **row} for number, row in enumerate(rows)]
    rows += [_corrected(row, chance) for row in chance.sample(rows, len(rows) // 50)]
    for row in chance.sample(rows, len(rows) // 50):
        row["time"] = row["time"][:10]  # of some one knows only the day
    chance.shuffle(rows)
    return rows


def _corrected(row: Row, chance: Random) -> Row:
    """The same event, told otherwise: which of the two is the correction depends on which comes later."""
    other: Row = {"time": datetime.fromisoformat(row["time"]) + chance.choice([timedelta(), TICK, HOUR, DAY])}
    other |= chance.choice([{}, {"actor": "ria1"}])
    return written({**row, **other}) if row["type"] != "person.set" else row


def _people() -> list[Row]:
    """Two teams, two systems, one who changes sides; whoever else turns up is in no known team."""
    teams = {**dict.fromkeys(SENDERS, "sales"), **dict.fromkeys(RECEIVERS, "care"), "max": "sales"}
    known = [{"actor": actor, "team": team} for actor, team in teams.items()]
    known += [{"actor": actor, "detail": '{"kind": "system"}', "team": "care"} for actor in ("bot", "cron")]
    rows = [{"source": "crm", "type": "person.set", "time": OLD, **each} for each in known]
    move = {"actor": "max", "team": "care", "time": datetime(2025, 6, 12, 8, 0, tzinfo=UTC)}
    rows += [
        {"source": "crm", "type": "account.linked", "time": at, "account": one, "value": other}
        for at, one, other in LINKS
    ]
    return [written(row) for row in [*rows, {"source": "crm", "type": "person.set", **move}]]
