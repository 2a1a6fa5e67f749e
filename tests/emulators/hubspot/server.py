"""What does HubSpot answer? The CRM endpoints a pull needs, over a `Store`, in the shapes HubSpot publishes.

    with serve(HubSpot(store)) as hubspot: ...hubspot.url, hubspot.vendor.token, hubspot.requests

Kinds are HubSpot's plural names (`deals`), also reached as `deal` and `0-3`. Of all that could be written through the
API it is properties of records in batches.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.emulators.content import Link, Record, Store
from tests.emulators.hubspot import catalogue, settings, shapes
from tests.emulators.hubspot.searching import Search, read_search
from tests.emulators.messages import Refused, Reply, Request, dispatch, routes

_ROUTES = routes(
    {
        "POST /crm/v3/objects/{kind}/search": "search",
        "POST /crm/v3/objects/{kind}/batch/read": "read_batch",
        "POST /crm/v3/objects/{kind}/batch/update": "update_batch",
        "GET /crm/v3/objects/{kind}": "list_objects",
        "POST /crm/v4/associations/{kind}/{other}/batch/read": "read_associations",
        "GET /crm/v3/properties/{kind}": "list_properties",
        "GET /crm/v3/pipelines/{kind}": "list_pipelines",
        "GET /crm/v3/owners": "list_owners",
        "GET /account-info/v3/details": "describe_account",
    }
)


class HubSpot:
    """A portal; `token`, `scopes` and the store may change while it is served."""

    def __init__(self, store: Store | None = None, bearer: str = "pat-eu1-emulated") -> None:
        self.store = store or Store()
        self.token: str | None = bearer
        self.scopes = {*catalogue.SCOPES.values(), *catalogue.WRITING.values()}
        self.refusing: dict[str, str] = {}  # id of a record → why it takes no change
        self.linked_at_once = 500  # associated records of one record in one page

    def revoke(self) -> None:
        """From now on every call is refused."""
        self.token = None

    def answer(self, request: Request) -> Reply:
        """The reply, whatever was asked."""
        if self.token is None or request.headers.get("authorization") != f"Bearer {self.token}":
            return shapes.unauthorized()
        try:
            reply = dispatch(self, _ROUTES, request)
        except Refused as refused:
            return refused.reply
        return reply or shapes.refused(404, "OBJECT_NOT_FOUND", f"No such resource: {request.path}")

    def refusal(self, status: int) -> Reply:
        """HubSpot's shape of an error that a fault asks for."""
        match status:
            case 401:
                return shapes.unauthorized()
            case 403:
                return shapes.missing_scopes("crm.objects.deals.read")
            case 429:
                return shapes.limited()
        return shapes.refused(status, "INTERNAL_ERROR", "internal error")

    def kind(self, name: str) -> str:
        """The plural name of an object type we may read."""
        kind = catalogue.NAMES.get(name)
        if kind is None:
            raise Refused(shapes.invalid(f"Unable to infer object type from: {name}"))
        self.need(kind)
        return kind

    def need(self, *kinds: str, scopes: Mapping[str, str] = catalogue.SCOPES) -> None:
        """Refuse where the app lacks a scope."""
        missing = [scope for scope in (scopes[kind] for kind in kinds) if scope not in self.scopes]
        if missing:
            raise Refused(shapes.missing_scopes(*missing))

    def list_objects(self, request: Request, kind: str) -> Reply:
        """https://developers.hubspot.com/docs/reference/api/crm/objects/deals#retrieve-deals : pages by id."""
        kind, history = self.kind(kind), request.listed("propertiesWithHistory")
        limit = read_limit(request, 10, 50 if history else 100)
        after, archived = request.first("after", "0"), request.first("archived") == "true"
        if not after.isdigit():
            raise Refused(shapes.invalid(f"Invalid after: {after}"))
        with self.store.lock:
            found = [
                record
                for record in self.store.all(kind)
                if int(record.id) >= int(after) and (record.deleted is not None) == archived
            ][: limit + 1]
            results = [
                shapes.written(record, request.listed("properties"), history)
                | _linked(record, request.listed("associations"))
                for record in found[:limit]
            ]
        following = str(int(found[limit - 1].id) + 1) if len(found) > limit else None
        return Reply(shapes.paged(results, following, f"{request.base}{request.path}"))

    def search(self, request: Request, kind: str) -> Reply:
        """https://developers.hubspot.com/docs/guides/api/crm/search : never archived ones, never a history."""
        kind, asked = self.kind(kind), read_search(request.json())
        with self.store.lock:
            total, found = self.find(kind, asked)
            results = [shapes.written(record, asked.properties) for record in found]
        end = asked.after + len(results)
        return Reply(shapes.paged(results, str(end) if end < total else None, total=total))

    def find(self, kind: str, asked: Search) -> tuple[int, list[Record]]:
        """How many records there are, and those of the page."""
        found = [each for each in self.store.all(kind) if each.deleted is None and asked.fits(each)]
        found.sort(key=asked.key, reverse=asked.descending)
        return len(found), found[asked.after : asked.after + asked.limit]

    def read_batch(self, request: Request, kind: str) -> Reply:
        """https://developers.hubspot.com/docs/reference/api/crm/objects/deals : 100 records, 50 with history."""
        kind, body = self.kind(kind), request.json() or {}
        history = list(body.get("propertiesWithHistory") or ())
        ids = read_inputs(body, 50 if history else 100)
        archived = request.first("archived") == "true"
        with self.store.lock:
            known = [self.store.get(kind, each) for each in ids]
            found = [each for each in known if each is not None and (each.deleted is not None) == archived]
            results = [shapes.written(each, body.get("properties") or [], history) for each in found]
        return shapes.batch(results, _lost(kind, ids, found), datetime.now(UTC))

    def update_batch(self, request: Request, kind: str) -> Reply:
        """https://developers.hubspot.com/docs/reference/api/crm/objects/deals : 100 records, each once."""
        kind, body = self.kind(kind), request.json() or {}
        self.need(kind, scopes=catalogue.WRITING)
        ids = read_inputs(body, 100)
        if len(ids) < len(body["inputs"]):
            raise Refused(shapes.invalid("Duplicate IDs found in batch input"))
        now = datetime.now(UTC)
        with self.store.lock:
            told = {str(each["id"]): each["properties"] for each in body["inputs"]}
            self._refuse_values(kind, told)
            known = [self.store.get(kind, each) for each in ids]
            found = [each for each in known if each is not None and each.deleted is None]
            for record in found:
                for name, value in told[record.id].items():
                    if value != (record.value(name) or ""):
                        record.note(name, value, now)
            results = [shapes.written(each, sorted(told[each.id])) for each in found]
        return shapes.batch(results, _lost(kind, ids, found), now)

    def _refuse_values(self, kind: str, told: Mapping[str, Mapping[str, str]]) -> None:
        """One record that does not take its values, and the whole batch is refused."""
        properties = {each["name"] for each in settings.properties(kind, self.store)}
        for id_, values in told.items():
            for name in values.keys() - properties:
                said = {"isValid": False, "message": f'Property "{name}" does not exist', "name": name}
                said |= {"error": "PROPERTY_DOESNT_EXIST", "localizedErrorMessage": said["message"]}
                raise Refused(shapes.invalid(f"Property values were not valid: {json.dumps([said])}"))
            if id_ in self.refusing:
                raise Refused(shapes.invalid(self.refusing[id_]))

    def read_associations(self, request: Request, kind: str, other: str) -> Reply:
        """https://developers.hubspot.com/docs/guides/api/crm/associations/associations-v4#retrieve-associations."""
        kind, other, body = self.kind(kind), self.kind(other), request.json() or {}
        read_inputs(body, 1000)
        results, errors = [], []
        with self.store.lock:
            for each in body.get("inputs") or ():
                record = self.store.get(kind, str(each.get("id")))
                links = [link for link in record.links if link.kind == other] if record else []
                if links:
                    results.append(self._links(kind, str(each["id"]), links, int(each.get("after") or 0)))
                else:
                    errors.append(unlinked(kind, other, str(each.get("id"))))
        return shapes.batch(results, errors, datetime.now(UTC))

    def _links(self, kind: str, id_: str, links: list[Link], after: int) -> dict[str, Any]:
        page = links[after : after + self.linked_at_once]
        told: dict[str, Any] = {"from": {"id": id_}, "to": [written_links(kind, link) for link in page]}
        if after + len(page) < len(links):
            told["paging"] = {"next": {"after": str(after + len(page))}}
        return told

    def list_properties(self, request: Request, kind: str) -> Reply:
        """https://developers.hubspot.com/docs/reference/api/crm/properties : not paged."""
        kind = self.kind(kind)
        if request.first("archived") == "true":
            return Reply({"results": []})
        with self.store.lock:
            return Reply({"results": settings.properties(kind, self.store)})

    def list_pipelines(self, request: Request, kind: str) -> Reply:
        """https://developers.hubspot.com/docs/reference/api/crm/pipelines : not paged."""
        kind = self.kind(kind)
        with self.store.lock:
            return Reply({"results": settings.pipelines(kind, self.store)})

    def list_owners(self, request: Request) -> Reply:
        """https://developers.hubspot.com/docs/reference/api/crm/owners : pages of up to 500, after = an owner's id."""
        self.need("owners")
        limit, archived = read_limit(request, 100, 500), request.first("archived") == "true"
        people = sorted(self.store.people, key=lambda person: int(person.id))
        after = int(request.first("after") or 0)
        found = [each for each in people if int(each.id) > after and each.active != archived]
        following = found[limit - 1].id if len(found) > limit else None
        results = [settings.owner(person) for person in found[:limit]]
        return Reply(shapes.paged(results, following, f"{request.base}{request.path}"))

    def describe_account(self, request: Request) -> Reply:
        """https://developers.hubspot.com/docs/reference/api/settings/account-information-api."""
        self.need("account")
        return Reply(settings.ACCOUNT)


