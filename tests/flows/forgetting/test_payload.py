"""What is left of a row: a person's under their pseudonym, an account's without what is told in words."""

import json

import pytest

from flows.forgetting.payload import Words, without_account, without_person


@pytest.fixture
def left_of(ann, mapping, words):
    def left_of(row, is_their_record=False):
        return without_person(row, ann, mapping, words, is_their_record)

    return left_of


@pytest.mark.parametrize(
    ("actor", "becomes"),
    [
        ("hubspot:77", "hubspot:forgotten-0"),
        ("ann", "forgotten-0"),
        ("Ann@acme.example", "forgotten-0@forgotten.invalid"),
        ("annette", "annette"),
        ("77", "77"),
        (None, None),
    ],
)
def test_an_actor_who_is_the_person_gets_the_pseudonym(row, left_of, actor, becomes):
    told = row(actor=actor, value="7")
    assert left_of(told) == row(actor=becomes, value="7")


def test_an_owner_is_renamed_as_its_system_writes_it_and_stays_an_owner(row, left_of):
    owner = row(field="hubspot_owner_id", value="77")
    assert left_of(owner) == row(field="hubspot_owner_id", value="forgotten-0")
    assert left_of(row(field="seats", value="77")) == row(field="seats", value="77")


@pytest.mark.parametrize("value", ["ann", "call ann@acme.example", "ANN@ACME.EXAMPLE"])
def test_a_field_that_names_them_is_a_word_and_marked(row, left_of, words, value):
    for type_ in ("record.changed", "handoff.field_set"):
        left = left_of(row(type=type_, value=value, detail='{"evidence": "snapshot"}'))
        assert left.value == words.word(value)
        assert json.loads(left.detail) == {"evidence": "snapshot", "forgotten": True}


@pytest.mark.parametrize("value", ["annette", "joann@acme.example", "ann@acme.example.org2", "tbd", ""])
def test_a_field_that_only_looks_like_them_stays(row, left_of, value):
    assert left_of(row(value=value)) == row(value=value)


def test_a_placeholder_that_goes_on_to_name_them_is_as_missing_as_it_was(row, left_of):
    assert left_of(row(value="see ann@acme.example")) == row(value=None)


def test_what_their_system_says_of_them_is_gone_but_for_what_figures_need(row, left_of):
    said = {"name": "Ann", "email": "ann@acme.example", "phone": "1", "manager": "ann", "kind": "person"}
    left = left_of(row(type="person.set", actor="hubspot:77", detail=json.dumps(said)))
    assert json.loads(left.detail) == {
        "email": "forgotten-0@forgotten.invalid",
        "manager": "forgotten-0",
        "kind": "person",
    }


def test_of_another_s_only_what_names_them_changes(row, left_of):
    said = {"name": "Cy", "manager": "hubspot:77", "lists": ["ann", "Ann's"], "n": 1}
    left = left_of(row(type="person.set", actor="cy", detail=json.dumps(said)))
    assert json.loads(left.detail) == {
        **said,
        "manager": "hubspot:forgotten-0",
        "lists": ["forgotten-0", "Ann's"],
    }
    assert left_of(row(detail='{"url":  "x"}')) == row(detail='{"url":  "x"}')


def test_a_contact_that_is_them_loses_its_properties_and_keeps_what_acts_show_by(row, left_of, words):
    phone = row(object="contact", field="phone", value="030 1")
    assert left_of(phone, is_their_record=True).value == words.word("030 1")
    stage = row(field="dealstage", value="won")
    assert left_of(stage, is_their_record=True) == stage


def test_an_account_s_values_are_words_equal_where_they_were_equal(row, mapping, words):
    def left(text):
        return without_account(row(value=text), mapping, words).value

    assert left("to the moon") == left("to the moon") == words.word("to the moon")
    assert left("to the moon") != left("to mars")
    assert Words(secret=b"other").word("to the moon") != left("to the moon")


@pytest.mark.parametrize(
    ("field", "value"), [("dealstage", "won"), ("amount", "7"), ("hubspot_owner_id", "77")]
)
def test_what_figures_are_read_from_stays(row, mapping, words, field, value):
    told = row(field=field, value=value)
    assert without_account(told, mapping, words) == told


def test_an_account_s_name_and_url_are_gone_and_its_amount_stays(row, mapping, words):
    about = {"name": "Acme", "url": "https://crm/1", "segment": "smb", "currency": "EUR"}
    told = row(type="handoff.triggered", value="500", detail=json.dumps(about))
    left = without_account(told, mapping, words)
    assert (left.value, json.loads(left.detail or "")) == ("500", {"segment": "smb", "currency": "EUR"})


def test_an_answer_keeps_its_number_and_each_contact_is_somebody_else(row, mapping, words):
    def left(contact):
        return without_account(row(type="survey.answered", value="9", actor=contact), mapping, words)

    assert left("mia") == row(type="survey.answered", value="9", actor=words.word("mia"))
    assert left("mia").actor != left("max").actor


@pytest.mark.parametrize(
    ("reason", "becomes"), [("wrong_value", "wrong_value"), ("Ann was rude", "other"), (None, None)]
)
def test_a_reason_in_a_sentence_becomes_other(row, mapping, words, reason, becomes):
    told = row(type="handoff.rejected", reason=reason)
    assert without_account(told, mapping, words).reason == becomes


@pytest.mark.parametrize("value", ["acme.example", "https://www.Acme.example/about", '["acme.example"]'])
def test_domains_are_others_that_are_as_equal_as_they_were(row, mapping, words, value):
    told = row(object="company", field="domain", value=value)
    assert without_account(told, mapping, words).value == f"{words.word('acme.example')}.invalid"


def test_a_freemail_domain_links_nobody_and_stays(row, mapping, words):
    told = row(object="company", field="domain", value="gmail.com,acme.example")
    left = without_account(told, mapping, words).value
    assert left == f"gmail.com,{words.word('acme.example')}.invalid"


def test_what_was_forgotten_is_not_forgotten_again(row, ann, mapping, words):
    told = [
        row(value="to the moon", detail='{"url": "x"}', reason="a b"),
        row(object="company", field="domain", value="gmail.com,acme.example"),
        row(type="survey.answered", value="9", actor="mia"),
    ]
    for one in told:
        left = without_account(one, mapping, words)
        assert without_account(left, mapping, words) == left != one
        assert without_person(left, ann, mapping, words, False) == left
