from pathlib import Path

import pytest

import flows
from contracts.errors import ConfigurationError
from flows.settings import Settings


def test_without_variables_the_checkout_is_the_project_and_holds_all_state():
    settings = Settings.from_environment({})
    assert settings.project == Path(flows.__file__).parents[1]
    assert settings.home == settings.project / ".seamkeeper"
    assert settings.ledger == settings.home / "ledger"


def test_each_root_has_its_variable(tmp_path):
    settings = Settings.from_environment(
        {
            "SEAMKEEPER_PROJECT": str(tmp_path),
            "SEAMKEEPER_HOME": str(tmp_path / "state"),
            "SEAMKEEPER_LEDGER": str(tmp_path / "safe"),
        }
    )
    assert (settings.project, settings.home, settings.ledger) == (
        tmp_path,
        tmp_path / "state",
        tmp_path / "safe",
    )


def test_an_empty_variable_is_an_unset_one():
    assert Settings.from_environment({"SEAMKEEPER_HOME": ""}) == Settings.from_environment({})


def test_a_relative_root_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({"SEAMKEEPER_HOME": "state"})
    assert settings.home == tmp_path / "state"


def test_all_state_lies_under_home(settings):
    places = [
        settings.working_database,
        settings.spill,
        settings.published,
        settings.control_database,
        settings.dbt_target,
        settings.dbt_logs,
        settings.dlt_pipelines,
        settings.simulator,
        settings.inbox,
    ]
    assert all(place.is_relative_to(settings.home) for place in places)
    assert len(set(places)) == len(places)


def test_a_project_that_is_no_folder_is_refused_by_name(tmp_path):
    with pytest.raises(ConfigurationError, match="SEAMKEEPER_PROJECT: .*nowhere is no folder; set it"):
        Settings.from_environment({"SEAMKEEPER_PROJECT": str(tmp_path / "nowhere")})


@pytest.mark.parametrize("name", ["SEAMKEEPER_HOME", "SEAMKEEPER_LEDGER"])
def test_a_root_for_state_that_is_a_file_is_refused_by_name(tmp_path, name):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ConfigurationError, match=f"{name}: .*file is a file; set it"):
        Settings.from_environment({name: str(file)})


@pytest.mark.parametrize("folder", ["it's", "data*", "[x]"])
def test_a_home_that_would_be_taken_for_a_pattern_is_refused(tmp_path, folder):
    with pytest.raises(
        ConfigurationError, match=r"SEAMKEEPER_HOME: .* contains .; set it to a folder without"
    ):
        Settings.from_environment({"SEAMKEEPER_HOME": str(tmp_path / folder)})


def test_reading_settings_creates_nothing(tmp_path):
    Settings.from_environment({"SEAMKEEPER_HOME": str(tmp_path / "state")})
    assert not (tmp_path / "state").exists()
