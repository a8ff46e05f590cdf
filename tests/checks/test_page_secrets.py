"""What a page does with a credential, and with secrets that it should not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from harness.checks.page_secrets import (
    check_broadcast,
    check_constant,
    check_logged,
    check_persisted,
    check_scraped,
    check_secret,
)

if TYPE_CHECKING:
    from tests.checks.conftest import Happened, Told

Seen = Callable[..., "Told"]

BRAND, PLATFORM, IDP = "https://www.brand.test", "https://chat.platform.test", "https://login.brand.test"
MARK, OTHER = "0123456789ab", "ba9876543210"
ACTS: Told = ("harness", "consumer.acts", {"account": "alice", "wanted": "authenticated"})


@pytest.fixture(name="given")
def _given(seen: Seen) -> Told:
    """The page method has answered with an id_token."""
    return seen("page_method.answered", token={"type": "string", "shape": "jws", "fingerprint": MARK})


def test_a_secret_that_is_served_is_told_once_for_each_place(happened: Happened, seen: Seen) -> None:
    """Kind and address, without its query."""
    places = [f"{BRAND}/account?mode=…", f"{BRAND}/account", f"{BRAND}/app.js"]

    found = list(
        check_secret(happened(*(seen("secret.served", kind="client_secret", url=one) for one in places)))
    )

    assert [f"a client secret in {BRAND}/account", f"a client secret in {BRAND}/app.js"] == [
        one.observed for one in found
    ]


def test_a_credential_in_the_console_is_told(
    happened: Happened, seen: Seen, opened: Told, given: Told
) -> None:
    """It is the very one that the page method gives."""
    line = seen("console.written", url=f"{BRAND}/app.js", fingerprints=[MARK])

    (found,) = check_logged(happened(opened, line, given))

    assert ("brand.token_logged", "error") == (found.code, found.severity)
    assert f"{BRAND}/app.js" in found.observed


def test_a_credential_for_a_tracker_is_told(
    happened: Happened, seen: Seen, opened: Told, given: Told
) -> None:
    """Whoever has no part in the sign-in must not get it."""
    sent = seen("request.sent", url="https://t.tracker.example/e?l=…", resource="fetch", fingerprints=[MARK])

    (found,) = check_logged(happened(opened, given, sent))

    assert "https://t.tracker.example" in found.observed


def test_who_takes_part_may_have_the_credential(
    happened: Happened, seen: Seen, opened: Told, given: Told
) -> None:
    """The platform, the brand and its authorization server; and others may hear of other things."""
    parts = [f"{PLATFORM}/api/answer", f"{BRAND}/chat", f"{IDP}/token", "https://api.brand.test/"]
    requests = [seen("request.sent", url=one, fingerprints=[MARK]) for one in parts]
    other = seen("request.sent", url="https://t.tracker.example/", fingerprints=[OTHER])
    line = seen("console.written", fingerprints=[OTHER])

    assert [] == list(check_logged(happened(opened, given, *requests, other, line)))


@pytest.mark.parametrize("store", ["localStorage", "sessionStorage", "cookie"])
def test_a_credential_that_is_written_to_a_store_is_told(
    store: str, happened: Happened, seen: Seen, opened: Told, given: Told
) -> None:
    """Once for each place, even if it is found there afterwards."""
    page = seen("document.started")
    written = seen("storage.written", store=store, key="chat", fingerprints=[MARK])
    kept = seen("credential.kept", where=store, key="chat", fingerprint=MARK)

    (found,) = check_persisted(happened(opened, page, written, given, kept))

    assert ("brand.token_persisted", f"the credential in {store} under chat") == (found.code, found.observed)


def test_what_is_no_credential_may_be_kept(happened: Happened, seen: Seen, opened: Told, given: Told) -> None:
    """And the platform's own documents are not the page."""
    page = seen("document.started")
    basket = seen("storage.written", store="localStorage", key="basket", fingerprints=[OTHER])
    window = seen("document.started", document=2, origin=PLATFORM, top=False)
    own = seen("credential.kept", document=2, where="history.state", fingerprint=MARK)

    assert [] == list(check_persisted(happened(opened, page, basket, given, window, own)))


@pytest.mark.parametrize("resource", ["fetch", "xhr"])
def test_a_script_at_the_authorization_endpoint_is_told(
    resource: str, happened: Happened, seen: Seen, opened: Told
) -> None:
    """By the page that did it."""
    url, here = f"{IDP}/authorize?response_mode=form_post", f"{BRAND}/account?mode=…"

    (found,) = check_scraped(
        happened(opened, seen("request.sent", url=url, resource=resource, document_url=here))
    )

    assert ("brand.authorize_scraped", f"a {resource} by {BRAND}/account") == (found.code, found.observed)


