from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest

from harness.config import Config, Connector
from harness.protocol.problem import Refusal, Severity
from harness.verification.exchange import ANSWER_LIMIT, LONGEST_EXPIRY, TokenResponse, exchange, refresh
from harness.verification.outbound import Outbound

GOOD = {"token_type": "Bearer", "id_token": "a.b.c", "access_token": "opaque"}
CONNECTOR = Config().connector_for("code-pkce")
URI = "https://www.brand.test/chat/redirect"


def ask(
    answer: Callable[[httpx2.Request], httpx2.Response],
    connector: Connector = CONNECTOR,
    code_verifier: str | None = "v" * 43,
) -> TokenResponse:
    """Exchange a code at a token endpoint that gives one answer."""
    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        return exchange(
            Outbound(http, connect=2),
            connector,
            code="c0de",
            redirect_uri=URI,
            code_verifier=code_verifier,
            total=10,
        )


def trade(
    answer: Callable[[httpx2.Request], httpx2.Response], connector: Connector = CONNECTOR
) -> TokenResponse:
    """Trade a refresh token at a token endpoint that gives one answer."""
    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        return refresh(Outbound(http, connect=2), connector, refresh_token="r3fresh", total=10)


def refused(answer: httpx2.Response) -> list[str]:
    """Return the code with which an answer is refused, and those of the notes beside it."""
    with pytest.raises(Refusal) as caught:
        ask(lambda _: answer)
    return [problem.code for problem in (caught.value.problem, *caught.value.notes)]


def noticed(answer: httpx2.Response) -> list[tuple[str, Severity | None]]:
    """Return what is odd about an answer that can be used: the codes, and the weights of their own."""
    read = ask(lambda _: answer)
    assert read.id_token == GOOD["id_token"]
    return [(problem.code, problem.severity) for problem in read.problems]


def request_of(connector: Connector, code_verifier: str | None = None) -> httpx2.Request:
    """Return the request that a connector's exchange makes."""
    made: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        made.append(request)
        return httpx2.Response(200, json=GOOD)

    ask(answer, connector, code_verifier)
    (request,) = made
    return request


def form_of(request: httpx2.Request) -> dict[str, list[str]]:
    """Return the form of a request."""
    return parse_qs(request.content.decode(), strict_parsing=True)


def altered(**settings: Any) -> Connector:
    """Return the connector with other settings."""
    return Connector.model_validate({**CONNECTOR.model_dump(), **settings})


def test_the_code_is_posted_with_its_redirect_uri_and_verifier() -> None:
    """One POST to the configured endpoint carries the grant of RFC 6749 section 4.1.3 and nothing else."""
    request = request_of(CONNECTOR, "v" * 43)
    assert (request.method, str(request.url)) == ("POST", CONNECTOR.token_endpoint)
    assert form_of(request) == {
        "grant_type": ["authorization_code"],
        "code": ["c0de"],
        "redirect_uri": [URI],
        "code_verifier": ["v" * 43],
    }


def test_without_pkce_no_verifier_is_sent() -> None:
    """A flow without a challenge sends no verifier."""
    assert "code_verifier" not in form_of(request_of(CONNECTOR))


def test_basic_encodes_id_and_secret_first() -> None:
    """Both parts of the Basic header are form-encoded before they are joined (RFC 6749 section 2.3.1)."""
    request = request_of(altered(client_id="a:b c", client_secret="s%+é"))
    encoded = request.headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(encoded).decode() == "a%3Ab+c:s%25%2B%C3%A9"
    assert not {"client_id", "client_secret"} & form_of(request).keys()


def test_post_puts_id_and_secret_into_the_form() -> None:
    """The secret travels in the body or in the header, never in both."""
    request = request_of(altered(client_id="platform", client_secret="secret", client_auth="post"))
    form = form_of(request)
    assert (form["client_id"], form["client_secret"]) == (["platform"], ["secret"])
    assert "Authorization" not in request.headers


@pytest.mark.parametrize("client_auth", ["basic", "post"])
def test_a_public_client_names_itself(client_auth: str) -> None:
    """Without a secret the client id goes into the form alone."""
    request = request_of(altered(client_secret=None, client_auth=client_auth))
    assert form_of(request)["client_id"] == [CONNECTOR.client_id]
    assert "client_secret" not in form_of(request)
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    "change",
    [{}, {"token_type": "bearer"}, {"token_type": "BEARER"}, {"scope": "openid", "expires_in": 60}],
)
def test_a_good_answer_gives_its_tokens(change: dict[str, Any]) -> None:
    """The token type has no case, and unknown members do not matter."""
    answer = ask(lambda _: httpx2.Response(200, json={**GOOD, **change}))
    assert answer == TokenResponse(id_token="a.b.c", access_token="opaque")
    assert "a.b.c" not in repr(answer)
    assert "opaque" not in repr(answer)


