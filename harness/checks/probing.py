"""What the answers to probes of an authorization server mean."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from harness.checks.advice import framable, who_may_frame
from harness.checks.found import Found
from harness.protocol.claims import Expected
from harness.protocol.problem import Severity

LEAST_BITS = 112
"""Bits that a code's characters must have room for: the 128 of RFC 6749 section 10.10, less what two good
codes may have in common by chance."""

SHORTEST_FIXED = 4
"""Characters that codes begin or end with alike, from which on they count as fixed."""

_NO_GUESS = re.compile(r"[-._~/+=]")
_ALPHABETS = ((re.compile(r"\d+"), 10), (re.compile(r"[\da-f]+|[\dA-F]+"), 16), (re.compile(r"[^\W_]+"), 62))


class Facts(BaseModel):
    """What a probe saw, as it stands on the timeline: no credential is in it."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)


class Exchanged(Facts):
    """What came of the exchange of a code.

    Attributes:
        granted: Whether tokens were given.
        said: The answer in words.
        cache_control: Its ``Cache-Control``.
        seconds: For how long its id_token is good, by what it says; ``None`` where it does not say.
        echoed: What its text repeats of what was sent and is secret, by name.
        claims: What its id_token says; nobody has verified it. Not on the timeline.
        access_token: Its access token. Not on the timeline.
    """

    granted: bool
    said: str
    cache_control: str = ""
    seconds: float | None = None
    echoed: tuple[str, ...] = ()
    claims: dict[str, Any] = Field(default_factory=dict, exclude=True, repr=False)
    access_token: str = Field(default="", exclude=True, repr=False)


class Shown(Facts):
    """A page that an authorization server showed.

    Attributes:
        address: Its address, without query.
        headers: Its headers, names in lower case.
    """

    address: str
    headers: dict[str, str] = Field(repr=False)


class Returned(Facts):
    """A value that had to come back as it was sent, and did not.

    Attributes:
        name: ``state`` or ``nonce``.
        sent: Its characters.
        back: Those of what came back; ``None`` where nothing did.
    """

    name: str
    sent: int
    back: int | None


class Codes(Facts):
    """What codes are made of, as far as it shows.

    Attributes:
        number: How many there were.
        characters: How long the shortest was.
        alike: How many characters all of them have in common at the start and the end.
        bits: What the rest has room for.
    """

    number: int
    characters: int
    alike: int
    bits: float


class Seen(Facts):
    """What a probe saw; each fills in what it asked for.

    Attributes:
        exchanges: What came of its exchanges, in order.
        token_after: The status with which a resource took the first access token at the end.
        returned: What came back otherwise than it was sent.
        public: Whether the client has no secret.
        codes: What the codes are made of.
        did: What the server did that a strict one does not, each in words.
        status: The status of the one answer.
        pages: Pages of the login.
    """

    exchanges: tuple[Exchanged, ...] = ()
    token_after: int | None = None
    returned: tuple[Returned, ...] = ()
    public: bool = False
    codes: Codes | None = None
    did: tuple[str, ...] = ()
    status: int = 0
    pages: tuple[Shown, ...] = ()


Check = Callable[[Seen], Iterator[Found]]


def granted(code: str, *, expected: str, observed: str, severity: Severity = "error") -> Check:
    """Return the check of an exchange that must be refused."""

    def check(seen: Seen) -> Iterator[Found]:
        if seen.exchanges[-1].granted:
            yield Found(code=code, severity=severity, expected=expected, observed=observed)

    return check


def did(code: str, *, expected: str, observed: str, severity: Severity = "error") -> Check:
    """Return the check of what a strict server does not do.

    Args:
        code: The finding's code.
        expected: What a strict server does.
        observed: What this one did, with a place for the words of it.
        severity: What it weighs.
    """

    def check(seen: Seen) -> Iterator[Found]:
        if seen.did:
            told = observed.format(", ".join(seen.did))
            yield Found(code=code, severity=severity, expected=expected, observed=told)

    return check


