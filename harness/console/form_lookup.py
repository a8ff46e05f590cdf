"""Looks an issuer up: what its discovery document fills into the form, and says of what stands there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.brand_file import advertised
from harness.brand_file.advertised import Advertised
from harness.brand_file.answers import NotThat, issuer
from harness.console.form_fields import JWKS, Values, flow_of, trio
from harness.own_brand import Network
from harness.protocol import metadata
from harness.protocol.problem import Refusal

Ask = Callable[[str, Network], Advertised]
"""Asks an issuer for its discovery document."""

_FIELDS = {
    "authorization_endpoint": "authorization_endpoint",
    "token_endpoint": "token_endpoint",
    "keys": "jwks_uri",
}
_WAYS = {
    "net.tls_invalid": '; a private certificate authority is named in the file: [network] ca = "corp.pem"',
    "net.connect_failed": "; where a host is that DNS does not know stands in the file: [network] map = "
    '{ "login.acme.example" = "127.0.0.1:8443" }',
}


@dataclass(frozen=True, kw_only=True)
class LookedUp:
    """What came of it.

    Attributes:
        values: What stands in the form now.
        said: What was filled in and from where, or why nothing was.
        found: Whether the issuer has said something.
        suggested: How the issuer calls itself, where that is not what was typed.
    """

    values: Values
    said: tuple[str, ...]
    found: bool
    suggested: str | None = None


def look_up(values: Values, network: Network, *, ask: Ask = advertised.ask) -> LookedUp:
    """Ask the issuer that stands in the form, and fill in what is empty; what was typed stays.

    Args:
        values: What stands in the form.
        network: How the issuer is reached.
        ask: Asks it.
    """
    typed = values.get("issuer", "").strip()
    try:
        told = ask(issuer(typed), network)
    except NotThat as wrong:
        return LookedUp(values=values, said=(str(wrong),), found=False)
    except Refusal as refusal:
        problem = refusal.problem
        sentence = (
            f"no discovery document of {typed} could be read ({problem.code}: expected {problem.expected}, "
            f"observed {problem.observed}){_WAYS.get(problem.code, '')}; fill in the endpoints yourself"
        )
        return LookedUp(values=values, said=(sentence,), found=False)
    if told.issuer != typed:
        sentence = f"the server at {typed} calls itself {told.issuer}, and tokens are compared octet by octet"
        return LookedUp(values=values, said=(sentence,), found=True, suggested=told.issuer)
    return _filled(dict(values), told, typed)


def _filled(values: dict[str, str], told: Advertised, typed: str) -> LookedUp:
    said = [f"as {metadata.well_known(typed)} says:"]
    flow = flow_of(values)
    if told.flows and flow not in told.flows:
        values |= trio(told.flows[0])
        said.append(f"the type is {told.flows[0]} now: {flow} is not among {', '.join(told.flows)}")
    elif told.flows:
        said.append(f"{flow} is offered (of {', '.join(told.flows)})")
    for name, field in _FIELDS.items():
        url, before = told.endpoints.get(name), values.get(field, "").strip()
        if url is None or (field == "token_endpoint" and not flow_of(values).startswith("code")):
            continue
        label = field.replace("_", " ")
        if field == "jwks_uri" and values.get("key_type", JWKS) != JWKS:
            said.append(f"{label}: {url} is offered beside the public key, which stays")
        elif not before:
            values[field] = url
            said.append(f"{label}: {url}, filled in")
            if field == "authorization_endpoint" and values.get("surfaces") == "embedded":
                values["surfaces"] = "embedded popup"
                said.append("surfaces: popup is chosen too, which needs that endpoint")
        elif before != url:
            said.append(f"{label}: the server says {url}; what you typed stays")
        else:
            said.append(f"{label}: {url}, as you have it")
    if told.client_auth == "post" and values.get("client_auth") != "post":
        values["client_auth"] = "post"
        said.append("client authentication: post, filled in; the server takes no other")
    return LookedUp(values=values, said=tuple(said), found=True)
