"""Which staging folder reads a source's tables: one that the team writes, or a layout that is shipped.

A layout is a folder `dbt_project/models/staging/<layout>` and what a pull must know to fill its raw tables: their
keys, and the properties that are read whether or not a contract names them. Columns as in Fivetran's own dbt packages
(fivetran/dbt_hubspot, dbt_salesforce, dbt_zendesk, folder `models/staging`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from contracts.errors import SourceError
from flows.settings import Settings, Source


@dataclass(frozen=True)
class Layout:
    """A loader's tables of one system.

    `keys`: every table that staging knows, with the columns that may be in its key; those count that the table has.
    `needed` tables must be there; the others are taken for empty.
    """

    system: str
    needed: tuple[str, ...]
    keys: Mapping[str, tuple[str, ...]]
    always: Mapping[str, Sequence[str]] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    """Object → what stands between the address of the application and a record's id."""
    cursor: str = "_fivetran_synced"
    version: str = "_fivetran_start"
    """In Fivetran's history mode a table has one row per version, told apart by when it began."""
    ended: tuple[str, str] = ("_fivetran_active", "_fivetran_end")
    """Whether a version is in force, and until when: a row that ends keeps its cursor."""


def _history(*objects: str) -> dict[str, tuple[str, ...]]:
    return {
        f"{object_}_property_history": (f"{object_}_id", "name", "timestamp", "timestamp_instant")
        for object_ in objects
    }


def _links(*pairs: str) -> dict[str, tuple[str, ...]]:
    return {pair: (*(f"{side}_id" for side in pair.split("_")), "type_id", "category") for pair in pairs}


LAYOUTS: Final = {
    "fivetran_hubspot": Layout(
        system="hubspot",
        needed=("company", "deal", "deal_property_history", "deal_company", "owner"),
        keys={
            "company": ("id",),
            "contact": ("id",),
            "deal": ("deal_id",),
            "ticket": ("id",),
            **_history("company", "contact", "deal", "ticket"),
            **_links("contact_company", "deal_company", "ticket_company", "ticket_deal"),
            "owner": ("owner_id",),
            "owner_team": ("owner_id", "team_id"),
            "team": ("id",),
            "deal_pipeline_stage": ("stage_id", "pipeline_id"),
            "ticket_pipeline_stage": ("stage_id", "pipeline_id"),
            "property": ("_fivetran_id",),
            "engagement": ("id",),
            "engagement_call": ("engagement_id",),
            "engagement_meeting": ("engagement_id",),
            "engagement_note": ("engagement_id",),
            "engagement_company": ("engagement_id", "company_id", "type_id", "category"),
        },
        always={
            "company": ("name", "domain"),
            "contact": ("hubspot_owner_id",),
            "deal": ("dealname", "dealstage", "pipeline", "amount", "hubspot_owner_id"),
            "ticket": ("hs_pipeline", "hs_pipeline_stage", "hubspot_owner_id"),
        },
        pages={
            "company": "/record/0-2/",
            "contact": "/record/0-1/",
            "deal": "/record/0-3/",
            "ticket": "/record/0-5/",
        },
    ),
    "fivetran_salesforce": Layout(
        system="salesforce",
        needed=("account", "opportunity", "user"),
        keys=dict.fromkeys(
            (
                "account", "account_history", "case", "case_history", "contact", "contact_history", "contract",
                "contract_history", "event", "lead", "lead_history", "opportunity", "opportunity_contact_role",
                "opportunity_field_history", "opportunity_history", "task", "user", "user_role",
            ),
            ("id",),
        ),
        always={
            "Account": ("Name", "Website", "OwnerId"),
            "Case": ("Subject", "Status", "OwnerId", "AccountId", "ContactId"),
            "Contact": ("OwnerId", "AccountId"),
            "Contract": ("Status", "OwnerId", "AccountId"),
            "Lead": ("Status", "OwnerId"),
            "Opportunity": ("Name", "StageName", "Amount", "OwnerId", "AccountId"),
        },
        pages=dict.fromkeys(("Account", "Case", "Contact", "Contract", "Lead", "Opportunity"), "/"),
    ),
    "fivetran_zendesk": Layout(
        system="zendesk",
        needed=("ticket", "ticket_field_history", "organization", "user"),
        keys={
            "domain_name": ("organization_id", "index", "domain_name"),
            "group": ("id",),
            "group_membership": ("id",),
            "organization": ("id",),
            "satisfaction_rating": ("id",),
            "ticket": ("id",),
            "ticket_comment": ("id",),
            "ticket_field_history": ("ticket_id", "field_name", "updated"),
            "user": ("id",),
        },
        always={
            "organization": ("name", "domain_names"),
            "ticket": ("subject", "status", "priority", "assignee_id", "group_id", "organization_id"),
        },
        pages={"organization": "/agent/organizations/", "ticket": "/agent/tickets/"},
    ),
}  # fmt: skip


def folder_of(source: Source) -> str:
    """The folder of `models/staging` that reads this source's tables, which stand in `raw_<folder>`."""
    return str(source.options.get("layout") or source.name)


def staging_model(source: Source, settings: Settings) -> Path:
    """The model that makes event rows of this source's tables."""
    folder = folder_of(source)
    return settings.project / "dbt_project" / "models" / "staging" / folder / f"stg_{folder}__events.sql"


def check_staging(source: Source, settings: Settings) -> None:
    """Raise SourceError if nothing turns this source's tables into event rows."""
    model = staging_model(source, settings)
    if not model.is_file():
        raise SourceError(
            f"source {source.name}: {model.relative_to(settings.project)} is missing; write this model, which makes "
            f"event rows of the tables in raw_{folder_of(source)}, as docs/tables.md shows"
            + ("" if source.options.get("layout") else f", or set `layout` to one of {', '.join(LAYOUTS)}")
        )
