"""A connection to the browsers' proxy is one tunnel or one plain request, and nothing else leaves by it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from harness.net import NameMap
from harness.proxy import ConnectProxy
from tests.proxying import NOBODY, PATIENCE, SHOP, Asked, ask, outside

OTHER = "login.acme.example"
END = b"\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CLOSED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
LARGE = b"0123456789abcdef" * 65_536
"""More than any buffer on the way holds."""

Turn = tuple[bytes, bytes]
"""What a server reads up to, and what it says then."""


@dataclass(frozen=True, kw_only=True)
class Passed:
    """What came through the proxy: to the server, to the browser, and whose host was missed."""

    request: bytes
    response: bytes
    missed: tuple[str, ...]


def pass_on(*sent: bytes, turns: tuple[Turn, ...] = ((END, OK),), stays: bool = True) -> Passed:
    """Send the parts of a request, each further one after a head of a response, until all have hung up.

    Args:
        sent: The parts.
        turns: What the server of every plain host does.
        stays: Whether it keeps its connection then, whatever it was asked.
    """
    missed: list[str] = []

    async def run() -> tuple[bytes, bytes]:
        heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            octets = b""
            for until, said in turns:
                while not octets.endswith(until) and (more := await reader.read(64 * 1024)):
                    octets += more
                writer.write(said)
            if stays:
                octets += await reader.read()
            writer.close()
            heard.set_result(octets)

        plain = await asyncio.start_server(answer, "127.0.0.1", 0)
        address = plain.sockets[0].getsockname()
        names = NameMap({SHOP: address, OTHER: address}, plain=address)
        proxy = ConnectProxy(names, lambda host, _: missed.append(host))
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        async with plain, server, asyncio.timeout(PATIENCE):
            first, *further = sent
            writer.write(first)
            response = b""
            for part in further:
                response += await reader.readuntil(END)
                writer.write(part)
            response += await reader.read()
            request = await heard
            writer.close()
        return request, response

    # In a thread: a driver of the suite's may have its loop in this one.
    with ThreadPoolExecutor(1) as pool:
        request, response = pool.submit(asyncio.run, run()).result()
    return Passed(request=request, response=response, missed=tuple(missed))


def plain(method: str = "GET", host: str = SHOP, *fields: str) -> bytes:
    """Return the head of a request over plain http, as a browser writes it to a proxy."""
    lines = (f"{method} http://{host}/a?b=c HTTP/1.1", f"Host: {host}", "Proxy-Connection: keep-alive")
    return "\r\n".join((*lines, *fields, "", "")).encode()


def forwarded(method: str = "GET", host: str = SHOP, *fields: str) -> bytes:
    """Return that head as its server takes it."""
    lines = (f"{method} /a?b=c HTTP/1.1", f"Host: {host}", "Connection: close")
    return "\r\n".join((*lines, *fields, "", "")).encode()


@pytest.mark.parametrize(
    "head",
    [
        "CONNECT www.acme.example HTTP/1.1",
        "CONNECT www.acme.example:0 HTTP/1.1",
        "CONNECT www.acme.example:65536 HTTP/1.1",
        "CONNECT evil.example:443\nX:.acme.example:443 HTTP/1.1",
        "GET https://www.acme.example/ HTTP/1.1",
        "GET / HTTP/1.1",
        "hello",
    ],
)
def test_what_asks_for_no_host_is_refused(head: str) -> None:
    """Nothing is told of, because nobody was asked for; a line that smuggles another one goes nowhere."""
    assert Asked(status="403 Forbidden", missed=[]) == ask(outside(allow=("*.acme.example",)), head)


@pytest.mark.parametrize(
    "fields",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: five",
        "Content-Length: -5",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Content-Length : 5",
        "X: y\n\nGET / HTTP/1.1",
        "no field",
    ],
)
def test_a_request_whose_end_is_unclear_is_refused(fields: str) -> None:
    """Its server could take for a second request what the proxy took for the body (RFC 9112 section 11.2)."""
    head = f"POST http://{SHOP}/ HTTP/1.1\r\n{fields}"

    assert Asked(status="403 Forbidden", missed=[]) == ask(outside(allow=("*.acme.example",)), head)


def test_who_asks_for_nothing_is_not_waited_for() -> None:
    """A connection to the proxy has its time to say where it goes."""

    async def run() -> bytes:
        proxy = ConnectProxy(NameMap({}), patience=0)
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        async with server:
            heard = await reader.read()
            writer.close()
        return heard

    assert b"" == asyncio.run(run())


@pytest.mark.parametrize("host", [SHOP, OTHER, NOBODY])
def test_a_second_request_goes_nowhere(host: str) -> None:
    """A browser uses its connection to a proxy for any host, and none of them must answer for another."""
    second = plain("GET", host, "Cookie: session=of-another-host")

    passed = pass_on(plain() + second)

    assert Passed(request=forwarded(), response=CLOSED, missed=()) == passed


def test_a_server_that_stays_does_not_keep_the_browser() -> None:
    """Whatever it says of its connection, the browser's ends with the response, and nothing follows that."""
    staying = (
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=60\r\n"
        b"Proxy-Connection: keep-alive\r\nContent-Length: 2\r\n\r\nok"
    )

    assert CLOSED == pass_on(plain(), turns=((END, staying + OK),)).response


