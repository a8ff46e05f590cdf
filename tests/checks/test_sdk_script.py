"""What keeps the platform's SDK from starting in a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from harness.checks.sdk_script import (
    check_extension,
    check_insecure_context,
    check_integrity,
    check_mixed_content,
    check_tag,
    check_trusted_types,
)

if TYPE_CHECKING:
    from tests.checks.conftest import Happened, Told

Seen = Callable[..., "Told"]

CHAT, IDP = "https://chat.platform.test", "https://login.brand.test"
PAGE, TAG = "https://www.brand.test/account", f"{CHAT}/tag/tag.js?account=…"
HTML = {"content-type": "text/html; charset=utf-8"}
SCRIPT = {"content-type": "Text/JavaScript;charset=utf-8"}


@pytest.fixture(name="page")
def _page(seen: Seen, opened: Told) -> tuple[Told, ...]:
    """A page of the brand over https."""
    return opened, seen("document.started", url=PAGE, secure=True)


@pytest.fixture(name="answer")
def _answer(seen: Seen) -> Callable[..., Told]:
    """An answer of the SDK's address."""

    def make(status: int = 200, headers: dict[str, str] = SCRIPT) -> Told:
        return seen("response.received", url=TAG, resource="script", status=status, headers=headers)

    return make


def test_a_page_over_plain_http_is_told_to_redirect(happened: Happened, seen: Seen, opened: Told) -> None:
    """By its own host name."""
    (found,) = check_insecure_context(
        happened(opened, seen("document.started", url=PAGE.replace("https", "http"), secure=False))
    )

    assert ("browser.insecure_context", "refused") == (found.code, found.ends)
    assert "https://www.brand.test" in str(found.fix)


@pytest.mark.parametrize(
    "facts",
    [
        {"url": PAGE, "secure": True},
        {"url": "about:blank", "secure": False},
        {"url": "http://www.brand.test/", "secure": True},
        {"url": "http://elsewhere.example/", "secure": False},
        {"url": "http://www.brand.test/", "secure": False, "top": False},
    ],
)
def test_another_document_is_no_insecure_page(
    facts: dict[str, Any], happened: Happened, seen: Seen, opened: Told
) -> None:
    """What the browser calls secure is, and an empty tab is nobody's."""
    assert [] == list(check_insecure_context(happened(opened, seen("document.started", **facts))))


@pytest.mark.parametrize(
    ("type_", "url"),
    [
        ("resource.failed", "http://chat.platform.test/tag/tag.js?account=…"),
        ("iframe.added", "http://chat.platform.test/window?origin=…"),
        ("request.blocked", "http://login.brand.test/userinfo"),
    ],
)
def test_what_is_loaded_over_http_is_named(
    type_: str, url: str, happened: Happened, seen: Seen, page: tuple[Told, ...]
) -> None:
    """A script, a frame or a fetch, of the platform or the login."""
    (found,) = check_mixed_content(happened(*page, seen(type_, url=url)))

    assert "browser.mixed_content" == found.code
    assert url.partition("?")[0] in found.observed


def test_http_elsewhere_is_not_the_chats_business(
    happened: Happened, seen: Seen, page: tuple[Told, ...]
) -> None:
    """Nor is a failure of what was asked for over https."""
    other = seen("resource.failed", url="http://images.example/1.png")

    assert [] == list(check_mixed_content(happened(*page, other, seen("resource.failed", url=TAG))))


@pytest.mark.parametrize(
    ("crossorigin", "fix"), [("anonymous", "integrity"), (None, 'crossorigin="anonymous"')]
)
def test_a_hash_that_does_not_fit_is_told_from_one_that_cannot_be_compared(
    crossorigin: str | None,
    fix: str,
    happened: Happened,
    seen: Seen,
    page: tuple[Told, ...],
    answer: Callable[..., Told],
) -> None:
    """The script came, and was not run."""
    failed = seen("resource.failed", tag="script", url=TAG, integrity=True, crossorigin=crossorigin)

    (found,) = check_integrity(happened(*page, answer(), failed))

    assert "browser.sri_mismatch" == found.code
    assert fix in str(found.fix)
    assert [] == list(check_integrity(happened(*page, failed)))
    assert [] == list(check_tag(happened(*page, answer(), failed)))


