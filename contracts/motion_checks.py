"""Does every shared signal mean something in every motion? What organisation.yaml says of motions, signals and owners;
`Problem`s out, nothing raised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from contracts.organisation import Organisation
from contracts.refusals import Problem, near
from contracts.vocabulary import ALL_MOTIONS
from contracts.yaml_reader import Place, quoted


def motion_problems(organisation: Organisation) -> Iterator[Problem]:
    """Everything wrong with `motions`, `signals` and `accounts.primary` that is not wrong within a single key."""
    motions = organisation.motions
    for position, motion in enumerate(motions):
        place: Place = ("motions", position)
        if motion == ALL_MOTIONS:
            yield Problem(place, "all is reserved; write the motion's own name")
        if motion in motions[:position]:
            yield Problem(place, f"{quoted(motion)} is there twice; delete one")
    if organisation.signals and not motions:
        yield Problem(
            ("motions",),
            "missing, but signals is there; write the motions they concern, as in motions: [inbound, partner]",
            is_missing=True,
        )
    for name, signal in organisation.signals.items():
        yield from _without_action(organisation, name)
        yield from _unknown(organisation, ("signals", name, "actions"), signal.actions)
    owned = [motion for motion in organisation.accounts.primary if motion != ALL_MOTIONS]
    yield from _unknown(organisation, ("accounts", "primary"), owned)


def _without_action(organisation: Organisation, name: str) -> Iterator[Problem]:
    actions = organisation.signals[name].actions
    for motion in organisation.motions:
        if motion not in actions:
            yield Problem(
                ("signals", name, "actions"),
                f"says nothing for the motion {quoted(motion)}; write {motion}: {{team: …, do: …}} there",
            )


def _unknown(organisation: Organisation, place: Place, named: Iterable[str]) -> Iterator[Problem]:
    """Motions that are not among those declared; where none is, nobody says which there are."""
    known = organisation.motions
    for motion in named:
        if known and motion not in known:
            yield Problem(
                (*place, motion),
                f"{quoted(motion)} is not a motion of organisation.yaml; {near(motion, known)}, or add it to motions",
            )
