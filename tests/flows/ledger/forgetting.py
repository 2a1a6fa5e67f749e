"""Forget the payload of a Parquet file's positions in a ledger, as a process that can be killed.

Arguments: folder, file, and before which sync, rename, removal or write it kills itself (0: never).
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from flows.ledger import Ledger, durable

folder, remains, fatal = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
steps = 0


def deadly(function):
    def wrapped(*arguments):
        global steps
        steps += 1
        if steps == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments)

    return wrapped


os.fsync = deadly(os.fsync)
durable.rename = deadly(durable.rename)
durable.write_line = deadly(durable.write_line)

connection = duckdb.connect()
connection.execute("set TimeZone = 'UTC'")
connection.execute(f"create table remains as from read_parquet('{remains}')")
Ledger(folder).forget(connection, "remains", {}, "run-forget", datetime(2026, 7, 2, tzinfo=UTC))
print("done", flush=True)
