"""Is every figure of the scorecard what its packets say, and its doubt what scipy says?"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from math import exp, log, sqrt
from statistics import NormalDist, fmean, stdev
from zoneinfo import ZoneInfo

import pytest
from scipy import stats

CUT_BY = ("motion", "segment", "amount_band", "sender_team", "receiver_team", "sender")
DIMENSIONS = {"all": "'all'", **{name: f"packets.{name}" for name in CUT_BY}}
EXPIRY = "triggered_at + to_days(expires_after_days)"
SHARES = {
    ("completion_rate", ""): ("transitioned_at", "is_complete IS NOT NULL", "is_complete"),
    ("completion_now_rate", ""): ("transitioned_at", "is_complete IS NOT NULL", "is_complete_now"),
    ("ungoverned_rate", ""): ("transitioned_at", "true", "is_ungoverned"),
    ("first_pass_acceptance_rate", ""): ("settled_at", "true", "settled_as = 'accepted'"),
    ("outcome_share", "crossed_undecided"): ("settled_at", "true", "settled_as = 'crossed_undecided'"),
    ("drop_rate", ""): (EXPIRY, "is_dropped IS NOT NULL", "is_dropped"),
}  # fmt: skip
"""Metric and breakdown → the instant that places a packet in a period, who is counted, who is a hit.

These do not change with what happens after a closing; tests/test_drill_down.py has them all.
"""


def by_condition(company, share, grain):
    """(dimension, its value, handoff, first day of the period) → (hits, n), straight from handoff_packets."""
    instant, counted, hit = SHARES[share]
    day = f"date_trunc('{grain}', timezone('{company.zone}', {instant}))::DATE"
    cuts = " UNION ALL ".join(
        f"SELECT '{dimension}', {value} AS cut, packets.handoff, {day}, "
        f"count(*) FILTER (WHERE {hit}), count(*) "
        "FROM handoff_packets AS packets JOIN dim_handoff USING (handoff, contract_version) "
        f"WHERE packets.status NOT IN ('void', 'withdrawn') AND {instant} IS NOT NULL AND {counted} "
        f"AND cut IS NOT NULL GROUP BY ALL"
        for dimension, value in DIMENSIONS.items()
    )
    return {tuple(key): (hits, n) for *key, hits, n in company.house.rows(cuts)}


@pytest.mark.parametrize("grain", ["week", "month", "quarter"])
@pytest.mark.parametrize("share", SHARES, ids="-".join)
def test_shares_are_those_of_the_packets_of_the_period_in_the_organisation_s_zone(company, share, grain):
    published = company.house.rows(
        "SELECT dimension, dimension_value, handoff, period_start, numerator, n FROM handoff_scorecard "
        "WHERE metric = ? AND breakdown = ? AND grain = ? AND n > 0 AND dimension != 'receiver'",
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
        "clock_known_at, clock_started_at, accepted_at FROM handoff_packets "
        "WHERE status NOT IN ('void', 'withdrawn') AND clock_started_at IS NOT NULL"
    )
    published = company.house.dicts(
        "SELECT * FROM handoff_scorecard WHERE metric = 'median_hours_to_acceptance' AND grain = ? "
        "AND dimension = 'all' AND n > 0",
        [grain],
    )
    expected = {}
    for row in published:
        of_the_period = [
            packet for packet in packets
            if packet.handoff == row.handoff and row.period_start in (None, packet.period)
        ]  # fmt: skip
        waits = waited(of_the_period, row.seen_at)
        expected[row.handoff, row.period_start] = len(waits)
        assert [row.value, row.low, row.high] == [
            hours if hours is None else pytest.approx(hours, abs=1e-9) for hours in kaplan_meier(waits)
        ]
    assert {(row.handoff, row.period_start): row.n for row in published} == expected
    assert sum(expected.values()) > 1000


def waited(packets, seen_at):
    """Hours and whether accepted of the packets whose clock one could know of by then."""
    found = []
    for packet in packets:
        if packet.clock_known_at <= seen_at:
            is_accepted = packet.accepted_at is not None and packet.accepted_at <= seen_at
            until = packet.accepted_at if is_accepted else seen_at
            found.append(((until - packet.clock_started_at) / timedelta(hours=1), is_accepted))
    return found


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


@pytest.mark.parametrize(
    ("metric", "month", "quarter", "week"),
    [  # the last closed and the first open period, as of Wednesday, 1 July 2026
        ("completion_rate", (date(2026, 5, 1), date(2026, 6, 1)), (date(2026, 1, 1), date(2026, 4, 1)),
         (date(2026, 6, 15), date(2026, 6, 22))),
        ("rediscovery_rate", (date(2026, 4, 1), date(2026, 5, 1)), (date(2026, 1, 1), date(2026, 4, 1)),
         (date(2026, 5, 18), date(2026, 5, 25))),
        ("leak_to_churn_share", (date(2025, 5, 1), date(2025, 6, 1)), (date(2025, 1, 1), date(2025, 4, 1)),
         (date(2025, 6, 16), date(2025, 6, 23))),
    ],
)  # fmt: skip
def test_a_period_closes_on_the_fifth_business_day_after_its_end_and_its_metric_s_wait(
    company, metric, month, quarter, week
):
    closed = company.house.rows(
        "SELECT grain, max(period_start) FILTER (WHERE is_closed), "
        "min(period_start) FILTER (WHERE NOT is_closed) FROM handoff_scorecard "
        "WHERE metric = ? AND grain IN ('week', 'month', 'quarter') GROUP BY grain ORDER BY grain",
        [metric],
    )
    assert closed == [("month", *month), ("quarter", *quarter), ("week", *week)]


def test_completion_now_never_closes(company):
    assert company.house.rows(
        "SELECT DISTINCT is_closed, seen_at = as_of FROM handoff_scorecard WHERE metric = 'completion_now_rate'"
    ) == [(False, True)]


def expected_status(row):
    is_withheld = row.dimension in ("sender", "receiver") and row.n < 10
    is_unseen = row.coverage is not None and row.coverage < 0.5
    if row.n == 0 or is_unseen:
        return "not_measurable"
    if is_withheld:
        return "insufficient"
    if row.target is None:
        return None
    if row.n < (30 if row.metric == "nps_delta" else 20):
        return "insufficient"
    is_good = (lambda x: x >= row.target) if row.direction == "at_least" else (lambda x: x < row.target)
    ends = [bound is not None and is_good(bound) for bound in (row.low, row.high)]
    if all(ends):
        return "meets"
    return "inconclusive" if any(ends) else "misses"


def test_a_verdict_needs_the_whole_interval_and_a_point_verdict_only_the_value(company):
    rows = company.house.dicts(
        "SELECT DISTINCT metric, unit, dimension, n, value, low, high, coverage, target, direction, "
        "point_verdict, status "
        "FROM handoff_scorecard WHERE n > 0 AND grain != 'week'"
    )
    assert {row.status for row in rows} == {
        "meets", "misses", "inconclusive", "insufficient", "not_measurable", None,
    }  # fmt: skip
    for row in rows:
        if row.metric.startswith("median") and row.low is None:
            continue  # a curve without a lower end: tests/edges
        if row.unit == "ratio" and row.value is None:
            assert row.status in ("not_measurable", "insufficient")
            continue
        assert row.status == expected_status(row), row
        if row.value is None or row.target is None:
            assert row.point_verdict is None
        else:
            is_met = row.value >= row.target if row.direction == "at_least" else row.value < row.target
            assert row.point_verdict == ("meets" if is_met else "misses")
