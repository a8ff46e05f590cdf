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
from harness.roles.bounds import BODY_LIMIT

PORT = 8123
OWN = f"http://harness.localhost:{PORT}"


class Sights:
    """A part with one page."""

    title, path = "Sights", "/sights"

    def routes(self, pages: web.Pages) -> Sequence[BaseRoute]:
        """Return the page, which also takes a form."""
        return [Route(self.path, self._show, methods=["GET", "POST"])]

    async def _show(self, request: Request) -> Response:
        await request.body()
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


def test_every_start_has_a_key_of_its_own() -> None:
    """What was printed for one opens nothing of another, nor what its cookie held."""
    one, other = Console(Sights(), port=PORT), Console(Sights(), port=PORT)
    visitor = TestClient(one.asgi(), base_url=OWN)
    visitor.get(one.url)
    stranger = TestClient(other.asgi(), base_url=OWN, cookies=visitor.cookies)

    assert 200 == visitor.get("/sights").status_code
    assert [403, 403] == [stranger.get("/sights").status_code, stranger.get(one.url).status_code]


def test_the_cookie_is_for_no_script_and_no_other_site() -> None:
    """Without Secure: the console speaks plain http, which browsers keep to this machine."""
    console = Console(Sights(), port=PORT)
    answer = TestClient(console.asgi(), base_url=OWN).get(console.url, follow_redirects=False)
    (cookie,) = answer.headers.get_list("set-cookie")
    attributes = {one.strip().partition("=")[0].lower() for one in cookie.split(";")[1:]}

    assert {"httponly", "max-age", "path", "samesite"} == attributes
    assert "SameSite=lax" in cookie


def test_refusals_have_headers_too(visitor: TestClient) -> None:
    """Whatever is not answered."""
    refused = visitor.get("/sights", headers={"host": "attacker.example"})

    assert (421, "nosniff") == (refused.status_code, refused.headers["x-content-type-options"])


def test_a_body_has_a_largest_size(visitor: TestClient) -> None:
    """Nothing that a person types is a mebibyte long."""
    sent = visitor.post("/sights", content=b"x" * (BODY_LIMIT + 1), headers={"Origin": OWN})

    assert 413 == sent.status_code
