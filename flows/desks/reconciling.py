"""Do a desk's tickets say what they should? Desired state against actual, with one open ticket per episode.

In: the tickets that are wanted, those that are over, and a desk. Out: calls to the desk, each an intent that was
committed before it, and what they came to. The order is: see what the desk shows, clear up what is unclear, plan, send.

A call whose answer is unclear leaves its intent `trying`, as a killed run does. After the time in which the desk
settles it is looked up by its marker, and adopted or done again. Only opening needs that: setting a ticket right
twice is the same as once. What lands even later makes a second open ticket, which the next run closes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from flows.desks.desk import OF_ANOTHER_CLOCK, Desk, DeskError, Gone, Refused, Seen, Unclear, whole
from flows.outbox import Intent, Outbox, Standing, Ticket, Verb

UNCLEAR_IN_A_ROW = 3
"""A desk that answers so seldom is left alone until the next run."""
DELETED = "it was deleted or moved there"

Plan = list[tuple[Verb, Ticket, str]]
Digests = Callable[[Sequence[Ticket]], Sequence[Ticket]]


def no_digests(left_out: Sequence[Ticket]) -> Sequence[Ticket]:
    """Of tickets beyond what one run opens nobody is told."""
    del left_out
    return ()


@dataclass(frozen=True)
class Wanted:
    """What should stand: tickets, the most urgent first; markers whose ticket is over, with why.

    A standing ticket that is in neither is left as it is: nobody can see now whether its packet was mended.
    `digests` makes tickets of their own of those beyond what one run opens. An update is sent where `compared`
    differs.
    """

    tickets: Sequence[Ticket]
    over: Mapping[str, str] = field(default_factory=dict)
    digests: Digests = no_digests
    compared: Callable[[Ticket], object] = whole


@dataclass
class Outcome:
    """What came of it: how often each was done, what waits, and a line for everything a person should know."""

    done: dict[str, int] = field(default_factory=dict)
    waiting: int = 0
    troubles: list[str] = field(default_factory=list)
    is_cut_short: bool = False
    """The desk could not be reached, or takes nothing: asking it more would say the same."""

    def count(self, what: str) -> None:
        """One more of these."""
        self.done[what] = self.done.get(what, 0) + 1

    def __str__(self) -> str:
        told = [f"{number:,} {what}" for what, number in self.done.items()]
        if self.waiting:
            told.append(f"{self.waiting:,} waiting in the outbox")
        return ", ".join(told) or "nothing to send"


def reconcile(
    desk: Desk, outbox: Outbox, wanted: Wanted, most: int, checked: Callable[[], None] = lambda: None
) -> Outcome:
    """Have the desk say what is wanted; opens and reopens `most` tickets in one run.

    `checked` is called before each call, and raises where this run may not write any more. A desk that does not
    take something raises nothing: it is among the troubles, and what was not sent waits.
    Raises LeaseLost if `checked` does.
    """
    outcome = Outcome()
    try:
        if not desk.is_blind:
            _sweep(desk, outbox, wanted, outcome, checked)
            _clear_up(desk, outbox, outcome)
        outbox.plan(plan(outbox.standing(), wanted, most))
        _send(desk, outbox, outcome, checked)
    except DeskError as error:
        outcome.troubles.append(f"desk {outbox.desk}: {error}")
        outcome.is_cut_short = True
    outcome.waiting = len(outbox.intents())
    return outcome


def plan(standing: Mapping[str, Standing], wanted: Wanted, most: int) -> Plan:
    """What is to be sent, given what stands there. A person's own close is respected."""
    updates, opens = _against(standing, wanted.tickets, wanted.compared)
    digests = wanted.digests([ticket for _, ticket, _ in opens[most:]])
    digest_updates, digest_opens = _against(standing, digests, wanted.compared)
    over = {**wanted.over, **_digests_over(standing, digests)}
    return [
        *_closes(standing, over),
        *updates,
        *digest_updates,
        *opens[:most],
        *digest_opens,
    ]


