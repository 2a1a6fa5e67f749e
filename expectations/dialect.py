"""How does Great Expectations talk to DuckDB without losing its results? One SQLAlchemy dialect.

Great Expectations returns a connection to the pool before it fetches; the pool rolls back, and DuckDB drops the open
result with the transaction: every expectation ends in `list index out of range`. Judging only reads, so transactions
are not needed at all: the three calls become no-ops. Connect as `duckdb+seamkeeper:///<file>`.
"""

from __future__ import annotations

from typing import Any

import duckdb_engine
from sqlalchemy.dialects import registry


class ReadingDialect(duckdb_engine.Dialect):
    """DuckDB, read only in spirit: begins, commits and rolls back nothing."""

    supports_statement_cache = True

    def do_begin(self, connection: Any) -> None:
        """Begin nothing."""

    def do_commit(self, connection: Any) -> None:
        """Commit nothing."""

    def do_rollback(self, connection: Any) -> None:
        """Roll back nothing, so that an open result survives."""


def register() -> None:
    """Make `duckdb+seamkeeper://` known to SQLAlchemy; calling it again does no harm."""
    registry.register("duckdb.seamkeeper", "expectations.dialect", "ReadingDialect")
