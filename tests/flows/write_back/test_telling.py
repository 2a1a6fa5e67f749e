"""Are records told what changed, once, and is what came of it kept? Of a generation written by hand."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.errors import LeaseLost, NotAllowedError, SourceError
from flows import acts, outbox
from flows.sources.writing import Answer
from tests.flows.write_back.conftest import AS_OF, SEAM

GATE, MISSING = f"seamkeeper_{SEAM}_gate", f"seamkeeper_{SEAM}_missing"
GO_LIVE, BUYER = ("go_live_on", "missing"), ("economic_buyer", "missing")


def test_a_record_is_told_its_gate_and_what_it_lacks_in_the_contract_s_words_and_order(generation):
    generation.packet(faults=[GO_LIVE, BUYER])
    assert str(generation.tell()) == "hubspot: 1 written"
    assert generation.told == [{"deal": "101", GATE: "closed", MISSING: "Economic buyer; Desired go-live"}]


def test_only_what_changed_is_told_again(generation):
    generation.packet(faults=[GO_LIVE, BUYER])
    generation.packet("102", state="open", is_complete_now=True)
    generation.tell()
    assert (str(generation.tell()), generation.told) == ("hubspot: nothing to write", [])
    generation.opens()
    assert (str(generation.tell()), generation.told) == (
        "hubspot: 1 written",
        [{"deal": "101", GATE: "open", MISSING: ""}],
    )


def test_what_is_missing_changes_though_the_gate_stays_closed(generation):
    generation.packet(faults=[GO_LIVE, BUYER])
    generation.tell()
    generation.change("delete from contract_failures where field = 'economic_buyer'")
    generation.tell()
    assert generation.told == [{"deal": "101", GATE: "closed", MISSING: "Desired go-live"}]


def test_a_record_of_two_handoffs_is_told_both_at_once(generation):
    generation.packet(faults=[BUYER])
    generation.packet(handoff="onboarding_to_cs", state="open", is_complete_now=True)
    generation.tell()
    assert generation.told == [
        {
            "deal": "101",
            GATE: "closed",
            MISSING: "Economic buyer",
            "seamkeeper_onboarding_to_cs_gate": "open",
            "seamkeeper_onboarding_to_cs_missing": "",
        }
    ]


def test_as_many_go_into_a_call_as_the_source_takes_and_the_lease_is_looked_at_before_each(generation):
    for record in ("101", "102", "103"):
        generation.packet(record)
    looked = []
    generation.tell(checked=lambda: looked.append(len(generation.told)))
    assert (looked, len(generation.told)) == ([0, 2], 3)


def test_another_property_is_told_what_the_one_before_was_told(generation):
    generation.packet()
    generation.tell()
    said = f'handoffs = ["{SEAM}"]\ngate = "gate"\n'
    generation.declare(f'[hubspot]\nkind = "hubspot"\n\n[hubspot.write_back]\n{said}')
    generation.tell()
    assert generation.told == [{"deal": "101", "gate": "closed", MISSING: ""}]


def test_a_type_that_we_may_not_write_stops_no_other(generation):
    generation.packet("7", object_="contact")
    generation.packet()
    generation.fails = [NotAllowedError("source hubspot: grant the app the scope crm.objects.contacts.write")]
    sent = generation.tell()
    assert sent.troubles == ("source hubspot: grant the app the scope crm.objects.contacts.write",)
    assert str(sent) == "hubspot: 1 written"


def test_each_writing_is_an_act_once_and_says_no_value(generation):
    generation.packet(faults=[BUYER])
    generation.tell(run_id="run-7")
    generation.tell(run_id="run-8")
    (found,) = acts.documents(generation.settings)
    type_, subject, _, content = found
    assert (type_, subject) == ("gate.written", f"hubspot/deal/101/{SEAM}")
    told = json.loads(content)
    assert datetime.fromisoformat(told.pop("at")) > datetime(2026, 1, 1, tzinfo=UTC)
    assert told == {
        "source": "hubspot", "object": "deal", "record_id": "101", "handoff": SEAM, "packet_id": f"{SEAM}:101:1",
        "gate": "closed", "missing": ["Economic buyer"], "properties": [GATE, MISSING], "run_id": "run-7",
    }  # fmt: skip
    acts.recorded(generation.settings, [found])
    assert acts.documents(generation.settings) == []


def test_where_no_answer_came_it_is_written_again_even_if_it_says_again_what_stood_there_before(generation):
    generation.packet(faults=[BUYER])
    generation.tell()
    generation.opens()
    generation.fails = [SourceError("source hubspot: broke; run again later")]
    sent = generation.tell()
    assert (str(sent), sent.troubles) == (
        "hubspot: nothing was written",
        ("source hubspot: broke; run again later",),
    )
    generation.change("update gate_decisions set state = 'closed'")
    generation.change(
        "insert into contract_failures values (?, 'now', ?, ?, 'critical')", f"{SEAM}:101:1", *BUYER
    )
    generation.tell()
    assert generation.told == [{"deal": "101", GATE: "closed", MISSING: "Economic buyer"}]
    assert len(acts.documents(generation.settings)) == 2


def test_who_is_killed_between_the_call_and_its_note_writes_again(generation, monkeypatch):
    generation.packet(faults=[BUYER])

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("flows.writings.Writings.settle", killed)
        with pytest.raises(KeyboardInterrupt):
            generation.tell()
    assert len(generation.told) == 1
    assert acts.documents(generation.settings) == []
    generation.tell()
    assert (len(generation.told), len(acts.documents(generation.settings))) == (1, 1)


def test_a_run_whose_lease_was_taken_over_writes_no_more(generation):
    for record in ("101", "102", "103"):
        generation.packet(record)

    def checked():
        if generation.told:
            raise LeaseLost("taken over")

    with pytest.raises(LeaseLost):
        generation.tell(checked=checked)
    assert len(generation.told) == 2


def test_records_that_refuse_are_named_up_to_five_and_tried_again(generation):
    for number in range(101, 109):
        generation.packet(str(number))
        generation.answers[str(number)] = Answer(str(number), refused="Close date first")
    generation.packet("100")
    sent = generation.tell()
    assert str(sent) == "hubspot: 8 refused, 1 written" or str(sent) == "hubspot: 1 written, 8 refused"
    assert sent.troubles[0] == "source hubspot: deal 101 does not take it (Close date first); mend it there"
    assert (len(sent.troubles), sent.troubles[-1]) == (6, "source hubspot: 3 more records do not take it")
    generation.answers.clear()
    assert str(generation.tell()) == "hubspot: 8 written"


def test_a_record_that_is_gone_is_not_tried_again_with_the_same_words_and_is_no_act(generation):
    generation.packet(faults=[BUYER])
    generation.answers["101"] = Answer("101", is_gone=True)
    sent = generation.tell()
    assert (str(sent), sent.troubles) == ("hubspot: 1 gone", ())
    assert str(generation.tell()) == "hubspot: nothing to write"
    generation.opens()
    assert str(generation.tell()) == "hubspot: 1 gone"
    assert acts.documents(generation.settings) == []


def test_a_property_that_cannot_be_written_is_one_line_and_other_handoffs_are_told(generation):
    generation.packet()
    generation.packet("102")
    generation.packet(handoff="onboarding_to_cs")
    generation.unwritable = {GATE: "is not there; create it as a single-line text property"}
    sent = generation.tell()
    assert sent.troubles == (
        f"source hubspot: deal.{GATE} is not there; create it as a single-line text property, "
        "or name another in [hubspot.write_back] of sources.toml",
    )
    assert str(sent) == "hubspot: 2 waiting, 1 written"
    assert [told["deal"] for told in generation.told] == ["101"]


def test_without_a_secret_the_variable_is_named_and_nothing_is_lost(generation, monkeypatch):
    generation.packet()
    monkeypatch.undo()
    monkeypatch.delenv("HUBSPOT_TOKEN", raising=False)
    sent = generation.tell()
    assert "HUBSPOT_TOKEN is not set" in sent.troubles[0]
    assert acts.documents(generation.settings) == []


def test_a_dry_run_says_what_it_would_write_and_writes_nothing(generation):
    generation.packet(faults=[BUYER])
    sent = generation.tell(dry_run=True)
    assert (str(sent), sent.would_send) == (
        "hubspot: 1 would be written",
        (f"hubspot: would write deal 101: {SEAM} closed, missing: Economic buyer",),
    )
    assert (generation.told, acts.documents(generation.settings)) == ([], [])
    assert str(generation.tell()) == "hubspot: 1 written"


def test_a_run_that_looks_back_writes_nothing(generation):
    generation.packet()
    outbox.note_as_of(generation.settings, AS_OF)
    assert str(generation.tell(AS_OF - timedelta(days=1))).startswith(
        "nothing is written: what was so at 2026-07-01"
    )
    assert generation.told == []
    assert str(generation.tell(AS_OF)) == "hubspot: 1 written"


@pytest.mark.parametrize("day", [None, date(2026, 6, 11)])
def test_it_is_quiet_until_alerts_are_asked_for_and_about_what_was_before(generation, day):
    generation.packet()
    generation.catalogue = generation.asked_from(day)
    generation.tell()
    assert generation.told == []


def test_it_is_off_until_a_source_asks_for_it(generation):
    generation.packet()
    generation.declare('[hubspot]\nkind = "hubspot"\n')
    assert (str(generation.tell()), generation.told) == ("", [])
