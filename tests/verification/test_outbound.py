"""The back channel: one request, no redirect, every size and time bounded."""

from __future__ import annotations

import gzip
import socket
import ssl
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import httpx2
import pytest

from harness.net import NobodyNamed, ProxyLogin
from harness.protocol.problem import Refusal
from harness.verification import outbound
from harness.verification.outbound import Answer, Outbound

URL = "https://login.brand.test/token"
LIMIT, TOTAL, CONNECT = 100, 5.0, 2.0
Send = Callable[[Outbound], Answer]


def by_get(client: Outbound) -> Answer:
    """Ask with GET."""
    return client.get(URL, limit=LIMIT, total=TOTAL)


def by_post(client: Outbound) -> Answer:
    """Ask with POST."""
    return client.post(URL, {"code": "c0de"}, {"Accept": "application/json"}, limit=LIMIT, total=TOTAL)


METHODS = pytest.mark.parametrize("send", [by_get, by_post])


class Server:
    """Gives its answers in their order, raising those that are exceptions; records the requests."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers, self.requests = list(answers), list[httpx2.Request]()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """Give the next answer."""
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def ask(self, send: Send) -> Answer:
        """Return what the outbound client makes of the answers."""
        with httpx2.Client(transport=httpx2.MockTransport(self)) as http:
            return send(Outbound(http, connect=CONNECT))

    def refused(self, send: Send) -> str:
        """Return the code with which the answers are refused."""
        with pytest.raises(Refusal) as caught:
            self.ask(send)
        return caught.value.problem.code


def streamed(*pieces: bytes | Exception, **headers: str) -> httpx2.Response:
    """Return an answer without a length, whose body comes in pieces and may break off."""

    def body() -> Iterator[bytes]:
        for piece in pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    return httpx2.Response(200, content=body(), headers=headers)


def caused(error: Exception, *causes: BaseException) -> Exception:
    """Return an error with a chain of causes, the outermost first."""
    last: BaseException = error
    for cause in causes:
        last.__cause__ = cause
        last = cause
    return error


@METHODS
def test_an_answer_is_given_as_it_came(send: Send) -> None:
    """Status, headers and body come out, and neither header nor body can slip into a log."""
    answer = Server(httpx2.Response(418, content=b"secret", headers={"X-Brand": "secret"})).ask(send)
    assert (answer.status, answer.headers["x-brand"], answer.body) == (418, "secret", b"secret")
    assert "secret" not in repr(answer)


@pytest.mark.parametrize(
    ("header", "content_type"),
    [
        ({}, ""),
        ({"Content-Type": "application/json"}, "application/json"),
        ({"Content-Type": " Application/JSON ; charset=utf-8"}, "application/json"),
        ({"Content-Type": ";"}, ""),
    ],
)
def test_the_media_type_has_neither_case_nor_parameters(header: dict[str, str], content_type: str) -> None:
    """What is compared is the type alone."""
    assert Server(httpx2.Response(200, headers=header)).ask(by_get).content_type == content_type


def test_a_post_carries_its_form_and_headers() -> None:
    """The form goes into the body, encoded, and the headers as they are."""
    server = Server(httpx2.Response(200))
    server.ask(by_post)
    (request,) = server.requests
    assert (request.method, str(request.url), request.content) == ("POST", URL, b"code=c0de")
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


@METHODS
def test_every_wait_is_bounded(send: Send) -> None:
    """Connecting has a time of its own, and everything else has the answer's."""
    server = Server(httpx2.Response(200))
    server.ask(send)
    bounds = server.requests[0].extensions["timeout"]
    assert bounds == {"connect": CONNECT, "read": TOTAL, "write": TOTAL, "pool": TOTAL}


@pytest.mark.parametrize(
    "url", ["http://login.brand.test/", "file:///etc/passwd", "ftp://a.test/", "//a.test"]
)
def test_only_https_is_asked(url: str) -> None:
    """Another scheme is refused before a request is made."""
    server = Server()
    assert server.refused(lambda client: client.get(url, limit=LIMIT, total=TOTAL)) == "config.url_scheme"
    assert (
        server.refused(lambda client: client.post(url, {}, {}, limit=LIMIT, total=TOTAL))
        == "config.url_scheme"
    )
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    ["https://login.brand.test/jw\nks", f"https://login.brand.test/{'x' * 70_000}", "https://a\x00.test/"],
)
def test_what_no_request_can_name_is_no_url(url: str) -> None:
    """Control characters and a text without end are refused before a request is made."""
    server = Server()
    assert server.refused(lambda client: client.get(url, limit=LIMIT, total=TOTAL)) == "config.url_scheme"
    assert server.requests == []