def test_a_browser_may_go_to_the_authorization_endpoint(happened: Happened, seen: Seen, opened: Told) -> None:
    """A page may fetch from its own backend, and the server's own pages may ask themselves."""
    fine = [
        seen("request.sent", url=f"{IDP}/authorize?x=…", resource="document", document_url=BRAND),
        seen("request.sent", url=f"{BRAND}/chat/credential", resource="fetch", document_url=BRAND),
        seen("request.sent", url=f"{IDP}/authorize", resource="fetch", document_url=f"{IDP}/login"),
    ]

    assert [] == list(check_scraped(happened(opened, *fine)))


def request(seen: Seen, parameters: str) -> Told:
    """Return that the browser goes to the authorization endpoint."""
    return seen("request.sent", url=f"{IDP}/authorize?{parameters}", resource="document")


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        (f"nonce=fp:{MARK}&code_challenge=fp:1", f"nonce=fp:{MARK}&code_challenge=fp:2", "nonce"),
        (f"state=fp:{MARK}", f"state=fp:{MARK}", "state"),
    ],
)
def test_what_should_be_random_is_not_the_same_twice(
    first: str, second: str, name: str, happened: Happened, seen: Seen, opened: Told
) -> None:
    """In two sign-ins, that is."""
    (found,) = check_constant(happened(opened, ACTS, request(seen, first), ACTS, request(seen, second)))

    assert ("authz.nonce_constant", f"the same {name} as in the request before") == (
        found.code,
        found.observed,
    )


@pytest.mark.parametrize(
    "told",
    [
        ("act", f"nonce=fp:{MARK}", f"nonce=fp:{MARK}"),
        ("act", f"nonce=fp:{MARK}", "act", f"nonce=fp:{OTHER}"),
        ("act", f"state=fp:{MARK}&code_challenge=fp:1", "act", f"state=fp:{MARK}&code_challenge=fp:2"),
    ],
    ids=["the same request again, after a login", "another nonce", "a state beside a challenge"],
)
def test_one_request_may_go_to_the_endpoint_again(
    told: tuple[str, ...], happened: Happened, seen: Seen, opened: Told
) -> None:
    """And a state may be the way back to a page where a challenge protects the response."""
    events = [ACTS if one == "act" else request(seen, one) for one in told]

    assert [] == list(check_constant(happened(opened, *events)))


def test_the_platform_s_own_requests_are_not_the_page_s(happened: Happened, seen: Seen, opened: Told) -> None:
    """In compat mode its state is its configuration."""
    own: Told = ("platform", "authorization.requested", {"state": MARK})
    sent = request(seen, f"state=fp:{MARK}")

    assert [] == list(check_constant(happened(opened, ACTS, own, sent, ACTS, own, sent)))


def test_the_script_that_tells_a_tracker_is_named(
    happened: Happened, seen: Seen, opened: Told, given: Told
) -> None:
    """Where the engine tells who made the request."""
    url = f"https://collect.tracker.example/event?label=fp:{MARK}"
    made = seen("request.initiated", url=url, script="https://cdn.tracker.example/count.js?v=…")
    sent = seen("request.sent", url=url, resource="fetch", fingerprints=[MARK])

    (found,) = check_logged(happened(opened, given, made, sent))

    assert "collect.tracker.example, by fetch of https://cdn.tracker.example/count.js" in found.observed


def test_a_credential_in_a_channel_is_told(happened: Happened, seen: Seen, opened: Told, given: Told) -> None:
    """Who sent it and who heard it; a message without it is the page's own business."""
    started = seen("document.started", url=f"{BRAND}/account")
    facts = {"channel": "auth", "fingerprints": [MARK]}
    other = seen("channel.sent", channel="theme", fingerprints=[OTHER])

    found = list(
        check_broadcast(
            happened(
                opened,
                started,
                given,
                seen("channel.sent", **facts),
                seen("channel.received", **facts),
                other,
            )
        )
    )

    assert {("brand.token_broadcast", "warning")} == {(one.code, one.severity) for one in found}
    assert [
        f"the credential {verb} in the BroadcastChannel auth at {BRAND}/account"
        for verb in ("sent", "received")
    ] == [one.observed for one in found]


def test_an_app_may_hand_its_credential_over_in_a_channel(
    happened: Happened, seen: Seen, opened: Told, given: Told
) -> None:
    """It stands in for what a native app keeps to itself."""
    app = seen("document.started", url="https://app.brand.test/", origin="https://app.brand.test")

    assert [] == list(
        check_broadcast(
            happened(opened, app, given, seen("channel.sent", channel="sheet", fingerprints=[MARK]))
        )
    )
