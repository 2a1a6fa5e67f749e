"""What does a ticket say? The contract's words on what is missing, who mends it, until when, how to accept or refuse.

In: an incomplete packet as published, and its contract. Out: Markdown. No field values, no name of the packet, and of
persons only the owner's handle. Ids, handles and addresses come from data: they stand in code spans, where no desk
takes them for Markdown, a mention or HTML. The contract's words are people's, so they are escaped.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from contracts.model import Contract, ContractVersion, Field

IN_A_DIGEST = 30
"""So many packets are listed in a digest."""
FIELDS_IN_A_DIGEST = 5
FAULTS = {"missing": "is missing", "invalid": "is not valid", "stale": "is out of date"}


@dataclass(frozen=True)
class Incomplete:
    """A packet whose required fields are not complete now, as the current generation says."""

    packet_id: str
    handoff: str
    attempt: int
    contract_version: str
    owner: str | None
    team: str
    due_at: datetime | None
    record_url: str | None
    faults: tuple[tuple[str, str, str], ...]
    """(field, fault, severity), in the contract's order."""


def title(packet: Incomplete, contract: Contract) -> str:
    """One line, without Markdown."""
    number = sum(severity == "critical" for *_, severity in packet.faults)
    return (
        f"{contract.number} {contract.title}: {_fields(number)} incomplete, packet {_plain(packet.packet_id)}"
        f"{f', attempt {packet.attempt}' if packet.attempt > 1 else ''}"
    )


def body(packet: Incomplete, contract: Contract, zone: str, marker: str, decided_by: str = "") -> str:
    """The whole ticket; the same for the same faults, owner and due time, whenever it is written.

    `decided_by` is how a person decides on the ticket itself, in Markdown.
    """
    version = next(one for one in contract.versions if one.version == packet.contract_version)
    critical = [one for one in packet.faults if one[2] == "critical"]
    warnings = [one for one in packet.faults if one[2] != "critical"]
    parts = [
        f"{inert(contract.title)} ({contract.number}): packet {code(packet.packet_id)}, attempt {packet.attempt}, "
        f"is not complete. {_fields(len(critical)).capitalize()} not as the contract asks.",
        "\n".join(_who_and_when(packet, version, zone)),
        f"**What is missing** (contract version {version.version})",
        "\n".join(_lines(critical, version)),
    ]
    if warnings:
        parts += [
            "**It is complete without these, and better with them**",
            "\n".join(_lines(warnings, version)),
        ]
    return "\n\n".join([*parts, *_what_to_do(packet, version, decided_by), marker_line(marker)])


def digest_title(team: str, packets: Sequence[Incomplete]) -> str:
    """One line, without Markdown."""
    return f"{team}: {len(packets):,} incomplete packets without a ticket of their own"


def digest_body(team: str, packets: Sequence[Incomplete], contracts: dict[str, Contract], marker: str) -> str:
    """One summary of what one run did not open tickets for: per handoff how many, and what is missing most."""
    parts = [
        f"{len(packets):,} packets that {code(team)} hands over are incomplete. One run opens only so many tickets: "
        "these follow, the most urgent first, as far as they are not mended by then."
    ]
    for handoff, number in Counter(packet.handoff for packet in packets).most_common():
        contract = contracts[handoff]
        missing = Counter(
            field
            for packet in packets
            if packet.handoff == handoff
            for field, _, grade in packet.faults
            if grade == "critical"
        )
        titles = {field.name: field.title for version in contract.versions for field in version.fields}
        told = [f"{inert(titles[name])} ({n:,})" for name, n in missing.most_common(FIELDS_IN_A_DIGEST)]
        parts.append(
            f"**{inert(contract.title)}** ({contract.number}): {number:,} packets. Most often: {', '.join(told)}."
        )
    listed = [f"- {code(packet.packet_id)}{_at(packet.record_url)}" for packet in packets[:IN_A_DIGEST]]
    more = [f"- and {len(packets) - IN_A_DIGEST:,} more"] if len(packets) > IN_A_DIGEST else []
    return "\n\n".join([*parts, "\n".join([*listed, *more]), marker_line(marker)])


def marker_line(marker: str) -> str:
    """The last line of every ticket."""
    return f"Seamkeeper finds this ticket by its marker, so leave it here: {marker}"


