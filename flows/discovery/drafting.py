"""What would the contract of a handoff look like in this company? A draft in YAML, from the fields that exist.

In: a contract to start from and the proposals for its fields. Out: text for a file of its own, `status: draft`:
checked by `compile`, scored by nobody, until people have agreed on it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from contracts import Contract, Field
from flows.discovery.proposing import Proposal
from flows.sources.sampling import Sample, Stage
from flows.sources.tracking import URL

ABOUT = {
    "amount": ("amount", "Amount"),
    "currency": ("deal_currency_code", "CurrencyIsoCode"),
    "name": ("dealname", "name", "Name", "subject", "Subject"),
}
"""What a packet is about → how vendors call it; the first that a type has. `url` every type of theirs has."""


def draft(
    contract: Contract,
    system: str,
    samples: Sequence[Sample],
    proposed: Mapping[str, Sequence[Proposal]],
    has_touches: bool,
) -> str:
    """The text of a draft contract of this handoff; `has_touches` says whether a pull of the source reads them."""
    version = contract.current
    told = version.model_dump(mode="json", exclude_defaults=True)
    lines = [
        f"# Drafted by `seamkeeper discover` from what {system} has.",
        f"# Mend it, agree on it with {version.receiver.team}, then make it active.",
        f"handoff: {contract.id}",
        f"number: {contract.number}",
        f"title: {_quoted(contract.title)}",
        "version: 0.1.0",
        f"effective_from: {version.effective_from}",
        f"accountable: {version.accountable}",
        f"sender: {{team: {version.sender.team}}}",
        f"receiver: {{team: {version.receiver.team}}}",
        f"approved_by: {version.approved_by}",
        f"trigger: {_quoted(version.trigger)}",
        f"gate: {{event: {version.gate.event}, mode: none}}",
        f"sla: {{submit_hours: {version.sla.submit_hours:g}, accept_hours: {version.sla.accept_hours:g}, "
        f"calendar: {told['sla'].get('calendar', 'always')}}}",
        f"expires_after_days: {version.expires_after_days}",
        "recorded: {decisions: false}      # until somebody records acceptances",
        "status: draft                     # active, once you agree",
        *_mapping(system, samples, proposed, version.receiver.team, has_touches),
        "fields:",
    ]
    for field in version.fields:
        lines += _field(field, proposed.get(field.name, ()))
    return "\n".join(lines) + "\n"


def _mapping(
    system: str,
    samples: Sequence[Sample],
    proposed: Mapping[str, Sequence[Proposal]],
    receiver: str,
    has_touches: bool,
) -> list[str]:
    """The record type that most fields are of, the stages to choose the trigger from, and what it is about."""
    places = [likely[0].place.split(".")[1] for likely in proposed.values() if likely]
    staged = [sample for sample in samples if sample.stages]
    likeliest = max(staged, key=lambda sample: places.count(sample.object), default=None)
    if likeliest is None:
        return []
    chosen, *others = sorted(likeliest.stages, key=_won_first)
    return [
        f"record: {system}.{likeliest.object}",
        "events:",
        f"  triggered: {_sign(system, likeliest, chosen)}",
        *(f"  # or       {_sign(system, likeliest, stage)}" for stage in others),
        "  crossed: first touch             # the first customer-facing act of the receiving team",
        *_taken_over(system, likeliest, receiver, has_touches),
        "about:",
        *(f"  {key}: {system}.{likeliest.object}.{name}" for key, name in _about(likeliest)),
    ]


def _taken_over(system: str, sample: Sample, receiver: str, has_touches: bool) -> list[str]:
    """The other sign of a crossing, where owners are of the receiving team or no touch would ever be seen."""
    owned = sum(count for team, count in sample.owners.items() if _team_name(team) == receiver)
    if not sample.owner or (has_touches and not owned):
        return []
    reason = f"{owned} of {len(sample.records)} are {receiver}'s" if has_touches else "touches are not read"
    return [f"  # or: {system}.{sample.object}.{sample.owner} is receiver    # {reason}"]


def _team_name(text: str) -> str:
    """A vendor's name of a team as contracts write it, like dbt's macro `team_name`."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _about(sample: Sample) -> Iterator[tuple[str, str]]:
    """What of a record says how much it is about, and how it is called; and where people can open it."""
    there = {each.name for each in sample.properties}
    for key, names in ABOUT.items():
        yield from [(key, name) for name in names if name in there][:1]
    yield "url", URL


def _won_first(stage: Stage) -> tuple[bool, int]:
    return "won" not in f"{stage.value} {stage.label}".lower(), -stage.ever


def _sign(system: str, sample: Sample, stage: Stage) -> str:
    """The event in the contract's words, and how often it happened in the sample."""
    told = _quoted(f"{system}.{sample.object}.{stage.property} = {stage.value}")
    return f"{told}    # {' '.join(stage.label.split())}: {stage.ever} of {len(sample.records)} came there"


def _field(field: Field, likely: Sequence[Proposal]) -> list[str]:
    """A field's own terms with its likeliest property; where none resembles it, it stays to be filled by hand."""
    terms = field.model_dump(mode="json", exclude_defaults=True, exclude={"source"})
    if likely:
        terms["source"] = likely[0].place
    lines = [f"  - {json.dumps(terms, ensure_ascii=False)}"]  # JSON is YAML, whatever stands in it
    lines += [f"    # {proposal.place}: {proposal.reason}" for proposal in likely]
    return lines if likely else [*lines, "    # nothing there resembles it"]


def _quoted(text: str) -> str:
    """A YAML text on one line, whatever stands in it."""
    return "'" + text.replace("'", "''") + "'"
