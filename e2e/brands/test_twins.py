"""Every twin has its defect, shown where HTTP shows it; what only a browser shows is in the script served."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from .clients import WINDOW
from .conftest import Serve, Visit
from .platform_side import PlatformSide, read
from .twins import BUILD, RIGHT, TWINS, Twin
from .visitor import Visitor

CODES = tomllib.loads((Path(__file__).parents[2] / "harness" / "catalogue" / "codes.toml").read_text("utf-8"))


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.id)
def test_what_is_expected_is_in_the_catalogue(twin: Twin) -> None:
    """Code, party and hop are the catalogue's, and a twin is not its brand's right form."""
    known = CODES[twin.code]

    assert (twin.party, twin.hop) == (known["party"], known["hop"])
    assert twin.id.startswith(f"{twin.brand}-")
    assert RIGHT[twin.brand] != twin.variation


def test_the_twins_are_as_many_and_as_diverse_as_they_have_to_be() -> None:
    """Two or more for each brand, seven or more that an overlay mends, and hardly a code twice in a brand."""
    by_brand = {brand: [twin for twin in TWINS if twin.brand == brand] for brand in BUILD}

    assert min(map(len, by_brand.values())) >= 2
    assert len([twin for twin in TWINS if twin.overlay]) >= 7
    assert len({(twin.brand, twin.code) for twin in TWINS}) >= len(TWINS) - 1
    assert len({twin.id for twin in TWINS}) == len(TWINS)


def page(visitor: Visitor) -> Any:
    """Return the brand's page."""
    return visitor.get(read(visitor.served)["brand"]["page"])


def sign_in(visitor: Visitor) -> Any:
    """Sign Alice in on the brand's page, or at the login to which it links."""
    shown = page(visitor)
    if link := re.search(r'href="([^"]+/login\?[^"]+|/login)"', shown.text):
        shown = visitor.get(str(shown.url.join(link[1])))
    return visitor.sign_in(shown, "alice")


def script(path: str) -> Callable[[Visitor], str]:
    """Return how to get a brand's script."""
    return lambda visitor: visitor.get(str(page(visitor).url.join(path))).text


chat = {
    "classic": script("/js/chat.js"),
    "spa": script("/assets/chat.js"),
    "nested": script("/static/messaging.js"),
    "sso": script("/messaging/chat.js"),
    "federated": script("/chat.js"),
    "provider": script("/js/chat.js"),
    "push": script("/js/chat.js"),
}


def policy(visitor: Visitor) -> str:
    """Return the content security policy of the login page in the popup."""
    return str(PlatformSide(visitor=visitor).authorize().headers["content-security-policy"])


def passes_any_body(visitor: Visitor) -> bool:
    """The body of a refusal is text, and the script looks at no status."""
    body = visitor.get(str(page(visitor).url.join("/api/chat-token"))).text
    return "sign in" in body and "status" not in chat["classic"](visitor)


def pasted_token(visitor: Visitor) -> bool:
    """A token in the script is good for hours, without any login."""
    (token,) = re.findall(r'"(ey[^"]+)"', chat["classic"](visitor))
    claims = PlatformSide(visitor=visitor).verify(token)
    return bool(claims["exp"] - claims["iat"] > 3600)


def own_pair(visitor: Visitor) -> bool:
    """The method has no second argument, and makes a verifier."""
    return "async (callback) =>" in (text := chat["spa"](visitor)) and "getRandomValues" in text


def other_issuer(visitor: Visitor) -> bool:
    """What the identity function answers is the configured issuer and a slash."""
    password = visitor.served.site.environment["MARLOW_ALICE_PASSWORD"]
    url = str(page(visitor).url.join("/api/session"))
    user = visitor.http.post(url, json={"username": "alice", "password": password}).json()["user"]
    return bool(user["iss"] == PlatformSide(visitor=visitor).connector["issuer"] + "/")


def nested_token(visitor: Visitor) -> str:
    """Return what the bank's backend hands out."""
    home = sign_in(visitor)
    headers = {"X-Requested-With": "XMLHttpRequest"}
    return str(visitor.http.post(str(home.url.join("/messaging/token")), headers=headers).json()["jwt"])


def milliseconds(visitor: Visitor) -> bool:
    """A time is beyond every year that a second can name soon."""
    return bool(jwt.decode(nested_token(visitor), options={"verify_signature": False})["exp"] > 10**12)


def earlier_key(visitor: Visitor) -> bool:
    """The registered key does not verify."""
    with pytest.raises(jwt.InvalidSignatureError):
        PlatformSide(visitor=visitor).verify(nested_token(visitor))
    return True


def with_secret(visitor: Visitor) -> bool:
    """Whoever reads the script knows the secret."""
    return visitor.served.site.secrets["client-secret"] in chat["sso"](visitor)


def secret_changed(visitor: Visitor) -> bool:
    """The connector's secret is refused."""
    platform = PlatformSide(visitor=visitor)
    answer = platform.exchange(platform.popup("alice").parameters["code"])
    return (answer.status_code, answer.json().get("error")) == (401, "invalid_client")


def state_dropped(visitor: Visitor) -> bool:
    """A code comes back alone."""
    return set(PlatformSide(visitor=visitor).popup("alice").parameters) == {"code"}


