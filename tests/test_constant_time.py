"""Secrets are compared in a time that tells nothing of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import harness

PACKAGE = Path(harness.__file__).parent
DECIDES = ("verification", "roles", "protocol", "console", "demo", "own_pages.py", "server.py", "workers")
"""What answers strangers; the rest compares what is its own."""

SECRET = re.compile(
    r"(?:\A|_)(?:state|nonce|secret|password|csrf|token|verifier|ticket|session|key|binding)\Z"
)

PUBLIC = {
    "protocol/jose.py: token != token.strip()": "a token with itself",
    "protocol/keys.py: certificate.public_key() == key.public_key": "public keys",
}
"""Comparisons of such names that compare no secret, each with the reason."""


def name(node: ast.expr) -> str:
    """Return what an expression is called by: a variable, an attribute, a member, a method."""
    match node:
        case ast.Name(id=word) | ast.Attribute(attr=word):
            return word
        case ast.Subscript(slice=ast.Constant(value=str(word))):
            return word
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(word)), *_]):
            return word
        case ast.Call(func=called):
            return name(called)
    return ""


def comparisons() -> Iterator[str]:
    """Yield every comparison of two values of which one is called like a secret."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        if place.parts[0] not in DECIDES:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                    constant = isinstance(left, ast.Constant) or isinstance(right, ast.Constant)
                    if not constant and any(SECRET.search(name(one)) for one in (left, right)):
                        yield f"{place.as_posix()}: {ast.unparse(node)}"


def test_no_secret_is_compared_octet_by_octet() -> None:
    """State, nonce, passwords, tokens, tickets and keys go through compare_digest."""
    assert set(PUBLIC) == set(comparisons())


def test_secrets_are_compared_where_strangers_send_them() -> None:
    """State and nonce, a client's secret, a password, a form's ticket, the keys of workspace and console."""
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if "compare_digest(" in path.read_text("utf-8")
    }

    assert {
        *("verification/transactions.py", "protocol/claims.py", "roles/brand.py", "own_pages.py"),
        *("roles/idp/client_auth.py", "roles/idp/app.py", "roles/platform/workspace.py"),
        *("roles/platform/backend_api.py", "console/app.py"),
    } <= users
