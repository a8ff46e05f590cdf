"""Discovery documents: fetched when asked for, kept when good, and not trusted with any address."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from harness.clock import ManualClock
from harness.config import Config, Deadlines
from harness.net import NobodyNamed
from harness.protocol.problem import Refusal
from harness.verification.discovery import Discovery, named_hosts
from harness.verification.outbound import Outbound

if TYPE_CHECKING:
    from tests.verification.conftest import World

BRAND, PARTNER = Config().connector("implicit"), Config().connector("partner-implicit")
WELL_KNOWN = "https://login.brand.test/.well-known/openid-configuration"
KEYS = "https://keys.brand.test/jwks"


def document(issuer: str = BRAND.issuer, **changes: Any) -> dict[str, Any]:
    """Return a good document with changes; ``None`` drops a member."""
    good = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "response_types_supported": ["code", "id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


class Server:
    """Answers with what it is given, and counts."""

    def __init__(self) -> None:
        self.fetched: list[str] = []
        self.answer: Callable[[], httpx2.Response] = lambda: httpx2.Response(200, json=document())

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one fetch."""
        self.fetched.append(str(request.url))
        return self.answer()


@pytest.fixture
def server() -> Server:
    """Give an issuer with a good document."""
    return Server()


@pytest.fixture
def discovery(server: Server, clock: ManualClock) -> Iterator[Discovery]:
    """Give a discovery that fetches from the issuer."""
    with httpx2.Client(transport=httpx2.MockTransport(server)) as http:
        yield Discovery(Outbound(http, connect=2), clock, Deadlines(keys_cached=600))


def test_a_document_is_fetched_when_it_is_needed_and_kept(
    discovery: Discovery, server: Server, clock: ManualClock
) -> None:
    """One fetch at the issuer's own address serves until the cache ends."""
    assert discovery.of(BRAND).jwks_uri == BRAND.jwks_uri
    clock.advance(599)
    discovery.of(BRAND)
    assert server.fetched == [WELL_KNOWN]
    server.answer = lambda: httpx2.Response(200, json=document(jwks_uri=KEYS))
    clock.advance(1)
    assert discovery.of(BRAND).jwks_uri == KEYS
    assert server.fetched == [WELL_KNOWN] * 2


def test_connectors_share_no_document(discovery: Discovery, server: Server) -> None:
    """What one issuer says is not taken for another's."""
    discovery.of(BRAND)
    with pytest.raises(Refusal) as caught:
        discovery.of(PARTNER)
    assert caught.value.problem.code == "disco.issuer_mismatch"
    assert len(server.fetched) == 2


def raise_refused() -> httpx2.Response:
    """Answer with a refused connection."""
    raise httpx2.ConnectError("x")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(lambda: httpx2.Response(404), "disco.invalid", id="404"),
        pytest.param(lambda: httpx2.Response(302, headers={"Location": KEYS}), "disco.invalid", id="302"),
        pytest.param(lambda: httpx2.Response(200, content=b"<html>"), "disco.invalid", id="HTML"),
        pytest.param(lambda: httpx2.Response(200, json=[]), "disco.invalid", id="list"),
        pytest.param(
            lambda: httpx2.Response(200, json=document(jwks_uri=None)), "disco.invalid", id="incomplete"
        ),
        pytest.param(
            lambda: httpx2.Response(200, content=json.dumps(document()).encode("utf-16")),
            "disco.invalid",
            id="UTF-16",
        ),
        pytest.param(
            lambda: httpx2.Response(200, json=document(PARTNER.issuer)), "disco.issuer_mismatch", id="other"
        ),
        pytest.param(
            lambda: httpx2.Response(200, content=b" " * (256 * 1024 + 1)), "net.response_too_large", id="size"
        ),
        pytest.param(raise_refused, "net.connect_failed", id="refused"),
    ],
)
def test_a_bad_document_is_refused_and_not_kept(
    answer: Callable[[], httpx2.Response], code: str, discovery: Discovery, server: Server
) -> None:
    """One bad answer poisons nothing: the next good one counts."""
    good, server.answer = server.answer, answer
    with pytest.raises(Refusal) as caught:
        discovery.of(BRAND)
    assert caught.value.problem.code == code
    server.answer = good
    assert discovery.of(BRAND).jwks_uri == BRAND.jwks_uri


