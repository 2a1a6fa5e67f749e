"""Signed requests: what is sent, that a receiver can prove it, and what becomes of each answer."""

import base64
import hashlib
import hmac
import json
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.errors import ConfigurationError
from flows.desks import webhook
from flows.desks.desk import Denied, Down, Refused, Told, Unclear
from flows.desks.reconciling import Wanted, reconcile
from flows.desks.webhook import Signature
from flows.outbox import Outbox
from tests.emulators.faults import Fault
from tests.emulators.messages import Reply
from tests.emulators.serving import serve

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four.").decode()


class Receiver:
    """Takes whatever comes, once per `webhook-id`, and says so in plain words."""

    def __init__(self):
        self.taken = {}

    def answer(self, request):
        self.taken.setdefault(request.headers["webhook-id"], request.json())
        return Reply(b"thank you", kind="text/plain")

    def refusal(self, status):
        return Reply(b"no: " + SECRET.encode(), status, kind="text/plain")


@pytest.fixture
def receiver():
    with serve(Receiver()) as served:
        yield served


@pytest.fixture
def make(receiver, settings):
    def make(url=f"{receiver.url}/in/7Hq?key=1", secret=SECRET):
        return webhook.make(
            Told("hook", {}, {"url": url, "secret": secret}, settings, {"ann": "ann@b.example"})
        )

    return make


def test_a_receiver_can_prove_who_sent_it_and_when(receiver, make, ticket):
    make(secret=f"{SECRET} whsec_{base64.b64encode(bytes(32)).decode()}").open(ticket(), "sk-1-1")
    (request,) = receiver.requests
    signed = b".".join([b"sk-1-1", request.headers["webhook-timestamp"].encode(), request.content])
    expected = [
        "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        for key in (b"a secret of twenty-four.", bytes(32))
    ]
    assert request.headers["webhook-signature"].split() == expected
    assert request.target == "/in/7Hq?key=1"


def test_the_signature_is_the_specifications():
    """The example of the reference libraries (standard-webhooks, libraries/python/tests/test_webhooks.py)."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    request: Any = SimpleNamespace(
        body=b'{"test": 2432232314}', headers={"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek"}
    )
    Signature([key], lambda: 1614265330)(request)
    assert request.headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_act_says_the_ticket_and_what_became_of_it(receiver, make, ticket):
    desk = make()
    seen = desk.open(ticket(), "1")
    for number, is_open in enumerate((None, False, True)):
        desk.set(seen.key, ticket(), is_open, f"2{number}")
    told = list(receiver.vendor.taken.values())
    assert [(one["type"], one["state"]) for one in told] == [
        ("ticket.opened", "open"),
        ("ticket.updated", "open"),
        ("ticket.closed", "closed"),
        ("ticket.reopened", "open"),
    ]
    assert {key: value for key, value in told[0].items() if key not in ("type", "state")} == {
        **vars(ticket()),
        "alerts": [],
        "owner_handle": "ann@b.example",
    }


def test_what_is_unclear_is_sent_again_under_the_same_name(receiver, make, ticket, settings):
    receiver.faults.add(Fault("POST", "close"))
    box = Outbox(settings, "hook", "run-1")
    first = reconcile(make(), box, Wanted([ticket()]), 25)
    # mended words wait: under this name nothing else may be sent
    again = reconcile(make(), box, Wanted([ticket(body="one field")]), 25)
    third = reconcile(make(), box, Wanted([ticket(body="one field")]), 25)
    assert [str(one) for one in (first, again, third)] == [
        "1 unclear, 1 waiting in the outbox",
        "1 opened",
        "1 updated",
    ]
    assert [one["body"] for one in receiver.vendor.taken.values()] == ["two fields", "one field"]
    ids = [request.headers["webhook-id"] for request in receiver.requests]
    assert ids[0] == ids[1] != ids[2]


def test_after_a_day_away_everything_comes_once_and_in_order(receiver, make, ticket, settings):
    receiver.faults.add(Fault("POST", "429", times=2), Fault("POST", "reset", after=2))
    box = Outbox(settings, "hook", "run-1")
    tickets = [ticket(n) for n in range(4)]
    outcomes = [str(reconcile(make(), box, Wanted(tickets), 25)) for _ in range(5)]
    assert outcomes == [
        "4 waiting in the outbox",
        "4 waiting in the outbox",
        "1 unclear, 3 opened, 1 waiting in the outbox",
        "1 opened",
        "nothing to send",
    ]
    assert [one["packet_id"] for one in receiver.vendor.taken.values()] == [f"h:{n}:1" for n in range(4)]


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        ("410", Denied, "answered us with 410; give the desk an address that takes what we send"),
        ("404", Denied, "take it out of desks.toml"),
        ("301", Denied, "write the new address"),
        ("401", Denied, "take it out of desks.toml"),
        ("429", Down, "asks us to wait for 1 s"),
        ("400", Refused, "answered 400"),
        ("503", Unclear, "done or not"),
        ("500", Unclear, "done or not"),
        ("close", Unclear, "done or not"),
    ],
)
def test_every_answer_is_one_of_four(receiver, make, ticket, kind, error, said):
    receiver.faults.add(Fault("POST", kind))
    with pytest.raises(error, match=said) as raised:
        make().open(ticket(), "1")
    assert type(raised.value) is error
    assert not any(hidden in str(raised.value) for hidden in ("7Hq", SECRET))


def test_whoever_is_busy_and_says_until_when_took_nothing(receiver, make, ticket, monkeypatch):
    monkeypatch.setattr(receiver.vendor, "answer", lambda _: Reply(b"", 503, {"Retry-After": "30"}))
    with pytest.raises(Down, match="wait for 30 s"):
        make().open(ticket(), "1")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"url": "hooks.example"}, "its url is no address of the web"),
        ({"secret": "secret"}, "its secret is none; write whsec_"),
        ({"secret": "whsec_c2hvcnQ="}, "its secret is none; write whsec_"),
    ],
)
def test_an_address_or_a_secret_that_is_none_is_one_line_without_it(make, told, said):
    with pytest.raises(ConfigurationError, match=said) as raised:
        make(**told)
    assert not any(
        value in str(raised.value).replace("https://", "") for value in told.values() if "_" in value
    )


def test_what_is_sent_is_json(receiver, make, ticket):
    make().open(ticket(body="Zoë — “two”"), "1")
    (request,) = receiver.requests
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content)["body"] == "Zoë — “two”"
