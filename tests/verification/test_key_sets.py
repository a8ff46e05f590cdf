from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from harness.clock import ManualClock
from harness.config import Config, Connector, Deadlines
from harness.protocol.problem import Refusal
from harness.verification.key_sets import JWKS_LIMIT, LONGEST, SHORTEST, KeySets
from harness.verification.pipeline import Keys

if TYPE_CHECKING:
    from tests.verification.conftest import World

BRAND = Config().connector("implicit")
PARTNER = Config().connector("partner-implicit")
DEADLINES = Deadlines(keys_cached=600, keys_cooldown=30, keys_stale=3_600)
GARBAGE = {"kty": "RSA", "n": 7}
PATIENCE = 30
"""Seconds after which an answer will never come."""


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

    def serve(
        self,
        connector: Connector,
        *keys: RSAKey,
        kid: str | None = None,
        more: tuple[Any, ...] = (),
        **headers: str,
    ) -> None:
        """Publish the public halves of keys, and more members, at a connector's ``jwks_uri``."""
        named = {} if kid is None else {"kid": kid}
        jwks = {"keys": [*({**key.as_dict(private=False), **named} for key in keys), *more]}
        self.answer(connector, lambda: httpx2.Response(200, json=jwks, headers=headers))

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


def find(key_sets: KeySets, kid: str | None, connector: Connector = BRAND) -> Keys:
    """Return what a connector's source finds."""
    return key_sets.source(connector).find(kid, "RS256")


def found(key_sets: KeySets, kid: str | None, connector: Connector = BRAND) -> list[str | None]:
    """Return the ``kid`` of every key that a connector's source offers."""
    return [key.kid for key in find(key_sets, kid, connector).candidates]


def notes(keys: Keys) -> list[str]:
    """Return the codes of what was noticed."""
    return [note.code for note in keys.notes]


def refused(key_sets: KeySets, kid: str | None, connector: Connector = BRAND) -> list[str]:
    """Return the code with which a source refuses, and those of the notes beside it."""
    with pytest.raises(Refusal) as caught:
        find(key_sets, kid, connector)
    return [problem.code for problem in (caught.value.problem, *caught.value.notes)]


def raise_timeout() -> httpx2.Response:
    """Answer with nothing in time."""
    raise httpx2.ReadTimeout("x")


def raise_refused() -> httpx2.Response:
    """Answer with a refused connection."""
    raise httpx2.ConnectError("x")


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


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("", 600),
        ("public", 600),
        ("max-age=", 600),
        ("max-age=120", 120),
        ("public, max-age=7200, must-revalidate", 7_200),
        ("max-age=0", SHORTEST),
        ("max-age=59", SHORTEST),
        ("max-age=61", 61),
        ("no-store", SHORTEST),
        ("no-store, max-age=7200", SHORTEST),
        ("max-age=86401", LONGEST),
        ("max-age=315360000", LONGEST),
        ("max-age=" + "9" * 400, LONGEST),
    ],
)
def test_the_server_says_how_long_within_bounds(
    cache_control: str,
    seconds: float,
    key_sets: KeySets,
    issuers: Issuers,
    clock: ManualClock,
    signing_key: RSAKey,
) -> None:
    """``max-age`` counts between a minute and a day, and ``no-store`` is the minute."""
    headers: dict[str, Any] = {"Cache-Control": cache_control}
    issuers.serve(BRAND, signing_key, **headers)
    found(key_sets, signing_key.kid)
    clock.advance(seconds - 0.5)
    found(key_sets, signing_key.kid)
    assert len(issuers.fetched) == 1
    clock.advance(0.5)
    found(key_sets, signing_key.kid)
    assert len(issuers.fetched) == 2


def test_an_unknown_kid_is_looked_up_once_more(
    key_sets: KeySets, issuers: Issuers, clock: ManualClock, signing_key: RSAKey, foreign_key: RSAKey
) -> None:
    """A key that was rotated in is found without waiting for the cache to end."""
    found(key_sets, signing_key.kid)
    issuers.serve(BRAND, signing_key, foreign_key)
    clock.advance(30)
    keys = find(key_sets, foreign_key.kid)
    assert ([key.kid for key in keys.candidates], notes(keys)) == ([foreign_key.kid], [])
    assert len(issuers.fetched) == 2


