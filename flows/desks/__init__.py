"""Where do tickets go: the kinds of desks, what `desks.toml` says of them, and the telling.

In: the current generation, `alerts_from` of organisation.yaml and `desks.toml` (without it, one desk of kind `files`).
Out: tickets that say what the generation says (flows/desks/reconciling.py). A kind is a module with the options it
takes and a small frozen object that opens, sets right and shows tickets.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from re import fullmatch
from typing import Final

from contracts import Catalogue
from contracts.errors import ConfigurationError
from flows import outbox, secrets
from flows.desks import deciding, files, github, jira, linear, relationships, slack, wanting, webhook, zendesk
from flows.desks.desk import Desk, DeskError, Kind, Told
from flows.desks.reconciling import Outcome, Plan, Wanted, plan, reconcile
from flows.options import Option, checked, suggestion, texts
from flows.outbox import Outbox, Ticket
from flows.settings import Settings

__all__ = ["KINDS", "Configured", "Sent", "hear", "read_desks", "tell"]

KINDS: Final[Mapping[str, Kind]] = {
    "files": files.KIND,
    "github": github.KIND,
    "jira": jira.KIND,
    "linear": linear.KIND,
    "slack": slack.KIND,
    "webhook": webhook.KIND,
    "zendesk": zendesk.KIND,
}
MOST: Final = 25
COMMON: Final = {
    "kind": Option(str, required=True, choices=tuple(sorted(KINDS)), means="what the desk is"),
    "most": Option(int, default=MOST, minimum=1, means="how many tickets one run opens at most"),
    "handoffs": Option(list, means="the handoffs whose tickets go there; without it, all"),
    "people": Option(
        dict,
        means="a table of person id = handle there",
        each=Option(str, means="the person's handle there"),
        any_name=True,
    ),
}


@dataclass(frozen=True)
class Configured:
    """One table of `desks.toml`."""

    name: str
    kind: str
    most: int = MOST
    handoffs: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    """Person id → handle there: to whom tickets are assigned, and whose decisions on them count."""

    @property
    def ear(self) -> deciding.Ear:
        """Whose decisions count there."""
        return deciding.Ear(self.people, KINDS[self.kind].knows_ids)

    @property
    def decided_by(self) -> str:
        """How a person decides on a ticket there; empty where nobody can."""
        return KINDS[self.kind].decided_by if self.ear else ""


@dataclass(frozen=True)
class Sent:
    """What telling others came to: a line for the step; lines of what was not sent, not taken, or would be sent."""

    line: str
    troubles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Decisions on tickets that were not taken: for a person to know, no failure of the run."""
    would_send: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.line


def read_desks(settings: Settings, catalogue: Catalogue) -> tuple[Configured, ...]:
    """What `desks.toml` configures, in its order. Raises ConfigurationError naming file, table, key and remedy."""
    file = settings.desks_file
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return (Configured("files", "files"),)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{file}: cannot be read ({error}); mend it") from error
    return tuple(_configured(file, name, table, catalogue) for name, table in tables.items())


def hear(
    settings: Settings,
    catalogue: Catalogue,
    desks: Sequence[Configured],
    run_id: str,
    as_of: datetime,
    checked: Callable[[], None] = lambda: None,
    read_block: secrets.ReadBlock | None = None,
) -> str:
    """Take what was decided on tickets before a run records anything, so that it knows; returns how much, in a line.

    What nobody can take yet is heard again by `tell`; a desk that cannot be asked is a trouble there. Nothing is heard
    where `tell` would send nothing. Raises LeaseLost if `checked` does.
    """
    last = outbox.last_as_of(settings)
    if catalogue.organisation.alerts_from is None or (last is not None and as_of < last):
        return "nobody is asked"
    taken = 0
    for desk in desks:
        box = Outbox(settings, desk.name, run_id)
        if not desk.ear or not box.standing():
            continue
        with suppress(DeskError, ConfigurationError):
            made = _made(settings, desk, read_block)
            checked()
            taken += deciding.hear(made, box, desk.ear, as_of, is_last_word=False).taken
    return f"{taken:,} decided on tickets" if taken else "nothing decided on tickets"


def tell(
    settings: Settings,
    catalogue: Catalogue,
    desks: Sequence[Configured],
    run_id: str,
    as_of: datetime,
    checked: Callable[[], None] = lambda: None,
    read_block: secrets.ReadBlock | None = None,
    dry_run: bool = False,
) -> Sent:
    """Have every desk say what the current generation says; a dry run only says what it would send.

    Nothing is sent without `alerts_from`, nor by a run whose "now" lies before that of an earlier one. A desk that
    fails stops no other: what it did not take waits, and is among the troubles. Raises LeaseLost if `checked` does.
    """
    if catalogue.organisation.alerts_from is None:
        return Sent("nothing is sent: organisation.yaml names no alerts_from")
    last = outbox.last_as_of(settings)
    if last is not None and as_of < last:
        return Sent(f"nothing is sent: desks say already what was so at {last:%Y-%m-%d %H:%M} UTC")
    lines, troubles, notes, would = [], [], [], []
    for desk in desks:
        box = Outbox(settings, desk.name, run_id)
        wanted = _wanted(settings, catalogue, desk, box, as_of)
        if dry_run:
            planned = plan(box.standing(), wanted, desk.most)
            would += _lines(desk, planned)
            lines.append(f"{desk.name}: {len(planned)} would be sent")
            continue
        outcome, heard = _reconciled(settings, desk, box, wanted, as_of, checked, read_block)
        lines.append(f"{desk.name}: {outcome}{f', {heard.taken:,} decided there' if heard.taken else ''}")
        troubles += outcome.troubles
        notes += heard.notes
    if not dry_run:
        outbox.note_as_of(settings, as_of)
    return Sent("; ".join(lines) or "desks.toml names no desk", tuple(troubles), tuple(notes), tuple(would))


