"""What is a pull told, and what does it answer? The run around one source, and the counts that come back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flows.settings import Settings


@dataclass(frozen=True)
class Pulling:
    """One run's pull: where state is kept, which run this is, and whom to tell how far it got.

    `fresh`: the working database was just created, so everything is new. `started_at`: what has no history at
    its source counts as seen from here on. `secrets` are this source's, by name.
    """

    settings: Settings
    run_id: str
    fresh: bool = False
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    report: Callable[[str], None] = lambda _: None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Pulled:
    """What one pull brought: rows laid down, files they came from and files left out because they are known.

    `notes` are for the person who reads the run: what changed in the shape of the source.
    """

    source: str
    rows: int
    files: int = 0
    skipped_files: int = 0
    notes: tuple[str, ...] = ()
