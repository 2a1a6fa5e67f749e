"""What are the seven verbs? pull → stage → record → shape → judge → score → publish, as plain functions of a run.

In: a `Run` (begun once, checked before anything heavy is imported). Out: tables, and a few counts per step.
No step reads what a later step of the same run wrote; each can be run again and gives the same result. There is
no orchestrator in here: Prefect is the rim (flows/nightly.py), and the tests call these.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from contracts import Catalogue, load_catalogue
from contracts.errors import ConfigurationError, SourceError, StaleError
from flows import (
    acts,
    calendars,
    compiling,
    control,
    fingerprints,
    inbox,
    judging,
    publishing,
    restating,
    transform,
    warehouse,
)
from flows.ledger import Ledger
from flows.publishing import PUBLISHED as PUBLISHED
from flows.recording import Recorded, record_events, restore_quarantine
from flows.results import Pulls, Scored
from flows.settings import Settings, Source
from flows.sources import read_sources, staging_of

Report = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """One run: what it reads, when it began, when its "now" is, and under which lease it writes."""

    settings: Settings
    catalogue: Catalogue
    sources: tuple[Source, ...]
    run_id: str
    began_at: datetime
    as_of: datetime
    token: int
    report: Report
    transformer: transform.Transformer
    read_block: Callable[[str], str] | None = None
    """Reads a secret from a Prefect block; without it secrets are environment variables."""
    pulled: dict[str, int] = field(default_factory=dict)

    @property
    def ledger(self) -> Ledger:
        """The ledger this run appends to."""
        return Ledger(self.settings.ledger)

    def checked(self) -> None:
        """Raise LeaseLost if another run took over meanwhile: then nothing more may be written."""
        control.check(self.settings, self.token)


def new_run_id() -> str:
    """A run's id: sorts by start, unique without asking anyone."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"


def choose_sources(settings: Settings, names: Sequence[str] = (), hourly: bool = False) -> tuple[Source, ...]:
    """The sources to pull: the named ones, the hourly ones, or all. Raises ConfigurationError for an unknown name."""
    sources = read_sources(settings)
    if hourly:
        return tuple(source for source in sources if source.hourly)
    unknown = sorted(set(names) - {source.name for source in sources})
    if unknown:
        known = ", ".join(source.name for source in sources)
        raise ConfigurationError(f"sources.toml: there is no source {unknown[0]}; write one of: {known}")
    return tuple(source for source in sources if not names or source.name in names)


def choose_as_of(sources: Sequence[Source], as_of: datetime | None, began_at: datetime) -> datetime:
    """The run's "now": the one asked for; else the simulated company's, if there is nothing else; else its begin."""
    if as_of is not None:
        return as_of.astimezone(UTC)
    untils = [source.options.get("until") for source in sources if source.kind == "simulator"]
    if untils and len(untils) == len(sources) and all(isinstance(until, datetime) for until in untils):
        return max(until for until in untils if isinstance(until, datetime)).astimezone(UTC)
    return began_at


def begin(
    settings: Settings,
    sources: tuple[Source, ...],
    run_id: str,
    as_of: datetime | None,
    token: int,
    report: Report,
) -> Run:
    """Check what can be checked in a second: contracts, compiled files, versions already recorded.

    All configured sources decide what "now" is, not those of one run, so that an hourly run does not move it.

    Raises ContractError, StaleError or ConfigurationError before anything is pulled.
    """
    catalogue = load_catalogue(settings.project)
    stale = compiling.stale(settings.project, compiling.compiled(catalogue))
    if stale:
        raise StaleError(
            f"{stale[0]}: does not match the contracts ({len(stale)} files); run `seamkeeper compile`"
        )
    ledger = Ledger(settings.ledger)
    ledger.recover()
    compiling.refuse_changed_versions(catalogue, ledger.recorded_digests("contract"))
    began_at = datetime.now(UTC)
    now = choose_as_of(read_sources(settings), as_of, began_at)
    transformer = transform.Transformer(settings)
    return Run(settings, catalogue, sources, run_id, began_at, now, token, report, transformer)


def pull(run: Run) -> Pulls:
    """Load what changed at each source into its raw tables."""
    from flows.sources import Pulling
    from flows.sources import pull as pull_source

    run.checked()
    fresh = not run.settings.working_database.exists()
    notes: list[str] = []
    for source in run.sources:
        run.report(f"pulling {source.name}")
        pulling = Pulling(run.settings, run.run_id, fresh, run.began_at, run.report)
        pulled = pull_source(source, pulling, run.read_block)
        run.pulled[source.name] = pulled.rows
        notes += [f"{source.name}: {note}" for note in pulled.notes]
    return Pulls(dict(run.pulled), tuple(notes))


def stage(run: Run) -> Mapping[str, int]:
    """Rename and cast raw rows into `stage.lifecycle_events`: the inbox's, too, and for another try quarantined ones.

    Raw records of a system become event rows in its own folder of `models/staging` first.
    """
    run.checked()
    ledger = run.ledger
    with warehouse.connect(run.settings.working_database, settings=run.settings) as connection:
        warehouse.prepare(
            connection,
            run.settings,
            run.run_id,
            run.as_of,
            declared(run.settings, run.catalogue),
            ledger.segments(),
        )
        warehouse.tell_calendars(connection, calendars.spans_of(run.catalogue, run.as_of))
        warehouse.tell_pulls(connection, run.pulled)
        restore_quarantine(connection, ledger)
        inbox.load(connection, run.settings)
        ledger.create_view(connection)
    folders = staging_of(run.sources)
    if folders:
        run.transformer.build([f"path:models/staging/{folder}" for folder in folders], run.report)
    with warehouse.connect(run.settings.working_database, settings=run.settings) as connection:
        warehouse.gather_raw_events(connection)
    run.transformer.build(transform.STAGE, run.report)
    return {"rows": _count(run, "stage.lifecycle_events")}