def test_an_access_token_is_not_needed() -> None:
    """The platform reads the id_token only."""
    answer = ask(lambda _: httpx2.Response(200, json={"token_type": "Bearer", "id_token": "a.b.c"}))
    assert answer.access_token is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id_token": ...}, "token.id_token_missing"),
        ({"id_token": None}, "token.shape"),
        ({"id_token": 7}, "token.shape"),
        ({"id_token": ["a.b.c"]}, "token.shape"),
        ({"id_token": {}}, "token.shape"),
        ({"access_token": 7}, "token.shape"),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_without_an_id_token_there_is_nothing_to_verify(
    change: dict[str, Any], code: str, status: int
) -> None:
    """A missing id_token and one of another type differ, and any status but 200 counts before both."""
    members = {name: value for name, value in {**GOOD, **change}.items() if value is not ...}
    expected = code if status == 200 else "token.provider_error"
    assert refused(httpx2.Response(status, json=members)) == [expected]


@pytest.mark.parametrize(
    ("error", "codes"),
    [
        ("invalid_grant", ["token.invalid_grant"]),
        ("invalid_client", ["token.invalid_client"]),
        ("invalid_request", ["token.provider_error"]),
        ("invalid_scope", ["token.provider_error"]),
        ("unauthorized_client", ["token.provider_error"]),
        ("unsupported_grant_type", ["token.provider_error"]),
        ("slow_down", ["token.provider_error", "token.nonstandard_error"]),
        ("invalid_code", ["token.provider_error", "token.nonstandard_error"]),
        ("", ["token.provider_error", "token.nonstandard_error"]),
        (None, ["token.provider_error", "token.nonstandard_error"]),
        (["invalid_grant"], ["token.provider_error", "token.nonstandard_error"]),
        ({"code": "invalid_grant"}, ["token.provider_error", "token.nonstandard_error"]),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 401])
def test_an_error_counts_before_every_other_member(error: Any, codes: list[str], status: int) -> None:
    """Whatever the status, the registered errors are known, and any other one is noted as odd."""
    assert refused(httpx2.Response(status, json={**GOOD, "error": error})) == codes


@pytest.mark.parametrize(
    ("token_type", "severity"),
    [(..., None), (None, None), ("DPoP", "error"), ("", "error"), (["Bearer"], "error")],
)
def test_another_token_type_is_worse_than_none(token_type: Any, severity: Severity | None) -> None:
    """The mode weighs a missing type, and no mode accepts another one."""
    members = {**GOOD, "token_type": token_type}
    answer = {name: value for name, value in members.items() if value is not ...}
    assert noticed(httpx2.Response(200, json=answer)) == [("token.token_type", severity)]


@pytest.mark.parametrize(
    ("expires_in", "odd"),
    [
        (0, False),
        (300, False),
        (LONGEST_EXPIRY, False),
        (LONGEST_EXPIRY + 1, True),
        (-1, True),
        (300.0, True),
        ("300", True),
        (True, True),
        (None, True),
        ([300], True),
    ],
)
def test_an_odd_expiry_is_only_noticed(expires_in: Any, odd: bool) -> None:
    """``expires_in`` is about the access token, so it is never a reason."""
    problems = noticed(httpx2.Response(200, json={**GOOD, "expires_in": expires_in}))
    assert problems == ([("token.expires_in", None)] if odd else [])


@pytest.mark.parametrize(
    ("content_type", "odd"),
    [
        ("application/json", False),
        ("application/json;charset=UTF-8", False),
        ("Application/JSON", False),
        ("text/html", True),
        ("text/plain; charset=utf-8", True),
        ("application/jwt", True),
        ("", True),
    ],
)
def test_another_label_on_good_json_is_noticed(content_type: str, odd: bool) -> None:
    """JSON under another label can be read, and the mode weighs that."""
    answer = httpx2.Response(200, json=GOOD, headers={"Content-Type": content_type})
    assert noticed(answer) == ([("token.content_type", None)] if odd else [])


@pytest.mark.parametrize(
    ("status", "content", "code"),
    [
        (200, b"", "token.empty"),
        (200, b" \r\n", "token.empty"),
        (204, b"", "token.empty"),
        (400, b"", "token.empty"),
        (200, b"<html>", "token.not_json"),
        (200, b'{"id_token": "a.b.c"', "token.not_json"),
        (200, b"\xef\xbb\xbf{}", "token.not_json"),
        (200, '{"id_token": "a.b.c"}'.encode("utf-16"), "token.not_json"),
        (200, '{"id_token": "\u00e9"}'.encode("latin-1"), "token.not_json"),
        (200, b'{"id_token": "a.b.c", "expires_in": NaN}', "token.not_json"),
        (200, b"[" * 5_000, "token.not_json"),
        (200, b'{"id_token": "a.b.c", "id_token": "d.e.f"}', "token.duplicate_member"),
        (200, b'["a.b.c"]', "token.shape"),
        (200, b'"a.b.c"', "token.shape"),
        (200, b"null", "token.shape"),
        (300, b"{}", "token.redirected"),
        (302, b"", "token.redirected"),
        (307, b"{}", "token.redirected"),
        (399, b"{}", "token.redirected"),
        (401, b"{}", "token.provider_error"),
        (201, b"{}", "token.provider_error"),
        (400, b"<html>", "token.not_json"),
        (407, b"<html>", "net.proxy_auth"),
        (429, b'{"error": "invalid_grant"}', "token.rate_limited"),
        (429, b"", "token.rate_limited"),
        (500, b'{"error": "invalid_grant"}', "token.unavailable"),
        (503, b"", "token.unavailable"),
        (200, b" " * (ANSWER_LIMIT + 1), "net.response_too_large"),
        (500, b" " * (ANSWER_LIMIT + 1), "net.response_too_large"),
        (200, b" " * (ANSWER_LIMIT - 1) + b"x", "token.not_json"),
    ],
)
def test_an_answer_is_read_strictly(status: int, content: bytes, code: str) -> None:
    """Size, status and strict JSON decide in this order."""
    headers = {"Location": "https://login.brand.test/elsewhere"} if 300 <= status < 400 else {}
    assert refused(httpx2.Response(status, content=content, headers=headers)) == [code]


