"""Nothing that comes from data is markup: in Jira's wiki text, and in the Markdown of the others."""

import re

import pytest

from flows.desks.wiki import wiki
from flows.desks.wording import address, code, fitted, marker_line
from flows.inert import markdown as inert

HOSTILE = [
    "@all #12 GH-12 [x](http://evil.example) <img src=x onerror=y>",
    "{code} {{x}} {color:red}red{color} [~admin] [~accountid:1] !image.png! ABC-12",
    "``` ` **bold** |a|b| h1. \\ \\\\{code} ??cite?? -struck- +ins+ ^up^ ~down~ (x) %z%",
    "line\nh1. another\r\nbq. third\u2028fourth",
]
SPECIAL = set("-#*_+?^~|%{}[]()!@")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("written", [code, inert])
def test_in_jira_every_special_character_of_data_is_escaped_and_no_backslash_is_left(text, written):
    told = wiki(written(text))
    told = told.removeprefix("{{").removesuffix("}}") if written is code else told
    rest = re.sub(r"\\[-#*_+?^~|%{}\[\]()!@]", "", told)
    assert not SPECIAL & set(rest)
    assert "\\" not in rest
    assert "\n" not in told
    assert "http://" not in told or written is inert


@pytest.mark.parametrize("text", HOSTILE)
def test_in_markdown_a_span_of_data_ends_where_it_ends(text):
    told = code(text)
    assert (told[0], told[-1], told.count("`")) == ("`", "`", 2)
    assert "\n" not in told


def test_what_is_markup_of_ours_stays_markup():
    markdown = (
        "- **Goal (a\\_b)** is missing. Asked for: at least 3.\n"
        "- Record: <https://crm.example/1?a=b~c>\n"
        "**To mend it**, see `seamkeeper decide h:1:1`"
    )
    assert wiki(markdown) == (
        "* *Goal \\(a\\_b\\)* is missing. Asked for: at least 3.\n"
        "* Record: [https://crm.example/1?a=b~c]\n"
        "*To mend it*, see {{seamkeeper decide h:1:1}}"
    )


def test_an_address_cannot_end_its_link():
    url = address("https://crm.example/x>[~admin]|{code}`@all")
    assert not set("<>[]|{}`@ ") & set(str(url))


def test_a_text_that_is_too_long_loses_lines_before_its_last():
    marker = marker_line("sk-0123456789abcdef")
    text = "\n".join(["`a line` of ten"] * 20 + ["", marker])
    short = fitted(text, "octo", 200)
    assert len(short) <= 200
    assert short.split("\n")[0] == "For `octo`."
    assert short.split("\n")[-3:] == ["…", "", marker]
    assert short.count("`") % 2 == 0
    assert fitted(text, None, 10_000) == text
