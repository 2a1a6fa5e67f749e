"""What does a source let us write into its records, and how is that asked of it?

A writer is an object with the three members of `Writer`; it knows nothing of gates and contracts. Each vendor has one
(flows/sources/<vendor>_writing.py), over the client that its pull uses. Off until `[<source>.write_back]` is there.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

from flows.options import Option
from flows.settings import Source
from flows.sources.pulling import Pulling

OPTION: Final = "write_back"
HANDOFF: Final = "{handoff}"
"""Stands for the contract's id in a property's name."""
STAMPS: Final = {
    "hubspot": ("hs_lastmodifieddate", "lastmodifieddate"),
    "salesforce": ("LastModifiedDate", "LastModifiedById", "SystemModstamp"),
    "zendesk": ("updated_at",),
}
"""What every change of a record moves, ours, too."""

Texts: TypeAlias = Mapping[str, str]
"""Property → what it is to say; an empty text clears it."""


class Answer(NamedTuple):
    """What the source said to one record: nothing (it is written), why not, or that there is no such record."""

    record_id: str
    refused: str = ""
    is_gone: bool = False


class Writer(Protocol):
    """What can be done to a source's records; both methods raise SourceError where nobody knows whether it was done."""

    @property
    def most(self) -> int:
        """So many records are written in one call."""

    def faults(self, object_: str, names: Sequence[str]) -> Mapping[str, str]:
        """Properties of this type that cannot be written: what is wrong with each, and what to do."""

    def write(self, object_: str, texts: Mapping[str, Texts]) -> Sequence[Answer]:
        """Write these records (id → texts, in properties without faults), one answer each. Twice is once."""


Open: TypeAlias = Callable[[Source, Pulling], Writer]


def option(gate: str, missing: str) -> dict[str, Option]:
    """The table that turns writing on, with a vendor's default names of properties."""
    keys = {
        "handoffs": Option(list, means="the handoffs whose gates are written; without it, all"),
        "gate": Option(str, default=gate, means=f"the property that says open or closed, as in {gate}"),
        "missing": Option(str, default=missing, means=f"the property that names fields, as in {missing}"),
    }
    return {OPTION: Option(dict, keys=keys, means="that gates are written into its records, and where")}
