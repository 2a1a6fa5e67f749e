"""A wrong contract is refused with file, line, key and what to write instead."""

import pytest

from contracts import ContractError, load_catalogue

BUYER = "type: text, required: true, min_length: 3"

WRONG = [
    # keys
    ("accountable: revops", "acountable: revops", "6: acountable: not a key here; write accountable"),
    ("accountable: revops\n", "", "1: accountable: missing; write the team that owns the seam"),
    ("title: Sales → Delivery\n", "", "1: title: missing; write who hands to whom"),
    ("approved_by: delivery", "approved_by: sales", "9: approved_by: sales is not the receiving team"),
    ("approved_by: delivery\n", "", "1: approved_by: missing; write the receiving team"),
    (
        "number: H10",
        "number: H10\nnumber: H11",
        "3: number: written a second time (first on line 2); keep one",
    ),
    ("number: H10", "number: ten", '2: number: "ten" does not fit; write a letter and a number'),
    ("number: H10", "number: H10\nstatus: live", '3: status: "live" is not known; write active'),
    (
        "handoff: sales_to",
        "handoff: sale_to",
        '1: handoff: "sale_to_delivery" is not the file\'s name; write handoff: ',
    ),
    ("handoff: sales_to_delivery\n", "", "1: handoff: missing; write the file's name"),
    ("title: Sales → Delivery", "title:", "3: title: has no value; write one"),
    ("trigger: deal is won", "trigger: [a]", "10: trigger: does not fit (should be a text); write in words"),
    ("trigger: deal is won", 'trigger: "a\\nb"', '10: trigger: "a\\nb" has spaces around it, a line break'),
    (
        "sender: {team: sales}",
        "sender: sales",
        '7: sender: "sales" does not fit (should be a mapping); write who',
    ),
    ("sender: {team: sales}", "sender: {teem: sales}", "7: sender.teem: not a key here; write team"),
    # names
    (
        "accountable: revops",
        "accountable: RevOps",
        '6: accountable: "RevOps" is not a name; write small letters',
    ),
    (
        "name: size",
        "name: Deal Size",
        '19: fields[4].name: "Deal Size" is not a name; write small letters, digits',
    ),
    ("name: size", "name: size__given", '19: fields[4].name: "size__given" is not a field'),
    ("name: size", "name: 2fast", '19: fields[4].name: "2fast" is not a name; write'),
    ("name: size", "name: größe", '19: fields[4].name: "größe" is not a name; write'),
    ("name: size", "name: " + "s" * 49, '19: fields[4].name: "' + "s" * 49 + '" is not a name; write'),
    (
        "name: rival,",
        "name: buyer,",
        "17: fields[2].name: buyer is the name of two fields; rename or delete one",
    ),
    # values
    ("required: true", "required: yes", '16: fields[1].required: "yes" is not a flag; write true or false'),
    ("required: true", "required: no", '16: fields[1].required: "no" is not a flag; write true or false'),
    (BUYER, "type: txt", '16: fields[1].type: "txt" is not known; write text (or number, date, '),
    (BUYER, "required: true", "16: fields[1].type: missing; write what it holds, as in `type: text`"),
    (
        "min_length: 3",
        "min_length: few",
        '16: fields[1].min_length: "few" is not a whole number; write digits',
    ),
    ("min_length: 3", "min_length: 0", '16: fields[1].min_length: "0" does not fit'),
    ("min_length: 3", "min_lenght: 3", "16: fields[1].min_lenght: not a key here; write min_length"),
    (
        "min_length: 3",
        "severity: high",
        '16: fields[1].severity: "high" is not known; write one of critical, warn',
    ),
    (
        "min_length: 3",
        "weight: 0",
        '16: fields[1].weight: "0" does not fit (should be greater than 0); write',
    ),
    ("min_length: 3", "max_age_days: -1", '16: fields[1].max_age_days: "-1" does not fit'),
    ("minimum: 1", "minimum: .nan", '19: fields[4].minimum: ".nan" is not a number; write a plain decimal'),
    ("minimum: 1", "minimum: 1e3", '19: fields[4].minimum: "1e3" is not a number; write a plain decimal'),
    (
        "effective_from: 2026-01-01",
        "effective_from: 1.1.26",
        '5: effective_from: "1.1.26" is not a date; write year',
    ),
    (
        "effective_from: 2026-01-01",
        "effective_from: 2026-02-30",
        '5: effective_from: "2026-02-30" is not a date',
    ),
    ("version: 2.0.0", "version: two", '4: version: "two" does not fit; write two or three numbers'),
    ("mode: none", "mode: blok", '11: gate.mode: "blok" is not known; write block (or warn, none)'),
    ("submit_hours: 24, ", "", "12: sla.submit_hours: missing; write hours above 0"),
    ("submit_hours: 24", "submit_hours: 24h", '12: sla.submit_hours: "24h" is not a number; write a plain'),
    (
        "submit_hours: 24",
        "submit_hours: -1",
        '12: sla.submit_hours: "-1" does not fit (should be greater than 0)',
    ),
    (
        "submit_hours: 24",
        "submit_hours: 24, update_hours: 0",
        '12: sla.update_hours: "0" does not fit (should be greater than 0)',
    ),
    ("expires_after_days: 30", "expires_after_days: 0", '13: expires_after_days: "0" does not fit'),
    (
        "decisions: true",
        "decisions: on",
        '14: recorded.decisions: "on" is not true, false or a date; write one',
    ),
    ("recorded: {dec", "recorded: {desc", "14: recorded.descisions: not a key here; write decisions"),
    ("min_length: 3", "source: buyer", '16: fields[1].source: "buyer" is not a place in a source; write'),
    # what one key says about another
    ("minimum: 1", "minimum: 10", "19: fields[4].minimum: 10 is above maximum, 9; write a number up to 9"),
    (
        "min_length: 3",
        "minimum: 3",
        "16: fields[1].minimum: belongs to type number, not text; delete it or write",
    ),
    (", values: [warm, cold]", "", "20: fields[5].values: missing; a choice needs its values"),
    ("[warm, cold]", "[warm, warm]", '20: fields[5].values[2]: "warm" is there twice; delete one'),
    ("text: text", "text: txt", '21: fields[6].item.text: "txt" is not a type of an item; write text'),
    ("[verbal, written]", "[]", "21: fields[6].item.kind: allows nothing; write its allowed texts"),
    ("kind: [verbal, written]", "kind: {a: b}", "21: fields[6].item.kind: is neither a type nor a list"),
    (
        "required_when: rival",
        "required_when: rivals",
        "18: fields[3].required_when: rivals is not a field of this",
    ),
    (
        "required_when: rival",
        "required_when: playbook",
        "18: fields[3].required_when: goes in a circle (playbook → ",
    ),
    (
        "none_value: no rival",
        "required_when: playbook",
        "18: fields[3].required_when: goes in a circle (playbook → ",
    ),
    (
        "required: true",
        "required: true, required_when: rival",
        "16: fields[1].required_when: the field is required",
    ),
    # versions
    ("version: 1.0.0", "version: 3.0.0", "23: earlier_versions[1].version: 3.0.0 is not below 2.0.0"),
    ("version: 1.0.0", "version: 2.0", "23: earlier_versions[1].version: 2.0 is not below 2.0.0"),
    (
        "from: 2025-06-01",
        "from: 2026-06-01",
        "24: earlier_versions[1].effective_from: 2026-06-01 is not before",
    ),
    (
        "from: 2025-01-01",
        "from: 2025-06-01",
        "27: earlier_versions[2].effective_from: 2025-06-01 is not before",
    ),
    (
        "    effective_from: 2025-06-01\n",
        "",
        "23: earlier_versions[1].effective_from: missing; write the first day",
    ),
    (
        "fields: [{name: buyer, type: text",
        "fields: [{name: buyer, type: date",
        "28: earlier_versions[2].fields[1].type: ",
    ),
    (
        "    expires_after_days: 60",
        "    number: H12",
        "25: earlier_versions[1].number: the same for all versions",
    ),
    (
        "    expires_after_days: 60",
        "    expires_after: 60",
        "25: earlier_versions[1].expires_after: not a key here; ",
    ),
    # what other files say
    (
        "calendar: business",
        "calendar: busines",
        "12: sla.calendar: busines is not a calendar of organisation.yaml",
    ),
    (
        "number: H10",
        "targets: {completion_rat: 1}",
        "2: targets.completion_rat: not a metric; write completion_rate",
    ),
    (
        "number: H10",
        "targets: {rejection_share: 1}",
        "2: targets.rejection_share: a metric that takes no target",
    ),
    (
        "number: H10",
        "targets: {drop_rate: 90}\nnumber: H10",
        "2: targets.drop_rate: 90 is no possible target; write",
    ),
    # more than one
    ("sender: {team: sales}", "sender: x\nreceivr: y", "7: sender: "),
]


