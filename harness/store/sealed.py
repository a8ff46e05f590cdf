"""Data that only the holder of a secret can read: with the store alone, in a backup too, nobody can.

A row is found by the hash of its secret; what it remembers is encrypted with another hash of the same secret.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from harness.protocol.sealing import Sealer

_PURPOSE = b"what the store remembers\0"
"""Sets the key apart from the hash by which the row is found."""


def sealed(secret: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return data as it is kept for the holder of a secret, which has at least 128 bits of its own."""
    return {"sealed": _sealer(secret).seal(json.dumps(data, allow_nan=False))}


def unsealed(secret: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return data that was kept for the holder of a secret.

    Raises:
        ValueError: When it was kept for somebody else, or changed.
    """
    data = _sealer(secret).unseal(kept["sealed"])
    if data is None:
        raise ValueError("a row of the store was sealed for another secret")
    read: dict[str, Any] = json.loads(data)
    return read


def _sealer(secret: str) -> Sealer:
    return Sealer(hashlib.sha256(_PURPOSE + secret.encode("utf-8", "surrogatepass")).digest())