@pytest.mark.parametrize("host", ["login..test", f"{'x' * 64}.test"])
def test_a_host_that_no_name_server_can_know_is_no_url(host: str) -> None:
    """A label that is empty or longer than 63 octets (RFC 1035 section 2.3.4) is not looked up."""
    with httpx2.Client(trust_env=False) as http, pytest.raises(Refusal) as caught:
        Outbound(http, connect=CONNECT).get(f"https://{host}/", limit=LIMIT, total=TOTAL)
    assert caught.value.problem.code == "config.url_scheme"


def test_whoever_listens_hears_every_answer_and_no_failure() -> None:
    """With the address that was asked."""
    heard: list[tuple[str, int]] = []
    server = Server(httpx2.Response(503), httpx2.ReadError("x"))
    with httpx2.Client(transport=httpx2.MockTransport(server)) as http:
        client = Outbound(http, connect=CONNECT, heard=lambda url, answer: heard.append((url, answer.status)))
        by_get(client)
        with pytest.raises(Refusal):
            by_get(client)
    assert [(URL, 503)] == heard


@METHODS
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int, send: Send) -> None:
    """Where a server points is its answer and not the next request."""
    server = Server(httpx2.Response(status, headers={"Location": "https://canary.test/"}))
    assert server.ask(send).status == status
    assert [str(request.url) for request in server.requests] == [URL]


TOO_OLD = ssl.SSLError(1, "the other side knows older versions only")
TOO_OLD.reason = "TLSV1_ALERT_PROTOCOL_VERSION"


@METHODS
@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (httpx2.ConnectTimeout("x"), "net.connect_failed"),
        (httpx2.ReadTimeout("x"), "net.timeout"),
        (httpx2.WriteTimeout("x"), "net.timeout"),
        (httpx2.PoolTimeout("x"), "net.timeout"),
        (httpx2.ConnectError("x"), "net.connect_failed"),
        (caused(httpx2.ConnectError("x"), OSError("refused")), "net.connect_failed"),
        (caused(httpx2.ConnectError("x"), ssl.SSLCertVerificationError("name")), "net.tls_invalid"),
        (caused(httpx2.ConnectError("x"), OSError("y"), ssl.SSLError("z")), "net.tls_invalid"),
        (caused(httpx2.ConnectError("x"), TOO_OLD), "net.tls_version"),
        (caused(httpx2.ConnectError("x"), socket.gaierror(socket.EAI_NONAME, "x")), "net.dns_failed"),
        (caused(httpx2.ConnectError("x"), socket.gaierror(socket.EAI_AGAIN, "x")), "net.dns_failed"),
        (caused(httpx2.ConnectError("x"), ProxyLogin("x")), "net.proxy_auth"),
        (httpx2.ReadError("x"), "net.interrupted"),
        (httpx2.RemoteProtocolError("x"), "net.interrupted"),
    ],
)
def test_failures_of_the_network_are_told_apart(failure: Exception, code: str, send: Send) -> None:
    """No connection, a wrong certificate, no answer in time and a broken answer are four things."""
    assert Server(failure, failure).refused(send) == code


@pytest.mark.parametrize("failure", [httpx2.ConnectError("x"), httpx2.ConnectTimeout("x")])
def test_a_get_is_tried_once_more_when_it_could_not_connect(failure: Exception) -> None:
    """A GET that never left may be sent again, one time."""
    server = Server(failure, httpx2.Response(200, content=b"good"))
    assert server.ask(by_get).body == b"good"
    server = Server(failure, failure, httpx2.Response(200))
    assert server.refused(by_get) == "net.connect_failed"
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "failure",
    [
        httpx2.ReadTimeout("x"),
        httpx2.ReadError("x"),
        caused(httpx2.ConnectError("x"), ssl.SSLCertVerificationError("name")),
    ],
)
def test_a_get_that_may_have_arrived_is_not_repeated(failure: Exception) -> None:
    """After a connection was made, or refused for its certificate, a GET is over."""
    server = Server(failure, httpx2.Response(200))
    server.refused(by_get)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "failure", [httpx2.ConnectError("x"), httpx2.ConnectTimeout("x"), httpx2.ReadError("x")]
)
def test_a_post_is_never_repeated(failure: Exception) -> None:
    """A code can be used once, so no failure makes it travel twice."""
    server = Server(failure, httpx2.Response(200))
    server.refused(by_post)
    assert len(server.requests) == 1


