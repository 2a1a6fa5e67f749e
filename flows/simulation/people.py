"""Who works at the simulated company?

Teams from the contracts, people with better and worse days, and system users.

In: the teams that send and receive, and the size of the company. Out: actor codes per team, the quality of
each sender (added to the chance of a complete packet) and the slowness of each receiver (natural log of a
factor). Both average to zero over a team, so what is planted per handoff stays exact.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from flows.simulation.columns import DAY, Ints, Reals, Rows
from flows.simulation.vocabulary import Words

_GIVEN = (
    "Zoë",
    "José",
    "Łukasz",
    "Søren",
    "Chloë",
    "Naïma",
    "Jürgen",
    "Małgorzata",
    "Ægir",
    "Þóra",
    "Inés",
    "Åsa",
    "Dvořák",
    "Şebnem",
    "Renée",
    "Nguyễn",
    "Οδυσσέας",
    "Олена",
    "佐藤",
    "김민준",
    "Anna",
    "Tom",
    "Priya",
    "Omar",
)
_FAMILY = (
    "Müller",
    "Peña",
    "Żak",
    "Ångström",
    "O’Brien",
    "García",
    "Kowalczyk",
    "Öztürk",
    "Nováková",
    "Fournier",
    "D'Angelo",
    "Haïdara",
    "Schröder",
    "Guðmundsdóttir",
    "Łęcka",
    "Ibáñez",
    "Strauß",
    "Lefèvre",
    "Quiñones",
    "Smith",
    "Chen",
)
SYSTEM_USERS = ("sys-crm-sync", "sys-router", "sys-migration")
SENDER_SWING = 0.10
RECEIVER_SWING = 0.45


@dataclass(frozen=True)
class People:
    """Actor codes by team; the order within a team is the order of quality and slowness."""

    by_team: dict[str, Ints]
    systems: Ints
    teamless: int  # a known person without a team
    texts: Words
    names: dict[int, str]

    def sender_quality(self, team: str) -> Reals:
        """What each sender of a team adds to the chance of a complete packet."""
        return _even_swing(len(self.by_team[team])) * SENDER_SWING

    def receiver_slowness(self, team: str) -> Reals:
        """By how much (natural log) each receiver of a team takes longer."""
        return -_even_swing(len(self.by_team[team]))[::-1] * RECEIVER_SWING

    def set_events(self, first_day: int, team_codes: dict[str, int], details: Words) -> Rows:
        """`person.set` for everyone, 60 days before the period; one in ten came from another team 200 days
        before.
        """
        parts = []
        teams = sorted(self.by_team)
        for place, team in enumerate(teams):
            actors = self.by_team[team]
            told = np.array([self._detail(details, int(actor), "person") for actor in actors])
            moved = np.arange(len(actors)) % 10 == 9
            earlier = team_codes[teams[(place + 1) % len(teams)]]
            when = np.full(len(actors), first_day * DAY - 60 * DAY) + np.arange(len(actors)) * 61_000_000
            parts.append(
                Rows.of(
                    "person.set",
                    when[moved] - 140 * DAY,
                    actor=actors[moved],
                    team=earlier,
                    detail=told[moved],
                )
            )
            parts.append(Rows.of("person.set", when, actor=actors, team=team_codes[team], detail=told))
        others = np.append(self.systems, self.teamless)
        kinds = ["system"] * len(self.systems) + ["person"]
        told = np.array([self._detail(details, int(a), kind) for a, kind in zip(others, kinds, strict=True)])
        parts.append(
            Rows.of("person.set", np.full(len(others), first_day * DAY - 61 * DAY), actor=others, detail=told)
        )
        return Rows.concatenated(parts)

    def _detail(self, details: Words, actor: int, kind: str) -> int:
        return details.code(json.dumps({"name": self.names[actor], "kind": kind}, ensure_ascii=False))


def hire(teams: list[str], packets: int) -> People:
    """People for each team; a bigger company has bigger teams (6 to 120)."""
    size = int(np.clip(packets // 1500, 6, 120))
    actors = Words()
    names: dict[int, str] = {}
    by_team: dict[str, Ints] = {}
    for place, team in enumerate(sorted(teams)):
        codes = actors.codes([f"{team}-{n:02d}" for n in range(1, size + 1)])
        by_team[team] = codes
        for n, code in enumerate(codes):
            given = _GIVEN[(place * 7 + n) % len(_GIVEN)]
            names[int(code)] = f"{given} {_FAMILY[(place * 5 + n * 3) % len(_FAMILY)]}"
    systems = actors.codes(list(SYSTEM_USERS))
    names.update({int(code): name for code, name in zip(systems, SYSTEM_USERS, strict=True)})
    teamless = actors.code("advisor-01")
    names[teamless] = "Émile Béranger"
    return People(by_team, systems, teamless, actors, names)


def _even_swing(people: int) -> Reals:
    return np.linspace(-1.0, 1.0, people) if people > 1 else np.zeros(1)
