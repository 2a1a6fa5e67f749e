"""Motions, shared signals and owners that do not go together are refused with line, key and remedy."""

import pytest

from contracts import ContractError, load_catalogue

MOTIONS = "motions: [new, more]\n"
NEW, MORE = "new: {team: sales, do: call}", "more: {team: support, do: write}"
SIGNAL = (
    "signals:\n  departed:\n    when: hubspot.company.champion = gone\n    actions:\n      {}\n      {}\n"
)
WRONG = [  # stands from line 4 on
    (
        MOTIONS + SIGNAL.format(NEW, ""),
        '8: signals.departed.actions: says nothing for the motion "more"; write more: {team: …, do: …} there',
    ),
    (SIGNAL.format(NEW, MORE), "1: motions: missing, but signals is there; write the motions they concern"),
    (
        MOTIONS + SIGNAL.format(NEW, MORE).replace("more:", "mor:"),
        '8: signals.departed.actions: says nothing for the motion "more"; ',
    ),
    (
        MOTIONS + SIGNAL.format(NEW, MORE + "\n      old: {team: sales, do: ask}"),
        '11: signals.departed.actions.old: "old" is not a motion of organisation.yaml; write ',
    ),
    ("motions: [new, all]\n", "4: motions[2]: all is reserved; write the motion's own name"),
    ("motions: [new, new]\n", '4: motions[2]: "new" is there twice; delete one'),
    (
        MOTIONS + SIGNAL.format("new: {do: call}", MORE),
        "9: signals.departed.actions.new.team: missing; write who does it",
    ),
    (
        MOTIONS + SIGNAL.format("new: {team: sales}", MORE),
        "9: signals.departed.actions.new.do: missing; write what they do",
    ),
    (MOTIONS + "signals: {departed: {when: []}}\n", "5: signals.departed.actions: missing; write one per motion"),
    (
        MOTIONS + SIGNAL.format(NEW, MORE).replace("company", "contact"),
        "7: signals.departed.when: hubspot.contact is not named under accounts.records; write",
    ),
    (
        MOTIONS + SIGNAL.format(NEW, MORE).replace(" = gone", ""),
        "7: signals.departed.when: does not fit an account; write hubspot.company.champion =",
    ),
    (
        MOTIONS + "accounts: {primary: {mor: hubspot.company.owner}}\n",
        '5: accounts.primary.mor: "mor" is not a motion of organisation.yaml; write more',
    ),
    (
        "accounts: {primary: {new: hubspot.deal.owner}}\n",
        "4: accounts.primary.new: hubspot.deal is not named under accounts.records; write",
    ),
]  # fmt: skip


def spoilt(project, text):
    project.change("organisation", "currency: EUR\n", "currency: EUR\n" + text)
    return load_catalogue(project.root).organisation


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_does_not_go_together_is_refused_with_line_key_and_remedy(project, text, words):
    with pytest.raises(ContractError) as refused:
        spoilt(project, text)
    message = str(refused.value)
    assert message.startswith(f"contracts/organisation.yaml:{words}")
    assert "; " in message


def test_a_signal_with_an_action_for_every_motion_is_read(project):
    organisation = spoilt(
        project, MOTIONS + SIGNAL.format(NEW, MORE) + "accounts: {primary: {all: hubspot.company.owner}}\n"
    )
    assert {
        name: (action.team, action.do) for name, action in organisation.signals["departed"].actions.items()
    } == {
        "new": ("sales", "call"),
        "more": ("support", "write"),
    }
    assert organisation.accounts.primary == {"all": ("hubspot.company.owner",)}
