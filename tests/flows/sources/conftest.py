import csv
import gzip
import json
from contextlib import closing
from io import StringIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.settings import Source
from flows.sources import Pulling, pull
from flows.warehouse import EVENT_COLUMNS, connect

EVENTS: list[dict[str, str]] = [
    {"id": "e-1", "source": "crm", "type": "handoff.triggered", "time": "2026-01-02T03:04:05+01:00"},
    {
        "id": "e-2",
        "source": "crm",
        "type": "handoff.field_set",
        "time": "2026-01-03",
        "subject": "S-1",
        "field": "commitments",
        "value": '[{"kind":"verbal","text":"Über, „alles“; 東京"}]',
        "actor": 'Zoë, "Z"\nSmith',
    },
    {"id": "e-3", "source": "crm", "type": "handoff.crossed", "time": "2026-01-04T00:00:00Z"},
]


def write_bytes(path, text):
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def write_csv(path, events):
    names = list(dict.fromkeys(name for event in events for name in event))
    text = StringIO(newline="")
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(events)
    write_bytes(path, text.getvalue())


def write_jsonl(path, events):
    write_bytes(path, "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events))


def write_parquet(path, events):
    names = list(dict.fromkeys(name for event in events for name in event))
    pq.write_table(pa.table({name: [event.get(name) for event in events] for name in names}), path)


WRITERS = {
    "csv": write_csv,
    "csv.gz": write_csv,
    "jsonl": write_jsonl,
    "jsonl.gz": write_jsonl,
    "parquet": write_parquet,
}


@pytest.fixture
def exports(settings):
    """The folder that the source `crm` reads."""
    folder = settings.project / "exports"
    folder.mkdir()
    return folder


@pytest.fixture
def events():
    """Three events with what files get wrong: quotes, line ends, nested JSON, text beyond ASCII."""
    return [dict(event) for event in EVENTS]


@pytest.fixture
def write(exports, events):
    """Write a file of these events (the three above if none are given), in the format its name tells."""

    def write_file(name, some=None):
        path = exports / name
        WRITERS[name.partition(".")[2]](path, events if some is None else some)
        return path

    return write_file


@pytest.fixture
def pulled(settings):
    """Pull the source `crm` once: options → what was pulled."""

    def pull_once(run_id="run-1", fresh=False, **options):
        source = Source("crm", "events", options={"path": "exports", **options})
        return pull(source, Pulling(settings, run_id, fresh))

    return pull_once


@pytest.fixture
def rows(settings):
    """What stands in the raw table, in order: the given columns, all event columns if none."""

    def read(*names):
        selected = ", ".join(f'"{name}"' for name in names or EVENT_COLUMNS)
        with closing(connect(settings.working_database, settings=settings)) as connection:
            found = connection.execute(
                f"SELECT {selected} FROM raw_events.events ORDER BY _file, _row, _run_id"
            ).fetchall()
        return [row[0] for row in found] if len(names) == 1 else found

    return read