def test_the_configuration_names_its_hosts() -> None:
    """Every endpoint of a connector counts, and what is left out does not."""
    assert named_hosts(BRAND) == {"login.brand.test"}
    changes = {"userinfo_endpoint": "https://me.brand.test/", "jwks_uri": "https://keys.brand.test/"}
    assert named_hosts(BRAND.model_copy(update=changes)) == {
        "login.brand.test",
        "me.brand.test",
        "keys.brand.test",
    }
    assert named_hosts(BRAND.model_copy(update={"jwks_uri": None})) == {"login.brand.test"}


def discovering(world: World, **changes: Any) -> list[str]:
    """Start a backend whose connector asks for a document; return the addresses asked for keys."""
    asked: list[str] = []

    def keys(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(200, json={"keys": [world.signing_key.as_dict(private=False)]})

    world.configure("implicit", discovery=True)
    world.told[WELL_KNOWN] = lambda _: httpx2.Response(200, json=document(**changes))
    world.told[KEYS] = keys
    return asked


@pytest.mark.parametrize("address", [None, "8.8.8.8", "2606:4700::1111"])
def test_the_keys_are_where_discovery_says(address: str | None, world: World) -> None:
    """A public address that only the document names is asked, and warned of as another origin."""
    asked = discovering(world, jwks_uri=KEYS)
    world.addresses |= {"keys.brand.test": address} if address else {}
    verdict = world.hand_over(world.open(), world.token())
    assert verdict.outcome == "authenticated"
    assert [(found.step, found.problem.code) for found in verdict.problems] == [
        ("discovery", "disco.endpoint_cross_origin")
    ]
    assert asked == [KEYS]


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "fe80::1", "fd00::1"]
)
def test_a_learned_host_may_not_be_private(address: str, world: World) -> None:
    """A document cannot point the platform at its own network."""
    asked = discovering(world, jwks_uri=KEYS)
    world.addresses["keys.brand.test"] = address
    verdict = world.hand_over(world.open(), world.token())
    assert (verdict.outcome, verdict.code) == ("refused", "net.address_forbidden")
    assert asked == []


def test_a_learned_host_that_a_brands_file_does_not_name_is_not_asked(world: World) -> None:
    """The keys may be good there: the code is the harness's own, and not one of the issuer's."""
    discovering(world, jwks_uri=KEYS)

    def kept_back(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("x") from NobodyNamed("x")

    world.told[KEYS] = kept_back
    verdict = world.hand_over(world.open(), world.token())
    assert (verdict.outcome, verdict.code) == ("refused", "harness.endpoint_not_named")


@pytest.mark.parametrize("path", ["jw\nks", "x" * 70_000], ids=["newline", "length"])
def test_a_learned_address_can_be_asked(path: str, world: World) -> None:
    """An address that no request can name leads to no keys, and to its own reason."""
    asked = discovering(world, jwks_uri=f"https://login.brand.test/{path}")
    verdict = world.hand_over(world.open(), world.token())
    assert (verdict.outcome, verdict.code) == ("refused", "config.url_scheme")
    assert asked == []


def test_a_host_that_is_configured_may_be_private(world: World) -> None:
    """What the configuration names may resolve to any address."""
    discovering(world)
    world.addresses["login.brand.test"] = "10.0.0.1"
    verdict = world.hand_over(world.open(), world.token())
    assert (verdict.outcome, verdict.problems) == ("authenticated", ())


def test_without_a_good_document_nothing_is_believed(world: World) -> None:
    """A connector that asks for discovery does not fall back to its own address."""
    discovering(world, issuer="https://idp.test")
    verdict = world.hand_over(world.open(), world.token())
    assert (verdict.outcome, verdict.code) == ("refused", "disco.issuer_mismatch")
    assert world.store.people.profiles() == ()
