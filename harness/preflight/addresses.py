"""Host and port of an address."""

from __future__ import annotations

from urllib.parse import urlsplit

Address = tuple[str, int]
"""Host, in lower case, and port."""


def address_of(url: str) -> Address:
    """Return host and port of an https address; an empty host where it cannot be read."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower(), parts.port or 443
    except ValueError:
        return "", 443
