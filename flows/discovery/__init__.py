"""What does a source have, before any contract is written: one page, a summary, a draft of a contract.

In: a source's token and how many records to look at. Out: `Discovery`, and its HTML page. Reads only: no working
database, no ledger, no run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from contracts import Catalogue
from flows.discovery.drafting import draft
from flows.discovery.profiling import Profile, profiles
from flows.discovery.proposing import Proposal, proposals
from flows.discovery.summary import summarise
from flows.settings import Source
from flows.sources.sampling import Sample, Skipped

__all__ = ["Discovery", "Profile", "Proposal", "look", "summarise"]


@dataclass(frozen=True)
class Discovery:
    """What was found: samples, what was skipped, a profile per property, and for one handoff proposals and a draft."""

    source: Source
    samples: Sequence[Sample]
    skipped: Sequence[Skipped]
    profiled: Mapping[str, Sequence[Profile]]
    handoff: str | None
    proposed: Mapping[str, Sequence[Proposal]]
    draft: str

    def page(self) -> str:
        """One self-contained HTML page; whatever stands in a source is inert on it."""
        from jinja2 import Environment

        template = files(__name__).joinpath("page.html").read_text(encoding="utf-8")
        environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        return environment.from_string(template).render(
            source=self.source.name,
            kind=self.source.kind,
            at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            samples=self.samples,
            skipped=self.skipped,
            profiled=self.profiled,
            handoff=self.handoff,
            proposed=self.proposed,
            draft=self.draft,
        )


def look(
    source: Source,
    samples: Sequence[Sample],
    skipped: Sequence[Skipped],
    catalogue: Catalogue,
    handoff: str | None,
) -> Discovery:
    """Profile what was sampled and, for a handoff, propose where its fields are."""
    placeholders = catalogue.organisation.placeholders
    profiled = {sample.object: profiles(sample, placeholders) for sample in samples}
    if handoff is None:
        return Discovery(source, samples, skipped, profiled, None, {}, "")
    contract = catalogue.contract(handoff)
    proposed = {field.name: proposals(field, source.kind, profiled) for field in contract.current.fields}
    text = draft(contract, source.kind, samples, proposed, bool(source.options["touches"]))
    return Discovery(source, samples, skipped, profiled, handoff, proposed, text)
