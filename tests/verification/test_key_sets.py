from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import RSAKey

from harness.clock import ManualClock
from harness.config import Config, Connector, Deadlines
from harness.protocol.problem import Refusal
from harness.verification.key_sets import JWKS_LIMIT, KeySets

BRAND = Config().connector("implicit")
PARTNER = Config().connector("partner-implicit")
DEADLINES = Deadlines(keys_cached=600, keys_cooldown=30)


@dataclass
class Issuers:
    """Serves one JWK Set per URI and counts the fetches."""

    answers: dict[str, Callable[[], httpx2.Response]] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one fetch."""
        uri = str(request.url)
        self.fetched.append(uri)
        return self.answers[uri]()

    def serve(self, connector: Connector, *keys: RSAKey) -> None:
        """Publish the public halves of keys at a connector's ``jwks_uri``."""
        jwks: dict[str, Any] = {"keys": [key.as_dict(private=False) for key in keys]}
        self.answers[str(connector.jwks_uri)] = lambda: httpx2.Response(200, json=jwks)

    def answer(self, connector: Connector, answer: Callable[[], httpx2.Response]) -> None:
        """Answer at a connector's ``jwks_uri`` in another way."""
        self.answers[str(connector.jwks_uri)] = answer


@pytest.fixture
def issuers(signing_key: RSAKey) -> Issuers:
    """Give issuers of which the brand's publishes the signing key."""
    issuers = Issuers()
    issuers.serve(BRAND, signing_key)
    return issuers


@pytest.fixture
def key_sets(issuers: Issuers, clock: ManualClock) -> Iterator[KeySets]:
    """Give key sets that fetch from the issuers."""
    with httpx2.Client(transport=httpx2.MockTransport(issuers)) as http:
        yield KeySets(http, clock, DEADLINES)


def found(key_sets: KeySets, kid: str | None, connector: Connector = BRAND) -> list[str | None]:
    """Return the ``kid`` of every key that a connector's source offers."""
    return [key.kid for key in key_sets.source(connector).candidates(kid, "RS256")]


def test_a_key_set_is_fetched_when_it_is_needed_and_kept(
    key_sets: KeySets, issuers: Issuers, clock: ManualClock, signing_key: RSAKey
) -> None:
    """Nothing is fetched ahead, and one fetch serves until the cache ends."""
    key_sets.source(BRAND)
    assert issuers.fetched == []
    assert found(key_sets, signing_key.kid) == found(key_sets, None) == [signing_key.kid]
    clock.advance(599)
    found(key_sets, signing_key.kid)
    assert issuers.fetched == [BRAND.jwks_uri]
    clock.advance(1)
    found(key_sets, signing_key.kid)
    assert issuers.fetched == [BRAND.jwks_uri] * 2


def test_an_unknown_kid_is_looked_up_once_more(
    key_sets: KeySets, issuers: Issuers, clock: ManualClock, signing_key: RSAKey, foreign_key: RSAKey
) -> None:
    """A key that was rotated in is found without waiting for the cache to end."""
    found(key_sets, signing_key.kid)
    issuers.serve(BRAND, signing_key, foreign_key)
    clock.advance(30)
    assert found(key_sets, foreign_key.kid) == [foreign_key.kid]
    assert len(issuers.fetched) == 2


def test_unknown_kids_cannot_cause_a_flood(
    key_sets: KeySets, issuers: Issuers, clock: ManualClock, signing_key: RSAKey
) -> None:
    """Within the cooldown unknown keys cause no further fetch, and a known key still verifies."""
    assert found(key_sets, "one") == []
    clock.advance(29.5)
    for number in range(20):
        assert found(key_sets, str(number)) == []
    assert found(key_sets, signing_key.kid) == [signing_key.kid]
    assert len(issuers.fetched) == 1


