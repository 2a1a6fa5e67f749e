"""What `desks.toml` says: checked line by line before anything is pulled."""

import re
from pathlib import Path

import pytest

from contracts import load_catalogue
from contracts.errors import ConfigurationError
from flows import secrets
from flows.desks import Configured, read_desks


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue(Path(__file__).parents[3])


@pytest.fixture
def read(settings, catalogue):
    def read_text(text):
        settings.desks_file.write_text(text)
        return read_desks(settings, catalogue)

    return read_text


def test_without_a_file_tickets_are_files(settings, catalogue):
    assert read_desks(settings, catalogue) == (Configured("files", "files"),)


def test_a_file_without_a_table_is_no_desk_at_all(read):
    assert read("# none\n") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('kind = "files"', "`kind` stands outside a table; put it under its desk's [name]"),
        ("[a]\n", "desks.toml [a]: `kind` is missing; write what the desk is"),
        ('[a]\nkind = "filez"', "`kind` is 'filez'; did you mean `files`?"),
        ('[a]\nkind = "files"\nmost = 0', "`most` is 0; write 1 or more"),
        ('[a]\nkind = "files"\nmosst = 1', "unknown key `mosst`; did you mean `most`?"),
        (
            '[a]\nkind = "files"\nhandoffs = ["ae_to_onbording"]',
            "there is no handoff ae_to_onbording; did you mean `ae_to_onboarding`?",
        ),
        (
            '[a]\nkind = "files"\n[a.people]\nu1 = "ann"\nu2 = "Ann"',
            "desks.toml [a.people]: u1 and u2 are both Ann; a handle is one person's, leave one out",
        ),
        (
            '[a]\nkind = "files"\n[a.people]\nu1 = 7',
            "[a.people]: `u1` is 7; write a text: the person's handle there",
        ),
        (
            '[a]\nkind = "github"\nrepository = "handoffs"',
            "is 'handoffs'; write the repository as owner/name",
        ),
        ('[a]\nkind = "github"', "`repository` is missing; write the repository as owner/name"),
        (
            '[a]\nkind = "github"\nrepository = "a/b"\napi_url = "github.example"',
            "write the address of the API",
        ),
        (
            '[a]\nkind = "jira"\nurl = "https://a.example"\nproject = "ops"',
            "write the project's key, as ABC in ABC-123",
        ),
        (
            '[a]\nkind = "linear"\nteam = "OPS"\ntokn_env = "T"',
            "unknown key `tokn_env`; did you mean `token_env`?",
        ),
        ('[A-1]\nkind = "files"', "no name for a desk; use a-z, 0-9 and _"),
        ("[a", "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(read, text, said):
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        read(text)


def test_any_id_of_a_person_may_have_a_handle(read):
    (desk,) = read('[a]\nkind = "files"\n[a.people]\n"0051/a@b.example" = "ann"')
    assert desk.people == {"0051/a@b.example": "ann"}


def test_a_ticket_says_how_to_decide_on_it_where_somebody_there_can():
    assert Configured("a", "github").decided_by == ""
    told = Configured("a", "github", people={"u17": "octo"}).decided_by
    assert told.startswith(
        "write a comment here whose first line is `accept`, or `reject: ` and one of `missing_field`"
    )


def test_a_secret_read_from_a_file_ends_before_its_line_end():
    place = secrets.Place("desk", "a", {})
    assert secrets.read(place, ["token"], {"A_TOKEN": "abc\n"}, secrets.no_blocks) == {"token": "abc"}
