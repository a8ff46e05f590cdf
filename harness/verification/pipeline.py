"""The order in which an id_token is verified: ``STEPS``, one screen.

Every step is a pure function. It looks at a :class:`Subject`, returns it with what it learnt, and yields
problems. A step that cannot see any further raises :class:`~harness.protocol.problem.Refusal`. The first
problem of severity *error* fixes the verdict's code; later steps still run, read-only, and what they
report is *also found*.

OpenID Connect Core sections 3.1.3.7 and 3.2.2.11, RFC 8725 section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from joserfc.jwk import Key

from harness.protocol import claims, jose
from harness.protocol.keys import VerificationKey
from harness.protocol.problem import Problem, Refusal, describe

_KEY_HEADERS = ("jwk", "jku", "x5u", "x5c")
_LEAKS = ("sub", "email", "phone_number", "given_name", "family_name", "name")


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What a key source found, and what it noticed on the way."""

    candidates: tuple[VerificationKey, ...]
    notes: tuple[Problem, ...] = ()


class KeySource(Protocol):
    """Where the issuer's signature keys come from."""

    def find(self, kid: str | None, algorithm: str) -> Keys:
        """Return the keys that may verify; raise :class:`Refusal` when none can be had."""
        ...

    def find_again(self, kid: str | None, algorithm: str) -> Keys | None:
        """Return the keys once more after a failed signature, or ``None`` when they cannot have changed."""
        ...


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the connector asks of a token.

    Attributes:
        algorithms: The JWS algorithms that are accepted.
        encrypted: Whether the token must be a nested JWE.
        key_encryption: The accepted JWE ``alg`` values.
        content_encryption: The accepted JWE ``enc`` values.
        decryption_keys: The platform's private keys by ``kid``.
        decrypt: Opens the outer layer with one of them.
        keys: The issuer's public keys.
        expected: What the claims are held against.
    """

    algorithms: frozenset[str] = frozenset({"RS256"})
    encrypted: bool = False
    key_encryption: frozenset[str] = frozenset({"RSA-OAEP-256"})
    content_encryption: frozenset[str] = frozenset({"A128CBC-HS256", "A128GCM", "A256GCM"})
    decryption_keys: Mapping[str, Key] = field(default_factory=dict, repr=False)
    decrypt: Callable[[jose.CompactJwe, Key, Collection[str]], bytes] = jose.decrypt
    keys: KeySource
    expected: claims.Expected


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The token under verification and what the steps have learnt of it so far."""

    token: str = field(repr=False)
    rules: Rules
    jwe: jose.CompactJwe | None = None
    jws: jose.CompactJws | None = None
    keys: tuple[VerificationKey, ...] = ()
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def signed(self) -> jose.CompactJws:
        """The signed layer; only steps after *envelope* and *encryption* ask for it."""
        assert self.jws is not None, "no signed layer yet"
        return self.jws

    @property
    def algorithm(self) -> str:
        """The signed layer's algorithm; only steps after *header* ask for it."""
        return str(self.signed.header["alg"])

    @property
    def kid(self) -> str | None:
        """The signed layer's key id."""
        return self.signed.header.get("kid")


Result = Problem | Subject
Step = Callable[[Subject], Iterator[Result]]
"""Yields problems, and at most one Subject that replaces the one it was given."""


def envelope(subject: Subject) -> Iterator[Result]:
    """Take the compact form apart; its layers agree with the configured encryption."""
    token = jose.read(subject.token)
    if isinstance(token, jose.CompactJwe):
        if not subject.rules.encrypted:
            raise Refusal("jwe.unexpected", expected="a signed token", observed="an encrypted token")
        yield replace(subject, jwe=token)
        return
    if jose.layers(token.payload) == 5:
        raise Refusal("jwe.wrong_order", expected="signed, then encrypted", observed="encrypted, then signed")
    if subject.rules.encrypted:
        yield Problem(
            code="jwe.required", expected="an encrypted token", observed="a token that is only signed"
        )
    yield replace(subject, jws=token)


