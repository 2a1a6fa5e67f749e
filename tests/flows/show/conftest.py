from contextlib import closing
from datetime import UTC, datetime

import duckdb
import pytest

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
TABLES = """
    CREATE TABLE dim_handoff (
        handoff VARCHAR, number VARCHAR, title VARCHAR, is_current BOOLEAN, receiver_team VARCHAR
    );
    CREATE TABLE handoff_scorecard (
        handoff VARCHAR, dimension VARCHAR, grain VARCHAR, breakdown VARCHAR, metric VARCHAR, value DOUBLE,
        unit VARCHAR, status VARCHAR, n BIGINT, as_of TIMESTAMPTZ
    );
    CREATE TABLE handoff_packets (
        packet_id VARCHAR, handoff VARCHAR, subject_name VARCHAR, record_url VARCHAR, transitioned_at TIMESTAMPTZ,
        is_judged BOOLEAN, is_complete BOOLEAN, is_complete_now BOOLEAN
    );
    CREATE TABLE packet_fields (
        packet_id VARCHAR, field VARCHAR, state_at_transition VARCHAR, state_now VARCHAR, filled_at TIMESTAMPTZ,
        filled_by VARCHAR, is_filled_after_transition BOOLEAN
    );
"""


@pytest.fixture
def publish(settings):
    """Publish these rows as the current generation, and only the columns that are shown.

    scorecard: (number, title, metric, value, unit, status); packets and fields: as the tables above have them.
    """

    def publish(*scorecard, packets=(), fields=()):
        folder = settings.published / "current"
        folder.mkdir(parents=True)
        with closing(duckdb.connect(str(folder / "seamkeeper.duckdb"))) as database:
            database.execute(TABLES)
            for number, title in dict.fromkeys(row[:2] for row in scorecard):
                database.execute(
                    "INSERT INTO dim_handoff VALUES ($1, $1, $2, true, 'sales')", [number, title]
                )
            for number, _, metric, value, unit, status in scorecard:
                database.execute(
                    "INSERT INTO handoff_scorecard VALUES (?, 'all', 'all', '', ?, ?, ?, ?, 1234567, ?)",
                    [number, metric, value, unit, status, AS_OF],
                )
            for packet in packets:
                database.execute("INSERT INTO handoff_packets VALUES (?, ?, ?, ?, ?, ?, ?, ?)", packet)
            for field in fields:
                database.execute("INSERT INTO packet_fields VALUES (?, ?, ?, ?, ?, ?, ?)", field)
        return settings

    return publish
