"""Renewal without the page: what is kept for it, what is sent, and what a new id_token must still say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from harness.verification.renewal import KEPT_SECONDS

if TYPE_CHECKING:
    from tests.verification.conftest import World

EXPIRED_AFTER = 400
LONG = 10 * KEPT_SECONDS
NONCE = "the-first-nonce"


def window(world: World) -> str:
    """Open a chat window and return its session."""
    return world.store.sessions.open("window", {}, seconds=LONG)


def answers(world: World, **members: Any) -> None:
    """Let the token endpoint answer with a fresh id_token and these members; ``None`` leaves one out."""

    def answer() -> dict[str, Any]:
        whole = {"id_token": world.token("code"), **members}
        return {name: value for name, value in whole.items() if value is not None}

    world.answer = answer


def sign_in(world: World, *, delegation: bool = True, refresh_token: str | None = "r1", **claims: Any) -> str:
    """Sign alice in with a code, let her id_token expire and return her window's session."""
    world.configure("code", delegation=delegation)
    session = window(world)
    answers(world, id_token=world.token("code", **claims), refresh_token=refresh_token)
    assert world.hand_over(world.open("code", session=session), "c0de", session).outcome == "authenticated"
    world.exchanged.clear()
    world.clock.advance(EXPIRED_AFTER)
    return session


def sent(world: World) -> list[dict[str, str]]:
    """Return the forms that the token endpoint got since the sign-in."""
    return [{name: value for name, (value,) in form.items()} for form in world.exchanged]


def test_an_expired_sign_in_is_renewed_without_the_page(world: World) -> None:
    """The refresh token is traded for a new id_token, of the same consumer and for the same engagement."""
    session = sign_in(world)
    answers(world, refresh_token="r2")
    verdict = world.backend.renew(session=session)
    assert verdict is not None
    assert (verdict.outcome, verdict.code, verdict.problems) == ("authenticated", None, ())
    assert verdict.engagement == world.engagement("code")
    assert verdict.expires_at == world.clock.now() + 300
    assert [profile.id for profile in world.store.people.profiles()] == [verdict.profile]
    assert sent(world) == [{"grant_type": "refresh_token", "refresh_token": "r1"}]


def test_the_next_renewal_uses_what_the_last_one_got(world: World) -> None:
    """A rotated refresh token takes the place of the old one (RFC 6749 section 6)."""
    session = sign_in(world)
    for refresh_token in ("r2", "r3"):
        answers(world, refresh_token=refresh_token)
        verdict = world.backend.renew(session=session)
        assert verdict is not None
        assert verdict.outcome == "authenticated"
    assert [form["refresh_token"] for form in sent(world)] == ["r1", "r2"]


def test_a_server_that_does_not_rotate_is_asked_with_the_same_token(world: World) -> None:
    """Without a new refresh token the old one stays good (RFC 6749 section 6)."""
    session = sign_in(world)
    for _ in range(2):
        answers(world)
        verdict = world.backend.renew(session=session)
        assert verdict is not None
        assert verdict.outcome == "authenticated"
    assert [form["refresh_token"] for form in sent(world)] == ["r1", "r1"]


def test_of_two_renewals_at_once_one_wins(world: World) -> None:
    """While one is on its way to the token endpoint there is nothing for another one to renew with."""
    session, others = sign_in(world), []

    def answer() -> dict[str, Any]:
        others.append(world.backend.renew(session=session))
        return {"id_token": world.token("code"), "refresh_token": "r2"}

    world.answer = answer
    verdict = world.backend.renew(session=session)
    assert verdict is not None
    assert verdict.outcome == "authenticated"
    assert others == [None]
    assert [form["refresh_token"] for form in sent(world)] == ["r1"]


@pytest.mark.parametrize(
    "answer", [{"error": "invalid_grant"}, {"access_token": "opaque", "refresh_token": "r2"}]
)
def test_without_a_new_id_token_the_page_is_asked(answer: Mapping[str, str], world: World) -> None:
    """A refresh token that is no longer good, and an answer without an id_token, refuse nobody."""
    session = sign_in(world)
    world.answer = lambda: dict(answer)
    before = world.events("verdict")
    assert world.backend.renew(session=session) is None
    assert world.backend.renew(session=session) is None
    assert len(sent(world)) == 1
    assert world.events("verdict") == before
    assert len(world.events("renewal.ended")) == 1
    answers(world)
    asked = world.hand_over(world.open("code", session=session), "another c0de", session)
    assert asked.outcome == "authenticated"


