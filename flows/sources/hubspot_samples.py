"""What does a HubSpot portal have to offer, and which keys? For `discover` and `reconcile`; lays nothing down."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Final

from contracts.errors import NotAllowedError
from flows.settings import Source
from flows.sources.hubspot import BATCH, LIST_PAGE, SEARCH_END, SEARCH_PAGE, Portal, after
from flows.sources.hubspot_types import COMPANY, RECORDS, Type, objects_path
from flows.sources.pulling import Pulling
from flows.sources.reconciling import Listed
from flows.sources.records import instant
from flows.sources.sampling import Property, Sample, Skipped, Stage, if_allowed

STAGES: Final = {
    "deal": "dealstage",
    "ticket": "hs_pipeline_stage",
    "contact": "lifecyclestage",
    "company": "lifecyclestage",
}

OWNER: Final = "hubspot_owner_id"


def sample(source: Source, pulling: Pulling, most: int) -> Iterator[Sample | Skipped]:
    """So many records of each type, those changed last, with all their properties; no more than the search shows.

    Raises SourceError.
    """
    portal = Portal(source, pulling)
    teams: dict[str, str] = {}
    try:
        teams = {record.id: _team(record.content) for record in portal.owners()}
    except NotAllowedError as error:
        yield Skipped("owner", str(error))
    for type_ in (*RECORDS, COMPANY):
        pulling.report(f"{source.name}: {type_.path}")
        yield if_allowed(type_.object, partial(_sample, portal, type_, most, teams))


def keys(source: Source, pulling: Pulling) -> Iterator[Listed]:
    """Every record, archived ones too, that a pull should have brought. Raises SourceError."""
    portal = Portal(source, pulling)
    for type_ in portal.types:
        pulling.report(f"{source.name}: {type_.path}")
        yield type_.object, _keys(portal, type_)


def _keys(portal: Portal, type_: Type) -> Iterator[tuple[str, datetime | None]]:
    for archived in ("false", "true"):
        pages = portal.client.pages(
            objects_path(type_),
            after(),
            "results",
            limit=LIST_PAGE,
            archived=archived,
            properties=type_.modified,
        )
        for record in (record for page in pages for record in page):
            yield record["id"], instant(record.get("archivedAt") or record["updatedAt"])


def _sample(portal: Portal, type_: Type, most: int, teams: dict[str, str]) -> Sample:
    client = portal.client
    told = client.get(f"/crm/v3/properties/{type_.path}")["results"]
    asked = _newest(type_, [one["name"] for one in told])
    total = client.post(f"{objects_path(type_)}/search", json={**asked, "limit": 1, "properties": []})[
        "total"
    ]
    pages = client.pages(f"{objects_path(type_)}/search", after(in_body=True), "results", json=asked)
    found = list(islice((record for page in pages for record in page), min(most, SEARCH_END)))
    records = tuple(record["properties"] for record in found)
    owned = Counter(teams.get(str(record.get(OWNER)), "") for record in records)
    return Sample(
        object=type_.object,
        total=int(total),
        properties=tuple(Property(one["name"], one["label"], one["type"], True) for one in told),
        records=records,
        stages=tuple(_stages(portal, type_, [record["id"] for record in found], records)),
        owners={team: count for team, count in owned.items() if team},
        owner=OWNER,
    )


def _newest(type_: Type, names: list[str]) -> dict[str, Any]:
    return {
        "filterGroups": [],
        "sorts": [{"propertyName": type_.modified, "direction": "DESCENDING"}],
        "properties": names,
        "limit": SEARCH_PAGE,
    }


def _stages(
    portal: Portal, type_: Type, ids: list[str], records: tuple[dict[str, Any], ...]
) -> Iterator[Stage]:
    """Every stage that a record of the sample is in, or ever was."""
    name = STAGES[type_.object]
    now, ever = Counter(record.get(name) for record in records), Counter[str]()
    for start in range(0, len(ids), BATCH):
        asked = {
            "inputs": [{"id": id_} for id_ in ids[start : start + BATCH]],
            "properties": [name],
            "propertiesWithHistory": [name],
        }
        for record in portal.client.post(f"{objects_path(type_)}/batch/read", json=asked)["results"]:
            versions = record.get("propertiesWithHistory", {}).get(name, [])
            ever.update({version["value"] for version in versions if version["value"]})
    labels = _labels(portal, type_)
    for value, count in ever.most_common():
        yield Stage(name, value, labels.get(value, value), now[value], count)


def _labels(portal: Portal, type_: Type) -> dict[str, str]:
    if type_.object not in ("deal", "ticket"):
        return {}
    pipelines = portal.client.get(f"/crm/v3/pipelines/{type_.path}")["results"]
    return {stage["id"]: stage["label"] for pipeline in pipelines for stage in pipeline["stages"]}


def _team(content: str) -> str:
    from dlt.common.json import json

    return str(json.loads(content).get("team") or "")
