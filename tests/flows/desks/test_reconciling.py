"""One open ticket per episode: what a run does given what stands there, and what became of calls without an answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.errors import LeaseLost
from flows import acts
from flows.desks.desk import Denied, Down, Refused, Unclear, marker_of
from flows.outbox import Ticket
from tests.flows.desks.tracker import Faults, Held


def test_a_ticket_is_opened_once_however_often_the_run_is_repeated(office, ticket):
    assert str(office.run(ticket())) == "1 opened"
    assert str(office.run(ticket())) == "nothing to send"
    assert office.tracker.of(ticket().marker) == [True]


def test_only_a_new_owner_is_assigned_anew_and_again_where_nobody_knows_whether_it_was_done(office, ticket):
    office.run(ticket())
    office.run(ticket(body="one field"))
    marker = ticket().marker
    assert office.tracker.calls == [f"set {marker} None"]
    escalated = replace(ticket(body="overdue"), owner="max")
    office.tracker.fails = [Unclear("no answer")]
    assert office.run(escalated).done == {"unclear": 1}
    office.run(escalated)
    assert office.tracker.calls == [f"set {marker} None for another"]
    office.run(over={marker: "mended"})
    assert office.tracker.calls == [f"set {marker} False"]


def test_it_is_updated_when_its_words_change_and_only_then(office, ticket):
    office.run(ticket())
    assert str(office.run(ticket(body="one field"))) == "1 updated"
    assert office.tracker.held[0].ticket.body == "one field"
    assert str(office.run(ticket(body="one field"))) == "nothing to send"


def test_it_is_closed_when_mended_and_says_why(office, ticket):
    office.run(ticket())
    assert str(office.run(over={ticket().marker: "everything is there"})) == "1 closed"
    assert office.tracker.of(ticket().marker) == [False]
    assert "everything is there" in office.tracker.held[0].ticket.body


def test_it_is_the_same_ticket_that_opens_when_it_fails_again(office, ticket):
    office.run(ticket())
    office.run(over={ticket().marker: "mended"})
    assert str(office.run(ticket())) == "1 opened again"
    assert office.tracker.of(ticket().marker) == [True]
    assert office.tracker.held[0].ticket == ticket()


def test_a_ticket_of_which_nobody_can_see_whether_it_is_mended_stays(office, ticket):
    office.run(ticket())
    assert str(office.run()) == "nothing to send"
    assert office.tracker.of(ticket().marker) == [True]


def test_a_persons_own_close_is_respected(office, ticket):
    office.run(ticket())
    office.tracker.close_as_a_person(ticket().marker)
    assert str(office.run(ticket(body="another field"))) == "1 closed by a person"
    assert str(office.run(ticket(body="another field"))) == "nothing to send"
    assert office.tracker.of(ticket().marker) == [False]


def test_a_new_episode_gets_a_ticket_all_the_same(office, ticket):
    office.run(ticket())
    office.tracker.close_as_a_person(ticket().marker)
    office.run(ticket())
    assert str(office.run(ticket(2))) == "1 opened"


def test_a_deleted_ticket_is_as_good_as_closed_by_a_person(office, ticket):
    office.run(ticket())
    office.tracker.held.clear()
    assert str(office.run(ticket())) == "1 gone"
    assert office.run(ticket()).done == {}


def test_one_that_was_deleted_after_we_closed_it_is_not_opened_again(office, ticket):
    office.run(ticket())
    office.run(over={ticket().marker: "mended"})
    office.tracker.held.clear()
    outcome = office.run(ticket(), ticket(2))
    assert (outcome.done, outcome.troubles, outcome.waiting) == ({"opened": 1, "gone": 1}, [], 0)
    assert str(office.run(ticket(), ticket(2))) == "nothing to send"


def test_a_ticket_that_a_person_opens_again_stays_open_until_it_fails_and_is_mended(office, ticket):
    over = {ticket().marker: "mended"}
    office.run(ticket())
    office.run(over=over)
    office.tracker.held[0].changes.append((office.seconds, True))
    assert str(office.run(over=over)) == "1 opened again by a person"
    assert str(office.run(over=over)) == "nothing to send"
    office.run(ticket(body="another field"))
    assert str(office.run(over=over)) == "1 closed"


def test_one_run_opens_only_so_many_the_most_urgent_first(office, ticket):
    many = [ticket(n) for n in range(5)]
    assert office.run(*many, most=2).done == {"opened": 2}
    assert [held.ticket.packet_id for held in office.tracker.held] == ["h:0:1", "h:1:1"]


def test_beyond_them_there_is_a_digest_that_goes_when_nothing_is_left(office, ticket):
    def digests(left_out):
        teams = sorted({one.team for one in left_out})
        return [Ticket(marker_of(team), f"{team}: some", f"{len(left_out)}", None, team) for team in teams]

    many = [ticket(n) for n in range(5)]
    office.run(*many, most=2, digests=digests)
    assert office.tracker.of(marker_of("sales")) == [True]
    office.run(*many, most=2, digests=digests)
    assert [held.ticket.body for held in office.tracker.held if held.ticket.packet_id is None] == ["1"]
    office.run(*many, most=2, digests=digests)
    assert office.tracker.of(marker_of("sales")) == [False]
    assert all(office.tracker.of(one.marker) == [True] for one in many)


def test_what_failed_before_it_was_done_is_done_by_the_next_run(office, ticket):
    office.tracker.fails = [Unclear("broke")]
    outcome = office.run(ticket())
    assert (str(outcome), outcome.troubles) == ("1 unclear, 1 waiting in the outbox", ["desk fake: broke"])
    assert str(office.run(ticket())) == "1 opened"


def test_what_was_done_without_an_answer_is_adopted(office, ticket):
    office.tracker.faults = Faults(after=1)
    office.run(ticket())
    office.tracker.faults = Faults()
    assert str(office.run(ticket())) == "1 adopted"
    assert office.tracker.of(ticket().marker) == [True]


def test_nothing_is_done_again_before_the_desk_has_settled(office, ticket):
    office.tracker.settles, office.tracker.faults = timedelta(hours=2), Faults(after=1, lag=7000)
    office.run(ticket())
    office.tracker.held[0].listed_from = office.seconds + 7000
    assert office.run(ticket()).done == {}
    office.tracker.faults = Faults()
    assert office.run(ticket()).done == {"adopted": 1}
    assert office.tracker.of(ticket().marker) == [True]


def test_what_lands_after_it_was_done_again_is_closed_as_a_double(office, ticket):
    office.run(ticket())
    late = Held("T-9", ticket(), listed_from=0, changes=[(office.seconds, True)])
    office.tracker.held.insert(0, late)
    assert office.run(ticket()).done == {"closed as doubles": 1}
    assert office.tracker.of(ticket().marker) == [False, True]


def test_a_close_without_an_answer_is_not_taken_for_a_persons(office, ticket):
    office.run(ticket())
    office.tracker.faults = Faults(after=1)
    office.run(over={ticket().marker: "mended"})
    office.tracker.faults = Faults()
    assert office.run(ticket()).done == {"closed": 1}
    assert office.run(ticket()).done == {"opened again": 1}


def test_after_a_lost_memory_open_tickets_are_found_and_set_right(office, ticket):
    office.run(ticket())
    office.forgets()
    assert office.run(ticket(body="one field")).done == {"adopted": 1, "updated": 1}
    assert office.tracker.of(ticket().marker) == [True]


def test_a_desk_that_is_down_for_a_day_gets_everything_in_order_afterwards(office, ticket):
    for hour in range(3):
        office.tracker.fails = [Down("no route to it")]
        outcome = office.run(*(ticket(n) for n in range(3, 1 - hour, -1)))
        assert (outcome.done, len(outcome.troubles)) == ({}, 1)
    assert outcome.waiting == 4
    assert office.run(*(ticket(n) for n in range(4))).done == {"opened": 4}
    assert [held.ticket.packet_id for held in office.tracker.held] == ["h:3:1", "h:2:1", "h:1:1", "h:0:1"]


def test_what_was_mended_before_it_could_be_sent_is_not_sent(office, ticket):
    office.tracker.fails = [Down("no route to it")]
    office.run(ticket())
    assert str(office.run()) == "nothing to send"


def test_a_token_without_rights_ends_the_sending_after_one_call(office, ticket):
    office.tracker.fails = [Denied("no right"), Denied("no right")]
    outcome = office.run(ticket(1), ticket(2))
    assert (outcome.troubles, outcome.waiting) == (["desk fake: no right"], 2)
    assert len(office.tracker.fails) == 1


def test_one_ticket_that_is_refused_stops_no_other(office, ticket):
    office.tracker.fails = [Refused("too long")]
    outcome = office.run(ticket(1), ticket(2))
    assert (outcome.done, outcome.troubles) == ({"opened": 1}, ["desk fake: h:1:1: too long"])


def test_a_desk_that_never_answers_is_left_alone_soon(office, ticket):
    office.tracker.fails = [Unclear("time is up") for _ in range(10)]
    office.run(*(ticket(n) for n in range(10)))
    assert len(office.tracker.fails) == 7


def test_a_run_that_lost_its_lease_sends_nothing_more(office, ticket):
    def checked():
        raise LeaseLost("taken over")

    with pytest.raises(LeaseLost):
        office.run(ticket(), checked=checked)
    assert office.tracker.held == []


@pytest.mark.parametrize("is_blind", [False, True])
def test_what_is_refused_after_it_was_unclear_is_wanted_anew(office, ticket, is_blind):
    office.tracker.is_blind = is_blind
    office.run(ticket())
    office.tracker.fails = [Unclear("broke"), Refused("too long")]
    assert office.run(ticket(body="a long text")).done == {"unclear": 1}
    assert office.run(ticket(body="a long text")).waiting == 1
    assert office.run(ticket(body="short")).done == {"updated": 1}
    assert office.tracker.held[0].ticket.body == "short"


def test_what_is_sent_in_other_words_has_another_name(office, ticket, settings):
    names = []
    for body in ("two fields", "one field", "two fields"):
        office.run(ticket(body=body))
        names += [call.split()[-1] for call in office.tracker.calls]
        office.tracker.held.clear()
        office.forgets()  # ids begin anew
    assert names[0] == names[2] != names[1]


def test_a_desk_that_shows_nothing_is_sent_the_same_again_under_the_same_name(office, ticket):
    office.tracker.is_blind = True
    office.tracker.faults = Faults(after=1)
    office.run(ticket())
    (first,) = office.tracker.calls
    office.tracker.faults = Faults()
    assert office.run(ticket()).done == {"opened": 1}
    assert office.tracker.calls == [first]


def test_every_act_is_a_document_until_it_is_recorded(office, ticket, settings):
    office.run(ticket())
    office.run(over={ticket().marker: "mended"})
    told = acts.documents(settings)
    assert [(kind, subject) for kind, subject, *_ in told] == [
        ("ticket.opened", f"fake/{ticket().marker}"),
        ("ticket.closed", f"fake/{ticket().marker}"),
    ]
    assert "two fields" not in told[0][3]
    acts.recorded(settings, told[:1])
    assert acts.documents(settings) == told[1:]
    acts.recorded(settings, told)
    assert acts.documents(settings) == []
