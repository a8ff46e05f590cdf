"""Browser engines: finding one, and starting it as a consumer has it rather than as Playwright does."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserType, Error, Playwright

from harness.browser import nss, wrappers
from harness.browser.policies import Policy
from harness.browser.settings import Settings, settings
from harness.config import EngineName
from harness.errors import EngineUnavailable, UsageError
from harness.tls import RunTls

_SYSTEM_NAMES: dict[EngineName, tuple[str, ...]] = {
    "chromium": ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
    "firefox": ("firefox", "firefox-esr"),
    "webkit": (),
}

_HOW_TO_GET: dict[EngineName, str] = {
    "chromium": "Playwright's with 'playwright install chromium', or the system's with 'apt-get install "
    "chromium'",
    "firefox": "Playwright's with 'playwright install firefox', or the system's with 'apt-get install "
    "firefox-esr libnss3-tools'; or use --engine chromium",
    "webkit": "Playwright's with 'playwright install webkit', the only one that can be driven; or use "
    "--engine chromium",
}

_QUIET = (
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)

# What Playwright 1.64 switches off; where no wrapper can run, this list without the features that are kept
# comes after Playwright's own, and the last one counts.
_SWITCHED_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "DialMediaRouteProvider",
    "GlobalMediaControls",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "BlockOriginHeaderModificationOnRedirect",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "Translate",
    "AutoDeElevate",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
)

# With Fission on, clicks in cross-site frames are lost over WebDriver BiDi.
_BIDI_PREFERENCES = {"fission.autostart": False}


@dataclass(frozen=True, kw_only=True)
class Found:
    """An engine as it was found on this machine.

    Attributes:
        executable: The browser to start.
        origin: ``playwright`` for Playwright's own build, ``system`` for the distribution's.
    """

    engine: EngineName
    executable: Path
    origin: Literal["playwright", "system"]

    @property
    def experimental(self) -> bool:
        """Whether it is driven in a way that Playwright does not document: a stock Firefox."""
        return self.engine == "firefox" and self.origin == "system"

    @property
    def label(self) -> str:
        """How it is driven, in the words of every result."""
        return "system, over WebDriver BiDi, experimental" if self.experimental else self.origin


def find(playwright: Playwright, engine: EngineName) -> Found:
    """Find an engine: Playwright's own build, else one of the system.

    Raises:
        EngineUnavailable: With the command that installs it, or what it needs.
    """
    found = _executable(playwright, engine)
    if engine == "firefox":
        if not _shell():
            raise EngineUnavailable(
                "Firefox needs a shell to be given the run's certificate authority, which Windows lacks; "
                "use --engine chromium"
            )
        nss.certutil()
    return found


def _executable(playwright: Playwright, engine: EngineName) -> Found:
    own = Path(_type(playwright, engine).executable_path)
    if own.is_file():
        return Found(engine=engine, executable=own, origin="playwright")
    for name in _SYSTEM_NAMES[engine]:
        if path := shutil.which(name):
            return Found(engine=engine, executable=Path(path), origin="system")
    raise EngineUnavailable(f"no {engine} was found; install {_HOW_TO_GET[engine]}")


@contextlib.contextmanager
def launched(
    playwright: Playwright, found: Found, policy: Policy, *, tls: RunTls, folder: Path, headed: bool = False
) -> Iterator[Browser]:
    """Start a browser under a policy and close it when the block ends.

    Args:
        playwright: The driver.
        found: The engine.
        policy: The conditions.
        tls: The run's certificates, which the browser accepts beside the public ones.
        folder: A private folder for what the browser is started with.
        headed: Whether a person can watch.

    Raises:
        PolicyUnavailable: When nothing brings the engine to the policy.
        EngineUnavailable: When the browser does not start.
    """
    if headed and sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        raise UsageError("--headed needs a display, and DISPLAY is not set; leave it out, or use xvfb-run")
    options = _OPTIONS[found.engine](found, settings(found.engine, policy.name), tls, folder / policy.name)
    try:
        browser = _type(playwright, found.engine).launch(headless=not headed, **options)
    except Error as error:
        raise EngineUnavailable(
            f"{found.engine} ({found.executable}) does not start: {error.message.splitlines()[0]}"
        ) from None
    try:
        yield browser
    finally:
        with contextlib.suppress(Error):  # the browser may be gone already
            browser.close()


def _chromium(found: Found, chosen: Settings, tls: RunTls, path: Path) -> dict[str, Any]:
    arguments = [*_QUIET, f"--ignore-certificate-errors-spki-list={','.join(tls.spki_pins)}"]
    executable = found.executable
    if _shell():
        executable = _program(path.with_suffix(".chromium"), wrappers.chromium(executable, chosen))
    else:
        off = ",".join(name for name in _SWITCHED_OFF if name not in chosen.kept_features)
        arguments.append(f"--disable-features={off}")
    return {
        # The new headless: the headless shell lacks cookie settings and the popup blocker.
        "channel": "chromium",
        "executable_path": executable,
        "args": arguments,
        "ignore_default_args": list(chosen.dropped_arguments),
    }


def _firefox(found: Found, chosen: Settings, tls: RunTls, path: Path) -> dict[str, Any]:
    store = nss.store(path.parent, tls.ca_pem)
    options: dict[str, Any] = {
        "executable_path": _program(path.with_suffix(".firefox"), wrappers.firefox(found.executable, store)),
        "firefox_user_prefs": dict(chosen.preferences),
    }
    if found.experimental:
        options["channel"] = "moz-firefox"
        options["firefox_user_prefs"] |= _BIDI_PREFERENCES
    return options


def _webkit(found: Found, chosen: Settings, tls: RunTls, path: Path) -> dict[str, Any]:
    return {}


_OPTIONS = {"chromium": _chromium, "firefox": _firefox, "webkit": _webkit}


def _program(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    path.chmod(0o700)
    return path


def _shell() -> bool:
    return sys.platform != "win32"


def _type(playwright: Playwright, engine: EngineName) -> BrowserType:
    return {"chromium": playwright.chromium, "firefox": playwright.firefox, "webkit": playwright.webkit}[
        engine
    ]
