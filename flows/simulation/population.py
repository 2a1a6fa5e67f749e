"""What would definitions.md measure in an endless company that behaves like this?

The `planted` half of truth.json.

In: a `Behaviour`, the SLA hours and the receivers' slowness. Out: population values, grain `all`, in closed
form or by plain numerical integration; a simulated company of finite size scatters around them, and what is
still open at `until` blurs the last days. How complete packets are also depends on the contract's fields:
`completeness.py`. What happens to customers: `churning.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from flows.simulation import behaviour as b
from flows.simulation.behaviour import Behaviour, swing
from flows.simulation.columns import Reals
from flows.simulation.company import REASONS


def planted(
    given: Behaviour, accept_hours: Sequence[tuple[float, float]], slowness: Reals, is_elapsed: bool
) -> dict[str, object]:
    """Population values per definitions.md. `accept_hours` are the accept SLAs in force with their share of
    the period; `slowness` are the receivers' natural logs; `is_elapsed`: SLAs count every hour.
    """
    share = dict(enumerate(given.shares))
    moved = sum(share[path] for path in b.TRANSITIONING)
    low, middle, high = given.before
    return {
        **_completion(given, moved),
        **_acceptance(given),
        **_rejection(given),
        # Receivers wait by the clock on the wall: within so many business hours has no closed form.
        "accepted_within_sla_rate": _within_sla(given, accept_hours, slowness) if is_elapsed else None,
        "median_hours_to_acceptance": _median_hours(given, accept_hours, slowness),
        "median_hours_to_first_touch": _median_touch(given),
        "ungoverned_rate": sum(share[path] for path in b.UNGOVERNED) / moved,
        "drop_rate": 1 - moved,
        "rediscovery_rate": given.reasked + given.asked_again,
        # Only what was answered in the packet itself is ever asked again.
        "rediscovery_receiver_rate": given.reasked + given.asked_again,
        "rediscovery_sender_rate": 0.0,
        "rediscovery_coverage": 1 - (1 - given.reasked - given.asked_again) * (1 - given.checked),
        "reassignment_rate": given.reassigned,
        "nps_delta": 100 * (given.better * (low + middle) - given.worse * (middle + high)),
        "wrong_person_share": given.wrong_person,
        "void_share": given.void,
        "withdrawn_share": given.withdrawn,
        "submitted_late_share": given.late,
    }


def _completion(given: Behaviour, moved: float) -> dict[str, object]:
    """Over transitioned packets; what was complete in the end may have been late, what was not may have been
    mended.
    """
    share = dict(enumerate(given.shares))
    blind = share[b.CROSSED_BLIND] / moved
    mended_first = given.faulty * share[b.REWORKED] / moved
    punctual = blind + (1 - given.late) * (1 - blind - mended_first)
    soon = blind * given.soon
    missing = 1 - given.complete
    return {
        "completion_rate": given.complete,
        "completion_by_due_rate": given.complete * punctual + missing * soon,
        "completion_now_rate": given.complete * (1 - given.spoiled)
        + missing * (soon + (1 - soon) * given.mended),
        "completion_rate_by_motion": {
            name: given.complete + swing(given) * shift for name, _, shift in b.MOTIONS
        },
    }


def _acceptance(given: Behaviour) -> dict[str, object]:
    """Over settled packets: all but those never submitted, or never ready, that nobody decided or began."""
    share = dict(enumerate(given.shares))
    settled = 1 - share[b.NOWHERE] - share[b.STUCK]
    first = share[b.ACCEPTED] / settled
    ever = (
        share[b.ACCEPTED] + share[b.REWORKED] + share[b.SLOW] + share[b.CROSSED_FIRST] * given.later_accepted
    )
    return {
        "first_pass_acceptance_rate": first,
        "eventual_acceptance_rate": ever / settled,
        "clean_acceptance_rate": first * (1 - given.reopened) * (1 - given.reasked - given.asked_again),
        "outcome_share": _outcomes(share, settled),
    }


def _outcomes(share: dict[int, float], settled: float) -> dict[str, float]:
    return {
        "accepted": share[b.ACCEPTED] / settled,
        "rejected": (share[b.REWORKED] + share[b.REFUSED] + share[b.OVERRULED]) / settled,
        "crossed_undecided": (share[b.CROSSED_FIRST] + share[b.CROSSED_BLIND]) / settled,
        "timed_out": (share[b.SLOW] + share[b.SILENT] + share[b.FORGOTTEN]) / settled,
    }


def _rejection(given: Behaviour) -> dict[str, object]:
    """Over decided packets; the reason is the one of the first rejection."""
    share = dict(enumerate(given.shares))
    rejected = share[b.REWORKED] + share[b.REFUSED] + share[b.OVERRULED]
    accepted = share[b.ACCEPTED] + share[b.SLOW] + share[b.CROSSED_FIRST] * given.later_accepted
    missing = (
        share[b.REWORKED] * (1 - given.complete * (1 - given.faulty))
        + share[b.REFUSED] * given.faulty
        + share[b.OVERRULED] * (1 - given.complete)
    ) / rejected
    said, others = missing * b.SAID_MISSING, [reason for reason in REASONS if reason != "missing_field"]
    # Whoever does not say so picks one of the others, or writes a text of their own, which counts as other.
    each = (1 - said) / (len(others) + 1)
    return {
        "rejection_rate": rejected / (rejected + accepted),
        "rejection_share": {"missing_field": said, **dict.fromkeys(others, each), "other": 2 * each},
    }


def _median_touch(given: Behaviour) -> float | None:
    """Hours from the transition to the first touch; None if half of the customers are never touched. A touch
    that belongs to another packet of the account may come first, so rarely that it is left out.
    """
    if given.touched <= 0.5:
        return None
    return math.exp(b.TOUCH + b.TOUCH_SPREAD * NormalDist().inv_cdf(0.5 / given.touched))


def _within_sla(given: Behaviour, accept_hours: Sequence[tuple[float, float]], slowness: Reals) -> float:
    return sum(weight * _accepted_within(sla, given, sla, slowness) for weight, sla in accept_hours)


def _median_hours(
    given: Behaviour, accept_hours: Sequence[tuple[float, float]], slowness: Reals
) -> float | None:
    """Hours after which half of all packets with a running accept clock are accepted; None if half never are.
    Elapsed hours: exact where the calendar is `always`, and elsewhere up to twice the accept SLA.
    """
    quarters = 8 * max(sla for _, sla in accept_hours) + 400

    def accepted_within(hours: float) -> float:
        return sum(weight * _accepted_within(hours, given, sla, slowness) for weight, sla in accept_hours)

    low, high = 0.0, float(quarters)
    if accepted_within(high) < 0.5:
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if accepted_within(middle) < 0.5 else (low, middle)
    return round(high, 3)


def _accepted_within(hours: float, given: Behaviour, sla: float, slowness: Reals) -> float:
    """Share of the packets with a clock that are accepted within so many hours of its start."""
    share, median = dict(enumerate(given.shares)), given.pace * sla
    mended_first = share[b.REWORKED] * given.complete * given.faulty
    first = _lognormal_share(hours, median, given.spread, slowness)
    # Refused, overruled and crossed_first packets have a clock if all was usable, or is mended.
    open_clock = given.complete + (1 - given.complete) * given.mended
    clocks = (
        share[b.ACCEPTED]
        + share[b.REWORKED]
        + share[b.SLOW]
        + share[b.SILENT]
        + share[b.FORGOTTEN]
        + share[b.REFUSED] * (1 - given.faulty)
        + share[b.OVERRULED] * open_clock
        + share[b.CROSSED_FIRST] * (given.later_accepted + (1 - given.later_accepted) * open_clock)
    )
    accepted = (
        share[b.ACCEPTED] * (first + (1 - first) * _hurried(hours, sla))
        + mended_first * first
        + (share[b.REWORKED] - mended_first)
        * _lognormal_share(hours, b.REWORK_FACTOR * median, b.REWORK_SPREAD, slowness)
        + share[b.SLOW] * _lognormal_share(hours - 2 * sla - 0.5, b.EXTRA * sla, b.EXTRA_SPREAD, np.zeros(1))
        + share[b.CROSSED_FIRST] * given.later_accepted * _signed_late(hours, sla)
    )
    return accepted / clocks


def _hurried(hours: float, sla: float) -> float:
    """Those who would take longer decide shortly before the silence would count."""
    low, high = b.HURRY
    return min(max((hours / (2 * sla * b.PATIENCE) - low) / (high - low), 0.0), 1.0)


def _signed_late(hours: float, sla: float) -> float:
    """Crossing, then acceptance: two uniform waits after another."""
    crossing = 2 * sla * np.linspace(*b.EARLY_CROSSING, 200)
    low, high = b.LATE_SIGNATURE
    return float(np.mean(np.clip((hours - crossing - low) / (high - low), 0, 1)))


def _lognormal_share(hours: float, median: float, sigma: float, slowness: Reals) -> float:
    if hours <= 0:
        return 0.0
    centred = (math.log(hours / median) - slowness) / sigma
    return float(np.mean([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in centred]))
