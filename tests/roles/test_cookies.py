"""The cookies of every role: for one host, for no script, for a while, and never the same after a login."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from harness.clock import SystemClock
from harness.config import Config, Sites
from harness.server import RunningServer, running
from harness.wire import WireConsumer, login_form

SHOP, IDP = "https://www.brand.test", "https://login.brand.test"
CHAT, AGENT = "https://chat.platform.test", "https://agent.platform.test"
SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
"""256 random bits as text."""

SignIn = Callable[[str], httpx2.Client]


def posting() -> Config:
    """Return the sample's configuration with every popup answered by form_post."""
    connectors = Config().connectors
    return Config(
        connectors=tuple(one.model_copy(update={"response_mode": "form_post"}) for one in connectors)
    )


@pytest.fixture(scope="module")
def by_form_post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server whose popups are answered by form_post."""
    with running(posting(), folder=tmp_path_factory.mktemp("posting"), clock=SystemClock()) as started:
        yield started


def written(server: RunningServer, does: Callable[[WireConsumer], Any]) -> list[tuple[str, Any]]:
    """Return every cookie that is set while somebody does something, with its name."""
    cookies: list[tuple[str, Any]] = []

    def note(answer: httpx2.Response) -> None:
        for line in answer.headers.get_list("set-cookie"):
            cookies.extend(SimpleCookie(line).items())

    with WireConsumer(server) as consumer:
        consumer.http.event_hooks = {"response": [note]}
        does(consumer)
    return cookies


def everything(consumer: WireConsumer, *, agent_key: str) -> None:
    """Sign in, chat in a popup, open the workspace, and sign out again."""
    consumer.sign_in("alice")
    popup = consumer.open_popup("popup.code-pkce.strict")
    consumer.come_back(consumer.authorize(popup.url))
    consumer.http.get(f"{AGENT}/enter", params={"key": agent_key})
    consumer.leave_shop(popup.name)
    consumer.log_out()


def all_written(server: RunningServer) -> list[tuple[str, Any]]:
    """Return every cookie that there is, with its name."""
    return written(server, lambda consumer: everything(consumer, agent_key=server.agent_key))


def test_a_cookie_is_one_hosts_and_no_scripts(server: RunningServer) -> None:
    """Prefix, Secure, HttpOnly, Path=/, no domain, SameSite=Lax; a login of its own for each role."""
    cookies = all_written(server)
    forms = {(m["secure"], m["httponly"], m["path"], m["domain"], m["samesite"]) for _, m in cookies}
    names = {name for name, _ in cookies}

    assert {(True, True, "/", "", "lax")} == forms
    assert all(name.startswith("__Host-") for name, _ in cookies)
    assert {"__Host-idp", "__Host-brand", "__Host-agent", "__Host-window"} <= names


def test_a_cookie_cannot_be_guessed(server: RunningServer) -> None:
    """256 random bits, never the same twice but for the popup's, which stands under two names."""
    cookies = [one for one in all_written(server) if one[1].value]
    values = [morsel.value for name, morsel in cookies if not name.startswith("__Host-window-")]

    assert all(SECRET.fullmatch(morsel.value) for _, morsel in cookies)
    assert len(values) == len(set(values))


def test_what_a_post_of_another_site_needs_is_short_lived(by_form_post: RunningServer) -> None:
    """The popup's binding travels cross-site with form_post only, and for as long as its state lives."""

    def starts(consumer: WireConsumer) -> None:
        consumer.open_popup("popup.code-pkce.strict")

    cookies = written(by_form_post, starts)

    assert 2 == len(cookies)
    assert {("none", True, True, "300")} == {
        (m["samesite"], m["secure"], m["httponly"], m["max-age"]) for _, m in cookies
    }


def test_a_framed_window_needs_no_cookie(server: RunningServer) -> None:
    """Its session lives in a variable of its page, so that there is none to partition or to block."""

    def chats(consumer: WireConsumer) -> None:
        call = consumer.open_call("embedded.code-pkce.strict")
        consumer.hand_over(call, None)

    assert [] == written(server, chats)


