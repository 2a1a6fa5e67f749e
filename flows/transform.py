"""How are dbt's models run? The only importer of dbt.

In: a selection of models. Out: tables in the working database. dbt runs in this process (0.7 s against 5 s) and must
not keep the DuckDB file open afterwards: plain DuckDB, dbt and Great Expectations take turns on it. One project is
parsed once per process; what the models need to know of the run is in `ops.run_context`, because changed vars would
mean a full parse.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from contracts.errors import TransformError
from flows.inert import without_values
from flows.settings import Settings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

STAGE = ("path:seeds", "path:models/staging/lifecycle_events.sql")
SHAPE = ("path:models/intermediate/records", "path:models/intermediate/packets", "path:models/marts/handoffs")
SCORE = (
    "path:models/intermediate/scorecard",
    "path:models/intermediate/accounts",
    "path:models/intermediate/clocks",
    "path:models/intermediate/issues",
    "path:models/marts/scorecards",
)

WITH_ITS_OWN_TESTS = ("--indirect-selection", "buildable")
"""Run the tests of selected models, none that also needs a model of a later step."""

Progress = Callable[[str], None]


class Transformer:
    """dbt on one project and one working database; parses at the first call and keeps the manifest."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._manifest: Manifest | None = None

    def parse(self) -> None:
        """Parse the project, once. Raises TransformError if a model, seed or property file is broken."""
        if self._manifest is None:
            self._manifest = self._invoke(["parse"], progress=None).result

    def build(self, selection: Sequence[str], progress: Progress | None = None) -> None:
        """Build the selected seeds and models and run their tests; `progress` hears each node that is done.

        Raises TransformError naming the first node that failed, and why: always our bug, never a verdict.
        """
        self.parse()
        self._invoke(["build", "--select", *selection, *WITH_ITS_OWN_TESTS], progress)

    def _invoke(self, command: list[str], progress: Progress | None) -> Any:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        self._prepare_environment()
        callbacks = [] if progress is None else [_reporting(progress)]
        try:
            result = dbtRunner(manifest=self._manifest, callbacks=callbacks).invoke(command + self._flags())
        finally:
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]  # dbt's, untyped
        if not result.success:
            raise TransformError(f"dbt {command[0]}: {_reason(result)}")
        return result

    def _prepare_environment(self) -> None:
        os.environ["SEAMKEEPER_WORKING_DATABASE"] = str(self._settings.working_database)
        os.environ["SEAMKEEPER_SPILL"] = str(self._settings.spill)
        for folder in (
            self._settings.working_database.parent,
            self._settings.dbt_target,
            self._settings.dbt_logs,
        ):
            folder.mkdir(parents=True, exist_ok=True)

    def _flags(self) -> list[str]:
        project = str(self._settings.project / "dbt_project")
        return [
            *("--project-dir", project, "--profiles-dir", project),
            *("--target-path", str(self._settings.dbt_target), "--log-path", str(self._settings.dbt_logs)),
            *(
                "--quiet",
                "--log-level",
                "none",
                "--log-level-file",
                "warn",
                "--no-send-anonymous-usage-stats",
                "--no-write-json",  # nobody reads the artifacts, and writing them takes a second each time
            ),
        ]


def warm_up() -> None:
    """Import dbt now, while something else is waiting."""
    import dbt.cli.main  # noqa: F401


def _reporting(progress: Progress) -> Callable[[Any], None]:
    def report(event: Any) -> None:
        if event.info.name == "NodeFinished":
            progress(event.data.node_info.node_name)

    return report


def _reason(result: Any) -> str:
    """The first failed node and its message in one line, or the exception dbt ended with."""
    if result.exception is not None:
        return " ".join(without_values(str(result.exception)).split())
    failed = [node for node in result.result if node.status in ("error", "fail", "runtime error")]
    if not failed:
        return "failed without naming a model; see the dbt log"
    message = " ".join(without_values(failed[0].message or "no message").split())
    others = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"{failed[0].node.name}: {message}{others}; see {failed[0].node.original_file_path}"
