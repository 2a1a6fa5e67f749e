"""Messages to a channel: who is called, what is worth one, and what becomes of each answer."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from contracts.errors import ConfigurationError
from flows.desks import slack
from flows.desks.desk import Denied, Down, Refused, Told, Unclear
from flows.desks.reconciling import Wanted, reconcile
from flows.desks.slack import message
from flows.outbox import Outbox
from tests.emulators.faults import Fault
from tests.emulators.messages import Reply
from tests.emulators.serving import serve

PATH = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
URL = f"https://hooks.slack.com/services/{PATH}"


class Channel:
    """Says what Slack says: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks."""

    def __init__(self):
        self.texts = []

    def answer(self, request):
        (attachment,) = request.json()["attachments"]
        self.texts.append(attachment["text"])
        return Reply(b"ok", kind="text/html")

    def refusal(self, status):
        said = {404: b"no_service", 410: b"channel_is_archived", 400: b"invalid_payload"}
        return Reply(said.get(status, b"no"), status, kind="text/html")


@pytest.fixture
def channel():
    with serve(Channel()) as served:
        yield served


@pytest.fixture
def desk(channel, settings):
    made: Any = slack.make(Told("chat", {}, {"url": URL}, settings, {"ann": "U012AB3CD"}))
    made.channel.webhook_url, made.channel.request_rate_per_sec = f"{channel.url}/services", 0
    return made


@pytest.fixture
def due(ticket):
    return replace(ticket(), due_at="2026-06-11T12:00+02:00", record_url="https://crm.example/deal/1?a=1&b=2")


def test_a_message_says_who_until_when_and_where(channel, desk, due):
    desk.open(due, "1")
    (request,) = channel.requests
    assert request.path == f"/services/{PATH}"
    assert channel.vendor.texts == [
        "New: packet 1\nWho: <@U012AB3CD> (team sales), until 2026-06-11 12:00 UTC+02:00, "
        "<https://crm.example/deal/1?a=1&amp;b=2|the record>"
    ]


@pytest.mark.parametrize("call", ["<!channel>", "<@U012AB3CD>", "!here>", "@here", "&lt;!everyone&gt;"])
def test_nobody_is_called_by_what_comes_from_data(channel, desk, due, call):
    bad = replace(due, title=f"packet {call}", owner=call, team=call)
    desk.open(bad, "1")
    (text,) = channel.vendor.texts
    for calling in ("<!", "<@", "@h", "@U"):
        assert calling not in text


def test_what_is_no_markup_is_read_as_it_was_written(channel, desk, due):
    desk.open(replace(due, title="a < b & c"), "1")
    assert channel.vendor.texts[0].startswith("New: a &lt; b &amp; c\n")


def test_who_is_no_member_of_slack_is_named(due):
    assert "Who: ann.b (team sales)" in message("New", due, {"ann": "ann.b"})
    assert "Who: nobody is named" in message("New", replace(due, owner=None), {})


def test_only_a_new_owner_or_due_time_is_worth_an_update(channel, desk, due, settings):
    box = Outbox(settings, "chat", "run-1")
    changed = [
        due,
        replace(due, title="one field", body="one field"),
        replace(due, owner="bob"),
        replace(due, owner="bob", due_at="2026-06-12T12:00+02:00"),
    ]
    for ticket in changed:
        reconcile(desk, box, Wanted([ticket], compared=slack.KIND.compared), 25)
    reconcile(desk, box, Wanted([], {due.marker: "mended"}, compared=slack.KIND.compared), 25)
    reconcile(desk, box, Wanted([due], compared=slack.KIND.compared), 25)
    verbs = [text.partition(":")[0] for text in channel.vendor.texts]
    assert verbs == ["New", "Changed", "Changed", "Closed", "Open again"]


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        ("404", Denied, r"answered 404 \(no_service\); make a new incoming webhook"),
        ("410", Denied, r"answered 410 \(channel_is_archived\)"),
        ("403", Denied, "make a new incoming webhook"),
        ("400", Refused, r"answered 400 \(invalid_payload\)"),
        ("429", Down, "too many messages"),
        ("500", Unclear, "the next run says it again"),
        ("close", Unclear, "did not answer"),
        ("html", Unclear, "answered 200: said or not"),
    ],
)
def test_every_answer_is_one_of_four_and_tells_no_address(channel, desk, due, caplog, kind, error, said):
    caplog.set_level(logging.DEBUG)
    channel.faults.add(Fault("POST", kind))
    with pytest.raises(error, match=said) as raised:
        desk.open(due, "1")
    assert type(raised.value) is error
    assert "TIiajkdnlazkcOXrIdevi7" not in f"{raised.value}{caplog.text}"


def test_a_message_that_certainly_did_not_leave_is_down(desk, due):
    desk.channel.webhook_url = "http://127.0.0.1:9"  # nobody listens there
    with pytest.raises(Down, match="cannot be reached"):
        desk.open(due, "1")


@pytest.mark.parametrize("url", ["https://hooks.example.com/x", "mailto://a:b@c.example", "nothing"])
def test_what_is_no_address_of_slacks_is_one_line(settings, url):
    with pytest.raises(ConfigurationError, match="its url is no incoming webhook of Slack") as raised:
        slack.make(Told("chat", {}, {"url": url}, settings))
    assert url not in str(raised.value)