def check_post(seen: Seen) -> Iterator[Found]:
    """An authorization request may come by POST as well (OIDCC-3.1.2.1)."""
    if seen.status >= 400:
        yield Found(
            code="idp.authorize_post",
            severity="warning",
            expected="an authorization request by POST taken as by GET",
            observed=f"status {seen.status}",
        )


def check_consent(seen: Seen) -> Iterator[Found]:
    """Who may be an impostor gets nothing that the consumer does not know of (RFC 6749 section 10.2)."""
    if seen.did:
        yield Found(
            code="idp.auto_consent",
            severity="error" if seen.public else "warning",
            expected="a page that asks the consumer, where the request says prompt=consent",
            observed=f"{', '.join(seen.did)} at once"
            + (", for a client that does not authenticate" if seen.public else ""),
        )


def check_echo(seen: Seen) -> Iterator[Found]:
    """An error's text repeats nothing that is secret (CWE-209)."""
    if told := tuple(dict.fromkeys(name for one in seen.exchanges for name in one.echoed)):
        yield Found(
            code="idp.error_leaks",
            severity="error",
            expected="an error in general words",
            observed=f"one that repeats the request's {' and '.join(told)}",
        )


def check_reuse(seen: Seen) -> Iterator[Found]:
    """A code is good for once, and its tokens are revoked when it comes again (RFC 6749 section 4.1.2)."""
    _, second = seen.exchanges
    if second.granted:
        yield Found(
            code="idp.code_reusable",
            severity="error",
            expected="a code that comes a second time refused",
            observed="tokens, twice",
        )
    elif seen.token_after is not None and seen.token_after < 300:
        yield Found(
            code="idp.code_reuse_no_revoke",
            severity="warning",
            expected="the first tokens revoked when their code comes again",
            observed="the first access token still good",
        )


def check_race(seen: Seen) -> Iterator[Found]:
    """Of two exchanges at the same moment one may win (RFC 6749 section 10.5)."""
    if all(one.granted for one in seen.exchanges):
        yield Found(
            code="idp.code_race",
            severity="error",
            expected="tokens for one of two exchanges at the same moment",
            observed="tokens for both",
        )


_RETURNED = {
    "state": ("authz.state_missing", "authz.state_mismatch"),
    "nonce": ("claims.nonce_missing", "claims.nonce_mismatch"),
}


def returned(
    asked: Mapping[str, str], response: Mapping[str, str], exchanges: Iterable[Exchanged] = ()
) -> tuple[Returned, ...]:
    """Return what did not come back as it was asked: the state in the response, the nonce in the id_token."""
    claims = next((one.claims for one in exchanges if one.claims), None)
    pairs: tuple[tuple[str, Mapping[str, Any] | None], ...] = (("state", response), ("nonce", claims))
    return tuple(
        Returned(name=name, sent=len(asked[name]), back=None if back is None else len(str(back)))
        for name, given in pairs
        if given is not None and name in asked and (back := given.get(name)) != asked[name]
    )


def check_returned(seen: Seen) -> Iterator[Found]:
    """State and nonce come back as they were sent, however long (RFC 6749 section 4.1.2, OIDCC-3.1.2.1)."""
    for one in seen.returned:
        missing, mismatch = _RETURNED[one.name]
        yield Found(
            code=missing if one.back is None else mismatch,
            severity="error",
            expected=f"the {one.name} of the request, {one.sent} characters",
            observed=f"no {one.name}" if one.back is None else f"another one, {one.back} characters",
        )


def check_unchallenged(seen: Seen) -> Iterator[Found]:
    """A verifier is taken for a code with a challenge only (RFC 9700 section 2.1.1)."""
    if seen.exchanges[-1].granted:
        yield Found(
            code="idp.pkce_downgrade",
            severity="error",
            expected="a code_verifier refused where the request had no code_challenge",
            observed="tokens",
        )
    elif seen.public:
        yield Found(
            code="idp.pkce_downgrade",
            severity="warning",
            expected="a code_challenge asked of a client without a secret",
            observed="a code without one",
        )


