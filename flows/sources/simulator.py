"""Which company do we practise on: one made up, with planted leaks, so that a first run shows something.

Generated once per source and options into `$SEAMKEEPER_HOME/simulator/<source>` → `raw_simulator.events`.
In `sources.toml`:

    [simulator]
    kind = "simulator"
    packets = 4000
"""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

import contracts
from contracts.errors import SourceError
from flows.options import Option
from flows.settings import Settings, Source
from flows.sources.events import label_of
from flows.sources.loading import load
from flows.sources.pulling import Pulled, Pulling
from flows.sources.reading import EventFile

OPTIONS: Final = {
    "packets": Option(int, default=4000, minimum=1, means="crossings over all handoffs"),
    "seed": Option(int, default=7, minimum=0, means="the same seed makes the same company"),
    "months": Option(int, default=12, minimum=1, means="how far back its history goes"),
    "until": Option(datetime, default=datetime(2026, 7, 1, tzinfo=UTC), means="where its history ends"),
}
MARKER: Final = "options.json"


def pull(source: Source, pulling: Pulling) -> Pulled:
    """Make up the company if it is not there with these options, then load its event files."""
    settings = pulling.settings
    folder = settings.simulator / source.name
    options = json.dumps({key: source.options[key] for key in OPTIONS}, default=str, sort_keys=True)
    if not _is_made(folder, options):
        _make(source, settings, folder, options)
    files = [
        EventFile(path, label_of(path, settings), "parquet")
        for path in sorted(folder.glob("events/*.parquet"))
    ]
    return load(source, pulling, files)


def _is_made(folder: Path, options: str) -> bool:
    marker = folder / MARKER
    return marker.is_file() and marker.read_text(encoding="utf-8") == options


def _make(source: Source, settings: Settings, folder: Path, options: str) -> None:
    """Write the company beside its place, then move it there: half a company is never pulled."""
    from flows.simulation import simulate  # numpy, and only where a company is made up

    unfinished = folder.with_name(f".{folder.name}-unfinished")
    told = source.options
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        simulate(
            contracts.load_catalogue(settings.project),
            packets=cast(int, told["packets"]),
            seed=cast(int, told["seed"]),
            months=cast(int, told["months"]),
            until=cast(datetime, told["until"]),
            out=unfinished,
        )
        (unfinished / MARKER).write_text(options, encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.rename(folder)
    except OSError as error:
        raise SourceError(
            f"source {source.name}: the company could not be written to {folder} ({error}); "
            "free some disk space or set SEAMKEEPER_HOME elsewhere"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
