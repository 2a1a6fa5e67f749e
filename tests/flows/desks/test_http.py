"""Every way in which an API can fail, and what a desk makes of it: was it done, not done, or can nobody know?"""

import socket

import pytest

from flows.desks.desk import Denied, Down, Gone, Refused, Unclear
from flows.desks.http import Door
from tests.emulators.faults import Fault
from tests.emulators.messages import Reply
from tests.emulators.serving import serve

RIGHTS = "the right Issues: write"


class Pad:
    """Takes whatever is written, and lists it in pages of two."""

    def __init__(self):
        self.written = []

    def answer(self, request):
        if request.method == "GET":
            page = int(request.first("page", "1"))
            link = f'<{request.base}/things?page={page + 1}>; rel="next"'
            more = {"Link": link} if len(self.written) > 2 * page else {}
            return Reply(self.written[2 * page - 2 : 2 * page], headers=more)
        self.written.append(request.json())
        return Reply({"n": len(self.written)}, 201)

    def refusal(self, status):
        return Reply({"message": "my secret says no", "errors": [{"message": "title is too long"}]}, status)


@pytest.fixture
def pad():
    with serve(Pad()) as served:
        yield served


@pytest.fixture
def door(pad):
    return Door(pad.url, RIGHTS, secrets=("secret",), timeout=(1, 0.3))


def test_what_is_written_is_read_page_by_page(door):
    for n in range(5):
        assert door.write("POST", "/things", n, dict) == {"n": n + 1}
    assert list(door.each("/things", int)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("kind", ["close", "reset", "slow", "500", "502", "503", "html", "truncated"])
def test_a_write_that_nobody_can_know_of_is_unclear_and_sent_once(pad, door, kind):
    pad.faults.add(Fault("POST", kind))
    with pytest.raises(Unclear, match="done or not, a later run finds out"):
        door.write("POST", "/things", 1, dict)
    assert len(pad.requests) == 1


@pytest.mark.parametrize("kind", ["close", "reset", "slow", "500", "502", "503", "html", "truncated"])
def test_a_read_that_fails_is_down(pad, door, kind):
    pad.faults.add(Fault("GET", kind))
    with pytest.raises(Down):
        door.read("/things", list)
    assert len(pad.requests) == 1


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:{closed}", "http://nowhere.invalid", "https://{plain}"]
)
def test_a_write_that_was_certainly_not_sent_is_down(pad, address):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    door = Door(address.format(closed=closed, plain=pad.url.removeprefix("http://")), RIGHTS)
    with pytest.raises(Down, match="cannot be reached .*check address and network"):
        door.write("POST", "/things", 1, dict)
    assert pad.vendor.written == []


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (400, Refused, "answered 400 (my … says no; title is too long)"),
        (413, Refused, "answered 413"),
        (422, Refused, "answered 422"),
        (401, Denied, "the token was refused: renew it"),
        (403, Denied, f"give the token {RIGHTS}"),
        (404, Denied, f"/things with 404 (my … says no; title is too long); give the token {RIGHTS}"),
        (301, Denied, "write the new address in desks.toml"),
        (429, Down, "asks us to wait"),
    ],
)
def test_a_refusal_says_who_has_to_do_what(pad, door, status, error, said):
    pad.faults.add(Fault("POST", str(status)))
    with pytest.raises(error) as raised:
        door.write("POST", "/things", 1, dict)
    assert said in str(raised.value)
    assert type(raised.value) is error
    assert pad.vendor.written == []


def test_an_answer_without_what_we_need_says_nothing(door):
    with pytest.raises(Unclear):
        door.write("POST", "/things", 1, lambda told: told["number"])
    with pytest.raises(Down):
        door.read("/things", lambda told: told["number"])


def test_a_ticket_that_is_there_and_cannot_be_changed_is_a_right_that_is_missing(pad, door):
    pad.faults.add(Fault("PATCH", "404"))
    with pytest.raises(Denied, match="give the token"):
        door.change("PATCH", "/things", {})


@pytest.mark.parametrize("status", ["404", "410", "301"])
def test_a_ticket_that_is_gone_is_no_trouble_of_the_desk(pad, door, status):
    pad.faults.add(Fault("PATCH", status), Fault("GET", status, times=2))
    with pytest.raises(Gone):
        door.change("PATCH", "/things/1", {})
    assert door.look("/things/1", list) is None


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (429, {"Retry-After": "60"}, "asks us to wait for 60 s"),
        (429, {"Retry-After": "Fri, 31 Dec 2100 23:59:00 GMT"}, "asks us to wait until 23:59 UTC"),
        (403, {"Retry-After": "7"}, "asks us to wait for 7 s"),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444740"}, "wait until 23:59 UTC"),
    ],
)
def test_whoever_asks_us_to_wait_did_nothing_and_says_how_long(pad, door, monkeypatch, status, headers, said):
    monkeypatch.setattr(pad.vendor, "answer", lambda _: Reply({"message": "slow down"}, status, headers))
    with pytest.raises(Down, match=said):
        door.write("POST", "/things", 1, dict)


def test_a_link_to_another_host_does_not_get_our_token(pad, door, monkeypatch):
    link = {"Link": '<http://elsewhere.example/things>; rel="next"'}
    monkeypatch.setattr(pad.vendor, "answer", lambda _: Reply([1], headers=link))
    with pytest.raises(Down, match=r"links to another host, elsewhere\.example"):
        list(door.each("/things", int))


def test_our_token_is_sent_and_not_what_stands_in_netrc(pad, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    Door(pad.url, RIGHTS, {"Authorization": "Bearer ours"}).read("/things", list)
    assert pad.requests[0].headers["authorization"] == "Bearer ours"


@pytest.mark.parametrize("token", ["two\nlines", "ab…yz"])
def test_what_can_be_no_token_is_said_without_it(pad, token):
    door = Door(pad.url, RIGHTS, {"Authorization": f"Bearer {token}"}, secrets=(token,))
    with pytest.raises(Denied, match="copy it anew") as raised:
        door.read("/things", list)
    assert token not in str(raised.value)
