"""The authorization server's own description of itself (OpenID Connect Discovery section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.protocol.problem import Problem, Refusal, describe

_TEXTS = ("issuer", "authorization_endpoint", "jwks_uri")
_LISTS = ("response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
_WEAK = {
    "id_token_signing_alg_values_supported": {"none"},
    "id_token_encryption_alg_values_supported": {"RSA1_5"},
    "code_challenge_methods_supported": {"plain"},
}


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """A validated discovery document.

    Attributes:
        jwks_uri: Where the keys are.
        problems: What is odd about the document.
    """

    jwks_uri: str
    problems: tuple[Problem, ...] = ()


def well_known(issuer: str) -> str:
    """Return the address of an issuer's document (OpenID Connect Discovery section 4)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def read(document: Any, *, issuer: str, pkce: bool) -> Metadata:
    """Validate a discovery document.

    Args:
        document: The parsed JSON.
        issuer: The issuer whose address it came from.
        pkce: Whether the connector uses PKCE.

    Raises:
        Refusal: ``disco.invalid`` or ``disco.issuer_mismatch``.

    Source: OpenID Connect Discovery section 3 and 4.3.
    """
    if not isinstance(document, dict):
        raise _invalid(type(document).__name__)
    for name in _TEXTS:
        if not isinstance(document.get(name), str):
            raise _invalid(f"{name}: {describe(document.get(name))}")
    for name in _LISTS:
        if not _is_list_of_texts(document.get(name)):
            raise _invalid(f"{name}: {describe(document.get(name))}")
    if document["issuer"] != issuer:
        observed = describe(document["issuer"])
        raise Refusal("disco.issuer_mismatch", expected=issuer, observed=observed)
    return Metadata(jwks_uri=document["jwks_uri"], problems=tuple(_problems(document, issuer, pkce)))


def _problems(document: Mapping[str, Any], issuer: str, pkce: bool) -> Iterator[Problem]:
    foreign = [name for name in _ENDPOINTS if name in document and _origin(document[name]) != _origin(issuer)]
    if foreign:
        yield Problem(
            code="disco.endpoint_cross_origin",
            expected=f"endpoints at {_origin(issuer)}",
            observed=", ".join(foreign),
        )
    weak = [name for name, values in _WEAK.items() if values & set(_texts(document.get(name)))]
    if weak:
        yield Problem(code="disco.weak_advertised", expected="no weak algorithm", observed=", ".join(weak))
    if pkce and "S256" not in _texts(document.get("code_challenge_methods_supported")):
        yield Problem(
            code="disco.pkce_not_advertised", expected="S256 among the methods", observed="not listed"
        )


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and len(_texts(value)) == len(value)


def _origin(url: Any) -> str:
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        _ = parts.port  # read only here, and refused when it is no port
    except ValueError:
        raise _invalid("an endpoint that is no URL") from None
    return f"{parts.scheme}://{parts.netloc}"


def _invalid(observed: str) -> Refusal:
    return Refusal("disco.invalid", expected="the members that Discovery requires", observed=observed)
