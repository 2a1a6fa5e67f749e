"""Are the planted figures what the behaviour comes to? By hand where that can be done, else by the second reader."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from statistics import mean, stdev

import numpy as np
import pytest

from flows.simulation import Churn
from flows.simulation.behaviour import PATHS, Behaviour
from flows.simulation.company import found
from flows.simulation.completeness import leaks, leaky_share, mean_score
from flows.simulation.population import planted

UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
ALIKE = np.zeros(1)  # every receiver as quick as another
FAR = 4.5
"""Standard errors by which none of some hundred figures misses by chance."""
HALVES = Behaviour(
    complete=0.5,
    mended=0.5,
    shares=tuple({"accepted": 0.5, "refused": 0.2, "nowhere": 0.3}.get(path, 0.0) for path in PATHS),
)


@pytest.fixture(scope="module")
def seams(catalogue):
    return {seam.contract.id: seam for seam in found(catalogue, 2000, 12, UNTIL, Churn()).seams}


@pytest.fixture(scope="module")
def halves():
    return planted(HALVES, [(1.0, 48.0)], ALIKE, True)


def test_what_comes_of_half_accepted_and_a_fifth_refused(halves):
    assert halves["drop_rate"] == pytest.approx(0.5)
    assert halves["outcome_share"]["accepted"] == halves["eventual_acceptance_rate"] == pytest.approx(5 / 7)
    assert halves["rejection_rate"] == pytest.approx(2 / 7)
    assert halves["clean_acceptance_rate"] == pytest.approx(5 / 7 * 0.97 * 0.84)


def test_reasons_add_up_to_one(halves):
    assert sum(halves["rejection_share"].values()) == pytest.approx(1)
    assert halves["rejection_share"]["missing_field"] == pytest.approx(0.7 * 0.85)


def test_a_first_touch_of_half_the_customers_has_no_median():
    half = Behaviour(0.5, 0.5, HALVES.shares, touched=0.5)
    assert planted(half, [(1.0, 48.0)], ALIKE, True)["median_hours_to_first_touch"] is None


def test_within_so_many_business_hours_is_not_planted():
    assert planted(HALVES, [(1.0, 48.0)], ALIKE, False)["accepted_within_sla_rate"] is None


def test_a_field_of_five_fails_or_three_or_four_of_a_leaky_one(seams):
    """H03 0.9.0: five required fields of one weight. Leaky: 5 x U(0.45, 0.8), rounded up, is 3 in 3 of 7 times."""
    onboarding = seams["ae_to_onboarding"]
    first = onboarding.versions[0]
    given = Behaviour(complete=0.4, mended=0.5, shares=HALVES.shares, leaky=0.5)
    leaky = (0.4 * 3 + 0.2 * 4) / 7
    assert mean_score(given, first) == pytest.approx(0.4 + 0.3 * 0.8 + 0.3 * leaky)
    assert leaky_share(given, first) == pytest.approx(0.3)


def test_weights_warnings_and_fields_that_depend_on_others_move_the_mean_score(seams):
    """H03 1.0.0: eight fields may fail, one of them counting twice, and a ninth where a competitor is named; the
    competitor never fails, and one that only warns is overlooked in a tenth.
    """
    light = Behaviour(complete=0.5, mended=0.5, shares=HALVES.shares, leaky=0.0)
    named, unnamed = 1 - (0.1 + 0.5 * 10 / 9) / 12, 1 - (0.1 + 0.5 * 9 / 8) / 11
    version = seams["ae_to_onboarding"].versions[1]
    assert mean_score(light, version) == pytest.approx(0.35 * named + 0.65 * unnamed)
    assert leaks(light, version).others == 0


def counted(packets):
    """Share → whether it holds, per packet it is over, by definitions.md."""
    kept = [p for p in packets if p.kept]
    moved, settled = [p for p in kept if p.transitioned], [p for p in kept if p.settled_as]
    decided = [p for p in kept if p.decided]
    return {
        "completion_rate": [p.complete(p.transitioned) for p in moved],
        "mean_completeness": [p.score(p.transitioned) for p in moved],
        "leaky_share": [p.score(p.transitioned) < 0.7 for p in moved],
        "ungoverned_rate": [bool(p.crossed and (not p.accepted or p.crossed < p.accepted)) for p in moved],
        "first_pass_acceptance_rate": [p.settled_as == "accepted" for p in settled],
        "eventual_acceptance_rate": [bool(p.accepted) for p in settled],
        "rejection_rate": [bool(p.rejected) for p in decided],
    }


@pytest.mark.parametrize("handoff", [
    "marketing_to_sdr", "sdr_to_ae", "ae_to_onboarding", "onboarding_to_cs", "cs_to_support",
    "motion_to_motion", "support_to_expansion", "activation_to_support", "cs_to_renewal",
])  # fmt: skip
def test_a_second_reader_finds_what_was_planted_where_chance_puts_it(small, handoff):
    figures = small.truth.handoffs[handoff]["planted"]
    for metric, found_ in counted([p for p in small.packets if p.contract.id == handoff]).items():
        values = [float(each) for each in found_]
        noise = max(stdev(values), 0.05) / len(values) ** 0.5
        assert (metric, abs(mean(values) - figures[metric]) < FAR * noise) == (metric, True)


def test_first_reasons_are_those_planted(small):
    """Over all handoffs, each with its own shares."""
    told: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    for packet in small.packets:
        if packet.kept and packet.rejected:
            first = next(
                e for e in packet.events if e["type"] == "handoff.rejected" and e["time"] == packet.rejected
            )
            told[first["reason"]] += 1
            expected.update(small.truth.handoffs[packet.contract.id]["planted"]["rejection_share"])
    assert abs(told["missing_field"] - expected["missing_field"]) < FAR * expected["missing_field"] ** 0.5
