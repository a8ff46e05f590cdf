"""What a page says without a browser."""

from __future__ import annotations

from typing import Any

import pytest

from harness.config import Config
from harness.preflight import markup, page, page_headers, page_method
from harness.preflight.page import PageSeen, Place

from .conftest import HTML, PAGE, WINDOW, connector, found, heard, marks

PLACE = Place(url=PAGE, tag="https://lptag.liveperson.net/tag/tag.js*", injected=False, window=WINDOW)
INJECTED = Place(url=PAGE, tag="https://lptag.liveperson.net", injected=True, window=WINDOW)


def seen(html: str = HTML, *scripts: str, **headers: Any) -> PageSeen:
    """Return a page with its scripts."""
    answer = heard(body=html, content_type="text/html", **headers)
    return PageSeen(
        page=answer,
        markup=markup.read(html, PAGE),
        scripts=tuple(heard(f"https://www.acme.example/{i}.js", body=s) for i, s in enumerate(scripts)),
    )


@pytest.mark.parametrize(
    ("html", "mark"),
    [
        ('<script src="https://lptag.liveperson.net/tag/tag.js?site=7"></script>', "yes"),
        ('<script src="//lptag.liveperson.net/tag/tag.js"></script>', "yes"),
        ('<script>s.src = "https://lptag.liveperson.net/tag/tag.js"</script>', "yes"),
        ("<p>lptag.liveperson.net", "unknown"),
        ('<script src="/app.js"></script>', "unknown"),
    ],
)
def test_the_tag_is_present_or_may_be_loaded_later(html: str, mark: str) -> None:
    """What a script loads later, HTML does not tell, so nobody is blamed for it."""
    said = list(page.judge(seen(html), PLACE, "strict"))

    assert ("SDK tag", mark) in marks(said)
    assert {} == found(said)


def test_an_injected_sdk_needs_no_tag() -> None:
    """The harness puts it in."""
    assert ("SDK tag", "yes") in marks(page.judge(seen("<p>"), INJECTED, "strict"))


@pytest.mark.parametrize(
    ("script", "name", "expected"),
    [
        ("window.lpGetAuthenticationToken = f", "lpGetAuthenticationToken", {}),
        ("function lpGetAuthenticationToken(cb) {}", "lpGetAuthenticationToken", {}),
        ('window["lpGetAuthenticationToken"] = f', "lpGetAuthenticationToken", {}),
        ("auth = { getToken: f }", "auth.getToken", {}),
        ("window.auth = { getToken(callback) {} }", "auth.getToken", {}),
        ("window.lpGetAuthenticationtoken = f", "lpGetAuthenticationToken", {"sdk.method_missing": "error"}),
        ("window.Auth = { getToken: f }", "auth.getToken", {"sdk.method_missing": "error"}),
        ("window.auth = { gettoken: f }", "auth.getToken", {"sdk.method_missing": "error"}),
        ("window.lpgetauthenticationtoken = lpGetAuthenticationToken = f", "lpGetAuthenticationToken", {}),
        ("// lpgetauthenticationtoken is gone", "lpGetAuthenticationToken", {}),
        ("mylpgetauthenticationtoken = f", "lpGetAuthenticationToken", {}),
        ("", "lpGetAuthenticationToken", {}),
    ],
)
def test_a_method_in_another_case_is_named(script: str, name: str, expected: dict[str, str]) -> None:
    """One that is not found at all is left to the browser."""
    assert expected == found(page_method.judge_method(seen("<p>", script), connector(js_method=name)))


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('zE("messenger", "loginUser", provider)', {}),
        ('zE("messenger", "loginuser", provider)', {"sdk.method_missing": "error"}),
        ("", {}),
    ],
)
def test_of_a_call_the_last_word_is_looked_for(script: str, expected: dict[str, str]) -> None:
    """The rest of it is the platform's."""
    own = connector(
        flow="implicit", page_method="provider", js_method="zE", js_command=["messenger", "loginUser"]
    )

    assert expected == found(page_method.judge_method(seen("<p>", script), own))


def test_a_method_in_the_page_itself_is_seen() -> None:
    """Inline scripts count."""
    html = "<script>window.lpGetAuthenticationToken = (callback) => callback(token);</script>"

    assert [("page method", "yes")] == marks(page_method.judge_method(seen(html), connector()))


@pytest.mark.parametrize(
    ("policy", "page_needs", "frame_needs"),
    [
        ("", {}, {}),
        ("default-src 'self'", {"browser.csp_blocked": "error"}, {"browser.csp_blocked": "error"}),
        ("frame-src 'self'", {}, {"browser.csp_blocked": "error"}),
        ("connect-src 'self'", {"browser.csp_blocked": "error"}, {}),
        ("default-src https:", {}, {}),
    ],
)
def test_the_policy_is_held_against_what_the_platform_needs(
    policy: str, page_needs: dict[str, str], frame_needs: dict[str, str]
) -> None:
    """Script and requests are needed by both windows, the frame by the embedded one."""
    one = seen(content_security_policy=policy)

    assert page_needs == found(page_headers.judge_policy(one, PLACE, frozenset(("embedded", "popup"))))
    assert frame_needs == found(page_headers.judge_policy(one, PLACE, frozenset(("embedded",))))


def test_a_policy_in_the_page_counts_too() -> None:
    """Both have to permit."""
    html = '<meta http-equiv="Content-Security-Policy" content="script-src \'self\'">'

    assert {"browser.csp_blocked": "error"} == found(
        page_headers.judge_policy(seen(html), PLACE, frozenset(("embedded", "popup")))
    )


def test_a_tag_that_is_put_in_is_only_warned_of() -> None:
    """The harness's own is there whatever the policy says; the brand's later one will not be."""
    one = seen("<p>", content_security_policy="script-src 'self'")

    assert {"browser.csp_blocked": "warning"} == found(
        page_headers.judge_policy(one, INJECTED, frozenset(("embedded", "popup")))
    )


def test_headers_that_stand_in_the_way_are_warned_of() -> None:
    """An opener policy severs the popup, an embedder policy keeps the frame out."""
    one = seen(
        cross_origin_opener_policy="same-origin",
        cross_origin_embedder_policy="require-corp",
        permissions_policy="storage-access=(), camera=()",
    )

    assert {"popup.opener_severed": "warning"} == found(page_headers.judge_popup(one))
    assert {"browser.coep_blocked": "warning", "browser.permission_denied": "warning"} == found(
        page_headers.judge_frame(one, PLACE)
    )


def test_the_sample_brand_has_a_place_too() -> None:
    """Its page and its tag, under its own names."""
    assert "https://www.brand.test/account" == Place.of(Config()).url


def test_markup_is_read_as_leniently_as_it_is_written() -> None:
    """A base address, an unclosed element and capitals."""
    read = markup.read(
        "<TITLE>A\n b</TITLE><base href='/shop/'><SCRIPT SRC=a.js NONCE=n></SCRIPT><input type=PASSWORD>",
        PAGE,
    )

    assert ("A b", True) == (read.title, read.asks_password)
    assert [("https://www.acme.example/shop/a.js", "n")] == [(one.url, one.nonce) for one in read.scripts]


def test_markup_that_no_parser_likes_is_read_as_far_as_it_goes() -> None:
    """What stands before it counts."""
    assert "A" == markup.read("<title>A</title><![none[ <script", PAGE).title
