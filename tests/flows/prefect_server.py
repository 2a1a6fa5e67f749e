"""A Prefect server of a test's own, on loopback: how it is started, asked and ended."""

import json
import os
import signal
import socket
import subprocess
import time
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection

from flows.silence import OFF


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
