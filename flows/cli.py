"""What can a person type? `seamkeeper COMMAND`; every command's exit code and its one clear line on failure.

Exit codes: 0 done · 1 the run failed · 2 usage · 3 another run holds the lease. Each command imports only
what it needs: `check` and `--help` answer at once, and the lease is tried before anything heavy is loaded.
"""

from __future__ import annotations

import argparse
import io
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from re import fullmatch
from typing import TypeAlias

from contracts.errors import LeaseHeld, SeamkeeperError
from contracts.vocabulary import REASONS
from flows import commands, histories, inquiries, silence
from flows.inert import visible

FAILED, HELD = 1, 3  # argparse itself exits with 2 on wrong usage

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, do it, return the exit code."""
    _speak_to_any_terminal()
    options = _parser().parse_args(arguments)
    silence.silence()
    if not options.debug:
        warnings.simplefilter("ignore")  # of our dependencies, about each other
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except SeamkeeperError as error:
        return _failed(str(error), options.debug, HELD if isinstance(error, LeaseHeld) else FAILED)
    except KeyboardInterrupt:
        return _failed(commands.STOPPED, debug=False)
    except Exception as error:  # noqa: BLE001  the one rim: a bug of ours, or something nobody thought of
        what = f"{type(error).__name__}: {error}"
        return _failed(f"{what}; this was not foreseen: see why with seamkeeper --debug", options.debug)


def _failed(message: str, debug: bool, code: int = FAILED) -> int:
    """One line on standard error, whatever the message; the traceback only for who asked."""
    if debug:
        traceback.print_exc()
    print("seamkeeper:", visible(" ".join(message.split())), file=sys.stderr)
    return code


def _speak_to_any_terminal() -> None:
    """A terminal that cannot write `→` or `✓` shows `?` there, instead of ending the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="seamkeeper", description="Handoffs between teams, measured and governed."
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of a failure")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        *(_add_run, _add_compile, _add_check, _add_discover, _add_reconcile),
        *(_add_simulate, _add_decide, _add_show, _add_verify, _add_replay, _add_postmortem, _add_forget),
    ):
        add(subparsers)
    return parser


