"""What the recorder sees of a page, a cross-site frame and a popup, and that it changes nothing in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote_plus, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Error, Frame, Page, Request, Route

from harness import Case, Harness
from harness.browser.drive import consumer_context, drive
from harness.browser.login import customer
from harness.browser.recorder import Attention, Recorder
from harness.catalogue.faults import faults
from harness.config import SURFACES, EngineName, Flow, Surface
from harness.correlate import merge
from harness.errors import EngineUnavailable
from harness.event_types import EVENT_TYPES
from harness.opened import OpenCase, attention
from harness.protocol.fingerprint import fingerprint
from harness.sample import BRAND_SECRET, PLATFORM_SECRET
from harness.timeline import Event

PROVOKE = (Path(__file__).parent / "pages" / "provoke.js").read_text("utf-8")
PLACE = "https://place.test/"
SECRET = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE"
POLICY = "img-src 'none'"
SPECIAL = {"connection.changed", "storage.denied", "cache.found", "recorder.full", "recorder.failed"}
"""These need a page of their own, or a fault, below."""

ATTENTION = Attention(
    method="lpGetAuthenticationToken",
    tag="https://chat.platform.test/tag/",
    pushed="lpPush.take",
    expiry_event="lpTokenExpired",
    ours=frozenset({"chat.platform.test"}),
    secrets=("the-password-of-a-person", "a-secret-of-a-server"),
    server_secrets=("a-secret-of-a-server",),
)


class Lab:
    """Serves what a test writes down to one recorded context.

    Attributes:
        context: The browser context.
        recorder: Its recorder.
    """

    def __init__(self, context: BrowserContext, recorder: Recorder) -> None:
        self.context, self.recorder = context, recorder
        self._served: dict[str, tuple[str, Mapping[str, str], int]] = {}
        context.route("**/*", self._answer)

    def serve(
        self, url: str, body: str, *, headers: Mapping[str, str] | None = None, status: int = 200
    ) -> str:
        """Serve a body under an address without its query, and return the address."""
        self._served[url] = (body, headers or {}, status)
        return url

    def _answer(self, route: Route) -> None:
        address = route.request.url.partition("?")[0].partition("#")[0]
        body, headers, status = self._served.get(address, ("", {}, 404))
        kind = "text/javascript" if address.endswith(".js") else "text/html"
        route.fulfill(status=status, body=body, headers={"Content-Type": f"{kind}; charset=utf-8", **headers})

    def open(self, url: str) -> Page:
        """Open an address in a tab that shows nothing yet, or in a new one."""
        blank = (page for page in self.context.pages if page.url == "about:blank")
        page = next(blank, None) or self.context.new_page()
        page.goto(url)
        return page

    def done(self, view: Page | Frame) -> str:
        """Wait until a page has said that it is done, and return what it said."""
        element = view.locator("html[data-done]")
        element.wait_for(state="attached")
        return element.get_attribute("data-done") or ""

    def seen(self, *types: str) -> list[Event]:
        """Return what was recorded so far, of these types or of all."""
        return [event for event in self.recorder.events() if not types or event.type in types]


@pytest.fixture
def lab(harness: Harness) -> Iterator[Lab]:
    """Give a recorded context in Chromium."""
    browser, _ = harness.browser("chromium")
    with consumer_context(browser, harness.server.proxy_url, deadline=15) as context:
        # As in a case: a page that is there before the recorder is watched from its first request on.
        context.new_page()
        with Recorder(context, ATTENTION) as recorder:
            yield Lab(context, recorder)


def in_page(lab: Lab) -> Page | Frame:
    """Run the provoking script in a page."""
    return lab.open(PLACE)


def in_frame(lab: Lab) -> Page | Frame:
    """Run it in a cross-site frame."""
    outer = lab.serve("https://outer.example/", f"<iframe src='{PLACE}' title=Place></iframe>")
    page = lab.open(outer)
    frame = page.frame(url=f"{PLACE}**")
    assert frame is not None
    return frame


def in_popup(lab: Lab) -> Page | Frame:
    """Run it in a popup of another site's page."""
    opener = f"<button onclick=\"window.open('{PLACE}', '_blank')\">Open</button>"
    page = lab.open(lab.serve("https://outer.example/", opener))
    with page.expect_popup() as opened:
        page.get_by_role("button").click()
    return opened.value


