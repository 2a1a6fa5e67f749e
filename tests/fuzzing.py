"""Does whatever stands in a contract or an event file end as we say? Files spoilt at random.

    python -m tests.fuzzing --seconds 600 [--seed N]     `make soak-hostile`

A contract is read, or refused by a ContractError in one line that can be shown. A file is read, or refused by a
SourceError in such a line, with none of its values in it. Anything else ends the run with the bytes and the seed.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from contracts import ContractError, load_catalogue
from contracts.errors import SourceError
from flows.sources.reading import EventFile, write_as_it_is, write_as_text
from flows.warehouse import Connection, connect
from tests.contracts.conftest import CONTRACT, ORGANISATION, Project

CANARY = "Zanzibar77"
EVENTS = [
    {"id": f"e-{n}", "source": "crm", "type": "handoff.field_set", "time": "2026-01-02", "subject": f"S {CANARY}",
     "value": f'["{CANARY}","x,y\\n\\"q\\""]', "actor": f"Zoë {CANARY}"}
    for n in range(3)
]  # fmt: skip
BITS = [
    b"\x00", b"\xff", b"\xed\xa0\x80", b'"', b"'", b"\n", b"\r", b"\r\n", b",", b";", b"\t", b"\\", b"\\ud800",
    b"\\u0000", b"{", b"}", b"[", b"]", b"NaN", b"1e999", b"9999-12-31T23:59:59Z", b"0001-01-01", b"\xef\xbb\xbf",
    b"\x1b[31m", b"null", b"{{ 1/0 }}", b'""', b"=1+1", b"\xe2\x80\xa8", b"'; drop table x; --", b"../../x",
]  # fmt: skip
YAML_BITS = [
    *BITS, b"&a ", b"*a ", b"!!x ", b"<<: ", b"- ", b": ", b"? ", b"%YAML 1.1\n", b"---\n", b"|", b">", b"#", b"@",
    b"`",
]  # fmt: skip


def event_files() -> dict[str, bytes]:
    """Name → a good file of each format; every text in them holds the canary."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(EVENTS[0]))
    writer.writeheader()
    writer.writerows(EVENTS)
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in EVENTS).encode()
    parquet = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(EVENTS), parquet)
    csv_ = text.getvalue().encode()
    return {
        "a.csv": csv_,
        "a.jsonl": lines,
        "a.parquet": parquet.getvalue(),
        "a.csv.gz": gzip.compress(csv_, mtime=0),
        "a.jsonl.gz": gzip.compress(lines, mtime=0),
    }


def spoilt(content: bytes, bits: list[bytes], chance: random.Random) -> bytes:
    """The same with a few places written over, and now and then its end missing."""
    spoilt = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 5])):
        at, length = chance.randrange(len(spoilt) + 1), chance.choice([0, 0, 1, 3, 20])
        spoilt[at : at + length] = (
            chance.choice(bits) if chance.random() < 0.8 else bytes([chance.randrange(256)])
        )
    return bytes(spoilt[: chance.randrange(len(spoilt) + 1)] if chance.random() < 0.1 else spoilt)


def read_or_refused(
    connection: Connection, folder: Path, name: str, content: bytes, ways: Sequence[bool] = (False, True)
) -> str:
    """How a file was refused, or nothing; as events, and (True) as a table. AssertionError if it ends otherwise."""
    path, refusal = folder / name, ""
    path.write_bytes(content)
    file = EventFile(path, name, name.split(".")[1])
    for as_it_is in ways:
        try:
            if as_it_is:
                write_as_it_is(connection, file, "crm", folder / "rows.parquet", name)
            else:
                write_as_text(connection, file, "crm", "run-1", folder / "rows.parquet")
        except SourceError as error:
            refusal = str(error)
            assert refusal.isprintable(), (name, refusal)
            assert len(refusal) < 1000, (name, refusal)
            assert CANARY not in refusal, (name, refusal)
    return refusal


def loaded_or_refused(project: Project, name: str, content: bytes) -> str:
    """How a project with this in one of its two files was refused, or nothing."""
    path = project.root / "contracts" / f"{name}.yaml"
    path.write_bytes(content)
    try:
        load_catalogue(project.root)
    except ContractError as error:
        assert str(error).isprintable(), str(error)
        assert len(str(error)) < 2000, str(error)
        return str(error)
    finally:
        for whole, text in (("organisation", ORGANISATION), ("sales_to_delivery", CONTRACT)):
            project.write(whole, text)
    return ""


def main() -> None:
    """Spoil and check until the time is over; the first thing that does not end as promised is printed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = random.randrange(2**32) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    chance, until, number, refused = random.Random(seed), time.monotonic() + options.seconds, 0, 0
    files = event_files()
    texts = {"sales_to_delivery": CONTRACT.encode(), "organisation": ORGANISATION.encode()}
    with TemporaryDirectory() as folder, connect(None) as connection:
        project = Project(Path(folder))
        while time.monotonic() < until:
            number += 1
            name = chance.choice([*files, *texts])
            content = spoilt(files.get(name) or texts[name], BITS if name in files else YAML_BITS, chance)
            try:
                refused += bool(
                    read_or_refused(connection, Path(folder), name, content)
                    if name in files
                    else loaded_or_refused(project, name, content)
                )
            except Exception:
                print(f"seed {seed}, number {number}: {name} = {content!r}", file=sys.stderr)
                raise
    print(f"{number:,} spoilt files: {refused:,} refused, {number - refused:,} read; nothing else")


if __name__ == "__main__":
    main()
