"""What did the company look like at an instant? Packets, accounts, touches, answers and questions as seen then."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby

from tests.oracle.company import OF_THE_ACCOUNT, Company, History, Key
from tests.oracle.events import Event
from tests.oracle.packets import MONTH, Packet

FORTNIGHT = timedelta(days=14)


class Archive:
    """Packets as of any instant, each read once per number of events it had by then."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self._read: dict[tuple[Key, int], Packet] = {}
        self._known = {history.key: Packet(company, history, company.as_of) for history in company.histories}

    def known(self) -> list[Packet]:
        """Every packet as the run knows it, void and withdrawn ones included."""
        return list(self._known.values())

    def may_lie(self, packet: Packet, begins: datetime | None, ends: datetime | None) -> bool:
        """Whether any of a packet's events and deadlines can lie between two instants: spares most of the work."""
        first, last = self._spans[packet.history.key]
        return (ends is None or first < ends) and (begins is None or last >= begins)

    @cached_property
    def _spans(self) -> dict[Key, tuple[datetime, datetime]]:
        spans = {}
        for key, packet in self._known.items():
            dues = (packet.expires_at, packet.silence_at, packet.accept_due_at)
            times = [*packet.history.times, *(due for due in dues if due)]
            spans[key] = (min(times), max(times))
        return spans

    def packet(self, history: History, at: datetime) -> Packet | None:
        """The packet as seen at an instant; None if nothing had made it one or it is void or withdrawn."""
        known = self._known[history.key]
        if known.is_out:
            return None
        count = bisect_right(history.times, at)
        if count == len(history.times):
            return known
        key = (history.key, count)
        if key not in self._read:
            self._read[key] = Packet(self.company, history, at, known)
        return self._read[key] if self._read[key].triggered_at else None


