"""Which packet says what about which metric? A view in; one `Fact` per packet, metric and breakdown out."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts.vocabulary import REASONS
from tests.oracle.packets import MONTH, Packet, hours_between
from tests.oracle.views import View

YEAR = timedelta(days=365)
LEAKY_BELOW = 0.70
REDISCOVERY = ("rediscovery_rate", "rediscovery_receiver_rate", "rediscovery_sender_rate")
OUTCOMES = ("accepted", "rejected", "crossed_undecided", "timed_out")
CHURN_METRICS = (("leak_to_churn_base_rate", ""), ("leak_to_churn_risk_ratio", ""),
                 ("leak_to_churn_risk_ratio", "by_segment"))  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """`at` places it in a period; `says` is None if the packet is not counted; `seen` = (part, whole) of coverage."""

    metric: str
    breakdown: str
    at: datetime
    says: Any
    seen: tuple[int, int] | None = None


def facts_of(view: View, packet: Packet, metrics: Container[str]) -> Iterator[Fact]:
    """What one packet, neither void nor withdrawn, says about some metrics as seen at the view's instant."""
    for tell, told in TELLERS.items():
        if any(metric in metrics for metric in told):
            yield from (fact for fact in tell(view, packet) if fact.metric in metrics)


def _transition(view: View, packet: Packet) -> Iterator[Fact]:
    at = packet.transitioned_at
    if at is None:
        return
    if packet.has_recorded_decisions:
        yield Fact("ungoverned_rate", "", at, packet.is_ungoverned)
    is_complete, score = packet.is_complete(at), packet.score(at)
    is_known = is_complete is not None
    seen = packet.observable(at)
    yield Fact("completion_rate", "", at, is_complete, seen)
    yield Fact("mean_completeness", "", at, score if is_known else None, seen)
    moments = {"completion_by_due_rate": packet.submit_due_at, "completion_now_rate": view.at}
    for metric, moment in moments.items():
        if moment <= view.at:
            says = packet.is_complete(moment) if is_known else None
            yield Fact(metric, "", at, says, packet.observable(moment))


def _expiry(view: View, packet: Packet) -> Iterator[Fact]:
    if packet.expires_at <= view.at:
        moved = packet.transitioned_at
        yield Fact("drop_rate", "", packet.expires_at, moved is None or moved > packet.expires_at)


def _touch(view: View, packet: Packet) -> Iterator[Fact]:
    at, has_account = packet.transitioned_at, view.account(packet) is not None
    if at:
        touched = view.first_touch_at(packet) if has_account else None
        wait = (hours_between(at, touched or view.at), touched is not None)
        yield Fact("median_hours_to_first_touch", "", at, wait if has_account else None, (has_account, 1))


def _settlement(view: View, packet: Packet) -> Iterator[Fact]:
    settlement = packet.settlement(view.at)
    if settlement is None or not packet.has_recorded_decisions:
        return
    at, outcome = settlement
    yield Fact("first_pass_acceptance_rate", "", at, outcome == "accepted")
    yield Fact("eventual_acceptance_rate", "", at, packet.accepted_at is not None)
    yield Fact("clean_acceptance_rate", "", at, outcome == "accepted" and not _is_undone(view, packet))
    for each in OUTCOMES:
        yield Fact("outcome_share", each, at, outcome == each)


def _is_undone(view: View, packet: Packet) -> bool:
    assert packet.accepted_at
    until = packet.accepted_at + MONTH
    is_reopened = packet.reopened_at is not None and packet.reopened_at <= until
    return is_reopened or any(True for _ in view.reasks(packet))


def _decision(_: View, packet: Packet) -> Iterator[Fact]:
    at = packet.decided_at
    if at is None or not packet.has_recorded_decisions:
        return
    yield Fact("rejection_rate", "", at, packet.rejection is not None)
    if packet.rejection:
        for reason in REASONS:
            yield Fact("rejection_share", reason, at, packet.first_reason == reason)


