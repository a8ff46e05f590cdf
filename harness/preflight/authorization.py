"""The authorization endpoint, asked as the popup asks it, without anybody who signs in."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from harness.checks.found import Found
from harness.config import Connector, Mode
from harness.preflight import csp, markup
from harness.preflight.addresses import shown
from harness.preflight.asking import Asker, Heard
from harness.preflight.model import Line, Undetermined
from harness.preflight.said import Said, unheard
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
        if _refusal(chain.result(), redirect_uri) is not None:
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
class _Refusal:
    code: str
    observed: str


def _refusal(chain: tuple[Heard, ...], redirect_uri: str) -> _Refusal | None:
    """Return how a request was refused, ``None`` where it was not, or not surely by the server itself."""
    last = chain[-1]
    if last.answer is None or wall(last.answer) or last.status in (401, 403):
        return None
    target = leads_to(last)
    if target.startswith(redirect_uri):
        error = _error_in(target)
        if error is None or error in _NEEDS_A_PERSON:
            return None
        return _Refusal(code=ProviderError(error).code, observed=f"error {error} at the redirect URI")
    read, word = markup.read(last.text, last.url), _ERROR_PAGE.search(last.text)
    said = f"status {last.status}" + (f", a page {read.title!r}" if read.title else "")
    if last.status >= 500:
        return _Refusal(code="authz.server_error", observed=said)
    if word and not read.asks_password:
        return _Refusal(code="authz.invalid_request", observed=f"{said} that says {word[0]}")
    if last.status >= 400 and len(chain) == 1:
        return _Refusal(code="authz.invalid_request", observed=said)
    return None  # a page further on may have wanted a script, or a browser


def _error_in(url: str) -> str | None:
    parts = urlsplit(url)
    for encoded in (parts.query, parts.fragment):
        if found := parse_qs(encoded).get("error"):
            return found[0][:80]
    return None


def judge(seen: AuthorizationSeen, connector: Connector, mode: Mode) -> Iterator[Said]:
    """Say whether the endpoint takes the platform's request, and what its page does to the popup."""
    last = seen.chain[-1]
    if said := tuple(unheard(SUBJECT, last, mode)):
        yield from said
        return
    yield from _downgrades(seen)
    refused = _refusal(seen.chain, seen.redirect_uri)
    if refused is not None:
        yield from _refused(seen, connector, refused)
    elif last.status >= 400:
        yield Line(subject=SUBJECT, mark="unknown", said=f"status {last.status} at {shown(last.url)}")
        reason = f"status {last.status} at {shown(last.url)}, which may want a browser; sign in to find out"
        yield Undetermined(subject=SUBJECT, reason=reason)
    else:
        yield Line(subject=SUBJECT, mark="yes", said=_landed(last))
        yield from _page(last, seen.redirect_uri)
    yield from _posted(seen)
    yield from _stranger(seen)


def _landed(last: Heard) -> str:
    if not (target := leads_to(last)):
        return f"answers with a page, status {last.status}; parentWindowOrigin is tolerated"
    host = urlsplit(target).netloc
    return f"leads on to {host}, which the file does not name, so nothing was asked there"


def _downgrades(seen: AuthorizationSeen) -> Iterator[Found]:
    for heard in seen.chain:
        if (target := leads_to(heard)).startswith("http://"):
            yield Found(
                code="redirect.downgrade",
                severity="error",
                expected="https at every hop",
                observed=f"a redirect from {shown(heard.url)} to http://{urlsplit(target).netloc}",
            )


