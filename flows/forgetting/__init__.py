"""How is a person or an account forgotten, while history still proves itself and figures stay what they were?

In: who, by any id. Out: payload gone from the ledger and from everything of ours that had it, and lines that say what
was removed, what was kept and what nobody here can reach (docs/forgetting.md). The ledger goes last, because only the
ledger knows who somebody is: killed in between, the same command does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

import pyarrow

from contracts import load_catalogue
from flows import control, steps, warehouse
from flows.forgetting import elsewhere, finding
from flows.forgetting.elsewhere import Wording
from flows.forgetting.finding import Account
from flows.forgetting.mapping import Mapping, read_mapping
from flows.forgetting.payload import Person, Row, Words
from flows.ledger import Ledger
from flows.settings import Settings
from flows.warehouse import Connection

REMAINS: Final = "remains"
KEPT: Final = (
    "kept: hashes, positions and times of all events, teams, decisions, amounts, ids of packets, records and accounts, "
    "and contracts that name somebody"
)
BEYOND: Final = (
    "out of reach: the source systems and desks, copies that dashboards and readers made, Prefect's logs, backups of "
    "this folder; after restoring one, forget again"
)


@dataclass(frozen=True)
class Request:
    """Whom to forget: persons and accounts, each by any of its ids; and what the record says of it."""

    persons: Sequence[str] = ()
    accounts: Sequence[str] = ()
    by: str | None = None
    why: str | None = None

    @property
    def said(self) -> dict[str, str]:
        """What goes into the record, for good."""
        return {name: text for name, text in (("by", self.by), ("why", self.why)) if text}


@dataclass(frozen=True)
class Found:
    """Who is meant, and each of their rows as it is without them."""

    persons: tuple[Person, ...]
    accounts: tuple[Account, ...]
    rows: dict[int, Row]
    places: dict[Path, int]


def forget(settings: Settings, request: Request, dry_run: bool = False) -> list[str]:
    """Forget them, or with `dry_run` only look; returns what to say, line by line.

    Raises LeaseHeld while a run is at it, QuestionError for whom nobody knows, before anything is changed.
    """
    mapping, ledger = read_mapping(settings), Ledger(settings.ledger)
    placeholders = load_catalogue(settings.project).organisation.placeholders
    run_id = steps.new_run_id()
    with control.lease(settings, run_id) as lease, warehouse.connect(None, settings=settings) as connection:
        words = Words(tuple(one.lower() for one in placeholders), secret=elsewhere.secret(settings))
        ledger.recover()
        ledger.create_view(connection)
        found = _find(connection, settings, request, mapping, words)
        if dry_run or not found.rows:
            return _would(found)
        texts = frozenset(text for person in found.persons for text in person.ids | person.addresses)
        elsewhere.refuse_waiting(settings, texts)
        elsewhere.keep_secret(settings, words.secret)
        wording = _wording(found, words)
        elsewhere.tidy_state(settings, wording)
        generations = elsewhere.republish(settings, wording)
        waiting = elsewhere.tidy_quarantine(ledger, _is_named_in(found))
        elsewhere.delete_rebuildable(settings)

        def before_sealing() -> None:
            control.check(settings, lease.token)
            elsewhere.throw_away_secret(settings)

        ledger.forget(connection, REMAINS, request.said, run_id, datetime.now(UTC), before_sealing)
        return _did(found, ledger, generations, waiting)


def _find(
    connection: Connection, settings: Settings, request: Request, mapping: Mapping, words: Words
) -> Found:
    """Who is meant and what is left of their rows, which is in the table `remains` as well."""
    ledger = Ledger(settings.ledger)
    accounts = tuple(finding.find_account(settings, ledger, asked, mapping) for asked in request.accounts)
    rows: dict[int, Row] = {}
    for account in accounts:
        for row in finding.rows_of_account(connection, account, mapping, words):
            rows[row.position] = row
    persons = []
    for asked in request.persons:
        person = finding.find_person(connection, asked, words)
        theirs = [*finding.rows_of_person(connection, person, mapping, words, rows)]
        if not theirs:
            raise finding.nobody(connection, asked)
        rows |= {row.position: row for row in theirs}
        persons.append(person)
    columns = list(zip(*((row.position, *row.payload) for row in rows.values()), strict=True)) or [()] * 5
    types = [pyarrow.int64(), *[pyarrow.string()] * 4]
    arrays = [pyarrow.array(column, type_) for column, type_ in zip(columns, types, strict=True)]
    remains = pyarrow.table(arrays, ["position", "value", "actor", "reason", "detail"])
    connection.register("remains_told", remains)
    connection.execute(f"CREATE TABLE {REMAINS} AS FROM remains_told")
    return Found(tuple(persons), accounts, rows, ledger.places(connection, REMAINS))


def _wording(found: Found, words: Words) -> Wording:
    names = {
        text: cast(str, person.renamed(text))
        for person in found.persons
        for text in person.ids | person.addresses
    }
    names |= {name: words.word(name) for account in found.accounts for name in account.names}
    return Wording(names, frozenset(id_ for account in found.accounts for id_ in account.ids))


def _is_named_in(found: Found) -> Callable[[tuple[str | None, ...]], bool]:
    """Whether a row in quarantine (account, subject, value, actor, detail) is theirs."""
    ids = {id_ for account in found.accounts for id_ in account.ids}
    subjects = {subject for account in found.accounts for _, subject in account.packets}
    texts = {text for person in found.persons for text in person.ids | person.addresses}
    addresses = {address for person in found.persons for address in person.addresses}

    def is_named(row: tuple[str | None, ...]) -> bool:
        account, subject, *told = row
        is_exact = any(text in texts or f'"{quoted}"' in (text or "") for text in told for quoted in texts)
        has_address = any(address in (text or "").lower() for text in told for address in addresses)
        return account in ids or subject in subjects or is_exact or has_address

    return is_named


def _would(found: Found) -> list[str]:
    if not found.rows:
        return ["there is nothing to forget; nothing was changed"]
    names = sorted({text for person in found.persons for text in person.ids | person.addresses})
    names += sorted({id_ for account in found.accounts for id_ in account.ids})
    return [
        f"would forget {', '.join(names)}",
        *(f"{path.name}: {_counted(rows, 'row')}" for path, rows in found.places.items()),
        f"{_counted(len(found.rows), 'row')} in all; nothing was changed",
    ]


def _did(found: Found, ledger: Ledger, generations: int, waiting: int) -> list[str]:
    names = [person.pseudonym for person in found.persons]
    return [
        f"forgotten: the payload of {_counted(len(found.rows), 'row')} in {_counted(len(found.places), 'segment')}",
        *([f"who it was is called {', '.join(names)} from now on"] if names else []),
        f"removed: {_counted(generations, 'older generation')}, {_counted(waiting, 'row')} in quarantine, "
        "the working database with what was pulled; the next run pulls and builds anew",
        KEPT,
        f"the chain still proves itself (seamkeeper verify), head {ledger.head()}",
        BEYOND,
    ]


def _counted(count: int, what: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
