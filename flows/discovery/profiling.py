"""How good is what a source has: which properties are filled, with what, and with which junk instead?

In: a `Sample`. Out: a `Profile` per property, the best filled first. Values are never shown, only the
placeholders among them: they may be personal data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from flows.sources.sampling import Property, Sample

JUNK_SHOWN = 3


@dataclass(frozen=True)
class Profile:
    """One property: of `records`, how many hold something usable, how many different texts, which junk how often."""

    about: Property
    records: int
    filled: int
    distinct: int
    junk: tuple[tuple[str, int], ...]

    @property
    def fill_rate(self) -> float:
        """Share of records with a usable value, 0 to 1."""
        return self.filled / self.records if self.records else 0.0


def profiles(sample: Sample, placeholders: Sequence[str]) -> list[Profile]:
    """Every property of a sample, the best filled first."""
    found = [_profile(sample, each, placeholders) for each in sample.properties]
    return sorted(found, key=lambda profile: (-profile.fill_rate, profile.about.name))


def _profile(sample: Sample, each: Property, placeholders: Sequence[str]) -> Profile:
    texts = [(record.get(each.name) or "").strip() for record in sample.records]
    told = [(text, _placeholder(text, placeholders)) for text in texts if text]
    junk = Counter(pattern for _, pattern in told if pattern)
    usable = [text for text, pattern in told if not pattern]
    return Profile(each, len(texts), len(usable), len(set(usable)), tuple(junk.most_common(JUNK_SHOWN)))


def _placeholder(text: str, placeholders: Sequence[str]) -> str | None:
    """The placeholder a text is, as dbt's cleaning reads them: case-folded, * for anything. Never the text itself."""
    folded = text.casefold()
    return next((pattern for pattern in placeholders if pattern and fnmatchcase(folded, pattern)), None)
