import pytest

from contracts.errors import AnchorError
from flows import anchoring

HEAD, LATER = "a" * 64, "b" * 64


def test_a_head_is_handed_to_the_command_once(settings, tmp_path):
    kept = {anchoring.COMMAND: f"cat >> {tmp_path}/kept"}
    assert anchoring.anchor(settings, HEAD, kept) == f"head {HEAD} anchored"
    assert anchoring.anchor(settings, HEAD, kept) is None
    assert anchoring.last(settings) == HEAD
    anchoring.anchor(settings, LATER, kept)
    assert (tmp_path / "kept").read_text() == f"{HEAD}\n{LATER}\n"
    assert anchoring.last(settings) == LATER


def test_without_a_command_nothing_is_kept(settings):
    assert anchoring.anchor(settings, HEAD, {}) is None
    assert anchoring.last(settings) is None


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("echo 'no right to push' >&2; exit 4", "ended with 4 and said: no right to push"),
        ("exit 4", "ended with 4 and said: nothing"),
        ("there-is-no-such-command", "ended with 127"),
        ("sleep 60", "took longer than 0 s"),
    ],
)
def test_a_command_that_fails_is_told_in_one_line_and_tried_again(
    settings, tmp_path, monkeypatch, command, said
):
    if command.startswith("sleep"):
        monkeypatch.setattr(anchoring, "PATIENCE", 0.2)
    with pytest.raises(AnchorError, match=said) as caught:
        anchoring.anchor(settings, HEAD, {anchoring.COMMAND: command})
    assert "\n" not in str(caught.value)
    assert anchoring.last(settings) is None
    assert anchoring.anchor(settings, HEAD, {anchoring.COMMAND: f"cat > {tmp_path}/kept"})
