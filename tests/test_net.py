"""Names are mapped without DNS, nobody is reached who was not named, and addresses are checked when used."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from harness import proxy, tls
from harness.net import (
    AddressForbidden,
    NameMap,
    NobodyNamed,
    Outside,
    Way,
    back_channel,
    client_over,
    headers_of,
    outward_client,
)
from harness.own_brand import Login, Network, Step
from tests.proxying import NOBODY, PATIENCE, SHOP, Asked, ask, config, connect, outside, there

PUBLIC = ("8.8.8.8", 443)


def test_an_added_name_is_mapped_from_then_on() -> None:
    """Upper case and a final dot make no difference, another port does."""
    names = NameMap({"www.brand.test": ("127.0.0.1", 1)})
    assert names.resolve("op.test", 443) is None

    names.add("OP.test", ("127.0.0.1", 2))

    assert ("127.0.0.1", 2) == names.resolve("op.test.", 443)
    assert ("127.0.0.1", 1) == names.resolve("www.brand.test", 443)
    assert names.resolve("op.test", 80) is None


def test_plain_http_has_a_server_of_its_own() -> None:
    """For the names that were there from the start, on port 80 alone."""
    names = NameMap({"www.brand.test": ("127.0.0.1", 1)}, plain=("127.0.0.1", 2))
    names.add("op.test", ("127.0.0.1", 3))

    assert ("127.0.0.1", 2) == names.resolve("www.brand.test", 80)
    assert [None, None] == [names.resolve("op.test", 80), names.resolve("www.brand.test", 8080)]


def test_a_name_can_move_to_another_address() -> None:
    """An attacker's name server answers differently from one lookup to the next; the last answer stays."""
    names = NameMap({})
    names.add("rebind.test", PUBLIC, ("127.0.0.1", 2))
    assert [PUBLIC, ("127.0.0.1", 2), ("127.0.0.1", 2)] == [names.resolve("rebind.test", 443) for _ in "123"]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1"])
def test_a_host_that_nobody_configured_must_be_public(address: str) -> None:
    """It is refused by the address that would be connected to, before anything is sent."""
    names = NameMap({})
    names.add("rebind.test", PUBLIC, (address, 9))
    assert PUBLIC == names.resolve("rebind.test", 443), "the lookup before says that the host is public"
    trust = ssl.create_default_context()
    with (
        back_channel(names, trust, connect=1, total=1, public_only=True) as http,
        pytest.raises(httpx2.ConnectError) as refused,
    ):
        http.get("https://rebind.test/jwks")
    assert isinstance(refused.value.__cause__, AddressForbidden)


def test_a_host_that_is_configured_may_be_private() -> None:
    """The same address is connected to where the configuration names it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        names = NameMap({"staging.test": server.getsockname()})
        with back_channel(names, ssl.create_default_context(), connect=1, total=1) as http:
            server.close()
            with pytest.raises(httpx2.ConnectError) as refused:
                http.get("https://staging.test/jwks")
    assert not isinstance(refused.value.__cause__, AddressForbidden)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Give a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        yield server


@pytest.mark.parametrize(
    "head",
    [
        connect(NOBODY),
        f"GET http://{NOBODY}/ HTTP/1.1",
        connect("acme.example"),
        connect(f"{SHOP}.evil.example"),
    ],
)
def test_a_host_that_nobody_named_is_refused_and_told_of(head: str) -> None:
    """Over TLS and plain; what only looks like a host that is named is nobody either."""
    asked = ask(outside(allow=("*.acme.example",)), head)

    assert "403 Forbidden" == asked.status
    ((host, why),) = asked.missed
    assert (host in head, why) == (True, "forbidden")


@pytest.mark.parametrize("host", [SHOP, "WWW.Acme.Example.", "login.acme.example", "keys.acme.example"])
def test_the_hosts_of_the_endpoints_are_reached(host: str, listening: socket.socket) -> None:
    """Where a host is mapped, its address answers for each of its ports."""
    names = outside(map={host.lower().rstrip("."): there(listening)})

    assert "200 Connection established" == ask(names, connect(host)).status
    listening.accept()[0].close()
    assert "200 Connection established" == ask(names, connect(host, 8443)).status


def test_an_allowed_host_is_for_the_browser_only(listening: socket.socket) -> None:
    """The browser reaches it; the back channel, which carries credentials, does not go there."""
    names = outside(allow=("cdn.example",), map={"cdn.example": there(listening)})

    assert "200 Connection established" == ask(names, connect("cdn.example")).status
    listening.accept()[0].close()
    with (
        back_channel(names, ssl.create_default_context(), connect=1, total=1) as http,
        pytest.raises(httpx2.ConnectError, match=r"nobody named cdn\.example:443"),
    ):
        http.get("https://cdn.example/")
    listening.setblocking(False)
    with pytest.raises(BlockingIOError):
        listening.accept()


def test_only_a_brands_configuration_leaves_a_host_unnamed() -> None:
    """The sample brand's names are all there are, so that another one simply does not answer."""
    for names, kept_back in ((outside(), True), (NameMap({}), False)):
        with (
            back_channel(names, ssl.create_default_context(), connect=1, total=1) as http,
            pytest.raises(httpx2.ConnectError) as failed,
        ):
            http.get(f"https://{NOBODY}/jwks")
        assert kept_back == isinstance(failed.value.__cause__, NobodyNamed)


