"""Is a ledger of Seamkeeper intact? An answer that needs nothing of Seamkeeper: Python and pyarrow.

    python verify_ledger.py FOLDER [HEAD]

FOLDER holds chain.jsonl and segments/. Computes again every head, file digest, root and row hash, in order, and prints
rows and last head; with HEAD (an anchor, or `ledger_head.head` of a generation) also proves that history still contains
what was so then. Exit code 0: intact; 1: one line says what is not.

A row's hash is SHA-256 over its salt in lower-case hex, then every column in order: text as `<bytes>:<text>`
(`-1:` for null), numbers as `<digits>:` (`:` for null), instants as microseconds since 1970, likewise.
"""

import hashlib
import json
import sys
from pathlib import Path

import pyarrow
import pyarrow.parquet

COLUMNS = [
    "position", "recorded_at", "run_id", "origin", "revision", "supersedes", "id", "source", "type",
    "time", "sequence", "account", "motion", "object", "handoff", "subject", "cycle", "field",
    "value", "actor", "team", "reason", "detail", "time_precision",
]  # fmt: skip
NUMBERS = {"position", "recorded_at", "revision", "supersedes", "time", "sequence", "cycle"}


class Damaged(Exception):
    """What is wrong, and where."""


def verify(folder: Path, known: str | None = None) -> tuple[int, str]:
    """Rows and last head of an intact ledger; raises Damaged for the first thing that is not as it was sealed."""
    previous, rows, last, heads = "0" * 64, 0, 0, set()
    for number, line in enumerate((folder / "chain.jsonl").read_text(encoding="utf-8").splitlines()):
        link = json.loads(line)
        head = link.pop("head")
        text = json.dumps(link, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if head != hashlib.sha256(text.encode()).hexdigest():
            raise Damaged(f"chain.jsonl, line {number + 1}: its head does not match it")
        if (link["previous"], link["seq"]) != (previous, number):
            raise Damaged(f"chain.jsonl, line {number + 1}: does not follow from the line before it")
        last = verify_segment(folder / "segments" / f"{number:06}.parquet", link, last)
        previous, rows = head, rows + link["rows"]
        heads.add(head)
    if known is not None and known not in heads:
        raise Damaged(f"no line has the head {known}: history was cut off or written anew since")
    return rows, previous


def verify_segment(path: Path, link: dict[str, object], last: int) -> int:
    """The last position of an intact segment, whose positions all lie behind `last`."""
    if link["sha256"] != hashlib.sha256(path.read_bytes()).hexdigest():
        raise Damaged(f"{path.name}: the file is not the one that was sealed")
    root, row_number = hashlib.sha256(), 0
    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches():
            for row in instants_as_numbers(batch).to_pylist():
                row_number += 1
                text = row["salt"].hex() + "".join(canonical(name, row[name]) for name in COLUMNS)
                if row["hash"] != hashlib.sha256(text.encode()).digest():
                    raise Damaged(f"{path.name}, row {row_number}: does not match its hash")
                if row["position"] <= last:
                    raise Damaged(f"{path.name}, row {row_number}: out of order")
                last = row["position"]
                root.update(row["hash"])
    if (link["rows"], link["root"]) != (row_number, root.hexdigest()):
        raise Damaged(f"{path.name}: these are not the rows that were sealed")
    return last


def instants_as_numbers(batch: pyarrow.RecordBatch) -> pyarrow.Table:
    """The same rows with instants as microseconds since 1970."""
    table = pyarrow.Table.from_batches([batch])
    for index, field in enumerate(table.schema):
        if pyarrow.types.is_timestamp(field.type):
            table = table.set_column(index, field.name, table.column(index).cast(pyarrow.int64()))
    return table


def canonical(name: str, value: object) -> str:
    """One column of the text that a row's hash covers."""
    if name in NUMBERS:
        return ":" if value is None else f"{value}:"
    return "-1:" if value is None else f"{len(str(value).encode())}:{value}"


if __name__ == "__main__":
    try:
        print(*verify(Path(sys.argv[1]), *sys.argv[2:3]))  # noqa: T201
    except (Damaged, OSError, ValueError, KeyError) as error:
        sys.exit(f"not intact: {error}")
