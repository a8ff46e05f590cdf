"""The composition follows the configuration."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from harness.clock import SystemClock
from harness.config import Client, Config
from harness.net import MappedTransport
from harness.server import running


def test_a_configured_client_is_registered_beside_the_samples_own(tmp_path: Path) -> None:
    """The authorization server knows it, holds it to its redirect URI, and asks no secret of the browser."""
    client = Client(
        client_id="elsewhere",
        client_name="Elsewhere",
        client_secret="a-secret-for-the-token-endpoint",
        redirect_uris=("https://rp.test/back",),
        response_types=("id_token",),
    )
    asked = {
        "response_type": "id_token",
        "client_id": "elsewhere",
        "scope": "openid",
        "nonce": "a-nonce",
        "prompt": "none",
    }
    with (
        running(Config(clients=(client,)), folder=tmp_path, clock=SystemClock()) as server,
        httpx2.Client(transport=MappedTransport(server.names, server.tls.client)) as visitor,
    ):
        url = f"https://{server.config.sites.idp}/authorize"
        known = visitor.get(url, params={**asked, "redirect_uri": "https://rp.test/back"})
        strange = visitor.get(url, params={**asked, "redirect_uri": "https://rp.test/elsewhere"})

    assert 303 == known.status_code
    assert known.headers["location"].startswith("https://rp.test/back#error=login_required")
    assert 400 == strange.status_code


@pytest.mark.parametrize(("idle", "connections"), [(60, 1), (0, 2)])
def test_a_connection_that_was_idle_for_too_long_is_not_used_again(
    idle: float, connections: int, tmp_path: Path
) -> None:
    """What is sent while a server hangs up would be lost, and a code may be sent once only."""
    with running(Config(), folder=tmp_path, clock=SystemClock()) as server:
        transport = MappedTransport(server.names, server.tls.client, idle=idle)
        with httpx2.Client(transport=transport) as client:
            url = f"https://{server.config.sites.idp}/jwks"
            ports = set()
            for _ in range(2):
                with client.stream("GET", url) as answer:
                    ports.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
                    answer.read()

    assert connections == len(ports)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("login.brand.test", 200),
        ("LOGIN.Brand.test", 200),
        ("login.brand.test:443", 200),
        ("login.brand.test.", 421),
        ("brand.test", 421),
        ("", 421),
    ],
)
def test_a_request_is_for_the_role_whose_host_name_it_has(host: str, status: int, tmp_path: Path) -> None:
    """Without regard to case and port (RFC 9110 section 4.2.3), and for nobody where it has another one."""
    with (
        running(Config(), folder=tmp_path, clock=SystemClock()) as server,
        httpx2.Client(transport=MappedTransport(server.names, server.tls.client)) as visitor,
    ):
        url = f"https://{server.config.sites.idp}/.well-known/openid-configuration"
        answer = visitor.get(url, headers={"Host": host})

    assert status == answer.status_code
