"""How does a file's content become what the models read? Versions resolved, targets given a direction,
nothing judged yet.

In: a `Document`. Out: a `Sheet` whose content has the model's form and that knows, for every rearranged
place, where it stands in the file. What cannot be rearranged (a key nobody knows, a target of an unknown
metric) becomes a problem.
"""

from __future__ import annotations

from typing import Any

from contracts.model import ContractVersion
from contracts.organisation import Organisation
from contracts.refusals import Problem, Sheet, near
from contracts.vocabulary import METRICS, METRICS_WITH_TARGETS
from contracts.yaml_reader import Document, Place, quoted

_OF_VERSION = tuple(name for name in ContractVersion.model_fields if name != "handoff")
_OF_CONTRACT = (
    "number",
    "title",
    "description",
    "status",
    "recorded",
    "targets",
    "record",
    "events",
    "about",
)
_AT_THE_TOP = ("handoff", *_OF_CONTRACT, *_OF_VERSION, "earlier_versions")
_ITS_OWN = ("version", "effective_from")
"""What every earlier version says for itself; anything else it takes from the next newer one."""


def organisation_sheet(document: Document) -> Sheet:
    """`organisation.yaml` as `Organisation` reads it."""
    sheet = Sheet(document, dict(document.content))
    _refuse_unknown(sheet, document.content, (), tuple(Organisation.model_fields))
    _targets(sheet)
    _listed_holidays(sheet)
    return sheet


def _listed_holidays(sheet: Sheet) -> None:
    """`holidays: [2026-12-25]` is read as `holidays: {also: [2026-12-25]}`."""
    calendars = sheet.content.get("calendars")
    for name, calendar in calendars.items() if isinstance(calendars, dict) else ():
        if isinstance(calendar, dict) and isinstance(calendar.get("holidays"), list):
            place: Place = ("calendars", name, "holidays")
            sheet.origins[(*place, "also")] = place


def contract_sheet(document: Document, id: str) -> Sheet:
    """A contract file as `Contract` reads it: versions oldest first, each with every key it is judged by."""
    top = document.content
    sheet = Sheet(document, {key: top[key] for key in _OF_CONTRACT if key in top})
    sheet.origins[("id",)] = ("handoff",)
    _refuse_unknown(sheet, top, (), _AT_THE_TOP)
    if "handoff" in top:
        sheet.content["id"] = top["handoff"]
    if top.get("handoff", id) != id:
        sheet.problems.append(
            Problem(
                ("id",),
                f"{quoted(top['handoff'])} is not the file's name; write handoff: {id}, or rename the file",
            )
        )
    sheet.content["versions"] = _versions(sheet, id)
    _targets(sheet)
    return sheet


def _versions(sheet: Sheet, id: str) -> list[dict[str, Any]]:
    top = sheet.document.content
    entries = top.get("earlier_versions", [])
    if not isinstance(entries, list):
        sheet.problems.append(
            Problem(
                ("earlier_versions",), "not a list; write - {version: 0.9.0, effective_from: 2025-01-01, …}"
            )
        )
        entries = []
    versions: list[dict[str, Any]] = []
    taken: dict[str, Place] = {}  # key → where the version being resolved has it from
    newer: dict[str, Any] = {}
    for position, entry in enumerate([top, *entries]):
        place: Place = ("earlier_versions", position - 1) if position else ()
        if not isinstance(entry, dict):
            sheet.problems.append(
                Problem(place, "not a mapping; write version, effective_from and what differs")
            )
            continue
        if position:
            _refuse_misplaced(sheet, entry, place)
        taken = {
            key: (*place, key) if key in entry or key in _ITS_OWN else taken.get(key, (key,))
            for key in _OF_VERSION
        }
        own = {key: entry[key] for key in _OF_VERSION if key in entry}
        newer = {key: value for key, value in newer.items() if key not in _ITS_OWN} | {"handoff": id} | own
        at = len(entries) - position
        sheet.origins[("versions", at)] = place
        sheet.origins |= {("versions", at, key): origin for key, origin in taken.items()}
        versions.insert(0, newer)
    return versions


def _refuse_misplaced(sheet: Sheet, entry: dict[str, Any], place: Place) -> None:
    for key in entry:
        if key in _AT_THE_TOP and key not in _OF_VERSION:
            words = "the same for all versions; delete it here and keep it at the top of the file"
            sheet.problems.append(Problem((*place, key), words))
    _refuse_unknown(sheet, entry, place, _AT_THE_TOP, _OF_VERSION)


def _refuse_unknown(
    sheet: Sheet, keys: dict[str, Any], place: Place, known: tuple[str, ...], named: tuple[str, ...] = ()
) -> None:
    for key in keys:
        if key not in known:
            sheet.problems.append(Problem((*place, key), f"not a key here; {near(key, named or known)}"))
            if not place:
                sheet.content.pop(key, None)


def _targets(sheet: Sheet) -> None:
    """`completion_rate: 0.9` or `{value: 0.9, aspirational_below: 0.7}`; the metric knows its direction."""
    targets = sheet.content.get("targets")
    if not isinstance(targets, dict):
        return
    directed: dict[str, Any] = {}
    for name, target in targets.items():
        place: Place = ("targets", name)
        if name in METRICS and not METRICS[name].direction:
            sheet.problems.append(Problem(place, "a metric that takes no target; delete it"))
        elif name not in METRICS:
            sheet.problems.append(Problem(place, f"not a metric; {near(name, METRICS_WITH_TARGETS)}"))
        else:
            directed[name] = _directed(sheet, place, target) | {"direction": METRICS[name].direction}
    sheet.content["targets"] = directed


def _directed(sheet: Sheet, place: Place, target: Any) -> dict[str, Any]:
    if not isinstance(target, dict):
        sheet.origins[(*place, "value")] = place
        return {"value": target}
    if "direction" in target:
        sheet.problems.append(Problem((*place, "direction"), "decided by the metric; delete this key"))
    return dict(target)
