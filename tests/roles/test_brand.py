"""The sample brand: its own login is verified, its backend gives credentials to its own page only."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from harness.sample import PLANS, Plan
from harness.server import RunningServer
from harness.wire import WireConsumer

SHOP = "https://www.brand.test"
SignIn = Callable[[str], httpx2.Client]


def credential(
    client: httpx2.Client, flow: str, challenge: str | None = None, **more: Any
) -> httpx2.Response:
    """Ask the shop's backend as its page method does."""
    headers = {"Origin": SHOP, **more.pop("headers", {})}
    return client.post(
        f"{SHOP}/chat/credential", json={"flow": flow, "code_challenge": challenge}, headers=headers
    )


def test_the_account_page_shows_what_the_shop_knows(signed_in: SignIn) -> None:
    """Account number, package and bills of the person who is signed in."""
    page = signed_in("bob").get(f"{SHOP}/account")

    assert "FH-100-871" in page.text
    assert "Mobile Solo 20 GB" in page.text
    assert "FH-100-234" not in page.text


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.id)
def test_every_plan_has_a_page_that_the_shop_leads_to(plan: Plan, visitor: httpx2.Client) -> None:
    """Name and price in the shop and on the plan's own page."""
    shop, page = visitor.get(f"{SHOP}/").text, visitor.get(f"{SHOP}/plans/{plan.id}").text

    assert f'href="/plans/{plan.id}"' in shop
    for text in (shop, page):
        assert plan.name in text
        assert f"€{plan.price / 100:.2f}" in text


def test_a_plan_that_is_not_sold_leads_back_to_the_shop(visitor: httpx2.Client) -> None:
    """An old link ends at a page of the shop's own."""
    response = visitor.get(f"{SHOP}/plans/satellite")

    assert 404 == response.status_code
    assert "There is no such plan." in response.text


def test_signing_out_ends_the_shops_session(signed_in: SignIn) -> None:
    """After the button the account is closed."""
    client = signed_in("alice")
    client.post(f"{SHOP}/logout", headers={"Origin": SHOP})

    assert "You are signed out." in client.get(f"{SHOP}/account").text


def test_a_response_that_this_browser_did_not_ask_for_signs_nobody_in(visitor: httpx2.Client) -> None:
    """Without the state of its own request the callback refuses (login CSRF)."""
    response = visitor.get(f"{SHOP}/callback?code=stolen&state=foreign&iss=https://login.brand.test")

    assert 400 == response.status_code
    assert "You are signed out." in visitor.get(f"{SHOP}/account").text


@pytest.mark.parametrize("state", ["guess", "%C3%A9", "%F0%9F%97%9D", "%ED%A0%80"])
def test_another_state_is_refused_whatever_it_is_made_of(state: str, visitor: httpx2.Client) -> None:
    """Text that is not ASCII is another state like any other, and no crash."""
    visitor.get(f"{SHOP}/login")
    response = visitor.get(f"{SHOP}/callback?code=c0de&state={state}")

    assert 400 == response.status_code
    assert "Signing in did not work." in response.text


@pytest.mark.parametrize(
    ("flow", "members"),
    [("implicit", {"credential"}), ("code", {"credential", "redirect_uri"})],
)
def test_the_page_method_gets_what_its_flow_needs(flow: str, members: set[str], signed_in: SignIn) -> None:
    """A token alone, or a code with the redirect URI that it is bound to."""
    assert members == credential(signed_in("alice"), flow).json().keys()


def test_every_call_gets_a_fresh_token(signed_in: SignIn) -> None:
    """Nothing is cached or reused."""
    client = signed_in("alice")

    assert credential(client, "implicit").json() != credential(client, "implicit").json()


def test_an_encrypted_token_has_five_parts(signed_in: SignIn) -> None:
    """The client that is registered for encryption gets a nested JWE."""
    token = credential(signed_in("alice"), "implicit-jwe").json()["credential"]

    assert 5 == len(token.split("."))


def test_nobody_logged_in_gets_no_credential(visitor: httpx2.Client) -> None:
    """The answer is an error that the page method passes on."""
    response = credential(visitor, "implicit")

    assert (401, {"error"}) == (response.status_code, set(response.json()))


def test_code_with_pkce_needs_the_platforms_challenge(signed_in: SignIn) -> None:
    """The page relays the challenge; without one there is no code."""
    assert 400 == credential(signed_in("alice"), "code-pkce").status_code


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://chat.platform.test"])
def test_a_foreign_page_gets_no_credential(origin: str, signed_in: SignIn) -> None:
    """The consumer's cookie alone is not enough."""
    response = credential(signed_in("alice"), "implicit", headers={"Origin": origin})

    assert 403 == response.status_code


MANY = 48
"""More than the threads that the server's endpoints have together."""


def test_many_people_sign_in_at_the_same_moment(
    server: RunningServer, in_parallel: Callable[[Callable[[int], Any], int], list[Any]]
) -> None:
    """Each of them waits for the authorization server, which still has threads to answer with."""
    with contextlib.ExitStack() as stack:
        everybody = [stack.enter_context(WireConsumer(server)) for _ in range(MANY)]
        back = [
            consumer.authorize(consumer.http.get(f"{SHOP}/login").headers["location"])
            for consumer in everybody
        ]

        def arrive(number: int) -> int:
            http = everybody[number].http
            return http.get(f"{SHOP}{back[number].path}?{back[number].encoded}").status_code

        assert [303] * MANY == in_parallel(arrive, MANY)
