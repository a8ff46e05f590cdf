"""What the authorization server does beside the flow itself."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.found import Found
from harness.checks.probing import Seen, check_probe
from harness.timeline import Event, Timeline


def check_unknown_client(timeline: Timeline) -> Iterator[Found]:
    """A client that is not known is never redirected anywhere (RFC 6749 section 4.1.2.1)."""
    for refused in timeline.of("authorization.refused"):
        if refused.data["reason"] != "client":
            continue
        sent = [one for one in timeline.of("authorization.response") if one.seq > refused.seq]
        if (request := _marks(refused)) and any(_marks(one) == request for one in sent):
            yield Found(
                code="idp.redirects_unknown_client",
                severity="error",
                expected="an error page for an unknown client_id",
                observed="a redirect to a redirect_uri that nobody registered",
            )


def _marks(event: Event) -> dict[str, str]:
    """Return by what a request and its response are known to belong together, where there is anything."""
    names = ("state", "nonce", "code_challenge")
    return {name: event.data[name] for name in names if name in event.data}


def check_probes(timeline: Timeline) -> Iterator[Found]:
    """What the probes of the authorization server found."""
    for answered in timeline.of("probe.answered"):
        if answered.data.get("seen") is not None:
            yield from check_probe(answered.data["probe"], Seen.model_validate(answered.data["seen"]))


def check_challenge(timeline: Timeline) -> Iterator[Found]:
    """A code that was asked for with a challenge is bound to it (RFC 9700 section 2.1.1)."""
    received = {
        one.data["credential"] for one in timeline.of("credential.received") if one.data["challenged"]
    }
    for issued in timeline.of("code.issued"):
        if issued.data["credential"] in received and not issued.data["challenged"]:
            yield Found(
                code="pkce.challenge_not_bound",
                severity="error",
                expected="a code that is bound to the platform's code_challenge",
                observed="a code without any challenge",
            )


def check_fresh(timeline: Timeline) -> Iterator[Found]:
    """Every visitor, and every call, gets a credential of its own."""
    received = {one.data["credential"] for one in timeline.of("credential.received")}
    for answered in timeline.of("probe.answered"):
        if answered.data["probe"] == "fresh_context" and answered.data["credential"] in received:
            yield Found(
                code="brand.token_static",
                severity="error",
                expected="another credential in a fresh browser",
                observed="the same octets",
            )
