"""The authorization server is strict: two brands use it for codes, and one for id_tokens."""

from __future__ import annotations

import pytest

from .clients import WINDOW
from .conftest import Serve, Visit
from .federated import Federated
from .platform_side import PlatformSide
from .spa import Spa
from .sso import Sso
from .visitor import parameters


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": f"{WINDOW}?lpUnifiedWindowConfig=%7B%7D"},
        {"redirect_uri": f"{WINDOW}/"},
        {"redirect_uri": None},
        {"client_id": "somebody"},
    ],
)
def test_nobody_is_redirected_to_what_is_not_registered(
    changes: dict[str, str | None], serve: Serve, visit: Visit
) -> None:
    """Redirect URIs are compared octet by octet (RFC 9700 section 2.1)."""
    answer = PlatformSide(visitor=visit(serve("spa", Spa()))).authorize(**changes)

    assert 400 == answer.status_code
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "too-short"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_request_that_is_not_right_comes_back_with_its_state(
    changes: dict[str, str | None], error: str, serve: Serve, visit: Visit
) -> None:
    """As an error that the client is told (RFC 6749 section 4.1.2.1)."""
    platform = PlatformSide(visitor=visit(serve("spa", Spa())))

    told = parameters(platform.authorize(**changes))

    assert (error, platform.request()["state"]) == (told["error"], told["state"])


def test_an_id_token_is_not_given_without_a_nonce(serve: Serve, visit: Visit) -> None:
    """It could be anybody's (OpenID Connect Core section 3.2.2.1)."""
    platform = PlatformSide(visitor=visit(serve("federated", Federated())))

    assert "invalid_request" == parameters(platform.authorize(nonce=None))["error"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "v" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"redirect_uri": "https://liveperson.net"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_id": "somebody"}, "invalid_client"),
        ({"client_secret": "guessed"}, "invalid_client"),
    ],
)
def test_a_code_is_given_up_for_the_right_exchange_only(
    changes: dict[str, str | None], error: str, serve: Serve, visit: Visit
) -> None:
    """An error is never kept in a cache (RFC 6749 sections 4.1.3 and 5.2, RFC 7636 section 4.6)."""
    platform = PlatformSide(visitor=visit(serve("spa", Spa())))
    code = platform.popup("alice").parameters["code"]

    answer = platform.exchange(code, **changes)

    assert error == answer.json()["error"]
    assert "no-store" == answer.headers["cache-control"]


def test_a_client_authenticates_by_its_own_method_only(serve: Serve, visit: Visit) -> None:
    """A secret in the body is not one in the header, however right it is."""
    served = serve("sso", Sso())
    platform = PlatformSide(visitor=visit(served))
    code = platform.popup("alice").parameters["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": WINDOW}

    by_post = platform.visitor.http.post(
        platform.connector["token_endpoint"],
        data={**form, "client_id": "tidewell-chat", "client_secret": served.site.secrets["client-secret"]},
    )
    by_basic = platform.exchange(code)

    assert (401, "invalid_client") == (by_post.status_code, by_post.json()["error"])
    assert (200, "Bearer") == (by_basic.status_code, by_basic.json()["token_type"])
    assert "no-store" == by_basic.headers["cache-control"]


def test_a_wrong_password_signs_nobody_in(serve: Serve, visit: Visit) -> None:
    """The login is shown again, and says so."""
    platform = PlatformSide(visitor=visit(serve("spa", Spa())))

    shown = platform.visitor.submit(platform.authorize(), "/login", username="alice", password="guessed")

    assert 401 == shown.status_code
    assert "Username or password is wrong." in shown.text


def test_the_login_page_may_be_left_for_the_redirect_uri_and_framed_by_nobody(
    serve: Serve, visit: Visit
) -> None:
    """Chromium holds every redirect after a form against form-action (CSP3 section 6.4.1.1)."""
    policy = PlatformSide(visitor=visit(serve("spa", Spa()))).authorize().headers["content-security-policy"]

    assert "https://lpcdn.lpsnmedia.net" in policy.partition("form-action ")[2].partition(";")[0]
    assert "frame-ancestors 'none'" in policy
