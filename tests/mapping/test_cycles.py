"""When does a record's next crossing begin, and what belongs to which?"""

from __future__ import annotations

import pytest

records = pytest.mark.records

WON = "2026-03-02 08:00  deal  ann  dealstage=open owner=ann\n2026-03-02 09:00  deal  ann  dealstage=closedwon\n"
REWON = "2026-04-01 09:00  deal  ann  dealstage=open\n2026-04-02 09:00  deal  ann  dealstage=closedwon\n"


def cycles(case) -> list[int]:
    return [
        row.cycle
        for row in case.rows("handoff_packets", "subject = ? AND handoff = ?", case.name, case.handoff)
    ]


@records(WON + REWON)
def test_a_stage_that_goes_back_and_forth_opens_no_second_cycle(case):
    assert (cycles(case), case.packet.triggered_at) == ([1], "2026-03-02 09:00")


@records(
    WON + "2026-05-01 09:00  deal  ann  dealstage=open\n2026-05-02 09:00  deal  ann  dealstage=closedwon\n"
)
def test_a_deal_that_is_won_again_after_its_time_ran_out_is_a_second_cycle(case):
    assert (cycles(case), case.packet.is_dropped, case.second.triggered_at) == (
        [1, 2],
        True,
        "2026-05-02 09:00",
    )


@records(
    WON
    + "2026-03-05 09:00  deal  bob  handoff=accepted\n"
    + REWON
    + "2026-04-03 09:00  deal  ben  handoff=submitted"
)
def test_a_deal_that_is_won_again_after_its_work_moved_is_a_second_cycle(case):
    assert (cycles(case), case.second.triggered_at) == ([1, 2], "2026-04-02 09:00")
    assert (case.packet.accepted_at, case.second.accepted_at) == ("2026-03-05 09:00", None)
    assert case.second.submitted_at == "2026-04-03 09:00"


THIRD = "2026-05-01 09:00  deal  ann  dealstage=open\n2026-05-02 09:00  deal  ann  dealstage=closedwon\n"


@records(WON + "2026-03-05 09:00  deal  bob  handoff=accepted\n" + REWON + THIRD)
def test_work_that_moved_in_an_earlier_cycle_opens_no_third(case):
    assert cycles(case) == [1, 2]


@records(WON + "2026-03-05 09:00  deal  bob  handoff=accepted\n" + REWON)
def test_who_owns_the_deal_when_it_is_won_again_sends_it_again(case):
    assert case.second.sender == "ann@house.example"


@records(WON + "2026-03-05 09:00  deal  ann  handoff=accepted\n" + REWON)
def test_an_acceptance_that_does_not_count_moved_nothing(case):
    assert cycles(case) == [1]


@records(WON + "2026-03-05 09:00  accepted  bob\n" + REWON)
def test_an_acceptance_told_as_such_moved_it(case):
    assert (cycles(case), case.packet.accepted_at) == ([1, 2], "2026-03-05 09:00")


@records(
    WON + "2026-04-01 09:00  deal  ann  dealstage=open\n"
    "2026-04-02 09:00  deal  bob  handoff=accepted\n2026-04-02 09:00  deal  ann  dealstage=closedwon\n"
)
def test_what_happens_in_the_instant_of_a_trigger_did_not_happen_before_it(case):
    assert (cycles(case), case.packet.accepted_at) == ([1], "2026-04-02 09:00")


@records(
    WON
    + "2026-03-05 09:00  deal  bob  handoff=accepted\n2026-03-06 09:00  deal  bob  handoff=none\n"
    + REWON
    + "2026-04-02 09:00  deal  bob  handoff=accepted\n"
)
def test_what_happens_in_the_instant_of_the_next_trigger_belongs_to_its_cycle(case):
    assert (case.packet.accepted_at, case.second.accepted_at) == ("2026-03-05 09:00", "2026-04-02 09:00")


@records("2026-03-01 09:00  deal  ann  handoff=submitted\n" + WON)
def test_acts_before_the_first_trigger_belong_to_the_first_cycle(case):
    assert (cycles(case), case.packet.submitted_at) == ([1], "2026-03-01 09:00")
    assert "submitted_before_trigger" in case.issues


SYNCED = "2026-03-02 08:00  deal  ann  salesforce_id={name}-s\n"


@records(
    SYNCED + WON + "2026-03-05 09:00  deal  bob  handoff=accepted\n"
    "2026-03-06 09:00  Opportunity#s  ann  'StageName=Closed Won' Buyer__c=Ada Amount=700"
)
def test_a_deal_synced_into_two_systems_is_one_packet_however_late_the_second_is(case):
    assert (cycles(case), case.packet.accepted_at) == ([1], "2026-03-05 09:00")
    assert case.field("buyer").state_now == "valid"
    assert case.rows("handoff_packets", "subject = ?", f"{case.name}-s") == []


@records(
    SYNCED + WON + "2026-03-02 10:00  Opportunity#s  ann  'StageName=Closed Won'\n"
    "2026-03-05 09:00  deal  bob  handoff=accepted\n"
    + REWON
    + "2026-04-09 10:00  Opportunity#s  ann  StageName=Open\n"
    "2026-04-09 10:05  Opportunity#s  ann  'StageName=Closed Won'\n"
)
def test_its_second_cycle_is_one_as_well(case):
    assert (cycles(case), case.second.triggered_at) == ([1, 2], "2026-04-02 09:00")


@records(SYNCED + WON + "2026-03-03 09:00  Opportunity#s  ann  deleted=true")
def test_a_copy_that_is_deleted_leaves_the_other(case):
    assert case.packet.status == "draft"


@records(
    SYNCED
    + WON
    + "2026-03-03 09:00  Opportunity#s  ann  deleted=true\n2026-03-03 10:00  deal  ann  deleted=true"
)
def test_when_every_copy_is_deleted_the_packet_is_void(case):
    assert case.packet.status == "void"


@records(
    SYNCED
    + WON
    + "2026-03-02 08:00  deal#b  ann  salesforce_id={name}-s\n2026-03-02 09:00  deal#b  ann  dealstage=closedwon"
)
def test_two_deals_that_claim_one_opportunity_stay_two(case):
    assert case.packet.cycle == 1
    assert len(case.rows("handoff_packets", "subject LIKE ?", f"{case.name}%")) == 2
    assert "conflicting_links" in case.issues


@records(WON + "2026-03-02 09:30  Opportunity  ann  'StageName=Closed Won'")
def test_one_id_of_two_record_types_is_two_packets(case):
    other = case.one("handoff_packets", "subject = ?", f"salesforce.Opportunity:{case.name}")
    assert (case.packet.triggered_at, other.triggered_at) == ("2026-03-02 09:00", "2026-03-02 09:30")


def records_of(case):
    found = case.rows("packet_records", "packet_id LIKE ?", f"{case.handoff}:{case.name}:%")
    return sorted((row.packet_id[-1], row.source_system, row.object, row.record_id) for row in found)


@records(
    WON + "2026-05-01 09:00  deal  ann  dealstage=open\n2026-05-02 09:00  deal  ann  dealstage=closedwon\n"
)
def test_every_crossing_of_a_record_is_that_record(case):
    deal = ("hubspot", "deal", case.name)
    assert records_of(case) == [("1", *deal), ("2", *deal)]


@records(SYNCED + WON + "2026-03-06 09:00  Opportunity#s  ann  'StageName=Closed Won'")
def test_a_packet_is_the_record_of_each_system_that_holds_it(case):
    assert records_of(case) == [
        ("1", "hubspot", "deal", case.name),
        ("1", "salesforce", "Opportunity", f"{case.name}-s"),
    ]
