"""Does `discover` say what a source has, and `reconcile` what a pull missed?"""

import re
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts import load_catalogue
from flows import cli, warehouse
from flows.discovery.drafting import draft
from flows.discovery.profiling import profiles
from flows.discovery.proposing import proposals
from flows.settings import Settings
from flows.sources import Pulling, hubspot_samples, pull, read_sources
from flows.sources.sampling import Property, Sample, Stage
from tests.conftest import ROOT
from tests.emulators.conftest import sales  # noqa: F401  (a fixture)
from tests.emulators.hubspot.server import HubSpot
from tests.emulators.serving import serve

HOSTILE = "<script>alert(1)</script>{{ 7*7 }}"


def sample(*records, **labels):
    names = list(dict.fromkeys(name for record in records for name in record))
    properties = tuple(Property(name, labels.get(name, name), "string", True) for name in names)
    return Sample("deal", len(records), properties, records, (Stage("dealstage", "won", "Won", 1, 2),))


def test_a_placeholder_does_not_fill_a_property():
    catalogue = load_catalogue(ROOT)
    (buyer,) = profiles(
        sample({"buyer": "Ada"}, {"buyer": " TBD "}, {"buyer": "ask Tom"}, {"buyer": None}, {"buyer": "Ada"}),
        catalogue.organisation.placeholders,
    )
    assert (buyer.filled, buyer.records, buyer.fill_rate, buyer.distinct) == (2, 5, 0.4, 1)
    assert dict(buyer.junk) == {"tbd": 1, "ask *": 1}  # the pattern: whom to ask is personal


def test_the_best_filled_come_first():
    found = profiles(sample({"a": None, "b": "x"}, {"a": "y", "b": "z"}), ())
    assert [(profile.about.name, profile.fill_rate) for profile in found] == [("b", 1.0), ("a", 0.5)]


@pytest.fixture
def buyer():
    return load_catalogue(ROOT).contract("ae_to_onboarding").current.field("economic_buyer")


@pytest.mark.parametrize("name", ["EconomicBuyer", "Economic_Buyer__c", "buyer_economic", "economic_buyr"])
def test_a_name_that_resembles_a_field_is_proposed(name, buyer):
    profiled = {"deal": profiles(sample({name: "Ada", "amount": "5"}), ())}
    (best,) = proposals(buyer, "hubspot", profiled)
    assert best.place == f"hubspot.deal.{name}"
    assert "100% filled" in best.reason


def test_a_label_counts_as_much_as_a_name(buyer):
    profiled = {"deal": profiles(sample({"custom_17": "Ada"}, custom_17="Economic buyer"), ())}
    assert [proposal.reason for proposal in proposals(buyer, "crm", profiled)] == [
        "its label resembles the field's title; 100% filled"
    ]


def test_a_prefixed_name_comes_behind_the_name_itself(buyer):
    names = ("acme_sales_ops_v2_economic_buyer", "economic_buyer_name", "economic_buyer", "economic_climate")
    profiled = {"deal": profiles(sample(dict.fromkeys(names, "Ada")), ())}
    found = proposals(buyer, "crm", profiled)
    assert [proposal.place.split(".")[2] for proposal in found] == [names[2], names[1], names[0]]
    assert found[-1].likeness == 0.7
    assert found[-1].reason == "its name has all the words of the field's title; 100% filled"


@pytest.mark.parametrize(("name", "is_likely"), [("success_outcomes", True), ("measurable", False)])
def test_a_shorter_name_needs_two_words_of_the_field(name, is_likely):
    field = load_catalogue(ROOT).contract("ae_to_onboarding").current.field("success_criteria")
    found = proposals(field, "crm", {"deal": profiles(sample({name: "x"}), ())})
    told = [proposal.reason for proposal in found]
    assert told == (["its name stands in the field's title; 100% filled"] if is_likely else [])


def test_what_nothing_resembles_is_not_guessed(buyer):
    assert proposals(buyer, "crm", {"deal": profiles(sample({"shoe_size": "43"}), ())}) == []


