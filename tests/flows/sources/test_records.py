"""A record's content is JSON that every reader takes, whatever a vendor sends."""

import json

import pytest

from flows.sources.records import text_of


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("half \ud83d", "half \ufffd"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("\x00", "\x00"),
    ],
)
def test_half_a_pair_of_surrogates_becomes_the_sign_for_what_cannot_be_read(sent, kept):
    told = text_of({"id": "1", "properties": {sent: [sent, 1, None]}})
    told.encode("utf-8")
    assert json.loads(told) == {"id": "1", "properties": {kept: [kept, 1, None]}}
