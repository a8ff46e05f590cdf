"""Addresses: whom they lead to, and what of them may be shown."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from harness import redact

Address = tuple[str, int]
"""Host, in lower case, and port."""


def address_of(url: str) -> Address:
    """Return host and port of an https address; an empty host where it cannot be read."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower(), parts.port or 443
    except ValueError:
        return "", 443


def shown(url: str) -> str:
    """Return an address without its query, and without steps of its path that may be a session's."""
    parts = urlsplit(url)
    return redact.address(urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))).text
