"""Which property may be which field of a contract? Names compared, the likeliest first, each with its reason.

In: a contract's fields and the profiles of a source's properties. Out: up to three proposals per field. A person
decides; what nothing resembles has no proposal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from contracts import Field
from flows.discovery.profiling import Profile

LIKELY = 0.6
"""Below this likeness two names have nothing to do with each other."""
CONTAINED = 0.7
"""At least so alike are two names of which one has all the words of the other, as prefixed properties do."""
SHOWN = 3


@dataclass(frozen=True)
class Proposal:
    """`place` (`hubspot.deal.economic_buyer`) may hold the field: how alike the names are (0–1), and why."""

    place: str
    likeness: float
    reason: str


def proposals(field: Field, system: str, profiled: Mapping[str, Sequence[Profile]]) -> list[Proposal]:
    """The likeliest properties of a field; those a contract names already come first."""
    found = []
    for object_, profiles in profiled.items():
        for profile in profiles:
            place = f"{system}.{object_}.{profile.about.name}"
            likeness, why = (
                (1.0, "the contract names it") if place in field.source else _likeness(field, profile)
            )
            if likeness >= LIKELY:
                reason = f"{why}; {profile.fill_rate:.0%} filled"
                found.append(Proposal(place, likeness, reason))
    return sorted(found, key=lambda proposal: (-proposal.likeness, proposal.place))[:SHOWN]


def _likeness(field: Field, profile: Profile) -> tuple[float, str]:
    """The best pair of a name of the field and a name of the property."""
    ours = {"name": field.name.replace("_", " "), "title": field.title}
    theirs = {"name": profile.about.name, "label": profile.about.label}
    return max(
        _compared(_words(one), f"field's {ours_is}", _words(other), f"its {theirs_is}")
        for ours_is, one in ours.items()
        for theirs_is, other in theirs.items()
    )


def _compared(ours: Sequence[str], ours_is: str, theirs: Sequence[str], theirs_is: str) -> tuple[float, str]:
    """How alike two names are and why; the words of one in the other count more than letters do."""
    alike, contained = _alike(ours, theirs), _contained(ours, theirs)
    if alike >= CONTAINED or not contained:
        return alike, f"{theirs_is} resembles the {ours_is}"
    return CONTAINED, f"{theirs_is} {contained} the {ours_is}"


def _contained(ours: Sequence[str], theirs: Sequence[str]) -> str:
    """How their name holds ours or stands in it; empty if neither. One word of theirs says too little of a field."""
    if ours and {*ours} < {*theirs}:
        return "has all the words of"
    return "stands in" if len({*theirs}) > 1 and {*theirs} < {*ours} else ""


def _words(text: str) -> list[str]:
    """`Economic_Buyer__c` → economic, buyer."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", text.removesuffix("__c"))
    return [
        word
        for word in re.split(r"[^a-z0-9]+", spaced.lower())
        if word and word not in ("hs", "the", "of", "and")
    ]


def _alike(one: Sequence[str], other: Sequence[str]) -> float:
    """Shared words, and letters where words are spelled otherwise; the order of the words does not matter."""
    if not one or not other:
        return 0.0
    shared = 2 * len({*one} & {*other}) / (len({*one}) + len({*other}))
    spelled = SequenceMatcher(None, " ".join(sorted(one)), " ".join(sorted(other))).ratio()
    return max(shared, spelled if spelled > 0.8 else 0.0)
