"""Which types of records of HubSpot are read, and what are they called there?"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Type:
    """A type of record: HubSpot's names for it, what is always read of it, and whose links are read with it."""

    object: str
    path: str
    modified: str = "hs_lastmodifieddate"
    properties: tuple[str, ...] = ()
    links: tuple[str, ...] = ("company",)
    has_history: bool = True
    page: str = ""
    """HubSpot's number of the type, where people can open a record of it."""


COMPANY = Type("company", "companies", properties=("name", "domain"), links=(), page="0-2")
RECORDS: Final = (
    Type("contact", "contacts", modified="lastmodifieddate", properties=("hubspot_owner_id",), page="0-1"),
    Type(
        "deal",
        "deals",
        properties=("dealname", "dealstage", "pipeline", "amount", "hubspot_owner_id"),
        page="0-3",
    ),
    Type(
        "ticket",
        "tickets",
        properties=("hs_pipeline", "hs_pipeline_stage", "hubspot_owner_id"),
        links=("company", "deal"),
        page="0-5",
    ),
)
_OF_TOUCHES = ("hs_timestamp", "hubspot_owner_id")
TOUCHES: Final = (
    Type("meeting", "meetings", properties=(*_OF_TOUCHES, "hs_meeting_outcome"), has_history=False),
    Type("call", "calls", properties=_OF_TOUCHES, has_history=False),
    Type("note", "notes", properties=_OF_TOUCHES, has_history=False),
)
SURVEYS: Final = Type(
    "feedback_submission",
    "feedback_submissions",
    properties=("hs_survey_type", "hs_value", "hs_submission_timestamp"),
    links=("contact",),
    has_history=False,
)
PATHS: Final = {type_.object: type_.path for type_ in (COMPANY, *RECORDS, *TOUCHES, SURVEYS)}


def objects_path(type_: Type) -> str:
    """Where records of a type are."""
    return f"/crm/v3/objects/{type_.path}"
