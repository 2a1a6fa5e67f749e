"""What has ever happened, immutably: how is history appended, read and proved?

In: events to append. Out: a folder of Parquet segments and the chain file that lists them; readers read
exactly what is listed. A segment exists once its complete, synced chain line does. To append: write a file,
sync, rename, sync the folder, write the chain line, sync. Killed anywhere in between, `recover` cuts a torn
line and deletes the orphan file.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.errors import LedgerError
from flows.ledger import chain, durable, forgetting, leftovers, revisions, segments, snapshots, waiting
from flows.ledger.chain import Link
from flows.ledger.columns import COLUMNS
from flows.ledger.documents import create_relation, read_digests
from flows.ledger.forgetting import Left
from flows.ledger.verifying import Verified, verify_chain

if TYPE_CHECKING:
    import duckdb


def _nothing() -> None:
    """What is checked before sealing if nobody asks for more."""


@dataclass(frozen=True)
class Sealed:
    """A segment that has just become part of history."""

    path: Path
    seq: int
    rows: int
    head: str


@dataclass(frozen=True)
class Extent:
    """How far history goes: its head, how many segments and rows, and when the last segment was sealed."""

    head: str
    segments: int
    rows: int
    last_sealed_at: datetime | None


class Ledger:
    """The ledger in a folder: `segments/NNNNNN.parquet`, `chain.jsonl` and `quarantine.parquet`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._chain = folder / "chain.jsonl"
        self._segments = folder / "segments"
        self._quarantine = folder / "quarantine.parquet"

    def recover(self) -> None:
        """Make the ledger ready for an append: found it if new, finish or undo what a killed run left behind.

        Only what the commit protocol can leave is undone; anything else is damage and raises LedgerError.
        """
        with durable.explained("create", self._segments):
            self._segments.mkdir(parents=True, exist_ok=True)
        chain.mend(self._chain)
        links = chain.read(self._chain)
        leftovers.delete(self._segments, len(links), self._chain)
        for link in links:
            if not self._path(link.seq).exists():
                raise LedgerError(
                    f"{self._path(link.seq)} is missing: segment {link.seq} of {link.rows} rows; "
                    "restore it from a backup"
                )
        forgetting.complete([self._path(link.seq) for link in links])
        if not links:
            with durable.explained("create", self._path(0)):
                segments.write_empty(self._temporary(0))
                self._seal(links, None, _nothing, after=0)
                durable.sync_folder(self.folder)

    def head(self) -> str:
        """The head that stands for all of history (zeros if there is none)."""
        links = chain.read(self._chain)
        return links[-1].head if links else chain.NO_HEAD

    def extent(self) -> Extent:
        """What the head stands for, as of now; the same until something is appended."""
        links = chain.read(self._chain)
        if not links:
            return Extent(chain.NO_HEAD, 0, 0, None)
        last = links[-1]
        sealed_at = datetime.fromisoformat(last.sealed_at)
        return Extent(last.head, len(links), sum(link.rows for link in links), sealed_at)

    def segments(self) -> list[Path]:
        """Exactly the files that are part of history, in order."""
        return [self._path(link.seq) for link in chain.read(self._chain)]

    def last_position(self) -> int:
        """The highest position in use (0 if there are no rows)."""
        for link in reversed(chain.read(self._chain)):
            if link.rows:
                with durable.explained("read", self._path(link.seq)):
                    return segments.last_position(self._path(link.seq))
        return 0

    def append(
        self,
        connection: "duckdb.DuckDBPyConnection",
        relation: str,
        run_id: str,
        recorded_at: datetime,
        before_sealing: Callable[[], None] = _nothing,
    ) -> Sealed | None:
        """Append a table or view, keeping its order; None if it has no rows.

        The relation has every column of the ledger but run_id, recorded_at, salt and hash; `position` is
        optional and must increase. `before_sealing` is called last before the segment gets its name, and may
        raise to stop that.
        """
        self.recover()
        return self._append(connection, relation, run_id, recorded_at, before_sealing)

    def places(self, connection: "duckdb.DuckDBPyConnection", relation: str) -> dict[Path, int]:
        """In which segments a relation's positions are, and how many in each."""
        with durable.explained("read", self._segments):
            return forgetting.affected(connection, relation, self.segments())

    def forget(
        self,
        connection: "duckdb.DuckDBPyConnection",
        relation: str,
        said: Mapping[str, str],
        run_id: str,
        recorded_at: datetime,
        before_sealing: Callable[[], None] = _nothing,
    ) -> tuple[Left, ...]:
        """Take payload out of history: what is left of each row (position and flows/ledger/forgetting.py's PAYLOAD).

        `said` goes into the record, so it must name nobody who is forgotten. Returns what is left per segment; none
        if the relation has no rows. Killed anywhere, `recover` completes it or nothing has happened.
        """
        self.recover()
        links = {self._path(link.seq): link for link in chain.read(self._chain)}
        with durable.explained("forget in", self._segments):
            found = forgetting.affected(connection, relation, list(links))
            left = tuple(forgetting.prepare(connection, relation, path, links[path]) for path in found)
            if left:
                record = create_relation(connection, [forgetting.document(left, said)], recorded_at)
                self._append(connection, record, run_id, recorded_at, before_sealing)
                connection.execute(f"drop table {record}")
        forgetting.complete(self.segments())
        return left

    def _append(
        self,
        connection: "duckdb.DuckDBPyConnection",
        relation: str,
        run_id: str,
        recorded_at: datetime,
        before_sealing: Callable[[], None],
    ) -> Sealed | None:
        links = chain.read(self._chain)
        temporary = self._temporary(len(links))
        with durable.explained("append to", self.folder):
            after = self.last_position()
            try:
                if not segments.write(connection, relation, temporary, run_id, recorded_at, after):
                    return None
                link = self._seal(links, run_id, before_sealing, after)
            finally:
                temporary.unlink(missing_ok=True)
        return Sealed(self._path(link.seq), link.seq, link.rows, link.head)

    def decide_revisions(self, connection: "duckdb.DuckDBPyConnection", table: str) -> None:
        """Decide for each row of a table whether it is known, or its revision (see revisions.py, snapshots.py)."""
        self.create_view(connection)
        with durable.explained("compare rows with", self._segments):
            is_empty = self.last_position() == 0
            history = "(from ledger.events where false)" if is_empty else "ledger.events"
            revisions.decide(connection, table, history)
            if not is_empty:
                snapshots.decide(connection, table, history)

    def create_view(self, connection: "duckdb.DuckDBPyConnection", known_at: datetime | None = None) -> None:
        """Create the view `ledger.events` over exactly the files that are part of history; of rows recorded by then."""
        files = ", ".join(segments.pattern(path) for path in self.segments())
        if not files:
            raise LedgerError(f"{self.folder}: there is no ledger yet; run `seamkeeper run`")
        columns = ", ".join(f'"{name}"' for name in COLUMNS)
        by = "" if known_at is None else f" where recorded_at <= timestamptz '{known_at.isoformat()}'"
        with durable.explained("read", self._segments):
            connection.execute("create schema if not exists ledger")
            connection.execute(
                f"create or replace view ledger.events as select {columns} from read_parquet([{files}]){by}"
            )

    def verify(self, known: Mapping[str, str] | None = None) -> Verified:
        """Prove chain, files, order and every row hash; heads that somebody kept must all be among the ledger's.

        `known`: head → who kept it. What an append under way or a killed one left behind is no damage. Raises
        LedgerError naming the first bad segment and row.
        """
        return verify_chain(self._chain, self._path, known or {})

    def record_documents(
        self,
        connection: "duckdb.DuckDBPyConnection",
        documents: Iterable[tuple[str, str, str, str]],
        run_id: str,
        recorded_at: datetime,
        before_sealing: Callable[[], None] = _nothing,
    ) -> Sealed | None:
        """Append the contract versions and calendars not yet recorded.

        Each is (type, subject, digest, canonical JSON); see flows/ledger/documents.py.
        """
        given = list(documents)
        recorded = {kind: self._digests(kind) for kind in {document[0] for document in given}}
        new = [
            (kind, subject, digest, content)
            for kind, subject, digest, content in dict.fromkeys(given)
            if digest not in recorded[kind].get(subject, ())
        ]
        if not new:
            return None
        with durable.explained("append documents to", self.folder):
            relation = create_relation(connection, new, recorded_at)
            try:
                return self.append(connection, relation, run_id, recorded_at, before_sealing)
            finally:
                connection.execute(f"drop table {relation}")

    def recorded_digests(self, kind: str) -> dict[str, set[str]]:
        """Which digests were ever recorded per subject; kind is `contract` or `calendar`."""
        return self._digests(f"{kind}.recorded")

    def recorded_subjects(self, event_type: str) -> set[str]:
        """What documents of this type were ever recorded about."""
        return set(self._digests(event_type))

    def write_quarantine(self, connection: "duckdb.DuckDBPyConnection", relation: str) -> None:
        """Replace the rows waiting in quarantine, all or nothing (columns: flows/ledger/waiting.py)."""
        waiting.write(connection, relation, self._quarantine)

    def load_quarantine(self, connection: "duckdb.DuckDBPyConnection", table: str) -> None:
        """Create a table of the rows waiting in quarantine (empty if there are none)."""
        waiting.load(connection, table, self._quarantine)

    def quarantine_digest(self) -> str:
        """A digest (hex) of the rows in quarantine, however often they were tried; empty without rows."""
        return waiting.digest(self._quarantine)

    def _digests(self, event_type: str) -> dict[str, set[str]]:
        with durable.explained("read", self._segments):
            return read_digests(self.segments(), event_type)

    def _seal(
        self, links: list[Link], run_id: str | None, before_sealing: Callable[[], None], after: int
    ) -> Link:
        """Steps of the commit protocol after the file is written."""
        seq = len(links)
        temporary, final = self._temporary(seq), self._path(seq)
        durable.sync_file(temporary)
        proof = segments.prove(temporary, after)
        link = Link(
            seq=seq,
            rows=proof.rows,
            root=proof.root,
            sha256=segments.file_digest(temporary),
            run=run_id,
            sealed_at=datetime.now(UTC).isoformat(),
            previous=links[-1].head if links else chain.NO_HEAD,
        ).sealed()
        before_sealing()
        if final.exists() or chain.read(self._chain) != links:
            raise LedgerError(f"{final}: another run appended meanwhile; run again when it has ended")
        durable.rename(temporary, final)
        durable.write_line(self._chain, link.line())
        return link

    def _path(self, seq: int) -> Path:
        return self._segments / f"{seq:06}.parquet"

    def _temporary(self, seq: int) -> Path:
        return self._segments / f".{seq:06}.{os.getpid()}{leftovers.UNFINISHED}"
