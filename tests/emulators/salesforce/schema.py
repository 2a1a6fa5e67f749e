"""Which objects and fields does every Salesforce org have, and how does it number its records?

https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/ (one page per object)
https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_opportunityfieldhistory.htm
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

PREFIXES = {
    "Account": "001",
    "Contact": "003",
    "User": "005",
    "Opportunity": "006",
    "UserRole": "00E",
    "OpportunityContactRole": "00K",
    "Lead": "00Q",
    "Task": "00T",
    "Event": "00U",
    "Case": "500",
    "History": "017",
}
# An object's own fields: a name, name:type, or name>object it refers to.
_OWN = """
Account: Name Type Industry Website Phone AnnualRevenue:currency ParentId>Account OwnerId>User
    MasterRecordId>Account
Contact: Name FirstName LastName Email:email Title AccountId>Account OwnerId>User
Opportunity: Name StageName:picklist Amount:currency CloseDate:date Type LeadSource IsClosed:boolean
    IsWon:boolean Probability:double AccountId>Account OwnerId>User
OpportunityContactRole: OpportunityId>Opportunity ContactId>Contact Role IsPrimary:boolean
Lead: Name FirstName LastName Company Email:email Status:picklist LeadSource Website OwnerId>User
    IsConverted:boolean ConvertedDate:date ConvertedAccountId>Account ConvertedContactId>Contact
    ConvertedOpportunityId>Opportunity
Case: CaseNumber Subject Status:picklist Priority:picklist Origin:picklist Reason IsClosed:boolean
    ClosedDate:datetime AccountId>Account ContactId>Contact OwnerId>User
Task: Subject Status:picklist Priority:picklist TaskSubtype ActivityDate:date CompletedDateTime:datetime
    IsClosed:boolean WhoId>Contact WhatId>Account AccountId>Account OwnerId>User
Event: Subject StartDateTime:datetime EndDateTime:datetime ActivityDateTime:datetime WhoId>Contact
    WhatId>Account AccountId>Account OwnerId>User
User: Name FirstName LastName Email:email Username IsActive:boolean UserType Department Title
    ManagerId>User UserRoleId>UserRole
UserRole: Name DeveloperName ParentRoleId>UserRole
"""
_FIELDS = {
    name: " ".join(words.split())
    for name, words in re.findall(r"^(\w+):((?: .*\n)(?:    .*\n)*)", _OWN, re.MULTILINE)
}
_EVERY = (
    "Id:id IsDeleted:boolean CreatedDate:datetime CreatedById>User LastModifiedDate:datetime "
    "LastModifiedById>User SystemModstamp:datetime"
)
_HISTORIES = {
    "LeadHistory": "Lead",
    "OpportunityFieldHistory": "Opportunity",
    "AccountHistory": "Account",
    "ContactHistory": "Contact",
    "CaseHistory": "Case",
}
_HISTORY = (
    "Id:id IsDeleted:boolean CreatedDate:datetime CreatedById>User Field DataType "
    "OldValue:anyType NewValue:anyType"
)
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
OBJECTS = (*_FIELDS, *_HISTORIES)


@dataclass(frozen=True)
class Field:
    """A field of an object; `refers_to` is set on references."""

    name: str
    type: str = "string"
    refers_to: str | None = None

    @property
    def relationship(self) -> str | None:
        """The name by which the record it refers to is reached: OwnerId → Owner, Account__c → Account__r."""
        if self.refers_to is None:
            return None
        return f"{self.name[:-1]}r" if self.name.endswith("__c") else self.name.removesuffix("Id")


def history_of(name: str) -> str | None:
    """The object whose changes this one tells."""
    return _HISTORIES.get(name)


@cache
def standard_fields(name: str) -> Mapping[str, Field]:
    """Fields of an object as Salesforce ships it, by their names in lower case."""
    parent = history_of(name)
    text = f"{_HISTORY} {parent}Id>{parent}" if parent else f"{_EVERY} {_FIELDS[name]}"
    fields = [_field(word) for word in text.split()]
    if name in ("User", "UserRole"):
        fields = [field for field in fields if field.name != "IsDeleted"]
    return {field.name.lower(): field for field in fields}


def _field(word: str) -> Field:
    name, _, target = word.partition(">")
    if target:
        return Field(name, "reference", target)
    name, _, kind = word.partition(":")
    return Field(name, kind or "string")


def record_id(name: str, number: int) -> str:
    """The 18-character id of the n-th record of an object.

    https://help.salesforce.com/s/articleView?id=000383751 (three letters say which of 15 are capitals)
    """
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    short = f"{PREFIXES[name]}{'em0000' if len(digits) <= 6 else ''}".ljust(15 - len(digits), "0") + digits
    parts = (short[start : start + 5] for start in (0, 5, 10))
    return short + "".join(_CHECKS[sum(char.isupper() << n for n, char in enumerate(part))] for part in parts)