def read_limit(request: Request, default: int, most: int) -> int:
    """The size of a page."""
    told = request.first("limit") or str(default)
    if not told.isdigit() or not 0 < int(told) <= most:
        raise Refused(shapes.invalid(f"Invalid limit: {told}. The limit must be between 1 and {most}"))
    return int(told)


def read_inputs(body: Any, most: int) -> list[str]:
    """The ids of a batch, each once."""
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not inputs:
        raise Refused(shapes.invalid("Invalid input JSON: some required fields were not set: [inputs]"))
    if len(inputs) > most:
        raise Refused(shapes.invalid(f"The maximum number of inputs supported in a batch request is {most}"))
    return list(dict.fromkeys(str(each["id"]) for each in inputs))


def written_links(kind: str, link: Link) -> dict[str, Any]:
    """An association as v4 tells it."""
    plain, primary = catalogue.ASSOCIATIONS[kind, link.kind]
    types = [{"category": "HUBSPOT_DEFINED", "typeId": plain, "label": None}]
    if link.primary and primary:
        types.insert(0, {"category": "HUBSPOT_DEFINED", "typeId": primary, "label": "Primary"})
    return {"toObjectId": int(link.id), "associationTypes": types}


def unlinked(kind: str, other: str, id_: str) -> dict[str, Any]:
    """What a batch says of a record without associations."""
    return shapes.partial(
        "OBJECT_NOT_FOUND",
        f"No {other} is associated with {kind} {id_}.",
        {"fromObjectId": [id_], "fromObjectType": [kind], "toObjectType": [other]},
        "crm.associations.NO_ASSOCIATIONS_FOUND",
    )


def _lost(kind: str, ids: Sequence[str], found: Sequence[Record]) -> list[dict[str, Any]]:
    """What a batch says of records that are not there."""
    lost = sorted({*ids} - {record.id for record in found})
    name = kind.upper().removesuffix("IES") + "Y" if kind == "companies" else kind.upper().removesuffix("S")
    message = (
        f"Could not get some {name} objects, they may be deleted or not exist. Check that ids are valid."
    )
    return [shapes.partial("OBJECT_NOT_FOUND", message, {"ids": lost})] if lost else []


def _linked(record: Record, others: list[str]) -> dict[str, Any]:
    """`associations` of a listed record, by the name of the other type; types without one are left out."""
    told = {}
    for other in (catalogue.NAMES.get(name, name) for name in others):
        links = [link for link in record.links if link.kind == other]
        if links:
            kinds = f"{_singular(record.kind)}_to_{_singular(other)}"
            results = [{"id": link.id, "type": kinds} for link in links]
            results += [{"id": link.id, "type": f"{kinds}_unlabeled"} for link in links if link.primary]
            told[other] = {"results": results}
    return {"associations": told} if told else {}


def _singular(kind: str) -> str:
    return "company" if kind == "companies" else kind.removesuffix("s")
