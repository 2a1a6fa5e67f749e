"""Does every figure of the scorecard have its packets? Each is counted again by the clause printed for it."""

from __future__ import annotations

import random
from io import StringIO

import pytest
from rich.console import Console

from contracts import load_catalogue
from contracts.errors import PublishError, QuestionError
from contracts.vocabulary import METRICS
from flows import show
from flows.show import clauses, drilling, periods
from flows.show.drills import DRILLS
from tests import recounting


@pytest.fixture(scope="module")
def rows(company):
    """Every row of the scorecard that counts anything."""
    return recounting.rows_of(company.house)


def test_every_row_s_n_and_numerator_are_found_by_its_clause(company, rows):
    assert recounting.miscounted(company.house, company.zone, rows)[:3] == []


def test_what_was_found_again_is_worth_it(rows):
    assert len(rows) > 100_000
    assert {row.metric for row in rows} == set(METRICS) == set(DRILLS)
    assert {row.dimension for row in rows if row.is_closed and row.numerator} == {
        "all", "motion", "segment", "amount_band", "sender_team", "receiver_team", "sender", "receiver",
    }  # fmt: skip
    assert {row.grain for row in rows} == {"week", "month", "quarter", "rolling_90d", "all"}
    closed = {row.metric for row in rows if row.is_closed and row.numerator is not None}
    assert closed == {metric for metric, drill in DRILLS.items() if drill.hit} - {"completion_now_rate"}


def test_a_clause_pasted_whole_finds_the_same(company, rows):
    """The conditions stand beside each other, so each must hold together by itself."""
    for row in random.Random(7).sample(rows, 60):
        clause = clauses.behind(row, company.zone)
        ((n, numerator),) = company.house.rows(
            f"SELECT (SELECT count(*) FROM {clause.table} WHERE {' AND '.join(clause.counted)}), "
            f"(SELECT count(*) FROM {clause.table} WHERE {' AND '.join([*clause.counted, *clause.hit])})"
        )
        assert (n, numerator if clause.hit else None) == (row.n, row.numerator), row


@pytest.fixture
def printed(company):
    """What `--why` prints of a question, on a terminal so wide or into a pipe."""

    def printed(*question, width=None):
        text = StringIO()
        console = Console(file=text, width=width or 200, force_terminal=width is not None, color_system=None)
        show.why(company.house.settings, console, show.Question(*question))
        return text.getvalue()

    return printed


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_prints_its_clauses_and_packets(company, printed, metric):
    breakdown = {"outcome_share": "timed_out", "rejection_share": "missing_field"}.get(metric, "")
    row = company.house.figure(metric, "ae_to_onboarding", breakdown)
    text = printed(metric, "H03", "all", "all", "all", breakdown)
    assert text.startswith(f"H03 AE → Onboarding, {metric}{breakdown and ' '}{breakdown}, all periods\n")
    assert (
        f"\nn = {row.n:,}\n  SELECT count(*) FROM {DRILLS[metric].table}\n  WHERE handoff = 'ae_to_onboarding'\n"
        in text
    )
    assert (f"\nnumerator = {row.numerator}\n" in text) == (row.numerator is not None)
    packets = text.count("ae_to_onboarding:deal-")
    assert packets == min(row.n, 50)
    assert text.endswith(f"and {row.n - 50:,} more\n") == (row.n > 50)


def test_each_printed_statement_can_be_pasted(company, printed):
    text = printed("clean_acceptance_rate", "ae_to_onboarding", "2026-Q1", "segment", "small")
    n, numerator = (part.split("\n", 1) for part in text.split("\n\n")[1:3])
    for heading, statement in (n, numerator):
        ((found,),) = company.house.rows(statement)
        assert heading.endswith(f" = {found}")
        assert found > 0


def test_a_closed_period_says_so_and_what_came_later_is_not_counted(printed):
    text = printed("eventual_acceptance_rate", "H03", "2026-Q1")
    assert "closed: as seen at 2026-04-07 22:00 UTC" in text
    assert "AND accepted_at <= TIMESTAMPTZ '2026-04-07 22:00:00+00:00'" in text


def test_a_person_with_fewer_than_ten_packets_is_counted_and_not_shown(company, printed, rows):
    row = next(
        row
        for row in rows
        if row.dimension == "receiver"
        and row.n < 10
        and row.grain == "quarter"
        and row.metric == "completion_rate"
    )
    text = printed(
        "completion_rate",
        row.handoff,
        periods.named("quarter", row.period_start),
        "receiver",
        row.dimension_value,
    )
    assert f"no figure, n = {row.n}\n" in text
    assert "withheld: a person is judged by ten packets or not at all" in text
    assert "numerator" not in text


def test_a_week_is_asked_for_by_its_number_or_a_day(printed):
    by_number, by_day = (printed("completion_rate", "H05", period) for period in ("2026-W22", "2026-05-25"))
    assert by_number == by_day
    assert ", week 2026-05-25\n" in by_day


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_terminal_shows_whole_columns_and_no_broken_lines(printed, width):
    text = printed("completion_rate", "H03", "2026-Q2", width=width)
    table = text[text.index("packet_id") :].splitlines()
    assert max(map(len, table)) <= width
    assert table[0].split()[:3] == ["packet_id", "in", "numerator"]


def test_those_that_spoil_the_figure_stand_first(printed):
    cells = [
        line.split()[1]
        for line in printed("completion_rate", "H03", "2026-Q1").splitlines()
        if ":deal-" in line
    ]
    assert cells == sorted(cells)
    assert set(cells) == {"no", "yes"}


WRONG = {
    '"completion" is no metric; write completion_rate': ("completion", "H03", "all"),
    '"H33" is no handoff; write one of marketing_to_sdr, sdr_to_ae': ("completion_rate", "H33", "all"),
    '"May" is no period; write a month (2026-05)': ("completion_rate", "H03", "May"),
    '"2026-13" is no period': ("completion_rate", "H03", "2026-13"),
    "2020-05: no such month; there are 20": ("completion_rate", "H03", "2020-05"),
    "2027-W01: no such week; there are 20": ("completion_rate", "H03", "2027-W01"),
    '"team" is no dimension': ("completion_rate", "H03", "all", "team", "x"),
    '"x" is no motion of ae_to_onboarding; write': ("completion_rate", "H03", "all", "motion", "x"),
    "outcome_share has only breakdowns; write one of --breakdown accepted": ("outcome_share", "H03", "all"),
    'drop_rate has no breakdown "x"; leave': ("drop_rate", "H03", "all", "all", "all", "x"),
}  # fmt: skip


@pytest.mark.parametrize("message", WRONG)
def test_what_does_not_exist_is_answered_with_what_does(printed, message):
    with pytest.raises(QuestionError) as error:
        printed(*WRONG[message])
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_an_organisation_that_moved_since_is_noticed(company, printed, monkeypatch):
    catalogue = load_catalogue(company.house.settings.project)
    moved = catalogue.organisation.model_copy(update={"zone": "Pacific/Auckland"})
    monkeypatch.setattr(drilling, "load_catalogue", lambda _: type(catalogue)(moved, catalogue.contracts))
    with pytest.raises(PublishError, match="organisation.yaml has changed since; run `seamkeeper run`"):
        printed("completion_rate", "H01", "2026-Q1")
