"""Access and refresh tokens of the sample authorization server: who gets them, and what ends them."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from harness.clock import ManualClock
from harness.protocol import base64url
from harness.protocol.pkce import new_code_verifier, s256
from harness.roles.seams import Seams
from harness.sample import BRAND_SECRET, PLATFORM_SECRET
from harness.server import RunningServer

IDP = "https://login.brand.test"
WINDOW = "https://chat.platform.test/window"
OWN = ("platform-code", PLATFORM_SECRET)
ANOTHER = ("platform-code-pkce", PLATFORM_SECRET)
MONTH = 30 * 86_400
SignIn = Callable[[str], httpx2.Client]


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """Alice's browser, and the platform's client that her codes come to."""

    http: httpx2.Client

    def code(self, **changes: str) -> str:
        """Return a code of an authorization request for offline access, with changes."""
        asked = {
            "response_type": "code",
            "client_id": "platform-code",
            "redirect_uri": WINDOW,
            "scope": "openid offline_access",
            "state": "a-state",
            "nonce": "a-nonce",
        }
        sent = self.http.get(f"{IDP}/authorize?{urlencode({**asked, **changes})}")
        return parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]

    def ask(self, grant_type: str, client: tuple[str, str] | None = OWN, **members: str) -> httpx2.Response:
        """Send a token request."""
        auth = httpx2.BasicAuth(*client) if client else httpx2.Auth()
        return self.http.post(f"{IDP}/token", data={"grant_type": grant_type, **members}, auth=auth)

    def exchange(self, code: str) -> httpx2.Response:
        """Exchange a code."""
        return self.ask("authorization_code", code=code, redirect_uri=WINDOW)

    def refresh(self, token: str, client: tuple[str, str] | None = OWN, **members: str) -> httpx2.Response:
        """Trade a refresh token."""
        return self.ask("refresh_token", client, refresh_token=token, **members)

    def tokens(self) -> dict[str, Any]:
        """Sign in and return the tokens."""
        got: dict[str, Any] = self.exchange(self.code()).json()
        return got

    def may(self, tokens: dict[str, Any]) -> bool:
        """Tell whether an access token opens the userinfo endpoint."""
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        return self.http.get(f"{IDP}/userinfo", headers=headers).status_code == 200


@pytest.fixture
def alice(signed_in: SignIn) -> Consumer:
    """Alice, signed in."""
    return Consumer(http=signed_in("alice"))


def claims(tokens: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of an id_token, unverified."""
    read: dict[str, Any] = json.loads(base64url.decode(tokens["id_token"].split(".")[1]))
    return read


def refused(response: httpx2.Response) -> tuple[int, str]:
    """Return status and error of a refusal."""
    return response.status_code, response.json()["error"]


def reason(server: RunningServer) -> str:
    """Return why the newest token request was refused, which only the server's own events say."""
    events = [event for event in server.store.events.after(0) if event.type == "token.refused"]
    return str(events[-1].data["reason"])


def test_offline_access_gives_a_refresh_token(alice: Consumer) -> None:
    """It is the scope that asks for it (OpenID Connect Core section 11)."""
    offline, online = alice.tokens(), alice.exchange(alice.code(scope="openid")).json()

    assert "openid offline_access" == offline["scope"]
    assert offline["refresh_token"]
    assert "openid" == online["scope"]
    assert "refresh_token" not in online


def test_a_client_that_may_not_gets_no_refresh_token(alice: Consumer) -> None:
    """The shop's own sign-in asks in vain, and is told which scope it got (RFC 6749 section 3.3)."""
    verifier, callback = new_code_verifier(), "https://www.brand.test/callback"
    code = alice.code(
        client_id="brand-web",
        redirect_uri=callback,
        code_challenge=s256(verifier),
        code_challenge_method="S256",
    )
    got = alice.ask(
        "authorization_code",
        ("brand-web", BRAND_SECRET),
        code=code,
        redirect_uri=callback,
        code_verifier=verifier,
    ).json()

    assert "openid" == got["scope"]
    assert "refresh_token" not in got


def test_a_refreshed_id_token_is_of_the_same_login(alice: Consumer, clock: ManualClock) -> None:
    """Issuer, subject, audience, nonce and login time are the first ones, only its own time is new."""
    first = alice.tokens()
    clock.advance(400)
    second = alice.refresh(first["refresh_token"]).json()
    before, now = claims(first), claims(second)

    same = ("iss", "sub", "aud", "nonce", "auth_time")
    assert [before[name] for name in same] == [now[name] for name in same]
    assert before["iat"] + 400 == now["iat"]
    assert before["jti"] != now["jti"]


def test_a_refresh_token_is_good_once_and_the_next_one_takes_its_place(alice: Consumer) -> None:
    """Each use gives another one (RFC 9700 section 4.14.2)."""
    tokens = [alice.tokens()]
    for _ in range(3):
        tokens.append(alice.refresh(tokens[-1]["refresh_token"]).json())

    assert 4 == len({one["refresh_token"] for one in tokens})
    assert all(alice.may(one) for one in tokens)


