"""How good or bad is each handoff of the simulated company?

Its nine behaviours, and an average one for all others.

In: a handoff id. Out: its `Behaviour`.
"""

from __future__ import annotations

from flows.simulation.behaviour import PATHS, Behaviour


def _shares(**others: float) -> tuple[float, ...]:
    """Shares in the order of PATHS; what is left over is accepted at once."""
    return (round(1 - sum(others.values()), 6), *(others[path] for path in PATHS[1:]))


GENERIC = Behaviour(
    0.72,
    0.5,
    _shares(
        reworked=0.10,
        refused=0.02,
        crossed_first=0.05,
        crossed_blind=0.03,
        slow=0.04,
        silent=0.02,
        forgotten=0.01,
        nowhere=0.03,
        stuck=0.01,
        overruled=0.01,
    ),
)

# The story: H01 and H02 waste the receivers' time, H03 leaks badly and is tidied up afterwards, H04 is a good
# one, H05 is fast and thin, H06 happens behind everyone's back, H07 is dropped, H08 is exemplary, H09 slow.
BEHAVIOURS = {
    "marketing_to_sdr": Behaviour(
        0.63,
        0.20,
        _shares(
            reworked=0.10,
            refused=0.09,
            crossed_first=0.04,
            crossed_blind=0.02,
            slow=0.05,
            silent=0.02,
            forgotten=0.03,
            nowhere=0.06,
            stuck=0.03,
            overruled=0.01,
        ),
        pace=0.5,
        reasked=0.18,
    ),
    "sdr_to_ae": Behaviour(
        0.55,
        0.45,
        _shares(
            reworked=0.16,
            refused=0.07,
            crossed_first=0.05,
            crossed_blind=0.03,
            slow=0.03,
            silent=0.01,
            forgotten=0.02,
            nowhere=0.04,
            stuck=0.02,
            overruled=0.02,
        ),
        pace=0.5,
        reasked=0.22,
        better=0.10,
        worse=0.16,
    ),
    "ae_to_onboarding": Behaviour(
        0.41,
        0.80,
        _shares(
            reworked=0.11,
            refused=0.01,
            crossed_first=0.16,
            crossed_blind=0.12,
            slow=0.05,
            silent=0.03,
            forgotten=0.01,
            nowhere=0.02,
            stuck=0.01,
            overruled=0.02,
        ),
        pace=0.7,
        late=0.15,
        leaky=0.55,
        reasked=0.27,
        better=0.08,
        worse=0.24,
        wrong_person=0.08,
    ),
    "onboarding_to_cs": Behaviour(
        0.93,
        0.50,
        _shares(
            reworked=0.04,
            refused=0.005,
            crossed_first=0.02,
            crossed_blind=0.01,
            slow=0.01,
            silent=0.005,
            forgotten=0.005,
            nowhere=0.01,
            stuck=0.005,
            overruled=0.005,
        ),
        pace=0.35,
        late=0.03,
        reasked=0.05,
        better=0.20,
        worse=0.08,
        surveyed=0.45,
    ),
    "cs_to_support": Behaviour(
        0.78,
        0.15,
        _shares(
            reworked=0.07,
            refused=0.01,
            crossed_first=0.08,
            crossed_blind=0.05,
            slow=0.05,
            silent=0.02,
            forgotten=0.01,
            nowhere=0.01,
            stuck=0.01,
            overruled=0.01,
        ),
        pace=0.4,
        spread=0.9,
        better=0.10,
        worse=0.14,
    ),
    "motion_to_motion": Behaviour(
        0.66,
        0.40,
        _shares(
            reworked=0.06,
            refused=0.01,
            crossed_first=0.18,
            crossed_blind=0.17,
            slow=0.04,
            silent=0.05,
            forgotten=0.02,
            nowhere=0.04,
            stuck=0.01,
            overruled=0.02,
        ),
        pace=0.8,
        reasked=0.20,
        better=0.09,
        worse=0.17,
    ),
    "support_to_expansion": Behaviour(
        0.70,
        0.30,
        _shares(
            reworked=0.07,
            refused=0.05,
            crossed_first=0.04,
            crossed_blind=0.02,
            slow=0.08,
            silent=0.03,
            forgotten=0.12,
            nowhere=0.20,
            stuck=0.06,
            overruled=0.01,
        ),
        pace=0.9,
        better=0.16,
        worse=0.10,
    ),
    "activation_to_support": Behaviour(
        0.95,
        0.60,
        _shares(
            reworked=0.03,
            refused=0.005,
            crossed_first=0.01,
            crossed_blind=0.005,
            slow=0.005,
            silent=0.005,
            forgotten=0.005,
            nowhere=0.005,
            stuck=0.005,
            overruled=0.005,
        ),
        pace=0.2,
        late=0.02,
        reasked=0.04,
        better=0.22,
        worse=0.06,
    ),
    "cs_to_renewal": Behaviour(
        0.74,
        0.55,
        _shares(
            reworked=0.08,
            refused=0.01,
            crossed_first=0.06,
            crossed_blind=0.03,
            slow=0.22,
            silent=0.06,
            forgotten=0.03,
            nowhere=0.02,
            stuck=0.01,
            overruled=0.01,
        ),
        pace=1.1,
        spread=0.6,
        better=0.12,
        worse=0.15,
    ),
}


def behaviour_of(handoff: str) -> Behaviour:
    """How a handoff behaves; an average one unless it is among the nine."""
    return BEHAVIOURS.get(handoff, GENERIC)
