"""How complete is a packet of a handoff, on average, and how many are leaky?

In closed form, from the fields of a contract version and the planted behaviour.

In: a `Behaviour` and a version. Out: the mean completeness_score of transitioned packets, and the share of those
below a limit. `fields.py` lets so many fields fail, drawn without replacement, so a packet's missing weight follows
from counting subsets. A recycled lead, one field of which never fails, is taken for any other.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from flows.simulation import behaviour as b
from flows.simulation.behaviour import Behaviour
from flows.simulation.company import SeamVersion

LEAK_LIMIT = 0.70  # definitions.md: a packet whose completeness_score is below it is leaky
Weights = tuple[float, ...]


@dataclass(frozen=True)
class Leaks:
    """Shares of the transitioned packets below the limit: of those planned to be leaky, and of the others."""

    planned: float
    others: float


@dataclass(frozen=True)
class _Demand:
    """What is required of a packet, as weights: fields that may fail, fields that only warn, and all of them."""

    critical: Weights
    warning: Weights
    whole: float


def mean_score(given: Behaviour, version: SeamVersion) -> float:
    """Mean completeness_score at the transition; 0-1."""
    missing = 1 - given.complete
    return sum(
        share * _mean(scores)
        for part, leaky in (
            (given.complete, None),
            (missing * (1 - given.leaky), False),
            (missing * given.leaky, True),
        )
        for chance, demand in _demands(version)
        for share, scores in [(part * chance, _scores(given, demand, leaky))]
    )


def leaks(given: Behaviour, version: SeamVersion) -> Leaks:
    """How often the score falls below `LEAK_LIMIT` where the packet was planned to be leaky, and where not."""
    return Leaks(
        planned=_below(given, version, True),
        others=(given.complete * _below(given, version, None) + _light(given) * _below(given, version, False))
        / (given.complete + _light(given)),
    )


def leaky_share(given: Behaviour, version: SeamVersion) -> float:
    """Share of the transitioned packets whose completeness_score is below `LEAK_LIMIT`."""
    planned, found = (1 - given.complete) * given.leaky, leaks(given, version)
    return planned * found.planned + (1 - planned) * found.others


def _light(given: Behaviour) -> float:
    return (1 - given.complete) * (1 - given.leaky)


def _below(given: Behaviour, version: SeamVersion, leaky: bool | None) -> float:
    return sum(
        chance * probability
        for chance, demand in _demands(version)
        for score, probability in _scores(given, demand, leaky).items()
        if score < LEAK_LIMIT
    )


def _mean(scores: dict[float, float]) -> float:
    return sum(score * probability for score, probability in scores.items())


def _demands(version: SeamVersion) -> Iterator[tuple[float, _Demand]]:
    """What may be required, and how often: a field that depends on another only where that has a real value."""
    conditions = sorted(set(version.condition[version.condition >= 0].tolist()))
    for values in itertools.product((True, False), repeat=len(conditions)):
        state = dict(zip(conditions, values, strict=True))
        chance = math.prod(_given(version, place, real) for place, real in state.items())
        required = {
            place: each
            for place, each in enumerate(version.contract.fields)
            if each.required or state.get(int(version.condition[place]), False)
        }
        free = {place: each for place, each in required.items() if place not in state}
        yield (
            chance,
            _Demand(
                tuple(float(each.weight) for each in free.values() if each.severity == "critical"),
                tuple(float(each.weight) for each in free.values() if each.severity == "warning"),
                sum(float(each.weight) for each in required.values()),
            ),
        )


def _given(version: SeamVersion, place: int, real: bool) -> float:
    """Where nothing can be attested, a required field has a real value all the same."""
    always = version.contract.fields[place].required and not len(version.words[place].attested)
    share = 1.0 if always else b.DEPENDED_ON
    return share if real else 1 - share


def _scores(given: Behaviour, demand: _Demand, leaky: bool | None) -> dict[float, float]:
    """Score → probability; `leaky` is None for complete packets."""
    found: dict[float, float] = defaultdict(float)
    for failed, chance in _failed_weight(demand.critical, leaky).items():
        for overlooked, other in _overlooked_weight(given, demand.warning).items():
            found[(demand.whole - failed - overlooked) / demand.whole if demand.whole else 1.0] += (
                chance * other
            )
    return found


def _failed_weight(critical: Weights, leaky: bool | None) -> dict[float, float]:
    """Weight of the fields that fail → probability: every subset of one size is as likely as another."""
    subsets: dict[tuple[int, float], int] = {(0, 0.0): 1}
    for weight in critical:
        for (many, total), ways in list(subsets.items()):
            subsets[many + 1, total + weight] = subsets.get((many + 1, total + weight), 0) + ways
    found: dict[float, float] = defaultdict(float)
    for many, chance in _how_many(len(critical), leaky).items():
        for (size, total), ways in subsets.items():
            if size == many:
                found[total] += chance * ways / math.comb(len(critical), many)
    return found


def _how_many(fields: int, leaky: bool | None) -> dict[int, float]:
    """Number of failing fields → probability."""
    if leaky is None or not fields:
        return {0: 1.0}
    if not leaky:
        return {max(1, int(fields * b.LIGHT)): 1.0}
    low, high = (fields * edge for edge in b.HEAVY)
    return {
        many: (min(many, high) - max(many - 1, low)) / (high - low)
        for many in range(math.ceil(low), math.ceil(high) + 1)
        if min(many, high) > max(many - 1, low)
    }


def _overlooked_weight(given: Behaviour, warning: Weights) -> dict[float, float]:
    """Weight of the fields that only warn and were left empty → probability."""
    moved = sum(given.shares[path] for path in b.TRANSITIONING)
    relaxed = (given.shares[b.ACCEPTED] + given.shares[b.CROSSED_BLIND]) / moved
    found: dict[float, float] = defaultdict(float)
    found[0.0] += 1 - relaxed
    for empty in itertools.product((True, False), repeat=len(warning)):
        weight = sum(itertools.compress(warning, empty))
        found[weight] += relaxed * math.prod(b.OVERLOOKED if each else 1 - b.OVERLOOKED for each in empty)
    return found
