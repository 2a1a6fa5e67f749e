"""Which properties of a system do the contracts read? A pull brings their history, and says which are not there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from contracts import Catalogue, Contract
from contracts.mapping import About, Property, Sign, property_of

Wanted: TypeAlias = Mapping[str, Mapping[str, str]]
"""Object → property → where it is mapped, for messages: `ae_to_onboarding.go_live_on`."""
DELETED, URL = "deleted", "record_url"
OURS: Final = (DELETED, URL)
"""Properties that staging makes: that a record is gone, and where people open it."""


def wanted(catalogue: Catalogue, system: str) -> Wanted:
    """Every property of `system` that a contract or organisation.yaml names, by the system's own names."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for property_, place in _named(catalogue):
        if property_.system == system and property_.name not in OURS:
            found[property_.object].setdefault(property_.name, place)
    return found


def names_of(mapped: Wanted) -> list[str]:
    """`object.property` of all of them, sorted."""
    return sorted(f"{object_}.{name}" for object_, properties in mapped.items() for name in properties)


def not_there(names: Sequence[str]) -> tuple[str, ...]:
    """The note of a pull that did not find these mapped properties; none if it found all."""
    many = f"{len(names)} mapped properties are" if len(names) > 1 else "a mapped property is"
    return (f"{many} not there: {', '.join(names)}",) if names else ()


def _named(catalogue: Catalogue) -> Iterator[tuple[Property, str]]:
    for contract in catalogue.contracts:
        yield from _fields(contract)
        yield from _signs(contract.id, ((name, signs) for name, signs in contract.events))
        yield from _about(contract.id, contract.about)
    accounts, links = catalogue.organisation.accounts, catalogue.organisation.links
    signs = (("accounts.started", accounts.started), ("accounts.churned", accounts.churned))
    yield from _signs("organisation", signs)
    for text in accounts.arr:
        yield property_of(text), "organisation.accounts.arr"
    for account_link in links.accounts:
        for property_ in account_link.properties:
            yield property_, "organisation.links.accounts"
    for record_link in links.records:
        yield record_link.property, "organisation.links.records"


def _fields(contract: Contract) -> Iterator[tuple[Property, str]]:
    for version in contract.versions:
        for field in version.fields:
            for text in field.source:
                yield property_of(text), f"{contract.id}.{field.name}"


def _signs(where: str, named: Iterable[tuple[str, Iterable[Sign]]]) -> Iterator[tuple[Property, str]]:
    for name, signs in named:
        for sign in signs:
            if sign.property is not None:
                yield sign.property, f"{where}.{name}"


def _about(where: str, about: About) -> Iterator[tuple[Property, str]]:
    for name, texts in about:
        for text in texts:
            yield property_of(text), f"{where}.{name}"
