"""What kept a case from reaching a brand's own page is told with its reason, and never blamed on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from harness.checks import judge
from harness.checks.found import Found
from harness.checks.reach import check_forbidden, check_reached, check_steps

if TYPE_CHECKING:
    from harness.timeline import Timeline
    from tests.checks.conftest import Happened, Told

Seen = Callable[..., "Told"]

SHOP, LOGIN, CHAT = "https://www.brand.test", "https://login.brand.test", "https://chat.platform.test"
PAGE = f"{SHOP}/account?tab=1#chat"
COUNTER = "https://counter.example"


@pytest.fixture(name="own")
def _own(opened: Told) -> Told:
    """The first event of a case of a brand of one's own: its page is named."""
    source, type_, facts = opened
    return source, type_, {**facts, "page": PAGE}


@pytest.fixture(name="loaded")
def _loaded(seen: Seen) -> Callable[..., Told]:
    """Makes an answer that loaded the page of the first tab."""

    def make(url: str, status: int = 200, **facts: Any) -> Told:
        return seen(
            "response.received", url=url, navigation=True, resource="document", status=status, **facts
        )

    return make


@pytest.fixture(name="kept_back")
def _kept_back(seen: Seen) -> Callable[..., tuple[Told, ...]]:
    """Makes a request of the brand's page to a host that nobody named, and the proxy's word about it."""

    def make(resource: str = "fetch", url: str = f"{COUNTER}/hit") -> tuple[Told, ...]:
        return (
            seen("document.started", url=f"{SHOP}/account?tab=1", origin=SHOP),
            seen("request.sent", url=url, resource=resource),
            ("harness", "host.missed", {"host": "counter.example", "why": "forbidden"}),
        )

    return make


def seen_at(timeline: Timeline) -> list[tuple[str, str, str | None]]:
    """Return what is said of the way to the page: code, what was observed, how it ends."""
    return [(one.code, one.observed, one.ends) for one in check_reached(timeline)]


def test_a_step_that_found_nothing_is_the_configurations(happened: Happened, own: Told) -> None:
    """It names the step and the page, and leaves the case open for whoever wrote the file."""
    failed = {"verb": "click", "target": "Sign in", "url": f"{SHOP}/login"}
    timeline = happened(own, ("harness", "step.failed", failed))

    (found,) = check_steps(timeline)
    assert ("harness.step_failed", "error", "undetermined") == (found.code, found.severity, found.ends)
    assert f"something on {SHOP}/login for the step click 'Sign in'" == found.expected
    judgement = judge(timeline)
    assert ("undetermined", "harness.step_failed") == (judgement.outcome, judgement.code)
    assert {("harness", "test engineer")} == {(one.party, one.role) for one in judgement.findings}


def test_a_login_that_asks_again_is_nobody_elses(happened: Happened, own: Told) -> None:
    """Whatever the page says of a stranger, the steps are compared with the account first."""
    failed = {"verb": "click", "target": "Sign in", "url": f"{LOGIN}/login", "asks_again": True}
    timeline = happened(own, ("harness", "step.failed", failed))

    (found,) = judge(timeline).findings
    assert ("harness.step_failed", "harness") == (found.code, found.party)
    assert f"a login that asks for a password still, {LOGIN}/login" == found.observed
    assert "user name and password" in found.fix


def test_a_page_that_is_led_to_a_login_was_not_reached(
    happened: Happened, own: Told, loaded: Callable[..., Told]
) -> None:
    """The last answer counts, and its query, which may hold a ticket, is not told."""
    timeline = happened(own, loaded(PAGE, 302), loaded(f"{LOGIN}/login?ticket=secret"))

    assert [("harness.page_elsewhere", f"{LOGIN}/login, status 200", "undetermined")] == seen_at(timeline)
    assert "undetermined" == judge(timeline).outcome


@pytest.mark.parametrize("status", [401, 403, 407, 429, 503])
def test_a_wall_at_the_pages_own_address_is_not_the_page(
    status: int, happened: Happened, own: Told, loaded: Callable[..., Told]
) -> None:
    """As walls against robots answer, and proxies that want a password."""
    timeline = happened(own, loaded(PAGE, status))

    assert [("harness.page_elsewhere", f"{SHOP}/account, status {status}", "undetermined")] == seen_at(
        timeline
    )


@pytest.mark.parametrize(
    ("url", "status"),
    [(PAGE, 200), (f"{SHOP}/account", 200), (f"{SHOP}:443/account", 200), (PAGE, 404), (PAGE, 500)],
)
def test_the_page_itself_is_reached_however_it_answers(
    url: str, status: int, happened: Happened, own: Told, loaded: Callable[..., Told]
) -> None:
    """Query and fragment make no other page; an error of the page's own is the brand's to mend."""
    assert [] == seen_at(happened(own, loaded(url, status)))


def test_what_another_tab_loaded_is_not_the_page(
    happened: Happened, own: Told, loaded: Callable[..., Told]
) -> None:
    """The popup goes to the login, which is where it belongs."""
    assert [] == seen_at(happened(own, loaded(PAGE), loaded(f"{LOGIN}/login", page=2)))


