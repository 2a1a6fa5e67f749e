import pytest

from flows.settings import Settings


@pytest.fixture
def settings(tmp_path):
    """Roots of a project and a home that nobody else uses."""
    project = tmp_path / "project"
    project.mkdir()
    return Settings(project, tmp_path / "home", tmp_path / "home" / "ledger")
