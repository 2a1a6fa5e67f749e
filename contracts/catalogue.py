"""Which handoffs does this company have? A project folder in, its `Catalogue` of checked contracts out.

Reads `<project>/contracts/*.yaml`: `organisation.yaml` first, then one contract per file. Earlier versions
take the keys they leave out from the next newer one. Everything is checked before anything is handed out.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from contracts.account_table import Pairs, read_account_table
from contracts.calendars import ALWAYS, always
from contracts.checks import contract_problems, organisation_problems
from contracts.errors import ConfigurationError, ContractError
from contracts.mapping_checks import contract_mapping_problems, organisation_mapping_problems
from contracts.model import Contract
from contracts.motion_checks import motion_problems
from contracts.organisation import Organisation
from contracts.refusals import Problem, Sheet, near, validated
from contracts.sheets import contract_sheet, organisation_sheet
from contracts.yaml_reader import Document, quoted, read_document

FOLDER = "contracts"
ORGANISATION = "organisation"


@dataclass(frozen=True)
class Catalogue:
    """Every contract of a project, by number and then id, and what they share."""

    organisation: Organisation
    contracts: tuple[Contract, ...]
    same_accounts: Pairs = ()
    """(account, same_as) of every table that organisation.yaml names under `links.accounts`."""

    def contract(self, id: str) -> Contract:
        """The contract of a handoff; ConfigurationError names the handoffs there are."""
        for contract in self.contracts:
            if contract.id == id:
                return contract
        known = [contract.id for contract in self.contracts]
        raise ConfigurationError(f"{quoted(id)} is not a handoff of contracts/; {near(id, known)}")


def load_catalogue(project: Path) -> Catalogue:
    """Read and check a project's contracts; ContractError names file, line, key, remedy.

    Files that are as they were are not read twice in a process: every source of a run asks, and YAML is slow.
    """
    folder = project / FOLDER
    return _loaded(folder, _state(folder))


State = tuple[tuple[str, int, int, int], ...]


def _state(folder: Path) -> State:
    """Name, inode, size and last change of what lies in the folder; what cannot be read is told by who reads it."""
    with suppress(OSError):
        found = [(path.name, path.stat()) for path in sorted(folder.iterdir())]
        return tuple((name, seen.st_ino, seen.st_size, seen.st_mtime_ns) for name, seen in found)
    return ()


@lru_cache(maxsize=4)
def _loaded(folder: Path, _state: State) -> Catalogue:
    paths = _paths(folder)
    organisation = _organisation(folder / f"{ORGANISATION}.yaml")
    loaded = [_contract(path, organisation) for path in paths]
    _refuse_shared_numbers(loaded)
    contracts = sorted((contract for contract, _ in loaded), key=_by_number)
    return Catalogue(organisation, tuple(contracts), _same_accounts(folder, organisation))


def _paths(folder: Path) -> list[Path]:
    """One path per handoff, by name. A file that is nearly a contract is refused, not passed over."""
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise ContractError(
            f"{folder}: cannot be listed ({error.strerror}); "
            "set SEAMKEEPER_PROJECT to a checkout with contracts/"
        ) from error
    for path in paths:
        if path.suffix.lower() in (".yml", ".yaml") and path.suffix != ".yaml":
            raise ContractError(
                f"{FOLDER}/{path.name}:1: not read under this name; rename it to {path.stem}.yaml"
            )
    handoffs = [path for path in paths if path.suffix == ".yaml" and path.stem != ORGANISATION]
    if not handoffs:
        raise ContractError(
            f"{folder}: holds no contract; write one YAML file per handoff, as in sdr_to_ae.yaml"
        )
    return handoffs


def _organisation(path: Path) -> Organisation:
    name = f"{FOLDER}/{path.name}"
    if not path.exists():
        raise ContractError(f"{name}:1: missing; write the organisation's name, zone and currency there")
    sheet = organisation_sheet(read_document(path, name))
    organisation = validated(Organisation, sheet)
    checks = (organisation_problems, organisation_mapping_problems, motion_problems)
    _refuse(sheet, [problem for check in checks for problem in check(organisation)])
    return organisation.model_copy(update={"calendars": {ALWAYS: always(), **organisation.calendars}})


def _same_accounts(folder: Path, organisation: Organisation) -> Pairs:
    tables = [link.table for link in organisation.links.accounts if link.kind == "table"]
    return tuple(pair for table in tables for pair in read_account_table(folder / table, f"{FOLDER}/{table}"))


def _contract(path: Path, organisation: Organisation) -> tuple[Contract, Document]:
    document = read_document(path, f"{FOLDER}/{path.name}")
    sheet = contract_sheet(document, path.stem)
    contract = validated(Contract, sheet)
    _refuse(sheet, [*contract_problems(contract, organisation), *contract_mapping_problems(contract)])
    return contract.model_copy(update={"targets": organisation.targets | contract.targets}), document


def _refuse(sheet: Sheet, problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise sheet.error(found)


def _refuse_shared_numbers(loaded: list[tuple[Contract, Document]]) -> None:
    first: dict[str, str] = {}
    for contract, document in loaded:
        other = first.setdefault(contract.number, contract.id)
        if other != contract.id:
            raise document.refuse(
                ("number",),
                f"{contract.number} is already the number of {FOLDER}/{other}.yaml; write another",
            )


def _by_number(contract: Contract) -> tuple[str, int, str]:
    """H9 before H10."""
    letters = contract.number.rstrip("0123456789")
    return (letters, int(contract.number[len(letters) :]), contract.id)