def test_each_role_has_a_host_name_of_its_own() -> None:
    """Ports do not keep cookies apart, names do; the SDK comes from its window's host."""
    sites = Sites()
    names = sites.model_dump()

    assert names.pop("tag") == sites.platform
    assert len(names) == len(set(names.values()))


ACCOUNT, WHO = f"{SHOP}/account", "FH-100-234"
AUTHORIZE = f"{IDP}/authorize?" + urlencode(
    {
        "response_type": "code",
        "client_id": "platform-code",
        "redirect_uri": f"{CHAT}/window",
        "scope": "openid",
    }
)


def cookie(client: httpx2.Client, host: str, name: str) -> str:
    """Return the cookie of a host."""
    value = client.cookies.get(f"__Host-{name}", domain=host)
    assert value is not None
    return value


def opens_the_account(client: httpx2.Client, value: str) -> bool:
    """Tell whether a cookie is alice's at the shop."""
    client.cookies.clear()
    return WHO in client.get(ACCOUNT, headers={"Cookie": f"__Host-brand={value}"}).text


def opens_the_login(client: httpx2.Client, value: str) -> bool:
    """Tell whether a cookie is somebody's at the authorization server."""
    client.cookies.clear()
    answer = client.get(f"{AUTHORIZE}&prompt=none", headers={"Cookie": f"__Host-idp={value}"})
    return "code=" in answer.headers["location"]


def test_a_login_at_the_shop_ends_its_session_before_it(signed_in: SignIn) -> None:
    """The second login gives another cookie, and the first one is nobody's."""
    client = signed_in("alice")
    first = cookie(client, "www.brand.test", "brand")
    client.post(f"{IDP}/logout", headers={"Origin": IDP})
    second = cookie(signed_in("alice"), "www.brand.test", "brand")

    assert first != second
    assert [False, True] == [opens_the_account(client, one) for one in (first, second)]


def test_a_login_at_the_authorization_server_ends_its_session_before_it(signed_in: SignIn) -> None:
    """Who is asked for the password once more goes on under another cookie."""
    client = signed_in("alice")
    first = cookie(client, "login.brand.test", "idp")
    page = client.get(f"{AUTHORIZE}&prompt=login", follow_redirects=True)
    client.post(f"{IDP}/login", data=login_form(page.text, "alice"), headers={"Origin": IDP})
    second = cookie(client, "login.brand.test", "idp")

    assert first != second
    assert [False, True] == [opens_the_login(client, one) for one in (first, second)]


def test_a_session_that_was_planted_is_nobodys(visitor: httpx2.Client, signed_in: SignIn) -> None:
    """Whoever gave the browser a cookie before the login knows nothing of the one after it."""
    planted = "p" * 43
    for host, name in (("www.brand.test", "brand"), ("login.brand.test", "idp")):
        visitor.cookies.set(f"__Host-{name}", planted, domain=host)
    signed_in("alice")

    assert not opens_the_account(visitor, planted)
    assert not opens_the_login(visitor, planted)


def test_after_signing_out_the_cookie_is_nobodys(signed_in: SignIn) -> None:
    """At the shop and at its authorization server, also for whoever has kept it."""
    client = signed_in("alice")
    shop, idp = cookie(client, "www.brand.test", "brand"), cookie(client, "login.brand.test", "idp")
    client.post(f"{SHOP}/logout", headers={"Origin": SHOP})
    client.post(f"{IDP}/logout", headers={"Origin": IDP})

    assert not opens_the_account(client, shop)
    assert not opens_the_login(client, idp)


def test_an_agent_who_comes_again_gets_another_session(server: RunningServer, visitor: httpx2.Client) -> None:
    """The one before it opens nothing."""
    enter = f"{AGENT}/enter?key={server.agent_key}"
    visitor.get(enter)
    first = cookie(visitor, "agent.platform.test", "agent")
    visitor.get(enter)
    second = cookie(visitor, "agent.platform.test", "agent")
    visitor.cookies.clear()

    assert [403, 200] == [
        visitor.get(AGENT, headers={"Cookie": f"__Host-agent={one}"}).status_code for one in (first, second)
    ]
