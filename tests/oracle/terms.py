"""Under which contracts do the made-up companies live? An organisation and handoffs that use every rule there is."""

from __future__ import annotations

import json
from typing import Any

TARGETS: dict[str, float] = {
    "completion_rate": 0.5, "completion_by_due_rate": 0.4, "completion_now_rate": 0.5, "mean_completeness": 0.7,
    "first_pass_acceptance_rate": 0.4, "eventual_acceptance_rate": 0.6, "clean_acceptance_rate": 0.3,
    "accepted_within_sla_rate": 0.5, "ungoverned_rate": 0.3, "drop_rate": 0.3, "rejection_rate": 0.3,
    "reassignment_rate": 0.2, "median_hours_to_acceptance": 48, "median_hours_to_first_touch": 24,
    "rediscovery_rate": 0.5, "rediscovery_receiver_rate": 0.3, "rediscovery_sender_rate": 0.1, "nps_delta": 0,
}  # fmt: skip
BANDS = [{"name": "small", "below": 1000}, {"name": "medium", "below": 50_000.5}, {"name": "large"}]
HOURS = {"monday": "09:00-17:30", "tuesday": "09:00-17:30", "wednesday": ["08:00-12:00", "13:00-24:00"],
         "thursday": "00:00-24:00", "friday": ["09:00-16:00", "22:00-02:30"], "sunday": "01:00-04:00"}  # fmt: skip
ORGANISATION: dict[str, Any] = {
    "name": "Made up", "zone": "Europe/Berlin", "currency": "EUR", "minimum_n": 20, "targets": TARGETS,
    "rediscovery_coverage": 0.4,
    "segments": ["small", "enterprise"], "amount_bands": BANDS, "placeholders": ["", "tbd", "n/a", "see *", "none"],
    "calendars": {"business": {"zone": "Europe/Berlin", "hours": HOURS,
                               "holidays": {"country": "DE", "subdivision": "BY", "also": ["2025-06-20"],
                                            "except": ["2025-06-19"]}}},
}  # fmt: skip

TEXT = {"name": "pain", "type": "text", "required": True, "min_length": 3, "max_length": 12, "weight": 2}
PLAN = {"name": "plan", "type": "choice", "required": True, "values": ["gold", "none", "TBD"]}
SEATS = {"name": "seats", "type": "number", "required": True, "minimum": 1, "maximum": 10.5,
         "source": "crm.deal.seat_count"}  # fmt: skip
RIVAL = {"name": "rival", "type": "text", "none_value": ["none", "No rival"]}
PLAYBOOK = {"name": "playbook", "type": "text", "required_when": "rival", "min_length": 4, "weight": 0.5}
CHECKED = {"name": "checked_on", "type": "date", "required": True, "max_age_days": 14}
HEALTH = {"name": "health", "type": "text", "required": True, "max_age_days": 2, "severity": "warning"}
RISKS = {"name": "risks", "type": "list", "required": True, "min_items": 2, "none_value": "no risks"}
PEOPLE = {
    "name": "people",
    "type": "list",
    "required": True,
    "item": {"name": "text", "role": ["buyer", "user"]},
}
SIGNED = {"name": "signed", "type": "boolean", "required": True, "severity": "warning", "weight": 3}
KICKOFF = {"name": "kickoff_at", "type": "datetime", "required": True}

RECORDED: dict[str, Any] = {"decisions": True, "times": True}


def contract(number: int, name: str, fields: list[dict[str, Any]], **differs: Any) -> dict[str, Any]:
    """A contract of sales with care: a day to submit, two to accept, a week until it expires."""
    return {
        "handoff": name, "number": f"H{number:02}", "title": name, "version": "2.0.0", "effective_from": "2025-01-01",
        "accountable": "ops", "sender": {"team": "sales"}, "receiver": {"team": "care"}, "approved_by": "care",
        "trigger": "due", "gate": {"event": "kickoff", "mode": "none"},
        "sla": {"submit_hours": 24, "accept_hours": 48, "calendar": "always"}, "expires_after_days": 7,
        "fields": fields, **differs,
    }  # fmt: skip


def _earlier(fields: list[dict[str, Any]], **differs: Any) -> list[dict[str, Any]]:
    return [{"version": "1.0.0", "effective_from": "2025-03-31", "fields": fields, **differs}]


CONTRACTS = [
    contract(1, "plain", [TEXT, PLAN]),
    contract(
        2, "versioned", [TEXT, RIVAL, PLAYBOOK, CHECKED], effective_from="2025-06-15",
        sla={"submit_hours": 8.5, "accept_hours": 16, "calendar": "business"},
        earlier_versions=_earlier(
            [TEXT, PLAN], sla={"submit_hours": 24, "accept_hours": 48, "calendar": "always"}
        ),
    ),
    contract(3, "won", [TEXT, SEATS, RISKS, SIGNED, PLAN], expires_after_days=30),
    contract(
        4, "within", [PEOPLE, HEALTH], sender={"team": "care"},
        sla={"submit_hours": 1, "accept_hours": 4.25, "calendar": "business"}, expires_after_days=1,
    ),
    contract(5, "since", [TEXT, KICKOFF], recorded={"decisions": "2025-06-10", "times": True},
              targets={"completion_rate": 0.2, "drop_rate": 0.9, "nps_delta": 10}),
    contract(6, "unrecorded", [TEXT, CHECKED], recorded={"decisions": False, "times": True}),
    contract(7, "undated", [PLAN, SEATS], recorded={"decisions": True, "times": False}),
    contract(8, "seen", [SEATS, RIVAL, PLAYBOOK, PLAN | {"source": "crm.deal.plan"}]),
    contract(9, "silent", [TEXT]),
    contract(10, "retired", [TEXT], status="retired"),
]  # fmt: skip

WORTH: dict[str, list[str]] = {
    "pain": ["churn", "ab", "abc", "twelve chars", "thirteen chars", " see above", "N/A", "", "  tbd "],
    "plan": ["gold", "none", "TBD", "tbd", "Gold", "", "silver"],
    "seats": ["1", "10.5", "10.6", "0", "5", "many", "", "-3", "0.99"],
    "rival": ["Acme", "none", "NO RIVAL", "tbd", ""],
    "playbook": ["call them", "abc", "", "see wiki"],
    "checked_on": ["2025-06-01", "2025-06-16", "2025-05-18", "soon", "2025-02-30", "", "2025-03-20", "2025-10-15"],
    "health": ["green", "", "tbd"],
    "risks": ['["a", "b"]', '["a"]', "[]", "no risks", "No Risks", "one", "", '["a", "b", "c"]'],
    "people": ['[{"name": "Ada", "role": "buyer"}]', '[{"name": "Ada"}]', '[{"name": "Ada", "role": "boss"}]',
               "[]", "Ada", '[{"name": "", "role": "user"}, {"name": "Bo", "role": "user", "x": 1}]'],
    "signed": ["yes", "no", "TRUE", "maybe", ""],
    "kickoff_at": ["2025-06-30T09:00:00Z", "2025-06-30T09:00:00+02:00", "later", ""],
}  # fmt: skip
"""Field → texts that people write there, the first of them good."""


def files() -> dict[str, str]:
    """Name → text of what belongs into `contracts/`; JSON is YAML."""
    every = {f"{each['handoff']}.yaml": each for each in CONTRACTS}
    return {
        name: json.dumps(content, indent=1)
        for name, content in {"organisation.yaml": ORGANISATION, **every}.items()
    }
