"""The userinfo endpoint: whose access token is sent, and whose subject comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

if TYPE_CHECKING:
    from tests.verification.conftest import World

ENDPOINT = "https://login.brand.test/userinfo"


def decided(world: World, told: httpx2.Response | Exception, **changes: Any) -> str | None:
    """Return the code of a sign-in whose userinfo endpoint answers with ``told``."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        if isinstance(told, Exception):
            raise told
        return told

    world.configure("code", userinfo_endpoint=ENDPOINT)
    world.told[ENDPOINT] = answer
    world.answer = lambda: {"id_token": world.token("code"), "access_token": "opaque", **changes}
    verdict = world.hand_over(world.open("code"), "c0de")
    assert verdict.outcome == ("refused" if verdict.code else "authenticated")
    assert len(world.store.people.profiles()) == (verdict.code is None)
    return verdict.code


def test_the_same_subject_is_good(world: World) -> None:
    """Further claims beside the subject change nothing."""
    assert decided(world, httpx2.Response(200, json={"sub": "alice", "name": "Alice"})) is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"sub":"bob"}',
        b'{"sub":"Alice"}',
        b'{"sub":["alice"]}',
        b'{"sub":null}',
        b"{}",
        b'["alice"]',
        b'{"sub":"bob","sub":"alice"}',
        b"<html>",
    ],
)
def test_another_subject_is_refused(body: bytes, world: World) -> None:
    """A subject that differs, is missing, is a list or stands twice ends the sign-in."""
    assert decided(world, httpx2.Response(200, content=body)) == "userinfo.sub_mismatch"


def test_an_endpoint_that_cannot_be_reached_has_a_code_of_the_network(world: World) -> None:
    """No answer is no mismatch."""
    assert decided(world, httpx2.ReadTimeout("x")) == "net.timeout"


@pytest.mark.parametrize("status", [201, 302, 401, 403, 500, 503])
def test_only_a_good_status_is_believed(status: int, world: World) -> None:
    """Another status is no answer about the subject, although its body names the right one."""
    assert decided(world, httpx2.Response(status, json={"sub": "alice"})) == "net.interrupted"


@pytest.mark.parametrize("access_token", ["opaqu\u00e9", "\U0001f511", "two\r\nlines", "nul\x00", ""])
def test_a_token_that_no_header_can_carry_is_not_sent(access_token: str, world: World) -> None:
    """An access token is printable ASCII (RFC 6749 appendix A.12), so nothing is asked with another."""
    never = AssertionError("userinfo was asked")
    assert decided(world, never, access_token=access_token) == "token.shape"


def test_the_access_token_goes_into_the_header(world: World) -> None:
    """One GET carries the token that the exchange gave, and nothing is asked when the id_token is bad."""
    asked: list[httpx2.Request] = []

    def told(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, json={"sub": "alice"})

    world.configure("code", userinfo_endpoint=ENDPOINT)
    world.told[ENDPOINT] = told
    world.answer = lambda: {"id_token": world.token("code"), "access_token": "opaque"}
    world.hand_over(world.open("code"), "c0de")
    (request,) = asked
    assert (request.method, str(request.url)) == ("GET", ENDPOINT)
    assert request.headers["Authorization"] == "Bearer opaque"
    world.answer = lambda: {"id_token": world.token("code", sub=None), "access_token": "opaque"}
    assert world.hand_over(world.open("code"), "another c0de").code == "claims.sub_missing"
    assert len(asked) == 1


@pytest.mark.parametrize(("endpoint", "access_token"), [(None, "opaque"), (ENDPOINT, None)])
def test_without_an_endpoint_or_a_token_nothing_is_asked(
    endpoint: str | None, access_token: str | None, world: World
) -> None:
    """The endpoint is asked where it is configured and can be."""

    def told(_: httpx2.Request) -> httpx2.Response:
        raise AssertionError

    world.configure("code", userinfo_endpoint=endpoint)
    world.told[ENDPOINT] = told
    members = {"id_token": world.token("code"), "access_token": access_token}
    world.answer = lambda: {name: value for name, value in members.items() if value is not None}
    assert world.hand_over(world.open("code"), "c0de").outcome == "authenticated"
