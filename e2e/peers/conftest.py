"""Software that nobody here wrote, started by the suite as ordinary processes and stopped with it."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from e2e import processes

HERE = Path(__file__).parent / "node"

Start = Callable[[Sequence[str | Path], str], contextlib.AbstractContextManager[re.Match[str]]]
Node = Callable[[str, Mapping[str, Any]], contextlib.AbstractContextManager[int]]


@pytest.fixture(scope="session")
def started() -> Start:
    """Start a command in a ``with`` block: it is ready when it prints a line that matches the pattern."""
    return _started


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Start a server of the folder ``node`` with its settings in a ``with`` block, which is given its port.

    Node is the one that Playwright brings, which is new enough for oidc-provider.
    """
    if not (HERE / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("npm's oidc-provider is not here: npm ci --prefix e2e/peers/node")
    found = shutil.which(str(files("playwright") / "driver" / "node")) or shutil.which("node")
    if found is None:
        pytest.skip("there is no node here: apt-get install nodejs")

    @contextlib.contextmanager
    def served(script: str, settings: Mapping[str, Any]) -> Iterator[int]:
        file = tmp_path_factory.mktemp("node") / "settings.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(settings), "utf-8")
        with _started((found, HERE / script, file), r"^listening on (\d+)$") as match:
            yield int(match[1])

    return served


@contextlib.contextmanager
def _started(command: Sequence[str | Path], ready: str) -> Iterator[re.Match[str]]:
    """Run a command in a process group of its own until the block ends; nothing is polled.

    Its standard input stays open for as long as the test process lives.
    """
    try:
        # pytest shows what it prints beside a test that failed.
        with processes.started(command, ready, hear=lambda line: print(line, end="")) as process:
            yield process.said
    except processes.NotStarted as error:
        pytest.fail(str(error))
