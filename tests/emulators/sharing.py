"""How is one company spread over several vendors? Subject by subject, so that each vendor carries every kind of life.

    for share, carrier in zip(shares(events, 2), (HUBSPOT, ZENDESK)): carry(share, carrier)
    mapped(yaml_of_contract, together(plans))           plans: what each vendor's `mapping` says of this handoff
    account_links(carried)                              which of their accounts are one

What is said of people and accounts is said to every vendor; a packet's record is in one of them only.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from tests.emulators.simulated import Carried
from tests.oracle.events import Event


def shares(events: Sequence[Event], vendors: int) -> list[list[Event]]:
    """The events that each vendor hears. Subjects of like acts are dealt in turn, those of rare acts first."""
    acts: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.subject:
            acts[event.subject].add(event.type)
    common = Counter(type_ for types in acts.values() for type_ in types)

    def life(subject: str) -> tuple[list[tuple[int, str]], str]:
        return sorted((common[type_], type_) for type_ in acts[subject]), subject

    owner = {subject: place % vendors for place, subject in enumerate(sorted(acts, key=life))}
    return [
        [event for event in events if not event.subject or owner[event.subject] == vendor]
        for vendor in range(vendors)
    ]


def together(plans: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What vendors' mappings of one handoff (or of accounts) say, as one that names them all."""
    told: dict[str, Any] = {}
    for plan in plans:
        for key, said in plan.items():
            if isinstance(said, dict):
                told[key] = together([told.get(key, {}), said])
            else:
                told[key] = [*told.get(key, []), *([said] if isinstance(said, str) else said)]
    return told


def account_links(carried: Sequence[Carried]) -> list[dict[str, Any]]:
    """account.linked rows for accounts that vendors know by one domain: the first vendor's id stands for the others.

    Dated by the first event of all.
    """
    first = min(act.event.time for each in carried for act in each.acts).isoformat()
    known: dict[str, str] = {}
    rows = []
    for each in carried:
        system = each.carrier.system
        for id_, domain in each.domains.items():
            account = f"{system}:{id_}"
            if known.setdefault(domain, account) != account:
                rows.append(
                    {
                        "id": f"same-{account}",
                        "source": system,
                        "type": "account.linked",
                        "time": first,
                        "account": known[domain],
                        "value": account,
                    }
                )
    return rows
