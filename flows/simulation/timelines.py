"""When does what happen to a packet? All instants of many packets of one handoff, drawn at once.

In: triggers of one handoff and its behaviour. Out: `Packets`. Fields follow in `fields.py`, verdicts in
`judging.py`.
"""

from __future__ import annotations

import numpy as np

from flows.simulation import behaviour as b
from flows.simulation.columns import DAY, HOUR, NEVER, Flags, Ints, Reals, hours_after
from flows.simulation.company import Company, Seam
from flows.simulation.packets import INSTANTS, VOID, WITHDRAWN, Packets, deadlines


def draw(
    company: Company,
    seam: Seam,
    rng: np.random.Generator,
    account: Ints,
    triggered: Ints,
    subject: Ints,
    cycle: Ints,
    motion_shift: Reals,
) -> Packets:
    """Packets for these triggers; `motion_shift` is added to the chance of completeness."""
    given, count = seam.behaviour, len(triggered)
    triggered = _clear_of_expiry(company, seam, triggered)
    version = seam.version_on(company.days.day(triggered))
    sender, quality = _pick(company, seam, rng, version, "sender")
    receiver, slowness = _pick(company, seam, rng, version, "receiver")
    receiver = _someone_else(company, seam, version, sender, receiver)
    path = _paths(given, rng, count)
    faulty = rng.random(count) < given.faulty
    complete = rng.random(count) < given.complete + b.swing(given) * (quality + motion_shift)
    complete = np.where(path == b.REFUSED, ~faulty, complete)
    complete = np.where(path == b.FORGOTTEN, True, np.where(path == b.STUCK, False, complete))
    packets = Packets(
        account,
        subject,
        cycle,
        version,
        path,
        complete,
        ~complete & (rng.random(count) < given.leaky),
        rng.random(count) < given.late,
        faulty & complete & (path == b.REWORKED),
        sender,
        receiver,
        slowness,
        np.zeros(count, bool),
        np.full(count, NEVER),
        {name: np.full(count, NEVER) for name in INSTANTS},
    )
    packets.at["triggered"] = triggered
    packets.at["due"] = deadlines(seam, packets, triggered, "submit")
    _submit(seam, rng, packets)
    _decide(seam, rng, packets)
    _cross(seam, rng, packets)
    _date_only(company, rng, packets)
    _come_back(seam, rng, packets)
    _lose_triggers(company, seam, rng, packets)
    return packets


def _clear_of_expiry(company: Company, seam: Seam, triggered: Ints) -> Ints:
    """Moves triggers away from where elapsed days and calendar days could disagree on a drop."""
    return np.where(_near_expiry(company, seam, triggered), triggered - 7 * HOUR, triggered)


def _near_expiry(company: Company, seam: Seam, triggered: Ints) -> Flags:
    edges = [company.until - known.contract.expires_after_days * DAY for known in seam.versions]
    near: Flags = np.logical_or.reduce([np.abs(triggered - edge) < 3 * HOUR for edge in edges])
    return near


def _pick(
    company: Company, seam: Seam, rng: np.random.Generator, version: Ints, side: str
) -> tuple[Ints, Reals]:
    who, trait = np.empty(len(version), np.int64), np.empty(len(version), np.float64)
    for place, known in enumerate(seam.versions):
        mine = version == place
        team = known.contract.sender.team if side == "sender" else known.contract.receiver.team
        people = company.people.by_team[team]
        traits = (
            company.people.sender_quality(team)
            if side == "sender"
            else company.people.receiver_slowness(team)
        )
        chosen = rng.integers(0, len(people), int(mine.sum()))
        who[mine], trait[mine] = people[chosen], traits[chosen]
    return who, trait


def _someone_else(company: Company, seam: Seam, version: Ints, sender: Ints, receiver: Ints) -> Ints:
    """Where a team hands over to itself, nobody receives from themselves."""
    for place, known in enumerate(seam.versions):
        people = company.people.by_team[known.contract.receiver.team]
        same = (version == place) & (sender == receiver)
        receiver = np.where(same, people[(receiver - people[0] + 1) % len(people)], receiver)
    return receiver


