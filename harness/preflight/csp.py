"""Content security policies, read far enough to know what they let a page load (CSP3 section 6.7.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from harness.checks.places import directives

Policy = Mapping[str, Sequence[str]]

FALLBACK: Mapping[str, tuple[str, ...]] = {
    "script-src": ("script-src-elem", "script-src", "default-src"),
    "frame-src": ("frame-src", "child-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
    "form-action": ("form-action",),
}
"""The directives that decide, the first that a policy has before the others (CSP3 section 6.8.3)."""


def policies(header: str, in_page: Iterable[str] = ()) -> tuple[Policy, ...]:
    """Return the policies of a header, which may hold several, and of a page's meta elements."""
    return tuple(directives(one) for one in (*header.split(","), *in_page) if one.strip())


def deciding(policy: Policy, directive: str) -> tuple[str, Sequence[str]] | None:
    """Return the directive of a policy that decides, with its sources; ``None`` where nothing limits."""
    return next(((name, policy[name]) for name in FALLBACK[directive] if name in policy), None)


def permits(policy: Policy, directive: str, url: str, page: str, *, nonce: str | None = None) -> bool | None:
    """Tell whether a policy lets a page use an address; ``None`` where that hangs on what a script does.

    Args:
        policy: The policy.
        directive: What the address is used for.
        url: The address, or how it begins.
        page: The page's own address.
        nonce: The nonce of the element that names the address; ``None`` where there is no such element.
    """
    found = deciding(policy, directive)
    if found is None:
        return True
    sources = found[1]
    if nonce and f"'nonce-{nonce}'" in sources:
        return True
    trusting = "'strict-dynamic'" in (one.lower() for one in sources)
    if trusting and directive == "script-src":
        return None  # whoever loads it has to be trusted, and hosts are not looked at
    if any(_matches(one.lower(), url, page) for one in sources):
        return True
    by_mark = any(one.lower().startswith(("'nonce-", "'sha")) for one in sources)
    return None if by_mark and directive == "script-src" and nonce is None else False


def _matches(source: str, url: str, page: str) -> bool:
    wanted = urlsplit(url)
    if source == "*":
        return wanted.scheme in ("http", "https", "ws", "wss")
    if source == "'self'":
        own = urlsplit(page)
        return (wanted.scheme, wanted.netloc) == (own.scheme, own.netloc)
    if source.startswith("'"):
        return False
    if source.endswith(":"):
        return source == f"{wanted.scheme}:" or (source == "http:" and wanted.scheme == "https")
    return _host_matches(source, url)


def _host_matches(source: str, url: str) -> bool:
    scheme, _, rest = source.rpartition("://")
    host, slash, path = rest.partition("/")
    name, _, port = host.partition(":")
    wanted = urlsplit(url)
    if scheme and scheme != wanted.scheme and (scheme, wanted.scheme) != ("http", "https"):
        return False
    if port not in ("", "*", str(wanted.port or 443)):
        return False
    given = wanted.hostname or ""
    named = given.endswith(name[1:]) if name.startswith("*.") else given == name
    if not slash or path == "":
        return named
    asked = wanted.path.lower()
    return named and (asked.startswith(f"/{path}") if path.endswith("/") else asked == f"/{path}")
