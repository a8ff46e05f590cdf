"""Where a fault may take hold of the sample brand: plain functions that normally change nothing.

The roles call their seams without knowing what is behind them; :mod:`harness.faults` puts something there.
The platform has none but its habits: what diagnoses cannot be told what was broken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from joserfc.jwk import Key, RSAKey

from harness.own_habits import OwnHabits
from harness.roles.idp.lenience import Lenience
from harness.roles.line import Line
from harness.roles.platform.habits import PageHabits
from harness.verification.habits import Habits


class IssueCode(Protocol):
    """Issues one authorization code for the transaction at hand."""

    def __call__(self, *, code_challenge: str | None, prefix: str = "") -> str:
        """Issue a code bound to ``code_challenge``, the rest as in the request, its text after ``prefix``."""
        ...


class PlatformKey(Protocol):
    """Returns the platform's public encryption key of a key type."""

    def __call__(self, key_type: str = "RSA") -> Key:
        """Return the key for ``RSA`` or ``EC``."""
        ...


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An id_token that is about to be signed.

    Attributes:
        header: The protected header, as JSON octets or as the object they stand for.
        payload: The octets of the payload.
        key: The key that signs.
        algorithm: How it signs, whatever the header says.
    """

    header: Mapping[str, Any] | bytes
    payload: bytes = field(repr=False)
    key: Key
    algorithm: str = "RS256"


@dataclass(frozen=True, kw_only=True)
class HttpAnswer:
    """What an endpoint is about to answer.

    Attributes:
        wait: Seconds before the first octet.
        pace: Seconds between two octets.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    wait: float = 0
    pace: float = 0


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """An authorization response that is about to be sent.

    Attributes:
        parameters: Its parameters, in order.
        mode: ``query``, ``fragment``, ``form_post``, or ``glued`` for a query without its question mark.
        status: The status of the redirect.
        through: What comes before the percent-encoded redirect URI, where another site leads there.
        again: Whether it leads back to the authorization endpoint instead.
        plain: Whether it leads to plain http.
        page: By what in a page it leads on, instead of by a redirect.
    """

    parameters: tuple[tuple[str, str], ...] = field(repr=False)
    mode: str
    status: int = 303
    through: str = ""
    again: bool = False
    plain: bool = False
    page: Literal["", "meta", "script"] = ""