def failing(error: Exception) -> Callable[[httpx2.Request], httpx2.Response]:
    """Fail as a transport does."""

    def fail(_: httpx2.Request) -> httpx2.Response:
        raise error

    return fail


@pytest.mark.parametrize(
    ("tell", "code"),
    [
        (lambda _: httpx2.Response(401, json={"error": "invalid_client"}), "token.invalid_client"),
        (lambda _: httpx2.Response(400, json={"error": "invalid_scope"}), "token.provider_error"),
        (lambda _: httpx2.Response(503, text="busy"), "token.unavailable"),
        (lambda _: httpx2.Response(200, text="<p>Hello</p>"), "token.not_json"),
        (lambda _: httpx2.Response(200, json={"id_token": None}), "token.shape"),
        (failing(httpx2.ConnectError("nobody there")), "net.connect_failed"),
        (failing(httpx2.ReadTimeout("slow")), "net.timeout"),
    ],
)
def test_any_other_error_refuses(
    tell: Callable[[httpx2.Request], httpx2.Response], code: str, world: World
) -> None:
    """What is wrong with the token endpoint is said, as at the first exchange."""
    session = sign_in(world)
    world.told[world.config.connectors[0].token_endpoint] = tell
    verdict = world.backend.renew(session=session)
    assert verdict is not None
    assert (verdict.outcome, verdict.code, verdict.profile) == ("refused", code, None)
    assert verdict.engagement == world.engagement("code")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"nonce": NONCE}, None),
        ({"aud": ["platform-code"]}, None),
        ({"more": "claims"}, None),
        ({"nonce": "another"}, "claims.nonce_mismatch"),
        ({"nonce": [NONCE]}, "claims.nonce_mismatch"),
        ({"iss": "https://idp.test"}, "refresh.identity_changed"),
        ({"sub": "bob"}, "refresh.identity_changed"),
        ({"aud": "another"}, "refresh.identity_changed"),
        ({"aud": ["platform-code", "another"]}, "refresh.identity_changed"),
        ({"sub": None}, "refresh.identity_changed"),
        ({"exp": 0}, "claims.expired"),
    ],
)
def test_a_refreshed_id_token_says_what_the_first_one_said(
    changes: dict[str, Any], code: str | None, world: World
) -> None:
    """Issuer, subject and audience are the first ones, and so is a nonce (OpenID Connect Core 12.2)."""
    session = sign_in(world, nonce=NONCE)
    answers(world, id_token=world.token("code", **changes))
    verdict = world.backend.renew(session=session)
    assert verdict is not None
    assert (verdict.outcome, verdict.code) == ("refused" if code else "authenticated", code)
    assert len(world.store.people.profiles()) == 1


def test_a_nonce_that_the_first_id_token_had_not_is_refused(world: World) -> None:
    """Where the first one had none, any nonce is another one."""
    session = sign_in(world)
    answers(world, id_token=world.token("code", nonce="of-somebody-else"))
    verdict = world.backend.renew(session=session)
    assert verdict is not None
    assert verdict.code == "claims.nonce_mismatch"


@pytest.mark.parametrize(("nonce", "code"), [(NONCE, None), ("another", "claims.nonce_mismatch")])
def test_it_is_the_first_id_token_that_counts_however_often_it_was_renewed(
    nonce: str, code: str | None, world: World
) -> None:
    """A renewal that leaves the nonce out does not make the next one forget it."""
    session = sign_in(world, nonce=NONCE)
    answers(world, refresh_token="r2")
    assert world.backend.renew(session=session)
    answers(world, id_token=world.token("code", nonce=nonce, more=1))
    verdict = world.backend.renew(session=session)
    assert verdict is not None
    assert verdict.code == code


def test_a_renewed_window_stays_with_its_consumer(world: World) -> None:
    """After a renewal, as before it, another consumer is refused there."""
    session = sign_in(world)
    answers(world)
    assert world.backend.renew(session=session)
    answers(world, id_token=world.token("code", sub="bob"))
    other = world.hand_over(world.open("code", session=session), "bob's c0de", session)
    assert (other.outcome, other.code) == ("refused", "platform.subject_changed")


def test_a_refreshed_id_token_of_another_window_is_a_replay(world: World) -> None:
    """The same id_token does not renew two windows."""
    session, other = sign_in(world), window(world)
    token = world.token("code")
    answers(world, id_token=token, refresh_token="r2")
    assert (
        world.hand_over(world.open("code", session=other), "another c0de", other).outcome == "authenticated"
    )
    verdict = world.backend.renew(session=session)
    assert verdict is not None
    assert verdict.code == "platform.token_replayed"


