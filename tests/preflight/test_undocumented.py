"""What a connector counts on that the platform's documents do not mention."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks.found import Found
from harness.config import Connector
from harness.preflight.undocumented import judge_documented

CONNECTOR: dict[str, Any] = {
    "id": "acme",
    "flow": "implicit",
    "issuer": "https://login.acme.example",
    "client_id": "platform",
    "jwks_uri": "https://login.acme.example/jwks",
}


def test_what_is_documented_is_not_worth_a_word() -> None:
    """The defaults are the platform's own."""
    assert () == tuple(judge_documented(Connector(**CONNECTOR)))


@pytest.mark.parametrize(
    "setting",
    [
        {"algorithms": ("ES256",)},
        {"algorithms": ("RS256", "PS256")},
        {"key_encryption": ("ECDH-ES",)},
        {"response_mode": "form_post"},
        {"discovery": True},
        {"iss_parameter": True},
        {"max_age": 300},
    ],
)
def test_what_is_standard_and_not_documented_is_a_warning(setting: dict[str, Any]) -> None:
    """With the setting's name and the connector's."""
    (found,) = judge_documented(Connector(**CONNECTOR, **setting))

    assert isinstance(found, Found)
    assert ("platform.undocumented", "warning") == (found.code, found.severity)
    assert f"{next(iter(setting))} of the connector acme" == found.observed
