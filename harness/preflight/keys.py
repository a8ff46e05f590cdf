"""The keys that id_tokens are verified with: can they be had, and can they do what the connector allows?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.config import Connector, Mode
from harness.preflight.asking import Asker, Heard
from harness.preflight.model import Line
from harness.preflight.said import Said, problem_found, unheard
from harness.protocol import keys
from harness.protocol.keys import KeySet
from harness.protocol.problem import Problem, Refusal
from harness.verification import key_sets

SET, KEY, SECRET = "jwks_uri", "jwt_public_key", "client_secret"


def ask(asker: Asker, connector: Connector) -> Heard:
    """Ask for the key set."""
    assert connector.jwks_uri is not None, "asked only where the keys are a set"
    return asker.get("the key set", connector.jwks_uri, limit=key_sets.JWKS_LIMIT)


def judge_set(heard: Heard, connector: Connector, mode: Mode) -> Iterator[Said]:
    """Say whether the set can be read, and holds a key for an algorithm that is allowed."""
    if heard.problem is not None and heard.problem.code == "net.response_too_large":
        yield from problem_found(SET, replace(heard.problem, code="jwks.too_large"), mode)
        return
    if said := tuple(unheard(SET, heard, mode)):
        yield from said
        return
    assert heard.answer is not None, "what was not heard has been said"
    try:
        key_set = key_sets.read(heard.answer)
    except Refusal as refusal:
        yield from problem_found(SET, refusal.problem, mode)
        return
    yield from _usable(SET, key_set, connector, mode)


def judge_configured(connector: Connector, mode: Mode) -> Iterator[Said]:
    """Say whether the configured key, or the secret of a negotiated HMAC, is usable and strong enough."""
    symmetric = tuple(one for one in connector.algorithms if one.startswith("HS"))
    secret = connector.client_secret.get_secret_value() if connector.client_secret else ""
    for algorithm in symmetric:
        try:
            keys.from_secret(secret, algorithm)
        except Refusal as refusal:
            yield from problem_found(SECRET, refusal.problem, mode)
    if connector.jwt_public_key is None:
        return
    try:
        key_set = keys.from_spki(connector.jwt_public_key)
    except Refusal as refusal:
        yield from problem_found(KEY, refusal.problem, mode)
        return
    yield from _usable(KEY, key_set, connector, mode)


def _usable(subject: str, key_set: KeySet, connector: Connector, mode: Mode) -> Iterator[Said]:
    """Say which algorithms have a key; one is enough, as the issuer signs with what it likes."""
    usable, problem = [], None
    for algorithm in (one for one in connector.algorithms if not one.startswith("HS")):
        try:
            found = len(key_set.candidates(None, algorithm))
            usable.append(f"{found} {'key' if found == 1 else 'keys'} for {algorithm}")
        except Refusal as refusal:
            problem = problem or refusal.problem
    if usable:
        yield Line(subject=subject, mark="yes", said=", ".join(usable))
    elif problem is not None:
        yield from problem_found(subject, _of_the_set(problem, connector), mode)
    for odd in key_set.problems:
        yield from problem_found(subject, odd, mode)


def _of_the_set(problem: Problem, connector: Connector) -> Problem:
    """Turn what a token's header would be told into what the keys are to be told."""
    if problem.code != "jwt.alg_key_mismatch":
        return problem
    return Problem(
        code=problem.code,
        expected=f"a signing key for {' or '.join(connector.algorithms)}",
        observed="keys for other algorithms only",
    )
