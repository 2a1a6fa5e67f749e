"""Append the rows of a Parquet file to a ledger, as a process that can be killed.

Arguments: folder, file, before which sync, rename or write it kills itself (0: never), and after how many
bytes of the chain line (0: never).
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from flows.ledger import Ledger, durable

folder, batch, fatal, torn = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
steps = 0


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(function):
    def wrapped(*arguments):
        global steps
        steps += 1
        if steps == fatal:
            die()
        return function(*arguments)

    return wrapped


def tear(path, line):
    with path.open("ab") as file:
        file.write(line[:torn])
    die()


os.fsync = deadly(os.fsync)
durable.rename = deadly(durable.rename)
durable.write_line = tear if torn else deadly(durable.write_line)

connection = duckdb.connect()
connection.execute("set TimeZone = 'UTC'")
connection.execute(f"create table events as from read_parquet('{batch}')")
ledger = Ledger(folder)
print("ready", flush=True)
ledger.append(connection, "events", "run-killed", datetime(2026, 7, 1, tzinfo=UTC))
