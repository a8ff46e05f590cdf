"""Engines: Playwright's own build first, else the system's; what is missing is named in one sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Playwright

from harness import doctor
from harness.browser import engines
from harness.browser.policies import POLICIES
from harness.browser.trial import undrivable
from harness.config import EngineName
from harness.errors import EngineUnavailable

Machine = Callable[..., Playwright]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no programs without a suffix")


def test_playwrights_own_build_comes_first(machine: Machine) -> None:
    """Where both are, the build that Playwright documents is driven."""
    found = engines.find(machine("firefox", "certutil", own=("firefox",)), "firefox")

    assert ("playwright", "playwright") == (found.origin, found.label)
    assert not found.experimental


def test_the_systems_firefox_is_experimental(machine: Machine) -> None:
    """Its label says how it is driven, and that this is an experiment."""
    found = engines.find(machine("firefox-esr", "certutil"), "firefox")

    assert "firefox-esr" == found.executable.name
    assert "system, over WebDriver BiDi, experimental" == found.label


def test_the_systems_chromium_is_no_experiment(machine: Machine) -> None:
    """Chromium is driven as Playwright drives its own."""
    assert "system" == engines.find(machine("chromium"), "chromium").label


@pytest.mark.parametrize("own", [(), ("firefox",)], ids=["system", "own build"])
def test_firefox_without_certutil_names_the_package(own: tuple[str, ...], machine: Machine) -> None:
    """Without the tool Firefox could trust nothing of the run, whoever built it."""
    with pytest.raises(EngineUnavailable, match="apt-get install libnss3-tools"):
        engines.find(machine("firefox", own=own), "firefox")


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        ("chromium", "playwright install chromium"),
        ("firefox", "apt-get install firefox-esr libnss3-tools"),
        ("webkit", "playwright install webkit"),
    ],
)
def test_an_engine_that_is_not_here_comes_with_the_command(
    engine: EngineName, told: str, machine: Machine
) -> None:
    """Nothing is left out silently."""
    with pytest.raises(EngineUnavailable, match=told):
        engines.find(machine(), engine)


def test_doctor_says_of_each_engine_what_it_can_and_cannot_do(machine: Machine) -> None:
    """Every policy is either reached or comes with its reason; what is not here says how to get it."""
    chromium, firefox, webkit = doctor.engine_states(
        machine("chromium", "firefox", "certutil"), trial=lambda playwright, found: found
    )

    for state in (chromium, firefox):
        assert {*POLICIES} == {*state.reached, *(policy for policy, _ in state.unreached)}
    assert ["firefox-default"] == [policy for policy, _ in chromium.unreached]
    assert ["chrome-today", "playwright-default"] == [policy for policy, _ in firefox.unreached]
    assert any("experimental" in limit for limit in firefox.limits)
    assert webkit.found is None
    assert "playwright install webkit" in webkit.sentence


def test_an_engine_that_does_not_obey_the_driver_is_not_here(machine: Machine) -> None:
    """It is listed with the driver's reason and with what mends it."""

    def disobeyed(playwright: Playwright, found: engines.Found) -> engines.Found:
        raise undrivable(found, "153.7.0", Error("emulation.setMediaFeaturesOverride: unknown command\nlog"))

    (firefox,) = doctor.engine_states(machine("firefox", "certutil"), ("firefox",), trial=disobeyed)

    assert firefox.found is None
    assert "cannot be driven by Playwright" in firefox.sentence
    assert "emulation.setMediaFeaturesOverride: unknown command; a stock Firefox" in firefox.sentence
