"""When is a field usable, valid, stale, unobservable, and as of when?"""

from __future__ import annotations

import pytest

events = pytest.mark.events

SUBMITTED = """
2026-03-02 09:00  triggered  ann
2026-03-02 10:00  submitted  ann
"""
ACCEPTED = SUBMITTED + "2026-03-02 12:00  accepted  bob\n"
CROSSED = """
2026-03-02 09:00  triggered  ann
2026-03-02 12:00  crossed    bob
"""


@events(ACCEPTED + "2026-03-02 12:01  field_set  ann  buyer=Ada")
def test_a_field_filled_one_minute_after_the_acceptance_does_not_count(case):
    packet, buyer = case.packet, case.field("buyer")
    assert (packet.is_complete, packet.is_complete_by_due, packet.is_complete_now) == (False, True, True)
    assert (buyer.state_at_transition, buyer.state_now) == ("missing", "valid")
    assert (buyer.filled_at, buyer.is_filled_after_transition) == ("2026-03-02 12:01", True)


@events(ACCEPTED + "2026-03-02 12:00  field_set  ann  buyer=Ada")
def test_a_field_filled_at_the_instant_of_the_acceptance_counts(case):
    assert (case.packet.is_complete, case.field("buyer").is_filled_after_transition) == (True, False)


@events(
    ACCEPTED
    + """
2026-03-02 11:00  crossed    bob
2026-03-02 11:30  field_set  ann  buyer=Ada
"""
)
def test_a_field_filled_between_crossing_and_acceptance_is_too_late(case):
    assert case.packet.is_complete is False


@events(
    ACCEPTED
    + """
2026-03-02 09:30  field_set  ann  buyer=Ada
2026-03-02 11:59  field_set  ann  buyer=
"""
)
def test_a_field_emptied_again_before_the_transition_is_missing(case):
    assert case.field("buyer").state_at_transition == "missing"


@events(
    ACCEPTED
    + """
2026-03-02 09:30  field_set  ann  buyer=Ada
2026-03-02 12:01  field_set  ann  buyer=
"""
)
def test_a_field_emptied_after_the_transition_was_there(case):
    assert (case.packet.is_complete, case.packet.is_complete_now) == (True, False)


@events(ACCEPTED + "2026-03-03 09:00  field_set  ann  buyer=Ada")
def test_a_field_filled_at_the_end_of_the_submit_time_is_there_by_due(case):
    assert (case.packet.is_complete, case.packet.is_complete_by_due) == (False, True)


@events(ACCEPTED + "2026-03-03 09:00:01  field_set  ann  buyer=Ada")
def test_a_field_filled_a_second_later_is_not(case):
    assert (case.packet.is_complete_by_due, case.packet.is_complete_now) == (False, True)


@events("""
2026-06-30 12:00:01  triggered  ann
2026-06-30 12:00:01  field_set  ann  buyer=Ada budget=1
2026-06-30 12:00:01  crossed    bob
""")
def test_by_due_is_unknown_while_the_sender_has_time(case):
    assert (case.packet.is_complete, case.packet.is_complete_by_due) == (True, None)
    assert (case.count("completion_rate"), case.count("completion_by_due_rate")) == ((1, 1), (None, 0))


@events("""
2026-06-30 12:00  triggered  ann
2026-06-30 12:00  field_set  ann  buyer=Ada budget=1
2026-06-30 12:00  crossed    bob
""")
def test_by_due_is_known_at_the_very_end_of_the_sender_s_time(case):
    assert (case.packet.is_complete_by_due, case.count("completion_by_due_rate")) == (True, (1, 1))


@events(ACCEPTED + "2026-03-02 12:00:01  field_set  ann  buyer=Ada  evidence=snapshot")
def test_what_was_first_seen_after_the_transition_is_neither_missing_nor_valid(case):
    buyer = case.field("buyer")
    assert (buyer.state_at_transition, buyer.evidence) == ("unobservable", "snapshot")
    assert buyer.is_filled_after_transition is None
    assert (case.packet.is_complete, case.packet.completeness_score) == (None, None)
    assert case.count("completion_rate") == (None, 0)
    assert case.packet.is_complete_now is True