def _clock(view: View, packet: Packet) -> Iterator[Fact]:
    started, due, accepted = packet.clock_started_at, packet.accept_due_at, packet.accepted_at
    if started is None or due is None or packet.has_negative_wait or not packet.has_recorded_decisions:
        return
    wait = (hours_between(started, accepted or view.at), accepted is not None)
    yield Fact("median_hours_to_acceptance", "", started, wait)
    ended = min(packet.clock_stopped_at or due, due)
    if ended <= view.at:
        yield Fact("accepted_within_sla_rate", "", ended, accepted is not None and accepted <= due)


def _acceptance(_: View, packet: Packet) -> Iterator[Fact]:
    at = packet.accepted_at
    if at and packet.has_recorded_decisions and packet.hours_to_acceptance is not None:
        yield Fact("median_hours_accepted_only", "", at, packet.hours_to_acceptance)


def _nps(view: View, packet: Packet) -> Iterator[Fact]:
    at, has_account = packet.accepted_at, view.account(packet) is not None
    if at and packet.has_recorded_decisions:
        yield Fact("nps_delta", "", at, view.nps_change(packet) if has_account else None, (has_account, 1))


def _month_after(view: View, packet: Packet) -> Iterator[Fact]:
    at, has_account = packet.accepted_at, view.account(packet) is not None
    if at is None or at + MONTH > view.at or not packet.has_recorded_decisions:
        return
    yield Fact("reassignment_rate", "", at, packet.is_reassigned)
    sides = [side for _, side in view.reasks(packet)]
    seen = (has_account and bool(view.asked(packet)), 1)
    for metric, is_hit in zip(
        REDISCOVERY, (bool(sides), "receiver" in sides, "sender" in sides), strict=True
    ):
        yield Fact(metric, "", at, is_hit if has_account else None, seen)


@dataclass(frozen=True)
class Member:
    """An account of the cohort."""

    is_leaky: bool
    is_churned: bool
    segment: str | None


def _leak(view: View, packet: Packet) -> Iterator[Fact]:
    at, account = packet.transitioned_at, view.account(packet)
    if packet.contract.number != "H03" or at is None:
        return
    of_this = [each for each in view.moved[account] if each.contract.number == "H03"]
    if account is not None and of_this[0] is not packet:
        return
    member = _member(view, packet, account) if account else None
    seen = (account is not None, 1)
    churned = member.is_leaky if member and member.is_churned else None
    yield Fact("leak_to_churn_share", "", at, churned, seen)
    for metric, breakdown in CHURN_METRICS:
        is_rate = metric == "leak_to_churn_base_rate"
        yield Fact(metric, breakdown, at, member.is_leaky if member and is_rate else member, seen)


def _member(view: View, packet: Packet, account: str) -> Member | None:
    assert packet.transitioned_at
    started, score = view.started_at(account), packet.score(packet.transitioned_at)
    if started is None or started + YEAR > view.at or score is None:
        return None
    churn = view.churn(account)
    is_churned = churn is not None and churn.time <= started + YEAR
    if churn and (
        churn.time < started or (is_churned and str(churn.detail.get("involuntary")).lower() == "true")
    ):
        return None
    return Member(score < LEAKY_BELOW, is_churned, packet.segment)


TELLERS: dict[Callable[[View, Packet], Iterator[Fact]], tuple[str, ...]] = {
    _transition: (
        "completion_rate", "completion_by_due_rate", "completion_now_rate", "mean_completeness", "ungoverned_rate",
    ),
    _expiry: ("drop_rate",),
    _touch: ("median_hours_to_first_touch",),
    _settlement: (
        "first_pass_acceptance_rate", "eventual_acceptance_rate", "clean_acceptance_rate", "outcome_share",
    ),
    _decision: ("rejection_rate", "rejection_share"),
    _clock: ("median_hours_to_acceptance", "accepted_within_sla_rate"),
    _acceptance: ("median_hours_accepted_only",),
    _nps: ("nps_delta",),
    _month_after: ("reassignment_rate", *REDISCOVERY),
    _leak: ("leak_to_churn_share", "leak_to_churn_base_rate", "leak_to_churn_risk_ratio"),
}  # fmt: skip
"""Who tells about which metrics."""
