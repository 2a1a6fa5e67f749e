"""How is a vendor's source tried? Nights that pull an emulated vendor into a home, and its staging without dbt.

    night = Night("salesforce", served, settings, url=served.url)
    night.pull(), night.records(), night.events()

Staging models are rendered as dbt does it, as far as they go: macros, `ref`, `source` and `config`.
"""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import jinja2

from flows import warehouse
from flows.settings import Settings, Source
from flows.sources import KINDS, Pulled, Pulling, pull
from tests.conftest import ROOT

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
        with closing(warehouse.connect(self.settings.working_database)) as connection:
            staged(connection, kind)
            query = f"SELECT {_COLUMNS} FROM stg_{kind}__events WHERE {where} ORDER BY _row"
            found = connection.execute(query).fetchall()
        names = _COLUMNS.split(", ")
        return [
            {name: told for name, told in zip(names, row, strict=True) if told is not None} for row in found
        ]


def staged(connection: Any, folder: str) -> None:
    """Make the models of a folder of staging, as temporary tables."""
    _staged(connection, folder, f"stg_{folder}__events", set())


def _staged(connection: Any, kind: str, model: str, done: set[str]) -> None:
    """Make a model, those it reads before it."""
    project = ROOT / "dbt_project"
    shared = [project / f"macros/{name}.sql" for name in ("raw_events", "layouts")]
    macros = "".join(
        path.read_text(encoding="utf-8")
        for path in (*shared, *sorted((project / "macros/engine").glob("*.sql")))
    )
    text = (project / f"models/staging/{kind}/{model}.sql").read_text(encoding="utf-8")
    for name in re.findall(r"stg_\w+", text.replace(f"'{kind}'", "")):
        if name.startswith(f"stg_{kind}__") and name not in done:
            _staged(connection, kind, name, done)
    listed = re.search(r"raw_events\('\w+', \[(.*?)\]", text, re.DOTALL)
    for name in re.findall(r"'(\w+)'", listed[1]) if listed else ():
        if f"stg_{kind}__{name}" not in done:
            _staged(connection, kind, f"stg_{kind}__{name}", done)
    done.add(model)
    told = {
        "ref": lambda name: name,
        "source": lambda schema, table: f"{schema}.{table}",
        "config": lambda **_: "",
    }
    rendered = jinja2.Environment().from_string(macros + text).render(told)  # noqa: S701 (SQL, no HTML)
    connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE {model} AS {rendered}")