class View:
    """Everything as seen at `at`."""

    def __init__(self, archive: Archive, at: datetime) -> None:
        self.company, self.at = archive.company, at
        seen = (archive.packet(history, at) for history in self.company.histories)
        self.packets = [packet for packet in seen if packet is not None]

    def account(self, packet: Packet) -> str | None:
        """The packet's account under its first name."""
        return self.company.account(packet.account_name)

    def _by_account(self, kind: str) -> dict[str | None, list[Event]]:
        found: dict[str | None, list[Event]] = defaultdict(list)
        for event in self.company.of_type[kind]:
            if event.time <= self.at and event.account:
                found[self.company.account(event.account)].append(event)
        return found

    @cached_property
    def moved(self) -> dict[str | None, list[Packet]]:
        """Account → its packets that moved, in the order in which they did."""
        found: dict[str | None, list[Packet]] = defaultdict(list)
        for packet in self.packets:
            if packet.transitioned_at:
                found[self.account(packet)].append(packet)
        for packets in found.values():
            packets.sort(key=lambda packet: (packet.transitioned_at, ":".join(map(str, packet.history.key))))
        return found

    # -- touches ---------------------------------------------------------------------------------------------

    @cached_property
    def _touches(self) -> dict[str | None, list[Event]]:
        return self._by_account("account.touched")

    def first_touch_at(self, packet: Packet) -> datetime | None:
        """The receiving side's first touch of the account from the transition on."""
        for touch in self._touches.get(self.account(packet), []):
            if packet.transitioned_at and touch.time >= packet.transitioned_at:
                is_person = not self.company.is_system(touch)
                is_receiver = touch.actor is not None and touch.actor == packet.receiver
                is_colleague = self.company.team_of(touch) == packet.version.receiver.team
                if is_person and (is_receiver or is_colleague):
                    return touch.time
        return None

    # -- questions -------------------------------------------------------------------------------------------

    @cached_property
    def _asked(self) -> dict[Key, list[Event]]:
        """Packet → questions, re-asks and checks that belong to it, in order."""
        found: dict[Key, list[Event]] = defaultdict(list)
        events = [event for kind in OF_THE_ACCOUNT for event in self.company.of_type[kind]]
        for event in sorted(events, key=lambda event: event.order):
            if event.time <= self.at:
                key = self._subject_of(event)
                if key:
                    found[key].append(event)
        return found

    def _subject_of(self, event: Event) -> Key | None:
        if event.subject:
            return (event.handoff or "", event.subject, event.cycle or 1)
        accepted = [
            packet
            for packet in (self.moved.get(self.company.account(event.account), []) if event.account else [])
            if packet.history.key[0] == event.handoff
            and packet.acceptance
            and packet.acceptance.time <= event.time
        ]
        latest = max(accepted, key=lambda packet: packet.acceptance.order, default=None)  # type: ignore[union-attr]
        return latest.history.key if latest else None

    def asked(self, packet: Packet, *kinds: str) -> list[Event]:
        """Questions and re-asks within 30 days of the acceptance; checks at any time from it on."""
        accepted = packet.accepted_at
        if accepted is None:
            return []
        return [
            event
            for event in self._asked.get(packet.history.key, [])
            if event.time >= accepted
            and (event.type == "handoff.reask_checked" or event.time <= accepted + MONTH)
        ]

    def side(self, packet: Packet, field: str | None) -> str | None:
        """Who lost an answer that was there: the receiver had it, or it did not travel; None if neither."""
        assert packet.transitioned_at
        own = packet.states(packet.transitioned_at).get(field or "")
        if own and own.kind == "valid":
            return "receiver"
        account = self.account(packet)
        for earlier in self.moved[account] if account else []:
            assert earlier.transitioned_at
            if earlier.transitioned_at < packet.transitioned_at:
                state = earlier.states(earlier.transitioned_at).get(field or "")
                if state and state.kind == "valid":
                    return "sender"
        return None

    def reasks(self, packet: Packet) -> Iterator[tuple[datetime, str | None]]:
        """Confirmed re-asks: when, and on whose side the answer was lost."""
        for event in self.asked(packet):
            side = self.side(packet, event.field)
            if event.type == "handoff.reasked" or (event.type == "handoff.question_asked" and side):
                yield event.time, side

    # -- answers ---------------------------------------------------------------------------------------------

    @cached_property
    def _answers(self) -> dict[str | None, list[tuple[Event, int]]]:
        """Account → answers from 0 to 10 as −1, 0 or 1, in order."""
        found: dict[str | None, list[tuple[Event, int]]] = defaultdict(list)
        for account, events in self._by_account("survey.answered").items():
            for event in events:
                score = float(event.value or "nan")
                if 0 <= score <= 10 and score == int(score):
                    found[account].append((event, (score >= 7) + (score >= 9) - 1))
        return found

    def nps_change(self, packet: Packet) -> int | None:
        """After minus before, of the pair nearest to the acceptance."""
        accepted, account = packet.accepted_at, self.account(packet)
        assert accepted
        near = [
            answer
            for answer in self._answers.get(account, [])
            if accepted - FORTNIGHT <= answer[0].time <= accepted + FORTNIGHT
        ]
        by_contact = [answer for answer in near if answer[0].actor]
        for answers, people in ((by_contact, True), (near, False)):
            pairs = []
            key = lambda answer, people=people: _cell(answer[0], people)  # noqa: E731
            for cell, group in groupby(sorted(answers, key=lambda a: (key(a), a[0].order)), key=key):
                pair = _nearest(list(group), accepted)
                if pair:
                    pairs.append((pair[0], cell, pair[1]))
            if pairs:
                return min(pairs)[2]
        return None

    # -- churn -----------------------------------------------------------------------------------------------

    @cached_property
    def _starts(self) -> dict[str | None, list[Event]]:
        return self._by_account("account.started")

    @cached_property
    def _churns(self) -> dict[str | None, list[Event]]:
        return self._by_account("account.churned")

    def started_at(self, account: str | None) -> datetime | None:
        """When its contract began first."""
        return next((event.time for event in self._starts.get(account, [])), None)

    def churn(self, account: str | None) -> Event | None:
        """Its first end."""
        return next(iter(self._churns.get(account, [])), None)


def _cell(answer: Event, people: bool) -> tuple[str, tuple[bool, str]]:
    """Contact and kind of survey; no kind is a kind of its own, the last."""
    kind = answer.detail.get("kind")
    return (answer.actor or "") if people else "", (kind is None, str(kind or ""))


def _nearest(answers: list[tuple[Event, int]], accepted: datetime) -> tuple[timedelta, int] | None:
    """Total distance and change of the answers next to the acceptance, given in order."""
    before = [answer for answer in answers if answer[0].time < accepted]
    after = [answer for answer in answers if answer[0].time >= accepted]
    if not before or not after:
        return None
    return after[0][0].time - before[-1][0].time, after[0][1] - before[-1][1]
