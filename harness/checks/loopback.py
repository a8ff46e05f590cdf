"""The consumer's own machine: what browsers allow it, and what they keep from it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from harness.checks.found import Found
from harness.checks.seen import origin
from harness.timeline import Timeline

_REASONS = ("LocalNetworkAccess", "PrivateNetworkAccess", "InsecurePrivateNetwork", "InsecureLocalNetwork")
_ERRORS = ("LOCAL_NETWORK_ACCESS", "PRIVATE_NETWORK_ACCESS", "NS_ERROR_LOCAL_NETWORK_ACCESS_DENIED")


def check_names(timeline: Timeline) -> Iterator[Found]:
    """A run goes over names that browsers treat as they treat a consumer's (Secure Contexts section 3.1)."""
    hosts = dict.fromkeys(
        origin(one.data["url"]) for one in timeline.of("document.started") if _is_loopback(one.data["url"])
    )
    if hosts:
        yield Found(
            code="harness.loopback_masks",
            severity="warning",
            expected="names that are not this machine's own",
            observed=", ".join(hosts),
        )


def check_local_network(timeline: Timeline) -> Iterator[Found]:
    """A public page calls no server on the consumer's own machine or network (Local Network Access)."""
    blocked = [
        (one.at, one.data["url"])
        for one in timeline.of("request.blocked")
        if str(one.data["cors"] or one.data["reason"] or "").startswith(_REASONS)
    ]
    blocked += [
        (one.at, one.data["url"])
        for one in timeline.of("request.failed")
        if any(word in str(one.data["error"]) for word in _ERRORS)
    ]
    if blocked:
        at, url = min(blocked)
        yield Found(
            code="browser.local_network_access",
            severity="error",
            expected="a page and a server in the same network: both public, or both on this machine",
            observed=f"a public page that asked for {origin(url)}",
            ends="refused",
            at=at,
        )


def _is_loopback(url: str | None) -> bool:
    """Tell whether an address leads to this machine by its name alone (RFC 6761 section 6.3)."""
    try:
        host = (urlsplit(url or "").hostname or "").rstrip(".")
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
