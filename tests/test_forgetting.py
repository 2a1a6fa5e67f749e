"""Is who is forgotten gone from everything of ours, and do figures that need no payload stay what they were?

One handoff, a company's account and three people; January 2026 is closed before anybody is forgotten.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from flows import cli, control, forgetting, inbox, warehouse
from flows.ledger import Ledger
from tests.test_restatements import CONTRACT as ONE_FIELD
from tests.test_restatements import SEAM, SOURCES

CONTRACT = (
    ONE_FIELD
    + """\
  - {name: champion, title: Champion, type: text, required: true, source: [hubspot.deal.champion]}
"""
)
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
NEEDS_PAYLOAD = "metric NOT LIKE '%complete%' AND metric NOT LIKE '%completion%' AND metric NOT LIKE 'leak%'"
SECRETS = (
    "bob",
    "Bob.Baker@acme.example",
    "bob.baker@acme.example",
    "Acme Rockets",
    "https://crm/acme",
    "to the moon",
)


def told() -> list[dict[str, str]]:
    """Two packets of account `acme`, two of `other`; bob decides all of them, and two fields of the others name him."""
    events = [
        {
            "type": "person.set",
            "time": "2025-01-01T00:00:00Z",
            "actor": actor,
            "team": team,
            "detail": json.dumps(said),
        }
        for actor, team, said in (
            ("ann", "sales", {}),
            ("bob", "delivery", {"email": "Bob.Baker@acme.example", "name": "Bob Baker"}),
            ("cy", "delivery", {"manager": "bob"}),
        )
    ]
    for day, subject, account in (
        (12, "p1", "acme"),
        (13, "p2", "acme"),
        (14, "p3", "other"),
        (15, "p4", "other"),
    ):
        when = f"2026-01-{day}T09:00:00Z"
        packet = {"handoff": SEAM, "subject": subject, "time": when, "actor": "ann", "account": account}
        about = json.dumps({"name": "Acme Rockets", "url": "https://crm/acme"}) if account == "acme" else ""
        fields = {"goal": "to the moon" if account == "acme" else "to grow", "champion": "cy"}
        if subject == "p2":
            fields["champion"] = "tbd"
        if subject == "p3":
            fields["goal"] = "see bob.baker@acme.example"
        if subject == "p4":
            fields["champion"] = "call bob.baker@acme.example"
        events += [
            {**packet, "type": "handoff.triggered", "value": "500", "detail": about},
            *(
                {**packet, "type": "handoff.field_set", "field": name, "value": value}
                for name, value in fields.items()
            ),
            {**packet, "type": "handoff.submitted"},
            {**packet, "type": "handoff.accepted", "time": f"2026-01-{day}T15:00:00Z", "actor": "bob"},
        ]
        after = {
            "time": f"2026-01-{day + 5}T15:00:00Z",
            "type": "survey.answered",
            "account": account,
            "value": "9",
        }
        events += [{**after, "actor": f"mia@{account}.example", "detail": '{"kind": "relational"}'}]
    return [{"source": "crm", **event} for event in events]


def figures(house):
    """What needs no payload, without the names of people."""
    return house.rows(
        f"SELECT * EXCLUDE (run_id, as_of) REPLACE (CASE WHEN dimension IN ('sender', 'receiver') THEN '' "
        f"ELSE dimension_value END AS dimension_value) FROM handoff_scorecard WHERE {NEEDS_PAYLOAD} ORDER BY ALL"
    )


def forget(house, **asked):
    return forgetting.forget(house.settings, forgetting.Request(**asked))


def everything(house) -> bytes:
    """All bytes of the home, those of the source aside: compressed files as what they hold."""
    home, content = house.settings.home, b""
    with warehouse.connect(None) as connection:
        for path in sorted(home.rglob("*")):
            if path.suffix == ".parquet":
                rows = connection.execute("SELECT * FROM read_parquet($path)", {"path": str(path)}).fetchall()
                content += repr(rows).encode()
            elif path.is_file():
                content += path.read_bytes()
    return content


def killed(*_):
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def story(new_house):
    house = new_house(SOURCES, {f"{SEAM}.yaml": CONTRACT})
    faulty = {"source": "crm", "type": "nothing", "actor": "bob", "time": "2026-01-30T09:00:00Z"}
    house.write_events("exports/a.csv", [*told(), faulty])
    story = SimpleNamespace(house=house, ledger=Ledger(house.settings.ledger))
    ticket = house.settings.tickets / "p1.md"
    ticket.parent.mkdir(parents=True)
    ticket.write_text("---\nstate: open\nowner: bob\n---\n\n# Acme Rockets: H50 is incomplete, ask bob\n")
    house.run(AS_OF)
    story.before = figures(house)
    story.dry = forgetting.forget(house.settings, forgetting.Request(["bob"], ["acme"]), dry_run=True)
    story.head = story.ledger.head()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(forgetting.elsewhere, "tidy_quarantine", killed)
        forget(house, persons=["bob"], accounts=["acme"])
    story.said = forget(house, persons=["BOB.Baker@acme.example"], accounts=["acme"], why="asked to")
    story.head_after, story.at_once = story.ledger.head(), everything(house)
    story.published = figures(house)
    story.ticket = ticket.read_text()
    house.run(AS_OF)
    story.after, story.recorded = figures(house), house.counts["record"]
    return story


def test_a_dry_run_names_who_is_meant_and_counts_rows_per_segment(story):
    assert story.dry[0] == "would forget bob, bob.baker@acme.example, acme"
    assert story.dry[-1].endswith("rows in all; nothing was changed")
    assert sum(int(line.split()[1]) for line in story.dry[1:-1]) == int(story.dry[-1].split()[0])


def test_what_is_said_is_what_was_removed_what_was_kept_and_what_is_out_of_reach(story):
    assert story.said[0] == "forgotten: the payload of 15 rows in 1 segment"
    assert story.said[1].startswith("who it was is called forgotten-")
    assert story.said[2].startswith("removed: 1 older generation, 1 row in quarantine, the working database")
    assert [line.partition(":")[0] for line in (story.said[3], story.said[5])] == ["kept", "out of reach"]
    assert story.head_after in story.said[4]


@pytest.mark.parametrize("secret", SECRETS[1:])
def test_nothing_of_ours_holds_it_any_more(story, secret):
    assert secret.encode() not in story.at_once


def test_an_id_is_gone_as_well(story):
    assert "'bob'" not in repr(story.house.tables())
    assert b"'bob'" not in story.at_once


def test_the_chain_still_verifies_and_contains_what_it_was(story):
    verified = story.ledger.verify({story.head: "you"})
    assert (verified.forgotten, verified.undone) == (15, ())


def test_figures_that_need_no_payload_are_what_they_were(story):
    assert story.before == story.published == story.after
    assert len(story.before) > 100


def test_the_person_is_one_pseudonym_that_still_decides(story):
    """Also to the run that compares with what was published by the attempt that was killed."""
    ((receiver,),) = story.house.rows("SELECT DISTINCT receiver FROM handoff_packets")
    assert receiver.startswith("forgotten-")
    assert story.house.rows(
        "SELECT count(*) FROM scorecard_restatements WHERE dimension = 'receiver' AND new_n = 0"
    ) == [(0,)]
    assert not (story.house.settings.home / "forgetting.secret").exists()


def test_a_pull_that_tells_it_again_records_nothing(story):
    assert (story.recorded.recorded, story.recorded.revised) == (0, 0)


def test_a_forgotten_value_is_neither_valid_nor_missing(story):
    states = story.house.rows(
        "SELECT subject, field, state_at_transition, evidence FROM packet_fields "
        "INNER JOIN handoff_packets USING (packet_id, handoff) WHERE field IN ('goal', 'champion') ORDER BY ALL"
    )
    assert states == [
        ("p1", "champion", "unobservable", "none"),
        ("p1", "goal", "unobservable", "none"),
        ("p2", "champion", "missing", "history"),
        ("p2", "goal", "unobservable", "none"),
        ("p3", "champion", "valid", "history"),
        ("p3", "goal", "missing", "history"),
        ("p4", "champion", "unobservable", "none"),
        ("p4", "goal", "valid", "history"),
    ]


def test_a_closed_month_changes_by_a_restatement_that_says_why(story):
    restated = story.house.rows(
        "SELECT DISTINCT cause, old_value, old_n, new_value, new_n FROM scorecard_restatements "
        "WHERE metric = 'completion_rate' AND grain = 'month' AND dimension = 'all'"
    )
    assert restated == [("forgotten", 0.5, 4, 0.0, 2)]
    assert story.house.rows("SELECT count(*) FROM scorecard_restatements WHERE old_n = 0") == [(0,)]


def test_a_ticket_says_it_in_other_words(story):
    assert "bob" not in story.ticket and "Acme" not in story.ticket
    assert story.ticket.count("forgotten-") == 3


@pytest.fixture
def typed(story, monkeypatch, capsys):
    """Type a command: its exit code, its output, its errors."""
    for name, value in story.house.environment.items():
        monkeypatch.setenv(name, str(value))

    def typed(*arguments):
        code = cli.main(arguments)
        return code, *capsys.readouterr()

    return typed


def test_verify_says_how_many_rows_are_without_payload(typed):
    code, said, _ = typed("verify")
    assert (code, "(15 of them without their payload, which was forgotten)" in said) == (0, True)


def test_what_is_forgotten_is_forgotten_once(story, typed):
    head = story.ledger.head()
    nothing = "there is nothing to forget; nothing was changed\n"
    assert typed("forget", "--account", "acme") == (0, nothing, "")
    assert story.ledger.head() == head
    assert story.house.settings.working_database.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--person", "bob"), "there is nobody bob in the ledger; did you mean "),
        (("--account", "acne"), "there is no account acne; did you mean acme?"),
        ((), "nobody is named; add --person ID or --account ID"),
    ],
)
def test_whom_nobody_knows_is_no_one_to_forget(typed, arguments, said):
    code, out, err = typed("forget", *arguments)
    assert (code, out) == (1, "")
    assert err.startswith(f"seamkeeper: {said}")


def test_who_decides_in_the_inbox_is_not_forgotten_before_it_is_recorded(story, typed):
    path = inbox.drop(story.house.settings, {"type": "handoff.accepted", "actor": "ann"})
    code, _, err = typed("forget", "--person", "ann")
    path.unlink()
    assert (code, "names whom you forget: run `seamkeeper run`" in err) == (1, True)


def test_nobody_is_forgotten_while_a_run_is_at_it(story, typed):
    with control.lease(story.house.settings, "somebody"):
        assert typed("forget", "--person", "ann")[0] == 3


def test_an_account_needs_what_the_last_run_left(story, typed):
    story.house.settings.working_database.rename(story.house.settings.home / "away.duckdb")
    code, _, err = typed("forget", "--account", "other")
    assert (code, "run `seamkeeper run`, then forget" in err) == (1, True)
