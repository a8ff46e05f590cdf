"""The code exchange: one POST to the connector's token endpoint, its answer read strictly."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

import httpx2

from harness.config import Connector
from harness.protocol import strict_json
from harness.protocol.problem import Refusal, describe

ANSWER_LIMIT = 256 * 1024

_ERRORS = {
    "invalid_grant": "token.invalid_grant",
    "invalid_client": "token.invalid_client",
}


@dataclass(frozen=True, kw_only=True)
class TokenResponse:
    """A good answer of a token endpoint."""

    id_token: str = field(repr=False)
    access_token: str | None = field(default=None, repr=False)


def exchange(
    http: httpx2.Client, connector: Connector, *, code: str, redirect_uri: str, code_verifier: str | None
) -> TokenResponse:
    """Exchange a code for an id_token.

    Args:
        http: The back channel.
        connector: Endpoint, client and its authentication.
        code: The authorization code.
        redirect_uri: The one that the code was issued for.
        code_verifier: Sent when the connector uses PKCE.

    Raises:
        Refusal: A code of the families ``token`` and ``net``.

    Source: RFC 6749 section 4.1.3 and 5, RFC 7636 section 4.5, OpenID Connect Core section 3.1.3.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if code_verifier is not None:
        form["code_verifier"] = code_verifier
    headers = {"Accept": "application/json"}
    if connector.client_secret is None:
        form["client_id"] = connector.client_id
    elif connector.client_auth == "basic":
        headers["Authorization"] = _basic(connector.client_id, connector.client_secret.get_secret_value())
    else:
        form |= {
            "client_id": connector.client_id,
            "client_secret": connector.client_secret.get_secret_value(),
        }
    try:
        response = http.post(connector.token_endpoint, data=form, headers=headers)
    except httpx2.TimeoutException:
        raise Refusal("net.timeout", expected="an answer in time", observed="none") from None
    except httpx2.ConnectError:
        raise Refusal("net.connect_failed", expected="a connection", observed="none") from None
    except httpx2.HTTPError as error:
        raise Refusal("net.interrupted", expected="an answer", observed=type(error).__name__) from None
    return _read(response)


def _basic(client_id: str, client_secret: str) -> str:
    """Return the Basic header with both parts form-encoded first (RFC 6749 section 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _read(response: httpx2.Response) -> TokenResponse:
    if len(response.content) > ANSWER_LIMIT:
        raise Refusal("net.response_too_large", expected=f"{ANSWER_LIMIT} octets", observed="more")
    if response.is_redirect:
        raise Refusal("token.redirected", expected="status 200", observed=f"status {response.status_code}")
    if response.status_code >= 500:
        raise Refusal("token.unavailable", expected="status 200", observed=f"status {response.status_code}")
    if not response.content:
        raise Refusal("token.empty", expected="a JSON body", observed="nothing")
    body = _json(response.content)
    if "error" in body:
        error = body["error"]
        code = (
            _ERRORS.get(error, "token.provider_error") if isinstance(error, str) else "token.provider_error"
        )
        raise Refusal(code, expected="an id_token", observed=f"error {describe(error)}")
    if response.status_code != 200:
        raise Refusal(
            "token.provider_error", expected="status 200", observed=f"status {response.status_code}"
        )
    if str(body.get("token_type", "")).lower() != "bearer":
        raise Refusal("token.token_type", expected="Bearer", observed=describe(body.get("token_type")))
    id_token, access_token = body.get("id_token"), body.get("access_token")
    if id_token is None:
        raise Refusal("token.id_token_missing", expected="the member id_token", observed="none")
    if not isinstance(id_token, str) or not isinstance(access_token, str | None):
        raise Refusal("token.shape", expected="id_token as a string", observed=type(id_token).__name__)
    return TokenResponse(id_token=id_token, access_token=access_token)


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
