"""Does `discover` say what Salesforce and Zendesk have, and `reconcile` what a pull of theirs missed?"""

import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows import cli, warehouse
from flows.settings import Settings
from flows.sources import Pulling, pull, read_sources, sample
from flows.sources.salesforce_session import Session
from tests.conftest import ROOT
from tests.emulators.content import Person, Record, Store
from tests.emulators.faults import Fault
from tests.emulators.salesforce.org import Org
from tests.emulators.salesforce.schema import record_id
from tests.emulators.salesforce.server import Salesforce
from tests.emulators.serving import serve
from tests.emulators.zendesk.server import Zendesk

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
HANDOFF = "ae_to_onboarding"


@dataclass(frozen=True)
class Vendor:
    """A vendor's words for the same seven records: three end well, every other one has its buyer."""

    kind: str
    object: str
    ids: tuple[str, ...]
    people: tuple[str, str]
    stage: str
    stages: tuple[str, str]
    owner: str
    buyer: str
    buyer_place: str
    account: tuple[str, str]
    secrets: tuple[str, ...]

    def store(self) -> Store:
        """Seven records a minute apart, owned by one with a team, and an account."""
        ann, bob = self.people
        people = [Person(ann, ann, "ann@example.org", "Ann", "Ås", "Desk", AT, AT)]
        store = Store(people=[*people, Person(bob, bob, "bob@example.org", "Bob", "B", None, AT, AT)])
        account = store.add(Record(*self.account, AT, AT))
        account.note("Name" if self.kind == "salesforce" else "name", "Café Zürich", AT)
        for number, id_ in enumerate(self.ids):
            at = AT + timedelta(minutes=number)
            record = store.add(Record(self.object, id_, at, at))
            record.note(self.stage, self.stages[0], at, ann)
            record.note(self.owner, ann if number < 2 else bob, at, ann)
            record.note(self.buyer, "tbd" if number % 2 else "Ada", at, ann)
            if number > 3:
                record.note(self.stage, self.stages[1], at + timedelta(seconds=20), ann)
        return store

    def served(self, store: Store) -> Any:
        """Pages of two, where the vendor lets us."""
        if self.kind == "zendesk":
            return Zendesk(store)
        return Salesforce(Org(store, untracked={"Opportunity.Economic_Buyer__c"}), batch=2)


SALESFORCE = Vendor(
    kind="salesforce",
    object="Opportunity",
    ids=tuple(record_id("Opportunity", number) for number in range(1, 8)),
    people=(record_id("User", 7), record_id("User", 8)),
    stage="StageName",
    stages=("Prospecting", "Closed Won"),
    owner="OwnerId",
    buyer="Economic_Buyer__c",
    buyer_place="Economic_Buyer__c",
    account=("Account", record_id("Account", 1)),
    secrets=("CRM_CLIENT_ID", "CRM_CLIENT_SECRET"),
)
ZENDESK = Vendor(
    kind="zendesk",
    object="ticket",
    ids=tuple(str(number) for number in range(101, 108)),
    people=("370000000001", "370000000002"),
    stage="status",
    stages=("open", "solved"),
    owner="assignee_id",
    buyer="Economic buyer",
    buyer_place="economic_buyer",
    account=("organization", "360000000001"),
    secrets=("CRM_TOKEN",),
)


class Project:
    """A project whose only source is an emulated vendor."""

    def __init__(self, vendor, store, served, folder, monkeypatch):
        self.vendor, self.store, self.served = vendor, store, served
        self.project = folder / "project"
        for name in ("contracts", "dbt_project", "expectations"):
            shutil.copytree(ROOT / name, self.project / name, ignore=shutil.ignore_patterns("__pycache__"))
        (self.project / "sources.toml").write_text(f'[crm]\nkind = "{vendor.kind}"\nurl = "{served.url}"\n')
        monkeypatch.setenv("SEAMKEEPER_PROJECT", str(self.project))
        monkeypatch.setenv("SEAMKEEPER_HOME", str(folder / "home"))
        told = served.vendor.client if vendor.kind == "salesforce" else (served.vendor.token,)
        for name, secret in zip(vendor.secrets, told, strict=True):
            monkeypatch.setenv(name, secret)
        self.settings = Settings.from_environment()

    def samples(self, most=1000):
        (source,) = read_sources(self.settings)
        samples, _ = sample(source, Pulling(self.settings, "discover"), most)
        return {one.object: one for one in samples}

    def pull(self):
        (source,) = read_sources(self.settings)
        return pull(source, Pulling(self.settings, "run-1", not self.settings.working_database.exists()))

    def change(self, query):
        with closing(warehouse.connect(self.settings.working_database)) as connection:
            connection.execute(query)

    def row(self, id_):
        """Of a raw record: whether it is deleted, was so when it was recorded, and is still to be told."""
        with closing(warehouse.connect(self.settings.working_database)) as connection:
            return connection.execute(
                f"SELECT content ->> '$.deleted', before ->> '$.deleted', _is_new "
                f"FROM raw_{self.vendor.kind}.records WHERE object = ? AND id = ?",
                [self.vendor.object, id_],
            ).fetchone()