@pytest.mark.parametrize("place", [in_page, in_frame, in_popup])
def test_every_type_of_event_is_seen_everywhere(place: Callable[[Lab], Page | Frame], lab: Lab) -> None:
    """A page, a cross-site frame and a popup tell the same, and nothing that they tell is in clear."""
    lab.serve(PLACE, f"<body><script>{PROVOKE}</script>", headers={"Content-Security-Policy": POLICY})
    lab.serve("https://chat.platform.test/tag/tag.js", "")
    assert "yes" == lab.done(place(lab))

    seen = lab.seen()

    began = [event for event in seen if event.type == "document.started"]
    documents = {event.data["document"] for event in began if event.data["url"] == PLACE}
    told = {event.type for event in seen if event.data.get("document") in documents}
    assert {name for name, known in EVENT_TYPES.items() if known.source == "page"} - SPECIAL == told
    assert SECRET not in repr(seen)


def written(body: str, *, script: str = "") -> str:
    """Return a page that says when its script is done."""
    done = "document.documentElement.dataset.done = 'yes';"
    return f"<body>{body}<script>(async () => {{ {script}; {done} }})();</script>"


@pytest.mark.parametrize("text", ["aB3dE5gH7jK9", "grüße-aus-köln-€", "smile-😀-and-more", "x" * 300])
def test_a_page_and_a_server_name_a_credential_alike(text: str, lab: Lab) -> None:
    """The fingerprint made in the page is the one that the servers make."""
    script = f"window.lpGetAuthenticationToken = (done) => done({text!r}); await 0;"
    script += "document.dispatchEvent(new Event('readystatechange')); lpGetAuthenticationToken(() => {})"
    lab.done(lab.open(lab.serve(PLACE, written("", script=script))))

    (answered,) = lab.seen("page_method.answered")

    assert fingerprint(text) == answered.data["token"]["fingerprint"]


UNCHANGED = """
const seen = [];
const error = new RangeError("mine");
const owner = { deep: { method(callback, challenge) {
  seen.push(this === owner.deep, arguments.length === 2, challenge === "abc", callback.length === 2);
  if (challenge === "abc") seen.push(callback("token", null) === "answer");
  return promise;
} } };
const promise = Promise.resolve(1);
const { length, name } = owner.deep.method;
window.pages = owner;
document.dispatchEvent(new Event("readystatechange"));
const method = owner.deep.method;
seen.push(method.length === length, method.name === name, typeof method === "function");
seen.push(owner.deep.method((token, problem) => "answer", "abc") === promise);
owner.deep.method = () => { throw error; };
document.dispatchEvent(new Event("readystatechange"));
try { owner.deep.method(); } catch (caught) { seen.push(caught === error); }
seen.push(/native code/.test(String(window.open)), window.open.name === "open", window.open.length === 0);
seen.push(new BroadcastChannel("x") instanceof BroadcastChannel);
document.title = JSON.stringify(seen);
"""


def test_nothing_in_the_page_behaves_otherwise(harness: Harness) -> None:
    """`this`, arguments, results, errors, names and lengths are what they were."""
    browser, _ = harness.browser("chromium")
    attention = replace(ATTENTION, method="pages.deep.method")
    with (
        consumer_context(browser, harness.server.proxy_url, deadline=15) as context,
        Recorder(context, attention) as recorder,
    ):
        lab = Lab(context, recorder)
        page = lab.open(lab.serve(PLACE, written("", script=UNCHANGED)))
        lab.done(page)

        assert set(json.loads(page.title())) == {True}
        assert 2 == len(lab.seen("page_method.called"))


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("const lpGetAuthenticationToken = () => {};", "missing"),
        ("window.lpGetAuthenticationToken = { method: () => {} };", "not_callable"),
        ("function lpGetAuthenticationToken() {}", "function"),
        ("var lpGetAuthenticationToken = function () {};", "function"),
    ],
)
def test_it_is_told_how_far_the_method_s_name_leads(script: str, status: str, lab: Lab) -> None:
    """A method that is not where the configuration says is seen as an SDK would see it."""
    lab.open(lab.serve(PLACE, f"<script>{script}</script>"))

    assert status == lab.seen("page_method.found")[-1].data["status"]


