"""How does HubSpot write a record, a page and an error?

https://developers.hubspot.com/docs/reference/api/crm/objects (SimplePublicObject, propertiesWithHistory, paging)
https://developers.hubspot.com/docs/reference/api/other-resources/error-handling (Error, MULTI_STATUS)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.emulators.content import Record, Version
from tests.emulators.hubspot.catalogue import DEFAULTS, created_property, modified_property, shown_always
from tests.emulators.messages import Reply

KEPT_VERSIONS = {"contacts": 45}  # of each property; 20 elsewhere
_SCOPES_PAGE = "https://developers.hubspot.com/scopes"


def stamp(when: datetime) -> str:
    """An instant: milliseconds, unless they are zero (`2023-01-15T05:00:00Z`, as recorded)."""
    when = when.astimezone(UTC)
    fraction = f".{when.microsecond // 1000:03d}" if when.microsecond >= 1000 else ""
    return f"{when:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def read_value(record: Record, name: str) -> str | None:
    """A property's current value; the system's own are kept on the record itself."""
    if name == "hs_object_id":
        return record.id
    if name == modified_property(record.kind):
        return stamp(record.modified)
    if name == created_property(record.kind):
        return stamp(record.created)
    return record.value(name)


def written(record: Record, properties: Sequence[str], history: Sequence[str] = ()) -> dict[str, Any]:
    """One record; `properties` empty means the default ones. Times, id and archived come always."""
    asked = dict.fromkeys([*(properties or ([] if history else DEFAULTS[record.kind])), *history])
    names = sorted({*asked, *shown_always(record.kind)})
    told: dict[str, Any] = {
        "id": record.id,
        "properties": {name: read_value(record, name) for name in names},
    }
    if history:
        told["propertiesWithHistory"] = {name: _history(record, name) for name in history}
    told |= {
        "createdAt": stamp(record.created),
        "updatedAt": stamp(record.modified),
        "archived": record.deleted is not None,
    }
    return told if record.deleted is None else told | {"archivedAt": stamp(record.deleted)}


def _history(record: Record, name: str) -> list[dict[str, Any]]:
    """Newest first, and only so many as HubSpot keeps."""
    versions = record.history.get(name, [])
    if not versions and name in shown_always(record.kind):
        at = record.modified if name == modified_property(record.kind) else record.created
        versions = [Version(str(read_value(record, name)), at)]
    return [_version(version) for version in reversed(versions[-KEPT_VERSIONS.get(record.kind, 20) :])]


def _version(version: Version) -> dict[str, Any]:
    told: dict[str, Any] = {"value": version.value, "timestamp": stamp(version.at)}
    if version.actor is None:
        return told | {"sourceType": "INTEGRATION", "sourceId": "1044532"}
    return told | {
        "sourceType": "CRM_UI",
        "sourceId": f"userId:{version.actor}",
        "updatedByUserId": int(version.actor),
    }


def paged(results: list[Any], after: str | None, base: str = "", **more: Any) -> dict[str, Any]:
    """A page; `paging` is there only if another page follows."""
    body: dict[str, Any] = {**more, "results": results}
    if after is not None:
        body["paging"] = {
            "next": {"after": after, "link": f"{base}{'&' if '?' in base else '?'}after={after}"}
        }
    return body


def batch(results: list[Any], errors: list[dict[str, Any]], now: datetime) -> Reply:
    """The reply to a batch: 207 with `errors` as soon as one input failed."""
    body: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": stamp(now),
        "completedAt": stamp(now),
    }
    return Reply(body | {"numErrors": len(errors), "errors": errors}, 207) if errors else Reply(body)


def partial(
    category: str, message: str, context: dict[str, list[str]], sub: str | None = None
) -> dict[str, Any]:
    """One error of a batch."""
    told = {
        "status": "error",
        "category": category,
        "message": message,
        "context": context,
        "errors": [],
        "links": {},
    }
    return told | ({"subCategory": sub} if sub else {})


def refused(status: int, category: str, message: str, **more: Any) -> Reply:
    """An error of a whole request."""
    correlation = str(uuid5(NAMESPACE_URL, message))
    body = {"status": "error", "message": message, "correlationId": correlation, "category": category}
    return Reply(body | more, status)


def invalid(message: str, **context: Iterable[str]) -> Reply:
    """400: a request HubSpot does not take."""
    more = {"context": {name: list(values) for name, values in context.items()}} if context else {}
    return refused(400, "VALIDATION_ERROR", message, **more)


def unauthorized() -> Reply:
    """401: a token that was revoked or never was."""
    return refused(
        401,
        "INVALID_AUTHENTICATION",
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
        "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
    )


def missing_scopes(*scopes: str) -> Reply:
    """403: the private app may not read that."""
    return refused(
        403,
        "MISSING_SCOPES",
        "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: "
        f"{_SCOPES_PAGE}.",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": list(scopes)},
            }
        ],
        links={"scopes": _SCOPES_PAGE},
    )


def limited() -> Reply:
    """429: https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details."""
    return refused(
        429,
        "RATE_LIMITS",
        "You have reached your ten_secondly_rolling limit.",
        errorType="RATE_LIMIT",
        policyName="TEN_SECONDLY_ROLLING",
        groupName="publicapi:private-apps-api-requests:standard",
    )
