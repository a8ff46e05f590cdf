"""Names without DNS: one map from host names to local sockets, for the browser and for the back channel."""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import httpcore2
import httpx2

from harness import tls
from harness.config import Config
from harness.own_brand import Network
from harness.quiet import quieten

TUNNEL_SECONDS = 10
TUNNEL_HEAD_LIMIT = 16 * 1024

IDLE_SECONDS = 2.0
"""How long an idle connection may be used again; a server hangs up after five, and loses what meets that."""


class NameMap:
    """Host names and the addresses that answer for them.

    Args:
        addresses: ``{host: (address, port)}`` for port 443 of each host, ``host:port`` for another port.
        plain: What answers on port 80 of those hosts; nothing when ``None``.
        outside: What may be reached beyond them; nothing when ``None``.

    Attributes:
        anywhere: Whether a browser is led to hosts that nobody declared.
    """

    def __init__(
        self,
        addresses: Mapping[str, tuple[str, int]],
        *,
        plain: tuple[str, int] | None = None,
        outside: Outside | None = None,
    ) -> None:
        self._outside = outside
        self.anywhere: Callable[[], bool] = lambda: False
        self._plain = dict.fromkeys(addresses, plain) if plain else {}
        self._addresses: dict[str, list[tuple[str, int]]] = {
            host: [address] for host, address in addresses.items()
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self._addresses)

    def add(self, host: str, *addresses: tuple[str, int]) -> None:
        """Map one more host, for a server that is not ours: the browser and the back channel reach it now.

        Args:
            host: The name.
            addresses: What it resolves to; of several, one after the other, and the last one from then on,
                as under an attacker's name server.
        """
        self._addresses[host.lower()] = list(addresses)

    def resolve(self, host: str, port: int) -> tuple[str, int] | None:
        """Return the address for ``host:port``, or ``None`` when nobody answers for that name."""
        name = host.lower().rstrip(".")
        if port == 80:
            return self._plain.get(name)
        known = self._addresses.get(name if port == 443 else f"{name}:{port}")
        if known is None:
            return None
        return known.pop(0) if len(known) > 1 else known[0]

    def way(self, host: str, port: int, *, browser: bool) -> Way | None:
        """Return the way to ``host:port``, ``None`` where nobody may go.

        Args:
            host: The name.
            port: The port.
            browser: Whether a browser asks, which may reach more than the back channel.
        """
        if (ours := self.resolve(host, port)) is not None:
            return Way(address=ours)
        if browser and self.anywhere():
            return Way(address=(host, port))
        name = host.lower().rstrip(".")
        # What is ours stays ours on every port, also below a host that is allowed as a whole.
        if self._outside is None or (name in self._addresses and name not in self._outside.named):
            return None
        return self._outside.way(name, port, browser=browser)

    @property
    def bounded(self) -> bool:
        """Whether there is a world outside, of which only what is named is reached."""
        return self._outside is not None

    def names(self, host: str) -> bool:
        """Tell whether a browser may go to a host of the outside at all, on whichever port."""
        return self._outside is not None and self._outside.names(host.lower().rstrip("."), browser=True)


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a host is reached.

    Attributes:
        address: What is connected to.
        tunnel: What the proxy at that address is asked first; empty where there is none.
        named: Whether the configuration names the host, so that its address may be private.
    """

    address: tuple[str, int]
    tunnel: bytes = field(default=b"", repr=False)
    named: bool = False


@dataclass(frozen=True, kw_only=True)
class Outside:
    """The hosts of a brand that may be reached: those that its configuration names, and no other.

    Attributes:
        named: Hosts of the endpoints that are named.
        network: Further hosts for the browser, addresses, the way out.
    """

    named: frozenset[str]
    network: Network

    @classmethod
    def of(cls, config: Config) -> Outside:
        """Return what a configuration names."""
        hosts = (urlsplit(url).hostname for url in config.named_endpoints)
        return cls(named=frozenset(host.rstrip(".") for host in hosts if host), network=config.network)

    def names(self, host: str, *, browser: bool) -> bool:
        """Tell whether the configuration names a host; its port makes no difference."""
        return host in self.named or (browser and self.network.allows(host))

    def way(self, host: str, port: int, *, browser: bool) -> Way | None:
        """Return the way to a host, ``None`` for one that nobody named."""
        if not self.names(host, browser=browser):
            return None
        if (mapped := self.network.address(host)) is not None:
            # What is mapped has one port; plain http would speak to a TLS server there.
            return None if port == 80 else Way(address=mapped, named=True)
        if self.network.proxy is None:
            return Way(address=(host, port), named=True)
        proxy = urlsplit(self.network.proxy.get_secret_value())
        assert proxy.hostname is not None, "the configuration has checked it"
        tunnel = _tunnel_request(host, port, proxy)
        return Way(address=(proxy.hostname, proxy.port or 80), tunnel=tunnel, named=True)


def _tunnel_request(host: str, port: int, proxy: SplitResult) -> bytes:
    """Return the head that asks a proxy for a tunnel (RFC 9110 section 9.3.6)."""
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.username is not None:
        pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(pair).decode()}")
    return "\r\n".join((*lines, "", "")).encode()


def granted(head: bytes) -> bool:
    """Tell whether a proxy opened the tunnel."""
    return _status(head).startswith(b"2")


def _status(head: bytes) -> bytes:
    return b"".join(head.split(b" ", 2)[1:2])


def no_name(host: str) -> socket.gaierror:
    """Return what a name server would say of a name that cannot be one: an empty label, or a long one."""
    return socket.gaierror(socket.EAI_NONAME, f"{host} is no host name")


class NobodyNamed(httpcore2.ConnectError):
    """A host that the configuration of a brand does not name, as a discovery document may."""


class AddressForbidden(httpcore2.ConnectError):
    """A host that nobody configured leads to an address that is not public."""


class ProxyLogin(httpcore2.ConnectError):
    """A proxy on the way out that wants a login (RFC 9110 section 15.5.8)."""


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet (RFC 6890)."""
    return ipaddress.ip_address(address).is_global


