"""Where do events come from: the kinds of sources, what `sources.toml` says of them, and the pull.

In: `sources.toml` and whatever a source reads. Out: rows of text in `raw_<kind>.events`, or raw tables that a
folder of `models/staging` turns into them. A kind is a module with the options it takes and a function `pull`.
Only this folder imports dlt, and only when something is pulled.
"""

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from re import fullmatch
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.errors import ConfigurationError, NotAllowedError
from flows import secrets
from flows.options import Option, checked
from flows.settings import Settings, Source
from flows.sources import (
    events,
    files,
    hubspot,
    hubspot_samples,
    hubspot_writing,
    salesforce,
    salesforce_samples,
    salesforce_writing,
    simulator,
    sql,
    writing,
    zendesk,
    zendesk_samples,
    zendesk_writing,
)
from flows.sources.layouts import LAYOUTS, folder_of
from flows.sources.pulling import Pulled, Pulling
from flows.sources.reconciling import Keys, Reconciled, compare, mark_gone
from flows.sources.sampling import Sample, Skipped, Take

__all__ = [
    "KINDS",
    "Kind",
    "Pulled",
    "Pulling",
    "Reconciled",
    "Sample",
    "Skipped",
    "check",
    "mark_gone",
    "pull",
    "read_sources",
    "reconcile",
    "sample",
    "staging_of",
    "writer",
]


@dataclass(frozen=True)
class Kind:
    """What a kind of source can be told, and how it is pulled."""

    options: Mapping[str, Option]
    pull: Callable[[Source, Pulling], Pulled]
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Name → what it is, in words; `sources.toml` only says where each is kept."""
    is_api: bool = False
    """A vendor's API: staged by the folder of its kind, and only one of them, as two would share ids."""
    has_tables: bool = False
    """Raw tables with columns of their own: staged by the folder of their layout, or of the source's name."""
    sample: Take | None = None
    keys: Keys | None = None
    write: writing.Open | None = None
    unseen: timedelta = timedelta()
    """Of the time before a pull, what the source does not show it yet."""
    check: Callable[[Source, Settings], None] = lambda source, settings: None
    """Raises SourceError for what a pull would stumble over at once, if that can be told in a moment."""


KINDS: Final = {
    "events": Kind(events.OPTIONS, events.pull, check=events.check),
    "files": Kind(files.OPTIONS, files.pull, has_tables=True, check=files.check),
    "hubspot": Kind(
        hubspot.OPTIONS,
        hubspot.pull,
        hubspot.SECRETS,
        is_api=True,
        sample=hubspot_samples.sample,
        keys=hubspot_samples.keys,
        write=hubspot_writing.HubSpotRecords,
    ),
    "salesforce": Kind(
        salesforce.OPTIONS,
        salesforce.pull,
        salesforce.SECRETS,
        is_api=True,
        sample=salesforce_samples.sample,
        keys=salesforce_samples.keys,
        write=salesforce_writing.SalesforceRecords,
    ),
    "simulator": Kind(simulator.OPTIONS, simulator.pull),
    "sql": Kind(sql.OPTIONS, sql.pull, sql.SECRETS, has_tables=True, check=sql.check),
    "zendesk": Kind(
        zendesk.OPTIONS,
        zendesk.pull,
        zendesk.SECRETS,
        is_api=True,
        sample=zendesk_samples.sample,
        keys=zendesk_samples.keys,
        write=zendesk_writing.ZendeskTickets,
        unseen=zendesk.UNSEEN,
        check=zendesk.check,
    ),
}
COMMON: Final = {
    "kind": Option(str, required=True, choices=tuple(sorted(KINDS)), means="how the source is read"),
    "zone": Option(str, means="an IANA zone, as in Europe/Berlin"),
    "hourly": Option(bool, default=False, means="whether the hourly flow pulls it"),
    "decisions": Option(str, choices=("trusted",), means="whether a decision counts whoever made it"),
}
RESERVED: Final = ("seamkeeper",)  # the source of our own acts
# raw schemas and staging folders of ours
TAKEN: Final = (*KINDS, *LAYOUTS, "quarantine", "inbox", *(layout.system for layout in LAYOUTS.values()))


def pull(source: Source, pulling: Pulling, read_block: secrets.ReadBlock | None = None) -> Pulled:
    """Load what is new at this source into its raw tables.

    Raises ConfigurationError if a secret is missing, SourceError if the source cannot be read (nothing is loaded
    then) and WarehouseError if the rows cannot be written.
    """
    return KINDS[source.kind].pull(source, _unlocked(source, pulling, read_block))


def sample(source: Source, pulling: Pulling, most: int) -> tuple[list[Sample], list[Skipped]]:
    """So many records of each type, for `discover`, and what no right was granted for.

    Raises ConfigurationError for a kind that cannot be asked, SourceError if it fails or no type may be seen.
    """
    take = KINDS[source.kind].sample
    if take is None:
        raise ConfigurationError(
            f"source {source.name}: kind {source.kind} cannot be discovered; {_can('sample')}"
        )
    found = list(take(source, _unlocked(source, pulling, None), most))
    samples = [one for one in found if isinstance(one, Sample)]
    skipped = [one for one in found if isinstance(one, Skipped)]
    if skipped and not samples:
        raise NotAllowedError(skipped[0].reason)
    return samples, skipped


