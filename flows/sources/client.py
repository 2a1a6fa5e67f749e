"""How do we ask a vendor's API: patiently, and never taking a broken answer for data.

In: a base address, how to authenticate, and paths. Out: parsed JSON, page by page, or what became of a change. Asking
again is dlt's: 429 (after the Retry-After it names), 5xx, connections that break; and answers that are no whole JSON,
or failed in its source's own way. How often and how long is dlt's, too: `RUNTIME__REQUEST_MAX_ATTEMPTS` and its
siblings. What still fails is a SourceError.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from contracts.errors import NotAllowedError, SourceError
from flows.silence import silence
from flows.warehouse import first_line

if TYPE_CHECKING:
    from dlt.sources.helpers.rest_client.paginators import BasePaginator
    from requests import Response
    from requests.auth import AuthBase

SAME_PAGE: Final = 3
"""So often a page may come again by mistake; more, and the pages go in a circle."""
_REMEDIES: Final = {
    401: "the credentials were refused: renew them",
    403: "this is not allowed: grant the scope or permission it names",
    404: "there is no such address: check where the source points to",
    429: "too many requests, for longer than we wait: run again later, or less often",
}
_CODES: Final = {
    "invalid_client": _REMEDIES[401],
    "invalid_client_id": _REMEDIES[401],
    "invalid_grant": _REMEDIES[401],
    "REQUEST_LIMIT_EXCEEDED": _REMEDIES[429],
    "INVALID_FIELD": "a field is not there, or not visible to us: mend its name, or grant it",
}
"""What a vendor's own code says better than the status (Salesforce: no call is left today is a 403)."""


class Changed(NamedTuple):
    """The answer to a call that changes something; `refused` is what the vendor minds, empty where it did it."""

    status: int
    body: Any
    refused: str


