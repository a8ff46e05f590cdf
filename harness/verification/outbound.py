"""The outbound client of the back channel: one request, no redirects, every size and time bounded.

TLS says who answers (RFC 6749 section 10.9), and a redirect (RFC 9110 section 15.4) is an answer.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2

from harness.net import AddressForbidden, NobodyNamed, ProxyLogin, headers_of
from harness.protocol.problem import Refusal, describe

_TOO_OLD = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL")
"""What OpenSSL's words contain where the other side knows old versions of TLS only."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server answered.

    Attributes:
        status: The status code.
        headers: The headers, names in lower case.
        body: The body after decompression.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        """The media type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Outbound:
    """Sends requests through the one back channel.

    Args:
        http: A client that follows no redirects and keeps no cookies.
        connect: Seconds for opening a connection.
        heard: Is told of every answer, with the address that was asked.
    """

    def __init__(
        self,
        http: httpx2.Client,
        *,
        connect: float,
        heard: Callable[[str, Answer], None] = lambda *_: None,
    ) -> None:
        self._http, self._connect, self._heard = http, connect, heard

    def get(self, url: str, *, limit: int, total: float, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a GET, once more when no connection could be made.

        Args:
            url: An https URL.
            headers: Further request headers.
            limit: The largest body that is read, in octets after decompression.
            total: Seconds for the whole answer.

        Raises:
            Refusal: ``config.url_scheme`` or a code of the family ``net``.
        """
        try:
            return self._send("GET", url, headers=headers, limit=limit, total=total)
        except Refusal as refusal:
            if refusal.problem.code != "net.connect_failed":
                raise
        return self._send("GET", url, headers=headers, limit=limit, total=total)

    def post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str], *, limit: int, total: float
    ) -> Answer:
        """Send a form once: what it carries may be used once, so it is never sent again.

        Raises:
            Refusal: ``config.url_scheme`` or a code of the family ``net``.
        """
        return self._send("POST", url, form=form, headers=headers, limit=limit, total=total)

    def post_json(
        self, url: str, body: bytes, headers: Mapping[str, str], *, limit: int, total: float
    ) -> Answer:
        """Send JSON once: what it carries may be used once, so it is never sent again.

        Raises:
            Refusal: ``config.url_scheme`` or a code of the family ``net``.
        """
        typed = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        return self._send("POST", url, content=body, headers=typed, limit=limit, total=total)

    def _send(
        self,
        method: str,
        url: str,
        *,
        limit: int,
        total: float,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        if (scheme := urlsplit(url).scheme) != "https":
            raise Refusal("config.url_scheme", expected="an https URL", observed=scheme or "none")
        ends, response = time.monotonic() + total, None
        try:
            patience = httpx2.Timeout(total, connect=self._connect)
            with self._http.stream(
                method, url, data=form, content=content, headers=headers, timeout=patience
            ) as response:
                body = _read(response, limit=limit, ends=ends, total=total)
                answer = Answer(status=response.status_code, headers=dict(headers_of(response)), body=body)
        except httpx2.ConnectTimeout:
            raise Refusal("net.connect_failed", expected="a connection", observed="none in time") from None
        except httpx2.TimeoutException:
            raise Refusal(
                "net.timeout", expected=f"an answer within {total:.1f} s", observed="none"
            ) from None
        except httpx2.ConnectError as error:
            raise _connect_refusal(error, url) from None
        except (httpx2.InvalidURL, UnicodeError):  # the latter for a host that is no name (RFC 1035)
            raise Refusal("config.url_scheme", expected="an https URL", observed="no URL") from None
        except httpx2.RemoteProtocolError as error:
            raise _broken_refusal(error, response) from None
        except httpx2.HTTPError as error:
            raise Refusal("net.interrupted", expected="an answer", observed=type(error).__name__) from None
        self._heard(url, answer)
        return answer


def _read(response: httpx2.Response, *, limit: int, ends: float, total: float) -> bytes:
    """Read a body piece by piece, so that neither its size nor its slowness has to be believed."""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > limit:
            raise Refusal("net.response_too_large", expected=f"at most {limit} octets", observed="more")
        if time.monotonic() > ends:
            raise Refusal(
                "net.timeout_total", expected=f"the whole answer within {total:.1f} s", observed="a part"
            )
    return bytes(body)


def _broken_refusal(error: httpx2.RemoteProtocolError, response: httpx2.Response | None) -> Refusal:
    """Tell what is no HTTP from a connection that ended early (RFC 9112 sections 6.3 and 8)."""
    httpcore = error.__cause__
    # Of a server that hung up before its answer httpcore says so itself; the rest its parser has said. The
    # pool drops the cause and keeps the context.
    hung_up = httpcore is None or httpcore.__context__ is None
    # A body of a length that is announced can be too short, and nothing else.
    if hung_up or (response is not None and "content-length" in response.headers):
        return Refusal("net.interrupted", expected="an answer", observed="a part of one")
    part = "head" if response is None else "body"
    return Refusal("net.protocol_error", expected="an answer in HTTP", observed=f"another {part}")


def _tls_refusal(error: ssl.SSLError) -> Refusal:
    if any(word in (getattr(error, "reason", None) or "") for word in _TOO_OLD):
        return Refusal("net.tls_version", expected="TLS 1.2 or 1.3", observed="older versions only")
    said = getattr(error, "verify_message", None)
    return Refusal(
        "net.tls_invalid",
        expected="a certificate that is valid for the name and leads to somebody trusted",
        observed=f"{said} (OpenSSL's words)" if said else "no TLS handshake",
    )


def _name_refusal(error: socket.gaierror, url: str) -> Refusal:
    host = describe(urlsplit(url).hostname)
    said = "no such name" if error.errno == socket.EAI_NONAME else "name servers that do not answer"
    return Refusal("net.dns_failed", expected=f"an address for {host}", observed=said)


def _connect_refusal(error: httpx2.ConnectError, url: str) -> Refusal:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return _tls_refusal(cause)
        if isinstance(cause, socket.gaierror):
            return _name_refusal(cause, url)
        if isinstance(cause, ProxyLogin):
            return Refusal("net.proxy_auth", expected="a tunnel to the server", observed="status 407")
        if isinstance(cause, NobodyNamed):
            named = "a host that the configuration names"
            return Refusal(
                "harness.endpoint_not_named", expected=named, observed=describe(urlsplit(url).hostname)
            )
        if isinstance(cause, AddressForbidden):
            return Refusal("net.address_forbidden", expected="a public address", observed="a private one")
        cause = cause.__cause__ or cause.__context__
    return Refusal("net.connect_failed", expected="a connection", observed="none")
