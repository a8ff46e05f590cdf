"""The sequence diagram: who said what to whom, what was checked, and where it went wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.catalogue.codes import codes
from harness.checks import judge
from harness.report.model import Finding
from harness.report.sequence import LANES, Diagram, Message, diagram
from harness.report.sequence.drawing import SHOWN_AT
from harness.roles.web import environment
from harness.timeline import Event, Source, Timeline

BRAND, PLATFORM, IDP = "https://www.brand.test", "https://chat.platform.test", "https://login.brand.test"
STARTED: dict[str, Any] = {
    "case": {"surface": "embedded"},
    "sites": {"brand": BRAND, "idp": IDP, "platform": PLATFORM},
    "issuer": IDP,
    "authorization_endpoint": f"{IDP}/authorize",
    "method": "lpGetAuthenticationToken",
    "tag": f"{PLATFORM}/tag/",
}
SAVED = sorted((Path(__file__).parent.parent / "timelines").glob("*.jsonl"))


def timeline(*told: tuple[Source, str, dict[str, Any]], surface: str = "embedded") -> Timeline:
    """Return a case with some events of one flow, a second apart."""
    started = {**STARTED, "case": {"surface": surface}}
    every: tuple[tuple[Source, str, dict[str, Any]], ...] = (("harness", "case.started", started), *told)
    return Timeline(
        tuple(
            Event(seq=seq, at=float(seq), source=source, type=type_, flow="f1", data=data)
            for seq, (source, type_, data) in enumerate(every, 1)
        )
    )


def sent(url: str, **more: Any) -> tuple[Source, str, dict[str, Any]]:
    """Return a request of the browser."""
    data = {
        "page": 1,
        "url": url,
        "method": "GET",
        "resource": "document",
        "navigation": True,
        "document_url": None,
        "top": True,
        "redirected_from": None,
        "body": [],
    }
    return "browser", "request.sent", {**data, **more}


def received(url: str, status: int) -> tuple[Source, str, dict[str, Any]]:
    """Return a response."""
    return "browser", "response.received", {"url": url, "status": status, "headers": {}}


def only(drawn: Diagram) -> Message:
    """Return the one message of a diagram."""
    (message,) = drawn.messages
    return message


FETCH = {"resource": "fetch", "navigation": False}


@pytest.mark.parametrize(
    ("request_", "sender", "receiver", "text"),
    [
        (sent(f"{BRAND}/account"), "page", "page", "GET /account"),
        (sent(f"{PLATFORM}/tag/tag.js", resource="script"), "page", "platform", "GET /tag/tag.js"),
        (sent(f"{PLATFORM}/sdk", document_url=f"{BRAND}/", **FETCH), "sdk", "platform", "GET /sdk"),
        (sent(f"{PLATFORM}/api", document_url=f"{PLATFORM}/w", **FETCH), "window", "platform", "GET /api"),
        (sent(f"{IDP}/authorize", document_url=f"{BRAND}/", **FETCH), "page", "idp", "GET /authorize"),
        (sent(f"{PLATFORM}/window", top=False), "sdk", "platform", "GET /window"),
        (
            sent(f"{IDP}/authorize?state=fp:1", page=2, redirected_from=f"{PLATFORM}/popup"),
            "platform",
            "idp",
            "redirect to /authorize with state",
        ),
        (
            sent(f"{PLATFORM}/window?code=fp:1", page=2, redirected_from=f"{IDP}/authorize"),
            "idp",
            "window",
            "redirect to /window with code",
        ),
    ],
)
def test_a_request_goes_from_who_asks_to_who_is_asked(
    request_: tuple[Source, str, dict[str, Any]], sender: str, receiver: str, text: str
) -> None:
    """The document that asks tells brand page, SDK and window apart."""
    message = only(diagram(timeline(request_)))

    assert (sender, receiver, text) == (message.sender, message.receiver, message.text)


def test_what_does_not_matter_to_a_sign_in_is_left_out() -> None:
    """Pictures, styles, and other people's hosts."""
    left_out = (
        sent(f"{BRAND}/shop.css", resource="stylesheet", navigation=False),
        sent("https://metrics.example/collect", **FETCH),
        sent(f"{PLATFORM}/favicon.ico", resource="other", navigation=False),
    )

    assert () == diagram(timeline(*left_out)).messages


