"""Does a pull bring the tables of a real Postgres, once, merged by key, and end in one line where it cannot?"""

import json
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.errors import ConfigurationError, SourceError
from flows import warehouse
from flows.settings import Source
from flows.sources import Pulling, check, pull, read_sources, staging_of
from tests.flows.sources.postgres import cluster

SEEN_AT = datetime(2026, 6, 1, tzinfo=UTC)
DEALS = """
DROP SCHEMA IF EXISTS crm CASCADE;
CREATE SCHEMA crm;
CREATE TABLE crm.deal (id bigint PRIMARY KEY, stage text, amount numeric(18, 2), odds numeric, closes date,
    score double precision, tags text[], extra jsonb, code uuid, waits interval, updated_at timestamptz);
INSERT INTO crm.deal
SELECT n, 'open', n * 1.25, 1.0 / 3, date '2026-01-01' + n, n / 2.0, ARRAY['a', 'b'], '{"a": [1]}',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', interval '2 hours',
    timestamptz '2026-03-01T00:00:00Z' + n * interval '1 hour'
FROM generate_series(1, 100) AS n;
CREATE TABLE crm.stage (id text, label text);
INSERT INTO crm.stage VALUES ('open', 'Open'), ('won', 'Won');
CREATE TABLE crm.nobody (id bigint PRIMARY KEY, name text);
"""
TABLES = {"deal": {"cursor": "updated_at"}, "stage": {"key": "id"}, "nobody": {}}


@pytest.fixture(scope="module")
def postgres():
    with cluster() as running:
        yield running


class Night:
    """A database, and a home to pull it into."""

    def __init__(self, settings, url, monkeypatch):
        monkeypatch.setenv("CRM_URL", url)
        self.settings, self.runs = settings, 0
        self.options = {"schema": "crm", "tables": TABLES, "overlap_minutes": 60}
        folder = settings.project / "dbt_project" / "models" / "staging" / "crm"
        folder.mkdir(parents=True)
        (folder / "stg_crm__events.sql").touch()

    def pull(self, **options):
        self.runs += 1
        source = Source("crm", "sql", options={**self.options, **options})
        at = SEEN_AT + timedelta(days=self.runs)
        return pull(source, Pulling(self.settings, f"run-{self.runs}", started_at=at))

    def ask(self, query):
        with closing(warehouse.connect(self.settings.working_database)) as connection:
            return connection.execute(query).fetchall()

    def new(self, table="deal"):
        """The rows that wait for staging."""
        return [id_ for (id_,) in self.ask(f"SELECT id FROM raw_crm.{table} WHERE _is_new ORDER BY id")]

    def recorded(self):
        with closing(warehouse.connect(self.settings.working_database)) as connection:
            warehouse.settle(connection, ["crm"])


@pytest.fixture
def night(postgres, settings, monkeypatch):
    postgres.run(DEALS)
    return Night(settings, postgres.url(), monkeypatch)


def test_a_pull_brings_every_table_with_its_columns_and_types(night):
    assert night.pull().rows == 102
    types = dict(night.ask("SELECT column_name, column_type FROM (DESCRIBE raw_crm.deal)"))
    assert types == {
        "id": "BIGINT", "stage": "VARCHAR", "amount": "DECIMAL(18,2)", "odds": "VARCHAR", "closes": "DATE",
        "score": "DOUBLE", "tags": "VARCHAR", "extra": "VARCHAR", "code": "VARCHAR", "waits": "VARCHAR",
        "updated_at": "TIMESTAMP WITH TIME ZONE", "_origin": "VARCHAR", "_run_id": "VARCHAR",
        "_pulled_at": "TIMESTAMP WITH TIME ZONE", "_is_new": "BOOLEAN", "_before": "VARCHAR",
    }  # fmt: skip
    assert night.ask("SELECT * EXCLUDE (_pulled_at) FROM raw_crm.deal WHERE id = 4") == [
        (
            4, "open", 5, "0.33333333333333333333", date(2026, 1, 5), 2.0, '["a","b"]', '{"a":[1]}',
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "02:00:00", datetime(2026, 3, 1, 4, tzinfo=UTC), "crm",
            "run-1", True, None,
        )
    ]  # fmt: skip
    assert night.ask("SELECT count(*) FROM raw_crm.nobody") == [(0,)]


