"""Is every row still what was sealed, and if not, which is the first that is not?

In: the chain and its segments. Out: what they prove, or LedgerError naming segment and row. Every row hash is
computed again from the row, so a changed row is found even where root and file digest were made to fit. A row whose
payload was forgotten has a hash and no salt: it is proved by the file's digest, which a record in the ledger holds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet

from contracts.errors import LedgerError
from flows.ledger import chain, forgetting, segments
from flows.ledger.chain import Link
from flows.ledger.columns import row_hash
from flows.ledger.durable import UNREADABLE, explained, first_line
from flows.ledger.forgetting import Left
from flows.ledger.memory import memory

_REMEDY = "restore the ledger from a backup"


@dataclass(frozen=True)
class Verified:
    """A ledger that is intact: rows and segments proved, and the head that stands for them.

    `forgotten` rows have no payload any more. The files `undone` hold again what was forgotten: a backup was restored.
    """

    rows: int
    segments: int
    head: str
    forgotten: int = 0
    undone: tuple[Path, ...] = ()


def verify_chain(lines: Path, path_of: Callable[[int], Path], known: Mapping[str, str]) -> Verified:
    """Prove chain, files, order and every row hash; heads that somebody kept (→ who) must all be among the chain's.

    Raises LedgerError naming the first bad segment and row.
    """
    links = chain.read(lines)
    if not links:
        raise LedgerError(f"{lines.parent}: there is no ledger yet; run `seamkeeper run`")
    recorded = forgetting.records([path_of(link.seq) for link in links if path_of(link.seq).exists()])
    last, forgotten, undone = 0, 0, []
    for link in links:
        path, left = path_of(link.seq), recorded.get(link.seq, [])
        proof, now = verify_segment(path, link, last, left)
        last = proof.last_position
        forgotten += now.rows if now else 0
        if left and now != left[-1]:
            undone.append(path)
    heads = {link.head for link in links}
    for head, keeper in known.items():
        if head not in heads:
            raise LedgerError(
                f"{lines} has no line with the head {head}, which {keeper} kept: lines were lost "
                f"or written anew since; {_REMEDY}"
            )
    rows = sum(link.rows for link in links)
    return Verified(rows, len(links), links[-1].head, forgotten, tuple(undone))


def verify_segment(
    path: Path, link: Link, after: int, left: Sequence[Left] = ()
) -> tuple[segments.Proof, Left | None]:
    """Prove one segment whose positions must all lie behind `after`; and what of `left` it holds now, if any.

    Raises LedgerError naming the segment and its first bad row (rows count from 1).
    """
    if not path.exists():
        raise LedgerError(f"{path} is missing: segment {link.seq} of {link.rows} rows; {_REMEDY}")
    with explained("read", path):
        digest = segments.file_digest(path)
    now = next((one for one in reversed(left) if one.sha256 == digest), None)
    try:
        bad = _first_bad_row(path, may_be_forgotten=bool(left))
        proof = segments.prove(path, after) if bad is None else None
    except LedgerError:
        raise
    except UNREADABLE as error:
        raise LedgerError(_unreadable(path, link, error, bool(left))) from error
    if proof is None:
        raise LedgerError(f"{_place(path, link)}, row {bad}: the row does not match its hash; {_REMEDY}")
    if proof.rows != link.rows:
        raise LedgerError(f"{_place(path, link)} has {proof.rows} rows, sealed were {link.rows}; {_REMEDY}")
    if proof.root != link.root:
        raise LedgerError(f"{_place(path, link)}: these are not the rows that were sealed; {_REMEDY}")
    if now is None and digest != link.sha256:
        what = "not as forgetting left it: a row without payload was changed, or emptied by somebody else"
        raise LedgerError(
            f"{_place(path, link)}: {what if left else 'every row is intact, the file around them is not'}; {_REMEDY}"
        )
    return proof, now


def _place(path: Path, link: Link) -> str:
    return f"{path} (segment {link.seq})"


def _first_bad_row(path: Path, may_be_forgotten: bool) -> int | None:
    rows = f"(select * from read_parquet({segments.pattern(path)}, file_row_number = true))"
    with memory() as connection:
        return _lowest_mismatch(connection, rows, may_be_forgotten)


def _lowest_mismatch(connection: duckdb.DuckDBPyConnection, rows: str, may_be_forgotten: bool) -> int | None:
    computed = row_hash("lower(hex(salt))")
    proved = "and salt is not null" if may_be_forgotten else ""
    query = f"select min(file_row_number) from {rows} where hash is distinct from {computed} {proved}"
    ((index,),) = connection.execute(query).fetchall()
    return None if index is None else int(index) + 1


def _unreadable(path: Path, link: Link, error: BaseException, may_be_forgotten: bool) -> str:
    """What to say about a file that cannot be read to its end: its first bad or unreadable row."""
    try:
        with pyarrow.parquet.ParquetFile(path) as file, memory() as connection:
            start = 0
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                found = _first_bad_in_group(file, group, connection, may_be_forgotten)
                if found is not None:
                    where, what = found
                    return f"{_place(path, link)}, row {start + where}{what}; {_REMEDY}"
                start += rows
    except UNREADABLE:
        pass  # not even the index of the file can be read
    reason = first_line(error) if isinstance(error, Exception) else "damaged"
    return f"{_place(path, link)}, row 1: the file cannot be read ({reason}); {_REMEDY}"


def _first_bad_in_group(
    file: pyarrow.parquet.ParquetFile,
    group: int,
    connection: duckdb.DuckDBPyConnection,
    may_be_forgotten: bool,
) -> tuple[int, str] | None:
    try:
        table = file.read_row_group(group, use_threads=False)
        numbers = pyarrow.array(range(len(table)), pyarrow.int64())
        connection.register("one_group", table.append_column("file_row_number", numbers))
        bad = _lowest_mismatch(connection, "one_group", may_be_forgotten)
    except UNREADABLE as error:
        return 1, f" or after it cannot be read ({first_line(error)})"
    return None if bad is None else (bad, ": the row does not match its hash")