@pytest.mark.parametrize("error", ["net::ERR_BLOCKED_BY_CLIENT.Inspector", "NS_ERROR_ABORT"])
@pytest.mark.parametrize("url", [TAG, f"{CHAT}/sdk/engagement", f"{IDP}/session"])
def test_a_request_that_an_extension_cancels_is_the_consumers(
    url: str, error: str, happened: Happened, seen: Seen, page: tuple[Told, ...]
) -> None:
    """The SDK, what it asks for, and the login; it is not said twice."""
    timeline = happened(*page, seen("request.failed", url=url, resource="script", error=error))

    (found,) = check_extension(timeline)

    assert ("net.blocked_by_client", "refused") == (found.code, found.ends)
    assert [] == list(check_tag(timeline))


@pytest.mark.parametrize(
    ("url", "resource", "error"),
    [
        ("https://ads.example/ad.js", "script", "net::ERR_BLOCKED_BY_CLIENT"),
        (f"{CHAT}/pixel.png", "image", "net::ERR_BLOCKED_BY_CLIENT"),
        (TAG, "script", "NS_BINDING_ABORTED"),
        (TAG, "script", "net::ERR_ABORTED"),
    ],
)
def test_a_request_that_was_given_up_is_no_extensions(
    url: str, resource: str, error: str, happened: Happened, seen: Seen, page: tuple[Told, ...]
) -> None:
    """A page that is left ends its requests, and whom else an extension blocks is not the chat's business."""
    failed = seen("request.failed", url=url, resource=resource, error=error)

    assert [] == [*check_extension(happened(*page, failed)), *check_tag(happened(*page, failed))]


@pytest.mark.parametrize(
    ("status", "headers", "observed"),
    [(200, HTML, "200 text/html"), (404, SCRIPT, "404 text/javascript"), (200, {}, "200 without a type")],
)
def test_an_answer_that_is_no_script_is_told(
    status: int,
    headers: dict[str, str],
    observed: str,
    happened: Happened,
    page: tuple[Told, ...],
    answer: Callable[..., Told],
) -> None:
    """With status and type."""
    (found,) = check_tag(happened(*page, answer(status, headers)))

    assert ("sdk.load_failed", observed, "refused") == (found.code, found.observed, found.ends)


def test_an_answer_that_the_browser_does_not_show_is_told_by_its_error(
    happened: Happened, seen: Seen, page: tuple[Told, ...]
) -> None:
    """Chromium hides the answer of a script that another site's page must not read."""
    failed = seen("request.failed", url=TAG, resource="script", error="net::ERR_BLOCKED_BY_ORB")

    (found,) = check_tag(happened(*page, failed))

    assert ("sdk.load_failed", "net::ERR_BLOCKED_BY_ORB") == (found.code, found.observed)


def test_an_sdk_that_came_is_fine(
    happened: Happened, seen: Seen, page: tuple[Told, ...], answer: Callable[..., Told]
) -> None:
    """Also by way of a redirect, and at the second attempt."""
    came = (answer(302, {}), answer())

    assert [] == list(check_tag(happened(*page, *came)))
    assert [] == list(check_tag(happened(*page, answer(503, HTML), *came, seen("sdk.loaded", url=TAG))))


def test_a_policy_that_blocks_the_script_is_another_finding(
    happened: Happened, seen: Seen, page: tuple[Told, ...]
) -> None:
    """What the browser refuses by itself was not lost on its way."""
    violated = seen("policy.violated", directive="script-src-elem", blocked=CHAT, disposition="enforce")
    failed = seen("request.failed", url=TAG, resource="script", error="NS_ERROR_CONTENT_BLOCKED")

    assert [] == list(check_tag(happened(*page, violated, failed)))


def test_a_write_of_the_sdk_that_trusted_types_forbid_is_told(
    happened: Happened, seen: Seen, page: tuple[Told, ...]
) -> None:
    """A write of the page's own scripts, or a policy that only reports, is not."""
    facts = {"directive": "require-trusted-types-for", "blocked": "trusted-types-sink"}
    violated = seen("policy.violated", source=TAG, disposition="enforce", **facts)
    own = seen("policy.violated", source=f"{PAGE}/app.js", disposition="enforce", **facts)
    reported = seen("policy.violated", source=TAG, disposition="report", **facts)

    (found,) = check_trusted_types(happened(*page, violated))

    assert ("browser.csp_trusted_types", "refused") == (found.code, found.ends)
    assert "trusted-types" in str(found.fix)
    assert [] == list(check_trusted_types(happened(*page, own, reported)))