def test_where_a_login_goes_is_named() -> None:
    """By the address of its step; a path is one of the page's host."""
    steps = (
        Step(verb="goto", target="https://sso.acme.example/start"),
        Step(verb="goto", target="/login"),
    )
    names = NameMap({}, outside=Outside.of(config().model_copy(update={"logins": (Login(steps=steps),)})))

    assert Way(address=("sso.acme.example", 443), named=True) == names.way(
        "sso.acme.example", 443, browser=True
    )


@pytest.mark.parametrize(
    ("allow", "reached", "refused"),
    [
        (
            "*.acme.test",
            ("a.acme.test", "a.b.acme.test"),
            ("acme.test", "evilacme.test", "acme.test.evil.test"),
        ),
        ("cdn.test", ("cdn.test", "CDN.test", "cdn.test."), ("a.cdn.test", "cdnxtest")),
        ("xn--bcher-kva.test", ("xn--bcher-kva.test",), ("bucher.test",)),
    ],
)
def test_a_star_stands_for_all_below_and_not_for_the_name_itself(
    allow: str, reached: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    """As in a certificate, but for any number of labels; without a star it is that host alone."""
    names = outside(allow=(allow,))

    assert not [host for host in reached if names.way(host, 443, browser=True) is None]
    assert not [host for host in refused if names.way(host, 443, browser=True) is not None]


def test_a_mapped_hosts_plain_http_is_refused(listening: socket.socket) -> None:
    """Its one address speaks TLS; and nobody is told to name a host that is named."""
    asked = ask(outside(map={SHOP: there(listening)}), f"GET http://{SHOP}/ HTTP/1.1")
    listening.setblocking(False)

    with pytest.raises(BlockingIOError):
        listening.accept()
    assert Asked(status="502 Bad Gateway", missed=[(SHOP, "unreachable")]) == asked


@pytest.mark.parametrize("port", [443, 8443])
def test_the_platforms_own_names_never_lead_outside(port: int) -> None:
    """Not even below a host that is allowed as a whole, and on no other port."""
    ours = {"lptag.liveperson.net": ("127.0.0.1", 9)}
    names = NameMap(ours, outside=Outside.of(config(allow=("*.liveperson.net",))))

    assert names.way("lptag.liveperson.net", port, browser=True) in (Way(address=("127.0.0.1", 9)), None)
    assert names.way("other.liveperson.net", port, browser=True) is not None


def test_a_host_of_the_brand_that_is_changed_is_so_on_its_port_only() -> None:
    """What the same machine serves on another port is still the brand's."""
    address = ("127.0.0.1", 9)
    names = NameMap({"keys.acme.example:8443": address}, outside=Outside.of(config()))

    assert Way(address=address) == names.way("keys.acme.example", 8443, browser=True)
    assert Way(address=("keys.acme.example", 443), named=True) == names.way(
        "keys.acme.example", 443, browser=True
    )


def test_a_host_that_does_not_answer_is_unreachable() -> None:
    """It is told apart from one that was kept back."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = there(closed)

    assert Asked(status="502 Bad Gateway", missed=[(SHOP, "unreachable")]) == ask(
        outside(map={SHOP: address}), connect(SHOP)
    )


@pytest.mark.parametrize("host", ["a..acme.example", f"{'a' * 64}.acme.example"])
def test_a_name_that_cannot_be_one_is_unreachable(host: str) -> None:
    """Neither the browsers' proxy nor the back channel breaks on it."""
    names = outside(allow=("*.acme.example",))
    assert Asked(status="502 Bad Gateway", missed=[(host, "unreachable")]) == ask(names, connect(host))

    named = NameMap({}, outside=Outside(named=frozenset({host}), network=Network()))
    with (
        back_channel(named, ssl.create_default_context(), connect=1, total=1) as http,
        pytest.raises(httpx2.ConnectError),
    ):
        http.get(f"https://{host}/jwks")


def test_a_proxy_that_never_answers_is_unreachable(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a network without its VPN drops what is sent; the browser is told before it gives the page up."""
    monkeypatch.setattr(proxy, "TUNNEL_SECONDS", 0.01)
    names = outside(proxy=f"http://{there(listening)}")

    assert Asked(status="502 Bad Gateway", missed=[(SHOP, "unreachable")]) == ask(names, connect(SHOP))


@dataclass(kw_only=True)
class Upstream:
    """A corporate proxy for one connection, and the brand's server behind its tunnel, which sets cookies.

    Attributes:
        url: The proxy's address, with user and password.
        trust: Who trusts the server's certificate.
        answer: What the proxy answers.
        heads: The heads of what the two were asked, in order.
    """

    url: str
    trust: ssl.SSLContext
    answer: str = "200 Connection established"
    heads: list[str] = field(default_factory=list)


@pytest.fixture
def upstream(listening: socket.socket) -> Iterator[Upstream]:
    """Serve one connection, of any number of requests."""
    certificates = tls.make("login.acme.example")
    made = Upstream(url=f"http://al%69ce:s%40crt@{there(listening)}", trust=certificates.client)

    def serve() -> None:
        with contextlib.suppress(OSError), listening.accept()[0] as accepted:
            made.heads.append(head_of(accepted))
            accepted.sendall(f"HTTP/1.1 {made.answer}\r\n\r\n".encode())
            with certificates.server.wrap_socket(accepted, server_side=True) as secure:
                while asked := head_of(secure):
                    made.heads.append(asked)
                    secure.sendall(b"HTTP/1.1 204 No Content\r\nSet-Cookie: session=1; Path=/\r\n\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    yield made
    thread.join()


def head_of(connection: socket.socket) -> str:
    """Read one head; empty where the connection has ended."""
    head = b""
    while not head.endswith(b"\r\n\r\n") and (octet := connection.recv(1)):
        head += octet
    return head.decode()


TUNNEL = (
    "CONNECT login.acme.example:443 HTTP/1.1\r\n"
    "Host: login.acme.example:443\r\n"
    "Proxy-Authorization: Basic YWxpY2U6c0BjcnQ=\r\n\r\n"
)


def test_the_browsers_way_out_is_one_tunnel_with_credentials(upstream: Upstream) -> None:
    """User and password are decoded first (RFC 3986 section 2.1); the browser never learns of them."""
    asked = ask(outside(proxy=upstream.url), connect("login.acme.example"))

    assert Asked(status="200 Connection established", missed=[]) == asked
    assert [TUNNEL] == upstream.heads


@pytest.mark.parametrize("answer", ["407 Proxy Authentication Required", "403 Forbidden", ""])
def test_a_proxy_that_opens_no_tunnel_leaves_the_host_unreachable(answer: str, upstream: Upstream) -> None:
    """Its refusal is the network's doing: not the brand's, and nothing that allow could mend."""
    upstream.answer = answer
    asked = ask(outside(proxy=upstream.url), connect("login.acme.example"))

    assert Asked(status="502 Bad Gateway", missed=[("login.acme.example", "unreachable")]) == asked


def test_the_back_channel_takes_the_same_way_and_keeps_no_cookie(upstream: Upstream) -> None:
    """One tunnel for all requests to a host, whose own certificate is checked; cookies are left there."""
    names = outside(proxy=upstream.url)
    with back_channel(names, upstream.trust, connect=1, total=PATIENCE) as http:
        answers = [http.get("https://login.acme.example/keys") for _ in "12"]

    assert ["session=1; Path=/"] * 2 == [one.headers["set-cookie"] for one in answers]
    connected, *gets = upstream.heads
    assert TUNNEL == connected
    assert ["GET /keys HTTP/1.1"] * 2 == [one.partition("\r\n")[0] for one in gets]
    assert not [one for one in gets if "cookie:" in one.lower() or "proxy-authorization" in one.lower()]


def test_the_back_channel_fails_where_the_proxy_opens_no_tunnel(upstream: Upstream) -> None:
    """The error says so, and holds no credentials."""
    upstream.answer = "407 Proxy Authentication Required"
    with (
        back_channel(outside(proxy=upstream.url), upstream.trust, connect=1, total=PATIENCE) as http,
        pytest.raises(httpx2.ConnectError, match="the proxy opened no tunnel") as failed,
    ):
        http.get("https://login.acme.example/keys")

    assert "s@crt" not in str(failed.value)


def test_what_is_mapped_is_reached_past_the_proxy(listening: socket.socket) -> None:
    """Staging on this machine is not known out there."""
    names = outside(proxy="http://127.0.0.1:9", map={SHOP: there(listening)})

    assert "200 Connection established" == ask(names, connect(SHOP)).status


def test_a_way_shows_no_credentials() -> None:
    """The tunnel's head holds them and is left out of what is printed."""
    way = outside(proxy="http://alice:s%40crt@proxy.acme.example").way(SHOP, 8443, browser=False)

    assert way is not None
    assert ("proxy.acme.example", 80) == way.address
    assert "tunnel" not in repr(way)


def test_an_address_of_the_sixth_version_is_a_host_too() -> None:
    """In brackets where a port follows (RFC 3986 section 3.2.2), and without them in the file."""
    names = NameMap({}, outside=Outside(named=frozenset({"::1"}), network=Network()))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert [("::1", "unreachable")] == ask(names, connect("[::1]", port)).missed

    proxied = Network.model_validate({"proxy": "http://proxy.acme.example:3128"})
    way = Outside(named=frozenset({"::1"}), network=proxied).way("::1", 443, browser=False)
    assert way is not None
    assert way.tunnel.startswith(b"CONNECT [::1]:443 HTTP/1.1\r\n")


def test_a_named_host_may_be_private_where_a_stranger_may_not(listening: socket.socket) -> None:
    """The configuration vouches for its own hosts, whatever a token names beside them is held back."""
    names = outside(map={"login.acme.example": there(listening)})
    names.add(NOBODY, ("127.0.0.1", 9))
    trust = ssl.create_default_context()
    with back_channel(names, trust, connect=0.05, total=0.05, public_only=True) as strangers:
        with pytest.raises(httpx2.TimeoutException):
            strangers.get("https://login.acme.example/jwks")
        listening.accept()[0].close()

        with pytest.raises(httpx2.ConnectError) as refused:
            strangers.get(f"https://{NOBODY}/jwks")
    assert isinstance(refused.value.__cause__, AddressForbidden)


def test_the_outward_client_reaches_what_is_named_and_no_more(tmp_path: Path) -> None:
    """It trusts the authority of the file beside the public ones."""
    ca = tmp_path / "corp.pem"
    ca.write_bytes(tls.make("proxy.acme.example").ca_pem)
    with outward_client(config(ca=ca)) as http, pytest.raises(httpx2.ConnectError, match="nobody named"):
        http.get(f"https://{NOBODY}/")


def test_an_open_network_is_open_to_the_browser_alone() -> None:
    """While a login is recorded; the back channel goes where it went before."""
    outside = Outside(named=frozenset({"www.acme.example"}), network=Network().open())

    assert outside.way("any.example", 443, browser=True) is not None
    assert outside.way("any.example", 443, browser=False) is None
    assert outside.way("www.acme.example", 443, browser=False) is not None


@pytest.mark.parametrize("sent", ["a=b; Max-Age", "a=b", "=; Expires=x; Version"])
def test_the_outbound_client_does_not_even_read_cookies(sent: str) -> None:
    """What a server sets is not kept, and nothing in it makes the standard library warn."""
    answers = httpx2.MockTransport(lambda _: httpx2.Response(200, headers={"Set-Cookie": sent}))

    with client_over(answers, connect=1, total=1) as client:
        client.get("https://login.brand.test/")

        assert [] == list(client.cookies.jar)


def test_what_no_url_is_stays_a_header() -> None:
    """The client follows no redirect, so a Location that is no URL is told like any other answer."""
    answers = httpx2.MockTransport(lambda _: httpx2.Response(302, headers={"Location": ":s:", "X-A": "b"}))

    with client_over(answers, connect=1, total=1) as client:
        answer = client.get("https://login.brand.test/")

    assert (302, {"location": ":s:", "x-a": "b"}) == (answer.status_code, dict(headers_of(answer)))
