"""A desk that is anybody's program: whatever is done to a ticket is POSTed there as signed JSON.

Ticket → one request, as Standard Webhooks 1.0 has it: `webhook-id` is the same whenever the same is sent again,
`webhook-signature` proves id, time and body, and any answer from 200 to 299 takes it. Nothing is ever read there.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from re import fullmatch
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from contracts.errors import ConfigurationError
from flows.desks.desk import Blind, Desk, Kind, Seen, Told
from flows.desks.http import Door
from flows.outbox import Ticket

if TYPE_CHECKING:
    from requests import PreparedRequest

SECRETS: Final = {
    "url": "the address that takes the requests",
    "secret": "the signing secret: whsec_ and 24 to 64 bytes as base64; or two, while one takes the other's place",
}
REMEDY: Final = "give the desk an address that takes what we send, or take it out of desks.toml"
_TYPES: Final = {None: "ticket.updated", False: "ticket.closed", True: "ticket.reopened"}


@dataclass(frozen=True)
class Signature:
    """Signs a request as it is about to be sent: once with each key, so that a receiver may change over."""

    keys: Sequence[bytes]
    clock: Callable[[], float] = time.time

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """The request with when it was signed, and the signatures."""
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        at = f"{self.clock():.0f}"
        signed = ".".join([str(request.headers["webhook-id"]), at, ""]).encode() + body
        macs = (hmac.digest(key, signed, hashlib.sha256) for key in self.keys)
        request.headers["webhook-timestamp"] = at
        request.headers["webhook-signature"] = " ".join(
            f"v1,{base64.b64encode(mac).decode()}" for mac in macs
        )
        return request


@dataclass(frozen=True)
class Webhook(Blind):
    """Tickets as requests to one address."""

    door: Door
    people: Mapping[str, str] = field(default_factory=dict)

    def open(self, ticket: Ticket, once: str) -> Seen:
        """Tell of a new ticket."""
        self._tell("ticket.opened", ticket, once, is_open=True)
        return Seen(ticket.marker, ticket.marker, None, is_open=True)

    def set(
        self, key: str, ticket: Ticket, is_open: bool | None, once: str, has_new_owner: bool = False
    ) -> None:
        """Tell what the ticket says now. Of closed ones nothing is updated, so that an update is of an open one."""
        self._tell(_TYPES[is_open], ticket, once, is_open=is_open is not False)

    def _tell(self, type_: str, ticket: Ticket, once: str, *, is_open: bool) -> None:
        told = {
            "type": type_,
            "state": "open" if is_open else "closed",
            **asdict(ticket),
            "owner_handle": self.people.get(ticket.owner or ""),
        }
        self.door.post("", told, {"webhook-id": once})


def make(told: Told) -> Desk:
    """The desk of one table of desks.toml. Raises ConfigurationError for an address or a secret that is none."""
    url = told.secrets["url"]
    if not fullmatch(r"https?://[^\s/?#]+([/?][^\s#]*)?", url):
        raise ConfigurationError(f"desk {told.name}: its url is no address of the web; write https://…")
    keys = [_key(told.name, secret) for secret in told.secrets["secret"].split()]
    hidden = (url, *filter(None, (urlsplit(url).path.strip("/"), urlsplit(url).query)))
    return Webhook(Door(url, REMEDY, auth=Signature(keys), secrets=hidden, has_token=False), told.people)


def _key(desk: str, secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise ConfigurationError(
            f"desk {desk}: its secret is none; write whsec_ and 24 to 64 random bytes as base64, as "
            '`echo "whsec_$(openssl rand -base64 32)"` does'
        )
    return key


KIND: Final = Kind({}, make, SECRETS)
