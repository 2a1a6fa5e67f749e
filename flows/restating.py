"""What did closed periods say before, and what was ever restated? The last generation, told to the models.

In: `published/current`. Out: tables of schema `ops` that the model `scorecard_restatements` compares with, and
restatements as documents for the ledger: a restatement is an act of ours, and like every act it is recorded by
the next run. So the history of restatements survives the generations it was published in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from flows import publishing, warehouse
from flows.settings import Settings
from flows.warehouse import Connection

EVENT = "scorecard.restated"
"""The ledger's type of such a document; subject `<run>/<handoff>`, detail a JSON list of restatements."""

KEY = {
    "handoff": "VARCHAR",
    "dimension": "VARCHAR",
    "dimension_value": "VARCHAR",
    "grain": "VARCHAR",
    "period_start": "DATE",
    "metric": "VARCHAR",
    "breakdown": "VARCHAR",
}
FIGURES = {**KEY, "value": "DOUBLE", "numerator": "BIGINT", "n": "BIGINT", "is_closed": "BOOLEAN"}
RESTATEMENTS = {
    **KEY,
    "old_value": "DOUBLE",
    "new_value": "DOUBLE",
    "old_numerator": "BIGINT",
    "new_numerator": "BIGINT",
    "old_n": "BIGINT",
    "new_n": "BIGINT",
    "cause": "VARCHAR",
    "restated_by_run": "VARCHAR",
    "restated_as_of": "TIMESTAMPTZ",
}
TERMS = {
    "handoff": "VARCHAR",
    "contract_version": "VARCHAR",
    "digest": "VARCHAR",
    "mapping_digest": "VARCHAR",
    "organisation_digest": "VARCHAR",
    "run_id": "VARCHAR",
    "as_of": "TIMESTAMPTZ",
}
TOLD = {
    "published_figures": ("handoff_scorecard", FIGURES),
    "published_restatements": ("scorecard_restatements", RESTATEMENTS),
    "published_terms": ("dim_handoff", TERMS),
}
"""Table of schema `ops` → the published table it is of, and its columns. Empty before the first generation."""


def tell_published(connection: Connection, settings: Settings) -> None:
    """(Re)create the `ops.published_*` views over the current generation's files; empty where there is none.

    A column that an older generation did not have is null.
    """
    generation = publishing.current(settings)
    for name, (table, columns) in TOLD.items():
        file = generation / f"{table}.parquet" if generation else None
        connection.execute(f"DROP VIEW IF EXISTS ops.{name}")
        connection.execute(f"CREATE VIEW ops.{name} AS {_select(connection, file, columns)}")


def documents(settings: Settings, recorded: Collection[str] = ()) -> list[tuple[str, str, str, str]]:
    """The restatements that the current generation made: (type, subject, digest, JSON), one per handoff.

    None whose subject is `recorded` already: once somebody in it is forgotten, its text is another.
    """
    generation = publishing.current(settings)
    file = generation / "scorecard_restatements.parquet" if generation else None
    if file is None or not file.exists():
        return []
    with warehouse.connect(None) as connection:
        columns = ", ".join(RESTATEMENTS)
        found = connection.execute(
            f"SELECT restated_by_run || '/' || handoff AS subject, to_json(list(row ORDER BY row)) "
            f"FROM (SELECT handoff, restated_by_run, struct_pack({_packed(columns)}) AS row "
            f"FROM read_parquet({_literal(file)}) WHERE restated_by_run = run_id) GROUP BY ALL ORDER BY subject"
        ).fetchall()
    return [_document(subject, text) for subject, text in found if subject not in recorded]


def _document(subject: str, text: Any) -> tuple[str, str, str, str]:
    content = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return EVENT, subject, hashlib.sha256(content.encode()).hexdigest(), content


def _packed(columns: str) -> str:
    return ", ".join(f"{name} := {name}" for name in columns.split(", "))


def _select(connection: Connection, file: Path | None, columns: dict[str, str]) -> str:
    if file is None or not file.exists():
        nothing = ", ".join(f"NULL::{type_} AS {name}" for name, type_ in columns.items())
        return f"SELECT {nothing} WHERE false"
    there = {
        name
        for name, *_ in connection.execute(
            f"DESCRIBE SELECT * FROM read_parquet({_literal(file)})"
        ).fetchall()
    }
    told = ", ".join(
        f"{name}::{type_} AS {name}" if name in there else f"NULL::{type_} AS {name}"
        for name, type_ in columns.items()
    )
    return f"SELECT {told} FROM read_parquet({_literal(file)})"


def _literal(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"
