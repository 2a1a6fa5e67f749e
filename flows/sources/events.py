"""Which event files does a folder or glob name: anyone's own lifecycle events.

Files of Parquet, CSV or JSON Lines → `raw_events.events`. In `sources.toml`:

    [crm_export]
    kind = "events"
    path = "exports/crm/*.parquet"
"""

import glob
from pathlib import Path
from typing import Final

from contracts.errors import SourceError
from flows.options import Option
from flows.settings import Settings, Source
from flows.sources.loading import load
from flows.sources.pulling import Pulled, Pulling
from flows.sources.reading import FORMATS, SUFFIXES, EventFile, format_of

OPTIONS: Final = {
    "path": Option(str, required=True, means="a file, a folder or a glob, relative to the project"),
    "format": Option(str, choices=FORMATS, means="where the file names do not say it"),
}


def pull(source: Source, pulling: Pulling) -> Pulled:
    """Load the files that are new or changed, sorted by path. Raises SourceError if there is none."""
    return load(source, pulling, event_files(source, pulling.settings))


def check(source: Source, settings: Settings) -> None:
    """Raise SourceError if there is nothing to pull, without reading any file."""
    event_files(source, settings)


def event_files(source: Source, settings: Settings) -> list[EventFile]:
    """The files that the source's `path` names, sorted; in a folder those whose name tells a format."""
    format_ = source.options.get("format")
    root = settings.project / Path(str(source.options["path"])).expanduser()
    if root.is_dir():
        paths = [path for path in root.rglob("[!.]*") if format_ or format_of(path)]
    elif root.is_file():
        paths = [root]
    else:
        paths = [Path(path) for path in glob.glob(str(root), recursive=True)]  # noqa: PTH207 (absolute)
    files = [
        EventFile(path, label_of(path, settings), str(format_ or _told(source, path)))
        for path in paths
        if path.is_file()
    ]
    if not files:
        found = (
            f"the folder {root} holds no event file (their names end in {', '.join(SUFFIXES)}); put one there, or"
            if root.is_dir()
            else f"no file matches {root};"
        )
        raise SourceError(f"source {source.name}: {found} correct `path` in {settings.sources_file}")
    return sorted(files, key=lambda file: file.label)


def label_of(path: Path, settings: Settings) -> str:
    """The path as rows carry it: relative inside the project, so that a moved checkout keeps its names."""
    return str(path.relative_to(settings.project) if path.is_relative_to(settings.project) else path)


def _told(source: Source, path: Path) -> str:
    format_ = format_of(path)
    if format_ is None:
        raise SourceError(
            f"source {source.name}: the name of {path} tells no format; "
            f"let it end in {', '.join(SUFFIXES)}, or set `format`"
        )
    return format_
