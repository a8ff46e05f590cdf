"""Why a code was really refused: the wire says ``invalid_grant``, the server's own events say more."""

from __future__ import annotations

from harness.timeline import Timeline

_REQUESTS = {
    "code_challenge": ("pkce.challenge_invalid", "43 base64url characters", "another code_challenge"),
    "code_challenge_method": ("pkce.method_not_allowed", "S256", "another code_challenge_method"),
    "no_code_challenge_method": ("pkce.method_missing", "S256", "no code_challenge_method"),
}

_REASONS = {
    "code_verifier": (
        "pkce.verification_failed",
        "a code whose code_challenge fits this call's code_verifier",
        "a code that was issued for another code_challenge",
    ),
    "redirect_uri": (
        "token.redirect_uri_mismatch",
        "the redirect_uri that the code was issued for",
        "another redirect_uri",
    ),
    "code_used": ("token.code_reused", "a fresh code", "a code that was used before"),
}


def refine(code: str, timeline: Timeline) -> tuple[str, str, str] | None:
    """Return the true code of a refused exchange with what was expected and observed.

    Args:
        code: The code on the wire; anything but ``token.invalid_grant`` is already exact.
        timeline: The case.

    Returns:
        ``None`` where the timeline does not know better, as with a foreign authorization server.

    Source: RFC 6749 section 5.2 maps all of these to ``invalid_grant``.
    """
    if code == "authz.invalid_request":
        return _refused_request(timeline)
    if code == "popup.timeout":
        return _shown_error(timeline)
    if code != "token.invalid_grant":
        return None
    received = {event.data["credential"] for event in timeline.of("credential.received")}
    for event in timeline.of("token.refused"):
        if event.data["credential"] in received and event.data["reason"] in _REASONS:
            return _REASONS[event.data["reason"]]
    return None


def _shown_error(timeline: Timeline) -> tuple[str, str, str] | None:
    """Tell a popup that ended on an error page from one that the consumer left open."""
    shown = [one for one in timeline.of("authorization.refused") if one.data["shown"]]
    if not shown:
        return None
    return "popup.timeout", "a response at the redirect URI", "an error page of the authorization server"


def _refused_request(timeline: Timeline) -> tuple[str, str, str] | None:
    """Return why the authorization server did not accept the platform's request, where its events say so."""
    asked = {event.data["state"] for event in timeline.of("authorization.requested")}
    for event in timeline.of("authorization.refused"):
        if event.data.get("state") in asked and event.data["reason"] in _REQUESTS:
            return _REQUESTS[event.data["reason"]]
    return None
