"""What was planted, and what came of it? The figures of `truth.json`.

In: counts of every block. Out: `Truth`. `planted` are population values per definitions.md (grain `all`):
what an endless company would show. `realised` are whole numbers, exact to the last packet as of `until`;
tests may demand equality.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from flows.simulation.accounts import CHURN_LEAKY, CHURN_OTHER, INVOLUNTARY, INVOLUNTARY_DAYS
from flows.simulation.columns import DAY, HOUR
from flows.simulation.company import Company, Seam
from flows.simulation.judging import OUTCOMES, Counts
from flows.simulation.population import planted


@dataclass(frozen=True)
class Truth:
    """What `simulate` planted; `handoffs[id]` has `planted` and `realised`."""

    seed: int
    packets: int
    months: int
    until: str
    events: int  # rows written, twins and revisions included
    handoffs: dict[str, dict[str, dict[str, Any]]]
    company: dict[str, Any] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """As JSON, one key per line."""
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def handoff_truth(company: Company, seam: Seam, counts: Counts) -> dict[str, dict[str, Any]]:
    """Planted and realised figures of one handoff."""
    slowness = company.people.receiver_slowness(seam.current.receiver.team)
    numbers: dict[str, object] = {}
    numbers.update({name: n for name, n in counts.numbers.items() if not name.startswith("settled_")})
    numbers["accepted_of_settled"] = counts.numbers.get("settled_accepted_eventually", 0)
    numbers["outcomes"] = {name: counts.numbers.get(f"settled_{name}", 0) for name in OUTCOMES}
    numbers["median_hours_to_acceptance"], numbers["median_hours_accepted_only"] = _medians(counts)
    return {"planted": planted(seam.behaviour, _accept_hours(company, seam), slowness), "realised": numbers}


def _accept_hours(company: Company, seam: Seam) -> list[tuple[float, float]]:
    """Share of the period in which each version was in force, and its accept SLA."""
    begins = [float("-inf"), *[version.first_day * DAY for version in seam.versions[1:]], float("inf")]
    hours = []
    for version, begin, end in zip(seam.versions, begins, begins[1:], strict=False):
        span = max(min(end, company.until) - max(begin, company.start), 0) / (company.until - company.start)
        hours.append((span, float(version.contract.sla.accept_hours)))
    return hours


def churn_planted(seam: Seam | None) -> dict[str, float]:
    """The association of a leaky H03 packet with churn in the first year, involuntary churn left out."""
    leaky = 0.0 if seam is None else (1 - seam.behaviour.complete) * seam.behaviour.leaky
    first, last = INVOLUNTARY_DAYS
    free = (1 - INVOLUNTARY) / (1 - INVOLUNTARY * (365 - first) / (last - first))
    if_leaky, otherwise = CHURN_LEAKY * free, CHURN_OTHER * free
    base = leaky * if_leaky + (1 - leaky) * otherwise
    return {
        "leaky_share": leaky,
        "churn_if_leaky": if_leaky,
        "churn_otherwise": otherwise,
        "leak_to_churn_base_rate": base,
        "leak_to_churn_share": leaky * if_leaky / base,
        "leak_to_churn_risk_ratio": if_leaky / otherwise,
    }


def _medians(counts: Counts) -> tuple[float | None, float | None]:
    """Kaplan-Meier median of clock start to acceptance, and the plain median of the accepted (hours)."""
    if not counts.clock_hours:
        return None, None
    spans = np.concatenate([span for span, _ in counts.clock_hours])
    accepted = np.concatenate([done for _, done in counts.clock_hours])
    plain = float(np.median(spans[accepted])) / HOUR if accepted.any() else None
    instants, place = np.unique(spans, return_inverse=True)
    events = np.bincount(place, weights=accepted, minlength=len(instants))
    leaving = np.bincount(place, minlength=len(instants))
    at_risk = len(spans) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    survival = np.cumprod(1 - events / np.maximum(at_risk, 1))
    reached = np.flatnonzero(survival <= 0.5 + 1e-12)
    return (float(instants[reached[0]]) / HOUR if len(reached) else None), plain
