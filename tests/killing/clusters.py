"""A PostgreSQL server of a test's own, which it may kill and start again."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import MISSING, OWNER
from tests.killing.ear import kill

READY = "database system is ready to accept connections"


class Cluster:
    """A server that listens on a Unix socket only, a child of this process, which learns of its end at once.

    Args:
        folder: For its data and its socket.
        programs: Where its programs are.
    """

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs
        self._owner = OWNER if os.geteuid() == 0 else None
        options = ("-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        command = (str(programs / "initdb"), "-D", str(folder / "data"), *options)
        subprocess.run(command, check=True, cwd=folder, user=self._owner, stdout=subprocess.DEVNULL)
        self._server = self._started()

    @property
    def url(self) -> str:
        """Its database."""
        return f"postgresql://{OWNER}@/{OWNER}?host={self._folder}"

    def kill(self) -> None:
        """Kill its process and all that this one has started."""
        first = self._server.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text("ascii").split()
        kill(first, *map(int, children))
        self._server.wait()

    def start(self) -> None:
        """Start it again, and wait until it answers."""
        self._server = self._started()

    def stop(self) -> None:
        """End it, in whatever state it is."""
        self._server.terminate()
        if self._server.poll() is None:
            self.kill()

    def _started(self) -> subprocess.Popen[str]:
        options = ("-k", str(self._folder), "-c", "listen_addresses=", "-c", "fsync=off")
        server = subprocess.Popen(
            [str(self._programs / "postgres"), "-D", str(self._folder / "data"), *options],
            cwd=self._folder,
            user=self._owner,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert server.stderr is not None
        said = []
        for line in server.stderr:
            said.append(line)
            if READY in line:
                break
        else:
            raise AssertionError(f"the database does not start: {said}")
        threading.Thread(target=_drain, args=(server,), daemon=True).start()
        return server


def _drain(server: subprocess.Popen[str]) -> None:
    """Read what a server says, so that it never waits for a reader."""
    assert server.stderr is not None
    with server.stderr:
        for _ in server.stderr:
            pass


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """Give a server for the length of the block, and remove it afterwards."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip(MISSING)
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        made = Cluster(Path(folder), found[-1].parent)
        try:
            yield made
        finally:
            made.stop()
