"""What an issuer says of itself, for somebody who writes a connector: the issuer's host alone is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from harness import tls
from harness.config import Deadlines, Flow
from harness.net import NameMap, Outside, back_channel
from harness.own_brand import Network, is_https
from harness.protocol import metadata
from harness.protocol.problem import Refusal
from harness.verification.discovery import DOCUMENT_LIMIT, document
from harness.verification.outbound import Outbound


@dataclass(frozen=True, kw_only=True)
class Advertised:
    """What a discovery document is good for here; what it does not say is empty.

    Attributes:
        issuer: How the server calls itself.
        endpoints: The addresses, by the key of the configuration file.
        flows: The flows that it offers, the one to prefer first.
        client_auth: How it wants the client's secret.
    """

    issuer: str
    endpoints: Mapping[str, str]
    flows: tuple[Flow, ...]
    client_auth: Literal["basic", "post"] = "basic"


def ask(issuer: str, network: Network) -> Advertised:
    """Ask an issuer for its discovery document.

    Args:
        issuer: An https URL.
        network: How it is reached.

    Raises:
        Refusal: ``disco.invalid``, or a code of the family ``net``.
    """
    host, deadlines = urlsplit(issuer).hostname or "", Deadlines()
    names = NameMap({}, outside=Outside(named=frozenset({host}), network=network))
    url, trust = metadata.well_known(issuer), tls.outward(network.ca)
    with back_channel(names, trust, connect=deadlines.connect, total=deadlines.keys) as http:
        answer = Outbound(http, connect=deadlines.connect).get(
            url, limit=DOCUMENT_LIMIT, total=deadlines.keys
        )
    return read(document(answer))


def read(found: Any) -> Advertised:
    """Return what a discovery document offers (OpenID Connect Discovery section 3, RFC 8414 section 2).

    Raises:
        Refusal: ``disco.invalid`` where it names no issuer.
    """
    if not isinstance(found, dict) or not isinstance(found.get("issuer"), str):
        raise Refusal("disco.invalid", expected="a document with an issuer", observed="another one")
    names = {"authorization_endpoint": "authorization_endpoint", "token_endpoint": "token_endpoint"}
    names["keys"] = "jwks_uri"
    endpoints = {key: url for key, name in names.items() if (url := _https(found.get(name)))}
    methods = _texts(found, "token_endpoint_auth_methods_supported")
    only_post = "client_secret_post" in methods and "client_secret_basic" not in methods
    return Advertised(
        issuer=found["issuer"],
        endpoints=endpoints,
        flows=tuple(_flows(found)),
        client_auth="post" if only_post else "basic",
    )


def _flows(found: Mapping[str, Any]) -> list[Flow]:
    responses = [set(one.split()) for one in _texts(found, "response_types_supported")]
    code, implicit = {"code"} in responses, {"id_token"} in responses
    rows: tuple[tuple[Flow, bool], ...] = (
        ("code-pkce", code and "S256" in _texts(found, "code_challenge_methods_supported")),
        ("code", code),
        ("implicit", implicit),
        (
            "implicit-jwe",
            implicit and "RSA-OAEP-256" in _texts(found, "id_token_encryption_alg_values_supported"),
        ),
    )
    return [flow for flow, offered in rows if offered]


def _texts(found: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = found.get(name)
    return tuple(one for one in values if isinstance(one, str)) if isinstance(values, list) else ()


def _https(url: Any) -> str:
    return url if isinstance(url, str) and is_https(url) and url.isprintable() else ""
