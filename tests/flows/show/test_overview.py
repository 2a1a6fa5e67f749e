from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from contracts.errors import PublishError
from flows import show

TITLES = ["Marketing → SDR", "Activation → Support", "Übergabe [bold]→[/bold] 営業", "Support → Expansion"]


@pytest.fixture
def printed(publish):
    """What a terminal of a width shows of these rows."""

    def printed(width, *rows):
        text = StringIO()
        show.scorecard(publish(*rows), Console(file=text, width=width))
        return text.getvalue()

    return printed


def full(*titles):
    """Every shown metric of handoffs with these titles, all at their widest."""
    for number, title in enumerate(titles, start=1):
        for metric in show.SHOWN:
            unit, value = ("hours", 1234.56) if metric.startswith("median") else ("share", 0.876)
            yield f"H{number:02}", title, metric, value, unit, "inconclusive"


@pytest.mark.parametrize("width", [80, 100, 140, 200])
def test_no_line_is_wider_than_the_terminal_and_no_name_is_cut(printed, width):
    text = printed(width, *full(*TITLES))
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert all(f"H{number:02} {title}" in text for number, title in enumerate(TITLES, start=1))


@pytest.mark.parametrize("width", [80, 100, 140])
def test_completion_at_the_transition_by_due_and_now_stand_side_by_side(printed, width):
    first, second = printed(width, *full(*TITLES)).splitlines()[1:3]
    assert first.split()[:4] == ["complete", "at", "complete", "complete"]
    assert second.split()[:6] == ["handoff", "packets", "transition", "by", "due", "now"]


def test_what_matters_less_is_left_out_first(printed):
    narrow = printed(80, *full(*TITLES))
    assert "accept governed" not in narrow
    assert "transition" in narrow


def test_a_wide_terminal_says_the_status_in_words(printed):
    row = ("H01", "A → B", "completion_rate", 0.5, "share", "misses")
    assert "50.0% ✗ misses" in printed(140, row)


def test_a_narrow_one_says_it_with_a_sign_and_explains_the_signs(printed):
    text = printed(80, *full(*TITLES))
    assert "87.6% ~" in text
    assert "inconclusive" not in text.splitlines()[4]
    assert text.splitlines()[-1] == show.LEGEND


def test_what_cannot_be_measured_is_a_dash_and_never_zero(printed):
    text = printed(80, ("H01", "A → B", "completion_rate", None, "share", "not_measurable"))
    assert text.splitlines()[4].split()[:6] == ["H01", "A", "→", "B", "1,234,567", "–"]
    assert "0.0%" not in text


def test_a_median_that_more_than_half_never_reach_is_not_reached(printed):
    text = printed(140, ("H01", "A → B", "median_hours_to_acceptance", None, "hours", "inconclusive"))
    assert "not reached ~ inconclusive" in text


def test_an_artifact_has_every_figure_with_its_status_in_words(publish):
    (row,) = show.scorecard_rows(publish(*full("A → B")))
    assert row["handoff"] == "H01 A → B"
    assert row["packets"] == "1,234,567"
    assert row["completion_rate"] == "87.6% ~ inconclusive"
    assert list(row) == ["handoff", "packets", *show.SHOWN]


@pytest.mark.parametrize("moved_at", [None, "2026-06-01"])
def test_packets_of_which_none_has_moved_have_a_line_that_says_where_to_look(publish, moved_at):
    text = StringIO()
    rows = [
        (number, "A → B", "completion_rate", None, "share", "not_measurable") for number in ("H01", "H02")
    ]
    packets = [(id_, "H01", None, None, at, False, None, None) for id_, at in (("p", None), ("q", moved_at))]
    show.scorecard(publish(*rows, packets=packets), Console(file=text, width=80))
    lines = [line for line in text.getvalue().splitlines() if "none has moved" in line]
    assert (
        lines
        == [
            "H01: 2 packets, none has moved: no acceptance and no crossing was found; see `events` in "
            "contracts/H01.yaml (mapped without `crossed`, they cross by the first touch of sales)"
        ][: moved_at is None]
    )


def test_without_an_active_handoff_it_says_so(printed):
    assert printed(80) == "no handoff is active: there is nothing to score\n"


def test_before_the_first_run_there_is_nothing_to_show(settings):
    with pytest.raises(PublishError, match="nothing is published yet; run `seamkeeper run`"):
        show.read(settings)


def test_a_step_comes_to_one_line():
    assert show.in_one_line({"rows": 1234, "files": 2}) == "1,234 rows, 2 files"
    assert show.in_one_line({}) == "done"
    assert show.in_one_line(Path("/home/published/20260701T000000Z")) == "20260701T000000Z"
