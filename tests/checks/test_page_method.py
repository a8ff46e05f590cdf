"""What became of a call of the page method, from what the recorder saw."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from harness.checks import judge
from harness.checks.found import Found
from harness.checks.page_method import check_frame_gone, check_navigated, check_repeated, refine_page

if TYPE_CHECKING:
    from tests.checks.conftest import Happened, Told

Seen = Callable[..., "Told"]

BRAND, WINDOW = "https://www.brand.test", "https://chat.platform.test/window?origin=…"
TOKEN = {"type": "string", "shape": "jws", "fingerprint": "0123456789ab"}
OTHER = {"type": "string", "shape": "jws", "fingerprint": "ba9876543210"}


def refused(code: str) -> dict[str, Any]:
    """Return what a verdict says that was refused."""
    problem = {"step": "a", "code": code, "severity": "error", "expected": "a", "observed": "b"}
    return {"outcome": "refused", "code": code, "profile": None, "problems": [problem]}


@pytest.mark.parametrize(("again", "words"), [(TOKEN, "the same answer"), (OTHER, "another answer")])
def test_a_callback_that_is_called_twice_is_told(
    again: dict[str, str], words: str, happened: Happened, seen: Seen
) -> None:
    """Once, however often it is called, and whether it said the same."""
    answers = [(1, TOKEN), (2, again), (3, TOKEN)]

    (found,) = check_repeated(
        happened(*(seen("page_method.answered", nth=nth, token=token) for nth, token in answers))
    )

    assert ("sdk.callback_repeated", "warning") == (found.code, found.severity)
    assert words in found.observed


def test_two_calls_may_be_answered_once_each(happened: Happened, seen: Seen) -> None:
    """A page that is asked again answers again."""
    calls = (seen("page_method.answered", call=call, token=TOKEN) for call in (1, 2))

    assert [] == list(check_repeated(happened(*calls)))


def test_a_page_that_leaves_before_it_has_answered_ends_the_sign_in(
    happened: Happened, seen: Seen, opened: Told
) -> None:
    """The next document in the tab is the evidence; the case is refused for it."""
    next_ = seen("document.started", document=2, url=f"{BRAND}/login?ticket=…")

    judgement = judge(happened(opened, seen("page_method.called"), next_))

    assert ("refused", "sdk.page_navigated") == (judgement.outcome, judgement.code)
    assert f"{BRAND}/login " in judgement.findings[0].observed


def navigated(happened: Happened, *told: Told) -> list[Found]:
    """Return what is found of pages that left."""
    return list(check_navigated(happened(*told)))


def test_a_page_may_leave_when_the_sign_in_has_ended(happened: Happened, seen: Seen, opened: Told) -> None:
    """Whether its method answered, or the window said how it ended."""
    called, next_ = seen("page_method.called"), seen("document.started", document=2)

    for end in (
        seen("page_method.answered", token=TOKEN),
        seen("page_method.threw"),
        seen("page_method.rejected"),
        seen("message.received", type="status"),
    ):
        assert [] == navigated(happened, opened, called, end, next_)


def test_a_page_that_leaves_after_the_deadline_leaves_nobody_waiting(
    happened: Happened, seen: Seen, opened: Told
) -> None:
    """That it never answered is the finding then."""
    waiting = [seen("console.written")] * 10

    assert [] == navigated(
        happened, opened, seen("page_method.called"), *waiting, seen("document.started", document=2)
    )


def test_another_tab_or_frame_is_not_where_the_page_went(
    happened: Happened, seen: Seen, opened: Told
) -> None:
    """Only the same tab's next document replaces a page, and not while that is still there."""
    called = seen("page_method.called")

    assert [] == navigated(happened, opened, called, seen("document.started", page=2, document=2))
    assert [] == navigated(happened, opened, called, seen("document.started", document=2, top=False))
    assert [] == navigated(
        happened, opened, called, seen("document.started", document=2), seen("document.found")
    )


