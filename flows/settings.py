"""Where does everything live: whose project is read, where state is kept, where the ledger is.

In: three environment variables. Out: `Settings`, absolute paths and nothing else; no folder is created here.
A `Source` is what one table of `sources.toml` says, already checked (`flows.sources.read_sources` reads it).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Self

import flows
from contracts.errors import ConfigurationError

# dlt and DuckDB read these in the path of a file as the start of a pattern or the end of a text.
PATTERNS: Final = "'*?[]{}"


@dataclass(frozen=True)
class Source:
    """One table of `sources.toml`: a system whose events are pulled.

    `zone` is the IANA zone of its times that have none; `decisions = "trusted"` takes a decision by anyone.
    """

    name: str
    kind: str
    zone: str | None = None
    hourly: bool = False
    decisions: Literal["trusted"] | None = None
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """The three roots: the project is only read, home and the ledger hold all state."""

    project: Path
    home: Path
    ledger: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Roots from SEAMKEEPER_PROJECT, SEAMKEEPER_HOME and SEAMKEEPER_LEDGER, each with its default.

        Raises ConfigurationError if the project is no folder, if home or ledger is a file, or if its path has
        a character that dlt and DuckDB take for something else.
        """
        project = _root(environ, "SEAMKEEPER_PROJECT", Path(flows.__file__).parents[1])
        home = _root(environ, "SEAMKEEPER_HOME", project / ".seamkeeper")
        ledger = _root(environ, "SEAMKEEPER_LEDGER", home / "ledger")
        if not project.is_dir():
            raise ConfigurationError(
                f"SEAMKEEPER_PROJECT: {project} is no folder; set it to the checkout that is meant"
            )
        for name, path in (("SEAMKEEPER_HOME", home), ("SEAMKEEPER_LEDGER", ledger)):
            if path.exists() and not path.is_dir():
                raise ConfigurationError(
                    f"{name}: {path} is a file; set it to a folder, which need not exist yet"
                )
            if odd := set(str(path)) & set(PATTERNS):
                raise ConfigurationError(
                    f"{name}: {path} contains {min(odd)}; set it to a folder without {PATTERNS}"
                )
        return cls(project, home, ledger)

    @property
    def sources_file(self) -> Path:
        """Which sources are pulled."""
        return self.project / "sources.toml"

    @property
    def desks_file(self) -> Path:
        """Where tickets go; without it, to files."""
        return self.project / "desks.toml"

    @property
    def working_database(self) -> Path:
        """The DuckDB file that one run at a time writes; readers use `published`."""
        return self.home / "work" / "seamkeeper.duckdb"

    @property
    def spill(self) -> Path:
        """Where DuckDB puts what does not fit in memory."""
        return self.home / "work" / "spill"

    @property
    def published(self) -> Path:
        """Generations, and the link `current` to the newest good one."""
        return self.home / "published"

    @property
    def control_database(self) -> Path:
        """The small SQLite file of runs, lease and publish pointer."""
        return self.home / "control.sqlite"

    @property
    def dbt_target(self) -> Path:
        """What dbt compiles."""
        return self.home / "dbt" / "target"

    @property
    def dbt_logs(self) -> Path:
        """What dbt logs."""
        return self.home / "dbt" / "logs"

    @property
    def dlt_pipelines(self) -> Path:
        """What dlt remembers of each source."""
        return self.home / "dlt"

    @property
    def simulator(self) -> Path:
        """Companies that simulator sources made up, one folder per source."""
        return self.home / "simulator"

    @property
    def tickets(self) -> Path:
        """Tickets as files, one folder or more."""
        return self.home / "tickets"

    @property
    def inbox(self) -> Path:
        """Where decisions made on the command line wait for the next run."""
        return self.home / "inbox"


def _root(environ: Mapping[str, str], name: str, default: Path) -> Path:
    """The folder that this variable names, absolute; an empty variable is an unset one."""
    return Path(environ.get(name) or default).expanduser().absolute()
