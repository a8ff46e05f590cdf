"""A shop at a certified authorization server, checked by a configuration file and nothing else."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import pytest
import trustme

from harness.config import FLOWS, Flow

Node = Callable[[str, Mapping[str, Any]], contextlib.AbstractContextManager[int]]

FILES = Path(__file__).parent / "node" / "shop"
MOST_LINES = 25
SHOP, PROVIDER = "www.hollin.example", "login.hollin.example"
WINDOW = "https://lpcdn.lpsnmedia.net/le_unified_window/index.html"
ENCRYPTION_KEY = "platform-encryption.json"


@dataclass(frozen=True, kw_only=True)
class Brand:
    """The shop and its authorization server, serving.

    Attributes:
        folder: Where the configuration files are, and what they refer to.
        password: Alice's.
    """

    folder: Path
    password: str

    def file(self, flow: Flow) -> Path:
        """Return the configuration file of a flow."""
        return self.folder / f"{flow}.toml"


@pytest.fixture(scope="module")
def brand(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brand]:
    """The shop and oidc-provider, with the platform's clients registered, and a configuration file each."""
    folder = tmp_path_factory.mktemp("hollin")
    authority, password = trustme.CA(), secrets.token_urlsafe()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    clients = {flow: _registration(flow) for flow in FLOWS}
    clients["implicit-jwe"] |= _encryption(folder / ENCRYPTION_KEY)
    _write_privately(folder / "client-secret", clients["code"]["client_secret"])
    shop = _client("hollin-shop", "code", f"https://{SHOP}/signed-in", secret=secrets.token_urlsafe())
    settings: dict[str, Any] = {
        "issuer": f"https://{PROVIDER}",
        **_certificate(authority, PROVIDER),
        "clients": [shop, *clients.values()],
        "people": [_alice(password)],
    }
    with contextlib.ExitStack() as stack:
        provider = stack.enter_context(node("provider.js", settings))
        settings = {
            "origin": f"https://{SHOP}",
            **_certificate(authority, SHOP),
            "ca": authority.cert_pem.bytes().decode(),
            "issuer": f"https://{PROVIDER}",
            "issuerPort": provider,
            "client": shop,
        }
        ports = {"shop": stack.enter_context(node("shop.js", settings)), "provider": provider}
        for flow in FLOWS:
            template = Template((FILES / f"{flow}.toml").read_text("utf-8"))
            (folder / f"{flow}.toml").write_text(template.substitute(ports), "utf-8")
        yield Brand(folder=folder, password=password)


def _certificate(authority: trustme.CA, host: str) -> dict[str, str]:
    leaf = authority.issue_cert(host)
    return {
        "key": leaf.private_key_pem.bytes().decode(),
        "cert": "".join(one.bytes().decode() for one in leaf.cert_chain_pems),
    }


def _registration(flow: Flow) -> dict[str, Any]:
    """Return the platform's client of a flow: with the code flow alone it has a secret."""
    kind = "code" if flow.startswith("code") else "id_token"
    # Letters that form-encoding changes: both sides have to do it (RFC 6749 section 2.3.1).
    secret = f"{secrets.token_urlsafe()}+/&" if flow == "code" else None
    return _client(f"chat-{flow}", kind, WINDOW, f"https://{SHOP}/chat/back", secret=secret)


def _client(client_id: str, kind: str, *redirect_uris: str, secret: str | None) -> dict[str, Any]:
    """Return a client as the authorization server knows it (RFC 7591 section 2)."""
    registered: dict[str, Any] = {
        "client_id": client_id,
        "redirect_uris": redirect_uris,
        "response_types": [kind],
        "grant_types": ["authorization_code" if kind == "code" else "implicit"],
        "token_endpoint_auth_method": "client_secret_basic" if secret else "none",
    }
    return registered | ({"client_secret": secret} if secret else {})


def _encryption(file: Path) -> dict[str, Any]:
    """Make the platform's key by the command that is there for it; return what the brand registers of it."""
    jwk, _ = json.JSONDecoder().raw_decode(harness("keys", "new", str(file)).stdout)
    return {"id_token_encrypted_response_alg": "RSA-OAEP-256", "jwks": {"keys": [jwk]}}


def _alice(password: str) -> dict[str, Any]:
    claims = {
        "sub": "hb-204117",
        "given_name": "Alice",
        "family_name": "Archer",
        "email": "alice@mail.example",
        "email_verified": True,
    }
    return {"username": "alice", "password": password, "claims": claims}


def _write_privately(path: Path, secret: str) -> None:
    path.touch(mode=0o600)
    path.write_text(secret, "utf-8")


def harness(*arguments: str, password: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command as a developer of the shop would, Alice's password in the environment."""
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        env={**os.environ, "HOLLIN_PASSWORD": password},
    )


def check(brand: Brand, flow: Flow, *narrowed: str) -> dict[str, Any]:
    """Return the report on the shop in one flow."""
    done = harness("check", str(brand.file(flow)), "--format", "json", *narrowed, password=brand.password)
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.parametrize("flow", FLOWS)
def test_the_shop_passes_by_a_short_file_alone(flow: Flow, brand: Brand) -> None:
    """Embedded and popup are authenticated without a word, and ready, by a file of at most 25 lines."""
    report = check(brand, flow)

    assert MOST_LINES >= len(brand.file(flow).read_text("utf-8").splitlines())
    assert [(surface, flow, "authenticated", []) for surface in ("embedded", "popup")] == [
        (case["surface"], case["flow"], case["outcome"], case["findings"]) for case in report["cases"]
    ]
    assert [True, True] == [one["ready"] for one in report["readiness"]]


def test_before_a_login_only_what_is_so_by_default_is_found(brand: Brand) -> None:
    """oidc-provider takes authorization requests by GET alone, and nobody else reaches this machine."""
    report = json.loads(harness("preflight", str(brand.file("code")), "--format", "json").stdout)

    assert {"idp.authorize_post": "warning", "net.address_private": "info"} == {
        one["code"]: one["severity"] for one in report["findings"]
    }


def test_a_stranger_signs_in_on_the_servers_own_page_in_the_popup(brand: Brand) -> None:
    """The file says how, and the popup that shows the login ends as the chat."""
    report = check(brand, "code", "--surface", "popup", "--scenario", "logged-out")

    (case,) = report["cases"]
    assert ("authenticated", []) == (case["outcome"], case["findings"])


def test_no_probe_finds_anything_at_a_certified_server(brand: Brand) -> None:
    """Its refusals are read as what they are, and each probe of a public client with a code is sent."""
    probed = brand.folder / "probed.toml"
    probed.write_text(brand.file("code-pkce").read_text("utf-8") + "\n[probes]\nenabled = true\n", "utf-8")
    ran = harness("check", str(probed), "--format", "json", "--surface", "embedded", password=brand.password)
    probes = json.loads(ran.stdout)["probes"]

    assert [] == [found for one in probes for found in one["findings"]]
    assert {
        "no-client-authentication",
        "long-state-and-nonce",
        "unregistered-redirect-uri",
        "unknown-parameter",
        "authorize-post",
        "login-from-elsewhere",
        "session-before-login",
        "code-lifetime",
    } == {one["name"] for one in probes if one["reason"]}
