"""A preflight of whole brands: what is wrong is named with who must act, and nobody else is contacted."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from harness.preflight import preflight
from harness.preflight.authorization import STRANGER

from .conftest import ISSUER, LOGIN, PAGE, SECRET, SHOP, Brand, as_text, codes, document, host_of


def test_a_correct_brand_is_ready(brand: Brand) -> None:
    """Both surfaces, without a finding that weighs anything."""
    result = brand.preflight()

    assert result.ready
    assert {"embedded": True, "popup": True} == {one.surface: one.ready for one in result.surfaces}
    assert {} == codes(result)
    assert {"server"} == set(result.stages)


def test_the_result_is_printed_with_the_names_that_are_fixed(brand: Brand) -> None:
    """Schema, ready and findings are what programs read."""
    printed = json.loads(brand.preflight().as_json())

    assert (1, True) == (printed["schema"], printed["ready"])
    (finding,) = printed["findings"]
    assert ("net.address_private", "info") == (finding["code"], finding["severity"])


WRONG: dict[str, tuple[dict[str, Any], dict[str, Callable[[Request], Response]], str, str]] = {
    "a final slash in the issuer": (
        {"issuer": f"{ISSUER}/"},
        {},
        "disco.issuer_mismatch",
        "identity administrator",
    ),
    "an issuer that is another tenant's": (
        {"issuer": f"{ISSUER}/tenants/other"},
        {},
        "disco.issuer_mismatch",
        "identity administrator",
    ),
    "a mistyped client secret": (
        {"client_secret": "open-sesami"},
        {},
        "token.invalid_client",
        "identity administrator",
    ),
    "the other way of client authentication": (
        {"client_auth": "post"},
        {},
        "token.invalid_client",
        "identity administrator",
    ),
    "a key in PEM": (
        {"jwks_uri": None, "jwt_public_key": "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"},
        {},
        "config.public_key_invalid",
        "platform operator",
    ),
    "a method in another case": (
        {"js_method": "lpGetAuthenticationtoken"},
        {},
        "sdk.method_missing",
        "client-side developer",
    ),
    "a policy without the platform": (
        {},
        {PAGE: lambda _: HTMLResponse("<p>", headers={"Content-Security-Policy": "default-src 'self'"})},
        "browser.csp_blocked",
        "client-side developer",
    ),
    "an unregistered redirect URI that is honoured": (
        {},
        {
            f"{ISSUER}/authorize": lambda request: RedirectResponse(
                f"{request.state.form['redirect_uri'][0]}?error=access_denied"
            )
        },
        "idp.redirect_uri_unvalidated",
        "identity administrator",
    ),
    "keys that are gone": ({"jwks_uri": f"{ISSUER}/keys"}, {}, "jwks.unavailable", "identity administrator"),
}


TOO_MUCH = Response(b" " * 300_000, media_type="application/json")


@pytest.mark.parametrize(
    ("url", "answer", "code"),
    [
        (f"{ISSUER}/jwks", TOO_MUCH, "jwks.too_large"),
        (f"{ISSUER}/jwks", JSONResponse({"keys": []}), "jwks.empty"),
        (
            f"{ISSUER}/jwks",
            JSONResponse({"keys": [{"kty": "oct", "k": "AAAA"}]}),
            "jwks.symmetric_key_exposed",
        ),
        (f"{ISSUER}/jwks", RedirectResponse("/keys"), "jwks.redirected"),
        (f"{ISSUER}/jwks", HTMLResponse("<h1>Keys</h1>"), "jwks.invalid"),
        (f"{ISSUER}/token", TOO_MUCH, "net.response_too_large"),
    ],
)
def test_an_answer_that_cannot_be_used_is_named(brand: Brand, url: str, answer: Response, code: str) -> None:
    """With the limits that the platform has."""
    brand.answers[url] = lambda _: answer

    assert {code: "error"} == codes(brand.preflight())


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_who_must_act(brand: Brand, name: str) -> None:
    """The brand is not ready, and the code is among the findings with its role."""
    brand.connector, answers, code, role = WRONG[name]
    brand.answers |= answers

    result = brand.preflight()

    assert result.outcome is False
    assert {(code, "error", role)} <= {(one.code, one.severity, one.role) for one in result.findings}


def test_an_unreachable_token_endpoint_is_named(brand: Brand) -> None:
    """Nobody listens there; everything else is asked all the same."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    brand.connector = {"token_endpoint": "https://token.acme.example/token"}
    brand.network = {"token.acme.example": f"127.0.0.1:{port}"}

    result = brand.preflight()

    assert {"net.connect_failed": "error"} == codes(result)
    assert {"net.connect_failed"} == {one.code for one in result.surfaces}
    (finding,) = [one for one in result.findings if one.code == "net.connect_failed"]
    assert "token_endpoint" in finding.expected
    assert brand.sent_to(f"{ISSUER}/jwks")


