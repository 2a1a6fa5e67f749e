"""Do a vendor's API and the mapping find the packets that event files tell, each with the same figures?

One simulated company, twice: as HubSpot's records, pulled through its (emulated) API and found by the contracts'
mapping; and as the same events in a file. What HubSpot cannot carry is left out on both sides (tests/emulators).
"""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from ruamel.yaml import YAML

from contracts import load_catalogue
from flows.simulation import simulate
from tests.conftest import ROOT
from tests.emulators.carrying import carry
from tests.emulators.hubspot import company as hubspot
from tests.emulators.hubspot.server import HubSpot
from tests.emulators.serving import serve
from tests.emulators.simulated import mapped, read_company

UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
HANDOFFS = ("marketing_to_sdr", "ae_to_onboarding", "cs_to_support")
SAME = ("handoff_packets", "packet_fields", "contract_failures", "packet_attempts", "packet_edits", "handoff_funnel",
        "handoff_accounts", "handoff_scorecard")  # fmt: skip


def contracts(plans=None):
    """The shipped contracts of some handoffs with another mapping, or with none, and organisation.yaml."""
    yaml, files = YAML(typ="safe", pure=True), {}
    for name in (*HANDOFFS, "organisation"):
        document = yaml.load((ROOT / "contracts" / f"{name}.yaml").read_text(encoding="utf-8"))
        for key in ("record", "events", "about", "accounts", "links"):
            document.pop(key, None)
        if name == "organisation" and plans:
            document["accounts"] = hubspot.ACCOUNTS
        elif plans:
            document = mapped(document, plans[name])
        files[f"{name}.yaml"] = json.dumps(document, default=str)
    return files


def as_hubspot_says(rows):
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
def both(new_house, tmp_path_factory, monkeypatch_module):
    """(told by HubSpot, told by a file): the same company, run once each."""
    catalogue = load_catalogue(ROOT)
    plans = {
        name: hubspot.mapping(name, {f.name for v in catalogue.contract(name).versions for f in v.fields})
        for name in HANDOFFS
    }
    folder = tmp_path_factory.mktemp("simulated")
    house = new_house('[hubspot]\nkind = "hubspot"\n', contracts(plans))
    simulate(load_catalogue(house.project), packets=600, seed=3, months=9, out=folder, until=UNTIL)
    carried = carry(read_company(folder, catalogue.organisation.zone), hubspot.HUBSPOT)
    with serve(HubSpot(hubspot.records(carried))) as portal:
        house.declare(f'[hubspot]\nkind = "hubspot"\nurl = "{portal.url}"\n')
        monkeypatch_module.setenv("HUBSPOT_TOKEN", portal.vendor.token)
        house.run(UNTIL, began_at=UNTIL)
    told = new_house('[crm]\nkind = "events"\npath = "events.csv"\n', contracts())
    told.write_events("events.csv", [*as_hubspot_says(carried.rows())])
    told.run(UNTIL)
    return SimpleNamespace(pulled=house, told=told)


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.mark.parametrize("table", SAME)
def test_what_is_pulled_is_what_happened(both, table):
    columns = "* EXCLUDE (run_id, as_of)"
    pulled, told = (
        house.rows(f"SELECT {columns} FROM {table} ORDER BY ALL") for house in (both.pulled, both.told)
    )
    assert len(told) > 20
    differing = [pair for pair in zip(pulled, told, strict=False) if pair[0] != pair[1]]
    assert not differing, f"{len(differing)} of {len(told)} differ; {len(pulled)} pulled"
    assert len(pulled) == len(told)


def test_no_row_waits_in_quarantine(both):
    assert both.pulled.rows("SELECT id, fault FROM quarantine LIMIT 3") == []
