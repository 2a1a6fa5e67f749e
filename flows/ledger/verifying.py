"""Is every row still what was sealed, and if not, which is the first that is not?

In: a segment and its chain link. Out: its proof, or LedgerError naming segment and row. Every row hash is
computed again from the row, so a changed row is found even where root and file digest were made to fit.
"""

from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet

from contracts.errors import LedgerError
from flows.ledger import segments
from flows.ledger.chain import Link
from flows.ledger.columns import row_hash
from flows.ledger.durable import explained, first_line
from flows.ledger.memory import memory

_REMEDY = "restore the ledger from a backup"
# A damaged file may break a reader anywhere, in any way; this is what Arrow and DuckDB were seen to raise.
_UNREADABLE = (
    OSError,
    ValueError,
    MemoryError,
    OverflowError,
    RuntimeError,
    pyarrow.ArrowException,
    duckdb.Error,
)


def verify_segment(path: Path, link: Link, after: int) -> segments.Proof:
    """Prove one segment whose positions must all lie behind `after`.

    Raises LedgerError naming the segment and its first bad row (rows count from 1).
    """
    if not path.exists():
        raise LedgerError(f"{path} is missing: segment {link.seq} of {link.rows} rows; {_REMEDY}")
    with explained("read", path):
        is_as_sealed = segments.file_digest(path) == link.sha256
    try:
        bad = _first_bad_row(path)
        proof = segments.prove(path, after) if bad is None else None
    except LedgerError:
        raise
    except _UNREADABLE as error:
        raise LedgerError(_unreadable(path, link, error)) from error
    if proof is None:
        raise LedgerError(f"{_place(path, link)}, row {bad}: the row does not match its hash; {_REMEDY}")
    if proof.rows != link.rows:
        raise LedgerError(f"{_place(path, link)} has {proof.rows} rows, sealed were {link.rows}; {_REMEDY}")
    if proof.root != link.root:
        raise LedgerError(f"{_place(path, link)}: these are not the rows that were sealed; {_REMEDY}")
    if not is_as_sealed:
        raise LedgerError(
            f"{_place(path, link)}: every row is intact, the file around them is not; {_REMEDY}"
        )
    return proof


def _place(path: Path, link: Link) -> str:
    return f"{path} (segment {link.seq})"


def _first_bad_row(path: Path) -> int | None:
    with memory() as connection:
        return _lowest_mismatch(
            connection, f"(select * from read_parquet({segments.pattern(path)}, file_row_number = true))"
        )


def _lowest_mismatch(connection: duckdb.DuckDBPyConnection, rows: str) -> int | None:
    computed = row_hash("lower(hex(salt))")
    query = f"select min(file_row_number) from {rows} where hash is distinct from {computed}"
    ((index,),) = connection.execute(query).fetchall()
    return None if index is None else int(index) + 1


def _unreadable(path: Path, link: Link, error: BaseException) -> str:
    """What to say about a file that cannot be read to its end: its first bad or unreadable row."""
    try:
        with pyarrow.parquet.ParquetFile(path) as file, memory() as connection:
            start = 0
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                found = _first_bad_in_group(file, group, connection)
                if found is not None:
                    where, what = found
                    return f"{_place(path, link)}, row {start + where}{what}; {_REMEDY}"
                start += rows
    except _UNREADABLE:
        pass  # not even the index of the file can be read
    reason = first_line(error) if isinstance(error, Exception) else "damaged"
    return f"{_place(path, link)}, row 1: the file cannot be read ({reason}); {_REMEDY}"


def _first_bad_in_group(
    file: pyarrow.parquet.ParquetFile, group: int, connection: duckdb.DuckDBPyConnection
) -> tuple[int, str] | None:
    try:
        table = file.read_row_group(group, use_threads=False)
        numbers = pyarrow.array(range(len(table)), pyarrow.int64())
        connection.register("one_group", table.append_column("file_row_number", numbers))
        bad = _lowest_mismatch(connection, "one_group")
    except _UNREADABLE as error:
        return 1, f" or after it cannot be read ({first_line(error)})"
    return None if bad is None else (bad, ": the row does not match its hash")
