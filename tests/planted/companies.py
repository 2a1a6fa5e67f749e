"""Which figures does the house publish about a company of a seed? One company made up, one run, its scorecard read.

In: a house that is used again for every company and a seed. Out: a `Company`: per handoff, metric
and breakdown the published figure of grain and dimension `all`, and what the simulator counted itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


def run_company(house: House, seed: int, packets: int = PACKETS, churn: Churn | None = None) -> Company:
    """Forget the company before, make up this one and let the house run once."""
    shutil.rmtree(house.settings.home, ignore_errors=True)
    truth = simulate(
        load_catalogue(house.project), packets, seed, MONTHS, house.project, UNTIL, churn=churn or Churn()
    )
    house.run(UNTIL)
    assert house.rows("SELECT count(*) FROM quarantine") == [(0,)]
    names = ", ".join(Figure.__dataclass_fields__)
    rows = house.dicts(
        f"SELECT {names} FROM handoff_scorecard WHERE dimension = 'all' AND grain = 'all' ORDER BY ALL"
    )
    realised = {handoff: figures["realised"] for handoff, figures in truth.handoffs.items()}
    return Company(seed, tuple(Figure(**vars(row)) for row in rows), realised)


def catalogue_of(house: House) -> Catalogue:
    """The contracts by which the companies are judged."""
    return load_catalogue(house.project)