def test_a_key_of_another_issuer_is_never_offered(
    key_sets: KeySets, issuers: Issuers, signing_key: RSAKey, foreign_key: RSAKey
) -> None:
    """Each issuer's keys stay its own, even under the same ``kid``."""
    issuers.serve(PARTNER, foreign_key)
    assert found(key_sets, signing_key.kid) == [signing_key.kid]
    assert found(key_sets, signing_key.kid, PARTNER) == []
    assert found(key_sets, foreign_key.kid, PARTNER) == [foreign_key.kid]


def test_two_issuers_never_share_an_entry(key_sets: KeySets, issuers: Issuers, signing_key: RSAKey) -> None:
    """The cache tells issuers apart although they publish at one address."""
    twin = BRAND.model_copy(update={"issuer": PARTNER.issuer})
    found(key_sets, signing_key.kid)
    found(key_sets, signing_key.kid, twin)
    assert len(issuers.fetched) == 2


def test_a_configured_key_needs_no_network(key_sets: KeySets, issuers: Issuers, signing_key: RSAKey) -> None:
    """The connector form's one key is used as it is."""
    der = signing_key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    spki = base64.b64encode(der).decode()
    connector = BRAND.model_copy(update={"jwks_uri": None, "jwt_public_key": spki})
    assert found(key_sets, "any", connector) == [None]
    assert issuers.fetched == []


def raise_timeout() -> httpx2.Response:
    """Answer with nothing in time."""
    raise httpx2.ReadTimeout("x")


def raise_refused() -> httpx2.Response:
    """Answer with a refused connection."""
    raise httpx2.ConnectError("x")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(raise_timeout, "jwks.unavailable", id="timeout"),
        pytest.param(raise_refused, "jwks.unavailable", id="refused"),
        pytest.param(lambda: httpx2.Response(404), "jwks.unavailable", id="404"),
        pytest.param(lambda: httpx2.Response(500, json={"keys": []}), "jwks.unavailable", id="500"),
        pytest.param(
            lambda: httpx2.Response(302, headers={"Location": "https://canary.test/"}),
            "jwks.unavailable",
            id="redirect",
        ),
        pytest.param(lambda: httpx2.Response(200, content=b"<html>"), "jwks.invalid", id="HTML"),
        pytest.param(
            lambda: httpx2.Response(200, content=b'{"keys":[],"keys":[]}'), "jwks.invalid", id="twice"
        ),
        pytest.param(lambda: httpx2.Response(200, json={"keys": None}), "jwks.invalid", id="no list"),
        pytest.param(lambda: httpx2.Response(200, json={"keys": []}), "jwks.empty", id="empty"),
        pytest.param(
            lambda: httpx2.Response(200, content=b" " * JWKS_LIMIT), "jwks.invalid", id="at the limit"
        ),
        pytest.param(
            lambda: httpx2.Response(200, content=b" " * (JWKS_LIMIT + 1)), "jwks.too_large", id="too large"
        ),
    ],
)
def test_a_key_set_that_cannot_be_had_says_why(
    answer: Callable[[], httpx2.Response],
    code: str,
    key_sets: KeySets,
    issuers: Issuers,
    signing_key: RSAKey,
) -> None:
    """A bad answer is refused with its reason, and is not remembered."""
    issuers.answer(BRAND, answer)
    with pytest.raises(Refusal) as caught:
        found(key_sets, signing_key.kid)
    assert caught.value.problem.code == code
    issuers.serve(BRAND, signing_key)
    assert found(key_sets, signing_key.kid) == [signing_key.kid]


def test_a_known_key_outlives_an_outage(
    key_sets: KeySets, issuers: Issuers, clock: ManualClock, signing_key: RSAKey
) -> None:
    """While the cache lasts, an issuer that is down does not matter for its known keys."""
    found(key_sets, signing_key.kid)
    issuers.answer(BRAND, raise_refused)
    clock.advance(300)
    assert found(key_sets, signing_key.kid) == [signing_key.kid]
