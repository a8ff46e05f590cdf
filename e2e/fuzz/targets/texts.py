"""Readers of short texts: JSON, base64url, forms, URLs, requests to the proxy."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from e2e.fuzz import vary
from e2e.fuzz.model import Read, Target
from harness.own_brand import Network, as_browsers_write, is_https
from harness.protocol import base64url, strict_json
from harness.protocol.authorization import ProviderError, check_issuer, check_mode, credential, read_response
from harness.protocol.problem import Refusal
from harness.proxy import _asked
from harness.redact import Redactor, address, member_names

ISSUER = "https://login.brand.test"


def text_of(octets: bytes) -> str:
    """Return octets as a text that may hold anything, lone surrogates among it."""
    return octets.decode("utf-8", "surrogateescape")


def strict() -> Read:
    """Read strict JSON; what is accepted can be written again."""

    def read(octets: bytes) -> str | None:
        value = strict_json.loads(octets)
        assert isinstance(json.dumps(value, ensure_ascii=False, allow_nan=False).encode(), bytes)
        return None

    return read


def base64_url() -> Read:
    """Read base64url; what is accepted has one spelling."""

    def read(octets: bytes) -> str | None:
        text = text_of(octets)
        assert text == base64url.encode(base64url.decode(text))
        return None

    return read


def form() -> Read:
    """Read an authorization response as the platform does, for every response type."""

    def read(octets: bytes) -> str | None:
        response = read_response(octets.decode("ascii", "replace"), mode="fragment")
        check_issuer(response, issuer=ISSUER, required=False)
        kind = "code" if response.state == "code" else "id_token"
        list(check_mode(response, asked="fragment", response_type=kind))
        credential(response, response_type=kind)
        return None

    return read


def url() -> Read:
    """Tell addresses of a brand from other texts; what is taken for one stays one."""

    def read(octets: bytes) -> str | None:
        text = text_of(octets)
        address(text)
        if not is_https(text):
            return "no https URL"
        written = as_browsers_write(text)
        assert is_https(written)
        parts = urlsplit(written)
        Network().allows(parts.hostname or "")
        return None

    return read


def proxy() -> Read:
    """Read the head of a request to the harness's own proxy."""

    def read(octets: bytes) -> str | None:
        return None if _asked(octets) else "no request"

    return read


def redaction() -> Read:
    """Hide what is secret in any text, address or body that a browser saw."""

    def read(octets: bytes) -> str | None:
        text, redactor = octets.decode("utf-8", "replace"), Redactor(["correct horse battery staple"])
        redactor.learn_from(text)
        member_names(text)
        shown = redactor.text(redactor.body(text)) + redactor.url(text)
        assert "correct horse battery staple" not in shown
        redactor.fingerprints(text)
        return "a credential" if redactor.holds_credential(text) else None

    return read


TARGETS = (
    Target(
        name="json",
        title="strict JSON",
        prepare=strict,
        refuses=(strict_json.NotJson,),
        vary=vary.values(unlike=vary.octets(b"\\ud83d\\ude00", b"\\u0061", b"1E+2", b'"a":1,"a":2')),
    ),
    Target(
        name="base64url",
        title="base64url without padding",
        prepare=base64_url,
        refuses=(base64url.NotBase64Url, base64url.NotCanonical),
        vary=vary.octets(b"-_", b"AA", b"=", b"+/"),
    ),
    Target(
        name="form",
        title="authorization responses, form-encoded",
        prepare=form,
        refuses=(Refusal, ProviderError),
        vary=vary.octets(
            *(
                b"code=",
                b"state=",
                b"state=code&",
                b"id_token=",
                b"token=",
                b"iss=",
                b"error=",
                b"access_token=",
            ),
            *(b"a.b.c", b"&code=x&code=y", b"error=access_denied", b"%3D", b"&a=1" * 4_000),
        ),
    ),
    Target(
        name="url",
        title="addresses of a brand",
        prepare=url,
        refuses=(),
        vary=vary.octets(
            *(
                b"https://",
                b"http://",
                b"[::1]",
                b":443",
                b":99999",
                b":0",
                b"@",
                b"xn--",
                b"%2e",
                b"://",
                b"//",
            ),
            *(b"login.brand.test", b"?a=b", b"#f", b"[v1.x]", b"[fe80::1%25eth0]"),
        ),
    ),
    Target(
        name="proxy",
        title="requests to the proxy",
        prepare=proxy,
        refuses=(),
        vary=vary.octets(
            *(b"CONNECT ", b"GET ", b" HTTP/1.1", b":443", b":65536", b"http://", b"[::1]:1", b"\r\nHost: x"),
            *(b"\r\nContent-Length: 1", b"\r\nTransfer-Encoding: chunked", b"\r\nUpgrade: x"),
        ),
    ),
    Target(
        name="redaction",
        title="texts out of which secrets are taken",
        prepare=redaction,
        refuses=(),
        vary=vary.values(
            *("code", "id_token", "password", "client_secret", "email", "correct horse battery staple"),
            unlike=vary.octets(
                *(
                    b"code=",
                    b"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
                    b"-----BEGIN PRIVATE KEY-----",
                    b"Bearer ",
                ),
                *(
                    b"alice@example.org",
                    b"correct horse battery staple",
                    b"https://a.test/?code=",
                    b"data:",
                    b"%40",
                ),
            ),
        ),
    ),
)
