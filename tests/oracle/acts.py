"""What was done to a packet as seen at an instant, by whom, and what is it about? (definitions.md)"""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from typing import Self

from contracts import ContractVersion
from contracts.vocabulary import REASONS
from tests.oracle.calendars import local_day
from tests.oracle.company import Company, History
from tests.oracle.events import Event

STATES = ("submitted", "accepted", "rejected", "reopened", "withdrawn", "voided")
DECISIONS = ("handoff.accepted", "handoff.rejected")


class Acts:
    """Acts through `until`; `known`, for what is never cut off, is the same as of the run."""

    def __init__(
        self, company: Company, history: History, until: datetime, known: Self | None = None
    ) -> None:
        self.company, self.history = company, history
        self.known: Self = known or self
        self.acts = [event for event in history.acts if event.time <= until]
        self.entries = {
            name: kept
            for name, events in history.entries.items()
            if (kept := [event for event in events if event.time <= until])
        }
        self.contract = history.contract

    # -- what happened ---------------------------------------------------------------------------------------

    def _of(self, *kinds: str) -> list[Event]:
        return [event for event in self.acts if event.type.removeprefix("handoff.") in kinds]

    def _first(self, *kinds: str) -> datetime | None:
        events = self._of(*kinds)
        return events[0].time if events else None

    @cached_property
    def triggered_at(self) -> datetime | None:
        return self._first("triggered") or self._first("submitted", "accepted", "rejected", "crossed")

    @cached_property
    def submitted_at(self) -> datetime | None:
        return self._first("submitted")

    @cached_property
    def crossed_at(self) -> datetime | None:
        return self._first("crossed")

    @cached_property
    def _trigger(self) -> Event | None:
        return next(iter(self._of("triggered")), None)

    @cached_property
    def version(self) -> ContractVersion:
        assert self.known.triggered_at
        day = local_day(self.known.triggered_at, self.company.organisation.zone)
        in_force = [version for version in self.contract.versions if version.effective_from <= day]
        return in_force[-1] if in_force else self.contract.versions[0]

    @cached_property
    def has_recorded_decisions(self) -> bool:
        recorded, triggered = self.contract.recorded.decisions, self.known.triggered_at
        if isinstance(recorded, date) and triggered:
            return local_day(triggered, self.company.organisation.zone) >= recorded
        return bool(recorded)

    # -- who -------------------------------------------------------------------------------------------------

    def _person(self, event: Event) -> str | None:
        return None if self.company.is_system(event) else event.actor

    def _owner(self, team: str, until: datetime) -> str | None:
        owners = [e.actor for e in self._of("assigned") if e.team == team and e.time <= until]
        return owners[-1] if owners else None

    @cached_property
    def sender(self) -> str | None:
        if self.known is not self:
            return self.known.sender
        return next((self._person(event) for event in self._sending if self._person(event)), None)

    @cached_property
    def _sending(self) -> list[Event]:
        """Acts that show who sends, best first: owner at the trigger, submissions, the trigger."""
        assert self.triggered_at
        team = self.version.sender.team
        owned = [e for e in self._of("assigned") if e.team == team and e.time <= self.triggered_at]
        return [*owned[-1:], *self._of("submitted"), *([self._trigger] if self._trigger else [])]

    def _counts(self, event: Event) -> bool:
        if event.actor is None:
            return event.source in self.company.trusted
        if self.company.is_system(event) or event.actor == self.sender:
            return False
        team = self.company.team_of(event)
        return team is None or team == self.version.receiver.team

    @cached_property
    def decisions(self) -> list[Event]:
        """The decisions that count."""
        return [event for event in self._of("accepted", "rejected") if self._counts(event)]

    @cached_property
    def decided_at(self) -> datetime | None:
        return self.decisions[0].time if self.decisions else None

    @cached_property
    def acceptance(self) -> Event | None:
        return next((event for event in self.decisions if event.type == "handoff.accepted"), None)

    @cached_property
    def accepted_at(self) -> datetime | None:
        return self.acceptance.time if self.acceptance else None

    @cached_property
    def rejection(self) -> Event | None:
        return next((event for event in self.decisions if event.type == "handoff.rejected"), None)

    @cached_property
    def first_reason(self) -> str | None:
        reason = self.rejection.reason if self.rejection else None
        return reason if reason in REASONS or self.rejection is None else "other"

    @cached_property
    def receiver(self) -> str | None:
        """Owner on the receiving side at the first decision or crossing, else who decided."""
        first = min((at for at in (self.decided_at, self.crossed_at) if at), default=None)
        owner = self._owner(self.version.receiver.team, first) if first else None
        return owner or next((event.actor for event in self.decisions if event.actor), None)

    @cached_property
    def is_out(self) -> bool:
        """Void or withdrawn by its latest change of state, as the run knows it."""
        states = [e for e in self.known._of(*STATES) if e.type not in DECISIONS or e in self.known.decisions]
        return bool(states) and states[-1].type in ("handoff.withdrawn", "handoff.voided")

    # -- what it is about ------------------------------------------------------------------------------------

    @cached_property
    def account_name(self) -> str | None:
        """As the packet's acts name it; the company knows whether it is another account's second name."""
        return next((event.account for event in self.acts if event.account), None)

    @cached_property
    def dimensions(self) -> dict[str, str | None]:
        """Dimension → value; only the receiver is not as the run knows it."""
        known, trigger = self.known, self.known._trigger
        return {
            "all": "all",
            "motion": trigger.motion if trigger else None,
            "segment": self.segment,
            "amount_band": self._band(self._amount),
            "sender": known.sender,
            "sender_team": self._sender_team,
            "receiver": self.receiver,
            "receiver_team": self.version.receiver.team,
        }

    @cached_property
    def _sender_team(self) -> str:
        """The sender's own at the act that shows who it is; of a sender nobody knows, the contract's."""
        known = self.known
        act = next((each for each in known._sending if each.actor == known.sender), None)
        if act is None or known.sender is None:
            return self.version.sender.team
        if act.type == "handoff.assigned":  # its team names the side, not where the owner belongs
            assert known.triggered_at
            told = self.company.team_at(known.sender, known.triggered_at)
        else:
            told = self.company.team_of(act)
        return told or self.version.sender.team

    @cached_property
    def segment(self) -> str | None:
        """As the trigger tells, if the organisation knows it."""
        trigger = self.known._trigger
        segment = trigger.detail.get("segment") if trigger else None
        return segment if segment in self.company.organisation.segments else None

    @property
    def _amount(self) -> str | None:
        """At stake, in the organisation's currency; a system that states currencies means none where it states none."""
        trigger = self.known._trigger
        if trigger is None:
            return None
        ours = self.company.organisation.currency
        unsaid = None if trigger.source in self.company.sources_with_currency else ours
        return trigger.value if trigger.detail.get("currency", unsaid) == ours else None

    def _band(self, amount: str | None) -> str | None:
        bands = self.company.organisation.amount_bands
        below = (band.name for band in bands if band.below is None or float(amount or 0) < band.below)
        return next(below, None) if amount is not None else None