@events(
    ACCEPTED
    + """
2026-03-02 12:00:01  field_set  ann  buyer=  evidence=snapshot
2026-03-02 12:00:02  field_set  ann  buyer=Ada
"""
)
def test_what_was_first_seen_empty_after_the_transition_is_unobservable_before(case):
    assert case.field("buyer").state_at_transition == "unobservable"
    assert (case.packet.is_complete, case.packet.is_complete_now) == (None, True)


@events(ACCEPTED + "2026-03-02 12:00  field_set  ann  buyer=Ada  evidence=snapshot")
def test_what_was_first_seen_at_the_transition_counts(case):
    assert (case.packet.is_complete, case.field("buyer").evidence) == (True, "snapshot")


@events(ACCEPTED + "2026-03-02 11:59  field_set  ann  buyer=Ada  evidence=snapshot")
def test_what_was_first_seen_before_the_transition_counts(case):
    assert case.packet.is_complete is True


@events(
    ACCEPTED
    + """
2026-03-02 11:00  field_set  ann  buyer=tbd
2026-03-02 12:01  field_set  ann  buyer=Ada  evidence=snapshot
"""
)
def test_what_has_a_history_before_the_snapshot_is_observed(case):
    assert (case.field("buyer").state_at_transition, case.packet.is_complete) == ("missing", False)


@events(ACCEPTED)
def test_a_field_of_which_nothing_was_ever_seen_is_missing(case):
    assert (case.field("buyer").evidence, case.field("buyer").state_at_transition) == ("none", "missing")


@events(
    """
2026-06-02 09:00  triggered  ann
2026-06-02 12:00  crossed    bob
2026-06-02 13:00  field_set  ann  buyer=Ada  evidence=snapshot
"""
)
def test_false_as_soon_as_one_field_fails_even_if_another_is_unobservable(case):
    assert case.field("budget").state_at_transition == "missing"
    assert (case.packet.is_complete, case.packet.completeness_score) == (False, 0)


VALUES = {
    ("buyer", "Ada"): "valid",
    ("buyer", "Al"): "invalid",  # min_length 3
    ("buyer", "'  Al  '"): "invalid",  # trimmed
    ("buyer", "' '"): "missing",
    ("buyer", "TBD"): "missing",
    ("buyer", "' n/a '"): "missing",
    ("buyer", "'See CRM'"): "missing",  # the placeholder see *
    ("buyer", "Seeberg"): "valid",
    ("plan", "basic"): "valid",
    ("plan", "unknown"): "valid",  # a placeholder, but a declared value
    ("plan", "golden"): "invalid",
    ("plan", "todo"): "missing",
    ("seats", "1"): "valid",
    ("seats", "0.5"): "invalid",  # minimum 1
    ("seats", "many"): "invalid",
    ("seats", "-"): "missing",
    ("starts", "2026-04-01"): "valid",
    ("starts", "1/4/2026"): "invalid",
    ("agreed", "No"): "valid",
    ("agreed", "maybe"): "invalid",
    ("promises", '\'["a", "b"]\''): "valid",
    ("promises", '\'["a", " "]\''): "invalid",  # a blank does not count: one of two
    ("promises", "'by word of mouth'"): "invalid",  # one item of two
    ("promises", "[]"): "missing",
    ("sponsors", '\'[{"name": "Bea", "warmth": "warm"}]\''): "valid",
    ("sponsors", '\'[{"name": "Bea"}]\''): "invalid",  # a row that lacks a key does not count
    ("sponsors", '\'[{"name": "Bea", "warmth": "hot"}]\''): "invalid",
    ("sponsors", "'Bea, warm'"): "invalid",  # with keys asked for, text is no list
    ("competitor", "None"): "valid",  # attests that there is none; beats the placeholder
    ("competitor", "tbd"): "not_required",
    ("nickname", "Al"): "invalid",
    ("nickname", "-"): "not_required",
}


@pytest.mark.parametrize(
    ("field", "value", "state"),
    [
        pytest.param(
            *(field, value, state), id=f"{n}-{field}",
            marks=events(f"{CROSSED}2026-03-02 11:00 field_set ann {field}={value}", handoff="paperwork"),
        )
        for n, ((field, value), state) in enumerate(VALUES.items())
    ],
)  # fmt: skip
def test_what_counts_as_filled_and_what_the_contract_asks_beyond_that(case, field, value, state):
    assert case.field(field).state_at_transition == state