def test_the_issuers_own_name_need_not_be_reached(brand: Brand) -> None:
    """It is compared with the token's, not fetched: what is said of it is a warning."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    brand.connector = {"issuer": "https://acme.example"}
    brand.network = {"acme.example": f"127.0.0.1:{port}"}
    brand.answers.pop(f"{ISSUER}/.well-known/openid-configuration")

    result = brand.preflight()

    assert {"net.connect_failed": "warning"} == codes(result)
    assert result.ready


def test_only_named_hosts_are_contacted(brand: Brand) -> None:
    """A canary on a host that page, login and discovery document name hears nothing."""
    with socket.create_server(("127.0.0.1", 0)) as canary:
        brand.network = {"canary.example": f"127.0.0.1:{canary.getsockname()[1]}"}
        there = "https://canary.example"
        page = f'<script src="{there}/a.js"></script>'
        brand.answers |= {
            PAGE: lambda _: HTMLResponse(page),
            f"{ISSUER}/authorize": lambda _: RedirectResponse(f"{there}/login"),
            f"{ISSUER}/.well-known/openid-configuration": lambda _: JSONResponse(
                document(jwks_uri=f"{there}/jwks")
            ),
        }
        result = brand.preflight()
        canary.setblocking(False)

        with pytest.raises(BlockingIOError):
            canary.accept()
    assert {SHOP, LOGIN} == {host_of(one.url) for one in result.sent}


def test_a_host_that_is_only_allowed_is_never_probed(brand: Brand) -> None:
    """The browser may go there; preflight, which asks servers, does not, although the page names it."""
    with socket.create_server(("127.0.0.1", 0)) as allowed:
        brand.network = {"cdn.example": f"127.0.0.1:{allowed.getsockname()[1]}"}
        brand.answers[PAGE] = lambda _: HTMLResponse('<script src="https://cdn.example/a.js"></script>')
        config = brand.config()
        network = config.network.model_copy(update={"allow": ("cdn.example", "*.cdn.example")})
        result = preflight(config.model_copy(update={"network": network}))
        allowed.setblocking(False)

        with pytest.raises(BlockingIOError):
            allowed.accept()
    assert {SHOP, LOGIN} == {host_of(one.url) for one in result.sent}


def test_what_is_odd_is_sent_once_and_listed(brand: Brand) -> None:
    """One invented code, and one redirect URI that nobody registered."""
    result = brand.preflight()

    asked = brand.sent_to(f"{ISSUER}/authorize")
    assert 1 == len([one for one in asked if one["redirect_uri"] == [STRANGER]])
    assert 1 == len(brand.sent_to(f"{ISSUER}/token"))
    notable = {(one.method, one.url) for one in result.sent if one.notable}
    assert {("POST", f"{ISSUER}/token"), ("GET", f"{ISSUER}/authorize")} == notable
    assert len(brand.asked) == len(result.sent)


def test_credentials_stand_nowhere_in_the_result(brand: Brand) -> None:
    """Neither the secret, nor the code, nor the verifier is told."""
    brand.answers[f"{ISSUER}/token"] = lambda request: JSONResponse(
        {"error": f"no such secret as {SECRET}", "error_description": str(request.state.form)}, 401
    )
    told = as_text(brand.preflight())

    (form,) = brand.sent_to(f"{ISSUER}/token")
    assert not [one for one in (SECRET, *form["code"], *form["code_verifier"]) if one in told]


@pytest.mark.parametrize("secret", ["server", "embedded", "surfaces", "findings"])
def test_a_secret_that_is_a_word_of_ours_spoils_no_preflight(brand: Brand, secret: str) -> None:
    """Codes, stages and names of members stay as they are."""
    brand.connector["client_secret"] = secret
    result = brand.preflight()

    assert "token.invalid_client" in codes(result)
    assert {"server"} == set(result.stages)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (RedirectResponse(f"https://{SHOP}/login?next=/account", 302), "leads to a login"),
        (RedirectResponse(f"https://{SHOP}/en/account", 301), "name that address"),
        (HTMLResponse("<p>", 403, {"cf-mitigated": "challenge"}), "Cloudflare"),
        (HTMLResponse("", 202, {"x-amzn-waf-action": "challenge"}), "AWS WAF"),
        (HTMLResponse("Access Denied errors.edgesuite.net", 403), "Akamai"),
        (HTMLResponse("<div class=h-captcha data-x=hcaptcha.com>", 503), "hCaptcha"),
        (HTMLResponse("", 429), "limit for robots"),
        (HTMLResponse("", 401), "only a signed-in consumer"),
        (HTMLResponse("<form><input type=password>"), "asks for a password"),
        (Response("{}", media_type="application/json"), "text/html"),
    ],
)
def test_a_page_that_is_not_seen_is_nobodys_fault(brand: Brand, answer: Response, reason: str) -> None:
    """A login, a wall or a refusal leaves the page undetermined, with its reason, and blames nobody."""
    brand.answers[PAGE] = lambda _: answer

    result = brand.preflight()

    assert result.outcome is None
    assert {} == codes(result)
    (unseen,) = result.undetermined
    assert ("page", True) == (unseen.subject, reason in unseen.reason)


def test_a_wall_before_the_token_endpoint_is_nobodys_fault(brand: Brand) -> None:
    """What a wall answers says nothing about the client."""
    wall = HTMLResponse("", 403, {"cf-mitigated": "challenge"})
    brand.answers[f"{ISSUER}/token"] = lambda _: wall

    result = brand.preflight()

    assert (None, {}) == (result.outcome, codes(result))
    assert ["token_endpoint"] == [one.subject for one in result.undetermined]


def test_an_unknown_parameter_that_is_refused_is_found_by_leaving_it_out(brand: Brand) -> None:
    """The same request without parentWindowOrigin is taken."""

    def strict(request: Request) -> Response:
        refused = "parentWindowOrigin" in request.state.form
        return HTMLResponse("", 400) if refused else RedirectResponse("/login")

    brand.answers[f"{ISSUER}/authorize"] = strict

    assert {"idp.unknown_parameter": "error"} == codes(brand.preflight())


def test_a_surface_stands_or_falls_with_what_it_needs(brand: Brand) -> None:
    """A login that anybody can frame is the popup's matter alone."""
    brand.answers[f"{ISSUER}/login"] = lambda _: HTMLResponse("<title>Sign in</title>")

    result = brand.preflight()

    assert {"idp.framable": "error"} == codes(result)
    assert {"embedded": True, "popup": False} == {one.surface: one.ready for one in result.surfaces}


def test_the_popup_is_not_asked_about_where_nobody_wants_it(brand: Brand) -> None:
    """An authorization endpoint that no surface needs is left alone."""
    brand.surfaces = ("embedded",)
    brand.preflight()

    assert [] == brand.sent_to(f"{ISSUER}/authorize")


def test_a_certificate_of_a_stranger_is_named_for_every_endpoint_behind_it(brand: Brand) -> None:
    """Without the private authority nobody is trusted, and nothing is sent."""
    config = brand.config()
    network = config.network.model_copy(update={"ca": None})

    result = preflight(config.model_copy(update={"network": network}))

    assert {"net.tls_invalid": "error"} == codes(result)
    assert [] == brand.asked