def record(run: Run) -> Recorded:
    """Append what is new to the ledger, with every contract version and calendar in use, and what we did elsewhere.

    Raises SourceError if the ledger holds no events at all, ConfigurationError if `as_of` lies before the first one.
    """
    run.checked()
    ledger = run.ledger
    recorded_at = datetime.now(UTC)
    with warehouse.connect(run.settings.working_database, settings=run.settings) as connection:
        done = acts.documents(run.settings)
        restated = restating.documents(run.settings, ledger.recorded_subjects(restating.EVENT))
        documents = documents_of(run.catalogue) + restated + done
        ledger.record_documents(connection, documents, run.run_id, recorded_at, run.checked)
        acts.recorded(run.settings, done)
        decisions = inbox.waiting(connection, run.settings)
        counts = record_events(connection, ledger, run.run_id, recorded_at, before_sealing=run.checked)
        inbox.empty(decisions)
        warehouse.settle(connection, staging_of(run.sources))
        ledger.create_view(connection)
        extent = ledger.extent()
        warehouse.tell_ledger_head(
            connection, extent.head, extent.segments, extent.rows, extent.last_sealed_at
        )
        ((first,),) = connection.execute(
            "SELECT min(time) FROM ledger.events WHERE source != 'seamkeeper'"
        ).fetchall()
    if first is None:
        names = ", ".join(source.name for source in run.sources) or "no source"
        raise SourceError(
            f"no events at all from {names}: nothing can be scored; check the path in sources.toml"
        )
    if first > run.as_of:
        raise ConfigurationError(
            f"--as-of {run.as_of.isoformat()}: the first event is of {first.isoformat()}; choose a later instant"
        )
    return counts


def shape(run: Run) -> Mapping[str, int]:
    """Build packets, their instants, their fields at the three moments, and one fact table per handoff."""
    run.checked()
    run.transformer.build(transform.SHAPE, run.report)
    return {"packets": _count(run, "shape.int_packets__instants")}


def judge(run: Run) -> judging.Judged:
    """Let Great Expectations judge every fact table; every failing (packet, moment, field) is a row."""
    run.checked()
    run.report("judging")
    return judging.judge_facts(run.settings, run.catalogue)


def score(run: Run) -> Scored:
    """Build the scorecard and the other published tables from facts and verdicts."""
    run.checked()
    with warehouse.connect(run.settings.working_database, settings=run.settings) as connection:
        restating.tell_published(connection, run.settings)
    run.transformer.build(transform.SCORE, run.report)
    with warehouse.connect(run.settings.working_database, settings=run.settings) as connection:
        refused = inbox.refused(connection, run.run_id)
    return Scored(_count(run, "marts.handoff_scorecard"), refused)


def publish(run: Run) -> Path:
    """Write, check and make current a new generation; returns its folder."""
    run.checked()
    run.report("publishing")
    with warehouse.connect(run.settings.working_database, settings=run.settings) as connection:
        generation = publishing.publish(connection, run.settings, run.run_id, run.as_of, PUBLISHED)
    control.record_generation(run.settings, generation.name, run.run_id, fingerprint(run))
    return generation


def declared(settings: Settings, catalogue: Catalogue) -> list[Source]:
    """Every configured source as the models know it; a simulated company lives in the organisation's zone."""
    zone = catalogue.organisation.zone
    return [
        replace(source, zone=source.zone or zone) if source.kind == "simulator" else source
        for source in read_sources(settings)
    ]


def fingerprint(run: Run) -> str:
    """Digest of all that the published tables depend on: ledger, quarantine, contracts, models, code, `as_of`."""
    state = f"{run.ledger.head()} {run.ledger.quarantine_digest()} {run.as_of.isoformat()}"
    return fingerprints.digest_of(run.settings, state)


def published_already(run: Run) -> Path | None:
    """The current generation, if it was built from exactly this: then there is nothing to do."""
    same = control.current_fingerprint(run.settings) == fingerprint(run)
    return publishing.current(run.settings) if same else None


def documents_of(catalogue: Catalogue) -> list[tuple[str, str, str, str]]:
    """Every contract version and calendar: (type, subject, digest, canonical JSON), as the ledger keeps them."""
    contracts = [
        ("contract.recorded", f"{contract.id}@{version.version}", version.digest, version.canonical_json)
        for contract in catalogue.contracts
        for version in contract.versions
    ]
    calendars_ = [
        ("calendar.recorded", name, calendar.digest, calendar.canonical_json)
        for name, calendar in catalogue.organisation.calendars.items()
    ]
    return contracts + calendars_


def _count(run: Run, table: str) -> int:
    with warehouse.connect(run.settings.working_database, settings=run.settings) as connection:
        ((rows,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(rows)
