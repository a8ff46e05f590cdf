"""Empty databases of both kinds, as fixtures for whichever tests need them."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import URL
from sqlalchemy.schema import CreateSchema

MISSING = "PostgreSQL is not installed: apt-get install postgresql"
OWNER = "postgres"


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