def _paths(given: b.Behaviour, rng: np.random.Generator, count: int) -> Ints:
    edges = np.cumsum(given.shares)
    path = np.searchsorted(edges, rng.random(count) * edges[-1], side="right").astype(np.int64)
    path = np.minimum(path, len(edges) - 1)
    other = rng.random(count)
    path = np.where(other < given.void, VOID, path)
    return np.where((other >= given.void) & (other < given.void + given.withdrawn), WITHDRAWN, path)


def _submit(seam: Seam, rng: np.random.Generator, packets: Packets) -> None:
    count, at = len(packets), packets.at
    in_time = at["triggered"] + ((at["due"] - at["triggered"]) * rng.beta(1.6, 2.2, count) * 0.95).astype(
        np.int64
    )
    too_late = hours_after(at["due"], np.minimum(rng.lognormal(2.2, 0.9, count), 2.4 * _patience_days(seam)))
    moment = np.where(packets.late, too_late, in_time)
    silent = np.isin(packets.path, (b.CROSSED_BLIND, b.NOWHERE)) | (
        (packets.path == VOID) & (rng.random(count) < 0.5)
    )
    at["submitted"] = np.where(silent, NEVER, moment)
    at["silence"] = deadlines(seam, packets, at["submitted"], "silence")


def _patience_days(seam: Seam) -> int:
    """Days until the strictest version gives a packet up; delays stay in proportion, so that none is dropped
    by chance.
    """
    return min(known.contract.expires_after_days for known in seam.versions)


