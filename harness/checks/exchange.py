"""Why a code was really refused: the wire says ``invalid_grant``, the server's own events say more."""

from __future__ import annotations

from harness.timeline import Timeline

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
    if code != "token.invalid_grant":
        return None
    received = {event.data["credential"] for event in timeline.of("credential.received")}
    for event in timeline.of("token.refused"):
        if event.data["credential"] in received and event.data["reason"] in _REASONS:
            return _REASONS[event.data["reason"]]
    return None
