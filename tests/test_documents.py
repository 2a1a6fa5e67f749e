"""What the documents say is what the code does: commands, variables, folders, examples."""

import csv
import io
import re
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from contracts import load_catalogue
from contracts.vocabulary import METRICS
from flows import cli, show, steps
from flows.settings import Settings
from flows.sources import read_sources
from flows.warehouse import EVENT_COLUMNS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCORECARD = (ROOT / "docs" / "scorecard.md").read_text(encoding="utf-8")
DOCUMENTS = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "DECISIONS.md", "docs/scorecard.md"]


def block(kind):
    """The README's first block of this kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)[0]


def test_every_command_is_described_and_every_described_command_exists(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    there = set(re.findall(r"^    (\w+)\b", capsys.readouterr().out, flags=re.MULTILINE))
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
    assert any("were incomplete when the work moved are complete now:" in line for line in shown)
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
    named = re.findall(r"`((?:contracts|docs|expectations|flows|dbt_project|tests)/[\w./]*)`", text)
    linked = re.findall(r"\]\(([\w./]+)\)", text)
    assert [path for path in [*named, *linked] if not (ROOT / path).exists()] == []


def test_every_metric_is_on_the_page_for_readers_in_one_sentence():
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| .* \| (.*?) \|$", SCORECARD, flags=re.MULTILINE)
    metrics = [row for row in rows if row[0] in METRICS]
    assert sorted(name for name, _, _ in metrics) == sorted(METRICS)
    assert all(
        sentence.count(".") == 1 and sentence.endswith(".") and caveat for _, sentence, caveat in metrics
    )


def test_every_target_on_the_page_is_the_organisation_s():
    targets = load_catalogue(ROOT).organisation.targets
    written = dict(re.findall(r"^\| `(\w+)` \| [^|]* \| ([^|]*) \| [^|]* \|$", SCORECARD, flags=re.MULTILINE))
    units = {"share": "{:.0%}", "hours": "{:.0f} hours", "nps_points": "{:.0f} points"}
    expected = {
        name: f"{target.direction.replace('_', ' ')} {units[METRICS[name].unit].format(target.value)}"
        for name, target in targets.items()
    }
    assert {name: written[name] for name in METRICS} == dict.fromkeys(METRICS, "none") | expected


def test_every_status_on_the_page_has_its_sign():
    written = re.findall(r"^\| `(\w+)` \| (.) \|", SCORECARD, flags=re.MULTILINE)
    assert dict(written) == show.SIGNS
    organisation = load_catalogue(ROOT).organisation
    assert f"below {organisation.minimum_n}, 30 pairs" in SCORECARD
    assert f"at the end of the {organisation.closing_business_day}th business day" in SCORECARD


@pytest.mark.parametrize(
    "command", re.findall(r"^seamkeeper (show .*?)(?: +#|$)", SCORECARD, flags=re.MULTILINE)
)
def test_every_command_on_the_page_can_be_typed(command):
    assert cli._parser().parse_args(command.split()).command


FILLERS = {"the", "a", "an", "of", "its", "is"}


def described_columns():
    """(table, column, description) of everything that dbt describes among the published tables."""
    for path in sorted((ROOT / "dbt_project" / "models" / "marts").rglob("*.yml")):
        for model in YAML(typ="safe").load(path)["models"]:
            for column in model["columns"]:
                yield model["name"], column["name"], column.get("description", "")


def test_every_published_column_is_described_in_more_words_than_its_name():
    columns = [column for column in described_columns() if column[0] in steps.PUBLISHED]
    assert {table for table, _, _ in columns} == set(steps.PUBLISHED)
    assert len(columns) > 200
    for table, name, description in columns:
        words = set(re.findall(r"\w+", description.lower().replace("_", " "))) - FILLERS
        assert words - set(name.split("_")), f"{table}.{name}: {description!r} says no more than the name"
