"""What a run knows to be secret before anything has happened."""

from __future__ import annotations

import pytest

from harness.config import Config, Connector, Platform
from harness.opened import known_secrets
from harness.own_brand import BrandPage, Login, Network, Step

BRAND = BrandPage(page="https://www.acme.example/")
CONNECTOR = Connector(
    id="acme",
    flow="implicit",
    issuer="https://login.acme.example",
    client_id="platform",
    jwks_uri="https://login.acme.example/jwks",
)


CLICK = Step(verb="click", target="Sign in")


def secrets(*steps: Step, before: tuple[Step, ...] = (), **more: object) -> tuple[str, ...]:
    """Return what a run of a brand with one login knows to be secret."""
    brand = BRAND.model_copy(update={"before": before})
    logins = (Login(account="alice", steps=(*steps, CLICK)),)
    return known_secrets(Config(brand=brand, connectors=(CONNECTOR,), logins=logins, **more))  # type: ignore[arg-type]


def typed(target: str, value: str, *, concealed: bool = False) -> Step:
    """Return a step that fills a field."""
    return Step.model_validate({"verb": "fill", "target": target, "value": value, "concealed": concealed})


@pytest.mark.parametrize("value", ["7392", "Pa5s!wd", "a long password"])
def test_what_came_from_elsewhere_is_secret_at_any_length(value: str) -> None:
    """From the environment or a file of its own: nobody puts a word there that may be read."""
    assert (value,) == secrets(typed("Customer code", value, concealed=True))
    assert (value,) == secrets(before=(typed("Customer code", value, concealed=True),))


@pytest.mark.parametrize("target", ["Password", "PIN", "css=input[name=passwd]"])
def test_what_is_typed_where_passwords_are_typed_is_secret(target: str) -> None:
    """Also where it stands in the configuration itself, and is short."""
    assert ("7392",) == secrets(typed(target, "7392"))


@pytest.mark.parametrize(("value", "concealed"), [("anna", False), ("alice", False), ("alice", True)])
def test_a_user_name_is_no_secret(value: str, concealed: bool) -> None:
    """Hidden everywhere it would hide the facts, above all the account that a result is about."""
    assert () == secrets(typed("User name", value, concealed=concealed))


def test_what_the_harness_itself_is_known_by_is_secret() -> None:
    """To a backend and to a proxy on the way out, whose password may be percent-encoded."""
    platform = Platform.model_validate({"backend": "https://b.example", "backend_token": "backend-token-1"})
    network = Network.model_validate({"proxy": "http://alice:Corp%20Proxy@proxy.corp:3128"})

    assert {"backend-token-1", "Corp Proxy"} == set(secrets(platform=platform, network=network))
