"""What would mend a finding: read from the finding and the timeline, and no more than it says it is."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks.found import Found, finding
from harness.overlays import ALTERED, Headers, Overlay, overlay_for
from harness.roles.web import web_root
from harness.timeline import Event, Source, Timeline

SHOP, LOGIN, CHAT, TAG = (
    "https://www.acme.example:8443",
    "https://login.acme.example",
    "https://lpcdn.lpsnmedia.net",
    "https://lptag.liveperson.net",
)
PAGE = f"{SHOP}/account"
OURS = f"{TAG} {CHAT}"

Told = tuple[Source, str, dict[str, Any]]


def happened(*told: Told, **settings: Any) -> Timeline:
    """Return the timeline of a brand of one's own."""
    opened = {
        "sites": {"brand": SHOP, "idp": LOGIN, "platform": CHAT, "tag": TAG},
        "authorization_endpoint": f"{LOGIN}/authorize",
        "method": "lpGetAuthenticationToken",
        "callback_deadline": 7,
        "page": PAGE,
        **settings,
    }
    events = (("harness", "case.started", opened), *told)
    return Timeline(
        tuple(
            Event(seq=seq, at=float(seq), source=source, type=type_, flow=None, data=data)
            for seq, (source, type_, data) in enumerate(events, 1)
        )
    )


def answered(policy: str | None, url: str = PAGE) -> Told:
    """Return the answer that loaded a page, with or without a policy."""
    headers = {} if policy is None else {"content-security-policy": policy}
    return "browser", "response.received", {"url": url, "navigation": True, "headers": headers}


def overlay(code: str, timeline: Timeline) -> Overlay | None:
    """Return what fits a finding of a code."""
    found = Found(code=code, severity="error", expected="a", observed="b")
    return overlay_for(finding(found), timeline)


def changed(code: str, timeline: Timeline, *headers: tuple[str, str]) -> Headers:
    """Return what becomes of an answer's headers."""
    found = overlay(code, timeline)
    assert found is not None
    return found.edit(list(headers))


def policy_of_page(before: str) -> str:
    """Return what becomes of the page's policy."""
    ((_, policy),) = changed(
        "browser.csp_blocked", happened(answered(before)), ("content-security-policy", before)
    )
    return policy


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("script-src 'self'", f"script-src 'self' {OURS}"),
        ("script-src 'none'", f"script-src {OURS}"),
        ("script-src 'NONE'", f"script-src {OURS}"),
        ("frame-src", f"frame-src {OURS}"),
        ("Script-Src\t'self' ;; ", f"script-src 'self' {OURS}"),
        ("script-src 'self'; script-src 'none'", f"script-src 'self' {OURS}"),
        ("script-src-elem 'self'", f"script-src-elem 'self' {OURS}"),
        ("child-src 'none'", f"child-src 'none'; frame-src {OURS}"),
        ("upgrade-insecure-requests; object-src 'none'", "upgrade-insecure-requests; object-src 'none'"),
        ("img-src a.example, img-src b.example", f"img-src a.example {OURS}, img-src b.example {OURS}"),
    ],
)
def test_the_platform_is_added_to_what_keeps_it_out(before: str, after: str) -> None:
    """Nothing else is loosened; the first of two equal directives counts, and each policy of a list."""
    assert after == policy_of_page(before)


def test_a_directive_that_is_missing_starts_as_its_stand_in() -> None:
    """Else it would allow less than before, or more."""
    assert (
        "default-src 'self'; child-src https://maps.example; "
        f"script-src 'self' {OURS}; frame-src https://maps.example {OURS}; connect-src 'self' {OURS}; "
        f"img-src 'self' {OURS}; style-src 'self' {OURS}"
    ) == policy_of_page("default-src 'self'; child-src https://maps.example")


def test_nothing_at_all_becomes_the_platform_alone() -> None:
    """With default-src 'none' the platform is all that is let in."""
    assert "default-src 'none'" in policy_of_page("default-src 'none'")
    assert f"script-src {OURS};" in policy_of_page("default-src 'none'")


def test_other_headers_stay_as_they_are() -> None:
    """Several policies in lines of their own are each changed, one that only reports is not."""
    report = ("content-security-policy-report-only", "script-src 'none'")
    policy = ("content-security-policy", "script-src 'self'")

    assert [report, *[(policy[0], f"script-src 'self' {OURS}")] * 2] == changed(
        "browser.csp_blocked", happened(answered("script-src 'self'")), report, policy, policy
    )


@pytest.mark.parametrize(
    "answer", [answered(None), answered("script-src 'self'", f"{LOGIN}/login")], ids=["none", "another's"]
)
def test_a_policy_in_the_page_itself_is_not_to_be_changed(answer: Told) -> None:
    """No header would mend it, and a trial that changes nothing would say that the cause is another."""
    assert overlay("browser.csp_blocked", happened(answer)) is None


