"""A desk that is a Slack channel: a short message when a ticket opens, opens again or closes, or changes hands.

Ticket → title, who, until when, the link to the record. Of updates only a new owner or due time is said: a message per
mended field would drown what is new. Sent by Apprise, which knows Slack's addresses and how often it may be asked; why
a message failed Apprise says to its log only, so that is read.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from contracts.errors import ConfigurationError
from flows.desks.desk import Blind, Denied, Desk, DeskError, Down, Kind, Refused, Seen, Told, Unclear
from flows.inert import one_line
from flows.outbox import Ticket

if TYPE_CHECKING:
    from apprise import NotifyBase

SECRETS: Final = {"url": "the channel's incoming webhook, https://hooks.slack.com/services/…"}
SECONDS: Final = 30.0
"""How long Slack has to answer: what it did without our knowing is said twice."""
_VERBS: Final = {None: "Changed", False: "Closed", True: "Open again"}
_MEMBER: Final = re.compile(r"[UW][A-Z0-9]{6,}")
_STATUS: Final = re.compile(r"error=(\d{3})")
_NOT_SENT: Final = ("NewConnectionError", "NameResolutionError", "ConnectTimeout", "SSLCertVerificationError")


@dataclass(frozen=True)
class Slack(Blind):
    """Tickets as messages of one channel; `people` are Slack's member ids, or names."""

    channel: NotifyBase
    people: Mapping[str, str] = field(default_factory=dict)

    def open(self, ticket: Ticket, once: str) -> Seen:
        """Say that there is a new ticket."""
        self._say("New", ticket)
        return Seen(ticket.marker, ticket.marker, None, is_open=True)

    def set(
        self, key: str, ticket: Ticket, is_open: bool | None, once: str, has_new_owner: bool = False
    ) -> None:
        """Say what became of it. Slack knows no `once`: what is unclear may be said twice."""
        self._say(_VERBS[is_open], ticket)

    def _say(self, verb: str, ticket: Ticket) -> None:
        with _listening() as log:
            if self.channel.notify(message(verb, ticket, self.people), body_format="text"):
                return
        raise _failure(log)


def message(verb: str, ticket: Ticket, people: Mapping[str, str]) -> str:
    """Two lines in Slack's own markup; only who stands in `people` is mentioned.

    https://docs.slack.dev/messaging/formatting-message-text
    """
    handle = people.get(ticket.owner or "", "")
    who = f"<@{handle}>" if _MEMBER.fullmatch(handle) else _inert(handle or ticket.owner or "nobody is named")
    told = [f"Who: {who} (team {_inert(ticket.team)})"]
    if ticket.due_at is not None:
        told.append(f"until {datetime.fromisoformat(ticket.due_at):%Y-%m-%d %H:%M %Z}")
    if ticket.record_url is not None:
        told.append(f"<{_escaped(ticket.record_url)}|the record>")
    return f"{verb}: {_inert(ticket.title)}\n{', '.join(told)}"


def _inert(text: str) -> str:
    """Nobody is called by it, and nothing in it is a link."""
    return _escaped(one_line(text)).replace("@", "@\u2060")  # a word joiner


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@contextmanager
def _listening() -> Iterator[list[str]]:
    """What Apprise logs meanwhile, whole, and for us alone: addresses stand in it."""
    log: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            log.append(record.getMessage())

    listener, loggers = Listener(), [logging.getLogger(name) for name in ("apprise", "urllib3")]
    before = [(logger, logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(listener)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
    try:
        yield log
    finally:
        for logger, level, propagates in before:
            logger.removeHandler(listener)
            logger.setLevel(level)
            logger.propagate = propagates


def _failure(log: Sequence[str]) -> DeskError:
    """Which of the four it was, by what Apprise logged."""
    told = "\n".join(log)
    said = re.search(r"Response Details:\s*b'(\w{1,60})'", told)
    status = int(found[1]) if (found := _STATUS.search(told)) else None
    answer = f"Slack answered {status}{f' ({said[1]})' if said else ''}"
    if status is None and any(reason in told for reason in _NOT_SENT):
        return Down("Slack cannot be reached; check the network, the next run sends it")
    if status is None or status == 200 or status >= 500:
        answer = "Slack did not answer" if status is None else answer
        return Unclear(f"{answer}: said or not, the next run says it again")
    if status == 429:
        return Down(f"{answer}: too many messages; the next run sends the rest")
    if status in (401, 403, 404, 410):
        return Denied(f"{answer}; make a new incoming webhook for the channel, and give the desk its address")
    return Refused(answer)


def make(told: Told) -> Desk:
    """The desk of one table of desks.toml. Raises ConfigurationError for an address that is none of Slack's."""
    with _listening():
        from apprise import Apprise, NotifyFormat

        channel: Any = Apprise.instantiate(told.secrets["url"])
    if channel is None or channel.service_name != "Slack":
        raise ConfigurationError(
            f"desk {told.name}: its url is no incoming webhook of Slack; write https://hooks.slack.com/services/…"
        )
    # its Markdown escapes once more what we have escaped, and makes mentions again of what it has escaped itself
    channel.notify_format = NotifyFormat.TEXT
    channel.include_image = channel.include_footer = False
    channel.socket_read_timeout = SECONDS
    return Slack(channel, told.people)


def _news(ticket: Ticket) -> object:
    """What is worth a message of its own."""
    return ticket.owner, ticket.due_at


KIND: Final = Kind({}, make, SECRETS, compared=_news)
