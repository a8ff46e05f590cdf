"""What the authorization endpoint's answers say."""

from __future__ import annotations

from typing import Any

import pytest

from harness.preflight.asking import Heard
from harness.preflight.authorization import STRANGER, AuthorizationSeen
from harness.preflight.authorization_answers import judge

from .conftest import ISSUER, WINDOW, connector, found, heard, marks

URL = f"{ISSUER}/authorize"
SAFE: dict[str, Any] = {"content_type": "text/html", "x_frame_options": "DENY"}
LOGIN = heard(URL, body="<title>Sign in</title>", **SAFE)


def to(location: str) -> Heard:
    """Return a redirect."""
    return heard(URL, 302, location=location)


def judged(last: Heard, **others: Any) -> dict[str, str]:
    """Return what is found."""
    seen = AuthorizationSeen(redirect_uri=WINDOW, chain=(last,), **others)
    return found(judge(seen, connector(), "strict"))


def test_a_login_is_the_right_answer() -> None:
    """Framed by nobody."""
    assert {} == judged(LOGIN)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (heard(URL, 400, "<title>Oops</title>"), {"authz.invalid_request": "error"}),
        (heard(URL, 404), {"authz.invalid_request": "error"}),
        (heard(URL, 502), {"authz.server_error": "error"}),
        (heard(URL, body="<p>unauthorized_client</p>", **SAFE), {"authz.invalid_request": "error"}),
        (to(f"{WINDOW}?error=unauthorized_client"), {"authz.unauthorized_client": "error"}),
        (to(f"{WINDOW}#error=unsupported_response_type"), {"authz.unsupported_response_type": "error"}),
        (to(f"{WINDOW}?error=invalid_scope"), {"authz.provider_error": "error"}),
        (to(f"{WINDOW}?error=login_required"), {}),
        (to("https://elsewhere.example/login"), {}),
        (to("http://login.acme.example/login"), {"redirect.downgrade": "error"}),
        (heard(URL, 401), {}),
        (heard(URL, 403, cf_mitigated="challenge"), {}),
    ],
)
def test_a_refusal_has_its_code(answer: Heard, expected: dict[str, str]) -> None:
    """Wherever it is told; a wall's answer, or a wish for a person, is none."""
    assert expected == judged(answer)


def test_a_page_further_on_may_want_a_browser() -> None:
    """What it refuses is not known to be the request, unless it says so."""
    seen = AuthorizationSeen(redirect_uri=WINDOW, chain=(to("/login"), heard(URL, 400, "no script")))
    said = list(judge(seen, connector(), "strict"))

    assert ([("authorization_endpoint", "unknown")], {}) == (marks(said), found(said))
    assert {"authz.invalid_request": "error"} == found(
        judge(
            AuthorizationSeen(redirect_uri=WINDOW, chain=(to("/error"), heard(URL, 400, "invalid_client"))),
            connector(),
            "strict",
        )
    )


def test_a_server_that_fails_over_a_parameter_is_found_out() -> None:
    """It takes the request without parentWindowOrigin (RFC 6749 section 3.1)."""
    refused = heard(URL, 400)

    assert {"idp.unknown_parameter": "error"} == judged(refused, without=(LOGIN,))
    assert {"authz.invalid_request": "error"} == judged(refused, without=(refused,))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, {"idp.framable": "error"}),
        ({"x_frame_options": "SAMEORIGIN"}, {}),
        ({"content_security_policy": "frame-ancestors 'self'"}, {}),
        ({"content_security_policy": "frame-ancestors *"}, {"idp.framable": "error"}),
        ({"content_security_policy": "default-src *", "x_frame_options": "DENY"}, {}),
        (
            {"content_security_policy": "frame-ancestors 'none'; form-action 'self'"},
            {"idp.csp_form_action": "warning"},
        ),
        (
            {
                "content_security_policy": "frame-ancestors 'none'; form-action 'self' lpcdn.lpsnmedia.net",
                "cross_origin_opener_policy": "same-origin",
            },
            {"popup.opener_severed": "info"},
        ),
    ],
)
def test_the_headers_of_the_login_are_read(headers: dict[str, Any], expected: dict[str, str]) -> None:
    """Who may frame it, where its form may lead, and whether it severs the popup."""
    assert expected == judged(heard(URL, body="<p>", content_type="text/html", **headers))


@pytest.mark.parametrize(
    ("answer", "mark", "expected"),
    [
        (to(f"{STRANGER}?error=access_denied"), "no", {"idp.redirect_uri_unvalidated": "error"}),
        (heard(URL, 400), "yes", {}),
        (to("/login"), "unknown", {}),
        (LOGIN, "unknown", {}),
    ],
)
def test_an_unregistered_redirect_uri_is_refused_at_once_or_nobody_knows(
    answer: Heard, mark: str, expected: dict[str, str]
) -> None:
    """A server that shows its login first may still refuse afterwards."""
    seen = AuthorizationSeen(redirect_uri=WINDOW, chain=(LOGIN,), stranger=answer)
    said = list(judge(seen, connector(), "strict"))

    assert ("redirect_uri", mark) in marks(said)
    assert expected == found(said)


@pytest.mark.parametrize(("status", "expected"), [(405, {"idp.authorize_post": "warning"}), (303, {})])
def test_a_post_is_taken_as_a_get(status: int, expected: dict[str, str]) -> None:
    """OpenID Connect Core section 3.1.2.1."""
    assert expected == judged(LOGIN, posted=heard(URL, status))
