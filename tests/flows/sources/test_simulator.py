import json
from contextlib import closing
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.errors import SourceError
from flows.settings import Source
from flows.sources import Pulling, pull
from flows.warehouse import connect

OPTIONS = {"packets": 20, "seed": 7, "months": 2, "until": datetime(2026, 7, 1, tzinfo=UTC)}


@pytest.fixture
def companies(monkeypatch):
    """The companies made up so far: `simulate` is replaced by one that writes two events."""
    made = []

    def simulate(catalogue, *, out, **told):
        made.append(told)
        (out / "events").mkdir()
        events = {name: [name, name] for name in ("id", "source", "type", "time")}
        pq.write_table(pa.table(events), out / "events" / "2026-01.parquet")
        (out / "truth.json").write_text(json.dumps({"catalogue": catalogue}))

    monkeypatch.setattr("flows.simulation.simulate", simulate)
    monkeypatch.setattr("contracts.load_catalogue", str)
    return made


def practise(settings, run_id="run-1", **options):
    return pull(Source("practice", "simulator", options={**OPTIONS, **options}), Pulling(settings, run_id))


def test_a_company_is_made_up_as_told_and_pulled(settings, companies):
    assert practise(settings).rows == 2
    assert companies == [OPTIONS]
    with closing(connect(settings.working_database, settings=settings)) as connection:
        found = connection.execute("SELECT DISTINCT _origin, id FROM raw_simulator.events").fetchall()
    assert found == [("practice", "id")]
    assert json.loads((settings.simulator / "practice" / "truth.json").read_text()) == {
        "catalogue": str(settings.project)
    }


def test_a_company_is_made_up_once(settings, companies):
    practise(settings, "run-1")
    assert practise(settings, "run-2").skipped_files == 1
    assert len(companies) == 1


def test_other_options_make_another_company(settings, companies):
    practise(settings)
    assert practise(settings, "run-2", seed=8).rows == 2
    assert [told["seed"] for told in companies] == [7, 8]


def test_half_a_company_is_made_up_anew(settings, companies, monkeypatch):
    practise(settings)
    (settings.simulator / "practice" / "options.json").unlink()
    practise(settings, "run-2")
    assert len(companies) == 2
    assert [path.name for path in settings.simulator.iterdir()] == ["practice"]


def test_a_full_disk_is_one_clear_line_and_no_half_company_stays(settings, companies, monkeypatch):
    def full(catalogue, **told):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("flows.simulation.simulate", full)
    with pytest.raises(
        SourceError, match=r"source practice: the company could not be written .*No space left"
    ):
        practise(settings)
    assert list(settings.simulator.iterdir()) == []