def test_a_getter_in_the_page_is_not_called(lab: Lab) -> None:
    """What the page computes on access it computes for its own callers only."""
    script = "Object.defineProperty(window, 'lpGetAuthenticationToken', { get() { window.read = true; } });"
    page = lab.open(lab.serve(PLACE, f"<script>{script}</script>"))

    assert "accessor" == lab.seen("page_method.found")[-1].data["status"]
    assert page.evaluate("window.read === undefined")


def test_a_second_and_a_late_answer_are_counted(lab: Lab) -> None:
    """Each call of the callback is an event, with its number and its distance from the call."""
    script = """
      window.lpGetAuthenticationToken = (callback) => { callback("", "nobody"); window.late = callback; };
      document.dispatchEvent(new Event("readystatechange"));
      lpGetAuthenticationToken(() => {});
      await new Promise(requestAnimationFrame);
      late("aB3dE5gH7jK9");
    """
    lab.done(lab.open(lab.serve(PLACE, written("", script=script))))

    first, second = lab.seen("page_method.answered")

    assert (1, 1, 2) == (first.data["call"], first.data["nth"], second.data["nth"])
    assert ("empty", True, "opaque", False) == (
        first.data["token"]["shape"],
        first.data["error_given"],
        second.data["token"]["shape"],
        second.data["error_given"],
    )
    assert second.data["after_ms"] > first.data["after_ms"]


JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("token", "shape", "decoration"),
    [
        (f"'{JWT}'", "jws", None),
        (f"'{JWT}.e30.e30'", "jwe", None),
        (f"'Bearer {JWT}'", "words", "scheme"),
        (f"'\"{JWT}\"'", "words", "quotes"),
        (f"'{JWT}\\\\n'", "words", "whitespace"),
        (f"'{JWT.replace('.', '%2E')}'", "words", "percent-encoding"),
        (f"btoa('{JWT}')", "opaque", "base64"),
        ("'https://idp.test/'", "url", None),
        ("'login_required'", "words", None),
        ("' {}'", "json", "whitespace"),
    ],
)
def test_a_credential_is_described_by_its_shape(
    token: str, shape: str, decoration: str | None, lab: Lab
) -> None:
    """What was handed over is told, and what was put around it, never what it says."""
    script = f"window.lpGetAuthenticationToken = (done) => done({token}); await 0;"
    script += "document.dispatchEvent(new Event('readystatechange')); lpGetAuthenticationToken(() => {})"
    lab.done(lab.open(lab.serve(PLACE, written("", script=script.replace("\\\\n", "\\n")))))

    (answered,) = lab.seen("page_method.answered")

    assert (shape, decoration) == (answered.data["token"]["shape"], answered.data["token"]["decoration"])


def test_a_sandbox_is_seen_and_what_it_denies(lab: Lab) -> None:
    """A sandboxed frame says that its origin is null and that its stores are refused."""
    lab.serve(PLACE, written("", script="try { localStorage } catch {} try { indexedDB.open('x') } catch {}"))
    frame = f"<iframe sandbox='allow-scripts' src='{PLACE}'></iframe>"
    page = lab.open(lab.serve("https://outer.example/", frame))
    page.frame_locator("iframe").locator("html[data-done]").wait_for(state="attached")

    assert {"null"} == {
        one.data["origin"] for one in lab.seen("document.started") if one.data["url"] == PLACE
    }
    assert {("localStorage", "SecurityError"), ("indexedDB", "SecurityError")} == {
        (one.data["store"], one.data["error"]) for one in lab.seen("storage.denied")
    }
    assert ["allow-scripts"] == [one.data["sandbox"] for one in lab.seen("iframe.added")]
    assert [] == lab.seen("recorder.failed")


