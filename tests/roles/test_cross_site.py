"""What other sites' pages can make a browser do here, and what they can read: what is meant so, no more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from harness.clock import SystemClock
from harness.config import Config
from harness.roles import web
from harness.server import RunningServer, running
from harness.wire import WireConsumer

SHOP, APP, IDP = "https://www.brand.test", "https://app.brand.test", "https://login.brand.test"
CHAT = "https://chat.platform.test"
STRANGER = "https://evil.example"
NEAR = ("https://www.brand.test.evil.example", "http://www.brand.test", "https://www.brand.test:8443", "null")
"""Origins that careless code takes for the shop's."""

JSON = (
    f"{CHAT}/api/call",
    f"{CHAT}/api/answer",
    f"{CHAT}/api/popup",
    f"{CHAT}/api/renew",
    f"{CHAT}/sdk/call",
    f"{CHAT}/sdk/logout",
    f"{SHOP}/chat/credential",
)
FORMS = (f"{SHOP}/logout", f"{IDP}/login", f"{IDP}/consent", f"{IDP}/logout")

SignIn = Callable[[str], httpx2.Client]


def origin_of(url: str) -> str:
    """Return the origin that may ask for a change there."""
    return SHOP if "/sdk/" in url else "/".join(url.split("/")[:3])


@pytest.mark.parametrize("url", [*JSON, *FORMS])
@pytest.mark.parametrize("origin", [STRANGER, "null", None])
def test_a_change_is_for_our_own_pages(url: str, origin: str | None, visitor: httpx2.Client) -> None:
    """The browser says whose page asks; another one's, nobody's and none are refused."""
    body = {"engagement": "embedded.implicit.strict", "origin": SHOP, "popup": "p" * 32}
    sent = visitor.post(url, json=body, headers={"Origin": origin} if origin else {})

    assert 403 == sent.status_code


@pytest.mark.parametrize("url", JSON)
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_what_a_form_can_send_is_not_read(url: str, kind: str, visitor: httpx2.Client) -> None:
    """Only a script can send JSON as JSON, and one of another site is asked about it first."""
    headers = {"Origin": origin_of(url), "Content-Type": kind}

    assert 415 == visitor.post(url, content=b"{}", headers=headers).status_code


@pytest.mark.parametrize("url", [*JSON, f"{SHOP}/logout", f"{IDP}/token"])
def test_nothing_is_changed_by_get(url: str, visitor: httpx2.Client) -> None:
    """A link, a picture or a prefetch does nothing."""
    assert 405 == visitor.get(url).status_code


def test_looking_changes_nothing(signed_in: SignIn) -> None:
    """Pages with a button that changes something can be opened without consequence."""
    client = signed_in("alice")
    for page in (f"{IDP}/logout", f"{IDP}/consent", f"{IDP}/login", f"{SHOP}/account", f"{CHAT}/window"):
        client.get(page)

    assert "FH-100-234" in client.get(f"{SHOP}/account").text


ALLOWED = [
    (f"{CHAT}/sdk/engagement?section=embedded,implicit,strict", SHOP, True),
    (f"{CHAT}/sdk/engagement?section=embedded,implicit,strict", APP, True),
    (f"{IDP}/userinfo", APP, True),
    (f"{CHAT}/sdk/engagement?section=embedded,implicit,strict", STRANGER, False),
    *((f"{CHAT}/sdk/engagement?section=embedded,implicit,strict", origin, False) for origin in NEAR),
    (f"{IDP}/userinfo", SHOP, False),
    (f"{IDP}/userinfo", STRANGER, False),
    (f"{SHOP}/account", STRANGER, False),
    (f"{CHAT}/window", SHOP, False),
    (f"{IDP}/jwks", STRANGER, False),
]


@pytest.mark.parametrize(("url", "origin", "allowed"), ALLOWED)
def test_an_answer_can_be_read_by_whom_it_is_for(
    url: str, origin: str, allowed: bool, visitor: httpx2.Client
) -> None:
    """One exact origin or none; never with cookies."""
    headers = visitor.get(url, headers={"Origin": origin}).headers

    assert (origin if allowed else None) == headers.get("access-control-allow-origin")
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize("origin", [SHOP, STRANGER, None])
@pytest.mark.parametrize(
    "url", [f"{CHAT}/sdk/engagement?section=embedded,implicit,strict", f"{IDP}/userinfo"]
)
def test_an_answer_depends_on_who_asks(url: str, origin: str | None, visitor: httpx2.Client) -> None:
    """So that no cache gives one page the answer of another's."""
    answer = visitor.get(url, headers={"Origin": origin} if origin else {})

    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("url", "origin", "status"),
    [
        (f"{CHAT}/sdk/call", SHOP, 200),
        (f"{CHAT}/sdk/call", STRANGER, 400),
        (f"{CHAT}/api/call", SHOP, 405),
        (f"{SHOP}/chat/credential", STRANGER, 405),
        (f"{IDP}/token", APP, 200),
        (f"{IDP}/token", SHOP, 400),
        (f"{IDP}/authorize", APP, 405),
    ],
)
def test_a_script_that_asks_first_is_told(url: str, origin: str, status: int, visitor: httpx2.Client) -> None:
    """Before it may send anything that a form cannot."""
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = visitor.options(url, headers=asked)

    assert status == answer.status_code
    assert (status == 200) == ("access-control-allow-origin" in answer.headers)