@pytest.mark.parametrize(
    ("fields", "sent", "body"),
    [
        ((), b"", b""),
        ((), b"no body", b""),
        (("Content-Length: 0",), b"", b""),
        (("Content-Length: 4",), b"a=%0", b"a=%0"),
        (("Content-Length: 4",), b"a=%0GET /b HTTP/1.1\r\n\r\n", b"a=%0"),
        (("Content-Length: 1048576",), LARGE, LARGE),
        (("Transfer-Encoding: chunked",), b"4\r\na=%0\r\n0\r\n\r\n", b"4\r\na=%0\r\n0\r\n\r\n"),
        (("Transfer-Encoding: chunked",), b"0\r\n\r\nGET /b HTTP/1.1\r\n\r\n", b"0\r\n\r\n"),
    ],
)
def test_a_body_is_passed_on_to_its_last_octet(fields: tuple[str, ...], sent: bytes, body: bytes) -> None:
    """By its length or its chunks; what says neither has no body, and what follows one is not passed on."""
    passed = pass_on(plain("POST", SHOP, *fields) + sent, turns=((body or END, OK),))

    assert forwarded("POST", SHOP, *fields) + body == passed.request
    assert CLOSED == passed.response


@pytest.mark.parametrize(
    ("method", "said", "response"),
    [
        pytest.param(
            "GET",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            id="chunks",
        ),
        pytest.param(
            "HEAD",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
            id="HEAD",
        ),
        pytest.param(
            "GET",
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n",
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
            id="304",
        ),
        pytest.param(
            "GET",
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK,
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + CLOSED,
            id="two heads",
        ),
        pytest.param(
            "GET",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n" + LARGE,
            b"HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\nConnection: close\r\n\r\n" + LARGE,
            id="large",
        ),
    ],
)
def test_a_response_ends_where_it_says(method: str, said: bytes, response: bytes) -> None:
    """Its server need not hang up (RFC 9112 section 6.3)."""
    assert response == pass_on(plain(method), turns=((END, said),)).response


def test_a_response_without_a_length_ends_with_its_connection() -> None:
    """Where it breaks off, the browser can tell: chunks say where they end."""
    said = b"HTTP/1.0 200 OK\r\n\r\nok"

    assert (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nok\r\n0\r\n\r\n"
        == pass_on(plain(), turns=((END, said),), stays=False).response
    )


@pytest.mark.parametrize(
    ("said", "response"),
    [
        (b"", b""),
        (b"hello\r\n\r\n", b""),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok",
        ),
    ],
)
def test_a_response_that_breaks_off_stays_broken(said: bytes, response: bytes) -> None:
    """The browser sees what it would see without a proxy, and the proxy makes up nothing."""
    assert Passed(request=forwarded(), response=response, missed=()) == pass_on(
        plain(), turns=((END, said),), stays=False
    )


def test_a_browser_is_told_to_go_on_before_it_sends_its_body() -> None:
    """It may wait for that (RFC 9110 section 10.1.1)."""
    fields, going = ("Content-Length: 4", "Expect: 100-continue"), b"HTTP/1.1 100 Continue\r\n\r\n"

    passed = pass_on(plain("POST", SHOP, *fields), b"a=%0", turns=((END, going), (b"a=%0", OK)))

    assert forwarded("POST", SHOP, *fields) + b"a=%0" == passed.request
    assert going + CLOSED == passed.response


def test_a_server_may_answer_before_it_has_read_everything() -> None:
    """The browser gets the answer, whether it waits for that amid its body or is still sending it."""
    waits = pass_on(plain("POST", SHOP, "Content-Length: 4") + b"a=", turns=((b"a=", OK),))
    sends = pass_on(plain("POST", SHOP, "Content-Length: 8388608") + LARGE * 8, turns=((b"", OK),))

    assert forwarded("POST", SHOP, "Content-Length: 4") + b"a=" == waits.request
    assert [CLOSED] * 2 == [waits.response, sends.response]


def test_nobody_switches_to_another_protocol() -> None:
    """A browser asks for a tunnel where it wants a WebSocket, so that nobody has asked for a 101."""
    asking = plain("GET", SHOP, "Connection: Upgrade", "Upgrade: websocket")
    switching = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

    passed = pass_on(asking, turns=((END, switching + OK),))

    assert Passed(request=forwarded(), response=b"", missed=()) == passed


def test_a_browser_that_hangs_up_takes_its_request_along() -> None:
    """The server's connection ends too, although it has not answered yet."""
    ended: list[bytes] = []

    async def run() -> None:
        gone = asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(END)
            browser.close()
            ended.append(await reader.read())
            writer.close()
            gone.set()

        plain_server = await asyncio.start_server(answer, "127.0.0.1", 0)
        address = plain_server.sockets[0].getsockname()
        proxy = ConnectProxy(NameMap({SHOP: address}, plain=address))
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        _, browser = await asyncio.open_connection(*server.sockets[0].getsockname())
        async with plain_server, server, asyncio.timeout(PATIENCE):
            browser.write(plain())
            await gone.wait()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, run()).result()
    assert [b""] == ended
