"""Where does a desk stand in a test: the emulated tracker, and the desk that desks.toml would make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from flows.desks import github, jira, linear
from flows.desks.desk import Desk, Kind, Told
from flows.settings import Settings
from tests.emulators.serving import Served, serve
from tests.emulators.trackers.board import Board
from tests.emulators.trackers.github import GitHub
from tests.emulators.trackers.jira import Jira
from tests.emulators.trackers.linear import Linear

NOWHERE = Settings(Path("/nowhere"), Path("/nowhere"), Path("/nowhere"))


@dataclass(frozen=True)
class Vendor:
    """A kind of desk, what to serve it with, what desks.toml tells of it, and which requests open tickets."""

    kind: Kind
    server: Callable[[Board], Any]
    options: Callable[[str], Mapping[str, object]]
    creates: str
    longest: int
    handle: str = "octo"
    prefix: str = ""


VENDORS = {
    "github": Vendor(
        github.KIND,
        GitHub,
        lambda url: {"repository": "acme/handoffs", "api_url": url},
        creates="POST /repos/acme/handoffs/issues$",
        longest=github.LONGEST,
    ),
    "jira": Vendor(
        jira.KIND,
        Jira,
        lambda url: {
            "url": url,
            "project": "OPS",
            "edition": "cloud",
            "user": "sync@example.org",
            "issue_type": "Task",
        },
        creates="POST /rest/api/2/issue$",
        longest=jira.LONGEST,
        handle="5b10ac8d82e05b22cc7d4ef5",
        prefix="OPS-",
    ),
    "jira_server": Vendor(
        jira.KIND,
        partial(Jira, is_cloud=False),
        lambda url: {"url": url, "project": "OPS", "edition": "server", "issue_type": "Task"},
        creates="POST /rest/api/2/issue$",
        longest=jira.LONGEST,
        prefix="OPS-",
    ),
    "linear": Vendor(
        linear.KIND,
        Linear,
        lambda url: {"team": "OPS", "label": "seamkeeper", "api_url": url},
        creates="POST /graphql#Create$",
        longest=linear.LONGEST,
        handle="octo@example.org",
        prefix="OPS-",
    ),
}


@dataclass
class Office:
    """A tracker that is up, what stands in it, and the desk."""

    vendor: Vendor
    board: Board
    served: Served[Any]
    desk: Desk


@contextmanager
def office(name: str, timeout: tuple[float, float] = (2, 0.5)) -> Iterator[Office]:
    """`ann` is our person of the vendor's handle; `bob`'s handle nobody there has."""
    vendor = VENDORS[name]
    board = Board({vendor.handle}, vendor.prefix)
    with serve(vendor.server(board)) as served:
        people = {"ann": vendor.handle, "bob": "nobody-there"}
        told = Told(
            name, vendor.options(served.url), dict.fromkeys(vendor.kind.secrets, "emulated"), NOWHERE, people
        )
        desk: Any = vendor.kind.make(told)
        yield Office(vendor, board, served, replace(desk, door=replace(desk.door, timeout=timeout)))
