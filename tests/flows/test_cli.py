"""What a person types and what the terminal answers: exit codes, one line on failure, nothing of others."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flows import cli, commands, control, histories, show
from flows.settings import Settings
from flows.silence import OFF

ROOT = Path(__file__).parents[2]
HEAVY = {"dbt", "dlt", "great_expectations", "numpy", "pandas", "prefect", "pyarrow", "sqlalchemy"}
SOURCES = (
    '[simulator]\nkind = "simulator"\npackets = 200\nseed = 7\nmonths = 2\nuntil = 2026-07-01T00:00:00Z\n'
)
STEPS = ["pull", "stage", "record", "shape", "judge", "score", "publish"]


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Settings of a copied project and a home of its own, as the environment names them."""
    settings = Settings(tmp_path / "project", tmp_path / "home", tmp_path / "home" / "ledger")
    for folder in ("contracts", "expectations/suites", "dbt_project"):
        shutil.copytree(ROOT / folder, settings.project / folder)
    settings.sources_file.write_text(SOURCES)
    for name in list(os.environ):
        if name.startswith(("PREFECT_", "SEAMKEEPER_")):
            monkeypatch.delenv(name)
    for name, value in OFF.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SEAMKEEPER_PROJECT", str(settings.project))
    monkeypatch.setenv("SEAMKEEPER_HOME", str(settings.home))
    return settings


@pytest.fixture
def typed(capfd):
    """Type a command here: its exit code, its output, its errors."""

    def typed(*arguments):
        code = cli.main(arguments)
        return code, *capfd.readouterr()

    return typed


def typed_apart(*arguments):
    """The same in a process of its own."""
    command = [str(Path(sys.executable).with_name("seamkeeper")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)


def test_check_names_contracts_and_sources(house, typed):
    code, out, err = typed("check")
    assert (code, err) == (0, "")
    assert "H03 ae_to_onboarding: active, 0.9.0, 1.0.0" in out
    assert "source simulator: simulator" in out


def test_check_says_nothing_of_a_secret_in_a_block(house, typed):
    house.sources_file.write_text('[hubspot]\nkind = "hubspot"\ntoken_block = "hubspot-token"\n')
    assert typed("check")[0] == 0


def test_compile_writes_what_changed_and_check_proves_it(house, typed):
    contract = house.project / "contracts" / "cs_to_support.yaml"
    contract.write_text(contract.read_text().replace("title: CS → Support", "title: CS → Helpdesk"))
    assert typed("compile", "--check")[0] == 1
    code, out, _ = typed("compile")
    assert (code, out.splitlines()[0]) == (0, "wrote dbt_project/seeds/contract_versions.csv")
    assert out.endswith("\ncompiled 9 contracts: 1 file changed\n")
    assert typed("compile", "--check")[0] == 0
    assert typed("compile")[1] == "compiled 9 contracts: 0 files changed\n"


def test_compile_removes_what_no_contract_names(house, typed):
    (house.project / "contracts" / "cs_to_support.yaml").unlink()
    out = typed("compile")[1]
    assert "removed expectations/suites/cs_to_support.json" in out
    assert typed("check")[0] == 0


def test_simulate_writes_a_company(house, typed):
    out = house.project / "company"
    code, said, _ = typed("simulate", "--packets", "60", "--seed", "1", "--months", "2", "--out", str(out))
    assert (code, said) == (0, f"wrote {out}: events/*.parquet and truth.json\n")
    assert (out / "truth.json").exists()


def test_simulate_says_what_it_does_to_a_folder_that_is_there(house, typed, capfd):
    with pytest.raises(SystemExit):
        typed("simulate", "--help")
    assert "events/*.parquet and truth.json in it are replaced" in " ".join(capfd.readouterr().out.split())
    out = house.project / "company"
    ours, theirs = out / "events" / "old.parquet", out / "notes.txt"
    ours.parent.mkdir(parents=True)
    ours.touch(), theirs.touch()
    assert typed("simulate", "--packets", "20", "--months", "1", "--out", str(out))[0] == 0
    assert (ours.exists(), theirs.exists()) == (False, True)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("fly",),
        ("run", "--as-of", "yesterday"),
        ("simulate", "--packets", "0", "--out", "x"),
        ("show", "x"),
        ("show", "--why", "completion_rate", "H03"),
        ("show", "--why", "completion_rate", "H03", "all", "--filled-later"),
    ],
)
def test_wrong_usage_ends_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--why", "completion_rate", "H03", "all"), "nothing is published yet; run `seamkeeper run`"),
        (("--filled-later",), "nothing is published yet; run `seamkeeper run`"),
        (("--breakdown", "accepted"), "--dimension and --breakdown go with --why METRIC HANDOFF PERIOD"),
        (("--dimension", "motion", "inbound"), "--dimension and --breakdown go with --why"),
    ],
)
def test_what_cannot_be_shown_is_one_line(house, typed, arguments, said):
    code, out, err = typed("show", *arguments)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert said in err


def spoil_contract(house):
    path = house.project / "contracts" / "sdr_to_ae.yaml"
    path.write_text(path.read_text() + "colour: blue\n")