def test_a_connector_that_does_not_delegate_keeps_no_refresh_token(world: World, tmp_path: Path) -> None:
    """What the brand does not allow is not done, even where its server gives a refresh token."""
    session = sign_in(world, delegation=False, refresh_token="a-refresh-token-of-alice")
    assert world.backend.renew(session=session) is None
    assert sent(world) == []
    assert "renewal" not in (world.store.sessions.find("window", session) or {})
    assert b"a-refresh-token" not in stored(tmp_path)


def test_without_a_refresh_token_there_is_nothing_to_renew_with(world: World) -> None:
    """The brand's server may keep it to itself."""
    session = sign_in(world, refresh_token=None)
    assert world.backend.renew(session=session) is None
    assert sent(world) == []


def test_a_refresh_token_is_sealed_in_the_store(world: World, tmp_path: Path) -> None:
    """It is kept, and nobody who reads the database can use it."""
    session = sign_in(world, refresh_token="a-refresh-token-of-alice")
    kept = stored(tmp_path)
    assert b"renewal" in kept
    assert b"a-refresh-token-of-alice" not in kept
    answers(world, refresh_token="the-next-refresh-token")
    assert world.backend.renew(session=session)
    assert b"the-next-refresh-token" not in stored(tmp_path)


def stored(folder: Path) -> bytes:
    """Return every octet of the database."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("harness.db*")))


def test_only_its_own_window_can_use_a_refresh_token(world: World) -> None:
    """Another window has none, and a name that was copied into its session unseals nothing."""
    alice, mallory = sign_in(world), window(world)
    assert world.backend.renew(session="a guess") is None
    assert world.backend.renew(session=mallory) is None
    known = world.store.sessions.find("window", alice)
    assert known is not None
    world.store.sessions.merge("window", mallory, renewal=known["renewal"])
    assert world.backend.renew(session=mallory) is None
    assert sent(world) == []


def test_a_worker_with_another_sealing_key_asks_the_page(world: World) -> None:
    """What cannot be unsealed is as if it were not there."""
    session = sign_in(world)
    world.start(world.config)
    assert world.backend.renew(session=session) is None
    assert sent(world) == []


def test_a_refresh_token_is_kept_as_long_as_its_window(world: World) -> None:
    """After that the page is asked."""
    session = sign_in(world)
    world.clock.advance(KEPT_SECONDS)
    assert world.backend.renew(session=session) is None
    assert sent(world) == []


def test_a_popup_is_renewed_like_any_other_window(world: World) -> None:
    """Its request asks for offline access, and the nonce of that request is the first one."""
    world.configure("code", delegation=True)
    world.store.sessions.keep("window", "alice's window", seconds=LONG)
    asked = world.popup("code")
    assert asked["scope"].split() == ["openid", "offline_access"]
    answers(world, id_token=world.token("code", nonce=asked["nonce"]), refresh_token="r1")
    assert world.come_back({"code": "c0de", "state": asked["state"]}, "query").outcome == "authenticated"
    world.clock.advance(EXPIRED_AFTER)
    answers(world, id_token=world.token("code", nonce=asked["nonce"]))
    verdict = world.backend.renew(session="alice's window")
    assert verdict is not None
    assert (verdict.outcome, verdict.problems) == ("authenticated", ())
    assert verdict.engagement == world.engagement("code", surface="popup")


def test_offline_access_is_asked_for_only_where_the_brand_delegates(world: World) -> None:
    """Any other connector asks for its scope alone."""
    world.configure("code")
    assert world.popup("code")["scope"] == "openid"


def test_the_timeline_tells_of_a_renewal_without_its_tokens(world: World) -> None:
    """It begins, exchanges and ends in a verdict, under one flow of its own."""
    session = sign_in(world, refresh_token="a-refresh-token-of-alice")
    before = world.store.events.last()
    token = world.token("code")
    answers(world, id_token=token, refresh_token="the-next-refresh-token")
    assert world.backend.renew(session=session)
    told = world.store.events.after(before)
    assert [event.type for event in told] == [
        *("renewal.started", "exchange.sent", "code.exchanged", "id_token.examined", "verdict")
    ]
    assert len({event.flow for event in told}) == 1
    secrets = ("a-refresh-token-of-alice", "the-next-refresh-token", token, session)
    assert not [secret for secret in secrets if secret in str(told)]
