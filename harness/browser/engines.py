"""Browser engines: which are on this machine, and how each is driven."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import BrowserType, Playwright

from harness.browser import nss
from harness.config import EngineName
from harness.errors import EngineUnavailable

_SYSTEM_NAMES: dict[EngineName, tuple[str, ...]] = {
    "chromium": ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
    "firefox": ("firefox", "firefox-esr"),
    "webkit": (),
}

BIDI_CHANNEL = "moz-firefox"
"""Playwright's undocumented name for driving a stock Firefox over WebDriver BiDi."""

# With Fission on, clicks in cross-site frames are lost there.
BIDI_PREFERENCES = {"fission.autostart": False}
"""What a stock Firefox is given to be driven at all."""

_HOW_TO_GET: dict[EngineName, str] = {
    "chromium": "Playwright's with 'playwright install chromium', or the system's with 'apt-get install "
    "chromium'",
    "firefox": "Playwright's with 'playwright install firefox', or the system's with 'apt-get install "
    "firefox-esr libnss3-tools'; or use --engine chromium",
    "webkit": "Playwright's with 'playwright install webkit', the only one that can be driven; or use "
    "--engine chromium",
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """An engine as it was found on this machine.

    Attributes:
        executable: The browser to start; of a remote one, the host that has it.
        origin: ``playwright`` for Playwright's own build, ``system`` for the distribution's, ``remote`` for
            one of a Playwright server.
    """

    engine: EngineName
    executable: Path
    origin: Literal["playwright", "system", "remote"]

    @property
    def experimental(self) -> bool:
        """Whether it is driven in a way that Playwright does not document: a stock Firefox."""
        return self.engine == "firefox" and self.origin == "system"

    @property
    def label(self) -> str:
        """How it is driven, in the words of every result."""
        return "system, over WebDriver BiDi, experimental" if self.experimental else self.origin


def find(playwright: Playwright, engine: EngineName, *, executable: Path | None = None) -> Found:
    """Find an engine: the program that somebody names, else Playwright's own build, else one of the system.

    Args:
        playwright: The driver.
        engine: The engine.
        executable: The program.

    Raises:
        EngineUnavailable: With the command that installs it, or what it needs.
    """
    found = _named(engine, executable) if executable is not None else _executable(playwright, engine)
    if engine == "firefox":
        if not has_shell():
            raise EngineUnavailable(
                "Firefox needs a shell to be given the run's certificate authority, which Windows lacks; "
                "use --engine chromium"
            )
        nss.certutil()
    return found


def _named(engine: EngineName, executable: Path) -> Found:
    if not executable.is_file():
        raise EngineUnavailable(
            f"{executable}, which was named as {engine}, is no file; leave it out, or name one"
        )
    return Found(engine=engine, executable=executable, origin="system")


def _executable(playwright: Playwright, engine: EngineName) -> Found:
    own = Path(browser_type(playwright, engine).executable_path)
    if own.is_file():
        return Found(engine=engine, executable=own, origin="playwright")
    for name in _SYSTEM_NAMES[engine]:
        if path := shutil.which(name):
            return Found(engine=engine, executable=Path(path), origin="system")
    raise EngineUnavailable(f"no {engine} was found; install {_HOW_TO_GET[engine]}")


def has_shell() -> bool:
    """Tell whether a shell program can stand in for a browser."""
    return sys.platform != "win32"


def browser_type(playwright: Playwright, engine: EngineName) -> BrowserType:
    """Return Playwright's entry for an engine."""
    return {"chromium": playwright.chromium, "firefox": playwright.firefox, "webkit": playwright.webkit}[
        engine
    ]
