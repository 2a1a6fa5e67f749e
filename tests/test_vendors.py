"""Do vendors' APIs, tables and the mapping find the packets that event files tell, each with the same figures?

One simulated company, three times. Once spread over a HubSpot, a Salesforce, a Zendesk (emulated, and in trouble) and a
Postgres, subject by subject: pulled, found by the contracts' mapping, its accounts and people linked across the four.
Once as the same events in a file. And once more, the HubSpot's share as the tables that Fivetran makes of a portal, and
the others' as events. What a vendor cannot carry is left out on both sides (tests/emulators): above all,
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
from flows.sources.tracking import wanted
from tests.conftest import ROOT
from tests.emulators.carrying import carry
from tests.emulators.hubspot import company as hubspot
from tests.emulators.hubspot import loaded
from tests.emulators.hubspot.server import HubSpot
from tests.emulators.salesforce import company as salesforce
from tests.emulators.salesforce.server import Salesforce
from tests.emulators.serving import serve
from tests.emulators.sharing import account_links, shares, together
from tests.emulators.simulated import ACTS, mapped, read_company
from tests.emulators.tables import company as tables
from tests.emulators.troubles import of_hubspot, of_salesforce, of_zendesk
from tests.emulators.zendesk import company as zendesk
from tests.emulators.zendesk.server import Zendesk
from tests.flows.sources.postgres import cluster, program

UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
HANDOFFS = ("marketing_to_sdr", "ae_to_onboarding", "cs_to_support")
HAS_POSTGRES = program("initdb") is not None
VENDORS = (hubspot, salesforce, zendesk, *((tables,) if HAS_POSTGRES else ()))
DOMAINS = [
    "hubspot.company.domain",
    "salesforce.Account.Website",
    "zendesk.organization.domain_names",
    *(("crm.account.domain",) if HAS_POSTGRES else ()),
]
SAME = ("handoff_packets", "packet_fields", "contract_failures", "packet_attempts", "packet_edits", "handoff_funnel",
        "handoff_accounts", "handoff_scorecard")  # fmt: skip


def plans(catalogue, carriers, vendors=VENDORS):
    """Handoff → what these vendors' mappings say of it."""
    found = {}
    for name in HANDOFFS:
        fields = {field.name for version in catalogue.contract(name).versions for field in version.fields}
        heard = {field for field in fields if (name, field) not in carriers[1].unheard}
        told = [vendor.mapping(name, heard if vendor is salesforce else fields) for vendor in vendors]
        found[name] = together(told)
    return found


def contracts(plans=None, vendors=VENDORS):
    """The shipped contracts of some handoffs with these vendors' mapping, or with none, and organisation.yaml."""
    yaml, files = YAML(typ="safe", pure=True), {}
    for name in (*HANDOFFS, "organisation"):
        document = yaml.load((ROOT / "contracts" / f"{name}.yaml").read_text(encoding="utf-8"))
        for key in ("record", "events", "about", "accounts", "links"):
            document.pop(key, None)
        if name == "organisation" and plans:
            document["accounts"] = together(vendor.ACCOUNTS for vendor in vendors)
            document["links"] = {"accounts": [{"domain": DOMAINS}] if len(vendors) > 1 else []}
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
    every = (hubspot.HUBSPOT, salesforce.carrier_of(events), zendesk.ZENDESK, tables.CRM)
    carriers = every[: len(VENDORS)]
    dealt = zip(shares(events, len(carriers)), carriers, strict=True)
    found = [carry(share, carrier) for share, carrier in dealt]
    of_hubspot = plans(catalogue, carriers, [hubspot])
    return SimpleNamespace(all=found, plans=plans(catalogue, carriers), of_hubspot=of_hubspot)