def test_a_kid_that_stays_unknown_is_refused_after_one_look(
    key_sets: KeySets, issuers: Issuers, clock: ManualClock, signing_key: RSAKey
) -> None:
    """When the fresh set has no such key either, that is the reason."""
    found(key_sets, signing_key.kid)
    clock.advance(30)
    assert refused(key_sets, "unknown") == ["jwks.kid_not_found"]
    assert len(issuers.fetched) == 2


def test_unknown_kids_cannot_cause_a_flood(
    key_sets: KeySets, issuers: Issuers, clock: ManualClock, signing_key: RSAKey
) -> None:
    """Within the cooldown unknown keys cause no further fetch, and a known key still verifies."""
    limited = ["jwks.kid_not_found", "jwks.refetch_limited"]
    assert refused(key_sets, "one") == limited
    clock.advance(29.5)
    for number in range(20):
        assert refused(key_sets, str(number)) == limited
    assert found(key_sets, signing_key.kid) == [signing_key.kid]
    assert len(issuers.fetched) == 1
    clock.advance(0.5)
    assert [refused(key_sets, str(number)) for number in range(2)] == [["jwks.kid_not_found"], limited]
    assert len(issuers.fetched) == 2


def test_a_key_of_another_issuer_is_never_offered(
    key_sets: KeySets, issuers: Issuers, signing_key: RSAKey, foreign_key: RSAKey
) -> None:
    """Each issuer's keys stay its own."""
    issuers.serve(PARTNER, foreign_key)
    assert found(key_sets, signing_key.kid) == [signing_key.kid]
    assert "jwks.kid_not_found" in refused(key_sets, signing_key.kid, PARTNER)
    assert found(key_sets, foreign_key.kid, PARTNER) == [foreign_key.kid]


def test_one_kid_of_two_issuers_means_two_keys(
    key_sets: KeySets, issuers: Issuers, signing_key: RSAKey, foreign_key: RSAKey
) -> None:
    """The same ``kid`` at two issuers finds each one's own key."""
    issuers.serve(BRAND, signing_key, kid="one")
    issuers.serve(PARTNER, foreign_key, kid="one")
    moduli = [
        key.key.as_dict(private=False)["n"]
        for connector in (BRAND, PARTNER)
        for key in find(key_sets, "one", connector).candidates
        if key.key
    ]
    assert moduli == [key.as_dict(private=False)["n"] for key in (signing_key, foreign_key)]


def test_two_issuers_never_share_an_entry(key_sets: KeySets, issuers: Issuers, signing_key: RSAKey) -> None:
    """The cache tells issuers apart although they publish at one address."""
    twin = BRAND.model_copy(update={"issuer": PARTNER.issuer})
    found(key_sets, signing_key.kid)
    found(key_sets, signing_key.kid, twin)
    assert len(issuers.fetched) == 2


def test_a_set_that_discovery_named_is_used_instead(
    key_sets: KeySets, issuers: Issuers, foreign_key: RSAKey
) -> None:
    """What the issuer says of itself counts before the connector's own address."""
    learned = "https://keys.brand.test/jwks"
    issuers.serve(BRAND.model_copy(update={"jwks_uri": learned}), foreign_key)
    keys = key_sets.source(BRAND, learned=learned).find(foreign_key.kid, "RS256")
    assert [key.kid for key in keys.candidates] == [foreign_key.kid]
    assert issuers.fetched == [learned]


def test_a_configured_key_needs_no_network(key_sets: KeySets, issuers: Issuers, signing_key: RSAKey) -> None:
    """The connector form's one key is used as it is, whatever the ``kid``, and cannot change."""
    der = signing_key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    spki = base64.b64encode(der).decode()
    connector = BRAND.model_copy(update={"jwks_uri": None, "jwt_public_key": spki})
    assert found(key_sets, "any", connector) == [None]
    assert key_sets.source(connector).find_again("any", "RS256") is None
    assert issuers.fetched == []


def test_a_configured_key_of_another_form_is_refused(key_sets: KeySets) -> None:
    """What is no SubjectPublicKeyInfo is no key."""
    connector = BRAND.model_copy(update={"jwks_uri": None, "jwt_public_key": "ssh-rsa AAAA"})
    assert refused(key_sets, None, connector) == ["config.public_key_invalid"]


