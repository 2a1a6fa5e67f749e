from dataclasses import replace

import pytest

from flows.desks.reconciling import Wanted, reconcile
from flows.outbox import Outbox, Ticket
from flows.settings import Settings
from tests.flows.desks.generation import Generation
from tests.flows.desks.tracker import Tracker, instant


class Office:
    """A tracker, our memory of it, and a clock that stands still between runs."""

    def __init__(self, settings) -> None:
        self.seconds = 1_000_000.0
        self.tracker = Tracker(now=lambda: self.seconds)
        self.box = Outbox(settings, "fake", "run-1", lambda: instant(self.seconds))

    def run(self, *tickets, most=25, over=None, digests=None, checked=lambda: None):
        self.seconds += 3600
        self.tracker.calls.clear()
        wanted = Wanted(tickets, over or {})
        wanted = replace(wanted, digests=digests) if digests else wanted
        return reconcile(self.tracker, self.box, wanted, most, checked)

    def forgets(self) -> None:
        self.box.settings.control_database.unlink()


@pytest.fixture
def settings(tmp_path):
    """Roots of a project and a home that nobody else uses."""
    project = tmp_path / "project"
    project.mkdir()
    return Settings(project, tmp_path / "home", tmp_path / "home" / "ledger")


@pytest.fixture
def ticket():
    """The ticket of one packet, saying this."""

    def make(packet: int | str = 1, body: str = "two fields", team: str = "sales") -> Ticket:
        return Ticket(f"sk-{packet:0>16}", f"packet {packet}", body, "ann", team, "h", f"h:{packet}:1", 1)

    return make


@pytest.fixture
def generation(settings):
    """What is published, changed by SQL."""
    return Generation(settings)


@pytest.fixture
def office(settings):
    return Office(settings)