def test_each_request_gets_the_answer_that_came_after_it() -> None:
    """Two to the same address are two messages, and the second one failed."""
    url = f"{BRAND}/chat/credential"
    ask = sent(url, document_url=f"{BRAND}/", **FETCH)

    first, second = diagram(timeline(ask, received(url, 200), ask, received(url, 500))).messages

    assert ("GET /chat/credential: 200", "good") == (first.text, first.status)
    assert ("GET /chat/credential: 500", "bad") == (second.text, second.status)


def test_a_request_without_an_answer_is_neither_good_nor_bad() -> None:
    """Live it may still come."""
    assert "info" == only(diagram(timeline(sent(f"{BRAND}/")))).status


CALLED: tuple[Source, str, dict[str, Any]] = (
    "page",
    "page_method.called",
    {"document": 1, "call": 1, "arguments": 2, "callback": "function", "code_challenge": "aaaaaaaaaaaa"},
)


def exchange(challenge: str | None) -> tuple[Source, str, dict[str, Any]]:
    """Return a question to the token endpoint."""
    data = {"url": f"{IDP}/token", "grant_type": "authorization_code", "client_auth": "basic"}
    return "platform", "exchange.sent", {**data, "credential": "cccccccccccc", "code_challenge": challenge}


@pytest.mark.parametrize(("challenge", "good"), [("aaaaaaaaaaaa", True), ("bbbbbbbbbbbb", False)])
def test_the_verifier_is_shown_to_fit_the_challenge_of_the_beginning(challenge: str, good: bool) -> None:
    """Or not to."""
    asked = diagram(timeline(CALLED, exchange(challenge))).messages[-1]
    (row,) = [row for section in asked.sections for row in section.rows if row.name == "S256(code_verifier)"]

    assert good is row.good
    assert f"fp:{challenge}" in row.value


def test_an_id_token_is_shown_with_what_was_checked_and_the_result() -> None:
    """Each claim has the result of its own check; those that nothing checks have none."""
    data = {
        "headers": [{"kind": "jws", "members": {"alg": "RS256", "kid": "k1"}}],
        "claims": {"iss": IDP, "exp": "1", "given_name": "string, 5 characters"},
        "steps": [{"step": "iss", "found": []}, {"step": "exp", "found": ["claims.expired"]}],
    }
    message = only(diagram(timeline(("platform", "id_token.examined", data))))
    header, claims, checks = message.sections

    assert ["alg", "kid"] == [row.name for row in header.rows]
    assert [True, False, None] == [row.good for row in claims.rows]
    assert [("iss", "right"), ("exp", "claims.expired")] == [(row.name, row.value) for row in checks.rows]
    assert "bad" == message.status


def finding(code: str, **changes: Any) -> Finding:
    """Return a finding as the catalogue has it."""
    known = codes()[code]
    facts = {"party": known.party, "role": known.role, "hop": known.hop, "spec": known.spec, "fix": known.fix}
    said = {"severity": "error", "expected": "this", "observed": "that"}
    return Finding(code=code, **{**facts, **said, **changes})


def test_the_failing_hop_carries_its_fix() -> None:
    """At the message where it went wrong, not at the verdict that follows from it."""
    refused: tuple[Source, str, dict[str, Any]] = (
        "idp",
        "token.refused",
        {"issuer": IDP, "error": "invalid_grant", "reason": "code_verifier"},
    )
    verdict: tuple[Source, str, dict[str, Any]] = (
        "platform",
        "verdict",
        {"outcome": "refused", "code": "pkce.verification_failed", "problems": []},
    )
    found = finding("token.invalid_client")

    drawn = diagram(timeline(CALLED, exchange("a" * 12), refused, verdict), (found,), code=found.code)

    assert drawn.failing is not None
    failing = drawn.messages[drawn.failing]
    assert ("refused: invalid_grant", "bad", (found,)) == (failing.text, failing.status, failing.findings)


def test_what_a_browser_refused_fails_where_it_did_so() -> None:
    """Although the brand has to act."""
    violated: tuple[Source, str, dict[str, Any]] = (
        "page",
        "policy.violated",
        {"document": 1, "directive": "frame-src", "blocked": PLATFORM, "disposition": "enforce"},
    )
    found = finding("browser.csp_blocked")

    drawn = diagram(timeline(violated, sent(f"{BRAND}/")), (found,), code=found.code)

    assert 0 == drawn.failing


