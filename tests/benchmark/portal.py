"""How fast is a pull from HubSpot, and does its memory stay flat? An emulated portal of 10,000 and of 100,000 deals.

    make bench-sources

Each deal has twenty tracked properties with history. In a process of its own: pull, stage, record; beside it a bare
reader, which asks for the same pages and throws them away: what the wire and the emulator alone cost.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmark.ours import Stopwatch  # noqa: E402
from tests.emulators.hubspot import company  # noqa: E402
from tests.emulators.hubspot.endless import histories  # noqa: E402
from tests.emulators.simulated import mapped  # noqa: E402

SIZES = (10_000, 100_000)
HANDOFF = "ae_to_onboarding"


@contextmanager
def portal(deals: int) -> Iterator[tuple[str, str]]:
    """An emulated portal in a process of its own: address and token."""
    command = [sys.executable, "-m", "tests.emulators.hubspot", "--deals", str(deals), "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url, token = process.stdout.readline().split()
        try:
            yield url, token
        finally:
            process.terminate()


def project(folder: Path, url: str) -> Path:
    """A project of one handoff that is mapped to the portal."""
    for name in ("dbt_project", "expectations"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "contracts").mkdir()
    yaml = YAML(typ="safe", pure=True)
    for name in (HANDOFF, "organisation"):
        document = yaml.load((ROOT / "contracts" / f"{name}.yaml").read_text(encoding="utf-8"))
        if name == HANDOFF:
            versions = [document, *document.get("earlier_versions", [])]
            fields = {field["name"] for version in versions for field in version["fields"]}
            document = mapped(document, company.mapping(HANDOFF, fields))
        else:
            document |= {"accounts": company.ACCOUNTS, "links": {}}
        (folder / "contracts" / f"{name}.yaml").write_text(
            json.dumps(document, default=str), encoding="utf-8"
        )
    (folder / "sources.toml").write_text(
        f'[hubspot]\nkind = "hubspot"\nurl = "{url}"\ntouches = false\nsurveys = false\n', encoding="utf-8"
    )
    return folder


def pulled(folder: Path) -> None:
    """Pull, stage and record in this process; prints seconds, processor seconds and peak memory of each as it ends."""
    os.environ |= {"SEAMKEEPER_PROJECT": str(folder), "SEAMKEEPER_HOME": str(folder / "home")}
    from contracts import load_catalogue
    from flows import compiling, control, steps
    from flows.settings import Settings

    settings, stopwatch = Settings.from_environment(), Stopwatch()
    compiling.write(settings.project, compiling.compiled(load_catalogue(settings.project)))
    run_id, sources = steps.new_run_id(), steps.choose_sources(settings)
    with control.lease(settings, run_id) as lease:
        run = steps.begin(settings, sources, run_id, datetime.now(UTC), lease.token, lambda _: None)
        for verb in (steps.pull, steps.stage, steps.record):
            stopwatch.time(verb.__name__, partial(verb, run))
            print(json.dumps([verb.__name__, stopwatch.parts[verb.__name__]]), flush=True)


def bare(url: str, token: str) -> Stopwatch:
    """To ask for the same deals with the same history, and to throw them away."""
    stopwatch = Stopwatch()
    stopwatch.time("bare", partial(_throw_away, url, token))
    return stopwatch


def _throw_away(url: str, token: str) -> None:
    asked: dict[str, str | int] = {
        "limit": 50,
        "propertiesWithHistory": ",".join(sorted(histories(0, False))),
        "archived": "false",
    }
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        while True:
            found = client.get("/crm/v3/objects/deals", params=asked).json()
            if "paging" not in found:
                return
            asked["after"] = found["paging"]["next"]["after"]


def measured(deals: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """One size: our parts as they end, and the bare reader beside them."""
    with tempfile.TemporaryDirectory() as scratch, portal(deals) as (url, token):
        folder = project(Path(scratch) / "project", url)
        environment = {**os.environ, "HUBSPOT_TOKEN": token}
        command = [sys.executable, __file__, str(folder)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for line in child.stdout:
                if line.startswith('["'):
                    name, part = json.loads(line)
                    yield name, part
        if child.returncode:
            raise SystemExit(f"{deals:,} deals: the run ended with {child.returncode}")
        yield from bare(url, token).parts.items()


def main() -> None:
    """A line per size and part, then how memory grew."""
    peaks = []
    for deals in SIZES:
        found = {}
        for name, part in measured(deals):
            found[name] = part
            print(
                f"{deals:8,} deals  {name:7} {part['seconds']:7.1f} s  {deals / part['seconds']:9,.0f} deals/s  "
                f"{part['processor']:7.1f} processor s  peak {part['peak_mb']:6,.0f} MB  {part['result'][:60]}",
                flush=True,
            )
        ratios = [found["pull"][name] / found["bare"][name] for name in ("seconds", "processor")]
        print(f"{deals:8,} deals  a bare reader's time {ratios[0]:.1f} ×, its processor {ratios[1]:.1f} ×")
        peaks.append(found["pull"]["peak_mb"])
    print(
        f"peak memory of the pull: {SIZES[1] // SIZES[0]} × the deals, {peaks[1] / peaks[0]:.2f} × the memory"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        pulled(Path(sys.argv[1]))
    else:
        main()