def test_a_second_pull_brings_what_changed_and_what_was_loaded_late(night, postgres):
    night.pull()
    night.recorded()
    postgres.run("""
        UPDATE crm.deal SET stage = 'won', updated_at = '2026-03-06T00:00:00Z' WHERE id = 7;
        INSERT INTO crm.deal (id, updated_at) VALUES (200, '2026-03-05T03:30:00Z'), (300, NULL);
        INSERT INTO crm.deal (id, updated_at) VALUES (1000, '2026-03-04T00:00:00Z')""")
    pulled = night.pull()
    assert (pulled.rows, night.new()) == (3, [7, 200, 300])  # 1000 came later than the overlap is long
    assert night.ask("SELECT stage, _run_id FROM raw_crm.deal WHERE id = 7") == [("won", "run-2")]
    assert night.ask("SELECT count(*), count(DISTINCT id) FROM raw_crm.deal") == [(102, 102)]


def test_a_row_keeps_what_was_last_recorded_of_it(night, postgres):
    def before():
        ((told,),) = night.ask("SELECT _before FROM raw_crm.deal WHERE id = 7")
        return told and json.loads(told)["stage"]

    stages = []
    for stage, is_recorded in (("won", False), ("lost", True), ("won", False), ("open", True)):
        postgres.run(f"UPDATE crm.deal SET stage = '{stage}', updated_at = now() WHERE id = 7")
        night.pull()
        stages.append(before())
        if is_recorded:
            night.recorded()
    assert stages == [None, None, "lost", "lost"]


def test_a_longer_overlap_finds_what_came_later_still(night, postgres):
    night.pull()
    postgres.run("INSERT INTO crm.deal (id, updated_at) VALUES (1000, '2026-03-04T00:00:00Z')")
    assert night.pull(overlap_minutes=3000).rows == 1


def test_one_cursor_that_lies_ahead_hides_nothing(night, postgres):
    postgres.run("INSERT INTO crm.deal (id, updated_at) VALUES (999, '2199-01-01T00:00:00Z')")
    night.pull()
    postgres.run("INSERT INTO crm.deal (id, updated_at) VALUES (1000, '2026-06-02T23:30:00Z')")
    assert night.pull().rows == 1


def test_nothing_new_is_no_news(night):
    night.pull()
    night.recorded()
    assert (night.pull().rows, night.new()) == (0, [])
    assert night.ask("SELECT DISTINCT _run_id FROM raw_crm.deal") == [("run-1",)]


def test_a_table_without_a_cursor_is_read_whole_each_time(night, postgres):
    night.pull()
    night.recorded()
    postgres.run("UPDATE crm.stage SET label = 'Closed won' WHERE id = 'won'")
    assert (night.pull().rows, night.new("stage")) == (1, ["won"])


def test_a_row_that_a_loader_only_loaded_again_is_no_news(night, postgres):
    postgres.run(
        "ALTER TABLE crm.deal ADD COLUMN _fivetran_synced timestamptz DEFAULT '2026-04-01T00:00:00Z'"
    )
    told = {"tables": {"deal": {"cursor": "_fivetran_synced"}}}
    night.pull(**told)
    night.recorded()
    postgres.run("UPDATE crm.deal SET _fivetran_synced = '2026-05-01T00:00:00Z'")
    assert night.pull(**told).rows == 0
    assert night.ask("SELECT min(_fivetran_synced) FROM raw_crm.deal") == [
        (datetime(2026, 5, 1, tzinfo=UTC),)
    ]


def test_a_column_that_comes_or_goes_is_told(night, postgres):
    night.pull()
    postgres.run(
        "ALTER TABLE crm.deal DROP COLUMN tags; ALTER TABLE crm.deal ADD COLUMN owner text DEFAULT 'ann'"
    )
    pulled = night.pull(tables={"deal": {}})
    assert pulled.notes == ("column deal.owner is new", "column deal.tags is gone")
    assert night.ask("SELECT DISTINCT owner, tags FROM raw_crm.deal") == [("ann", None)]


def test_another_type_is_told_and_what_is_there_stays(night, postgres):
    night.pull()
    postgres.run(
        "ALTER TABLE crm.deal ALTER amount TYPE text, ALTER id TYPE numeric(30, 0);"
        "UPDATE crm.deal SET amount = 'a lot', updated_at = '2026-03-06' WHERE id = 4"
    )
    assert night.pull().notes == (
        "column deal.id: type was BIGINT and is DECIMAL(30,0)",
        "column deal.amount: type was DECIMAL(18,2) and is VARCHAR",
    )
    assert night.ask("SELECT id, amount FROM raw_crm.deal WHERE id IN (3, 4) ORDER BY id") == [
        (3, "3.75"), (4, "a lot"),
    ]  # fmt: skip
    assert night.pull().notes == ()


