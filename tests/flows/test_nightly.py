"""Prefect for real: what prefect.yaml says to type is typed, against a server and a worker on loopback."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from ruamel.yaml import YAML

from contracts import load_catalogue
from flows.silence import OFF

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
TEXT = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
PREFECT = YAML(typ="safe").load(TEXT)
DEPLOYMENTS = {deployment["name"]: deployment for deployment in PREFECT["deployments"]}
TYPED = [line.strip() for line in re.findall(r"^#   (prefect [^#\n]+)", TEXT, flags=re.MULTILINE)]
VERBS = ["pull", "stage", "record", "shape", "judge", "score", "publish"]
SMALL = '[simulator]\nkind = "simulator"\npackets = 300\nseed = 7\nmonths = 3\nuntil = 2026-07-01T00:00:00Z\n'
MISSING = '[crm]\nkind = "events"\npath = "exports/*.csv"\n'


def test_schedules_are_in_the_organisations_zone():
    schedules = [schedule for deployment in DEPLOYMENTS.values() for schedule in deployment["schedules"]]
    assert {schedule["timezone"] for schedule in schedules} == {load_catalogue(ROOT).organisation.zone}


def test_the_nightly_run_is_at_two():
    assert [schedule["cron"] for schedule in DEPLOYMENTS["nightly"]["schedules"]] == ["0 2 * * *"]
    assert not DEPLOYMENTS["nightly"]["parameters"]


def test_the_hourly_run_is_the_same_flow_over_the_hourly_sources():
    assert DEPLOYMENTS["hourly"]["parameters"] == {"hourly": True}
    assert [len(schedule["cron"].split()[1:]) for schedule in DEPLOYMENTS["hourly"]["schedules"]] == [4]
    assert {deployment["entrypoint"] for deployment in DEPLOYMENTS.values()} == {"flows.nightly.nightly"}


def test_all_share_one_pool_with_room_for_one_run():
    assert {deployment["work_pool"]["name"] for deployment in DEPLOYMENTS.values()} == {"seamkeeper"}
    assert "prefect work-pool set-concurrency-limit seamkeeper 1" in TYPED


def test_a_deployed_run_calls_nobody():
    for deployment in DEPLOYMENTS.values():
        env = deployment["work_pool"]["job_variables"]["env"]
        assert env and env.items() <= OFF.items()


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A night by a worker, and after it a run here that fails: all that Prefect and the disk then know."""
    folder = tmp_path_factory.mktemp("night")
    project = small_project(folder / "project")
    environment = loopback(folder, project)
    server, *preparing, worker = [[str(BIN / words[0]), *words[1:]] for words in map(str.split, TYPED)]
    api, seen = Api(environment), SimpleNamespace(folder=folder)
    with ExitStack() as running:
        running.enter_context(started(server, environment, folder))
        awaited(api.answers, seconds=180)
        for command in preparing:
            subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=120, check=True)
        deployment = api.get("/deployments/name/nightly/nightly")
        run = api.post(f"/deployments/{deployment['id']}/create_flow_run", {})
        running.enter_context(started(worker, environment, folder))
        seen.end = awaited(lambda: api.ended(run), seconds=300)
        of_run = {"flow_runs": {"id": {"any_": [run["id"]]}}}
        seen.tasks = api.post("/task_runs/filter", {**of_run, "sort": "EXPECTED_START_TIME_ASC"})
        seen.artifacts = {artifact["key"]: artifact for artifact in api.post("/artifacts/filter", of_run)}
        seen.deployments = api.post("/deployments/filter", {})
        seen.pool = api.get("/work_pools/seamkeeper")
        (project / "sources.toml").write_text(MISSING)
        seen.failed = subprocess.run(
            [BIN / "seamkeeper", "run"], env=environment, capture_output=True, timeout=300, check=False
        )
    return seen


@pytest.mark.server
def test_what_prefect_yaml_says_to_type_deploys_everything_in_it(night):
    assert {deployment["name"] for deployment in night.deployments} == set(DEPLOYMENTS)
    assert (night.pool["type"], night.pool["concurrency_limit"]) == ("process", 1)


@pytest.mark.server
def test_a_worker_runs_the_night_and_publishes_a_generation(night):
    assert night.end == "COMPLETED", (night.folder / "worker.log").read_text()[-4000:]
    (generation,) = (night.folder / "home" / "published").glob("2*")
    assert (night.folder / "home" / "published" / "current").resolve() == generation
    with duckdb.connect(str(generation / "seamkeeper.duckdb"), read_only=True) as published:
        ((packets,),) = published.execute("SELECT count(*) FROM handoff_packets").fetchall()
    assert packets > 200


@pytest.mark.server
def test_its_tasks_are_the_seven_verbs_in_order(night):
    assert [re.sub(r"-\w+$", "", task["name"]) for task in night.tasks] == VERBS


@pytest.mark.server
def test_it_leaves_the_scorecard_and_a_line_per_step_as_artifacts(night):
    assert len(json.loads(night.artifacts["scorecard"]["data"])) == 9
    assert all(f"| {verb} |" in night.artifacts["steps"]["data"] for verb in VERBS)


@pytest.mark.server
def test_a_run_that_fails_says_why_in_one_line_on_any_server(night):
    assert (night.failed.returncode, night.failed.stdout) == (1, b"")
    assert re.fullmatch(rb"seamkeeper: .*exports/\*\.csv.*\n", night.failed.stderr), night.failed.stderr


def small_project(project):
    """A copy of what a project is without its code, over a small company."""
    for folder in ("contracts", "expectations/suites", "dbt_project"):
        shutil.copytree(ROOT / folder, project / folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (project / "sources.toml").write_text(SMALL)
    return project


def loopback(folder, project):
    """An environment in which Prefect knows only its own server, on a port that was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "SEAMKEEPER_"))
    }
    return inherited | OFF | {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "SEAMKEEPER_PROJECT": str(project),
        "SEAMKEEPER_HOME": str(folder / "home"),
    }  # fmt: skip


@contextmanager
def started(command, environment, folder):
    """A process that runs inside the block and is dead after it, and so is whatever it started."""
    with (folder / f"{command[1]}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            for pid in [*descendants(process.pid), process.pid]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait(timeout=30)


def descendants(pid):
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in map(str.split, listed.splitlines())}
    found = [pid]
    for one in found:
        found.extend(child for child, parent in parents.items() if parent == one)
    return found[1:]


class Api:
    """Prefect's REST API, as little of it as is asked here."""

    def __init__(self, environment):
        self.port = int(environment["PREFECT_SERVER_API_PORT"])

    def get(self, path):
        return self._ask("GET", path)

    def post(self, path, content):
        return self._ask("POST", path, json.dumps(content))

    def _ask(self, method, path, body=None):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        with closing(connection):
            connection.request(method, f"/api{path}", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = json.load(answer)
        assert answer.status < 300, content
        return content

    def answers(self):
        with suppress(OSError):
            return self.get("/health")
        return False

    def ended(self, run):
        """The state a flow run ended in; None while it has not."""
        state = self.get(f"/flow_runs/{run['id']}")["state_type"]
        return None if state in ("SCHEDULED", "PENDING", "RUNNING") else state


def awaited(what, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.5)
    raise TimeoutError(f"nothing after {seconds} s")
