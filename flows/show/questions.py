"""Which row of the scorecard does a person ask about? Words in, the one row out, or what there is to ask for."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.errors import QuestionError
from contracts.refusals import near
from contracts.vocabulary import METRICS
from contracts.yaml_reader import quoted
from flows.show import periods
from flows.show.row import Row
from flows.warehouse import Connection


@dataclass(frozen=True)
class Question:
    """What was typed: `handoff` is an id or a number; `period` as `periods.parsed` reads it."""

    metric: str
    handoff: str
    period: str
    dimension: str = "all"
    dimension_value: str = "all"
    breakdown: str = ""


COLUMNS = ", ".join(f"rows.{column}" for column in Row.__dataclass_fields__ if column != "name")
NAMES = "(SELECT handoff, number || ' ' || title AS name, number FROM dim_handoff WHERE is_current)"
ROW = f"""
    SELECT names.name, {COLUMNS}
    FROM handoff_scorecard AS rows INNER JOIN {NAMES} AS names ON rows.handoff = names.handoff
    WHERE rows.metric = $metric AND rows.handoff = $handoff AND rows.breakdown = $breakdown
        AND rows.dimension = $dimension AND rows.dimension_value = $dimension_value AND rows.grain = $grain
        AND ($day::DATE IS NULL OR rows.period_start = (
            SELECT max(period_start) FROM handoff_scorecard WHERE grain = $grain AND period_start <= $day
        ))
"""


def row_asked_for(connection: Connection, question: Question) -> Row:
    """The one row. Raises QuestionError for a metric, handoff, breakdown, dimension or period without one."""
    if question.metric not in METRICS:
        raise QuestionError(f"{quoted(question.metric)} is no metric; {near(question.metric, METRICS)}")
    period = periods.parsed(question.period)
    handoff = handoff_asked_for(connection, question.handoff)
    _refuse_unknown_breakdown(connection, question)
    asked = {
        "metric": question.metric, "handoff": handoff, "breakdown": question.breakdown,
        "dimension": question.dimension, "dimension_value": question.dimension_value,
        "grain": period.grain, "day": period.day,
    }  # fmt: skip
    _refuse_unknown_period(connection, question.period, period)
    found = connection.execute(ROW, asked).fetchall()
    if not found:
        _refuse_unknown_dimension(connection, question, handoff)
        cut = f"{question.dimension} {quoted(question.dimension_value)}"
        raise QuestionError(
            f"{question.metric} of {handoff} in {question.period}: no packet of {cut}; ask about another period"
        )
    return Row(*found[0])


def handoff_asked_for(connection: Connection, words: str) -> str:
    """A handoff's id from its id or number. Raises QuestionError, which names the handoffs there are."""
    rows = connection.execute(
        "SELECT DISTINCT handoff, number FROM dim_handoff SEMI JOIN handoff_scorecard USING (handoff) "
        "WHERE is_current ORDER BY number, handoff"
    ).fetchall()
    for handoff, number in rows:
        if words.lower() in (handoff, number.lower()):
            return str(handoff)
    raise QuestionError(f"{quoted(words)} is no handoff; {near(words, (handoff for handoff, _ in rows))}")


def _refuse_unknown_breakdown(connection: Connection, question: Question) -> None:
    known = _values(
        connection,
        "SELECT DISTINCT breakdown FROM handoff_scorecard WHERE metric = ? ORDER BY ALL",
        question.metric,
    )
    if question.breakdown not in known:
        words = [f"--breakdown {name}" for name in known if name]
        what = f"no breakdown {quoted(question.breakdown)}" if question.breakdown else "only breakdowns"
        raise QuestionError(
            f"{question.metric} has {what}; {near('', words) if words else 'leave --breakdown out'}"
        )


def _refuse_unknown_period(connection: Connection, words: str, period: periods.Period) -> None:
    (found,) = connection.execute(
        "SELECT min(period_start), max(period_start) FROM handoff_scorecard WHERE grain = ?", [period.grain]
    ).fetchall()
    first, last = found
    if period.day is None or first is None:
        return
    end = periods.days_of(period.grain, last)[1]
    if not (first <= period.day and end is not None and period.day < end):
        from_, to = periods.named(period.grain, first), periods.named(period.grain, last)
        raise QuestionError(f"{words}: no such {period.grain}; there are {from_} to {to}, last90d and all")


def _refuse_unknown_dimension(connection: Connection, question: Question, handoff: str) -> None:
    known = _values(connection, "SELECT DISTINCT dimension FROM handoff_scorecard ORDER BY ALL")
    if question.dimension not in known:
        raise QuestionError(
            f"{quoted(question.dimension)} is no dimension; {near(question.dimension, known)}"
        )
    values = _values(
        connection,
        "SELECT DISTINCT dimension_value FROM handoff_scorecard WHERE handoff = ? AND dimension = ? ORDER BY ALL",
        handoff,
        question.dimension,
    )
    if question.dimension_value not in values:
        some = values[:20] + [f"… ({len(values) - 20} more)"] * (len(values) > 20)
        raise QuestionError(
            f"{quoted(question.dimension_value)} is no {question.dimension} of {handoff}; "
            f"{near(question.dimension_value, some)}"
        )


def _values(connection: Connection, query: str, *parameters: str) -> list[str]:
    return [value for (value,) in connection.execute(query, list(parameters)).fetchall()]
