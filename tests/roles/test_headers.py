"""What every answer says beside its content: who may frame it, run in it, read it and keep it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx2
import pytest

from harness.net import MappedTransport
from harness.roles import web
from harness.roles.seams import HttpAnswer, Seams
from harness.sample import PLANS
from harness.server import RunningServer
from harness.wire import WireConsumer
from tests.roles.conftest import ticket

SHOP, APP, IDP = "https://www.brand.test", "https://app.brand.test", "https://login.brand.test"
CHAT, AGENT, VERIFY = (
    "https://chat.platform.test",
    "https://agent.platform.test",
    "https://verify.platform.test",
)
CANARY, FRAME = "https://canary.test", "https://frame.canary-other.test"
ATTACKER = "https://chat.platform.test.attacker.test"
SECTION = "section=embedded,code-pkce,strict"

PAGES = {
    f"{SHOP}/": 200,
    f"{SHOP}/plans/{PLANS[0].id}": 200,
    f"{SHOP}/plans/none": 404,
    f"{SHOP}/account": 200,
    f"{SHOP}/callback": 400,
    f"{SHOP}/chat/redirect": 200,
    f"{APP}/": 200,
    f"{APP}/sheet": 200,
    f"{IDP}/authorize": 400,
    f"{IDP}/login": 400,
    f"{IDP}/consent": 400,
    f"{IDP}/logout": 200,
    f"{CHAT}/window": 200,
    f"{AGENT}/": 403,
    f"{CANARY}/": 200,
    f"{FRAME}/frame": 200,
    f"{FRAME}/seed": 200,
    f"{ATTACKER}/window": 200,
}
"""The pages that a stranger sees, with their status."""

OTHERS = {
    f"{SHOP}/login": 303,
    f"{SHOP}/go?to=x": 404,
    f"{SHOP}/nothing": 404,
    f"{SHOP}/logout": 405,
    f"{SHOP}/static/shared/base.css": 200,
    f"{IDP}/.well-known/openid-configuration": 200,
    f"{IDP}/jwks": 200,
    f"{IDP}/token": 405,
    f"{IDP}/userinfo": 401,
    f"{CHAT}/popup": 400,
    f"{CHAT}/tag/tag.js": 200,
    f"{CHAT}/mobile/sdk.js": 200,
    f"{CHAT}/sdk/engagement?{SECTION}": 200,
    f"{CHAT}/api/call": 405,
    f"{CHAT}/nothing": 404,
    f"{AGENT}/enter?key=guessed": 403,
    f"{VERIFY}/openapi.json": 200,
    f"{VERIFY}/nothing": 404,
    f"{FRAME}/cookies": 200,
    "http://www.brand.test/": 308,
}
"""What is no page."""

EVERYTHING = {**PAGES, **OTHERS}

Ask = Callable[[str], httpx2.Response]


@pytest.fixture(scope="module")
def ask(server: RunningServer) -> Iterator[Ask]:
    """Asks for an address as a stranger, over https as everybody and over plain http as a browser does."""
    trust = server.tls.client
    with (
        httpx2.Client(transport=MappedTransport(server.names, trust)) as secure,
        httpx2.Client(proxy=server.proxy_url, trust_env=False, verify=trust) as plain,
    ):

        def ask(url: str) -> httpx2.Response:
            secure.cookies.clear()
            return (plain if url.startswith("http:") else secure).get(url)

        yield ask


def policy(answer: httpx2.Response) -> dict[str, str]:
    """Return the directives of a page's content security policy."""
    parts = (one.strip().partition(" ") for one in answer.headers["content-security-policy"].split(";"))
    return {name: sources for name, _, sources in parts}