def test_a_frame_that_is_removed_during_the_sign_in_ends_it(
    happened: Happened, seen: Seen, opened: Told
) -> None:
    """The finding says whether the page method was being asked."""
    added, removed = seen("iframe.added", url=WINDOW), seen("iframe.removed", url=WINDOW)

    asked = judge(happened(opened, added, seen("page_method.called"), removed))
    early = judge(happened(opened, added, removed))

    assert ("refused", "sdk.frame_gone") == (asked.outcome, asked.code) == (early.outcome, early.code)
    assert "while its method was asked" in asked.findings[0].observed
    assert "before the sign-in had ended" in early.findings[0].observed


def test_a_frame_may_be_removed_when_the_sign_in_has_ended(
    happened: Happened, seen: Seen, opened: Told
) -> None:
    """And a frame of somebody else at any time."""
    ended = seen("message.received", type="status")
    window = seen("iframe.added", url=WINDOW), ended, seen("iframe.removed", url=WINDOW)
    video = seen("iframe.removed", url="https://video.example/")

    assert [] == list(check_frame_gone(happened(opened, *window, video)))


def test_a_callback_after_the_deadline_was_late_and_not_missing(
    happened: Happened, seen: Seen, opened: Told, verdict: Seen
) -> None:
    """The case's code follows."""
    late = seen("page_method.answered", after_ms=12_300, token=TOKEN)

    judgement = judge(happened(opened, verdict(**refused("sdk.callback_timeout")), late))

    assert ("refused", "sdk.callback_late") == (judgement.outcome, judgement.code)
    assert "12.3 s" in judgement.findings[0].observed


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("returned", TOKEN, "a JWT, returned,"),
        ("resolved", TOKEN, "a JWT, returned in a promise,"),
        ("resolved", {"type": "object", "credential": {"shape": "opaque"}}, "an opaque text, returned in"),
        ("resolved", {"type": "array"}, "a value of type array"),
    ],
)
def test_what_was_returned_instead_is_named(
    kind: str, value: dict[str, Any], words: str, happened: Happened, seen: Seen, opened: Told
) -> None:
    """The code stays; what was observed and what to do say more."""
    better = refine_page("sdk.callback_timeout", happened(opened, seen(f"page_method.{kind}", value=value)))

    assert better is not None
    assert "sdk.callback_timeout" == better.code
    assert words in better.observed
    assert better.fix is not None


@pytest.mark.parametrize("type_", ["undefined", "null", "promise", "boolean"])
def test_a_method_may_return_nothing(type_: str, happened: Happened, seen: Seen, opened: Told) -> None:
    """An asynchronous method returns a promise of nothing."""
    returned = happened(opened, seen("page_method.returned", value={"type": type_}))

    assert refine_page("sdk.callback_timeout", returned) is None


def test_what_stands_under_the_name_is_named(happened: Happened, seen: Seen, opened: Told) -> None:
    """Its type, never its value."""
    found = seen("page_method.found", status="not_callable", type="object")

    better = refine_page("sdk.method_not_callable", happened(opened, found))

    assert better is not None
    assert "something of type object" == better.observed


def test_an_expired_token_that_was_given_before_was_cached(
    happened: Happened, seen: Seen, opened: Told, verdict: Seen
) -> None:
    """The hint says so, and what to do about it."""
    answers = (seen("page_method.answered", document=document, token=TOKEN) for document in (1, 2))

    judgement = judge(happened(opened, *answers, verdict(**refused("claims.expired"))))

    assert "claims.expired" == judgement.code
    assert "cached" in judgement.findings[0].observed


def test_an_expired_token_that_is_new_was_issued_so(happened: Happened, seen: Seen, opened: Told) -> None:
    """Nothing is said of a cache."""
    answers = (seen("page_method.answered", document=n, token=one) for n, one in ((1, TOKEN), (2, OTHER)))

    assert refine_page("claims.expired", happened(opened, *answers)) is None


CALLED, SENT = "4b3b5920ccee", f"{BRAND}/code?code_challenge=fp:"
ANSWERED = {"type": "object", "redirect_uri": f"{BRAND}/account"}


@pytest.mark.parametrize(("mark", "better"), [("5615dabb3a0c", "pkce.verification_failed"), (CALLED, None)])
def test_a_refused_code_was_asked_for_with_another_challenge(
    mark: str, better: str | None, happened: Happened, seen: Seen
) -> None:
    """Where the page's own request carries another one than the method was called with."""
    called = seen("page_method.called", code_challenge=CALLED)
    sent = seen("request.sent", url=f"{SENT}{mark}")

    refined = refine_page(
        "token.invalid_grant", happened(called, sent, seen("page_method.answered", token=TOKEN))
    )

    assert better == (refined and refined.code)


