"""How does a change reach the disk for good, and what does a person read when it does not?

In: files and folders of the ledger. Out: the same, synced; foreign errors (operating system, DuckDB, Arrow)
as one line of `LedgerError`. The only module of the ledger that renames, removes or syncs.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow

from contracts.errors import LedgerError

_REMEDIES = {
    errno.ENOSPC: "free space on that disk and run again",
    errno.EDQUOT: "free space in that quota and run again",
    errno.EACCES: "give this user the right to read and write there",
    errno.EPERM: "give this user the right to read and write there",
    errno.EROFS: "make that file system writable or set SEAMKEEPER_LEDGER to another folder",
    errno.ENOENT: "restore it from a backup, or check SEAMKEEPER_LEDGER",
    errno.ENOTDIR: "set SEAMKEEPER_LEDGER to a folder",
}

# A damaged file may break a reader anywhere, in any way; this is what Arrow and DuckDB were seen to raise.
UNREADABLE = (
    OSError,
    ValueError,
    MemoryError,
    OverflowError,
    RuntimeError,
    pyarrow.ArrowException,
    duckdb.Error,
)


@contextmanager
def explained(doing: str, where: Path) -> Iterator[None]:
    """Map foreign errors to LedgerError: what was being done, where, why it failed and what to do."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "check that disk and run again")
        raise LedgerError(
            f"could not {doing} {where}: {error.strerror or first_line(error)}; {remedy}"
        ) from error
    except (duckdb.Error, pyarrow.ArrowException) as error:
        remedy = "free space on that disk and run again" if "No space left" in str(error) else "run again"
        raise LedgerError(f"could not {doing} {where}: {first_line(error)}; {remedy}") from error


def first_line(error: Exception) -> str:
    """The first line of a foreign error, for a message of one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def sync_file(path: Path) -> None:
    """Bring a file's content to the disk."""
    _sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """Bring a folder's names to the disk: a rename or a removal counts only after this."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rename(temporary: Path, final: Path) -> None:
    """Give a synced file its name, for good."""
    temporary.replace(final)
    sync_folder(final.parent)


def remove(path: Path) -> None:
    """Remove a file, for good."""
    path.unlink()
    sync_folder(path.parent)


def write_line(path: Path, line: bytes) -> None:
    """Append one line and sync it; what a failed write left behind is taken back."""
    with path.open("ab", buffering=0) as file:
        size = file.tell()
        try:
            if file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError:
            os.truncate(path, size)
            raise


def cut(path: Path, size: int) -> None:
    """Shorten a file to `size` bytes, for good."""
    os.truncate(path, size)
    sync_file(path)
