"""How does Zendesk page? Exports by cursor or by time, lists by cursor or by number.

https://developer.zendesk.com/documentation/ticketing/managing-tickets/using-the-incremental-export-api/
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.emulators.messages import Refused, Reply, Request
from tests.emulators.zendesk import shapes

Dated = tuple[
    int, int, Callable[[], dict[str, Any]]
]  # unix time, id, how to write it: only a page of them is


def _size(request: Request, default: int, most: int, name: str = "per_page") -> int:
    told = request.first(name) or str(default)
    return min(int(told), most) if told.isdigit() and int(told) else default


def _start(request: Request) -> int:
    told = request.first("start_time")
    if not told.isdigit():
        raise Refused(shapes.refused(400, "InvalidParameters", "Missing or invalid start_time"))
    if int(told) > (datetime.now(UTC) - timedelta(minutes=1)).timestamp():
        message = "Too recent start_time. Use a start_time older than 60 seconds"
        raise Refused(shapes.refused(422, "StartTimeTooRecent", message))
    return int(told)


def by_cursor(request: Request, name: str, found: Sequence[Dated]) -> Reply:
    """A cursor-based export: everything behind the cursor, by time and id."""
    if cursor := request.first("cursor"):
        try:
            seconds, _, id_ = base64.urlsafe_b64decode(cursor).decode().partition(".0||")
            behind = (int(seconds), int(id_))
        except ValueError as error:
            raise Refused(shapes.refused(400, "InvalidCursor", "The cursor is invalid")) from error
    else:
        behind = (_start(request), -(2**60))
    rest = sorted((each for each in found if each[:2] > behind), key=lambda each: each[:2])
    page = rest[: _size(request, 1000, 1000)]
    last = page[-1][:2] if page else behind
    after = base64.urlsafe_b64encode(f"{last[0]}.0||{last[1]}".encode()).decode()
    return Reply(
        {
            name: [write() for *_, write in page],
            "after_url": f"{request.base}{request.path}.json?cursor={after}",
            "after_cursor": after,
            "before_url": None,
            "before_cursor": None,
            "end_of_stream": len(rest) <= len(page),
        }
    )


def by_time(request: Request, name: str, found: Sequence[Dated]) -> Reply:
    """A time-based export: a page grows until its last second is whole; only a page of one second moves on by one."""
    start, size = _start(request), _size(request, 1000, 1000)
    rest = sorted((each for each in found if each[0] >= start), key=lambda each: each[:2])
    count = min(size, len(rest))
    while count < len(rest) and rest[count][0] == rest[count - 1][0]:
        count += 1
    page, is_last = rest[:count], count >= len(rest)
    end = page[-1][0] if page else start
    if page and not is_last and page[0][0] == end:
        end += 1
    include = f"&include={request.first('include')}" if request.first("include") else ""
    pages = f"&per_page={size}" if request.first("per_page") else ""
    return Reply(
        {
            name: [write() for *_, write in page],
            "count": len(page),
            "end_of_stream": is_last,
            "end_time": end,
            "next_page": f"{request.base}{request.path}.json?start_time={end}{pages}{include}",
        }
    )


def listed(request: Request, name: str, items: Sequence[dict[str, Any]]) -> Reply:
    """A list by cursor (page[size]) or by offset: https://developer.zendesk.com/api-reference/introduction/pagination/."""
    url = f"{request.base}{request.path}.json"
    if "page[size]" in request.query:
        size, after = _size(request, 100, 100, "page[size]"), request.first("page[after]")
        start = int(base64.urlsafe_b64decode(after)) if after else 0
        page, more = items[start : start + size], start + size < len(items)
        cursor = base64.urlsafe_b64encode(str(start + size).encode()).decode()
        following = f"{url}?page[size]={size}&page[after]={cursor}" if more else None
        meta = {"has_more": more, "after_cursor": cursor if page else None, "before_cursor": None}
        return Reply({name: list(page), "meta": meta, "links": {"prev": None, "next": following}})
    size, place = _size(request, 100, 100), int(request.first("page") or 1)
    page = items[(place - 1) * size : place * size]

    def link(number: int) -> str | None:
        return f"{url}?page={number}&per_page={size}" if 1 <= number <= -(-len(items) // size) else None

    return Reply(
        {
            name: list(page),
            "count": len(items),
            "next_page": link(place + 1),
            "previous_page": link(place - 1),
        }
    )
