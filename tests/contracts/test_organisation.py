"""Calendars, placeholders and defaults of the organisation."""

from datetime import date

import pytest

from contracts import ALWAYS, load_catalogue
from contracts.vocabulary import DEFAULT_PLACEHOLDERS, WEEKDAYS


@pytest.fixture
def organisation(project):
    return load_catalogue(project.root).organisation


def test_a_calendar_has_spans_per_weekday_and_holidays(project):
    project.change(
        "organisation",
        "{monday: 09:00-17:00}}",
        "{friday: [08:00-12:00, 13:00-24:00]}, holidays: [2026-12-25]}",
    )
    calendar = load_catalogue(project.root).organisation.calendars["business"]
    assert calendar.hours == {"friday": (("08:00", "12:00"), ("13:00", "24:00"))}
    assert calendar.holidays == (date(2026, 12, 25),)


def test_the_calendar_that_is_never_closed_is_built_in(organisation):
    assert organisation.calendars[ALWAYS].hours == dict.fromkeys(WEEKDAYS, (("00:00", "24:00"),))


def test_a_calendars_digest_follows_its_hours_and_not_the_order_of_its_holidays(project):
    def digest(holidays: str) -> str:
        project.write("organisation", text.replace("17:00}}", f"17:00}}, holidays: {holidays}}}"))
        return load_catalogue(project.root).organisation.calendars["business"].digest

    text = (project.root / "contracts/organisation.yaml").read_text(encoding="utf-8")
    assert digest("[2026-01-01, 2026-12-25]") == digest("[2026-12-25, 2026-01-01]")
    assert digest("[2026-01-01]") != digest("[2026-01-02]")


def test_what_is_left_out_has_the_default_of_the_definitions(organisation):
    assert organisation.placeholders == DEFAULT_PLACEHOLDERS
    assert (organisation.minimum_n, organisation.closing_business_day, organisation.week_starts_on) == (
        20,
        5,
        "monday",
    )
    assert (organisation.rediscovery_coverage, organisation.alerts_from) == (0.5, None)


def test_placeholders_are_folded_as_they_are_compared(project):
    project.change("organisation", "currency: EUR", "currency: EUR\nplaceholders: [' TBD ', 'See *', '']")
    assert load_catalogue(project.root).organisation.placeholders == ("tbd", "see *", "")
