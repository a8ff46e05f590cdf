"""The address of a Playwright server: what is taken, what is kept out of messages."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.sync_api import Playwright

from harness import tls
from harness.browser.remote import connected, endpoint
from harness.browser.settings import settings
from harness.browser.wishes import Wishes
from harness.config import EngineName
from harness.errors import UsageError


def test_launch_options_are_taken_out_of_the_address() -> None:
    """They travel with those of the policy; a token stays where the server looks for it."""
    read = endpoint('wss://grid.example/pw?token=t&launch-options={"executablePath":"/opt/chrome"}&browser=x')

    assert "wss://grid.example/pw?token=t" == read.url
    assert {"executablePath": "/opt/chrome"} == read.options


def test_a_token_is_in_no_message() -> None:
    """Host and port name a server; what authorises its use does not."""
    read = endpoint("wss://me:secret@grid.example:3000/pw?token=t")

    assert "grid.example:3000" == read.host
    assert "secret" not in repr(read)
    assert "remote" == read.found("firefox").label


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://grid.example/", "ws://"),
        ("grid.example:3000", "ws://"),
        ("ws:///nowhere", "ws://"),
        ("ws://grid.example/?launch-options=x", "launch-options"),
        ("ws://grid.example/?launch-options=[]", "launch-options"),
    ],
)
def test_another_address_is_one_sentence(address: str, told: str) -> None:
    """What it takes is said before anything starts."""
    with pytest.raises(UsageError, match=told):
        endpoint(address)


class Driver:
    """Playwright's entry for an engine: it notes what a server is asked for.

    Args:
        name: The engine.
    """

    def __init__(self, name: str) -> None:
        self.browser_type = SimpleNamespace(name=name)
        self.options: dict[str, Any] = {}

    def connect(self, url: str, *, headers: dict[str, str]) -> Driver:
        """Note the launch options."""
        self.options = json.loads(headers["x-playwright-launch-options"])
        return self

    def close(self) -> None:
        """Let go."""


@pytest.mark.parametrize(
    ("engine", "policy", "asked"),
    [
        ("chromium", "chrome-today", "--webrtc-ip-handling-policy=disable_non_proxied_udp"),
        ("firefox", "firefox-default", "media.peerconnection.ice.proxy_only"),
    ],
)
def test_a_server_is_asked_for_a_browser_without_ways_past_the_proxy(
    engine: EngineName, policy: str, asked: str
) -> None:
    """What a browser of this machine is given under every policy, a server's is given too."""
    driver = Driver(engine)
    playwright = cast("Playwright", SimpleNamespace(chromium=driver, firefox=driver, webkit=driver))
    server, certificates = endpoint("ws://grid.example:3000/"), tls.make("www.brand.test")

    with connected(playwright, server, engine, settings(engine, policy), tls=certificates, wishes=Wishes()):
        given = [*driver.options.get("args", ()), *driver.options.get("firefoxUserPrefs", ())]

    assert asked in given
