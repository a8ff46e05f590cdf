from __future__ import annotations

import re

from .conftest import Serve, Visit
from .nested import HOST, Nested
from .platform_side import PlatformSide

ACCOUNT, TOKEN = f"https://{HOST}/account", f"https://{HOST}/messaging/token"
OWN_SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


def test_the_backend_hands_out_a_token_that_the_registered_key_verifies(serve: Serve, visit: Visit) -> None:
    """Base64 SubjectPublicKeyInfo on one line, no JWKS anywhere."""
    visitor = visit(serve("nested", Nested()))
    visitor.sign_in(visitor.get(ACCOUNT), "alice")

    answer = visitor.http.post(TOKEN, headers=OWN_SCRIPT)

    platform = PlatformSide(visitor=visitor)
    assert "jwks_uri" not in platform.connector
    assert "qb-204117" == platform.verify(answer.json()["jwt"])["sub"]


def test_only_the_pages_own_script_gets_a_token(serve: Serve, visit: Visit) -> None:
    """And only for somebody who is signed in."""
    visitor = visit(serve("nested", Nested()))
    outside = visitor.http.post(TOKEN, headers=OWN_SCRIPT)
    visitor.sign_in(visitor.get(ACCOUNT), "alice")

    assert (401, 403) == (outside.status_code, visitor.http.post(TOKEN).status_code)


def test_the_policy_names_the_platform_and_the_pages_own_inline_script(serve: Serve, visit: Visit) -> None:
    """By a nonce that is new for every page."""
    visitor = visit(serve("nested", Nested()))
    nonces = set()
    for _ in range(2):
        shown = visitor.get(ACCOUNT)
        policy = shown.headers["content-security-policy"]
        (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
        nonces.add(nonce)

        assert f'<script nonce="{nonce}">' in shown.text
        assert "frame-src https://*.liveperson.net https://*.lpsnmedia.net" in policy

    assert 2 == len(nonces)