def test_a_page_on_which_the_sdk_started_was_the_right_one(
    happened: Happened, own: Told, loaded: Callable[..., Told], verdict: Callable[..., Told]
) -> None:
    """Wherever the browser went then; and the sample's pages are not asked about."""
    login = loaded(f"{LOGIN}/login")

    assert [] == seen_at(happened(own, login, verdict()))
    assert [] == seen_at(happened(own, ("sdk", "sdk.loaded", {}), login))
    assert [] == seen_at(happened(("harness", "case.started", {}), login))


def test_a_page_without_an_answer_is_unreachable(happened: Happened, own: Told, seen: Seen) -> None:
    """With the engine's own word, once; that a picture failed says nothing of the page."""
    failed = {"navigation": True, "resource": "document", "error": "net::ERR_TUNNEL_CONNECTION_FAILED"}
    picture = seen("request.failed", url=f"{SHOP}/a.png", navigation=False, error="net::ERR_FAILED")
    elsewhere = seen("request.failed", url=f"{LOGIN}/", **failed)
    timeline = happened(own, picture, elsewhere, *[seen("request.failed", url=PAGE, **failed)] * 2)

    assert [("harness.page_unreachable", "net::ERR_TUNNEL_CONNECTION_FAILED", "undetermined")] == seen_at(
        timeline
    )
    judgement = judge(timeline)
    assert ("undetermined", "harness.page_unreachable") == (judgement.outcome, judgement.code)
    assert [] == seen_at(happened(own, picture, elsewhere))


def told(timeline: Timeline) -> list[Found]:
    """Return what is said of hosts that were kept back."""
    return list(check_forbidden(timeline))


def test_a_host_that_was_kept_back_is_told_with_who_asked(
    happened: Happened, own: Told, kept_back: Callable[..., tuple[Told, ...]]
) -> None:
    """Once, with the line to add; the query of who asked is not told."""
    (found,) = told(happened(own, *kept_back(), *kept_back("script")))

    assert ("harness.target_forbidden", "info", "undetermined") == (found.code, found.severity, found.ends)
    assert f"fetch of counter.example, asked for by {SHOP}/account" == found.observed
    assert 'Add "counter.example" to allow in [network], if the page needs it' == found.fix


@pytest.mark.parametrize("resource", ["image", "font", "stylesheet", "ping", "media"])
def test_what_a_page_can_do_without_leaves_nothing_open(
    resource: str, happened: Happened, own: Told, kept_back: Callable[..., tuple[Told, ...]]
) -> None:
    """A picture or a counter signs nobody in."""
    (found,) = told(happened(own, *kept_back(resource)))

    assert found.ends is None


def test_one_thing_that_a_page_may_need_counts_whatever_it_asked_for_first(
    happened: Happened, own: Told, kept_back: Callable[..., tuple[Told, ...]]
) -> None:
    """A host's counter picture comes before its script, and it is the script that is told of."""
    (found,) = told(happened(own, *kept_back("image"), *kept_back("script")))

    assert f"script of counter.example, asked for by {SHOP}/account" == found.observed
    assert "undetermined" == found.ends


@pytest.mark.parametrize(
    ("facts", "who"),
    [
        ({"document_url": f"{SHOP}/account?tab=1"}, f"{SHOP}/account"),
        ({"document_url": f"{CHAT}/window"}, f"{CHAT}/window"),
        ({"document_url": "about:blank", "navigation": True}, f"{SHOP}/account"),
    ],
    ids=["page", "frame", "new frame"],
)
def test_who_asked_is_not_another_document_of_the_tab(
    facts: dict[str, Any], who: str, happened: Happened, own: Told, seen: Seen
) -> None:
    """The chat window began later than the page; a frame that is still to open is its page's."""
    began = (
        seen("document.started", url=f"{SHOP}/account", origin=SHOP, top=True),
        seen("document.started", url=f"{CHAT}/window", origin=CHAT, top=False),
    )
    asked = seen("request.sent", url=f"{COUNTER}/hit", resource="fetch", **facts)
    missed = ("harness", "host.missed", {"host": "counter.example", "why": "forbidden"})
    (found,) = told(happened(own, *began, asked, missed))

    assert f"fetch of counter.example, asked for by {who}" == found.observed


def test_a_host_that_nobody_answers_for_is_not_kept_back(happened: Happened, own: Told, seen: Seen) -> None:
    """Naming it would not help; nor is one told of that no page asked for, as a browser's own service."""
    unreachable = ("harness", "host.missed", {"host": "www.brand.test", "why": "unreachable"})
    service = ("harness", "host.missed", {"host": "update.example", "why": "forbidden"})

    assert [] == told(happened(own, seen("request.sent", url=PAGE), unreachable, service))


def test_a_sign_in_that_worked_is_not_left_open(
    happened: Happened,
    own: Told,
    kept_back: Callable[..., tuple[Told, ...]],
    verdict: Callable[..., Told],
) -> None:
    """What was kept back is information then."""
    judgement = judge(happened(own, *kept_back(), verdict()))

    assert ("authenticated", None, True) == (judgement.outcome, judgement.code, judgement.passed)
    assert [("harness.target_forbidden", "info")] == [(one.code, one.severity) for one in judgement.findings]


