"""What is on this machine: which engines are here, what they can do, and the sentence that mends the rest."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from playwright.sync_api import Playwright

from harness.browser import engines
from harness.config import ENGINES, EngineName
from harness.errors import EngineUnavailable

_PACKAGES = ("playwright", "pytest-playwright", "starlette", "uvicorn", "authlib", "joserfc")


@dataclass(frozen=True, kw_only=True)
class EngineState:
    """One engine on this machine.

    Attributes:
        found: Where it is; ``None`` when it is not here.
        sentence: What it can do, or how to get it.
    """

    engine: EngineName
    found: engines.Found | None
    sentence: str


def engine_states(playwright: Playwright) -> tuple[EngineState, ...]:
    """Look for every engine."""
    return tuple(_state(playwright, engine) for engine in ENGINES)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that matter."""
    found = {"python": sys.version.split()[0]}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _state(playwright: Playwright, engine: EngineName) -> EngineState:
    try:
        found = engines.find(playwright, engine)
    except EngineUnavailable as error:
        return EngineState(engine=engine, found=None, sentence=str(error))
    kind = "Playwright's own build" if found.origin == "playwright" else "the system's"
    can = "embedded, popup and app; popup blocker and third-party cookies as a consumer has them"
    if sys.platform == "win32":
        can = (
            "embedded, popup and app; cookie preference and storage partitioning stay as Playwright sets them"
        )
    return EngineState(engine=engine, found=found, sentence=f"{kind}, {found.executable}: {can}")
