"""Which sources are told of gates, and by which properties? Off until `sources.toml` has `[<source>.write_back]`.

In: sources.toml and the contracts. Out: one `Turned` per source that is on, or a ConfigurationError.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from re import fullmatch

from contracts import Catalogue
from contracts.errors import ConfigurationError
from contracts.model import Contract
from flows.options import suggestion, texts
from flows.settings import Settings, Source
from flows.sources import read_sources
from flows.sources.tracking import wanted
from flows.sources.writing import HANDOFF, OPTION, STAMPS


@dataclass(frozen=True)
class Turned:
    """A source whose records are told, and of each handoff the properties of its gate and of what is missing."""

    source: Source
    names: Mapping[str, tuple[str, str]]

    @property
    def place(self) -> str:
        """The table of sources.toml in which people mend it."""
        return f"[{self.source.name}.{OPTION}]"


def turned_on(settings: Settings, catalogue: Catalogue) -> tuple[Turned, ...]:
    """The sources that are to be written, in their order.

    Raises ConfigurationError for a handoff that is none, and for a property that is no name, that two handoffs of one
    type of record would share, or that a contract reads; and for a contract that reads when a record changed last.
    """
    asked = [source for source in read_sources(settings) if OPTION in source.options]
    return tuple(_turned(f"{settings.sources_file} ", catalogue, source) for source in asked)


def _turned(file: str, catalogue: Catalogue, source: Source) -> Turned:
    told = source.options[OPTION]
    assert isinstance(told, dict)  # noqa: S101  read_sources refuses anything else
    turned = Turned(
        source,
        {
            contract.id: (_name(told["gate"], contract), _name(told["missing"], contract))
            for contract in _chosen(file, catalogue, source, told)
        },
    )
    _refuse_names(f"{file}{turned.place}", turned)
    _refuse_shared(f"{file}{turned.place}", turned, catalogue)
    _refuse_mapped(f"{file}{turned.place}", turned, catalogue)
    return turned


def _chosen(file: str, catalogue: Catalogue, source: Source, told: Mapping[str, object]) -> list[Contract]:
    """The active handoffs that are asked for and have records of this system."""
    known = [contract.id for contract in catalogue.contracts]
    handoffs = texts(told.get("handoffs")) or known
    for handoff in handoffs:
        if handoff not in known:
            raise ConfigurationError(
                f"{file}[{source.name}.{OPTION}]: there is no handoff {handoff}; {suggestion(handoff, known)}"
            )
    return [
        contract
        for contract in catalogue.contracts
        if contract.id in handoffs and contract.status == "active" and any(_objects(contract, source.kind))
    ]


def _objects(contract: Contract, system: str) -> list[str]:
    """The types of record of a system that are this contract's packets."""
    types = (type_.partition(".") for type_ in contract.record)
    return [object_ for of, _, object_ in types if of == system]


def _name(template: object, contract: Contract) -> str:
    return str(template).replace(HANDOFF, contract.id)


def _refuse_names(where: str, turned: Turned) -> None:
    for name in (name for names in turned.names.values() for name in names):
        if not fullmatch(r"[A-Za-z]\w*", name):
            raise ConfigurationError(
                f"{where}: `{name}` is no name of a property; use letters, digits, _ and {HANDOFF}"
            )


def _refuse_shared(where: str, turned: Turned, catalogue: Catalogue) -> None:
    """One property cannot say two things."""
    taken: dict[tuple[str, str], str] = {}
    for handoff, names in turned.names.items():
        for object_ in _objects(catalogue.contract(handoff), turned.source.kind):
            for name in names:
                if other := taken.get((object_, name.lower())):
                    what = "`gate` and `missing`" if other == handoff else f"{other} and {handoff}"
                    raise ConfigurationError(
                        f"{where}: {what} would both be {object_}.{name}; name them apart, by {HANDOFF}"
                    )
                taken[object_, name.lower()] = handoff


def _refuse_mapped(where: str, turned: Turned, catalogue: Catalogue) -> None:
    """Neither our own words may come back as something that happened, nor that we wrote them."""
    system = turned.source.kind
    mapped = wanted(catalogue, system)
    for handoff, names in turned.names.items():
        for object_ in _objects(catalogue.contract(handoff), system):
            for name in (*names, *STAMPS[system]):
                place, remedy = mapped.get(object_, {}).get(name), "name another"
                if name in STAMPS[system]:
                    remedy = "every write moves it: map another property there, or leave these handoffs out"
                if place:
                    raise ConfigurationError(f"{where}: {object_}.{name} is what {place} reads; {remedy}")
