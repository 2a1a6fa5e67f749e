from io import StringIO

import pytest
from rich.console import Console

from contracts.errors import QuestionError
from flows import show

HANDOFF = ("h", "A → B", "completion_rate", 0.5, "share", "misses")
MOVED = "2026-06-01 10:00:00+00"


def packet(name, was_complete, is_complete, handoff="h", is_judged=True):
    return (
        f"{handoff}:{name}:1",
        handoff,
        name.title(),
        f"https://crm/{name}",
        MOVED,
        is_judged,
        was_complete,
        is_complete,
    )


def field(name, field, then, now, filled_at=None, filled_by=None, later=True):
    return (f"h:{name}:1", field, then, now, filled_at, filled_by, later)


PACKETS = [
    packet("early", False, True), packet("late", False, True), packet("mended", False, True),
    packet("open", False, False), packet("good", True, True), packet("hidden", None, True),
    packet("withdrawn", False, True, is_judged=False), packet("other", False, True, handoff="elsewhere"),
]  # fmt: skip
FIELDS = [
    field("early", "budget", "missing", "valid", "2026-06-02 08:00:00+00", "ann"),
    field("early", "sponsor", "missing", "valid", "2026-06-03 09:30:00+00", "bob"),
    field("early", "hobby", "not_required", "valid", "2026-06-30 00:00:00+00", "zoe"),
    field("early", "risk", "missing", "missing"),
    field("late", "budget", "missing", "valid", "2026-06-20 17:45:00+00", None),
    field("mended", "budget", "invalid", "valid", "2026-05-20 12:00:00+00", "ann", later=False),
    field("open", "budget", "missing", "valid", "2026-06-25 12:00:00+00", "ann"),
]


@pytest.fixture
def printed(publish):
    def printed(*words, packets=PACKETS, fields=FIELDS):
        text = StringIO()
        settings = publish(HANDOFF, ("elsewhere", "C → D", *HANDOFF[2:]), packets=packets, fields=fields)
        show.filled_later(settings, Console(file=text, width=80), *words)
        return text.getvalue()

    return printed


def test_packets_completed_later_stand_with_their_fields_the_newest_first(printed):
    assert (
        printed("h")
        == """\
3 of 4 packets that were incomplete when the work moved are complete now

h:late:1 (Late) moved 2026-06-01 10:00 https://crm/late
  2026-06-20 17:45  budget

h:early:1 (Early) moved 2026-06-01 10:00 https://crm/early
  2026-06-03 09:30  sponsor by bob
  2026-06-02 08:00  budget by ann

h:mended:1 (Mended) moved 2026-06-01 10:00 https://crm/mended
  mended since      budget
"""
    )


def test_without_a_handoff_it_is_all_of_them(printed):
    text = printed()
    assert text.startswith("4 of 5 packets")
    assert "\nelsewhere:other:1 (Other) moved" in text
    assert "  no field was filled: none is required any more\n" in text


def test_beyond_twenty_it_says_how_many_more(printed):
    text = printed("h", packets=[packet(f"deal-{n}", False, True) for n in range(1021)])
    assert text.count(" moved 2026") == 20
    assert text.endswith("and 1,001 more packets\n")


def test_an_unknown_handoff_is_answered_with_those_there_are(printed):
    with pytest.raises(QuestionError, match='"x" is no handoff; write one of elsewhere, h'):
        printed("x")


def test_the_scorecard_ends_with_the_newest_three(publish):
    text = StringIO()
    show.scorecard(publish(HANDOFF, packets=PACKETS, fields=FIELDS), Console(file=text, width=80))
    assert text.getvalue().splitlines()[-4:] == [
        "4 of 5 packets that were incomplete when the work moved are complete now:",
        "  2026-06-20  h:late:1: budget",
        "  2026-06-03  h:early:1: sponsor, 1 more",
        "  mended      elsewhere:other:1: none required any more",
    ]


def test_where_nothing_was_filled_later_the_scorecard_does_not_speak_of_it(publish):
    text = StringIO()
    show.scorecard(publish(HANDOFF), Console(file=text, width=80))
    assert text.getvalue().splitlines()[-1] == show.LEGEND
