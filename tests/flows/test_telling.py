"""Beside the seven verbs: who is heard and told, by which steps, and is the run red where one did not take it?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from contracts.errors import ConfigurationError, DeskError, EventError, WriteBackError
from flows import anchoring, desks, progress
from flows.desks import Sent

SENT = {
    "desks": Sent("1 opened"),
    "write_back": Sent(
        "1 refused",
        ("source hubspot: deal 7 does not take it",),
        would_send=("hubspot: would write deal 7",),
    ),
    "announcing": Sent("nothing to announce"),
}


@pytest.fixture
def night(monkeypatch):
    """The rim without Prefect's tasks: which steps there were, who was told, and whether only to print."""
    from prefect.logging import disable_run_logger

    from flows import nightly

    steps, dry, text = [], [], StringIO()

    def perform(run, verb, counts):
        steps.append(verb.__name__)
        return verb(run)

    def teller(name):
        def tell(*arguments, dry_run):
            dry.append(dry_run)
            return SENT[name]

        return tell

    def a_run(alerts_from) -> Any:
        catalogue = SimpleNamespace(organisation=SimpleNamespace(alerts_from=alerts_from))
        told = {"settings": None, "run_id": "r", "as_of": datetime(2026, 7, 1, tzinfo=UTC), "checked": None}
        return SimpleNamespace(catalogue=catalogue, read_block=None, **told)

    def tell(tickets, alerts_from=date(2026, 1, 1), writes_back=True):
        with progress.heard_by(progress.Terminal(Console(file=text, width=200))), disable_run_logger():
            return nightly._tell_all(a_run(alerts_from), (), writes_back, {}, tickets)

    def hear(tickets, alerts_from=date(2026, 1, 1), configured=("a desk",)):
        nightly._hear(a_run(alerts_from), configured, {}, tickets)

    monkeypatch.delenv(anchoring.COMMAND, raising=False)
    monkeypatch.setattr(nightly, "_perform", perform)
    monkeypatch.setattr(desks, "hear", lambda *_: "1 decided on tickets")
    for name in SENT:
        monkeypatch.setattr(getattr(nightly, name), "tell", teller(name))
    return SimpleNamespace(tell=tell, hear=hear, steps=steps, dry=dry, said=text.getvalue, rim=nightly)


def test_everybody_is_told_in_a_step_of_their_own_and_what_they_did_not_take_is_said(night):
    assert night.tell("send") == [(WriteBackError, "source hubspot: deal 7 does not take it")]
    assert (night.steps, night.dry) == (["ticket", "write_to_records", "announce"], [False] * 3)
    assert night.said() == "hubspot: would write deal 7\n! source hubspot: deal 7 does not take it\n"


def test_records_are_written_only_where_a_source_turned_it_on(night):
    assert night.tell("send", writes_back=False) == []
    assert night.steps == ["ticket", "announce"]


def test_a_dry_run_only_asks_what_would_be_said(night):
    night.tell("print", alerts_from=None)
    assert night.dry == [True] * 3
    night.hear("print")
    assert "hear" not in night.steps


@pytest.mark.parametrize(("tickets", "day"), [("none", date(2026, 1, 1)), ("send", None)])
def test_who_asked_for_no_tickets_or_names_no_day_tells_nobody_and_hears_nobody(night, tickets, day):
    assert night.tell(tickets, day) == []
    night.hear(tickets, day)
    assert night.steps == []


def test_what_was_decided_on_tickets_is_heard_where_there_is_a_desk(night):
    night.hear("send", configured=())
    assert night.steps == []
    night.hear("send")
    assert night.steps == ["hear"]


@pytest.mark.parametrize("error", [DeskError, WriteBackError, EventError])
def test_the_first_trouble_ends_the_run_and_the_others_are_counted(night, error):
    night.rim._raise_untaken([])
    with pytest.raises(error, match=r"^a; everything is published, what was not sent waits$"):
        night.rim._raise_untaken([(error, "a")])
    with pytest.raises(error, match=r"^a \(and 2 more, said above\); everything"):
        night.rim._raise_untaken([(error, "a"), (DeskError, "b"), (DeskError, "c")])


def test_a_server_that_does_not_come_up_is_no_bug_and_anything_else_stays_one(night):
    late = "Timed out while attempting to connect to ephemeral Prefect API server."
    with (
        pytest.raises(ConfigurationError, match="did not come up: run it again"),
        night.rim.server_explained(),
    ):
        raise RuntimeError(late)
    with pytest.raises(RuntimeError, match="a bug"), night.rim.server_explained():
        raise RuntimeError("a bug")
