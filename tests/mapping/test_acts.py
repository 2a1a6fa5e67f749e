"""Which change of a record is which act of a packet, and which is none?"""

from __future__ import annotations

import pytest

records = pytest.mark.records

WON = """
2026-03-02 08:00  deal  ann  dealstage=open owner=ann buyer=Ada
2026-03-02 09:00  deal  ann  dealstage=closedwon
"""
ACCEPTED = (
    WON + "2026-03-02 10:00  deal  ann  handoff=submitted\n2026-03-03 10:00  deal  bob  handoff=accepted\n"
)
ANN, BOB, BEN = "ann@house.example", "bob@house.example", "ben@house.example"


@records(ACCEPTED + "2026-03-04 10:00  deal  bob  kickoff_on=2026-03-04")
def test_a_won_deal_that_is_accepted_is_a_packet(case):
    packet = case.packet
    assert (packet.triggered_at, packet.submitted_at) == ("2026-03-02 09:00", "2026-03-02 10:00")
    assert (packet.accepted_at, packet.crossed_at) == ("2026-03-03 10:00", "2026-03-04 10:00")
    assert (packet.sender, packet.sender_team, packet.receiver) == (ANN, "sales", BOB)
    assert (packet.status, packet.is_complete, packet.is_ungoverned) == ("accepted", True, False)
    assert case.count("first_pass_acceptance_rate") == (1, 1)


@records("2026-03-02 08:00  deal  ann  dealstage=open owner=ann amount=5")
def test_a_deal_that_is_not_won_is_none(case):
    assert case.rows("handoff_packets", "subject = ?", case.name) == []


SPELLED = {
    "as_it_is": ("dealstage=closedwon", True),
    "with_spaces_around_it": ("'dealstage=  closedwon '", True),
    "in_capitals": ("dealstage=ClosedWon", True),
    "as_part_of_another": ("dealstage=closedwonagain", False),
    "otherwise": ("dealstage=closedlost", False),
    "as_another_property": ("stage=closedwon", False),
}


@pytest.mark.parametrize(
    "is_packet",
    [
        pytest.param(is_packet, id=name, marks=records(f"2026-03-02 09:00  deal  ann  {word}"))
        for name, (word, is_packet) in SPELLED.items()
    ],
)
def test_the_value_is_written(case, is_packet):
    assert bool(case.rows("handoff_packets", "packet_id = ?", f"won:{case.name}:1")) == is_packet


@records("2026-03-02 09:00  Opportunity  ann  'StageName=CLOSED WON' Buyer__c=Ada")
def test_a_second_system_s_record_is_a_packet_too(case):
    assert (case.packet.triggered_at, case.packet.status) == ("2026-03-02 09:00", "draft")


@records(WON + "2026-03-02 09:30  company  ann  dealstage=closedwon")
def test_the_same_property_of_another_record_type_is_another(case):
    assert len(case.rows("handoff_packets", "subject = ?", case.name)) == 1


SET = {
    "a_value": ("kickoff_on=2026-03-04", "2026-03-04 10:00"),
    "a_blank": ("'kickoff_on= '", None),
    "a_placeholder": ("kickoff_on=tbd", None),
}


@pytest.mark.parametrize(
    "crossed_at",
    [
        pytest.param(crossed_at, id=name, marks=records(ACCEPTED + f"2026-03-04 10:00  deal  bob  {word}"))
        for name, (word, crossed_at) in SET.items()
    ],
)
def test_is_set_means(case, crossed_at):
    assert case.packet.crossed_at == crossed_at


@records(
    ACCEPTED + "2026-03-04 10:00 deal bob kickoff_on=tbd\n2026-03-05 10:00 deal bob kickoff_on=2026-03-05"
)
def test_a_property_is_set_when_it_gets_its_first_usable_value(case):
    assert case.packet.crossed_at == "2026-03-05 10:00"


@records(
    WON + "2026-03-02 10:00  deal  ann  handoff=submitted\n2026-03-02 11:00  deal  ann  handoff=accepted"
)
def test_who_sends_cannot_accept_in_the_record_either(case):
    assert (case.packet.settled_as, case.packet.accepted_at) == ("timed_out", None)
    assert "decision_not_counted" in case.issues


@records(WON + "2026-03-02 10:00  deal  bot  handoff=accepted\n2026-03-02 11:00  deal  handoff=rejected")
def test_neither_a_workflow_nor_nobody_decides(case):
    assert case.packet.decided_at is None


REJECTED = WON + "2026-03-02 10:00  deal  ann  handoff=submitted\n"


@records(REJECTED + "2026-03-02 12:00  deal  bob  handoff=rejected 'why=Missing field'")
def test_a_reason_set_in_the_same_instant_counts(case):
    assert (case.packet.rejections, case.packet.first_reason) == (1, "missing_field")


@records(
    REJECTED + "2026-03-02 11:00 deal bob why=unqualified\n2026-03-02 12:00 deal bob handoff=rejected\n"
    "2026-03-02 13:00 deal bob why=capacity"
)
def test_the_reason_is_the_one_that_stood_at_the_rejection(case):
    assert case.packet.first_reason == "unqualified"


