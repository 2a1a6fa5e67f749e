"""Where do events come from: the kinds of sources, what `sources.toml` says of them, and the pull.

In: `sources.toml` and whatever a source reads. Out: rows of text in `raw_<kind>.events`. A kind is a module
with the options it takes and a function `pull`. Only this folder imports dlt, and only when something is
pulled.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from re import fullmatch
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.errors import ConfigurationError
from flows.settings import Settings, Source
from flows.sources import events, simulator
from flows.sources.loading import Pulled
from flows.sources.options import Option, checked

__all__ = ["KINDS", "Kind", "Pulled", "check", "pull", "read_sources"]


@dataclass(frozen=True)
class Kind:
    """What a kind of source can be told, and how it is pulled."""

    options: Mapping[str, Option]
    pull: Callable[[Source, Settings, str, bool], Pulled]
    check: Callable[[Source, Settings], None] = lambda source, settings: None
    """Raises SourceError for what a pull would stumble over at once, if that can be told in a moment."""


KINDS: Final = {
    "events": Kind(events.OPTIONS, events.pull, events.check),
    "simulator": Kind(simulator.OPTIONS, simulator.pull),
}
COMMON: Final = {
    "kind": Option(str, required=True, choices=tuple(sorted(KINDS)), means="how the source is read"),
    "zone": Option(str, means="an IANA zone, as in Europe/Berlin"),
    "hourly": Option(bool, default=False, means="whether the hourly flow pulls it"),
    "decisions": Option(str, choices=("trusted",), means="whether a decision counts whoever made it"),
}
RESERVED: Final = ("seamkeeper",)  # the source of our own acts


def pull(source: Source, settings: Settings, run_id: str, fresh: bool) -> Pulled:
    """Load what is new at this source into `raw_<kind>.events`, as text.

    `fresh`: the working database was just created, so everything is new. Raises SourceError if the source
    cannot be read (nothing is loaded then) and WarehouseError if the rows cannot be written.
    """
    return KINDS[source.kind].pull(source, settings, run_id, fresh)


def check(sources: Sequence[Source], settings: Settings) -> None:
    """What can be said of sources without pulling.

    Raises ConfigurationError if there is none, SourceError if one has nothing to pull.
    """
    if not sources:
        raise ConfigurationError(
            f"{settings.sources_file}: names no source; write one table per source, as in "
            '[crm] with kind = "events" and path = "exports/crm/*.csv"'
        )
    for source in sources:
        KINDS[source.kind].check(source, settings)


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
    return tuple(_source(file, name, table) for name, table in tables.items())


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
    told = checked(where, {**COMMON, **KINDS[str(kind)].options}, table)
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
