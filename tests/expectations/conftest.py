"""A handoff of a few fields, and the table its packets are judged in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pytest

from contracts import Contract, ContractVersion, Field, Gate, Side, Sla
from expectations import columns, suite
from expectations.judge import Case, judge

VIEW = "judged_a_to_b__version_a"


def _contract_of(*fields: Field) -> Contract:
    version = ContractVersion(
        handoff="a_to_b",
        version="1.0.0",
        effective_from=date(2026, 1, 1),
        accountable="revops",
        sender=Side(team="a"),
        receiver=Side(team="b"),
        approved_by="b",
        trigger="it is due",
        gate=Gate(event="kickoff", mode="none"),
        sla=Sla(submit_hours=24, accept_hours=48),
        expires_after_days=30,
        fields=fields,
    )
    return Contract(id="a_to_b", number="H01", title="A → B", versions=(version,))


class Court:
    """Judges rows, given as column → value; every row is a packet, numbered from 1."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "work.duckdb"
        self.suite = folder / "a_to_b.json"

    def write(self, fields: Sequence[Field], rows: Sequence[Mapping[str, Any]]) -> Case:
        contract = _contract_of(*fields)
        self.suite.write_text(json.dumps(suite.build(contract, contract.current)), encoding="utf-8")
        types = {"packet_key": "bigint", "moment": "varchar"}
        for field in fields:
            types |= columns.of(field)
        with duckdb.connect(str(self.database)) as connection:
            declared = ", ".join(f"{name} {type_}" for name, type_ in types.items())
            connection.execute(f"CREATE OR REPLACE TABLE facts ({declared})")
            blank = dict.fromkeys(types) | {"moment": "now"}
            table = pyarrow.Table.from_pylist(
                [{**blank, "packet_key": key, **row} for key, row in enumerate(rows, start=1)]
            )
            connection.register("given", table)
            connection.execute("INSERT INTO facts BY NAME SELECT * FROM given")
            connection.execute(f"CREATE OR REPLACE VIEW {VIEW} AS SELECT * FROM facts")
        return Case("a_to_b", "1.0.0", self.suite, VIEW)

    def failing(
        self, fields: Sequence[Field], rows: Sequence[Mapping[str, Any]]
    ) -> dict[tuple[str, str], list[int]]:
        """(field, fault) → numbers of the failing packets, as the queries select them; counts checked."""
        found = {}
        verdicts = judge(self.database, [self.write(fields, rows)])
        with duckdb.connect(str(self.database)) as connection:
            for verdict in verdicts:
                keys = sorted(key for key, *_ in connection.execute(verdict.query).fetchall())
                assert len(keys) == verdict.rows
                found[verdict.field, verdict.fault] = keys
        return found


@pytest.fixture
def court(tmp_path: Path) -> Court:
    return Court(tmp_path)


@pytest.fixture
def contract_of() -> Callable[..., Contract]:
    """A contract of these fields."""
    return _contract_of
