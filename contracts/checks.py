"""Which contracts are well formed and still wrong? Rules between keys, versions and files; `Problem`s out,
nothing raised.

Rules within one key live with its type; here is what one key says about another: bounds in order, keys that
belong to the field's type, `required_when` that leads somewhere, versions in order, the receiver holding
the pen, known calendars.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from contracts.calendar_checks import calendar_problems
from contracts.calendars import ALWAYS
from contracts.model import Contract, ContractVersion, Field, Target
from contracts.organisation import Organisation
from contracts.refusals import Problem, near
from contracts.vocabulary import ITEM_TYPES, KEYS_OF_TYPE, METRICS
from contracts.yaml_reader import Place, quoted


def contract_problems(contract: Contract, organisation: Organisation) -> Iterator[Problem]:
    """Everything wrong with one contract that is not wrong within a single key."""
    for number, version in enumerate(contract.versions):
        place: Place = ("versions", number)
        yield from _version_problems(place, version, organisation)
        for position, field in enumerate(version.fields):
            yield from _field_problems((*place, "fields", position), field)
        yield from _names(place, version)
        yield from _required_when(place, version)
    yield from _versions_in_order(contract.versions)
    yield from _types_kept(contract.versions)
    yield from _target_problems(contract.targets)


def _version_problems(
    place: Place, version: ContractVersion, organisation: Organisation
) -> Iterator[Problem]:
    team = version.receiver.team
    if version.approved_by != team:
        yield Problem(
            (*place, "approved_by"),
            f"{version.approved_by} is not the receiving team, which holds the pen; "
            f"let it approve and write approved_by: {team}",
        )
    if version.sla.calendar not in organisation.calendars:
        yield Problem(
            (*place, "sla", "calendar"),
            f"{version.sla.calendar} is not a calendar of organisation.yaml; "
            f"{near(version.sla.calendar, organisation.calendars)}, or add it there",
        )
    if not any((f.required or f.required_when) and f.severity == "critical" for f in version.fields):
        yield Problem(
            (*place, "fields"),
            "no field is required, so no packet could be incomplete; write required: true on one",
        )


def _field_problems(place: Place, field: Field) -> Iterator[Problem]:
    yield from _keys_of_other_types(place, field)
    for low, high in (("min_length", "max_length"), ("minimum", "maximum")):
        least, most = getattr(field, low), getattr(field, high)
        if least is not None and most is not None and least > most:
            yield Problem(
                (*place, low), f"{least:g} is above {high}, {most:g}; write a number up to {most:g}"
            )
    if field.type == "choice" and not field.values:
        yield Problem((*place, "values"), "missing; a choice needs its values, write values: [warm, cold]")
    for key in ("values", "none_value"):
        yield from _twice((*place, key), getattr(field, key))
    if field.required and field.required_when:
        yield Problem(
            (*place, "required_when"), "the field is required anyway; delete this key, or required: true"
        )
    yield from _item_problems((*place, "item"), field)


def _keys_of_other_types(place: Place, field: Field) -> Iterator[Problem]:
    for kind, keys in KEYS_OF_TYPE.items():
        for key in keys:
            if kind != field.type and key in field.model_fields_set:
                yield Problem(
                    (*place, key),
                    f"belongs to type {kind}, not {field.type}; delete it or write type: {kind}",
                )


def _item_problems(place: Place, field: Field) -> Iterator[Problem]:
    for key, part in field.item.items():
        if isinstance(part, str) and part not in ITEM_TYPES:
            yield Problem(
                (*place, key),
                f"{quoted(part)} is not a type of an item; {near(part, ITEM_TYPES)}, or a list of texts",
            )
        elif not part:
            yield Problem(
                (*place, key), "allows nothing; write its allowed texts, as in [verbal, contractual]"
            )
        elif isinstance(part, tuple):
            yield from _twice((*place, key), part)
    if "item" in field.model_fields_set and not field.item:
        yield Problem(place, "says nothing; write its keys, as in item: {text: text}, or delete it")


def _twice(place: Place, texts: Sequence[str]) -> Iterator[Problem]:
    for position, text in enumerate(texts):
        if text in texts[:position]:
            yield Problem((*place, position), f"{quoted(text)} is there twice; delete one")


def _names(place: Place, version: ContractVersion) -> Iterator[Problem]:
    seen: set[str] = set()
    for position, field in enumerate(version.fields):
        if field.name in seen:
            yield Problem(
                (*place, "fields", position, "name"),
                f"{field.name} is the name of two fields; rename or delete one",
            )
        seen.add(field.name)


def _required_when(place: Place, version: ContractVersion) -> Iterator[Problem]:
    by_name = {field.name: field.required_when for field in version.fields}
    for position, field in enumerate(version.fields):
        at = (*place, "fields", position, "required_when")
        if field.required_when is None:
            continue
        if field.required_when not in by_name:
            others = [name for name in by_name if name != field.name]
            yield Problem(
                at,
                f"{field.required_when} is not a field of this contract; {near(field.required_when, others)}",
            )
            continue
        path = [field.name]
        step: str | None = field.required_when
        while step is not None and step not in path:
            path.append(step)
            step = by_name.get(step)
        if step == field.name and field.name == min(path):  # told once, not by each field of the circle
            circle = " → ".join([*path, field.name])
            yield Problem(at, f"goes in a circle ({circle}); write required: true on one of them instead")


def _versions_in_order(versions: Sequence[ContractVersion]) -> Iterator[Problem]:
    """`versions` are oldest first; the file lists them newest first."""
    for number, (older, newer) in enumerate(pairwise(versions)):
        place: Place = ("versions", number)
        if _order(older.version) >= _order(newer.version):
            yield Problem(
                (*place, "version"),
                f"{older.version} is not below {newer.version}, which stands above it; "
                "list versions newest first",
            )
        if older.effective_from >= newer.effective_from:
            yield Problem(
                (*place, "effective_from"),
                f"{older.effective_from} is not before {newer.effective_from}, "
                f"when version {newer.version} takes over; write an earlier day",
            )


def _order(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return tuple(numbers + [0] * (3 - len(numbers)))


def _types_kept(versions: Sequence[ContractVersion]) -> Iterator[Problem]:
    newest = {field.name: (field.type, version.version) for version in versions for field in version.fields}
    for number, version in enumerate(versions):
        for position, field in enumerate(version.fields):
            kept, since = newest[field.name]
            if field.type != kept:
                yield Problem(
                    ("versions", number, "fields", position, "type"),
                    f"{field.name} is a {field.type} here and a {kept} in version {since}; "
                    f"a name keeps its type, write a new name such as {field.name[:41]}_{kept[:6]}",
                )


def organisation_problems(organisation: Organisation) -> Iterator[Problem]:
    """Everything wrong with organisation.yaml that is not wrong within a single key."""
    if ALWAYS in organisation.calendars:
        yield Problem(("calendars", ALWAYS), "built in and never closed; rename this calendar or delete it")
    for name, calendar in organisation.calendars.items():
        yield from calendar_problems(("calendars", name), calendar)
    yield from _twice(("segments",), organisation.segments)
    yield from _twice(("amount_bands",), [band.name for band in organisation.amount_bands])
    yield from _bands_in_order(organisation)
    yield from _target_problems(organisation.targets)


def _bands_in_order(organisation: Organisation) -> Iterator[Problem]:
    reached = 0.0
    for position, band in enumerate(organisation.amount_bands):
        is_last = position == len(organisation.amount_bands) - 1
        place: Place = ("amount_bands", position)
        if is_last and band.below is not None:
            yield Problem(
                (*place, "below"), "the last band takes whatever is left; delete this key or add a band"
            )
        elif not is_last and band.below is None:
            yield Problem(place, "has no limit, but another band follows; write below: and an amount")
        elif band.below is not None and band.below <= reached:
            yield Problem(
                (*place, "below"), f"{band.below:g} is not above {reached:g}; list bands from small to large"
            )
        reached = band.below or reached


def _target_problems(targets: dict[str, Target]) -> Iterator[Problem]:
    for name, target in targets.items():
        metric = METRICS[name]
        if not metric.low <= target.value <= metric.high:
            yield Problem(
                ("targets", name, "value"),
                f"{target.value:g} is no possible target; "
                f"write {metric.unit} from {metric.low:g} to {metric.high:g}",
            )