def _decide(seam: Seam, rng: np.random.Generator, packets: Packets) -> None:
    """Acceptances and rejections of each path, seen from the submission."""
    at, path, count = packets.at, packets.path, len(packets)
    start, window = at["submitted"], (at["silence"] - at["submitted"]) / HOUR
    sla = np.array([known.contract.sla.accept_hours for known in seam.versions])[packets.version]
    median = seam.behaviour.pace * sla * np.exp(packets.slowness)
    quick = median * np.exp(seam.behaviour.spread * rng.standard_normal(count))
    whole = median * b.REWORK_FACTOR * np.exp(b.REWORK_SPREAD * rng.standard_normal(count))
    extra = np.minimum(0.5 + rng.lognormal(np.log(b.EXTRA * sla), b.EXTRA_SPREAD), 6.0 * _patience_days(seam))
    at["rejected"] = hours_after(start, np.minimum(whole * rng.uniform(0.2, 0.45, count), window * 0.85))
    at["rejected"] = np.where(np.isin(path, (b.REWORKED, b.REFUSED, b.OVERRULED)), at["rejected"], NEVER)
    mended = hours_after(np.maximum(at["rejected"], at["due"]), rng.uniform(1, 30, count))
    at["mended"] = np.where(packets.faulty, mended, NEVER)
    sent_again = np.select(
        [packets.faulty, path == b.REWORKED, (path == b.REFUSED) & (rng.random(count) < 0.3)],
        [
            hours_after(at["mended"], np.minimum(0.5, quick * 0.5)),
            hours_after(start, whole * rng.uniform(0.55, 0.85, count)),
            hours_after(at["rejected"], rng.uniform(4, 60, count)),
        ],
        NEVER,
    )
    at["resubmitted"] = sent_again
    first = hours_after(start, np.minimum(quick, window * b.PATIENCE * rng.uniform(*b.HURRY, count)))
    second = np.where(packets.faulty, hours_after(at["mended"], quick), hours_after(start, whole))
    at["accepted"] = np.select(
        [path == b.ACCEPTED, path == b.REWORKED, path == b.SLOW],
        [first, second, hours_after(at["silence"], extra)],
        NEVER,
    )
    twice = (path == b.REWORKED) & (rng.random(count) < 0.15)
    gap = at["accepted"] - at["resubmitted"]
    at["rejected_again"] = np.where(twice, at["resubmitted"] + gap // 3, NEVER)
    at["resubmitted_again"] = np.where(twice, at["resubmitted"] + gap * 2 // 3, NEVER)
    taken_back = start + ((at["silence"] - start) * rng.uniform(0.1, 0.6, count)).astype(np.int64)
    at["withdrawn"] = np.where(path == WITHDRAWN, taken_back, NEVER)
    error = hours_after(np.where(start == NEVER, at["triggered"], start), rng.uniform(1, 72, count))
    at["voided"] = np.where(path == VOID, error, NEVER)
    accident = (path == b.ACCEPTED) & (rng.random(count) < 0.002)
    at["voided"] = np.where(accident, hours_after(at["accepted"], rng.uniform(1, 100, count)), at["voided"])


def _cross(seam: Seam, rng: np.random.Generator, packets: Packets) -> None:
    """The business event itself: after an acceptance, or before and without one."""
    at, path, count = packets.at, packets.path, len(packets)
    after = hours_after(at["accepted"], 0.2 + np.minimum(rng.lognormal(3.0, 1.0, count), 400.0))
    governed = np.isin(path, (b.ACCEPTED, b.REWORKED, b.SLOW)) & (rng.random(count) < 0.93)
    before_silence = at["submitted"] + _part(rng, at["silence"] - at["submitted"], *b.EARLY_CROSSING)
    before_due = at["triggered"] + _part(rng, at["due"] - at["triggered"], 0.15, 0.85)
    at["crossed"] = np.select(
        [governed, path == b.CROSSED_FIRST, path == b.CROSSED_BLIND, path == b.SILENT, path == b.OVERRULED],
        [
            after,
            before_silence,
            before_due,
            hours_after(at["silence"], rng.uniform(0.3, 5, count) * _patience_days(seam)),
            hours_after(at["rejected"], rng.uniform(0.3, 5, count) * _patience_days(seam)),
        ],
        NEVER,
    )


def _date_only(company: Company, rng: np.random.Generator, packets: Packets) -> None:
    """Some crossings are known by their date alone, which means the end of that day."""
    crossed = packets.at["crossed"]
    some = ~np.isin(packets.path, (b.CROSSED_FIRST, b.CROSSED_BLIND)) & (crossed <= company.until)
    some &= rng.random(len(packets)) < 0.03
    crossed[some] = company.days.end_of(crossed[some])


def _part(rng: np.random.Generator, span: Ints, low: float, high: float) -> Ints:
    return (span * rng.uniform(low, high, len(span))).astype(np.int64)


def _come_back(seam: Seam, rng: np.random.Generator, packets: Packets) -> None:
    """Acceptances after the crossing, and packets that are opened again."""
    at, count = packets.at, len(packets)
    signed_late = (packets.path == b.CROSSED_FIRST) & (rng.random(count) < seam.behaviour.later_accepted)
    at["accepted"] = np.where(
        signed_late, hours_after(at["crossed"], rng.uniform(*b.LATE_SIGNATURE, count)), at["accepted"]
    )
    again = (
        (packets.path == b.ACCEPTED) & (rng.random(count) < seam.behaviour.reopened) & (at["voided"] == NEVER)
    )
    at["reopened"] = np.where(again, hours_after(at["accepted"], rng.uniform(5, 200, count)), NEVER)
    closed = again & (rng.random(count) < 0.8)
    at["accepted_again"] = np.where(closed, hours_after(at["reopened"], rng.uniform(5, 60, count)), NEVER)


def _lose_triggers(company: Company, seam: Seam, rng: np.random.Generator, packets: Packets) -> None:
    """A few packets whose trigger nobody recorded; chosen so that no planted rate depends on it."""
    at = packets.at
    plain = (packets.path == b.ACCEPTED) & packets.complete & ~packets.late & (at["voided"] == NEVER)
    plain &= (at["submitted"] <= company.until) & ~_near_expiry(company, seam, at["submitted"])
    plain &= (
        seam.version_on(company.days.day(np.where(plain, at["submitted"], at["triggered"])))
        == packets.version
    )
    packets.untriggered = plain & (rng.random(len(packets)) < 0.006)
    at["triggered"] = np.where(packets.untriggered, at["submitted"], at["triggered"])
    at["due"] = deadlines(seam, packets, at["triggered"], "submit")
