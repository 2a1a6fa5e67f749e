"""What is left of a row once a person or an account is forgotten? Pure: a row in, its payload after that out.

A person's ids and addresses become one pseudonym, so that who did what, and that it was one person, stays countable. A
value that is taken away becomes a word that says nothing, the same for the same value, and its detail says `forgotten`:
the models count it as given when it was, and as neither valid nor missing. Words come of a secret that is thrown away.
"""

from __future__ import annotations

import hmac
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from flows.forgetting.mapping import PEOPLE, Mapping

WORD: Final = "forgotten-"
FIELD_TYPES: Final = {"handoff.field_set", "record.changed"}
TECHNICAL: Final = {
    *("active", "actor_kind", "currency", "event", "evidence", "forgotten", "involuntary", "kind", "manager"),
    *("motion", "object", "primary", "removed", "route", "segment", "system"),
}
"""Keys of `detail` that figures hang on; of them only `manager` names anybody, by an id like any other."""
_OWNER: Final = re.compile(r"owner|assignee|(user|by)_?id$", re.IGNORECASE)
_CODE: Final = re.compile(r"[A-Za-z_]{1,40}")


@dataclass(frozen=True)
class Row:
    """The columns of an event that decide what of it is payload, and its payload."""

    position: int
    source: str
    type: str
    object: str | None
    subject: str | None
    field: str | None
    value: str | None
    actor: str | None
    reason: str | None
    detail: str | None

    @property
    def payload(self) -> tuple[str | None, ...]:
        """Value, actor, reason, detail."""
        return self.value, self.actor, self.reason, self.detail

    def becomes(self, **payload: str | None) -> Row:
        """The same row with other payload."""
        return Row(**{**self.__dict__, **payload})


@dataclass(frozen=True)
class Words:
    """Words in place of what is forgotten: the same for the same text, as long as the secret is kept."""

    placeholders: tuple[str, ...] = ()
    secret: bytes = field(default_factory=lambda: os.urandom(32), repr=False, kw_only=True)

    def word(self, text: str) -> str:
        """The word for a text."""
        return WORD + hmac.digest(self.secret, text.encode(), "sha256").hex()[:12]

    def says_nothing(self, value: str) -> bool:
        """Whether there is nothing to forget: a blank, a placeholder as it is written, or a word of ours."""
        folded = value.strip().lower()
        return not folded or folded in self.placeholders or folded.startswith(WORD)

    def counts_as_none(self, value: str) -> bool:
        """Whether the models take it for blank, whatever it goes on to say, as in `see *`."""
        folded = value.strip().lower()
        return any(
            re.fullmatch(".*".join(map(re.escape, one.split("*"))), folded, re.DOTALL)
            for one in self.placeholders
        )


@dataclass(frozen=True)
class Person:
    """Everything a person is called: ids as the sources have them, addresses in lower case; and the pseudonym."""

    ids: frozenset[str]
    addresses: frozenset[str]
    pseudonym: str

    @property
    def address(self) -> str:
        """What stands for their addresses: systems are linked by it, and mail to it arrives nowhere."""
        return f"{self.pseudonym}@forgotten.invalid"

    @property
    def own_ids(self) -> frozenset[tuple[str, str]]:
        """System and the id as that system writes it, of `system:id`."""
        return frozenset((id_.partition(":")[0], id_.partition(":")[2]) for id_ in self.ids if ":" in id_)

    def renamed(self, text: str) -> str | None:
        """What a text becomes that is exactly one of their ids or addresses; None if it is neither."""
        if text.strip().lower() in self.addresses:
            return self.address
        if text not in self.ids:
            return None
        system, colon, _ = text.partition(":")
        return f"{system}:{self.pseudonym}" if colon else self.pseudonym

    def without(self, text: str) -> str:
        """A text without their addresses, and renamed if it is one of their ids; a number may be anything."""
        if text.isdecimal():
            return text
        if (name := self.renamed(text)) is not None:
            return name
        for address in self.addresses:
            if address in text.lower():
                text = re.sub(
                    rf"(?<![\w.+-]){re.escape(address)}(?!\.?[\w-])", self.address, text, flags=re.IGNORECASE
                )
        return text