class Client:
    """One vendor's API, for one source."""

    def __init__(
        self,
        source: str,
        base_url: str,
        auth: "AuthBase | None" = None,
        headers: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        has_failed: "Callable[[Response], bool] | None" = None,
    ) -> None:
        """`secrets` are what must never stand in a message; what `has_failed` is asked for again, then returned."""
        silence()
        from dlt.sources.helpers.requests import Client as Session
        from dlt.sources.helpers.rest_client.client import RESTClient

        self._source, self._base_url = source, base_url
        self._secrets = [value for value in (secrets or {}).values() if value]

        def is_to_be_asked_again(response: "Response | None", _: BaseException | None) -> bool:
            return response is not None and (
                _is_no_whole_json(response) or (has_failed is not None and has_failed(response))
            )

        session = Session(raise_for_status=False, retry_condition=is_to_be_asked_again)
        session.configure()
        self._rest = RESTClient(base_url, dict(headers or {}), auth, session=session.session)

    def get(self, path: str, **params: Any) -> Any:
        """The answer to one GET. Raises SourceError."""
        return self._ask("GET", path, params=params)

    def post(self, path: str, json: Any = None, data: Any = None) -> Any:
        """The answer to one POST of JSON, or of a form. Raises SourceError."""
        return self._ask("POST", path, json=json, data=data)

    def change(self, method: str, path: str, json: Any, refusals: Container[int] = ()) -> Changed:
        """The answer to one call that changes something; it may be made twice, where the first answer is lost.

        `refusals` are answers that say that nothing was changed, and that the caller knows what to do about.
        Raises SourceError for any other.
        """
        with self._explained(path):
            response = self._answered(method, path, refusals, json=json)
            if response.status_code < 400:
                return Changed(response.status_code, response.json(), "")
        said = self.told(_message_of(response)) or "it was not said why"
        return Changed(response.status_code, _said(response), said)

    def pages(
        self, path: str, paginator: "BasePaginator", selector: str, json: Any = None, **params: Any
    ) -> Iterator[list[Any]]:
        """Page after page of what `selector` finds. Raises SourceError, also when the pages go in a circle."""
        asked: Counter[str] = Counter()
        with self._explained(path):
            for page in self._rest.paginate(
                path,
                method="GET" if json is None else "POST",
                params=params,
                json=json,
                paginator=paginator,
                data_selector=selector,
            ):
                if not page and selector.split(".")[0] not in page.response.json():
                    raise SourceError(
                        f"source {self._source}: {path} answered without `{selector}`; "
                        "nothing was loaded, run again later"
                    )
                following = repr((page.request.url, page.request.params, page.request.json))
                asked[following] += 1
                if page.paginator.has_next_page and asked[following] > SAME_PAGE:
                    raise SourceError(
                        f"source {self._source}: the pages of {path} go in a circle; "
                        "nothing was loaded, run again later"
                    )
                yield list(page)

    def _ask(self, method: str, path: str, **how: Any) -> Any:
        with self._explained(path):
            return self._answered(method, path, (), **how).json()

    def _answered(self, method: Any, path: str, refusals: Container[int], **how: Any) -> "Response":
        response: Response = self._rest.request(path, method=method, **how)
        if response.status_code >= 400 and response.status_code not in refusals:
            raise self._refusal(path, response)
        return response

    @contextmanager
    def _explained(self, path: str) -> Iterator[None]:
        """What requests and dlt raise, as one line that says what, where and what to do."""
        from requests.exceptions import HTTPError, InvalidJSONError, RequestException

        where = f"source {self._source}: {urlsplit(self._base_url).netloc}"
        try:
            yield
        except HTTPError as error:
            raise self._refusal(path, error.response) from error
        except (InvalidJSONError, ValueError) as error:
            raise SourceError(
                f"{where} answered {path} with something that is no whole JSON, several times; run again later"
            ) from error
        except RequestException as error:
            raise SourceError(
                f"{where} cannot be reached at {path} ({self.told(first_line(error))}); "
                "check the network and the address, run again"
            ) from error

    def _refusal(self, path: str, response: "Response | None") -> SourceError:
        if response is None:  # never, for an HTTPError; its type allows it
            return SourceError(f"source {self._source}: {path} was refused; run again later")
        status, known = response.status_code, _CODES.get(_code_of(response))
        remedy = (
            _scopes_to_grant(response)
            or known
            or _REMEDIES.get(status, "run again later" if status >= 500 else "report this as a bug")
        )
        said = self.told(_message_of(response))
        kind = NotAllowedError if status == 403 and known is None else SourceError
        return kind(
            f"source {self._source}: {path} answered {status}{f' ({said})' if said else ''}; {remedy}"
        )

    def told(self, text: str) -> str:
        """A vendor's words in one line without our secrets, as long as a message has room for."""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return " ".join(text.split())[:300]


def _is_no_whole_json(response: "Response") -> bool:
    """An HTML page with 200, or an answer cut short; a look at both ends is enough, reading it decides."""
    if response.status_code >= 300:
        return False
    body = response.content.strip()
    return body[:1] + body[-1:] not in (b"{}", b"[]")


def _said(response: "Response") -> dict[str, Any]:
    """What an error's body says, where it says something."""
    try:
        said = response.json()
    except ValueError:
        return {}
    said = said[0] if isinstance(said, list) and said else said
    return said if isinstance(said, dict) else {}


def _code_of(response: "Response") -> str:
    said = _said(response)
    return str(said.get("errorCode") or said.get("error") or "")


def _scopes_to_grant(response: "Response") -> str:
    """What HubSpot says is missing, beside a message that only names a page to read; empty if it does not."""
    errors = _said(response).get("errors")
    contexts = (
        [one.get("context") for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    )
    scopes = [
        str(scope)
        for context in contexts
        if isinstance(context, dict)
        for key in ("requiredGranularScopes", "requiredScopes")
        for scope in context.get(key) or ()
    ]
    named = " or ".join(dict.fromkeys(scopes))
    return f"grant the app the scope {named}" if named else ""


def _message_of(response: "Response") -> str:
    """What the vendor says is wrong: its words, not its data."""
    said = _said(response)
    told = (
        said.get("message") or said.get("error_description") or said.get("description") or said.get("error")
    )
    return str(told.get("message", "")) if isinstance(told, dict) else str(told or "")
