"""Does a second implementation, in pandas' and lifelines' words, find the scorecard that our SQL publishes?"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.oracle import comparing, terms
from tests.oracle.companies import companies

EXAMPLES = int(os.environ.get("SEAMKEEPER_ORACLE_EXAMPLES", "0"))
"""Companies per run; from eleven on they are new ones every time."""

pytestmark = pytest.mark.skipif(
    not EXAMPLES, reason="the two do not agree on every row yet: SEAMKEEPER_ORACLE_EXAMPLES=4 shows where"
)


@pytest.fixture(scope="module")
def house(new_house):
    return new_house(comparing.SOURCES, terms.files())


@given(draft=companies(250, 300))
@settings(
    max_examples=max(EXAMPLES, 1), deadline=None, derandomize=EXAMPLES <= 10, database=None,
    phases=[Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_both_find_every_row_of_the_scorecard(house, draft):
    differences = comparing.differences(house, draft)
    assert not differences, comparing.report(draft, differences)
