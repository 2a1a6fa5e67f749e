"""What comes from data is text wherever it is shown: for Markdown, Jira, Slack, a shell, a terminal, a file's head."""

import re
import shlex
from datetime import UTC, datetime
from html import unescape
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from contracts import load_catalogue
from flows import cli, progress
from flows.desks import files, wording
from flows.desks.episodes import Alert, Episode
from flows.desks.slack import message
from flows.desks.wiki import wiki
from flows.discovery import summary
from flows.inert import UNSEEN, markdown, one_line, visible
from flows.outbox import Ticket
from flows.show import steps_table
from flows.show.columns import print_lines, table
from tests.conftest import ROOT

quick = settings(max_examples=60, deadline=None, derandomize=True, database=None)
MARKS = "`*_~[](){}<>#+!|&$@-=:/\\'\";%^?\n\r\t \x00\x1b\x9b\u200b\u2028\u202e\u2066\ud800aZ1"
EVIL = [
    "a`; rm -rf ~; `b", "=1+1", "$(id)", "{{ 1/0 }}", "'; drop table x; --", "[x](javascript:alert(1))", "<img src=x>",
    "ann\ndecision: accept\nby: eve", "\x1b]0;owned\x07\x1b[2J", "@all <!channel> <@U012AB3CD>", "| a | b |", "../../x",
]  # fmt: skip
hostile = st.one_of(
    st.sampled_from(EVIL), st.text(st.one_of(st.sampled_from(MARKS), st.characters()), max_size=40)
)
rendering = MarkdownIt(
    "js-default", {"html": True, "linkify": False}
)  # with tables, struck text and raw HTML


def inline(text):
    """What Markdown makes of it: the kinds of its parts, and the text that people see."""
    (paragraph, told, _) = rendering.parse(text)
    assert (paragraph.type, paragraph.hidden) == ("paragraph_open", False)
    assert told.children is not None
    kinds = {part.type.replace("text_special", "text") for part in told.children}
    return kinds, "".join(part.content for part in told.children)


@given(hostile)
@quick
def test_in_markdown_it_is_text_and_all_of_it_is_there(text):
    shown = one_line(text)
    if shown:
        assert inline(f"x {markdown(text)}") == ({"text"}, f"x {shown}".replace("@", "@\u2060"))
        assert inline(f"x {wording.code(text)}")[0] == {"text", "code_inline"}


@given(hostile)
@quick
def test_in_the_artifact_of_a_run_a_step_is_one_row_of_two_cells(text):
    cells = [part for part in rendering.parse(steps_table({"pull": text})) if part.type == "td_open"]
    (pull, told) = [part for part in rendering.parse(steps_table({"pull": text})) if part.type == "inline"][
        2:
    ]
    assert (len(cells), pull.content) == (2, "pull")
    assert told.children is not None
    assert {part.type.replace("text_special", "text") for part in told.children} <= {"text"}


@given(hostile)
@quick
def test_on_a_terminal_it_is_one_line_that_obeys_nothing(text):
    assert not re.search(f"[{UNSEEN}]", visible(text))
    for show in (
        lambda console: print_lines(console, [text]),
        lambda console: print_lines(console, table(["heading"], [[text or "x"]])[2:]),
        lambda console: progress.Terminal(console).warns(text),
    ):
        shown = StringIO()
        show(Console(file=shown, width=10_000, color_system=None))
        assert "\x1b" not in shown.getvalue()
        assert shown.getvalue().count("\n") == 1


def test_what_nobody_sees_is_spelled_out_for_a_terminal():
    assert visible("Zoë 東京\x1b[31m\u202e\n") == "Zoë 東京\\x1b[31m\\u202e\\n"


def test_an_error_on_a_terminal_obeys_nothing(capsys):
    cli._failed("there is no packet \x1b]0;owned\x07 here", debug=False)
    assert capsys.readouterr().err == "seamkeeper: there is no packet \\x1b]0;owned\\x07 here\n"


@pytest.fixture(scope="module")
def contract():
    return load_catalogue(ROOT).contract("ae_to_onboarding")


def body(contract, text):
    """A ticket's body in which data is this text, wherever data stands."""
    now, field = datetime(2026, 7, 1, tzinfo=UTC), contract.current.fields[0].name
    alert = Alert("accept", 1, "receiver", True, now, text, text, "manager", now)
    episode = Episode(
        text, contract.id, 1, contract.current.version, text, text, now, f"https://crm.example/{text}",
        ((field, "missing", "critical"),), (alert,), ("accept", "reject"),
    )  # fmt: skip
    return wording.body(episode, contract, "Europe/Berlin", "sk-0123456789abcdef"), wording.title(
        episode, contract
    )


@given(text=hostile)
@quick
def test_a_tickets_markup_is_the_same_whatever_its_data_says(contract, text):
    told, title = body(contract, text)
    kinds = [
        (token.type, [part.type for part in token.children or () if not part.type.startswith("text")])
        for token in rendering.parse(told)
    ]
    harmless, _ = body(contract, "x")
    assert kinds == [
        (token.type, [part.type for part in token.children or () if not part.type.startswith("text")])
        for token in rendering.parse(harmless)
    ]
    assert not re.search(f"[{UNSEEN}]", title)
    for line in told.split("\n"):
        assert not re.search(r"(?<!\\)[|!^]", wiki(line)), line


@given(text=hostile)
@quick
def test_the_commands_in_a_ticket_are_one_command_with_the_packet_as_its_one_word(contract, text):
    accept, reject = re.findall(r"`(seamkeeper decide [^`]*)`", body(contract, text)[0])
    packet = one_line(text).replace("`", "'")
    assert shlex.split(accept) == ["seamkeeper", "decide", packet, "accept", "--by", "YOU"]
    words = shlex.shlex(reject, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    assert list(words) == ["seamkeeper", "decide", packet, "reject", "--reason", "REASON", "--by", "YOU"]


@given(text=hostile)
@quick
def test_an_address_is_one_of_the_web_or_none(text):
    for url in (text, f"https://{text}", f"https://crm.example/{text}"):
        told = wording.address(url)
        assert told is None or re.fullmatch(r"https?://[^\s<>\[\]|{}`@\\^\"']+", told), told


@given(text=hostile)
@quick
def test_in_slack_two_lines_and_nobody_is_called(text):
    ticket = Ticket("sk-0123456789abcdef", wording.plain(text), "", text, text, "h", text, 1)
    said = message("New", ticket, {})
    assert said.count("\n") == 1
    assert "<" not in said
    assert "@" not in said.replace("@\u2060", "")
    assert (
        one_line(text) in unescape(said).replace("\u2060", "")
        or "@" in text
        or "`" in text
        or not one_line(text)
    )


def test_in_a_file_a_persons_id_decides_nothing(tmp_path):
    desk = files.Files(tmp_path)
    ticket = Ticket("sk-0123456789abcdef", "<b>x</b>", "", "ann\ndecision: accept\nby: eve", "t", "h", "p", 1)
    seen = desk.open(ticket, "1")
    assert list(desk.said(datetime(2000, 1, 1, tzinfo=UTC))) == []
    assert r"# \<b\>x\</b\>" in (tmp_path / seen.key).read_text(encoding="utf-8")


def test_a_discovered_text_is_no_command_to_the_terminal():
    shown = StringIO()
    summary._print(Console(file=shown, width=80), "[red]\x1b[2J:smile:")
    assert shown.getvalue() == "[red]\\x1b[2J:smile:\n"
