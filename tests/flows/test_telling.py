"""After everything is published: who is told, by which steps, and is the run red where one did not take it?"""

from __future__ import annotations

from datetime import date
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from contracts.errors import DeskError, WriteBackError
from flows import progress
from flows.desks import Sent


@pytest.fixture
def night(monkeypatch):
    """The rim without Prefect's tasks: who was asked, as which step, and whether only to print."""
    from prefect.logging import disable_run_logger

    from flows import nightly

    asked, text = [], StringIO()
    sent = Sent("1 refused", ("source hubspot: deal 7 does not take it",), ("hubspot: would write deal 7",))

    def perform(run, verb, counts):
        asked.append(verb.__name__)
        return verb(run)

    def _write_back(run, dry_run):
        asked.append(dry_run)
        return sent

    def tell(tickets, alerts_from=date(2026, 1, 1)):
        organisation = SimpleNamespace(alerts_from=alerts_from)
        run: Any = SimpleNamespace(catalogue=SimpleNamespace(organisation=organisation))
        with progress.heard_by(progress.Terminal(Console(file=text, width=200))), disable_run_logger():
            return nightly._tell(run, {}, tickets, _write_back)

    monkeypatch.setattr(nightly, "_perform", perform)
    return SimpleNamespace(tell=tell, asked=asked, said=text.getvalue, rim=nightly)


def test_a_source_is_told_in_a_step_of_that_name_and_what_it_did_not_take_is_said(night):
    assert night.tell("send") == ("source hubspot: deal 7 does not take it",)
    assert night.asked == ["write_back", False]
    assert night.said() == "hubspot: would write deal 7\n! source hubspot: deal 7 does not take it\n"


def test_a_dry_run_only_asks_what_would_be_said(night):
    night.tell("print", alerts_from=None)
    assert night.asked == ["write_back", True]


@pytest.mark.parametrize(("tickets", "day"), [("none", date(2026, 1, 1)), ("send", None)])
def test_who_asked_for_no_tickets_or_names_no_day_tells_nobody(night, tickets, day):
    assert night.tell(tickets, day) == ()
    assert night.asked == []


@pytest.mark.parametrize("error", [DeskError, WriteBackError])
def test_the_first_trouble_ends_the_run_and_the_others_are_counted(night, error):
    night.rim._raise_untaken(error, ())
    with pytest.raises(error, match=r"^a; everything is published, what was not sent waits$"):
        night.rim._raise_untaken(error, ["a"])
    with pytest.raises(error, match=r"^a \(and 2 more, said above\); everything"):
        night.rim._raise_untaken(error, ["a", "b", "c"])
