"""Do vendors' APIs, tables and the mapping find the packets that event files tell, each with the same figures?

One simulated company, twice. Once spread over a HubSpot, a Salesforce, a Zendesk (emulated, and in trouble) and a
Postgres, subject by subject: pulled, found by the contracts' mapping, its accounts and people linked across the four.
Once as the same events in a file. What a vendor cannot carry is left out on both sides (tests/emulators): above all,
Salesforce keeps no history of long text, so the packets that it carries have no field whose values can be so long.
"""

import json
import shutil
from contextlib import closing
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from ruamel.yaml import YAML

from contracts import load_catalogue
from contracts.errors import SourceError
from flows import warehouse
from flows.ledger import Ledger
from flows.simulation import simulate
from flows.sources import hubspot as hubspot_source
from flows.sources import zendesk as zendesk_source
from tests.conftest import ROOT
from tests.emulators.carrying import carry
from tests.emulators.faults import Fault
from tests.emulators.hubspot import company as hubspot
from tests.emulators.hubspot.server import HubSpot
from tests.emulators.salesforce import company as salesforce
from tests.emulators.salesforce.server import Salesforce
from tests.emulators.serving import serve
from tests.emulators.sharing import account_links, shares, together
from tests.emulators.simulated import ACTS, mapped, read_company
from tests.emulators.tables import company as tables
from tests.emulators.zendesk import company as zendesk
from tests.emulators.zendesk.server import Zendesk
from tests.flows.sources.postgres import cluster

UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
HANDOFFS = ("marketing_to_sdr", "ae_to_onboarding", "cs_to_support")
VENDORS = (hubspot, salesforce, zendesk, tables)
DOMAINS = [
    "hubspot.company.domain",
    "salesforce.Account.Website",
    "zendesk.organization.domain_names",
    "crm.account.domain",
]
SAME = ("handoff_packets", "packet_fields", "contract_failures", "packet_attempts", "packet_edits", "handoff_funnel",
        "handoff_accounts", "handoff_scorecard")  # fmt: skip


def plans(catalogue, carriers):
    """Handoff → what all vendors' mappings say of it."""
    found = {}
    for name in HANDOFFS:
        fields = {field.name for version in catalogue.contract(name).versions for field in version.fields}
        heard = {field for field in fields if (name, field) not in carriers[1].unheard}
        told = [vendor.mapping(name, heard if vendor is salesforce else fields) for vendor in VENDORS]
        found[name] = together(told)
    return found


def contracts(plans=None):
    """The shipped contracts of some handoffs with another mapping, or with none, and organisation.yaml."""
    yaml, files = YAML(typ="safe", pure=True), {}
    for name in (*HANDOFFS, "organisation"):
        document = yaml.load((ROOT / "contracts" / f"{name}.yaml").read_text(encoding="utf-8"))
        for key in ("record", "events", "about", "accounts", "links"):
            document.pop(key, None)
        if name == "organisation" and plans:
            document["accounts"] = together(vendor.ACCOUNTS for vendor in VENDORS)
            document["links"] = {"accounts": [{"domain": DOMAINS}]}
        elif plans:
            document = mapped(document, plans[name])
        files[f"{name}.yaml"] = json.dumps(document, default=str)
    return files


def as_records_say(rows):
    """The same events, but for two things: surveys are NPS only, and who crosses again still has an owner."""
    owners = {}
    for row in rows:
        if row["type"] == "handoff.assigned":
            owners[row["handoff"], row["subject"]] = row
        if row["type"] == "handoff.triggered" and row.get("cycle", 1) > 1:
            owned = owners.get((row["handoff"], row["subject"]))
            if owned:
                yield {**owned, "id": f"{owned['id']} still", "cycle": row["cycle"]}
        if '"transactional"' not in str(row.get("detail")):
            yield row


def moved(store, kind):
    """Records move to the end while they are read, as when a machine touches them; a deleted one says when it was."""
    return lambda: store.touch(kind, UNTIL, lambda record: record.deleted is None)


def in_hubspot(portal):
    return [
        Fault("/properties/", "429", seconds=0),
        Fault("/owners", "429", times=2, seconds=0),
        Fault("/objects/companies", "500", times=2),
        Fault("/objects/tickets", "502"),
        Fault("batch/read", "reset", times=2),
        Fault("/associations/", "truncated"),
        Fault("/associations/", "close", after=3),
        Fault("GET /crm/v3/objects/contacts.*after=", "repeat"),
        Fault("GET /crm/v3/objects/contacts.*after=", "overlap", after=1),
        Fault("contacts/batch/read", "act", after=1, act=moved(portal.store, "contacts")),
    ]


def in_salesforce(org):
    return [
        Fault("/oauth2/token", "503"),
        Fault("/sobjects", "503", times=2),
        Fault("/describe", "502"),
        Fault("/tooling/", "html"),
        Fault("/queryAll", "500", times=2),
        Fault("/v60.0/query/", "reset"),
        Fault("/v60.0/query/", "truncated", after=1),
        Fault("/v60.0/query/", "repeat", after=2),
        Fault("/v60.0/query/", "act", after=3, act=moved(org.org.store, "Opportunity")),
        Fault("/queryAll", "shuffle", times=2, after=3),
    ]


def in_zendesk(desk):
    """The same, and once more often than we ask again: that run fails, and the next one has to make it good."""
    return [
        Fault("/ticket_fields", "429", seconds=0),
        Fault("incremental/tickets", "429", times=2, seconds=0),
        Fault("incremental/users", "500", times=2),
        Fault("incremental/organizations", "502"),
        Fault("incremental/ticket_events", "reset"),
        Fault("incremental/ticket_events", "truncated", after=1),
        Fault("incremental/ticket_events", "repeat", after=3),
        Fault("incremental/ticket_events", "overlap", after=5),
        Fault("incremental/ticket_events", "500", times=5, after=7),
        Fault("incremental/tickets/cursor.*cursor=", "act", act=moved(desk.store, "ticket")),
    ]


