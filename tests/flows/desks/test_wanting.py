"""Which packets deserve a ticket, and what it says: of a generation written by hand, without a run."""

from datetime import UTC, date, datetime, timedelta

import pytest

from flows import acts, desks
from flows.desks.episodes import Episode
from flows.desks.wanting import Published
from flows.outbox import Outbox
from tests.flows.desks.generation import AS_OF, SEAM


def test_a_ticket_says_what_is_missing_in_the_contracts_words(generation):
    generation.packet(record_url="https://crm.example/deal/1", faults=[("go_live_on", "missing")])
    assert str(generation.tell()) == "files: 1 opened"
    (text,) = generation.tickets()
    field = next(
        one for one in generation.catalogue.contract(SEAM).current.fields if one.name == "go_live_on"
    )
    assert f"**{field.title}** is missing." in text
    assert "Who: `ann` (team `sales`" in text
    assert "Due: 2026-06-11 12:00 (Europe/Berlin)" in text
    assert "Record: <https://crm.example/deal/1>" in text
    assert "`seamkeeper decide ae_to_onboarding:deal-1:1 accept --by YOU`" in text
    assert "add two lines below `owner` at the head of this file: `decision: accept`" in text
    assert "Secret Name" not in text


@pytest.mark.parametrize(
    ("columns", "offered"),
    [
        ({}, ["accept", "reject"]),
        ({"status": "expired"}, ["accept", "reject"]),
        ({"status": "accepted"}, ["reject"]),
        ({"status": "rejected"}, ["accept"]),
        ({"status": "draft"}, []),
        ({"status": "draft", "crossed_at": AS_OF}, ["accept", "reject"]),
    ],
)
def test_a_ticket_offers_only_what_can_be_decided_now(generation, columns, offered):
    generation.packet(**columns)
    generation.tell()
    (text,) = generation.tickets()
    decide = "seamkeeper decide ae_to_onboarding:deal-1:1"
    assert [verdict for verdict in ("accept", "reject") if f"{decide} {verdict} " in text] == offered
    assert ("decision: reject" in text) == (len(offered) == 2)


def test_what_comes_from_data_is_inert(generation):
    bad = "x`@team <img src=x> [a](http://b)\n# head"
    generation.packet(bad, sender="@everyone `boo`", record_url="javascript:alert(1)")
    generation.packet("2", record_url="https://crm.example/a>b](x) @team")
    generation.tell()
    first, second = (
        generation.tickets()[::-1] if "@everyone" not in generation.tickets()[0] else generation.tickets()
    )
    assert "Who: `@everyone 'boo'`" in first
    assert "packet `ae_to_onboarding:x'@team <img src=x> [a](http://b) # head:1`" in first
    assert "javascript" not in first
    assert "\n# head" not in first
    assert "<https://crm.example/a%3Eb%5D%28x%29%20%40team>" in second


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "void"},
        {"status": "withdrawn"},
        {"is_dropped": True},
        {"is_complete_now": True},
        {"is_complete_now": None},
        {"account": "gone"},
        {"triggered_at": "2026-05-31 21:59:59+00"},
    ],
    ids=lambda columns: " ".join(columns),
)
def test_no_ticket_where_it_helps_nobody_or_nobody_asked(generation, columns):
    generation.change("insert into dim_account values ('gone', '2026-06-20')")
    generation.packet(**columns)
    generation.tell()
    assert generation.tickets() == []


def test_alerts_from_begins_with_the_organisations_day(generation):
    generation.packet(triggered_at="2026-05-31 22:00:00+00")
    assert str(generation.tell()) == "files: 1 opened"


def test_a_packet_accepted_incomplete_still_deserves_one(generation):
    generation.packet(status="accepted")
    assert str(generation.tell()) == "files: 1 opened"


def test_of_two_crossings_of_a_record_only_the_newest_does(generation):
    generation.packet(cycle=1)
    generation.packet(cycle=2)
    generation.tell()
    (text,) = generation.tickets()
    assert "deal-1:2" in text


def test_a_new_attempt_closes_the_ticket_of_the_last_and_opens_its_own(generation):
    generation.packet()
    generation.tell()
    generation.change(f"insert into packet_attempts values ('{SEAM}:deal-1:1', 2, '2026-06-20 10:00:00+00')")
    assert str(generation.tell()) == "files: 1 closed, 1 opened"
    assert sorted(generation.states()) == ["state: closed", "state: open"]


def test_a_mended_packets_ticket_is_closed_one_that_nobody_can_see_stays(generation):
    generation.packet("1")
    generation.packet("2")
    generation.tell()
    generation.change("update handoff_packets set is_complete_now = case subject when '1' then true end")
    assert str(generation.tell()) == "files: 1 closed"
    assert generation.states() == ["state: closed", "state: open"]