@dataclass(frozen=True, kw_only=True)
class PageAnswers:
    """What a page method answers with instead of the bare credential.

    Attributes:
        token: JSON in which the texts ``{credential}`` and ``{redirect_uri}`` are filled in; ``None`` for
            what a correct page answers.
        edit: What happens to the credential first: ``bearer``, ``quoted``, ``newline``, ``percent`` or
            ``base64``.
        odd: A JavaScript value that is no JSON, passed as the token: ``undefined``, ``promise``,
            ``element``.
        errors: The arguments that follow the token.
    """

    token: Any = field(default=None, repr=False)
    edit: str = ""
    odd: str = ""
    errors: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the brand's page is made of beside its page method.

    Attributes:
        csp: Directives of its content security policy, beside or instead of its own; ``None`` drops one.
        scripts: Scripts of ``web/static/brand/extra`` that are loaded before the SDK, each with what it is
            told after a colon: ``cached:memory``.
        inline: Whether the page method stands in the page without a nonce.
        sdk: Attributes of the SDK's script element, beside or instead of its own; ``{server}`` in one stands
            for the address at which the server really listens.
        copies: How many script elements load the SDK.
        comment: A comment in its HTML.
        worker: The script of ``web/static/brand/extra`` that is the site's service worker.
        logs_out: Whether its sign-out tells the SDK.
        plain: Whether it is served over plain http, to which its https address leads then.
    """

    csp: Mapping[str, str | None] = field(default_factory=dict)
    scripts: tuple[str, ...] = ()
    inline: bool = False
    sdk: Mapping[str, str] = field(default_factory=dict)
    copies: int = 1
    comment: str = ""
    worker: str = ""
    logs_out: bool = True
    plain: bool = False


def _same_claims(claims: dict[str, Any], now: float) -> dict[str, Any]:
    return claims


def _same_draft(draft: Draft, issuer: str, keys: Mapping[str, RSAKey]) -> Draft:
    return draft


def _same_token(token: str) -> str:
    return token


def _plain_envelope(token: str, encrypt: Callable[[str], str] | None, key: PlatformKey) -> str:
    return encrypt(token) if encrypt else token


def _one_code(issue: IssueCode, code_challenge: str | None) -> str:
    return issue(code_challenge=code_challenge)


def _same_answer(answer: HttpAnswer) -> HttpAnswer:
    return answer


def _same_redirect(redirect: Redirect) -> Redirect:
    return redirect


@dataclass(frozen=True, kw_only=True)
class Seams:
    """The places at which the sample brand can be made to misbehave.

    Attributes:
        claims: The id_token's payload before it is signed, with the time in seconds.
        refreshed_claims: The payload of an id_token that answers a refresh token, before ``claims``.
        draft: Header, payload and key, with the issuer and the keys of every issuer.
        signed: The compact token after it was signed.
        envelope: Encrypts; given the token, how it would be encrypted if it were, and the platform's key.
        code: Issues the authorization code.
        redirect: The authorization response.
        token_answer: The token endpoint's answer.
        jwks_answer: The key set's answer.
        discovery_answer: The discovery document's answer.
        userinfo_answer: The userinfo endpoint's answer.
        client_secret: Another secret under which the platform's client is registered.
        secret_decoded: Whether the parts of a Basic header are form-decoded before they are compared.
        auth_method: The one method by which the platform's client may authenticate; ``None`` for any.
        authorize_post: Whether the authorization endpoint takes a POST.
        unknown_client: Whether an unknown client is ``shown`` an error or ``redirected`` with one.
        verifier_needs_challenge: Whether a verifier is refused for a code that has no challenge.
        revoke_on_reuse: Whether a code that comes twice ends the tokens that came of it.
        lenience: Further rules that the authorization server leaves out.
        habits: What the platform's backend does of its own accord.
        page_habits: What the platform's SDK and window do of their own accord.
        own_habits: What the harness does of its own accord.
        page_method: Which script the page loads as its page method.
        page: What the page is made of beside it.
        page_answers: What the script ``answering`` answers.
        identity: What becomes of the identity function's answer.
        page_headers: Headers that the brand's pages carry beside or instead of their own.
        idp_headers: Headers that the authorization server's pages carry beside or instead of their own.
        redirector: Whether the brand has an address that leads wherever it is told to.
        idp_scripts: Scripts of ``web/static/idp/extra`` in the authorization server's pages.
        login_status: The status with which the login form's POST is answered when it was good.
        browser: What is done to the consumer's browser before any page is open.
        direct: Hosts that the browser reaches past the name-mapping proxy.
        line: What is wrong with the line from the platform's servers to the authorization servers.
        idp_clock: Seconds by which the authorization servers' clock is ahead of the harness's.
    """

    claims: Callable[[dict[str, Any], float], dict[str, Any]] = _same_claims
    refreshed_claims: Callable[[dict[str, Any], float], dict[str, Any]] = _same_claims
    draft: Callable[[Draft, str, Mapping[str, RSAKey]], Draft] = _same_draft
    signed: Callable[[str], str] = _same_token
    envelope: Callable[[str, Callable[[str], str] | None, PlatformKey], str] = _plain_envelope
    code: Callable[[IssueCode, str | None], str] = _one_code
    redirect: Callable[[Redirect], Redirect] = _same_redirect
    token_answer: Callable[[HttpAnswer], HttpAnswer] = _same_answer
    jwks_answer: Callable[[HttpAnswer], HttpAnswer] = _same_answer
    discovery_answer: Callable[[HttpAnswer], HttpAnswer] = _same_answer
    userinfo_answer: Callable[[HttpAnswer], HttpAnswer] = _same_answer
    client_secret: str | None = field(default=None, repr=False)
    secret_decoded: bool = True
    auth_method: str | None = None
    authorize_post: bool = True
    unknown_client: Literal["shown", "redirected"] = "shown"
    verifier_needs_challenge: bool = True
    revoke_on_reuse: bool = True
    lenience: Lenience = field(default_factory=Lenience)
    habits: Habits = field(default_factory=Habits)
    page_habits: PageHabits = field(default_factory=PageHabits)
    own_habits: OwnHabits = field(default_factory=OwnHabits)
    page_method: str = "correct"
    page: Page = field(default_factory=Page)
    page_answers: PageAnswers | None = None
    identity: Callable[[dict[str, Any]], Any] | None = None
    page_headers: Mapping[str, str] = field(default_factory=dict)
    idp_headers: Mapping[str, str] = field(default_factory=dict)
    redirector: bool = False
    idp_scripts: tuple[str, ...] = ()
    login_status: int = 303
    browser: Callable[[Any], None] | None = None
    direct: tuple[str, ...] = ()
    line: Line | None = None
    idp_clock: float = 0
