"""Every desk of other people's: the same tickets, the same persons, the same troubles, over the vendors' own shapes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.desks.desk import Denied, Down, Gone, Refused
from flows.desks.reconciling import Wanted, reconcile
from flows.desks.wording import marker_line
from flows.outbox import Outbox
from tests.emulators.faults import Fault
from tests.flows.desks.offices import VENDORS, office

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(params=list(VENDORS))
def there(request):
    with office(request.param) as made:
        yield made


def remade(desk: Any, **changes: Any) -> Any:
    """The same desk, told something else."""
    return replace(desk, **changes)


@pytest.fixture
def marked(ticket):
    """A ticket as it is written: its last line has the marker."""

    def make(packet=1, body="two fields", **changes):
        made = replace(ticket(packet), **changes)
        return replace(made, body=f"{body}\n\n{marker_line(made.marker)}")

    return make


def test_a_ticket_is_opened_looked_at_and_found(there, marked):
    ticket = marked()
    seen = there.desk.open(ticket, "once")
    (issue,) = there.board.issues
    assert (seen.marker, seen.is_open, issue.title) == (ticket.marker, True, "packet 1")
    assert seen.url.startswith("http")
    assert "two fields" in issue.body
    assert there.desk.look(seen.key) == seen
    assert list(there.desk.open_tickets()) == [seen] == list(there.desk.find(ticket.marker, LONG_AGO))
    assert list(there.desk.find("sk-ffffffffffffffff", LONG_AGO)) == []


def test_it_goes_to_whom_it_concerns_and_without_them_where_nobody_is_called_so(there, marked):
    for packet, owner in enumerate(["ann", "bob", "eve", None]):
        there.desk.open(marked(packet, owner=owner), f"once-{packet}")
    assert [issue.assignee for issue in there.board.issues] == [there.vendor.handle, None, None, None]
    assert "nobody" in there.board.issues[1].body.split("\n")[0]


def test_whose_turn_it_is_next_is_assigned_and_otherwise_whoever_is_stays(there, marked):
    key = there.desk.open(marked(owner=None), "once").key
    for owner, is_new, assignee in (
        ("ann", False, None if there.vendor.kind is not VENDORS["zendesk"].kind else there.vendor.handle),
        ("ann", True, there.vendor.handle),
        ("bob", True, there.vendor.handle),
        (None, True, there.vendor.handle),
    ):
        there.desk.set(key, marked(owner=owner, body=f"of {owner}, {is_new}"), None, "once", is_new)
        (issue,) = there.board.issues
        assert (issue.assignee, f"of {owner}, {is_new}" in issue.body) == (assignee, True)


def test_it_is_set_right_closed_and_opened_again(there, marked):
    key = there.desk.open(marked(), "once").key
    for is_open in (None, False, False, None, True, None):
        there.desk.set(key, marked(body=f"now {is_open}", title=f"title {is_open}"), is_open, "once")
        (issue,) = there.board.issues
        assert (issue.title, f"now {is_open}" in issue.body) == (f"title {is_open}", True)
        if is_open is not None:
            expected = is_open
            assert issue.is_open == there.desk.look(key).is_open == expected
    assert len(there.board.issues) == 1


def test_what_is_closed_is_not_among_the_open_but_is_found(there, marked):
    key = there.desk.open(marked(), "once").key
    there.board.change(key, is_open=False)
    assert list(there.desk.open_tickets()) == []
    assert [seen.is_open for seen in there.desk.find(marked().marker, LONG_AGO)] == [False]


@pytest.mark.parametrize("how", ["is_deleted", "is_moved"])
def test_what_was_deleted_or_moved_is_gone(there, marked, how):
    key = there.desk.open(marked(), "once").key
    there.board.change(key, **{how: True})
    assert there.desk.look(key) is None
    assert list(there.desk.open_tickets()) == []
    with pytest.raises(Gone):
        there.desk.set(key, marked(), True, "once")


def test_of_many_none_is_left_out(there, marked):
    keys = [there.desk.open(marked(n), f"once-{n}").key for n in range(3)]
    there.board.issues += [
        replace(
            there.board.issues[0],
            key=f"{there.vendor.prefix}{n}",
            id=str(n),
            created=datetime.now(UTC) + timedelta(minutes=1),
        )
        for n in range(1000, 1150)
    ]
    assert [seen.key for seen in there.desk.open_tickets()][:3] == keys
    assert len(there.desk.open_tickets()) == 153


def test_what_persons_say_is_heard_with_who_and_when(there, marked):
    key = there.desk.open(marked(), "once").key
    decisions = {"comment": "accept\nthanks", "label": "reject:wrong_value"}
    for kind, text in decisions.items():
        there.board.act(key, kind, there.vendor.handle, text)
    heard = sorted(there.desk.said(LONG_AGO), key=lambda said: said.id)
    assert {(said.key, said.by, said.text) for said in heard} == {
        (key, there.vendor.handle, decisions[kind]) for kind in there.vendor.hears
    }
    assert len({said.id for said in heard}) == len(there.vendor.hears)
    assert all(abs(datetime.now(UTC) - said.at) < timedelta(minutes=1) for said in heard)
    assert sorted(there.desk.said(LONG_AGO), key=lambda said: said.id) == heard
    assert list(there.desk.said(datetime.now(UTC) + timedelta(hours=1))) == []


def test_a_token_without_rights_says_which_it_needs(there, marked):
    there.board.may_write = False
    with pytest.raises(Denied, match="give the token"):
        there.desk.open(marked(), "once")
    there.served.vendor.knows = "another"
    with pytest.raises(Denied, match="the token was refused: renew it"):
        there.desk.open_tickets()


def test_a_desk_that_is_down_was_not_asked_anything(there, marked):
    away = replace(there.desk, door=replace(there.desk.door, base_url="http://127.0.0.1:9"))
    with pytest.raises(Down, match="cannot be reached"):
        away.open(marked(), "once")
    with pytest.raises(Down, match="cannot be reached"):
        away.open_tickets()


def test_whoever_asks_us_to_wait_opened_nothing(there, marked):
    there.served.faults.add(Fault(there.vendor.creates, "429", seconds=60))
    with pytest.raises(Down, match="asks us to wait"):
        there.desk.open(marked(), "once")
    assert there.board.issues == []


def test_a_text_too_long_keeps_its_marker(there, marked):
    ticket = marked(body="a line of a long text\n" * 9000)
    there.desk.open(ticket, "once")
    (issue,) = there.board.issues
    assert len(issue.body) <= there.vendor.longest
    assert [seen.marker for seen in there.desk.open_tickets()] == [ticket.marker]


@pytest.mark.parametrize("kind", ["close", "500", "odd"])  # done; not done; who knows: all others are alike
def test_an_unclear_answer_is_adopted_or_opened_again_and_never_twice(there, marked, settings, kind):
    clock = [datetime.now(UTC)]
    box = Outbox(settings, "fake", "run-1", lambda: clock[0])
    there.served.faults.add(Fault(there.vendor.creates, kind, seconds=1))

    def run(*tickets):
        clock[0] += timedelta(hours=2)
        return reconcile(there.desk, box, Wanted(tickets), 25)

    first = run(marked(1), marked(2))
    assert first.done == {"unclear": 1, "opened": 1}
    second = run(marked(1), marked(2))
    assert second.troubles == []
    assert run(marked(1), marked(2)).done == {}
    assert [len(there.board.marked(marked(n).marker)) for n in (1, 2)] == [1, 1]


def test_down_for_a_day_everything_comes_in_order_afterwards(there, marked, settings):
    box = Outbox(settings, "fake", "run-1")
    there.served.faults.add(Fault(there.vendor.creates, "429", times=2))
    tickets = [marked(n) for n in range(3)]
    for _ in range(2):
        outcome = reconcile(there.desk, box, Wanted(tickets), 25)
        assert (outcome.done, outcome.waiting, len(outcome.troubles)) == ({}, 3, 1)
    assert reconcile(there.desk, box, Wanted(tickets), 25).done == {"opened": 3}
    assert [issue.title for issue in there.board.issues] == ["packet 0", "packet 1", "packet 2"]


@pytest.mark.parametrize(
    ("option", "name", "is_open", "said"),
    [
        ("done", "End", False, None),
        ("done", "Finish", False, "no transition `Finish` now; name one with `done`"),
        ("open_by", "Work", True, None),
    ],
)
def test_jira_moves_by_the_transition_it_is_told(marked, option, name, is_open, said):
    with office("jira") as there:
        key = there.desk.open(marked(), "once").key
        there.board.change(key, is_open=not is_open)
        desk = remade(there.desk, **{option: name})
        if said is None:
            desk.set(key, marked(), is_open, "once")
            assert there.board.issue(key).of("status")[0].text == {"End": "Done", "Work": "In Progress"}[name]
        else:
            with pytest.raises(Refused, match=said):
                desk.set(key, marked(), is_open, "once")


def test_a_project_that_jira_does_not_know_is_no_fault_of_one_ticket(marked):
    with office("jira") as there, pytest.raises(Denied, match="valid project is required.*mend project"):
        remade(there.desk, project="OTHER").open(marked(), "once")


def test_linear_refuses_what_is_sent_twice_and_shows_the_first(marked):
    with office("linear") as there:
        first = there.desk.open(marked(), "once")
        assert there.desk.open(marked(), "once") == first
        assert len(there.board.issues) == 1


def test_linear_takes_the_state_it_is_told(marked):
    with office("linear") as there:
        key = there.desk.open(marked(), "once").key
        with pytest.raises(Denied, match="has no state Shipped; name one with `done`"):
            remade(there.desk, done="Shipped").set(key, marked(), False, "once")
