"""A worker that takes another one's place tries until it can begin."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.config import Config
from harness.server import Doors, Inherited
from harness.shared import Shared
from harness.tls import Papers
from harness.workers import work as module
from harness.workers.work import Handed


class Pipe:
    """Keeps what a worker says to its parent."""

    def __init__(self) -> None:
        self.said: list[str | None] = []

    def send(self, said: str | None) -> None:
        """Keep it."""
        self.said.append(said)


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Pipe:
    """Give a pipe, in a process that hears no signals and whose parent lives on."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(
        multiprocessing, "parent_process", lambda: SimpleNamespace(join=threading.Event().wait)
    )
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.0)
    return Pipe()


def handed(*, instead: bool) -> Handed:
    """Return what a worker is handed that begins nothing real."""
    nothing: Any = None
    return Handed(
        worker=1,
        config=Config(),
        folder=Path(),
        doors=cast("Doors", nothing),
        papers=cast("Papers", nothing),
        shared=Shared.fresh(Config()).written(),
        connections=1,
        instead=instead,
    )


def fails_first(begun: list[int], times: int) -> Any:
    """Return what runs a server that breaks so often after it has begun, and ends when it has answered."""

    @contextlib.contextmanager
    def running(*_: object, inherited: Inherited, **__: object) -> Iterator[None]:
        begun.append(len(begun))
        if len(begun) <= times:
            inherited.ended()
            raise ConnectionError("the database is away")
        inherited.answering()
        inherited.ended()
        yield

    return running


def test_who_takes_a_place_tries_until_the_database_is_back(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its server had begun already and had to be stopped again."""
    begun: list[int] = []
    monkeypatch.setattr(module, "running", fails_first(begun, 3))

    module.work(handed(instead=True), cast("Any", pipe))

    assert ([None], 4) == (pipe.said, len(begun))


def test_who_cannot_begin_at_the_start_says_why(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then there is something wrong that waiting does not mend."""
    begun: list[int] = []
    monkeypatch.setattr(module, "running", fails_first(begun, 3))

    module.work(handed(instead=False), cast("Any", pipe))

    assert (["the database is away"], 1) == (pipe.said, len(begun))
