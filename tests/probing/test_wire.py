"""A browser without pages: where it goes, and what it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx2
import pytest

from harness.probing.wire import MOST_HOPS, WireBrowser
from harness.verification.outbound import Outbound
from tests.probing.conftest import LOGIN, WINDOW

Answer = Callable[[httpx2.Request], httpx2.Response]
Browse = Callable[[Answer], WireBrowser]


@pytest.fixture(name="browse")
def _browse() -> Iterator[Browse]:
    """Give what makes a browser of a server."""
    clients: list[httpx2.Client] = []

    def made(answer: Answer) -> WireBrowser:
        clients.append(httpx2.Client(transport=httpx2.MockTransport(answer)))
        return WireBrowser(Outbound(clients[-1], connect=1), total=5)

    yield made
    for client in clients:
        client.close()


def to(target: str, *cookies: str) -> httpx2.Response:
    """Return a redirect that sets cookies."""
    return httpx2.Response(303, headers=[("Location", target), *(("Set-Cookie", one) for one in cookies)])


def is_home(url: str) -> bool:
    """Tell whether an address is the window's."""
    return url.startswith(WINDOW)


def test_it_follows_the_server_s_own_redirects_with_their_cookies(browse: Browse) -> None:
    """Up to the page, of which it keeps address, status and markup."""
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        if request.url.path == "/authorize":
            expiring = "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Secure"
            return to("/login?ticket=t", expiring, "b=2; Path=/")
        return httpx2.Response(200, html="<p>Sign in</p>")

    went = browse(answer).go(f"{LOGIN}/authorize?x=1", is_home)

    assert (200, f"{LOGIN}/login", "<p>Sign in</p>") == (went.status, went.pages[0].address, went.text)
    assert "a=1; b=2" == asked[1].headers["cookie"]


@pytest.mark.parametrize("target", [f"{WINDOW}?code=c", "https://elsewhere.example/"])
def test_it_goes_to_no_other_server(target: str, browse: Browse) -> None:
    """Neither home, where the response is read from the address, nor anywhere else."""
    hosts: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        hosts.append(request.url.host)
        return to(target)

    went = browse(answer).go(f"{LOGIN}/authorize", is_home)

    assert [httpx2.URL(LOGIN).host] == hosts
    assert target == went.landings[-1][0]


def test_a_server_that_redirects_for_ever_is_left(browse: Browse) -> None:
    """After a few hops."""
    hops: list[int] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        hops.append(1)
        return to("/again")

    browse(answer).go(f"{LOGIN}/authorize", is_home)

    assert MOST_HOPS + 1 == len(hops)


def test_a_cookie_that_is_dropped_is_not_sent_again(browse: Browse) -> None:
    """Max-Age=0 is how a server ends one."""
    browser = browse(
        lambda request: to("/", "session=; Max-Age=0") if request.method == "POST" else to("/", "session=1")
    )
    browser.go(f"{LOGIN}/authorize", is_home)
    held = dict(browser.cookies)
    browser.post(f"{LOGIN}/login", {"a": "b"}, origin=LOGIN)

    assert ({"session": "1"}, {}) == (held, browser.cookies)


def test_no_answer_is_no_status(browse: Browse) -> None:
    """Whatever the reason."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("no answer in time")

    browser = browse(answer)

    assert 0 == browser.go(f"{LOGIN}/authorize", is_home).status
    assert 0 == browser.post(f"{LOGIN}/login", {}, origin=LOGIN)
