"""What the documents say is what the code does: commands, variables, folders, examples."""

import csv
import io
import re
import tomllib
from pathlib import Path

import pytest

from contracts import load_catalogue
from flows import cli, show, steps
from flows.settings import Settings
from flows.sources import read_sources
from flows.warehouse import EVENT_COLUMNS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "DECISIONS.md"]


def block(kind):
    """The README's first block of this kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)[0]


def test_every_command_is_described_and_every_described_command_exists(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    there = set(re.findall(r"^    (\w+) ", capsys.readouterr().out, flags=re.MULTILINE))
    assert set(re.findall(r"^\| `seamkeeper (\w+)", README, flags=re.MULTILINE)) == there


@pytest.mark.parametrize("command", re.findall(r"^\| `seamkeeper (.*?)` \|", README, flags=re.MULTILINE))
def test_every_described_option_exists(command, capsys):
    name, *words = command.split()
    with pytest.raises(SystemExit):
        cli.main([name, "--help"])
    described = set(re.findall(r"--[a-z-]+", " ".join(words)))
    assert described == set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}


def test_the_variables_described_are_those_that_are_read():
    read = {
        name
        for path in [*(ROOT / "flows").rglob("*.py"), ROOT / "Makefile"]
        for name in re.findall(r"SEAMKEEPER_[A-Z_]+[A-Z]", path.read_text(encoding="utf-8"))
    }
    ours = {"SEAMKEEPER_WORKING_DATABASE", "SEAMKEEPER_SPILL"}  # told to dbt, not asked of people
    assert set(re.findall(r"^\| `(SEAMKEEPER_\w+)`", README, flags=re.MULTILINE)) == read - ours


def test_the_tables_described_are_those_that_are_published():
    described = set(re.findall(r"^\| `(\w+)` \| ", README, flags=re.MULTILINE))
    assert set(steps.PUBLISHED) <= described


def test_the_terminal_shown_is_a_terminal_of_80_columns():
    shown = block("text").splitlines()
    assert max(map(len, shown)) <= 80
    assert show.LEGEND in shown
    titles = [f"{contract.number} {contract.title}" for contract in load_catalogue(ROOT).contracts]
    assert all(any(line.startswith(title) for line in shown) for title in titles)


def test_the_events_shown_have_columns_that_exist():
    rows = list(csv.DictReader(io.StringIO(block("csv"))))
    assert set(rows[0]) <= set(EVENT_COLUMNS)
    assert all(None not in row and None not in row.values() for row in rows)


def test_the_source_shown_is_one(tmp_path):
    assert tomllib.loads(block("toml"))
    (tmp_path / "sources.toml").write_text(block("toml"))
    (source,) = read_sources(Settings(tmp_path, tmp_path, tmp_path))
    assert (source.name, source.kind) == ("crm", "events")


def test_the_handoff_shown_is_a_contract_that_compiles(tmp_path, monkeypatch):
    (tmp_path / "contracts").mkdir()
    organisation = ROOT / "contracts" / "organisation.yaml"
    (tmp_path / "contracts" / "organisation.yaml").write_bytes(organisation.read_bytes())
    (tmp_path / "contracts" / "trial_to_sales.yaml").write_text(block("yaml"), encoding="utf-8")
    monkeypatch.setenv("SEAMKEEPER_PROJECT", str(tmp_path))
    monkeypatch.setenv("SEAMKEEPER_HOME", str(tmp_path / "home"))
    assert cli.main(["compile"]) == 0
    assert (tmp_path / "expectations" / "suites" / "trial_to_sales.json").exists()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_is_named_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:contracts|expectations|flows|dbt_project|tests)/[\w./]*)`", text)
    linked = re.findall(r"\]\(([\w.]+)\)", text)
    assert [path for path in [*named, *linked] if not (ROOT / path).exists()] == []