@pytest.fixture(scope="module")
def served(carried, monkeypatch_module):
    """The three APIs with small pages and trouble on the way, and the secrets to ask them."""
    portal = HubSpot(hubspot.records(carried.all[0]))
    org = Salesforce(salesforce.records(carried.all[1]), batch=100)
    desk = Zendesk(zendesk.records(carried.all[2]))
    patch = monkeypatch_module
    patch.setattr(hubspot_source, "LIST_PAGE", 10)
    patch.setattr(hubspot_source, "BATCH", 10)
    patch.setattr(zendesk_source, "EXPORT_PAGE", 50)
    patch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0")
    secrets = {
        "HUBSPOT_TOKEN": portal.token,
        "SALESFORCE_CLIENT_ID": org.client[0],
        "SALESFORCE_CLIENT_SECRET": org.client[1],
        "ZENDESK_TOKEN": desk.token,
    }
    for name, value in secrets.items():
        patch.setenv(name, value)
    with (
        serve(portal, of_hubspot(portal)) as one,
        serve(org, of_salesforce(org)) as two,
        serve(desk, of_zendesk(desk)) as three,
    ):
        yield one, two, three


@pytest.fixture(scope="module")
def postgres():
    """A Postgres; none where it is not installed."""
    if not HAS_POSTGRES:
        yield None
        return
    with cluster() as running:
        yield running


@pytest.fixture(scope="module")
def in_tables(carried, postgres, monkeypatch_module):
    """The company's share in tables of its own, as sources.toml names them; nothing without a Postgres."""
    if postgres is None:
        return ""
    tables.write(carried.all[3], postgres.url())
    monkeypatch_module.setenv("CRM_URL", postgres.url())
    return tables.SOURCE


@pytest.fixture(scope="module")
def pulled(new_house, carried, served, in_tables):
    """Told by the vendors: a run that fails half way, and the next one."""
    kinds = ("hubspot", "salesforce", "zendesk")
    apis = [
        f'[{kind}]\nkind = "{kind}"\nurl = "{each.url}"\n' for kind, each in zip(kinds, served, strict=True)
    ]
    house = new_house("".join(apis) + in_tables, contracts(carried.plans))
    if in_tables:
        shutil.copytree(tables.STAGING, house.project / "dbt_project" / "models" / "staging" / "crm")
    with pytest.raises(SourceError) as failed:
        house.run(UNTIL, began_at=UNTIL)
    left = left_by_a_failed_run(house)
    house.run(UNTIL, began_at=UNTIL)
    pending = [fault for each in served for fault in each.faults.pending]
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
def fivetran(new_house, carried, postgres, monkeypatch_module):
    """HubSpot's share told by the tables of a loader, but for surveys, which those have not; the others' by a file."""
    if postgres is None:
        pytest.skip("Postgres is not installed; apt-get install postgresql")
    told = '[told]\nkind = "events"\npath = "events.csv"\n'
    house = new_house(told + loaded.SOURCE, contracts(carried.of_hubspot, [hubspot]))
    first, *others = carried.all
    read = wanted(load_catalogue(house.project), "hubspot")
    loaded.load(hubspot.records(first), read, postgres.url())
    monkeypatch_module.setenv("PORTAL_URL", postgres.url())
    rows = [row for each in others for row in as_records_say(each.rows())]
    rows += [row for row in as_records_say(first.rows()) if row["type"] == "survey.answered"]
    house.write_events("events.csv", [*rows, *account_links(carried.all)])
    house.run(UNTIL, began_at=UNTIL)
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


@pytest.mark.skipif(not HAS_POSTGRES, reason="Postgres is not installed; apt-get install postgresql")
def test_a_database_of_one_s_own_is_among_them(pulled):
    found = pulled.house.rows("SELECT handoff FROM handoff_packets WHERE regexp_matches(subject, '^[LDC]-')")
    assert {handoff for (handoff,) in found} == set(HANDOFFS)


@pytest.mark.parametrize("table", SAME)
def test_what_is_pulled_is_what_happened(pulled, told, table):
    same(pulled.house, told, table)


@pytest.mark.parametrize("table", SAME)
def test_what_a_loader_s_tables_tell_is_what_happened(fivetran, told, table):
    same(fivetran, told, table)


def same(house, told, table):
    columns = "* EXCLUDE (run_id, as_of)"
    found, true = (each.rows(f"SELECT {columns} FROM {table} ORDER BY ALL") for each in (house, told))
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
