"""Which packets does a metric count? One WHERE clause for n and one for the numerator, over one published table.

In: a row of the scorecard and the organisation's zone. Out: conditions for people to read and paste, literals and
all, that find exactly the packets the row counted. A figure is "seen at" an instant: the closing of its period, else
the run's now; what happened later does not count in it, and the conditions say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flows.show.periods import days_of
from flows.show.row import Row

PACKETS, ACCOUNTS = "handoff_packets", "handoff_accounts"
COUNTED = "status NOT IN ('void', 'withdrawn')"
RECORDED = "has_recorded_decisions"
SETTLED = (RECORDED, "(settled_as <> 'timed_out' OR clock_known_at <= {seen_at})")
ACCEPTED_LONG_AGO = (RECORDED, "accepted_at + INTERVAL 720 HOUR <= {seen_at}")
COHORT = ("is_in_churn_cohort", "started_at + INTERVAL 8760 HOUR <= {seen_at}")


@dataclass(frozen=True)
class Drill:
    """What a metric counts in a table: placed in a period by the local day of `placed_by`, `counted`, and a `hit`.

    `{seen_at}` and `{breakdown}` are the row's, as literals; `shown` are the columns that let a person see why.
    """

    placed_by: str
    counted: tuple[str, ...]
    hit: tuple[str, ...]
    shown: tuple[str, ...] = ()
    table: str = PACKETS


DRILLS = {
    "completion_rate": Drill(
        "transitioned_at", ("is_complete IS NOT NULL",), ("is_complete",), ("submitted_at", "fault_count")
    ),
    "completion_by_due_rate": Drill(
        "transitioned_at",
        ("is_complete IS NOT NULL", "is_complete_by_due IS NOT NULL", "submit_due_at <= {seen_at}"),
        ("is_complete_by_due",),
        ("submit_due_at",),
    ),
    "completion_now_rate": Drill(
        "transitioned_at",
        ("is_complete IS NOT NULL", "is_complete_now IS NOT NULL"),
        ("is_complete_now",),
        ("is_complete",),
    ),
    "mean_completeness": Drill(
        "transitioned_at",
        ("is_complete IS NOT NULL", "completeness_score IS NOT NULL"),
        (),
        ("completeness_score", "fault_count"),
    ),
    "first_pass_acceptance_rate": Drill(
        "settled_at", SETTLED, ("settled_as = 'accepted'",), ("settled_as", "accepted_at")
    ),
    "eventual_acceptance_rate": Drill(
        "settled_at", SETTLED, ("accepted_at <= {seen_at}",), ("settled_as", "accepted_at")
    ),
    "clean_acceptance_rate": Drill(
        "settled_at",
        SETTLED,
        (
            "settled_as = 'accepted'",
            "(reopened_at IS NULL OR reopened_at > least(accepted_at + INTERVAL 720 HOUR, {seen_at}))",
            "(reasked_at IS NULL OR reasked_at > {seen_at})",
        ),
        ("settled_as", "reopened_at", "reasked_at"),
    ),
    "outcome_share": Drill("settled_at", SETTLED, ("settled_as = {breakdown}",), ("settled_as",)),
    "accepted_within_sla_rate": Drill(
        "least(clock_stopped_at, accept_due_at)",
        (RECORDED, "is_accepted_within_sla IS NOT NULL", "clock_known_at <= {seen_at}"),
        ("is_accepted_within_sla", "accepted_at <= {seen_at}"),
        ("clock_started_at", "accept_due_at", "accepted_at"),
    ),
    "ungoverned_rate": Drill(
        "transitioned_at", (RECORDED,), ("is_ungoverned",), ("crossed_at", "accepted_at")
    ),
    "drop_rate": Drill(
        "expires_at", ("expires_at <= {seen_at}",), ("is_dropped",), ("triggered_at", "transitioned_at")
    ),
    "rejection_rate": Drill(
        "decided_at", (RECORDED,), ("first_rejected_at <= {seen_at}",), ("first_rejected_at", "first_reason")
    ),
    "rejection_share": Drill(
        "decided_at",
        (RECORDED, "first_rejected_at <= {seen_at}"),
        ("first_reason = {breakdown}",),
        ("first_rejected_at", "first_reason"),
    ),
    "reassignment_rate": Drill("accepted_at", ACCEPTED_LONG_AGO, ("reassignments > 0",), ("reassignments",)),
    "median_hours_to_acceptance": Drill(
        "clock_started_at",
        (
            RECORDED,
            "clock_known_at <= {seen_at}",
            "(accepted_at IS NULL OR accepted_at >= clock_started_at)",
        ),
        ("accepted_at <= {seen_at}",),
        ("accepted_at", "hours_to_acceptance"),
    ),
    "median_hours_accepted_only": Drill(
        "accepted_at",
        (RECORDED, "hours_to_acceptance IS NOT NULL"),
        (),
        ("clock_started_at", "hours_to_acceptance"),
    ),
    "median_hours_to_first_touch": Drill(
        "transitioned_at", ("account IS NOT NULL",), ("first_touch_at <= {seen_at}",), ("first_touch_at",)
    ),
    "rediscovery_rate": Drill(
        "accepted_at", ACCEPTED_LONG_AGO, ("is_rediscovered",), ("examined_at", "reasked_at"), ACCOUNTS
    ),
    "rediscovery_receiver_rate": Drill(
        "accepted_at",
        ACCEPTED_LONG_AGO,
        ("is_rediscovered_by_receiver",),
        ("examined_at", "reasked_at"),
        ACCOUNTS,
    ),
    "rediscovery_sender_rate": Drill(
        "accepted_at",
        ACCEPTED_LONG_AGO,
        ("is_rediscovered_by_sender",),
        ("examined_at", "reasked_at"),
        ACCOUNTS,
    ),
    "nps_delta": Drill(
        "accepted_at",
        (RECORDED, "nps_change IS NOT NULL", "nps_after_at <= {seen_at}"),
        (),
        ("nps_before_at", "nps_after_at", "nps_change"),
        ACCOUNTS,
    ),
    "leak_to_churn_share": Drill(
        "transitioned_at",
        (*COHORT, "is_churned_within_year"),
        ("is_leaky",),
        ("churned_at", "completeness_score"),
        ACCOUNTS,
    ),
    "leak_to_churn_base_rate": Drill(
        "transitioned_at", COHORT, ("is_leaky",), ("started_at", "completeness_score"), ACCOUNTS
    ),
    "leak_to_churn_risk_ratio": Drill(
        "transitioned_at",
        COHORT,
        ("is_leaky", "is_churned_within_year"),
        ("churned_at", "completeness_score"),
        ACCOUNTS,
    ),
}
"""Metric → the packets behind it; without a hit it is no share: a mean or a median of what is shown."""


def counted(row: Row, zone: str) -> list[str]:
    """The conditions that the row's n packets meet, all of them."""
    drill, seen_at = DRILLS[row.metric], instant(row.seen_at)
    where = [f"handoff = {text(row.handoff)}"]
    if row.dimension != "all":
        where.append(f"{row.dimension} = {text(row.dimension_value)}")
    if row.dimension == "receiver":  # until then it was nobody's
        where.append(f"receiver_known_at <= {seen_at}")
    if drill.table == PACKETS:  # handoff_accounts has no others
        where.append(COUNTED)
    where += _in_period(drill.placed_by, row, zone)
    return where + _filled_in(drill.counted, row)


def hit(row: Row) -> list[str]:
    """The conditions that those in the numerator meet besides; none where the metric has no numerator."""
    return _filled_in(DRILLS[row.metric].hit, row)


def instant(moment: datetime) -> str:
    """An instant as a literal that means the same in every session's zone."""
    return f"TIMESTAMPTZ '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00'".replace(".000000", "")


def text(words: str) -> str:
    """People's text as a literal."""
    return "'" + words.replace("'", "''") + "'"


def _in_period(placed_by: str, row: Row, zone: str) -> list[str]:
    """That the local day of an instant lies in the row's period."""
    day = f"timezone({text(zone)}, {placed_by})::date"
    first, end = days_of(row.grain, row.period_start)
    if first is None:
        return [f"{placed_by} IS NOT NULL"]
    where = [f"{day} >= DATE '{first}'"]
    return [*where, f"{day} < DATE '{end}'"] if end else where


def _filled_in(conditions: Sequence[str], row: Row) -> list[str]:
    names = {"seen_at": instant(row.seen_at), "breakdown": text(row.breakdown)}
    return [condition.format(**names) for condition in conditions]
