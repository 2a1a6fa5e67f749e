"""Has anything changed that published tables depend on? A state in, one digest of it and of every file that counts."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flows.settings import Settings

READ_FROM_PROJECT = ("contracts", "dbt_project", "expectations")
INSTALLED = Path(__file__).parents[1]
CODE = ("contracts", "expectations", "flows")


def digest_of(settings: Settings, state: str) -> str:
    """SHA-256 of the state, of what a project's tables are made by, and of our own code."""
    digest = hashlib.sha256(state.encode())
    project = settings.project
    written = [path for name in READ_FROM_PROJECT for path in (project / name).rglob("*")]
    code = [path for name in CODE for path in (INSTALLED / name).rglob("*.py")]
    for root, paths in ((project, [*written, settings.sources_file]), (INSTALLED, code)):
        for path in sorted(paths):
            if path.is_file() and "__pycache__" not in path.parts:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(root)} {content}\n".encode())
    return digest.hexdigest()