def _add_run(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("run", help="the nightly flow, once, here")
    parser.add_argument(
        "--source", action="append", default=[], metavar="NAME", help="pull only this source (repeatable)"
    )
    parser.add_argument("--as-of", type=_instant, metavar="ISO", help="the run's now (default: the clock's)")
    tickets = parser.add_mutually_exclusive_group()
    tickets.add_argument(
        "--no-tickets", action="store_true", help="leave desks and the records of sources alone"
    )
    tickets.add_argument(
        "--dry-run", action="store_true", help="publish, and only print what desks and sources would be told"
    )
    parser.set_defaults(command=commands.run)


def _add_compile(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("compile", help="contracts → suites, fact models, field map")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if anything is stale")
    parser.set_defaults(command=commands.compile_contracts)


def _add_check(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("check", help="contracts valid and compiled, sources configured")
    parser.set_defaults(command=commands.check)


def _add_discover(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("discover", help="what a source has: a page, a summary, a draft contract")
    parser.add_argument("source", metavar="SOURCE", help="a source of sources.toml; it is only read")
    parser.add_argument(
        "--handoff", metavar="ID", help="propose where its fields are, and draft its contract"
    )
    parser.add_argument(
        "--records", type=_positive, default=1000, metavar="N", help="how many of each type (default 1000)"
    )
    parser.set_defaults(command=inquiries.discover)


def _add_reconcile(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("reconcile", help="did a pull miss anything? compare keys with the source")
    parser.add_argument("source", metavar="SOURCE", help="a source of sources.toml; it is only read")
    parser.add_argument(
        "--most", type=_positive, default=20, metavar="N", help="how many misses to list (default 20)"
    )
    parser.add_argument(
        "--mark-gone", action="store_true", help="hold as deleted what the source no longer lists"
    )
    parser.set_defaults(command=inquiries.reconcile)


def _add_simulate(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "simulate", help="a company with planted leaks, as event files and truth.json"
    )
    parser.add_argument(
        "--packets", type=_positive, default=4000, metavar="N", help="about how many (default 4000)"
    )
    parser.add_argument(
        "--seed", type=int, default=7, metavar="S", help="same seed, same company (default 7)"
    )
    parser.add_argument("--months", type=_positive, default=12, metavar="M", help="how long (default 12)")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="a folder; events/*.parquet and truth.json in it are replaced",
    )
    parser.set_defaults(command=commands.simulate)


def _add_decide(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("decide", help="a receiver's decision, recorded by the next run")
    parser.add_argument("packet", metavar="PACKET", help="its packet_id in handoff_packets")
    parser.add_argument("verdict", choices=["accept", "reject"])
    parser.add_argument("--reason", metavar="R", help=f"of a rejection: {', '.join(REASONS)}")
    parser.add_argument(
        "--by", required=True, metavar="PERSON", help="who decides: an id that your systems know"
    )
    parser.set_defaults(command=commands.decide)


def _add_show(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("show", help="read the current generation")
    parser.add_argument("what", nargs="?", choices=["scorecard", "packet", "tickets"], default="scorecard")
    parser.add_argument("id", nargs="?", metavar="ID", help="with packet: its packet_id in handoff_packets")
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument(
        "--why",
        nargs=3,
        metavar=("METRIC", "HANDOFF", "PERIOD"),
        help="one figure, the SQL that counts it again, and the packets behind it",
    )
    asked.add_argument(
        "--filled-later",
        nargs="?",
        const="",
        metavar="HANDOFF",
        help="packets completed after the work had moved",
    )
    parser.add_argument(
        "--dimension",
        nargs=2,
        default=commands.NO_DIMENSION,
        metavar=("DIMENSION", "VALUE"),
        help="with --why: of one motion, segment, team or person",
    )
    parser.add_argument(
        "--breakdown", default="", metavar="NAME", help="with --why: of one outcome or reason"
    )
    parser.set_defaults(command=commands.show)


def _add_verify(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "verify", help="prove the ledger's chain; names the first bad segment and row"
    )
    parser.add_argument(
        "--head",
        action="append",
        default=[],
        metavar="HEX",
        type=_head,
        help="a head that was kept elsewhere: history must still contain it",
    )
    parser.set_defaults(command=histories.verify)


def _add_replay(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("replay", help="a packet as it was at an instant, and as it was known")
    parser.add_argument("packet", metavar="PACKET", help="its packet_id in handoff_packets")
    parser.add_argument(
        "--at", type=_instant, metavar="ISO", help="as of when (default: the current generation's now)"
    )
    parser.add_argument(
        "--known-at", type=_instant, metavar="ISO", help="with what had been recorded by then (default: all)"
    )
    parser.set_defaults(command=histories.replay)


def _add_postmortem(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "postmortem", help="one page about an account: packets, decisions, edits, clocks"
    )
    parser.add_argument("account", metavar="ACCOUNT", help="any of its ids")
    parser.set_defaults(command=histories.postmortem)


def _add_forget(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "forget", help="take a person or an account out of history; the chain still proves itself"
    )
    parser.add_argument(
        "--person",
        action="append",
        default=[],
        metavar="ID",
        help="any of their ids or addresses (repeatable)",
    )
    parser.add_argument(
        "--account", action="append", default=[], metavar="ID", help="any of its ids (repeatable)"
    )
    parser.add_argument("--by", metavar="NAME", help="who decided it; goes into the record for good")
    parser.add_argument("--why", metavar="TEXT", help="on what ground; likewise, so name nobody")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be forgotten")
    parser.set_defaults(command=histories.forget)


def _head(text: str) -> str:
    """The SHA-256 of a chain's line, as `verify` and an anchor print it."""
    if not fullmatch(r"[0-9a-f]{64}", text.strip().lower()):
        raise argparse.ArgumentTypeError(f"{text!r} is no head, write its 64 hexadecimal digits")
    return text.strip().lower()


def _instant(text: str) -> datetime:
    """An ISO 8601 instant; a date alone or a time without a zone is UTC."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no ISO 8601 instant, write 2026-07-01T00:00:00Z"
        ) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)
