"""What opens a source: secrets, which never stand in `sources.toml`.

In: the names of a kind's secrets, and for each an environment variable (`token_env = "HUBSPOT_TOKEN"`) or a
Prefect block (`token_block = "hubspot-token"`); without either, the variable `<SOURCE>_<SECRET>`. Out: their
values, for one pull. Nothing here is logged, kept or shown.
"""

from collections.abc import Callable, Iterable, Mapping

from contracts.errors import ConfigurationError
from flows.settings import Source
from flows.sources.options import Option

ReadBlock = Callable[[str], str]


def options_of(secrets: Mapping[str, str]) -> dict[str, Option]:
    """The options that say where each secret is: `<name>_env` and `<name>_block`."""
    return {
        f"{name}_{place}": Option(str, means=f"the {what} with {means}")
        for name, means in secrets.items()
        for place, what in (("env", "environment variable"), ("block", "Prefect Secret block"))
    }


def read(
    source: Source, names: Iterable[str], environ: Mapping[str, str], read_block: ReadBlock
) -> dict[str, str]:
    """The values of a source's secrets.

    Raises ConfigurationError, naming the variable or block, for one that is not there.
    """
    return {name: _value(source, name, environ, read_block) for name in names}


def _value(source: Source, name: str, environ: Mapping[str, str], read_block: ReadBlock) -> str:
    if block := source.options.get(f"{name}_block"):
        return read_block(str(block))
    variable = variable_of(source, name)
    if value := environ.get(variable):
        return value
    raise ConfigurationError(
        f"source {source.name}: the environment variable {variable} is not set; set it to its {name}, "
        f"or name another with `{name}_env`, or a Prefect Secret block with `{name}_block`"
    )


def variable_of(source: Source, name: str) -> str:
    """The environment variable that holds a secret of this source."""
    return str(source.options.get(f"{name}_env") or f"{source.name}_{name}".upper())