def fitted(text: str, handle: str | None, most: int) -> str:
    """A ticket's text for a desk that takes `most` characters, with the handle by which it knows the owner.

    What is too long loses whole lines before the last one, which has the marker: no span is left open.
    """
    lines = [*([f"For {code(handle)}.", ""] if handle else []), *text.split("\n")]
    if sum(len(line) + 1 for line in lines) - 1 <= most:
        return "\n".join(lines)
    end = ["…", "", lines[-1]]
    room = most - len("\n".join(end))
    lengths = accumulate(len(line) + 1 for line in lines[:-1])
    return "\n".join([*lines[: sum(length <= room for length in lengths)], *end])


def inert(text: str) -> str:
    """People's words in one line, with nothing in them that Markdown, HTML or a mention would be made of."""
    escaped = re.sub(r"([\\`*_{}\[\]()<>#+!|~&$-])", r"\\\1", _one_line(text))
    return escaped.replace("@", "@\u2060")  # a word joiner: nobody is called so


def code(text: str) -> str:
    """Data as a code span."""
    return f"`{_one_line(text).replace('`', chr(39)) or '?'}`"


def address(url: str | None) -> str | None:
    """A link to the record, if it is one to a web page; what could end or open markup in it is escaped."""
    parts = urlsplit(_one_line(url or ""))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return quote(parts.geturl(), safe=":/?#=&%;,.~+-_")


def _who_and_when(packet: Incomplete, version: ContractVersion, zone: str) -> list[str]:
    who = code(packet.owner) if packet.owner else "nobody is named"
    role = f", {version.sender.role.replace('_', ' ')}" if version.sender.role else ""
    lines = [f"- Who: {who} (team {code(packet.team)}{role})"]
    if packet.due_at is not None:
        lines.append(f"- Due: {packet.due_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})")
    if record := address(packet.record_url):
        lines.append(f"- Record: <{record}>")
    return lines


def _what_to_do(packet: Incomplete, version: ContractVersion, decided_by: str) -> list[str]:
    there = f"{decided_by}. Or run " if decided_by else ""
    decide = f"seamkeeper decide {shlex.quote(_one_line(packet.packet_id))}"
    return [
        "**To mend it**, fill in what is missing where the record is kept. The run after that closes this ticket.",
        f"**To accept or refuse it** (only {code(version.receiver.team)} can): {there}"
        f"{code(f'{decide} accept --by YOU')}, or "
        f"{code(f'{decide} reject --reason REASON --by YOU')}.",
        "If you close this ticket yourself, it stays closed until the packet is handed over anew.",
    ]


def _lines(faults: Iterable[tuple[str, str, str]], version: ContractVersion) -> list[str]:
    fields = {field.name: field for field in version.fields}
    return [_line(fields[name], fault) for name, fault, _ in faults if name in fields]


def _line(field: Field, fault: str) -> str:
    rules = "; ".join(_rules(field))
    told = [f"{FAULTS[fault]}.", f"Asked for: {rules}." if rules else "", inert(field.description)]
    return f"- **{inert(field.title)}** {' '.join(part for part in told if part)}"


def _rules(field: Field) -> Iterable[str]:
    """What the contract asks of a value, in words."""
    bounds = (
        (field.min_length, "at least {} characters"),
        (field.max_length, "at most {} characters"),
        (field.minimum, "{} or more"),
        (field.maximum, "{} or less"),
        (field.min_items, "at least {} entries"),
        (field.max_age_days, "not older than {} days"),
    )
    unit = f" {inert(field.unit)}" if field.unit else ""
    yield from (
        words.format(f"{bound:g}{unit if words.startswith('{}') else ''}")
        for bound, words in bounds
        if bound is not None
    )
    if field.values:
        yield f"one of {', '.join(map(inert, field.values))}"
    if field.item:
        yield f"each with {', '.join(inert(key.replace('_', ' ')) for key in field.item)}"
    if field.none_value:
        yield f"where there is none: {' or '.join(map(inert, field.none_value))}"


def _fields(number: int) -> str:
    return "1 required field is" if number == 1 else f"{number} required fields are"


def _at(url: str | None) -> str:
    return f" <{record}>" if (record := address(url)) else ""


def _plain(text: str) -> str:
    return _one_line(text).replace("@", "(at)").replace("`", "'")


def _one_line(text: str) -> str:
    """Without line ends and other control characters, and no longer than a line may be."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]+", " ", text).strip()[:300]
