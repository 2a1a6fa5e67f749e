"""Do a loader's tables become the event rows that the vendor's API would make? Real Postgres, staging only."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.errors import SourceError
from flows import warehouse
from flows.settings import Settings, Source
from flows.sources import Pulling, pull, staging_of
from flows.sources.layouts import LAYOUTS
from tests.conftest import ROOT
from tests.flows.sources.postgres import cluster
from tests.plain_sql import PlainSql

SEEN_AT = datetime(2026, 6, 1, tzinfo=UTC)
SEEN = "2026-06-01 00:00:00+00"
APP = "https://app.example"
CONTRACT = "800000000000001AAA"
ENDED = """
    UPDATE salesforce.contract SET _fivetran_active = false, _fivetran_end = '2026-05-12T00:00:00Z'
    WHERE id LIKE '%1AAA' AND _fivetran_active"""
AGAIN = f"""
    INSERT INTO salesforce.contract VALUES ('{CONTRACT}', NULL, NULL, '001000000000001AAA', '2026-01-01T00:00:00Z',
        false, true, '2026-05-13T00:00:00Z', '9999-12-31T23:59:59.999Z', now())"""
"""A record that is deleted: its version ends without another, and has no newer cursor than before. And it is back."""
TABLES = Path(__file__).with_name("fivetran.sql")


class Night:
    """A warehouse that Fivetran fills, and a home to pull it into."""

    def __init__(self, postgres, home):
        self.postgres, self.settings, self.runs = postgres, Settings(ROOT, home, home / "ledger"), 0
        self.first_shapes = {}
        options = {"overlap_minutes": 60, "app_url": f"{APP}/"}
        self.sources = [
            Source(layout.system, "sql", options={"schema": layout.system, "layout": name, **options})
            for name, layout in LAYOUTS.items()
        ]

    def run(self):
        """Pull and stage; event rows are what is new. Recorded they are at the next run."""
        with closing(warehouse.connect(self.settings.working_database)) as connection:
            warehouse.settle(connection, staging_of(self.sources))
        for source in self.sources:
            at = SEEN_AT + timedelta(days=self.runs)
            pull(source, Pulling(self.settings, f"run-{self.runs}", started_at=at))
        self.runs += 1
        folders = staging_of(self.sources)
        PlainSql(self.settings).build([f"path:models/staging/{folder}" for folder in folders])

    def events(self, system, type_=None):
        """(subject or account, field or object it belongs to, value, time, actor, detail), in their order."""
        with closing(warehouse.connect(self.settings.working_database, read_only=True)) as connection:
            found = connection.execute(
                f"SELECT * FROM raw_fivetran_{system}.events WHERE type = coalesce(?, type) ORDER BY _row",
                [type_],
            )
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def changes(self, system, subject):
        return [
            (event["field"], event["value"], event["time"], event["actor"])
            for event in self.events(system, "record.changed")
            if event["subject"] == subject
        ]


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    with cluster() as postgres, pytest.MonkeyPatch.context() as patch:
        for layout in LAYOUTS.values():
            patch.setenv(f"{layout.system.upper()}_URL", postgres.url())
        postgres.run(TABLES.read_text())
        first = Night(postgres, tmp_path_factory.mktemp("home"))
        first.run()
        first.first_shapes = {
            system: shapes(first, system) for system in ("hubspot", "salesforce", "zendesk")
        }
        yield first


def test_a_history_becomes_changes_with_who_made_them(night):
    told = [change for change in night.changes("hubspot", "101") if change[0] == "dealstage"]
    assert told == [
        ("dealstage", "appointmentscheduled", "2026-01-02 00:00:00.123+00", "hubspot:user:4711"),
        ("dealstage", "closedwon", "2026-02-01 09:00:00+00", None),
    ]


def test_what_has_no_history_is_a_snapshot_of_what_contracts_read(night):
    assert {change for change in night.changes("hubspot", "101") if change[0] != "dealstage"} == {
        (field, value, SEEN, None)
        for field, value in {
            "amount": "1200.50", "dealname": "Acme renewal", "go_live_date": "2026-03-01 00:00:00+00",
            "hubspot_owner_id": "77", "pipeline": "default",
            "record_url": f"{APP}/record/0-3/101",
        }.items()
    }  # fmt: skip
    assert [change[:2] for change in night.changes("hubspot", "9001")] == [
        ("domain", "acme.example"), ("icp_match", "true"), ("name", "Acme"),
        ("record_url", f"{APP}/record/0-2/9001"),
    ]  # fmt: skip


def test_what_is_empty_and_has_no_history_was_empty_only_since_we_saw_it(night):
    assert ("domain", None, SEEN, None) in night.changes("hubspot", "9003")


def test_where_a_history_was_cut_off_the_first_value_is_a_snapshot(night):
    told = [
        (event["field"], event["value"], event["time"], event["detail"])
        for event in night.events("salesforce", "record.changed")
        if event["subject"] == "006000000000002AAA" and event["field"] in ("OwnerId", "Go_Live_Date__c")
    ]
    seen = '{"evidence":"snapshot"}'
    assert told == [
        ("OwnerId", "005000000000001AAA", "2026-01-04 23:59:59.999999+00", seen),
        ("OwnerId", "005000000000002AAA", "2026-01-05 00:00:00+00", None),
        ("Go_Live_Date__c", None, "2026-01-05 23:59:59.999999+00", seen),
        ("Go_Live_Date__c", "2026-04-01", "2026-01-06 00:00:00+00", None),
        ("Go_Live_Date__c", "2026-05-01", "2026-01-07 00:00:00+00", None),
    ]


def test_a_deleted_record_is_one_more_change_of_it(night):
    assert night.changes("hubspot", "9002") == [("deleted", "true", SEEN, None)]


def test_records_belong_to_accounts(night):
    links = {
        (event["source"], event["object"], event["subject"], event["value"], event["time"], event["detail"])
        for system in ("hubspot", "salesforce", "zendesk")
        for event in night.events(system, "record.linked")
    }
    told = '{"object":"organization","primary":true}'
    removed = '{"object":"organization","primary":true,"removed":true}'
    primary = '{{"object":"{}","primary":true,"evidence":"snapshot"}}'
    assert links == {
        ("hubspot", "deal", "101", "9001", "2026-01-02 00:00:00+00", primary.format("company")),
        *(
            ("salesforce", "Opportunity", f"00600000000000{number}AAA", "001000000000001AAA",
                f"{year}-01-01 00:00:00+00", primary.format("Account"))
            for number, year in ((1, 2026), (2, 2023))
        ),
        ("salesforce", "Contract", CONTRACT, "001000000000001AAA", "2026-01-03 00:00:00+00",
            '{"object":"Account","primary":true}'),
        *(
            ("zendesk", "ticket", "1", value, f"2026-01-0{day} 00:00:00+00", link)
            for value, day, link in (("359", 1, told), ("359", 2, removed), ("360", 2, told))
        ),
    }  # fmt: skip


def test_people_have_their_team_and_the_ids_that_other_events_name(night):
    people = {
        event["actor"]: (event["team"], json.loads(event["detail"]))
        for system in ("hubspot", "salesforce", "zendesk")
        for event in night.events(system, "person.set")
    }
    ann = {"email": "ann@example.com", "active": True, "evidence": "snapshot"}
    person = {**ann, "kind": "person"}
    assert people == {
        "hubspot:77": ("account_executives", person),
        "hubspot:user:4711": ("account_executives", person),
        "salesforce:005000000000001AAA": (
            "account_executives",
            {**person, "manager": "salesforce:005000000000002AAA"},
        ),
        "salesforce:005000000000002AAA": (
            "onboarding",
            {**person, "email": "bob@example.com", "active": False},
        ),
        "zendesk:370": ("support", ann),
    }


def test_touches_have_their_account(night):
    touches = [
        (event["account"], event["time"], event["actor"], json.loads(event["detail"]))
        for system in ("hubspot", "salesforce", "zendesk")
        for event in night.events(system, "account.touched")
    ]
    assert touches == [
        ("hubspot:9001", "2026-03-04 10:00:00+00", "hubspot:77", {"kind": "meeting"}),
        (
            "salesforce:001000000000001AAA",
            "2026-03-01 00:00:00+00",
            "salesforce:005000000000001AAA",
            {"kind": "task"},
        ),
        ("zendesk:360", "2026-01-03 00:00:00+00", "zendesk:370", {"kind": "comment"}),
    ]


def test_stages_are_told_by_their_label(night):
    stages = [event for event in night.events("hubspot") if event["object"] == "stage"]
    assert [(event["subject"], event["field"], event["value"]) for event in stages] == [
        ("deal.default.closedwon", "label", "Closed won")
    ]


def test_salesforce_names_properties_as_its_api_does_and_knows_their_first_values(night):
    ann, bob = "005000000000001AAA", "005000000000002AAA"
    by = f"salesforce:{ann}"
    assert set(night.changes("salesforce", "006000000000001AAA")) == {
        ("OwnerId", ann, "2026-01-01 00:00:00+00", by),
        ("OwnerId", bob, "2026-01-05 00:00:00+00", by),
        ("Go_Live_Date__c", "2026-04-01", "2026-01-06 00:00:00+00", by),
        ("StageName", "Open", "2026-01-01 00:00:00+00", by),
        ("StageName", "Closed Won", "2026-02-03 00:00:00+00", by),
        ("CloseDate", "2026-02-28", "2026-01-01 00:00:00+00", by),
        ("CloseDate", "2026-02-03", "2026-01-09 00:00:00+00", by),
        ("Amount", "10.0", "2026-01-01 00:00:00+00", by),
        ("Name", "Acme", SEEN, None),
        ("record_url", f"{APP}/006000000000001AAA", SEEN, None),
        ("AccountId", "001000000000001AAA", SEEN, None),
    }
    assert ("ARR__c", "12000.0", SEEN, None) in night.changes("salesforce", "001000000000001AAA")


def test_the_versions_of_a_record_tell_what_was_set_and_cleared_and_since_when(night):
    ann, acme = "005000000000001AAA", "001000000000001AAA"
    first, second = "2026-01-03 00:00:00+00", "2026-02-01 00:00:00+00"
    told = {
        (event["field"], event["value"], event["time"], "snapshot" in (event["detail"] or ""))
        for event in night.events("salesforce", "record.changed")
        if event["subject"] == CONTRACT and event["field"] != "record_url"
    }
    assert told == {
        ("Status", "Draft", first, True), ("OwnerId", ann, first, True), ("AccountId", acme, first, True),
        ("Status", "Activated", second, False), ("OwnerId", None, second, False),
    }  # fmt: skip


def test_zendesk_tells_machines_from_persons_and_custom_fields_by_their_name(night):
    changes = [change for change in night.changes("zendesk", "1") if change[0] != "organization_id"]
    assert changes[:2] == [
        ("status", "new", "2026-01-01 00:00:00+00", "zendesk:370"),
        ("status", "open", "2026-01-02 00:00:00+00", "zendesk:-1"),
    ]
    machines = [event for event in night.events("zendesk") if "actor_kind" in (event["detail"] or "")]
    assert [event["detail"] for event in machines] == ['{"actor_kind":"system"}']
    assert {("escalated", "true"), ("priority", "high")} <= {change[:2] for change in changes[2:]}
    assert ("domain_names", '["acme.example","acme.test"]', SEEN, None) in night.changes("zendesk", "360")


def test_a_second_night_tells_only_what_changed(night):
    night.postgres.run("""
        INSERT INTO hubspot.deal_property_history
        VALUES (101, 'dealstage', 'CRM_UI', 'userId:4711', '2026-05-02T00:00:00Z', 'lost', '2026-05-02T00:00:00Z');
        UPDATE hubspot.deal SET property_dealname = 'Acme lost', _fivetran_synced = '2026-05-02T00:00:00Z'""")
    before = {
        system: {event["id"] for event in night.events(system)}
        for system in ("hubspot", "salesforce", "zendesk")
    }
    night.run()
    assert night.events("salesforce") == night.events("zendesk") == []
    new = night.events("hubspot")
    assert not {event["id"] for event in new} & before["hubspot"]
    assert [
        (event["field"], event["value"]) for event in new if event["field"] in ("dealstage", "dealname")
    ] == [
        ("dealstage", "lost"),
        ("dealname", "Acme lost"),
    ]


def test_a_property_that_is_new_in_a_contract_and_a_table_that_is_new_are_told_whole(night):
    with closing(warehouse.connect(night.settings.working_database)) as connection:
        connection.execute("DELETE FROM raw_fivetran_hubspot.wanted WHERE property = 'dealstage'")
    night.postgres.run("""
        CREATE TABLE hubspot.contact (id bigint, property_hubspot_owner_id bigint, _fivetran_synced timestamptz);
        INSERT INTO hubspot.contact VALUES (55, 77, '2026-01-01T00:00:00Z');
        UPDATE hubspot.deal SET property_amount = NULL, _fivetran_synced = '2026-05-03T00:00:00Z'""")
    night.run()
    assert [change[1] for change in night.changes("hubspot", "101") if change[0] == "dealstage"] == [
        "appointmentscheduled",
        "closedwon",
        "lost",
    ]
    assert night.changes("hubspot", "55")[0] == ("hubspot_owner_id", "77", "2026-06-03 00:00:00+00", None)
    # a night on which all is told once more still tells what has changed
    assert ("amount", None, "2026-06-03 00:00:00+00", None) in night.changes("hubspot", "101")


def test_what_is_taken_away_and_what_comes_back_is_told(night):
    told = {}
    for is_there in (False, True):
        name, account = ("'Acme lost'", "'001000000000001AAA'") if is_there else ("NULL", "NULL")
        night.postgres.run(f"""
            UPDATE hubspot.deal SET property_dealname = {name}, _fivetran_synced = now();
            UPDATE hubspot.deal_company SET _fivetran_deleted = {not is_there}, _fivetran_synced = now();
            UPDATE hubspot.company SET _fivetran_deleted = (id = 9002) = {is_there}, _fivetran_synced = now();
            UPDATE salesforce.opportunity SET account_id = {account}, _fivetran_synced = now();
            {AGAIN if is_there else ENDED}""")
        night.run()
        events = [*night.events("hubspot"), *night.events("salesforce")]
        told[is_there] = {
            (each["subject"], each["field"], each["value"], "removed" in (each["detail"] or ""))
            for each in events
            if each["time"].startswith((f"2026-06-{night.runs:02}", "2026-05-1"))
        }
    deal, sale, acme = "101", "006000000000001AAA", "001000000000001AAA"
    assert told[False] > {
        (deal, "dealname", None, False), (deal, None, "9001", True),
        (sale, "AccountId", None, False), (sale, None, acme, True),
        ("9001", "deleted", "true", False), ("9002", "deleted", None, False),
        ("9002", "name", "Gone", False),  # nothing was told of it while it was deleted
        (CONTRACT, "deleted", "true", False),
    }  # fmt: skip
    assert told[True] > {
        (deal, "dealname", "Acme lost", False), (deal, None, "9001", False),
        (sale, "AccountId", acme, False), (sale, None, acme, False),
        ("9001", "deleted", None, False), ("9002", "deleted", "true", False),
        (CONTRACT, "deleted", None, False), (CONTRACT, "Status", None, False),
    }  # fmt: skip
    assert not {each[1:3] for each in told[True]} & {
        ("amount", None),
        ("hubspot_owner_id", "77"),
    }  # as before


def shapes(night, system):
    return {
        (event["subject"], event["field"], event["value"])
        for event in night.events(system, "record.changed")
        if event["object"] == "property" and event["field"] in ("column_type", "deleted")
    }


def test_columns_are_told_by_the_property_that_is_read_from_them_and_what_is_mapped_and_not_there(night):
    told = night.first_shapes
    assert ("deal.go_live_date", "column_type", "TIMESTAMP WITH TIME ZONE") in told["hubspot"]
    assert ("deal.pipeline", "column_type", "VARCHAR") in told["hubspot"]
    assert ("Opportunity.Go_Live_Date__c", "column_type", "DATE") in told["salesforce"]
    assert ("deal.economic_buyer", "deleted", "true") in told["hubspot"]
    assert (
        not {("deal.dealstage", "deleted", "true"), ("deal.go_live_date", "deleted", "true")}
        & told["hubspot"]
    )
    assert not {
        subject for subject, field, _ in told["zendesk"] if field == "deleted" and "domain_n" in subject
    }


def test_a_column_that_goes_comes_and_changes_is_told_the_same_night(night):
    night.postgres.run("""
        ALTER TABLE hubspot.deal DROP COLUMN property_go_live_date, ALTER property_createdate TYPE text""")
    night.run()
    assert shapes(night, "hubspot") == {
        ("deal.go_live_date", "deleted", "true"), ("deal.property_createdate", "column_type", "VARCHAR"),
    }  # fmt: skip
    assert not [change for change in night.changes("hubspot", "101") if change[0] == "go_live_date"]
    night.postgres.run("ALTER TABLE hubspot.deal ADD COLUMN property_go_live_date timestamptz")
    night.run()
    assert shapes(night, "hubspot") == {("deal.go_live_date", "column_type", "TIMESTAMP WITH TIME ZONE")}
    night.run()
    assert shapes(night, "hubspot") == set()


def test_a_table_that_a_layout_needs_is_missed(night, tmp_path):
    night.postgres.run(
        "CREATE SCHEMA bare; CREATE TABLE bare.company (id bigint, _fivetran_synced timestamptz)"
    )
    source = Source(
        "hubspot", "sql", options={"schema": "bare", "layout": "fivetran_hubspot", "overlap_minutes": 0}
    )
    with pytest.raises(
        SourceError, match="source hubspot: the schema bare has no table deal; known are company"
    ):
        pull(source, Pulling(Settings(ROOT, tmp_path, tmp_path / "ledger"), "run-1"))
