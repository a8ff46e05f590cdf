from __future__ import annotations

from .clients import WINDOW
from .conftest import Serve, Visit
from .platform_side import STATE, PlatformSide
from .sso import LOGIN, PAGE, REDIRECT_URI, WWW, Sso
from .visitor import Visitor

KEY = f"https://{WWW}/messaging/sso-key"


def sign_in(visitor: Visitor) -> str:
    """Sign Alice in at the login of the domain, and return the page that she comes back to."""
    shown = visitor.get(f"https://{LOGIN}/login", params={"return_to": PAGE})
    return visitor.sign_in(shown, "alice").text


def test_the_page_gets_a_key_and_the_redirect_uri_that_it_is_for(serve: Serve, visit: Visit) -> None:
    """The platform exchanges it with its secret by HTTP Basic."""
    platform = PlatformSide(visitor=visit(serve("sso", Sso())))
    page = sign_in(platform.visitor)

    answer = platform.visitor.get(KEY).json()
    token = platform.exchange(answer["ssoKey"], redirect_uri=answer["redirect_uri"])

    assert "Your policies, Alice" in page
    assert {"ssoKey", "redirect_uri"} == set(answer)
    assert REDIRECT_URI == answer["redirect_uri"]
    assert "tw-204117" == platform.verify(token.json()["id_token"])["sub"]


def test_the_popup_needs_no_second_login(serve: Serve, visit: Visit) -> None:
    """The session is the whole domain's."""
    platform = PlatformSide(visitor=visit(serve("sso", Sso())))
    sign_in(platform.visitor)

    returned = platform.authorize()

    assert returned.headers["location"].startswith(f"{WINDOW}?code=")


def test_the_popup_comes_back_with_state_and_a_code(serve: Serve, visit: Visit) -> None:
    """After a login in it, where nobody was signed in."""
    platform = PlatformSide(visitor=visit(serve("sso", Sso())))

    returned = platform.popup("ben")
    token = platform.exchange(returned.parameters["code"])

    assert STATE == returned.parameters["state"]
    assert returned.nonce == platform.verify(token.json()["id_token"])["nonce"]


def test_there_is_no_key_without_a_login(serve: Serve, visit: Visit) -> None:
    """Before it, and after a logout."""
    visitor = visit(serve("sso", Sso()))
    before = visitor.get(KEY).status_code
    sign_in(visitor)
    visitor.submit(visitor.get(f"https://{LOGIN}/logout"), "/logout")

    assert (401, 401) == (before, visitor.get(KEY).status_code)


def test_the_login_leads_to_the_brands_own_page_and_nowhere_else(serve: Serve, visit: Visit) -> None:
    """It is no open redirect."""
    visitor = visit(serve("sso", Sso()))

    shown = visitor.get(f"https://{LOGIN}/login", params={"return_to": "https://evil.example/"})

    assert 400 == shown.status_code