@records(REJECTED + "2026-03-02 12:00  deal  bob  'refused=because it is'  why=whatever")
def test_one_of_several_signs_is_enough_and_another_reason_is_other(case):
    assert (case.packet.rejections, case.packet.first_reason) == (1, "other")
    assert "unknown_reason" in case.issues


@records(ACCEPTED + "2026-03-05 10:00  deal  ben  handoff=reopened")
def test_an_accepted_packet_is_sent_back(case):
    assert (case.packet.status, case.packet.is_reopened) == ("submitted", True)


@records(WON + "2026-03-05 10:00  deal  ann  handoff=withdrawn")
def test_a_packet_is_taken_back(case):
    assert (case.packet.status, case.count("completion_rate")) == ("withdrawn", (None, 0))


@records(ACCEPTED + "2026-03-05 10:00  deal  ann  deleted=true")
def test_a_deleted_record_s_packet_is_void(case):
    assert (case.packet.status, case.packet.is_judged) == ("void", False)


@records(ACCEPTED + "2026-03-05 10:00  deal  ann  deleted=true\n2026-03-05 11:00  deal  ann  deleted=false")
def test_one_that_was_restored_is_not(case):
    assert case.packet.status == "accepted"


@records(ACCEPTED + "2026-03-04 10:00  deal  bob  owner=bob\n2026-03-05 10:00  deal  bob  owner=ben")
def test_owners_are_assignments(case):
    assert (case.packet.sender, case.packet.receiver, case.packet.reassignments) == (ANN, BOB, 1)


@records(WON.replace("owner=ann", "owner=amy") + "2026-03-02 10:00  deal  ann  handoff=submitted")
def test_the_owner_sends_whoever_changed_the_record(case):
    assert case.packet.sender == "amy@house.example"


@records(
    WON + "2026-03-02 09:30  deal  ann  lead=bob owner=carl\n2026-03-03 10:00  deal  ben  handoff=accepted"
)
def test_an_owner_of_a_third_team_is_on_no_side(case):
    assert (case.packet.sender, case.packet.receiver) == (ANN, BOB)


@records("2026-03-02 09:00  deal  ann  handoff=submitted\n2026-03-02 09:00  link  deal company")
def test_a_packet_that_was_never_triggered_begins_with_what_was_done(case):
    assert (case.packet.triggered_at, case.packet.account) == ("2026-03-02 09:00", f"hubspot:{case.name}")


@records(
    ACCEPTED
    + "2026-03-04 10:00  deal  ann  dealstage=closedwon\n2026-03-04 11:00  deal  ann  'dealstage=CLOSEDWON '"
)
def test_what_is_written_again_is_no_act(case):
    assert len(case.rows("handoff_packets", "subject = ?", case.name)) == 1


@records(
    WON
    + """
2026-03-02 12:00  deal  ann  next_word_on=2026-03-03
2026-03-02 13:00  deal  ann  next_word_on=2026-03-03
2026-03-02 14:00  deal  bot  next_word_on=2026-03-05
2026-03-02 15:00  deal  ann  next_word_on=2026-03-04
"""
)
def test_each_change_of_the_property_is_a_word_to_the_customer(case):
    rounds = case.rows("sla_clocks", "packet_id = ? AND clock = 'customer_update'", case.packet.packet_id)
    assert [one.stopped_at for one in rounds] == ["2026-03-02 12:00", "2026-03-02 15:00", None]


SEEN = "2026-03-02 08:00 deal ann dealstage=open\n2026-03-09 03:00 deal snapshot dealstage=closedwon\n"


@records(SEEN + "2026-03-10 03:00  deal  snapshot  dealstage=closedwon handoff=accepted")
def test_an_act_without_history_is_dated_by_our_look_and_listed(case):
    assert (case.packet.triggered_at, case.packet.accepted_at) == ("2026-03-09 03:00", None)
    assert case.issues == ["act_from_snapshot", "decision_not_counted", "packet_without_account"]
    assert (
        len(case.rows("data_issues", "issue = 'act_from_snapshot' AND packet_id LIKE ?", f"%:{case.name}:%"))
        == 2
    )


@records(ACCEPTED + "2026-03-03 10:00  deal  ann  buyer=Bea snapshot")
@records(WON)
def test_what_stood_in_a_field_before_we_looked_is_known_by_its_history(case):
    assert (case.field("buyer").evidence, case.field("buyer").state_at_transition) == ("snapshot", "valid")


@records(
    WON.replace(" buyer=Ada", "") + "2026-03-03 10:00  deal  bob  handoff=accepted\n"
    "2026-03-09 03:00  deal  snapshot  buyer=Ada"
)
def test_what_we_first_saw_after_the_transition_is_unobservable_not_missing(case):
    assert case.field("buyer").state_at_transition == "unobservable"
    assert case.packet.is_complete is None
