"""What leaves this machine leaves by one way: one client, made in one place, that says and takes little."""

from __future__ import annotations

import ast
import contextlib
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

import harness
from harness.config import Config
from harness.net import NameMap, back_channel, client_over, open_channel, outward_client

PACKAGE = Path(harness.__file__).parent

OPENERS = frozenset(
    {
        *("httpx2.Client", "httpx2.AsyncClient", "httpx2.HTTPTransport", "httpx2.AsyncHTTPTransport"),
        *("httpx2.get", "httpx2.post", "httpx2.request", "httpx2.stream", "httpcore2.ConnectionPool"),
        *("socket.create_connection", "asyncio.open_connection", "urllib.request.urlopen"),
    }
)

MAY_OPEN = {
    "net.py": "the one way out",
    "proxy.py": "the browsers' way: reaches what the name map allows, and nobody else",
    "wire.py": "a consumer without a browser: reaches our own servers by the name map, and nobody else",
    "own_attacks.py": "an attacker on our own servers",
    "preflight/hosts.py": "looks at the certificate of a host that the name map allows, and sends no request",
    "roles/line.py": "a bad line: passes on to our own servers",
}
"""Modules that open connections, each with the reason."""

FOREIGN = frozenset(
    {"requests", "urllib3", "aiohttp", "httpx", "http.client", "ftplib", "smtplib", "telnetlib"}
)


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield every module of the package by its name."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text("utf-8"))


def test_one_module_reaches_others() -> None:
    """Whoever else opens a connection is named here, and why that leads nowhere else."""
    found = {
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in OPENERS
    }

    assert set(MAY_OPEN) == found


def test_no_other_client_is_used() -> None:
    """Whose redirects, proxies and cookies nobody here has thought about."""
    imported = {
        (name, alias.name)
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        (name, str(node.module))
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }

    assert [] == sorted(one for one in imported if one[1] in FOREIGN or one[1].startswith("urllib.request"))


OURS = re.compile(r".*\.(?:test|example|localhost|invalid)\Z|localhost\Z")
NAMED = {
    "liveperson.net": "the documented default redirect URI, which is compared and never asked",
    "lptag.liveperson.net": "the platform's own name, under which the double answers",
    "lpcdn.lpsnmedia.net": "the platform's own name, under which the double answers",
    "acme.eu": "an example in a question",
}
"""Hosts outside that stand in the program, each with the reason."""


def test_the_program_has_no_address_to_report_to() -> None:
    """No telemetry, no look for updates: whatever host stands in the code is nobody's or answered here."""
    hosts = {
        host
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value
        for host in re.findall(r"https?://([A-Za-z0-9.-]+\.[A-Za-z]+)", node.value)
        if not OURS.match(host)
    }

    assert set(NAMED) == hosts


@contextlib.contextmanager
def listening() -> Iterator[socket.socket]:
    """Give a socket that somebody could connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.mark.parametrize("kind", ["back", "open", "outward"])
def test_no_proxy_of_the_environment_is_used(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy is one of the file's: what a shell has set learns of nothing."""
    with listening() as proxy, socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
        closed.close()
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        names, trust = NameMap({"login.brand.test": ("127.0.0.1", port)}), ssl.create_default_context()
        clients: dict[str, Callable[[], contextlib.AbstractContextManager[httpx2.Client]]] = {
            "back": lambda: back_channel(names, trust, connect=1, total=1),
            "open": lambda: open_channel(names, trust, connect=1, total=1),
            "outward": lambda: outward_client(Config()),
        }
        with clients[kind]() as http, pytest.raises(httpx2.ConnectError):
            http.get("https://login.brand.test/jwks")

        with pytest.raises(BlockingIOError):
            proxy.accept()


def test_a_request_says_who_asks_and_nothing_of_the_machine() -> None:
    """One name without versions, the same everywhere; no cookie, no referrer, no language."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, headers={"Set-Cookie": "a=b; Path=/"})

    with client_over(httpx2.MockTransport(answer), connect=1, total=1) as http:
        http.get("https://login.brand.test/")
        http.get("https://login.brand.test/")

    for request in seen:
        assert "consumer-auth-harness" == request.headers["user-agent"]
        assert {"host", "accept", "accept-encoding", "connection", "user-agent"} == set(request.headers)
