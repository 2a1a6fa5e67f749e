"""How do we ask a desk's API: once, and never taking silence for a no.

In: a base address, how to authenticate, and paths. Out: parsed JSON, or one of the desk's errors. A write is sent once,
whatever becomes of it: asking again is the outbox's, which knows what was tried. What was certainly not done is `Down`,
`Denied`, `Refused` or `Gone`; where nobody can know it is `Unclear`. A read did nothing, so it is never unclear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar
from urllib.parse import urlsplit

from flows.desks.answers import causes, is_limit, message_of, until, was_not_sent
from flows.desks.desk import Denied, DeskError, Down, Gone, Refused, Unclear

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session
    from requests.auth import AuthBase
    from requests.exceptions import RequestException

Method = Literal["POST", "PUT", "PATCH", "DELETE"]
TIMEOUT: Final = (10, 60)
"""Seconds for the connection, and between two bytes of the answer."""
ADDRESS: Final = r"https?://[^\s/?#]+(/[^\s?#]*)?"
"""What an option with an address has to look like."""
T = TypeVar("T")
Read = Callable[[Any], T]
"""Takes out of an answer what is needed; what it does not find makes the answer one that says nothing."""
_ODD: Final = (ValueError, KeyError, TypeError, AttributeError, IndexError)
_GONE: Final = (301, 302, 307, 308, 404, 410)


def unread(_: Any) -> None:
    """Of an answer that says no more than that it was done."""


def by_status(_: Response) -> DeskError | None:
    """Nothing is known of an answer but its status."""
    return None


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
    explain: Callable[[Response], DeskError | None] = by_status
    """What an answer of this vendor means where its status does not say it, as with GraphQL."""

    def read(self, path: str, as_: Read[T], json: Any = None, **params: object) -> T:
        """The answer to a GET, or to a POST of JSON that only asks. Raises Down or Denied."""
        return self._json_read(path, self._asked("GET" if json is None else "POST", path, json, params), as_)

    def look(self, path: str, as_: Read[T], **params: object) -> T | None:
        """The answer to a GET of one thing; None if it was deleted, or moved away. Raises Down or Denied."""
        response = self._asked("GET", path, None, params)
        if response.status_code in _GONE:
            return None
        return self._json_read(path, response, as_)

    def each(self, path: str, as_: Read[T], **params: object) -> Iterator[T]:
        """One after the other of a list, along the links of its headers (RFC 8288). Raises Down or Denied."""
        following: str | None = path
        while following is not None:
            response = self._asked("GET", following, None, params)
            yield from self._json_read(following, response, lambda told: [as_(one) for one in told])
            # the link names all parameters itself
            following, params = response.links.get("next", {}).get("url"), {}

    def write(
        self,
        method: Method,
        path: str,
        json: Any,
        as_: Read[T],
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """The answer to a write that makes something. Raises any but Gone."""
        response = self._written(method, path, json, headers)
        if response.status_code in (404, 410):
            raise self._denied(path, response)
        return self._json_written(path, response, as_)

    def change(self, method: Method, path: str, json: Any, headers: Mapping[str, str] | None = None) -> None:
        """A write on one thing that was there; Gone if it was deleted or moved. Raises any."""
        response = self._written(method, path, json, headers)
        if response.status_code in _GONE:
            if (
                self._asked("GET", path, None, {}).status_code not in _GONE
            ):  # 404 is also what some say to whoever may only read
                raise self._denied(path, response)
            raise Gone(f"{self._host} has no {path} any more")
        self._json_written(path, response, unread)

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

        if not all(secret.isascii() and secret.isprintable() for secret in self.secrets):
            raise Denied(f"the token for {self._host} has characters that no token has; copy it anew")
        session = Session()  # its adapters ask once: `max_retries` is 0
        # anything but None: else an entry of ~/.netrc would take the place of our token
        session.auth = self.auth or (lambda request: request)
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
            if was_not_sent(error):
                raise self._down(error) from error
            raise Unclear(
                f"{self._host} did not answer {method} {path} ({self._why(error)}): done or not, a later run finds out"
            ) from error

    def _json_read(self, path: str, response: Response, as_: Read[T]) -> T:
        status = response.status_code
        if explained := self.explain(response):
            raise Down(str(explained)) if isinstance(explained, Unclear) else explained
        if status < 300:
            try:
                return as_(response.json())
            except _ODD as error:
                raise Down(
                    f"{self._host} answered {path} with something else; the next run asks again"
                ) from error
        if is_limit(response):
            raise self._limited(response)
        if status < 500:
            raise self._denied(path, response)
        raise Down(
            f"{self._host} answered {path} with {status}{self._said(response)}; the next run asks again"
        )

    def _json_written(self, path: str, response: Response, as_: Read[T]) -> T:
        if explained := self.explain(response):
            raise explained
        if response.status_code >= 300:
            raise self._not_written(path, response)
        try:
            return as_(response.json() if response.content.strip() else None)
        except _ODD as error:
            raise Unclear(
                f"{self._host} answered {path} with something else: done or not, a later run finds out"
            ) from error

    def _not_written(self, path: str, response: Response) -> DeskError:
        status = response.status_code
        if is_limit(response):
            return self._limited(response)
        if status >= 500:
            return Unclear(
                f"{self._host} answered {path} with {status}{self._said(response)}: done or not, a later run finds out"
            )
        if status in (401, 403) or status < 400:
            return self._denied(path, response)
        return Refused(f"{self._host} answered {status}{self._said(response)}")

    def _limited(self, response: Response) -> Down:
        return Down(
            f"{self._host} asks us to wait{until(response)}{self._said(response)}; a later run sends the rest"
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
        told = [str(one) for one in causes(error) if str(one)]
        return self.told(told[-1] if told else type(error).__name__)

    def _said(self, response: Response) -> str:
        said = self.told(message_of(response))
        return f" ({said})" if said else ""
