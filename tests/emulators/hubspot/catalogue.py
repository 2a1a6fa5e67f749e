"""What does every HubSpot portal have? Record types, what is shown unasked, scopes, and the numbers of associations.

https://developers.hubspot.com/docs/guides/api/crm/understanding-the-crm (object types)
https://developers.hubspot.com/docs/guides/apps/authentication/scopes
https://developers.hubspot.com/docs/guides/api/crm/associations/associations-v4 (association type id values)
"""

from __future__ import annotations

from collections.abc import Mapping

# As recorded: what a reply shows when no property is asked for.
DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "contacts": ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    "companies": ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    "deals": (
        "amount",
        "closedate",
        "createdate",
        "dealname",
        "dealstage",
        "hs_lastmodifieddate",
        "hs_object_id",
        "pipeline",
    ),
    "tickets": (
        "content",
        "createdate",
        "hs_lastmodifieddate",
        "hs_object_id",
        "hs_pipeline",
        "hs_pipeline_stage",
        "hs_ticket_category",
        "hs_ticket_priority",
        "subject",
    ),
    "meetings": ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    "calls": ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    "notes": ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    "feedback_submissions": ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
}

# What the portal's own properties are for, beside the ones above.
OWN: Mapping[str, tuple[str, ...]] = {
    "contacts": ("associatedcompanyid", "hs_lastmodifieddate", "hubspot_owner_id", "lifecyclestage", "phone"),
    "companies": ("hubspot_owner_id", "lifecyclestage", "industry", "country"),
    "deals": ("hubspot_owner_id", "description", "hs_is_closed_won"),
    "tickets": ("hubspot_owner_id", "source_type"),
    "meetings": ("hs_timestamp", "hubspot_owner_id", "hs_meeting_title", "hs_meeting_outcome"),
    "calls": ("hs_timestamp", "hubspot_owner_id", "hs_call_title", "hs_call_direction", "hs_call_status"),
    "notes": ("hs_timestamp", "hubspot_owner_id", "hs_note_body"),
    "feedback_submissions": (
        "hs_content",
        "hs_response_group",
        "hs_submission_timestamp",
        "hs_survey_channel",
        "hs_survey_name",
        "hs_survey_type",
        "hs_value",
    ),
}

ENGAGEMENTS = ("meetings", "calls", "notes")
NAMES: Mapping[str, str] = {
    **{kind: kind for kind in DEFAULTS},
    **{kind.removesuffix("s"): kind for kind in DEFAULTS if kind != "companies"},
    "company": "companies",
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "0-5": "tickets",
    "0-19": "feedback_submissions",
    "0-46": "notes",
    "0-47": "meetings",
    "0-48": "calls",
}

SCOPES: Mapping[str, str] = {
    "contacts": "crm.objects.contacts.read",
    "companies": "crm.objects.companies.read",
    "deals": "crm.objects.deals.read",
    "tickets": "tickets",
    "meetings": "crm.objects.contacts.read",
    "calls": "crm.objects.contacts.read",
    "notes": "crm.objects.contacts.read",
    "feedback_submissions": "crm.objects.feedback_submissions.read",
    "owners": "crm.objects.owners.read",
    "account": "oauth",
}

WRITING: Mapping[str, str] = {
    "contacts": "crm.objects.contacts.write",
    "companies": "crm.objects.companies.write",
    "deals": "crm.objects.deals.write",
    "tickets": "tickets",
}

# (from, to) → type id of the plain association and, where there is one, of the primary one.
ASSOCIATIONS: Mapping[tuple[str, str], tuple[int, int | None]] = {
    ("contacts", "companies"): (279, 1),
    ("companies", "contacts"): (280, 2),
    ("deals", "contacts"): (3, None),
    ("contacts", "deals"): (4, None),
    ("deals", "companies"): (341, 5),
    ("companies", "deals"): (342, 6),
    ("tickets", "contacts"): (16, None),
    ("contacts", "tickets"): (15, None),
    ("tickets", "companies"): (339, 26),
    ("companies", "tickets"): (340, 25),
    ("tickets", "deals"): (28, None),
    ("deals", "tickets"): (27, None),
    ("calls", "companies"): (182, None),
    ("companies", "calls"): (181, None),
    ("calls", "contacts"): (194, None),
    ("contacts", "calls"): (193, None),
    ("calls", "deals"): (206, None),
    ("deals", "calls"): (205, None),
    ("meetings", "companies"): (188, None),
    ("companies", "meetings"): (187, None),
    ("meetings", "contacts"): (200, None),
    ("contacts", "meetings"): (199, None),
    ("meetings", "deals"): (212, None),
    ("deals", "meetings"): (211, None),
    ("notes", "companies"): (190, None),
    ("companies", "notes"): (189, None),
    ("notes", "contacts"): (202, None),
    ("contacts", "notes"): (201, None),
    ("notes", "deals"): (214, None),
    ("deals", "notes"): (213, None),
    ("feedback_submissions", "contacts"): (98, None),
    ("contacts", "feedback_submissions"): (97, None),
    ("feedback_submissions", "tickets"): (99, None),
    ("tickets", "feedback_submissions"): (100, None),
}


def modified_property(kind: str) -> str:
    """Contacts are the exception that every sync gets wrong once."""
    return "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"


def created_property(kind: str) -> str:
    """Activities and feedback have another name for it."""
    return "hs_createdate" if "hs_createdate" in DEFAULTS[kind] else "createdate"


def shown_always(kind: str) -> tuple[str, str, str]:
    """What every reply carries, whatever was asked for."""
    return created_property(kind), modified_property(kind), "hs_object_id"
