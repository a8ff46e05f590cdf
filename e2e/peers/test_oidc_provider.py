"""The platform at a certified authorization server that nobody here wrote: npm's oidc-provider."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, Playwright, expect
from pydantic import SecretStr

from harness import Case, Config, Harness
from harness.browser.login import customer, fill_login
from harness.browser.surfaces import ChatWindow, Popup
from harness.checks import Judgement, judge
from harness.config import FLOWS, Connector, Flow
from harness.roles.idp.issuer import consumer_claims
from harness.sample import CUSTOMERS
from harness.timeline import Timeline

Node = Callable[[str, Mapping[str, Any]], contextlib.AbstractContextManager[int]]
Mode = Literal["form_post"] | None

ISSUER = "https://op.test"
SECRET = "every+letter&of:this/secret%20counts"


def connector(flow: Flow, response_mode: Mode) -> Connector:
    """Describe the platform's client of a flow: with PKCE it is public, and with form_post it posts."""
    return Connector(
        id=flow,
        flow=flow,
        issuer=ISSUER,
        authorization_endpoint=f"{ISSUER}/auth",
        token_endpoint=f"{ISSUER}/token",
        jwks_uri=f"{ISSUER}/jwks",
        client_id=f"parley-{flow}",
        client_secret=SecretStr(SECRET) if flow == "code" else None,
        client_auth="post" if response_mode else "basic",
        response_mode=response_mode,
        scope="openid profile email phone",
    )


def registration(connector: Connector, redirect_uri: str, encryption_key: dict[str, Any]) -> dict[str, Any]:
    """Return the same client as the authorization server knows it (RFC 7591 section 2)."""
    secret = connector.client_secret
    registered: dict[str, Any] = {
        "client_id": connector.client_id,
        "redirect_uris": [redirect_uri],
        "response_types": [connector.response_type],
        "grant_types": ["authorization_code" if connector.response_type == "code" else "implicit"],
        "token_endpoint_auth_method": f"client_secret_{connector.client_auth}" if secret else "none",
    }
    if secret:
        registered["client_secret"] = secret.get_secret_value()
    if connector.flow == "implicit-jwe":
        registered |= {"id_token_encrypted_response_alg": "RSA-OAEP-256", "jwks": {"keys": [encryption_key]}}
    return registered


@pytest.fixture(scope="module", params=[None, "form_post"], ids=["default", "form-post"])
def platform(
    request: pytest.FixtureRequest,
    node: Node,
    playwright: Playwright,
) -> Iterator[Harness]:
    """A harness whose platform trusts the authorization server, and that server, serving."""
    connectors = tuple(connector(flow, request.param) for flow in FLOWS)
    with (
        Harness(Config(connectors=connectors), playwright=playwright) as harness,
        node("provider.js", _settings(harness)) as port,
    ):
        harness.server.names.add("op.test", ("127.0.0.1", port))
        yield harness


def _settings(harness: Harness) -> dict[str, Any]:
    server = harness.server
    key, certificate = server.tls.issue("op.test")
    window = f"https://{server.config.sites.platform}/window"
    encryption_key = server.composition.encryption["current"].as_dict(private=False)
    return {
        "issuer": ISSUER,
        "key": key.decode(),
        "cert": certificate.decode(),
        "clients": [registration(one, window, encryption_key) for one in server.config.connectors],
        "people": [
            {
                "username": one.username,
                "password": one.password,
                "claims": {"sub": one.sub, **consumer_claims(one)},
            }
            for one in CUSTOMERS
        ],
    }


@contextlib.contextmanager
def popup(harness: Harness, flow: Flow) -> Iterator[tuple[Page, ChatWindow]]:
    """Open the popup of a consumer who is signed in nowhere: it shows the authorization server's login."""
    with harness.surface(Case(surface="popup", flow=flow), account=None) as shop:
        shop.open_page()
        assert isinstance(shop, Popup)
        # Not by the driver's own way, which would fill the login in.
        with shop.page.expect_popup() as opened:
            shop.launcher.click()
        opened.value.wait_for_url(f"{ISSUER}/interaction/*")
        yield opened.value, ChatWindow(view=opened.value)


@pytest.fixture
def judged(platform: Harness) -> Callable[[], Judgement]:
    """Judges what happened since the test began."""
    events = platform.server.store.events
    before = events.last()
    return lambda: judge(Timeline(events.after(before)))


@pytest.mark.parametrize("flow", FLOWS)
def test_the_platform_accepts_what_a_certified_server_issues(
    flow: Flow, platform: Harness, judged: Callable[[], Judgement]
) -> None:
    """The popup signs Alice in, by the response type's own mode and by form_post, and nothing is found."""
    with popup(platform, flow) as (page, window):
        fill_login(page, customer("alice"))

        expect(window.status).to_have_text("Signed in as Alice Abel")

    assert ("authenticated", ()) == (judged().outcome, judged().findings)
    (alice,) = platform.server.store.people.profiles()
    assert (ISSUER, customer("alice").sub) == (alice.iss, alice.sub)


@pytest.mark.parametrize("flow", FLOWS)
def test_a_consumer_who_cancels_there_is_a_guest(
    flow: Flow, platform: Harness, judged: Callable[[], Judgement]
) -> None:
    """A wrong password leaves the consumer at the login; cancelling is no error, and nobody is signed in."""
    with popup(platform, flow) as (page, window):
        page.get_by_label("Username").fill("alice")
        page.get_by_label("Password").fill("not-her-password")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()

        expect(window.status).to_have_text("You are chatting as a guest")

    assert ("not_authenticated", "authz.access_denied") == (judged().outcome, judged().code)
