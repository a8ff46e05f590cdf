"""The code exchange: one POST to the connector's token endpoint, its answer read strictly.

RFC 6749 sections 4.1.3 and 4.1.4, RFC 7636 section 4.5, OpenID Connect Core section 3.1.3.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlsplit

from harness.config import Connector
from harness.protocol import pkce, strict_json
from harness.protocol.problem import Problem, Refusal, describe
from harness.verification.outbound import Answer, Outbound

ANSWER_LIMIT = 256 * 1024
LONGEST_EXPIRY = 10 * 365 * 86_400

_REGISTERED = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    }
)
_EXACT = {"invalid_grant": "token.invalid_grant", "invalid_client": "token.invalid_client"}


@dataclass(frozen=True, kw_only=True)
class TokenResponse:
    """An answer of a token endpoint.

    Attributes:
        id_token: The id_token; ``None`` where a refresh token got none (OpenID Connect Core 12.2).
        access_token: The access token, if there was one.
        refresh_token: The refresh token, if there was one.
        problems: What was odd about the answer.
    """

    id_token: str | None = field(repr=False)
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    problems: tuple[Problem, ...] = ()


def exchange(
    outbound: Outbound,
    connector: Connector,
    *,
    code: str,
    redirect_uri: str,
    code_verifier: str | None,
    total: float,
) -> TokenResponse:
    """Exchange a code for an id_token.

    Args:
        outbound: The outbound client.
        connector: Endpoint, client and its authentication.
        code: The authorization code.
        redirect_uri: The one that the code was issued for.
        code_verifier: Sent when the connector uses PKCE.
        total: Seconds for the whole answer.

    Raises:
        Refusal: A code of the families ``token`` and ``net``.

    Source: RFC 6749 section 4.1.3 and 5, RFC 7636 section 4.5, OpenID Connect Core section 3.1.3.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if code_verifier is not None:
        if not pkce.is_code_verifier(code_verifier):
            raise Refusal(
                "pkce.verifier_invalid",
                expected="43 to 128 unreserved characters",
                observed=f"{len(code_verifier)} characters",
            )
        form["code_verifier"] = code_verifier
    answer = _read(connector, _post(outbound, connector, form, total=total))
    if answer.id_token is None:
        raise Refusal("token.id_token_missing", expected="the member id_token", observed="none")
    return answer


def refresh(outbound: Outbound, connector: Connector, *, refresh_token: str, total: float) -> TokenResponse:
    """Trade a refresh token for new tokens.

    Args:
        outbound: The outbound client.
        connector: Endpoint, client and its authentication.
        refresh_token: The refresh token, which is not sent twice.
        total: Seconds for the whole answer.

    Raises:
        Refusal: A code of the families ``token`` and ``net``.

    Source: RFC 6749 section 6, OpenID Connect Core section 12.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _read(connector, _post(outbound, connector, form, total=total))


def _post(outbound: Outbound, connector: Connector, form: dict[str, str], *, total: float) -> Answer:
    """Send a form to the token endpoint with the client's authentication."""
    if urlsplit(connector.token_endpoint).scheme != "https":
        scheme = urlsplit(connector.token_endpoint).scheme or "none"
        raise Refusal("config.endpoint_insecure", expected="an https token endpoint", observed=scheme)
    headers, members = client_authentication(connector)
    headers = {"Accept": "application/json", **headers}
    return outbound.post(
        connector.token_endpoint, {**form, **members}, headers, limit=ANSWER_LIMIT, total=total
    )


def client_authentication(connector: Connector) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers and the form's members by which a client authenticates (RFC 6749 section 2.3.1)."""
    client_id = connector.client_id
    if connector.client_secret is None:
        return {}, {"client_id": client_id}
    secret = connector.client_secret.get_secret_value()
    if connector.client_auth == "basic":
        return {"Authorization": _basic(client_id, secret)}, {}
    return {}, {"client_id": client_id, "client_secret": secret}


def _read(connector: Connector, answer: Answer) -> TokenResponse:
    """Read an answer; a refused client is told how it authenticated, without its secret."""
    try:
        return read(answer)
    except Refusal as refusal:
        if refusal.problem.code != "token.invalid_client":
            raise
        observed = f"{refusal.problem.observed} to {_authenticated(connector)}"
        expected, notes = refusal.problem.expected, refusal.notes
        raise Refusal("token.invalid_client", expected=expected, observed=observed, notes=notes) from None


