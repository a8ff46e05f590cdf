"""A driver without a browser: enough to look for engines, never to start one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from playwright.sync_api import Playwright

from harness.config import ENGINES, EngineName

Machine = Callable[..., Playwright]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Give a machine with nothing but these programs, ``machine("certutil", own=("firefox",))``."""

    def made(*programs: str, own: tuple[EngineName, ...] = ()) -> Playwright:
        folder = tmp_path / "bin"
        folder.mkdir()
        builds = {engine: folder / f"playwright-{engine}" for engine in ENGINES}
        for path in (*(folder / name for name in programs), *(builds[engine] for engine in own)):
            path.write_text("#!/bin/sh\nexit 1\n", "utf-8")
            path.chmod(0o700)
        monkeypatch.setenv("PATH", str(folder))
        types = {engine: SimpleNamespace(executable_path=str(path)) for engine, path in builds.items()}
        return cast("Playwright", SimpleNamespace(**types))

    return made
