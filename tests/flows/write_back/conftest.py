"""What do tests of the write-back share? A generation written by hand, and a source that takes what it is told."""

from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from contracts import load_catalogue
from contracts.errors import SourceError
from flows import warehouse, write_back
from flows.settings import Settings
from flows.sources.writing import Answer

ROOT = Path(__file__).parents[3]
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
SEAM = "ae_to_onboarding"
TABLES = """
    create table packet_records (packet_id varchar, source_system varchar, object varchar, record_id varchar);
    create table handoff_packets (
        packet_id varchar, handoff varchar, cycle integer default 1, status varchar default 'submitted',
        is_complete_now boolean default false, contract_version varchar,
        triggered_at timestamptz default '2026-06-10 10:00:00+00'
    );
    create table gate_decisions (packet_id varchar, mode varchar default 'block', state varchar default 'closed');
    create table contract_failures (
        packet_id varchar, moment varchar, field varchar, fault varchar, severity varchar default 'critical'
    );
    create table dim_handoff (handoff varchar, is_current boolean, not_judged varchar);
"""


class Generation:
    """What is published, changed by SQL, a source that is told, and what it was told."""

    def __init__(self, settings) -> None:
        self.settings = settings
        folder = settings.published / "g1"
        folder.mkdir(parents=True)
        (settings.published / "current").symlink_to("g1")
        self.path = folder / "seamkeeper.duckdb"
        self.change(TABLES)
        self.shipped = load_catalogue(ROOT)
        self.catalogue = self.asked_from(date(2026, 6, 1))
        self.declare('[hubspot]\nkind = "hubspot"\n\n[hubspot.write_back]\n')
        self.told: list[dict[str, str]] = []
        self.answers: dict[str, Answer] = {}
        self.unwritable: dict[str, str] = {}
        self.fails: list[SourceError] = []
        self.most = 2

    def asked_from(self, day):
        organisation = self.shipped.organisation.model_copy(update={"alerts_from": day})
        return type(self.shipped)(organisation, self.shipped.contracts)

    def declare(self, text):
        self.settings.sources_file.write_text(text)

    def change(self, sql, *values):
        with closing(warehouse.connect(self.path)) as connection:
            connection.execute(sql, list(values) or None)

    def packet(
        self, record="101", faults=(), handoff=SEAM, state="closed", mode="block", object_="deal", **columns
    ):
        packet_id = f"{handoff}:{record}:{columns.get('cycle', 1)}"
        version = self.catalogue.contract(handoff).current.version
        told = {"packet_id": packet_id, "handoff": handoff, "contract_version": version, **columns}
        marks = ", ".join("?" * len(told))
        self.change(f"insert into handoff_packets ({', '.join(told)}) values ({marks})", *told.values())
        self.change("insert into packet_records values (?, 'hubspot', ?, ?)", packet_id, object_, record)
        self.change("insert into gate_decisions values (?, ?, ?)", packet_id, mode, state)
        for fault in faults:
            self.change(
                "insert into contract_failures values (?, 'now', ?, ?, 'critical')", packet_id, *fault
            )

    def opens(self, record="101", handoff=SEAM):
        """Everything that was missing is there, and it is accepted."""
        packet_id = f"{handoff}:{record}:1"
        self.change("delete from contract_failures where packet_id = ?", packet_id)
        self.change("update handoff_packets set is_complete_now = true where packet_id = ?", packet_id)
        self.change("update gate_decisions set state = 'open' where packet_id = ?", packet_id)

    def tell(self, as_of=AS_OF, run_id="run-1", **how):
        self.told.clear()
        return write_back.tell(self.settings, self.catalogue, run_id, as_of, **how)

    # -- the source ------------------------------------------------------------------------------------------

    def faults(self, object_, names):
        return {name: self.unwritable[name] for name in names if name in self.unwritable}

    def write(self, object_, texts):
        self.told += [{object_: record_id, **told} for record_id, told in texts.items()]
        if self.fails:
            raise self.fails.pop(0)
        return [self.answers.get(record_id, Answer(record_id)) for record_id in texts]


@pytest.fixture
def generation(tmp_path, monkeypatch):
    (tmp_path / "project").mkdir()
    made = Generation(Settings(tmp_path / "project", tmp_path / "home", tmp_path / "ledger"))
    monkeypatch.setattr(write_back, "writer", lambda *_: made)
    return made