def check_redirects(seen: Seen) -> Iterator[Found]:
    """Nothing is sent to an address that is only like a registered one (RFC 9700 section 4.1.3)."""
    if seen.did:
        yield Found(
            code="idp.redirect_uri_loose",
            severity="error",
            expected="an error page for a redirect_uri that differs in any octet from the registered ones",
            observed=f"a redirect to the registered address with {', '.join(seen.did)}",
        )


def check_token_answer(seen: Seen) -> Iterator[Found]:
    """Tokens are not cached (OIDCC-3.1.3.3), and an id_token is no credential for days (OIDCC-16.18)."""
    answer = seen.exchanges[0]
    directives = {one.strip().lower() for one in answer.cache_control.split(",")}
    if "no-store" not in directives:
        yield Found(
            code="idp.token_cacheable",
            severity="error",
            expected="Cache-Control: no-store",
            observed=f"Cache-Control: {answer.cache_control[:80]}"
            if answer.cache_control
            else "no Cache-Control",
        )
    if answer.seconds is not None and answer.seconds > Expected.long:
        yield Found(
            code="claims.lifetime_long",
            severity="error" if answer.seconds > Expected.longest else "warning",
            expected=f"at most {Expected.long:.0f} s",
            observed=f"{answer.seconds:.0f} s",
        )


def measured(codes: tuple[str, ...]) -> Codes:
    """Return what codes are made of, as far as it shows.

    Two or three codes cannot prove that they are good: what counts is whether there is room for enough
    chance. What all begin or end with alike counts as fixed.
    """
    fixed = _fixed(codes)
    return Codes(
        number=len(codes),
        characters=min(map(len, codes)),
        alike=sum(map(len, fixed)),
        bits=min(_room(code[len(fixed[0]) : len(code) - len(fixed[1])]) for code in codes),
    )


def check_entropy(seen: Seen) -> Iterator[Found]:
    """A code cannot be guessed (RFC 6749 section 10.10)."""
    codes = seen.codes
    if codes is not None and codes.bits < LEAST_BITS:
        alike = f", {codes.alike} of them alike" if codes.alike else ""
        yield Found(
            code="idp.code_entropy",
            severity="error",
            expected="128 bits of chance in a code",
            observed=f"room for {codes.bits:.0f}, in {codes.number} codes of "
            f"{codes.characters} characters{alike}",
        )


def _fixed(codes: tuple[str, ...]) -> tuple[str, str]:
    """Return what codes begin with and end with alike, empty where that may be chance."""
    if len(codes) < 2:
        return "", ""
    start = _alike(codes)
    end = _alike(tuple(code[len(start) :][::-1] for code in codes))[::-1]
    return start, end


def _alike(texts: tuple[str, ...]) -> str:
    """Return what texts begin with alike; nothing where it is so short that it may be chance."""
    same = itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*texts, strict=False))
    start = "".join(letters[0] for letters in same)
    return start if len(start) >= SHORTEST_FIXED else ""


def _room(text: str) -> float:
    """Return the bits that a text of such characters can have at most."""
    letters = _NO_GUESS.sub("", text)
    size = next((size for alphabet, size in _ALPHABETS if alphabet.fullmatch(letters)), 64)
    return len(letters) * math.log2(size)


def check_framing(seen: Seen) -> Iterator[Found]:
    """No foreign site may frame a page of the login (RFC 9700 section 4.16)."""
    for page in seen.pages:
        if framed_by := who_may_frame(page.headers):
            yield framable(page.address, framed_by)
            return


def check_probe(name: str, seen: Seen) -> Iterator[Found]:
    """Yield what the answers to one probe mean.

    Args:
        name: The probe's name.
        seen: What it saw.
    """
    for check in READ.get(name, ()):
        yield from check(seen)


_EXACT = "an error page for a redirect_uri that differs in any octet from the registered ones"

