"""What preflight says of the demonstration brands: no browser, no login."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness import config_file
from harness.preflight import Preflight, preflight

from .serving import Served
from .twins import RIGHT, TWINS, Brand, Twin

SEEN_WITHOUT_A_LOGIN = (
    "spa-framable",
    "nested-other-case",
    "nested-frame-src",
    "sso-secret-changed",
    "sso-opener-policy",
)


def preflight_of(served: Served) -> Preflight:
    """Return what is found out about a served brand by its configuration file."""
    return preflight(config_file.read(served.file))


@pytest.mark.parametrize("brand", RIGHT)
def test_a_brand_without_a_mistake_is_ready(brand: Brand, serve: Callable[[Brand, Any], Served]) -> None:
    """Nothing is found but that its addresses are mapped."""
    result = preflight_of(serve(brand, RIGHT[brand]))

    assert result.outcome
    assert {"net.address_private"} == {one.code for one in result.findings}


@pytest.mark.parametrize(
    "twin", [one for one in TWINS if one.id in SEEN_WITHOUT_A_LOGIN], ids=lambda one: one.id
)
def test_a_mistake_that_shows_without_a_login_is_named(
    twin: Twin, serve: Callable[[Brand, Any], Served]
) -> None:
    """With the code, the weight and the party that a real sign-in would give it."""
    result = preflight_of(serve(twin.brand, twin.variation))

    assert (twin.code, twin.severity, twin.party) in {
        (one.code, one.severity, one.party) for one in result.findings
    }


@pytest.mark.parametrize(
    "twin", [one for one in TWINS if one.id not in SEEN_WITHOUT_A_LOGIN], ids=lambda one: one.id
)
def test_no_other_twin_is_blamed_before_its_login(twin: Twin, serve: Callable[[Brand, Any], Served]) -> None:
    """What only shows in a sign-in is left to it."""
    result = preflight_of(serve(twin.brand, twin.variation))

    assert [] == [one.code for one in result.findings if one.severity == "error"]
