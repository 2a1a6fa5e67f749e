"""Which contract versions and calendars were ever in use, and how does the ledger keep them?

In: documents as (type, subject, digest, canonical JSON), type `contract.recorded` or `calendar.recorded`,
subject `<handoff>@<version>` or the calendar's name. Out: ledger rows of source `seamkeeper`, and the digests
already there. So everything can be rebuilt from the ledger, and changed text under a version already recorded
is noticed.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows.ledger.columns import HASHED
from flows.ledger.memory import memory
from flows.ledger.segments import pattern

if TYPE_CHECKING:
    import duckdb

SOURCE = "seamkeeper"
_RELATION = "documents_to_append"


def create_relation(
    connection: "duckdb.DuckDBPyConnection",
    documents: Sequence[tuple[str, str, str, str]],
    recorded_at: datetime,
) -> str:
    """Create a temporary table of these documents as ledger rows and return its name."""
    names = [name for name in HASHED if name not in ("position", "recorded_at", "run_id")]
    columns = ", ".join(f'"{name}" {HASHED[name]}' for name in names)
    connection.execute(f"create or replace temporary table {_RELATION} ({columns})")
    connection.executemany(
        f"""
        insert into {_RELATION} by name
        select $type || ':' || $subject || ':' || $digest as id, $source as source, $type as type,
            $recorded_at::timestamptz as "time", $subject as subject, $digest as value, $content as detail,
            1 as revision, $source as origin, 'instant' as time_precision""",
        [
            {
                "type": kind,
                "subject": subject,
                "digest": digest,
                "content": content,
                "source": SOURCE,
                "recorded_at": recorded_at,
            }
            for kind, subject, digest, content in documents
        ],
    )
    return _RELATION


def read_digests(files: Sequence[Path], event_type: str) -> dict[str, set[str]]:
    """The digests recorded per subject for one type of document."""
    if not files:
        return {}
    listed = ", ".join(pattern(path) for path in files)
    with memory() as connection:
        rows = connection.execute(
            f"select distinct subject, value from read_parquet([{listed}]) "
            "where source = $source and type = $type",
            {"source": SOURCE, "type": event_type},
        ).fetchall()
    digests: dict[str, set[str]] = {}
    for subject, digest in rows:
        digests.setdefault(subject, set()).add(digest)
    return digests