def lax_session(visitor: Visitor) -> bool:
    """The provider's cookie stays at home when another site's page asks."""
    shown = visitor.get(str(page(visitor).url.join("/login")))
    hidden = re.findall(r'name="goes_on" value="([^"]*)"', shown.text)[0].replace("&amp;", "&")
    form = {
        "goes_on": hidden,
        "username": "alice",
        "password": visitor.served.site.environment["NORTHMOOR_ALICE_PASSWORD"],
    }
    answer = visitor.http.post(str(shown.url.join("/login")), data=form)
    return "SameSite=lax" in answer.headers["set-cookie"]


def own_token(visitor: Visitor) -> bool:
    """The script passes on a token whose audience is the brand's own client."""
    home = sign_in(visitor)
    token = visitor.get(str(home.url.join("/api/me"))).json()["id_token"]
    audience = jwt.decode(token, options={"verify_signature": False})["aud"]
    return audience == "northmoor-web" and '"/api/me"' in chat["federated"](visitor)


def glued(visitor: Visitor) -> bool:
    """What comes back comes to another path."""
    return PlatformSide(visitor=visitor).popup("alice").location.startswith(f"{WINDOW}&id_token=")


def nonce_dropped(visitor: Visitor) -> bool:
    """The token is good but for its nonce."""
    platform = PlatformSide(visitor=visitor)
    return "nonce" not in platform.verify(platform.popup("alice").parameters["id_token"])


def expired_token(visitor: Visitor) -> bool:
    """What the page gets has expired, and it asks for another one only where it has none."""
    home = sign_in(visitor)
    token = visitor.get(str(home.url.join("/api/chat-token"))).json()["token"]
    with pytest.raises(jwt.ExpiredSignatureError):
        PlatformSide(visitor=visitor).verify(token)
    return "identity === undefined" in chat["push"](visitor)


SHOWS: dict[str, Callable[[Visitor], bool]] = {
    "classic-passes-any-body": passes_any_body,
    "classic-without-else": lambda visitor: "fail(" not in chat["classic"](visitor),
    "classic-calls-twice": lambda visitor: chat["classic"](visitor).count("callback(token)") == 2,
    "classic-pasted-token": pasted_token,
    "spa-own-pair": own_pair,
    "spa-keeps-code": lambda visitor: "sessionStorage.setItem" in chat["spa"](visitor),
    "spa-identity-issuer": other_issuer,
    "spa-form-action": lambda visitor: "lpsnmedia" not in policy(visitor),
    "spa-framable": lambda visitor: "frame-ancestors" not in policy(visitor),
    "nested-other-case": lambda visitor: "getAuthenticationToken" not in chat["nested"](visitor),
    "nested-returns": lambda visitor: "callback" not in chat["nested"](visitor),
    "nested-frame-src": lambda visitor: "frame-src" not in page(visitor).headers["content-security-policy"],
    "nested-milliseconds": milliseconds,
    "nested-earlier-key": earlier_key,
    "sso-own-address": lambda visitor: "redirect_uri: location.href" in chat["sso"](visitor),
    "sso-with-secret": with_secret,
    "sso-secret-changed": secret_changed,
    "sso-state-dropped": state_dropped,
    "sso-opener-policy": lambda visitor: page(visitor).headers["cross-origin-opener-policy"] == "same-origin",
    "federated-same-site": lax_session,
    "federated-own-token": own_token,
    "federated-glued": glued,
    "federated-nonce-dropped": nonce_dropped,
    "provider-other-command": lambda visitor: '"authenticate"' not in chat["provider"](visitor),
    "provider-registers-token": lambda visitor: '"authenticate", token' in chat["provider"](visitor),
    "provider-returns": lambda visitor: "callback" not in chat["provider"](visitor),
    "provider-rejects": lambda visitor: "response.ok" not in chat["provider"](visitor),
    "provider-calls-twice": lambda visitor: chat["provider"](visitor).count("callback(token)") == 2,
    "push-never-again": lambda visitor: "onRelayTokenExpired" not in chat["push"](visitor),
    "push-same-again": expired_token,
    "push-bare-token": lambda visitor: "identityTokenType" not in chat["push"](visitor),
    "push-silent-stranger": lambda visitor: "if (!response.ok) return" in chat["push"](visitor),
}


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.id)
def test_a_twin_has_its_defect_and_the_right_form_has_not(twin: Twin, serve: Serve, visit: Visit) -> None:
    """The same look at both."""
    shows = SHOWS[twin.id]

    assert shows(visit(serve(twin.brand, twin.variation)))
    assert not _or_none(shows, visit(serve(twin.brand, RIGHT[twin.brand])))


def _or_none(shows: Callable[[Visitor], bool], visitor: Visitor) -> bool:
    """Tell whether a defect shows; where even the place to look at is missing, it does not."""
    try:
        return shows(visitor)
    except (ValueError, pytest.fail.Exception):
        return False


def test_every_twin_is_looked_at() -> None:
    """A new one needs a look of its own."""
    assert {twin.id for twin in TWINS} == set(SHOWS)


@pytest.mark.parametrize("twin", [one for one in TWINS if one.surface == "popup"], ids=lambda twin: twin.id)
def test_an_unknown_parameter_is_let_be(twin: Twin, serve: Serve, visit: Visit) -> None:
    """Even by the broken authorization servers: each has one mistake (RFC 6749 section 3.1)."""
    shown = PlatformSide(visitor=visit(serve(twin.brand, twin.variation))).authorize(unknown="value")

    assert 200 == shown.status_code