def test_an_address_is_told_when_the_case_ends(lab: Lab) -> None:
    """A credential that stays in the address bar is there in the last word of its document."""
    lab.serve(PLACE, "<p>first")
    lab.open(f"{PLACE}#id_token=kL5mN7pQ9rS1")

    found = lab.seen("document.found")[-1]
    assert f"{PLACE}#id_token=fp:{fingerprint('kL5mN7pQ9rS1')}" == found.data["url"]


def test_a_popup_without_a_click_is_told_apart_from_one_with_a_click(lab: Lab) -> None:
    """What counts is a real key, tap or click: the driver's waiting counts as activation for the browser."""
    opener = "window.open('about:blank', 'chat')"
    body = f'<button onclick="{opener}">Open</button><script>{opener}</script>'
    page = lab.open(lab.serve(PLACE, body))
    with page.expect_popup():
        page.get_by_role("button").click()

    without, with_click = lab.seen("window.opened")

    assert ("null", None) == (without.data["result"], without.data["since_input_ms"])
    assert ("window", "chat") == (with_click.data["result"], with_click.data["name"])
    assert with_click.data["since_input_ms"] >= 0


HOSTILE = """
let calls = 0;
console.debug = () => { calls += 1; };
JSON.stringify = () => "mine";
Object.prototype.toJSON = Array.prototype.toJSON = String.prototype.toJSON = () => "mine";
Array.prototype.push = Array.prototype[Symbol.iterator] = () => { throw new Error("mine"); };
Promise.prototype.then = window.queueMicrotask = performance.now = RegExp.prototype.exec = () => null;
Object.prototype.apply = Object.prototype.get = () => { throw new Error("mine"); };
window.open("https://opened.test/");
window.postMessage({ type: "hello" }, "*");
window.addEventListener("message", () => {
  document.documentElement.dataset.done = String(calls);
});
"""


def test_a_page_that_replaces_everything_is_still_seen(lab: Lab) -> None:
    """What the recorder needs it took before the page began, and the page's replacements hear nothing."""
    page = lab.open(lab.serve(PLACE, f"<body><script>{HOSTILE}</script>"))

    assert "0" == lab.done(page)
    assert ["hello"] == [one.data["type"] for one in lab.seen("message.received")]
    assert ["null"] == [one.data["result"] for one in lab.seen("window.opened")]
    assert {"JSON.stringify", "Promise.prototype.then"} <= {
        one.data["name"] for one in lab.seen("builtin.replaced")
    }


def test_the_strictest_policies_do_not_silence_it(lab: Lab) -> None:
    """Neither a content security policy without any source nor Trusted Types stand in its way."""
    policy = (
        "default-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'; sandbox allow-scripts"
    )
    page = lab.open(lab.serve(PLACE, "<p>strict", headers={"Content-Security-Policy": policy}))
    page.get_by_text("strict").wait_for()

    assert PLACE in [one.data["url"] for one in lab.seen("document.started")]
    assert [] == lab.seen("policy.violated")


def test_a_page_cannot_put_an_event_on_the_timeline(lab: Lab) -> None:
    """A line that looks like the recorder's is the page's own line."""
    told = '{"document":"x","events":[{"type":"sdk.loaded","at":1,"data":{"instance":9}}]}'
    lab.done(lab.open(lab.serve(PLACE, written("", script=f"console.debug('token ' + {told!r})"))))

    assert [] == lab.seen("sdk.loaded")
    assert ["debug"] == [one.data["level"] for one in lab.seen("console.written")]


def test_a_value_that_cannot_be_described_is_the_recorder_s_trouble(lab: Lab) -> None:
    """A revoked proxy as the token breaks the description, and nothing in the page."""
    script = """
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      window.lpGetAuthenticationToken = (callback) => callback(proxy);
      document.dispatchEvent(new Event("readystatechange"));
      let answered = false;
      lpGetAuthenticationToken(() => { answered = true; });
      if (!answered) throw new Error("the callback was not called");
    """
    assert "yes" == lab.done(lab.open(lab.serve(PLACE, written("", script=script))))

    assert ["page_method.answered"] == [one.data["during"] for one in lab.seen("recorder.failed")]
    assert [] == lab.seen("script.failed")


