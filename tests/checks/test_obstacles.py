"""What keeps the chat window out of a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from harness.checks.found import Found
from harness.checks.obstacles import (
    check_csp,
    check_embedder_policy,
    check_frame_loading,
    check_frame_refused,
    check_sandbox,
    check_storage_permission,
)
from harness.checks.popup import check_opened

if TYPE_CHECKING:
    from harness.timeline import Timeline
    from tests.checks.conftest import Happened, Told

Seen = Callable[..., "Told"]

SHOP, CHAT = "https://www.brand.test", "https://chat.platform.test"
PAGE, WINDOW = f"{SHOP}/account", f"{CHAT}/window"
ERROR_PAGE = "chrome-error://chromewebdata/"


@pytest.fixture(name="page")
def _page(seen: Seen, opened: Told) -> Callable[..., tuple[Told, ...]]:
    """A page of the brand that has put the chat's frame in."""

    def make(headers: dict[str, str] | None = None, **frame: Any) -> tuple[Told, ...]:
        response = {"url": PAGE, "navigation": True, "resource": "document", "headers": headers or {}}
        return (
            opened,
            seen("response.received", **response),
            seen("document.started", url=PAGE),
            seen("iframe.added", url=WINDOW, **frame),
        )

    return make


@pytest.fixture(name="window")
def _window(seen: Seen) -> Callable[..., Told]:
    """A chat window that really began."""

    def make(**facts: Any) -> Told:
        usual = {"document": 2, "url": WINDOW, "origin": CHAT, "top": False, "ancestors": [SHOP]}
        return seen("document.started", **{**usual, **facts})

    return make


@pytest.mark.parametrize(
    ("policy", "observed"),
    [
        (
            "default-src 'self'; frame-src 'self' https://maps.example",
            "frame-src 'self' https://maps.example",
        ),
        ("default-src 'self'", "default-src 'self'"),
        ("child-src 'none'; default-src 'self'", "child-src 'none'"),
    ],
)
def test_the_fix_names_the_directive_and_the_origin(
    policy: str, observed: str, happened: Happened, seen: Seen, page: Callable[..., tuple[Told, ...]]
) -> None:
    """And what is observed is the directive that decided."""
    facts = {"directive": "frame-src", "blocked": CHAT, "disposition": "enforce", "document_url": PAGE}
    violated = seen("policy.violated", **facts)

    (found,) = check_csp(happened(*page({"content-security-policy": policy}), violated))

    assert ("browser.csp_blocked", "error", "refused") == (found.code, found.severity, found.ends)
    assert observed == found.observed
    assert f"Add {CHAT} to frame-src in the Content-Security-Policy of {SHOP}" == found.fix


@pytest.mark.parametrize(
    "facts",
    [
        {"disposition": "report"},
        {"blocked": "https://ads.example"},
        {"blocked": "inline"},
        {"document_url": f"{CHAT}/window"},
    ],
    ids=["reported only", "another origin", "inline", "in the window itself"],
)
def test_another_violation_is_not_the_chats_business(
    facts: dict[str, str], happened: Happened, seen: Seen, page: Callable[..., tuple[Told, ...]]
) -> None:
    """A policy that only reports blocks nothing, and a page may block whom else it likes."""
    blocked = {"directive": "frame-src", "blocked": CHAT, "disposition": "enforce", "document_url": PAGE}

    assert [] == list(check_csp(happened(*page(), seen("policy.violated", **{**blocked, **facts}))))


def test_each_directive_is_told_once(
    happened: Happened, seen: Seen, page: Callable[..., tuple[Told, ...]]
) -> None:
    """A script that is blocked as an element is allowed by script-src."""
    facts = {"blocked": CHAT, "disposition": "enforce", "document_url": PAGE}
    names = ("script-src-elem", "script-src", "connect-src")

    found = check_csp(happened(*page(), *(seen("policy.violated", directive=one, **facts) for one in names)))

    assert [f"{CHAT} in script-src", f"{CHAT} in connect-src"] == [one.expected for one in found]


