"""What is said between a client and an emulated vendor? Requests, replies, and which method answers which path."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Request:
    """One request as it came in; `query` holds every value of a parameter, header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    target: str = ""  # path and query as they stood in the request line

    def first(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return self.query.get(name, [default])[0]

    def listed(self, name: str) -> list[str]:
        """A parameter that is repeated, or lists its values with commas."""
        return [part for value in self.query.get(name, ()) for part in value.split(",") if part]

    def json(self) -> Any:
        """The body; None where it is no JSON."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None

    @property
    def base(self) -> str:
        """The address of the server as the client knows it."""
        return f"http://{self.headers.get('host', 'localhost')}"


@dataclass(frozen=True)
class Reply:
    """Status, JSON value (or bytes as they are) and headers; `broken` says how the connection ends early."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json;charset=utf-8"
    broken: str = ""  # reset: half of the body, then RST; close: not a byte

    @property
    def content(self) -> bytes:
        """The body on the wire."""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, ensure_ascii=False).encode()


class Refused(Exception):
    """Raised by a vendor in the middle of its work: the reply to give instead."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class Vendor(Protocol):
    """What can be served."""

    def answer(self, request: Request) -> Reply:
        """The answer where nothing goes wrong."""
        ...

    def refusal(self, status: int) -> Reply:
        """The vendor's own error shape for 401, 403, 429, 500, 503."""
        ...


Route = tuple[str, re.Pattern[str], str]


def routes(table: Mapping[str, str]) -> list[Route]:
    """`METHOD /path/{name}` → name of the method that answers, as patterns."""
    found = []
    for key, name in table.items():
        method, path = key.split(" ")
        found.append((method, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path) + r"/?\Z"), name))
    return found


def dispatch(vendor: Any, table: Sequence[Route], request: Request) -> Reply | None:
    """What the vendor's method for this path answers; None where there is no such path."""
    for method, pattern, name in table:
        if method == request.method and (found := pattern.match(request.path)):
            reply: Reply = getattr(vendor, name)(request, **found.groupdict())
            return reply
    return None
