"""The sample authorization server is strict: what the specifications refuse, it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from harness.clock import ManualClock
from harness.protocol import base64url
from harness.protocol.pkce import new_code_verifier, s256
from harness.sample import PLATFORM_SECRET

IDP = "https://login.brand.test"
WINDOW = "https://chat.platform.test/window"
SignIn = Callable[[str], httpx2.Client]


def authorize(client: httpx2.Client, **changes: str | None) -> httpx2.Response:
    """Send an authorization request of the platform's code client, with changes; ``None`` leaves one out."""
    parameters: dict[str, str | None] = {
        "response_type": "code",
        "client_id": "platform-code",
        "redirect_uri": WINDOW,
        "scope": "openid",
        "state": "a-state",
        "nonce": "a-nonce",
    }
    sent = {name: value for name, value in {**parameters, **changes}.items() if value is not None}
    return client.get(f"{IDP}/authorize?{urlencode(sent)}")


def answer(response: httpx2.Response) -> dict[str, str]:
    """Return the parameters of an authorization response."""
    assert response.status_code == 303, response.text
    parts = urlsplit(response.headers["location"])
    return {name: values[0] for name, values in parse_qs(parts.query or parts.fragment).items()}


def exchange(client: httpx2.Client, code: str, **changes: Any) -> httpx2.Response:
    """Exchange a code as the platform's code client, with changes; ``auth=None`` leaves Basic out."""
    auth = changes.pop("auth", ("platform-code", PLATFORM_SECRET))
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": WINDOW, **changes}
    return client.post(f"{IDP}/token", data={k: v for k, v in form.items() if v is not None}, auth=auth)


def test_a_code_comes_back_with_state_and_issuer(signed_in: SignIn) -> None:
    """The response carries code, state and iss, by 303, uncached (RFC 6749 4.1.2, RFC 9207 2)."""
    response = authorize(signed_in("alice"))

    assert {"code", "state", "iss"} == answer(response).keys()
    assert "a-state" == answer(response)["state"]
    assert IDP == answer(response)["iss"]
    assert "no-store" == response.headers["cache-control"]


def test_an_id_token_comes_back_in_the_fragment(signed_in: SignIn) -> None:
    """The implicit flow answers in the fragment, never in the query."""
    response = authorize(signed_in("alice"), client_id="platform-implicit", response_type="id_token")

    parts = urlsplit(response.headers["location"])
    assert "" == parts.query
    assert {"id_token", "state", "iss"} == answer(response).keys()


def test_form_post_is_a_page_that_posts_to_the_redirect_uri(signed_in: SignIn) -> None:
    """The form's target is the redirect URI, and the page may post nowhere else."""
    page = authorize(signed_in("alice"), response_mode="form_post")

    assert f'action="{WINDOW}"' in page.text
    assert "form-action https://chat.platform.test;" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": "https://chat.platform.test/window/"},
        {"redirect_uri": "https://chat.platform.test/WINDOW"},
        {"redirect_uri": "https://chat.platform.test.evil.example/window"},
        {"redirect_uri": 'https://chat.platform.test/window"\\'},
        {"redirect_uri": None},
    ],
)
def test_an_unknown_client_or_redirect_uri_is_never_redirected_to(
    changes: dict[str, str | None], signed_in: SignIn
) -> None:
    """Such an error is shown, not sent anywhere (RFC 6749 4.1.2.1)."""
    response = authorize(signed_in("alice"), **changes)

    assert 400 == response.status_code
    assert "location" not in response.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "id_token"}, "unauthorized_client"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"client_id": "platform-code-pkce"}, "invalid_request"),
        ({"code_challenge": "A" * 43}, "invalid_request"),
        ({"code_challenge": "A" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
        ({"client_id": "platform-implicit", "response_type": "id_token", "nonce": None}, "invalid_request"),
    ],
)
def test_a_bad_request_of_a_known_client_is_answered_with_an_error(
    changes: dict[str, str | None], error: str, signed_in: SignIn
) -> None:
    """The error goes back with state and iss, and no code was issued."""
    response = answer(authorize(signed_in("alice"), **changes))

    assert {"error": error, "state": "a-state", "iss": IDP} == response


def test_a_repeated_parameter_is_refused(signed_in: SignIn) -> None:
    """Each parameter at most once (RFC 6749 3.1)."""
    response = signed_in("alice").get(
        f"{IDP}/authorize?response_type=code&client_id=platform-code&scope=openid"
        f"&redirect_uri={WINDOW}&state=1&state=2"
    )

    assert 400 == response.status_code


def test_prompt_none_without_a_session_is_login_required(visitor: httpx2.Client) -> None:
    """No page is shown when none may be shown (OpenID Connect Core 3.1.2.1)."""
    assert "login_required" == answer(authorize(visitor, prompt="none"))["error"]


