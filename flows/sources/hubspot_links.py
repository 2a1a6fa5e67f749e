"""Which records does a HubSpot record belong to? Associations v4, with all their pages.

In: records of one type by id, and the type that is linked. Out: the links of each, the primary one first.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from contracts.errors import SourceError
from flows.sources.client import SAME_PAGE, Client

if TYPE_CHECKING:
    from requests import Response

Links: TypeAlias = dict[str, list[dict[str, Any]]]
"""Record → the `id`s of those it belongs to, and whether each is its `primary` one."""

_NOT_THERE: Final = "OBJECT_NOT_FOUND"
_NO_LINKS: Final = "crm.associations.NO_ASSOCIATIONS_FOUND"


def has_failed(response: "Response") -> bool:
    """Whether a batch failed for some of its records (207); that one is not there or has no links is an answer."""
    if response.status_code != 207:
        return False
    try:
        errors = response.json().get("errors") or ()
    except ValueError:
        return True
    return any(error.get("category") != _NOT_THERE for error in errors)


def read_links(client: Client, source: str, path: str, target: str, ids: Sequence[str]) -> Links:
    """The links of these records; without one, a record is left out. Raises SourceError.

    One answer has so many links of each record, and for those that have more where the next ones begin:
    they are asked for again, from there on.
    """
    where = f"/crm/v4/associations/{path}/{target}/batch/read"
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    inputs, asked = [{"id": id_} for id_ in ids], Counter[tuple[str, str]]()
    while inputs:
        answer = client.post(where, json={"inputs": inputs})
        told, failed = answer["results"], _failures(answer)
        if failed:
            said = client.told(f"{failed[0].get('category')}: {failed[0].get('message')}")
            raise SourceError(
                f"source {source}: {where} failed for some of {len(inputs)} records ({said}); "
                "nothing was loaded, run again later"
            )
        for linked in told:
            for one in linked["to"]:
                is_primary = any(kind.get("label") == "Primary" for kind in one["associationTypes"])
                found[str(linked["from"]["id"])][str(one["toObjectId"])] = is_primary
        inputs = [
            {"id": str(linked["from"]["id"]), "after": str(following)}
            for linked in told
            if (following := linked.get("paging", {}).get("next", {}).get("after"))
        ]
        asked.update((one["id"], one["after"]) for one in inputs)
        if any(times > SAME_PAGE for times in asked.values()):
            raise SourceError(
                f"source {source}: the pages of {where} go in a circle; nothing was loaded, run again later"
            )
    return {
        id_: [
            {"id": other, "primary": is_primary}
            for other, is_primary in sorted(links.items(), key=lambda link: (not link[1], link[0]))
        ]
        for id_, links in found.items()
    }


def _failures(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The errors of a batch other than those of records without links."""
    return [error for error in answer.get("errors") or () if error.get("subCategory") != _NO_LINKS]
