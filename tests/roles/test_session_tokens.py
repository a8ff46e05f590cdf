"""The platform's own tokens: what they stand for, and for how long."""

from __future__ import annotations

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from harness.clock import ManualClock
from harness.roles.platform.session_tokens import SECONDS, SHORTEST, TOKEN_TYPE, Session, SessionTokens

PLATFORM = "https://chat.platform.test"
START = 1_790_000_000


@pytest.fixture
def clock() -> ManualClock:
    """A clock of the test's own."""
    return ManualClock(START)


@pytest.fixture
def tokens(clock: ManualClock) -> SessionTokens:
    """The platform's tokens."""
    return made(clock)


def made(clock: ManualClock) -> SessionTokens:
    """Return the tokens of a platform with a key of its own."""
    return SessionTokens(issuer=PLATFORM, clock=clock, key=ECKey.generate_key("P-256"))


def test_a_token_stands_for_its_conversation(tokens: SessionTokens) -> None:
    """A guest's lives for an hour, because no credential is behind it."""
    assert Session(conversation="c1", expires_at=START + SECONDS) == tokens.read(tokens.issue("c1"))


@pytest.mark.parametrize(
    ("until", "seconds"),
    [
        (START + 300, 300),
        (START + 300.9, 300),
        (START + SECONDS + 1, SECONDS),
        (START + 7 * 86_400, SECONDS),
        (START + SHORTEST - 1, SHORTEST),
        (START - 59, SHORTEST),
    ],
)
def test_a_token_ends_with_the_credential_behind_it(
    until: float, seconds: int, tokens: SessionTokens
) -> None:
    """Not after it, at most an hour; and not before a minute, for a credential within the leeway."""
    session = tokens.read(tokens.issue("c1", until=until))

    assert session is not None
    assert START + seconds == session.expires_at


def test_an_expired_token_can_still_be_read(tokens: SessionTokens, clock: ManualClock) -> None:
    """Whoever serves the window says that it has expired, and does not take it for a stranger's."""
    token = tokens.issue("c1")
    clock.advance(SECONDS)

    assert Session(conversation="c1", expires_at=START + SECONDS) == tokens.read(token)


def test_another_key_is_not_believed(tokens: SessionTokens, clock: ManualClock) -> None:
    """Each platform has a key of its own."""
    assert tokens.read(made(clock).issue("c1")) is None


@pytest.mark.parametrize(
    ("typ", "aud"), [("JWT", PLATFORM), (None, PLATFORM), (TOKEN_TYPE, "https://elsewhere.test")]
)
def test_a_token_of_another_kind_is_none(typ: str | None, aud: str, tokens: SessionTokens) -> None:
    """Type and audience say what a signature of this key is good for (RFC 8725 section 3.11)."""
    header = {"alg": "ES256", **({"typ": typ} if typ else {})}
    claims = {"iss": PLATFORM, "aud": aud, "sub": "c1", "iat": START, "exp": START + 60}
    assert isinstance(tokens.key, ECKey)

    assert tokens.read(jwt.encode(header, claims, tokens.key)) is None


@pytest.mark.parametrize("text", ["", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjMSJ9.", "é"])
def test_what_is_no_token_stands_for_nothing(text: str, tokens: SessionTokens) -> None:
    """Anything may come over the wire."""
    assert tokens.read(text) is None