def writer(source: Source, pulling: Pulling, read_block: secrets.ReadBlock | None = None) -> writing.Writer:
    """What writes into this source's records. Raises ConfigurationError if a secret is missing, SourceError."""
    opened = KINDS[source.kind].write
    if opened is None:
        raise ConfigurationError(
            f"source {source.name}: kind {source.kind} cannot be written; {_can('write')}"
        )
    return opened(source, _unlocked(source, pulling, read_block))


def reconcile(source: Source, pulling: Pulling) -> Reconciled:
    """What the source has against what pulls brought. Raises ConfigurationError for a kind that cannot be asked."""
    keys = KINDS[source.kind].keys
    if keys is None:
        raise ConfigurationError(
            f"source {source.name}: kind {source.kind} cannot be reconciled; {_can('keys')}"
        )
    told = keys(source, _unlocked(source, pulling, None))
    return compare(source, pulling.settings, told, KINDS[source.kind].unseen)


def _can(what: str) -> str:
    return f"kinds that can: {', '.join(name for name, kind in KINDS.items() if getattr(kind, what))}"


def _unlocked(source: Source, pulling: Pulling, read_block: secrets.ReadBlock | None) -> Pulling:
    return replace(pulling, secrets=_secrets(source, read_block or secrets.no_blocks))


def _secrets(source: Source, read_block: secrets.ReadBlock) -> dict[str, str]:
    place = secrets.Place("source", source.name, source.options)
    return secrets.read(place, KINDS[source.kind].secrets, os.environ, read_block)


def staging_of(sources: Sequence[Source]) -> tuple[str, ...]:
    """The folders of `models/staging` that turn raw records of these sources into event rows."""
    return tuple(sorted({folder for source in sources if (folder := _staging_of(source))}))


def _staging_of(source: Source) -> str | None:
    kind = KINDS[source.kind]
    return source.kind if kind.is_api else folder_of(source) if kind.has_tables else None


def check(sources: Sequence[Source], settings: Settings) -> None:
    """What can be said of sources without pulling.

    Raises ConfigurationError if there is none or the environment variable of a secret is not set (only a run can
    read Prefect blocks: of those nothing is said), SourceError if one has nothing to pull.
    """
    if not sources:
        raise ConfigurationError(
            f"{settings.sources_file}: names no source; write one table per source, as in "
            '[crm] with kind = "events" and path = "exports/crm/*.csv"'
        )
    for source in sources:
        KINDS[source.kind].check(source, settings)
        _secrets(source, read_block=lambda block: block)


def read_sources(settings: Settings) -> tuple[Source, ...]:
    """What `sources.toml` configures, in its order.

    Raises ConfigurationError naming file, table, key and remedy.
    """
    file = settings.sources_file
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{file} is missing; write one table per source, as in the checkout"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{file}: cannot be read ({error}); mend it") from error
    sources = tuple(_source(file, name, table) for name, table in tables.items())
    _refuse_shared_records(file, sources)
    return sources


def _refuse_shared_records(file: Path, sources: Sequence[Source]) -> None:
    """Two sources of one system would share the ids of its records; a folder of staging reads one source."""
    for folder in staging_of(sources):
        names = [source.name for source in sources if _staging_of(source) == folder]
        if len(names) > 1:
            kind = "of layout" if folder in LAYOUTS else "of kind"
            raise ConfigurationError(
                f"{file}: {' and '.join(names)} are both {kind} {folder}, and their records would share ids; keep one"
            )
    for name, layout in LAYOUTS.items():
        told = {_staging_of(source): source.name for source in sources}
        if name in told and layout.system in told:
            raise ConfigurationError(
                f"{file}: {told[layout.system]} and {told[name]} both tell the records of {layout.system}, "
                "which would count twice; keep one"
            )
    for source in sources:
        if KINDS[source.kind].has_tables and not source.options.get("layout") and source.name in TAKEN:
            raise ConfigurationError(
                f"{file} [{source.name}]: the staging folder {source.name} is not yours to write; "
                "name the source otherwise"
            )


def _source(file: Path, name: str, table: object) -> Source:
    where = f"{file} [{name}]"
    if not isinstance(table, dict):
        raise ConfigurationError(f"{file}: `{name}` stands outside a table; put it under its source's [name]")
    if not fullmatch(r"[a-z][a-z0-9_]{0,47}", name) or name in RESERVED:
        raise ConfigurationError(
            f"{where}: no name for a source; use a-z, 0-9 and _ (not {', '.join(RESERVED)})"
        )
    # The kind first: it decides which other keys there are.
    kind = checked(where, {"kind": COMMON["kind"]}, {key: table[key] for key in table if key == "kind"})[
        "kind"
    ]
    described = KINDS[str(kind)]
    told = checked(where, {**COMMON, **described.options, **secrets.options_of(described.secrets)}, table)
    if (zone := told.get("zone")) is not None:
        _check_zone(where, str(zone))
    return Source(
        name=name,
        kind=str(kind),
        zone=told.get("zone"),  # type: ignore[arg-type]
        hourly=told["hourly"] is True,
        decisions=told.get("decisions"),  # type: ignore[arg-type]
        options={key: value for key, value in told.items() if key not in COMMON},
    )


def _check_zone(where: str, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigurationError(f"{where}: unknown zone `{zone}`; {COMMON['zone'].means}") from error
