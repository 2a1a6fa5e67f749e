"""A Postgres of our own: a cluster in a scratch folder, on loopback only, gone with the tests.

Debian brings its programs with `apt-get install postgresql`. They refuse to run as root, so root lends them another
user. Where they are missing, tests that need a real Postgres are skipped.
"""

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ADMIN = "postgres"
UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True)
class Postgres:
    """A running cluster, and who may do anything there."""

    port: int
    password: str

    def url(self, user=ADMIN, password=None, database="postgres"):
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def run(self, statements, database="postgres"):
        psycopg = pytest.importorskip("psycopg")
        with psycopg.connect(self.url(database=database), autocommit=True) as connection:
            connection.execute(statements)


def program(name):
    """A program of Postgres: on the path, or where Debian puts it; None if it is nowhere."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: path.parts[-3])
    return shutil.which(name) or (str(versions[-1]) if versions else None)


@contextmanager
def cluster() -> Iterator[Postgres]:
    """A cluster, started; skipped where it cannot be."""
    programs = [program(name) for name in ("initdb", "pg_ctl")]
    if None in programs:
        pytest.skip("Postgres is not installed; apt-get install postgresql")
    initdb, pg_ctl = map(str, programs)
    folder = Path(
        tempfile.mkdtemp(prefix="pg-", dir="/tmp")
    )  # short: a socket's path may have 107 characters
    user = _unprivileged()
    try:
        postgres = Postgres(_free_port(), secrets.token_hex(8))
        (folder / "password").write_text(postgres.password)
        for path in (folder, folder / "password"):
            shutil.chown(path, user)
        data = str(folder / "data")
        secured = [*("--auth", "scram-sha-256", "--username", ADMIN), f"--pwfile={folder / 'password'}"]
        _run([initdb, "--pgdata", data, "--no-sync", "--encoding=UTF8", "--locale=C", *secured], user)
        options = f"-p {postgres.port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c timezone=Asia/Tokyo"
        log = str(folder / "log")
        _run(
            [pg_ctl, "--pgdata", data, "--log", log, "--wait", "--timeout=120", "-o", options, "start"], user
        )
        try:
            yield postgres
        finally:
            _run([pg_ctl, "--pgdata", data, "--mode=immediate", "stop"], user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged():
    if os.geteuid() != 0:
        return getpass.getuser()
    known = Path("/etc/passwd").read_text().splitlines()
    return next(user for user in UNPRIVILEGED if any(line.startswith(f"{user}:") for line in known))


def _run(command, user):
    as_user = {"user": user} if os.geteuid() == 0 else {}
    done = subprocess.run(
        command, cwd="/", capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **as_user
    )
    if done.returncode:
        pytest.skip(f"Postgres does not start: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
