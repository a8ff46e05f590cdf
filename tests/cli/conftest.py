"""A file of a brand, whose people's passwords nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

FILE = """
[connector]
flow = "implicit"
issuer = "https://login.acme.example"
authorization_endpoint = "https://login.acme.example/authorize"
client_id = "platform"
jwks_uri = "https://login.acme.example/jwks"

[brand]
page = "https://www.acme.example/account"

[[login]]
account = "alice"
steps = [ { fill = "Password", env = "NOT_SET_ANYWHERE" }, { click = "Sign in" } ]
"""


@pytest.fixture
def brand_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the file; what the commands keep goes into the test's folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "brand.toml"
    path.write_text(FILE, "utf-8")
    return path
