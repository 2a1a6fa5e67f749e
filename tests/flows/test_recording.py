import os
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from contracts.errors import LedgerError, WarehouseError
from flows import warehouse
from flows.ledger import Ledger
from flows.recording import Recorded, record_events, restore_quarantine

AT = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 7, 2, 2, 0, tzinfo=UTC)
FAULTY = "handoff is unknown: moon"


class Night:
    """A working database and a ledger; each row is a dict of raw text."""

    def __init__(self, folder):
        self.connection = warehouse.connect(folder / "work.duckdb")
        self.ledger = Ledger(folder / "ledger")
        self.runs = 0
        self.mended = False
        warehouse.create_raw_table(self.connection, "events")

    def pull(self, *rows, file="a.csv"):
        names = ", ".join(f'"{name}"' for name in (*warehouse.EVENT_COLUMNS, "_origin", "_file", "_row"))
        marks = ", ".join("?" * 20)
        for number, row in enumerate(rows, start=1):
            raw = {"source": "crm", "type": "handoff.submitted", "time": "2026-01-01T00:00:00Z", **row}
            values = [raw.get(name) for name in warehouse.EVENT_COLUMNS]
            self.connection.execute(
                f"insert into raw_events.events ({names}) values ({marks})", [*values, "mine", file, number]
            )

    def stage(self):
        """What dbt does, in short: an unknown handoff is the only fault."""
        restore_quarantine(self.connection, self.ledger)
        columns = ", ".join(f'"{name}"' for name in warehouse.EVENT_COLUMNS)
        where = "_origin, _file, _row"
        self.connection.execute("create schema if not exists stage")
        self.connection.execute(
            f"""
            create or replace table stage.lifecycle_events as
            select * replace (
                    "time"::timestamptz as "time", sequence::bigint as sequence, cycle::integer as cycle
                ) rename (_origin as origin, _file as file, _row as "row"),
                'instant' as time_precision,
                case when handoff = 'moon' and not {self.mended} then '{FAULTY}' end as fault
            from (
                select {columns}, {where}, false as retried from raw_events.events
                union all
                select {columns}, {where}, true as retried from raw_quarantine.events
            )"""
        )

    def record(self, at=AT, **options):
        self.runs += 1
        recorded = record_events(self.connection, self.ledger, f"run-{self.runs}", at, **options)
        total = recorded.recorded + recorded.revised + recorded.known + recorded.quarantined
        assert recorded.incoming == total
        return recorded

    def run(self, *rows, at=AT, file="a.csv"):
        self.pull(*rows, file=file)
        self.stage()
        return self.record(at)

    def ask(self, query):
        self.ledger.create_view(self.connection)
        return self.connection.execute(query).fetchall()

    def history(self):
        return self.ask(
            "select position, id, value, revision, supersedes from ledger.events order by position"
        )

    def quarantine(self):
        return self.ask(
            "select id, fault, _row, first_seen_at, last_tried_at from recording.quarantine order by all"
        )


@pytest.fixture
def night(tmp_path):
    night = Night(tmp_path)
    yield night
    night.connection.close()


def counts(**given):
    return Recorded(**{name: given.get(name, 0) for name in Recorded.__dataclass_fields__})


def test_new_events_are_recorded_in_the_order_of_their_file(night):
    assert night.run({"id": "b"}, {"id": "a"}, {"id": "c"}) == counts(incoming=3, recorded=3)
    assert [row[:2] for row in night.history()] == [(1, "b"), (2, "a"), (3, "c")]


def test_every_column_arrives_in_the_ledger_as_staged(night):
    night.run(
        {"id": "a", "sequence": "7", "cycle": "2", "value": "Zoë", "detail": '{"url": "x"}', "team": "sales"}
    )
    columns = "id, source, sequence, cycle, value, detail, team, time_precision, origin, run_id, recorded_at"
    expected = ("a", "crm", 7, 2, "Zoë", '{"url": "x"}', "sales", "instant", "mine", "run-1", AT)
    assert night.ask(f"select {columns} from ledger.events") == [expected]


def test_the_same_event_twice_in_a_batch_is_recorded_once(night):
    assert night.run({"id": "a"}, {"id": "a"}, {"id": "b"}) == counts(incoming=3, recorded=2, known=1)


def test_the_same_id_of_another_source_is_another_event(night):
    assert night.run({"id": "a"}, {"id": "a", "source": "desk"}) == counts(incoming=2, recorded=2)


def test_other_content_is_the_next_revision_and_names_the_one_it_replaces(night):
    night.run({"id": "a", "value": "1"}, {"id": "a", "value": "2"})
    night.run({"id": "a", "value": "3"})
    assert night.history() == [(1, "a", "1", 1, None), (2, "a", "2", 2, 1), (3, "a", "3", 3, 2)]


@pytest.mark.parametrize("column", ["time", "value", "actor", "reason", "detail", "sequence"])
def test_a_difference_in_any_column_is_other_content(night, column):
    other = {"time": "2026-01-02T00:00:00Z", "sequence": "1"}.get(column, "other")
    night.run({"id": "a"})
    assert night.run({"id": "a", column: other}) == counts(incoming=1, revised=1)


SEEN = {"type": "record.changed", "object": "crm.deal", "subject": "1", "field": "plan", "value": "a",
        "detail": '{"evidence":"snapshot"}'}  # fmt: skip


def seen(day, **row):
    return {**SEEN, "id": f"seen {day} {row}", "time": f"2026-01-{day:02}T00:00:00Z", **row}


@pytest.mark.parametrize(
    ("held", "told", "new"),
    [
        ([seen(1)], [seen(2)], 0),
        ([seen(1, value=None)], [seen(2, value=None)], 0),
        ([seen(1)], [seen(2, value="b")], 1),
        ([seen(1)], [seen(2, subject="2")], 1),
        ([seen(1)], [seen(2, source="desk")], 1),
        ([seen(1)], [seen(2, detail=None)], 1),  # a change says when
        ([seen(1), seen(2, value="b")], [seen(3)], 1),
        ([seen(2)], [seen(1)], 1),  # before what is held, nothing was
        ([seen(1)], [seen(2, value="b", detail=None), seen(3)], 2),
        ([seen(1), seen(2, field="deleted", value="true")], [seen(3)], 1),  # it is back
        ([seen(1, field="deleted"), seen(2)], [seen(3, field="deleted")], 1),  # gone again
        ([seen(1, field="deleted")], [seen(3, field="deleted")], 0),
        ([seen(1), {**seen(1), "value": "b"}], [seen(2)], 1),  # corrected
        ([seen(1), {**seen(1), "value": "b"}], [seen(2, value="b")], 0),
    ],
)
def test_a_snapshot_that_repeats_what_is_held_last_is_known(night, held, told, new):
    night.run(*held)
    assert night.run(*told, file="b.csv") == counts(incoming=len(told), recorded=new, known=len(told) - new)


def test_reading_old_files_again_grows_nothing(night):
    old, new = {"id": "a", "value": "1"}, {"id": "a", "value": "2"}
    night.run(old)
    night.run(new)
    head = night.ledger.head()
    assert night.run(old) == counts(incoming=1, known=1)
    assert night.run(new, old, new) == counts(incoming=3, known=3)
    assert night.ledger.head() == head


def test_nothing_staged_records_nothing(night):
    night.run({"id": "a"})
    head = night.ledger.head()
    assert night.run() == counts()
    assert night.ledger.head() == head


def test_raw_rows_are_deleted_once_they_are_recorded(night):
    night.run({"id": "a"}, {"id": "b", "handoff": "moon"})
    assert night.ask("select count(*) from raw_events.events") == [(0,)]
    assert night.ask("select count(*) from raw_quarantine.events") == [(0,)]


def test_a_row_that_breaks_a_rule_waits_in_quarantine_as_it_was_pulled(night):
    assert night.run({"id": " b ", "handoff": "moon"}, {"id": "a"}) == counts(
        incoming=2, recorded=1, quarantined=1
    )
    assert night.quarantine() == [(" b ", FAULTY, 1, AT, AT)]


def test_a_waiting_row_is_tried_again_at_each_run_and_remembers_since_when(night):
    night.run({"id": "b", "handoff": "moon"})
    assert night.run(at=LATER) == counts(incoming=1, retried=1, quarantined=1)
    assert night.quarantine() == [("b", FAULTY, 1, AT, LATER)]


def test_a_mended_row_leaves_quarantine_for_the_ledger(night):
    night.run({"id": "b", "handoff": "moon"})
    night.mended = True
    assert night.run(at=LATER) == counts(incoming=1, retried=1, recorded=1)
    assert night.quarantine() == []
    assert night.run() == counts()


def test_a_waiting_row_that_is_pulled_again_waits_once(night):
    bad = {"id": "b", "handoff": "moon"}
    night.run(bad)
    assert night.run(bad, at=LATER) == counts(incoming=2, retried=1, known=1, quarantined=1)
    assert night.quarantine() == [("b", FAULTY, 1, AT, LATER)]
    night.mended = True
    assert night.run(bad) == counts(incoming=2, retried=1, recorded=1, known=1)


def test_a_row_that_was_mended_at_its_source_waits_no_longer(night):
    night.run({"id": " b ", "handoff": "moon"}, {"id": "c", "handoff": "moon"})
    assert night.run({"id": "b"}, at=LATER) == counts(
        incoming=3, retried=2, recorded=1, known=1, quarantined=1
    )
    assert [row[0] for row in night.quarantine()] == ["c"]
    assert night.run() == counts(incoming=1, retried=1, quarantined=1)


def test_a_row_that_was_mended_into_what_is_known_waits_no_longer(night):
    night.run({"id": "b"})
    night.run({"id": "b", "handoff": "moon"})
    assert night.run({"id": "b"}) == counts(incoming=2, retried=1, known=2)
    assert night.quarantine() == []


def test_a_row_that_is_still_told_with_its_fault_waits_beside_one_without(night):
    bad = {"id": "b", "handoff": "moon"}
    night.run(bad)
    assert night.run(bad, {"id": "b"}, at=LATER) == counts(
        incoming=3, retried=1, recorded=1, known=1, quarantined=1
    )
    assert night.quarantine() == [("b", FAULTY, 1, AT, LATER)]


def test_what_another_source_says_mends_nothing(night):
    night.run({"id": "b", "handoff": "moon"})
    assert night.run({"id": "b", "source": "desk"}) == counts(
        incoming=2, retried=1, recorded=1, quarantined=1
    )


def test_equal_faulty_rows_at_two_places_are_two_rows_in_quarantine(night):
    bad = {"handoff": "moon"}
    assert night.run(bad, bad) == counts(incoming=2, quarantined=2)
    assert [row[2] for row in night.quarantine()] == [1, 2]


def test_a_changed_file_pulled_twice_quarantines_only_the_row_at_fault(night):
    night.pull({"id": "a", "handoff": "moon"})
    assert night.run({"id": "a", "handoff": "mars"}) == counts(incoming=2, recorded=1, quarantined=1)
    assert [row[0] for row in night.quarantine()] == ["a"]


def test_the_digest_of_the_quarantine_does_not_change_by_trying_again(night):
    night.run({"id": "a"})
    empty = night.ledger.quarantine_digest()
    night.run({"id": "b", "handoff": "moon"})
    digest = night.ledger.quarantine_digest()
    night.run(at=LATER)
    assert digest == night.ledger.quarantine_digest() != empty


def test_losing_the_working_database_loses_nothing(night, tmp_path):
    night.run({"id": "a"}, {"id": "b", "handoff": "moon"})
    night.connection.close()
    (tmp_path / "work.duckdb").unlink()
    again = Night(tmp_path)
    assert again.run({"id": "a"}, {"id": "b", "handoff": "moon"}) == counts(
        incoming=3, retried=1, known=2, quarantined=1
    )
    again.connection.close()


@pytest.mark.parametrize("step", ["_seal", "write_quarantine", "load_quarantine"])
def test_a_run_that_dies_at_any_step_is_completed_by_the_next(night, monkeypatch, step):
    night.run({"id": "a"})
    night.pull({"id": "b", "handoff": "moon"}, {"id": "a"}, {"id": "c"}, {"id": "c", "value": "2"})
    night.stage()
    real = getattr(Ledger, step)

    harmless = ["reads, before anything is written"] if step == "load_quarantine" else []

    def die(*arguments, **options):
        if harmless and harmless.pop():
            return real(*arguments, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, step, die)
        with pytest.raises(KeyboardInterrupt):
            night.record()
    night.stage()
    night.record(LATER)
    assert [row[1:4] for row in night.history()] == [("a", None, 1), ("c", None, 1), ("c", "2", 2)]
    assert [row[0] for row in night.quarantine()] == ["b"]
    assert night.run() == counts(incoming=1, retried=1, quarantined=1)
    assert night.ledger.verify().rows == 3


def test_rows_pulled_but_not_staged_stop_the_step_before_anything_is_written(night):
    night.pull({"id": "a"})
    night.stage()
    night.pull({"id": "b"})
    with pytest.raises(WarehouseError, match="has 1 rows, pulled were 2: stage again"):
        night.record()
    assert night.ledger.last_position() == 0


def test_a_lost_lease_stops_the_step_before_anything_is_sealed(night):
    def refuse():
        raise LedgerError("taken over")

    night.pull({"id": "a"})
    night.stage()
    with pytest.raises(LedgerError, match="taken over"):
        night.record(before_sealing=refuse)
    assert night.ledger.last_position() == 0
    assert night.ask("select count(*) from raw_events.events") == [(1,)]


def test_a_missing_stage_is_one_line_of_ours(night):
    with pytest.raises(WarehouseError, match="stage.lifecycle_events: could not be recorded") as caught:
        night.record()
    assert "\n" not in str(caught.value)


def test_a_quarantine_that_cannot_be_written_is_one_line_of_ours(night, monkeypatch):
    night.run({"id": "a"})
    night.pull({"id": "b", "handoff": "moon"})
    night.stage()

    def fail(_path):
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr("flows.ledger.durable.sync_file", fail)
        with pytest.raises(LedgerError, match="quarantine.parquet: No space left on device; free space"):
            night.record()
    assert night.ask("select count(*) from raw_events.events") == [(1,)]


def test_rows_staged_out_of_order_are_recorded_by_file_and_row(night):
    night.pull({"id": "c"}, {"id": "d"}, file="b.csv")
    night.pull({"id": "a"}, {"id": "b"}, {"id": "d", "value": "x"}, file="a.csv")
    night.stage()
    table = "stage.lifecycle_events"
    night.connection.execute(f"create or replace table {table} as from {table} order by hash(id || file)")
    night.record()
    assert [row[1:4] for row in night.history()] == [
        ("a", None, 1), ("b", None, 1), ("d", "x", 1), ("c", None, 1), ("d", None, 2)
    ]  # fmt: skip


def test_a_large_batch_with_twins_keeps_its_order(night):
    night.stage()
    night.connection.execute(
        """
        create or replace table stage.lifecycle_events as
        select staged.* replace ('e' || (i % 290000) as id, 'crm' as source, now() as "time",
            'mine' as origin, 'f' as file, i + 1 as "row", false as retried, i::text as value)
        from range(300000) as numbers(i) left join stage.lifecycle_events as staged on false"""
    )
    assert night.record() == counts(incoming=300000, recorded=290000, revised=10000)
    assert night.ask("select count(*) from ledger.events where value::bigint != position - 1") == [(0,)]


BATCHES = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from(["1", "2", "3"]),
            st.sampled_from(["mars", "mars", "moon"]),
        ),
        max_size=6,
    ),
    max_size=4,
)


class Model:
    """The same rules in plain Python: what is recorded, and what waits."""

    def __init__(self):
        self.contents = defaultdict(list)
        self.waiting = set()

    def run(self, batch, file):
        seen: defaultdict[str, int] = defaultdict(int)
        arrived = [((file, number), row) for number, row in enumerate(batch, start=1)]
        readable = {row[0] for row in batch if row[2] != "moon"}
        waiting = {(place, row) for place, row in self.waiting if row[0] not in readable}
        seen["known"] += len(self.waiting) - len(waiting)  # mended
        for place, row in arrived + sorted(waiting):
            kind = self._judge(place, row)
            seen[kind] += 1
        retried = len(self.waiting)
        self.waiting = {(place, row) for place, row in [*arrived, *waiting] if row[2] == "moon"}
        return counts(incoming=len(arrived) + retried, retried=retried, **seen)

    def _judge(self, place, row):
        identity, value, handoff = row
        if handoff == "moon":
            return "quarantined"
        if (value, handoff) in self.contents[identity]:
            return "known"
        self.contents[identity].append((value, handoff))
        return "recorded" if len(self.contents[identity]) == 1 else "revised"


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BATCHES)
def test_any_sequence_of_batches_is_counted_as_a_plain_model_counts_it(batches):
    with TemporaryDirectory() as folder:
        night, model = Night(Path(folder)), Model()
        for number, batch in enumerate(batches):
            rows = [
                {"id": identity, "value": value, "handoff": handoff} for identity, value, handoff in batch
            ]
            assert night.run(*rows, file=f"{number}.csv") == model.run(batch, f"{number}.csv")
        night.ledger.recover()
        recorded = defaultdict(list)
        for _, identity, value, revision, _ in night.history():
            recorded[identity].append((value, "mars"))
            assert revision == len(recorded[identity])
        assert recorded == {key: found for key, found in model.contents.items() if found}
        night.connection.close()
