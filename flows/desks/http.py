"""How do we ask a desk's API: once, and never taking silence for a no.

In: a base address, how to authenticate, and paths. Out: parsed JSON, or one of the desk's errors. A write is sent once,
whatever becomes of it: asking again is the outbox's, which knows what was tried. What was certainly not done is `Down`,
`Denied`, `Refused` or `Gone`; where nobody can know it is `Unclear`. A read did nothing, so it is never unclear.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from flows.desks.desk import Denied, DeskError, Down, Gone, Refused, Unclear

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session
    from requests.auth import AuthBase
    from requests.exceptions import RequestException

Method = Literal["POST", "PUT", "PATCH", "DELETE"]
TIMEOUT: Final = (10, 60)
"""Seconds for the connection, and between two bytes of the answer."""
LATER: Final = "done or not, a later run finds out"
ADDRESS: Final = r"https?://[^\s/?#]+(/[^\s?#]*)?"
"""What an option with an address has to look like."""


@dataclass(frozen=True)
class Door:
    """One desk's API. `rights` are what follows "give the token"; where there is no token, the whole remedy."""

    base_url: str
    rights: str
    headers: Mapping[str, str] = field(default_factory=dict)
    auth: AuthBase | Callable[[PreparedRequest], PreparedRequest] | tuple[str, str] | None = None
    secrets: tuple[str, ...] = ()
    """What must never stand in a message."""
    timeout: tuple[float, float] = TIMEOUT
    has_token: bool = True

    def read(self, path: str, json: Any = None, **params: object) -> Any:
        """The answer to a GET, or to a POST of JSON that only asks. Raises Down or Denied."""
        return self._json_read(path, self._asked("GET" if json is None else "POST", path, json, params))

    def look(self, path: str, **params: object) -> Any | None:
        """The answer to a GET of one thing; None if it was deleted, or moved away. Raises Down or Denied."""
        response = self._asked("GET", path, None, params)
        if response.status_code in (301, 302, 307, 308, 404, 410):
            return None
        return self._json_read(path, response)

    def pages(self, path: str, **params: object) -> Iterator[list[Any]]:
        """Page after page of a list, along the links of its headers (RFC 8288). Raises Down or Denied."""
        following: str | None = path
        while following is not None:
            response = self._asked("GET", following, None, params)
            found = self._json_read(following, response)
            if not isinstance(found, list):
                raise Down(f"{self._host} answered {path} with no list; the next run asks again")
            yield found
            # the link names all parameters itself
            following, params = response.links.get("next", {}).get("url"), {}

    def write(self, method: Method, path: str, json: Any, headers: Mapping[str, str] | None = None) -> Any:
        """The answer to a write that makes something; None where it has no body. Raises any but Gone."""
        response = self._written(method, path, json, headers)
        if response.status_code in (404, 410):
            raise self._denied(path, response)
        return self._json_written(path, response)

    def change(self, method: Method, path: str, json: Any, headers: Mapping[str, str] | None = None) -> Any:
        """The answer to a write on one thing that was there; Gone if it was deleted or moved. Raises any."""
        response = self._written(method, path, json, headers)
        if response.status_code in (301, 302, 307, 308, 404, 410):
            raise Gone(f"{self._host} has no {path} any more")
        return self._json_written(path, response)

    def post(self, path: str, json: Any, headers: Mapping[str, str] | None = None) -> None:
        """A write that is only taken: what the answer says beside its status is nothing to us. Raises any but Gone."""
        response = self._written("POST", path, json, headers)
        if response.status_code >= 300:
            no = self._denied if response.status_code in (404, 410) else self._not_written
            raise no(path or "us", response)

    def told(self, text: str) -> str:
        """A vendor's words in one line without our secrets, as long as a message has room for."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return " ".join(text.split())[:300]

    @property
    def _host(self) -> str:
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @cached_property
    def _session(self) -> Session:
        from requests import Session

        session = Session()  # its adapters ask once: `max_retries` is 0
        session.headers.update({"User-Agent": "seamkeeper", "Accept": "application/json", **self.headers})
        return session

    def _url(self, path: str) -> str:
        """Within our desk: a link that leads elsewhere must not get our token."""
        if "://" not in path:
            return self.base_url.rstrip("/") + path if path else self.base_url
        if urlsplit(path)[:2] != urlsplit(self.base_url)[:2]:
            raise Down(
                f"{self._host} links to another host, {urlsplit(path).netloc}; check the desk's address"
            )
        return path

    def _send(
        self, method: str, path: str, json: Any, params: Mapping[str, object], headers: Mapping[str, str]
    ) -> Response:
        """Raises what requests raises. A redirect is an answer: followed, a POST would become a GET."""
        return self._session.request(
            method,
            self._url(path),
            params={name: str(value) for name, value in params.items()},
            json=json,
            headers=dict(headers),
            auth=self.auth,
            timeout=self.timeout,
            allow_redirects=False,
        )

    def _asked(self, method: str, path: str, json: Any, params: Mapping[str, object]) -> Response:
        from requests.exceptions import RequestException

        try:
            return self._send(method, path, json, params, {})
        except RequestException as error:
            raise self._down(error) from error

    def _written(self, method: Method, path: str, json: Any, headers: Mapping[str, str] | None) -> Response:
        from requests.exceptions import RequestException

        try:
            return self._send(method, path, json, {}, headers or {})
        except RequestException as error:
            if _was_not_sent(error):
                raise self._down(error) from error
            raise Unclear(
                f"{self._host} did not answer {method} {path} ({self._why(error)}): {LATER}"
            ) from error

    def _json_read(self, path: str, response: Response) -> Any:
        status = response.status_code
        if status < 300:
            try:
                return response.json()
            except ValueError as error:
                raise Down(
                    f"{self._host} answered {path} with something that is no JSON; the next run asks again"
                ) from error
        if is_limit(response):
            raise self._limited(response)
        if status < 500:
            raise self._denied(path, response)
        raise Down(
            f"{self._host} answered {path} with {status}{self._said(response)}; the next run asks again"
        )

    def _json_written(self, path: str, response: Response) -> Any:
        status = response.status_code
        if status < 300:
            if not response.content.strip():
                return None
            try:
                return response.json()
            except ValueError as error:
                raise Unclear(
                    f"{self._host} answered {path} with something that is no JSON: {LATER}"
                ) from error
        raise self._not_written(path, response)

    def _not_written(self, path: str, response: Response) -> DeskError:
        status = response.status_code
        if is_limit(response):
            return self._limited(response)
        if status >= 500:
            return Unclear(f"{self._host} answered {path} with {status}{self._said(response)}: {LATER}")
        if status in (401, 403) or status < 400:
            return self._denied(path, response)
        return Refused(f"{self._host} answered {status}{self._said(response)}")

    def _limited(self, response: Response) -> Down:
        return Down(
            f"{self._host} asks us to wait{_until(response)}{self._said(response)}; a later run sends the rest"
        )

    def _denied(self, path: str, response: Response) -> Denied:
        status = response.status_code
        if status < 400:
            place = self.told(response.headers.get("Location", "elsewhere"))
            return Denied(f"{self._host} has moved {path} to {place}; write the new address in desks.toml")
        refused = "the token was refused: renew it" if status == 401 else f"give the token {self.rights}"
        remedy = refused if self.has_token else self.rights
        return Denied(f"{self._host} answered {path} with {status}{self._said(response)}; {remedy}")

    def _down(self, error: RequestException) -> Down:
        return Down(f"{self._host} cannot be reached ({self._why(error)}); check address and network")

    def _why(self, error: RequestException) -> str:
        """The innermost reason: what is around it names objects of our own."""
        causes = [one for one in _causes(error) if str(one)]
        return self.told(str(causes[-1] if causes else type(error).__name__))

    def _said(self, response: Response) -> str:
        said = self.told(message_of(response))
        return f" ({said})" if said else ""


def is_limit(response: Response) -> bool:
    """429, or what else a vendor calls asking too often: nothing was done then."""
    if response.status_code in (408, 425, 429):
        return True
    if response.status_code == 503:
        return "Retry-After" in response.headers
    # GitHub: a 403 with one of the three. https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    return response.status_code == 403 and (
        "Retry-After" in response.headers
        or response.headers.get("X-RateLimit-Remaining") == "0"
        or "rate limit" in message_of(response).lower()
    )


def message_of(response: Response) -> str:
    """What the vendor says is wrong, wherever it says so; empty if it does not."""
    try:
        said = response.json()
    except ValueError:
        return ""
    return "; ".join(dict.fromkeys(_words(said)))


def _words(said: object) -> Iterator[str]:
    """Of GitHub `message` and `errors`, of Jira `errorMessages` and `errors`, of others `error` or `description`."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, list):
        for one in said:
            yield from _words(one)
    elif isinstance(said, dict):
        keys = ("message", "error", "description", "error_description", "errorMessages", "errors", "details")
        named = [key for key in keys if said.get(key)]
        if not named:  # Jira: the field and what is wrong with it
            yield from (f"{key}: {value}" for key, value in said.items() if isinstance(value, str))
        for key in named:
            yield from _words(said[key])


def _until(response: Response) -> str:
    """How long, as the answer names it."""
    after, reset = response.headers.get("Retry-After", ""), response.headers.get("X-RateLimit-Reset", "")
    if after.isdigit():
        return f" for {int(after):,} s"
    try:
        until = parsedate_to_datetime(after) if after else datetime.fromtimestamp(int(reset), UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return f" until {until:%H:%M} UTC, {max(0, until.timestamp() - time.time()):,.0f} s"


def _was_not_sent(error: RequestException) -> bool:
    """Whether it failed before a byte of the request was on its way: no address, no route, no trust."""
    from requests.exceptions import ConnectTimeout, InvalidURL, MissingSchema, ProxyError
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    if isinstance(error, ConnectTimeout | ProxyError | InvalidURL | MissingSchema):
        return True
    return any(
        isinstance(cause, NewConnectionError | ConnectTimeoutError)
        # a handshake that failed; a connection that only ended may have ended after the request
        or (
            isinstance(cause, ssl.SSLError)
            and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError)
        )
        for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it wraps, the outermost first."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            waiting += [getattr(one, "reason", None), *one.args, one.__cause__, one.__context__]
