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
    junk = Counter(text.casefold() for text in texts if text and _is_placeholder(text, placeholders))
    usable = [text for text in texts if text and text.casefold() not in junk]
    return Profile(each, len(texts), len(usable), len(set(usable)), tuple(junk.most_common(JUNK_SHOWN)))


def _is_placeholder(text: str, placeholders: Sequence[str]) -> bool:
    """As dbt's cleaning reads them: trimmed, case-folded, * for anything."""
    folded = text.casefold()
    return any(fnmatchcase(folded, pattern) for pattern in placeholders if pattern)
