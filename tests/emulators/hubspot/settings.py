"""How is a HubSpot portal set up? Its properties, pipelines, owners and account, from what the store knows.

https://developers.hubspot.com/docs/reference/api/crm/properties (Property)
https://developers.hubspot.com/docs/reference/api/crm/pipelines (Pipeline)
https://developers.hubspot.com/docs/reference/api/crm/owners (PublicOwner)
https://developers.hubspot.com/docs/reference/api/settings/account-information-api (PortalInformationResponse)
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from tests.emulators.content import Person, Store
from tests.emulators.hubspot.catalogue import DEFAULTS, OWN
from tests.emulators.hubspot.shapes import stamp

_FOUNDED = stamp(datetime(2020, 1, 1, tzinfo=UTC))
ACCOUNT = {
    "portalId": 25_000_001,
    "accountType": "STANDARD",
    "timeZone": "Europe/Berlin",
    "companyCurrency": "EUR",
    "additionalCurrencies": [],
    "utcOffset": "+02:00",
    "utcOffsetMilliseconds": 7_200_000,
    "uiDomain": "app-eu1.hubspot.com",
    "dataHostingLocation": "eu1",
}
_PIPELINE = {"deals": "pipeline", "tickets": "hs_pipeline"}
_STAGE = {"deals": "dealstage", "tickets": "hs_pipeline_stage"}


def properties(kind: str, store: Store) -> list[dict[str, Any]]:
    """HubSpot's own properties, then the custom ones that any record has a value of."""
    own = sorted({*DEFAULTS[kind], *OWN[kind]})
    said = {name for record in store.all(kind) for name in record.history}
    custom = sorted((said | {*store.declared[kind]}) - set(own))
    return [_property(name, True) for name in own] + [
        _property(name, False, store.declared[kind].get(name)) for name in custom
    ]


def _property(name: str, own: bool, declared: str | None = None) -> dict[str, Any]:
    date = name.endswith(("date", "timestamp"))
    return {
        "updatedAt": _FOUNDED,
        "createdAt": _FOUNDED,
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "type": declared or ("datetime" if date else "string"),
        "fieldType": "date" if date else "text",
        "description": "",
        "groupName": "information",
        "options": [],
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": name.endswith("owner_id"),
        "hasUniqueValue": name == "hs_object_id",
        "hidden": False,
        "hubspotDefined": own,
        "modificationMetadata": {"archivable": not own, "readOnlyDefinition": own, "readOnlyValue": False},
        "formField": not own,
        "dataSensitivity": "non_sensitive",
    }


def pipelines(kind: str, store: Store) -> list[dict[str, Any]]:
    """The pipelines and stages that records ever were in."""
    if kind not in _PIPELINE:
        return []
    names = _values(kind, store, _PIPELINE[kind]) or ["default"]
    stages = _values(kind, store, _STAGE[kind]) or ["appointmentscheduled", "closedwon", "closedlost"]
    return [
        {
            "label": name.capitalize(),
            "displayOrder": place,
            "id": name,
            "stages": [_stage(stage, order) for order, stage in enumerate(stages)],
            "createdAt": _FOUNDED,
            "updatedAt": _FOUNDED,
            "archived": False,
        }
        for place, name in enumerate(names)
    ]


def _values(kind: str, store: Store, name: str) -> list[str]:
    return sorted(
        {
            version.value
            for record in store.all(kind)
            for version in record.history.get(name, ())
            if version.value
        }
    )


def _stage(name: str, place: int) -> dict[str, Any]:
    won, lost = name == "closedwon", name == "closedlost"
    return {
        "label": name.capitalize(),
        "displayOrder": place,
        "metadata": {
            "isClosed": str(won or lost).lower(),
            "probability": "1.0" if won else "0.0" if lost else "0.5",
        },
        "id": name,
        "createdAt": _FOUNDED,
        "updatedAt": _FOUNDED,
        "archived": False,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }


def owner(person: Person) -> dict[str, Any]:
    """An owner: `userId` is null once the seat is gone; the histories name the user, the records the owner."""
    told: dict[str, Any] = {
        "id": person.id,
        "email": person.email,
        "type": "PERSON",
        "firstName": person.first_name,
        "lastName": person.last_name,
        "userId": int(person.user) if person.active else None,
        "userIdIncludingInactive": int(person.user),
        "createdAt": stamp(person.created),
        "updatedAt": stamp(person.modified),
        "archived": not person.active,
    }
    if person.team:
        told["teams"] = [{"id": str(crc32(person.team.encode())), "name": person.team, "primary": True}]
    return told