def encryption(subject: Subject) -> Iterator[Result]:
    """Decrypt the outer layer with one of the platform's keys, by ``kid``."""
    if subject.jwe is None:
        return
    head, rules = subject.jwe.header, subject.rules
    _listed("jwe.alg_not_allowed", head.get("alg"), rules.key_encryption)
    _listed("jwe.enc_not_allowed", head.get("enc"), rules.content_encryption)
    if "zip" in head:
        raise Refusal("jwe.zip_not_allowed", expected="no compression", observed=describe(head["zip"]))
    for problem in jose.check_critical(head):
        raise Refusal(problem.code, expected=problem.expected, observed=problem.observed)
    yield from _check_type(head)
    if str(head.get("cty", "")).upper().removeprefix("APPLICATION/") != "JWT":
        yield Problem(code="jwe.cty_missing", expected="cty JWT", observed=describe(head.get("cty")))
    if leaked := [name for name in _LEAKS if name in head]:
        yield Problem(code="jwe.header_leaks", expected="no claims in the clear", observed=", ".join(leaked))
    plaintext = rules.decrypt(subject.jwe, _decryption_key(head, rules), [head["alg"], head["enc"]])
    inner = jose.layers(plaintext)
    if inner == 5:
        raise Refusal("jwe.nesting", expected="two layers", observed="another encrypted layer")
    if inner != 3:
        raise Refusal("jwe.inner_not_signed", expected="a signed token inside", observed="something else")
    token = jose.read(plaintext.decode("ascii"))
    assert isinstance(token, jose.CompactJws), "three parts"
    yield replace(subject, jws=token)


def _decryption_key(head: Mapping[str, Any], rules: Rules) -> Key:
    kid = head.get("kid")
    key = next(iter(rules.decryption_keys.values()), None)
    if kid is not None:
        key = rules.decryption_keys.get(kid) if isinstance(kid, str) else None
    if key is None:
        raise Refusal("jwe.kid_not_found", expected="the platform's key id", observed=describe(kid))
    return key


def header(subject: Subject) -> Iterator[Result]:
    """The signed layer's header names an allowed algorithm and asks for nothing unknown."""
    head = subject.signed.header
    algorithm = head.get("alg")
    if algorithm is None:
        raise Refusal("jwt.alg_missing", expected="RS256", observed="no alg")
    if algorithm == "none":
        raise Refusal("jwt.alg_none", expected="a signature", observed="none")
    _listed("jwt.alg_not_allowed", algorithm, subject.rules.algorithms)
    yield from jose.check_critical(head)
    yield from _check_type(head)
    if "kid" in head and not isinstance(head["kid"], str):
        raise Refusal("jwt.header_invalid", expected="kid as a string", observed=describe(head["kid"]))


def _check_type(head: Mapping[str, Any]) -> Iterator[Problem]:
    """``typ``, where a header of either layer has one, is ``JWT`` (RFC 7519 section 5.1)."""
    typ = head.get("typ", "JWT")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") != "jwt":
        yield Problem(code="idtoken.wrong_token_type", expected="typ JWT or none", observed=describe(typ))


def _listed(code: str, value: Any, allowed: frozenset[str]) -> None:
    if not isinstance(value, str) or value not in allowed:
        raise Refusal(code, expected=", ".join(sorted(allowed)), observed=describe(value))


def key_choice(subject: Subject) -> Iterator[Result]:
    """Choose among the issuer's own keys; the token's header only narrows the choice."""
    found = subject.rules.keys.find(subject.kid, subject.algorithm)
    yield from found.notes
    yield replace(subject, keys=found.candidates)


def signature(subject: Subject) -> Iterator[Result]:
    """Exactly one chosen key verifies the received octets; a stale key set gets one more chance."""
    good = _verifying(subject, subject.keys)
    if not good and (again := subject.rules.keys.find_again(subject.kid, subject.algorithm)):
        good = _verifying(subject, again.candidates)
        if good:
            yield from again.notes
    named = [name for name in _KEY_HEADERS if name in subject.signed.header]
    if named:
        yield Problem(
            code="jwt.key_header_present",
            expected="a kid alone",
            observed=", ".join(named),
            severity=None if good else "info",
        )
    if subject.kid is None and len(subject.keys) > 1:
        several = len(good) != 1
        yield Problem(
            code="jwks.kid_absent",
            expected="a kid, with several keys in the set",
            observed=f"no kid; {len(good)} of {len(subject.keys)} keys verify",
            severity="error" if several else None,
        )
    elif not good:
        yield Problem(
            code="jwt.signature_invalid",
            expected="a signature by a key of the configured issuer",
            observed=f"no match among {len(subject.keys)} key(s)",
        )


