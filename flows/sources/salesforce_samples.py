"""What does a Salesforce org have to offer, and which keys? For `discover` and `reconcile`; lays nothing down."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from flows.settings import Source
from flows.sources.pulling import Pulling
from flows.sources.reconciling import Listed
from flows.sources.records import instant
from flows.sources.salesforce import RECORDS, ROLE, STAFF, TOUCHES, Org, Type
from flows.sources.salesforce_session import Session, at, quoted
from flows.sources.sampling import Property, Sample, Skipped, Stage, as_text, if_allowed

COMPOUND: Final = ("address", "location", "base64")
"""Types of fields that hold others, which are read themselves, or a whole file."""
FIELDS, IDS = 200, 200
"""So many stand in one query: its address has to stay below 16,000 characters."""

OWNER: Final = "OwnerId"
GRANT: Final = "grant it the right to read them, in its profile or a permission set"


def sample(source: Source, pulling: Pulling, most: int) -> Iterator[Sample | Skipped]:
    """So many records of each type, those changed last, with all their fields. Raises SourceError."""
    session = _session(source, pulling)
    there, teams = session.objects(), _teams(session, str(source.options["team_field"]))
    for type_ in RECORDS:
        if type_.object not in there:  # Salesforce does not list what this user may not see
            reason = f"source {source.name}: the org shows this user no {type_.object}; {GRANT}"
            yield Skipped(type_.object, reason)
            continue
        pulling.report(f"{source.name}: {type_.object}")
        take = partial(_sample, session, type_, most, teams, type_.history in there)
        yield if_allowed(type_.object, take)


def keys(source: Source, pulling: Pulling) -> Iterator[Listed]:
    """Every record, deleted ones too, that a pull should have brought.

    Field history is left out: it has no change of its own. Raises SourceError.
    """
    session, org = _session(source, pulling), Org(source, pulling)
    there = session.objects()
    asked = {type_.object: "" for type_ in org.types(there)}
    if "Opportunity" in asked and ROLE in there:
        asked[ROLE] = ""
    if source.options["touches"]:
        asked |= {object_: where for object_, (_, where) in TOUCHES.items() if object_ in there}
    for object_, where in asked.items():
        pulling.report(f"{source.name}: {object_}")
        query = f"SELECT Id, SystemModstamp FROM {object_}{f' WHERE {where}' if where else ''}"
        yield (
            object_,
            (
                (record["Id"], instant(record["SystemModstamp"]))
                for page in session.pages(query)
                for record in page
            ),
        )


def _session(source: Source, pulling: Pulling) -> Session:
    return Session(source.name, str(source.options["url"]), pulling.secrets)


def _teams(session: Session, team_field: str) -> dict[str, str | None]:
    """User → team."""
    asked = f"SELECT Id, {team_field} FROM User WHERE UserType IN ({quoted(STAFF)})"
    return {one["Id"]: at(one, team_field) for page in session.pages(asked) for one in page}


def _sample(
    session: Session, type_: Type, most: int, teams: Mapping[str, str | None], has_histories: bool
) -> Sample:
    fields = {
        name: field for name, field in session.fields(type_.object).items() if field["type"] not in COMPOUND
    }
    tracked = session.tracked(type_.object) if has_histories else {}
    found = _newest(session, type_, list(fields), most)
    records = tuple({name: as_text(record[name]) for name in fields} for record in found)
    owned = Counter(teams.get(str(record.get(OWNER))) for record in records)
    is_staged = type_.stage in fields
    return Sample(
        object=type_.object,
        total=session.count(type_.object),
        properties=tuple(
            Property(name, field["label"], field["type"], tracked.get(name, False))
            for name, field in fields.items()
        ),
        records=records,
        stages=tuple(_stages(session, type_, fields, records, has_histories)) if is_staged else (),
        owners={team: count for team, count in owned.items() if team},
        owner=OWNER if OWNER in fields else "",
    )


def _newest(session: Session, type_: Type, names: Sequence[str], most: int) -> list[dict[str, Any]]:
    """The records changed last; of more fields than one query can ask for, those that every query brought."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for start in range(0, len(names), FIELDS):
        asked = ", ".join(dict.fromkeys(["Id", *names[start : start + FIELDS]]))
        query = f"SELECT {asked} FROM {type_.object} ORDER BY SystemModstamp DESC, Id LIMIT {most}"
        for record in (record for page in session.pages(query, "query") for record in page):
            found[record["Id"]].update(record)
    return [record for record in found.values() if {*names} <= {*record}]


def _stages(
    session: Session,
    type_: Type,
    fields: Mapping[str, Mapping[str, Any]],
    records: Sequence[Mapping[str, str | None]],
    has_histories: bool,
) -> Iterator[Stage]:
    """Every stage that a record of the sample is in or, as far as its history tells, ever was."""
    labels = {one["value"]: one["label"] for one in fields[type_.stage].get("picklistValues") or ()}
    been = {str(record["Id"]): {record[type_.stage]} for record in records}
    if has_histories:
        for id_, value in _moves(session, type_, list(been)):
            been[id_].add(value)
    now = Counter(record[type_.stage] for record in records)
    ever = Counter(value for values in been.values() for value in values)
    for value, count in ever.most_common():
        if value:
            yield Stage(type_.stage, value, labels.get(value) or value, now[value], count)


def _moves(session: Session, type_: Type, ids: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Record and stage, for every stage that one of these left or came to."""
    parent = f"{type_.object}Id"
    for start in range(0, len(ids), IDS):
        query = (
            f"SELECT {parent}, OldValue, NewValue FROM {type_.history} "
            f"WHERE Field = '{type_.stage}' AND {parent} IN ({quoted(ids[start : start + IDS])})"
        )
        for move in (move for page in session.pages(query, "query") for move in page):
            yield move[parent], as_text(move["OldValue"])
            yield move[parent], as_text(move["NewValue"])
