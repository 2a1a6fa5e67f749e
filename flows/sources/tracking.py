"""Which properties of a system do the contracts read? A pull brings their history, and they may not vanish."""

from collections import defaultdict
from collections.abc import Mapping

from contracts import Catalogue

Wanted = Mapping[str, Mapping[str, str]]
"""Object → property → where it is mapped, for messages: `ae_to_onboarding.go_live_on`."""


def wanted(catalogue: Catalogue, system: str) -> Wanted:
    """Every property of `system` that a contract names, by the system's own names."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for contract in catalogue.contracts:
        for version in contract.versions:
            for field in version.fields:
                for source in field.source:
                    name, object_, property_ = source.split(".", maxsplit=2)
                    if name == system:
                        found[object_].setdefault(property_, f"{contract.id}.{field.name}")
    return found