def test_a_key_that_does_not_tell_rows_apart_is_refused(night):
    with pytest.raises(
        SourceError, match=r"deal has 1 values of its key \(stage\) more than once; name in `key`"
    ):
        night.pull(tables={"deal": {"key": "stage"}})


def test_a_revoked_password_is_one_line_without_it(night, postgres):
    night.pull()
    postgres.run("ALTER ROLE postgres PASSWORD 'other'")
    try:
        with pytest.raises(
            SourceError, match=r"source crm: its database cannot be read .*authentication failed"
        ) as caught:
            night.pull()
    finally:
        password = postgres.password
        object.__setattr__(postgres, "password", "other")
        postgres.run(f"ALTER ROLE postgres PASSWORD '{password}'")
        object.__setattr__(postgres, "password", password)
    assert "\n" not in str(caught.value)
    assert password not in str(caught.value)


FAULTS = {
    "no such table": (
        {"tables": {"deals": {}}},
        r"the schema crm has no table deals; did you mean `deal`\?",
    ),
    "no key": ({"tables": {"stage": {}}}, r"the table stage has no primary key; say which columns"),
    "no such cursor": (
        {"tables": {"deal": {"cursor": "updated"}}},
        r"deal has no column `updated` for its cursor; did you mean `updated_at`\?",
    ),
    "no instants": (
        {"tables": {"deal": {"cursor": "id"}}},
        r"cursor `id` that holds no instants; name a column",
    ),
    "no such key": (
        {"tables": {"deal": {"key": ["id", "nr"]}}},
        r"the table deal has no column `nr`, which its `key` names",
    ),
    "no such schema": ({"schema": "sales"}, r"the schema sales has no table deal; correct `schema`"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_not_there_is_said_in_one_line(name, night):
    options, message = FAULTS[name]
    with pytest.raises(SourceError, match=message):
        night.pull(**options)


def test_a_user_who_may_not_read_is_told_so(night, postgres, monkeypatch):
    postgres.run("CREATE ROLE reader LOGIN PASSWORD 'reading-only'; GRANT USAGE ON SCHEMA crm TO reader")
    monkeypatch.setenv("CRM_URL", postgres.url("reader", "reading-only"))
    with pytest.raises(
        SourceError, match=r"the table \w+ cannot be read \(permission denied for table \w+\)"
    ):
        night.pull()
    postgres.run("DROP OWNED BY reader; DROP ROLE reader")


# -- without a server --------------------------------------------------------------------------------------------


@pytest.fixture
def light(settings, monkeypatch, tmp_path):
    """The same with SQLite."""
    import sqlite3

    night = Night(settings, f"sqlite:///{tmp_path / 'crm.sqlite'}", monkeypatch)
    night.options = {"tables": {"deal": {"cursor": "updated_at"}}, "overlap_minutes": 60}
    with closing(sqlite3.connect(tmp_path / "crm.sqlite", isolation_level=None)) as connection:
        connection.execute(
            "CREATE TABLE deal (id INTEGER PRIMARY KEY, amount NUMERIC(9, 2), updated_at TIMESTAMP)"
        )
        connection.execute("INSERT INTO deal VALUES (1, 2.5, '2026-01-01 00:00:00.000001'), (2, NULL, NULL)")
        yield night, connection.execute


def test_any_database_that_sqlalchemy_reaches_is_read(light):
    light, tell = light
    assert light.pull().rows == 2
    light.recorded()
    tell("INSERT INTO deal VALUES (3, 1, '2026-01-02 00:00:00')")
    assert (light.pull().rows, light.new()) == (1, [3])
    assert light.ask("SELECT updated_at::VARCHAR FROM raw_crm.deal WHERE id = 1") == [
        ("2026-01-01 00:00:00.000001",)
    ]


def test_a_value_that_is_not_of_its_type_is_named_by_table_and_column_and_not_shown(light):
    light, tell = light
    tell("CREATE TABLE odd (id INTEGER PRIMARY KEY, seats INTEGER)")
    tell("INSERT INTO odd VALUES (1, 'Ann Smith')")
    with pytest.raises(
        SourceError, match=r"source crm: the table odd: the column seats has values"
    ) as caught:
        light.pull(tables={"odd": {}})
    assert "Ann" not in str(caught.value)
    tell("INSERT INTO deal VALUES (3, 1, 'Ann Smith')")
    with pytest.raises(SourceError, match=r"source crm: the table deal has values that do not fit") as caught:
        light.pull()
    assert "Ann" not in str(caught.value)


URLS = {
    "nonsense": r"source crm: its URL is none that SQLAlchemy knows; write it as in postgresql://",
    "quacksql://host/db": r"SQLAlchemy knows no `quacksql`, which its URL begins with; correct it, or install",
    "mysql+pymysql://host/db": r"the driver for its URL is not installed \(No module named 'pymysql'\)",
    "postgresql://reader:opensesame@127.0.0.1:1/db": r"its database cannot be read \(.*refused",
}


@pytest.mark.parametrize("url", URLS)
def test_a_url_that_leads_nowhere_is_one_line(url, light, monkeypatch):
    pytest.importorskip("psycopg")
    monkeypatch.setenv("CRM_URL", url)
    with pytest.raises(SourceError, match=URLS[url]) as caught:
        light[0].pull()
    assert "opensesame" not in str(caught.value)


def test_without_a_folder_that_stages_its_tables_a_source_is_refused(settings):
    source = Source("crm_dump", "sql", options={"tables": {"deal": {}}})
    message = r"models/staging/crm_dump/stg_crm_dump__events.sql is missing; write this model, .*docs/tables"
    with pytest.raises(SourceError, match=message):
        check([source], settings)


def test_tables_are_configured_one_per_line(settings):
    settings.sources_file.write_text(
        '[crm_dump]\nkind = "sql"\nschema = "crm"\n'
        '[crm_dump.tables]\ndeal = {key = "id", cursor = "updated_at"}\nlink = {key = ["deal", "company"]}\n'
    )
    (source,) = read_sources(settings)
    assert source.options["tables"] == {
        "deal": {"key": "id", "cursor": "updated_at"},
        "link": {"key": ["deal", "company"]},
    }
    assert source.options["overlap_minutes"] == 1440
    assert staging_of([source]) == ("crm_dump",)


WRONG = {
    'tables = ["deal"]': r"\[crm\]: `tables` is \['deal'\]; write a table: one entry per table",
    "[crm.tables]\ndeal = 3": r"\[crm.tables\]: `deal` is 3; write a table: its key and its cursor",
    '[crm.tables]\n"my deal" = {}': r"\[crm.tables\]: `my deal` is no name for a table; use letters",
    '[crm.tables]\ndeal = {cursr = "x"}': r"\[crm.tables.deal\]: unknown key `cursr`; did you mean `cursor`\?",
    "[crm.tables]\ndeal = {key = 3}": r"\[crm.tables.deal\]: `key` is 3; write a text or a list of texts",
    "[crm.tables]\ndeal = {key = []}": r"\[crm.tables.deal\]: `key` is \[\]; write a text or a list of texts",
    'layout = "fivetran_hubspt"': r"`layout` is 'fivetran_hubspt'; did you mean `fivetran_hubspot`\?",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_refused_with_its_place(text, settings):
    settings.sources_file.write_text(f'[crm]\nkind = "sql"\n{text}\n')
    with pytest.raises(ConfigurationError, match=WRONG[text]):
        read_sources(settings)


REFUSED = {
    '[hubspot]\nkind = "sql"\n[hubspot.tables]\ndeal = {}\n': "the staging folder hubspot is not yours to write",
    '[quarantine]\nkind = "sql"\n[quarantine.tables]\ndeal = {}\n': "the staging folder quarantine is not yours",
    '[a]\nkind = "sql"\nlayout = "fivetran_hubspot"\n[hubspot]\nkind = "hubspot"\n': "both tell the records of hubspot",
    '[a]\nkind = "sql"\nlayout = "fivetran_zendesk"\n[b]\nkind = "sql"\nlayout = "fivetran_zendesk"\n': (
        "a and b are both of layout fivetran_zendesk"
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_sources_that_would_get_into_each_others_way_are_refused(text, settings):
    settings.sources_file.write_text(text)
    with pytest.raises(ConfigurationError, match=REFUSED[text]):
        read_sources(settings)


def test_no_table_and_a_table_of_our_own_are_refused(settings):
    with pytest.raises(
        ConfigurationError, match=r"\[crm\]: names no table; write one per line under \[crm.tables\]"
    ):
        check([Source("crm", "sql")], settings)
    with pytest.raises(ConfigurationError, match=r"\[crm.tables\]: `events` is a table of our own"):
        check([Source("crm", "sql", options={"tables": {"events": {}}})], settings)
