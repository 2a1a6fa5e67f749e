"""Audit mode: nobody records an acceptance, and everything else is right on day one."""

from __future__ import annotations

import pytest

records = pytest.mark.records

LINKED = "2026-03-01 08:00  link  deal company\n"
SOLD = {
    "touched": "2026-03-02 08:00  deal  ann  buyer=Ada\n2026-03-02 09:00  deal  ann  phase=sold\n",
    "owned": "2026-03-02 08:00  deal  ann  buyer=Ada owner_of_state=ann\n2026-03-02 09:00  deal  ann  state=sold\n",
    "staged": "2026-03-02 08:00  deal  ann  buyer=Ada\n2026-03-02 09:00  deal  ann  step=sold\n",
}
CROSSED = {
    "touched": "2026-03-04 09:00  account.touched  bob\n",
    "owned": "2026-03-04 09:00  deal  ann  owner_of_state=bob\n",
    "staged": "2026-03-04 09:00  deal  ann  step=building\n",
}
MEANWHILE = {  # what moves nothing
    "touched": "2026-03-02 08:30  account.touched  bob\n2026-03-03 09:00  account.touched  ann\n"
    "2026-03-03 09:00  account.touched  carl\n2026-03-03 09:00  account.touched  hubspot:user:bot\n",
    "owned": "2026-03-03 09:00  deal  ann  owner_of_state=amy\n2026-03-03 10:00  deal  ann  owner_of_state=carl\n",
    "staged": "2026-03-03 09:00  deal  ann  step=waiting\n",
}


def forms(*parts):
    """One case per form of a crossing."""
    stories = {
        form: "".join(part[form] if isinstance(part, dict) else part for part in parts) for form in SOLD
    }
    cases = [
        pytest.param(form, id=form, marks=records(story, handoff=form)) for form, story in stories.items()
    ]
    return pytest.mark.parametrize("form", cases)


@forms(LINKED, SOLD, MEANWHILE, CROSSED)
def test_the_crossing_is_found(case, form):
    assert case.acts() == ("2026-03-02 09:00", None, "2026-03-04 09:00")
    assert (case.packet.is_complete, case.packet.is_complete_by_due, case.packet.is_complete_now) == (
        True,
    ) * 3
    assert case.count("completion_rate") == (1, 1)
    assert case.count("drop_rate") == (0, 1)


@forms(LINKED, SOLD, MEANWHILE)
def test_what_never_crossed_is_dropped(case, form):
    assert (case.packet.crossed_at, case.packet.is_dropped) == (None, True)
    assert case.count("drop_rate") == (1, 1)


@forms(LINKED, {form: lines.replace(" buyer=Ada", " amount=1") for form, lines in SOLD.items()}, CROSSED,
       "2026-03-05 09:00  deal  bob  buyer=Ada\n")  # fmt: skip
def test_what_was_filled_after_the_crossing_is_complete_now_only(case, form):
    packet = case.packet
    assert (packet.is_complete, packet.is_complete_by_due, packet.is_complete_now) == (False, False, True)
    assert case.figure("completion_rate").value == 0.0
    assert case.figure("completion_now_rate").value == 1.0


@forms(LINKED, SOLD, CROSSED)
def test_acceptance_is_not_measurable(case, form):
    for metric in ("first_pass_acceptance_rate", "eventual_acceptance_rate", "clean_acceptance_rate",
                   "median_hours_to_acceptance", "rejection_rate", "accepted_within_sla_rate"):  # fmt: skip
        for row in case.figures(metric):
            assert (row.value, row.status) in ((None, "not_measurable"), (None, None)), metric


@forms(LINKED, SOLD, CROSSED)
def test_the_funnel_counts_triggers_and_crossings(case, form):
    row = case.one("handoff_funnel", "handoff = ? AND trigger_month = DATE '2026-03-01'", form)
    packets = case.rows("handoff_packets", "handoff = ? AND triggered_at < '2026-03-31'", form)
    assert row.triggered == len(packets) > 0
    assert row.crossed == sum(packet.crossed_at is not None for packet in packets) > 0
    assert (row.accepted, row.decided) == (0, 0)


@records("2026-03-02 09:00  account.touched  bob\n" + LINKED + SOLD["touched"], handoff="touched")
def test_a_touch_in_the_instant_of_the_trigger_is_a_crossing(case):
    assert case.packet.crossed_at == "2026-03-02 09:00"


@records(
    LINKED + SOLD["touched"] + "2026-03-04 09:00  account.touched  carl  team=onboarding", handoff="touched"
)
def test_somebody_who_acts_for_the_receiving_team_is_of_it(case):
    assert case.packet.crossed_at == "2026-03-04 09:00"


@records(
    LINKED + SOLD["touched"] + "2026-03-04 09:00  account.touched  bob  account=elsewhere", handoff="touched"
)
def test_a_touch_of_another_account_is_none(case):
    assert case.packet.crossed_at is None


@records(
    LINKED + SOLD["touched"] + "2026-03-01 08:00  company  ann  domain={name}.example\n"
    "2026-03-01 08:00  organization  ann  domain_names={name}.example\n"
    "2026-03-04 09:00  account.touched  bob  account=zendesk:{name}",
    handoff="touched",
)
def test_a_touch_of_the_account_in_another_system_is_one(case):
    assert case.packet.crossed_at == "2026-03-04 09:00"


@records(
    LINKED
    + SOLD["touched"]
    + "2026-03-04 09:00  account.touched  bob\n2026-04-01 09:00  deal  ann  phase=open\n"
    "2026-04-02 09:00  deal  ann  phase=sold\n2026-04-02 11:00  account.touched  ben\n",
    handoff="touched",
)
def test_a_touch_is_a_crossing_of_the_cycle_whose_trigger_it_follows(case):
    assert (case.packet.crossed_at, case.second.crossed_at) == ("2026-03-04 09:00", "2026-04-02 11:00")


@records(
    "2026-03-01 08:00  company  ann  owner=ann buyer=Ada\n2026-03-02 09:00  company  ann  second_motion=yes\n"
    "2026-03-03 09:00  company  ann  owner=amy",
    handoff="relayed",
)
def test_where_a_team_hands_over_to_itself_only_a_change_of_owner_is_one(case):
    assert case.acts() == ("2026-03-02 09:00", None, "2026-03-03 09:00")
    assert case.packet.account == f"hubspot:{case.name}"
    assert case.packet.receiver == "amy@house.example"


@records(LINKED + SOLD["owned"] + CROSSED["owned"], handoff="owned")
def test_who_took_over_is_the_receiver(case):
    assert case.packet.receiver == "bob@house.example"
