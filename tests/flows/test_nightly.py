"""Prefect for real: what prefect.yaml says to type is typed, against a server and a worker on loopback."""

import json
import re
import shutil
import subprocess
import sys
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from ruamel.yaml import YAML

from contracts import load_catalogue
from flows.silence import OFF
from tests.flows.prefect_server import Api, awaited, loopback, started

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
TEXT = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
PREFECT = YAML(typ="safe").load(TEXT)
DEPLOYMENTS = {deployment["name"]: deployment for deployment in PREFECT["deployments"]}
TYPED = [line.strip() for line in re.findall(r"^#   (prefect [^#\n]+)", TEXT, flags=re.MULTILINE)]
README = (ROOT / "README.md").read_text(encoding="utf-8")
VERBS = ["pull", "stage", "record", "shape", "judge", "score", "publish"]
SMALL = '[simulator]\nkind = "simulator"\npackets = 300\nseed = 7\nmonths = 3\nuntil = 2026-07-01T00:00:00Z\n'
HAPPENED = """
    WITH since AS (SELECT * FROM handoff_packets WHERE triggered_at >= '2026-05-31T22:00:00Z')

    SELECT 'seamkeeper.packet.accepted', count(*)
    FROM packet_attempts INNER JOIN since USING (packet_id) WHERE decision = 'accepted' AND status != 'void'
    UNION ALL
    SELECT 'seamkeeper.sla.breached', count(*)
    FROM sla_clocks INNER JOIN since USING (packet_id)
    WHERE state = 'breached' AND status NOT IN ('void', 'withdrawn')
    UNION ALL
    SELECT 'seamkeeper.gate.bypassed', count(*) FROM gate_bypasses INNER JOIN since USING (packet_id)
    UNION ALL
    SELECT 'seamkeeper.packet.failed', count(*)
    FROM since LEFT JOIN dim_account USING (account)
    WHERE NOT is_complete_now AND is_judged AND is_dropped IS NOT TRUE
        AND status NOT IN ('void', 'withdrawn') AND coalesce(churned_at > since.as_of, true)
        AND cycle = (
            SELECT max(cycle) FROM handoff_packets AS others
            WHERE others.handoff = since.handoff AND others.subject = since.subject
                AND others.status NOT IN ('void', 'withdrawn')
        )
"""
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
        seen.heard = running.enter_context(listening())
        automate(seen.heard.address, environment, folder)
        deployment = api.get("/deployments/name/nightly/nightly")
        run = api.post(f"/deployments/{deployment['id']}/create_flow_run", {})
        running.enter_context(started(worker, environment, folder))
        seen.end = awaited(lambda: api.ended(run), seconds=300)
        of_run = {"flow_runs": {"id": {"any_": [run["id"]]}}}
        seen.tasks = api.post("/task_runs/filter", {**of_run, "sort": "EXPECTED_START_TIME_ASC"})
        seen.artifacts = {artifact["key"]: artifact for artifact in api.post("/artifacts/filter", of_run)}
        seen.deployments = api.post("/deployments/filter", {})
        seen.pool = api.get("/work_pools/seamkeeper")
        seen.events = events_of(api)
        with suppress(TimeoutError):
            awaited(lambda: seen.heard.bodies, seconds=60)
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
def test_its_tasks_are_the_seven_verbs_in_order_and_then_who_is_told(night):
    assert [re.sub(r"-\w+$", "", task["name"]) for task in night.tasks] == [*VERBS, "ticket", "announce"]


@pytest.mark.server
def test_it_leaves_the_scorecard_and_a_line_per_step_as_artifacts(night):
    assert len(json.loads(night.artifacts["scorecard"]["data"])) == 9
    assert all(f"| {verb} |" in night.artifacts["steps"]["data"] for verb in VERBS)


@pytest.mark.server
def test_each_thing_that_happened_is_announced_as_one_event(night):
    with duckdb.connect(
        str(night.folder / "home/published/current/seamkeeper.duckdb"), read_only=True
    ) as published:
        expected = published.execute(HAPPENED).fetchall()
    assert dict(expected) == Counter(event["event"] for event in night.events)
    assert all(number > 0 for _, number in expected)
    assert len({event["id"] for event in night.events}) == len(night.events)


@pytest.mark.server
def test_the_readmes_automation_tells_a_webhook(night):
    assert night.heard.bodies, (night.folder / "server.log").read_text()[-4000:]
    overdue = [
        event["payload"]
        for event in night.events
        if event["event"] == "seamkeeper.sla.breached"
        and event["payload"]["court"] == "receiver"
        and event["resource"]["seamkeeper.handoff"] == "ae_to_onboarding"
    ]
    told = {f"{one['packet_id']} is overdue since {one['happened_at']}" for one in overdue}
    assert {json.loads(body)["text"] for body in night.heard.bodies} <= told


@pytest.mark.server
def test_a_run_that_fails_says_why_in_one_line_on_any_server(night):
    assert (night.failed.returncode, night.failed.stdout) == (1, b"")
    assert re.fullmatch(rb"seamkeeper: .*exports/\*\.csv.*\n", night.failed.stderr), night.failed.stderr


def small_project(project):
    """A copy of what a project is without its code, over a small company."""
    for folder in ("contracts", "expectations/suites", "dbt_project"):
        shutil.copytree(ROOT / folder, project / folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (project / "sources.toml").write_text(SMALL)
    path = project / "contracts" / "organisation.yaml"
    path.write_text(path.read_text().replace("# alerts_from: 2026-09-01", "alerts_from: 2026-06-01"))
    (project / "desks.toml").write_text("")
    return project


@contextmanager
def listening():
    """A web address on loopback; `bodies` is what was posted to it."""
    heard = SimpleNamespace(bodies=[])

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        heard.address = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield heard
        server.shutdown()


def automate(address, environment, folder):
    """What the README says to type, with this address for its webhook."""
    (typed,) = re.findall(r"^python -c '(from prefect[^']+)'", README, flags=re.MULTILINE)
    (automation,) = re.findall(
        r"^```yaml\n(name: [^`]+# breaches.yaml\n[^`]+)```", README, flags=re.MULTILINE
    )
    block = subprocess.run(
        [sys.executable, "-c", typed.replace("https://…", address)],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=True,
    ).stdout.split()[-1]  # fmt: skip
    (folder / "breaches.yaml").write_text(automation.replace("00000000-0000-0000-0000-000000000000", block))
    subprocess.run(
        [BIN / "prefect", "automation", "create", "--from-file", "breaches.yaml"],
        cwd=folder, env=environment, capture_output=True, timeout=120, check=True,
    )  # fmt: skip


def events_of(api):
    """Every event of ours that the server has, whatever the page."""
    page = api.post("/events/filter", {"filter": {"event": {"prefix": ["seamkeeper."]}}, "limit": 50})
    found = page["events"]
    while page["next_page"]:
        page = api.get(page["next_page"].partition("/api")[2])
        found += page["events"]
    return found
