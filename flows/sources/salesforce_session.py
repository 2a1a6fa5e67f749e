"""How do we ask a Salesforce org: logged in as a connected app, by queries whose answers come in pages.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_queryall.htm
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from flows.sources.client import Client

DATA: Final = "/services/data/v60.0"


class Session:
    """An org as its integration user sees it."""

    def __init__(self, source: str, url: str, secrets: Mapping[str, str]) -> None:
        """Logs in with `client_id` and `client_secret`. Raises SourceError.

        https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_client_credentials_flow.htm
        """
        from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

        form = {"grant_type": "client_credentials", **secrets}
        told = Client(source, url.rstrip("/"), secrets=secrets).post("/services/oauth2/token", data=form)
        token = told["access_token"]
        self.url = str(told["instance_url"]).rstrip("/")
        self._client = Client(source, self.url, BearerTokenAuth(token), secrets={**secrets, "token": token})

    def objects(self) -> set[str]:
        """The objects this user may see."""
        return {one["name"] for one in self._client.get(f"{DATA}/sobjects")["sobjects"]}

    def fields(self, object_: str) -> dict[str, Mapping[str, Any]]:
        """The fields of an object that this user may see, by name, as describe tells them."""
        fields = self._client.get(f"{DATA}/sobjects/{object_}/describe")["fields"]
        return {one["name"]: one for one in fields}

    def tracked(self, object_: str) -> dict[str, bool]:
        """Field → whether its history is kept, which describe does not tell.

        https://developer.salesforce.com/docs/atlas.en-us.api_tooling.meta/api_tooling/tooling_api_objects_fielddefinition.htm
        """
        asked = (
            "SELECT QualifiedApiName, IsFieldHistoryTracked FROM FieldDefinition "
            f"WHERE EntityDefinition.QualifiedApiName = '{object_}'"
        )
        found = (one for page in self.pages(asked, "tooling/query") for one in page)
        return {one["QualifiedApiName"]: one["IsFieldHistoryTracked"] for one in found}

    def count(self, object_: str) -> int:
        """How many records of an object there are, without the deleted ones.

        https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_count.htm
        """
        return int(self._client.get(f"{DATA}/query", q=f"SELECT COUNT() FROM {object_}")["totalSize"])

    def pages(self, asked: str, resource: str = "queryAll") -> Iterator[list[Any]]:
        """The answer to a query, page after page, deleted records among them. Raises SourceError."""
        from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

        paginator = JSONLinkPaginator("nextRecordsUrl")
        return self._client.pages(f"{DATA}/{resource}", paginator, "records", q=asked)

    def update(self, records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """What became of each of up to 200 records, in their order. Raises SourceError."""
        asked = {"allOrNone": False, "records": records}
        return list(self._client.change("PATCH", f"{DATA}/composite/sobjects", json=asked).body)


def quoted(words: Sequence[str]) -> str:
    """Words of ours as a list in a query."""
    return ", ".join(f"'{word}'" for word in words)


def at(told: Mapping[str, Any], path: str) -> Any:
    """A field of a record, or of one it refers to; None if it refers to none."""
    found: Any = told
    for name in path.split("."):
        found = (found or {}).get(name)
    return found
