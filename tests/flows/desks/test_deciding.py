"""What persons write on tickets: what is a decision, whose counts, and that each is taken once."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from flows import desks, warehouse
from flows.desks.deciding import Ear, Words, hear, words_of
from flows.desks.desk import Down, Said
from flows.outbox import Outbox, Ticket
from tests.flows.desks.tracker import Tracker

AS_OF = datetime(2026, 3, 4, tzinfo=UTC)
AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
LATER = datetime(2026, 7, 1, tzinfo=UTC)
EAR = Ear({"u17": "Octo", "u18": "hub"})
TABLES = """
    create table handoff_packets as select * from (values
        ('seam:a:1', 'seam', 'a', 1, 'submitted', 'u1', null::timestamptz, timestamptz '2026-03-04 00:00:00+00'),
        ('seam:b:1', 'seam', 'b', 1, 'accepted', 'u1', null, timestamptz '2026-03-04 00:00:00+00')
    ) as t (packet_id, handoff, subject, cycle, status, sender, crossed_at, as_of);
    create table packet_attempts as select * from (values ('seam:a:1', 2), ('seam:b:1', 1)) as t (packet_id, attempt)
"""


class Office:
    """A generation, three tickets that stand at a tracker, and what is said on them."""

    def __init__(self, settings) -> None:
        # what is said at AT lies in the hour that two hearings overlap by
        self.settings, self.tracker, self.now = settings, Tracker(), AT - timedelta(hours=2, minutes=50)
        self.box = Outbox(settings, "fake", "run-1", lambda: self.now)
        folder = settings.published / "g1"
        folder.mkdir(parents=True)
        (settings.published / "current").symlink_to("g1")
        with warehouse.connect(folder / "seamkeeper.duckdb") as connection:
            connection.execute(TABLES)
        self.stands()

    def stands(self):
        tickets = [
            Ticket("sk-1", "a", "", "u1", "sales", "seam", "seam:a:1", 2),
            Ticket("sk-2", "a, before", "", "u1", "sales", "seam", "seam:a:1", 1),
            Ticket("sk-3", "b", "", "u1", "sales", "seam", "seam:b:1", 1),
            Ticket("sk-4", "digest", "", None, "sales"),
        ]
        self.box.plan([("open", ticket, "") for ticket in tickets])
        for intent in self.box.intents():
            self.box.settle(intent, f"T-{intent.id}", None)

    def says(self, text, key="T-1", by="octo", at=AT, id_="c1"):
        self.tracker.heard.append(Said(key, by, text, at, id_))

    def hears(self, ear=EAR, is_last_word=True):
        self.now += timedelta(hours=3)
        return hear(self.tracker, self.box, ear, AS_OF, is_last_word)

    def inbox(self):
        return [json.loads(path.read_text()) for path in sorted(self.settings.inbox.glob("*.json"))]


@pytest.fixture
def office(settings):
    return Office(settings)


@pytest.mark.parametrize(
    ("text", "verdict", "reason"),
    [
        ("accept", "accept", None),
        (" **Accepted**.\nthank you", "accept", None),
        ("reject: wrong_value", "reject", "wrong_value"),
        ("`REJECT: Wrong value`", "reject", "wrong_value"),
        ("reject:missing-field", "reject", "missing_field"),
        ("Rejected duplicate", "reject", "duplicate"),
    ],
)
def test_a_first_line_that_says_nothing_else_decides(text, verdict, reason):
    assert words_of(text) == Words(verdict, reason)


@pytest.mark.parametrize(
    "text",
    ["", "I accept", "accept it or not", "acceptance", "reject this nonsense", "rejection", "ok\naccept"],
)
def test_anything_else_is_talk(text):
    assert words_of(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("reject", "a rejection needs a reason: missing_field, wrong_value"),
        ("reject: it smells", "a rejection needs a reason"),
        ("accept: if the date moves", "an acceptance stands alone on its line"),
    ],
)
def test_what_was_meant_to_decide_and_does_not_is_a_fault(text, fault):
    assert fault in str(words_of(text))


def test_a_decision_waits_in_the_inbox_as_the_person_we_know_and_is_taken_once(office):
    office.says("reject: wrong_value")
    assert (office.hears().taken, office.hears().taken) == (1, 0)
    (event,) = office.inbox()
    assert event.pop("id") == next(office.settings.inbox.iterdir()).stem
    assert event == {
        "source": "seamkeeper", "type": "handoff.rejected", "time": AT.isoformat(), "handoff": "seam",
        "subject": "a", "cycle": 1, "actor": "u17", "reason": "wrong_value",
    }  # fmt: skip


def test_before_a_run_only_what_can_be_taken_is_and_the_rest_is_told_of_after_it(office):
    office.says("accept")
    office.says("accept", "T-3", id_="c2")
    office.says("accept", by="stranger", id_="c3")
    early, again, after = (office.hears(is_last_word=word) for word in (False, False, True))
    assert [(one.taken, len(one.notes)) for one in (early, again, after)] == [(1, 0), (0, 0), (0, 2)]
    assert len(office.inbox()) == 1


def test_read_again_after_our_memory_was_lost_it_is_the_same_event(office, settings):
    office.says("accept")
    office.hears()
    (before,) = office.inbox()
    settings.control_database.unlink()
    office.stands()
    assert office.hears().taken == 1
    assert office.inbox() == [before]


def test_nobody_we_know_never_counts_and_is_told_once_however_often_they_write(office):
    for n in range(3):
        office.says("accept", by="stranger", id_=f"c{n}")
    heard = office.hears()
    assert (heard.taken, office.inbox(), office.hears().notes) == (0, [], [])
    (note,) = heard.notes
    assert note == (
        "desk fake: stranger decided on T-1 and 2 more: it does not count, as nobody in [fake.people] of desks.toml "
        "is called so; name the person there, who then writes it anew"
    )


def test_what_decides_nothing_is_one_line_said_once(office):
    for n, (text, key) in enumerate(
        [("reject", "T-1"), ("accept", "T-2"), ("accept", "T-3"), ("accept", "T-4")]
    ):
        office.says(text, key, id_=f"c{n}")
    office.says("accept", "T-99", id_="on somebody else's ticket")
    assert [
        note.removeprefix("desk fake: u17 on ").removesuffix("; write it anew")
        for note in office.hears().notes
    ] == [
        "T-1: a rejection needs a reason: missing_field, wrong_value, unqualified, wrong_receiver, duplicate, "
        "capacity, other",
        "T-2: seam:a:1 was handed over anew, as attempt 2, which has a ticket of its own",
        "T-3: seam:b:1 is accepted already (as of 2026-03-04 00:00 UTC): there is nothing to accept; if that has "
        "changed since, run seamkeeper run first",
        "T-4: this is about many packets, and decisions are made on one",
    ]
    assert (office.hears().notes, office.inbox()) == ([], [])


def test_what_is_decided_after_the_runs_now_is_decided_at_it(office):
    office.says("accept", at=AS_OF + timedelta(days=100))
    office.hears()
    assert office.inbox()[0]["time"] == AS_OF.isoformat()


def test_without_people_nobody_is_asked(office):
    office.says("accept")
    assert office.hears(Ear()).taken == 0
    assert "said" not in office.tracker.calls


def test_where_desks_know_our_ids_people_need_not_be_told(office):
    office.says("accept", by="u99")
    assert office.hears(Ear({}, knows_ids=True)).taken == 1
    assert office.inbox()[0]["actor"] == "u99"


def test_a_desk_that_fails_is_heard_from_the_same_instant_again(office):
    office.says("accept")
    office.tracker.fails = [Down("no route")]
    with pytest.raises(Down):
        office.hears()
    assert office.hears().taken == 1


def test_what_stands_on_a_ticket_is_in_the_inbox_before_the_run_records_and_not_told_again(generation):
    configured = desks.read_desks(generation.settings, generation.catalogue)

    def heard(as_of=LATER, catalogue=generation.catalogue):
        return desks.hear(generation.settings, catalogue, configured, "run-2", as_of)

    generation.packet()
    assert heard() == "nothing decided on tickets"
    generation.tell(LATER)
    (path,) = generation.settings.tickets.glob("*.md")
    path.write_text(path.read_text().replace("owner: ann\n", "owner: ann\ndecision: accept\nby: bob\n"))
    assert heard(LATER - timedelta(days=1)) == "nobody is asked"
    assert heard(catalogue=generation.asked_from(generation.catalogue, None)) == "nobody is asked"
    assert list(generation.settings.inbox.glob("*")) == []
    assert heard() == "1 decided on tickets"
    assert len(list(generation.settings.inbox.glob("*.json"))) == 1
    assert str(generation.tell(LATER)) == "files: nothing to send"
