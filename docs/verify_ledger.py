"""Is a ledger of Seamkeeper intact? An answer that needs nothing of Seamkeeper: Python and pyarrow.

    python verify_ledger.py FOLDER [HEAD]

FOLDER holds chain.jsonl and segments/. Computes again every head, file digest, root and row hash, in order, and prints
rows and last head; with HEAD (an anchor, or `ledger_head.head` of a generation) also proves that history still contains
what was so then. Exit code 0: intact; 1: one line says what is not.

A row's hash is SHA-256 over its salt in lower-case hex, then every column in order: text as `<bytes>:<text>`
(`-1:` for null), numbers as `<digits>:` (`:` for null), instants as microseconds since 1970, likewise. A row whose
payload was forgotten has no salt; its file's digest is in a row of type `payload.forgotten`.
"""

import hashlib
import json
import sys
from pathlib import Path

import pyarrow
import pyarrow.parquet

COLUMNS = [
    "position", "recorded_at", "run_id", "origin", "revision", "supersedes", "id", "source", "type", "time",
    "sequence", "account", "motion", "object", "handoff", "subject", "cycle", "field", "value", "actor", "team",
    "reason", "detail", "time_precision",
]  # fmt: skip
NUMBERS = {"position", "recorded_at", "revision", "supersedes", "time", "sequence", "cycle"}


class Damaged(Exception):
    """What is wrong, and where."""


def verify(folder: Path, known: str | None = None) -> tuple[int, str]:
    """Rows and last head of an intact ledger; raises Damaged for something that is not as it was sealed."""
    links, heads = [], ["0" * 64]
    for number, line in enumerate((folder / "chain.jsonl").read_text(encoding="utf-8").splitlines()):
        link = json.loads(line)
        head = link.pop("head")
        text = json.dumps(link, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if head != hashlib.sha256(text.encode()).hexdigest():
            raise Damaged(f"chain.jsonl, line {number + 1}: its head does not match it")
        if (link["previous"], link["seq"]) != (heads[-1], number):
            raise Damaged(f"chain.jsonl, line {number + 1}: does not follow from the line before it")
        links.append(link)
        heads.append(head)
    if known is not None and known not in heads[1:]:
        raise Damaged(f"no line has the head {known}: history was cut off or written anew since")
    first, anew = 2**63, set[str]()
    for link in reversed(links):  # what was forgotten in a segment, later ones tell
        first = verify_segment(folder / "segments" / f"{link['seq']:06}.parquet", link, first, anew)
    return sum(link["rows"] for link in links), heads[-1]


def verify_segment(path: Path, link: dict[str, object], end: int, anew: set[str]) -> int:
    """The first position of an intact segment, whose positions all lie before `end`; adds what it tells to `anew`."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != link["sha256"] and digest not in anew:
        raise Damaged(f"{path.name}: the file is not the one that was sealed")
    root, positions = hashlib.sha256(), [0]
    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches():
            for row in instants_as_numbers(batch).to_pylist():
                text = (row["salt"] or b"").hex() + "".join(canonical(name, row[name]) for name in COLUMNS)
                is_itself = row["hash"] == hashlib.sha256(text.encode()).digest()
                if not is_itself and (row["salt"] or digest not in anew):
                    raise Damaged(f"{path.name}, row {len(positions)}: does not match its hash")
                if not positions[-1] < row["position"] < end:
                    raise Damaged(f"{path.name}, row {len(positions)}: out of order")
                if (row["source"], row["type"]) == ("seamkeeper", "payload.forgotten"):
                    anew |= {one["sha256"] for one in json.loads(row["detail"])["segments"]}
                positions.append(row["position"])
                root.update(row["hash"])
    if (link["rows"], link["root"]) != (len(positions) - 1, root.hexdigest()):
        raise Damaged(f"{path.name}: these are not the rows that were sealed")
    return [*positions, end][1]


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