def make_stale(house):
    (house.project / "expectations" / "suites" / "sdr_to_ae.json").write_text("{}")


def misspell_source(house):
    house.sources_file.write_text('[crm]\nkind = "event"\n')


def name_no_source(house):
    house.sources_file.write_text("# none yet\n")


def name_no_file(house):
    house.sources_file.write_text('[crm]\nkind = "events"\npath = "exports/*.csv"\n')


def name_an_empty_folder(house):
    (house.project / "exports").mkdir()
    house.sources_file.write_text('[crm]\nkind = "events"\npath = "exports"\n')


def name_no_token(house):
    house.sources_file.write_text('[hubspot]\nkind = "hubspot"\n')


FAILURES = {
    "no token": (
        name_no_token,
        ("check",),
        r"source hubspot: the environment variable HUBSPOT_TOKEN is not set; set it to its token",
    ),
    "no source": (name_no_source, ("check",), r"sources.toml: names no source; write one table per source"),
    "no file": (
        name_no_file,
        ("check",),
        r"source crm: no file matches .*exports/\*.csv; correct `path` in .*sources",
    ),
    "empty folder": (
        name_an_empty_folder,
        ("check",),
        r"source crm: the folder .*exports holds no event file",
    ),
    "colour": (spoil_contract, ("run",), r"contracts/sdr_to_ae.yaml:\d+: .*colour"),
    "stale": (make_stale, ("run",), r"sdr_to_ae.json: does not match .* run `seamkeeper compile`"),
    "kind": (misspell_source, ("run",), r"sources.toml.*event"),
    "source": (
        lambda house: None,
        ("run", "--source", "crm"),
        r"there is no source crm; write one of: simulator",
    ),
    "nothing": (lambda house: None, ("show",), r"nothing is published yet; run `seamkeeper run`"),
}


@pytest.mark.parametrize(("spoil", "arguments", "message"), FAILURES.values(), ids=list(FAILURES))
def test_a_failure_is_one_line_and_ends_with_one(house, typed, spoil, arguments, message):
    spoil(house)
    code, out, err = typed(*arguments)
    assert (code, out) == (1, "")
    assert re.fullmatch(rf"seamkeeper: .*{message}.*\n", err), err


def test_what_nobody_foresaw_is_one_line_too(house, typed, monkeypatch):
    def break_down(options):
        raise KeyError("first line\nsecond line")

    monkeypatch.setattr(commands, "check", break_down)
    code, out, err = typed("check")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "KeyError" in err
    assert "seamkeeper --debug" in err


def test_debug_shows_the_traceback(house, typed):
    make_stale(house)
    code, _, err = typed("--debug", "check")
    assert code == 1
    assert err.startswith("Traceback")
    assert err.splitlines()[-1].startswith("seamkeeper: ")


def test_stopping_a_run_is_no_traceback(house, typed, monkeypatch):
    def stop(options):
        raise KeyboardInterrupt

    monkeypatch.setattr(histories, "verify", stop)
    assert typed("verify") == (1, "", "seamkeeper: stopped; run it again, nothing recorded is lost\n")


STUBBORN = """
import time
from rich.console import Console
from flows import commands, progress
with progress.Terminal(Console()) as terminal, commands._stopped_soon(terminal):
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        time.sleep(60)  # as Prefect does, which asks a server that is gone
"""


def test_stopping_a_run_takes_seconds_whatever_prefect_is_waiting_for():
    with subprocess.Popen(
        [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout and running.stdout.readline() == "ready\n"
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (1, f"seamkeeper: {commands.STOPPED}\n")


def test_a_terminal_that_cannot_write_arrows_gets_question_marks(monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    shown = typed_apart("--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "contracts ? suites" in shown.stdout


SECOND = """
import sys
from flows import cli
code = cli.main(["run"])
print(code, *{name.partition(".")[0] for name in sys.modules})
"""


def test_a_second_run_is_refused_with_three_before_anything_heavy_is_imported(house):
    with control.lease(house, "20260701T000000Z-first"):
        second = subprocess.run(
            [sys.executable, "-c", SECOND], capture_output=True, text=True, timeout=60, check=True
        )
    code, *imported = second.stdout.split()
    assert code == "3"
    assert not {*HEAVY, "duckdb", "rich"} & set(imported)
    assert re.fullmatch(r"seamkeeper: run 20260701T000000Z-first \(pid \d+ .*\n", second.stderr)


@pytest.mark.server
def test_a_run_prints_its_steps_the_scorecard_and_where_it_is_and_nothing_else(house):
    done = typed_apart("run")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    generation = (house.published / "current").resolve()
    assert [line.split()[0] for line in lines[:7]] == STEPS
    assert lines[7] == "Handoffs as of 2026-07-01 00:00 UTC, all packets"
    assert [line.split()[0] for line in lines[11:20]] == [f"H0{number}" for number in range(1, 10)]
    assert lines[20] == show.LEGEND
    assert "were incomplete when the work moved are complete now:" in lines[21]
    assert len(lines) == 26  # with the newest three of them
    assert lines[-1] == f"published {generation}"
