"""What names, connections and certificates mean."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.checks.found import Found
from harness.net import is_public
from harness.preflight.hosts import Certificate, Failure, HostSeen
from harness.preflight.model import Line, Undetermined
from harness.preflight.said import Said

SOON = 30 * 86_400
"""Seconds before its end at which a certificate is worth a word."""

_INSIDE = (".internal", ".intranet", ".intra", ".corp", ".lan", ".local", ".home.arpa", ".private")
_EXPIRED, _OTHER_NAME = 10, (62, 64)
_UNANCHORED = (18, 19, 20, 21)
"""OpenSSL's X509_V_ERR_* for a chain that leads to nobody who is trusted."""

_NO_NAME_SERVER = "no name server answers this machine; is it connected, and the VPN?"

_TOO_OLD = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL")


@dataclass(frozen=True)
class _NoWay:
    code: str
    expected: str
    fix: str


_FAILURES: Mapping[Failure, _NoWay] = {
    "name": _NoWay(
        "net.dns_failed",
        "an address for {host}",
        "Correct the name {host} in the configuration, publish it, or say in [network] map where it is",
    ),
    "name server": _NoWay(
        "net.dns_failed",
        "an address for {host}",
        "See that the name servers of {host} answer",
    ),
    "refused": _NoWay(
        "net.connect_failed",
        "a connection to {host}:{port}",
        "Start the server at {host}, or correct its address",
    ),
    "silent": _NoWay(
        "net.connect_failed",
        "a connection to {host}:{port}",
        "Open the firewall of {host} for port {port}, or correct its address",
    ),
    "proxy": _NoWay(
        "net.connect_failed",
        "a tunnel to {host}:{port} through [network] proxy",
        "Let the proxy of [network] open tunnels to {host}:{port}, or leave it out",
    ),
    "proxy login": _NoWay(
        "net.proxy_auth",
        "a tunnel to {host}:{port} through [network] proxy",
        "Put user and password into the URL that [network] proxy reads",
    ),
}


def judge_host(
    seen: HostSeen, needed_for: tuple[str, ...], *, now: float, offline: bool = False
) -> Iterator[Said]:
    """Say whether a host can be reached, and how good its certificate is.

    Args:
        seen: What was seen of it.
        needed_for: What the configuration names it for.
        now: Seconds since the epoch.
        offline: Whether no name server said anything about any host.
    """
    if seen.port != 443:
        yield _other_port(seen, needed_for)
    if seen.failure is None:
        yield from _reached(seen, now=now)
    elif seen.failure == "tls":
        yield from _no_tls(seen)
    elif reason := _NO_NAME_SERVER if offline else _inside(seen):
        yield Line(subject=seen.host, mark="unknown", said=seen.detail)
        yield Undetermined(subject=seen.host, reason=reason)
    else:
        yield Line(subject=seen.host, mark="no", said=seen.detail)
        yield _no_way(seen, needed_for)


def is_offline(seen: Iterable[HostSeen]) -> bool:
    """Tell whether name servers were asked, and none said anything about any host."""
    asked = [one.failure for one in seen if one.route == "name server"]
    return bool(asked) and set(asked) == {"name server"}


def judge_privacy(seen: tuple[HostSeen, ...]) -> Iterator[Said]:
    """Say that what is reachable here need not be reachable from the platform."""
    private = [one.host for one in seen if one.failure is None and _private(one)]
    if private:
        yield Found(
            code="net.address_private",
            severity="info",
            expected="a public address, which the platform reaches",
            observed=f"{', '.join(private)} at an address that is private, or mapped by [network]",
        )


def _private(seen: HostSeen) -> bool:
    return seen.route == "map" or any(not _is_public(address) for address in seen.addresses)


def _is_public(address: str) -> bool:
    try:
        return is_public(address.partition("%")[0])
    except ValueError:  # a name, in the map
        return True


