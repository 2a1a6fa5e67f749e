"""What would the same outputs cost in SQL written by hand? The *.sql files beside this one, in a process of its own.

In: the raw tables as pulled, the compiled seeds, a folder to write into. Out: `ledger.parquet`, a working database with
the fact tables, a generation, and one JSON object on standard output: seconds, processor seconds and peak memory of
each file.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

import duckdb

FILES = sorted(Path(__file__).parent.glob("*.sql"))


def run(raw: Path, seeds: Path, out: Path, as_of: str) -> dict[str, dict[str, object]]:
    out.mkdir(parents=True)
    values = {
        "seeds": str(seeds),
        "out": str(out),
        "as_of": as_of,
        "run_id": "by-hand",
        "secret": "".join(f"\\x{byte:02X}" for byte in os.urandom(32)),
    }
    measured: dict[str, dict[str, object]] = {}
    limit = os.environ.get("SEAMKEEPER_MEMORY_LIMIT") or "4GB"
    with duckdb.connect(
        out / "work.duckdb", config={"memory_limit": limit, "temp_directory": str(out / "spill")}
    ) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH '{raw}' AS raw (READ_ONLY)")
        for file in FILES:
            measured[file.stem] = _timed(connection, file, values)
    return measured


def _timed(connection: duckdb.DuckDBPyConnection, file: Path, values: dict[str, str]) -> dict[str, object]:
    """Run one file, statement by statement; the ten slowest statements are named."""
    sql = file.read_text(encoding="utf-8")
    for name, value in values.items():
        sql = sql.replace(f"{{{name}}}", value)
    wall, processor = time.perf_counter(), time.process_time()
    statements: list[tuple[float, str]] = []
    for statement in connection.extract_statements(sql):
        before = time.perf_counter()
        connection.execute(statement)
        statements.append((time.perf_counter() - before, _title(statement.query)))
    return {
        "seconds": time.perf_counter() - wall,
        "processor": time.process_time() - processor,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "slowest": sorted(statements, reverse=True)[:10],
    }


def _title(query: str) -> str:
    lines = [line for line in query.strip().splitlines() if line and not line.startswith("--")]
    return lines[0][:60] if lines else ""


if __name__ == "__main__":
    raw, seeds, out = (Path(argument) for argument in sys.argv[1:4])
    print(json.dumps(run(raw, seeds, out, sys.argv[4])))