def _reconciled(
    settings: Settings,
    desk: Configured,
    box: Outbox,
    wanted: Wanted,
    as_of: datetime,
    checked: Callable[[], None],
    read_block: secrets.ReadBlock | None,
) -> tuple[Outcome, deciding.Heard]:
    """A desk whose secret is not there is a desk that cannot be reached."""
    try:
        made = _made(settings, desk, read_block)
    except ConfigurationError as error:
        box.plan(plan(box.standing(), wanted, desk.most))
        return Outcome(waiting=len(box.intents()), troubles=[str(error)]), deciding.Heard()
    outcome = reconcile(made, box, wanted, desk.most, checked)
    heard = deciding.Heard()
    if not outcome.is_cut_short:
        try:
            heard = deciding.hear(made, box, desk.ear, as_of)
        except (DeskError, ConfigurationError) as error:
            outcome.troubles.append(f"desk {desk.name}: {error}")
    return outcome, heard


def _made(settings: Settings, desk: Configured, read_block: secrets.ReadBlock | None) -> Desk:
    kind = KINDS[desk.kind]
    place = secrets.Place("desk", desk.name, desk.options)
    told = secrets.read(place, kind.secrets, os.environ, read_block or secrets.no_blocks)
    return kind.make(Told(desk.name, desk.options, told, settings, desk.people))


def _wanted(
    settings: Settings, catalogue: Catalogue, desk: Configured, box: Outbox, as_of: datetime
) -> Wanted:
    """What this desk should say: of its handoffs only."""
    standing = box.standing().values()
    split = relationships.read(settings, catalogue, standing, desk.handoffs)
    name = catalogue.organisation.name
    episodes = [there for there in standing if not relationships.is_reunification(there.ticket, name)]
    packets = [there.ticket.packet_id for there in episodes if there.ticket.packet_id is not None]
    published = wanting.read(settings, catalogue, packets, as_of, desk.handoffs, desk.decided_by)
    made = published.tickets()

    def digests(left_out: Sequence[Ticket]) -> Sequence[Ticket]:
        return published.digests(made[ticket.marker][0] for ticket in left_out if ticket.marker in made)

    tickets = [*split.tickets, *(ticket for _, ticket in made.values())]
    over = {**split.over, **published.over(episodes)}
    return Wanted(tickets, over, digests, KINDS[desk.kind].compared)


def _lines(desk: Configured, planned: Plan) -> list[str]:
    return [f"{desk.name}: would {verb}: {ticket.title}" for verb, ticket, _ in planned]


def _configured(file: Path, name: str, table: object, catalogue: Catalogue) -> Configured:
    where = f"{file} [{name}]"
    if not isinstance(table, dict):
        raise ConfigurationError(f"{file}: `{name}` stands outside a table; put it under its desk's [name]")
    if not fullmatch(r"[a-z][a-z0-9_]{0,47}", name):
        raise ConfigurationError(f"{where}: no name for a desk; use a-z, 0-9 and _")
    # The kind first: it decides which other keys there are.
    kind = checked(where, {"kind": COMMON["kind"]}, {key: table[key] for key in table if key == "kind"})[
        "kind"
    ]
    described = KINDS[str(kind)]
    told = checked(where, {**COMMON, **described.options, **secrets.options_of(described.secrets)}, table)
    handoffs = texts(told.get("handoffs"))
    known = [contract.id for contract in catalogue.contracts]
    for handoff in handoffs:
        if handoff not in known:
            raise ConfigurationError(f"{where}: there is no handoff {handoff}; {suggestion(handoff, known)}")
    most = told["most"]
    return Configured(
        name=name,
        kind=str(kind),
        most=most if isinstance(most, int) else MOST,
        handoffs=handoffs,
        options={key: value for key, value in told.items() if key not in COMMON},
        people=_people(where, told.get("people")),
    )


def _people(where: str, told: object) -> dict[str, str]:
    """Who is who there; one handle is one person's."""
    people = {str(id_): str(handle).strip() for id_, handle in told.items()} if isinstance(told, dict) else {}
    called: dict[str, str] = {}
    for id_, handle in people.items():
        twin = called.setdefault(handle.casefold(), id_)
        if twin != id_:
            raise ConfigurationError(
                f"{where[:-1]}.people]: {twin} and {id_} are both {handle}; a handle is one person's, leave one out"
            )
    return people
