"""How is a vendor's source tried? Nights that pull an emulated vendor into a home, and its staging without dbt.

night = Night("salesforce", served, settings, url=served.url)
night.pull(), night.records(), night.events()
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from flows import warehouse
from flows.settings import Settings, Source
from flows.sources import KINDS, Pulled, Pulling, pull
from tests.conftest import ROOT
from tests.plain_sql import PlainSql

SEEN_AT = datetime(2026, 6, 1, tzinfo=UTC)
_COLUMNS = "id, type, time, account, object, subject, field, value, actor, team, detail"


class Night:
    """A vendor, and a home to pull it into."""

    def __init__(self, kind: str, served: Any, settings: Settings, **options: object) -> None:
        defaults = {
            name: option.default for name, option in KINDS[kind].options.items() if option.default is not None
        }
        self.served, self.settings, self.runs = served, settings, 0
        self.source = Source(kind, kind, options={**defaults, **options})

    def pull(self) -> Pulled:
        """One night's pull, a day after the one before."""
        self.runs += 1
        fresh = not self.settings.working_database.exists()
        pulling = Pulling(self.settings, f"run-{self.runs}", fresh, SEEN_AT + timedelta(days=self.runs))
        return pull(self.source, pulling)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the working database."""
        with closing(warehouse.connect(self.settings.working_database)) as connection:
            return connection.execute(query).fetchall()

    def records(self) -> list[tuple[Any, ...]]:
        """Everything that was pulled so far."""
        return self.ask(
            f"SELECT object, id, changed_at, content FROM raw_{self.source.kind}.records ORDER BY ALL"
        )

    def recorded(self) -> None:
        """As if everything had been recorded."""
        self.ask(f"UPDATE raw_{self.source.kind}.records SET _is_new = false")
        self.served.requests.clear()

    def events(self, where: str = "true") -> list[dict[str, Any]]:
        """The event rows that staging makes of what is new, without what is null."""
        kind = self.source.kind
        PlainSql(Settings(ROOT, self.settings.home, self.settings.ledger)).build(
            [f"path:models/staging/{kind}"]
        )
        with closing(warehouse.connect(self.settings.working_database)) as connection:
            query = f"SELECT {_COLUMNS} FROM raw_{kind}.events WHERE {where} ORDER BY _row"
            found = connection.execute(query).fetchall()
        names = _COLUMNS.split(", ")
        return [
            {name: told for name, told in zip(names, row, strict=True) if told is not None} for row in found
        ]