def test_when_alerts_from_moves_on_tickets_of_before_are_left_alone(generation):
    generation.packet()
    generation.tell()
    generation.catalogue = generation.asked_from(generation.catalogue, date(2026, 6, 20))
    generation.change("update handoff_packets set is_complete_now = true")
    assert str(generation.tell()) == "files: nothing to send"


def test_without_alerts_from_nothing_is_sent(generation):
    generation.packet()
    generation.catalogue = generation.asked_from(generation.catalogue, None)
    assert "names no alerts_from" in str(generation.tell())
    assert generation.tickets() == []


def test_a_dry_run_says_what_it_would_send_and_sends_nothing(generation):
    generation.packet()
    sent = generation.tell(dry_run=True)
    assert sent.would_send == (
        "files: would open: H03 AE → Onboarding: 1 required field is incomplete, packet ae_to_onboarding:deal-1:1",
    )
    assert generation.tickets() == []
    assert Outbox(generation.settings, "files", "x").intents() == []
    assert str(generation.tell()) == "files: 1 opened"


def test_a_run_whose_now_is_long_ago_changes_no_ticket(generation):
    generation.packet()
    generation.tell()
    generation.change("update handoff_packets set is_complete_now = true")
    assert "desks say already what was so at 2026-07-01" in str(
        generation.tell(datetime(2026, 6, 1, tzinfo=UTC))
    )
    assert generation.states() == ["state: open"]


def test_a_flood_is_25_tickets_and_one_digest_per_sender_team(generation):
    for n in range(40):
        generation.packet(
            f"{n:02}",
            sender_team="sales" if n % 2 else "partners",
            submit_due_at=f"2026-06-11 10:{n:02}:00+00",
        )
    assert str(generation.tell()) == "files: 27 opened"
    digests = [text for text in generation.tickets() if "without a ticket of their own" in text]
    assert len(digests) == 2
    assert any("# sales: 8 packets that wait for it" in text and f"`{SEAM}:39:1`" in text for text in digests)


def test_a_digest_is_one_a_week_however_often_it_runs(generation):
    generation.settings.desks_file.write_text('[files]\nkind = "files"\nmost = 1\n')
    for n in range(5):
        generation.packet(f"{n}")
    hours = [generation.tell(AS_OF + timedelta(hours=hour)).line for hour in (0, 1)]
    assert hours == ["files: 2 opened", "files: 1 updated, 1 opened"]
    assert generation.reasons()[:2] == ["incomplete", "more wait than one run opens tickets for"]
    assert generation.tell(AS_OF + timedelta(days=7)).line == "files: 1 closed, 2 opened"
    digests = [text for text in generation.tickets() if "without a ticket of their own" in text]
    assert sorted(text.splitlines()[1] for text in digests) == ["state: closed", "state: open"]
    assert any("Closed by Seamkeeper: the digest of another week took its place." in text for text in digests)


def test_a_digest_of_ten_thousand_is_no_longer_than_one_of_forty(generation):
    field = next(one.name for one in generation.catalogue.contract(SEAM).current.fields)
    packet = Episode(
        "x" * 400, SEAM, 1, generation.version, "ann", "sales", None, "https://crm.example/" + "y" * 400,
        ((field, "missing", "critical"),),
    )  # fmt: skip
    published = Published(generation.catalogue, [], {}, [SEAM], "2026-W27")
    forty, many = (published.digests([packet] * number)[0] for number in (40, 10_000))
    assert len(many.body) - len(forty.body) < 20
    assert len(many.body) < 25_000  # Jira takes 32,767


def test_the_desks_that_were_read_are_those_that_are_told(generation):
    generation.packet()
    configured = desks.read_desks(generation.settings, generation.catalogue)
    generation.settings.desks_file.write_text("[a] what is this")
    arguments = (generation.settings, generation.catalogue, configured, "run-1", AS_OF)
    assert desks.tell(*arguments).line == "files: 1 opened"


def test_a_ticket_knows_until_when_and_which_record(generation):
    generation.packet(record_url="https://crm.example/deal/1")
    generation.tell()
    (there,) = Outbox(generation.settings, "files", "x").standing().values()
    assert (there.ticket.due_at, there.ticket.record_url) == (
        "2026-06-11T12:00+02:00",
        "https://crm.example/deal/1",
    )


def test_a_handoff_goes_to_the_desk_that_is_for_it(generation):
    generation.settings.desks_file.write_text(
        '[a]\nkind = "files"\nfolder = "a"\nhandoffs = "ae_to_onboarding"\n'
        '[b]\nkind = "files"\nfolder = "b"\nhandoffs = ["sdr_to_ae"]\n'
    )
    generation.packet()
    assert str(generation.tell()) == "a: 1 opened; b: nothing to send"
    assert len(list((generation.settings.home / "tickets" / "a").glob("*.md"))) == 1
    assert [subject.partition("/")[0] for _, subject, *_ in acts.documents(generation.settings)] == ["a"]