class Portal:
    """A project whose only source is an emulated portal."""

    def __init__(self, served, folder, monkeypatch):
        self.served, self.project = served, folder / "project"
        for name in ("contracts", "dbt_project", "expectations"):
            shutil.copytree(ROOT / name, self.project / name, ignore=shutil.ignore_patterns("__pycache__"))
        (self.project / "sources.toml").write_text(f'[crm]\nkind = "hubspot"\nurl = "{served.url}"\n')
        monkeypatch.setenv("SEAMKEEPER_PROJECT", str(self.project))
        monkeypatch.setenv("SEAMKEEPER_HOME", str(folder / "home"))
        monkeypatch.setenv("CRM_TOKEN", served.vendor.token)
        self.settings = Settings.from_environment()

    def pull(self):
        (source,) = read_sources(self.settings)
        fresh = not self.settings.working_database.exists()
        return pull(source, Pulling(self.settings, "run-1", fresh, secrets={}))

    def change(self, query):
        with closing(warehouse.connect(self.settings.working_database)) as connection:
            connection.execute(query)

    def discovered(self, name):
        return (self.settings.home / "discovered" / "crm" / name).read_text()


@pytest.fixture
def portal(sales, tmp_path, monkeypatch):  # noqa: F811
    for number in range(101, 108):
        deal = sales.get("deals", str(number))
        deal.note("economic_buyer", "Ada" if number % 2 else "tbd", deal.modified)
        deal.note(f"odd {HOSTILE}", HOSTILE, deal.modified)
    with serve(HubSpot(sales)) as served:
        yield Portal(served, tmp_path, monkeypatch)


def test_a_portal_is_discovered_without_a_run_and_only_read(portal, capsys):
    assert cli.main(["discover", "crm", "--handoff", "ae_to_onboarding"]) == 0
    told = capsys.readouterr().out
    assert "deal: 7 there, 7 looked at" in told
    assert "7 came to Closedwon (dealstage = closedwon)" in told
    page = portal.discovered("index.html")
    assert "57%" in page  # four of seven
    assert "<code>tbd</code> × 3" in page
    assert "<script>" not in page
    assert "49" not in page.split("odd ")[1][:60]
    assert not portal.settings.working_database.exists()
    assert {request.method for request in portal.served.requests} == {"GET", "POST"}
    written = [request.path for request in portal.served.requests if request.method == "POST"]
    assert all(path.endswith(("/search", "/batch/read")) for path in written)


def test_a_type_without_its_scope_is_skipped_and_said_so(portal, capsys):
    portal.served.vendor.scopes -= {"tickets", "crm.objects.owners.read"}
    assert cli.main(["discover", "crm", "--handoff", "ae_to_onboarding"]) == 0
    told, page = capsys.readouterr().out, portal.discovered("index.html")
    assert "deal: 7 there, 7 looked at" in told
    for type_, scope in (("ticket", "tickets"), ("owner", "crm.objects.owners.read")):
        (line,) = [line for line in told.splitlines() if line.startswith(f"{type_}: not looked at: ")]
        assert line.endswith(f"grant the app the scope {scope}")
        assert f"Not looked at: {type_}." in page
        assert f"grant the app the scope {scope}" in page


