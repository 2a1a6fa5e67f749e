"""Placeholders and defaults of the organisation."""

import pytest

from contracts import load_catalogue
from contracts.vocabulary import DEFAULT_PLACEHOLDERS


@pytest.fixture
def organisation(project):
    return load_catalogue(project.root).organisation


def test_what_is_left_out_has_the_default_of_the_definitions(organisation):
    assert organisation.placeholders == DEFAULT_PLACEHOLDERS
    assert (organisation.minimum_n, organisation.closing_business_day, organisation.week_starts_on) == (
        20,
        5,
        "monday",
    )
    assert (organisation.rediscovery_coverage, organisation.alerts_from) == (0.5, None)
    assert (organisation.warn_share, organisation.escalate_hours) == (0.75, None)


def test_placeholders_are_folded_as_they_are_compared(project):
    project.change("organisation", "currency: EUR", "currency: EUR\nplaceholders: [' TBD ', 'See *', '']")
    assert load_catalogue(project.root).organisation.placeholders == ("tbd", "see *", "")
