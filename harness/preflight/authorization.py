"""The authorization endpoint, asked as the popup asks it, without anybody who signs in."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from harness.config import Connector
from harness.preflight import markup
from harness.preflight.asking import Asker, Heard
from harness.preflight.walls import wall
from harness.protocol import pkce
from harness.protocol.authorization import ProviderError, authorization_url

SUBJECT = "authorization_endpoint"
STRANGER = "https://nobody-registered-this.invalid/callback"
"""A redirect URI that cannot be registered anywhere (RFC 2606 section 2)."""

MOST_HOPS = 5
PAGE = "text/html"
_REDIRECTS = (301, 302, 303, 307, 308)
_NEEDS_A_PERSON = ("login_required", "consent_required", "interaction_required", "account_selection_required")
_ERROR_PAGE = re.compile(
    r"\b(invalid_request|invalid_client|unauthorized_client|invalid_redirect_uri|redirect_uri_mismatch"
    r"|unsupported_response_type|AADSTS\d+)\b"
)


@dataclass(frozen=True, kw_only=True)
class AuthorizationSeen:
    """What the endpoint answered.

    Attributes:
        redirect_uri: The redirect URI that is registered.
        chain: The platform's request, and the pages that it led to.
        without: The same without ``parentWindowOrigin``, asked where the first was refused.
        stranger: The answer to a redirect URI that nobody registered; ``None`` where it was not asked.
        posted: The answer to the request as a POST; ``None`` where it was not asked.
    """

    redirect_uri: str
    chain: tuple[Heard, ...]
    without: tuple[Heard, ...] = ()
    stranger: Heard | None = None
    posted: Heard | None = None


def ask(
    asker: Asker, connector: Connector, redirect_uri: str, origin: str, *, with_stranger: bool
) -> AuthorizationSeen:
    """Send the platform's authorization request, and what tells how strict the server is.

    Args:
        asker: Sends the requests.
        connector: The connector.
        redirect_uri: The redirect URI that is registered.
        origin: The origin of the page that opens the popup.
        with_stranger: Whether a request with an unregistered redirect URI is sent too.
    """
    own = parameters(connector, redirect_uri)
    request, endpoint = {**own, "parentWindowOrigin": origin}, connector.authorization_endpoint
    with ThreadPoolExecutor(3) as pool:
        # Conversations of their own: each connects anew, and keeps its cookies to itself.
        what = "an authorization request, as the platform sends it"
        chain = pool.submit(_followed, asker, what, endpoint, request)
        posted = pool.submit(_posted_to, asker, endpoint, request)
        stranger = pool.submit(_asked_for_stranger, asker, endpoint, own) if with_stranger else None
        without: tuple[Heard, ...] = ()
        if refusal(chain.result(), redirect_uri) is not None:
            without = _followed(asker, "the same without parentWindowOrigin", endpoint, own)
        return AuthorizationSeen(
            redirect_uri=redirect_uri,
            chain=chain.result(),
            without=without,
            stranger=stranger.result() if stranger else None,
            posted=posted.result(),
        )


def parameters(connector: Connector, redirect_uri: str) -> dict[str, str]:
    """Return the parameters of the platform's authorization request."""
    asked = {
        "response_type": connector.asked_response_type,
        "client_id": connector.client_id,
        "redirect_uri": redirect_uri,
        "scope": f"{connector.scope} offline_access" if connector.delegation else connector.scope,
    }
    if connector.rfc_compliance:
        asked["state"] = secrets.token_urlsafe(24)
    else:
        asked["redirect_uri"] += "?" + urlencode({"lpUnifiedWindowConfig": "{}"})
    if connector.nonce:
        asked["nonce"] = secrets.token_urlsafe(24)
    if connector.response_mode is not None:
        asked["response_mode"] = connector.response_mode
    if connector.pkce:
        asked["code_challenge"] = pkce.s256(pkce.new_code_verifier(connector.verifier_length))
        asked["code_challenge_method"] = pkce.CODE_CHALLENGE_METHOD
    return asked


def _followed(asker: Asker, what: str, endpoint: str, request: Mapping[str, str]) -> tuple[Heard, ...]:
    """Ask, and follow redirects for as long as they lead to hosts that are named, never back."""
    with asker.alone() as alone:
        heard = alone.get(what, authorization_url(endpoint, request), accept=PAGE)
        chain = [heard]
        while len(chain) <= MOST_HOPS and (target := leads_to(heard)):
            if target.startswith(request["redirect_uri"]) or not alone.may(target):
                break
            heard = alone.get("the page that it led to", target, accept=PAGE)
            chain.append(heard)
    return tuple(chain)


def _posted_to(asker: Asker, endpoint: str, request: Mapping[str, str]) -> Heard:
    with asker.alone() as alone:
        what = "the authorization request as a POST"
        return alone.post(what, endpoint, request, headers={"Accept": PAGE})


def _asked_for_stranger(asker: Asker, endpoint: str, request: Mapping[str, str]) -> Heard:
    what = f"an authorization request with a redirect_uri that nobody registered, {STRANGER}"
    url = authorization_url(endpoint, {**request, "redirect_uri": STRANGER})
    with asker.alone() as alone:
        return alone.get(what, url, accept=PAGE, notable=True)


def leads_to(heard: Heard) -> str:
    """Return where an answer redirects, absolute; empty where it does not."""
    if heard.status not in _REDIRECTS or not heard.header("location"):
        return ""
    try:
        return urljoin(heard.url, heard.header("location"))
    except ValueError:
        return ""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """How a request was refused: the code, and what was seen."""

    code: str
    observed: str


def refusal(chain: tuple[Heard, ...], redirect_uri: str) -> Refused | None:
    """Return how a request was refused, ``None`` where it was not, or not surely by the server itself."""
    last = chain[-1]
    if last.answer is None or wall(last.answer) or last.status in (401, 403):
        return None
    target = leads_to(last)
    if target.startswith(redirect_uri):
        error = _error_in(target)
        if error is None or error in _NEEDS_A_PERSON:
            return None
        return Refused(code=ProviderError(error).code, observed=f"error {error} at the redirect URI")
    read, word = markup.read(last.text, last.url), _ERROR_PAGE.search(last.text)
    said = f"status {last.status}" + (f", a page {read.title!r}" if read.title else "")
    if last.status >= 500:
        return Refused(code="authz.server_error", observed=said)
    if word and not read.asks_password:
        return Refused(code="authz.invalid_request", observed=f"{said} that says {word[0]}")
    if last.status >= 400 and len(chain) == 1:
        return Refused(code="authz.invalid_request", observed=said)
    return None  # a page further on may have wanted a script, or a browser


def _error_in(url: str) -> str | None:
    parts = urlsplit(url)
    for encoded in (parts.query, parts.fragment):
        if found := parse_qs(encoded).get("error"):
            return found[0][:80]
    return None
