"""Is a handoff judged while a property that it maps is gone, or never was there? What is not there is not missing."""

from __future__ import annotations

import pytest

from flows.show import not_judged


def lapsed(day, next_day, **fields):
    """A deal that is sold and accepted a day later; HubSpot lacks `kept` from 1 April to 1 May."""
    told = " ".join(f"{name}={value}" for name, value in fields.items())
    return pytest.mark.records(
        f"{day} 09:00  deal  ann  lapse=sold {told}\n{next_day} 10:00  deal  bob  taken=true",
        handoff="lapsed",
    )


def verdicts(case):
    packet = case.packet
    return packet.is_complete, packet.is_complete_by_due, packet.is_complete_now


def failed(case):
    rows = case.rows("contract_failures", "packet_id = ?", case.packet.packet_id)
    return {(row.moment, row.field) for row in rows}


@lapsed("2026-03-02", "2026-03-03", kept="yes", plan="plan")
def test_what_moved_before_it_was_gone_is_judged_as_it_was(case):
    assert verdicts(case) == (True, True, True)


@lapsed("2026-03-30", "2026-04-02", kept="yes", plan="plan")
def test_each_moment_is_judged_or_not_for_itself(case):
    assert verdicts(case) == (None, True, True)


@lapsed("2026-04-10", "2026-04-11")
def test_what_moved_meanwhile_is_not_judged_and_fails_nothing_then(case):
    assert verdicts(case) == (None, None, False)
    assert failed(case) == {("now", "kept"), ("now", "plan")}
    states = {
        (case.field(name).state_at_transition, case.field(name).state_by_due) for name in ("kept", "plan")
    }
    assert states == {("unobservable", "unobservable")}


@lapsed("2026-04-12", "2026-04-13")
def test_its_figures_are_not_measurable(case):
    assert case.count("completion_rate") == (None, 0)
    (row,) = case.rows(
        "handoff_scorecard",
        "handoff = 'lapsed' AND metric = 'completion_rate' AND dimension = 'all' AND grain = 'month' "
        "AND period_start = DATE '2026-04-01'",
    )
    assert (row.status, row.value, row.n) == ("not_measurable", None, 0)


@lapsed("2026-05-10", "2026-05-11", plan="plan")
def test_what_moved_after_it_came_back_is_judged(case):
    assert verdicts(case) == (False, False, False)
    assert failed(case) == {(moment, "kept") for moment in ("transition", "due", "now")}


@pytest.mark.records(
    "2026-02-02 09:00  deal  ann  unread=sold\n2026-02-03 10:00  deal  bob  taken=true",
    handoff="unread",
)
def test_a_property_that_never_was_there_fails_no_packet_at_any_time(case):
    assert verdicts(case) == (None, None, None)
    assert failed(case) == set()
    assert case.packet.fault_count is None


def test_a_line_says_what_is_not_there_where_and_what_to_do(mapped):
    assert not_judged(mapped.settings) == {
        "unread": "unread is not judged: buyer reads hubspot.deal.sponsor, which is gone; goal reads "
        "hubspot.deal.gaol, which is not there (did you mean hubspot.deal.goal?); bring that back, or mend its mapping "
        "in contracts/unread.yaml and compile",
        "unsent": "unsent has no decisions that count: submitted reads hubspot.deal.never_sent, which is not there; "
        "bring that back, or mend its mapping, or say `recorded: {decisions: false}`, in contracts/unsent.yaml and "
        "compile",
        "untriggered": "untriggered is not judged: triggered reads hubspot.deal.never_rung, which is not there; "
        "bring that back, or mend its mapping in contracts/untriggered.yaml and compile",
        "unmoved": "unmoved is not judged: crossed reads hubspot.deal.dug, which is gone; bring that back, or mend its "
        "mapping in contracts/unmoved.yaml and compile",
    }


def test_each_is_a_data_issue(mapped):
    found = mapped.rows("SELECT issue, detail FROM data_issues WHERE issue LIKE 'field_%' ORDER BY detail")
    assert found == [
        ("field_gone", "hubspot deal.dug is gone: what a contract reads there is missing from now on"),
        ("field_not_there", "hubspot deal.gaol is not there, and a contract reads it"),
        ("field_gone", "hubspot deal.kept is gone: what a contract reads there is missing from now on"),
        ("field_new", "hubspot deal.kept is new"),
        ("field_not_there", "hubspot deal.never_nod is not there, and a contract reads it"),
        ("field_not_there", "hubspot deal.never_plan is not there, and a contract reads it"),
        ("field_not_there", "hubspot deal.never_rung is not there, and a contract reads it"),
        ("field_not_there", "hubspot deal.never_sent is not there, and a contract reads it"),
        ("field_gone", "hubspot deal.nod is gone: what a contract reads there is missing from now on"),
        ("field_new", "hubspot deal.nod is new"),
        ("field_gone", "hubspot deal.old_plan is gone: what a contract reads there is missing from now on"),
        ("field_gone", "hubspot deal.sponsor is gone: what a contract reads there is missing from now on"),
    ]