@pytest.mark.parametrize("origin", [APP, SHOP, CHAT, STRANGER])
def test_no_script_reads_the_authorization_endpoint(origin: str, signed_in: SignIn) -> None:
    """A browser goes there; a page that reads its answer would read codes."""
    client = signed_in("alice")
    answer = client.get(f"{IDP}/authorize?prompt=none", headers={"Origin": origin})

    assert [] == [name for name in answer.headers if name.startswith("access-control-")]


def test_the_sdk_is_a_script_for_everybody(visitor: httpx2.Client) -> None:
    """It is public and the same for all, which is what the one wildcard says; no cookie goes with it."""
    headers = visitor.get(f"{CHAT}/tag/tag.js", headers={"Origin": STRANGER}).headers

    assert "*" == headers["access-control-allow-origin"]
    assert "access-control-allow-credentials" not in headers
    assert "set-cookie" not in headers


@pytest.fixture(scope="module")
def by_form_post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server whose popups are answered by form_post."""
    connectors = tuple(one.model_copy(update={"response_mode": "form_post"}) for one in Config().connectors)
    folder = tmp_path_factory.mktemp("posting")
    with running(Config(connectors=connectors), folder=folder, clock=SystemClock()) as started:
        yield started


def test_what_was_posted_is_handed_over_once(
    by_form_post: RunningServer, in_parallel: Callable[[Callable[[int], Any], int], list[Any]]
) -> None:
    """Of windows that ask at the same moment one gets the sign-in; the others learn nothing of it."""
    with WireConsumer(by_form_post) as alice:
        alice.sign_in("alice")
        back = alice.authorize(alice.open_popup("popup.code-pkce.strict").url)
        form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": IDP}
        alice.http.post(f"{CHAT}/window", content=back.encoded, headers=form)
        held = {"Cookie": f"__Host-handover={alice.http.cookies.get('__Host-handover')}", "Origin": CHAT}

        def take(_: int) -> int:
            asked = {"mode": "form_post", "encoded": ""}
            return alice.http.post(f"{CHAT}/api/popup", json=asked, headers=held).status_code

        statuses = in_parallel(take, 4)

    assert [200, 404, 404, 404] == sorted(statuses)


SCRIPTS = sorted(
    path
    for folder in ("platform", "brand", "app", "console", "shared")
    for path in (web.web_root() / "static" / folder).rglob("*.js")
    # What a brand's page may hold that is none of the platform's or of the correct brand's.
    if "extra" not in path.parts
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_message_names_its_exact_target(script: Path) -> None:
    """No script of the product posts to whoever happens to be there."""
    text = script.read_text("utf-8")

    assert [] == re.findall(r"""\.postMessage\([^;]*["']\*["']""", text)


@pytest.mark.parametrize("name", ["platform/sdk.js", "platform/window.js", "platform/mobile-sdk.js"])
def test_a_message_is_believed_by_window_form_and_origin(name: str) -> None:
    """Whoever listens asks the one function that checks all three."""
    text = (web.web_root() / "static" / name).read_text("utf-8")
    listening = re.findall(r'window\.addEventListener\("message",[^{]*\{(.{0,200})', text, re.DOTALL)

    assert listening
    assert all("isOurs(event," in one for one in listening)


def test_the_one_function_checks_all_three() -> None:
    """Source, then form, then origin."""
    text = (web.web_root() / "static" / "platform" / "messages.js").read_text("utf-8")
    (body,) = re.findall(r"const isOurs = .*?;", text, re.DOTALL)

    assert "isFrom(event, other) && isMessage(event.data, type) && HABITS.isOf(event, origin)" in " ".join(
        body.split()
    )
    assert "isFrom: (event, other) => event.source === other," in text
    assert "isOf: (event, origin) => event.origin === origin," in text
