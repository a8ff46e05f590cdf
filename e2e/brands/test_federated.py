from __future__ import annotations

from .clients import WINDOW
from .conftest import Serve, Visit
from .federated import ISSUER, PAGE, WWW, Federated
from .platform_side import STATE, PlatformSide
from .visitor import Visitor, parameters

TOKEN = f"{ISSUER}/session/token"
OWN_PAGE = {"Origin": f"https://{WWW}"}


def sign_in(visitor: Visitor) -> str:
    """Sign Alice in by way of the provider, and return the page that she comes back to."""
    shown = visitor.get(f"https://{WWW}/login")
    assert ISSUER == f"https://{shown.url.host}"
    return visitor.sign_in(shown, "alice").text


def test_the_provider_tells_the_page_who_is_there(serve: Serve, visit: Visit) -> None:
    """By a token for the platform, readable for this one origin."""
    platform = PlatformSide(visitor=visit(serve("federated", Federated())))
    page = sign_in(platform.visitor)

    answer = platform.visitor.get(TOKEN, headers=OWN_PAGE)

    assert "Where to next, Alice?" in page
    assert OWN_PAGE["Origin"] == answer.headers["access-control-allow-origin"]
    assert "cc-204117" == platform.verify(answer.json()["id_token"])["sub"]


def test_no_other_page_is_told(serve: Serve, visit: Visit) -> None:
    """Whoever is signed in."""
    visitor = visit(serve("federated", Federated()))
    sign_in(visitor)

    answer = visitor.get(TOKEN, headers={"Origin": "https://evil.example"})

    assert 403 == answer.status_code
    assert "access-control-allow-origin" not in answer.headers


def test_nobody_is_told_of_before_a_login(serve: Serve, visit: Visit) -> None:
    """The page then knows nobody either."""
    visitor = visit(serve("federated", Federated()))

    assert 401 == visitor.get(TOKEN, headers=OWN_PAGE).status_code
    assert "Continue with Concordia" in visitor.get(PAGE).text


def test_the_popup_needs_no_second_login(serve: Serve, visit: Visit) -> None:
    """It is the same provider; state and nonce come back, the token in the fragment."""
    platform = PlatformSide(visitor=visit(serve("federated", Federated())))
    sign_in(platform.visitor)

    shown = platform.authorize(nonce="n-1")

    assert shown.headers["location"].startswith(f"{WINDOW}#id_token=")
    assert STATE == parameters(shown)["state"]
    assert "n-1" == platform.verify(parameters(shown)["id_token"])["nonce"]


def test_a_login_that_was_not_begun_here_ends_nowhere(serve: Serve, visit: Visit) -> None:
    """The brand's own client holds on to its state."""
    visitor = visit(serve("federated", Federated()))

    assert 400 == visitor.get(f"https://{WWW}/callback?code=stolen&state=guessed").status_code