def test_a_wrong_password_opens_no_session(visitor: httpx2.Client) -> None:
    """The login page comes again and says so, without telling which part was wrong."""
    hidden = parse_qs(urlsplit(authorize(visitor).headers["location"]).query)["ticket"][0]
    sent = visitor.post(
        f"{IDP}/login",
        data={"ticket": hidden, "username": "alice", "password": "wrong"},
        headers={"Origin": IDP},
    )

    assert 401 == sent.status_code
    assert "User name and password do not go together" in sent.text
    assert "login_required" == answer(authorize(visitor, prompt="none"))["error"]


def test_a_login_form_is_good_in_its_own_browser_only(visitor: httpx2.Client) -> None:
    """A ticket that another browser was given logs nobody in (login CSRF)."""
    location = authorize(visitor).headers["location"]
    visitor.cookies.clear()

    assert 400 == visitor.get(f"{IDP}{location}").status_code


def test_two_login_forms_of_one_browser_are_both_good(visitor: httpx2.Client) -> None:
    """A second popup does not make the first one's form a dead end."""
    first, second = (authorize(visitor).headers["location"] for _ in range(2))

    assert [200, 200] == [visitor.get(f"{IDP}{form}").status_code for form in (second, first)]


def test_a_login_from_a_foreign_page_is_refused(visitor: httpx2.Client) -> None:
    """The login form accepts posts of its own pages only."""
    sent = visitor.post(f"{IDP}/login", data={"ticket": "x"}, headers={"Origin": "https://evil.example"})

    assert 403 == sent.status_code


def test_a_code_is_exchanged_once(signed_in: SignIn) -> None:
    """The second exchange is invalid_grant (RFC 6749 4.1.2)."""
    client = signed_in("alice")
    code = answer(authorize(client))["code"]

    assert {"access_token", "token_type", "expires_in", "scope", "id_token"} == exchange(
        client, code
    ).json().keys()
    assert {"error": "invalid_grant"}.items() <= exchange(client, code).json().items()


def test_of_parallel_exchanges_one_wins(signed_in: SignIn) -> None:
    """Eight at once, one id_token."""
    client = signed_in("alice")
    code = answer(authorize(client))["code"]
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda _: exchange(client, code).status_code, range(8)))

    assert [200] + [400] * 7 == statuses


