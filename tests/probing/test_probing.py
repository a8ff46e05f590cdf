"""Probes against a server in this process: what a strict one is sent, and by what each weakness is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest

from harness.browser.authorizing import Went
from harness.checks.probing import READ
from harness.judging import probe_result
from harness.probing import MOST_REQUESTS, PROBES
from harness.probing import send as sent
from harness.probing.asking import Asking, leads_to
from harness.probing.table import VARIANTS
from harness.report.model import ProbeResult
from harness.store import Store
from tests.probing.conftest import LOGIN, WINDOW, Ask, Server, connector

SECRET = {"client_secret": "not-a-public-client"}
CODE = {"flow": "code", **SECRET}
IMPLICIT = {"flow": "implicit", "token_endpoint": ""}
CLIENTS: dict[str, dict[str, Any]] = {"public": {}, "secret": SECRET, "code": CODE, "implicit": IMPLICIT}


def weak(*names: str, **settings: Any) -> Server:
    """Return a server with weaknesses."""
    return Server(connector=connector(**settings), weak=frozenset(names))


Send = Callable[..., tuple[ProbeResult, ...]]


@pytest.fixture(name="send")
def _send(store: Store) -> Send:
    """Give what sends every probe, and returns what the report says of each."""

    def send(asking: Asking, known: frozenset[str] = frozenset()) -> tuple[ProbeResult, ...]:
        return tuple(probe_result(one, known) for one in sent(asking, store.events))

    return send


def found(results: tuple[ProbeResult, ...]) -> set[tuple[str, str, str]]:
    """Return what was found by which probe, and how much it weighs."""
    return {(one.name, finding.code, finding.severity) for one in results for finding in one.findings}


@pytest.mark.parametrize(
    "settings", [{}, SECRET, CODE, IMPLICIT], ids=["public", "secret", "code", "implicit"]
)
def test_a_strict_server_gets_no_finding(settings: dict[str, Any], ask: Ask, send: Send) -> None:
    """From no probe, whatever its client is."""
    assert set() == found(send(ask(weak(**settings))))


@pytest.mark.parametrize(
    ("weakness", "settings", "probe", "code", "severity"),
    [
        ("keeps codes", {}, "code-reuse", "idp.code_reusable", "error"),
        ("revokes nothing", {}, "code-reuse", "idp.code_reuse_no_revoke", "warning"),
        ("may be cached", {}, "token-answer", "idp.token_cacheable", "error"),
        ("signs for a month", {}, "token-answer", "claims.lifetime_long", "error"),
        ("races", {}, "code-race", "idp.code_race", "error"),
        ("cuts state", {}, "code-race", "authz.state_mismatch", "error"),
        ("cuts nonce", {}, "code-race", "claims.nonce_mismatch", "error"),
        ("ignores verifier", {}, "wrong-verifier", "idp.pkce_not_enforced", "error"),
        ("ignores verifier", {}, "no-verifier", "idp.pkce_not_enforced", "error"),
        ("ignores verifier", CODE, "no-challenge", "idp.pkce_downgrade", "error"),
        ("needs no challenge", {}, "no-challenge", "idp.pkce_downgrade", "warning"),
        ("takes plain", {}, "plain-challenge", "idp.pkce_plain", "warning"),
        ("ignores redirect_uri", {}, "other-redirect-uri", "idp.redirect_uri_not_checked", "error"),
        ("needs no secret", SECRET, "no-client-authentication", "idp.client_auth_optional", "error"),
        ("binds no client", {}, "other-client", "idp.code_not_bound", "error"),
        ("cuts state", IMPLICIT, "long-state-and-nonce", "authz.state_mismatch", "error"),
        ("takes any beginning", {}, "redirect-uri-variants", "idp.redirect_uri_loose", "error"),
        ("redirects anywhere", IMPLICIT, "redirect-uri-variants", "idp.redirect_uri_loose", "error"),
        ("counts codes", {}, "code-entropy", "idp.code_entropy", "error"),
        ("framable", {}, "framing", "idp.framable", "error"),
        ("redirects anywhere", {}, "unregistered-redirect-uri", "idp.redirect_uri_unvalidated", "error"),
        ("redirects anywhere", {}, "insecure-redirect-uri", "authz.redirect_uri_insecure", "error"),
        ("takes any beginning", {}, "redirect-uri-with-fragment", "idp.redirect_uri_fragment", "error"),
        ("takes any beginning", {}, "redirect-uri-with-response", "idp.redirect_uri_pollution", "error"),
        ("redirects anywhere", {}, "error-redirect", "idp.open_redirect", "error"),
        ("takes the last", {}, "repeated-parameter", "idp.duplicate_parameter", "error"),
        ("knows all parameters", {}, "unknown-parameter", "idp.unknown_parameter", "error"),
        ("takes no POST", {}, "authorize-post", "idp.authorize_post", "warning"),
        ("is open to scripts", {}, "authorize-cors", "idp.authorize_cors", "error"),
        ("always shows", {}, "silent-request", "idp.prompt_none_ui", "error"),
        ("reflects", {}, "reflected-input", "idp.reflected_input", "error"),
        ("asks nobody", {}, "forced-consent", "idp.auto_consent", "error"),
        ("asks nobody", SECRET, "forced-consent", "idp.auto_consent", "warning"),
        ("takes GET", {}, "exchange-by-get", "idp.token_get", "error"),
        ("echoes", {}, "error-echo", "idp.error_leaks", "error"),
    ],
)
def test_a_weakness_is_found_by_its_probe(
    weakness: str, settings: dict[str, Any], probe: str, code: str, severity: str, ask: Ask, send: Send
) -> None:
    """With its own code and its own weight."""
    assert (probe, code, severity) in found(send(ask(weak(weakness, **settings))))


@pytest.mark.parametrize(
    "settings", [{}, SECRET, CODE, IMPLICIT], ids=["public", "secret", "code", "implicit"]
)
def test_no_server_is_sent_more_than_the_table_says(settings: dict[str, Any], ask: Ask, send: Send) -> None:
    """Each probe within its own bound, and all of them within 50 requests."""
    server = weak("needs no challenge", "takes plain", **settings)
    results = send(ask(server))

    bounds = {one.name: one.requests for one in PROBES}
    assert [] == [one.name for one in results if len(one.sent) > bounds[one.name]]
    assert 50 >= sum(len(one.sent) for one in results)
    assert 63 == MOST_REQUESTS


def test_what_was_sent_is_listed_without_what_it_carried(ask: Ask, send: Send) -> None:
    """Method, address without query, words, and what came back; no code, no token, no secret."""
    server = weak(**SECRET)
    told = json.dumps([one.model_dump(mode="json") for one in send(ask(server))])
    forms = [parse_qs(one.content.decode()) for one in server.sent if one.method == "POST"]
    carried = {value for form in forms for name in ("code", "code_verifier") for value in form.get(name, ())}

    assert '"method": "POST", "url": "https://login.acme.test/token"' in told
    assert '"answered": "status 400, invalid_grant"' in told
    assert [] == [one for one in (*carried, *SECRET.values()) if one in told]


@pytest.mark.parametrize(
    "landing",
    [
        (f"{WINDOW}?code=c&state=s", ""),
        (f"{WINDOW}#code=c&state=s", ""),
        (WINDOW, "code=c&state=s"),
    ],
    ids=["query", "fragment", "form_post"],
)
def test_a_response_is_read_wherever_it_came(landing: tuple[str, str], ask: Ask, send: Send) -> None:
    """In the query, the fragment or a form, among all that the browser was led to."""

    class Elsewhere(Server):
        def go(self, url: str, home: Callable[[str], bool], *, patient: bool = True) -> Went:
            return Went(status=200, landings=((url, ""), (f"{LOGIN}/resume", "a=b"), (WINDOW, ""), landing))

    code = ask(Elsewhere(connector=connector())).code("an authorization request")

    assert ("c", {"code": "c", "state": "s"}) == (code.value, code.response)


def test_a_login_that_nobody_described_is_a_reason(ask: Ask, send: Send) -> None:
    """It says what to add to the file."""

    class Asks(Server):
        def go(self, url: str, home: Callable[[str], bool], *, patient: bool = True) -> Went:
            return Went(status=200, landings=((url, ""),), note="it asks for a login; say how")

    results = send(ask(Asks(connector=connector())))

    assert str(results[0].reason).endswith("got no code: it asks for a login; say how")


def test_every_exchange_has_a_fresh_code(ask: Ask, send: Send) -> None:
    """But for the two probes that are about a second use: a code that is used up proves nothing."""
    server = weak()
    send(ask(server))
    codes = [
        parse_qs(one.content.decode())["code"][0]
        for one in server.sent
        if (one.method, one.url.path) == ("POST", "/token")
    ]

    assert [1, 1, 1, 1, 1, 2, 2] == sorted(codes.count(code) for code in set(codes))


@pytest.mark.parametrize(
    ("weakness", "reason"),
    [
        ("gives errors", "an authorization request as the platform's got no code: error server_error"),
        ("is broken", "the exchange of a fresh code gave no tokens: status 502"),
        ("is silent", "the exchange of its code got no answer: net.timeout"),
    ],
)
def test_an_unexpected_answer_is_a_reason(weakness: str, reason: str, ask: Ask, send: Send) -> None:
    """What needs a code that can be exchanged is not sent; redirect URIs are tried all the same."""
    results = {one.name: one for one in send(ask(weak(weakness)))}

    assert reason == results["code-reuse"].reason
    assert str(results["code-race"].reason).startswith("not sent: ")
    assert () == results["code-race"].sent
    assert len(VARIANTS) + 1 == len(results["redirect-uri-variants"].sent)


def test_another_client_of_the_configuration_is_the_other_client(ask: Ask, send: Send) -> None:
    """With its own authentication; an invented one would be refused for being unknown."""
    server = weak(**SECRET)
    other = connector(id="other", client_id="loyalty", client_secret="its-own")
    results = {one.name: one for one in send(ask(server, others=(other,)))}
    alone = {one.name: one for one in send(ask(weak(**SECRET)))}

    assert "Basic bG95YWx0eTppdHMtb3du" in {one.headers.get("authorization") for one in server.sent}
    assert None is results["other-client"].reason
    assert "not sent: the configuration knows no other client of this server" == alone["other-client"].reason


def test_what_was_found_without_a_probe_is_not_found_again(ask: Ask, send: Send) -> None:
    """It is said where it was found."""
    results = {one.name: one for one in send(ask(weak("framable")), known=frozenset({"idp.framable"}))}

    assert ("idp.framable was found already, without a probe", ()) == (
        results["framing"].reason,
        results["framing"].findings,
    )


def test_a_redirect_uri_at_a_host_that_can_be_reached_is_not_tried(ask: Ask, send: Send) -> None:
    """A code must not leave the machine."""
    asking = ask(weak(), reachable=lambda host: host.startswith("harness-probe."))
    results = {one.name: one for one in send(asking)}

    assert len(VARIANTS) + 1 - 4 == len(results["redirect-uri-variants"].sent)
    assert () == results["unregistered-redirect-uri"].sent
    assert "not sent with a label before the host" in str(results["redirect-uri-variants"].reason)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_another_address(name: str) -> None:
    """A redirect to the registered address is none to the variant, which keeps its response apart."""
    variant = VARIANTS[name](WINDOW)

    assert leads_to(f"{variant}?code=c" if "?" not in variant else f"{variant}&code=c", variant)
    assert not leads_to(f"{WINDOW}?error=invalid_request", variant)


def test_a_response_glued_to_a_query_is_seen() -> None:
    """Some servers append a second question mark."""
    assert leads_to(f"{WINDOW}?harness-probe=1?code=c", f"{WINDOW}?harness-probe=1")
    assert not leads_to("https://[no-address/", WINDOW)


def test_every_probe_is_read_by_a_check() -> None:
    """And no check waits for a probe that nobody sends."""
    assert {one.name for one in PROBES} == READ.keys()


def test_what_a_probe_saw_is_judged_from_the_timeline_alone(ask: Ask, store: Store) -> None:
    """The events say all that the report says, and nothing of what was sent."""
    server = weak("keeps codes", "framable", **SECRET)
    events = sent(ask(server), store.events)
    kept = json.dumps([one.data for one in events])

    assert {"idp.code_reusable", "idp.framable"} <= {
        finding.code for one in events for finding in probe_result(one).findings
    }
    assert [] == [code for code in server.asked if code in kept]


def test_probes_that_are_named_are_sent_alone(ask: Ask, store: Store) -> None:
    """With the control before them that they need."""
    asked = [one.data["probe"] for one in sent(ask(weak()), store.events, names={"code-race"})]

    assert ["code-reuse", "code-race"] == asked


def test_what_a_preflight_has_asked_is_not_asked_again(ask: Ask, send: Send) -> None:
    """Three requests less."""
    results = {one.name: one for one in send(ask(weak(), preflighted=True))}
    asked = [name for name, one in results.items() if one.reason == "not sent: the preflight has asked that"]

    assert ["unregistered-redirect-uri", "unknown-parameter", "authorize-post"] == asked
