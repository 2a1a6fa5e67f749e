"""A vendor whose writes fail by chance: before they were done, after it, or too late."""

from __future__ import annotations

import random
from dataclasses import replace
from threading import Lock, Timer
from typing import Any

from tests.emulators.messages import Reply, Request
from tests.flows.desks.tracker import Faults


class Unreliable:
    """Answers as `vendor` does, but one after the other, and not always."""

    def __init__(self, vendor: Any, faults: Faults, chance: random.Random) -> None:
        self._vendor, self._faults, self._chance, self._lock = vendor, faults, chance, Lock()

    def answer(self, request: Request) -> Reply:
        if request.method == "GET":
            return self._answered(request)
        is_whole = request.json() is not None  # else its sender was killed in the middle of it
        if not is_whole or self._chance.random() < self._faults.before:
            return self.refusal(500)
        if self._chance.random() < self._faults.late:
            Timer(self._chance.uniform(0, self._faults.latest), self._answered, [request]).start()
            return self.refusal(504)
        reply = self._answered(request)
        return replace(reply, broken="close") if self._chance.random() < self._faults.after else reply

    def refusal(self, status: int) -> Reply:
        reply: Reply = self._vendor.refusal(status)
        return reply

    def _answered(self, request: Request) -> Reply:
        with self._lock:
            reply: Reply = self._vendor.answer(request)
            return reply
