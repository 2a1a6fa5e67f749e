"""How do most tests run the models? dbt's models rendered and executed here, in a quarter of the time that dbt takes.

    transformer = PlainSql(settings)  # in the place of flows.transform.Transformer
    transformer.build(transform.SHAPE)

On a handful of packets most of a night is dbt's own. What the models say is rendered as dbt does it, as far as they go
(macros, `ref`, `source`, `config`, `return`, enforced column types), each text once per process, and run on the same
DuckDB file in the same order; tests declared in YAML are left out. test_plain_sql.py holds both ways against each
other, table by table; the simulated company and whatever starts from a flow or the command line run with dbt itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import yaml

from flows import warehouse
from flows.settings import Settings

_MACRO = re.compile(r"{%-? *macro (\w+).*?endmacro *-?%}", re.DOTALL)
_GUESSED = ["BOOLEAN", "INTEGER", "DOUBLE", "DATE", "TIMESTAMP", "VARCHAR"]
"""What dbt takes an undeclared column of a seed for: whole numbers are of 32 bits."""
_SCHEMAS = {"staging": "stage", "intermediate": "shape", "handoffs": "handoffs", "scorecards": "marts"}
"""Folder of models → its schema, as dbt_project.yml says."""
_MARK = re.compile("\x02(\\w+)\x03")


class _Returned(Exception):
    """dbt's `return` leaves a macro with a value that is no text."""

    def __init__(self, value: Any) -> None:
        self.value = value


@dataclass(frozen=True)
class _Rendered:
    """A model's SQL with marks where other models are named, and what its `config` says."""

    sql: str
    reads: tuple[str, ...]
    config: dict[str, str] = field(default_factory=dict)


class PlainSql:
    """The models of one project on one working database, without dbt."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._project = settings.project / "dbt_project"

    def parse(self) -> None:
        """Nothing to do: a model is rendered when it is built."""

    def build(self, selection: Sequence[str], progress: Callable[[str], None] | None = None) -> None:
        """Load the selected seeds, make the selected models: those that others read before those."""
        chosen = [self._project / each.removeprefix("path:") for each in selection]
        declared = _declared(_text_of(self._project / "models", "*.yml", separator="\n---\n"))
        models = self._models()
        places = self._places(models)
        wanted = [
            name
            for name, model in models.items()
            if any(model.path == each or each in model.path.parents for each in chosen)
        ]
        with closing(
            warehouse.connect(self._settings.working_database, settings=self._settings)
        ) as connection:
            connection.execute("SET asof_loop_join_threshold = 0")  # as profiles.yml says
            if self._project / "seeds" in chosen:
                _load_seeds(connection, self._project / "seeds")
            for name in _in_order(wanted, models):
                model, place = models[name], places[name]
                connection.execute("CREATE SCHEMA IF NOT EXISTS " + place.partition(".")[0])
                for statement in _statements(model.kind, place, model.query(places), declared.get(name)):
                    connection.execute(statement)
                if progress is not None:
                    progress(name)

    def queries(self) -> dict[str, str]:
        """Every model's query, by its name."""
        models = self._models()
        places = self._places(models)
        return {name: model.query(places) for name, model in models.items()}

    def _models(self) -> dict[str, _Model]:
        macros = _text_of(self._project / "macros", "*.sql")
        paths = sorted((self._project / "models").rglob("*.sql"))
        return {
            path.stem: _Model(path, _rendered(macros, path.read_text(encoding="utf-8"))) for path in paths
        }

    def _places(self, models: dict[str, _Model]) -> dict[str, str]:
        """Schema and name of every seed and model."""
        seeds = {path.stem: f"contracts.{path.stem}" for path in (self._project / "seeds").glob("*.csv")}
        return seeds | {name: model.place for name, model in models.items()}


@dataclass(frozen=True)
class _Model:
    """A model of a project: its file, and what it says."""

    path: Path
    rendered: _Rendered

    @property
    def kind(self) -> str:
        """`table` or `view`, as dbt_project.yml and the model's own `config` say."""
        return self.rendered.config.get("materialized", "view" if "staging" in self.path.parts else "table")

    @property
    def place(self) -> str:
        """Its schema and name, as the same two say."""
        schema = next(_SCHEMAS[part] for part in reversed(self.path.parts) if part in _SCHEMAS)
        config = self.rendered.config
        return f"{config.get('schema', schema)}.{config.get('alias', self.path.stem)}"

    def query(self, places: dict[str, str]) -> str:
        """Its SQL, the models it reads named by their places."""
        return _MARK.sub(lambda found: places[found[1]], self.rendered.sql)