@pytest.mark.parametrize(("url", "status"), EVERYTHING.items(), ids=list(EVERYTHING))
def test_every_answer_has_the_common_headers(url: str, status: int, ask: Ask) -> None:
    """No guessing at types, no referrer, no device, no reading by other sites; errors and redirects too."""
    answer = ask(url)
    headers = answer.headers

    assert status == answer.status_code
    assert ["nosniff", "no-referrer"] == [headers["x-content-type-options"], headers["referrer-policy"]]
    assert "camera=()" in headers["permissions-policy"]
    assert headers["cross-origin-resource-policy"] in ("same-origin", "cross-origin")


def test_an_answer_to_a_foreign_host_name_has_them_too(visitor: httpx2.Client) -> None:
    """Whoever answers."""
    answer = visitor.get(CHAT, headers={"Host": "www.elsewhere.example"})

    assert (421, "nosniff") == (answer.status_code, answer.headers["x-content-type-options"])


def test_an_answer_that_broke_has_them_too(visitor: httpx2.Client, server: RunningServer) -> None:
    """An error of our own is no way around them."""

    def broken(answer: HttpAnswer) -> HttpAnswer:
        raise LookupError

    with server.seams.put(Seams(jwks_answer=broken)):
        answer = visitor.get(f"{IDP}/jwks")

    assert (500, "nosniff") == (answer.status_code, answer.headers["x-content-type-options"])


@pytest.mark.parametrize("url", EVERYTHING)
def test_nothing_outlives_the_run_in_a_browser(url: str, ask: Ask) -> None:
    """HSTS would hold a name of this machine to https after the run's certificates are gone."""
    assert "strict-transport-security" not in ask(url).headers


@pytest.mark.parametrize("url", PAGES)
def test_a_page_loads_and_runs_what_is_named_only(url: str, ask: Ask) -> None:
    """Its own scripts by a nonce that is good once; no base, no plug-in, no source that is not named."""
    first, again = policy(ask(url)), policy(ask(url))
    nonces = [re.findall(r"'nonce-([\w-]{22})'", one["script-src"]) for one in (first, again)]

    assert ["'none'"] * 3 == [first[name] for name in ("default-src", "base-uri", "object-src")]
    assert {"form-action", "frame-ancestors"} <= first.keys()
    assert not re.search(r"unsafe|\*|https?:(?!//)", first["script-src"])
    assert [1, 1] == [len(one) for one in nonces]
    assert nonces[0] != nonces[1]


FRAMED_BY = {
    f"{SHOP}/": "'none'",
    f"{SHOP}/chat/redirect": "'self'",
    f"{APP}/": "'none'",
    f"{APP}/sheet": "'none'",
    f"{IDP}/authorize": "'none'",
    f"{IDP}/login": "'none'",
    f"{IDP}/consent": "'none'",
    f"{IDP}/logout": "'none'",
    f"{CHAT}/window": f"{SHOP} {APP}",
    f"{AGENT}/": "'none'",
}


@pytest.mark.parametrize(("url", "sources"), FRAMED_BY.items(), ids=list(FRAMED_BY))
def test_each_role_says_who_may_frame_it(url: str, sources: str, ask: Ask) -> None:
    """Nobody, but for the chat window: the registered pages, and no others."""
    assert sources == policy(ask(url))["frame-ancestors"]


POSTS_TO = {
    f"{SHOP}/": f"'self' {IDP}",
    f"{IDP}/logout": "'self'",
    f"{IDP}/authorize": "'self'",
    f"{CHAT}/window": "'self'",
    f"{AGENT}/": "'self'",
}


@pytest.mark.parametrize(("url", "sources"), POSTS_TO.items(), ids=list(POSTS_TO))
def test_each_role_says_where_its_forms_go(url: str, sources: str, ask: Ask) -> None:
    """To itself; the shop's sign-out goes on to the authorization server."""
    assert sources == policy(ask(url))["form-action"]


def test_the_login_form_goes_back_to_its_client_only(visitor: httpx2.Client) -> None:
    """Browsers hold the redirect after a form against form-action, so its target is named beside itself."""
    page = visitor.get(f"{SHOP}/login", follow_redirects=True)

    assert ticket(page)
    assert f"'self' {SHOP}" == policy(page)["form-action"]


