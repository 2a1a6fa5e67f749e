"""A small project to spoil: one organisation, one contract, and ways to change a line of either."""

from pathlib import Path

import pytest

ORGANISATION = """\
name: Test Company
zone: Europe/Berlin
currency: EUR
calendars:
  business: {zone: Europe/Berlin, hours: {monday: 09:00-17:00}}
targets:
  completion_rate: 0.9
amount_bands:
  - {name: small, below: 100}
  - {name: large}
"""

CONTRACT = """\
handoff: sales_to_delivery
number: H10
title: Sales → Delivery
version: 2.0.0
effective_from: 2026-01-01
accountable: revops
sender: {team: sales}
receiver: {team: delivery}
approved_by: delivery
trigger: deal is won
gate: {event: kickoff, mode: none}
sla: {submit_hours: 24, accept_hours: 48, calendar: business}
expires_after_days: 30
recorded: {decisions: true, times: true}
fields:
  - {name: buyer, type: text, required: true, min_length: 3}
  - {name: rival, type: text, none_value: no rival}
  - {name: playbook, type: text, required_when: rival}
  - {name: size, type: number, minimum: 1, maximum: 9}
  - {name: mode, type: choice, values: [warm, cold]}
  - {name: promises, type: list, item: {kind: [verbal, written], text: text}}
earlier_versions:
  - version: 1.0.0
    effective_from: 2025-06-01
    expires_after_days: 60
  - version: 0.9.0
    effective_from: 2025-01-01
    fields: [{name: buyer, type: text, required: true}]
"""


class Project:
    """A project folder whose two files can be changed before it is loaded."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "contracts").mkdir()
        self.write("organisation", ORGANISATION)
        self.write("sales_to_delivery", CONTRACT)

    def write(self, name: str, text: str) -> Path:
        path = self.root / "contracts" / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def change(self, name: str, old: str, new: str) -> None:
        path = self.root / "contracts" / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}.yaml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
