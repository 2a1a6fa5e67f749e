"""How is the current generation read? The one published database, opened for reading."""

from __future__ import annotations

from pathlib import Path

from contracts.errors import PublishError
from flows import warehouse
from flows.settings import Settings


def database(settings: Settings) -> Path:
    """The published database; PublishError before the first run."""
    path = settings.published / "current" / "seamkeeper.duckdb"
    if not path.exists():
        raise PublishError(f"{path}: nothing is published yet; run `seamkeeper run`")
    return path


def connect(settings: Settings) -> warehouse.Connection:
    """The published database, open; raises PublishError before the first run."""
    return warehouse.connect(database(settings), read_only=True)