@pytest.fixture(params=[SALESFORCE, ZENDESK], ids=lambda vendor: vendor.kind)
def vendor(request):
    return request.param


@pytest.fixture
def project(vendor, tmp_path, monkeypatch):
    store = vendor.store()
    with serve(vendor.served(store)) as served:
        yield Project(vendor, store, served, tmp_path, monkeypatch)


def test_a_vendor_is_discovered_without_a_run_and_only_read(project, vendor, capsys):
    assert cli.main(["discover", "crm", "--handoff", HANDOFF]) == 0
    told = capsys.readouterr().out
    assert f"{vendor.object}: 7 there, 7 looked at" in told
    assert f"{vendor.account[0]}: 1 there, 1 looked at" in told
    assert f"3 came to {vendor.stages[1]} ({vendor.stage} = {vendor.stages[1]})" in told
    page = (project.settings.home / "discovered/crm/index.html").read_text()
    assert "57%" in page  # four of seven
    assert "<code>tbd</code> × 3" in page
    assert not project.settings.working_database.exists()
    written = [request.path for request in project.served.requests if request.method != "GET"]
    assert all(path == "/services/oauth2/token" for path in written)


def test_a_type_without_its_right_is_skipped_and_said_so(project, vendor, capsys):
    account = vendor.account[0]
    project.served.faults.add(Fault(f"{account}(/describe|s.json)", "403", times=None))
    assert cli.main(["discover", "crm"]) == 0
    told = capsys.readouterr().out
    assert f"{vendor.object}: 7 there, 7 looked at" in told
    assert f"{account}: not looked at: source crm: " in told
    assert "grant the scope or permission it names" in told


def test_what_fails_otherwise_is_no_missing_right(project, vendor, capsys):
    project.served.faults.add(Fault(f"{vendor.account[0]}(/describe|s.json)", "400", times=None))
    assert cli.main(["discover", "crm"]) == 1
    assert "not looked at" not in capsys.readouterr().out


@pytest.mark.parametrize("vendor", [SALESFORCE])
def test_a_type_that_salesforce_hides_is_skipped_and_said_so(project, monkeypatch, capsys):
    seen = Session.objects
    monkeypatch.setattr(Session, "objects", lambda session: seen(session) - {"Account"})
    assert cli.main(["discover", "crm"]) == 0
    told = capsys.readouterr().out
    assert (
        "Account: not looked at: source crm: the org shows this user no Account; grant it the right" in told
    )


def test_a_draft_names_the_type_and_the_stage(project, vendor):
    assert cli.main(["discover", "crm", "--handoff", HANDOFF]) == 0
    draft = (project.settings.home / f"discovered/crm/{HANDOFF}.yaml").read_text()
    place = f"{vendor.kind}.{vendor.object}"
    assert f"record: {place}\n" in draft
    last = vendor.stages[1] if "Won" in vendor.stages[1] else vendor.stages[0]
    times = 3 if "Won" in last else 7
    assert f"  triggered: '{place}.{vendor.stage} = {last}'    # {last}: {times} of 7 came there\n" in draft
    assert f'"source": "{place}.{vendor.buyer_place}"' in draft


def test_stages_say_who_is_there_and_who_ever_was(project, vendor):
    first, last = vendor.stages
    stages = {stage.value: (stage.now, stage.ever) for stage in project.samples()[vendor.object].stages}
    assert stages == {first: (4, 7), last: (3, 3)}


def test_only_what_the_vendor_keeps_has_a_history(project, vendor):
    properties = {one.name: one.has_history for one in project.samples()[vendor.object].properties}
    assert properties[vendor.stage]
    if vendor is SALESFORCE:
        assert not properties["Economic_Buyer__c"]
        assert not properties["SystemModstamp"]
    else:
        assert properties["economic_buyer"]
        assert not properties["description"]
        assert not any(one.has_history for one in project.samples()["organization"].properties)


def test_a_sample_is_the_records_changed_last_and_says_whose_they_are(project, vendor):
    assert project.samples()[vendor.object].owners == {"Desk": 2}
    project.store.delete(vendor.object, vendor.ids[5], AT + timedelta(days=1))
    project.store.set(vendor.object, vendor.ids[0], AT + timedelta(days=1), {vendor.buyer: "Bea"})
    few = project.samples(3)[vendor.object]
    assert few.total == 6
    assert [record[vendor.buyer_place] for record in few.records] == ["Bea", "Ada", "Ada"]
    assert few.owners == {"Desk": 1}


def test_every_value_of_a_sample_is_text(project):
    for one in project.samples().values():
        for record in one.records:
            assert {type(value) for value in record.values()} <= {str, type(None)}


