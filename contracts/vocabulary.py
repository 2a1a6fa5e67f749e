"""Which words does everyone agree on? Field types, faults, reasons, event types and metrics, each listed in
one place.

Plain constants: importing this module costs nothing, so that the command line, the simulator and the suites
share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Status = Literal["draft", "active", "retired"]
FieldType = Literal["text", "number", "date", "datetime", "boolean", "choice", "list"]
Severity = Literal["critical", "warning"]
GateMode = Literal["block", "warn", "none"]
Direction = Literal["at_least", "below"]
Fault = Literal["missing", "invalid", "stale"]
Unit = Literal["share", "hours", "nps_points", "currency", "count", "ratio"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

FIELD_TYPES: tuple[FieldType, ...] = get_args(FieldType)
ITEM_TYPES: tuple[FieldType, ...] = ("text", "number", "date", "datetime", "boolean")
"""What a key of a list's `item` may be, besides a list of allowed values."""
FAULTS: tuple[Fault, ...] = get_args(Fault)
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)

KEYS_OF_TYPE: dict[FieldType, tuple[str, ...]] = {
    "text": ("min_length", "max_length"),
    "number": ("minimum", "maximum", "unit"),
    "date": (),
    "datetime": (),
    "boolean": (),
    "choice": ("values",),
    "list": ("min_items", "item"),
}
"""Field type → the contract keys that belong to it alone."""

REASONS: tuple[str, ...] = (
    "missing_field",
    "wrong_value",
    "unqualified",
    "wrong_receiver",
    "duplicate",
    "capacity",
    "other",
)
"""Why a packet is rejected, re-opened, withdrawn or voided; any other text counts as `other`."""

REASONED_ACTS: tuple[str, ...] = ("rejected", "reopened", "withdrawn", "voided")
"""Acts that undo or refuse."""

ALL_MOTIONS = "all"
"""What stands for every motion of an account; no motion may be called so."""

EVENT_TYPES: tuple[str, ...] = (
    "record.changed",
    "record.linked",
    "handoff.triggered",
    "handoff.field_set",
    "handoff.submitted",
    "handoff.accepted",
    "handoff.rejected",
    "handoff.reopened",
    "handoff.withdrawn",
    "handoff.voided",
    "handoff.assigned",
    "handoff.crossed",
    "handoff.question_asked",
    "handoff.reasked",
    "handoff.reask_checked",
    "handoff.customer_updated",
    "account.started",
    "account.arr_set",
    "account.churned",
    "account.touched",
    "account.milestone",
    "account.primary_set",
    "account.linked",
    "survey.answered",
    "person.set",
)

DEFAULT_PLACEHOLDERS: tuple[str, ...] = (
    "",
    "tbd",
    "n/a",
    "na",
    "none",
    "null",
    "-",
    "--",
    "?",
    "unknown",
    "select",
    "todo",
    "see *",
    "ask *",
    "same as *",
)
"""Texts that mean "not filled in", trimmed and case-folded; `*` stands for anything, no other letter does."""


@dataclass(frozen=True)
class Metric:
    """One metric of the scorecard. Without a direction it takes no target; one lies from `low` to `high`."""

    unit: Unit
    direction: Direction | None
    low: float = 0.0
    high: float = 1.0


_HOUR_LIMIT = 8784.0  # a leap year

METRICS: dict[str, Metric] = {
    "completion_rate": Metric("share", "at_least"),
    "completion_by_due_rate": Metric("share", "at_least"),
    "completion_now_rate": Metric("share", "at_least"),
    "mean_completeness": Metric("share", "at_least"),
    "first_pass_acceptance_rate": Metric("share", "at_least"),
    "eventual_acceptance_rate": Metric("share", "at_least"),
    "clean_acceptance_rate": Metric("share", "at_least"),
    "outcome_share": Metric("share", None),
    "accepted_within_sla_rate": Metric("share", "at_least"),
    "ungoverned_rate": Metric("share", "below"),
    "drop_rate": Metric("share", "below"),
    "rejection_rate": Metric("share", "below"),
    "rejection_share": Metric("share", None),
    "reassignment_rate": Metric("share", "below"),
    "median_hours_to_acceptance": Metric("hours", "below", high=_HOUR_LIMIT),
    "median_hours_accepted_only": Metric(
        "hours", None
    ),  # no interval, so no status: only what other tools show
    "median_hours_to_first_touch": Metric("hours", "below", high=_HOUR_LIMIT),
    "rediscovery_rate": Metric("share", "below"),
    "rediscovery_receiver_rate": Metric("share", "below"),
    "rediscovery_sender_rate": Metric("share", "below"),
    "nps_delta": Metric("nps_points", "at_least", low=-200.0, high=200.0),
    "leak_to_churn_share": Metric("share", None),  # an association: shown with its base rate, never a target
    "leak_to_churn_base_rate": Metric("share", None),
    "leak_to_churn_risk_ratio": Metric("ratio", None),
}
"""Every metric of the scorecard, in the order it is shown."""

METRICS_WITH_TARGETS: tuple[str, ...] = tuple(name for name, metric in METRICS.items() if metric.direction)
