"""How do event files get into the raw tables: through dlt, whole files at a time, each content once.

Files → `raw_<kind>.events`. One dlt pipeline per source remembers which files it has loaded: path, size,
time of change. DuckDB writes a file's text as Parquet, dlt loads that as it is, so no row is ever a Python
object.
"""

import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path
from typing import Any, Final

from contracts.errors import SeamkeeperError, SourceError, WarehouseError
from flows.settings import Settings, Source
from flows.silence import silence
from flows.sources.pulling import Pulled, Pulling
from flows.sources.reading import EventFile, write_as_text
from flows.warehouse import (
    MEMORY_SHORT,
    RAW_COLUMNS,
    Connection,
    connect,
    create_raw_table,
    first_line,
    widen,
)

# dlt's own settings. Environment variables of the same names still win.
DLT: Final[Mapping[str, bool | int | str]] = {
    "runtime.dlthub_telemetry": False,
    "runtime.log_level": "CRITICAL",  # what goes wrong is raised, and told in one line
    "load.delete_completed_jobs": True,  # or every loaded file would be kept a second time
    "restore_from_destination": False,  # the working database may be deleted; dlt's own folder is the memory
    "enable_runtime_trace": False,
    "data_writer.buffer_max_items": 500,  # DuckDB reads a Parquet row group at once, and records may be long
}
_PULLS: Final = "_origin VARCHAR, run_id VARCHAR, pulled_at TIMESTAMPTZ"
FROZEN: Final[Any] = {"tables": "evolve", "columns": "freeze", "data_type": "freeze"}  # no variant columns


@dataclass(frozen=True)
class _Package:
    """A file as text, waiting to be loaded."""

    file: EventFile
    stamp: list[int]
    path: Path
    rows: int


def load(source: Source, pulling: Pulling, files: Sequence[EventFile]) -> Pulled:
    """Append the rows of the files that are new or changed to `raw_<kind>.events`; all of them, or none.

    Raises SourceError for a file that cannot be read and WarehouseError if the rows cannot be written.
    """
    settings, run_id = pulling.settings, pulling.run_id
    scratch = settings.home / "work" / "pull" / source.name
    connection = connect(settings.working_database, settings=settings)
    try:
        with dlt_errors(source, settings):
            pipeline = pipeline_of(source, settings, connection)
            create_raw_table(connection, source.kind)
            _forget_interrupted(pipeline, source, connection)
            known = {} if is_first(connection, source) or pulling.fresh else _known(pipeline)
            changed = [(file, file.stamp) for file in files]
            changed = [(file, stamp) for file, stamp in changed if known.get(file.label) != stamp]
            packages = _packages(connection, changed, source, run_id, scratch)
            if packages:
                _set_older_apart(connection, source, packages)
                pipeline.run(_resource(packages, run_id))
        note_pull(connection, source, pulling)
    finally:
        connection.close()
        shutil.rmtree(scratch, ignore_errors=True)
    rows = sum(package.rows for package in packages)
    return Pulled(source.name, rows, len(packages), len(files) - len(packages))


def is_first(connection: Connection, source: Source) -> bool:
    """Whether this working database never saw a pull of this source: then what dlt remembers is of another one."""
    connection.execute(f'CREATE TABLE IF NOT EXISTS "raw_{source.kind}".pulls ({_PULLS})')
    ((pulls,),) = connection.execute(
        f'SELECT count(*) FROM "raw_{source.kind}".pulls WHERE _origin = $origin', {"origin": source.name}
    ).fetchall()
    return bool(pulls == 0)


def note_pull(connection: Connection, source: Source, pulling: Pulling) -> None:
    """Note that a pull of this source has ended well, and when it began."""
    connection.execute(
        f'INSERT INTO "raw_{source.kind}".pulls VALUES ($origin, $run_id, $pulled_at)',
        {"origin": source.name, "run_id": pulling.run_id, "pulled_at": pulling.started_at},
    )


def pipeline_of(source: Source, settings: Settings, connection: Connection) -> Any:
    """The dlt pipeline of a source, which remembers what it loaded into `raw_<kind>`."""
    silence()
    import dlt  # half a second, and only a pull needs it

    for key, value in DLT.items():
        dlt.config[key] = value
    logging.getLogger("dlt").setLevel(dlt.config["runtime.log_level"])  # its own was set by the import
    return dlt.pipeline(
        source.name,
        pipelines_dir=str(settings.dlt_pipelines),
        destination=dlt.destinations.duckdb(connection),
        dataset_name=f"raw_{source.kind}",
    )