def _authenticated(connector: Connector) -> str:
    """Say how the client authenticates, and whether form-encoding changes what it sends."""
    if connector.client_secret is None:
        return "a client without a secret"
    if connector.client_auth == "post":
        return "client_secret_post"
    parts = (connector.client_id, connector.client_secret.get_secret_value())
    changed = [name for name, part in zip(("id", "secret"), parts, strict=True) if quote_plus(part) != part]
    note = f", whose {' and '.join(changed)} form-encoding changes" if changed else ""
    return f"client_secret_basic{note}"


def read(answer: Answer) -> TokenResponse:
    """Read a token endpoint's answer: status first, then content type, then strict JSON.

    Raises:
        Refusal: A code of the family ``token``.

    Source: RFC 6749 section 5.1 and 5.2, OpenID Connect Core section 3.1.3.3.
    """
    _check_status(answer)
    problems = []
    body = _json(answer.body)
    if "error" in body:
        raise _provider_error(body["error"])
    if answer.status != 200:
        raise Refusal("token.provider_error", expected="status 200", observed=f"status {answer.status}")
    if answer.content_type != "application/json":
        problems.append(
            Problem(
                code="token.content_type",
                expected="application/json",
                observed=describe(answer.content_type),
            )
        )
    problems += _type_problems(body)
    tokens = {name: body.get(name) for name in ("id_token", "access_token", "refresh_token")}
    for name, value in tokens.items():
        if not isinstance(value, str | None) or (value is None and name == "id_token" and name in body):
            raise Refusal("token.shape", expected=f"{name} as a string", observed=type(value).__name__)
    return TokenResponse(**tokens, problems=tuple(problems))


def _basic(client_id: str, client_secret: str) -> str:
    """Return the Basic header with both parts form-encoded first (RFC 6749 section 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _check_status(answer: Answer) -> None:
    status = f"status {answer.status}"
    if 300 <= answer.status < 400:
        raise Refusal("token.redirected", expected="status 200", observed=status)
    if answer.status == 407:
        raise Refusal("net.proxy_auth", expected="the token endpoint's answer", observed=status)
    if answer.status == 429:
        raise Refusal("token.rate_limited", expected="status 200", observed=status)
    if answer.status >= 500:
        raise Refusal("token.unavailable", expected="status 200", observed=status)
    if not answer.body.strip():
        raise Refusal("token.empty", expected="a JSON body", observed="nothing")


def _provider_error(error: Any) -> Refusal:
    code = _EXACT.get(error, "token.provider_error") if isinstance(error, str) else "token.provider_error"
    notes: tuple[Problem, ...] = ()
    if not isinstance(error, str) or error not in _REGISTERED:
        odd = Problem(code="token.nonstandard_error", expected="a registered error", observed=describe(error))
        notes = (odd,)
    return Refusal(code, expected="an id_token", observed=f"error {describe(error)}", notes=notes)


def _type_problems(body: dict[str, Any]) -> list[Problem]:
    found = []
    token_type, expires_in = body.get("token_type"), body.get("expires_in")
    if not isinstance(token_type, str) or token_type.lower() != "bearer":
        found.append(
            Problem(
                code="token.token_type",
                expected="Bearer",
                observed=describe(token_type),
                severity=None if token_type is None else "error",
            )
        )
    whole = isinstance(expires_in, int) and not isinstance(expires_in, bool)
    if "expires_in" in body and not (whole and 0 <= int(expires_in or 0) <= LONGEST_EXPIRY):
        found.append(
            Problem(code="token.expires_in", expected="a number of seconds", observed=describe(expires_in))
        )
    return found


def _json(octets: bytes) -> dict[str, Any]:
    try:
        body = strict_json.loads(octets)
    except strict_json.DuplicateMember as error:
        raise Refusal("token.duplicate_member", expected="unique members", observed=str(error)) from None
    except strict_json.NotJson as error:
        raise Refusal("token.not_json", expected="a JSON object in UTF-8", observed=str(error)) from None
    if not isinstance(body, dict):
        raise Refusal("token.shape", expected="a JSON object", observed=type(body).__name__)
    return body