def _against(
    standing: Mapping[str, Standing], tickets: Iterable[Ticket], compared: Callable[[Ticket], object]
) -> tuple[Plan, Plan]:
    """What these tickets need: those that stand and say something else, and those to be opened (again)."""
    updates: Plan = []
    opens: Plan = []
    for ticket in tickets:
        there = standing.get(ticket.marker)
        if there is None:
            opens.append(("open", ticket, "; ".join(ticket.alerts) or "incomplete"))
        elif there.state == "open" and compared(there.ticket) != compared(ticket):
            new = [alert for alert in ticket.alerts if alert not in there.ticket.alerts]
            why = "; ".join(new) or "what is missing changed, or who or until when"
            updates.append(("update", ticket, why))
        elif there.state == "closed" and there.closed_by == "seamkeeper":
            opens.append(("reopen", ticket, "; ".join(ticket.alerts) or "incomplete again"))
    return updates, opens


def _closes(standing: Mapping[str, Standing], over: Mapping[str, str]) -> Plan:
    found = ((standing[marker], why) for marker, why in over.items() if marker in standing)
    return [
        ("close", _closing(there.ticket, why), why)
        for there, why in found
        if there.state == "open" and not there.is_held
    ]


def _digests_over(standing: Mapping[str, Standing], digests: Iterable[Ticket]) -> dict[str, str]:
    """Digests stand for what has no ticket of its own; they are over when that is nothing any more."""
    wanted = {ticket.marker: ticket.team for ticket in digests}
    return {
        marker: "the digest of another week took its place"
        if there.ticket.team in wanted.values()
        else "nothing is left that has no ticket of its own"
        for marker, there in standing.items()
        if there.ticket.packet_id is None and marker not in wanted
    }


def _closing(ticket: Ticket, why: str) -> Ticket:
    return replace(ticket, body=f"**Closed by Seamkeeper: {why}.**\n\n{ticket.body}")


def _sweep(desk: Desk, outbox: Outbox, wanted: Wanted, outcome: Outcome, checked: Callable[[], None]) -> None:
    """See what the desk shows: adopt what is ours, close what is there twice, learn what persons did."""
    standing, intents = outbox.standing(), {intent.ticket.marker: intent for intent in outbox.intents()}
    shown: dict[str, list[Seen]] = {}
    for seen in desk.open_tickets():
        shown.setdefault(seen.marker, []).append(seen)
    tickets = {ticket.marker: ticket for ticket in wanted.tickets}
    for marker, found in shown.items():
        if marker not in standing:
            _adopt_shown(outbox, intents.get(marker), tickets.get(marker), found[0], outcome)
        elif standing[marker].state == "closed":
            _look_again(desk, outbox, standing[marker], intents.get(marker), found[0], outcome)
    standing = outbox.standing()
    for marker, found in shown.items():
        if marker in standing:
            _close_doubles(desk, standing[marker], found, outcome, checked)
    for marker, there in standing.items():
        if there.state == "open" and marker not in shown:
            _look_for_closed(desk, outbox, there, intents.get(marker), outcome)


def _adopt_shown(
    outbox: Outbox, intent: Intent | None, ticket: Ticket | None, seen: Seen, outcome: Outcome
) -> None:
    """An open ticket with a marker of ours that we do not know: the call was made, or our memory was lost."""
    if intent is None and ticket is not None:
        intent = Intent(0, "open", ticket, "found there", is_trying=False, tried_at=None)
    if intent is not None:
        if not intent.is_trying:  # nobody knows what it says: have it updated
            intent = replace(intent, ticket=replace(intent.ticket, body=""))
        outbox.settle(intent, seen.key, seen.url)
        outcome.count("adopted")


def _look_again(
    desk: Desk, outbox: Outbox, there: Standing, intent: Intent | None, seen: Seen, outcome: Outcome
) -> None:
    """Shown as open, though closed as far as we know: the list lags, a call of ours went through, or a person."""
    if intent is not None and intent.is_trying:
        if intent.verb == "reopen" and seen.key != there.key:  # the desk opened another in its place
            outbox.settle(intent, seen.key, seen.url)
            outcome.count("adopted")
        return
    now = desk.look(there.key)
    if now is not None and now.is_open:
        outbox.reopen_by_person(there.ticket.marker)
        outcome.count("opened again by a person")


