"""How a login on a brand's page ends where it does not end well, on a page that is acted."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import cast

import pytest
from playwright.sync_api import BrowserContext, Error, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.browser import own_logins
from harness.browser.own_logins import sign_in_on
from harness.browser.sessions import Sessions
from harness.browser.steps import StepFailed
from harness.browser.surfaces import NoChat
from harness.config import Config, Connector
from harness.own_brand import BrandPage, Login, Step

BRAND = BrandPage(page="https://www.acme.example/account")
LOGIN = Login(steps=(Step(verb="click", target="Sign in"),))
ELSEWHERE = "https://login.acme.example/login?return_to=secret"


@pytest.fixture
def page_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Page]:
    """Give a page that stays at an address after all steps, with so many fields for a password."""
    monkeypatch.setattr(own_logins, "play", lambda *args, **kwargs: None)
    monkeypatch.setattr(own_logins, "target", lambda *args: None)

    @contextlib.contextmanager
    def navigated(*args: object, **kwargs: object) -> Iterator[None]:
        yield
        raise PlaywrightTimeout("nowhere")

    def made(url: str, fields: int) -> Page:
        shown = SimpleNamespace(count=lambda: fields)
        page = SimpleNamespace(
            url=url, goto=lambda _: None, expect_event=navigated, locator=lambda selector: shown
        )
        return cast("Page", page)

    return made


def test_a_page_that_is_not_reached_is_no_crash() -> None:
    """Who opens it next is recorded, and the record tells why: an unknown authority, no way."""

    def goto(url: str) -> None:
        raise Error("net::ERR_CERT_AUTHORITY_INVALID")

    with pytest.raises(NoChat):
        sign_in_on(cast("Page", SimpleNamespace(goto=goto)), BRAND, LOGIN)


def test_a_login_that_asks_again_ended_in_vain(page_at: Callable[..., Page]) -> None:
    """A wrong password: the file is to blame, and the address is told without its query."""
    with pytest.raises(StepFailed) as raised:
        sign_in_on(page_at(ELSEWHERE, 1), BRAND, LOGIN)

    assert raised.value.asks_again
    assert "after the step click 'Sign in' https://login.acme.example/login asks" in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(("url", "fields"), [(ELSEWHERE, 0), (BRAND.page, 1)])
def test_where_nothing_asks_again_the_page_method_tells(
    page_at: Callable[..., Page], url: str, fields: int
) -> None:
    """Some pages only fetch, and a page of the brand may have such a field for something else."""
    sign_in_on(page_at(url, fields), BRAND, LOGIN)


def test_a_password_that_was_refused_is_not_typed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accounts are locked after a few."""
    typed = []

    def refused(*args: object) -> None:
        typed.append(args)
        raise StepFailed(LOGIN.steps[0], ELSEWHERE, asks_again=True)

    monkeypatch.setattr(own_logins, "sign_in", refused)
    connector = Connector(
        id="acme",
        flow="implicit",
        issuer="https://login.acme.example",
        client_id="platform",
        jwks_uri="https://login.acme.example/jwks",
    )
    context = cast("BrowserContext", None)
    sessions = Sessions(Config(brand=BRAND, connectors=(connector,), logins=(LOGIN,)), {})

    for _ in range(2):
        with pytest.raises(StepFailed):
            sessions.sign_in(("chromium", "alice"), lambda: contextlib.nullcontext(context))
    assert 1 == len(typed)
