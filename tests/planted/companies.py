"""Which figures does the house publish about companies of some seeds? All made up, one run, the scorecard read.

In: a house that is used again, seeds and their churn. Out: a `Company` per seed: per handoff, metric and breakdown the
published figure of its motion over all periods, and what the simulator counted itself.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb

from contracts import Catalogue, load_catalogue
from flows.simulation import Churn, simulate

if TYPE_CHECKING:
    from tests.conftest import House

ROOT = Path(__file__).parents[2]
HANDOFFS = ("sdr_to_ae", "ae_to_onboarding", "onboarding_to_cs", "support_to_expansion")
"""A middling one, a leaking one, a good one and one that drops packets; each sells or serves by elapsed hours, in
which waits have a distribution one can write down."""
SIGNING = "ae_to_onboarding"
PACKETS, MONTHS, UNTIL = 3000, 24, datetime(2026, 7, 1, tzinfo=UTC)
NO_EFFECT = Churn(leaky=0.12, other=0.12)
SOURCES = """
[company]
kind = "events"
path = "events/*.parquet"
zone = "Europe/Berlin"
"""

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Figure:
    """One row of the scorecard: the value with its 95 % interval."""

    handoff: str
    metric: str
    breakdown: str
    value: float | None
    numerator: int | None
    n: int
    low: float | None
    high: float | None

    @property
    def key(self) -> Key:
        return self.handoff, self.metric, self.breakdown


@dataclass(frozen=True)
class Company:
    """What was published about a company, and per handoff what its simulator counted."""

    seed: int
    figures: tuple[Figure, ...]
    realised: dict[str, dict[str, Any]]

    def as_record(self) -> dict[str, Any]:
        """For a line of JSON."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: dict[str, Any]) -> Company:
        return cls(record["seed"], tuple(Figure(**each) for each in record["figures"]), record["realised"])


def contracts_of(handoffs: Sequence[str]) -> dict[str, str]:
    """The shipped contracts of some handoffs, as House takes them."""
    return {f"{name}.yaml": (ROOT / "contracts" / f"{name}.yaml").read_text("utf-8") for name in handoffs}


def read_by_quarter(house: House) -> None:
    """Leave out weeks and months, nine tenths of the scorecard's rows: nobody reads them here."""
    model = house.project / "dbt_project/models/intermediate/scorecard/int_periods.sql"
    query = model.read_text("utf-8")
    model.write_text(f"select * from (\n{query}\n) where grain in ('quarter', 'all')\n", "utf-8")


def run_companies(house: House, churns: Mapping[int, Churn], packets: int = PACKETS) -> list[Company]:
    """Make up a company per seed with its churn, and let the house run once over all of them, each a motion of its own.

    Forgets the companies before. A motion's figures are its company's: no account, subject or event is shared. Missing
    are the packets whose trigger was lost (two of a thousand), for it is the trigger that tells the motion.
    """
    shutil.rmtree(house.settings.home, ignore_errors=True)
    catalogue, events = load_catalogue(house.project), house.project / "events"
    shutil.rmtree(events, ignore_errors=True)
    events.mkdir()
    realised = {}
    for seed, churn in churns.items():
        with TemporaryDirectory() as folder:
            truth = simulate(catalogue, packets, seed, MONTHS, Path(folder), UNTIL, churn=churn)
            _set_apart(Path(folder) / "events", events, seed)
        realised[seed] = {handoff: figures["realised"] for handoff, figures in truth.handoffs.items()}
    house.run(UNTIL)
    assert house.rows("SELECT count(*) FROM quarantine") == [(0,)]
    names = ", ".join(Figure.__dataclass_fields__)
    rows = house.dicts(
        f"SELECT dimension_value, {names} FROM handoff_scorecard "
        "WHERE dimension = 'motion' AND grain = 'all' ORDER BY ALL"
    )
    figures: dict[str, list[Figure]] = defaultdict(list)
    for row in rows:
        told = vars(row)
        figures[told.pop("dimension_value")].append(Figure(**told))
    return [Company(seed, tuple(figures[str(seed)]), realised[seed]) for seed in churns]


def _set_apart(company: Path, events: Path, seed: int) -> None:
    """Copy a company's event files; its ids begin with the seed, which is the motion of its packets."""
    ids = ", ".join(f"{seed} || '-' || {name} AS {name}" for name in ("id", "account", "subject"))
    with closing(duckdb.connect()) as connection:
        for path in sorted(company.glob("*.parquet")):
            connection.execute(
                f"COPY (SELECT * REPLACE ({ids}, "
                f"CASE WHEN type = 'handoff.triggered' THEN '{seed}' ELSE motion END AS motion) "
                f"FROM '{path}') TO '{events}/{seed:03}-{path.name}' (FORMAT parquet)"
            )


def catalogue_of(house: House) -> Catalogue:
    """The contracts by which the companies are judged."""
    return load_catalogue(house.project)
