"""Which properties of a system do the contracts read? A pull brings their history, and says which are not there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final, TypeAlias

from contracts import Catalogue, Contract
from contracts.mapping import About, Property, Sign, property_of

Wanted: TypeAlias = Mapping[str, Mapping[str, str]]
"""Object → property → where it is mapped, for messages: `ae_to_onboarding.go_live_on`."""
DELETED, URL = "deleted", "record_url"
OURS: Final = (DELETED, URL)
"""Properties that staging makes: that a record is gone, and where people open it."""
NAMED: Final = 5
"""So many have room in a line."""


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


def not_there(names: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The note of a pull that did not find these mapped properties, beside those it knows; none if it found all."""
    if not names:
        return ()
    many = f"{len(names)} mapped properties are" if len(names) > 1 else "a mapped property is"
    told = [f"{name}{_alike(name, known)}" for name in names[:NAMED]]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return (f"{many} not there: {', '.join(told)}{more}",)


def _alike(name: str, known: Sequence[str]) -> str:
    """What of the same object somebody may have meant."""
    object_, _, property_ = name.partition(".")
    others = [other.partition(".")[2] for other in known if other.partition(".")[0] == object_]
    close = get_close_matches(property_, others, n=1, cutoff=0.8)
    return f" (did you mean {object_}.{close[0]}?)" if close else ""


def _named(catalogue: Catalogue) -> Iterator[tuple[Property, str]]:
    for contract in catalogue.contracts:
        yield from _fields(contract)
        yield from _signs(contract.id, ((name, signs) for name, signs in contract.events))
        yield from _about(contract.id, contract.about)
    accounts, links = catalogue.organisation.accounts, catalogue.organisation.links
    signs = (("accounts.started", accounts.started), ("accounts.churned", accounts.churned))
    yield from _signs("organisation", signs)
    shown = ((f"signals.{name}", signal.when) for name, signal in catalogue.organisation.signals.items())
    yield from _signs("organisation", shown)
    said = {"arr": accounts.arr} | {f"primary.{motion}": texts for motion, texts in accounts.primary.items()}
    for name, texts in said.items():
        for text in texts:
            yield property_of(text), f"organisation.accounts.{name}"
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
