"""The authorization request and response as the platform, a relying party, makes and reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from harness.protocol.problem import Refusal

ResponseMode = Literal["query", "fragment", "form_post"]

DEFAULT_RESPONSE_MODE: dict[str, ResponseMode] = {"code": "query", "id_token": "fragment"}
"""OAuth 2.0 Multiple Response Type Encoding Practices, sections 2.1 and 3."""

NOT_AUTHENTICATED = frozenset(
    {
        "access_denied",
        "login_required",
        "consent_required",
        "interaction_required",
        "temporarily_unavailable",
        "server_error",
        "invalid_request",
    }
)


@dataclass(frozen=True, kw_only=True)
class AuthorizationResponse:
    """The parameters of one response, each at most once, and where they were found."""

    mode: ResponseMode
    parameters: Mapping[str, str]

    @property
    def state(self) -> str | None:
        """The ``state`` parameter."""
        return self.parameters.get("state")


class ProviderError(Exception):
    """The authorization server answered with an error (RFC 6749 section 4.1.2.1)."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error

    @property
    def code(self) -> str:
        """The stable code: the registered value, or ``authz.provider_error``."""
        return f"authz.{self.error}" if self.error in NOT_AUTHENTICATED else "authz.provider_error"


def authorization_url(endpoint: str, parameters: Mapping[str, str]) -> str:
    """Return the authorization request as a URL, keeping a query that the endpoint has of its own.

    Source: RFC 6749 section 3.1.
    """
    parts = urlsplit(endpoint)
    query = "&".join(part for part in (parts.query, urlencode(parameters)) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def read_response(encoded: str, *, mode: ResponseMode) -> AuthorizationResponse:
    """Read a form-encoded authorization response.

    Args:
        encoded: The query, the fragment or the form, without ``?`` or ``#``.
        mode: Where it was found.

    Raises:
        Refusal: ``authz.duplicate_parameter`` (RFC 6749 section 3.1).
    """
    pairs = parse_qsl(encoded, keep_blank_values=True)
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise Refusal(
            "authz.duplicate_parameter", expected="each parameter once", observed=", ".join(repeated)[:80]
        )
    return AuthorizationResponse(mode=mode, parameters=parameters)


def credential(
    response: AuthorizationResponse, *, response_type: str, issuer: str, iss_required: bool
) -> str:
    """Return the ``code`` or ``id_token`` of a response whose ``state`` has been checked.

    Args:
        response: The parameters.
        response_type: ``code`` or ``id_token``, as it was asked for.
        issuer: The issuer that the request went to.
        iss_required: Whether that issuer says that it sends the ``iss`` parameter.

    Raises:
        ProviderError: When the response is an error.
        Refusal: ``authz.iss_mismatch``, ``authz.iss_missing``, ``authz.response_ambiguous`` or
            ``authz.code_missing``.

    Source: RFC 9207 section 2.4, RFC 6749 section 4.1.2, OpenID Connect Core section 3.2.2.5.
    """
    iss = response.parameters.get("iss")
    if iss is not None and iss != issuer:
        raise Refusal("authz.iss_mismatch", expected=issuer, observed=iss[:200])
    if iss is None and iss_required:
        raise Refusal("authz.iss_missing", expected=issuer, observed="no iss parameter")
    error, value = response.parameters.get("error"), response.parameters.get(response_type)
    if error is not None and value is not None:
        raise Refusal("authz.response_ambiguous", expected=f"{response_type} or error", observed="both")
    if error is not None:
        raise ProviderError(error[:80])
    if not value:
        raise Refusal(
            "authz.code_missing",
            expected=f"the parameter {response_type}",
            observed=", ".join(sorted(response.parameters))[:80] or "nothing",
        )
    return value
