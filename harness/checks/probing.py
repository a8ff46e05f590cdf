"""What the answers to probes of an authorization server mean."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True, kw_only=True)
class Exchanged:
    """What came of the exchange of a code.

    Attributes:
        granted: Whether tokens were given.
        said: The answer in words.
        cache_control: Its ``Cache-Control``.
        claims: What its id_token says; nobody has verified it.
        access_token: Its access token.
    """

    granted: bool
    said: str
    cache_control: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    access_token: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page that an authorization server showed.

    Attributes:
        address: Its address, without query.
        headers: Its headers, names in lower case.
    """

    address: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a probe saw; each fills in what it asked for.

    Attributes:
        exchanges: What came of its exchanges, in order.
        token_after: The status with which a resource took the first access token at the end.
        asked: The authorization request.
        response: Its response.
        public: Whether the client has no secret.
        codes: Codes that were given.
        redirected: Which variants of the redirect URI were redirected to.
        pages: Pages of the login.
    """

    exchanges: tuple[Exchanged, ...] = ()
    token_after: int | None = None
    asked: Mapping[str, str] = field(default_factory=dict, repr=False)
    response: Mapping[str, str] = field(default_factory=dict, repr=False)
    public: bool = False
    codes: tuple[str, ...] = field(default=(), repr=False)
    redirected: tuple[str, ...] = ()
    pages: tuple[Shown, ...] = ()


Check = Callable[[Seen], Iterator[Found]]


def granted(code: str, *, expected: str, observed: str, severity: Severity = "error") -> Check:
    """Return the check of an exchange that must be refused."""

    def check(seen: Seen) -> Iterator[Found]:
        if seen.exchanges[-1].granted:
            yield Found(code=code, severity=severity, expected=expected, observed=observed)

    return check


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


def check_returned(seen: Seen) -> Iterator[Found]:
    """State and nonce come back as they were sent, however long (RFC 6749 section 4.1.2, OIDCC-3.1.2.1)."""
    yield from _returned("state", seen.asked, seen.response)
    for one in seen.exchanges:
        if one.claims:
            yield from _returned("nonce", seen.asked, one.claims)
            return


_RETURNED = {
    "state": ("authz.state_missing", "authz.state_mismatch"),
    "nonce": ("claims.nonce_missing", "claims.nonce_mismatch"),
}


def _returned(name: str, asked: Mapping[str, str], given: Mapping[str, Any]) -> Iterator[Found]:
    sent, back = asked.get(name), given.get(name)
    if sent is None or sent == back:
        return
    missing, mismatch = _RETURNED[name]
    yield Found(
        code=missing if back is None else mismatch,
        severity="error",
        expected=f"the {name} of the request, {len(sent)} characters",
        observed=f"no {name}" if back is None else f"another one, {len(str(back))} characters",
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
    if seen.redirected:
        yield Found(
            code="idp.redirect_uri_loose",
            severity="error",
            expected="an error page for a redirect_uri that differs in any octet from the registered ones",
            observed=f"a redirect to the registered address with {', '.join(seen.redirected)}",
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
    yield from _lifetime(answer.claims)


def _lifetime(claims: Mapping[str, Any]) -> Iterator[Found]:
    iat, exp = claims.get("iat"), claims.get("exp")
    if not isinstance(iat, int | float) or not isinstance(exp, int | float):
        return  # what is wrong with them, a case says
    if (seconds := exp - iat) > Expected.long:
        yield Found(
            code="claims.lifetime_long",
            severity="error" if seconds > Expected.longest else "warning",
            expected=f"at most {Expected.long:.0f} s",
            observed=f"{seconds:.0f} s",
        )


def check_entropy(seen: Seen) -> Iterator[Found]:
    """A code cannot be guessed (RFC 6749 section 10.10).

    Two or three codes cannot prove that: found is what has no room for enough chance. What all begin or end
    with alike counts as fixed.
    """
    fixed = _fixed(seen.codes)
    bits = min(_room(code[len(fixed[0]) : len(code) - len(fixed[1])]) for code in seen.codes)
    if bits < LEAST_BITS:
        alike = f", {sum(map(len, fixed))} of them alike" if any(fixed) else ""
        yield Found(
            code="idp.code_entropy",
            severity="error",
            expected="128 bits of chance in a code",
            observed=f"room for {bits:.0f}, in {len(seen.codes)} codes of "
            f"{min(map(len, seen.codes))} characters{alike}",
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
