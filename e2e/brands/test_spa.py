from __future__ import annotations

from .clients import DEFAULT_REDIRECT_URI
from .conftest import Serve, Visit
from .platform_side import STATE, PlatformSide
from .spa import APP, Spa
from .visitor import Visitor

SESSION, CODE = f"https://{APP}/api/session", f"https://{APP}/api/chat/code"


def sign_in(visitor: Visitor) -> None:
    """Sign Alice in as the page's script does."""
    password = visitor.served.site.environment["MARLOW_ALICE_PASSWORD"]
    answer = visitor.http.post(SESSION, json={"username": "alice", "password": password})
    assert "Alice" == answer.json()["user"]["name"]


def test_the_page_gets_a_code_for_the_challenge_of_the_platform(serve: Serve, visit: Visit) -> None:
    """The verifier that only the platform has exchanges it, once."""
    platform = PlatformSide(visitor=visit(serve("spa", Spa())))
    sign_in(platform.visitor)

    code = platform.visitor.get(CODE, params={"code_challenge": platform.code_challenge}).json()["code"]
    answer = platform.exchange(code, redirect_uri=DEFAULT_REDIRECT_URI)

    assert "mo-204117" == platform.verify(answer.json()["id_token"])["sub"]
    assert "invalid_grant" == platform.exchange(code, redirect_uri=DEFAULT_REDIRECT_URI).json()["error"]


def test_there_is_no_code_without_a_login_or_a_challenge(serve: Serve, visit: Visit) -> None:
    """Nobody is signed in; somebody is, and the challenge is missing or none."""
    platform = PlatformSide(visitor=visit(serve("spa", Spa())))
    outside = platform.visitor.get(CODE, params={"code_challenge": platform.code_challenge})
    sign_in(platform.visitor)
    without = platform.visitor.get(CODE)
    short = platform.visitor.get(CODE, params={"code_challenge": "too-short"})

    assert (401, 400, 400) == (outside.status_code, without.status_code, short.status_code)


def test_signing_out_ends_the_session(serve: Serve, visit: Visit) -> None:
    """The page then shows nobody, and gets no code."""
    visitor = visit(serve("spa", Spa()))
    sign_in(visitor)
    visitor.http.delete(SESSION)

    assert visitor.get(SESSION).json()["user"] is None
    assert 401 == visitor.get(CODE).status_code


def test_the_popup_comes_back_with_state_and_a_code(serve: Serve, visit: Visit) -> None:
    """After a login at the authorization server, by the same challenge."""
    platform = PlatformSide(visitor=visit(serve("spa", Spa())))

    returned = platform.popup("ben")
    answer = platform.exchange(returned.parameters["code"])
    claims = platform.verify(answer.json()["id_token"])

    assert STATE == returned.parameters["state"]
    assert ("mo-204118", returned.nonce) == (claims["sub"], claims["nonce"])


def test_every_route_shows_the_application(serve: Serve, visit: Visit) -> None:
    """A consumer may begin anywhere."""
    visitor = visit(serve("spa", Spa()))

    shown = {visitor.get(f"https://{APP}{path}").text for path in ("/", "/account", "/tents/two-person")}

    assert 1 == len(shown)
