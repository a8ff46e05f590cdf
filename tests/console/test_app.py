"""Who gets into the console, and who does not."""

from __future__ import annotations

from collections.abc import Sequence

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient

from harness.console import Console, serving
from harness.roles import web

PORT = 8123
OWN = f"http://harness.localhost:{PORT}"


class Sights:
    """A part with one page."""

    title, path = "Sights", "/sights"

    def routes(self, pages: web.Pages) -> Sequence[BaseRoute]:
        """Return the page, which also takes a form."""
        return [Route(self.path, self._show, methods=["GET", "POST"])]

    def _show(self, _: Request) -> Response:
        return PlainTextResponse("something to see")


@pytest.fixture
def visitor() -> TestClient:
    """A browser that has been let in."""
    console = Console(Sights(), port=PORT)
    client = TestClient(console.asgi(), base_url=OWN)
    assert "something to see" == client.get(console.url).text
    return client


def test_the_printed_address_leads_to_the_first_page(visitor: TestClient) -> None:
    """And the browser stays let in, without the key in any address."""
    assert "something to see" == visitor.get("/").text


def test_nobody_gets_in_without_the_key() -> None:
    """Neither with none nor with a wrong one."""
    stranger = TestClient(Console(Sights(), port=PORT).asgi(), base_url=OWN)

    assert [403, 403, 403] == [
        stranger.get(path).status_code for path in ("/sights", "/enter", "/enter?key=guessed")
    ]


@pytest.mark.parametrize("host", ["attacker.example", "harness.localhost", f"harness.localhost.evil:{PORT}"])
def test_another_host_name_is_not_answered(host: str, visitor: TestClient) -> None:
    """A name that a stranger points at this machine opens nothing, cookie or not."""
    assert 421 == visitor.get("/sights", headers={"host": host}).status_code


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://attacker.example"},
        {"origin": f"http://harness.localhost:{PORT + 1}"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
    ],
)
def test_nothing_is_changed_for_another_site(headers: dict[str, str], visitor: TestClient) -> None:
    """A form of another origin is refused although the cookie came along."""
    assert 403 == visitor.post("/sights", headers=headers).status_code


@pytest.mark.parametrize("headers", [{"origin": OWN}, {"origin": "null", "sec-fetch-site": "same-origin"}])
def test_our_own_pages_may_ask_for_something(headers: dict[str, str], visitor: TestClient) -> None:
    """By script, and by a form."""
    assert 200 == visitor.post("/sights", headers=headers).status_code


def test_it_is_served_on_loopback_until_the_block_ends() -> None:
    """By the printed address, redirects and all."""
    with serving(Sights()) as url, httpx2.Client(follow_redirects=True, trust_env=False) as client:
        assert "something to see" == client.get(url.replace("harness.localhost", "127.0.0.1")).text
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(url.replace("harness.localhost", "127.0.0.1"), trust_env=False)