def _refused(seen: AuthorizationSeen, connector: Connector, refused: _Refusal) -> Iterator[Said]:
    if seen.without and seen.without[-1].answer and _refusal(seen.without, seen.redirect_uri) is None:
        yield Line(subject=SUBJECT, mark="no", said="refuses parentWindowOrigin, which it does not know")
        yield Found(
            code="idp.unknown_parameter",
            severity="error",
            expected="parentWindowOrigin ignored",
            observed=f"{refused.observed}; the same request without it is taken",
        )
        return
    yield Line(subject=SUBJECT, mark="no", said=refused.observed)
    fix = (
        f"Compare the registration of client {connector.client_id} with the connector: redirect URI "
        f"{seen.redirect_uri}, response type {connector.asked_response_type}, scope {connector.scope}"
    )
    yield Found(
        code=refused.code,
        severity="error",
        expected=f"the login, for client {connector.client_id}",
        observed=refused.observed,
        fix=fix if refused.code == "authz.invalid_request" else None,
    )


def _page(last: Heard, redirect_uri: str) -> Iterator[Said]:
    """Say what the login page's headers do to the popup, and to whoever frames it."""
    if last.status >= 300 or not last.header("content-type").startswith(PAGE):
        return
    header, page = last.header("content-security-policy"), shown(last.url)
    listed = [one["frame-ancestors"] for one in csp.policies(header) if "frame-ancestors" in one]
    anybody = all(set(one) & {"*", "http:", "https:"} for one in listed)
    if anybody and (listed or not last.header("x-frame-options")):
        yield Line(subject="login page", mark="warning", said="any site may put it into a frame")
        yield Found(
            code="idp.framable",
            severity="error",
            expected="frame-ancestors 'none', or the origins that may frame it",
            observed=f"{page} with frame-ancestors *" if listed else f"{page} without frame-ancestors",
        )
    yield from _form_action(last, redirect_uri)
    opener = last.header("cross-origin-opener-policy").partition(";")[0].strip()
    if opener.startswith("same-origin"):
        yield Found(
            code="popup.opener_severed",
            severity="info",
            expected="a login without Cross-Origin-Opener-Policy, or with unsafe-none",
            observed=f"{page} with Cross-Origin-Opener-Policy: {opener}",
            fix="Nothing, if the platform's own page comes back afterwards; else send unsafe-none",
        )


def _form_action(last: Heard, redirect_uri: str) -> Iterator[Said]:
    parts = urlsplit(redirect_uri)
    goal = f"{parts.scheme}://{parts.netloc}"
    in_page = markup.read(last.text, last.url).policies
    for policy in csp.policies(last.header("content-security-policy"), in_page):
        if csp.permits(policy, "form-action", redirect_uri, last.url) is False:
            yield Line(subject="login page", mark="warning", said=f"form-action does not list {goal}")
            yield Found(
                code="idp.csp_form_action",
                severity="warning",
                expected=f"{goal} in the form-action of {shown(last.url)}",
                observed=f"form-action {' '.join(policy['form-action'])}",
                fix=f"Add {goal} to form-action on {shown(last.url)}: Chromium holds every redirect that "
                "follows a form's POST against it",
            )
            return


def _posted(seen: AuthorizationSeen) -> Iterator[Said]:
    if seen.posted is None or seen.posted.status not in (404, 405, 501):
        return
    yield Found(
        code="idp.authorize_post",
        severity="warning",
        expected="an authorization request by POST taken as by GET",
        observed=f"status {seen.posted.status}",
    )


def _stranger(seen: AuthorizationSeen) -> Iterator[Said]:
    subject, stranger = "redirect_uri", seen.stranger
    if stranger is None or tuple(unheard(subject, stranger, "strict")):
        return
    if leads_to(stranger).startswith(STRANGER):
        yield Line(subject=subject, mark="no", said="one that nobody registered is redirected to")
        yield Found(
            code="idp.redirect_uri_unvalidated",
            severity="error",
            expected="an error page for a redirect_uri that is not registered",
            observed=f"a redirect to {STRANGER}",
        )
    elif _refusal((stranger,), STRANGER) is not None:
        yield Line(subject=subject, mark="yes", said="one that nobody registered is refused")
    else:
        yield Line(
            subject=subject, mark="unknown", said="one that nobody registered is not refused before a login"
        )