def test_a_redirect_is_not_followed() -> None:
    """The code and the secret go to the configured endpoint only."""
    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(str(request.url))
        return httpx2.Response(307, headers={"Location": "https://canary.test/"})

    with pytest.raises(Refusal):
        ask(answer)
    assert seen == [CONNECTOR.token_endpoint]


@pytest.mark.parametrize("endpoint", ["http://login.brand.test/token", "ftp://login.brand.test/", "//a.test"])
def test_a_code_travels_by_https_only(endpoint: str) -> None:
    """A token endpoint of another scheme is a mistake of the configuration, and no code is sent there."""
    sent: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return httpx2.Response(200, json=GOOD)

    with pytest.raises(Refusal) as caught:
        ask(answer, altered(token_endpoint=endpoint))
    assert caught.value.problem.code == "config.endpoint_insecure"
    assert sent == []


@pytest.mark.parametrize("client_auth", ["basic", "post"])
def test_a_refresh_token_is_posted_with_the_clients_authentication(client_auth: str) -> None:
    """One POST carries the grant of RFC 6749 section 6, and neither a code nor a verifier."""
    made: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        made.append(request)
        return httpx2.Response(200, json=GOOD)

    connector = altered(client_secret="secret", client_auth=client_auth)
    assert trade(answer, connector).id_token == GOOD["id_token"]
    (request,) = made
    members = {"grant_type": ["refresh_token"], "refresh_token": ["r3fresh"]}
    secret = {"client_id": [connector.client_id], "client_secret": ["secret"]}
    assert (request.method, str(request.url)) == ("POST", connector.token_endpoint)
    assert form_of(request) == members | (secret if client_auth == "post" else {})
    assert ("Authorization" in request.headers) == (client_auth == "basic")


def test_a_refresh_token_may_get_no_id_token() -> None:
    """That is allowed, and says nothing new of the consumer (OpenID Connect Core section 12.2)."""
    answer = {"token_type": "Bearer", "access_token": "opaque", "refresh_token": "n3xt"}
    read = trade(lambda _: httpx2.Response(200, json=answer))
    assert read == TokenResponse(id_token=None, access_token="opaque", refresh_token="n3xt")
    assert "n3xt" not in repr(read)


def test_a_refresh_token_travels_by_https_only() -> None:
    """As a code does."""
    with pytest.raises(Refusal) as caught:
        trade(lambda _: httpx2.Response(200, json=GOOD), altered(token_endpoint="http://login.brand.test/"))
    assert caught.value.problem.code == "config.endpoint_insecure"


@pytest.mark.parametrize(
    ("settings", "how"),
    [
        ({"client_secret": None}, "a client without a secret"),
        ({"client_secret": "s%+", "client_auth": "post"}, "client_secret_post"),
        ({"client_secret": "secret"}, "client_secret_basic"),
        (
            {"client_secret": "s%+ :"},
            "client_secret_basic, whose secret form-encoding changes",
        ),
        (
            {"client_id": "a:b", "client_secret": "secret"},
            "client_secret_basic, whose id form-encoding changes",
        ),
        (
            {"client_id": "a:b", "client_secret": "é"},
            "client_secret_basic, whose id and secret form-encoding changes",
        ),
    ],
)
def test_a_refused_client_is_told_how_it_authenticated(settings: dict[str, Any], how: str) -> None:
    """The method, and whether encoding may be the reason; never the secret."""
    answer = httpx2.Response(401, json={"error": "invalid_client"})
    with pytest.raises(Refusal) as caught:
        ask(lambda _: answer, altered(**settings))
    problem = caught.value.problem
    assert (problem.code, problem.observed) == ("token.invalid_client", f"error 'invalid_client' to {how}")


def test_a_refused_clients_secret_is_not_shown() -> None:
    """What the server says of a client is reported without what the client said."""
    answer = httpx2.Response(401, json={"error": "invalid_client"})
    with pytest.raises(Refusal) as caught:
        ask(lambda _: answer, altered(client_secret="s3cr3t+%"))
    assert "s3cr3t" not in str(vars(caught.value.problem))
