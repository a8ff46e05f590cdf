"""The example of an extension, as if it were installed: pages name its faults and its group."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator

import pytest

from harness import Extension
from tests.docs import commands
from tests.docs.pages import EXAMPLES


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Iterator[Extension]:
    """The extension."""
    monkeypatch.syspath_prepend(str(EXAMPLES / "extension"))
    import acme_checks  # type: ignore[import-not-found]

    yield acme_checks.EXTENSION
    sys.modules.pop("acme_checks", None)


@pytest.fixture
def read_command(
    acme: Extension, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> Callable[[str], None]:
    """Reads a command line as its program would, with the example installed."""
    monkeypatch.setattr(importlib.import_module("harness.cli.selftest"), "installed", lambda: (acme,))
    return lambda line: commands.read(line, pytestconfig)