def _statements(kind: str, place: str, sql: str, columns: dict[str, str] | None) -> Iterator[str]:
    """One view or table; where the types are promised, a table of those types filled by name."""
    if kind == "view":
        yield f"CREATE OR REPLACE VIEW {place} AS {sql}"
    elif columns is None:
        yield f"CREATE OR REPLACE TABLE {place} AS {sql}"
    else:
        typed = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
        names = ", ".join(f'"{name}"' for name in columns)
        yield f"CREATE OR REPLACE TABLE {place} ({typed})"
        yield f"INSERT INTO {place} ({names}) SELECT {names} FROM (\n{sql}\n)"


def _in_order(wanted: Sequence[str], models: dict[str, _Model]) -> list[str]:
    """Models after those they read."""
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in wanted and name not in order:
            for other in models[name].rendered.reads:
                visit(other)
            order[name] = None

    for name in wanted:
        visit(name)
    return list(order)


def _load_seeds(connection: Any, folder: Path) -> None:
    """Every CSV file as a table, with the declared types; dbt takes empty cells for null, too."""
    types = _seed_types((folder / "_seeds.yml").read_text(encoding="utf-8"))
    connection.execute("CREATE SCHEMA IF NOT EXISTS contracts")
    for path in sorted(folder.glob("*.csv")):
        told = ", ".join(f"'{name}': '{type_}'" for name, type_ in types.get(path.stem, {}).items())
        declared = f", types = {{{told}}}" if told else ""
        connection.execute(
            f"CREATE OR REPLACE TABLE contracts.{path.stem} AS "
            f"SELECT * FROM read_csv('{path}', header = true, auto_type_candidates = {_GUESSED}{declared})"
        )


def _text_of(folder: Path, pattern: str, separator: str = "\n") -> str:
    return separator.join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob(pattern)))


@cache
def _seed_types(text: str) -> dict[str, dict[str, str]]:
    seeds = yaml.safe_load(text)["seeds"]
    return {seed["name"]: seed.get("config", {}).get("column_types", {}) for seed in seeds}


@cache
def _declared(text: str) -> dict[str, dict[str, str]]:
    """Column types of the models that promise them."""
    models = [model for document in yaml.safe_load_all(text) for model in document.get("models", ())]
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model["columns"]}
        for model in models
        if model.get("config", {}).get("contract", {}).get("enforced")
    }


@cache
def _rendered(macros: str, text: str) -> _Rendered:
    """The text as dbt renders it; other models stay marked, for each project has schemas of its own."""
    return _renderer(macros).render(text)


class _Renderer:
    """Knows all macros, each as a template of its own, so that a call from one to the other comes through here."""

    def __init__(self, macros: str) -> None:
        self._environment = jinja2.Environment(extensions=["jinja2.ext.do"])  # noqa: S701 (SQL, no HTML)
        self._environment.globals |= {"source": "{}.{}".format, "return": _give_back}
        self._environment.globals |= {"ref": self._ref, "config": self._configure}
        for found in _MACRO.finditer(macros):
            self._environment.globals[found[1]] = self._macro(found[1], found[0])

    def render(self, text: str) -> _Rendered:
        self._reads: list[str] = []
        self._config: dict[str, str] = {}
        sql = self._environment.from_string(text).render()
        return _Rendered(sql, tuple(self._reads), self._config)

    def _ref(self, name: str) -> str:
        self._reads.append(name)
        return f"\x02{name}\x03"

    def _configure(self, **told: str) -> str:
        self._config.update(told)
        return ""

    def _macro(self, name: str, text: str) -> Callable[..., Any]:
        template = cache(lambda: self._environment.from_string(text))

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return str(getattr(template().module, name)(*args, **kwargs))
            except _Returned as returned:
                return returned.value

        return call


_renderer = cache(_Renderer)


def _give_back(value: Any) -> None:
    raise _Returned(value)
