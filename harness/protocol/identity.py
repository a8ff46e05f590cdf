"""The targeting identity that a page pushes: it names somebody, it proves nothing (platform contract)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.protocol.problem import Problem

MEMBERS = ("iss", "sub", "acr")


def check_identity(identity: Any, claims: Mapping[str, Any]) -> Iterator[Problem]:
    """Hold the page's identity against the verified claims.

    Args:
        identity: What the identity function answered; ``None`` when the page pushes none.
        claims: The verified claims.
    """
    if identity is None:
        return
    whole = isinstance(identity, dict) and all(isinstance(identity.get(name), str) for name in MEMBERS)
    if not whole or set(identity) - set(MEMBERS):
        yield Problem(
            code="platform.identity_invalid",
            expected="{iss, sub, acr}, all strings",
            observed="another shape",
        )
    if not isinstance(identity, dict):
        return
    for name in ("iss", "sub"):
        if isinstance(identity.get(name), str) and identity[name] != claims.get(name):
            yield Problem(
                code="platform.identity_mismatch",
                expected=f"the {name} of the id_token",
                observed=f"another {name} in the identity function",
            )
            return