CONDITIONS = {
    "given": ("competitor=Acme", "missing"),
    "given_and_met": ("competitor=Acme playbook=ours", "valid"),
    "attested_as_none": ("competitor=none", "not_required"),
    "a_placeholder": ("competitor=unknown", "not_required"),
    "not_given": ("buyer=Ada", "not_required"),
}


@pytest.mark.parametrize(
    ("condition", "state"),
    [
        pytest.param(
            *(name, state), id=name,
            marks=events(f"{CROSSED}2026-03-02 11:00 field_set ann {given}", handoff="paperwork"),
        )
        for name, (given, state) in CONDITIONS.items()
    ],
)  # fmt: skip
def test_a_field_required_when_another_is_given(case, condition, state):
    assert case.field("playbook").state_at_transition == state


AGES = {
    "checked_on_day_14": ("2026-03-02 11:00 field_set ann checked_on=2026-02-16", "checked_on", "valid"),
    "checked_on_day_15": ("2026-03-02 11:00 field_set ann checked_on=2026-02-15", "checked_on", "stale"),
    "set_on_day_14": ("2026-02-16 00:00 field_set ann mood=fine", "mood", "valid"),
    "set_on_day_15": ("2026-02-15 23:59:59 field_set ann mood=fine", "mood", "stale"),
}


@pytest.mark.parametrize(
    ("field", "state"),
    [
        pytest.param(*(field, state), id=name, marks=events(f"{CROSSED}{line}", handoff="paperwork"))
        for name, (line, field, state) in AGES.items()
    ],
)
def test_a_value_is_stale_from_day_15_on(case, field, state):
    found = case.field(field)
    assert (found.state_at_transition, found.state_now) == (state, "stale")


@events(f"{CROSSED}2026-02-01 11:00 field_set ann mood=fine\n2026-03-02 11:00 field_set ann mood=fine",
        handoff="paperwork")  # fmt: skip
def test_set_again_to_the_same_value_is_fresh_again(case):
    assert case.field("mood").state_at_transition == "valid"


@events(f"{CROSSED}2026-03-02 10:00 field_set ann buyer=Ada", handoff="signing")
def test_a_warning_is_listed_and_leaves_the_packet_complete(case):
    packet = case.packet
    assert (packet.is_complete, packet.fault_count, packet.completeness_score) == (True, 2, 0.7)


@events(f"{CROSSED}2026-03-02 10:00 field_set ann goals=more", handoff="signing")
def test_a_critical_fault_makes_it_incomplete_however_small_its_share(case):
    assert (case.packet.is_complete, case.packet.completeness_score) == (False, 0.2)


@events("""
2026-03-01 09:00  field_set  ann  buyer=Ada  cycle=
2026-03-02 09:00  triggered  ann
2026-03-02 12:00  crossed    bob
2026-04-02 09:00  triggered  ann  cycle=2
2026-04-02 12:00  crossed    bob  cycle=2
""")
def test_a_field_without_a_cycle_is_seen_by_every_cycle(case):
    assert (case.packet.is_complete, case.second.is_complete) == (True, True)


@events("""
2026-03-02 09:00  triggered  ann
2026-03-02 11:00  field_set  ann  buyer=Ada  cycle=1
2026-03-02 12:00  crossed    bob
2026-04-02 09:00  triggered  ann  cycle=2
2026-04-02 12:00  crossed    bob  cycle=2
""")
def test_a_field_of_one_cycle_is_not_seen_by_the_next(case):
    assert (case.packet.is_complete, case.second.is_complete) == (True, False)


@events(
    ACCEPTED
    + """
2026-04-02 09:00  triggered  ann  cycle=2
2026-04-02 10:00  submitted  ann  cycle=2
2026-04-02 11:00  rejected   bob  cycle=2  reason=capacity
"""
)
def test_a_new_cycle_is_a_packet_of_its_own(case):
    assert (case.packet.status, case.second.status) == ("accepted", "rejected")
    assert (case.packet.packet_id, case.second.packet_id) == (f"seam:{case.name}:1", f"seam:{case.name}:2")
