"""What was promised? One YAML file per handoff, the organisation's defaults, and the vocabulary that reads
them.

`load_catalogue(project)` is the door; everything it returns is frozen. Nothing heavy is imported here.
"""

from contracts.calendars import ALWAYS, Calendar, Holidays
from contracts.catalogue import Catalogue, load_catalogue
from contracts.errors import ContractError
from contracts.model import Contract, ContractVersion, Field, Gate, Recorded, Side, Sla, Target
from contracts.organisation import AmountBand, Organisation, Team

__all__ = [
    "ALWAYS",
    "AmountBand",
    "Calendar",
    "Catalogue",
    "Contract",
    "ContractError",
    "ContractVersion",
    "Field",
    "Gate",
    "Holidays",
    "Organisation",
    "Recorded",
    "Side",
    "Sla",
    "Target",
    "Team",
    "load_catalogue",
]