def without_person(row: Row, person: Person, mapping: Mapping, words: Words, is_their_record: bool) -> Row:
    """The row without the person; `is_their_record`: it is about a record (contact, lead, user) that they are."""
    actor = row.actor and (person.renamed(row.actor) or row.actor)
    detail = _walked(row.detail, person.without)
    if row.type == "person.set" and actor != row.actor:
        detail = _only_technical(detail, keep={"email"})
    changed = row.becomes(
        actor=actor, reason=row.reason and person.without(row.reason), value=row.value, detail=detail
    )
    if row.value is None:
        return changed
    if row.type not in FIELD_TYPES:
        return changed.becomes(value=person.without(row.value))
    if _names_owner(row, mapping):
        own = person.pseudonym if (row.source, row.value) in person.own_ids else person.renamed(row.value)
        return changed.becomes(value=own or row.value)
    is_named = person.without(row.value) != row.value
    is_theirs = is_their_record and mapping.is_payload(row.source, row.object or "", row.field or "")
    return _emptied(changed, mapping, words) if is_named or is_theirs else changed


def without_account(row: Row, mapping: Mapping, words: Words) -> Row:
    """The row of an account, or of one of its packets or records, without what is told of it in words."""
    changed = row.becomes(detail=_only_technical(row.detail), reason=_code(row.reason))
    if row.type == "survey.answered" and row.actor is not None and not row.actor.startswith(WORD):
        return changed.becomes(actor=words.word(row.actor))
    if row.type == "handoff.field_set" or (
        row.type == "record.changed"
        and mapping.is_payload(row.source, row.object or "", row.field or "")
        and not _names_owner(row, mapping)
    ):
        return _emptied(changed, mapping, words)
    return changed


def is_person(row: Row, person: Person) -> bool:
    """Whether a row says that its record is this person: a contact, lead or user with their address."""
    return (
        row.type == "record.changed"
        and (row.object or "").lower() in PEOPLE
        and (row.value or "").strip().lower() in person.addresses
    )


def _names_owner(row: Row, mapping: Mapping) -> bool:
    """Whether a property holds people's ids: it is mapped as an owner, or called as if it did."""
    is_mapped = (row.source, row.object, row.field) in mapping.owners
    return row.type == "record.changed" and (is_mapped or bool(_OWNER.search(row.field or "")))


def _emptied(row: Row, mapping: Mapping, words: Words) -> Row:
    """A value in words that say nothing, marked as forgotten; one that says nothing stays what it is."""
    if row.value is None or words.says_nothing(row.value):
        return row
    if words.counts_as_none(row.value):
        return row.becomes(value=None)
    is_domain = (row.source, row.object, row.field) in mapping.domains
    value = _domains(row.value, mapping, words) if is_domain else words.word(row.value)
    detail = json.dumps({**_object(row.detail), "forgotten": True}, ensure_ascii=False)
    return row.becomes(value=value, detail=detail)


def _domains(value: str, mapping: Mapping, words: Words) -> str:
    """Domains under other names that are as equal as they were; accounts are linked by them."""
    try:
        told = json.loads(value)
    except ValueError:
        told = None
    names = told if isinstance(told, list) else value.split(",")

    def renamed(name: str) -> str:
        host = re.sub(r"^[a-z]+://", "", name.strip().lower()).rpartition("@")[2]
        domain = re.split(r"[/?#:]", host.removeprefix("www."))[0]
        is_ours = domain.startswith(WORD)
        return domain if is_ours or domain in mapping.freemail else f"{words.word(domain)}.invalid"

    return ",".join(renamed(str(name)) for name in names)


def _code(reason: str | None) -> str | None:
    """A reason of one word is a code; a sentence becomes `other`, as the models read it."""
    return reason if reason is None or _CODE.fullmatch(reason) else "other"


def _only_technical(detail: str | None, keep: frozenset[str] | set[str] = frozenset()) -> str | None:
    told = _object(detail)
    left = {key: value for key, value in told.items() if key in TECHNICAL | keep}
    return detail if left == told else json.dumps(left, ensure_ascii=False)


def _object(detail: str | None) -> dict[str, Any]:
    told = json.loads(detail) if detail else {}
    return told if isinstance(told, dict) else {"detail": told}


def _walked(detail: str | None, change: Callable[[str], str]) -> str | None:
    """JSON text with every string in it changed; as it was where nothing is."""
    if not detail:
        return detail

    def walk(told: Any) -> Any:
        if isinstance(told, str):
            return change(told)
        if isinstance(told, list):
            return [walk(one) for one in told]
        return {key: walk(one) for key, one in told.items()} if isinstance(told, dict) else told

    told = json.loads(detail)
    walked = walk(told)
    return detail if walked == told else json.dumps(walked, ensure_ascii=False, separators=(",", ":"))
