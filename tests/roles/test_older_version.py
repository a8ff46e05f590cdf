"""The platform's older connector version: in compat only, against a client that is registered for it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from harness.config import FLOWS, Flow
from harness.server import RunningServer
from harness.wire import WireConsumer

CHAT = "https://chat.platform.test"


@pytest.mark.parametrize("flow", FLOWS)
def test_the_older_version_signs_in_through_its_popup(flow: Flow, server: RunningServer) -> None:
    """No state comes back, the query of the redirect URI does, and the consumer is known all the same."""
    with WireConsumer(server) as alice:
        alice.sign_in("alice")
        back = alice.authorize(alice.start_popup(f"popup.older-{flow}.compat"))
        welcome = alice.come_back(back)

    assert "state" not in parse_qs(back.encoded)
    assert ("authenticated", "Alice Abel") == (welcome["outcome"], welcome["name"])


def test_the_older_versions_request_is_as_documented(server: RunningServer) -> None:
    """The window's configuration is in the redirect URI, no state, and an id_token is called token."""
    with WireConsumer(server) as alice:
        sent = parse_qs(urlsplit(alice.start_popup("popup.older-implicit.compat")).query)

    assert ["token"] == sent["response_type"]
    assert sent["redirect_uri"][0].startswith(f"{CHAT}/window?lpUnifiedWindowConfig=")
    assert "state" not in sent


def test_strict_does_not_know_the_older_version(visitor: httpx2.Client) -> None:
    """What a strict server must refuse is not offered in strict."""
    url = f"{CHAT}/popup?popup=an-older-popup-1&engagement=popup.older-code.strict"

    assert 404 == visitor.get(url).status_code


def test_the_newer_versions_client_keeps_its_exact_redirect_uri(server: RunningServer) -> None:
    """A query that varies is accepted from the older client alone."""
    with WireConsumer(server) as alice:
        alice.sign_in("alice")
        url = alice.start_popup("popup.code.compat").replace("%2Fwindow&", "%2Fwindow%3Fx%3D1&")

        assert 400 == alice.http.get(url).status_code


def test_a_response_of_the_older_version_is_good_once_and_in_its_browser(server: RunningServer) -> None:
    """Without a state it is the browser's cookie that binds the response."""
    with WireConsumer(server) as alice, WireConsumer(server) as mallory:
        alice.sign_in("alice")
        back = alice.authorize(alice.start_popup("popup.older-code.compat"))

        assert "refused" == mallory.come_back(back)["outcome"]
        assert "authenticated" == alice.come_back(back)["outcome"]
        assert "refused" == alice.come_back(back)["outcome"]
