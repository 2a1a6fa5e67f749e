"""Is a run red, and does it still show what it published, where a handoff is not judged?"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from contracts.errors import NotJudgedError
from flows import cli, commands, progress, show

LINES = {
    "kept": "kept is not judged: a reads b.c.d, which is gone",
    "sold": "sold is not judged: e reads f.g.h",
}


def test_each_has_a_line_among_the_steps_and_then_the_run_is_red(settings, monkeypatch):
    from prefect.logging import disable_run_logger

    from flows import nightly

    monkeypatch.setattr(show, "not_judged", lambda _: LINES)
    text = StringIO()
    with progress.heard_by(progress.Terminal(Console(file=text, width=200))), disable_run_logger():
        with pytest.raises(
            NotJudgedError, match="not counted, as what they read is not there: kept, sold; mend"
        ):
            nightly._tell_unjudged(settings)
        monkeypatch.setattr(show, "not_judged", lambda _: {})
        nightly._tell_unjudged(settings)
    assert text.getvalue().splitlines() == [f"! {line}" for line in LINES.values()]


def test_the_command_shows_what_was_published_and_ends_with_one(settings, monkeypatch, capsys):
    def nightly(**_):
        raise NotJudgedError("not judged: kept")

    (settings.published / "20260701").mkdir(parents=True)
    (settings.published / "current").symlink_to("20260701")
    settings.sources_file.write_text('[simulator]\nkind = "simulator"\n')
    monkeypatch.setenv("SEAMKEEPER_PROJECT", str(settings.project))
    monkeypatch.setenv("SEAMKEEPER_HOME", str(settings.home))
    monkeypatch.setitem(
        sys.modules, "flows.nightly", SimpleNamespace(nightly=nightly, server_explained=nullcontext)
    )
    for name, stub in {"_warm_up": lambda: None, "_checked": lambda *_: None, "_prepare_prefect": id}.items():
        monkeypatch.setattr(commands, name, stub)
    monkeypatch.setattr(show, "scorecard", lambda _, console: console.print("the scorecard"))
    assert cli.main(["run"]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[-2:] == ["the scorecard", f"published {settings.published / '20260701'}"]
    assert err == "seamkeeper: not judged: kept\n"
