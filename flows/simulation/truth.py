"""What was planted, and what came of it? The figures of `truth.json`.

In: counts of every block. Out: `Truth`. `planted` are population values per definitions.md (grain `all`):
what an endless company would show. `realised` are whole numbers, exact to the last packet as of `until`;
tests may demand equality.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from flows.simulation.churning import churn_planted
from flows.simulation.columns import DAY, HOUR
from flows.simulation.company import Company, Seam, SeamVersion
from flows.simulation.completeness import leaky_share, mean_score
from flows.simulation.judging import OUTCOMES, Counts
from flows.simulation.population import planted

SIGNING = "ae_to_onboarding"


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
    numbers: dict[str, object] = {}
    numbers.update({name: n for name, n in counts.numbers.items() if not name.startswith("settled_")})
    numbers["accepted_of_settled"] = counts.numbers.get("settled_accepted_eventually", 0)
    numbers["outcomes"] = {name: counts.numbers.get(f"settled_{name}", 0) for name in OUTCOMES}
    numbers["median_hours_to_acceptance"], numbers["median_hours_accepted_only"] = _medians(counts)
    return {"planted": handoff_planted(company, seam), "realised": numbers}


def handoff_planted(company: Company, seam: Seam) -> dict[str, Any]:
    """Population values of one handoff: what was planted does not depend on the seed."""
    slowness = company.people.receiver_slowness(seam.current.receiver.team)
    versions = _in_force(seam, company.start, company.until)
    accept_hours = [(share, float(version.contract.sla.accept_hours)) for share, version in versions]
    is_elapsed = all(version.contract.sla.calendar == "always" for _, version in versions)
    return {
        **planted(seam.behaviour, accept_hours, slowness, is_elapsed),
        "mean_completeness": sum(share * mean_score(seam.behaviour, version) for share, version in versions),
        "leaky_share": sum(share * leaky_share(seam.behaviour, version) for share, version in versions),
    }


def leak_to_churn_planted(company: Company) -> dict[str, float] | None:
    """Population values of the churn metrics; None without a signing handoff, or before anyone's year has passed."""
    signing = next((seam for seam in company.seams if seam.contract.id == SIGNING), None)
    last = company.until - 365 * DAY
    if signing is None or last <= company.start:
        return None
    return churn_planted(signing.behaviour, _in_force(signing, company.start, last), company.churn)


def _in_force(seam: Seam, begin: int, end: int) -> list[tuple[float, SeamVersion]]:
    """The versions in force between two instants, each with its share of that time."""
    edges = [float("-inf"), *[version.first_day * DAY for version in seam.versions[1:]], float("inf")]
    shares = [
        max(min(last, end) - max(first, begin), 0) / (end - begin)
        for first, last in itertools.pairwise(edges)
    ]
    return [(share, version) for share, version in zip(shares, seam.versions, strict=True) if share]


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