@pytest.fixture(name="refused")
def _refused(
    happened: Happened, seen: Seen, page: Callable[..., tuple[Told, ...]]
) -> Callable[..., Timeline]:
    """A window whose answer the browser did not show."""

    def make(error: str, *more: Told, **headers: str) -> Timeline:
        document = {"url": WINDOW, "navigation": True, "resource": "document"}
        policies = {name.replace("_", "-"): value for name, value in headers.items()}
        return happened(
            *page(),
            seen("request.sent", **document, top=False),
            seen("response.received", **document, headers=policies),
            seen("request.failed", **document, error=error),
            *more,
        )

    return make


@pytest.mark.parametrize(
    ("error", "headers", "observed"),
    [
        (
            "net::ERR_BLOCKED_BY_RESPONSE",
            {"content_security_policy": "frame-ancestors https://app.brand.test"},
            "frame-ancestors https://app.brand.test",
        ),
        (
            "NS_ERROR_CSP_FRAME_ANCESTOR_VIOLATION",
            {"content_security_policy": "frame-ancestors 'none'"},
            "frame-ancestors 'none'",
        ),
        ("NS_ERROR_XFO_VIOLATION", {"x_frame_options": "DENY"}, "X-Frame-Options: DENY"),
    ],
)
def test_a_window_that_may_not_be_framed_names_the_page_to_register(
    error: str, headers: dict[str, str], observed: str, refused: Callable[..., Timeline]
) -> None:
    """In either engine's words, with the header that refused."""
    timeline = refused(error, **headers)

    (found,) = check_frame_refused(timeline)

    assert ("browser.frame_refused", observed) == (found.code, found.observed)
    assert f"Register {SHOP} with the platform" in str(found.fix)
    assert [] == list(check_embedder_policy(timeline))


@pytest.mark.parametrize("error", ["net::ERR_BLOCKED_BY_RESPONSE", "NS_ERROR_DOM_COEP_FAILED"])
def test_a_page_that_is_isolated_is_told_from_a_window_that_refuses(
    error: str, seen: Seen, refused: Callable[..., Timeline]
) -> None:
    """Chromium has one error for both; what the protocol says beside it decides."""
    reason = seen("request.blocked", url=WINDOW, reason="coep-frame-resource-needs-coep-header")
    timeline = refused(error, *([reason] if error.startswith("net") else []))

    (found,) = check_embedder_policy(timeline)

    assert ("browser.coep_blocked", "refused") == (found.code, found.ends)
    assert "Cross-Origin-Embedder-Policy" in str(found.fix)
    assert [] == list(check_frame_refused(timeline))


def test_a_request_that_was_given_up_was_refused_by_nobody(refused: Callable[..., Timeline]) -> None:
    """A frame that is sent elsewhere ends its request."""
    timeline = refused("net::ERR_ABORTED")

    assert [] == [*check_frame_refused(timeline), *check_embedder_policy(timeline)]


def test_a_sandbox_without_an_origin_is_told_what_it_lacks(
    happened: Happened, page: Callable[..., tuple[Told, ...]]
) -> None:
    """The fix names the words to add; a full sandbox and none are left alone."""
    (found,) = check_sandbox(happened(*page(sandbox="allow-scripts allow-forms")))
    full = happened(*page(sandbox="allow-scripts ALLOW-SAME-ORIGIN"))

    assert ("browser.sandbox_blocked", "refused") == (found.code, found.ends)
    assert "Add allow-same-origin to the sandbox of the chat's iframe" == found.fix
    assert [] == [*check_sandbox(full), *check_sandbox(happened(*page()))]


