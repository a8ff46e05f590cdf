"""A worker clears away however it ends, and whoever started it knows."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

import pytest

from harness.executors.workers import Workers
from tests.executors.owning import die, owned, wait, who


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    """Give a socket on which somebody is heard who is at work."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def hear(ear: socket.socket) -> socket.socket:
    """Return the connection of somebody who is at work; it closes when their process ends."""
    connection, _ = ear.accept()
    assert b"at work" == connection.recv(7)
    return connection


def ended(connection: socket.socket) -> None:
    """Wait until whoever is at the other end has gone."""
    with connection:
        assert b"" == connection.recv(1)


def test_a_worker_owns_something_until_all_is_done(tmp_path: Path) -> None:
    """Each in a process of its own, with its own temporary folder, of which nothing is left."""
    with Workers[Path]() as workers:
        both = [workers.start(partial(owned, tmp_path)) for _ in range(2)]
        told = [one.submit(who, None).result() for one in both]

    assert 2 == len({process for process, _ in told} - {os.getpid()})
    assert 2 == len({folder for _, folder in told})
    assert [] == [folder for _, folder in told if Path(folder).exists()]
    assert {f"{process}.cleared" for process, _ in told} == {path.name for path in tmp_path.iterdir()}


def test_one_that_dies_is_known_and_leaves_no_folder(tmp_path: Path) -> None:
    """Another one is as good as ever."""
    with Workers[Path]() as workers:
        one, other = (workers.start(partial(owned, tmp_path)) for _ in range(2))
        _, folder = one.submit(who, None).result()
        with pytest.raises(BrokenProcessPool):
            one.submit(die, None).result()
        process, _ = other.submit(who, None).result()

    assert not Path(folder).exists()
    assert [f"{process}.cleared"] == [path.name for path in tmp_path.iterdir()]


def test_on_an_interruption_work_is_broken_off(tmp_path: Path, ear: socket.socket) -> None:
    """Nobody waits for its end, and what the worker owns is cleared away."""
    heard = []
    with pytest.raises(KeyboardInterrupt), Workers[Path]() as workers:  # noqa: PT012 - it is what interrupts
        workers.start(partial(owned, tmp_path)).submit(wait, ear.getsockname()[1])
        heard.append(hear(ear))
        raise KeyboardInterrupt

    ended(heard[0])
    assert 1 == len(list(tmp_path.glob("*.cleared")))


@pytest.mark.skipif(sys.platform == "win32", reason="there, killing is another thing")
def test_a_worker_whose_parent_is_killed_ends_too(tmp_path: Path, ear: socket.socket) -> None:
    """It clears away, and leaves nothing in the temporary folder."""
    temporary, told = tmp_path / "temporary", tmp_path / "told"
    temporary.mkdir()
    told.mkdir()
    code = (
        "from pathlib import Path\n"
        "from tests.executors.owning import abandon\n"
        f"if __name__ == '__main__': abandon(Path({str(told)!r}), {ear.getsockname()[1]})\n"
    )
    script = tmp_path / "parent.py"
    script.write_text(code, "utf-8")
    root = Path(__file__).parents[2]
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(root)}
    parent = subprocess.Popen([sys.executable, str(script)], env=environment, stderr=subprocess.DEVNULL)
    connection = hear(ear)
    parent.kill()
    parent.wait()
    ended(connection)

    assert 1 == len(list(told.glob("*.cleared")))
    assert [] == list(temporary.iterdir())
