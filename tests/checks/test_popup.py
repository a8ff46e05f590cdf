"""The popup's checks, on timelines written by hand: what a browser tells, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks import judge
from harness.event_types import EVENT_TYPES, admit
from harness.redact import Redactor
from harness.timeline import Event, Source, Timeline

SHOP, LOGIN, CHAT = "https://www.brand.test", "https://login.brand.test", "https://chat.platform.test"
PAGE, POPUP, SECOND = 1, 2, 3

Step = tuple[Source, str, dict[str, Any]]


def timeline(*steps: Step) -> Timeline:
    """Return a timeline on which a page of the shop is open, and then what is given."""
    sites = {"platform": CHAT, "brand": SHOP, "idp": LOGIN}
    began: tuple[Step, ...] = (
        ("harness", "case.started", {"sites": sites, "authorization_endpoint": f"{LOGIN}/authorize"}),
        ("harness", "consumer.acts", {"account": "alice", "wanted": "authenticated"}),
        shows(PAGE, f"{SHOP}/account", opener=False, document=1),
    )
    events = (
        Event(seq=number, at=float(number), source=source, type=type_, flow=None, data=whole(type_, data))
        for number, (source, type_, data) in enumerate((*began, *steps), 1)
    )
    return Timeline(tuple(events))


def whole(type_: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return an event's facts with every field that the recorder gives to its type."""
    empty = admit(type_, {}, Redactor()) if type_ in EVENT_TYPES else {}
    return {**empty, **data}


def opens(**changes: Any) -> Step:
    """The page opens the platform's popup in a click."""
    facts = {"page": PAGE, "document": 1, "url": f"{CHAT}/popup?popup=…", "name": "_blank", "noopener": False}
    seen = {"active": True, "since_input_ms": 80.0, "result": "window", "error": None}
    return "page", "window.opened", {**facts, **seen, **changes}


def appears(page: int = POPUP) -> Step:
    """A popup appears."""
    return "browser", "page.opened", {"page": page, "url": f"{LOGIN}/login", "opener": PAGE}


def shows(page: int, url: str, *, opener: bool = True, document: int = 2, top: bool = True) -> Step:
    """A document begins."""
    origin = "/".join(url.split("/")[:3])
    facts = {"page": page, "document": document, "url": url, "origin": origin, "top": top, "opener": opener}
    return "page", "document.started", facts


def closes(page: int) -> Step:
    """A tab or popup is closed."""
    return "browser", "page.closed", {"page": page}


def goes(page: int, url: str) -> Step:
    """A tab or popup is sent somewhere."""
    facts = {
        "page": page,
        "url": url,
        "navigation": True,
        "top": True,
        "method": "GET",
        "resource": "document",
    }
    return "browser", "request.sent", {**facts, "fingerprints": [], "redirected_from": None, "body": []}


def answers(page: int, policy: str | None) -> Step:
    """A document arrives with or without an opener policy."""
    headers = {"cross-origin-opener-policy": policy} if policy else {}
    facts = {"page": page, "resource": "document", "navigation": True, "headers": headers}
    return "browser", "response.received", facts


def signed_in() -> Step:
    """The backend accepts the consumer."""
    facts: dict[str, Any] = {"outcome": "authenticated", "code": None, "problems": [], "profile": 1}
    who = {"issuer": LOGIN, "account": None, "subject": "a", "auth_time": 1}
    return "platform", "verdict", {**facts, **who}


def codes(*steps: Step) -> list[str]:
    """Return the codes of what is found."""
    return [found.code for found in judge(timeline(*steps)).findings]


def test_a_popup_that_signs_in_is_worth_no_word() -> None:
    """The ordinary flow: the popup keeps its opener and comes back."""
    assert [] == codes(opens(), appears(), shows(POPUP, f"{LOGIN}/login"), signed_in(), closes(POPUP))


