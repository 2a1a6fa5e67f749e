from io import StringIO

import pytest
from rich.console import Console

from flows import progress

LONG = "60,723 in = 59,958 recorded + 371 revised + 394 already known + 0 quarantined [bold]"


@pytest.fixture
def shown():
    """What a run that does one step prints, on a terminal or into a file."""

    def shown(is_terminal):
        text = StringIO()
        console = Console(file=text, width=60, force_terminal=is_terminal, color_system=None)
        with progress.Terminal(console) as terminal, progress.heard_by(terminal):
            progress.listener().begins("record")
            progress.listener().now("int_events [red]")
            progress.listener().done("record", LONG, 1.23)
        return text.getvalue()

    return shown


def test_a_file_gets_one_plain_line_per_step(shown):
    assert shown(is_terminal=False) == f"record     1.2 s  {LONG}\n"


def test_a_terminal_gets_a_moving_line_that_goes_and_lines_that_stay(shown):
    text = shown(is_terminal=True)
    assert "record  int_events [red]" in text
    assert "\x1b[2K" in text  # the moving line is erased


def test_on_a_terminal_a_long_line_is_broken_between_words(shown):
    text = shown(is_terminal=True)
    broken = (
        "record     1.2 s  60,723 in = 59,958 recorded + 371 revised\n" + " " * 18 + "+ 394 already known +"
    )
    assert broken in text


def test_nobody_hears_a_run_unless_someone_listens():
    progress.listener().begins("pull")
    progress.listener().now("nothing")
    progress.listener().done("pull", "nothing", 0.0)
    assert progress.listener() is progress.SILENCE


def test_what_comes_from_data_neither_breaks_a_line_nor_orders_a_terminal_about():
    text = StringIO()
    with progress.Terminal(Console(file=text, width=60)) as terminal:
        terminal.warns("packet seam:a\n\x1b[2Jb\u202ec:1 is odd")
        terminal.says("would open: a\r\nb")
    assert text.getvalue() == ("! packet seam:a\\n\\x1b[2Jb\\u202ec:1 is odd\nwould open: a\\r\\nb\n")
