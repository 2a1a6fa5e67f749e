"""How does churn hang together with leaky signings, in an endless company?

In: the planted churn, the signing handoff and the versions its cohort was judged by. Out: the population values of
the leak_to_churn metrics of definitions.md, in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence

from flows.simulation.accounts import INVOLUNTARY, INVOLUNTARY_DAYS
from flows.simulation.behaviour import Behaviour, Churn
from flows.simulation.company import SeamVersion
from flows.simulation.completeness import leaks


def churn_planted(
    given: Behaviour, versions: Sequence[tuple[float, SeamVersion]], churn: Churn
) -> dict[str, float]:
    """The association of a leaky signing with churn in the first year, involuntary churn left out. `versions` with
    their shares of the cohort: signings that lie a year back.

    A packet is leaky by its score. Churn was planted by the plan, and a light packet may score as low as a leaky one.
    """
    planned = (1 - given.complete) * given.leaky
    below = [(share, leaks(given, version)) for share, version in versions]
    both = planned * sum(share * each.planned for share, each in below)
    by_score = (1 - planned) * sum(share * each.others for share, each in below)
    leaky = both + by_score
    first, last = INVOLUNTARY_DAYS
    free = (1 - INVOLUNTARY) / (1 - INVOLUNTARY * (365 - first) / (last - first))
    if_leaky = free * (both * churn.leaky + by_score * churn.other) / leaky
    otherwise = free * ((planned - both) * churn.leaky + (1 - planned - by_score) * churn.other) / (1 - leaky)
    rate = leaky * if_leaky + (1 - leaky) * otherwise
    return {
        "churn_if_leaky": if_leaky,
        "churn_otherwise": otherwise,
        "churn_rate": rate,
        "leak_to_churn_base_rate": leaky,
        "leak_to_churn_share": leaky * if_leaky / rate,
        "leak_to_churn_risk_ratio": if_leaky / otherwise,
    }
