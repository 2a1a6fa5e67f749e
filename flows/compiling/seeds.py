"""Which small tables do the models read? The catalogue in; CSV seeds out, people's text and all.

| seed | grain |
|---|---|
| `contract_versions` | contract version |
| `contract_fields` | contract version × field |
| `targets` | handoff × metric with a target |
| `calendar_holidays` | calendar × day on which it stays closed |
| `amount_bands` | band of amounts, from small to large |
| `signal_actions` | signal × motion |
| `organisation` | one row |
| `teams` | team of organisation.yaml |

Those that map records of the systems are in `flows/compiling/mappings.py`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from contracts import Catalogue, Contract, Field
from contracts.vocabulary import WEEKDAYS
from flows.compiling import mappings

ALWAYS = date(1, 1, 1)

Row = dict[str, Any]


def all_of(catalogue: Catalogue) -> dict[str, str]:
    """File name → CSV text of every compiled seed."""
    tables: dict[str, tuple[tuple[str, ...], Iterable[Row]]] = {
        "contract_versions.csv": (VERSION_COLUMNS, _versions(catalogue)),
        "contract_fields.csv": (FIELD_COLUMNS, _fields(catalogue)),
        "targets.csv": (("handoff", "metric", "target", "direction"), _targets(catalogue)),
        "calendar_holidays.csv": (("calendar", "day", "name"), _calendar_holidays(catalogue)),
        "amount_bands.csv": (("position", "name", "below"), _amount_bands(catalogue)),
        "signal_actions.csv": (("signal", "motion", "team", "action"), _signal_actions(catalogue)),
        "organisation.csv": (ORGANISATION_COLUMNS, _organisation(catalogue)),
        "teams.csv": (TEAM_COLUMNS, _teams(catalogue)),
        **mappings.all_of(catalogue),
    }
    return {name: _csv(columns, rows) for name, (columns, rows) in tables.items()}


VERSION_COLUMNS = (
    "handoff", "number", "title", "description", "status", "version", "effective_from", "is_first", "is_current",
    "accountable", "sender_team", "sender_role", "sender_fallback", "receiver_team", "receiver_role",
    "receiver_fallback", "trigger", "gate_event", "gate_mode", "submit_hours", "accept_hours", "update_hours",
    "calendar", "expires_after_days", "decisions_from", "times_recorded", "digest",
)  # fmt: skip


def _versions(catalogue: Catalogue) -> Iterator[Row]:
    for contract in catalogue.contracts:
        for version in contract.versions:
            yield {
                "handoff": contract.id,
                "number": contract.number,
                "title": contract.title,
                "description": _one_line(contract.description),
                "status": contract.status,
                "version": version.version,
                "effective_from": version.effective_from,
                "is_first": version is contract.versions[0],
                "is_current": version is contract.current,
                "accountable": version.accountable,
                "sender_team": version.sender.team,
                "sender_role": version.sender.role,
                "sender_fallback": version.sender.fallback,
                "receiver_team": version.receiver.team,
                "receiver_role": version.receiver.role,
                "receiver_fallback": version.receiver.fallback,
                "trigger": version.trigger,
                "gate_event": version.gate.event,
                "gate_mode": version.gate.mode,
                "submit_hours": version.sla.submit_hours,
                "accept_hours": version.sla.accept_hours,
                "update_hours": version.sla.update_hours,
                "calendar": version.sla.calendar,
                "expires_after_days": version.expires_after_days,
                "decisions_from": _decisions_from(contract),
                "times_recorded": contract.recorded.times,
                "digest": version.digest,
            }


def _decisions_from(contract: Contract) -> date | None:
    """From which day on decisions are recorded: the first day there is, a named one, or never (null)."""
    recorded = contract.recorded.decisions
    if isinstance(recorded, date):
        return recorded
    return ALWAYS if recorded else None


FIELD_COLUMNS = (
    "handoff", "version", "position", "field", "title", "type", "required", "required_when", "severity", "weight",
    "none_values", "choices", "item", "max_age_days",
)  # fmt: skip


def _fields(catalogue: Catalogue) -> Iterator[Row]:
    for contract in catalogue.contracts:
        for version in contract.versions:
            for position, field in enumerate(version.fields, start=1):
                yield {
                    "handoff": contract.id,
                    "version": version.version,
                    "position": position,
                    "field": field.name,
                    "title": field.title,
                    "type": field.type,
                    "required": field.required,
                    "required_when": field.required_when,
                    "severity": field.severity,
                    "weight": field.weight,
                    "none_values": _json([value.strip().casefold() for value in field.none_value]),
                    "choices": _json(list(field.values)),
                    "item": _json(_item(field)),
                    "max_age_days": field.max_age_days,
                }


def _item(field: Field) -> list[dict[str, Any]]:
    """The keys an item of a list must have, each with its type or its allowed values."""
    parts = (field.item or {}).items()
    return [
        {"key": key, "type": kind, "allowed": []}
        if isinstance(kind, str)
        else {"key": key, "type": "choice", "allowed": list(kind)}
        for key, kind in parts
    ]


def _targets(catalogue: Catalogue) -> Iterator[Row]:
    for contract in catalogue.contracts:
        for metric, target in contract.targets.items():
            yield {
                "handoff": contract.id,
                "metric": metric,
                "target": target.value,
                "direction": target.direction,
            }


def _calendar_holidays(catalogue: Catalogue) -> Iterator[Row]:
    """A newer library that knows other holidays makes this seed stale, so that no deadline moves without a word."""
    for name, calendar in catalogue.organisation.calendars.items():
        for day, reason in calendar.closed.days.items():
            yield {"calendar": name, "day": day, "name": reason or None}


def _amount_bands(catalogue: Catalogue) -> Iterator[Row]:
    for position, band in enumerate(catalogue.organisation.amount_bands, start=1):
        yield {"position": position, "name": band.name, "below": _plain(band.below)}


def _signal_actions(catalogue: Catalogue) -> Iterator[Row]:
    for name, signal in catalogue.organisation.signals.items():
        for motion, action in signal.actions.items():
            yield {"signal": name, "motion": motion, "team": action.team, "action": action.do}


ORGANISATION_COLUMNS = (
    "name", "zone", "currency", "week_starts_on", "closing_business_day", "minimum_n", "warn_share",
    "escalate_hours", "rediscovery_coverage", "placeholders", "segments",
)  # fmt: skip


def _organisation(catalogue: Catalogue) -> Iterator[Row]:
    organisation = catalogue.organisation
    yield {
        "name": organisation.name,
        "zone": organisation.zone,
        "currency": organisation.currency,
        "week_starts_on": 1 + WEEKDAYS.index(organisation.week_starts_on),
        "closing_business_day": organisation.closing_business_day,
        "minimum_n": organisation.minimum_n,
        "warn_share": organisation.warn_share,
        "escalate_hours": organisation.escalate_hours,
        "rediscovery_coverage": organisation.rediscovery_coverage,
        "placeholders": _json(list(organisation.placeholders)),
        "segments": _json(list(organisation.segments)),
    }


TEAM_COLUMNS = ("team", "lead", "manager", "executive")


def _teams(catalogue: Catalogue) -> Iterator[Row]:
    for name, team in catalogue.organisation.teams.items():
        yield {"team": name} | team.model_dump()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(number: float | None) -> str | None:
    """A number as a plain decimal: no exponent, no needless zeros."""
    return None if number is None else f"{Decimal(repr(number)):f}".removesuffix(".0")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _csv(columns: Sequence[str], rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
    return text.getvalue()


def _cell(value: object) -> str:
    """One CSV cell: nothing for none, ISO for days, lower case for true and false."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