def _verifying(subject: Subject, keys: tuple[VerificationKey, ...]) -> list[VerificationKey]:
    return [key for key in keys if key.key and jose.verify(subject.signed, key.key, subject.algorithm)]


def payload(subject: Subject) -> Iterator[Result]:
    """The payload is one strict JSON object and no further token."""
    octets = subject.signed.payload
    if jose.layers(octets):
        raise Refusal("jwt.nested_unexpected", expected="claims", observed="another signed token")
    claimed = jose.read_object(octets, invalid="jwt.payload_invalid", encoding="jwt.payload_encoding")
    yield replace(subject, claims=claimed)


def _claim(rule: claims.Rule) -> Step:
    def step(subject: Subject) -> Iterator[Result]:
        yield from rule(subject.claims, subject.rules.expected)

    step.__name__, step.__doc__ = rule.__name__.removeprefix("check_"), rule.__doc__
    return step


def at_hash(subject: Subject) -> Iterator[Result]:
    """``at_hash`` fits an access token that came by the front channel."""
    yield from claims.check_at_hash(subject.claims, subject.rules.expected, subject.algorithm)


def header_copies(subject: Subject) -> Iterator[Result]:
    """Claims that a header repeats are the same there."""
    headers = tuple(layer.header for layer in (subject.jwe, subject.jws) if layer is not None)
    yield from claims.check_header_copies(subject.claims, headers)


STEPS: tuple[Step, ...] = (
    envelope,
    encryption,
    header,
    key_choice,
    signature,
    payload,
    _claim(claims.check_renewal),
    _claim(claims.check_iss),
    _claim(claims.check_aud),
    _claim(claims.check_azp),
    _claim(claims.check_exp),
    _claim(claims.check_iat),
    _claim(claims.check_nbf),
    _claim(claims.check_nonce),
    at_hash,
    _claim(claims.check_auth_time),
    _claim(claims.check_acr),
    _claim(claims.check_sub),
    _claim(claims.check_custom),
    header_copies,
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A problem with the step that found it."""

    step: str
    problem: Problem


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What the steps found, and what could be read.

    Attributes:
        claims: The payload's claims; unverified when a problem is an error.
        found: The problems, in the order of the steps.
        signing_input: What the signature is over: the same for a token that was encrypted once more.
        text: The token as it came.
        headers: The JOSE headers that could be read, outer layer first: ``jwe``, ``jws``.
        ran: The steps that ran, in order; the last one may have found that nothing more can be read.
    """

    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    found: tuple[Finding, ...] = ()
    signing_input: bytes = field(default=b"", repr=False)
    text: str = field(default="", repr=False)
    headers: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    ran: tuple[str, ...] = ()


LIBRARY_ERRORS = (ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError)
"""What libraries raise on odd input beside their own errors."""

_MAPPED = {
    "envelope": "jwt.malformed_compact",
    "encryption": "jwe.decrypt_failed",
    "header": "jwt.header_invalid",
    "key_choice": "jwks.invalid",
    "signature": "jwt.signature_invalid",
}
"""What a step that could not read on amounts to; the steps from the payload on have one code."""


def examine(subject: Subject, steps: tuple[Step, ...] = STEPS) -> Examined:
    """Run the steps in order and collect every problem; never raises on a bad token."""
    found: list[Finding] = []
    ran: list[str] = []
    for step in steps:
        name = getattr(step, "__name__", "step")
        ran.append(name)
        try:
            for result in step(subject):
                if isinstance(result, Subject):
                    subject = result
                else:
                    found.append(Finding(step=name, problem=result))
        except Refusal as refusal:
            found += [Finding(step=name, problem=one) for one in (refusal.problem, *refusal.notes)]
            break
        except LIBRARY_ERRORS as error:
            # Nobody's own refusal: its text may hold parts of the token, and is not passed on.
            code = _MAPPED.get(name, "jwt.payload_invalid")
            problem = Problem(code=code, expected="what can be read", observed=type(error).__name__)
            found.append(Finding(step=name, problem=problem))
            break
    signed = subject.jws.signing_input if subject.jws else b""
    layers = (("jwe", subject.jwe), ("jws", subject.jws))
    return Examined(
        claims=subject.claims,
        found=tuple(found),
        signing_input=signed,
        text=subject.token,
        headers=tuple((kind, layer.header) for kind, layer in layers if layer is not None),
        ran=tuple(ran),
    )