def test_a_negotiated_secret_is_the_key(key_sets: KeySets, issuers: Issuers) -> None:
    """For HMAC the client secret is the only key, and nothing is fetched."""
    connector = BRAND.model_copy(update={"client_secret": SecretStr("s" * 32)})
    (key,) = key_sets.source(connector, "HS256").find("any", "HS256").candidates
    assert (key.key_type, key.algorithm) == ("oct", "HS256")
    assert issuers.fetched == []


@pytest.mark.parametrize("secret", [None, SecretStr(""), SecretStr("s" * 31)])
def test_a_secret_can_be_too_short(secret: SecretStr | None, key_sets: KeySets) -> None:
    """No secret, and one shorter than the hash, make no HMAC key."""
    with pytest.raises(Refusal) as caught:
        key_sets.source(BRAND.model_copy(update={"client_secret": secret}), "HS256")
    assert caught.value.problem.code == "jwt.key_too_small"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(raise_timeout, "jwks.unavailable", id="timeout"),
        pytest.param(raise_refused, "jwks.unavailable", id="refused"),
        pytest.param(lambda: httpx2.Response(404), "jwks.unavailable", id="404"),
        pytest.param(lambda: httpx2.Response(500, json={"keys": []}), "jwks.unavailable", id="500"),
        pytest.param(lambda: httpx2.Response(204), "jwks.unavailable", id="204"),
        pytest.param(
            lambda: httpx2.Response(302, headers={"Location": "https://canary.test/"}),
            "jwks.redirected",
            id="redirect",
        ),
        pytest.param(lambda: httpx2.Response(200, content=b"<html>"), "jwks.invalid", id="HTML"),
        pytest.param(lambda: httpx2.Response(200, content=b'{"keys":['), "jwks.invalid", id="truncated"),
        pytest.param(
            lambda: httpx2.Response(200, content=b'{"keys":[],"keys":[]}'), "jwks.invalid", id="twice"
        ),
        pytest.param(lambda: httpx2.Response(200, json={}), "jwks.invalid", id="no keys"),
        pytest.param(lambda: httpx2.Response(200, json={"keys": None}), "jwks.invalid", id="null"),
        pytest.param(lambda: httpx2.Response(200, json={"keys": {}}), "jwks.invalid", id="object"),
        pytest.param(lambda: httpx2.Response(200, json=[]), "jwks.invalid", id="no object"),
        pytest.param(lambda: httpx2.Response(200, json={"keys": []}), "jwks.empty", id="empty"),
        pytest.param(
            lambda: httpx2.Response(200, json={"keys": [{"kty": "oct", "k": "AAAA"}]}),
            "jwks.symmetric_key_exposed",
            id="symmetric",
        ),
        pytest.param(
            lambda: httpx2.Response(200, json={"keys": [{"kty": "RSA", "d": "AAAA"}]}),
            "jwks.private_key_exposed",
            id="private",
        ),
        pytest.param(
            lambda: httpx2.Response(200, content=b" " * JWKS_LIMIT), "jwks.invalid", id="at the limit"
        ),
        pytest.param(
            lambda: httpx2.Response(200, content=b" " * (JWKS_LIMIT + 1)), "jwks.too_large", id="too large"
        ),
        pytest.param(
            lambda: httpx2.Response(200, json={"keys": [{}] * 10_000}), "jwks.too_large", id="10 000 keys"
        ),
        pytest.param(
            lambda: httpx2.Response(200, json={"keys": [{"a": 1}] * 10_000}),
            "jwks.too_large",
            id="10 000 members",
        ),
        pytest.param(lambda: httpx2.Response(200, content=b"[" * 5_000), "jwks.too_large", id="deep"),
    ],
)
def test_a_key_set_that_cannot_be_had_says_why(
    answer: Callable[[], httpx2.Response],
    code: str,
    key_sets: KeySets,
    issuers: Issuers,
    clock: ManualClock,
    signing_key: RSAKey,
) -> None:
    """A bad answer is refused with its reason, and forgotten after the cooldown at the latest."""
    issuers.answer(BRAND, answer)
    assert refused(key_sets, signing_key.kid) == [code]
    issuers.serve(BRAND, signing_key)
    clock.advance(30)
    assert found(key_sets, signing_key.kid) == [signing_key.kid]


