"""How does payload leave history so that history still proves itself, and so that nobody can bring it back?

In: positions, and what is left of their payload. Out: their segments written anew, with rows, positions and hashes as
they were. The salt of such a row goes with its payload: its hash no longer proves what stood there, and is of no use
to who guesses. A record in the ledger (source `seamkeeper`, type `payload.forgotten`) holds the new files' digests, so
that what is left is proved by the chain, and a file that no record names is damage.

Each file is prepared beside the old one, then the record is sealed, then each takes the old one's name. Killed before
the record, nothing is forgotten; after it, `Ledger.recover` completes what is prepared.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.errors import LedgerError
from flows.ledger import durable, segments
from flows.ledger.chain import Link
from flows.ledger.columns import COLUMNS
from flows.ledger.documents import SOURCE
from flows.ledger.memory import memory

if TYPE_CHECKING:
    import duckdb

EVENT = "payload.forgotten"
"""The ledger's type of a record; its detail: what whoever forgot said of it, and `segments`."""
PAYLOAD = ("value", "actor", "reason", "detail")
"""The columns that forgetting may change; what happened, when, to which record and in which team stays."""


@dataclass(frozen=True)
class Left:
    """What forgetting left of a segment: how many of its rows have no salt any more, and the digest of its file."""

    segment: int
    rows: int
    sha256: str


def prepared(path: Path) -> Path:
    """Where a segment waits that is to take this one's place."""
    return path.with_name(f".{path.stem}.forgetting")


def affected(
    connection: "duckdb.DuckDBPyConnection", relation: str, paths: Sequence[Path]
) -> dict[Path, int]:
    """In which of these segments the relation's positions are, and how many of them in each."""
    files = ", ".join(segments.pattern(path) for path in paths)
    rows = connection.execute(
        f"select filename, count(*) from read_parquet([{files}], filename = true) "
        f"where position in (select position from {relation}) group by filename"
    ).fetchall()
    counts = {str(name): int(count) for name, count in rows}
    return {path: counts[str(path)] for path in paths if str(path) in counts}


def prepare(connection: "duckdb.DuckDBPyConnection", relation: str, path: Path, link: Link) -> Left:
    """Write a segment anew beside itself: rows of the relation (position and payload) have only that left.

    Raises LedgerError if its hashes are not those that were sealed: a damaged segment is not written anew.
    """
    payload = {name: f'then remains."{name}" else events."{name}" end' for name in PAYLOAD}
    payload["salt"] = "then null else events.salt end"
    columns = ", ".join(
        f'case when remains.position is not null {payload[name]} as "{name}"'
        if name in payload
        else f'events."{name}"'
        for name in COLUMNS
    )
    new = prepared(path)
    connection.execute(
        f"copy (select {columns} from read_parquet({segments.pattern(path)}) as events "
        f"left join {relation} as remains on events.position = remains.position order by events.position) "
        f"to {segments.literal(new)} ({segments.PARQUET})"
    )
    proof = segments.prove(new, after=0)
    if (proof.rows, proof.root) != (link.rows, link.root):
        raise LedgerError(
            f"{path} (segment {link.seq}): these are not the rows that were sealed; "
            "restore the ledger from a backup, then forget"
        )
    durable.sync_file(new)
    ((rows,),) = connection.execute(
        f"select count(*) from read_parquet({segments.pattern(new)}) where salt is null"
    ).fetchall()
    return Left(link.seq, int(rows), segments.file_digest(new))


def document(left: Iterable[Left], said: Mapping[str, str]) -> tuple[str, str, str, str]:
    """The record of what was forgotten, as a document of the ledger: nothing in it is about anybody."""
    content = json.dumps(
        {**said, "segments": [asdict(one) for one in left]},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return EVENT, "payload", hashlib.sha256(content.encode()).hexdigest(), content


def records(paths: Sequence[Path]) -> dict[int, list[Left]]:
    """What was forgotten in each segment, oldest record first.

    A file that cannot be read holds no record here: what is wrong with it, its own proof says.
    """
    found: dict[int, list[Left]] = {}
    with memory() as connection:
        for path in paths:
            try:
                rows = connection.execute(
                    f"select detail from read_parquet({segments.pattern(path)}) "
                    "where type = $type and source = $source order by position",
                    {"type": EVENT, "source": SOURCE},
                ).fetchall()
                told = [Left(**one) for (detail,) in rows for one in json.loads(detail)["segments"]]
            except (*durable.UNREADABLE, KeyError, TypeError):
                continue
            for one in told:
                found.setdefault(one.segment, []).append(one)
    return found


def complete(paths: Sequence[Path]) -> None:
    """Give every prepared segment that a record names its place, and delete the others: they were never decided on."""
    waiting = [path for path in paths if prepared(path).exists()]
    if not waiting:
        return
    recorded = records(paths)
    for path in waiting:
        left = recorded.get(int(path.stem), [])
        new = prepared(path)
        with durable.explained("complete forgetting in", path):
            if left and segments.file_digest(new) == left[-1].sha256:
                durable.rename(new, path)
            else:
                durable.remove(new)
