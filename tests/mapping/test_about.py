"""What is said of a packet, as of its trigger, and which records' properties reach it?"""

from __future__ import annotations

import pytest

records = pytest.mark.records

WON = "2026-03-02 09:00  deal  ann  dealstage=closedwon\n"
ACCEPTED = WON + "2026-03-03 10:00  deal  bob  handoff=accepted\n"
LINKED = "2026-03-01 08:00  link  deal company\n"


@records(
    "2026-03-01 08:00 deal ann amount=5 'dealname=The Deal'\n"
    + WON
    + "2026-03-03 08:00 deal ann amount=9 dealname=Other"
)
def test_amount_and_name_are_those_that_stood_at_the_trigger(case):
    assert (case.packet.amount, case.packet.subject_name, case.packet.motion) == (5, "The Deal", case.name)


@records(WON + "2026-03-02 09:00  deal  ann  amount=9")
def test_a_value_set_in_the_same_instant_counts(case):
    assert case.packet.amount == 9


@records(WON + "2026-03-02 09:00:01  deal  ann  amount=9")
def test_one_set_a_second_later_does_not(case):
    assert case.packet.amount is None


@records(WON + "2026-03-09 03:00  deal  snapshot  amount=9")
def test_what_we_saw_later_without_history_is_the_best_there_is(case):
    assert case.packet.amount == 9


@records("2026-03-01 08:00  deal  ann  amount=5 currency=USD\n" + WON)
def test_another_currency_is_an_issue(case):
    assert (case.packet.amount, "currency_foreign" in case.issues) == (None, True)


@records(
    "2026-03-01 08:00  deal  ann  amount=5 salesforce_id={name}-s\n"
    "2026-03-01 09:00  Opportunity#s  ann  Amount=7\n" + WON
)
def test_the_first_named_property_speaks(case):
    assert case.packet.amount == 5


@records(
    "2026-03-01 08:00  deal  ann  amount=tbd salesforce_id={name}-s\n"
    "2026-03-01 09:00  Opportunity#s  ann  Amount=7\n" + WON
)
def test_unless_it_says_nothing(case):
    assert case.packet.amount == 7


@records(LINKED + "2026-03-01 08:00  company  ann  segment=small health=green\n" + ACCEPTED)
def test_an_account_s_properties_reach_its_packets(case):
    assert (case.packet.account, case.packet.segment) == (f"hubspot:{case.name}", "small")
    assert case.field("health").state_now == "valid"


@records(
    LINKED
    + "2026-03-01 08:00 company ann domain={name}.example\n2026-03-01 08:00 organization ann health=red "
    "domain_names={name}.example\n" + ACCEPTED
)
def test_so_do_those_of_the_same_account_in_another_system(case):
    assert case.field("health").state_now == "valid"


@records("2026-03-01 08:00  company  ann  segment=small health=green\n" + ACCEPTED)
def test_an_account_that_is_not_the_packet_s_does_not_reach_it(case):
    assert (case.packet.account, case.packet.segment) == (None, None)
    assert case.field("health").state_now == "not_required"
    assert case.issues == ["packet_without_account"]


@records(
    "2026-03-01 08:00  link  contact deal\n2026-03-01 08:00  contact  ann  role=boss link=https://x.example/1\n"
    + ACCEPTED
)
def test_a_linked_record_s_properties_reach_the_packet_whichever_way_it_was_linked(case):
    assert (case.field("role").state_now, case.packet.record_url) == ("valid", "https://x.example/1")


@records(
    "2026-02-01 08:00  link  contact deal\n2026-03-01 08:00  link  contact deal  removed\n"
    "2026-03-01 08:00  contact  ann  role=boss\n" + ACCEPTED
)
def test_one_that_was_unlinked_before_does_not_reach_it(case):
    assert case.field("role").state_now == "not_required"


LINKS = {
    "the_only_one": ("2026-03-01 08:00 link deal company", ""),
    "told_by_the_account": ("2026-03-01 08:00 link company deal", ""),
    "the_latest": ("2026-03-01 08:00 link deal company\n2026-03-01 09:00 link deal company#b", "-b"),
    "the_primary_one": ("2026-03-01 08:00 link deal company primary\n2026-03-01 09:00 link deal company#b", ""),
    "not_one_linked_later": ("2026-03-01 08:00 link deal company\n2026-03-03 09:00 link deal company#b", ""),
    "one_linked_in_the_instant": (
        "2026-03-01 08:00 link deal company\n2026-03-02 09:00 link deal company#b", "-b",
    ),
    "the_first_after_it_if_there_was_none": (
        "2026-03-05 08:00 link deal company\n2026-03-06 09:00 link deal company#b", "",
    ),
    "not_one_that_was_removed": (
        "2026-02-01 08:00 link deal company#b\n2026-02-01 08:00 link deal company primary\n"
        "2026-03-01 09:00 link deal company removed", "-b",
    ),
    "one_that_is_removed_later": (
        "2026-03-01 08:00 link deal company\n2026-03-05 09:00 link deal company removed", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "own",
    [pytest.param(own, id=name, marks=records(lines + "\n" + WON)) for name, (lines, own) in LINKS.items()],
)
def test_the_account_is(case, own):
    assert case.packet.account == f"hubspot:{case.name}{own}"


@records("""
2026-03-01 08:00  company  ann  lifecyclestage=lead
2026-03-02 08:00  company  ann  lifecyclestage=customer arr=1200
2026-03-09 08:00  company  ann  arr=tbd
2026-04-02 08:00  Account  ann  Lost_On__c=2026-04-01 HubSpot_Id__c={name}
""")
def test_an_account_starts_pays_and_leaves_by_its_properties(case):
    account = case.one("dim_account", "account = ?", f"hubspot:{case.name}")
    assert (account.started_at, account.churned_at, account.arr) == (
        "2026-03-02 08:00",
        "2026-04-02 08:00",
        1200,
    )
