"""What may happen to one packet? A number in; the events of a whole life out, edges on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from contracts.vocabulary import REASONS
from tests.oracle.terms import CONTRACTS, WORTH

Row = dict[str, Any]
TICK = timedelta(microseconds=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EDGES = [
    datetime(2025, 3, 29, 23, 0, tzinfo=UTC), datetime(2025, 3, 30, 0, 59, 59, 999999, tzinfo=UTC),
    datetime(2025, 3, 30, 1, 0, tzinfo=UTC), datetime(2025, 3, 30, 22, 0, tzinfo=UTC),
    datetime(2025, 3, 31, 21, 59, 59, 999999, tzinfo=UTC), datetime(2025, 3, 31, 22, 0, tzinfo=UTC),
    datetime(2025, 6, 14, 22, 0, tzinfo=UTC), datetime(2025, 6, 14, 21, 59, 59, 999999, tzinfo=UTC),
    datetime(2025, 6, 9, 22, 0, tzinfo=UTC), datetime(2025, 6, 30, 22, 0, tzinfo=UTC) - TICK,
    datetime(2025, 6, 30, 22, 0, tzinfo=UTC), datetime(2025, 10, 26, 0, 30, tzinfo=UTC),
    datetime(2025, 10, 26, 1, 30, tzinfo=UTC), datetime(2025, 10, 26, 23, 0, tzinfo=UTC),
]  # fmt: skip
"""Nights on which clocks change, ends of weeks and months, days from which something is in force."""
SYSTEM = json.dumps({"actor_kind": "system"})
LIVELY = [contract["handoff"] for contract in CONTRACTS if contract["handoff"] != "silent"]
BY_NAME = {contract["handoff"]: contract for contract in CONTRACTS}
SENDERS, RECEIVERS = [f"sam{n}" for n in range(4)], [f"ria{n}" for n in range(4)]


def written(row: Row) -> Row:
    return {**row, "time": row["time"].isoformat()}


class Life:
    """Everything that happens to one packet and around it."""

    def __init__(self, number: int) -> None:
        self.chance, self.rows = Random(number), list[Row]()
        chance = self.chance
        self.handoff = chance.choice([*LIVELY, "won", "plain", "plain"])
        self.subject = f"s{number}"
        self.cycle = chance.choice([None, None, None, 2])
        self.account = chance.choice([None, *[f"a{chance.randrange(30)}"] * 9])
        self.begin = self._beginning()
        self.submitted = self.begin + self._while()
        self.decided = self.submitted + self._while()
        self._trigger()
        self._fill()
        self._submit()
        self.accepted = self._decide()
        self._cross()
        self._assign()
        self._end()
        self._customer()

    # -- words -----------------------------------------------------------------------------------------------

    def _maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def _beginning(self) -> datetime:
        june = datetime(2025, 6, 2, 6, 0, tzinfo=UTC) + HOUR * self.chance.randrange(24 * 26)
        spring = datetime(2025, 3, 24, 7, 13, 5, 250_000, tzinfo=UTC) + timedelta(
            seconds=self.chance.randrange(900_000)
        )
        autumn = spring + DAY * 210
        return self.chance.choice([june, june, june, june, spring, autumn, self.chance.choice(EDGES)])

    def _while(self) -> timedelta:
        """A span of time, with what contracts and definitions count in."""
        hours = self.chance.choice([0, 0, 1, 4.25, 8.5, 16, 24, 32, 48, 96, 24 * 7, 24 * 14, 24 * 30])
        any_time = timedelta(seconds=self.chance.randrange(200_000))
        return self.chance.choice([any_time, any_time, HOUR * hours, self._about(HOUR * hours)])

    def _about(self, span: timedelta) -> timedelta:
        """Exactly so long, or a moment more or less."""
        return max(timedelta(), span + self.chance.choice([timedelta(), TICK, -TICK, timedelta(minutes=1)]))

    def tell(self, kind: str, at: datetime, **more: Any) -> None:
        row = {"source": "crm", "type": kind, "time": at, "handoff": self.handoff, "subject": self.subject,
               "cycle": self.cycle, "account": self.account, **more}  # fmt: skip
        row["sequence"] = self.chance.choice([None] * 8 + [0, 1])
        self.rows.append(written(row))

    def around(self, kind: str, at: datetime, **more: Any) -> None:
        """Something about the account alone."""
        self.tell(kind, at, **{"handoff": None, "subject": None, "cycle": None, **more})

    # -- acts ------------------------------------------------------------------------------------------------

    def _trigger(self) -> None:
        chance = self.chance
        detail = {"segment": chance.choice(["small", "enterprise", "enterprise", None, "huge"])}
        source = chance.choice(["crm", "crm", "crm", "desk"])
        if source == "crm":  # which states currencies; desk never does
            detail["currency"] = chance.choice(["EUR"] * 8 + ["USD", None])
        stated = json.dumps({key: each for key, each in detail.items() if each})
        amount = chance.choice([None, "0", "999.99", "1000", "50000.5", "50000.49", "700000"])
        at = self.begin + (HOUR * chance.choice([1, 30]) if self._maybe(0.03) else timedelta())
        if self._maybe(0.95):
            who: Row = {"actor": chance.choice([*SENDERS, "bot", None]), "source": source}
            motion = chance.choice(["new", "grow", None])
            self.tell("handoff.triggered", at, value=amount, motion=motion, detail=stated, **who)
        if self._maybe(0.3):
            shift = chance.choice([timedelta(), -HOUR, HOUR, TICK])
            owner = chance.choice([*SENDERS, "max"])
            self.tell("handoff.assigned", self.begin + shift, team=self._sending, actor=owner)

    @property
    def _sending(self) -> str:
        return str(BY_NAME[self.handoff]["sender"]["team"])

    def _submit(self) -> None:
        if self._maybe(0.9):
            actor = self.chance.choice([*SENDERS, *SENDERS, "bot", None, "max", "stranger"])
            self.tell("handoff.submitted", self.submitted, actor=actor)
            if self._maybe(0.1):
                self.tell("handoff.submitted", self.submitted + self._while(), actor="max", team="care")

    def _fill(self) -> None:
        """Fields are filled in good time, at the last instant, a minute late, wrongly, or never."""
        contract, chance = BY_NAME[self.handoff], self.chance
        versions = [contract, *contract.get("earlier_versions", [])]
        fields = {field["name"]: field for version in versions for field in version["fields"]}
        is_good = self._maybe(0.6)
        for name, field in fields.items():
            for _ in range(chance.choice([0, 1, 1, 1, 1, 2]) if not is_good else 1):
                text = chance.choice(WORTH[name]) if self._maybe(0.1 if is_good else 0.5) else WORTH[name][0]
                self._enter(field, text, self._filling(is_good))

    def _filling(self, is_good: bool) -> datetime:
        early = self.begin + self.chance.choice([timedelta(), -DAY * 2, -DAY * 3, -HOUR])
        if is_good and self._maybe(0.85):
            return early
        moments = [early, self.submitted, self.decided, self.decided + timedelta(minutes=1), self.decided - TICK,
                   self.begin + DAY, self.begin + DAY + TICK, self.submitted + self._while()]  # fmt: skip
        return self.chance.choice(moments)

    def _enter(self, field: Row, text: str, at: datetime) -> None:
        actor, source = self.chance.choice([*SENDERS, None]), field.get("source")
        if source and self._maybe(0.7):
            detail = json.dumps({"evidence": "snapshot"}) if self._maybe(0.5) else None
            mapped = {"object": "deal", "field": source.split(".")[2], "value": text, "detail": detail}
            self.tell("record.changed", at, handoff=None, cycle=None, actor=actor, **mapped)
        else:
            cycle = self.cycle if self._maybe(0.5) else None
            self.tell("handoff.field_set", at, cycle=cycle, field=field["name"], value=text, actor=actor)

    def _decider(self) -> Row:
        chance = self.chance
        anyone: list[Row] = [
            {"actor": "ria0"}, {"actor": "ria1", "team": "care"}, {"actor": "stranger"}, {"actor": "bot"},
            {"actor": None}, {"actor": None, "source": "desk"}, {"actor": "ria2", "detail": SYSTEM},
            {"actor": chance.choice(SENDERS)}, {"actor": "max"}, {"actor": "stranger", "team": "sales"},
            {"actor": "sam0", "team": "care"}, {"actor": "ria3", "source": "desk"},
            {"actor": None, "source": "desk", "team": "sales"},
        ]  # fmt: skip
        return chance.choice(anyone) if self._maybe(0.35) else {"actor": chance.choice(RECEIVERS)}

    def _decide(self) -> datetime:
        """Some play of decisions; returns when an acceptance was or would have been."""
        at, play = (
            self.decided,
            self.chance.choice(["accept"] * 5 + ["reject", "again", "again", "reopen", "none", "two"]),
        )
        if play in ("accept", "reopen", "two"):
            self.tell("handoff.accepted", at, **self._decider())
        if play in ("reject", "again"):
            reason = self.chance.choice([*REASONS, "late again", None])
            self.tell("handoff.rejected", at, reason=reason, **self._decider())
        if play == "again":
            resubmitted = at + self._while()
            self.tell("handoff.submitted", resubmitted, actor="sam1")
            at = resubmitted + self._while()
            self.tell("handoff.accepted", at, **self._decider())
        if play == "reopen":
            back = at + self.chance.choice([HOUR, self._about(DAY * 30)])
            self.tell("handoff.reopened", back, actor="ria0", reason="wrong_value")
            self.tell("handoff.accepted", back + self._while(), **self._decider())
        if play == "two":
            kind = self.chance.choice(["handoff.accepted", "handoff.rejected"])
            self.tell(kind, at + self.chance.choice([timedelta(), HOUR]), **self._decider())
        return at

    def _cross(self) -> None:
        when = self.chance.choice([self.decided, self.accepted, self.accepted - HOUR, self.accepted + HOUR,
                                   self.submitted, self.begin + DAY * 7, self.begin + DAY * 7 + TICK, None,
                                   None])  # fmt: skip
        if when:
            self.tell("handoff.crossed", max(when, self.begin), actor=self.chance.choice(["ria0", None]))

    def _assign(self) -> None:
        receiving = str(BY_NAME[self.handoff]["receiver"]["team"])
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            shift = self.chance.choice([-HOUR, timedelta(), TICK, HOUR, DAY * 10, self._about(DAY * 30)])
            owner = self.chance.choice(RECEIVERS)
            self.tell("handoff.assigned", self.accepted + shift, team=receiving, actor=owner)

    def _end(self) -> None:
        if self._maybe(0.07):
            kind = self.chance.choice(["handoff.voided", "handoff.withdrawn"])
            at = self.accepted + self.chance.choice([-HOUR, HOUR, DAY * 40])
            self.tell(kind, at, actor="sam0", reason="duplicate")
            if self._maybe(0.3):
                self.tell("handoff.submitted", at + HOUR, actor="sam0")

    # -- customer --------------------------------------------------------------------------------------------

    def _customer(self) -> None:
        plays: list[tuple[float, Callable[[], None]]] = [
            (0.4, self._touch), (0.6, self._ask), (0.6, self._answer), (0.5, self._contract)
        ]  # fmt: skip
        for share, play in plays:
            if self._maybe(share):
                play()

    def _touch(self) -> None:
        for _ in range(self.chance.choice([1, 2]) if self.account else 0):
            at = self.accepted + self.chance.choice([timedelta(), -TICK, HOUR, DAY, DAY * 20])
            actor = self.chance.choice([*RECEIVERS, "bot", "sam0", "stranger", None, "max"])
            team = self.chance.choice([None, None, "care", "sales"])
            self.around("account.touched", at, actor=actor, team=team)

    def _ask(self) -> None:
        chance = self.chance
        for _ in range(chance.choice([1, 1, 2])):
            kind = chance.choice(["question_asked", "question_asked", "reasked", "reask_checked"])
            shifts = [timedelta(), -TICK, DAY, DAY * 3, self._about(DAY * 30)]
            at = self.accepted + chance.choice(shifts)
            names = [field["name"] for field in BY_NAME[self.handoff]["fields"]]
            field = chance.choice([*names, chance.choice([*WORTH])])
            if kind != "question_asked":
                field = chance.choice([field, None])
            if self._maybe(0.3) and self.account:
                self.tell(f"handoff.{kind}", at, subject=None, cycle=None, field=field)
            else:
                account = chance.choice([self.account, None])
                self.tell(f"handoff.{kind}", at, field=field, account=account)

    def _answer(self) -> None:
        chance = self.chance
        for _ in range(chance.choice([1, 2, 3, 4])):
            away = chance.choice([timedelta(), TICK, DAY, DAY * 5, self._about(DAY * 14)])
            kind = chance.choice(["relational", "relational", "transactional", None])
            score = chance.choice(["0", "6", "7", "8", "9", "10", "10", "11", "7.5", "-1"])
            contact = chance.choice(["c1", "c2", "c2", None])
            detail = json.dumps({"kind": kind} if kind else {})
            at = self.accepted + chance.choice([away, -away])
            self.around("survey.answered", at, value=score, actor=contact, detail=detail)

    def _contract(self) -> None:
        if self.account is None:
            return
        start = self.begin + self.chance.choice([timedelta(), DAY, -DAY * 30, DAY * 40])
        self.around("account.started", start)
        if self._maybe(0.6):
            lasted = self.chance.choice(
                [self._about(DAY * 365), DAY * 60, DAY * 200, -DAY, DAY * 500, timedelta()]
            )
            detail = self.chance.choice([None, None, '{"involuntary": true}', '{"involuntary": false}'])
            self.around("account.churned", start + lasted, detail=detail, reason="price")
