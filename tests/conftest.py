"""What do end-to-end tests share? A house of its own: a copied project, its home, nights without a server."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contracts import load_catalogue
from flows import compiling, control, steps, transform, warehouse
from flows.settings import Settings
from tests.plain_sql import PlainSql

ROOT = Path(__file__).parents[1]
REAL_DATA = ROOT.parent / "shared" / "data"
LONGEST_FIRST = (
    "flows/test_nightly.py",
    "test_restatements.py",
    "flows/test_cli.py",
    "test_company.py",
    "planted/test_ten_companies.py",
    "test_vendors.py",
    "flows/test_steps.py",
    "flows/test_bad_input.py",
    "flows/sources/test_layouts.py",
    "flows/sources/test_loading.py",
    "flows/sources/test_hubspot.py",
    "oracle/test_agreement.py",
    "test_tickets.py",
    "test_replay.py",
    "test_servicenow.py",
    "test_write_back.py",
)
"""Files that take long begin first, so that no worker is left alone with one of them at the end."""
SIMULATED = """
[company]
kind = "simulator"
packets = 2500
seed = 11
months = 24
until = 2026-07-01T00:00:00Z
"""


class House:
    """A copied project with its own home: same installation, contracts and sources of its own."""

    def __init__(
        self, folder: Path, sources: str, contracts: dict[str, str] | None = None, *, with_dbt: bool = False
    ) -> None:
        """`contracts` (file name → text) take the place of the nine; `sources` is what sources.toml says.

        Without dbt its models are run by tests/plain_sql.py: the same tables, in a quarter of the time.
        """
        self.project = folder / "project"
        self.settings = Settings(self.project, folder / "home", folder / "home" / "ledger")
        self._with_dbt = with_dbt
        self.transformer = self._new_transformer()
        self.counts: dict[str, Any] = {}
        if self.project.exists():
            return
        for name in ("dbt_project", "expectations/suites"):
            shutil.copytree(ROOT / name, self.project / name)
        (self.project / "contracts").mkdir()
        for path in (ROOT / "contracts").glob("organisation.yaml" if contracts else "*.yaml"):
            shutil.copy(path, self.project / "contracts")
        self.declare(sources)
        if contracts:
            self.write_contracts(contracts)
            self.compile()

    @property
    def environment(self) -> dict[str, str]:
        """The three roots, for the command line."""
        roots = {"PROJECT": self.project, "HOME": self.settings.home, "LEDGER": self.settings.ledger}
        return {f"SEAMKEEPER_{name}": str(path) for name, path in roots.items()}

    def declare(self, sources: str) -> None:
        (self.project / "sources.toml").write_text(sources, encoding="utf-8")

    def write_contracts(self, contracts: dict[str, str]) -> None:
        for name, text in contracts.items():
            (self.project / "contracts" / name).write_text(text, encoding="utf-8")

    def compile(self) -> list[str]:
        """Make the compiled files equal to the contracts; the models are parsed anew."""
        self.transformer = self._new_transformer()
        return compiling.write(self.project, compiling.compiled(load_catalogue(self.project)))

    def _new_transformer(self) -> Any:
        """dbt parses a project once: a changed one needs another."""
        return transform.Transformer(self.settings) if self._with_dbt else PlainSql(self.settings)

    def run(self, as_of: datetime | None = None, began_at: datetime | None = None) -> Path:
        """One night as flows/nightly.py does it; returns the current generation, leaves `counts` per verb.

        `began_at`: when what has no history is seen, if not now.
        """
        run_id, sources = steps.new_run_id(), steps.choose_sources(self.settings)
        self.counts = {}
        with control.lease(self.settings, run_id) as lease:
            run = steps.begin(self.settings, sources, run_id, as_of, lease.token, lambda _: None)
            run = replace(run, transformer=self.transformer)  # dbt parses once per house
            run = replace(run, began_at=began_at or run.began_at)
            self._perform(run, steps.pull, steps.stage, steps.record)
            if (current := steps.published_already(run)) is not None:
                return current
            self._perform(run, steps.shape, steps.judge, steps.score, steps.publish)
        return Path(self.counts["publish"])

    def _perform(self, run: steps.Run, *verbs: Any) -> None:
        for verb in verbs:
            self.counts[verb.__name__] = verb(run)

    def rows(self, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """What the current generation answers."""
        path = self.settings.published / "current" / "seamkeeper.duckdb"
        with closing(warehouse.connect(path, read_only=True)) as connection:
            return connection.execute(query, parameters).fetchall()

    def dicts(self, query: str, parameters: Any = None) -> list[SimpleNamespace]:
        """The same, with names."""
        path = self.settings.published / "current" / "seamkeeper.duckdb"
        with closing(warehouse.connect(path, read_only=True)) as connection:
            found = connection.execute(query, parameters)
            names = [column[0] for column in found.description or []]
            return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in found.fetchall()]

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every published table, sorted, without run_id and as_of."""
        columns = "* EXCLUDE (run_id, as_of)"
        return {name: self.rows(f"SELECT {columns} FROM {name} ORDER BY ALL") for name in steps.PUBLISHED}

    def figure(self, metric: str, handoff: str, breakdown: str = "") -> SimpleNamespace:
        """The scorecard's row over all packets of a handoff."""
        (row,) = self.dicts(
            "SELECT * FROM handoff_scorecard WHERE dimension = 'all' AND grain = 'all' "
            "AND metric = ? AND handoff = ? AND breakdown = ?",
            [metric, handoff, breakdown],
        )
        return row

    def write_events(self, name: str, events: list[dict[str, Any]]) -> Path:
        """A CSV file of events below the project, ids given where they have none."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        columns = list(dict.fromkeys(["id", *(column for event in events for column in event)]))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows({"id": f"{path.stem}-{n}", **event} for n, event in enumerate(events))
        return path


def crossing(handoff: str, subject: str, when: str, **fields: Any) -> list[dict[str, Any]]:
    """The events of a packet that was filled, submitted and accepted at once."""
    packet = {"source": "crm", "time": when, "handoff": handoff, "subject": subject}
    filled = [
        {**packet, "type": "handoff.field_set", "field": name, "value": value, "actor": "ann"}
        for name, value in fields.items()
    ]
    acts = {"triggered": "ann", "submitted": "ann", "accepted": "bob", "crossed": "bob"}
    return [*filled, *({**packet, "type": f"handoff.{act}", "actor": actor} for act, actor in acts.items())]


def pytest_collection_modifyitems(items):
    places = {str(ROOT / "tests" / name): place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(str(item.path), len(places)))


@pytest.fixture(scope="module")
def new_house(tmp_path_factory):
    """House of one's own: sources.toml and, instead of the nine, contracts."""

    def build(sources: str, contracts: dict[str, str] | None = None) -> House:
        return House(tmp_path_factory.mktemp("house"), sources, contracts)

    return build


@pytest.fixture(scope="session")
def house_of():
    """The class itself: a folder, what sources.toml says, contracts."""
    return House


@pytest.fixture(scope="session")
def crossing_events():
    return crossing


@pytest.fixture(scope="session")
def real_data():
    """Finds a file of the real data beside the checkout; where it is missing, the test is skipped."""

    def find(name: str) -> Path:
        path = REAL_DATA / name
        if not path.exists():
            pytest.skip(f"{path} is not here")
        return path

    return find


@pytest.fixture(scope="session")
def company(tmp_path_factory):
    """About 2,500 packets over 24 months, run once: `truth` is what the simulator planted, `as_of` when.

    Only read afterwards, so that parallel workers share it: whoever comes first builds it.
    """
    base, as_of = tmp_path_factory.getbasetemp(), datetime(2026, 7, 1, tzinfo=UTC)
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "company"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        house = House(folder, SIMULATED, with_dbt=True)
        if not house.settings.published.exists():
            house.run()
    truth = json.loads((house.settings.simulator / "company" / "truth.json").read_text(encoding="utf-8"))
    return SimpleNamespace(house=house, truth=truth, as_of=as_of, zone=truth["company"]["zone"])