def _inside(seen: HostSeen) -> str | None:
    """Return why a host that is not reached may be well all the same."""
    if seen.failure == "name" and seen.host.endswith(_INSIDE):
        return (
            "the name is one that only a private network knows; go on from within it, or name its "
            "address in [network] map"
        )
    if seen.failure == "silent" and any(not _is_public(one) for one in seen.addresses):
        return (
            f"its address, {', '.join(seen.addresses)}, is private, and nobody answers there; is the VPN "
            "connected?"
        )
    return None


def _no_way(seen: HostSeen, needed_for: tuple[str, ...]) -> Found:
    assert seen.failure is not None, "only what failed gets here"
    row = _FAILURES[seen.failure]
    return Found(
        code=row.code,
        severity="error",
        expected=f"{row.expected.format(host=seen.host, port=seen.port)}, for {', '.join(needed_for)}",
        observed=seen.detail,
        fix=row.fix.format(host=seen.host, port=seen.port),
    )


def _other_port(seen: HostSeen, needed_for: tuple[str, ...]) -> Found:
    return Found(
        code="config.port_unusual",
        severity="warning",
        expected="port 443",
        observed=f"port {seen.port} of {seen.host}, for {', '.join(needed_for)}",
    )


def _reached(seen: HostSeen, *, now: float) -> Iterator[Said]:
    where = f"{', '.join(seen.addresses[:2])}, " if seen.addresses else ""
    until = seen.certificate.until if seen.certificate else None
    said = f"{where}{(seen.version or 'TLS').replace('v', ' ')}" + (
        f", certificate until {_day(until)}" if until is not None else ""
    )
    ending = until is not None and until - now < SOON
    yield Line(subject=seen.host, mark="warning" if ending else "yes", said=said)
    if ending and until is not None:
        yield Found(
            code="net.tls_invalid",
            severity="warning",
            expected="a certificate that is good for another 30 days",
            observed=f"the one of {seen.host} ends on {_day(until)}",
            fix=f"Renew the certificate of {seen.host}, or see that it is renewed by itself",
        )


def _no_tls(seen: HostSeen) -> Iterator[Said]:
    if any(word in seen.detail for word in _TOO_OLD):
        yield Line(subject=seen.host, mark="no", said="TLS older than 1.2")
        yield Found(
            code="net.tls_version",
            severity="error",
            expected="TLS 1.2 or 1.3",
            observed=f"{seen.host} offers older versions only",
        )
        return
    observed, fix = _what_is_wrong(seen, seen.certificate)
    yield Line(subject=seen.host, mark="no", said=observed)
    yield Found(
        code="net.tls_invalid",
        severity="error",
        expected=f"a certificate for {seen.host} that a server client accepts",
        observed=observed,
        fix=fix,
    )


def _what_is_wrong(seen: HostSeen, shown: Certificate | None) -> tuple[str, str | None]:
    if shown is None or seen.verify_code == 0:
        said = "no TLS" if seen.detail in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST") else seen.detail
        return f"{said} on port {seen.port}", f"Let {seen.host} speak TLS on port {seen.port}"
    if seen.verify_code == _EXPIRED:
        return f"a certificate that ended on {_day(shown.until)}", f"Renew the certificate of {seen.host}"
    if seen.verify_code in _OTHER_NAME:
        return f"a certificate for {', '.join(shown.names[:3]) or 'no name'}", None
    if seen.verify_code in _UNANCHORED:
        return _unanchored(seen, shown)
    return seen.detail, None


def _unanchored(seen: HostSeen, shown: Certificate) -> tuple[str, str]:
    """Tell a chain that lacks its middle from an authority that nobody knows."""
    if shown.own:
        return (
            "a certificate that signed itself",
            f"Install a certificate of a public authority at {seen.host}; for a trial name this one in "
            "[network] ca",
        )
    if shown.parent_offered:
        return (
            f"an incomplete chain: the certificate by {shown.issuer} came without its issuer's",
            f"Let {seen.host} send the whole chain: browsers fetch what is missing by themselves, the "
            "platform's servers do not",
        )
    return (
        f"a certificate by {shown.issuer}, which leads to nobody who is trusted",
        f"Let {seen.host} send the whole chain, without which a server client fails though browsers may "
        "not; name a private authority in [network] ca",
    )


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at))
