"""How responses travel: where a callback leads, and by which ways they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.checks.attacks import check_attacks
from harness.checks.redirects import (
    check_kept_method,
    check_loop,
    check_soft,
    check_too_long,
    where,
)
from harness.timeline import Timeline

Happened = Callable[..., Timeline]

PLATFORM = "https://chat.platform.test"
WINDOW = f"{PLATFORM}/window"


def led(happened: Happened, location: str | None) -> Timeline:
    """Return a timeline on which the callback was told to lead elsewhere, and answered."""
    data = {"attack": "return_address", "callback": WINDOW, "status": 303, "location": location}
    return happened(("harness", "attack.seen", data))


@pytest.mark.parametrize("location", [None, "/window", "?done=1", "https://CHAT.platform.test:443/", "a\\b"])
def test_a_callback_may_lead_to_its_own_origin(location: str | None, happened: Happened) -> None:
    """Or nowhere."""
    assert [] == list(check_attacks(led(happened, location)))


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "/\t/evil.test",
        " //evil.test",
        "https://chat.platform.test@evil.test/",
        "https:\\\\evil.test",
        "http://chat.platform.test/",
        "data:text/html,x",
        "javascript:alert(1)",
    ],
)
def test_a_callback_that_leads_elsewhere_is_open(location: str, happened: Happened) -> None:
    """However it is written."""
    (found,) = check_attacks(led(happened, location))

    assert "redirect.open_redirect" == found.code


def test_an_address_is_read_as_browsers_read_it() -> None:
    """Tabs and line ends are nothing, and a backslash is a slash where the scheme is one of the web."""
    assert "https://evil.test/a" == where(WINDOW, "/\t\\evil.test/a")
    assert "data:a\\b" == where(WINDOW, "data:a\\b")


LOGIN, AUTHORIZE = "https://login.brand.test/login", "https://login.brand.test/authorize"
STARTED = ("harness", "case.started", {"sites": {"platform": PLATFORM}, "authorization_endpoint": AUTHORIZE})


def sent(url: str, **changes: Any) -> tuple[str, str, dict[str, Any]]:
    """Return a navigation of the popup."""
    data = {"page": 2, "url": url, "method": "GET", "navigation": True, "top": True, "body": []}
    return "browser", "request.sent", {**data, "redirected_from": None, "document_url": None, **changes}


def answered(status: int, method: str = "POST") -> tuple[str, str, dict[str, Any]]:
    """Return the answer of the login, which leads on."""
    data = {"url": LOGIN, "method": method, "status": status, "headers": {"location": "/authorize?state=…"}}
    return "browser", "response.received", {**data, "navigation": True}


@pytest.mark.parametrize("status", [307, 308])
def test_a_password_that_a_redirect_sends_on_is_found(status: int, happened: Happened) -> None:
    """The status, the member and both addresses are said."""
    posted = sent(LOGIN, method="POST", body=["user", "password"])
    (found,) = check_kept_method(happened(posted, answered(status)))

    assert "idp.redirect_307" == found.code
    observed = f"status {status} from {LOGIN}, so that the browser sends password to {AUTHORIZE} too"
    assert observed == found.observed


def test_a_form_that_the_engine_does_not_show_may_hold_a_password(happened: Happened) -> None:
    """At the authorization server, and nowhere else."""
    posted = sent(LOGIN, method="POST", body=[])

    assert ["idp.redirect_307"] == [
        one.code for one in check_kept_method(happened(STARTED, posted, answered(307)))
    ]
    assert [] == list(check_kept_method(happened(posted, answered(307))))


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [("POST", ["password"], 303), ("GET", [], 307), ("POST", ["code", "state"], 307)],
)
def test_a_login_whose_password_stays_is_fine(
    method: str, body: list[str], status: int, happened: Happened
) -> None:
    """A redirect that is followed with GET, one of a GET, and a POST without a password."""
    asked = sent(LOGIN, method=method, body=body)

    assert [] == list(check_kept_method(happened(asked, answered(status, method))))


@pytest.mark.parametrize("error", ["net::ERR_TOO_MANY_REDIRECTS", "NS_ERROR_REDIRECT_LOOP"])
def test_a_circle_ends_the_sign_in(error: str, happened: Happened) -> None:
    """Each address in it is named once."""
    failed = ("browser", "request.failed", {"page": 2, "url": LOGIN, "navigation": True, "error": error})
    hops = [sent(one, redirected_from=WINDOW) for one in (LOGIN, AUTHORIZE, LOGIN)]
    (found,) = check_loop(happened(*hops, failed))

    assert ("redirect.loop", "refused") == (found.code, found.ends)
    assert f"{LOGIN} and {AUTHORIZE} " in found.observed


def test_another_failure_is_no_circle(happened: Happened) -> None:
    """Nor is one of something else than a page."""
    data = {"page": 2, "url": LOGIN, "navigation": False, "error": "net::ERR_TOO_MANY_REDIRECTS"}
    other = {**data, "navigation": True, "error": "net::ERR_ABORTED"}
    failed = (("browser", "request.failed", one) for one in (data, other))

    assert [] == list(check_loop(happened(*failed)))


def test_a_page_that_leads_on_is_a_warning(happened: Happened) -> None:
    """The window is asked for from a page of the authorization server, and not by its redirect."""
    (found,) = check_soft(happened(STARTED, sent(f"{WINDOW}?code=…", document_url=AUTHORIZE)))

    assert ("redirect.soft_redirect", "warning") == (found.code, found.severity)


@pytest.mark.parametrize(
    "changes",
    [
        {"redirected_from": AUTHORIZE},
        {"method": "POST"},
        {"top": False},
        {"document_url": None},
        {"document_url": "https://www.brand.test/account"},
    ],
)
def test_a_redirect_and_a_form_post_are_fine(changes: dict[str, Any], happened: Happened) -> None:
    """So is a window that a page of the brand's opens."""
    asked = sent(WINDOW, **{"document_url": AUTHORIZE, **changes})

    assert [] == list(check_soft(happened(STARTED, asked)))


@pytest.mark.parametrize("status", [414, 431])
def test_an_address_that_is_refused_for_its_length_ends_the_sign_in(status: int, happened: Happened) -> None:
    """Whoever refuses it."""
    answer = {"url": f"{WINDOW}?code=…", "status": status, "navigation": True}
    (found,) = check_too_long(happened(("browser", "response.received", answer)))

    assert ("redirect.uri_too_long", "refused") == (found.code, found.ends)


def test_an_address_that_the_browser_drops_ends_the_sign_in(happened: Happened) -> None:
    """Chromium shows an empty page instead of one whose address is longer than 2 MB."""
    (found,) = check_too_long(happened(("browser", "frame.navigated", {"url": "about:blank#blocked"})))

    assert "an address that the browser dropped" == found.observed


def test_an_address_that_is_taken_is_not_too_long(happened: Happened) -> None:
    """Nor is what is loaded by a page."""
    answers = ({"url": WINDOW, "status": 200, "navigation": True}, {"url": WINDOW, "status": 414})
    told = (("browser", "response.received", {"navigation": False, **one}) for one in answers)

    assert [] == list(check_too_long(happened(*told)))
