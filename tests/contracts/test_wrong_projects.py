"""A wrong organisation.yaml, or files that do not go together, are refused with line, key and remedy."""

import pytest

from contracts import ContractError, load_catalogue

WRONG_ORGANISATION = [
    (
        "zone: Europe/Berlin\n",
        "zone: Europe/Berln\n",
        '2: zone: "Europe/Berln" is not an IANA zone; write one, as in Eur',
    ),
    ("zone: Europe/Berlin\n", "zone: Europe\n", '2: zone: "Europe" is not an IANA zone; write one'),
    ("zone: Europe/Berlin\n", "zone: ../passwd\n", '2: zone: "../passwd" is not an IANA zone; write one'),
    (
        "{zone: Europe/Berlin",
        "{zone: Mars/Base",
        '5: calendars.business.zone: "Mars/Base" is not an IANA zone; write',
    ),
    ("currency: EUR", "currency: euro", '3: currency: "euro" does not fit; write an ISO 4217 code'),
    ("currency: EUR", "curency: EUR", "3: curency: not a key here; write currency"),
    (
        "business: {",
        "always: {",
        "5: calendars.always: built in and never closed; rename this calendar or delete",
    ),
    ("monday: 0", "mondy: 0", '5: calendars.business.hours.mondy: "mondy" is not known; write monday'),
    (
        "09:00-17:00",
        "9-17",
        '5: calendars.business.hours.monday: "9-17" is not a span of hours; write opening',
    ),
    (
        "09:00-17:00",
        "09:00-09:00",
        "5: calendars.business.hours.monday: 09:00-09:00 is no time at all; write two different times",
    ),
    (
        "monday: 09:00-17:00",
        "monday: 22:00-06:00, tuesday: 05:30-08:00",
        "5: calendars.business.hours.monday: 22:00-06:00 overlaps tuesday, which opens at 05:30; close it by",
    ),
    (
        "monday: 09:00-17:00",
        "sunday: [09:00-10:00, 22:00-06:00], monday: 00:00-01:00",
        "5: calendars.business.hours.sunday: 22:00-06:00 overlaps monday, which opens at 00:00; close it by",
    ),
    ("09:00-17:00", "[22:00-06:00, 23:00-24:00]", "5: calendars.business.hours.monday: 23:00-24:00 overlaps"),
    ("09:00-17:00", "[09:00-12:00, 11:00-13:00]", "5: calendars.business.hours.monday: 11:00-13:00 overlaps"),
    (
        "09:00-17:00}",
        "09:00-17:00}, holidays: [xmas]",
        '5: calendars.business.holidays[1]: "xmas" is not a date; ',
    ),
    *(
        (
            "09:00-17:00}",
            f"09:00-17:00}}, holidays: {{{written}}}",
            f"5: calendars.business.holidays{refusal}",
        )
        for written, refusal in (
            (
                "country: de",
                '.country: "de" is no country whose holidays are known; write its two ISO letters, as in DE',
            ),
            ("country: Germany", '.country: "Germany" is no country whose holidays are known; write'),
            ("contry: DE", ".contry: not a key here; write country"),
            (
                "country: DE, subdivision: XX",
                '.subdivision: "XX" is no subdivision of DE with holidays of its own; write one of BB, BE',
            ),
            (
                "country: DE, subdivision: Bayern",
                '.subdivision: "Bayern" is no subdivision of DE with holidays of its own; write BY',
            ),
            ("subdivision: BY", ".subdivision: of no country; write country: as well"),
            (
                "except: [Labor Day]",
                ".except: no country's holidays to keep open; write country: or delete it",
            ),
            (
                "country: US, except: [Colombus Day]",
                '.except[1]: "Colombus Day" is no public holiday there from 2010 to 2050; write Columbus Day',
            ),
            (
                "country: US, except: [2026-07-05]",
                '.except[1]: "2026-07-05" is no public holiday there from 2010 to 2050; delete it',
            ),
            ("country: DE, also: [Easter]", '.also[1]: "Easter" is not a date; write'),
        )
    ),
    ("completion_rate: 0.9", "completion: 0.9", "7: targets.completion: not a metric; write completion_rate"),
    ("completion_rate: 0.9", "nps_delta: 300", "7: targets.nps_delta: 300 is no possible target; write"),
    (
        "{name: small, below: 100}",
        "{name: small}",
        "9: amount_bands[1]: has no limit, but another band follows; ",
    ),
    (
        "{name: large}",
        "{name: large, below: 9}",
        "10: amount_bands[2].below: the last band takes whatever is left; ",
    ),
    (
        "currency: EUR",
        "currency: EUR\nplaceholders: [a*?]",
        '4: placeholders[1]: "a*?" mixes * with ?, [ or ]; ',
    ),
    ("currency: EUR", "currency: EUR\nminimum_n: 0", '4: minimum_n: "0" does not fit'),
    (
        "currency: EUR",
        "currency: EUR\nalerts_from: no",
        '4: alerts_from: "no" is not a date; write year, month and',
    ),
    (
        "currency: EUR",
        "currency: EUR\nteams: {sales: {leed: u1}}",
        "4: teams.sales.leed: not a key here; write lead",
    ),
]


def refusal(project) -> str:
    with pytest.raises(ContractError) as refused:
        load_catalogue(project.root)
    message = str(refused.value)
    assert message.isprintable()  # one line, nothing a terminal would obey
    return message


@pytest.mark.parametrize(("old", "new", "words"), WRONG_ORGANISATION)
def test_a_wrong_organisation_is_refused_with_line_key_and_remedy(project, old, new, words):
    project.change("organisation", old, new)
    message = refusal(project)
    assert message.startswith(f"contracts/organisation.yaml:{words}")
    assert "; " in message


def test_two_contracts_may_not_share_a_number(project):
    text = (project.root / "contracts/sales_to_delivery.yaml").read_text(encoding="utf-8")
    project.write("zeta", text.replace("handoff: sales_to_delivery", "handoff: zeta"))
    assert refusal(project) == (
        "contracts/zeta.yaml:2: number: "
        "H10 is already the number of contracts/sales_to_delivery.yaml; write another"
    )


def test_a_file_under_another_ending_is_refused_not_passed_over(project):
    (project.root / "contracts/sales_to_delivery.yaml").rename(
        project.root / "contracts/sales_to_delivery.yml"
    )
    assert (
        "sales_to_delivery.yml:1: not read under this name; rename it to sales_to_delivery.yaml"
        in refusal(project)
    )


def test_no_contracts_no_organisation_and_no_folder_are_refused(project):
    (project.root / "contracts/sales_to_delivery.yaml").unlink()
    assert "holds no contract; write one YAML file per handoff" in refusal(project)
    project.write("sales_to_delivery", "handoff: x\n")
    (project.root / "contracts/organisation.yaml").unlink()
    assert "contracts/organisation.yaml:1: missing; write" in refusal(project)
    project.root = project.root / "nowhere"
    assert "cannot be listed" in refusal(project)
