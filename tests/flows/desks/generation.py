"""What do tests of tickets tell them from? A generation that is written by hand, without a run."""

import json
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

from contracts import load_catalogue
from flows import acts, desks, warehouse

ROOT = Path(__file__).parents[3]
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
SEAM = "ae_to_onboarding"
TABLES = """
    create table handoff_packets (
        packet_id varchar, handoff varchar, subject varchar, cycle integer default 1, account varchar,
        status varchar default 'submitted', is_complete_now boolean default false, is_dropped boolean,
        contract_version varchar, sender varchar default 'ann', sender_team varchar default 'sales',
        subject_name varchar default 'Secret Name', record_url varchar,
        triggered_at timestamptz default '2026-06-10 10:00:00+00', crossed_at timestamptz,
        submit_due_at timestamptz default '2026-06-11 10:00:00+00',
        as_of timestamptz default '2026-07-01 00:00:00+00'
    );
    create table packet_attempts (packet_id varchar, attempt integer, due_at timestamptz);
    create table contract_failures (
        packet_id varchar, moment varchar, field varchar, fault varchar, severity varchar default 'critical'
    );
    create table dim_account (account varchar, churned_at timestamptz);
    create table reunifications (
        packet_id varchar, handoff varchar, state varchar default 'overdue', due_at timestamptz,
        owner varchar default 'amy', owner_team varchar default 'sales'
    );
    create table dim_handoff (handoff varchar, contract_version varchar, decisions_from date, not_judged varchar);
    create table sla_clocks (
        packet_id varchar, attempt integer default 1, clock varchar default 'accept', round integer default 1,
        court varchar default 'receiver', state varchar default 'running',
        due_at timestamptz default '2026-06-15 10:00:00+00', stopped_at timestamptz,
        owner varchar default 'bob', told varchar default 'bob', told_as varchar default 'owner',
        escalated_at timestamptz
    );
"""


class Generation:
    """What is published, changed by SQL; and the tickets that follow from it."""

    def __init__(self, settings) -> None:
        self.settings = settings
        folder = settings.published / "g1"
        folder.mkdir(parents=True)
        (settings.published / "current").symlink_to("g1")
        self.path = folder / "seamkeeper.duckdb"
        self.change(TABLES)
        shipped = load_catalogue(ROOT)
        self.catalogue = self.asked_from(shipped, date(2026, 6, 1))
        self.version = shipped.contract(SEAM).current.version
        self.change("insert into dim_handoff values (?, ?, '0001-01-01', null)", SEAM, self.version)

    @staticmethod
    def asked_from(catalogue, day):
        organisation = catalogue.organisation.model_copy(update={"alerts_from": day})
        return type(catalogue)(organisation, catalogue.contracts)

    def change(self, sql, *values):
        with closing(warehouse.connect(self.path)) as connection:
            connection.execute(sql, list(values) or None)

    def packet(self, subject="deal-1", faults=(("go_live_on", "missing"),), **columns):
        packet_id = f"{SEAM}:{subject}:{columns.get('cycle', 1)}"
        told = {
            "packet_id": packet_id,
            "handoff": SEAM,
            "subject": subject,
            "contract_version": self.version,
            **columns,
        }
        marks = ", ".join("?" * len(told))
        self.change(f"insert into handoff_packets ({', '.join(told)}) values ({marks})", *told.values())
        self.change("insert into packet_attempts values (?, 1, null)", packet_id)
        for fault in faults:
            self.change(
                "insert into contract_failures (packet_id, moment, field, fault) values (?, 'now', ?, ?)",
                packet_id,
                *fault,
            )

    def clock(self, subject="deal-1", **columns):
        told = {"packet_id": f"{SEAM}:{subject}:1", **columns}
        marks = ", ".join("?" * len(told))
        self.change(f"insert into sla_clocks ({', '.join(told)}) values ({marks})", *told.values())

    def reasons(self):
        """Why each act was made, in order."""
        return [json.loads(text)["why"] for *_, text in acts.documents(self.settings)]

    def tell(self, as_of=AS_OF, **how):
        configured = desks.read_desks(self.settings, self.catalogue)
        return desks.tell(self.settings, self.catalogue, configured, "run-1", as_of, **how)

    def tickets(self):
        return [path.read_text() for path in sorted((self.settings.home / "tickets").glob("*.md"))]

    def states(self):
        return [text.splitlines()[1] for text in self.tickets()]