@METHODS
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda: httpx2.Response(200, content=b"a" * (LIMIT + 1)), id="with a length"),
        pytest.param(lambda: streamed(b"a" * LIMIT, b"a"), id="without a length"),
        pytest.param(
            lambda: httpx2.Response(
                200, content=gzip.compress(bytes(100_000)), headers={"Content-Encoding": "gzip"}
            ),
            id="compressed",
        ),
    ],
)
def test_a_body_has_a_largest_size(answer: Callable[[], httpx2.Response], send: Send) -> None:
    """One octet above the limit, after decompression, is too large."""
    assert Server(answer()).refused(send) == "net.response_too_large"


def test_the_limit_itself_may_be_reached() -> None:
    """A body of exactly the limit is read whole."""
    assert Server(streamed(b"a" * 60, b"b" * 40)).ask(by_get).body == b"a" * 60 + b"b" * 40


def test_reading_stops_at_the_limit() -> None:
    """A server that never ends does not keep the platform reading."""
    sent = []

    def endless() -> Iterator[bytes]:
        while True:
            sent.append(60)
            yield b"a" * 60

    server = Server(httpx2.Response(200, content=endless()))
    assert server.refused(by_get) == "net.response_too_large"
    assert len(sent) == 2


@METHODS
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda: streamed(b"{", httpx2.ReadError("reset")), id="reset"),
        pytest.param(lambda: streamed(b"{", httpx2.RemoteProtocolError("chunk")), id="bad chunk"),
        pytest.param(lambda: streamed(b"not gzip", **{"Content-Encoding": "gzip"}), id="bad gzip"),
    ],
)
def test_half_an_answer_is_none(answer: Callable[[], httpx2.Response], send: Send) -> None:
    """A body that breaks off or cannot be decompressed is no answer."""
    assert Server(answer()).refused(send) == "net.interrupted"


def test_silence_in_the_middle_is_a_timeout() -> None:
    """A server that stops sending is out of time."""
    assert Server(streamed(b"{", httpx2.ReadTimeout("x"))).refused(by_post) == "net.timeout"


@METHODS
def test_a_drip_ends_with_the_time_of_the_whole_answer(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each octet comes in time, and the answer as a whole does not."""
    seconds, sent = [0.0], []
    monkeypatch.setattr(outbound, "time", SimpleNamespace(monotonic=lambda: seconds[0]))

    def drip() -> Iterator[bytes]:
        for _ in range(50):
            seconds[0] += 1
            sent.append(1)
            yield b" "

    assert Server(httpx2.Response(200, content=drip())).refused(send) == "net.timeout_total"
    assert len(sent) == TOTAL + 1


@METHODS
def test_a_host_that_the_configuration_does_not_name_is_not_called_unreachable(send: Send) -> None:
    """Nobody asked it, so that nobody is blamed for its silence; the host is there for the file's author."""
    error = caused(httpx2.ConnectError("x"), NobodyNamed("x"))
    with pytest.raises(Refusal) as caught:
        Server(error).ask(send)

    problem = caught.value.problem
    assert ("harness.endpoint_not_named", "'login.brand.test'") == (problem.code, problem.observed)


@METHODS
def test_a_certificate_that_leads_to_nobody_is_told_as_that(send: Send) -> None:
    """The name may be right: what OpenSSL said decides what is to be done."""
    unknown = ssl.SSLCertVerificationError("x")
    unknown.verify_message = "unable to get local issuer certificate"
    failure = caused(httpx2.ConnectError("x"), unknown)

    with pytest.raises(Refusal) as raised:
        Server(failure, failure).ask(send)
    assert "unable to get local issuer certificate (OpenSSL's words)" == raised.value.problem.observed
