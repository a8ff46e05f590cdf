"""What a connector counts on that is standard, and that the platform's documents do not mention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.checks.found import Found
from harness.config import Connector
from harness.preflight.said import Said

CODE = "platform.undocumented"

_DOCUMENTED: Mapping[str, object] = {
    "algorithms": ("RS256",),
    "key_encryption": ("RSA-OAEP-256",),
    "discovery": False,
    "response_mode": None,
    "userinfo_endpoint": None,
    "max_age": None,
    "acr_values": (),
    "iss_parameter": False,
}
"""Settings, and the one value of each that the platform's documents know."""


def judge_documented(connector: Connector) -> Iterator[Said]:
    """Say which settings of a connector nobody can count on at the platform."""
    unknown = [name for name, value in _DOCUMENTED.items() if getattr(connector, name) != value]
    if unknown:
        yield Found(
            code=CODE,
            severity="warning",
            expected="what the platform documents",
            observed=f"{', '.join(unknown)} of the connector {connector.id}",
        )