def test_a_redirect_of_the_keys_is_not_followed(
    key_sets: KeySets, issuers: Issuers, signing_key: RSAKey
) -> None:
    """Keys come from the configured address only."""
    issuers.answer(BRAND, lambda: httpx2.Response(302, headers={"Location": "https://canary.test/"}))
    refused(key_sets, signing_key.kid)
    assert issuers.fetched == [BRAND.jwks_uri]


@pytest.mark.parametrize(
    "uri", ["http://login.brand.test/jwks", "file:///jwks.json", "ftp://a.test/", "data:,{}"]
)
def test_keys_are_fetched_by_https_only(uri: str, key_sets: KeySets, issuers: Issuers) -> None:
    """Another scheme is a mistake of the configuration, and nothing is fetched."""
    assert refused(key_sets, None, BRAND.model_copy(update={"jwks_uri": uri})) == ["config.url_scheme"]
    assert issuers.fetched == []


@pytest.mark.parametrize(
    ("more", "headers", "codes"),
    [
        ((), {}, []),
        ((), {"Content-Type": "application/jwk-set+json"}, []),
        ((), {"Content-Type": "text/html"}, ["jwks.content_type"]),
        ((GARBAGE,), {}, ["jwks.member_ignored"]),
        (({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"},), {}, []),
        ((GARBAGE,), {"Content-Type": "text/plain"}, ["jwks.member_ignored", "jwks.content_type"]),
    ],
)
def test_oddities_of_a_set_are_noticed_each_time(
    more: tuple[Any, ...],
    headers: dict[str, Any],
    codes: list[str],
    key_sets: KeySets,
    issuers: Issuers,
    signing_key: RSAKey,
) -> None:
    """A good key is used beside malformed or unknown neighbours, and the same is noticed from the cache."""
    issuers.serve(BRAND, signing_key, more=more, **headers)
    for _ in range(2):
        keys = find(key_sets, signing_key.kid)
        assert ([key.kid for key in keys.candidates], notes(keys)) == ([signing_key.kid], codes)
    assert len(issuers.fetched) == 1


def test_a_known_key_outlives_an_outage(
    key_sets: KeySets, issuers: Issuers, clock: ManualClock, signing_key: RSAKey
) -> None:
    """While the cache lasts, an issuer that is down does not matter for its known keys."""
    found(key_sets, signing_key.kid)
    issuers.answer(BRAND, raise_refused)
    clock.advance(300)
    keys = find(key_sets, signing_key.kid)
    assert ([key.kid for key in keys.candidates], notes(keys)) == ([signing_key.kid], [])
    assert len(issuers.fetched) == 1


@pytest.mark.parametrize(
    "outage",
    [
        pytest.param(raise_timeout, id="timeout"),
        pytest.param(raise_refused, id="refused"),
        pytest.param(lambda: httpx2.Response(503), id="503"),
    ],
)
def test_a_stale_set_is_used_in_an_outage_and_noticed(
    outage: Callable[[], httpx2.Response],
    key_sets: KeySets,
    issuers: Issuers,
    clock: ManualClock,
    signing_key: RSAKey,
) -> None:
    """Beyond the cache a set is used for an hour while its address is down, and no longer."""
    found(key_sets, signing_key.kid)
    issuers.answer(BRAND, outage)
    for seconds in (600, 3_599):
        clock.advance(seconds)
        keys = find(key_sets, signing_key.kid)
        assert ([key.kid for key in keys.candidates], notes(keys)) == (
            [signing_key.kid],
            ["jwks.stale_used"],
        )
    clock.advance(1)
    assert refused(key_sets, signing_key.kid) == ["jwks.unavailable"]


def test_after_an_outage_the_set_is_fresh_again(
    key_sets: KeySets, issuers: Issuers, clock: ManualClock, signing_key: RSAKey, foreign_key: RSAKey
) -> None:
    """The first good answer replaces what was stale."""
    found(key_sets, signing_key.kid)
    issuers.answer(BRAND, raise_refused)
    clock.advance(600)
    assert notes(find(key_sets, signing_key.kid)) == ["jwks.stale_used"]
    issuers.serve(BRAND, foreign_key)
    clock.advance(30)
    keys = find(key_sets, foreign_key.kid)
    assert ([key.kid for key in keys.candidates], notes(keys)) == ([foreign_key.kid], [])


def test_an_address_that_is_down_is_left_alone_for_a_while(
    key_sets: KeySets, issuers: Issuers, clock: ManualClock, signing_key: RSAKey
) -> None:
    """In an outage the stale set answers within the cooldown, without waiting for the address again."""
    found(key_sets, signing_key.kid)
    issuers.answer(BRAND, raise_timeout)
    clock.advance(600)
    for seconds, fetches in ((0, 2), (29.5, 2), (0.5, 3)):
        clock.advance(seconds)
        keys = find(key_sets, signing_key.kid)
        assert ([key.kid for key in keys.candidates], notes(keys)) == (
            [signing_key.kid],
            ["jwks.stale_used"],
        )
        assert len(issuers.fetched) == fetches


@pytest.mark.parametrize(
    "outage",
    [
        pytest.param(raise_timeout, id="timeout"),
        pytest.param(lambda: httpx2.Response(503), id="503"),
    ],
)
def test_an_address_that_was_down_from_the_start_is_left_alone_for_a_while(
    outage: Callable[[], httpx2.Response],
    key_sets: KeySets,
    issuers: Issuers,
    clock: ManualClock,
    signing_key: RSAKey,
) -> None:
    """However many tokens come within the cooldown, it is asked once, and each is refused for its reason."""
    issuers.answer(BRAND, outage)
    for seconds, fetches in ((0, 1), (0, 1), (29.5, 1), (0.5, 2)):
        clock.advance(seconds)
        assert refused(key_sets, signing_key.kid) == ["jwks.unavailable"]
        assert len(issuers.fetched) == fetches
    assert key_sets.source(BRAND).find_again(signing_key.kid, "RS256") is None
    assert len(issuers.fetched) == 2


def test_only_what_is_down_is_left_alone(key_sets: KeySets, issuers: Issuers, signing_key: RSAKey) -> None:
    """A set that can be had and is wrong costs nobody any waiting, and is good as soon as it is mended."""
    issuers.answer(BRAND, lambda: httpx2.Response(200, json={"keys": []}))
    assert refused(key_sets, signing_key.kid) == ["jwks.empty"]
    issuers.serve(BRAND, signing_key)
    assert found(key_sets, signing_key.kid) == [signing_key.kid]


def test_a_clock_that_is_set_back_ends_the_cooldown(
    key_sets: KeySets, issuers: Issuers, clock: ManualClock, signing_key: RSAKey
) -> None:
    """Else an address that was down once would be left alone until the old time comes again."""
    issuers.answer(BRAND, raise_timeout)
    refused(key_sets, signing_key.kid)
    issuers.serve(BRAND, signing_key)
    clock.advance(-86_400)
    assert found(key_sets, signing_key.kid) == [signing_key.kid]


def test_only_who_needs_the_same_keys_waits_for_them(
    key_sets: KeySets, issuers: Issuers, signing_key: RSAKey
) -> None:
    """While a server lets its askers wait, the kept keys of others are found; it is asked once for all."""
    found(key_sets, signing_key.kid)
    asked, goes_on = threading.Event(), threading.Event()

    def answer() -> httpx2.Response:
        asked.set()
        assert goes_on.wait(PATIENCE)
        return httpx2.Response(503)

    issuers.answer(PARTNER, answer)
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(refused, key_sets, None, PARTNER) for _ in range(4)]
        try:
            assert asked.wait(PATIENCE)
            kept = pool.submit(found, key_sets, signing_key.kid).result(PATIENCE)
        finally:
            goes_on.set()
        assert [one.result(PATIENCE) for one in waiting] == [["jwks.unavailable"]] * 4
    assert kept == [signing_key.kid]
    assert issuers.fetched == [BRAND.jwks_uri, PARTNER.jwks_uri]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(lambda: httpx2.Response(200, content=b"<html>"), "jwks.invalid", id="HTML"),
        pytest.param(lambda: httpx2.Response(200, json={"keys": []}), "jwks.empty", id="empty"),
        pytest.param(lambda: httpx2.Response(302), "jwks.redirected", id="redirect"),
    ],
)
def test_only_an_outage_lets_a_stale_set_be_used(
    answer: Callable[[], httpx2.Response],
    code: str,
    key_sets: KeySets,
    issuers: Issuers,
    clock: ManualClock,
    signing_key: RSAKey,
) -> None:
    """An address that answers something else has withdrawn its keys."""
    found(key_sets, signing_key.kid)
    issuers.answer(BRAND, answer)
    clock.advance(600)
    assert refused(key_sets, signing_key.kid) == [code]