def refusal(project) -> str:
    with pytest.raises(ContractError) as refused:
        load_catalogue(project.root)
    message = str(refused.value)
    assert message.isprintable()  # one line, nothing a terminal would obey
    return message


@pytest.mark.parametrize(("old", "new", "words"), WRONG)
def test_a_wrong_contract_is_refused_with_line_key_and_remedy(project, old, new, words):
    project.change("sales_to_delivery", old, new)
    message = refusal(project)
    assert message.startswith(f"contracts/sales_to_delivery.yaml:{words}")
    assert "; " in message  # what is wrong; what to write


def test_the_other_mistakes_of_a_file_are_counted(project):
    project.change("sales_to_delivery", "submit_hours: 24", "submit_hours: soon")
    project.change("sales_to_delivery", "expires_after_days: 30", "expires_after_days: never")
    assert refusal(project).endswith("(and one more mistake in this file)")


def test_a_mistake_that_earlier_versions_take_over_is_told_once(project):
    project.change("sales_to_delivery", "accountable: revops", "accountable: Rev Ops")
    assert "more mistake" not in refusal(project)


def test_a_contract_that_requires_nothing_is_refused(project):
    project.change("sales_to_delivery", "required: true, min", "min")
    project.change("sales_to_delivery", ", required_when: rival", "")
    assert ":15: fields: no field is required, so no packet could be incomplete; write" in refusal(project)
