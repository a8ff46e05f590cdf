"""Browsers of a Playwright server: started with the run's certificate, or taken as they are and read back."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Playwright

from harness import Case, Harness
from harness.browser import engines
from harness.browser.remote import ANY_CERTIFICATE
from harness.config import SURFACES, EngineName
from harness.errors import EngineUnavailable, PolicyUnavailable

SERVER = (sys.executable, "-m", "playwright")
FIREFOX = {"channel": "moz-firefox", "firefoxUserPrefs": {"fission.autostart": False}}
"""What a stock Firefox needs beside, over WebDriver BiDi."""


@contextlib.contextmanager
def playwright_server(*arguments: str) -> Iterator[str]:
    """Run a Playwright server in a session of its own and give the address that it prints."""
    command = [*SERVER, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            assert process.stdout is not None
            yield next(line for line in process.stdout if "ws://" in line).split()[-1]
        finally:
            # The node program below ignores anything milder while it waits for its browsers.
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def unsafe_server() -> Iterator[str]:
    """Give a server that lets its clients say how a browser is started."""
    with playwright_server("run-server", "--port", "0", "--unsafe") as address:
        yield address


def at(address: str, engine: EngineName, playwright: Playwright) -> str:
    """Return the address with this machine's browser, where Playwright's own is not installed."""
    found = engines.find(playwright, engine)
    own = {} if found.origin == "playwright" else {"executablePath": str(found.executable)}
    options = {**own, **(FIREFOX if found.experimental else {})}
    return f"{address}?{urlencode({'launch-options': json.dumps(options)})}"


def test_a_remote_chromium_is_started_with_the_runs_certificate(
    unsafe_server: str, harness: Harness, playwright: Playwright
) -> None:
    """Every surface signs in, the blocker and the partitioning are a consumer's, and no check is lost."""
    address = at(unsafe_server, "chromium", playwright)
    with Harness(harness.config, playwright=playwright, connect=address) as remote:
        policy = _as_it_comes(remote)
        results = [remote.run(Case(surface=one, flow="code-pkce", policy=policy)) for one in SURFACES]

    assert all(result.passed for result in results)
    (held,) = {result.conditions.tls_trust for result in results}
    assert "pinned" in held
    assert "(remote)" in results[0].conditions.engine_version
    assert results[0].conditions.popup_blocker
    assert results[0].conditions.partitioning


def _as_it_comes(remote: Harness) -> str:
    """Return what the browser does with third-party cookies: no launch option says so, and builds differ."""
    try:
        remote.browser("chromium", "chrome-today")
    except PolicyUnavailable:
        return "third-party-blocked"
    return "chrome-today"


def test_a_remote_firefox_accepts_every_certificate_and_the_result_says_so(
    unsafe_server: str, harness: Harness, playwright: Playwright, need_engine: Callable[[EngineName], None]
) -> None:
    """A launch option can give it no authority."""
    need_engine("firefox")
    address = at(unsafe_server, "firefox", playwright)
    with Harness(harness.config, playwright=playwright, connect=address) as remote:
        result = remote.run(Case(surface="popup", flow="code", engine="firefox"))

    assert result.passed
    assert ANY_CERTIFICATE == result.conditions.tls_trust


@pytest.fixture
def running_browser(playwright: Playwright, tmp_path: Path) -> Iterator[str]:
    """Give a server whose Chromium was started before, as Playwright starts it."""
    found, file = engines.find(playwright, "chromium"), tmp_path / "server.json"
    options = {"headless": True, "channel": "chromium", "executablePath": str(found.executable)}
    file.write_text(json.dumps(options), "utf-8")
    with playwright_server("launch-server", "--browser", "chromium", "--config", str(file)) as address:
        yield address


def test_a_browser_that_runs_already_is_held_to_what_is_read_back(
    running_browser: str, harness: Harness, playwright: Playwright
) -> None:
    """Playwright's defaults are no policy: the cases are not available, and the reason says what holds."""
    with Harness(harness.config, playwright=playwright, connect=running_browser) as remote:
        report = remote.check([Case(surface="embedded", flow="code")])
        with pytest.raises(PolicyUnavailable):
            remote.browser("chromium")

    assert () == report.cases
    assert "popup blocker: asked for on, read back off" in report.unavailable[0].reason


def test_a_server_that_is_not_there_is_one_sentence(harness: Harness, playwright: Playwright) -> None:
    """With what a server is started by, and without the token of the address."""
    address = "ws://127.0.0.1:9/?token=very-secret"
    with (
        Harness(harness.config, playwright=playwright, connect=address) as remote,
        pytest.raises(EngineUnavailable, match="run-server --unsafe") as caught,
    ):
        remote.browser("chromium")

    assert "127.0.0.1:9" in str(caught.value)
    assert "very-secret" not in str(caught.value)


def test_a_remote_browser_that_cannot_reach_the_proxy_is_told_how(
    unsafe_server: str, harness: Harness, playwright: Playwright
) -> None:
    """The sentence names the port and the way to forward it."""
    address = at(unsafe_server, "chromium", playwright)
    with Harness(harness.config, playwright=playwright, connect=address) as remote:
        object.__setattr__(remote.server, "proxy_url", "http://127.0.0.1:9")
        with pytest.raises(EngineUnavailable, match=r"ssh -R 9:127\.0\.0\.1:9 and --proxy-port 9"):
            remote.browser("chromium")
