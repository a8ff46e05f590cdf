"""Asks a host for its address, a connection and its certificate, and judges nothing."""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import threading
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from harness.net import Way
from harness.preflight.ways import Ways

Route = Literal["name server", "map", "proxy"]
Failure = Literal["name", "name server", "refused", "silent", "proxy", "proxy login", "tls"]
"""Why there is no connection: no such name, nobody who knows, refused, silence, the way out, no TLS."""

HEAD_LIMIT = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What a server's certificate says, trusted or not.

    Attributes:
        names: The host names that it is for.
        until: Its end, in seconds since the epoch.
        issuer: Who issued it.
        own: Whether it was issued by itself.
        parent_offered: Whether it says where its issuer's certificate is, so that a browser can fetch that.
    """

    names: tuple[str, ...]
    until: float
    issuer: str
    own: bool
    parent_offered: bool


@dataclass(frozen=True, kw_only=True)
class HostSeen:
    """What is known of a host before anything is asked of it.

    Attributes:
        host: The name.
        port: The port that the configuration names.
        route: How its address was found.
        addresses: Where it is.
        failure: Why there is no connection, if there is none.
        detail: The same in the words of the machine.
        version: The TLS version that was agreed on.
        certificate: Its certificate.
        verify_code: OpenSSL's number of what is wrong with the certificate, 0 for nothing.
    """

    host: str
    port: int = 443
    route: Route = "name server"
    addresses: tuple[str, ...] = ()
    failure: Failure | None = None
    detail: str = ""
    version: str | None = None
    certificate: Certificate | None = None
    verify_code: int = 0


class _Failed(Exception):
    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(detail)
        self.failure, self.detail = failure, detail


def look_at(ways: Ways, host: str, port: int, *, connect: float) -> HostSeen:
    """Look a host up, connect to it and shake hands.

    Args:
        ways: How it is reached.
        host: Its name.
        port: Its port.
        connect: Seconds for each of the three.
    """
    way = ways.names.way(host, port, browser=False)
    if way is None:
        return HostSeen(host=host, port=port, failure="silent", detail="nobody named it")
    route: Route = "proxy" if way.tunnel else "name server" if way.address == (host, port) else "map"
    addresses: tuple[str, ...] = () if way.tunnel else way.address[:1]
    try:
        if route == "name server":
            addresses = _addresses(host, port, seconds=connect)
        with _connected(way, seconds=connect) as plain:
            version, certificate = _shaken(ways.trust, plain, host)
        return HostSeen(
            host=host, port=port, route=route, addresses=addresses, version=version, certificate=certificate
        )
    except _Failed as failed:
        failure, detail, code = failed.failure, failed.detail, 0
        if route == "map":
            detail += f" at {way.address[0]}:{way.address[1]}, its address in [network] map"
    except ssl.SSLCertVerificationError as error:
        failure, detail, code = "tls", error.verify_message, error.verify_code
    except (ssl.SSLError, OSError) as error:
        failure, detail, code = "tls", getattr(error, "reason", None) or "no handshake", 0
    presented = _presented(way, host, seconds=connect) if code else None
    return HostSeen(
        host=host,
        port=port,
        route=route,
        addresses=addresses,
        failure=failure,
        detail=detail,
        certificate=presented,
        verify_code=code,
    )


def _addresses(host: str, port: int, *, seconds: float) -> tuple[str, ...]:
    """Return a host's addresses; a name server that keeps silent is not waited for."""
    answers: queue.SimpleQueue[tuple[str, ...] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(tuple(dict.fromkeys(str(one[4][0]) for one in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError("no host name"))

    # getaddrinfo takes no deadline, so it is left behind in a thread that nothing waits for.
    threading.Thread(target=ask, name=f"look-up-{host}", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise _Failed("name server", f"no answer from the name server within {seconds:g} s") from None
    if isinstance(answer, OSError):
        unsure = answer.errno in (socket.EAI_AGAIN, socket.EAI_FAIL)
        raise _Failed("name server" if unsure else "name", str(answer.strerror or answer)) from None
    return answer


def _connected(way: Way, *, seconds: float) -> socket.socket:
    try:
        plain = socket.create_connection(way.address, timeout=seconds)
    except ConnectionRefusedError:
        raise _Failed("proxy" if way.tunnel else "refused", "connection refused") from None
    except OSError as error:
        said = "no answer" if isinstance(error, TimeoutError) else str(error.strerror or error)
        raise _Failed("proxy" if way.tunnel else "silent", said) from None
    if way.tunnel:
        try:
            _tunnel(plain, way.tunnel)
        except BaseException:
            plain.close()
            raise
    return plain


def _tunnel(plain: socket.socket, request: bytes) -> None:
    head = b""
    try:
        plain.sendall(request)
        while b"\r\n\r\n" not in head and len(head) < HEAD_LIMIT and (piece := plain.recv(4096)):
            head += piece
    except OSError as error:
        raise _Failed("proxy", str(error.strerror or "no answer")) from None
    status = head.split(b" ", 2)[1:2]
    if status == [b"407"]:
        raise _Failed("proxy login", "status 407")
    if not status or not status[0].startswith(b"2"):
        said = status[0].decode("latin-1")[:20] if status else "no status"
        raise _Failed("proxy", f"status {said}")


def _shaken(trust: ssl.SSLContext, plain: socket.socket, host: str) -> tuple[str | None, Certificate | None]:
    with trust.wrap_socket(plain, server_hostname=host) as secure:
        return secure.version(), _read(secure.getpeercert(binary_form=True))


def _presented(way: Way, host: str, *, seconds: float) -> Certificate | None:
    """Return a certificate that was not accepted, to say what it is; nothing is sent over that connection."""
    unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    with contextlib.suppress(_Failed, OSError), _connected(way, seconds=seconds) as plain:
        return _shaken(unchecked, plain, host)[1]
    return None


def _read(octets: bytes | None) -> Certificate | None:
    if not octets:
        return None
    try:
        certificate = x509.load_der_x509_certificate(octets)
        names = _names(certificate)
        offered = _parent_offered(certificate)
        issuer = _common_name(certificate.issuer)
    except ValueError:  # a certificate that TLS took and X.509 does not read
        return None
    return Certificate(
        names=names,
        until=certificate.not_valid_after_utc.timestamp(),
        issuer=issuer,
        own=certificate.issuer == certificate.subject,
        parent_offered=offered,
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    with contextlib.suppress(x509.ExtensionNotFound):
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return tuple(found.get_values_for_type(x509.DNSName))
    return ()


def _parent_offered(certificate: x509.Certificate) -> bool:
    with contextlib.suppress(x509.ExtensionNotFound):
        found = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        return any(one.access_method == AuthorityInformationAccessOID.CA_ISSUERS for one in found)
    return False


def _common_name(name: x509.Name) -> str:
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(kind):
            return str(attribute.value)
    return name.rfc4514_string()
