"""What does Salesforce answer? Token, query with its pages, describe and limits, over an `Org`.

    with serve(Salesforce(Org(store), batch=200)) as salesforce: ...salesforce.url

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm
A result is fixed when it is asked for: what moves while its pages are read shows up in the next query only.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from tests.emulators.messages import Refused, Reply, Request, dispatch, routes
from tests.emulators.salesforce.answering import VERSION, Answerer, errored
from tests.emulators.salesforce.org import Org
from tests.emulators.salesforce.schema import Field
from tests.emulators.salesforce.soql import Malformed, parse

_ROUTES = routes(
    {
        "POST /services/oauth2/token": "give_token",
        "GET /services/data": "list_versions",
        f"GET /services/data/{VERSION}/query": "query",
        f"GET /services/data/{VERSION}/queryAll": "query_all",
        f"GET /services/data/{VERSION}/query/{{locator}}": "query_more",
        f"GET /services/data/{VERSION}/queryAll/{{locator}}": "query_more",
        f"GET /services/data/{VERSION}/tooling/query": "query_definitions",
        f"GET /services/data/{VERSION}/sobjects": "list_objects",
        f"GET /services/data/{VERSION}/sobjects/{{name}}/describe": "describe",
        f"GET /services/data/{VERSION}/limits": "tell_limits",
        f"PATCH /services/data/{VERSION}/composite/sobjects": "update_collection",
    }
)


class Salesforce:
    """An org behind its API; `sessions` are the tokens given out, `batch` the records of a page."""

    def __init__(
        self, org: Org, client: tuple[str, str] = ("3MVG9.emulated", "emulated"), batch: int = 2000
    ) -> None:
        self.org = org
        self.client = client
        self.batch = batch
        self.sessions: list[str] = []
        self.refusing: dict[
            str, tuple[str, str]
        ] = {}  # id of a record → code and words of why it takes no change
        self.calls, self.daily = 0, 15_000
        self._results: dict[str, list[Any]] = {}

    def revoke(self) -> None:
        """Every session ends; a new token can be had."""
        self.sessions.clear()

    def answer(self, request: Request) -> Reply:
        """The reply, whatever was asked."""
        self.calls += 1
        is_open = request.path.rstrip("/") in ("/services/oauth2/token", "/services/data")
        session = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not is_open and session not in self.sessions:
            return self.refusal(401)
        if not is_open and self.calls > self.daily:
            return self.refusal(429)
        try:
            reply = dispatch(self, _ROUTES, request)
        except Refused as refused:
            return refused.reply
        return reply or errored(404, "NOT_FOUND", "The requested resource does not exist")

    def refusal(self, status: int) -> Reply:
        """Salesforce's shape; too many requests are a 403 there.

        https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
        """
        match status:
            case 401:
                return errored(401, "INVALID_SESSION_ID", "Session expired or invalid")
            case 403:
                return errored(403, "INSUFFICIENT_ACCESS", "insufficient access rights on object id")
            case 429:
                return errored(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
            case 503:
                return errored(503, "SERVER_UNAVAILABLE", "We are down for maintenance")
        return errored(
            status, "UNKNOWN_EXCEPTION", "An unexpected error occurred. Please include this ErrorId: 1"
        )

    def give_token(self, request: Request) -> Reply:
        """https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_client_credentials_flow.htm."""
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if form.get("grant_type") != "client_credentials":
            told = {"error": "unsupported_grant_type", "error_description": "grant type not supported"}
            return Reply(told, 400)
        if (form.get("client_id"), form.get("client_secret")) != self.client:
            told = {"error": "invalid_client", "error_description": "invalid client credentials"}
            return Reply(told, 400)
        self.sessions.append(f"00Dem0000000001!AQ{len(self.sessions)}.{self.calls}")
        return Reply(
            {
                "access_token": self.sessions[-1],
                "signature": "emulated",
                "scope": "api",
                "instance_url": request.base,
                "id": f"{request.base}/id/00Dem0000000001EAA/005em0000000001EAA",
                "token_type": "Bearer",
                "issued_at": "1767603600000",
                "api_instance_url": request.base,
            }
        )

    def list_versions(self, request: Request) -> Reply:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_versions.htm."""
        versions = {"Winter '24": "59.0", "Spring '24": "60.0"}
        return Reply(
            [
                {"label": name, "url": f"/services/data/v{each}", "version": each}
                for name, each in versions.items()
            ]
        )

    def query(self, request: Request) -> Reply:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm."""
        return self._query(request, deleted=False)

    def query_all(self, request: Request) -> Reply:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_queryall.htm."""
        return self._query(request, deleted=True)

    def query_more(self, request: Request, locator: str) -> Reply:
        """The page that a nextRecordsUrl names."""
        name, _, start = locator.rpartition("-")
        if name not in self._results or not start.isdigit():
            return errored(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(name, int(start), self._size(request))

    def query_definitions(self, request: Request) -> Reply:
        """Fields of one object, by its name; of all that could be asked here, only whether history is kept.

        https://developer.salesforce.com/docs/atlas.en-us.api_tooling.meta/api_tooling/tooling_api_objects_fielddefinition.htm
        """
        try:
            query = parse(request.first("q"))
        except Malformed as error:
            return errored(400, "MALFORMED_QUERY", str(error))
        (condition,) = query.conditions
        name = str(condition.values[0])
        if query.object != "FieldDefinition" or name not in self.org.objects():
            return errored(400, "INVALID_TYPE", f"sObject type '{query.object}' is not supported.")
        with self.org.store.lock:
            found = [
                {
                    "attributes": {"type": "FieldDefinition"},
                    "QualifiedApiName": each.name,
                    "IsFieldHistoryTracked": self.org.is_tracked(name, each.name),
                }
                for each in self.org.fields(name).values()
            ]
        return Reply({"size": len(found), "totalSize": len(found), "done": True, "records": found})

    def _query(self, request: Request, deleted: bool) -> Reply:
        text = request.first("q")
        try:
            query = parse(text)
        except Malformed as error:
            return errored(400, "MALFORMED_QUERY", str(error))
        with self.org.store.lock:
            found = Answerer(self.org, query).records(deleted)
        if query.is_count:
            return Reply({"totalSize": len(found), "done": True, "records": []})
        name = f"01gem{len(self._results):010d}"
        self._results[name] = found
        return self._page(name, 0, self._size(request))

    def _size(self, request: Request) -> int:
        """`Sforce-Query-Options: batchSize=200`, at least 200; our own smaller `batch` wins, so that tests can page."""
        asked = request.headers.get("sforce-query-options", "").replace(" ", "").partition("batchSize=")[2]
        return min(self.batch, max(200, int(asked))) if asked.isdigit() else self.batch

    def _page(self, name: str, start: int, size: int) -> Reply:
        found = self._results[name]
        end = start + size
        body: dict[str, Any] = {"totalSize": len(found), "done": end >= len(found)}
        if end < len(found):
            body["nextRecordsUrl"] = f"/services/data/{VERSION}/query/{name}-{end}"
        body["records"] = found[start:end]
        return Reply(body, headers={"Sforce-Limit-Info": f"api-usage={self.calls}/{self.daily}"})

    def list_objects(self, request: Request) -> Reply:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_describeGlobal.htm."""
        told = [_described(name) for name in self.org.objects()]
        return Reply({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": told})

    def describe(self, request: Request, name: str) -> Reply:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm."""
        found = next((each for each in self.org.objects() if each.lower() == name.lower()), None)
        if found is None:
            return errored(404, "NOT_FOUND", "The requested resource does not exist")
        with self.org.store.lock:
            fields = [
                _described_field(field, self.org.values(found, field.name))
                | {"updateable": f"{found}.{field.name}" not in self.org.locked}
                for field in self.org.fields(found).values()
            ]
        return Reply(_described(found) | {"fields": fields})

    def update_collection(self, request: Request) -> Reply:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_update.htm."""
        body = request.json() or {}
        if not isinstance(body.get("records"), list) or len(body["records"]) > 200:
            return errored(400, "INVALID_INPUT", "The records list may have up to 200 records")
        if body.get("allOrNone") is not False:
            return errored(400, "INVALID_INPUT", "the emulated org rolls nothing back")
        with self.org.store.lock:
            return Reply([self._updated(dict(told)) for told in body["records"]])

    def _updated(self, told: dict[str, Any]) -> dict[str, Any]:
        name, id_ = told.pop("attributes")["type"], str(told.pop("id"))
        fields, record = self.org.fields(name), self.org.store.get(name, id_)
        for each, value in told.items():
            if each.lower() not in fields:
                message = f"No such column '{each}' on sobject of type {name}"
                raise Refused(errored(400, "INVALID_FIELD", message))
            if f"{name}.{each}" in self.org.locked:
                return _failed(
                    "INVALID_FIELD_FOR_INSERT_UPDATE", f"Unable to create/update fields: {each}.", each
                )
            if len(value or "") > 255 and fields[each.lower()].type == "string":
                return _failed("STRING_TOO_LONG", f"{each}: data value too large (max length=255)", each)
        if record is None:
            return _failed("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if record.deleted is not None:
            return _failed("ENTITY_IS_DELETED", "entity is deleted")
        if id_ in self.refusing:
            return _failed(*self.refusing[id_])
        for each, value in told.items():
            if (value or None) != record.value(each):
                record.note(each, value or "", datetime.now(UTC))
        return {"id": id_, "success": True, "errors": []}

    def tell_limits(self, request: Request) -> Reply:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_limits.htm."""
        return Reply({"DailyApiRequests": {"Max": self.daily, "Remaining": max(0, self.daily - self.calls)}})


def _failed(code: str, message: str, *fields: str) -> dict[str, Any]:
    return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": [*fields]}]}


def _described(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": name,
        "custom": name.endswith("__c"),
        "queryable": True,
        "retrieveable": True,
        "urls": {"describe": f"/services/data/{VERSION}/sobjects/{name}/describe"},
    }


def _described_field(field: Field, values: list[str]) -> dict[str, Any]:
    length = {"textarea": 32_768, "reference": 18, "id": 18}.get(field.type, 255)
    return {
        "name": field.name,
        "label": field.name.removesuffix("__c").replace("_", " "),
        "type": field.type,
        "length": length if field.type not in ("boolean", "date", "datetime", "double", "currency") else 0,
        "custom": field.name.endswith("__c"),
        "nillable": field.name != "Id",
        "filterable": field.type not in ("textarea", "anyType"),
        "sortable": field.type not in ("textarea", "anyType"),
        "referenceTo": [field.refers_to] if field.refers_to else [],
        "relationshipName": field.relationship,
        "picklistValues": [
            {"value": value, "label": value, "active": True, "defaultValue": False, "validFor": None}
            for value in values
            if field.type == "picklist"
        ],
    }
