"""Does `simulate` keep its word? The same arguments, the same values; any catalogue; clear refusals."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from contracts import Catalogue
from contracts.errors import ConfigurationError, SourceError
from flows.simulation import simulate

UNZONED = datetime.fromisoformat("2026-07-01T00:00:00")


def tables(folder):
    return {path.name: pq.read_table(path) for path in sorted((folder / "events").glob("*.parquet"))}


def without(catalogue, *ids):
    kept = tuple(contract for contract in catalogue.contracts if contract.id not in ids)
    return Catalogue(catalogue.organisation, kept)


def with_tenth(catalogue):
    """The nine and one more handoff, with the fields of the renewal."""
    model = catalogue.contract("cs_to_renewal")
    version = model.current.model_copy(update={"handoff": "partner_to_partner"})
    tenth = model.model_copy(update={"id": "partner_to_partner", "number": "H10", "versions": (version,)})
    return Catalogue(catalogue.organisation, (*catalogue.contracts, tenth))


def test_the_same_arguments_give_the_same_values(catalogue, tmp_path):
    for name in ("one", "two"):
        simulate(catalogue, packets=300, seed=11, months=4, out=tmp_path / name)
    first, second = tables(tmp_path / "one"), tables(tmp_path / "two")
    assert first.keys() == second.keys()
    assert all(first[name].equals(second[name]) for name in first)
    assert (tmp_path / "one/truth.json").read_bytes() == (tmp_path / "two/truth.json").read_bytes()


def test_another_seed_gives_another_company(catalogue, tmp_path):
    for seed in (1, 2):
        simulate(catalogue, packets=300, seed=seed, months=4, out=tmp_path / str(seed))
    assert (tmp_path / "1/truth.json").read_bytes() != (tmp_path / "2/truth.json").read_bytes()


def test_a_second_run_replaces_the_files_of_the_first(catalogue, tmp_path):
    simulate(catalogue, packets=200, seed=1, months=12, out=tmp_path)
    simulate(catalogue, packets=200, seed=1, months=2, out=tmp_path)
    assert {int(name.split("-")[1][:4]) for name in tables(tmp_path)} <= {1, 2, 3}


def test_several_blocks_make_one_company(catalogue, tmp_path, monkeypatch):
    monkeypatch.setattr("flows.simulation.BLOCK", 150)
    told = []
    truth = simulate(catalogue, 400, 5, 6, tmp_path, progress=lambda done, whole: told.append((done, whole)))
    assert told == [(150, 400), (300, 400), (400, 400)]
    assert sum(h["realised"]["packets"] for h in truth.handoffs.values()) == 400
    rows = [row for table in tables(tmp_path).values() for row in table.to_pylist()]
    starts = [row for row in rows if row["type"] in ("handoff.triggered", "handoff.submitted")]
    subjects = {(row["handoff"], row["subject"], row["cycle"] or 1) for row in starts}
    assert len(subjects) == 400


def test_a_tenth_handoff_is_simulated_like_an_average_one(catalogue, tmp_path):
    truth = simulate(with_tenth(catalogue), packets=800, seed=3, months=12, out=tmp_path)
    assert truth.handoffs["partner_to_partner"]["realised"]["packets"] > 20


def test_a_company_without_the_funnel_has_customers_all_the_same(catalogue, tmp_path):
    small = without(catalogue, "marketing_to_sdr", "sdr_to_ae", "ae_to_onboarding", "onboarding_to_cs")
    truth = simulate(small, packets=300, seed=3, months=12, out=tmp_path)
    assert sum(h["realised"]["packets"] for h in truth.handoffs.values()) == 300


def test_until_may_be_any_instant(catalogue, tmp_path):
    until = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    truth = simulate(catalogue, packets=200, seed=3, months=5, out=tmp_path, until=until)
    assert truth.until == until.isoformat()


@pytest.mark.parametrize(
    "wrong", [{"packets": 0}, {"months": 0}, {"months": 241}, {"seed": -1}, {"until": UNZONED}]
)
def test_impossible_arguments_are_refused_in_one_line(catalogue, tmp_path, wrong):
    arguments = {"packets": 10, "seed": 1, "months": 1, "out": tmp_path} | wrong
    with pytest.raises(ConfigurationError, match=next(iter(wrong))) as refusal:
        simulate(catalogue, **arguments)
    assert "\n" not in str(refusal.value)


def test_no_active_contract_is_refused(catalogue, tmp_path):
    with pytest.raises(ConfigurationError, match="no active contract"):
        simulate(Catalogue(catalogue.organisation, ()), packets=10, seed=1, months=1, out=tmp_path)


def test_a_folder_that_cannot_be_written_is_named(catalogue, tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(SourceError, match="taken"):
        simulate(catalogue, packets=10, seed=1, months=1, out=tmp_path / "taken")


def test_an_unfinished_folder_has_no_truth(catalogue, tmp_path):
    def stop(done, whole):
        raise KeyboardInterrupt

    simulate(catalogue, packets=50, seed=1, months=1, out=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        simulate(catalogue, packets=50, seed=1, months=1, out=tmp_path, progress=stop)
    assert not (tmp_path / "truth.json").exists()
