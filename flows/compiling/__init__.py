"""What do the contracts compile to? Suites, fact models, their properties and dbt's seeds.

In: a catalogue of contracts. Out: files below `expectations/suites` and `dbt_project` that say they are generated.
`compiled` is a pure function of the catalogue; `write` makes a project's files equal to it and removes what no
contract names any more; `stale` says which files differ and writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from contracts import Catalogue
from contracts.errors import ContractError
from expectations import suite
from flows.compiling import facts, seeds

SUITES = PurePosixPath("expectations/suites")
MODELS = PurePosixPath("dbt_project/models/marts/handoffs")
SEEDS = PurePosixPath("dbt_project/seeds")

Files = dict[PurePosixPath, str]
Recorded = Mapping[str, frozenset[str] | set[str]]
"""`<handoff>@<version>` → digests under which the ledger knows that version."""


def compiled(catalogue: Catalogue) -> Files:
    """Every compiled file of a project: path below its root → text."""
    files: Files = {}
    for contract in catalogue.contracts:
        for version in contract.versions:
            text = json.dumps(suite.build(contract, version), indent=2, ensure_ascii=False) + "\n"
            files[SUITES / f"{suite.name_of(contract, version)}.json"] = text
        files[MODELS / f"fct_handoff_{contract.id}.sql"] = facts.model(contract)
    files[MODELS / "_handoffs.yml"] = facts.properties(catalogue)
    for name, text in seeds.all_of(catalogue).items():
        files[SEEDS / name] = text
    return files


def refuse_changed_versions(catalogue: Catalogue, recorded: Recorded) -> None:
    """Raise ContractError if a version the ledger already knows now says something else.

    Packets were judged by that text; a contract change must not rewrite history, so it needs a version of its own.
    """
    for contract in catalogue.contracts:
        for version in contract.versions:
            known = recorded.get(f"{contract.id}@{version.version}")
            if known and version.digest not in known:
                raise ContractError(
                    f"contracts/{contract.id}.yaml: version {version.version} is already recorded with other terms; "
                    "write the change as a new version and keep the old one under earlier_versions"
                )


def stale(project: Path, files: Files) -> list[str]:
    """The compiled files of a project that are missing, differ or should not be there, in order."""
    differing = [str(path) for path, text in files.items() if _read(project / path) != text]
    return sorted([*differing, *(str(path) for path in _orphans(project, files))])


def write(project: Path, files: Files) -> list[str]:
    """Make a project's compiled files equal to `files`; returns those that changed, removed ones included."""
    changed = stale(project, files)
    for name in changed:
        path = PurePosixPath(name)
        if path in files:
            (project / path).parent.mkdir(parents=True, exist_ok=True)
            (project / path).write_text(files[path], encoding="utf-8", newline="\n")
        else:
            (project / path).unlink()
    return changed


def _orphans(project: Path, files: Files) -> Iterator[PurePosixPath]:
    for folder, pattern in ((SUITES, "*.json"), (MODELS, "fct_handoff_*.sql")):
        for path in (project / folder).glob(pattern):
            if folder / path.name not in files:
                yield folder / path.name


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
