"""Only plain keys, lists and texts are read, and every one of them knows its line."""

import os
import time
import tracemalloc

import pytest

from contracts.errors import ContractError
from contracts.yaml_reader import MAX_BYTES, Document, read_document

BOMB = """\
a: &a ["lol","lol","lol","lol","lol","lol","lol","lol","lol"]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]
f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]
g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]
h: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]"""


def read(tmp_path, text: str | bytes) -> Document:
    path = tmp_path / "x.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_document(path, "x.yaml")


def refusal(tmp_path, text: str | bytes) -> str:
    with pytest.raises(ContractError) as refused:
        read(tmp_path, text)
    message = str(refused.value)
    assert message.isprintable()
    return message


def test_every_scalar_stays_the_text_in_the_file(tmp_path):
    text = "a: no\nb: 1.10\nc: 2026-01-01\nd: 0x1F\ne: 12:30\nf: true\ng: [null, ~, yes]\nh: 'null'\ni: ''\n"
    assert read(tmp_path, text).content == {
        "a": "no",
        "b": "1.10",
        "c": "2026-01-01",
        "d": "0x1F",
        "e": "12:30",
        "f": "true",
        "g": ["null", "~", "yes"],
        "h": "null",
        "i": "",
    }


def test_every_key_and_item_knows_its_line(tmp_path):
    document = read(tmp_path, "# a comment\na: 1\nb:\n  - c: 2\n  - d: 3\n    e: {f: 4}\n")
    assert [
        document.line(place) for place in [("a",), ("b",), ("b", 0, "c"), ("b", 1), ("b", 1, "e", "f")]
    ] == [
        2,
        3,
        4,
        5,
        6,
    ]


def test_a_place_that_is_not_there_has_the_line_of_what_is_around_it(tmp_path):
    assert read(tmp_path, "a:\n  b:\n    c: 1\n").line(("a", "b", "x", 3)) == 2


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path):
    document = read(tmp_path, b"\xef\xbb\xbfa: \xc3\xa9\r\nb: 2\r\n")
    assert document.content == {"a": "é", "b": "2"}
    assert document.line(("b",)) == 2


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: &x 2\n", 2, "b: an anchor (&) is not allowed; write the value"),
        ("a: 1\nb: *x\n", 2, "b: an alias (*) is not allowed; write the value out"),
        ("a: 1\nb: !!str 2\n", 2, "b: a tag (!) is not allowed; put text that begins with ! in quotes"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "a: a tag (!)"),
        ("a: 1\n<<: {b: 2}\n", 2, "a merge key (<<) is not allowed; write the keys out"),
        ("a: 1\nb: 2\na: 3\n", 3, "a: written a second time (first on line 1); keep one of the two"),
        ("a: 1\nb: {c: 1, d: 2, c: 3}\n", 2, "b.c: written a second time (first on line 2)"),
        ("a: 1\nb:\nc: 2\n", 2, "b: has no value; write one, or leave it out"),
        ("a: 1\nb: null\n", 2, "b: has no value (null); leave the key out"),
        ("a: ~\n", 1, "a: has no value (~)"),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins here"),
        ("%YAML 1.1\n---\nno: 1\n", 1, "a % directive is not allowed; delete its line"),
        ("a: 1\n? [b]\n: c\n", 2, "a key must be a word; write `key: value`"),
        ("a: 1\n'': 2\n", 2, "a key must be a word"),
        ("- a\n", 1, "not a mapping; write keys"),
        ("", 1, "empty; write the keys"),
        ("# nothing\n", 1, "empty; write the keys"),
        ("a: 1\nb: 'never closed\nc: 2\n", 2, "not YAML: found unexpected end of stream; check indentation"),
        ("a: 1\n\tb: 2\n", 2, "not YAML: found character '\\t'"),
        ("a: 1\n b: 2\n", 2, "not YAML: mapping values are not allowed here"),
        ('a: 1\nb: "\\UFFFFFFFF"\n', 2, "not YAML from here on"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8; save the file with that encoding"),
        ("a: \x00\n", 1, "not YAML"),
        ("a: " + "[" * 11 + "]" * 11, 1, "nested deeper than 10 levels"),
        ("a: " + "[" * 60_000, 1, "nested deeper than 10 levels"),
        ("a:\n" + "- " * 30_000, 2, "nested deeper than 10 levels"),
        ("".join(f"k{n}: 1\n" for n in range(6000)), 5000, "more than 10000 values"),
        ("a: " + "x" * MAX_BYTES, 1, "larger than 64 KiB"),
    ],
)
def test_whatever_a_contract_does_not_need_is_refused_with_its_line(tmp_path, text, line, words):
    assert refusal(tmp_path, text).startswith(f"x.yaml:{line}: {words}")


def test_a_bomb_of_306_bytes_is_refused_in_under_a_second_and_a_few_megabytes(tmp_path):
    assert len(BOMB) == 306
    tracemalloc.start()
    began = time.perf_counter()
    message = refusal(tmp_path, BOMB)
    seconds = time.perf_counter() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert message.startswith("x.yaml:1: a: an anchor (&) is not allowed")
    assert seconds < 1
    assert peak < 5_000_000


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "missing", tmp_path / "folder"):
        with pytest.raises(ContractError, match="not a regular file; put a YAML file there"):
            read_document(path, path.name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path):
    path = tmp_path / "x.yaml"
    path.touch(mode=0o000)
    with pytest.raises(ContractError, match="cannot be read"):
        read_document(path, "x.yaml")