@pytest.mark.parametrize(
    ("shown", "asked", "better"),
    [
        (f"{BRAND}/account", f"{BRAND}/key", "token.redirect_uri_mismatch"),
        (f"{BRAND}/shop", f"{BRAND}/key", None),
        (f"{BRAND}/account", f"https://login.brand.test/authorize?redirect_uri={BRAND}/account", None),
    ],
)
def test_a_refused_code_came_with_the_address_of_the_page(
    shown: str, asked: str, better: str | None, happened: Happened, seen: Seen
) -> None:
    """Which is no redirect URI, unless the browser was seen to ask for one."""
    document = seen("document.started", url=shown)
    answered = seen("page_method.answered", token=ANSWERED)

    refined = refine_page(
        "token.invalid_grant", happened(document, seen("request.sent", url=asked), answered)
    )

    assert better == (refined and refined.code)


SCRIPT = {"kind": "error", "error": "TypeError", "source": f"{BRAND}/app.js?v=…", "line": 12}
SAID = {"error": "TypeError", "text": "nobody is undefined"}


def test_an_error_on_the_way_to_the_callback_is_named(happened: Happened, seen: Seen, opened: Told) -> None:
    """Its name, its place and what it says; an earlier one explains nothing."""
    before = seen("script.failed", **{**SCRIPT, "error": "RangeError"})
    after = seen("script.failed", **SCRIPT), seen("error.unhandled", **SAID)

    refined = refine_page(
        "sdk.callback_timeout", happened(opened, before, seen("page_method.called"), *after)
    )

    assert refined is not None
    assert "sdk.callback_timeout" == refined.code
    assert (
        f"none, and after the call TypeError in line 12 of {BRAND}/app.js that nobody handled: "
        "nobody is undefined" == refined.observed
    )


def test_a_script_that_broke_explains_a_missing_method(happened: Happened, seen: Seen, opened: Told) -> None:
    """In the page with the SDK; a rejection has no place, and another page is no reason."""
    rejection = {"kind": "rejection", "error": None, "source": None, "line": None}
    loaded, failed = seen("sdk.loaded", instance=1), seen("script.failed", **rejection)

    refined = refine_page("sdk.method_missing", happened(opened, loaded, failed))

    assert refined is not None
    assert "none, and an error that nobody handled" == refined.observed
    assert refine_page("sdk.method_missing", happened(opened, loaded)) is None
    assert refine_page("sdk.method_missing", happened(opened, failed)) is None


@pytest.mark.parametrize("kind", ["threw", "rejected"])
def test_the_error_of_a_method_that_broke_is_named(
    kind: str, happened: Happened, seen: Seen, opened: Told
) -> None:
    """As far as it is an Error."""
    named = seen(f"page_method.{kind}", error="RangeError")
    bare = seen(f"page_method.{kind}", error=None)

    for broke, words in ((named, "RangeError, "), (bare, "something that is no Error, ")):
        refined = refine_page(f"sdk.method_{kind}", happened(opened, broke))

        assert refined is not None
        assert refined.observed.startswith(words)


@pytest.mark.parametrize(("took", "words"), [(11_000, "took 11.0 s of them"), (100, "ignored")])
def test_the_request_that_a_late_answer_waited_for_is_named(
    took: int, words: str, happened: Happened, seen: Seen, opened: Told
) -> None:
    """If one took most of the time."""
    done = seen("request.finished", url=f"{BRAND}/chat/credential", milliseconds=took)
    answered = seen("page_method.answered", token=TOKEN, after_ms=12_000)

    refined = refine_page(
        "sdk.callback_timeout", happened(opened, seen("page_method.called"), done, answered)
    )

    assert refined is not None
    assert "sdk.callback_late" == refined.code
    assert refined.observed.endswith(words)


