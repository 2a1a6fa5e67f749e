"""Is every figure of the scorecard what its packets say, and its doubt what scipy says?"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from math import exp, log, sqrt
from statistics import NormalDist, fmean, stdev
from zoneinfo import ZoneInfo

import pytest
from scipy import stats

CUT_BY = ("motion", "sender_team", "receiver_team", "sender", "receiver")
DIMENSIONS = {"all": "'all'", **{name: f"packets.{name}" for name in CUT_BY}}
EXPIRY = "triggered_at + to_days(expires_after_days)"
SHARES = {
    ("completion_rate", ""): ("transitioned_at", "is_complete IS NOT NULL", "is_complete"),
    ("completion_by_due_rate", ""): (
        "transitioned_at", "is_complete IS NOT NULL AND is_complete_by_due IS NOT NULL", "is_complete_by_due",
    ),
    ("completion_now_rate", ""): ("transitioned_at", "is_complete IS NOT NULL", "is_complete_now"),
    ("ungoverned_rate", ""): ("transitioned_at", "true", "is_ungoverned"),
    ("first_pass_acceptance_rate", ""): ("settled_at", "true", "settled_as = 'accepted'"),
    ("eventual_acceptance_rate", ""): ("settled_at", "true", "accepted_at IS NOT NULL"),
    ("outcome_share", "timed_out"): ("settled_at", "true", "settled_as = 'timed_out'"),
    ("outcome_share", "crossed_undecided"): ("settled_at", "true", "settled_as = 'crossed_undecided'"),
    ("rejection_rate", ""): ("decided_at", "true", "rejections > 0"),
    ("rejection_share", "missing_field"): ("decided_at", "rejections > 0", "first_reason = 'missing_field'"),
    ("drop_rate", ""): (EXPIRY, "is_dropped IS NOT NULL", "is_dropped"),
}  # fmt: skip
"""Metric and breakdown → the instant that places a packet in a period, who is counted, who is a hit."""


def by_condition(company, share, grain):
    """(dimension, its value, handoff, first day of the period) → (hits, n), straight from handoff_packets."""
    instant, counted, hit = SHARES[share]
    day = f"date_trunc('{grain}', timezone('{company.zone}', {instant}))::DATE"
    cuts = " UNION ALL ".join(
        f"SELECT '{dimension}', {value} AS cut, packets.handoff, {day}, "
        f"count(*) FILTER (WHERE {hit}), count(*) "
        "FROM handoff_packets AS packets JOIN dim_handoff USING (handoff, contract_version) "
        f"WHERE packets.status NOT IN ('void', 'withdrawn') AND {instant} IS NOT NULL AND {counted} "
        "AND cut IS NOT NULL GROUP BY ALL"
        for dimension, value in DIMENSIONS.items()
    )
    return {tuple(key): (hits, n) for *key, hits, n in company.house.rows(cuts)}


@pytest.mark.parametrize("grain", ["week", "month", "quarter"])
@pytest.mark.parametrize("share", SHARES, ids="-".join)
def test_shares_are_those_of_the_packets_of_the_period_in_the_organisation_s_zone(company, share, grain):
    published = company.house.rows(
        "SELECT dimension, dimension_value, handoff, period_start, numerator, n FROM handoff_scorecard "
        "WHERE metric = ? AND breakdown = ? AND grain = ? AND n > 0",
        [*share, grain],
    )
    people = ("sender", "receiver")  # fewer than ten packets of a person are counted, and not shown
    assert {tuple(key): (hits, n) for *key, hits, n in published} == {
        key: (hits if n >= 10 or key[0] not in people else None, n)
        for key, (hits, n) in by_condition(company, share, grain).items()
    }


def test_the_rolling_quarter_is_the_last_ninety_days(company):
    today = company.as_of.astimezone(ZoneInfo(company.zone)).date()
    expected = company.house.rows(
        f"SELECT handoff, count(*) FROM handoff_packets WHERE is_complete IS NOT NULL "
        f"AND timezone('{company.zone}', transitioned_at)::DATE > ? GROUP BY ALL ORDER BY ALL",
        [today - timedelta(days=90)],
    )
    assert expected == company.house.rows(
        "SELECT handoff, n FROM handoff_scorecard WHERE grain = 'rolling_90d' AND dimension = 'all' "
        "AND metric = 'completion_rate' AND period_start = ? ORDER BY ALL",
        [today - timedelta(days=89)],
    )


def test_rates_have_wilson_s_interval(company):
    rows = company.house.dicts(
        "SELECT DISTINCT numerator, n, value, low, high FROM handoff_scorecard "
        "WHERE unit = 'share' AND numerator IS NOT NULL ORDER BY ALL"
    )
    assert len(rows) > 300
    for row in rows[:: len(rows) // 300]:
        interval = stats.binomtest(row.numerator, row.n).proportion_ci(0.95, method="wilson")
        assert (row.low, row.high) == pytest.approx((interval.low, interval.high), abs=1e-9)
        assert row.value == row.numerator / row.n


@pytest.mark.parametrize("grain", ["all", "month"])
def test_means_have_student_s_interval(company, grain):
    period = f"date_trunc('month', timezone('{company.zone}', transitioned_at))::DATE"
    expected = company.house.dicts(
        f"SELECT handoff, {period if grain == 'month' else 'NULL::DATE'} AS period_start, "
        "list(completeness_score ORDER BY completeness_score) AS scores "
        "FROM handoff_packets WHERE is_complete IS NOT NULL AND transitioned_at IS NOT NULL GROUP BY ALL"
    )
    published = company.house.dicts(
        "SELECT * FROM handoff_scorecard WHERE metric = 'mean_completeness' AND grain = ? "
        "AND dimension = 'all' AND n > 0",
        [grain],
    )
    found = {(row.handoff, row.period_start): row for row in published}
    assert len(found) == len(expected)
    for group in expected:
        row, n = found[group.handoff, group.period_start], len(group.scores)
        assert (row.n, row.numerator) == (n, None)
        assert row.value == pytest.approx(fmean(group.scores), abs=1e-9)
        if n == 1:
            assert (row.low, row.high) == (None, None)  # one packet says nothing about the next
            continue
        half = stats.t.ppf(0.975, n - 1) * stdev(group.scores) / sqrt(n)
        assert (row.low, row.high) == pytest.approx((row.value - half, row.value + half), abs=1e-6)


def kaplan_meier(waits):
    """Median, low and high (log-log band, Greenwood) of (hours, is accepted): when half are left."""
    survival, greenwood = Fraction(1), 0.0
    reached: dict[str, float] = {}
    for hours in sorted({hours for hours, is_accepted in waits if is_accepted}):
        at_risk = sum(other >= hours for other, _ in waits)
        accepted = sum(other == hours and is_accepted for other, is_accepted in waits)
        survival *= 1 - Fraction(accepted, at_risk)
        low = high = float(survival)
        if 0 < survival < 1:
            greenwood += accepted / (at_risk * (at_risk - accepted))
            width = NormalDist().inv_cdf(0.975) * sqrt(greenwood) / log(survival)
            low, high = float(survival) ** exp(-width), float(survival) ** exp(width)
        for name, left in (("value", survival), ("low", low), ("high", high)):
            if left <= 0.5:
                reached.setdefault(name, hours)
    return [reached.get(name) for name in ("value", "low", "high")]


@pytest.mark.parametrize("grain", ["all", "quarter", "month"])
def test_the_median_wait_is_kaplan_and_meier_s(company, grain):
    packets = company.house.dicts(
        f"SELECT handoff, date_trunc('{grain if grain != 'all' else 'month'}', "
        f"timezone('{company.zone}', clock_started_at))::DATE AS period, "
        "(epoch_us(coalesce(accepted_at, as_of)) - epoch_us(clock_started_at)) / 3.6e9 AS hours, "
        "accepted_at IS NOT NULL AS is_accepted FROM handoff_packets "
        "WHERE status NOT IN ('void', 'withdrawn') AND clock_started_at IS NOT NULL"
    )
    groups: dict[tuple[str, date | None], list[tuple[float, bool]]] = {}
    for packet in packets:
        key = (packet.handoff, None if grain == "all" else packet.period)
        groups.setdefault(key, []).append((packet.hours, packet.is_accepted))
    published = company.house.dicts(
        "SELECT * FROM handoff_scorecard WHERE metric = 'median_hours_to_acceptance' AND grain = ? "
        "AND dimension = 'all' AND n > 0",
        [grain],
    )
    assert {(row.handoff, row.period_start): row.n for row in published} == {
        key: len(waits) for key, waits in groups.items()
    }
    for row in published:
        expected = kaplan_meier(groups[row.handoff, row.period_start])
        assert [row.value, row.low, row.high] == [
            hours if hours is None else pytest.approx(hours, abs=1e-9) for hours in expected
        ]


def test_every_handoff_has_every_metric_in_every_period_even_without_a_packet(company):
    ((rows, handoffs, periods, metrics),) = company.house.rows(
        "SELECT count(*), count(DISTINCT handoff), count(DISTINCT (grain, period_start)), "
        "count(DISTINCT (metric, breakdown)) FROM handoff_scorecard WHERE dimension = 'all'"
    )
    assert (rows, handoffs) == (handoffs * periods * metrics, 9)
    silent = company.house.rows(
        "SELECT DISTINCT value, numerator, low, high, point_verdict, status "
        "FROM handoff_scorecard WHERE n = 0"
    )
    assert silent == [(None, None, None, None, None, "not_measurable")]


def test_weeks_run_from_the_first_packet_through_as_of(company):
    first = company.house.rows(
        f"SELECT min(timezone('{company.zone}', least(triggered_at, clock_started_at)))::DATE "
        "FROM handoff_packets"
    )[0][0]
    last = company.as_of.astimezone(ZoneInfo(company.zone)).date()
    monday = first - timedelta(days=first.weekday())
    weeks = [monday + timedelta(days=days) for days in range(0, (last - monday).days + 1, 7)]
    published = company.house.rows(
        "SELECT DISTINCT period_start FROM handoff_scorecard "
        "WHERE grain = 'week' AND dimension = 'all' ORDER BY period_start"
    )
    assert [(week,) for week in weeks] == published


def test_a_period_closes_on_the_fifth_business_day_after_its_end(company):
    closed = company.house.rows(
        "SELECT grain, max(period_start) FILTER (WHERE is_closed), "
        "min(period_start) FILTER (WHERE NOT is_closed) "
        "FROM handoff_scorecard WHERE grain IN ('week', 'month', 'quarter') GROUP BY grain ORDER BY grain"
    )
    assert closed == [  # as of Wednesday, 1 July 2026
        ("month", date(2026, 5, 1), date(2026, 6, 1)),
        ("quarter", date(2026, 1, 1), date(2026, 4, 1)),
        ("week", date(2026, 6, 15), date(2026, 6, 22)),
    ]


def expected_status(row, minimum_n=20):
    if row.n == 0 or (row.coverage is not None and row.coverage < 0.5):
        return "not_measurable"
    if row.dimension in ("sender", "receiver") and row.n < 10:
        return "insufficient"
    if row.target is None:
        return None
    if row.n < minimum_n:
        return "insufficient"
    is_good = (lambda x: x >= row.target) if row.direction == "at_least" else (lambda x: x < row.target)
    ends = [bound is not None and is_good(bound) for bound in (row.low, row.high)]
    if all(ends):
        return "meets"
    return "inconclusive" if any(ends) else "misses"


def test_a_verdict_needs_the_whole_interval_and_a_point_verdict_only_the_value(company):
    rows = company.house.dicts(
        "SELECT DISTINCT dimension, n, value, low, high, coverage, target, direction, point_verdict, status "
        "FROM handoff_scorecard WHERE n > 0 AND grain != 'week'"
    )
    assert {row.status for row in rows} == {
        "meets", "misses", "inconclusive", "insufficient", None,
    }  # fmt: skip
    for row in rows:
        assert row.status == expected_status(row), row
        if row.value is None or row.target is None:
            assert row.point_verdict is None
        else:
            is_met = row.value >= row.target if row.direction == "at_least" else row.value < row.target
            assert row.point_verdict == ("meets" if is_met else "misses")
