"""Which decisions stand on tickets? What receivers wrote there goes into the inbox, and the next run records it.

In: what a desk says was said on our tickets, and who is who there. Out: events in the inbox, each under an id made of
the desk and of what was said, so that the same comment read twice is one event; and a line for what could not be taken.
A decision is the first line of a comment, or a label or status, that says nothing else: `accept`, or `reject: ` and a
reason of the closed list. Whether it counts is up to the models: only the receiving team's does.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from contracts.errors import QuestionError
from contracts.vocabulary import REASONS
from flows import heard, publishing
from flows.desks.desk import OF_ANOTHER_CLOCK, Desk, Said
from flows.outbox import Outbox, Ticket

if TYPE_CHECKING:
    from flows.warehouse import Connection

BY_COMMENT: Final = (
    "write a comment here whose first line is `accept`, or `reject: ` and one of "
    f"{', '.join(f'`{reason}`' for reason in REASONS)}"
)
"""How a person decides on a desk with comments."""
_LINE: Final = re.compile(r"(accept|reject)(?:ed)?(\s*[:,–—-]\s*|\s+|\Z)(.*)")


@dataclass(frozen=True)
class Words:
    """What a text decides; with a `fault` it was meant to decide and does not."""

    verdict: Literal["accept", "reject"]
    reason: str | None = None
    fault: str | None = None


@dataclass
class Heard:
    """What came of it: how many decisions were taken, and a line for each that could not be."""

    taken: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Ear:
    """Whose decisions count on one desk: `people` is person id → handle there.

    Where a desk `knows_ids` and no people are told, handles are ids.
    """

    people: Mapping[str, str] = field(default_factory=dict)
    knows_ids: bool = False

    def __bool__(self) -> bool:
        return bool(self.people) or self.knows_ids

    def person(self, handle: str) -> str | None:
        """Our id of who is called so there."""
        if self.knows_ids and not self.people:
            return handle.strip() or None
        called = handle.strip().casefold()
        return next((id_ for id_, there in self.people.items() if there.strip().casefold() == called), None)


def words_of(text: str) -> Words | None:
    """What the first line decides; None if it is just talk, as "reject this" is, and "accept it or not"."""
    lines = text.strip().splitlines()
    found = _LINE.fullmatch(lines[0].strip(" \t*_`.!").casefold()) if lines else None
    if found is None:
        return None
    verdict, between, rest = found.groups()
    is_talk = bool(rest) and not between.strip()
    if verdict == "accept":
        fault = "an acceptance stands alone on its line" if rest else None
        return None if is_talk else Words("accept", fault=fault)
    reason = re.sub(r"[\s-]+", "_", rest)
    if reason in REASONS:
        return Words("reject", reason)
    return None if is_talk else Words("reject", fault=f"a rejection needs a reason: {', '.join(REASONS)}")


def hear(desk: Desk, box: Outbox, ear: Ear, as_of: datetime, is_last_word: bool = True) -> Heard:
    """Take what persons decided on this desk's tickets since it was last asked, into the inbox.

    What somebody decides who is nobody here never counts: it is told once, and not taken. Where it is not the last
    word, what cannot be taken is left to be heard again: a newer generation may know more of its packet. Raises
    DeskError if the desk cannot be asked, ConfigurationError if the inbox cannot be written; what was not taken then
    is heard again.
    """
    result, generation = Heard(), publishing.current(box.settings)
    if generation is None or not ear:
        return result
    until = heard.until(box.settings, box.desk)
    began, since = box.clock(), until - desk.settles - OF_ANOTHER_CLOCK
    known = heard.known(box.settings, box.desk)
    ours = {there.key for there in box.standing().values()}
    decisions = [
        (said, words)
        for said in sorted(desk.said(since), key=lambda one: (one.at, one.id))
        if said.key in ours and said.id not in known and (words := words_of(said.text))
    ]
    taken = _take_all(decisions, generation, box, ear, as_of, result) if decisions else []
    if is_last_word:
        heard.note(box.settings, box.desk, [said.id for said, _ in decisions], began)
    else:
        heard.note(box.settings, box.desk, taken, until)
        result.notes.clear()
    return result


def _take_all(
    decisions: Sequence[tuple[Said, Words]],
    generation: Path,
    box: Outbox,
    ear: Ear,
    as_of: datetime,
    result: Heard,
) -> list[str]:
    """Returns the ids of what was taken."""
    from flows import warehouse

    taken: list[str] = []
    strangers: dict[str, list[str]] = {}
    standing = {there.key: there for there in box.standing().values()}
    with warehouse.connect(generation / publishing.DATABASE, read_only=True) as published:
        for said, words in decisions:
            person = ear.person(said.by)
            if person is None:
                strangers.setdefault(said.by, []).append(said.key)
                continue
            fault = words.fault or _take(
                published, box, standing[said.key].ticket, words, person, said, as_of
            )
            if fault is None:
                result.taken += 1
                taken.append(said.id)
            else:
                result.notes.append(f"desk {box.desk}: {person} on {said.key}: {fault}; write it anew")
    result.notes += _told(box.desk, strangers)
    return taken


def _take(
    published: Connection, box: Outbox, ticket: Ticket, words: Words, person: str, said: Said, as_of: datetime
) -> str | None:
    """Leave the decision in the inbox; returns why not, if there is nothing to decide."""
    from flows import inbox

    if ticket.packet_id is None:
        return "this is about many packets, and decisions are made on one"
    ((latest,),) = published.execute(
        "SELECT max(attempt) FROM packet_attempts WHERE packet_id = ?", [ticket.packet_id]
    ).fetchall()
    if ticket.attempt is not None and latest is not None and latest > ticket.attempt:
        return f"{ticket.packet_id} was handed over anew, as attempt {latest}, which has a ticket of its own"
    # a made-up company's "now" may lie long ago: what is decided after it would never be seen
    at = min(said.at, as_of)
    decision = inbox.Decision(ticket.packet_id, words.verdict, person, at, words.reason)
    id_ = hashlib.sha256(f"{box.desk}\n{said.id}".encode()).hexdigest()[:32]
    try:
        inbox.decide(published, box.settings, decision, id_)
    except QuestionError as error:
        return str(error)
    return None


def _told(desk: str, strangers: Mapping[str, list[str]]) -> list[str]:
    """One line per stranger, however much they decided."""
    return [
        f"desk {desk}: {handle[:60] or 'somebody without a name'} decided on {keys[0]}"
        f"{f' and {len(keys) - 1:,} more' if len(keys) > 1 else ''}: it does not count, as nobody in "
        f"[{desk}.people] of desks.toml is called so; name the person there, who then writes it anew"
        for handle, keys in strangers.items()
    ]