READ: Mapping[str, tuple[Check, ...]] = {
    "code-reuse": (check_reuse,),
    "token-answer": (check_token_answer,),
    "code-race": (check_race, check_returned),
    "wrong-verifier": (
        granted("idp.pkce_not_enforced", expected="a wrong code_verifier refused", observed="tokens"),
    ),
    "no-verifier": (
        granted(
            "idp.pkce_not_enforced", expected="an exchange without code_verifier refused", observed="tokens"
        ),
    ),
    "no-challenge": (check_unchallenged,),
    "plain-challenge": (
        granted(
            "idp.pkce_plain", expected="plain refused, S256 asked for", observed="tokens", severity="warning"
        ),
    ),
    "other-redirect-uri": (
        granted(
            "idp.redirect_uri_not_checked",
            expected="the redirect_uri that the code was issued for",
            observed="tokens for another one",
        ),
    ),
    "no-client-authentication": (
        granted("idp.client_auth_optional", expected="invalid_client without the secret", observed="tokens"),
    ),
    "other-client": (
        granted("idp.code_not_bound", expected="a code refused to another client", observed="tokens"),
    ),
    "exchange-by-get": (
        granted("idp.token_get", expected="an exchange by GET refused", observed="tokens for a GET"),
    ),
    "code-lifetime": (
        granted(
            "idp.code_lifetime",
            expected="a code that is older than ten minutes refused",
            observed="tokens for it",
        ),
    ),
    "error-echo": (check_echo,),
    "long-state-and-nonce": (check_returned,),
    "unregistered-redirect-uri": (
        did(
            "idp.redirect_uri_unvalidated",
            expected="an error page for a redirect_uri that nobody registered",
            observed="{}",
        ),
    ),
    "redirect-uri-variants": (check_redirects,),
    "insecure-redirect-uri": (
        did(
            "authz.redirect_uri_insecure",
            expected="https in the redirect_uri of a web client",
            observed="{} to the same address by http",
        ),
    ),
    "redirect-uri-with-fragment": (
        did("idp.redirect_uri_fragment", expected=_EXACT, observed="{} to an address with a fragment"),
    ),
    "redirect-uri-with-response": (
        did(
            "idp.redirect_uri_pollution",
            expected=_EXACT,
            observed="{} to an address that names a code and a state already, so that two arrive",
        ),
    ),
    "repeated-parameter": (
        did(
            "idp.duplicate_parameter",
            expected="invalid_request where a parameter comes twice",
            observed="a response although {} came twice",
        ),
    ),
    "unknown-parameter": (
        did(
            "idp.unknown_parameter",
            expected="a parameter that the server does not know ignored",
            observed="{}",
        ),
    ),
    "authorize-post": (check_post,),
    "authorize-cors": (
        did(
            "idp.authorize_cors",
            expected="no Access-Control-Allow-Origin at the authorization endpoint",
            observed="{}",
        ),
    ),
    "error-redirect": (
        did(
            "idp.open_redirect",
            expected="client and redirect_uri looked at before any error is redirected",
            observed="{} to an address that nobody registered",
        ),
    ),
    "silent-request": (
        did(
            "idp.prompt_none_ui",
            expected="login_required at the redirect_uri, where prompt=none and nobody is signed in",
            observed="{}",
        ),
    ),
    "reflected-input": (
        did(
            "idp.reflected_input",
            expected="what a request says escaped in every page",
            observed="markup of the request as an element of the page, from {}",
        ),
    ),
    "forced-consent": (check_consent,),
    "login-from-elsewhere": (
        did(
            "idp.login_csrf",
            expected="a login form refused that another browser was shown and another site sends",
            observed="{}",
        ),
    ),
    "session-before-login": (
        did(
            "idp.session_fixation",
            expected="a new session id with the login",
            observed="{}",
        ),
    ),
    "code-entropy": (check_entropy,),
    "framing": (check_framing,),
}
"""Who reads the answers to a probe, by its name."""
