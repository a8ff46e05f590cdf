"""Why a code was really refused: the wire says ``invalid_grant``, the server's own events say more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.checks.seen import origin
from harness.protocol.problem import Severity
from harness.report.model import Outcome
from harness.timeline import Event, Timeline


@dataclass(frozen=True, kw_only=True)
class Refined:
    """What is known better than the wire says.

    Attributes:
        fix: What to change, where that is more precise than the code's own advice.
        severity: The weight of what it really is.
        outcome: How a sign-in ended that ended so.
    """

    code: str
    expected: str
    observed: str
    fix: str | None = None
    severity: Severity = "error"
    outcome: Outcome = "refused"


_REQUESTS = {
    "code_challenge": Refined(
        code="pkce.challenge_invalid", expected="43 base64url characters", observed="another code_challenge"
    ),
    "code_challenge_method": Refined(
        code="pkce.method_not_allowed", expected="S256", observed="another code_challenge_method"
    ),
    "no_code_challenge_method": Refined(
        code="pkce.method_missing", expected="S256", observed="no code_challenge_method"
    ),
}

_CLIENT = {
    "client": ("a registered client_id", "a client_id that is not registered", None),
    "secret": ("the registered secret", "another secret", None),
    "secret_encoding": (
        "client id and secret form-encoded before Basic, and form-decoded before they are compared",
        "a secret that is right but for its encoding",
        "Form-encode and form-decode both parts of the Basic header (RFC 6749 section 2.3.1), or use post",
    ),
    "auth_method": (
        "the authentication method that the client is registered with",
        "a secret that is right, by the other method",
        "Set the connector's client_auth to the registered method: basic or post",
    ),
}

_REASONS = {
    "code_verifier": Refined(
        code="pkce.verification_failed",
        expected="a code whose code_challenge fits this call's code_verifier",
        observed="a code that was issued for another code_challenge",
    ),
    "redirect_uri": Refined(
        code="token.redirect_uri_mismatch",
        expected="the redirect_uri that the code was issued for",
        observed="another redirect_uri",
    ),
    "code_used": Refined(
        code="token.code_reused", expected="a fresh code", observed="a code that was used before"
    ),
}


def refine(code: str, timeline: Timeline) -> Refined | None:
    """Return the true code of a refused exchange with what was expected and observed.

    Args:
        code: The code on the wire; most are already exact.
        timeline: The case.

    Returns:
        ``None`` where the timeline does not know better, as with a foreign authorization server.

    Source: RFC 6749 section 5.2 maps all of these to ``invalid_grant``.
    """
    if code == "authz.invalid_request":
        return _refused_request(timeline)
    if code == "popup.timeout":
        return _shown_error(timeline)
    if code == "net.tls_invalid":
        return _chain(timeline)
    reasons = [event.data["reason"] for event in _refused_exchanges(timeline)]
    if code == "token.invalid_client":
        known = [_CLIENT[reason] for reason in reasons if reason in _CLIENT]
        return (
            Refined(code=code, expected=known[0][0], observed=known[0][1], fix=known[0][2]) if known else None
        )
    if code == "token.invalid_grant":
        return next((_REASONS[reason] for reason in reasons if reason in _REASONS), None)
    return None


def _chain(timeline: Timeline) -> Refined | None:
    """Tell a certificate that browsers complete by themselves from one that nobody accepts (RFC 9325 4.1)."""
    answered = {origin(one.data["url"]) for one in timeline.of("response.received")}
    asked = [origin(one.data["url"]) for one in timeline.of("exchange.sent")]
    host = next((one for one in asked if one in answered), None)
    if host is None:
        return None
    return Refined(
        code="net.tls_invalid",
        expected="a certificate that servers accept as browsers do",
        observed=f"{host} answered the browser; the platform's servers cannot tell whose certificate it has",
        fix=f"Let {host} send its whole chain: browsers fetch or know a certificate that is missing, servers "
        "do not",
    )


def _refused_exchanges(timeline: Timeline) -> Iterator[Event]:
    received = {event.data["credential"] for event in timeline.of("credential.received")}
    for event in timeline.of("token.refused"):
        if event.data["credential"] in received:
            yield event


def _shown_error(timeline: Timeline) -> Refined | None:
    """Tell a popup that ended on an error page from one that the consumer left open."""
    shown = [one for one in timeline.of("authorization.refused") if one.data["shown"]]
    if not shown:
        return None
    return Refined(
        code="popup.timeout",
        expected="a response at the redirect URI",
        observed="an error page of the authorization server",
    )


def _refused_request(timeline: Timeline) -> Refined | None:
    """Return why the authorization server did not accept the platform's request, where its events say so."""
    asked = {event.data["state"] for event in timeline.of("authorization.requested")}
    for event in timeline.of("authorization.refused"):
        if event.data.get("state") in asked and event.data["reason"] in _REQUESTS:
            return _REQUESTS[event.data["reason"]]
    return None