@pytest.fixture(scope="module")
def carried(tmp_path_factory):
    """The company as each of the four vendors can carry its share."""
    catalogue = load_catalogue(ROOT)
    folder = tmp_path_factory.mktemp("simulated")
    simulate(catalogue, packets=600, seed=11, months=9, out=folder, until=UNTIL)
    events = [
        event
        for event in read_company(folder, catalogue.organisation.zone)
        if event.handoff in (None, *HANDOFFS)
    ]
    carriers = (hubspot.HUBSPOT, salesforce.carrier_of(events), zendesk.ZENDESK, tables.CRM)
    found = [carry(share, carrier) for share, carrier in zip(shares(events, 4), carriers, strict=True)]
    return SimpleNamespace(all=found, plans=plans(catalogue, carriers))


@pytest.fixture(scope="module")
def pulled(new_house, carried, monkeypatch_module):
    """Told by the vendors, in small pages and with trouble on the way."""
    in_hubspots, in_salesforces, in_zendesks, in_tables = carried.all
    portal = HubSpot(hubspot.records(in_hubspots))
    org = Salesforce(salesforce.records(in_salesforces), batch=100)
    desk = Zendesk(zendesk.records(in_zendesks))
    patch = monkeypatch_module
    patch.setattr(hubspot_source, "LIST_PAGE", 10)
    patch.setattr(hubspot_source, "BATCH", 10)
    patch.setattr(zendesk_source, "EXPORT_PAGE", 50)
    patch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0")
    with (
        cluster() as postgres,
        serve(portal, in_hubspot(portal)) as one,
        serve(org, in_salesforce(org)) as two,
        serve(desk, in_zendesk(desk)) as three,
    ):
        tables.write(in_tables, postgres.url())
        secrets = {
            "HUBSPOT_TOKEN": portal.token,
            "SALESFORCE_CLIENT_ID": org.client[0],
            "SALESFORCE_CLIENT_SECRET": org.client[1],
            "ZENDESK_TOKEN": desk.token,
            "CRM_URL": postgres.url(),
        }
        for name, value in secrets.items():
            patch.setenv(name, value)
        declared = [
            f'[{name}]\nkind = "{name}"\nurl = "{served.url}"\n'
            for name, served in (("hubspot", one), ("salesforce", two), ("zendesk", three))
        ]
        house = new_house("".join(declared) + tables.SOURCE, contracts(carried.plans))
        shutil.copytree(tables.STAGING, house.project / "dbt_project" / "models" / "staging" / "crm")
        with pytest.raises(SourceError) as failed:
            house.run(UNTIL, began_at=UNTIL)
        left = left_by_a_failed_run(house)
        house.run(UNTIL, began_at=UNTIL)
        pending = [fault for served in (one, two, three) for fault in served.faults.pending]
    return SimpleNamespace(house=house, pending=pending, failed=str(failed.value), left=left)


def left_by_a_failed_run(house):
    """(rows recorded, rows of Zendesk's loaded, whether anything was published)."""
    with closing(warehouse.connect(house.settings.working_database)) as connection:
        ((loaded,),) = connection.execute(
            "SELECT coalesce(sum(estimated_size), 0) FROM duckdb_tables() "
            "WHERE schema_name = 'raw_zendesk' AND table_name = 'records'"
        ).fetchall()
    return Ledger(house.settings.ledger).last_position(), loaded, house.settings.published.exists()


@pytest.fixture(scope="module")
def told(new_house, carried):
    """Told by a file."""
    house = new_house('[told]\nkind = "events"\npath = "events.csv"\n', contracts())
    rows = [row for each in carried.all for row in as_records_say(each.rows())]
    house.write_events("events.csv", [*rows, *account_links(carried.all)])
    house.run(UNTIL)
    return house


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_every_vendor_carries_every_act_and_knows_accounts_of_the_others(carried):
    acts = {f"handoff.{name}" for name in (*ACTS, "assigned", "field_set")}
    for each in carried.all:
        assert {act.event.type for act in each.acts} >= acts
        assert {act.event.handoff for act in each.of("handoff.triggered")} == set(HANDOFFS)
    assert len({row["source"] for row in account_links(carried.all)}) == len(VENDORS) - 1


@pytest.mark.parametrize("table", SAME)
def test_what_is_pulled_is_what_happened(pulled, told, table):
    columns = "* EXCLUDE (run_id, as_of)"
    found, true = (
        house.rows(f"SELECT {columns} FROM {table} ORDER BY ALL") for house in (pulled.house, told)
    )
    assert len(true) > 20
    differing = [pair for pair in zip(found, true, strict=False) if pair[0] != pair[1]]
    assert not differing, f"{len(differing)} of {len(true)} differ; {len(found)} pulled"
    assert len(found) == len(true)


def test_all_of_the_trouble_happened(pulled):
    assert pulled.pending == []


def test_where_asking_again_does_not_help_the_run_ends_in_one_line_and_leaves_nothing(pulled):
    assert pulled.failed == (
        "source zendesk: /api/v2/incremental/ticket_events.json answered 500 (Something went wrong); run again later"
    )
    assert pulled.left == (0, 0, False)


def test_no_row_waits_in_quarantine(pulled):
    assert pulled.house.rows("SELECT id, fault FROM quarantine LIMIT 3") == []
