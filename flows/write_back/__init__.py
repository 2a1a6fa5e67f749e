"""Do records say how their gates stand? What sources are told of the current generation, where they ask for it.

In: the current generation, `alerts_from` of organisation.yaml, and `[<source>.write_back]` of sources.toml. Out:
records that say what the generation says (flows/write_back/wanting.py). Only what changed since we wrote last is
written; what a person makes of our property in between is theirs, until there is something new to say.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Final, TypeVar

from contracts import Catalogue
from contracts.errors import ConfigurationError, NotAllowedError, SourceError
from flows import outbox, secrets
from flows.desks import Sent
from flows.settings import Settings
from flows.sources import Pulling, writer
from flows.sources.writing import Answer, Texts, Writer
from flows.write_back import wanting
from flows.write_back.configured import Turned, turned_on
from flows.writings import Writing, Writings

__all__ = ["tell", "turned_on"]

T = TypeVar("T")
NAMED: Final = 5
"""So many records of a source that refuse have a line of their own."""
BETWEEN: Final = "; "


@dataclass
class Outcome:
    """What became of one source's records."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def lines(self, where: str) -> list[str]:
        """One per trouble, and per record that refused, as many as have room."""
        more = len(self.refused) - NAMED
        rest = [f"{where}: {more:,} more records do not take it"] if more > 0 else []
        return [*self.troubles, *self.refused[:NAMED], *rest]

    def __str__(self) -> str:
        return ", ".join(f"{count:,} {what}" for what, count in self.counts.items()) or "nothing was written"


def tell(
    settings: Settings,
    catalogue: Catalogue,
    run_id: str,
    as_of: datetime,
    checked: Callable[[], None] = lambda: None,
    read_block: secrets.ReadBlock | None = None,
    dry_run: bool = False,
) -> Sent:
    """Have records say what the current generation says; a dry run only says what it would write.

    Nothing is written without `alerts_from`, nor by a run whose "now" lies before that of an earlier one. A source
    that fails stops no other: what it did not take is among the troubles, and tried again by the next run. Raises
    LeaseLost if `checked` does.
    """
    if catalogue.organisation.alerts_from is None:
        return Sent("nothing is written: organisation.yaml names no alerts_from")
    last = outbox.last_as_of(settings)
    if last is not None and as_of < last:
        return Sent(f"nothing is written: what was so at {last:%Y-%m-%d %H:%M} UTC was told already")
    lines, troubles, would = [], [], []
    for turned in turned_on(settings, catalogue):
        name, book = turned.source.name, Writings(settings, turned.source.name, run_id)
        planned = _planned(settings, catalogue, turned, book)
        if dry_run:
            would += [_line(name, one) for one in planned]
            lines.append(f"{name}: {len(planned):,} would be written")
        elif not planned:
            lines.append(f"{name}: nothing to write")
        else:
            outcome = Outcome()
            try:
                opened = writer(turned.source, Pulling(settings, run_id), read_block)
                _write(opened, turned, book, planned, outcome, checked)
            except (ConfigurationError, SourceError) as error:
                outcome.troubles.append(str(error))
            lines.append(f"{name}: {outcome}")
            troubles += outcome.lines(f"source {name}")
    return Sent(BETWEEN.join(lines), tuple(troubles), would_send=tuple(would))


def _planned(settings: Settings, catalogue: Catalogue, turned: Turned, book: Writings) -> list[Writing]:
    """What is to be said and does not stand there, as far as we know."""
    standing = book.standing()
    wanted = wanting.read(settings, catalogue, turned.source.kind, turned.names)
    return [one for one in wanted if standing.get(one.place) != one.said]


def _line(source: str, one: Writing) -> str:
    missing = f", missing: {BETWEEN.join(one.missing)}" if one.missing else ""
    return f"{source}: would write {one.object} {one.record_id}: {one.handoff} {one.gate}{missing}"


def _write(
    opened: Writer,
    turned: Turned,
    book: Writings,
    planned: Sequence[Writing],
    outcome: Outcome,
    checked: Callable[[], None],
) -> None:
    """Write what is planned, type by type; what we may not write stops no other type.

    Raises SourceError where the rest has to wait.
    """
    for object_, of_type in groupby(planned, lambda one: one.object):
        try:
            _write_type(opened, turned, book, object_, list(of_type), outcome, checked)
        except NotAllowedError as error:
            outcome.troubles.append(str(error))


def _write_type(
    opened: Writer,
    turned: Turned,
    book: Writings,
    object_: str,
    planned: Sequence[Writing],
    outcome: Outcome,
    checked: Callable[[], None],
) -> None:
    records: dict[str, list[Writing]] = defaultdict(list)
    for one in _writable(opened, turned, object_, planned, outcome):
        records[one.record_id].append(one)
    for batch in _batches(records, opened.most):
        checked()
        told = {record_id: records[record_id] for record_id in batch}
        book.trying(one for writings in told.values() for one in writings)
        answers = opened.write(object_, {id_: _texts(writings) for id_, writings in told.items()})
        _settle(f"source {turned.source.name}: {object_}", book, told, answers, outcome)


def _writable(
    opened: Writer, turned: Turned, object_: str, planned: Sequence[Writing], outcome: Outcome
) -> Iterator[Writing]:
    """Those whose two properties can be written; the others' are named, once for a handoff."""
    handoffs = sorted({one.handoff for one in planned})
    faults = opened.faults(object_, [name for handoff in handoffs for name in turned.names[handoff]])
    for handoff in handoffs:
        faulty = [f"{object_}.{name} {faults[name]}" for name in turned.names[handoff] if name in faults]
        if faulty:
            remedy = f"or name another in {turned.place} of sources.toml"
            outcome.troubles.append(f"source {turned.source.name}: {', and '.join(faulty)}, {remedy}")
            outcome.counts["waiting"] += sum(one.handoff == handoff for one in planned)
        else:
            yield from (one for one in planned if one.handoff == handoff)


def _texts(writings: Iterable[Writing]) -> Texts:
    """What one record is told of all its handoffs."""
    told: dict[str, str] = {}
    for one in writings:
        gate, missing = one.properties
        told |= {gate: one.gate, missing: BETWEEN.join(one.missing)}
    return told


def _settle(
    where: str,
    book: Writings,
    told: Mapping[str, Sequence[Writing]],
    answers: Iterable[Answer],
    outcome: Outcome,
) -> None:
    """Note what the source said; what it refused stays to be tried again."""
    kept: dict[str, list[Writing]] = {"written": [], "gone": [], "refused": []}
    for answer in answers:
        state = "gone" if answer.is_gone else "refused" if answer.refused else "written"
        kept[state] += told[answer.record_id]
        outcome.counts[state] += len(told[answer.record_id])
        if state == "refused":
            outcome.refused.append(
                f"{where} {answer.record_id} does not take it ({answer.refused}); mend it there"
            )
    book.settle(kept["written"])
    book.gone(kept["gone"])


def _batches(records: Iterable[T], most: int) -> Iterator[list[T]]:
    """So many at a time."""
    told = list(records)
    yield from (told[start : start + most] for start in range(0, len(told), most))
