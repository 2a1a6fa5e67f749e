import os
import subprocess
import sys

from flows.silence import OFF, silence


def test_telemetry_is_off_unless_someone_set_it(monkeypatch):
    for name in OFF:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DO_NOT_TRACK", "0")
    silence()
    assert {name: os.environ[name] for name in OFF} == {**OFF, "DO_NOT_TRACK": "0"}


WATCH = """
import sys
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        print(event, args[-1], file=sys.stderr)
sys.addaudithook(watch)
from pathlib import Path
from flows.settings import Settings, Source
from flows.sources import Pulling, pull
project, home = Path(sys.argv[1]), Path(sys.argv[2])
(project / "crm.csv").write_text("id,source,type,time\\n1,crm,t,2026-01-01\\n")
settings = Settings(project, home, home / "ledger")
pull(Source("crm", "events", options={"path": "crm.csv"}), Pulling(settings, "run-1"))
import socket
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)  # the watch itself works
except OSError:
    pass
"""


def test_a_pull_calls_nobody(settings):
    environment = {name: value for name, value in os.environ.items() if name not in OFF}
    ran = subprocess.run(
        [sys.executable, "-c", WATCH, str(settings.project), str(settings.home)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert set(ran.stderr.split("\n")) <= {
        "socket.getaddrinfo 0", "socket.connect ('127.0.0.1', 9)", "",
    }  # fmt: skip
    assert "('127.0.0.1', 9)" in ran.stderr
