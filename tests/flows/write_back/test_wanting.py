"""Which packet speaks for a record, and when does none? Of a generation written by hand."""

import pytest

from flows.write_back import wanting
from tests.flows.write_back.conftest import SEAM


@pytest.fixture
def wanted(generation):
    """(record, gate, missing) of what should stand."""

    def read(*handoffs):
        names = dict.fromkeys(handoffs or (SEAM,), ("gate", "missing"))
        found = wanting.read(generation.settings, generation.catalogue, "hubspot", names)
        return [(one.record_id, one.gate, one.missing) for one in found]

    return read


def test_the_newest_crossing_speaks(generation, wanted):
    generation.packet(state="open", is_complete_now=True)
    generation.packet(cycle=2)
    assert wanted() == [("101", "closed", ())]


@pytest.mark.parametrize("status", ["void", "withdrawn"])
def test_one_that_was_taken_back_gives_way_to_the_one_before(generation, wanted, status):
    generation.packet(state="open", is_complete_now=True)
    generation.packet(cycle=2, status=status, is_complete_now=None)
    assert wanted() == [("101", "open", ())]


def test_one_that_was_taken_back_speaks_where_it_is_the_only_one(generation, wanted):
    generation.packet(status="void", is_complete_now=None)
    assert wanted() == [("101", "closed", ())]


def test_before_the_submission_a_gate_is_closed_and_nothing_is_missing_yet(generation, wanted):
    generation.packet(status="draft", is_complete_now=None)
    assert wanted() == [("101", "closed", ())]


def test_a_value_that_is_no_good_is_told_apart_from_one_that_is_missing(generation, wanted):
    generation.packet(
        faults=[("go_live_on", "stale"), ("economic_buyer", "invalid"), ("competitor", "missing")]
    )
    assert wanted() == [
        ("101", "closed", ("Economic buyer (invalid)", "Competitor displaced", "Desired go-live (stale)"))
    ]


def test_what_only_warns_closes_no_gate_and_is_not_told(generation, wanted):
    generation.packet(faults=[("go_live_on", "missing")])
    generation.change("update contract_failures set severity = 'warning'")
    assert wanted() == [("101", "closed", ())]


def test_nothing_is_said_while_nobody_can_see_whether_a_field_is_there(generation, wanted):
    generation.packet(is_complete_now=None)
    assert wanted() == []


def test_nothing_is_said_of_a_handoff_that_is_not_judged(generation, wanted):
    generation.packet()
    generation.change("insert into dim_handoff values (?, false, 'long ago'), (?, true, null)", SEAM, SEAM)
    assert len(wanted()) == 1
    generation.change("update dim_handoff set not_judged = 'deal.goal is gone' where is_current")
    assert wanted() == []


def test_nothing_is_said_where_there_is_no_gate_or_nobody_asks(generation, wanted):
    generation.packet(mode="none", state="open")
    generation.packet("102")
    assert [record for record, *_ in wanted()] == ["102"]
    assert wanted("onboarding_to_cs") == []


def test_a_record_of_another_system_is_not_this_source_s(generation, wanted):
    generation.packet()
    generation.change("update packet_records set source_system = 'salesforce'")
    assert wanted() == []
