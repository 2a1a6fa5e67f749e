from datetime import UTC, datetime
from pathlib import Path

import pytest

import flows
from contracts.errors import ConfigurationError
from flows.settings import Settings, Source
from flows.sources import read_sources

EVENTS = '[crm]\nkind = "events"\npath = "exports"\n'


@pytest.fixture
def read(settings):
    """What these lines of `sources.toml` configure."""

    def read_text(text):
        settings.sources_file.write_text(text)
        return read_sources(settings)

    return read_text


def test_the_shipped_sources_are_one_simulated_company():
    (source,) = read_sources(Settings.from_environment({}))
    assert (source.name, source.kind, source.hourly, source.decisions) == (
        "simulator",
        "simulator",
        False,
        None,
    )
    assert source.options == {
        "packets": 4000,
        "seed": 7,
        "months": 12,
        "until": datetime(2026, 7, 1, tzinfo=UTC),
    }


def test_the_example_in_the_shipped_file_is_right_once_it_is_uncommented(read):
    shipped = (Path(flows.__file__).parents[1] / "sources.toml").read_text()
    example = shipped[shipped.index("# [crm_export]") :].replace("# [", "[").replace("\n# ", "\n")
    (source,) = read(example)
    assert source == Source(
        "crm_export",
        "events",
        zone="Europe/Berlin",
        options={"path": "exports/crm/*.parquet", "format": "parquet"},
    )


def test_options_not_told_have_their_defaults(read):
    (source,) = read('[practice]\nkind = "simulator"\nseed = 1\n')
    assert source.options["seed"] == 1
    assert source.options["packets"] == 4000


def test_what_every_kind_can_be_told_is_read(read):
    (source,) = read(EVENTS + 'zone = "Asia/Tokyo"\nhourly = true\ndecisions = "trusted"\n')
    assert (source.zone, source.hourly, source.decisions) == ("Asia/Tokyo", True, "trusted")


def test_sources_keep_their_order(read):
    assert [source.name for source in read(EVENTS + EVENTS.replace("crm", "a"))] == ["crm", "a"]


def test_no_source_at_all_is_no_fault(read):
    assert read("") == ()


WRONG = {
    '[crm]\npath = "x"': r"\[crm\]: `kind` is missing; write how the source is read",
    '[crm]\nkind = "event"\npath = "x"': r"\[crm\]: `kind` is 'event'; did you mean `events`\?",
    '[crm]\nkind = "ftp"': r"\[crm\]: `kind` is 'ftp'; known are events, files, hubspot, salesforce, sim",
    "[crm]\nkind = 3": r"\[crm\]: `kind` is 3; write a text",
    '[crm]\nkind = "events"': r"\[crm\]: `path` is missing; write a file, a folder or a glob",
    EVENTS + 'FORMAT = "csv"': r"\[crm\]: unknown key `FORMAT`; did you mean `format`\?",
    EVENTS + 'foramt = "csv"': r"\[crm\]: unknown key `foramt`; did you mean `format`\?",
    EVENTS + "packets = 3": r"\[crm\]: unknown key `packets`; known are decisions, format, hourly",
    EVENTS + 'format = "xlsx"': r"\[crm\]: `format` is 'xlsx'; known are csv, jsonl, parquet",
    EVENTS + 'hourly = "yes"': r"\[crm\]: `hourly` is 'yes'; write true or false",
    EVENTS + 'decisions = "all"': r"\[crm\]: `decisions` is 'all'; known are trusted",
    EVENTS + 'zone = "Berlin"': r"\[crm\]: unknown zone `Berlin`; an IANA zone, as in Europe/Berlin",
    EVENTS + 'zone = "../etc"': r"\[crm\]: unknown zone `../etc`",
    EVENTS + "zone = 1": r"\[crm\]: `zone` is 1; write a text",
    '[crm]\nkind = "events"\npath = " "': r"\[crm\]: `path` is ' '; write a file",
    '[s]\nkind = "simulator"\npackets = "many"': r"\[s\]: `packets` is 'many'; write a whole number",
    '[s]\nkind = "simulator"\npackets = true': r"\[s\]: `packets` is True; write a whole number",
    '[s]\nkind = "simulator"\npackets = 0': r"\[s\]: `packets` is 0; write 1 or more",
    '[s]\nkind = "simulator"\nmonths = 1.5': r"\[s\]: `months` is 1.5; write a whole number",
    '[s]\nkind = "simulator"\nuntil = 2026-07-01T00:00:00': r"\[s\]: `until` is .*; write it with its zone",
    '[s]\nkind = "simulator"\nuntil = 2026-07-01': r"\[s\]: `until` is .*; write an instant with its zone",
    "[Crm]\nkind = 'events'": r"\[Crm\]: no name for a source; use a-z",
    '["c-r-m"]\nkind = "events"': r"\[c-r-m\]: no name for a source",
    "[seamkeeper]\nkind = 'events'": r"\[seamkeeper\]: no name for a source; .*not seamkeeper",
    'kind = "events"': r"sources.toml: `kind` stands outside a table; put it under",
    "[crm\n": r"sources.toml: cannot be read \(.*line 1.*\); mend it",
    EVENTS + EVENTS: r"sources.toml: cannot be read \(.*crm.*\); mend it",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_refused_with_file_table_key_and_remedy(read, text):
    with pytest.raises(ConfigurationError, match=WRONG[text]) as caught:
        read(text)
    assert "sources.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_is_refused(settings):
    with pytest.raises(ConfigurationError, match=r"sources.toml is missing; write one table per source"):
        read_sources(settings)


def test_a_file_that_is_no_text_is_refused(settings):
    settings.sources_file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"sources.toml: cannot be read .*; mend it"):
        read_sources(settings)