class _MappedBackend(httpcore2.NetworkBackend):
    """Connects to the mapped address while URL, Host, SNI and the certificate check keep the name.

    The address that is checked is the one that is connected to, so that a name which resolves to another
    address a moment later gains nothing.
    """

    def __init__(self, names: NameMap, *, public_only: bool) -> None:
        self._names, self._public_only = names, public_only
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore2.NetworkStream:
        try:
            way = self._names.way(host, port, browser=False)
        except socket.gaierror as error:
            raise httpcore2.ConnectError(str(error)) from error
        if way is None:
            nobody = NobodyNamed if self._names.bounded else httpcore2.ConnectError
            raise nobody(f"nobody named {host}:{port}")
        if self._public_only and not way.named and not is_public(way.address[0]):
            raise AddressForbidden(f"{host} is at {way.address[0]}, which is not public")
        try:
            stream = self._inner.connect_tcp(*way.address, *args, **kwargs)
        except UnicodeError as error:
            raise httpcore2.ConnectError(str(no_name(way.address[0]))) from error
        if way.tunnel:
            _ask_for_tunnel(stream, way.tunnel)
        return stream


def _ask_for_tunnel(stream: httpcore2.NetworkStream, request: bytes) -> None:
    try:
        stream.write(request, timeout=TUNNEL_SECONDS)
        head = b""
        while b"\r\n\r\n" not in head and len(head) < TUNNEL_HEAD_LIMIT:
            piece = stream.read(4096, timeout=TUNNEL_SECONDS)
            head += piece
            if not piece:
                break
        if not granted(head):
            failure = ProxyLogin if _status(head).startswith(b"407") else httpcore2.ConnectError
            raise failure("the proxy opened no tunnel")
    except BaseException:
        stream.close()
        raise