def refusal(code: str, outcome: str = "refused") -> dict[str, Any]:
    """Return what is other about a verdict that refuses."""
    problem = {"step": "any", "code": code, "severity": "error", "expected": "this", "observed": "that"}
    return {"outcome": outcome, "code": code, "problems": [problem], "profile": None}


def test_a_page_method_that_may_have_lacked_something_is_not_blamed(
    happened: Happened,
    own: Told,
    kept_back: Callable[..., tuple[Told, ...]],
    verdict: Callable[..., Told],
) -> None:
    """The case stays open, and nobody is told to mend the page."""
    judgement = judge(happened(own, *kept_back(), verdict(**refusal("sdk.callback_timeout"))))

    assert ("undetermined", "harness.target_forbidden") == (judgement.outcome, judgement.code)
    assert ["harness.target_forbidden"] == [one.code for one in judgement.findings]


@pytest.mark.parametrize("resource", ["fetch", "image"])
def test_a_token_is_not_wrong_because_a_host_was_kept_back(
    resource: str,
    happened: Happened,
    own: Told,
    kept_back: Callable[..., tuple[Told, ...]],
    verdict: Callable[..., Told],
) -> None:
    """Only what the page method did can follow from it."""
    judgement = judge(happened(own, *kept_back(resource), verdict(**refusal("claims.expired"))))

    assert ("refused", "claims.expired") == (judgement.outcome, judgement.code)


def test_a_picture_excuses_no_page_method(
    happened: Happened,
    own: Told,
    kept_back: Callable[..., tuple[Told, ...]],
    verdict: Callable[..., Told],
) -> None:
    """Nor does a script that was kept back after the page method had failed."""
    failed = verdict(**refusal("sdk.callback_timeout"))

    for happening in ((*kept_back("image"), failed), (failed, *kept_back("script"))):
        judgement = judge(happened(own, *happening))
        assert ("refused", "sdk.callback_timeout") == (judgement.outcome, judgement.code)


def test_a_stranger_who_gets_nothing_is_as_it_should_be(
    happened: Happened,
    own: Told,
    kept_back: Callable[..., tuple[Told, ...]],
    verdict: Callable[..., Told],
) -> None:
    """A counter that was kept back does not leave the scenario logged-out open."""
    nobody = ("harness", "consumer.acts", {"what": "opens", "account": None, "wanted": "not_authenticated"})
    no = {**refusal("sdk.brand_reported_error", "not_authenticated"), "problems": []}
    judgement = judge(happened(own, nobody, *kept_back(), verdict(**no)))

    assert ("not_authenticated", "sdk.brand_reported_error") == (judgement.outcome, judgement.code)
    assert judgement.passed


def test_what_is_sure_is_told_although_a_host_was_kept_back(
    happened: Happened, own: Told, kept_back: Callable[..., tuple[Told, ...]], seen: Seen
) -> None:
    """A policy that blocks the window does so with and without the counter; the order makes no difference."""
    page = {
        "url": f"{SHOP}/account",
        "navigation": True,
        "status": 200,
        "headers": {"content-security-policy": "frame-src 'self'"},
    }
    policy = {"directive": "frame-src", "blocked": CHAT, "disposition": "enforce"}
    blocked = seen("policy.violated", document_url=f"{SHOP}/account", **policy)
    judgement = judge(happened(own, seen("response.received", **page), *kept_back(), blocked))

    assert ("refused", "browser.csp_blocked") == (judgement.outcome, judgement.code)


def test_nothing_at_all_may_follow_from_a_host_that_was_kept_back(
    happened: Happened, own: Told, kept_back: Callable[..., tuple[Told, ...]]
) -> None:
    """A case that came to no end is undetermined with that reason."""
    judgement = judge(happened(own, *kept_back("script")))

    assert ("undetermined", "harness.target_forbidden") == (judgement.outcome, judgement.code)


def test_a_host_that_was_never_asked_proves_nothing(
    happened: Happened, own: Told, verdict: Callable[..., Told]
) -> None:
    """A refusal for want of keys that the harness did not fetch stays open, and names the file's author."""
    judgement = judge(happened(own, verdict(**refusal("harness.endpoint_not_named"))))

    assert ("undetermined", "harness.endpoint_not_named") == (judgement.outcome, judgement.code)
    assert {("harness", "test engineer")} == {(one.party, one.role) for one in judgement.findings}


def test_a_login_that_nobody_described_leaves_the_case_open(happened: Happened, own: Told) -> None:
    """With the reason, and what to add; the brand has done nothing wrong."""
    judgement = judge(happened(own, ("harness", "login.unknown", {"url": f"{LOGIN}/login"})))

    assert ("undetermined", "harness.login_unknown") == (judgement.outcome, judgement.code)
    assert [("harness", f"a login at {LOGIN}/login")] == [
        (one.party, one.observed) for one in judgement.findings
    ]
