"""Starting a browser as a consumer has it rather than as Playwright does."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Playwright

from harness.browser import nss, wrappers
from harness.browser.attended import has_display
from harness.browser.engines import BIDI_CHANNEL, BIDI_PREFERENCES, Found, browser_type, has_shell
from harness.browser.policies import Policy
from harness.browser.settings import Settings, settings
from harness.browser.trial import not_started
from harness.browser.wishes import Wishes
from harness.errors import UsageError
from harness.tls import RunTls

_QUIET = (
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    # WebRTC asks its servers by UDP, which no proxy sees.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
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

# Names of this machine go through the proxy like every other, and so does what WebRTC asks.
FIREFOX_PREFERENCES = {
    "network.proxy.allow_hijacking_localhost": True,
    "media.peerconnection.ice.proxy_only": True,
}
"""What Firefox is given under every policy."""


_SOCKET = "org.chromium.Chromium.XXXXXX/SingletonSocket"

_LONGEST_SOCKET = 103
"""Octets that the path of a socket may have: with its end 104 on a Mac, 108 on Linux (sys/un.h)."""


@contextlib.contextmanager
def launched(
    playwright: Playwright, found: Found, policy: Policy, *, tls: RunTls, folder: Path, wishes: Wishes
) -> Iterator[Browser]:
    """Start a browser under a policy and close it when the block ends.

    Args:
        playwright: The driver.
        found: The engine.
        policy: The conditions.
        tls: The run's certificates, which the browser accepts beside the public ones.
        folder: A private folder for what the browser is started with.
        wishes: Whether a person can watch, and how fast it is.

    Raises:
        PolicyUnavailable: When nothing brings the engine to the policy.
        EngineUnavailable: When the browser does not start.
    """
    if wishes.headed and not has_display():
        raise UsageError("--headed needs a display, and DISPLAY is not set; leave it out, or use xvfb-run")
    options = _OPTIONS[found.engine](found, settings(found.engine, policy.name), tls, folder / policy.name)
    try:
        browser = browser_type(playwright, found.engine).launch(
            headless=not wishes.headed, **wishes.pace, **options
        )
    except Error as error:
        raise not_started(found, error) from None
    try:
        yield browser
    finally:
        with contextlib.suppress(Error):  # the browser may be gone already
            browser.close()


def chromium_arguments(chosen: Settings, tls: RunTls) -> list[str]:
    """Return the arguments with which Chromium is started; the last is for where no wrapper can run."""
    kept = [name for name in _SWITCHED_OFF if name not in chosen.kept_features]
    off = ",".join((*kept, *chosen.lost_features))
    pins = ",".join(tls.spki_pins)
    return [*_QUIET, f"--ignore-certificate-errors-spki-list={pins}", f"--disable-features={off}"]


def _chromium(found: Found, chosen: Settings, tls: RunTls, path: Path) -> dict[str, Any]:
    arguments, executable = chromium_arguments(chosen, tls), found.executable
    if has_shell():
        arguments.pop()
        home = nss.home(path.parent, tls.also) if tls.also else None
        executable = _program(path.with_suffix(".chromium"), wrappers.chromium(executable, chosen, home))
    return {
        # The new headless: the headless shell lacks cookie settings and the popup blocker.
        "channel": "chromium",
        "executable_path": executable,
        "args": arguments,
        "ignore_default_args": list(chosen.dropped_arguments),
        **_temporary(path.parent),
    }


def _temporary(folder: Path) -> dict[str, Any]:
    """Return what has Chromium put its socket into a folder of ours: killed, it leaves it where it is."""
    # The folder of another process's worker is deep; the one that it is in is its parent's.
    for place in (folder, Path(tempfile.gettempdir())):
        if len(str(place / _SOCKET)) <= _LONGEST_SOCKET:
            return {"env": {**os.environ, "TMPDIR": str(place)}}
    return {}


def _firefox(found: Found, chosen: Settings, tls: RunTls, path: Path) -> dict[str, Any]:
    store = nss.store(path.parent, tls.ca_pem, *([tls.also] if tls.also else []))
    options: dict[str, Any] = {
        "executable_path": _program(path.with_suffix(".firefox"), wrappers.firefox(found.executable, store)),
        "firefox_user_prefs": {**chosen.preferences, **FIREFOX_PREFERENCES},
    }
    if found.experimental:
        options["channel"] = BIDI_CHANNEL
        options["firefox_user_prefs"] |= BIDI_PREFERENCES
    return options


def _webkit(found: Found, chosen: Settings, tls: RunTls, path: Path) -> dict[str, Any]:
    return {}


_OPTIONS = {"chromium": _chromium, "firefox": _firefox, "webkit": _webkit}


def _program(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    path.chmod(0o700)
    return path
