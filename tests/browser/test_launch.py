"""Starting an engine: what Playwright is asked for, with a driver that only takes note."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, cast

import pytest
from playwright.sync_api import Error, Playwright

from harness import tls
from harness.browser import launch
from harness.browser.engines import Found
from harness.browser.policies import POLICIES
from harness.browser.wishes import Wishes
from harness.config import EngineName
from harness.errors import EngineUnavailable, PolicyUnavailable, UsageError

Start = Callable[..., dict[str, Any]]
HEADLESS = Wishes()


class Driver:
    """Playwright's entry for an engine: it notes what it is asked for, and how often it is closed."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.closed = 0
        self.fault: Error | None = None

    def launch(self, **options: Any) -> Driver:
        """Note the options."""
        self.asked = options
        if self.fault:
            raise self.fault
        return self

    def close(self) -> None:
        """Note that it is over."""
        self.closed += 1


@pytest.fixture
def driver() -> Driver:
    """Give a driver."""
    return Driver()


@pytest.fixture
def start(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Start an engine under a policy and return the options, on a machine whose certutil does nothing."""
    (tmp_path / "certutil").write_text("#!/bin/sh\nexit 0\n", "utf-8")
    (tmp_path / "certutil").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    playwright = cast("Playwright", SimpleNamespace(chromium=driver, firefox=driver, webkit=driver))

    def started(
        engine: EngineName,
        policy: str,
        *,
        origin: Literal["playwright", "system"] = "system",
        wishes: Wishes = HEADLESS,
    ) -> dict[str, Any]:
        found = Found(engine=engine, executable=Path("/opt/browser"), origin=origin)
        certificates = tls.make("www.brand.test")
        with launch.launched(
            playwright, found, POLICIES[policy], tls=certificates, folder=tmp_path, wishes=wishes
        ):
            return driver.asked

    return started


def test_chromium_keeps_its_popup_blocker_and_knows_the_runs_certificates(start: Start) -> None:
    """In the new headless mode, through the program that prepares its profile."""
    asked = start("chromium", "chrome-today")

    assert ("chromium", True) == (asked["channel"], asked["headless"])
    assert ["--disable-popup-blocking"] == asked["ignore_default_args"]
    assert any(one.startswith("--ignore-certificate-errors-spki-list=") for one in asked["args"])
    assert "exec /opt/browser" in Path(asked["executable_path"]).read_text("utf-8")


def test_webrtc_goes_no_way_past_the_proxy(start: Start) -> None:
    """In Chromium and in Firefox: it would ask servers by UDP that nobody has named."""
    chromium, firefox = start("chromium", "chrome-today"), start("firefox", "firefox-default")

    assert "--webrtc-ip-handling-policy=disable_non_proxied_udp" in chromium["args"]
    assert firefox["firefox_user_prefs"]["media.peerconnection.ice.proxy_only"] is True


@pytest.mark.parametrize(("policy", "off"), [("chrome-today", False), ("unpartitioned", True)])
def test_without_a_shell_partitioning_is_decided_by_an_argument(
    policy: str, off: bool, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows no program can stand in for Chromium; the last list of features counts."""
    monkeypatch.setattr(launch, "has_shell", lambda: False)
    asked = start("chromium", policy)

    assert Path("/opt/browser") == asked["executable_path"]
    assert off == ("ThirdPartyStoragePartitioning" in asked["args"][-1])
    assert asked["args"][-1].startswith("--disable-features=")


def test_a_stock_firefox_is_driven_over_bidi_without_fission(start: Start) -> None:
    """With Fission on, clicks in cross-site frames are lost."""
    asked = start("firefox", "firefox-default")

    assert "moz-firefox" == asked["channel"]
    assert asked["firefox_user_prefs"]["fission.autostart"] is False
    assert 5 == asked["firefox_user_prefs"]["network.cookie.cookieBehavior"]


def test_playwrights_own_firefox_is_driven_as_playwright_does(start: Start) -> None:
    """The same preferences and certificate store, no channel."""
    asked = start("firefox", "firefox-default", origin="playwright")

    assert "channel" not in asked
    assert "fission.autostart" not in asked["firefox_user_prefs"]
    assert "cert9.db" in Path(asked["executable_path"]).read_text("utf-8")


def test_webkit_starts_as_it_comes(start: Start) -> None:
    """It has no settings."""
    assert {"headless": True} == start("webkit", "safari-like", origin="playwright")


def test_what_nothing_reaches_is_not_started(start: Start, driver: Driver) -> None:
    """No browser runs under conditions that nobody asked for."""
    with pytest.raises(PolicyUnavailable):
        start("firefox", "chrome-today")

    assert {} == driver.asked


def test_a_browser_that_does_not_start_is_one_sentence(start: Start, driver: Driver) -> None:
    """Playwright's log stays out of it."""
    driver.fault = Error("BrowserType.launch: Failed\nCall log:\n  - a hundred lines")

    with pytest.raises(EngineUnavailable) as caught:
        start("chromium", "chrome-today")

    assert "chromium (/opt/browser) does not start: BrowserType.launch: Failed" == str(caught.value)


def test_the_browser_is_closed_with_the_block(start: Start, driver: Driver) -> None:
    """Once."""
    start("chromium", "chrome-today")

    assert 1 == driver.closed


def test_headed_needs_a_display(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Linux, where there may be none."""
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(UsageError, match="needs a display"):
        start("chromium", "chrome-today", wishes=Wishes(headed=True))