def test_a_code_expires(signed_in: SignIn, clock: ManualClock) -> None:
    """After its minute a code is invalid_grant."""
    client = signed_in("alice")
    code = answer(authorize(client))["code"]
    clock.advance(61)

    assert "invalid_grant" == exchange(client, code).json()["error"]


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"redirect_uri": "https://www.brand.test/chat/redirect"}, 400, "invalid_grant"),
        ({"redirect_uri": None}, 400, "invalid_grant"),
        ({"auth": ("platform-code-pkce", PLATFORM_SECRET)}, 400, "invalid_grant"),
        ({"auth": ("platform-code", "wrong")}, 401, "invalid_client"),
        ({"auth": None, "client_id": "platform-code"}, 401, "invalid_client"),
        ({"code_verifier": "A" * 43}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_code_is_bound_to_client_redirect_uri_and_challenge(
    changes: dict[str, Any], status: int, error: str, signed_in: SignIn
) -> None:
    """Each binding is held against the request, and a verifier without a challenge is a downgrade."""
    client = signed_in("alice")
    response = exchange(client, answer(authorize(client))["code"], **changes)

    assert (status, error) == (response.status_code, response.json()["error"])
    assert "no-store" == response.headers["cache-control"]


def test_the_secret_may_travel_in_the_body(signed_in: SignIn) -> None:
    """client_secret_post is accepted beside Basic."""
    client = signed_in("alice")
    code = answer(authorize(client))["code"]
    response = exchange(client, code, auth=None, client_id="platform-code", client_secret=PLATFORM_SECRET)

    assert 200 == response.status_code


@pytest.mark.parametrize(
    ("sent", "error"), [("right", None), ("other", "invalid_grant"), (None, "invalid_request")]
)
def test_the_verifier_has_to_fit_the_challenge(
    sent: str | None, error: str | None, signed_in: SignIn
) -> None:
    """S256 or nothing; a missing verifier is a downgrade (RFC 7636 4.6, RFC 9700 2.1.1)."""
    client, verifier = signed_in("alice"), new_code_verifier()
    code = answer(
        authorize(
            client,
            client_id="platform-code-pkce",
            code_challenge=s256(verifier),
            code_challenge_method="S256",
        )
    )["code"]
    verifiers = {"right": verifier, "other": new_code_verifier(), None: None}
    response = exchange(
        client, code, auth=("platform-code-pkce", PLATFORM_SECRET), code_verifier=verifiers[sent]
    )

    assert error == response.json().get("error")


def test_discovery_says_what_the_server_does(visitor: httpx2.Client) -> None:
    """The issuer is the server's own, S256 is the only method, and iss is promised."""
    found = visitor.get(f"{IDP}/.well-known/openid-configuration").json()

    assert IDP == found["issuer"]
    assert ["S256"] == found["code_challenge_methods_supported"]
    assert found["authorization_response_iss_parameter_supported"] is True


def test_the_key_set_holds_public_members_only(visitor: httpx2.Client) -> None:
    """Nobody learns a private key from the jwks_uri."""
    (key,) = visitor.get(f"{IDP}/jwks").json()["keys"]

    assert {"kty", "n", "e", "kid", "use", "alg"} == key.keys()


def test_userinfo_needs_an_access_token(signed_in: SignIn) -> None:
    """The same consumer as in the id_token, to the token's holder only."""
    client = signed_in("alice")
    token = exchange(client, answer(authorize(client))["code"]).json()["access_token"]

    told = client.get(f"{IDP}/userinfo", headers={"Authorization": f"Bearer {token}"}).json()
    assert ("fh-100234", "Alice") == (told["sub"], told["given_name"])
    assert 401 == client.get(f"{IDP}/userinfo").status_code


def test_logging_out_takes_a_post(signed_in: SignIn) -> None:
    """Looking at the logout page changes nothing; its button ends the session."""
    client = signed_in("alice")
    client.get(f"{IDP}/logout")
    assert "code" in answer(authorize(client))

    client.post(f"{IDP}/logout", headers={"Origin": IDP})
    assert "login_required" == answer(authorize(client, prompt="none"))["error"]


def test_no_page_of_the_server_can_be_framed(visitor: httpx2.Client) -> None:
    """Login, consent and error pages refuse every frame."""
    policy = visitor.get(f"{IDP}/logout").headers["content-security-policy"]

    assert "frame-ancestors 'none'" in policy


def log_in(client: httpx2.Client, username: str, password: str) -> httpx2.Response:
    """Fill a fresh login form."""
    hidden = parse_qs(urlsplit(authorize(client, prompt="login").headers["location"]).query)["ticket"][0]
    form = {"ticket": hidden, "username": username, "password": password}
    return client.post(f"{IDP}/login", data=form, headers={"Origin": IDP})


def test_passwords_are_not_guessed_without_end(visitor: httpx2.Client, clock: ManualClock) -> None:
    """After ten wrong ones within a minute the right one has to wait too; other people need not."""
    statuses = [log_in(visitor, "carol", f"guess {number}").status_code for number in range(10)]
    right = log_in(visitor, "carol", "carol-has-a-kite")

    assert [401] * 10 + [429] == [*statuses, right.status_code]
    assert 0 < int(right.headers["retry-after"]) <= 60
    assert "Too many attempts" in right.text
    assert 303 == log_in(visitor, "bob", "bob-likes-the-sea").status_code
    clock.advance(61)
    assert 303 == log_in(visitor, "carol", "carol-has-a-kite").status_code


def test_guesses_at_nobody_are_slowed_down_alike(visitor: httpx2.Client) -> None:
    """So that it does not tell who there is."""
    statuses = [log_in(visitor, "nobody-here", "a guess").status_code for _ in range(11)]

    assert [401] * 10 + [429] == statuses


def test_a_guesser_cannot_begin_again(visitor: httpx2.Client) -> None:
    """What a browser sends of its own ends no count."""
    for _ in range(10):
        log_in(visitor, "mallory", "a guess")
    counted = f"__Host-idp=password at {IDP} mallory"
    visitor.post(f"{IDP}/logout", headers={"Origin": IDP, "Cookie": counted})

    assert 429 == log_in(visitor, "mallory", "a guess").status_code


def test_a_login_goes_on_by_see_other(visitor: httpx2.Client) -> None:
    """So that the password is not sent on (RFC 9700 section 4.12)."""
    answered = log_in(visitor, "alice", "alice-opens-the-gate")

    assert 303 == answered.status_code
    assert answered.headers["location"].startswith("/authorize?")


def test_an_unknown_parameter_is_ignored(signed_in: SignIn) -> None:
    """The platform's own among them (RFC 6749 3.1)."""
    response = authorize(signed_in("alice"), parentWindowOrigin="https://www.brand.test", colour="green")

    assert "code" in answer(response)


@pytest.mark.parametrize("name", ["code", "grant_type", "client_id", "colour"])
def test_a_repeated_parameter_of_a_token_request_is_refused(name: str, signed_in: SignIn) -> None:
    """Known or unknown, and the code is not used up by it (RFC 6749 3.2)."""
    client = signed_in("alice")
    code = answer(authorize(client))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": WINDOW}
    twice = urlencode([*form.items(), (name, form.get(name, "x")), (name, "x")])
    refused = client.post(
        f"{IDP}/token",
        content=twice,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=("platform-code", PLATFORM_SECRET),
    )

    assert (400, "invalid_request") == (refused.status_code, refused.json()["error"])
    assert 200 == exchange(client, code).status_code


def test_the_nonce_of_the_request_is_the_id_tokens(signed_in: SignIn) -> None:
    """A code carries it to the token endpoint, and nothing there changes it."""
    client = signed_in("alice")
    code = answer(authorize(client, nonce="n-of-this-request"))["code"]
    id_token = exchange(client, code, nonce="another").json()["id_token"]

    assert "n-of-this-request" == json.loads(base64url.decode(id_token.split(".")[1]))["nonce"]
