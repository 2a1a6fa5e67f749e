from datetime import date

import pytest

from contracts.errors import QuestionError
from flows.show import periods

WRITTEN = {
    "2026-05": ("month", date(2026, 5, 1)),
    "2026-Q2": ("quarter", date(2026, 4, 1)),
    "2026-q4": ("quarter", date(2026, 10, 1)),
    "2026-W01": ("week", date(2025, 12, 29)),
    "2026-W22": ("week", date(2026, 5, 25)),
    "2026-05-25": ("week", date(2026, 5, 25)),
    "last90d": ("rolling_90d", None),
    "all": ("all", None),
}


@pytest.mark.parametrize("words", WRITTEN)
def test_a_period_is_understood_as_it_is_written(words):
    assert periods.parsed(words) == WRITTEN[words]


@pytest.mark.parametrize(
    "words",
    ["", "May", "2026", "2026-13", "2026-00", "2026-Q5", "2026-W54", "2026-02-30", "26-05", "2026-05 "],
)
def test_what_is_no_period_is_refused_with_how_to_write_one(words):
    with pytest.raises(QuestionError, match=r"is no period; write a month \(2026-05\), a week"):
        periods.parsed(words)


@pytest.mark.parametrize(
    ("grain", "first", "end"),
    [
        ("week", date(2025, 12, 29), date(2026, 1, 5)),
        ("month", date(2026, 2, 1), date(2026, 3, 1)),
        ("month", date(2026, 12, 1), date(2027, 1, 1)),
        ("quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("rolling_90d", date(2026, 4, 3), None),
        ("all", None, None),
    ],
)
def test_a_period_ends_before_the_next_one_begins(grain, first, end):
    assert periods.days_of(grain, first) == (first, end)


@pytest.mark.parametrize("words", ["2026-05", "2026-Q2", "2026-05-25", "all"])
def test_a_period_s_name_is_how_it_is_asked_for(words):
    assert periods.named(*periods.parsed(words)) == words
