"""The platform beside a brand's own page: its SDK and its window under the addresses that the brand knows."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from harness.clock import SystemClock
from harness.config import Config, Connector, Platform
from harness.net import MappedTransport
from harness.own_brand import BrandPage, Sdk, Step
from harness.roles.platform.sdk import sdk_source, sdk_url, served
from harness.server import running

SHOP = "https://www.acme.example"
WINDOW = "https://lpcdn.lpsnmedia.net/le_unified_window/index.html"
CLICK = Step(verb="click", target="Chat with us")


def config(*, sdk: Sdk | None = None, page: str = f"{SHOP}/account", **platform: Any) -> Config:
    """Return a brand's configuration."""
    connector = Connector(
        id="acme",
        flow="implicit",
        issuer="https://login.acme.example",
        authorization_endpoint="https://login.acme.example/authorize",
        client_id="platform",
        jwks_uri="https://login.acme.example/jwks",
    )
    brand = BrandPage(page=page, sdk=sdk) if sdk else BrandPage(page=page)
    return Config(brand=brand, connectors=(connector,), platform=Platform(**platform))


@contextlib.contextmanager
def browser(settings: Config, folder: Path) -> Iterator[httpx2.Client]:
    """Serve a configuration, and give what reaches it under its names."""
    with (
        running(settings, folder=folder, clock=SystemClock()) as server,
        httpx2.Client(transport=MappedTransport(server.names, server.tls.client)) as client,
    ):
        yield client


def told(script: str) -> dict[str, Any]:
    """Return what an SDK was told before it starts."""
    found = re.search(r"^const SERVED = (.*);$", script, re.MULTILINE)
    assert found is not None
    values: dict[str, Any] = json.loads(found[1])
    return values


@pytest.mark.parametrize(
    ("settings", "found", "missing"),
    [
        (
            config(),
            ("https://lptag.liveperson.net/tag/tag.js", "https://lptag.liveperson.net/tag/tag.js?site=7"),
            ("https://lptag.liveperson.net/tag/", "https://lptag.liveperson.net/other.js"),
        ),
        (
            config(
                sdk=Sdk(replace="https://tag.acme-chat.example/v2/*/start.js?id=*"),
                tag="https://tag.acme-chat.example",
            ),
            (
                "https://tag.acme-chat.example/v2/7/start.js?id=1",
                "https://tag.acme-chat.example/v2/a/b/start.js?id=",
            ),
            (
                "https://tag.acme-chat.example/v2/7/start.js",
                "https://tag.acme-chat.example/v1/7/start.js?id=1",
            ),
        ),
    ],
    ids=["the platform's", "the brand's own"],
)
def test_the_sdk_is_answered_under_the_address_that_the_page_loads(
    settings: Config, found: tuple[str, ...], missing: tuple[str, ...], tmp_path: Path
) -> None:
    """A star stands for anything, also for nothing; what the pattern does not say is not there."""
    with browser(settings, tmp_path) as asked:
        for url in found:
            answer = asked.get(url)
            assert (200, "text/javascript") == (
                answer.status_code,
                answer.headers["content-type"].split(";")[0],
            )
            assert "*" == answer.headers["access-control-allow-origin"]
            assert told(answer.text)["window"] == WINDOW
        assert {404} == {asked.get(url).status_code for url in missing}


def test_the_sample_brands_sdk_is_where_it_was(tmp_path: Path) -> None:
    """It has no brand of somebody's own, and brings its button."""
    with browser(Config(), tmp_path) as asked:
        script = asked.get("https://chat.platform.test/tag/tag.js?site=fernhill").text

    assert {
        "tag": "https://chat.platform.test",
        "window": "https://chat.platform.test/window",
        "button": True,
        "injected": False,
        "methods": [],
    } == told(script)


def test_the_window_is_under_the_path_that_is_registered(tmp_path: Path) -> None:
    """The redirect URI of the popup; only the brand's page may frame it, and the old path is not there."""
    registered = "https://chat.acme-chat.example/le/window.html"
    with browser(config(window_url=registered, page=f"{SHOP}:8443/account"), tmp_path) as asked:
        answer = asked.get(registered)
        assert 200 == answer.status_code
        assert f"frame-ancestors {SHOP}:8443;" in f"{answer.headers['content-security-policy']};"
        assert 404 == asked.get("https://chat.acme-chat.example/window").status_code
        assert 404 == asked.get(f"{registered}&code=1").status_code


def test_an_answer_by_form_post_comes_to_the_same_path(tmp_path: Path) -> None:
    """And leads back to it, where the window takes it up."""
    with browser(config(), tmp_path) as asked:
        answer = asked.post(WINDOW, data={"error": "access_denied", "state": "1"})

    assert (303, "/le_unified_window/index.html") == (answer.status_code, answer.headers["location"])


def test_only_the_brands_page_may_ask_for_its_engagement(tmp_path: Path) -> None:
    """By CORS: the origin with its port, and no other of the same host."""
    url = "https://lptag.liveperson.net/sdk/engagement?section=embedded,acme,strict"
    with browser(config(page=f"{SHOP}:8443/account"), tmp_path) as asked:
        allowed = [
            asked.get(url, headers={"Origin": origin}).headers.get("access-control-allow-origin")
            for origin in (f"{SHOP}:8443", SHOP)
        ]

    assert [f"{SHOP}:8443", None] == allowed


def test_the_brands_own_hosts_are_not_answered_for(tmp_path: Path) -> None:
    """What reaches the harness under them by mistake is misdirected (RFC 9110 section 15.5.20)."""
    with browser(config(), tmp_path) as asked:
        answer = asked.get(WINDOW, headers={"Host": "www.acme.example"})

    assert 421 == answer.status_code


def test_a_page_with_a_launcher_of_its_own_gets_no_button() -> None:
    """Else two would open the chat."""
    settings = config()
    assert settings.brand is not None
    own = settings.model_copy(update={"brand": settings.brand.model_copy(update={"launcher": CLICK})})

    assert (True, False) == (served(settings)["button"], served(own)["button"])


def test_an_sdk_that_is_put_in_says_so() -> None:
    """It has to survive what the page's own snippet does; the tag's address is the platform's then."""
    settings = config(sdk=Sdk(inject=True))

    assert told(sdk_source(settings, injected=True))["injected"] is True
    assert "https://lptag.liveperson.net/tag/*" == sdk_url(settings)
    assert told(sdk_source(settings, injected=True))["tag"] == "https://lptag.liveperson.net"
