"""Keys, made once; a clock that stands still; an empty store; both databases; threads that begin together."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import create_engine
from sqlalchemy.engine import URL
from sqlalchemy.schema import CreateSchema

from harness.clock import ManualClock
from harness.roles.idp.keys import new_key
from harness.store import Store

MISSING = "PostgreSQL is not installed: apt-get install postgresql"
OWNER = "postgres"
DATABASES = ("sqlite", "postgresql")


@pytest.fixture(autouse=True)
def _no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep no run of a test in the history of whoever runs the tests."""
    monkeypatch.setenv("HARNESS_HISTORY", "off")


@pytest.fixture(scope="session")
def signing_key() -> RSAKey:
    """Give the issuer's signing key."""
    return new_key("sig", "RS256")


@pytest.fixture(scope="session")
def foreign_key() -> RSAKey:
    """Give a signing key that nobody here trusts."""
    return new_key("sig", "RS256")


@pytest.fixture(scope="session")
def encryption_key() -> RSAKey:
    """Give the platform's encryption key."""
    return new_key("enc", "RSA-OAEP-256")


@pytest.fixture
def clock() -> ManualClock:
    """Give a clock that stands at 2026-11-20T12:00:00Z."""
    return ManualClock(1_795_176_000)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    """Give an empty store in a file of its own."""
    with Store(f"sqlite:///{tmp_path / 'harness.db'}", clock) as store:
        yield store


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """Give a new PostgreSQL cluster on a Unix socket; it listens on no port and is removed afterwards."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip(MISSING)
    programs, as_root = found[-1].parent, os.geteuid() == 0
    # runuser is among the administrator's programs, which not every PATH has.
    runuser = shutil.which("runuser", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or "runuser"
    as_owner = (runuser, "-u", OWNER, "--") if as_root else ()

    def run(program: str, *arguments: str) -> None:
        command = (*as_owner, str(programs / program), *arguments)
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        if as_root:
            shutil.chown(folder, OWNER)
        data = f"{folder}/data"
        run("initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-D", data, "-l", f"{folder}/log", "-o", options, "-w", "start")
        try:
            yield URL.create("postgresql+psycopg", OWNER, database=OWNER, query={"host": folder})
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest) -> Callable[[str, Path], str]:
    """Make an empty database of a kind, in a folder if it is a file, and return its URL."""

    def make(kind: str, folder: Path) -> str:
        if kind == "sqlite":
            return f"sqlite:///{folder / 'harness.db'}"
        cluster: URL = request.getfixturevalue("postgresql")
        schema = f"test_{secrets.token_hex(8)}"
        engine = create_engine(cluster)
        with engine.begin() as connection:
            connection.execute(CreateSchema(schema))
        engine.dispose()
        return cluster.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string()

    return make


@pytest.fixture(params=DATABASES)
def store_url(
    request: pytest.FixtureRequest, new_database: Callable[[str, Path], str], tmp_path: Path
) -> str:
    """Give the URL of an empty database, one test's own."""
    return new_database(request.param, tmp_path)


@pytest.fixture
def in_parallel() -> Callable[[Callable[[int], Any], int], list[Any]]:
    """Return what some threads get that begin together."""

    def run(work: Callable[[int], Any], count: int) -> list[Any]:
        barrier = Barrier(count)

        def begin(number: int) -> Any:
            barrier.wait()
            return work(number)

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(begin, range(count)))

    return run
