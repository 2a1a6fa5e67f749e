"""What does history hold of a person or an account? In: an id. Out: everything they are called, and their rows.

A person is found in the ledger itself: ids that share an address are one person. An account's packets and records are
found where the last run left them, in the working database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from contracts.errors import QuestionError
from flows import warehouse
from flows.forgetting.mapping import PEOPLE, Mapping
from flows.forgetting.payload import Person, Row, Words, is_person, without_account, without_person
from flows.ledger import Ledger
from flows.settings import Settings
from flows.warehouse import Connection

_COLUMNS: Final = ", ".join(f'"{one.name}"' for one in fields(Row))
_AT_ONCE: Final = 50_000
# Documents of ours that say what was promised, or what was forgotten, are about nobody.
_IS_RECORD: Final = "concat_ws(chr(0), source, object, subject) IN (SELECT unnest($records::VARCHAR[]))"
_IS_PACKET: Final = "concat_ws(chr(0), handoff, subject) IN (SELECT unnest($packets::VARCHAR[]))"
_OURS: Final = (
    "source = 'seamkeeper' AND type IN ('contract.recorded', 'calendar.recorded', 'payload.forgotten')"
)


@dataclass(frozen=True)
class Account:
    """An account: its ids, the packets it has (handoff, subject), its records (system, type, id), and its names."""

    ids: frozenset[str]
    packets: frozenset[tuple[str, str]]
    records: frozenset[tuple[str, str, str]]
    names: frozenset[str]


def find_person(connection: Connection, asked: str, words: Words) -> Person:
    """Everything a person is called, from any one of it; `connection` has `ledger.events`."""
    told = connection.execute(
        "SELECT DISTINCT actor, lower(trim(json_extract_string(detail, '$.email'))) FROM ledger.events "
        "WHERE type = 'person.set' AND actor IS NOT NULL"
    ).fetchall()
    known, names = {asked.lower() if "@" in asked else asked}, set[str]()
    while known != names:
        names = set(known)
        same = [one for one in told if {one[0], one[1]} & names]
        known |= {name for one in same for name in one if name}
    addresses = frozenset(name.lower() for name in names if "@" in name)
    ids = frozenset(name for name in names if name.lower() not in addresses)
    return Person(ids | _as_written(connection, addresses), addresses, words.word(min(names)))


def find_account(settings: Settings, ledger: Ledger, asked: str, mapping: Mapping) -> Account:
    """An account by any of its ids. Raises QuestionError naming the nearest, or that the last run must come first."""
    if not settings.working_database.exists():
        raise QuestionError(_RUN_FIRST)
    with warehouse.connect(settings.working_database, read_only=True) as connection:
        _refuse_stale(connection, ledger)
        found = connection.execute(
            "SELECT account, name, from_json(account_ids, '[\"varchar\"]') FROM marts.dim_account "
            "WHERE account = $asked OR list_contains(from_json(account_ids, '[\"varchar\"]'), $asked) "
            "ORDER BY account = $asked DESC, account LIMIT 1",
            {"asked": asked},
        ).fetchone()
        if found is None:
            near = connection.execute(
                "SELECT account FROM marts.dim_account ORDER BY levenshtein(account, ?), account LIMIT 1",
                [asked[:200]],
            ).fetchone()
            meant = f"did you mean {near[0]}?" if near else "there is none at all"
            raise QuestionError(f"there is no account {asked}; {meant}")
        account, name, ids = found
        packets = connection.execute(
            "SELECT DISTINCT handoff, subject, subject_name FROM marts.handoff_packets WHERE account = ?",
            [account],
        ).fetchall()
        records = _records(connection, account, packets, ids, mapping)
    names = {name, *(subject_name for _, _, subject_name in packets)}
    return Account(
        frozenset(ids),
        frozenset((handoff, subject) for handoff, subject, _ in packets),
        frozenset(records),
        frozenset(one for one in names if one),
    )


def rows_of_person(
    connection: Connection, person: Person, mapping: Mapping, words: Words, before: dict[int, Row]
) -> Iterator[Row]:
    """Every row of `ledger.events` that has something of a person, as it is without; `before`: what is left of rows."""
    theirs = {
        (row.source, row.object, row.subject)
        for row in _named_records(connection, person.addresses)
        if is_person(row, person)
    }
    own = [own for _, own in person.own_ids]
    found = (
        "actor IN (SELECT unnest($ids::VARCHAR[])) OR value IN (SELECT unnest($ids::VARCHAR[] || $own::VARCHAR[])) "
        f"OR {_IS_RECORD} "
        f"OR {_mentions('detail', escaped=True)} OR {_mentions('value')} OR {_mentions('reason')}"
    )
    texts = {one.lower() for one in person.ids | person.addresses}
    parameters = {"ids": [*person.ids], "own": own, "texts": [*texts], "records": _told(theirs)}
    for told in _select(connection, f"NOT ({_OURS}) AND ({found})", parameters):
        row = before.get(told.position, told)
        left = without_person(row, person, mapping, words, (row.source, row.object, row.subject) in theirs)
        if left != row:
            yield left


def rows_of_account(
    connection: Connection, account: Account, mapping: Mapping, words: Words
) -> Iterator[Row]:
    """Every row of `ledger.events` that has something of an account, its packets or its records, as it is without."""
    parameters = {"ids": [*account.ids], "packets": _told(account.packets), "records": _told(account.records)}
    found = f"account IN (SELECT unnest($ids::VARCHAR[])) OR {_IS_PACKET} OR {_IS_RECORD}"
    about = (
        "type LIKE 'handoff.%' OR type LIKE 'record.%' OR type LIKE 'account.%' OR type = 'survey.answered'"
    )
    for row in _select(connection, f"({about}) AND ({found})", parameters):
        left = without_account(row, mapping, words)
        if left != row:
            yield left


_RUN_FIRST: Final = (
    "which packets and records an account has, the last run knows, and the working database is not there or older than "
    "the ledger: run `seamkeeper run`, then forget"
)


def _refuse_stale(connection: Connection, ledger: Ledger) -> None:
    """The last run must have read all there is, but for what was forgotten since."""
    known = connection.execute("SELECT segments FROM ops.ledger_head").fetchone()
    since: list[Path] = ledger.segments()[int(known[0]) :] if known else ledger.segments()
    with warehouse.connect(None) as memory:
        for path in since:
            others = memory.execute(
                "SELECT count(*) FROM read_parquet($path) WHERE type != 'payload.forgotten'",
                {"path": str(path)},
            ).fetchone()
            if others and others[0]:
                raise QuestionError(_RUN_FIRST)


def _records(
    connection: Connection,
    account: str,
    packets: Sequence[tuple[str, str, Any]],
    ids: Sequence[str],
    mapping: Mapping,
) -> set[tuple[str, str, str]]:
    """The account's own records, those its packets show by, and those that reach its packets and nobody else's."""
    own = {
        (system, object_, id_.removeprefix(f"{system}:"))
        for id_ in ids
        for system, object_ in mapping.accounts
        if id_.startswith(f"{system}:")
    }
    shown = {
        (system, object_, subject.rpartition(":")[2])
        for handoff, subject, _ in packets
        for of_handoff, system, object_ in mapping.packets
        if of_handoff == handoff
    }
    reaching = connection.execute(
        """
        WITH hers AS (SELECT DISTINCT handoff, subject, account FROM marts.handoff_packets),
        found AS (
            SELECT source_system, object, record, hers.account FROM shape.int_record_subjects
            INNER JOIN hers USING (handoff, subject)
            UNION ALL
            SELECT source_system, object, record, hers.account FROM shape.int_record_reach
            INNER JOIN hers USING (handoff, subject)
        )
        SELECT source_system, object, record FROM found GROUP BY ALL
        HAVING bool_and(account IS NOT DISTINCT FROM $account)""",
        {"account": account},
    ).fetchall()
    return own | shown | {(system, object_, record) for system, object_, record in reaching}


def _told(keys: Iterable[tuple[str | None, ...]]) -> list[str]:
    """Keys of several columns as the texts that `concat_ws` makes of them; no id has a NUL."""
    return ["\0".join(one or "" for one in key) for key in keys]


def _as_written(connection: Connection, addresses: frozenset[str]) -> frozenset[str]:
    """Addresses that are ids, in the letters in which they act."""
    found = connection.execute(
        "SELECT DISTINCT actor FROM ledger.events "
        "WHERE contains(actor, '@') AND lower(trim(actor)) IN (SELECT unnest($addresses::VARCHAR[]))",
        {"addresses": [*addresses]},
    ).fetchall()
    return frozenset(actor for (actor,) in found)


def _named_records(connection: Connection, addresses: frozenset[str]) -> list[Row]:
    return [
        *_select(
            connection,
            "type = 'record.changed' AND lower(object) IN (SELECT unnest($people::VARCHAR[])) "
            "AND lower(trim(value)) IN (SELECT unnest($addresses::VARCHAR[]))",
            {"people": [*PEOPLE], "addresses": [*addresses]},
        )
    ]


def nobody(connection: Connection, asked: str) -> QuestionError:
    """What to say of a person that history has nothing of: who is called alike."""
    found = connection.execute("SELECT DISTINCT actor FROM ledger.events WHERE actor IS NOT NULL").fetchall()
    near = get_close_matches(asked, sorted(actor for (actor,) in found), n=1, cutoff=0.0)
    meant = f"did you mean {near[0]}?" if near else "it names nobody at all"
    return QuestionError(f"there is nobody {asked} in the ledger; {meant}")


def _mentions(column: str, escaped: bool = False) -> str:
    """SQL: whether a text has one of $texts in it; JSON text may write it in escapes."""
    escapes = f" OR contains({column}, '\\u')" if escaped else ""
    return f"(list_bool_or(list_transform($texts::VARCHAR[], lambda text: contains(lower({column}), text))){escapes})"


def _select(connection: Connection, condition: str, parameters: dict[str, Any]) -> Iterator[Row]:
    """The rows of `ledger.events` of which a condition is true."""
    found = connection.cursor().execute(
        f"SELECT {_COLUMNS} FROM ledger.events WHERE {condition} ORDER BY position", parameters
    )
    while rows := found.fetchmany(_AT_ONCE):
        yield from (Row(*row) for row in rows)