def of_family(opened: Told, kind: str) -> Told:
    """Return how a case is opened whose SDK has another way to the credential."""
    source, type_, facts = opened
    call = 'desk("authenticate", ' if kind == "provider" else "chat.push("
    more = {"page_method": kind, "method": call.partition("(")[0], "method_call": call}
    return source, type_, {**facts, **more, "expiry_event": "expired", "token_member": "jwt"}


@pytest.mark.parametrize(
    ("kind", "code", "expected", "fix"),
    [
        ("provider", "sdk.method_missing", 'by desk("authenticate", provider)', "through a stub"),
        ("provider", "sdk.callback_timeout", "the provider's callback", "with null when nobody"),
        ("provider", "sdk.token_empty", "a token, or null", "callback(null)"),
        ("push", "sdk.callback_timeout", "a push by chat.push(token)", "again on every expired"),
        ("push", "sdk.method_missing", "chat.push as the SDK has put it there", "Leave chat.push"),
    ],
)
def test_another_family_is_spoken_of_in_its_own_words(
    kind: str, code: str, expected: str, fix: str, happened: Happened, opened: Told
) -> None:
    """What was expected, and what to change; nothing names a method that such a page has not."""
    better = refine_page(code, happened(of_family(opened, kind)))

    assert better is not None
    assert expected in better.expected
    assert fix in (better.fix or "")


@pytest.mark.parametrize("code", ["sdk.method_missing", "sdk.callback_timeout", "sdk.token_empty"])
def test_the_platforms_own_family_has_the_catalogues_words(
    code: str, happened: Happened, opened: Told
) -> None:
    """Nothing is refined where nothing was seen."""
    assert refine_page(code, happened(opened)) is None


def test_what_a_provider_broke_with_is_named(happened: Happened, seen: Seen, opened: Told) -> None:
    """And whose error it is."""
    threw = seen("page_method.threw", error="TypeError")

    better = refine_page("sdk.method_threw", happened(of_family(opened, "provider"), threw))

    assert better is not None
    assert ("TypeError, thrown by the provider", True) == (better.observed, "null" in (better.fix or ""))


def test_a_page_that_does_not_hear_the_event_is_told_from_one_that_never_pushes(
    happened: Happened, seen: Seen, opened: Told
) -> None:
    """The event is named."""
    expired = seen("page_method.expired", event="expired")

    better = refine_page("sdk.callback_timeout", happened(of_family(opened, "push"), expired))

    assert better is not None
    assert "none after the event expired" == better.observed


def test_a_push_after_the_deadline_was_late(happened: Happened, seen: Seen, opened: Told) -> None:
    """With what it took."""
    called = seen("page_method.called")
    answered = seen("page_method.answered", after_ms=12_000.0, token=TOKEN)

    better = refine_page("sdk.callback_timeout", happened(of_family(opened, "push"), called, answered))

    assert better is not None
    assert ("sdk.callback_late", "a push by chat.push(token) within 10 s") == (better.code, better.expected)
    assert "the listener of expired" in (better.fix or "")


@pytest.mark.parametrize(
    ("value", "observed"),
    [
        ({"type": "string", "shape": "jws"}, "a string"),
        ({"type": "object", "members": ["token"]}, "an object with the members token"),
    ],
)
def test_what_was_pushed_in_another_shape_is_described(
    value: dict[str, Any], observed: str, happened: Happened, seen: Seen, opened: Told
) -> None:
    """By type and members, never by value."""
    pushed = seen("page_method.pushed", token=value)

    better = refine_page("sdk.result_shape", happened(of_family(opened, "push"), pushed))

    assert better is not None
    assert (observed, "Push { jwt: token }") == (better.observed, better.fix)


@pytest.mark.parametrize(("tokens", "cached"), [((TOKEN, TOKEN), True), ((TOKEN, OTHER), False)])
def test_an_expired_token_that_is_pushed_again_was_cached(
    tokens: tuple[dict[str, Any], ...], cached: bool, happened: Happened, seen: Seen, opened: Told
) -> None:
    """Another one was issued so."""
    pushes = (seen("page_method.pushed", token=token) for token in tokens)

    better = refine_page("claims.expired", happened(of_family(opened, "push"), *pushes))

    assert cached == (better is not None and "whenever expired is dispatched" in (better.fix or ""))