def test_every_hop_of_the_catalogue_has_its_place() -> None:
    """The harness's own hop is no message between the parties."""
    assert {code.hop for code in codes().values()} - {"harness"} == set(SHOWN_AT)


def test_an_app_stands_where_a_brands_page_would() -> None:
    """Its column has its name."""
    assert "App" == diagram(timeline(surface="app")).lanes["page"]


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.stem)
def test_every_recorded_case_can_be_drawn(path: Path) -> None:
    """In order of time, between known parties, and what failed is marked where anything is drawn."""
    saved = Timeline.loads(path.read_bytes())
    judged = judge(saved)

    drawn = diagram(saved, judged.findings, code=judged.code)

    assert [one.seq for one in drawn.messages] == sorted(one.seq for one in drawn.messages)
    assert {lane for one in drawn.messages for lane in (one.sender, one.receiver)} <= set(LANES)
    assert (drawn.failing is not None) >= (judged.code is not None and bool(drawn.messages))


def test_hostile_text_stays_text() -> None:
    """What a page says is shown, never run."""
    hostile = "<img src=x onerror=alert(1)>"
    threw: tuple[Source, str, dict[str, Any]] = ("page", "page_method.threw", {"error": hostile})

    page = str(
        environment()
        .get_template("report/sequence.html")
        .module.sequence(  # type: ignore[attr-defined]
            diagram(timeline(threw)), "case"
        )
    )

    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_an_empty_case_is_an_empty_diagram() -> None:
    """As at the beginning of a live view."""
    assert json.dumps(list(LANES)) == json.dumps(list(diagram(Timeline(())).lanes))


LOADED: tuple[Source, str, dict[str, Any]] = (
    "page",
    "document.started",
    {"document": 1, "origin": BRAND, "url": f"{BRAND}/account"},
)
TOKEN = {"type": "string", "shape": "jws", "characters": 900, "fingerprint": "aaaaaaaaaaaa"}


def told(type_: str, **facts: Any) -> tuple[Source, str, dict[str, Any]]:
    """Return an event of the page method's."""
    return "page", f"page_method.{type_}", {"document": 1, "call": 1, **facts}


def of_family(
    kind: str, call: str, *events: tuple[Source, str, dict[str, Any]]
) -> list[tuple[str, str, str]]:
    """Return who says what to whom in a case whose SDK has another way to the credential."""
    started = {**STARTED, "page_method": kind, "method": call.partition("(")[0], "method_call": call}
    every = (("harness", "case.started", started), LOADED, *events)
    drawn = diagram(
        Timeline(
            tuple(
                Event(seq=seq, at=float(seq), source=source, type=type_, flow="f1", data=data)
                for seq, (source, type_, data) in enumerate(every, 1)
            )
        )
    )
    return [(one.sender, one.receiver, one.text) for one in drawn.messages]


def test_a_provider_is_registered_and_called() -> None:
    """The page speaks first."""
    drawn = of_family(
        "provider",
        'desk("authenticate", ',
        told("found", status="function", segment="provider", type="function"),
        told("called", arguments=1, callback="function", code_challenge=None),
        told("answered", nth=1, after_ms=5.0, arguments=1, token={"type": "null"}, error_given=False),
    )

    assert [
        ("page", "sdk", 'desk("authenticate", provider)'),
        ("sdk", "page", "provider(callback)"),
        ("page", "sdk", "callback(null)"),
    ] == drawn


def test_what_is_registered_and_is_no_function_is_told() -> None:
    """By its type."""
    found = told("found", status="not_callable", segment="provider", type="string")

    assert [("page", "sdk", "register(string), which is no provider")] == of_family(
        "provider", "register(", found
    )


def test_a_push_is_no_call() -> None:
    """The page pushes, an event asks for the next, and what the SDK does with it meanwhile is its own."""
    drawn = of_family(
        "push",
        "chat.push(",
        told("pushed", arguments=1, token=TOKEN),
        told("called", arguments=1, callback="function", code_challenge=None),
        told("answered", nth=1, after_ms=0.0, arguments=1, token=TOKEN, error_given=False),
        told("expired", event="tokenExpired"),
        told("pushed", arguments=1, token={"type": "null"}),
    )

    assert [
        ("page", "sdk", "chat.push(signed token)"),
        ("sdk", "page", "event tokenExpired"),
        ("page", "sdk", "chat.push(null)"),
    ] == drawn
