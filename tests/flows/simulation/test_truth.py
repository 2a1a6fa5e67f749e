"""Is `realised` in truth.json what definitions.md says about the written events, to the last packet?"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
HANDOFFS = (
    "marketing_to_sdr", "sdr_to_ae", "ae_to_onboarding", "onboarding_to_cs", "cs_to_support",
    "motion_to_motion", "support_to_expansion", "activation_to_support", "cs_to_renewal",
)  # fmt: skip


def counted(packets) -> dict[str, object]:
    kept = [p for p in packets if p.kept]
    moved = [p for p in kept if p.transitioned]
    due = [p for p in moved if p.due <= UNTIL]
    window = [(p, p.triggered + timedelta(days=p.version.expires_after_days)) for p in kept]
    window = [(p, end) for p, end in window if end <= UNTIL]
    settled = Counter(p.settled_as for p in kept if p.settled_as)
    return {
        "packets": len(packets),
        "voided": sum(bool(p.void) for p in packets),
        "withdrawn": sum(bool(p.withdrawn) and not p.void for p in packets),
        "submitted": sum(bool(p.submitted) for p in kept),
        "judged": sum(bool(p.submitted or p.transitioned) for p in kept),
        "transitioned": len(moved),
        "complete_at_transition": sum(p.complete(p.transitioned) for p in moved),
        "due_passed": len(due),
        "complete_by_due": sum(p.complete(p.due) for p in due),
        "complete_now": sum(p.complete(UNTIL) for p in moved),
        "settled": sum(settled.values()),
        "outcomes": {
            name: settled[name] for name in ("accepted", "rejected", "crossed_undecided", "timed_out")
        },
        "accepted_of_settled": sum(bool(p.accepted) for p in kept if p.settled_as),
        "decided": sum(bool(p.decided) for p in kept),
        "rejected": sum(bool(p.rejected) for p in kept),
        "clocked": sum(bool(p.clock) for p in kept),
        "accepted": sum(bool(p.accepted) for p in kept),
        "crossed": sum(bool(p.crossed) for p in kept),
        "ungoverned": sum(bool(p.crossed) and (not p.accepted or p.crossed < p.accepted) for p in moved),
        "expired_window": len(window),
        "dropped": sum(not p.transitioned or p.transitioned > end for p, end in window),
    }


@pytest.mark.parametrize("handoff", HANDOFFS)
def test_a_second_reader_of_the_events_counts_the_same(small, handoff):
    mine = counted([p for p in small.packets if p.contract.id == handoff])
    realised = small.truth.handoffs[handoff]["realised"]
    assert {name: realised[name] for name in mine} == mine


@pytest.mark.parametrize("handoff", HANDOFFS)
def test_hours_of_the_accepted_are_those_of_the_events(small, handoff):
    mine = [p for p in small.packets if p.contract.id == handoff and p.kept and p.clock and p.accepted]
    hours = median((p.accepted - p.clock) / timedelta(hours=1) for p in mine)
    assert small.truth.handoffs[handoff]["realised"]["median_hours_accepted_only"] == pytest.approx(
        hours, abs=1e-9
    )


def test_there_are_exactly_as_many_packets_as_asked_for(small):
    assert len(small.packets) == 2000 == sum(h["realised"]["packets"] for h in small.truth.handoffs.values())


def test_the_truth_is_on_disk_as_it_was_returned(small):
    written = json.loads((small.folder / "truth.json").read_text(encoding="utf-8"))
    assert (written["handoffs"], written["events"]) == (small.truth.handoffs, len(small.rows))


def test_onboarding_is_tidied_up_after_the_fact(small):
    realised = small.truth.handoffs["ae_to_onboarding"]["realised"]
    moved = realised["transitioned"]
    assert realised["complete_at_transition"] / moved < 0.5 < 0.8 < realised["complete_now"] / moved


def test_what_is_planted_lies_where_chance_puts_it(small):
    for handoff in small.truth.handoffs.values():
        planted, realised = handoff["planted"], handoff["realised"]
        share = realised["complete_at_transition"] / realised["transitioned"]
        noise = (
            planted["completion_rate"] * (1 - planted["completion_rate"]) / realised["transitioned"]
        ) ** 0.5
        assert abs(share - planted["completion_rate"]) < 4 * noise


def test_leaky_onboarding_packets_are_those_below_seven_tenths(small):
    scores = [p.score(p.transitioned) for p in small.packets
              if p.contract.id == "ae_to_onboarding" and p.kept and p.transitioned]  # fmt: skip
    planted = small.truth.handoffs["ae_to_onboarding"]["planted"]["leaky_share"]
    assert abs(sum(score < 0.7 for score in scores) / len(scores) - planted) < 0.15


def test_every_active_contract_is_simulated(small):
    assert set(small.truth.handoffs) == {c.id for c in small.catalogue.contracts if c.status == "active"}
