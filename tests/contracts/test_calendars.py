"""Calendars of the organisation: hours, a country's holidays, and what is recorded of them."""

import json
import os
import subprocess
import sys
from datetime import date

import pytest

from contracts import ALWAYS, Calendar, Holidays, load_catalogue, public_holidays
from contracts.vocabulary import WEEKDAYS


@pytest.fixture
def calendar(project):
    """The calendar `business` with these hours and holidays, as written in organisation.yaml."""
    text = (project.root / "contracts/organisation.yaml").read_text(encoding="utf-8")

    def calendar(holidays, hours="{monday: 09:00-17:00}"):
        written = f"{hours}, holidays: {holidays}}}"
        project.write("organisation", text.replace("{monday: 09:00-17:00}}", written))
        return load_catalogue(project.root).organisation.calendars["business"]

    return calendar


def test_a_calendar_has_spans_per_weekday_and_holidays(calendar):
    read = calendar("[2026-12-25]", hours="{friday: [08:00-12:00, 13:00-24:00], saturday: 22:00-06:00}")
    assert read.hours == {
        "friday": (("08:00", "12:00"), ("13:00", "24:00")),
        "saturday": (("22:00", "06:00"),),
    }
    assert read.holidays == (date(2026, 12, 25),)


def test_the_calendar_that_is_never_closed_is_built_in(project):
    organisation = load_catalogue(project.root).organisation
    assert organisation.calendars[ALWAYS].hours == dict.fromkeys(WEEKDAYS, (("00:00", "24:00"),))


def test_a_span_may_end_where_the_next_days_begins(calendar):
    hours = "{sunday: 22:00-06:00, monday: [06:00-12:00, 20:00-00:00], tuesday: 00:00-24:00}"
    assert calendar("[]", hours=hours).hours["monday"] == (("06:00", "12:00"), ("20:00", "00:00"))


def test_a_countrys_public_holidays_are_closed_in_every_year(calendar):
    days = calendar("{country: DE}").holidays
    assert {date(2011, 4, 22), date(2026, 4, 3), date(2031, 4, 11), date(2050, 10, 3)} <= set(
        days
    )  # Good Fridays
    assert date(2026, 1, 6) not in days
    assert days == tuple(sorted(days))


def test_a_subdivision_has_holidays_of_its_own(calendar):
    epiphany = date(2026, 1, 6)
    assert epiphany in calendar("{country: DE, subdivision: BY}").holidays
    assert epiphany not in calendar("{country: DE, subdivision: BE}").holidays


def test_days_may_be_added_and_holidays_kept_open_by_day_or_by_name(calendar):
    read = calendar("{country: US, also: [2026-12-24], except: [Columbus Day, 2026-07-03]}")
    assert date(2026, 12, 24) in read.holidays
    assert not {date(2026, 10, 12), date(2030, 10, 14), date(2026, 7, 3)} & set(read.holidays)
    assert {date(2026, 7, 4), date(2027, 7, 5), date(2026, 11, 26)} <= set(read.holidays)


def test_a_holiday_kept_open_is_so_on_the_day_it_is_observed(calendar):
    read = calendar("{country: US, except: [Juneteenth National Independence Day]}")
    assert not {date(2026, 6, 19), date(2027, 6, 18)} & set(read.holidays)


def test_a_day_that_is_two_holidays_is_closed_while_one_of_them_is():
    days = {date(2008, 5, 1): ("Labor Day", "Ascension Day"), date(2026, 5, 1): ("Labor Day",)}
    holidays = Holidays.model_validate({"country": "DE", "except": ["Labor Day"]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(public_holidays, "days", lambda *_: days)
        assert holidays.days == {date(2008, 5, 1): "Ascension Day"}


def test_a_plain_list_is_recorded_as_it_always_was():
    calendar = Calendar(
        zone="Europe/Berlin",
        hours={"monday": (("09:00", "17:00"),)},
        holidays=(date(2026, 12, 25), date(2026, 1, 1)),
    )
    recorded = '{"holidays":["2026-01-01","2026-12-25"],"hours":{"monday":[["09:00","17:00"]]},"zone":"Europe/Berlin"}'
    assert calendar.canonical_json == recorded
    assert calendar.digest == "96358530a18d368f94caefc582bb1fe7bcf6ce0dd32962d5e6736d89d01cf196"


def test_a_calendars_digest_follows_its_hours_and_not_the_order_of_its_holidays(calendar):
    plain = calendar("[2026-01-01, 2026-12-25]").digest
    assert (
        plain
        == calendar("[2026-12-25, 2026-01-01]").digest
        == calendar("{also: [2026-01-01, 2026-12-25]}").digest
    )
    assert plain != calendar("[2026-01-01]").digest


def test_what_is_recorded_of_a_country_is_what_was_promised_and_the_days_that_made(calendar):
    read = calendar("{country: DE, subdivision: BY, also: [2026-12-31, 2026-12-24], except: [Epiphany]}")
    recorded = json.loads(read.canonical_json)["holidays"]
    assert recorded.pop("days") == [day.isoformat() for day in read.holidays]
    assert recorded == {
        "country": "DE", "subdivision": "BY", "also": ["2026-12-24", "2026-12-31"], "except": ["Epiphany"],
    }  # fmt: skip


def test_a_library_that_knows_other_holidays_makes_another_digest(calendar, monkeypatch):
    before = calendar("{country: DE}").digest
    known = dict(public_holidays.days("DE"))
    monkeypatch.setattr(
        public_holidays, "days", lambda *_: {**known, date(2027, 10, 31): ("Reformation Day",)}
    )
    assert calendar("{country: DE}").digest != before


def test_every_country_that_is_offered_has_days_without_a_word_on_the_terminal(recwarn):
    assert {"DE", "US", "GB", "IN"} <= set(public_holidays.countries())
    assert all(public_holidays.days(country) for country in ("DE", "US", "GB", "IN", "HK"))
    assert not list(recwarn)
    with pytest.raises(KeyError):
        public_holidays.days("XX")


def test_holidays_have_english_names_whatever_the_terminal_speaks():
    code = "import datetime, contracts.public_holidays as known; print(known.days('DE')[datetime.date(2026, 4, 3)])"
    assert printed(code, LANGUAGE="de", LC_ALL="de_DE.UTF-8") == "('Good Friday',)\n"


def test_holidays_are_looked_up_only_where_a_calendar_names_a_country(project):
    code = f"import sys, pathlib, contracts; contracts.load_catalogue(pathlib.Path({str(project.root)!r})); "
    assert printed(code + "print('holidays' in sys.modules)") == "False\n"


def printed(code, **environment):
    """What Python prints for some code in a process of its own."""
    command, environment = [sys.executable, "-c", code], {**os.environ, **environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout
