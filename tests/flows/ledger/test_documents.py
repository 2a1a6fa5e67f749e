CONTRACT = ("contract.recorded", "ae_to_onboarding@1.0.0", "d1", '{"handoff":"ae_to_onboarding"}')
CALENDAR = ("calendar.recorded", "office", "d2", '{"zone":"Europe/Berlin"}')


def test_documents_become_rows_of_source_seamkeeper(ledger, connection, recorded_at):
    ledger.record_documents(connection, [CONTRACT, CALENDAR], "run-1", recorded_at)
    ledger.create_view(connection)
    rows = connection.execute(
        'select id, source, type, "time", subject, value, detail from ledger.events'
    ).fetchall()
    identity = "contract.recorded:ae_to_onboarding@1.0.0:d1"
    assert rows[0][:3] == (identity, "seamkeeper", "contract.recorded")
    assert rows[0][4:] == CONTRACT[1:]
    assert rows[0][3] == recorded_at
    assert ledger.verify().rows == 2


def test_a_document_is_recorded_once(ledger, connection, recorded_at):
    assert ledger.record_documents(connection, [CONTRACT, CONTRACT], "run-1", recorded_at).rows == 1
    assert ledger.record_documents(connection, [CONTRACT, CALENDAR], "run-2", recorded_at).rows == 1
    head = ledger.head()
    assert ledger.record_documents(connection, [CONTRACT, CALENDAR], "run-3", recorded_at) is None
    assert ledger.head() == head


def test_changed_text_is_a_second_digest_under_the_same_subject(ledger, connection, recorded_at):
    changed = (*CONTRACT[:2], "d9", "{}")
    ledger.record_documents(connection, [CONTRACT], "run-1", recorded_at)
    ledger.record_documents(connection, [changed, CALENDAR], "run-2", recorded_at)
    assert ledger.recorded_digests("contract") == {"ae_to_onboarding@1.0.0": {"d1", "d9"}}
    assert ledger.recorded_digests("calendar") == {"office": {"d2"}}


def test_without_a_ledger_nothing_is_recorded_and_nothing_is_created(tmp_path):
    from flows.ledger import Ledger

    assert Ledger(tmp_path / "none").recorded_digests("contract") == {}
    assert not (tmp_path / "none").exists()


def test_an_event_of_the_same_type_by_somebody_else_is_no_document(ledger, append, connection, recorded_at):
    append(3)
    connection.execute("update events set type = 'contract.recorded'")
    ledger.append(connection, "events", "run-2", recorded_at)
    assert ledger.recorded_digests("contract") == {}