@pytest.mark.parametrize("result", ["null", "threw"])
def test_a_popup_in_a_sandbox_without_popups_is_no_blocked_popup(
    result: str, happened: Happened, seen: Seen, page: Callable[..., tuple[Told, ...]]
) -> None:
    """Engines return null or throw; the page's own policy is the sandbox."""
    opened = seen("window.opened", url=f"{CHAT}/popup", result=result, since_input_ms=10, active=True)
    policy = {"content-security-policy": "sandbox allow-scripts allow-same-origin"}

    (found,) = check_sandbox(happened(*page(policy), opened))

    assert "Add allow-popups and allow-popups-to-escape-sandbox" in str(found.fix)
    assert f"the Content-Security-Policy of {SHOP}" in str(found.fix)
    assert [] == list(check_opened(happened(*page(policy), opened)))
    assert [] == list(check_sandbox(happened(*page(), opened)))


def test_a_popup_in_a_sandboxed_frame_is_the_frames_sandbox(
    happened: Happened, seen: Seen, opened: Told
) -> None:
    """The page with the chat may itself be in somebody's frame."""
    (found,) = check_sandbox(
        happened(
            opened,
            seen("iframe.added", url=PAGE, sandbox="allow-scripts allow-same-origin"),
            seen("document.started", document=2, url=PAGE, top=False),
            seen("window.opened", document=2, url=f"{CHAT}/popup", result="null"),
        )
    )

    assert f"to the sandbox of the iframe of {SHOP}" in str(found.fix)


def test_a_lazy_frame_that_nobody_sees_is_never_asked_for(
    happened: Happened, seen: Seen, page: Callable[..., tuple[Told, ...]], window: Callable[..., Told]
) -> None:
    """Without a request there is none to blame; a lazy frame that came into view is fine."""
    lazy = page(loading="lazy")
    asked = seen("request.sent", url=WINDOW, resource="document", top=False)

    (found,) = check_frame_loading(happened(*lazy))

    assert ("sdk.frame_not_loaded", "refused") == (found.code, found.ends)
    assert "loading" in str(found.fix)
    assert [] == list(check_frame_loading(happened(*lazy, asked, window())))
    assert [] == list(check_frame_loading(happened(*lazy, asked)))


def test_a_frame_that_was_taken_to_another_site_is_named(
    happened: Happened, page: Callable[..., tuple[Told, ...]], window: Callable[..., Told]
) -> None:
    """An engine's own error page is no other site."""
    other = "https://chat.platform.test.attacker.test"
    error = window(url=ERROR_PAGE, origin="null")

    (found,) = check_frame_loading(happened(*page(), window(url=f"{other}/window", origin=other)))

    assert ("sdk.frame_not_loaded", other) == (found.code, found.observed)
    assert [] == list(check_frame_loading(happened(*page(), error)))
    assert [] == list(check_frame_loading(happened(*page(), window(url=WINDOW, origin="null"))))


@pytest.mark.parametrize("told", [False, None], ids=["the engine tells", "the header tells"])
def test_storage_access_that_the_page_denies_is_a_warning(
    told: bool | None,
    happened: Happened,
    page: Callable[..., tuple[Told, ...]],
    window: Callable[..., Told],
) -> None:
    """The sign-in goes on without; the fix is the header to write."""
    headers = {"permissions-policy": "camera=(), storage-access=()"}

    (found,) = check_storage_permission(happened(*page(headers), window(storage_access=told)))

    assert ("browser.permission_denied", "warning", None) == (found.code, found.severity, found.ends)
    assert f'storage-access=(self "{CHAT}")' in str(found.fix)
    assert [] == list(check_storage_permission(happened(*page(), window(storage_access=told or None))))
    assert [] == list(check_storage_permission(happened(*page(headers), window(storage_access=True))))


CHECKS: tuple[Callable[[Timeline], object], ...] = (
    check_csp,
    check_embedder_policy,
    check_frame_refused,
    check_sandbox,
    check_frame_loading,
    check_storage_permission,
)


@pytest.mark.parametrize("check", CHECKS)
def test_a_timeline_that_names_no_sites_blames_nobody(
    check: Callable[[Timeline], list[Found]], happened: Happened, seen: Seen
) -> None:
    """Without the case's first event nothing is known about whose an address is."""
    assert [] == list(check(happened(seen("document.started", url=PAGE), seen("iframe.added", url=""))))