@pytest.mark.parametrize(
    ("since", "active", "said"),
    [
        (6_500.0, True, "6.5 s after the click"),
        (None, False, "no click before it"),
        (40.0, False, "0.0 s after the click"),
    ],
)
def test_a_popup_without_a_gesture_is_blocked(since: float | None, active: bool, said: str) -> None:
    """Late, out of nothing, or in a click that has opened another window: the case is refused."""
    judged = judge(timeline(opens(result="null", since_input_ms=since, active=active)))

    assert ("refused", "popup.blocked") == (judged.outcome, judged.code)
    assert [("error", said)] == [(found.severity, found.observed) for found in judged.findings]


def test_a_click_that_gets_no_window_is_a_browser_without_windows() -> None:
    """The gesture was there, so that it is no popup blocker."""
    judged = judge(timeline(opens(result="null")))

    assert ("refused", "popup.no_handle") == (judged.outcome, judged.code)


def test_a_window_that_is_to_have_no_opener_gives_no_handle_and_is_fine() -> None:
    """With noopener null is the answer to a window that opened (HTML, window open steps)."""
    assert [] == codes(opens(result="null", noopener=True), appears(), signed_in())


def test_what_happens_in_a_frame_is_for_its_sandbox_to_explain() -> None:
    """A framed page may lack allow-popups: that is not the browser's inability."""
    framed = shows(PAGE, f"{SHOP}/inner", document=7, top=False, opener=False)

    assert [] == codes(framed, opens(result="null", document=7))


def test_windows_that_are_not_the_platforms_are_nobodys_business() -> None:
    """A page may open, and be denied, what it likes."""
    assert [] == codes(opens(result="null", url=f"{SHOP}/print"), signed_in())


def test_a_severed_popup_is_a_warning_that_names_the_policy() -> None:
    """The sign-in goes on over the back channel."""
    steps = (answers(PAGE, "same-origin"), opens(), appears(), shows(POPUP, f"{LOGIN}/login", opener=False))
    judged = judge(timeline(*steps, signed_in()))

    assert "authenticated" == judged.outcome
    assert judged.passed
    assert ["popup.opener_severed"] == [found.code for found in judged.findings]
    assert "same-origin" in judged.findings[0].observed


def test_a_popup_that_never_had_an_opener_is_not_severed() -> None:
    """With noopener the page asked for it."""
    steps = (opens(noopener=True, result="null"), appears(), shows(POPUP, LOGIN, opener=False), signed_in())

    assert [] == codes(*steps)


def test_a_popup_that_is_closed_before_its_sign_in_has_ended_is_the_consumers_choice() -> None:
    """Not authenticated, and no error."""
    judged = judge(timeline(opens(), appears(), shows(POPUP, f"{LOGIN}/login"), closes(POPUP)))

    assert ("not_authenticated", "popup.closed_by_user") == (judged.outcome, judged.code)
    assert ["info"] == [found.severity for found in judged.findings]


def test_an_open_popup_is_never_reported_as_closed() -> None:
    """A severed handle may say so; only the browser's own word that the window is gone counts."""
    steps = (answers(PAGE, "same-origin"), opens(), appears(), shows(POPUP, f"{LOGIN}/login", opener=False))

    assert "popup.closed_by_user" not in codes(*steps)
    assert "popup.closed_by_user" not in codes(*steps, signed_in(), closes(POPUP))


def test_another_window_may_be_closed() -> None:
    """A tab that this page did not open has nothing to do with the sign-in."""
    elsewhere: Step = ("browser", "page.opened", {"page": SECOND, "url": SHOP, "opener": None})

    assert [] == codes(opens(), appears(), elsewhere, closes(SECOND))


def test_the_brands_tab_may_be_closed_when_the_sign_in_has_ended() -> None:
    """Before that it is a warning; the conversation goes on in the popup either way."""
    open_ = (opens(), appears(), shows(POPUP, f"{LOGIN}/login"))

    assert ["popup.opener_gone"] == codes(*open_, closes(PAGE), signed_in())
    assert [] == codes(*open_, signed_in(), closes(PAGE))


def test_the_opener_of_a_popup_whose_page_is_gone_is_not_severed() -> None:
    """No policy took it away."""
    steps = (opens(), appears(), closes(PAGE), shows(POPUP, f"{CHAT}/window", opener=False), signed_in())

    assert ["popup.opener_gone"] == codes(*steps)