@pytest.mark.parametrize("vendor", [SALESFORCE])
def test_fields_that_no_one_query_holds_are_read_by_several(project, monkeypatch):
    whole = project.samples()
    monkeypatch.setattr("flows.sources.salesforce_samples.FIELDS", 3)
    monkeypatch.setattr("flows.sources.salesforce_samples.IDS", 2)
    assert project.samples() == whole


@pytest.mark.parametrize("vendor", [ZENDESK])
def test_no_more_is_exported_than_the_newest_need(project):
    recently = datetime.now(UTC) - timedelta(minutes=30)
    project.store.set("ticket", "101", recently, {"status": "pending"}, ZENDESK.people[0])
    one = project.samples(1)["ticket"]
    assert {stage.value: (stage.now, stage.ever) for stage in one.stages} == {
        "pending": (1, 1),
        "open": (0, 1),
    }
    asked = [request for request in project.served.requests if "/incremental/ticket" in request.path]
    assert len(asked) == 2  # tickets and their events of the last hour


@pytest.mark.parametrize("is_recorded", [True, False])
def test_what_changed_without_a_change_for_us_is_not_missed(project, vendor, capsys, is_recorded):
    project.pull()
    project.change(f"UPDATE raw_{vendor.kind}.records SET _is_new = {not is_recorded}")
    for kind in (vendor.object, vendor.account[0]):
        project.store.touch(kind, AT + timedelta(days=2))
    project.pull()
    assert cli.main(["reconcile", "crm"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("vendor", [ZENDESK])
def test_what_an_export_could_not_have_is_not_missed(project, vendor, capsys):
    project.pull()
    project.change(f"DELETE FROM raw_zendesk.records WHERE object = 'ticket' AND id = '{vendor.ids[1]}'")
    (changed_at,) = (one.modified for one in project.store.all(vendor.object) if one.id == vendor.ids[1])
    for seconds, code in ((59, 0), (61, 1)):
        pulled_at = changed_at + timedelta(seconds=seconds)
        project.change(f"UPDATE raw_zendesk.pulls SET pulled_at = '{pulled_at.isoformat()}'")
        assert cli.main(["reconcile", "crm"]) == code, capsys.readouterr().out


def test_reconcile_finds_what_is_missing_and_what_is_older(project, vendor, capsys):
    project.store.delete(vendor.object, vendor.ids[5], AT + timedelta(days=1))
    project.pull()
    assert cli.main(["reconcile", "crm"]) == 0
    project.change(f"DELETE FROM raw_{vendor.kind}.records WHERE id = '{vendor.ids[1]}'")
    project.change(
        f"UPDATE raw_{vendor.kind}.records SET changed_at = changed_at - INTERVAL 1 SECOND "
        f"WHERE id = '{vendor.ids[2]}'"
    )
    capsys.readouterr()
    assert cli.main(["reconcile", "crm"]) == 1
    told = capsys.readouterr().out
    assert f"missing: {vendor.object} {vendor.ids[1]}, changed 2026-01-05" in told
    assert f"older here: {vendor.object} {vendor.ids[2]}" in told
    assert "1 missing here, 1 older here, 0 gone there, 0 changed since the last pull" in told
    assert "8 records there" in told


def test_what_is_held_and_no_longer_listed_is_gone_there_unless_it_is_known_as_deleted(
    project, vendor, capsys
):
    project.store.delete(vendor.object, vendor.ids[5], AT + timedelta(days=1))
    project.pull()
    for place in (3, 5):
        project.store.purge(vendor.object, vendor.ids[place])
    capsys.readouterr()
    assert cli.main(["reconcile", "crm"]) == 1
    told = capsys.readouterr().out
    assert f"gone there: {vendor.object} {vendor.ids[3]}, changed 2026-01-05" in told
    assert "6 records there, 0 missing here, 0 older here, 1 gone there" in told
    assert "seamkeeper reconcile crm --mark-gone" in told


def test_what_is_gone_there_can_be_marked_and_is_told_as_deleted_then(project, vendor, capsys):
    project.pull()
    project.change(f"UPDATE raw_{vendor.kind}.records SET _is_new = false")
    project.store.purge(vendor.object, vendor.ids[3])
    assert cli.main(["reconcile", "crm", "--mark-gone"]) == 0
    assert "1 marked as deleted; the next run records it" in capsys.readouterr().out
    assert cli.main(["reconcile", "crm"]) == 0
    assert "0 gone there" in capsys.readouterr().out
    told = project.row(vendor.ids[3])
    assert told == ("true", None, True)  # as it was recorded, for staging to tell the change
    project.pull()
    assert project.row(vendor.ids[3]) == told


def test_where_nothing_of_a_type_is_listed_nothing_is_marked(project, vendor, capsys):
    project.pull()
    for id_ in vendor.ids:
        project.store.purge(vendor.object, id_)
    assert cli.main(["reconcile", "crm", "--mark-gone"]) == 1
    assert f"it lists no {vendor.object} at all; grant the right" in capsys.readouterr().err
