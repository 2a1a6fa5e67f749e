"""How do the rows become Parquet files? Codes turn into text, one file per month of arrival.

In: rows of a block sorted by arrival, and the block's packets and accounts. Out: `events/events-NNNN.parquet`
(time as timestamp[us, tz=UTC]) and `events/irregular-NNNN.parquet` (time as text: a date alone, or with
another zone's offset).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.compute
import pyarrow.parquet

from flows.simulation.accounts import FULL_NAMES, Accounts
from flows.simulation.behaviour import MOTIONS
from flows.simulation.columns import EVENT_TYPES, FROM_PACKET, NONE, TYPE_CODES, AnyInts, Flags, Ints, Rows
from flows.simulation.company import REASONS, Company
from flows.simulation.noise import DATE_ONLY, INSTANT, OFFSET_MINUTES, OFFSETS, OTHER_ZONE

pa: Any = pyarrow  # its types differ between releases and stubs
pc: Any = pyarrow.compute
pq: Any = pyarrow.parquet
Texts = Any  # a pyarrow array of strings

_FREE_REASON = "nicht qualifiziert: Budget fehlt"
_SOURCES = ("simulator", "helpdesk")
_HELPDESK = ("cs_to_support", "activation_to_support", "support_to_expansion")
_PREFIXES = {
    "marketing_to_sdr": "lead",
    "sdr_to_ae": "lead",
    "ae_to_onboarding": "deal",
    "onboarding_to_cs": "project",
    "cs_to_support": "ticket",
    "activation_to_support": "chat",
    "motion_to_motion": "move",
    "support_to_expansion": "signal",
    "cs_to_renewal": "contract",
}
_CODED = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("source", _CODED),
        ("type", _CODED),
        ("time", pa.timestamp("us", tz="UTC")),
        ("sequence", pa.int64()),
        ("account", pa.string()),
        ("motion", _CODED),
        ("object", pa.string()),
        ("handoff", _CODED),
        ("subject", pa.string()),
        ("cycle", pa.int32()),
        ("field", _CODED),
        ("value", pa.string()),
        ("actor", pa.string()),
        ("team", _CODED),
        ("reason", _CODED),
        ("detail", pa.string()),
    ]
)
_PLACE = SCHEMA.get_field_index("time")
IRREGULAR = SCHEMA.set(_PLACE, pa.field("time", pa.string()))


@dataclass
class BlockTexts:
    """The texts of one block: per packet and per account."""

    number: int
    handoff: Ints  # per packet
    subject: Texts
    described: Texts  # detail of the trigger, per packet
    accounts: Texts
    contacts: Texts
    motion: Ints  # per account


def block_texts(
    company: Company, number: int, accounts: Accounts, handoff: Ints, account: Ints, subject: Ints
) -> BlockTexts:
    """Names and links of a block's packets and accounts."""
    prefixes = [_PREFIXES.get(seam.contract.id, seam.contract.number.lower()) + "-" for seam in company.seams]
    subjects = _joined(pa.array(prefixes).take(pa.array(handoff)), _digits(subject + number * 10_000_000))
    names = pa.array([json.dumps(name, ensure_ascii=False) for name in FULL_NAMES]).take(
        pa.array(accounts.name[account])
    )
    segments = pa.array(list(company.segments)).take(pa.array(accounts.segment[account]))
    described = _joined(
        '{"url": "https://crm.example.org/', subjects, '", "name": ', names, ', "segment": "', segments, '"}'
    )
    ids = _joined("acc-", _digits(accounts.number + number * 10_000_000))
    contacts = _joined(
        ids.take(pa.array(np.repeat(np.arange(len(accounts)), 3))),
        pa.array([".a", ".b", ".c"] * len(accounts)),
    )
    return BlockTexts(number, handoff, subjects, described, ids, contacts, accounts.motion)


class EventFiles:
    """Open Parquet files, one pair per month of arrival; a context manager."""

    def __init__(self, folder: Path, first_month: int, months: int) -> None:
        self._folder, self._first, self._last = folder, first_month, months
        self._writers: dict[tuple[str, int], Any] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob("*.parquet"):
            leftover.unlink()

    def __enter__(self) -> EventFiles:
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._writers.values():
            writer.close()

    def write(self, company: Company, rows: Rows, texts: BlockTexts) -> None:
        """Adds rows, sorted by arrival, to the files of the months in which they arrive; later ones to the
        last.
        """
        arrived = (
            np.asarray(rows["arrival"], np.int64)
            .astype("datetime64[us]")
            .astype("datetime64[M]")
            .astype(np.int64)
        )
        month = np.clip(arrived - self._first, 0, self._last)
        for name, wanted in (("events", rows["shape"] == INSTANT), ("irregular", rows["shape"] != INSTANT)):
            some = np.flatnonzero(wanted)
            table = _table(company, rows.taken(some), texts, name == "events")
            edges = np.searchsorted(month[some], np.arange(self._last + 2))
            for place in range(self._last + 1):
                if edges[place + 1] > edges[place]:
                    part = table.slice(edges[place], edges[place + 1] - edges[place])
                    self._writer(name, place).write_table(part)

    def _writer(self, name: str, place: int) -> Any:
        if (name, place) not in self._writers:
            self._writers[name, place] = pq.ParquetWriter(
                self._folder / f"{name}-{place + 1:04d}.parquet",
                SCHEMA if name == "events" else IRREGULAR,
                compression="zstd",
                compression_level=1,
                store_schema=False,
                use_dictionary=[each for each in SCHEMA.names if each not in ("id", "time")],
                write_statistics=["time", "type"],
            )
        return self._writers[name, place]


