"""Which period does a person mean? `2026-05`, `2026-W22`, `2026-05-25`, `2026-Q2`, `last90d` or `all`.

Days are the organisation's. A week is named by its first day, or as in ISO 8601 (then it is the organisation's week
that holds the Monday of that number).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from contracts.errors import QuestionError
from contracts.yaml_reader import quoted

WRITE = "write a month (2026-05), a week (2026-W22 or its first day 2026-05-25), a quarter (2026-Q2), last90d or all"
MONTHS = {"month": 1, "quarter": 3}


class Period(NamedTuple):
    """A grain of the scorecard and a day that lies in the period; None where the grain has only one."""

    grain: str
    day: date | None


def parsed(words: str) -> Period:
    """The period a person wrote. Raises QuestionError, which says how to write one."""
    if words in ("all", "last90d"):
        return Period("all" if words == "all" else "rolling_90d", None)
    try:
        if found := re.fullmatch(r"(\d{4})-[Qq]([1-4])", words):
            return Period("quarter", date(int(found[1]), 3 * int(found[2]) - 2, 1))
        if found := re.fullmatch(r"(\d{4})-[Ww](\d{1,2})", words):
            return Period("week", date.fromisocalendar(int(found[1]), int(found[2]), 1))
        if found := re.fullmatch(r"(\d{4})-(\d{2})", words):
            return Period("month", date(int(found[1]), int(found[2]), 1))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", words):
            return Period("week", date.fromisoformat(words))
    except ValueError:  # a thirteenth month, a week 54
        pass
    raise QuestionError(f"{quoted(words)} is no period; {WRITE}")


def named(grain: str, first: date | None) -> str:
    """A period as a person writes it: what `parsed` reads."""
    if first is None:
        return "all"
    names = {
        "quarter": f"{first:%Y}-Q{(first.month + 2) // 3}",
        "month": f"{first:%Y-%m}",
        "rolling_90d": "last90d",
    }
    return names.get(grain, f"{first}")


def days_of(grain: str, first: date | None) -> tuple[date | None, date | None]:
    """A period's first day and the first day after it; None where it has no such end."""
    if first is None or grain == "rolling_90d":
        return first, None
    if grain == "week":
        return first, first + timedelta(days=7)
    months = first.year * 12 + first.month - 1 + MONTHS[grain]
    return first, date(months // 12, months % 12 + 1, 1)
