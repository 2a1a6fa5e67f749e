"""How does an emulated vendor answer over HTTP? A server on the loopback in its own thread, for tests only.

In: a vendor and the faults it suffers from. Out: `Served`, with its address and the log of what was asked.

    with serve(HubSpot(store), [Fault("/deals", "429", times=2)]) as hubspot:
        httpx.get(f"{hubspot.url}/crm/v3/objects/deals", headers={"Authorization": f"Bearer {hubspot.vendor.token}"})
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from tests.emulators.faults import Fault, Faults
from tests.emulators.messages import Reply, Request, Vendor

V = TypeVar("V", bound=Vendor)


class Served(Generic[V]):
    """A running vendor: `url`, `requests` in the order they came, and `faults`, to which more may be added."""

    def __init__(self, vendor: V, faults: Sequence[Fault] = (), port: int = 0, keep_log: bool = True) -> None:
        self.vendor = vendor
        self.requests: list[Request] = []
        self.faults = Faults(faults)
        self._keep_log = keep_log
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.served = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request: Request) -> Reply:
        """The vendor's answer, spoilt by the fault whose turn it is.

        A vendor with one path for everything may have `named` say in the request's target what is asked.
        """
        request = getattr(self.vendor, "named", lambda same: same)(request)
        if self._keep_log:
            self.requests.append(request)
        return self.faults.answer(self.vendor, request)

    def run(self) -> None:
        """Serve until `stop`."""
        self._server.serve_forever(poll_interval=0.02)

    def stop(self) -> None:
        """Stop serving and give the port back."""
        self.faults.end.set()  # nobody stays asleep
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serve(vendor: V, faults: Sequence[Fault] = (), port: int = 0) -> Iterator[Served[V]]:
    """Run a vendor in its own thread until the block ends."""
    served = Served(vendor, faults, port)
    thread = threading.Thread(target=served.run, name=f"emulator {served.url}", daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.stop()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client may keep its connection
    request_queue_size = 64
    served: Served[Any]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not our concern; anything else is printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept, as by the vendors
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: _Server

    def _respond(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        reply = self.server.served.answer(
            Request(
                self.command,
                parts.path,
                parse_qs(parts.query, keep_blank_values=True),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
                self.path,
            )
        )
        if reply.broken == "close":
            self._reset()
            return
        content = reply.content
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if reply.broken else content)
        self.wfile.flush()
        if reply.broken:
            self._reset()

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _respond

    def _reset(self) -> None:
        """End the connection with RST, as a firewall or a dying process does."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def log_message(self, *_: Any) -> None:
        """Say nothing: `Served.requests` is the log."""