def test_an_unknown_kid_in_an_outage_is_refused(
    key_sets: KeySets, issuers: Issuers, clock: ManualClock, signing_key: RSAKey
) -> None:
    """What is kept does not know the key, and the look in vain counts for the cooldown."""
    found(key_sets, signing_key.kid)
    issuers.answer(BRAND, raise_timeout)
    clock.advance(30)
    assert refused(key_sets, "unknown") == ["jwks.kid_not_found"]
    assert refused(key_sets, "unknown") == ["jwks.kid_not_found", "jwks.refetch_limited"]
    assert len(issuers.fetched) == 2


def test_after_a_failed_signature_the_set_is_asked_for_once_more(
    key_sets: KeySets, issuers: Issuers, clock: ManualClock, signing_key: RSAKey, foreign_key: RSAKey
) -> None:
    """A new key under the old ``kid`` is found, with a note, but not within the cooldown."""
    issuers.serve(BRAND, signing_key, kid="one")
    source = key_sets.source(BRAND)
    source.find("one", "RS256")
    issuers.serve(BRAND, foreign_key, kid="one")
    clock.advance(29.5)
    assert source.find_again("one", "RS256") is None
    clock.advance(0.5)
    again = source.find_again("one", "RS256")
    assert again is not None
    assert notes(again) == ["jwks.kid_reused"]
    (key,) = again.candidates
    assert key.key is not None
    assert key.key.as_dict(private=False)["n"] == foreign_key.as_dict(private=False)["n"]
    assert source.find_again("one", "RS256") is None
    assert len(issuers.fetched) == 2


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(lambda key: httpx2.Response(200, content=b"<html>"), id="HTML"),
        pytest.param(
            lambda key: httpx2.Response(302, headers={"Location": "https://canary.test/"}), id="302"
        ),
        pytest.param(lambda key: httpx2.Response(200, json={"keys": []}), id="empty"),
        pytest.param(lambda key: httpx2.Response(503), id="503"),
        pytest.param(
            lambda key: httpx2.Response(200, json={"keys": [{**key, "kid": "two"}]}), id="other kid"
        ),
        pytest.param(
            lambda key: httpx2.Response(200, json={"keys": [{**key, "use": "enc"}]}), id="other use"
        ),
        pytest.param(lambda key: httpx2.Response(200, json={"keys": [{**key, "e": "AQ"}]}), id="unfit"),
    ],
)
def test_a_bad_signature_stays_the_reason(
    then: Callable[[dict[str, Any]], httpx2.Response], world: World, foreign_key: RSAKey
) -> None:
    """When the set that is asked for once more has no fit key, the signature is what is wrong."""
    published = {**foreign_key.as_dict(private=False), "kid": world.signing_key.kid}
    answers = [then(published), httpx2.Response(200, json={"keys": [published]})]
    world.told[str(BRAND.jwks_uri)] = lambda _: answers.pop()
    codes = []
    for _ in range(2):
        verdict = world.hand_over(world.open(), world.token())
        codes.append([found.problem.code for found in verdict.problems])
        world.clock.advance(30)
    assert codes == [["jwt.signature_invalid"]] * 2
    assert answers == []


def test_a_set_that_was_never_fetched_can_be_asked_for(key_sets: KeySets, signing_key: RSAKey) -> None:
    """Without anything kept there is no cooldown."""
    again = key_sets.source(BRAND).find_again(signing_key.kid, "RS256")
    assert again is not None
    assert [key.kid for key in again.candidates] == [signing_key.kid]