def test_a_page_that_does_too_much_is_cut_off_with_a_word(lab: Lab) -> None:
    """A thousand events of one document are kept; the next one says so."""
    script = (
        "for (let n = 0; n < 1100; n += 1) performance.mark('parley.sent', { detail: { to: '', type: '' } })"
    )
    lab.done(lab.open(lab.serve(PLACE, written("", script=script))))

    assert 1 == len(lab.seen("recorder.full"))
    assert 990 < len(lab.seen("message.sent")) < 1000


def test_a_message_s_sender_is_named_by_its_place(lab: Lab) -> None:
    """Parent, frame, opener, popup: a message from any other window is told as such."""
    inner = lab.serve("https://inner.test/", "<script>parent.postMessage({ type: 'up' }, '*')</script>")
    popup = lab.serve("https://popup.test/", "<script>opener.postMessage({ type: 'back' }, '*')</script>")
    body = f"<iframe src='{inner}'></iframe><button onclick=\"window.open('{popup}')\">Open</button>"
    heard = """await new Promise((resolve) => {
      addEventListener("message", ({ data }) => data.type === "back" && resolve());
    })"""
    page = lab.open(lab.serve(PLACE, written(body, script=heard)))
    with page.expect_popup():
        page.get_by_role("button").click()
    lab.done(page)

    found = {
        one.data["type"]: (one.data["sender"], one.data["origin"]) for one in lab.seen("message.received")
    }

    assert {"up": ("frame", "https://inner.test"), "back": ("popup", "https://popup.test")} == found


def test_every_hop_of_a_popup_is_seen_with_its_cookies(run_flow: Callable[..., OpenCase]) -> None:
    """From the popup's first request to the window, in order and in one flow."""
    case = run_flow(surface="popup", flow="code-pkce")
    timeline = case.timeline

    hops = [one for one in timeline.of("request.sent") if one.data["page"] == 2 and one.data["navigation"]]
    assert ["/popup", "/authorize", "/window"] == [urlsplit(one.data["url"]).path for one in hops]
    assert [None, hops[0].data["url"], hops[1].data["url"]] == [one.data["redirected_from"] for one in hops]
    offered = [one.data for one in timeline.of("cookie.offered") if one.data["url"] == hops[0].data["url"]]
    assert all(one["name"].startswith("__Host-window") and one["secure"] for one in offered)
    sent = {urlsplit(one.data["url"]).path: one.data["names"] for one in timeline.of("cookie.sent")}
    assert ["__Host-idp"] == sent["/authorize"]
    assert {one["name"] for one in offered} == set(sent["/window"]) != set()
    (verdict,) = timeline.of("verdict")
    (response,) = timeline.of("authorization.response")
    assert verdict.flow is not None
    assert [verdict.flow, verdict.flow, verdict.flow] == [hops[1].flow, hops[2].flow, response.flow]
    assert [one.at for one in timeline] == sorted(one.at for one in timeline)


def test_one_call_of_the_page_method_is_one_flow(run_flow: Callable[..., OpenCase]) -> None:
    """Message, call, answer, credential and verdict belong together, in order."""
    timeline = run_flow(surface="embedded", flow="implicit").timeline

    (verdict,) = timeline.of("verdict")
    own = [event.type for event in timeline if event.flow == verdict.flow]
    story = ["call.opened", "page_method.called", "page_method.answered", "credential.received", "verdict"]
    assert story == [one for one in own if one in story]
    assert ["answer"] == [
        one.data["type"] for one in timeline.of("message.sent") if one.data["document"] == 1
    ]