@pytest.mark.parametrize(
    ("code", "host", "before", "after"),
    [
        (
            "popup.opener_severed",
            "www.acme.example:8443",
            [("cross-origin-opener-policy", "same-origin"), ("etag", "1")],
            [("etag", "1"), ("cross-origin-opener-policy", "same-origin-allow-popups")],
        ),
        (
            "idp.csp_form_action",
            "login.acme.example",
            [("content-security-policy", "default-src 'self'; form-action 'self'")],
            [("content-security-policy", f"default-src 'self'; form-action 'self' {CHAT}")],
        ),
        (
            "idp.csp_form_action",
            "login.acme.example",
            [("content-security-policy", "default-src 'self'")],
            [("content-security-policy", "default-src 'self'")],
        ),
        (
            "idp.framable",
            "login.acme.example",
            [("content-security-policy", "default-src 'self'")],
            [
                ("content-security-policy", "default-src 'self'"),
                ("content-security-policy", "frame-ancestors 'none'"),
            ],
        ),
    ],
)
def test_a_header_is_changed_at_its_own_host(code: str, host: str, before: Headers, after: Headers) -> None:
    """With its port; default-src stands in for no form-action (CSP3 section 6.4.2)."""
    found = overlay(code, happened())

    assert found is not None
    assert (host, after) == (found.host, found.edit(before))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sid=1", "sid=1; SameSite=None; Secure"),
        ("sid=1; samesite = Lax; secure; HttpOnly", "sid=1; HttpOnly; SameSite=None; Secure"),
        ("sid=a=b==; Path=/; Partitioned", "sid=a=b==; Path=/; Partitioned; SameSite=None; Secure"),
        ("secure=1; Path=/", "secure=1; Path=/; SameSite=None; Secure"),
    ],
)
def test_a_cookie_is_sent_to_other_sites_too(before: str, after: str) -> None:
    """Its name, its value and its other attributes stay; each cookie is changed."""
    blocked = {"url": f"{SHOP}/me", "name": "sid", "reasons": ["SameSiteLax"]}
    cookies = [("set-cookie", before), ("set-cookie", "other=2")]

    timeline = happened(("browser", "cookie.blocked", blocked))
    found = overlay("sdk.brand_reported_error", timeline)
    assert found is not None
    assert "www.acme.example:8443" == found.host
    assert [("set-cookie", after), ("set-cookie", "other=2; SameSite=None; Secure")] == found.edit(cookies)


@pytest.mark.parametrize(
    ("url", "reason"), [(f"{LOGIN}/me", "DomainMismatch"), ("https://counter.example/", "SameSiteLax")]
)
def test_a_cookie_that_nothing_depends_on_is_not_changed(url: str, reason: str) -> None:
    """One kept back for another reason, or of a host that nobody named; without any there is no overlay."""
    blocked = {"url": url, "name": "sid", "reasons": [reason]}

    assert overlay("sdk.brand_reported_error", happened(("browser", "cookie.blocked", blocked))) is None
    assert overlay("sdk.brand_reported_error", happened()) is None


def test_the_answer_names_the_redirect_uri_of_the_request() -> None:
    """It is read from what was sent to the authorization endpoint, and from no other request."""
    asked = [
        f"{LOGIN}/other?redirect_uri=https://a.example",
        f"{LOGIN}/authorize?redirect_uri=https%3A%2F%2Fb.example",
    ]
    sent: list[Told] = [("browser", "request.sent", {"url": url}) for url in asked]

    found = overlay("token.redirect_uri_mismatch", happened(*sent))
    assert found is not None
    assert {"redirect_uri": "https://b.example"} == found.told
    assert overlay("token.redirect_uri_mismatch", happened(sent[0])) is None


@pytest.mark.parametrize(
    ("code", "script", "told"),
    [
        ("sdk.callback_timeout", "answers-anyway", {"patience": 7}),
        ("sdk.callback_repeated", "first-answer", {}),
        ("sdk.method_missing", "any-case", {}),
        ("jwt.malformed_compact", "only-tokens", {}),
    ],
)
def test_a_page_method_is_mended_by_a_script(code: str, script: str, told: dict[str, Any]) -> None:
    """Nobody's headers are changed for it."""
    found = overlay(code, happened())

    assert found is not None
    assert (script, told, "") == (found.script, found.told, found.host)


BY_SCRIPT = (
    "sdk.callback_timeout",
    "sdk.callback_repeated",
    "sdk.method_missing",
    "jwt.malformed_compact",
    "token.redirect_uri_mismatch",
)


def test_what_a_page_calls_is_not_offered_in_another_case() -> None:
    """It is the SDK's, and the page defines nothing."""
    assert overlay("sdk.method_missing", happened(page_method="provider")) is None


def test_a_push_that_does_not_come_is_answered_for_the_page() -> None:
    """In words that do not speak of a call."""
    found = overlay("sdk.callback_timeout", happened(page_method="push"))

    assert found is not None
    assert ("answers-anyway", "pushed") == (found.script, found.does.split()[-3])


@pytest.mark.parametrize("code", ["claims.expired", "token.invalid_client", "harness.step_failed"])
def test_what_only_the_brand_can_mend_has_no_overlay(code: str) -> None:
    """Nothing is tried then, and nothing is said of the cause."""
    assert overlay(code, happened()) is None


@pytest.mark.parametrize(
    ("code", "settings"),
    [("popup.opener_severed", {"sites": {}}), ("idp.framable", {"authorization_endpoint": ""})],
)
def test_without_a_host_there_is_nothing_to_change(code: str, settings: dict[str, Any]) -> None:
    """A timeline that does not say whose site is whose has no overlay for a header."""
    assert overlay(code, happened(**settings)) is None


def test_every_script_of_an_overlay_is_there() -> None:
    """A name without a file would break the page, not mend it."""
    sent: Told = ("browser", "request.sent", {"url": f"{LOGIN}/authorize?redirect_uri=https://b.example"})
    found = [overlay(code, happened(sent)) for code in BY_SCRIPT]

    names = {one.script for one in (ALTERED, *found) if one is not None}
    assert 6 == len(names)
    assert names <= {one.stem for one in (web_root() / "static" / "overlay").glob("*.js")}
