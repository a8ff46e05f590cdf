from __future__ import annotations

import pytest

from .classic import HOST, Classic, jquery
from .conftest import Serve, Visit
from .platform_side import PlatformSide

ACCOUNT, TOKEN = f"https://{HOST}/account", f"https://{HOST}/api/chat-token"


def test_the_backend_hands_out_a_token_that_verifies(serve: Serve, visit: Visit) -> None:
    """Each consumer's own, and never from a cache."""
    served = serve("classic", Classic())
    subjects = set()
    for username in ("alice", "ben"):
        visitor = visit(served)
        home = visitor.sign_in(visitor.get(ACCOUNT), username)
        answer = visitor.get(TOKEN)
        subjects.add(PlatformSide(visitor=visitor).verify(answer.text)["sub"])

        assert f"Hello {username.title()}" in home.text
        assert "no-store" == answer.headers["cache-control"]

    assert {"lk-204117", "lk-204118"} == subjects


def test_nobody_gets_a_token_without_a_login(serve: Serve, visit: Visit) -> None:
    """Before it, and after a logout."""
    visitor = visit(serve("classic", Classic()))
    before = visitor.get(TOKEN).status_code
    home = visitor.sign_in(visitor.get(ACCOUNT), "alice")
    within = visitor.get(TOKEN).status_code
    visitor.submit(home, "/logout")

    assert (401, 200, 401) == (before, within, visitor.get(TOKEN).status_code)


def test_a_form_of_another_site_is_refused(serve: Serve, visit: Visit) -> None:
    """Nobody is logged in by a stranger."""
    visitor = visit(serve("classic", Classic()))

    answer = visitor.http.post(
        f"https://{HOST}/login", data={"username": "alice"}, headers={"Origin": "https://evil.example"}
    )

    assert 403 == answer.status_code


@pytest.mark.skipif(jquery() is None, reason="jQuery is not here: npm ci --prefix e2e/peers/node")
def test_the_page_has_the_real_jquery(serve: Serve, visit: Visit) -> None:
    """As its authors publish it."""
    visitor = visit(serve("classic", Classic()))

    assert "jQuery v3." in visitor.get(f"https://{HOST}/js/jquery.js").text[:80]
