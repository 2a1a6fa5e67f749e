"""What does an API's answer mean, or its silence? Read off statuses, headers, bodies and exceptions, of any vendor.

In: answers and errors of requests. Out: whether nothing was done or sent, how long to wait, and the vendor's own words.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requests import Response
    from requests.exceptions import RequestException


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
    return "; ".join(dict.fromkeys(words_in(said)))


def words_in(said: object) -> Iterator[str]:
    """Of GitHub `message` and `errors`, of Jira `errorMessages` and `errors`, of others `error` or `description`."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, list):
        for one in said:
            yield from words_in(one)
    elif isinstance(said, dict):
        keys = ("message", "error", "description", "error_description", "errorMessages", "errors", "details")
        named = [key for key in keys if said.get(key)]
        if not named:  # Jira: the field and what is wrong with it
            yield from (f"{key}: {value}" for key, value in said.items() if isinstance(value, str))
        for key in named:
            yield from words_in(said[key])


def until(response: Response) -> str:
    """How long, as the answer names it."""
    after, reset = response.headers.get("Retry-After", ""), response.headers.get("X-RateLimit-Reset", "")
    if after.isdigit():
        return f" for {int(after):,} s"
    try:
        until = parsedate_to_datetime(after) if after else datetime.fromtimestamp(int(reset), UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return f" until {until:%H:%M} UTC, {max(0, until.timestamp() - time.time()):,.0f} s"


def was_not_sent(error: RequestException) -> bool:
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
        for cause in causes(error)
    )


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it wraps, the outermost first."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            waiting += [getattr(one, "reason", None), *one.args, one.__cause__, one.__context__]
