"""Whose authorization server is probed."""

from __future__ import annotations

import pytest

from harness.config import Config, Connector, Flow
from harness.matrix import Case
from harness.onboarding.probing import chosen
from tests.probing.conftest import connector

IMPLICIT = connector(id="implicit", flow="implicit", token_endpoint="")
CODE = connector(id="code", flow="code", client_secret="a-secret")
PKCE = connector(id="pkce")
BACKEND = connector(id="backend", flow="code", authorization_endpoint="", client_secret="a-secret")


@pytest.mark.parametrize(
    ("connectors", "flows", "expected"),
    [
        ((IMPLICIT, PKCE), ("implicit", "code-pkce"), PKCE),
        ((IMPLICIT, CODE, PKCE), ("implicit", "code", "code-pkce"), CODE),
        ((IMPLICIT, PKCE), ("implicit",), IMPLICIT),
        ((BACKEND, PKCE), ("code", "code-pkce"), PKCE),
        ((BACKEND, IMPLICIT), ("code", "implicit"), IMPLICIT),
        ((BACKEND,), ("code",), BACKEND),
    ],
    ids=["a code", "the first code", "what is asked for", "an endpoint", "an endpoint alone", "none"],
)
def test_one_connector_is_probed(
    connectors: tuple[Connector, ...], flows: tuple[Flow, ...], expected: Connector
) -> None:
    """Of the flows that are asked for: one with an authorization endpoint, and a code rather than none."""
    rows = tuple(Case(surface="embedded", flow=flow) for flow in flows)

    assert expected == chosen(Config(connectors=connectors), rows)