def run(pipeline: Any, connection: Connection, resource: Any) -> None:
    """Load all that a resource reads, in one package; raises dlt's exceptions.

    Records that are too long for a streaming connection are loaded with all the memory that there is.
    """
    from dlt.pipeline.exceptions import PipelineStepFailed

    try:
        pipeline.run(resource)
    except PipelineStepFailed as error:
        if not isinstance(_cause(error), MEMORY_SHORT) or not pipeline.has_pending_data:
            raise
        widen(connection)
        pipeline.load()  # what was read lies on the disk


def _packages(
    connection: Connection,
    files: Sequence[tuple[EventFile, list[int]]],
    source: Source,
    run_id: str,
    scratch: Path,
) -> list[_Package]:
    """Every file as text; the first that cannot be read ends the pull before anything is loaded."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    packages = []
    for number, (file, stamp) in enumerate(files):
        target = scratch / f"{number:06}.parquet"
        rows = write_as_text(connection, file, source.name, run_id, target)
        packages.append(_Package(file, stamp, target, rows))
    return packages


def _resource(packages: Sequence[_Package], run_id: str) -> Any:
    """The dlt resource `events`: hands each file over, and remembers its stamp and the run."""
    import dlt

    types = {"VARCHAR": "text", "BIGINT": "bigint"}
    columns: Any = {
        name: {"data_type": types[type_], "nullable": True} for name, type_ in RAW_COLUMNS.items()
    }

    @dlt.resource(name="events", write_disposition="append", columns=columns, schema_contract=FROZEN)
    def events() -> Iterator[Any]:
        state = dlt.current.resource_state()
        state["run_id"] = run_id
        known = state.setdefault("files", {})
        for package in packages:
            known[package.file.label] = package.stamp
            yield dlt.mark.with_file_import(str(package.path), "parquet", package.rows)

    return events()


def _state(pipeline: Any) -> Mapping[str, Any]:
    sources = pipeline.state.get("sources") or {}
    state: Mapping[str, Any] = sources.get(pipeline.pipeline_name, {}).get("resources", {}).get("events", {})
    return state


def _known(pipeline: Any) -> dict[str, list[int]]:
    return dict(_state(pipeline).get("files", {}))


def _forget_interrupted(pipeline: Any, source: Source, connection: Connection) -> None:
    """Undo a load that died half way: dlt forgets it, and the rows that got in are removed."""
    if not pipeline.has_pending_data:
        return
    tried, run_id = _known(pipeline), _state(pipeline).get("run_id")
    pipeline.abort_packages()
    known = _known(pipeline)
    connection.execute(
        f'DELETE FROM "raw_{source.kind}".events WHERE _origin = $origin AND _run_id = $run_id '
        "AND list_contains($files, _file)",
        {
            "origin": source.name,
            "run_id": run_id,
            "files": [label for label, stamp in tried.items() if known.get(label) != stamp],
        },
    )


def _set_older_apart(connection: Connection, source: Source, packages: Sequence[_Package]) -> None:
    """Rename the file of rows pulled earlier and not recorded yet: file and row go on naming one row."""
    connection.execute(
        f"UPDATE \"raw_{source.kind}\".events SET _file = _file || ' as read by run ' || _run_id "
        "WHERE _origin = $origin AND list_contains($files, _file)",
        {"origin": source.name, "files": [package.file.label for package in packages]},
    )


@contextmanager
def dlt_errors(source: Source, settings: Settings) -> Iterator[None]:
    """dlt wraps what went wrong in its own steps: name the cause, ours first."""
    silence()
    from dlt.common.exceptions import DltException

    try:
        yield
    except (DltException, JSONDecodeError) as error:
        cause = _cause(error)
        if isinstance(cause, SeamkeeperError):
            raise cause from error
        if isinstance(cause, (KeyError, TypeError)):
            raise SourceError(
                f"source {source.name}: an answer has another shape than published ({type(cause).__name__}: {cause}); "
                "nothing was loaded: run again later, or report it"
            ) from error
        raise WarehouseError(
            f"source {source.name}: its rows could not be loaded into {settings.working_database} "
            f"({first_line(cause)}); free some disk space, or delete {settings.dlt_pipelines / source.name} "
            "to have everything pulled again"
        ) from error


def _cause(error: BaseException) -> BaseException:
    """What it began with: the first error of ours, else the innermost."""
    while error.__cause__ is not None and not isinstance(error, SeamkeeperError):
        error = error.__cause__
    return error
