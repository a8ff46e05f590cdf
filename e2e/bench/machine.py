"""On what was measured: the machine and what else it did, the interpreter, the browsers and the libraries."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

from harness.browser import engines
from harness.config import EngineName
from harness.errors import EngineUnavailable

LIBRARIES = (
    "playwright",
    "starlette",
    "uvicorn",
    "h11",
    "Authlib",
    "joserfc",
    "cryptography",
    "SQLAlchemy",
    "httpx2",
    "PyJWT",
    "jwcrypto",
)
"""What the numbers depend on."""


def machine() -> dict[str, Any]:
    """Return what the machine is and which versions are here."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory": _memory(),
        "load": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown",
        "system": platform.platform(),
        "python": platform.python_version(),
        "browsers": dict(_browsers()),
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
    }


def _cpu() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> str:
    with contextlib.suppress(ValueError, OSError, AttributeError):
        return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / (1 << 30):.1f} GiB"
    return "unknown"


def _browsers() -> Iterator[tuple[str, str]]:
    engine: EngineName
    with sync_playwright() as playwright:
        for engine in ("chromium", "firefox"):
            yield engine, _version(playwright, engine)


def _version(playwright: Playwright, engine: EngineName) -> str:
    try:
        found = engines.find(playwright, engine)
    except EngineUnavailable as error:
        return f"not here: {error}"
    said = subprocess.run([found.executable, "--version"], capture_output=True, text=True, check=False)
    return f"{said.stdout.strip() or 'of unknown version'} ({found.label})"