def test_a_cookie_that_is_blocked_is_told_with_the_reason(harness: Harness) -> None:
    """A third party's cookie is neither kept nor sent where the browser's settings say so."""
    browser, _ = harness.browser("chromium", "third-party-blocked")
    sites = harness.config.sites
    with (
        consumer_context(browser, harness.server.proxy_url, deadline=15) as context,
        Recorder(context, ATTENTION) as recorder,
    ):
        page = context.new_page()
        page.goto(f"https://{sites.canary_frame}/seed")
        page.goto(f"https://{sites.canary}/")
        page.evaluate("window.conditions")
        blocked = [one.data for one in recorder.events() if one.type == "cookie.blocked"]

    assert {("canary-seeded", "sent"), ("canary-framed", "set")} <= {
        (one["name"], one["direction"]) for one in blocked
    }
    assert {"UserPreferences"} == {reason for one in blocked for reason in one["reasons"]}


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        ("<script src='http://insecure.test/x.js'></script>", {}, "mixed-content"),
        (
            "<script src='https://other.test/x.js'></script>",
            {"Content-Security-Policy": "script-src 'self'"},
            "csp",
        ),
        (
            "<iframe src='https://other.test/w'></iframe>",
            {"Cross-Origin-Embedder-Policy": "require-corp"},
            "corp-not-same-origin-after-defaulted-to-same-origin-by-coep",
        ),
    ],
)
def test_a_request_that_the_browser_refuses_is_told_with_the_reason(
    body: str, headers: dict[str, str], reason: str, lab: Lab
) -> None:
    """Mixed content, a content security policy and an embedder policy are told apart."""
    lab.serve("https://other.test/w", "<p>window")
    lab.open(lab.serve(PLACE, body, headers=headers))

    assert [reason] == [one.data["reason"] for one in lab.seen("request.blocked")]
    assert 1 == len(lab.seen("request.failed"))


def test_what_a_brand_must_not_serve_is_found(lab: Lab) -> None:
    """A client secret in a script, a private key and a code verifier in a page; nothing of the platform's."""
    lab.serve("https://chat.platform.test/tag/tag.js", "const s = 'a-secret-of-a-server';")
    lab.serve(f"{PLACE}app.js", "const s = 'a-secret-of-a-server';")
    verifier = "v" * 43
    body = (
        "<script src='https://chat.platform.test/tag/tag.js'></script><script src='/app.js'></script>"
        f"<script>const code_verifier = '{verifier}';</script><!-- -----BEGIN PRIVATE KEY----- -->"
    )
    lab.open(lab.serve(PLACE, body))

    found = {(one.data["url"], one.data["kind"]) for one in lab.seen("secret.served")}

    assert {
        (f"{PLACE}app.js", "client_secret"),
        (PLACE, "code_verifier"),
        (PLACE, "private_key"),
    } == found


def test_a_service_worker_and_what_it_answers_are_seen(lab: Lab) -> None:
    """A worker that answers for the page is told, and so is each of its answers."""
    lab.serve(
        f"{PLACE}sw.js",
        "addEventListener('activate', (event) => event.waitUntil(clients.claim()));"
        "addEventListener('fetch', (event) => event.respondWith(new Response('<p>cached', "
        "{ headers: { 'Content-Type': 'text/html' } })));",
    )
    script = "await navigator.serviceWorker.register('/sw.js'); await navigator.serviceWorker.ready"
    page = lab.open(lab.serve(PLACE, written("", script=script)))
    lab.done(page)
    page.goto(f"{PLACE}callback?code=aB3dE5gH7jK9")

    assert [f"{PLACE}sw.js"] == [one.data["url"] for one in lab.seen("worker.started")]
    answered = [one.data for one in lab.seen("response.received") if one.data["service_worker"]]
    assert [f"{PLACE}callback?code=fp:{fingerprint('aB3dE5gH7jK9')}"] == [one["url"] for one in answered]