class MappedTransport(httpx2.HTTPTransport):
    """The back channel's transport: the same names as the browser's, full certificate checks.

    Args:
        names: The name map.
        trust: A client-side TLS context with the accepted authorities.
        public_only: Whether an address that is not public is refused.
        idle: Seconds for which an idle connection may be used again.
    """

    def __init__(
        self,
        names: NameMap,
        trust: ssl.SSLContext,
        *,
        public_only: bool = False,
        idle: float = IDLE_SECONDS,
    ) -> None:
        quieten()
        super().__init__(verify=trust, trust_env=False)
        # httpx2 has no argument for httpcore2's network backend, which is the only place where a name can
        # be mapped without touching URL, Host header or SNI.
        backend = _MappedBackend(names, public_only=public_only)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=trust, network_backend=backend, keepalive_expiry=idle
        )


class OpenTransport(httpx2.BaseTransport):
    """The names of this harness first, and the world for every other: for a server that the user names.

    Args:
        names: The name map.
        trust: The TLS context for mapped names; others are held against the system's authorities.
    """

    def __init__(self, names: NameMap, trust: ssl.SSLContext) -> None:
        self._names, self._mapped = names, MappedTransport(names, trust)
        self._world = httpx2.HTTPTransport(verify=ssl.create_default_context(), trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to where its name leads."""
        mapped = self._names.resolve(request.url.host, request.url.port or 443)
        return (self._mapped if mapped else self._world).handle_request(request)

    def close(self) -> None:
        """Close the connections of both."""
        self._mapped.close()
        self._world.close()


def back_channel(
    names: NameMap, trust: ssl.SSLContext, *, connect: float, total: float, public_only: bool = False
) -> httpx2.Client:
    """Return the one outbound client: no redirects, no cookies kept, no proxy from the environment.

    Args:
        names: The name map.
        trust: The TLS context.
        connect: Connect deadline in seconds.
        total: Read deadline in seconds.
        public_only: Whether an address that is not public is refused: for hosts that nobody configured.
    """
    return client_over(MappedTransport(names, trust, public_only=public_only), connect=connect, total=total)


def open_channel(names: NameMap, trust: ssl.SSLContext, *, connect: float, total: float) -> httpx2.Client:
    """Return a client as strict as the back channel's that reaches names beyond the map too.

    Args:
        names: The name map.
        trust: The TLS context for mapped names.
        connect: Connect deadline in seconds.
        total: Read deadline in seconds.
    """
    return client_over(OpenTransport(names, trust), connect=connect, total=total)


@contextlib.contextmanager
def outward_client(config: Config) -> Iterator[httpx2.Client]:
    """Give a client as strict as the back channel's that reaches what a configuration names, and no more."""
    names = NameMap({}, outside=Outside.of(config))
    trust, deadlines = tls.outward(config.network.ca), config.deadlines
    with back_channel(names, trust, connect=deadlines.connect, total=deadlines.token) as client:
        yield client


def client_over(transport: httpx2.BaseTransport, *, connect: float, total: float) -> httpx2.Client:
    """Return a client as strict as the back channel's over a transport.

    Args:
        transport: What connects.
        connect: Connect deadline in seconds.
        total: Read deadline in seconds.
    """
    quieten()
    return httpx2.Client(
        transport=transport,
        timeout=httpx2.Timeout(total, connect=connect),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "consumer-auth-harness"},
        # Without netscape=False the standard library reads them all the same, and warns where it cannot.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=(), netscape=False)),
        event_hooks={"response": [_put_location_aside]},
    )


def headers_of(response: httpx2.Response) -> httpx2.Headers:
    """Return all headers of an answer that :func:`client_over` heard, as they came."""
    whole: httpx2.Headers = response.extensions.get(_AS_THEY_CAME, response.headers)
    return whole


_AS_THEY_CAME = "headers as they came"


def _put_location_aside(response: httpx2.Response) -> None:
    """Keep a Location from the client, which reads it without following it, and fails where it is no URL."""
    if "location" in response.headers:
        response.extensions[_AS_THEY_CAME] = response.headers.copy()
        del response.headers["location"]