def _table(company: Company, rows: Rows, texts: BlockTexts, regular: bool) -> Any:
    packet = np.asarray(rows["packet"], np.int64)
    of_handoff = rows["kind"] <= TYPE_CODES["handoff.customer_updated"]
    placed = np.where(of_handoff, packet, NONE)
    handoff = (
        np.where(placed >= 0, texts.handoff[np.maximum(placed, 0)], NONE) if len(texts.handoff) else placed
    )
    helpdesk = np.isin(handoff, [seam.place for seam in company.seams if seam.contract.id in _HELPDESK])
    account = np.asarray(rows["account"], np.int64)
    triggered = rows["kind"] == TYPE_CODES["handoff.triggered"]
    motion = np.where(
        triggered & (account >= 0), texts.motion[np.maximum(account, 0)] if len(texts.motion) else 0, NONE
    )
    contact = rows["actor"] < NONE
    actor = np.where(
        contact, len(company.people.texts.texts) + account * 3 - rows["actor"] - 2, rows["actor"]
    )
    detail = np.where(rows["detail"] == FROM_PACKET, len(company.details.texts) + packet, rows["detail"])
    columns = [
        _joined(f"e{texts.number:03d}-", _digits(np.asarray(rows["number"], np.int64))),
        _coded(list(_SOURCES), helpdesk.astype(np.int64)),
        _coded(list(EVENT_TYPES), rows["kind"]),
        pa.array(rows["time"].astype("datetime64[us]")).cast(SCHEMA.field("time").type)
        if regular
        else _time_texts(company, rows),
        _nullable(rows["sequence"], pa.int64()),
        _texts(texts.accounts, account),
        _coded([name for name, *_ in MOTIONS], motion),
        pa.nulls(len(rows), pa.string()),
        _coded([seam.contract.id for seam in company.seams], handoff),
        _texts(texts.subject, placed),
        _nullable(np.where(of_handoff, rows["cycle"], 0), pa.int32()),
        _coded(company.fields.texts, rows["field"]),
        _texts(pa.array(company.values.texts), rows["value"]),
        _texts(pa.concat_arrays([pa.array(company.people.texts.texts), texts.contacts]), actor),
        _coded(company.teams.texts, rows["team"]),
        _coded([*REASONS, _FREE_REASON], rows["reason"]),
        _texts(pa.concat_arrays([pa.array(company.details.texts, pa.string()), texts.described]), detail),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA if regular else IRREGULAR)


def _time_texts(company: Company, rows: Rows) -> Texts:
    """A date alone, or an instant with an offset that is not UTC."""
    time, shape = np.asarray(rows["time"], np.int64), rows["shape"]
    days = company.days.day(time).astype("datetime64[D]").astype(str)
    place = np.clip(shape - OTHER_ZONE, 0, None)
    local = (time + np.array(OFFSET_MINUTES)[place] * 60_000_000).astype("datetime64[us]")
    instants = np.char.add(np.datetime_as_string(local), np.array(OFFSETS)[place])
    return pa.array(np.where(shape == DATE_ONLY, days, instants).astype(object), pa.string())


def _digits(numbers: Ints) -> Texts:
    return pc.cast(pa.array(numbers), pa.string())


def _joined(*parts: Texts | str) -> Texts:
    return pc.binary_join_element_wise(
        *[pa.scalar(part) if isinstance(part, str) else part for part in parts], ""
    )


def _null_where(codes: AnyInts) -> Flags:
    absent: Flags = codes < 0
    return absent


def _coded(texts: list[str], codes: AnyInts) -> Texts:
    indices = pa.array(codes.astype(np.int32), mask=_null_where(codes))
    return pa.DictionaryArray.from_arrays(indices, pa.array(texts, pa.string()))


def _texts(texts: Texts, codes: AnyInts) -> Texts:
    return texts.take(pa.array(codes, mask=_null_where(codes)))


def _nullable(numbers: AnyInts, kind: Any) -> Texts:
    return pa.array(numbers, mask=numbers == 0).cast(kind)