def test_pages_and_frames_come_and_go(lab: Lab) -> None:
    """Opened, navigated, closed, crashed: each with the page's number."""
    lab.serve("https://inner.test/", "<p>inner")
    lab.open(lab.serve(PLACE, "<iframe src='https://inner.test/'></iframe>"))
    second = lab.open(PLACE)
    second.close()
    third = lab.context.new_page()
    with third.expect_event("crash"), suppress(Error):
        third.goto("chrome://crash")

    assert [1, 2, 3] == [one.data["page"] for one in lab.seen("page.opened")]
    assert [2] == [one.data["page"] for one in lab.seen("page.closed")]
    assert [3] == [one.data["page"] for one in lab.seen("page.crashed")]
    assert (1, PLACE, True) == next(
        (one.data["page"], one.data["url"], one.data["top"]) for one in lab.seen("frame.navigated")
    )
    assert ("https://inner.test/", False) in [
        (one.data["url"], one.data["top"]) for one in lab.seen("frame.navigated")
    ]


def test_what_is_written_to_the_console_is_kept_without_its_credentials(lab: Lab) -> None:
    """The line stays readable; the token in it becomes its fingerprint; an error keeps its name."""
    script = (
        f"console.warn('got', {JWT!r}, 'for the-password-of-a-person'); setTimeout(() => missing.method())"
    )
    page = lab.open(lab.serve(PLACE, f"<script>{script}</script>"))
    page.evaluate("new Promise(setTimeout)")

    (line,) = lab.seen("console.written")
    (error,) = lab.seen("error.unhandled")

    assert ("warning", [fingerprint(JWT)]) == (line.data["level"], line.data["fingerprints"])
    assert f"got fp:{fingerprint(JWT)} for …" == line.data["text"]
    assert ("ReferenceError", "missing is not defined") == (error.data["error"], error.data["text"])


def test_a_referrer_that_carries_a_code_is_seen(lab: Lab) -> None:
    """The header that really went out counts, not what a policy promises."""
    lab.serve(f"{PLACE}app.js", "")
    lab.serve(PLACE, "<script src='/app.js'></script>", headers={"Referrer-Policy": "unsafe-url"})
    lab.open(f"{PLACE}?code=aB3dE5gH7jK9")

    leaks = [one.data for one in lab.seen("referrer.sent") if one.data["url"] == f"{PLACE}app.js"]

    assert [[fingerprint("aB3dE5gH7jK9")]] == [one["fingerprints"] for one in leaks]


GOSSIP = """
const plain = window.fetch;
window.fetch = async (...args) => {
  const response = await plain(...args);
  console.log("prints", args[0], args[1]?.body ?? "", await response.clone().text());
  return response;
};
console.log("prints", location.href, document.cookie);
addEventListener("message", ({ data }) => console.log("prints", JSON.stringify(data)));
addEventListener("change", ({ target }) => console.log("prints", target.name, target.value), true);
"""


CREDENTIAL = re.compile(r"eyJ[\w-]+(?:\.[\w-]+)+|[\w-]{32,}")
NAMED = re.compile(r"[?&#](?:code|id_token|state|nonce|code_challenge|popup)=([^&#]+)")


def overhear(context: BrowserContext) -> set[str]:
    """Collect, without the recorder, every credential that goes over the wire or is printed."""
    heard: set[str] = set()

    def hear(text: str) -> None:
        heard.update(CREDENTIAL.findall(text))
        heard.update(unquote_plus(value) for value in NAMED.findall(text))

    def hear_request(request: Request) -> None:
        hear(request.url)
        hear(request.post_data or "")

    context.on("request", hear_request)
    context.on("console", lambda line: hear(line.text) if "prints" in line.text else None)
    return heard


@pytest.mark.parametrize("flow", ["implicit", "code-pkce"])
@pytest.mark.parametrize("surface", SURFACES)
def test_no_credential_of_a_whole_case_is_on_its_timeline(
    surface: Surface, flow: Flow, harness: Harness
) -> None:
    """Passwords, cookies, codes, tokens and secrets, although every page prints all that it gets."""
    case, person = Case(surface=surface, flow=flow), customer("alice")
    with harness.surface(case, account=None) as shop:
        shop.context.add_init_script(GOSSIP)
        heard = overhear(shop.context)
        before = harness.server.store.events.last()
        with Recorder(shop.context, attention(harness.config, case)) as recorder:
            shop.sign_in("alice")
            assert "authenticated" == drive(shop).state
            cookies = {str(cookie.get("value")) for cookie in shop.context.cookies()}
            events = merge(harness.server.store.events.after(before), recorder.events())

    secrets = heard | cookies | {person.password, PLATFORM_SECRET, BRAND_SECRET}
    text = json.dumps([event.data for event in events], ensure_ascii=False)
    assert len(secrets) > 10
    assert [] == [secret for secret in secrets if secret in text or quote(secret, safe="") in text]
    printed = [one for one in events if one.type == "console.written" and one.data["fingerprints"]]
    assert printed != []


