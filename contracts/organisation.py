"""What holds for every handoff? The organisation: zone, calendars, placeholders, targets, teams, bands.

In: `contracts/organisation.yaml`. Out: `Organisation`, frozen.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic import Field as Key

from contracts.calendars import Calendar
from contracts.mapping import Accounts, Links, Signs
from contracts.model import Frozen, Target
from contracts.scalars import Day, Decimal, Line, Name, Share, Whole, Zone, refused
from contracts.vocabulary import DEFAULT_PLACEHOLDERS, Weekday
from contracts.yaml_reader import quoted


class Team(Frozen):
    """Whom to tell: a team's lead, whose it is where nobody else's it is; then who is told of a breach that lasts."""

    lead: Line | None = Key(None, description="the id of the person who takes what nobody owns")
    manager: Line | None = Key(None, description="the id of the person who is told of a breach first")
    executive: Line | None = Key(None, description="the id of the person who is told of it last")


class AmountBand(Frozen):
    """Packets whose amount is below this and not below an earlier band's limit; the last has no limit."""

    name: Name = Key(description="as in `name: small`")
    below: Annotated[Decimal, Key(gt=0)] | None = Key(
        None,
        description="the limit in the organisation's currency, as in `below: 10000`; none on the last band",
    )


class Action(Frozen):
    """What a signal asks of a team in one motion."""

    team: Name = Key(description="who does it, as in `team: customer_success`")
    do: Line = Key(description="what they do, as in `do: find the next champion`")


class Signal(Frozen):
    """Something that happens to an account and concerns every motion it is in, in each its own way."""

    when: Signs = Key(
        (),
        description="by which change of its record it shows, as in `when: hubspot.company.champion = gone`",
    )
    actions: dict[Line, Action] = Key(
        description="one per motion, as in `new_business: {team: sales, do: find the next champion}`"
    )


def _placeholder(text: str) -> str:
    if "*" in text and set(text) & set("?[]\\"):
        raise refused(
            f"{quoted(text)} mixes * with ?, [ or ]; only * stands for anything, write one without the others"
        )
    return text.strip().casefold()


class Organisation(Frozen):
    """Defaults and facts that every contract shares."""

    name: Line = Key(description="how the company is called")
    zone: Zone = Key(description="its IANA zone, which decides days and months, as in `zone: Europe/Berlin`")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Key(
        description="an ISO 4217 code, as in `currency: EUR`"
    )
    week_starts_on: Weekday = Key("monday", description="a weekday, as in `week_starts_on: monday`")
    closing_business_day: Annotated[Whole, Key(ge=1, le=20)] = Key(
        5, description="how many business days after its end a period closes, 1 to 20"
    )
    alerts_from: Day | None = Key(
        None,
        description="the day from which tickets may be sent and gates written into records; none = never",
    )
    warn_share: Share = Key(
        0.75,
        description="the share of an SLA after which its owner is warned, 0 to 1, as in `warn_share: 0.75`",
    )
    escalate_hours: Annotated[Decimal, Key(gt=0, le=8784)] | None = Key(
        None,
        description="after how many open hours of the contract's calendar a breach goes one rung up (owner, manager, "
        "executive), as in `escalate_hours: 24`; none = it stays with its owner",
    )
    rediscovery_coverage: Share = Key(
        0.5, description="the share of conversations that must be examined, 0 to 1"
    )
    minimum_n: Annotated[Whole, Key(ge=1, le=10_000)] = Key(
        20, description="how many packets a figure needs before it is judged, a whole number from 1"
    )
    calendars: dict[Name, Calendar] = Key(
        {}, description="as in `business: {zone: Europe/Berlin, hours: {…}}`"
    )
    placeholders: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=100), AfterValidator(_placeholder)], ...],
        Key(max_length=200),
    ] = Key(
        DEFAULT_PLACEHOLDERS,
        description='texts that mean "not filled in", as in `placeholders: [tbd, see *]`',
    )
    targets: dict[str, Target] = Key(
        {}, description="metrics and what they should reach, as in `completion_rate: 0.90`"
    )
    teams: dict[Name, Team] = Key({}, description="as in `sales: {lead: u17, manager: u4, executive: u1}`")
    segments: tuple[Name, ...] = Key((), description="as in `segments: [small, mid_market, enterprise]`")
    amount_bands: tuple[AmountBand, ...] = Key((), description="as in `- {name: small, below: 10000}`")
    motions: tuple[Line, ...] = Key(
        (), description="sales motions as packets name them, as in `motions: [new_business, expansion]`"
    )
    signals: dict[Name, Signal] = Key(
        {}, description="as in `champion_departed: {actions: {new_business: {team: sales, do: …}}}`"
    )
    accounts: Accounts = Key(
        Accounts(), description="as in `accounts: {started: hubspot.company.lifecyclestage = customer}`"
    )
    links: Links = Key(
        Links(),
        description="as in `links: {accounts: [{salesforce.Account.HubSpot_Id__c: hubspot.company}]}`",
    )
