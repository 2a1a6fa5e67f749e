"""Does a second implementation, in pandas' and lifelines' words, find the scorecard that our SQL publishes?"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests import recounting
from tests.oracle import comparing, terms
from tests.oracle.companies import companies

EXAMPLES = int(os.environ.get("SEAMKEEPER_ORACLE_EXAMPLES", "2"))
"""Companies per run; from eleven on they are new ones every time."""


@pytest.fixture(scope="module")
def house(new_house):
    return new_house(comparing.SOURCES, terms.files())


# No Phase.shrink: a night takes half a minute however small the company is, and Hypothesis would want hundreds.
# `narrowed` cuts a company that differs down to a few packets in ten.
@given(draft=companies(200, 250))
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=EXAMPLES <= 10, database=None,
    phases=[Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_both_find_every_row_of_the_scorecard(house, draft):
    if differences := comparing.differences(house, draft):
        draft, differences = comparing.narrowed(house, draft, differences)
    assert not differences, comparing.report(draft, differences)


def test_every_row_of_the_last_company_is_found_again_by_its_clause(house):
    assert recounting.miscounted(house, terms.ORGANISATION["zone"], recounting.rows_of(house)) == []
