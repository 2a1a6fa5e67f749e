"""What makes a handoff of the simulated company good or bad?

The leaks as plain numbers, and the paths of a packet.

`story.py` gives each handoff its `Behaviour`; `population.py` turns one into what definitions.md would
measure in an endless company. Paths are what can happen to a packet after its trigger; their shares sum to 1
(void and withdrawn packets come on top).
"""

from __future__ import annotations

from dataclasses import dataclass, field

(
    ACCEPTED,
    REWORKED,
    REFUSED,
    CROSSED_FIRST,
    CROSSED_BLIND,
    SLOW,
    SILENT,
    FORGOTTEN,
    NOWHERE,
    STUCK,
    OVERRULED,
) = range(11)
PATHS = (
    "accepted",  # the first decision is an acceptance
    "reworked",  # rejected, sent again, accepted
    "refused",  # rejected, and that was it
    "crossed_first",  # work began before the receiver decided; some are accepted later
    "crossed_blind",  # work began without any submission
    "slow",  # accepted after silence of more than 2 x the accept SLA
    "silent",  # never decided, crossed after the silence
    "forgotten",  # never decided, never crossed
    "nowhere",  # triggered, and nothing came of it
    "stuck",  # submitted incomplete, nobody decided, never crossed
    "overruled",  # rejected, and crossed all the same
)
TRANSITIONING = (ACCEPTED, REWORKED, CROSSED_FIRST, CROSSED_BLIND, SLOW, SILENT, OVERRULED)
UNGOVERNED = (CROSSED_FIRST, CROSSED_BLIND, SILENT, OVERRULED)
REWORK_FACTOR, REWORK_SPREAD = 2.5, 0.5  # first submission to final acceptance, in medians of a clean one
PATIENCE = 0.9  # acceptances on the first pass come before this share of the silence of 2 x SLA
HURRY = (0.95, 1.0)  # those who would take longer come in this part of that time
EXTRA, EXTRA_SPREAD = (
    0.5,
    0.8,
)  # after the silence: acceptance takes half an hour and so many accept SLAs more
EARLY_CROSSING = (0.05, 0.6)  # crossed_first: in shares of the silence
LATE_SIGNATURE = (2.0, 72.0)  # crossed_first: hours from the crossing to the acceptance, if any
# Of the required critical fields so many fail: where a packet is incomplete, and where it is leaky.
LIGHT, HEAVY = 0.2, (0.45, 0.8)
OVERLOOKED = 0.1  # on the paths `accepted` and `crossed_blind`: a required field that only warns stays empty
DEPENDED_ON = 0.35  # a field on which others depend has a real value
SAID_MISSING = 0.85  # of the rejections for a missing field: the reason says so
TOUCH, TOUCH_SPREAD = 3.0, 1.0  # natural log of the hours from the transition to the first touch
MOTIONS = (
    ("inbound", 0.5, 0.04),
    ("outbound", 0.3, 0.0),
    ("partner", 0.2, -0.10),
)  # name, share, better or worse


@dataclass(frozen=True)
class Behaviour:
    """Shares are 0-1 of the packets of one handoff; hours are elapsed."""

    complete: float  # complete at the transition, whatever the path
    mended: float  # of those that were not: filled in later
    shares: tuple[float, ...]  # per path
    pace: float = 0.45  # median acceptance, in accept SLAs, of the paths `accepted` and mended `reworked`
    spread: float = 0.8  # sigma of the lognormal
    late: float = 0.08  # submitted after the submit SLA
    leaky: float = 0.5  # of the incomplete: nearly half of the fields fail, or more
    spoiled: float = 0.015  # complete at the transition, spoiled afterwards
    faulty: float = 0.7  # of the reworked: a field was missing at the first submission
    soon: float = 0.4  # of crossed_blind and incomplete: mended before the submit SLA ended
    later_accepted: float = 0.5  # of crossed_first
    reasked: float = 0.12
    asked_again: float = 0.04  # asked about a field that was valid in the packet
    checked: float = 0.5  # someone looked for re-asks
    surveyed: float = 0.35
    better: float = 0.15
    worse: float = 0.15
    touched: float = 0.8  # by the receiver, in the end; more than half, so that the median wait exists
    reassigned: float = 0.08
    wrong_person: float = 0.05
    withdrawn: float = 0.012
    void: float = 0.008
    reopened: float = 0.03
    before: tuple[float, float, float] = field(default=(0.2, 0.4, 0.4))  # detractors, passives, promoters


@dataclass(frozen=True)
class Churn:
    """Which share of the customers leaves within the first year; involuntary ends come on top."""

    leaky: float = 0.19  # where the packet of the signing leaked
    other: float = 0.08


def swing(given: Behaviour) -> float:
    """How much of the differences between people and motions fits without leaving 0-1."""
    return min(1.0, given.complete / 0.2, (1 - given.complete) / 0.2)