OPENERS = {
    f"{SHOP}/": "same-origin-allow-popups",
    f"{APP}/": "same-origin-allow-popups",
    f"{IDP}/logout": "unsafe-none",
    f"{CHAT}/window": None,
    f"{AGENT}/": "same-origin",
}


@pytest.mark.parametrize(("url", "value"), OPENERS.items(), ids=list(OPENERS))
def test_each_role_says_what_its_opener_may_hold(url: str, value: str | None, ask: Ask) -> None:
    """The shop keeps its popups, login and window sever nobody, and the workspace everybody."""
    assert value == ask(url).headers.get("cross-origin-opener-policy")


FOR_OTHERS = {one for one in EVERYTHING if one.startswith((CHAT, ATTACKER))}


@pytest.mark.parametrize("url", EVERYTHING)
def test_only_what_is_for_other_sites_may_be_embedded_there(url: str, ask: Ask) -> None:
    """The platform's SDK and window, and the attacker's twin of it."""
    embedded = "cross-origin" if url in FOR_OTHERS else "same-origin"

    assert embedded == ask(url).headers["cross-origin-resource-policy"]


PUBLIC = re.compile(
    r"/static/|/tag/tag\.js$|/mobile/sdk\.js$|/openapi\.json$|/jwks$|/\.well-known/|/worker\.js$|^http:"
)
"""What holds nothing of anybody's."""


@pytest.mark.parametrize("url", [one for one in EVERYTHING if not PUBLIC.search(one)])
def test_what_is_not_public_is_not_kept(url: str, ask: Ask) -> None:
    """No cache holds a page or a refusal."""
    assert "no-store" in ask(url).headers["cache-control"]


def test_no_answer_of_a_sign_in_is_kept(server: RunningServer) -> None:
    """From the login to the session of the window, on every surface: code, token and claim are in none."""
    kept = []

    def note(answer: httpx2.Response) -> None:
        if not PUBLIC.search(answer.url.path) and "no-store" not in answer.headers.get("cache-control", ""):
            kept.append((answer.request.method, str(answer.url.copy_with(query=None)), answer.status_code))

    with WireConsumer(server) as alice:
        alice.http.event_hooks = {"response": [note]}
        alice.sign_in("alice")
        for flow in ("implicit", "code-pkce"):
            call = alice.open_call(f"embedded.{flow}.strict")
            alice.hand_over(call, alice.page_answer(call, flow))
            popup = alice.open_popup(f"popup.{flow}.strict")
            alice.come_back(alice.authorize(popup.url))
            app = alice.open_call(f"app.{flow}.strict")
            alice.hand_over(app, alice.app_answer(app, flow))
        alice.leave_shop(popup.name)
        alice.log_out()

    assert [] == kept


COMES_BACK = (f"{SHOP}/callback", f"{SHOP}/chat/redirect", f"{APP}/sheet", f"{CHAT}/window")


@pytest.mark.parametrize("url", COMES_BACK)
def test_a_page_that_is_come_back_to_loads_nothing_of_others(url: str, ask: Ask) -> None:
    """Its address may hold a code or a token, and it is told to nobody else."""
    page = ask(url)
    sources = " ".join(sources for name, sources in policy(page).items() if name.endswith("-src"))

    assert "https:" not in sources
    assert [] == re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!/[^/])', page.text)


@pytest.mark.parametrize("name", ["brand/redirect.js", "app/sheet.js", "platform/window.js"])
def test_a_page_that_is_come_back_to_cleans_its_address_first(name: str) -> None:
    """Before it looks at the page, listens, asks or tells anything."""
    script = (web.web_root() / "static" / name).read_text("utf-8")
    before, cleaned, after = script.partition('history.replaceState(null, "", location.pathname)')

    assert cleaned
    assert not re.search(r"document\.|fetch\(|addEventListener|postMessage|new \w+\(|send\(", before)
    assert after
