"""After everything is published: who is told, by which steps, and is the run red where one did not take it?"""

from __future__ import annotations

from datetime import date
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from contracts.errors import AnchorError, DeskError, WriteBackError
from flows import desks, progress
from flows.desks import Sent


@pytest.fixture
def night(monkeypatch):
    """The rim without Prefect's tasks: who was asked, as which step, and whether only to print."""
    from prefect.logging import disable_run_logger

    from flows import nightly

    asked, text = [], StringIO()
    trouble = "source hubspot: deal 7 does not take it"
    sent = Sent("1 refused", (trouble,), ("desk a: who is bob?",), ("hubspot: would write deal 7",))

    def perform(run, verb, counts):
        asked.append(verb.__name__)
        return verb(run)

    def write_to_records(run, dry_run):
        asked.append(dry_run)
        return sent

    def anchor(run, dry_run):
        asked.append("anchored")
        return Sent("kept")

    def others(*_, **__):
        return Sent("nothing")

    def tell(tickets, alerts_from=date(2026, 1, 1)):
        organisation = SimpleNamespace(alerts_from=alerts_from)
        run: Any = SimpleNamespace(
            catalogue=SimpleNamespace(organisation=organisation),
            **dict.fromkeys(("settings", "run_id", "as_of", "checked", "read_block")),
        )
        with progress.heard_by(progress.Terminal(Console(file=text, width=200))), disable_run_logger():
            return nightly._tell_all(run, (), True, {}, tickets)

    monkeypatch.delenv("SEAMKEEPER_ANCHOR", raising=False)
    monkeypatch.setattr(nightly, "_perform", perform)
    monkeypatch.setattr(nightly, "write_to_records", write_to_records)
    monkeypatch.setattr(nightly, "announce", others)
    monkeypatch.setattr(nightly, "anchor", anchor)
    monkeypatch.setattr(desks, "tell", others)
    return SimpleNamespace(tell=tell, asked=asked, said=text.getvalue, rim=nightly)


def test_everybody_is_told_in_a_step_of_its_own_and_what_one_did_not_take_is_said(night):
    trouble = "source hubspot: deal 7 does not take it"
    assert night.tell("send") == [(WriteBackError, trouble)]
    assert night.asked == ["ticket", "write_to_records", False, "others"]
    assert night.said() == f"hubspot: would write deal 7\n! desk a: who is bob?\n! {trouble}\n"


def test_a_dry_run_only_asks_what_would_be_said(night):
    night.tell("print", alerts_from=None)
    assert night.asked == ["ticket", "write_to_records", True, "others"]


@pytest.mark.parametrize(("tickets", "day"), [("none", date(2026, 1, 1)), ("send", None)])
def test_who_asked_for_no_tickets_or_names_no_day_tells_nobody(night, tickets, day):
    assert night.tell(tickets, day) == []
    assert night.asked == []


@pytest.mark.parametrize(("tickets", "is_kept"), [("send", True), ("none", True), ("print", False)])
def test_a_head_is_kept_whoever_else_is_told_but_not_for_a_dry_run(night, tickets, is_kept, monkeypatch):
    monkeypatch.setenv("SEAMKEEPER_ANCHOR", "cat")
    night.tell(tickets, None)
    assert ("anchored" in night.asked) == is_kept


@pytest.mark.parametrize("error", [DeskError, WriteBackError])
def test_the_first_trouble_ends_the_run_and_the_others_are_counted(night, error):
    night.rim._raise_untaken([])
    with pytest.raises(error, match=r"^a; everything is published, what was not sent waits$"):
        night.rim._raise_untaken([(error, "a")])
    with pytest.raises(error, match=r"^a \(and 2 more, said above\); everything"):
        night.rim._raise_untaken([(error, "a"), (AnchorError, "b"), (error, "c")])
