"""What does a run cost before it does anything? Each part in a fresh process, its files already cached.

In: SEAMKEEPER_PROJECT and SEAMKEEPER_HOME. Out: one JSON object on standard output, seconds per part.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

TIMED = "import time; begun = time.perf_counter()\n{work}\nprint('took', time.perf_counter() - begun)"
PARSE = """
from flows.settings import Settings
from flows.transform import Transformer, warm_up
import time
warm_up()
begun = time.perf_counter()
Transformer(Settings.from_environment()).parse()"""
SERVER = """
from prefect.client.orchestration import get_client
import time
begun = time.perf_counter()
with get_client(sync_client=True) as client:
    client.hello()"""

PARTS = {
    "import contracts and command line": "import contracts, flows.cli, flows.commands",
    "import steps": "import flows.steps",
    "import Great Expectations": "from expectations.judge import warm_up; warm_up()",
    "import dbt": "from flows.transform import warm_up; warm_up()",
    "import dlt": "import flows.sources.loading, dlt",
    "import Prefect and the flow": "import flows.nightly",
    "Prefect's server, started and answering": SERVER,
}


def measure() -> dict[str, float]:
    seconds: dict[str, float] = {}
    for name, work in PARTS.items():
        _seconds_of(work)
        seconds[name] = _seconds_of(work)
    seconds["dbt parse, cold"] = _seconds_of(PARSE)
    seconds["dbt parse, warm"] = _seconds_of(PARSE)
    return seconds


def _seconds_of(work: str) -> float:
    prefect = Path(os.environ["SEAMKEEPER_HOME"]) / "prefect"
    prefect.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "PREFECT_HOME": str(prefect),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    }
    finished = subprocess.run(
        [sys.executable, "-c", TIMED.format(work=work)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    (line,) = [line for line in finished.stdout.splitlines() if line.startswith("took ")]
    return float(line.removeprefix("took "))


if __name__ == "__main__":
    print(json.dumps(measure()))
