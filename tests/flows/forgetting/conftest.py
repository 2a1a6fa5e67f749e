from dataclasses import replace

import pytest

from flows.forgetting.mapping import Mapping
from flows.forgetting.payload import Person, Row, Words

MAPPING = Mapping(
    owners=frozenset({("hubspot", "deal", "hubspot_owner_id")}),
    domains=frozenset({("hubspot", "company", "domain")}),
    needed=frozenset({("hubspot", "deal", "dealstage"), ("hubspot", "deal", "amount")}),
    freemail=frozenset({"gmail.com"}),
    accounts=frozenset({("hubspot", "company")}),
    packets=frozenset({("sdr_to_ae", "hubspot", "deal")}),
)
ANN = Person(frozenset({"hubspot:77", "ann"}), frozenset({"ann@acme.example"}), "forgotten-0")
CHANGED = Row(1, "hubspot", "record.changed", "deal", "d1", "goal", None, "bob", None, None)


@pytest.fixture
def mapping():
    return MAPPING


@pytest.fixture
def ann():
    return ANN


@pytest.fixture
def words():
    return Words(("tbd", "none", "see *"), secret=b"secret")


@pytest.fixture
def row():
    """A row with these columns; without more, a change of a deal's property by bob."""
    return lambda **columns: replace(CHANGED, **columns)
