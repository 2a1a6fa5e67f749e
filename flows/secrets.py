"""What opens a source or a desk: secrets, which never stand in a TOML file.

In: the names of a kind's secrets, and for each an environment variable (`token_env = "HUBSPOT_TOKEN"`) or a
Prefect block (`token_block = "hubspot-token"`); without either, the variable `<NAME>_<SECRET>`. Out: their
values, for one run. Nothing here is logged, kept or shown.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from contracts.errors import ConfigurationError
from flows.options import Option

ReadBlock = Callable[[str], str]


@dataclass(frozen=True)
class Place:
    """Whose secrets are read: a `source` or a `desk`, its name, and what its table says."""

    what: str
    name: str
    options: Mapping[str, object]


def options_of(secrets: Mapping[str, str]) -> dict[str, Option]:
    """The options that say where each secret is: `<name>_env` and `<name>_block`."""
    return {
        f"{name}_{place}": Option(str, means=f"the {what} with {means}")
        for name, means in secrets.items()
        for place, what in (("env", "environment variable"), ("block", "Prefect Secret block"))
    }


def read(
    place: Place, names: Iterable[str], environ: Mapping[str, str], read_block: ReadBlock
) -> dict[str, str]:
    """The values of the secrets of a source or desk.

    Raises ConfigurationError, naming the variable or block, for one that is not there.
    """
    # a line end is of the file that it was read from
    return {name: _value(place, name, environ, read_block).rstrip("\r\n") for name in names}


def no_blocks(block: str) -> str:
    """Reads no block: Prefect is there in a run only."""
    raise ConfigurationError(
        f"the Prefect block {block} is read by a run only; name an environment variable with `…_env`"
    )


def _value(place: Place, name: str, environ: Mapping[str, str], read_block: ReadBlock) -> str:
    if block := place.options.get(f"{name}_block"):
        return read_block(str(block))
    variable = str(place.options.get(f"{name}_env") or f"{place.name}_{name}".upper())
    if value := environ.get(variable):
        return value
    raise ConfigurationError(
        f"{place.what} {place.name}: the environment variable {variable} is not set; set it to its {name}, "
        f"or name another with `{name}_env`, or a Prefect Secret block with `{name}_block`"
    )
