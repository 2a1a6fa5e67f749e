"""What do the commands do that ask a source and change nothing there? Options in, an exit code out (commands.py)."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flows.inert import visible
from flows.settings import Settings, Source

if TYPE_CHECKING:
    from flows.sources import Reconciled


def discover(options: argparse.Namespace) -> int:
    """Look at what a source has: a page, a summary here and, for a handoff, a draft of its contract."""
    from rich.console import Console

    from contracts import load_catalogue
    from flows import discovery
    from flows.sources import Pulling, sample

    settings, console = Settings.from_environment(), Console()
    source, catalogue = _source(settings, options.source), load_catalogue(settings.project)
    if options.handoff:
        catalogue.contract(options.handoff)  # an unknown one is refused before anything is asked
    with console.status(f"asking {source.name}") as status:
        pulling = Pulling(settings, "discover", report=status.update)
        samples, skipped = sample(source, pulling, options.records)
    found = discovery.look(source, samples, skipped, catalogue, options.handoff)
    folder = settings.home / "discovered" / source.name
    folder.mkdir(parents=True, exist_ok=True)
    discovery.summarise(found, console)
    (folder / "index.html").write_text(found.page(), encoding="utf-8")
    console.print(f"page  {folder / 'index.html'}", soft_wrap=True, highlight=False)
    if found.handoff:
        path = folder / f"{found.handoff}.yaml"
        path.write_text(found.draft, encoding="utf-8")
        console.print(f"draft {path}: compare it with contracts/{path.name}", soft_wrap=True, highlight=False)
    return 0


def reconcile(options: argparse.Namespace) -> int:
    """Compare keys and last changes with the source; exit code 1 if a pull missed something, or that it is gone.

    With `--mark-gone` what is gone there is held as deleted from now on.
    """
    from rich.console import Console

    from flows.sources import Pulling
    from flows.sources import reconcile as compare

    settings, console = Settings.from_environment(), Console()
    source = _source(settings, options.source)
    with console.status(f"asking {source.name}") as status:
        found = compare(source, Pulling(settings, "reconcile", report=status.update))
    differing = (("missing", found.missing), ("older here", found.older), ("gone there", found.gone))
    for what, keys in differing:
        for object_, id_, changed_at in keys[: options.most]:
            print(visible(f"{what}: {object_} {id_}, changed {changed_at or 'at an unknown time'}"))
        if len(keys) > options.most:
            print(f"{what}: {len(keys) - options.most:,} more (--most)")
    print(
        f"{source.name}: {found.records:,} records there, {len(found.missing):,} missing here, "
        f"{len(found.older):,} older here, {len(found.gone):,} gone there, "
        f"{found.later:,} changed since the last pull"
    )
    if found.missing or found.older:
        print(
            f"delete {settings.dlt_pipelines / source.name} to have everything pulled again by the next run"
        )
    if found.gone and options.mark_gone:
        marked = _mark_gone(settings, source, found)
        print(f"{marked:,} marked as deleted; the next run records it, and voids their packets")
    elif found.gone:
        print(
            "gone there: merged or purged, which no pull is told of; what was recorded of them counts on. If they are "
            f"to count as deleted: seamkeeper reconcile {source.name} --mark-gone"
        )
    return 1 if found.missing or found.older or (found.gone and not options.mark_gone) else 0


def _mark_gone(settings: Settings, source: Source, found: Reconciled) -> int:
    from flows import control, steps
    from flows.sources import mark_gone

    with control.lease(settings, steps.new_run_id()):
        return mark_gone(source, settings, found, datetime.now(UTC))


def _source(settings: Settings, name: str) -> Source:
    from flows import steps

    (source,) = steps.choose_sources(settings, [name])
    return source
