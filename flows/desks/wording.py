"""What does a ticket say? What is missing or due in the contract's words, whose turn it is, until when, what to do.

In: an episode that waits, as published, and its contract. Out: Markdown. No field values, no name of the packet, and of
persons only the handles of its owner and of who was told. Ids, handles and addresses come from data: they stand in
code spans, where no desk takes them for Markdown, a mention or HTML. The contract's words are people's, so they
are escaped.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from contracts.model import Contract, ContractVersion, Field
from flows.desks.episodes import Alert, Episode
from flows.inert import markdown as inert
from flows.inert import one_line

IN_A_DIGEST = 30
"""So many packets are listed in a digest."""
FIELDS_IN_A_DIGEST = 5
COMMAND = 2_000
"""So long may a command be: one that is cut would be another."""
FAULTS = {"missing": "is missing", "invalid": "is not valid", "stale": "is out of date"}
DUE = {
    "submit": "hand it over, complete",
    "rework": "hand it over anew",
    "accept": "accept or refuse it",
    "customer_update": "tell the customer how it stands",
}
"""Clock → what its court owes."""
WAITS = {
    "submit": "is not handed over complete",
    "rework": "came back and is not handed over anew",
    "accept": "waits for its receiver to accept or refuse it",
    "customer_update": "has a customer who waits to hear how it stands",
}

_DECIDES: Mapping[tuple[str, ...], str] = {
    ("reject",): "It was accepted. To send it back",
    ("accept",): "It was rejected. To accept it after all",
}


def title(episode: Episode, contract: Contract) -> str:
    """One line, without Markdown."""
    number = _critical(episode)
    states = [*map(alert_line, episode.alerts), *([f"{_fields(number)} incomplete"] if number else [])]
    return (
        f"{contract.number} {contract.title}: {'; '.join(states)}, packet {plain(episode.packet_id)}"
        f"{f', attempt {episode.attempt}' if episode.attempt > 1 else ''}"
    )


def alert_line(alert: Alert) -> str:
    """What an alert is about in one line: another one for every warning, breach and rung."""
    what = f"{DUE[alert.clock]}{f', word {alert.round}' if alert.round > 1 else ''}"
    if alert.escalated_at is not None:
        return f"overdue, escalated to the {alert.told_as}: {what}"
    return f"{'overdue' if alert.is_overdue else 'due soon'}: {what}"


def body(episode: Episode, contract: Contract, zone: str, marker: str, decided_by: str = "") -> str:
    """The whole ticket; the same for the same faults, alerts, owner and due time, whenever it is written.

    `decided_by` is how a person decides on the ticket itself, in Markdown.
    """
    version = contract.version(episode.contract_version)
    critical = [one for one in episode.faults if one[2] == "critical"]
    warnings = [one for one in episode.faults if one[2] != "critical"]
    parts = [
        f"{inert(contract.title)} ({contract.number}): packet {code(episode.packet_id)}, attempt {episode.attempt}, "
        f"{_state(episode)}",
        "\n".join(_who_and_when(episode, version, ZoneInfo(zone))),
    ]
    if critical:
        parts += [
            f"**What is missing** (contract version {version.version})",
            "\n".join(_lines(critical, version)),
        ]
    if warnings:
        parts += [
            "**It is complete without these, and better with them**",
            "\n".join(_lines(warnings, version)),
        ]
    return "\n\n".join([*parts, *_what_to_do(episode, version, decided_by), marker_line(marker)])


def digest_title(team: str, waiting: Sequence[Episode]) -> str:
    """One line, without Markdown."""
    return f"{team}: {len(waiting):,} packets that wait for it, without a ticket of their own"


def digest_body(team: str, waiting: Sequence[Episode], contracts: dict[str, Contract], marker: str) -> str:
    """One summary of what one run did not open tickets for: per handoff how many, and what is missing most."""
    parts = [
        f"{len(waiting):,} packets wait for {code(team)}: they are incomplete, or their time runs out. One run opens "
        "only so many tickets: these follow, the most urgent first, as far as they still wait by then."
    ]
    for handoff, number in Counter(episode.handoff for episode in waiting).most_common():
        contract = contracts[handoff]
        these = [episode for episode in waiting if episode.handoff == handoff]
        missing = Counter(field for one in these for field, _, grade in one.faults if grade == "critical")
        titles = {field.name: field.title for version in contract.versions for field in version.fields}
        told = [f"{inert(titles[name])} ({n:,})" for name, n in missing.most_common(FIELDS_IN_A_DIGEST)]
        overdue = sum(any(alert.is_overdue for alert in one.alerts) for one in these)
        parts.append(
            f"**{inert(contract.title)}** ({contract.number}): {number:,} packets"
            f"{f', {overdue:,} of them overdue' if overdue else ''}."
            f"{' Most often missing: ' + ', '.join(told) + '.' if told else ''}"
        )
    listed = [f"- {code(one.packet_id)}{_at(one.record_url)}" for one in waiting[:IN_A_DIGEST]]
    more = [f"- and {len(waiting) - IN_A_DIGEST:,} more"] if len(waiting) > IN_A_DIGEST else []
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


def code(text: str, most: int = 300) -> str:
    """Data as a code span, no longer than a line may be."""
    return f"`{_spanned(text, most) or '?'}`"


def _spanned(text: str, most: int = 300) -> str:
    return one_line(text, most).replace("`", "'")


def plain(text: str) -> str:
    """Data in a title, where there is no Markdown."""
    return one_line(text).replace("@", "(at)").replace("`", "'")


def address(url: str | None) -> str | None:
    """A link to the record, if it is one to a web page; what could end or open markup in it is escaped."""
    try:
        parts = urlsplit(one_line(url or "", most=2000))
    except ValueError:  # as of http://[
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return quote(parts.geturl(), safe=":/?#=&%;,.~+-_")


def _state(episode: Episode) -> str:
    if number := _critical(episode):
        return f"is not complete. {_fields(number).capitalize()} not as the contract asks."
    return f"{WAITS[episode.alerts[0].clock]}."


def _who_and_when(episode: Episode, version: ContractVersion, zone: ZoneInfo) -> list[str]:
    is_receiver = bool(episode.alerts) and episode.alerts[0].court == "receiver"
    side = version.receiver if is_receiver else version.sender
    role = f", {side.role.replace('_', ' ')}" if side.role else ""
    if episode.alerts and episode.alerts[0].told_as != "owner":
        role = f", {episode.alerts[0].told_as}"
    lines = [f"- Who: {code(episode.owner)} (team {code(episode.team)}{role})"]
    if not episode.alerts and episode.due_at is not None:
        lines.append(f"- Due: {_local(episode.due_at, zone)}")
    lines += [_alert(alert, zone) for alert in episode.alerts]
    if record := address(episode.record_url):
        lines.append(f"- Record: <{record}>")
    return lines


def _alert(alert: Alert, zone: ZoneInfo) -> str:
    what = DUE[alert.clock].capitalize()
    if not alert.is_overdue:
        return f"- Due soon: {_local(alert.due_at, zone)}. {what}. Told: {code(alert.owner)}"
    line = f"- **Overdue** since {_local(alert.due_at, zone)}. {what}. Told: {code(alert.owner)}"
    if alert.escalated_at is None:
        return line
    return (
        f"{line}; escalated to the {alert.told_as}, {code(alert.told)}, at {_local(alert.escalated_at, zone)}"
    )


def _local(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


def _what_to_do(episode: Episode, version: ContractVersion, decided_by: str) -> list[str]:
    clocks = {alert.clock for alert in episode.alerts}
    parts = []
    if episode.faults:
        parts.append(
            "**To mend it**, fill in what is missing where the record is kept. The run after that closes this ticket."
        )
    elif clocks & {"submit", "rework"}:
        parts.append(
            "**To hand it over**, fill in what the contract asks where the record is kept, and submit it."
        )
    if episode.verdicts:
        parts.append(_to_decide(episode, version, decided_by))
    if "customer_update" in clocks:
        parts.append("**To stop the customer's clock**, tell them how it stands, where that is recorded.")
    return [
        *parts,
        "If you close this ticket yourself, it stays closed until the packet is handed over anew.",
    ]


def _to_decide(episode: Episode, version: ContractVersion, decided_by: str) -> str:
    """What the receiver can decide now; where that is but one thing, by the command that says just this."""
    # what a code span cannot hold goes before the shell's quotes are set, or it would end them
    decide = f"seamkeeper decide {shlex.quote(_spanned(episode.packet_id))}"
    commands = {"accept": f"{decide} accept --by YOU", "reject": f"{decide} reject --reason REASON --by YOU"}
    what = _DECIDES.get(episode.verdicts, "To accept or refuse it")
    there = f"{decided_by}. Or run " if decided_by and episode.verdicts not in _DECIDES else ""
    told = ", or ".join(code(commands[verdict], COMMAND) for verdict in episode.verdicts)
    return f"**{what}** (only {code(version.receiver.team)} can): {there}{told}."


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
        (field.min_items, "a list of {} or more"),
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


def _critical(episode: Episode) -> int:
    return sum(severity == "critical" for *_, severity in episode.faults)


def _fields(number: int) -> str:
    return "1 required field is" if number == 1 else f"{number} required fields are"


def _at(url: str | None) -> str:
    return f" <{record}>" if (record := address(url)) else ""
