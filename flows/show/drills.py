"""Which packets does each metric count? Conditions on the published tables, in the order people think of them.

A figure is "seen at" an instant: the closing of its period, else the run's now. What happened later does not count in
it, and the conditions say so wherever it could make a difference.
"""

from __future__ import annotations

from dataclasses import dataclass

PACKETS, ACCOUNTS = "handoff_packets", "handoff_accounts"
COUNTED = "status NOT IN ('void', 'withdrawn')"
RECORDED = "has_recorded_decisions"
TIMED_OUT_LATER = "settled_as = 'timed_out' AND clock_known_at > {seen_at}"  # nobody could know of it yet
SETTLED_AT = f"CASE WHEN {TIMED_OUT_LATER} THEN least(decided_at, crossed_at) ELSE settled_at END"
SETTLED_AS = f"CASE WHEN {TIMED_OUT_LATER} THEN answered_as ELSE settled_as END"
TOUCHED_AT = "CASE WHEN receiver_known_at <= {seen_at} THEN first_touch_at ELSE team_touched_at END"
ACCEPTED_LONG_AGO = (RECORDED, "accepted_at + INTERVAL 720 HOUR <= {seen_at}")
COHORT = ("is_in_churn_cohort", "started_at + INTERVAL 8760 HOUR <= {seen_at}")


@dataclass(frozen=True)
class Drill:
    """What a metric counts in a table: placed in a period by the local day of `placed_by`, `counted`, and a `hit`.

    `{seen_at}` and `{breakdown}` are the row's, as literals; `shown` are the columns that let a person see why.
    `placed_as` names an instant that is no column of the table.
    """

    placed_by: str
    counted: tuple[str, ...]
    hit: tuple[str, ...]
    shown: tuple[str, ...] = ()
    table: str = PACKETS
    placed_as: str = ""


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
        SETTLED_AT,
        (RECORDED,),
        ("settled_as = 'accepted'",),
        ("settled_as", "accepted_at"),
        placed_as="settled_at",
    ),
    "eventual_acceptance_rate": Drill(
        SETTLED_AT,
        (RECORDED,),
        ("accepted_at <= {seen_at}",),
        ("settled_as", "accepted_at"),
        placed_as="settled_at",
    ),
    "clean_acceptance_rate": Drill(
        SETTLED_AT,
        (RECORDED,),
        (
            "settled_as = 'accepted'",
            "(reopened_at IS NULL OR reopened_at > least(accepted_at + INTERVAL 720 HOUR, {seen_at}))",
            "(reasked_at IS NULL OR reasked_at > {seen_at})",
        ),
        ("settled_as", "reopened_at", "reasked_at"),
        placed_as="settled_at",
    ),
    "outcome_share": Drill(
        SETTLED_AT,
        (RECORDED,),
        (f"{SETTLED_AS} = {{breakdown}}",),
        ("settled_as", "answered_as", "clock_known_at"),
        placed_as="settled_at",
    ),
    "accepted_within_sla_rate": Drill(
        "least(clock_stopped_at, accept_due_at)",
        (RECORDED, "is_accepted_within_sla IS NOT NULL", "clock_known_at <= {seen_at}"),
        ("is_accepted_within_sla", "accepted_at <= {seen_at}"),
        ("clock_started_at", "accept_due_at", "accepted_at"),
        placed_as="clock_ended_at",
    ),
    "ungoverned_rate": Drill(
        "transitioned_at", (RECORDED,), ("is_ungoverned",), ("crossed_at", "accepted_at")
    ),
    "drop_rate": Drill(
        "expires_at",
        ("expires_at <= {seen_at}", "is_dropped IS NOT NULL"),
        ("is_dropped",),
        ("triggered_at", "transitioned_at"),
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
        "transitioned_at",
        ("account IS NOT NULL",),
        (f"{TOUCHED_AT} <= {{seen_at}}",),
        ("first_touch_at", "team_touched_at"),
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
