"""What ``harness check`` finds at a brand's authorization server when its file asks for probes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.cli import run

from .idp import Mistakes
from .serving import Site, serving
from .spa import Spa
from .sso import Sso
from .twins import BUILD, RIGHT, Brand

ENABLED = "\n[probes]\nenabled = true\n"
SURFACES = {"spa": "popup", "sso": "embedded"}
"""The one surface that is checked of a brand: after each the probes are the same."""


class Counted:
    """An application, and how often each of its addresses was asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count one request and let it be answered."""
        if scope["type"] == "http":
            self.asked.append(scope["path"])
        await self._app(scope, receive, send)


Probed = Callable[..., dict[str, Any]]


@pytest.fixture
def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Probed]:
    """Give what checks a brand as its developer would, and returns the report."""
    with contextlib.ExitStack() as stack:

        def checked(brand: Brand, site: Site, *, probes: bool = True, form: str = "json") -> dict[str, Any]:
            served = stack.enter_context(serving(site, tmp_path))
            for name, value in site.environment.items():
                monkeypatch.setenv(name, value)
            if probes:
                served.file.write_text(served.file.read_text("utf-8") + ENABLED, "utf-8")
            status = run(["check", str(served.file), "--format", form, "--surface", SURFACES[brand]])
            out = capsys.readouterr().out
            return {"status": status, **(json.loads(out) if form == "json" else {"text": out})}

        yield checked


def found(report: dict[str, Any]) -> set[tuple[str, str]]:
    """Return which probe found which code."""
    return {(one["name"], each["code"]) for one in report["probes"] for each in one["findings"]}


def test_a_public_client_of_a_brand_without_a_mistake_gets_no_finding(check: Probed) -> None:
    """From no probe; those that say nothing say why."""
    report = check("spa", BUILD["spa"](RIGHT["spa"]))
    silent = {one["name"] for one in report["probes"] if one["reason"]}

    assert (0, set()) == (report["status"], found(report))
    assert {
        *("no-client-authentication", "long-state-and-nonce", "code-lifetime"),
        *("login-from-elsewhere", "session-before-login"),
        *("unregistered-redirect-uri", "unknown-parameter", "authorize-post"),
    } == silent


@pytest.mark.parametrize("probes", [True, False])
def test_what_is_listed_is_all_that_is_sent(probes: bool, check: Probed) -> None:
    """And without ``enabled = true`` nothing is; a confidential client without a mistake gets no finding."""
    site = BUILD["sso"](RIGHT["sso"])
    counted = {host: Counted(app) for host, app in site.hosts.items()}
    report = check("sso", replace(site, hosts=counted), probes=probes)
    asked = [path for one in counted.values() for path in one.asked]
    sent = [urlsplit(one["url"]).path for each in report["probes"] for one in each["sent"]]

    assert (0, set()) == (report["status"], found(report))
    assert (37 if probes else 0) == len(sent)
    assert sent.count("/authorize") == asked.count("/authorize")
    # Beside the probes one exchange of an invented code, a good and an altered one to learn, and the case's.
    assert sent.count("/token") == asked.count("/token") - 4


def test_a_server_that_compares_loosely_is_found_out(check: Probed) -> None:
    """A prefix for the redirect URI, plain for S256, codes that stay good; readiness says so."""
    mistakes = Mistakes(takes_any_beginning=True, takes_plain=True, keeps_codes=True, cacheable=True)
    report = check("spa", BUILD["spa"](Spa(idp=mistakes)))

    assert {
        ("code-reuse", "idp.code_reusable"),
        ("code-race", "idp.code_race"),
        ("token-answer", "idp.token_cacheable"),
        ("plain-challenge", "idp.pkce_plain"),
        ("redirect-uri-variants", "idp.redirect_uri_loose"),
        ("redirect-uri-with-fragment", "idp.redirect_uri_fragment"),
        ("redirect-uri-with-response", "idp.redirect_uri_pollution"),
    } == found(report)
    assert (1, [False]) == (report["status"], [one["ready"] for one in report["readiness"]])
    assert "a probe found a weakness" in report["readiness"][0]["sentence"]


def test_a_server_that_binds_nothing_to_its_codes_is_found_out(check: Probed) -> None:
    """Neither redirect URI, nor client, nor challenge; redirects to foreign hosts are seen, not followed."""
    mistakes = Mistakes(
        ignores_redirect_uri=True, ignores_secret=True, ignores_verifier=True, compares_path_only=True
    )
    report = check("sso", BUILD["sso"](Sso(idp=mistakes)))

    assert {
        ("other-redirect-uri", "idp.redirect_uri_not_checked"),
        ("no-client-authentication", "idp.client_auth_optional"),
        ("no-challenge", "idp.pkce_downgrade"),
        ("redirect-uri-variants", "idp.redirect_uri_loose"),
        ("insecure-redirect-uri", "authz.redirect_uri_insecure"),
        ("redirect-uri-with-fragment", "idp.redirect_uri_fragment"),
        ("redirect-uri-with-response", "idp.redirect_uri_pollution"),
    } == found(report)
    assert [
        "a query added",
        "a label before the host",
        "a label after the host",
        "the host as the user name of another",
        "another port",
        "a dot after the host",
        "http for https",
        "a fragment",
        "a code and a state",
    ] == [
        one["what"].partition(" redirect_uri with ")[2]
        for each in report["probes"]
        for one in each["sent"]
        if one["answered"] == "a redirect there"
    ]


def test_the_text_lists_what_was_sent(check: Probed) -> None:
    """And no address that a code was in, nor any wider than a terminal."""
    text = check("spa", BUILD["spa"](Spa(idp=Mistakes(ignores_verifier=True))), form="text")["text"]

    assert "probes of the authorization server (code-pkce), 42 requests sent" in text
    assert "POST https://login.marlow.example/token: the exchange of its code with\n" in text
    assert "error: idp.pkce_not_enforced (token endpoint; RFC7636-4.6)" in text
    assert "code=" not in text
    assert 80 >= max(map(len, text.splitlines()))