def provokes_it_all(lab: Lab) -> None:
    """Do in one page what the script has a name for, beside something that belongs on a server."""
    body = f"<body><script>{PROVOKE}</script><!-- -----BEGIN PRIVATE KEY----- -->"
    lab.serve(PLACE, body, headers={"Content-Security-Policy": POLICY})
    lab.serve("https://chat.platform.test/tag/tag.js", "")
    lab.done(lab.open(PLACE))


def is_refused(lab: Lab) -> None:
    """Ask for a store in a sandbox, and for something that does not come; say so in the console."""
    lab.context.route("**/gone", lambda route: route.abort())
    script = "try { localStorage } catch { console.warn('denied') } await fetch('/gone').catch(() => {})"
    lab.serve(PLACE, written("", script=script))
    frame = f"<iframe sandbox='allow-scripts' src='{PLACE}'></iframe>"
    page = lab.open(lab.serve("https://outer.example/", frame))
    page.frame_locator("iframe").locator("html[data-done]").wait_for(state="attached")


def is_too_much(lab: Lab) -> None:
    """Send what cannot be described, then more than is kept, and close the tab."""
    script = """
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      try { new BroadcastChannel("lobby").postMessage(proxy); } catch {}
      for (let n = 0; n < 1100; n += 1) performance.mark("parley.sent", { detail: { to: "", type: "" } });
    """
    page = lab.open(lab.serve(PLACE, written("", script=script)))
    lab.done(page)
    page.close()


def dies(lab: Lab) -> None:
    """End the page's process."""
    page = lab.open(lab.serve(PLACE, "<p>short"))
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")


STORIES: Mapping[EngineName, tuple[Callable[[Lab], None], ...]] = {
    "chromium": (provokes_it_all, is_refused, is_too_much, dies),
    "firefox": (provokes_it_all, is_refused, is_too_much),
}
FAULTS: Mapping[EngineName, tuple[tuple[Surface, str], ...]] = {
    "chromium": (
        ("popup", "samesite-none-without-secure"),
        ("embedded", "service-worker-caches-callback"),
        ("embedded", "third-party-cookie-blocked"),
        ("embedded", "browser-offline"),
    ),
    "firefox": (
        ("popup", "samesite-none-without-secure"),
        ("embedded", "service-worker-caches-callback"),
        ("embedded", "browser-offline"),
    ),
}
"""What pages of our own cannot bring about, because it takes a real server."""


@pytest.mark.parametrize("engine", STORIES)
def test_an_engine_shows_every_type_that_the_table_promises(engine: EngineName, harness: Harness) -> None:
    """No type is missing, and what the table calls Chromium's own no other engine shows."""
    try:
        browser, _ = harness.browser(engine)
    except EngineUnavailable as error:
        pytest.skip(str(error))
    shown = set[str]()
    for story in STORIES[engine]:
        with (
            consumer_context(browser, harness.server.proxy_url, deadline=15) as context,
            Recorder(context, ATTENTION) as recorder,
        ):
            story(Lab(context, recorder))
            shown |= {event.type for event in recorder.events()}
    for surface, fault in FAULTS[engine]:
        policy = faults()[fault].policy
        case = Case(surface=surface, flow="implicit", engine=engine, policy=policy, fault=fault)
        with harness.open(case) as opened:
            shown |= {event.type for event in opened.timeline}

    promised = {name for name, known in EVENT_TYPES.items() if known.everywhere or engine == "chromium"}
    assert promised == shown & EVENT_TYPES.keys()
