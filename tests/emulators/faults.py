"""What goes wrong between us and a vendor? Faults, each scripted for some requests and a number of times.

    Fault("/crm/v3/objects/deals", "429", times=2)               the first two requests that match
    Fault("/search", "reset", after=3)                           the fourth one
    Fault("/deals", "act", after=1, act=lambda: store.set(...))  something happens between two pages
    Fault("/deals", "repeat", after=1, times=None)               from the second request on, for ever

A pattern is a regular expression, searched for in `METHOD /path?query`. Kinds:

    401, 403, 500, 503   in the vendor's own shape; 500-after: once it has done what was asked
    429                  the same, Retry-After in seconds; 429-date: as an HTTP date; 429-bare: without it
    502                  a gateway's HTML page; html: such a page with status 200; empty: no byte; odd: other JSON
    slow                 the right answer, after `seconds`
    close, reset         the connection is reset before the answer, or in the middle of its body
    truncated            half of the JSON in a well-formed reply
    repeat               the last answer for this path once more; for ever, it is a cursor that never ends
    shuffle, overlap     the records of a page in another order; the last record of the page before once more
    zoneless, offset     times written without a zone, or with +02:00
    seconds, millis      times written without a fraction, or as epoch milliseconds
    act                  calls `act`, then answers as usual: records move, a token is revoked, a scope is taken away
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from random import Random
from typing import Any

from tests.emulators.messages import Reply, Request, Vendor

_PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
_TIME = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)"')


@dataclass(frozen=True)
class Fault:
    """One kind of trouble for requests that match `pattern`, `times` times (None: always) after the first `after`."""

    pattern: str
    kind: str
    times: int | None = 1
    after: int = 0
    seconds: float = 1.0  # of Retry-After, or of waiting
    act: Callable[[], object] | None = None

    def __post_init__(self) -> None:
        if self.kind not in _KINDS and not self.kind.isdigit():
            raise ValueError(f"{self.kind} is no kind of fault: {', '.join(sorted(_KINDS))} or a status")


class Faults:
    """Counts whose turn it is. The first fault that matches and is due wins."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.end = threading.Event()
        self._faults: list[Fault] = list(faults)
        self._seen: dict[int, int] = {}
        self._last: dict[str, Reply] = {}
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        """More trouble, counted from now on."""
        with self._lock:
            self._faults.extend(faults)

    @property
    def pending(self) -> list[Fault]:
        """Faults that have not happened as often as scripted: a test may assert that none is left."""
        return [
            fault
            for place, fault in enumerate(self._faults)
            if fault.times is not None and self._seen.get(place, 0) < fault.after + fault.times
        ]

    def answer(self, vendor: Vendor, request: Request) -> Reply:
        """The vendor's answer, or what becomes of it."""
        fault = self._due(request) if self._faults else None
        last = self._last.get(request.path)
        if fault is None:
            reply = vendor.answer(request)
        else:
            reply = _KINDS.get(fault.kind, _refused)(_Case(vendor, request, fault, last, self.end))
        if reply.status < 300 and not reply.broken:
            self._last[request.path] = reply
        return reply

    def _due(self, request: Request) -> Fault | None:
        line = f"{request.method} {request.target or request.path}"
        due = None
        with self._lock:
            for place, fault in enumerate(self._faults):
                if not re.search(fault.pattern, line):
                    continue
                seen = self._seen.get(place, 0)
                if (
                    due is None
                    and fault.after <= seen
                    and (fault.times is None or seen < fault.after + fault.times)
                ):
                    due = fault
                elif fault.after <= seen:
                    continue  # due as well, but another one came first: its turn is still to come
                self._seen[place] = seen + 1
        return due


@dataclass(frozen=True)
class _Case:
    vendor: Vendor
    request: Request
    fault: Fault
    last: Reply | None
    end: threading.Event

    def answered(self) -> Reply:
        return self.vendor.answer(self.request)


def _refused(case: _Case) -> Reply:
    return case.vendor.refusal(int(case.fault.kind))


def _limited(case: _Case) -> Reply:
    reply, seconds = case.vendor.refusal(429), case.fault.seconds
    when = datetime.now(UTC) + timedelta(seconds=seconds)
    told = {"429": f"{seconds:g}", "429-date": format_datetime(when, usegmt=True), "429-bare": None}[
        case.fault.kind
    ]
    return reply if told is None else replace(reply, headers={**reply.headers, "Retry-After": told})


def _html(case: _Case) -> Reply:
    return Reply(_PAGE, 200 if case.fault.kind == "html" else 502, kind="text/html")


def _slow(case: _Case) -> Reply:
    case.end.wait(case.fault.seconds)
    return case.answered()


def _truncated(case: _Case) -> Reply:
    reply = case.answered()
    return replace(reply, body=reply.content[: len(reply.content) // 2])


def _repeated(case: _Case) -> Reply:
    return case.last or case.answered()


def _records(body: Any) -> list[Any]:
    """The list of records in a page, whatever the vendor calls it."""
    lists = [value for value in body.values() if isinstance(value, list)] if isinstance(body, dict) else []
    return max(lists, key=len, default=[])


def _copied(reply: Reply) -> Any:
    return json.loads(reply.content)


def _shuffled(case: _Case) -> Reply:
    reply = case.answered()
    body = _copied(reply)
    Random(len(reply.content)).shuffle(_records(body))
    return replace(reply, body=body)


def _overlapping(case: _Case) -> Reply:
    reply = case.answered()
    body = _copied(reply)
    _records(body)[:0] = _records(_copied(case.last))[-1:] if case.last else []
    return replace(reply, body=body)


def _acted(case: _Case) -> Reply:
    if case.fault.act:
        case.fault.act()
    return case.answered()


def _written(write: Callable[[datetime, str], str]) -> Callable[[_Case], Reply]:
    def rewritten(found: re.Match[str]) -> str:
        when = datetime.fromisoformat(found[1] + (found[2] or "") + found[3])
        return f'"{write(when.astimezone(UTC), found[2] or "")}"'

    def respond(case: _Case) -> Reply:
        reply = case.answered()
        return replace(reply, body=_TIME.sub(rewritten, reply.content.decode()).encode())

    return respond


def _clock(when: datetime, fraction: str) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}{fraction}"


_KINDS: Mapping[str, Callable[[_Case], Reply]] = {
    "429": _limited,
    "429-date": _limited,
    "429-bare": _limited,
    "500-after": lambda case: case.answered() and case.vendor.refusal(500),
    "502": _html,
    "html": _html,
    "empty": lambda _: Reply(b""),
    "odd": lambda _: Reply(b'{"status": "error"}'),
    "slow": _slow,
    "close": lambda case: replace(case.answered(), broken="close"),
    "reset": lambda case: replace(case.answered(), broken="reset"),
    "truncated": _truncated,
    "repeat": _repeated,
    "shuffle": _shuffled,
    "overlap": _overlapping,
    "zoneless": _written(_clock),
    "offset": _written(
        lambda when, part: f"{_clock(when.astimezone(timezone(timedelta(hours=2))), part)}+02:00"
    ),
    "seconds": _written(lambda when, _: f"{_clock(when, '')}Z"),
    "millis": _written(lambda when, _: str(round(when.timestamp() * 1000))),
    "act": _acted,
}
