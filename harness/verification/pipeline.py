"""The order in which an id_token is verified: ``STEPS``, one screen.

Every step is a pure function. It looks at a :class:`Subject`, returns it with what it learnt, and yields
problems. A step that cannot see any further raises :class:`~harness.protocol.problem.Refusal`. The first
problem of severity *error* fixes the verdict's code; later steps still run, read-only, and what they
report is *also found*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from joserfc.jwk import RSAKey

from harness.protocol import claims, jose
from harness.protocol.keys import VerificationKey
from harness.protocol.problem import Problem, Refusal, describe


class KeySource(Protocol):
    """Where the issuer's signature keys come from."""

    def candidates(self, kid: str | None, algorithm: str) -> tuple[VerificationKey, ...]:
        """Return the keys that may verify; raise :class:`Refusal` when none can be had."""
        ...


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the connector asks of a token.

    Attributes:
        algorithms: The JWS algorithms that are accepted.
        encrypted: Whether the token must be a nested JWE.
        content_encryption: The accepted ``enc`` values.
        decryption_keys: The platform's private keys by ``kid``.
        keys: The issuer's public keys.
        expected: What the claims are held against.
    """

    algorithms: frozenset[str] = frozenset({"RS256"})
    encrypted: bool = False
    content_encryption: frozenset[str] = frozenset({"A128CBC-HS256", "A128GCM", "A256GCM"})
    decryption_keys: Mapping[str, RSAKey] = field(default_factory=dict, repr=False)
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
        """The signed layer; only steps after *envelope* or *encryption* ask for it."""
        assert self.jws is not None, "no signed layer yet"
        return self.jws


Step = Callable[[Subject], "Iterator[Problem | Subject]"]
"""Yields problems, and at most one Subject that replaces the one it was given."""


def envelope(subject: Subject) -> Iterator[Problem | Subject]:
    """Take the compact form apart; its layers agree with the configured encryption."""
    token = jose.read(subject.token)
    encrypted = isinstance(token, jose.CompactJwe)
    if encrypted and not subject.rules.encrypted:
        raise Refusal("jwe.unexpected", expected="a signed token", observed="an encrypted token")
    if not encrypted and subject.rules.encrypted:
        yield Problem(
            code="jwe.required", expected="an encrypted token", observed="a token that is only signed"
        )
    if isinstance(token, jose.CompactJwe):
        yield replace(subject, jwe=token)
    else:
        yield replace(subject, jws=token)


def encryption(subject: Subject) -> Iterator[Problem | Subject]:
    """Decrypt the outer layer with one of the platform's keys, by ``kid``."""
    if subject.jwe is None:
        return
    header, rules = subject.jwe.header, subject.rules
    if header.get("alg") != "RSA-OAEP-256":
        raise Refusal("jwe.alg_not_allowed", expected="RSA-OAEP-256", observed=describe(header.get("alg")))
    if header.get("enc") not in rules.content_encryption:
        expected = ", ".join(sorted(rules.content_encryption))
        raise Refusal("jwe.enc_not_allowed", expected=expected, observed=describe(header.get("enc")))
    if "zip" in header:
        raise Refusal("jwe.zip_not_allowed", expected="no compression", observed=describe(header["zip"]))
    kid = header.get("kid")
    key = (
        rules.decryption_keys.get(kid) if isinstance(kid, str) else next(iter(rules.decryption_keys.values()))
    )
    if key is None:
        raise Refusal("jwe.kid_not_found", expected="the platform's key id", observed=describe(kid))
    plaintext = jose.decrypt(subject.jwe, key, ["RSA-OAEP-256", header["enc"]])
    try:
        inner = jose.read(plaintext.decode("ascii"))
    except (UnicodeDecodeError, Refusal):
        raise Refusal(
            "jwe.inner_not_signed", expected="a signed token inside", observed="something else"
        ) from None
    if not isinstance(inner, jose.CompactJws):
        raise Refusal("jwe.nesting", expected="a signed token inside", observed="another encrypted layer")
    yield replace(subject, jws=inner)


def header(subject: Subject) -> Iterator[Problem | Subject]:
    """The signed layer's header names an allowed algorithm and asks for nothing unknown."""
    head = subject.signed.header
    algorithm = head.get("alg")
    if algorithm is None:
        raise Refusal("jwt.alg_missing", expected="RS256", observed="no alg")
    if isinstance(algorithm, str) and algorithm.lower() == "none":
        raise Refusal("jwt.alg_none", expected="a signature", observed=describe(algorithm))
    if algorithm not in subject.rules.algorithms:
        expected = ", ".join(sorted(subject.rules.algorithms))
        raise Refusal("jwt.alg_not_allowed", expected=expected, observed=describe(algorithm))
    if "crit" in head:
        raise Refusal(
            "jwt.crit_unsupported", expected="no critical extension", observed=describe(head["crit"])
        )
    typ = head.get("typ", "JWT")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") != "jwt":
        yield Problem(code="idtoken.wrong_token_type", expected="typ JWT or none", observed=describe(typ))


def key_choice(subject: Subject) -> Iterator[Problem | Subject]:
    """Choose among the issuer's own keys; the token's header only narrows the choice."""
    head = subject.signed.header
    kid = head.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise Refusal("jwt.header_invalid", expected="kid as a string", observed=type(kid).__name__)
    keys = subject.rules.keys.candidates(kid, head["alg"])
    if not keys:
        raise Refusal("jwks.kid_not_found", expected="a kid of the issuer's key set", observed=describe(kid))
    yield replace(subject, keys=keys)


def signature(subject: Subject) -> Iterator[Problem | Subject]:
    """One of the chosen keys verifies the octets that were received."""
    algorithm = subject.signed.header["alg"]
    if not any(jose.verify(subject.signed, candidate.key, algorithm) for candidate in subject.keys):
        yield Problem(
            code="jwt.signature_invalid",
            expected="a signature by a key of the configured issuer",
            observed=f"no match among {len(subject.keys)} key(s)",
        )


def payload(subject: Subject) -> Iterator[Problem | Subject]:
    """The payload is one strict JSON object."""
    yield replace(subject, claims=jose.read_object(subject.signed.payload, invalid="jwt.payload_invalid"))


def _claim(rule: Callable[[Mapping[str, Any], claims.Expected], Iterator[Problem]]) -> Step:
    def step(subject: Subject) -> Iterator[Problem | Subject]:
        yield from rule(subject.claims, subject.rules.expected)

    step.__name__, step.__doc__ = rule.__name__.removeprefix("check_"), rule.__doc__
    return step


STEPS: tuple[Step, ...] = (
    envelope,
    encryption,
    header,
    key_choice,
    signature,
    payload,
    _claim(claims.check_iss),
    _claim(claims.check_aud),
    _claim(claims.check_exp),
    _claim(claims.check_iat),
    _claim(claims.check_nonce),
    _claim(claims.check_sub),
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A problem with the step that found it."""

    step: str
    problem: Problem


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What the steps found, and the claims as far as they could be read."""

    claims: Mapping[str, Any] = field(repr=False)
    found: tuple[Finding, ...]


def examine(subject: Subject, steps: tuple[Step, ...] = STEPS) -> Examined:
    """Run the steps in order and collect every problem; never raises on a bad token."""
    found: list[Finding] = []
    for step in steps:
        name = getattr(step, "__name__", "step")
        try:
            for result in step(subject):
                if isinstance(result, Subject):
                    subject = result
                else:
                    found.append(Finding(step=name, problem=result))
        except Refusal as refusal:
            found.append(Finding(step=name, problem=refusal.problem))
            break
    return Examined(claims=subject.claims, found=tuple(found))
