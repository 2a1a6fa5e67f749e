"""What does Salesforce know: leads, opportunities, cases, contacts and accounts with their field history.

REST API → `raw_salesforce.records`, then `models/staging/salesforce`. In `sources.toml`:

    [salesforce]
    kind = "salesforce"                         # a connected app: SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET
    url = "https://acme.my.salesforce.com"      # My Domain

Every object is one query, deleted records among its answers: first everything, later what its SystemModstamp says has
changed since (minus an overlap, as a long transaction stamps early and commits late). Field history is objects of
their own, read after the records they are about. Field names come from describe, never from what people write.
https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_queryall.htm
https://help.salesforce.com/s/articleView?id=sf.tracking_field_history.htm
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from contracts import load_catalogue
from flows.options import Option
from flows.settings import Source
from flows.sources import writing
from flows.sources.merging import load
from flows.sources.pulling import Pulled, Pulling
from flows.sources.records import Cursors, Record, instant, latest, shape, text_of
from flows.sources.salesforce_histories import CREATED, WHOLE_SINCE, name_in_history, told_whole, whole_since
from flows.sources.salesforce_session import Session, at, quoted
from flows.sources.tracking import URL, Wanted, wanted

OPTIONS: Final = {
    "url": Option(str, required=True, means="My Domain, as in https://acme.my.salesforce.com"),
    "team_field": Option(
        str, default="UserRole.Name", means="which field of a User names the team, as in Department"
    ),
    "overlap_minutes": Option(
        int, default=60, minimum=0, means="how far back to look again for what came late"
    ),
    "touches": Option(bool, default=True, means="whether meetings, calls and e-mails are read"),
    **writing.option("Seamkeeper_{handoff}_Gate__c", "Seamkeeper_{handoff}_Missing__c"),
}
SECRETS: Final = {
    "client_id": "the consumer key of a connected app",
    "client_secret": "the consumer secret of a connected app",
}


@dataclass(frozen=True)
class Type:
    """An object: what is always read of it, where its field history is, which picklist its stages are."""

    object: str
    properties: tuple[str, ...]
    history: str
    stage: str = ""


ACCOUNT: Final = Type("Account", ("Name", "Website", "OwnerId"), "AccountHistory")
RECORDS: Final = (
    ACCOUNT,
    Type(
        "Lead",
        ("Status", "OwnerId", "ConvertedAccountId", "ConvertedContactId", "ConvertedOpportunityId"),
        "LeadHistory",
        "Status",
    ),
    Type("Contact", ("AccountId", "OwnerId"), "ContactHistory"),
    Type(
        "Opportunity",
        ("Name", "StageName", "Amount", "OwnerId", "AccountId"),
        "OpportunityFieldHistory",
        "StageName",
    ),
    Type("Case", ("Subject", "Status", "OwnerId", "AccountId", "ContactId"), "CaseHistory", "Status"),
    Type("Contract", ("Status", "OwnerId", "AccountId"), "ContractHistory", "Status"),
)
ROLE: Final = "OpportunityContactRole"
TOUCHES: Final = {
    "Event": ("StartDateTime", ""),
    "Task": ("CompletedDateTime", "IsClosed = true AND TaskSubtype IN ('Call', 'Email')"),
}
"""When each took place, and which of them are an act towards a customer."""
STAFF: Final = ("Standard", "AutomatedProcess", "CloudIntegrationUser", "Guest")
"""Types of users that change records; there may be millions of others, of portals."""
WHOLE: Final = ("User", "property", "stage")
"""Read completely each time: small, and what vanishes from them matters."""


def pull(source: Source, pulling: Pulling) -> Pulled:
    """Load the records and histories that changed since the last pull. Raises SourceError."""
    org = Org(source, pulling)
    return load(source, pulling, org.read, WHOLE, org.mapped)


class Org:
    """One Salesforce org, read once."""

    def __init__(self, source: Source, pulling: Pulling) -> None:
        """Opens nothing yet."""
        self._source, self._secrets, self._report = source, pulling.secrets, pulling.report
        self._overlap = timedelta(minutes=int(str(source.options["overlap_minutes"])))
        self._team = str(source.options["team_field"])
        self.mapped: Wanted = wanted(load_catalogue(pulling.settings.project), "salesforce")
        self._fields: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._tracked: dict[str, dict[str, bool]] = {}
        self._began = pulling.started_at

    def read(self, cursors: Cursors) -> Iterator[list[Record]]:
        """The shape of the org, its people, then what changed of each object, and its history after it."""
        self._session = Session(self._source.name, str(self._source.options["url"]), self._secrets)
        there = self._session.objects()
        types = self.types(there)
        yield from self._shapes(types)
        yield from self._users()
        for type_ in types:
            yield from self._records(type_, cursors)
            if type_.history in there:
                yield from self._histories(type_, cursors)
        if any(type_.object == "Opportunity" for type_ in types) and ROLE in there:
            yield from self._roles(cursors)
        if self._source.options["touches"]:
            for object_ in sorted(there & {*TOUCHES}):
                yield from self._touches(object_, cursors)

    def types(self, there: Container[str]) -> list[Type]:
        """Those of the objects that are there whose records a pull reads."""
        mapped = {ACCOUNT.object, *self.mapped}
        return [type_ for type_ in RECORDS if type_.object in mapped and type_.object in there]

    # -- the org itself --------------------------------------------------------------------------------------

    def _shapes(self, types: Sequence[Type]) -> Iterator[list[Record]]:
        """Every field, and every stage, as a record of its own, so that a change of one is seen."""
        self._tell("fields and stages")
        for type_ in types:
            self._fields[type_.object] = self._session.fields(type_.object)
            tracked = self._tracked[type_.object] = self._session.tracked(type_.object)
            yield [
                shape(
                    "property", f"{type_.object}.{name}", {**one, "tracked": tracked.get(name)},
                    "label", "type", "tracked",
                )
                for name, one in self._fields[type_.object].items()
            ]  # fmt: skip
        for type_ in types:
            stages = self._fields[type_.object].get(type_.stage, {}).get("picklistValues") or ()
            yield [shape("stage", f"{type_.object}.{one['value']}", one, "label", "active") for one in stages]

    def _users(self) -> Iterator[list[Record]]:
        profile = ["Profile.Name"] if "ProfileId" in self._session.fields("User") else []
        fields = ["Id", "SystemModstamp", "Email", "IsActive", "UserType", "ManagerId", self._team, *profile]
        asked = f"SELECT {', '.join(fields)} FROM User WHERE UserType IN ({quoted(STAFF)}) ORDER BY Id"
        for page in self._session.pages(asked):
            yield [self._user(one) for one in page]

    def _user(self, told: Mapping[str, Any]) -> Record:
        profile = str(at(told, "Profile.Name") or "").lower()
        is_person = told["UserType"] == "Standard" and "integration" not in profile
        content = {
            "email": told["Email"],
            "is_active": told["IsActive"],
            "team": at(told, self._team),
            "manager": told["ManagerId"],
            "kind": "person" if is_person else "system",
        }
        return Record("User", told["Id"], instant(told["SystemModstamp"]), text_of(content))

    # -- records ---------------------------------------------------------------------------------------------

    def _records(self, type_: Type, cursors: Cursors) -> Iterator[list[Record]]:
        names = self._names(type_)

        def record(told: Mapping[str, Any]) -> Record:
            url = f"{self._session.url}/{told['Id']}"
            content = {
                "created_at": _utc(told["CreatedDate"]),
                "properties": {**{name: told[name] for name in names}, URL: url},
            }
            return _stamped(type_.object, told, content)

        yield from self._changed(cursors, type_.object, names, record)

    def _names(self, type_: Type) -> list[str]:
        """The fields to read: our own and those mapped, as far as they are there and visible to us."""
        mapped = self.mapped.get(type_.object, {}).keys()
        return sorted({*type_.properties, *mapped} & {*self._fields[type_.object]})

    def _histories(self, type_: Type, cursors: Cursors) -> Iterator[list[Record]]:
        """References are told twice, with names and with ids: only ids are kept."""
        fields, names = self._fields[type_.object], self._names(type_)
        oldest: dict[str, datetime] = {}
        known = {name_in_history(fields[name]): name for name in names}
        beginnings = [word.format(type_.object.lower()) for word in CREATED]
        parent = f"{type_.object}Id"

        def record(told: Mapping[str, Any]) -> Record:
            name = known.get(told["Field"], "created")
            is_reference = name in fields and fields[name]["type"] == "reference"
            content = {
                "record": told[parent],
                "field": name,
                "old": told["OldValue"],
                "new": told["NewValue"],
                "at": _utc(told["CreatedDate"]),
                "by": told["CreatedById"],
            }
            kept = "" if is_reference and told["DataType"] != "EntityId" else text_of(content)
            if at := instant(told["CreatedDate"]):
                oldest[name] = min(at, oldest.get(name, at))
            return Record(type_.history, told["Id"], at, kept)

        yield from self._changed(
            cursors,
            type_.history,
            sorted(known),
            record,
            [parent, "CreatedById", "Field", "DataType", "OldValue", "NewValue"],
            f"Field IN ({quoted([*sorted(known), *beginnings])})",
            by="CreatedDate",
        )
        tracked, whole = self._tracked[type_.object], cursors.setdefault(WHOLE_SINCE, {})
        kept = [name for name in names if tracked.get(name)]
        whole[type_.object] = whole_since(whole.get(type_.object, {}), kept, oldest, self._began)
        yield told_whole(type_.object, names, whole[type_.object])

    def _roles(self, cursors: Cursors) -> Iterator[list[Record]]:
        names = ["OpportunityId", "ContactId", "IsPrimary"]

        def record(told: Mapping[str, Any]) -> Record:
            content = {
                "created_at": _utc(told["CreatedDate"]),
                **{name: told[name] for name in names},
                "is_deleted": told["IsDeleted"],
            }
            return Record(ROLE, told["Id"], instant(told["SystemModstamp"]), text_of(content))

        yield from self._changed(cursors, ROLE, names, record)

    def _touches(self, object_: str, cursors: Cursors) -> Iterator[list[Record]]:
        when, where = TOUCHES[object_]

        def record(told: Mapping[str, Any]) -> Record:
            content = {
                "at": _utc(told[when] or told["CreatedDate"]),
                "account": told["AccountId"],
                "owner": told["OwnerId"],
            }
            return _stamped(object_, told, content)

        yield from self._changed(cursors, object_, [when, "AccountId", "OwnerId"], record, where=where)

    # -- queries ---------------------------------------------------------------------------------------------

    def _changed(
        self,
        cursors: Cursors,
        object_: str,
        names: Sequence[str],
        record: Callable[[Mapping[str, Any]], Record],
        fields: Sequence[str] = (),
        where: str = "",
        by: str = "SystemModstamp",
    ) -> Iterator[list[Record]]:
        """What changed since the last pull; everything, when names are wanted that were not before."""
        known = cursors.get(object_)
        since = instant(known["read_to"]) if known and {*names} <= {*known["properties"]} else None
        told = [f"{by} >= {since - self._overlap:%Y-%m-%dT%H:%M:%SZ}"] if since else []
        conditions = " AND ".join([*told, *([where] if where else [])])
        own = ["Id", "IsDeleted", "CreatedDate", *(["SystemModstamp"] if by == "SystemModstamp" else [])]
        asked = (
            f"SELECT {', '.join([*own, *(fields or names)])} FROM {object_}"
            f"{f' WHERE {conditions}' if conditions else ''} ORDER BY {by}, Id"
        )
        read_to, count = since, 0
        for page in self._session.pages(asked):
            records = [record(one) for one in page]
            read_to = latest(read_to, records)
            count += len(page)
            self._tell(f"{count:,} {object_}")
            yield [one for one in records if one.content]
        if read_to is not None:
            cursors[object_] = {"read_to": read_to.isoformat(), "properties": list(names)}

    def _tell(self, what: str) -> None:
        self._report(f"{self._source.name}: {what}")


def _stamped(object_: str, told: Mapping[str, Any], content: Mapping[str, Any]) -> Record:
    """A deleted record still says what it held: it may never have been seen before."""
    deleted = {"deleted": True} if told["IsDeleted"] else {}
    return Record(object_, told["Id"], instant(told["SystemModstamp"]), text_of({**content, **deleted}))


def _utc(told: object) -> str | None:
    """An instant in one spelling, however Salesforce writes it."""
    at = instant(told)
    return at.isoformat() if at else None