@pytest.mark.parametrize(
    ("name", "windows", "found"),
    [
        ("parley", (POPUP,), ["popup.name_reused"]),
        ("parley", (POPUP, SECOND), []),
        ("_blank", (POPUP, SECOND), []),
        ("_blank", (POPUP,), []),
    ],
)
def test_a_named_window_that_is_taken_again_is_a_warning(
    name: str, windows: tuple[int, ...], found: list[str]
) -> None:
    """Two openings under one name and one window; with a window for each there is nothing to say."""
    steps = (opens(name=name), signed_in(), opens(name=name), signed_in())

    assert found == codes(*(appears(page) for page in windows), *steps)


def test_a_page_that_is_sent_to_another_site_behind_the_popup_is_an_error() -> None:
    """The sign-in succeeds all the same, and the finding says where the page is now."""
    steps = (opens(), appears(), shows(POPUP, f"{LOGIN}/login"), goes(PAGE, "https://evil.example/"))
    judged = judge(timeline(*steps, signed_in()))

    assert ("authenticated", False) == (judged.outcome, judged.passed)
    assert [("popup.opener_navigable", "it was sent to https://evil.example")] == [
        (found.code, found.observed) for found in judged.findings
    ]


@pytest.mark.parametrize(
    "steps",
    [
        (opens(), appears(), shows(POPUP, LOGIN), goes(PAGE, f"{SHOP}/account"), signed_in()),
        (opens(), appears(), shows(POPUP, LOGIN), signed_in(), goes(PAGE, f"{LOGIN}/logout")),
        (opens(noopener=True), appears(), goes(PAGE, "https://elsewhere.example/"), signed_in()),
    ],
    ids=["within its site", "after the sign-in", "without an opener"],
)
def test_a_page_may_go_where_it_likes_by_itself(steps: tuple[Step, ...]) -> None:
    """Within its site, after the sign-in, or where no popup could have sent it."""
    assert [] == codes(*steps)


def asks_silently(url: str = f"{LOGIN}/authorize?prompt=…&state=…", *, top: bool = False) -> Step:
    """A document goes to the authorization endpoint."""
    facts = {"page": PAGE, "url": url, "navigation": True, "top": top, "fingerprints": []}
    return "browser", "request.sent", facts


def gives_up() -> Step:
    """The page method says that nobody is logged in."""
    facts: dict[str, Any] = {"outcome": "not_authenticated", "code": "sdk.brand_reported_error"}
    return "platform", "verdict", {**facts, "problems": [], "profile": None}


def refuses(error: str = "login_required") -> Step:
    """The authorization server answers with an error."""
    return "idp", "authorization.response", {"mode": "query", "error": error}


def test_a_login_that_cannot_be_asked_for_in_a_frame_is_told_from_nobody_logged_in() -> None:
    """The consumer is not authenticated either way; the page can be told why."""
    bare: Step = ("browser", "cookie.sent", {"url": f"{LOGIN}/authorize?prompt=…&state=…", "names": []})
    judged = judge(timeline(asks_silently(), bare, refuses(), gives_up()))

    assert ("not_authenticated", "authz.login_required") == (judged.outcome, judged.code)
    assert [("info", "login_required, to a request without a cookie")] == [
        (found.severity, found.observed) for found in judged.findings
    ]


@pytest.mark.parametrize(
    "steps",
    [
        (refuses(), gives_up()),
        (asks_silently(top=True), refuses(), gives_up()),
        (asks_silently(f"{LOGIN}/authorize?state=…"), refuses(), gives_up()),
        (asks_silently(), refuses("consent_required"), gives_up()),
        (asks_silently("https://elsewhere.example/?prompt=…"), refuses(), gives_up()),
    ],
    ids=["no frame", "the page itself", "with a page to show", "another error", "another server"],
)
def test_another_reason_is_not_taken_for_a_silent_login(steps: tuple[Step, ...]) -> None:
    """Only a framed request with prompt=none and the word login_required is one."""
    assert "sdk.brand_reported_error" == judge(timeline(*steps)).code


def test_a_timeline_without_a_browser_has_no_popup() -> None:
    """What the servers alone saw is judged as before."""
    assert () == judge(Timeline(timeline(signed_in()).events[3:])).findings