def test_without_any_scope_one_line_says_which(portal, capsys):
    portal.served.vendor.scopes.clear()
    assert cli.main(["discover", "crm"]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.endswith("grant the app the scope crm.objects.owners.read")


def test_no_more_is_looked_at_than_the_search_shows(portal, monkeypatch, capsys):
    monkeypatch.setattr(hubspot_samples, "SEARCH_END", 5)
    assert cli.main(["discover", "crm", "--records", "20000"]) == 0
    assert "deal: 7 there, 5 looked at" in capsys.readouterr().out


def test_the_draft_is_a_contract_that_compiles(portal):
    with (portal.project / "sources.toml").open("a") as file:
        file.write("touches = false\n")
    cli.main(["discover", "crm", "--handoff", "ae_to_onboarding"])
    text = portal.discovered("ae_to_onboarding.yaml")
    (portal.project / "contracts" / "ae_to_onboarding.yaml").write_text(text)
    contract = load_catalogue(portal.project).contract("ae_to_onboarding")
    assert contract.status == "draft"
    assert contract.current.field("economic_buyer").source == ("hubspot.deal.economic_buyer",)
    assert contract.about.amount == ("hubspot.deal.amount",)
    assert contract.about.name == ("hubspot.deal.dealname",)
    assert contract.about.url == ("hubspot.deal.record_url",)
    assert contract.about.currency == ()  # the portal has no such property
    # The other crossing that it offers is one, too.
    offered, count = re.subn(r"crossed: first touch.*\n +# or: ", "crossed: ", text)
    assert count == 1
    (portal.project / "contracts" / "ae_to_onboarding.yaml").write_text(offered)
    assert cli.main(["compile"]) == cli.main(["check"]) == 0


@pytest.mark.parametrize(
    ("owners", "has_touches", "said"),
    [
        ({"Customer Success": 2, "Sales": 1}, True, "2 of 3 are customer_success's"),
        ({}, False, "touches are not read"),
        ({"Sales": 3}, True, None),
    ],
)
def test_an_owner_is_offered_as_a_crossing_where_the_receivers_own_some_or_no_touch_is_seen(
    owners, has_touches, said
):
    deals = replace(sample({"a": "1"}, {"a": "2"}, {"a": "3"}), owners=owners, owner="hubspot_owner_id")
    contract = load_catalogue(ROOT).contract("onboarding_to_cs")
    text = draft(contract, "hubspot", [deals], {}, has_touches)
    assert "\n  crossed: first touch " in text
    line = f"\n  # or: hubspot.deal.hubspot_owner_id is receiver    # {said}\n"
    assert line in text if said else "is receiver" not in text


def test_texts_of_a_source_stay_texts_in_a_draft():
    contract = load_catalogue(ROOT).contract("ae_to_onboarding")
    odd = Stage("dealstage", "won: # 'yes'", "Won\nstatus: active", 1, 1)
    text = draft(contract, "hubspot", [Sample("deal", 1, (), ({},), (odd,))], {"x": ()}, True)
    assert "'hubspot.deal.dealstage = won: # ''yes'''" in text
    assert "\nstatus: active" not in text


def test_a_kind_that_cannot_be_asked_says_which_can(portal, capsys):
    (portal.project / "sources.toml").write_text('[crm]\nkind = "events"\npath = "."\n')
    assert cli.main(["discover", "crm"]) == 1
    assert (
        "kind events cannot be discovered; kinds that can: hubspot, salesforce, zendesk"
        in capsys.readouterr().err
    )


def test_before_the_first_pull_there_is_nothing_to_reconcile(portal, capsys):
    assert cli.main(["reconcile", "crm"]) == 1
    assert "nothing was pulled from it yet" in capsys.readouterr().err


def test_reconcile_finds_what_is_missing_and_what_is_older(portal, capsys):
    portal.pull()
    assert cli.main(["reconcile", "crm"]) == 0
    store = portal.served.vendor.store
    store.delete("deals", "105", store.get("deals", "105").modified + timedelta(hours=1))
    store.purge("deals", "106")
    portal.change(
        "INSERT INTO raw_hubspot.records SELECT * REPLACE ('8' AS id, '{\"deleted\":true}' AS content) "
        "FROM raw_hubspot.records WHERE id = '104'"
    )
    portal.change("DELETE FROM raw_hubspot.records WHERE id = '102'")
    portal.change(
        "UPDATE raw_hubspot.records SET changed_at = changed_at - INTERVAL 1 SECOND WHERE id = '103'"
    )
    capsys.readouterr()
    assert cli.main(["reconcile", "crm"]) == 1
    told = capsys.readouterr().out
    assert "missing: deal 102, changed 2026-01-05" in told
    assert "older here: deal 103" in told
    assert "gone there: deal 106, changed 2026-01" in told
    assert "older here: deal 105" in told  # archived before the last pull, and we hold it as living
    assert "1 missing here, 2 older here, 1 gone there, 0 changed since the last pull" in told
