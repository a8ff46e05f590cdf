"""The authorization request and response as the platform, a relying party, makes and reads them.

RFC 6749 sections 4.1.1, 4.1.2 and 4.2.2; OpenID Connect Core sections 3.1.2 and 3.2.2; RFC 9207 section 2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from harness.protocol.problem import Problem, Refusal

ResponseMode = Literal["query", "fragment", "form_post"]

CODE_LIMIT = 16 * 1024

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
REFUSED = frozenset({"unauthorized_client", "unsupported_response_type"})
"""Errors that no consumer can cause: the registration is wrong."""

ERRORS = NOT_AUTHENTICATED | REFUSED | {"invalid_scope", "invalid_client", "invalid_grant"}
"""Texts that are errors, so that none of them is a code."""


@dataclass(frozen=True, kw_only=True)
class AuthorizationResponse:
    """The parameters of one response, each at most once, and where they were found."""

    mode: ResponseMode
    parameters: Mapping[str, str] = field(repr=False)

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
        known = self.error in NOT_AUTHENTICATED or self.error in REFUSED
        return f"authz.{self.error}" if known else "authz.provider_error"

    @property
    def refused(self) -> bool:
        """Whether the error means a defect rather than a consumer who is not signed in."""
        return self.error in REFUSED


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
        repeated = sorted(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise Refusal(
            "authz.duplicate_parameter", expected="each parameter once", observed=", ".join(repeated)[:80]
        )
    return AuthorizationResponse(mode=mode, parameters=parameters)


def check_mode(
    response: AuthorizationResponse, *, asked: ResponseMode, response_type: str
) -> Iterator[Problem]:
    """The response came in the mode that was asked for, and a token never in the query.

    Source: OAuth 2.0 Multiple Response Types section 3, OpenID Connect Core section 3.2.2.5.
    """
    if response_type == "id_token" and response.mode == "query":
        yield Problem(code="authz.id_token_in_query", expected="the fragment", observed="the query")
    elif response.mode != asked:
        # Only a code that came in the fragment is what the platform's documents also allow.
        lenient = response_type == "code" and (asked, response.mode) == ("query", "fragment")
        yield Problem(
            code="authz.response_mode_mismatch",
            expected=asked,
            observed=response.mode,
            severity=None if lenient else "error",
        )


def check_issuer(response: AuthorizationResponse, *, issuer: str, required: bool) -> None:
    """Hold the ``iss`` parameter against the issuer that the request went to.

    Raises:
        Refusal: ``authz.iss_mismatch`` or ``authz.iss_missing`` (RFC 9207 section 2.4).
    """
    iss = response.parameters.get("iss")
    if iss is not None and iss != issuer:
        raise Refusal("authz.iss_mismatch", expected=issuer, observed=iss[:200])
    if iss is None and required:
        raise Refusal("authz.iss_missing", expected=issuer, observed="no iss parameter")


def credential(
    response: AuthorizationResponse, *, response_type: str, older: bool = False
) -> tuple[str, tuple[Problem, ...]]:
    """Return the ``code`` or ``id_token`` of a response whose ``state`` and ``iss`` have been checked.

    Args:
        response: The parameters.
        response_type: ``code`` or ``id_token``, as it was asked for.
        older: Whether the older connector version asked, for which an id_token is called ``token``.

    Returns:
        The value, and what was odd about the response.

    Raises:
        ProviderError: When the response is an error.
        Refusal: ``authz.response_ambiguous``, ``authz.code_missing`` or ``authz.code_too_long``.

    Source: RFC 6749 section 4.1.2, OpenID Connect Core section 3.2.2.5.
    """
    parameters, problems = response.parameters, []
    error, value = parameters.get("error"), parameters.get(response_type)
    if error is not None and value is not None:
        raise Refusal("authz.response_ambiguous", expected=f"{response_type} or error", observed="both")
    if error is not None:
        raise ProviderError(error[:80])
    if not value and response_type == "id_token":
        alias = next((name for name in ("token", "code") if _looks_signed(parameters.get(name))), None)
        if alias is not None:
            value = parameters[alias]
        if alias is not None and not older:
            problems.append(
                Problem(code="authz.parameter_alias", expected="the parameter id_token", observed=alias)
            )
    if not value:
        raise Refusal(
            "authz.code_missing",
            expected=f"the parameter {response_type}",
            observed=", ".join(sorted(parameters))[:80] or "nothing",
        )
    if response_type == "code" and len(value) > CODE_LIMIT:
        raise Refusal("authz.code_too_long", expected=f"at most {CODE_LIMIT} characters", observed="more")
    if "access_token" in parameters:
        problems.append(
            Problem(
                code="authz.access_token_front_channel", expected="no access token", observed="one in the URL"
            )
        )
    return value, tuple(problems)


def _looks_signed(value: str | None) -> bool:
    return value is not None and value.count(".") in (2, 4)
