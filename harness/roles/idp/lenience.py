"""What a less careful authorization server lets pass, each named after the rule that it leaves out.

The endpoints ask it where a rule is looked at; by default every rule holds.
"""

from __future__ import annotations

import posixpath
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

Match = Literal[
    "exact",
    "any",
    "prefix",
    "path",
    "ending",
    "subdomain",
    "folded",
    "decoded",
    "normalised",
    "port",
    "query",
    "fragment",
]
"""How an address is compared with a registered one."""


@dataclass(frozen=True, kw_only=True)
class Lenience:
    """The rules that are left out.

    Attributes:
        redirect_uri: How redirect URIs are compared.
        registered: Redirect URIs that are registered for every client of the platform besides.
        repeated: Whether of a repeated parameter the last one counts.
        ignored: Parameters of an authorization request that are not looked at.
        known: The only parameters of an authorization request that do not make it fail, beside those of the
            specifications; ``None`` where none does.
        errors: Whether an error is redirected before the redirect URI is looked at.
        origins: What the authorization endpoint's answers say may read them; empty for nothing.
        guarded: Whether the login form is bound to the browser that it was shown in.
        rotated: Whether a login gives the browser a new session id.
        reflected: Parameters that the login page repeats as they are.
        consent: Whether a consumer is asked before a client gets to know them.
        verifier: Whether a ``code_verifier`` is compared.
        code_seconds: Another life of a code.
        code_text: What a code is made of: chance, a counter, a few digits, or a counter in a long word.
        code_again: Seconds in which a used code is taken again.
        client: Whether a code is good for the client only that it was issued to.
        exchanged_uri: Whether an exchange has to repeat the redirect URI.
        secret: Whether a client that has a secret needs it.
        exchange_by_get: Whether the token endpoint takes a GET.
        echoed: Members of a refused exchange that the error's description repeats.
    """

    redirect_uri: Match = "exact"
    registered: tuple[str, ...] = ()
    repeated: bool = False
    ignored: tuple[str, ...] = ()
    known: tuple[str, ...] | None = None
    errors: bool = False
    origins: str = ""
    guarded: bool = True
    rotated: bool = True
    reflected: tuple[str, ...] = ()
    consent: bool = True
    verifier: bool = True
    code_seconds: float | None = None
    code_text: Literal["chance", "counted", "short", "dressed"] = "chance"
    code_again: float | None = field(default=None)
    client: bool = True
    exchanged_uri: bool = True
    secret: bool = True
    exchange_by_get: bool = False
    echoed: tuple[str, ...] = ()

    def takes(self, asked: str, registered: tuple[str, ...]) -> bool:
        """Tell whether a redirect URI is one that is registered, the way they are compared here."""
        known, compare = (*registered, *self.registered), _MATCHES[self.redirect_uri]
        return asked in known or any(compare(asked, one) for one in known)

    def fails_over(self, names: set[str]) -> bool:
        """Tell whether one of a request's parameters is one too many."""
        return self.known is not None and not names <= {*_KNOWN, *self.known}

    def new_code(self, number: int) -> str:
        """Return the text of a code.

        Args:
            number: The how many-th one it is.
        """
        return _CODES[self.code_text](number)


_KNOWN = frozenset(
    {
        *("response_type", "client_id", "redirect_uri", "scope", "state", "response_mode"),
        *("nonce", "display", "prompt", "max_age", "ui_locales", "id_token_hint", "login_hint", "acr_values"),
        *("code_challenge", "code_challenge_method"),
    }
)
"""What OAuth, OpenID Connect Core section 3.1.2.1 and PKCE define."""


def _without(part: str) -> Callable[[str, str], bool]:
    """Return a comparison that leaves a part of the addresses out."""

    def compare(asked: str, registered: str) -> bool:
        left, right = (urlsplit(one)._replace(**{part: ""}).geturl() for one in (asked, registered))
        return left == right

    return compare


def _bare(parts: SplitResult) -> tuple[str, str]:
    """Return scheme and host as a resolver understands them."""
    return parts.scheme, (parts.hostname or "").rstrip(".")


def _same_server(asked: str, registered: str) -> bool:
    left, right = urlsplit(asked), urlsplit(registered)
    return _bare(left) == _bare(right)


def _path(asked: str, registered: str) -> bool:
    return urlsplit(asked).path == urlsplit(registered).path


def _subdomain(asked: str, registered: str) -> bool:
    left, right = urlsplit(asked), urlsplit(registered)
    return (left.hostname or "").endswith(f".{right.hostname}") and left.path == right.path


def _normalised(asked: str, registered: str) -> bool:
    left = posixpath.normpath(unquote(urlsplit(asked).path))
    folder = posixpath.dirname(urlsplit(registered).path)
    return _same_server(asked, registered) and left.startswith(folder)


_MATCHES: Mapping[Match, Callable[[str, str], bool]] = {
    "exact": lambda asked, registered: False,
    "any": lambda asked, registered: True,
    "prefix": lambda asked, registered: asked.startswith(registered),
    "path": _path,
    "ending": lambda asked, registered: asked.startswith(registered.rpartition("/")[0]),
    "subdomain": _subdomain,
    "folded": lambda asked, registered: asked.lower() == registered.lower(),
    "decoded": lambda asked, registered: unquote(asked).startswith(registered),
    "normalised": _normalised,
    "port": lambda asked, registered: _same_server(asked, registered) and _path(asked, registered),
    "query": _without("query"),
    "fragment": _without("fragment"),
}

_CODES: Mapping[str, Callable[[int], str]] = {
    "chance": lambda number: secrets.token_urlsafe(32),
    "counted": lambda number: f"{100_000 + number}",
    "short": lambda number: f"{secrets.randbelow(10**10):010}",
    "dressed": lambda number: f"code-of-the-brand-s-own-authorization-server-{number:08}",
}
