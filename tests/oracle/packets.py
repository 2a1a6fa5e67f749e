"""What is a packet worth as seen at an instant? Its history up to then, read event by event (definitions.md)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from contracts import Field
from tests.oracle.acts import Acts
from tests.oracle.calendars import deadline, local_day
from tests.oracle.events import Event
from tests.oracle.fields import Worth, worth_of

MONTH = timedelta(days=30)


@dataclass(frozen=True)
class State:
    """One field at one moment: `kind` is valid, missing, invalid, stale or unobservable; `wanted` if it applies."""

    field: Field
    kind: str
    wanted: bool


class Packet(Acts):
    """A packet as of its events through `until`: its clocks, and its fields at any moment."""

    # -- clocks ----------------------------------------------------------------------------------------------

    def _deadline(self, start: datetime, hours: float) -> datetime:
        named = self.version.sla.calendar
        calendar = None if named == "always" else self.company.organisation.calendars[named]
        return deadline(start, hours, calendar)

    @cached_property
    def submit_due_at(self) -> datetime:
        assert self.triggered_at
        return self._deadline(self.triggered_at, self.version.sla.submit_hours)

    @cached_property
    def expires_at(self) -> datetime:
        assert self.triggered_at
        return self.triggered_at + timedelta(days=self.version.expires_after_days)

    @cached_property
    def ready_at(self) -> datetime | None:
        """The first instant from the submission on at which all wanted fields are usable together."""
        if self.submitted_at is None:
            return None
        entries = {e.time for events in self.entries.values() for e in events if e.time > self.submitted_at}
        moments = (moment for moment in [self.submitted_at, *sorted(entries)])
        return next((moment for moment in moments if self._is_usable(moment)), None)

    @cached_property
    def clock_started_at(self) -> datetime | None:
        is_early = self.accepted_at and (self.ready_at is None or self.ready_at > self.accepted_at)
        return self.submitted_at if is_early else self.ready_at

    @cached_property
    def accept_due_at(self) -> datetime | None:
        start = self.clock_started_at
        return self._deadline(start, self.version.sla.accept_hours) if start else None

    @cached_property
    def clock_stopped_at(self) -> datetime | None:
        start = self.clock_started_at
        return next((e.time for e in self.decisions if start and e.time >= start), None)

    @cached_property
    def has_negative_wait(self) -> bool:
        accepted, started = self.accepted_at, self.clock_started_at
        return accepted is not None and started is not None and accepted < started

    @cached_property
    def hours_to_acceptance(self) -> float | None:
        if not self.accepted_at or not self.clock_started_at or self.has_negative_wait:
            return None
        return hours_between(self.clock_started_at, self.accepted_at)

    @cached_property
    def transitioned_at(self) -> datetime | None:
        return min((at for at in (self.accepted_at, self.crossed_at) if at), default=None)

    @cached_property
    def is_ungoverned(self) -> bool:
        return bool(self.crossed_at and (not self.accepted_at or self.crossed_at < self.accepted_at))

    @cached_property
    def silence_at(self) -> datetime | None:
        """When it settles unless somebody acts: twice the time to accept."""
        start = self.clock_started_at
        return self._deadline(start, 2 * self.version.sla.accept_hours) if start else None

    def settlement(self, seen_at: datetime) -> tuple[datetime, str] | None:
        """When and as what; at one instant a decision comes before a crossing, either before silence."""
        ends: list[tuple[datetime, str]] = []
        if self.decisions:
            ends.append((self.decisions[0].time, self.decisions[0].type.removeprefix("handoff.")))
        if self.crossed_at:
            ends.append((self.crossed_at, "crossed_undecided"))
        if self.silence_at and self.silence_at <= seen_at:
            ends.append((self.silence_at, "timed_out"))
        return min(ends, key=lambda end: end[0], default=None)

    @cached_property
    def reopened_at(self) -> datetime | None:
        if self.acceptance is None:
            return None
        return next((e.time for e in self._of("reopened") if e.order > self.acceptance.order), None)

    @cached_property
    def is_reassigned(self) -> bool:
        """The receiver-side owner changed within 30 days of the acceptance."""
        assert self.acceptance and self.accepted_at
        team = self.version.receiver.team
        owner = self._owner(team, self.accepted_at) or self.acceptance.actor
        later = [e.actor for e in self._of("assigned") if e.team == team
                 and self.accepted_at < e.time <= self.accepted_at + MONTH]  # fmt: skip
        owners = [owner, *later] if owner else later  # where nobody was known, the first one is no change
        return len(set(owners)) > 1

    # -- fields ----------------------------------------------------------------------------------------------

    def _worth(self, moment: datetime) -> dict[str, tuple[Worth, Event]]:
        """Field → what its last entry by then is worth."""
        found = {}
        for field in self.version.fields:
            entries = self.entries.get(field.name, [])
            position = bisect_right(entries, moment, key=lambda event: event.time)
            if position:
                entry = entries[position - 1]
                found[field.name] = (
                    worth_of(field, entry.value, self.company.organisation.placeholders),
                    entry,
                )
        return found

    @staticmethod
    def _wanted(field: Field, worth: dict[str, tuple[Worth, Event]]) -> bool:
        if field.required_when is None:
            return field.required
        return field.required_when in worth and worth[field.required_when][0] in ("valid", "invalid")

    def _is_usable(self, moment: datetime) -> bool:
        worth = self._worth(moment)
        wanted = [field.name for field in self.version.fields if self._wanted(field, worth)]
        return all(name in worth and worth[name][0] != "missing" for name in wanted)

    @cached_property
    def _states(self) -> dict[datetime, dict[str, State]]:
        return {}

    def states(self, moment: datetime) -> dict[str, State]:
        """Every field as of a moment; whether it was observable is known by the run."""
        known = self.known
        if moment not in known._states:
            worth = known._worth(moment)
            known._states[moment] = {
                field.name: State(
                    field, known._kind(field, worth.get(field.name), moment), known._wanted(field, worth)
                )
                for field in known.version.fields
            }
        return known._states[moment]

    def _kind(self, field: Field, worth: tuple[Worth, Event] | None, moment: datetime) -> str:
        if worth is None:
            first = next(iter(self.entries.get(field.name, [])), None)
            is_seen_late = first is not None and first.detail.get("evidence") == "snapshot"
            return "unobservable" if is_seen_late else "missing"
        judged, entry = worth
        if judged in ("missing", "invalid"):
            return judged
        return "stale" if self._is_stale(field, judged, entry, moment) else "valid"

    def _is_stale(self, field: Field, judged: Worth, entry: Event, moment: datetime) -> bool:
        if field.max_age_days is None:
            return False
        zone = self.company.organisation.zone
        is_dated = field.type == "date" and judged != "none"
        since = (
            date.fromisoformat((entry.value or "").strip()[:10]) if is_dated else local_day(entry.time, zone)
        )
        return (local_day(moment, zone) - since).days > field.max_age_days

    def is_complete(self, moment: datetime) -> bool | None:
        states = self.states(moment).values()
        kinds = {each.kind for each in states if each.wanted and each.field.severity == "critical"}
        if kinds - {"valid", "unobservable"}:
            return False
        return None if "unobservable" in kinds else True

    def score(self, moment: datetime) -> float | None:
        seen = [each for each in self.states(moment).values() if each.wanted and each.kind != "unobservable"]
        total = sum(each.field.weight for each in seen)
        return sum(each.field.weight for each in seen if each.kind == "valid") / total if total else None

    def observable(self, moment: datetime) -> tuple[int, int]:
        """How many of the wanted fields can be judged, of how many."""
        wanted = [each for each in self.states(moment).values() if each.wanted]
        return sum(each.kind != "unobservable" for each in wanted), len(wanted)


def hours_between(start: datetime, end: datetime) -> float:
    """Elapsed hours, to the microsecond."""
    return (end - start) // timedelta(microseconds=1) / 3.6e9
