"""Is what sources.toml says of the write-back right, and if not, is it said in one line what is wrong?"""

import pytest

from contracts.errors import ConfigurationError
from flows.write_back import configured, turned_on

HUBSPOT = '[hubspot]\nkind = "hubspot"\n[hubspot.write_back]\n'
SALESFORCE = '[sf]\nkind = "salesforce"\nurl = "https://x.example"\n[sf.write_back]\n'


def turned(generation, text):
    generation.declare(text)
    return turned_on(generation.settings, generation.shipped)


def test_an_empty_table_turns_it_on_for_every_handoff_with_records_there(generation):
    (hubspot,) = turned(generation, HUBSPOT)
    assert hubspot.names["ae_to_onboarding"] == (
        "seamkeeper_ae_to_onboarding_gate",
        "seamkeeper_ae_to_onboarding_missing",
    )
    assert "cs_to_support" not in hubspot.names  # its packets are tickets of Zendesk
    (salesforce,) = turned(generation, SALESFORCE)
    assert salesforce.names["ae_to_onboarding"][0] == "Seamkeeper_ae_to_onboarding_Gate__c"


def test_it_can_be_asked_for_some_handoffs_and_other_properties(generation):
    said = 'handoffs = ["ae_to_onboarding"]\ngate = "gate"\nmissing = "{handoff}_lacks"\n'
    (hubspot,) = turned(generation, HUBSPOT + said)
    assert hubspot.names == {"ae_to_onboarding": ("gate", "ae_to_onboarding_lacks")}


def test_without_the_table_it_is_off(generation):
    assert turned(generation, '[hubspot]\nkind = "hubspot"\n') == ()


WRONG = {
    'handoffs = ["ae_to_onbording"]': r"\[hubspot.write_back\]: there is no handoff ae_to_onbording; did you mean",
    'gate = "gate"': r"would both be \w+\.gate; name them apart, by {handoff}$",
    'handoffs = ["ae_to_onboarding"]\ngate = "x"\nmissing = "X"': "`gate` and `missing` would both be deal.X",
    'gate = "{packet}_gate"': "`{packet}_gate` is no name of a property; use letters",
    'handoffs = ["ae_to_onboarding"]\ngate = "dealstage"': (
        r"deal.dealstage is what ae_to_onboarding.triggered reads; name another$"
    ),
    'colour = "red"': "unknown key `colour`",
    "gate = 1": "`gate` is 1; write a text",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_in_one_line(generation, text):
    with pytest.raises(ConfigurationError, match=WRONG[text]) as caught:
        turned(generation, HUBSPOT + text)
    assert "\n" not in str(caught.value)


def test_a_contract_may_not_read_what_every_write_moves(generation, monkeypatch):
    said = '[zendesk]\nkind = "zendesk"\nsubdomain = "a"\n[zendesk.write_back]\n'
    assert turned(generation, said)  # no shipped contract does
    monkeypatch.setattr(
        configured, "wanted", lambda *_: {"ticket": {"updated_at": "support_to_expansion.heard_at"}}
    )
    with pytest.raises(
        ConfigurationError, match="updated_at is what support_to_expansion.heard_at reads; every write"
    ):
        turned(generation, said)


def test_a_kind_that_is_no_vendor_s_api_has_no_such_table(generation):
    with pytest.raises(ConfigurationError, match="unknown key `write_back`"):
        turned(generation, '[crm]\nkind = "events"\npath = "x"\n[crm.write_back]\n')