def test_a_code_that_comes_again_ends_what_came_of_it(alice: Consumer) -> None:
    """The access token and the refresh token of the first use, and what they were traded for."""
    code = alice.code()
    first = alice.exchange(code).json()
    second = alice.refresh(first["refresh_token"]).json()

    assert (400, "invalid_grant") == refused(alice.exchange(code))
    assert [False, False] == [alice.may(first), alice.may(second)]
    assert (400, "invalid_grant") == refused(alice.refresh(second["refresh_token"]))


def test_a_rotated_refresh_token_that_comes_again_ends_its_family(
    alice: Consumer, server: RunningServer
) -> None:
    """Two hold it, so neither can be told from the thief (RFC 9700 section 4.14.2)."""
    first = alice.tokens()
    second = alice.refresh(first["refresh_token"]).json()

    assert (400, "invalid_grant") == refused(alice.refresh(first["refresh_token"]))
    assert "refresh_token_used" == reason(server)
    assert [False, False] == [alice.may(first), alice.may(second)]
    assert (400, "invalid_grant") == refused(alice.refresh(second["refresh_token"]))


def test_one_family_ends_alone(alice: Consumer) -> None:
    """What came of another code stays good."""
    ended, other = alice.tokens(), alice.tokens()
    for _ in range(2):
        alice.refresh(ended["refresh_token"])

    assert not alice.may(ended)
    assert alice.may(other)
    assert 200 == alice.refresh(other["refresh_token"]).status_code


def test_of_parallel_uses_at_most_one_wins_and_all_end(alice: Consumer) -> None:
    """Eight at once are one use and seven reuses, so nothing of the family is good afterwards."""
    first = alice.tokens()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: alice.refresh(first["refresh_token"]), range(8)))
    won = [answer.json() for answer in answers if answer.status_code == 200]

    assert len(won) <= 1
    assert not alice.may(first)
    assert not [tokens for tokens in won if alice.may(tokens)]
    assert not [one for one in won if alice.refresh(one["refresh_token"]).status_code == 200]


def test_a_refresh_token_belongs_to_its_client(alice: Consumer, server: RunningServer) -> None:
    """Another client gets nothing for it, and has shown that it is out."""
    tokens = alice.tokens()

    assert (400, "invalid_grant") == refused(alice.refresh(tokens["refresh_token"], ANOTHER))
    assert "refresh_token_of_other_client" == reason(server)
    assert (400, "invalid_grant") == refused(alice.refresh(tokens["refresh_token"]))


@pytest.mark.parametrize(
    ("client", "members", "error"),
    [
        (OWN, {"scope": "openid profile"}, (400, "invalid_scope")),
        (("platform-code", "wrong"), {}, (401, "invalid_client")),
        (None, {"client_id": "platform-code"}, (401, "invalid_client")),
        (None, {"client_id": "platform-implicit"}, (400, "unauthorized_client")),
        (("brand-web", BRAND_SECRET), {}, (400, "unauthorized_client")),
    ],
)
def test_a_refresh_token_alone_is_not_enough(
    client: tuple[str, str] | None, members: dict[str, str], error: tuple[int, str], alice: Consumer
) -> None:
    """The client authenticates, may renew, and asks for no more than was granted (RFC 6749 section 6)."""
    assert error == refused(alice.refresh(alice.tokens()["refresh_token"], client, **members))


@pytest.mark.parametrize("token", ["", "a-guess", "eyJ.eyJ.sig"])
def test_a_made_up_refresh_token_is_refused(token: str, alice: Consumer, server: RunningServer) -> None:
    """It was never issued."""
    assert (400, "invalid_grant") == refused(alice.refresh(token))
    assert "refresh_token_unknown" == reason(server)


def test_a_refresh_token_expires(alice: Consumer, clock: ManualClock) -> None:
    """After its month it is good for nothing."""
    tokens = alice.tokens()
    clock.advance(MONTH)

    assert (400, "invalid_grant") == refused(alice.refresh(tokens["refresh_token"]))


def test_an_access_token_expires(alice: Consumer, clock: ManualClock) -> None:
    """After its ten minutes userinfo is closed to it."""
    tokens = alice.tokens()
    clock.advance(tokens["expires_in"])

    assert not alice.may(tokens)


def test_a_server_can_be_made_to_forget_reuse(alice: Consumer, server: RunningServer) -> None:
    """The fault that the probe looks for: the first tokens stay good when their code comes again."""
    with server.composition.seams.put(Seams(revoke_on_reuse=False)):
        code = alice.code()
        tokens = alice.exchange(code).json()

        assert (400, "invalid_grant") == refused(alice.exchange(code))
        assert alice.may(tokens)


def test_discovery_says_that_refresh_tokens_are_to_be_had(alice: Consumer) -> None:
    """The grant and its scope."""
    found = alice.http.get(f"{IDP}/.well-known/openid-configuration").json()

    assert "refresh_token" in found["grant_types_supported"]
    assert "offline_access" in found["scopes_supported"]


def test_no_token_stands_in_the_events(alice: Consumer, server: RunningServer) -> None:
    """They are on the timeline as fingerprints only."""
    first = alice.tokens()
    second = alice.refresh(first["refresh_token"]).json()
    alice.refresh(first["refresh_token"])
    written = " ".join(str(event.data) for event in server.store.events.after(0))

    names = ("access_token", "refresh_token", "id_token")
    assert not [name for name in names for tokens in (first, second) if tokens[name] in written]