def _close_doubles(
    desk: Desk, there: Standing, found: Iterable[Seen], outcome: Outcome, checked: Callable[[], None]
) -> None:
    """Of several open tickets of one episode, the one we know stays."""
    ticket = _closing(there.ticket, f"another ticket, {there.key}, is about the same")
    for seen in found:
        if seen.key != there.key:
            checked()
            with suppress(Gone):
                desk.set(seen.key, ticket, False, once=f"double-{seen.key}")
            outcome.count("closed as doubles")


def _look_for_closed(
    desk: Desk, outbox: Outbox, there: Standing, intent: Intent | None, outcome: Outcome
) -> None:
    """Not shown as open, though open as far as we know: the list lags, a call of ours went through, or a person."""
    now = desk.look(there.key)
    if now is None:
        outbox.close_by_person(there.ticket.marker, DELETED)
        outcome.count("gone")
    elif not now.is_open and not (intent is not None and intent.is_trying and intent.verb == "close"):
        outbox.close_by_person(there.ticket.marker, "a person closed it")
        outcome.count("closed by a person")


def _clear_up(desk: Desk, outbox: Outbox, outcome: Outcome) -> None:
    """Find out what became of tickets that were perhaps opened, once the desk has settled."""
    for intent in outbox.intents():
        if intent.verb != "open" or not intent.is_trying or intent.tried_at is None:
            continue
        if outbox.clock() - intent.tried_at < desk.settles:
            continue
        found = desk.find(intent.ticket.marker, intent.tried_at - OF_ANOTHER_CLOCK)
        if not found:
            outbox.not_sent(intent)
            continue
        kept = next((seen for seen in found if seen.is_open), found[0])
        outbox.settle(intent, kept.key, kept.url)
        outcome.count("adopted")
        if not kept.is_open:
            outbox.close_by_person(kept.marker, "a person closed it")


def _send(desk: Desk, outbox: Outbox, outcome: Outcome, checked: Callable[[], None]) -> None:
    """Send what waits, in order. Raises Unclear, Down or Denied where the rest has to wait."""
    unclear, standing = 0, outbox.standing()
    for intent in outbox.intents():
        if intent.is_trying and intent.verb == "open" and not desk.is_blind:
            continue
        checked()
        outbox.trying(intent)
        try:
            key, url = _perform(desk, intent, standing.get(intent.ticket.marker))
        except Unclear as error:
            unclear += 1
            outcome.count("unclear")
            if unclear == UNCLEAR_IN_A_ROW:
                raise
            outcome.troubles.append(f"desk {outbox.desk}: {error}")
        except Gone:
            outbox.close_by_person(intent.ticket.marker, DELETED)
            outcome.count("gone")
        except DeskError as error:
            # of a refused one an earlier call did no more; of others it may have been made
            if isinstance(error, Refused) or not intent.is_trying:
                outbox.not_sent(intent)
            if not isinstance(error, Refused):
                raise
            outcome.troubles.append(f"desk {outbox.desk}: {_what(intent)}: {error}")
        else:
            unclear = 0
            outbox.settle(intent, key, url)
            outcome.count(_DONE[intent.verb])


def _perform(desk: Desk, intent: Intent, there: Standing | None) -> tuple[str, str | None]:
    # under one name nothing else is ever sent, whatever became of the first
    said = hashlib.sha256(repr((intent.verb, intent.ticket)).encode()).hexdigest()
    once = f"{intent.ticket.marker}-{intent.id}-{said[:8]}"
    if intent.verb == "open" or there is None:
        seen = desk.open(intent.ticket, once)
        return seen.key, seen.url
    has_new_owner = intent.ticket.owner != there.ticket.owner
    moved = desk.set(there.key, intent.ticket, _IS_OPEN[intent.verb], once, has_new_owner)
    return (moved.key, moved.url) if moved else (there.key, there.url)


def _what(intent: Intent) -> str:
    return intent.ticket.packet_id or f"the digest of {intent.ticket.team}"


_IS_OPEN: Mapping[Verb, bool | None] = {"update": None, "close": False, "reopen": True}
_DONE: Mapping[Verb, str] = {
    "open": "opened",
    "update": "updated",
    "close": "closed",
    "reopen": "opened again",
}
