import pytest

from flows.outbox import Ticket
from flows.settings import Settings
from tests.flows.desks.generation import Generation


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
