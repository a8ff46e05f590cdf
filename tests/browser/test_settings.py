"""The table of policies: every engine has an answer, and what the README says is what it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.browser.policies import POLICIES, policy
from harness.browser.settings import TABLE, Settings, settings
from harness.config import ENGINES, OWN_POLICY, EngineName, Matrix
from harness.errors import PolicyUnavailable, UsageError
from harness.matrix import Case, cases

PAGE = Path(__file__).parents[2] / "docs" / "browsers.md"


def test_every_policy_has_an_answer_for_every_engine() -> None:
    """Either what brings the engine there, or a reason."""
    assert {*POLICIES} == {*TABLE}
    for row in TABLE.values():
        assert {*ENGINES} == {*row}
        assert all(isinstance(way, Settings) or way for way in row.values())


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_reaches_its_own_policy(engine: EngineName) -> None:
    """What is meant when no policy is named can be run."""
    assert isinstance(settings(engine, OWN_POLICY[engine]), Settings)


def test_what_nothing_reaches_says_why() -> None:
    """The reason is a sentence about the engine."""
    with pytest.raises(PolicyUnavailable, match="Firefox partitions") as caught:
        settings("firefox", "chrome-today")

    assert ("firefox", "chrome-today") == (caught.value.engine, caught.value.policy)
    assert 2 == caught.value.exit_code


def test_the_blocker_is_on_unless_a_policy_switches_it_off() -> None:
    """Playwright switches it off in every engine; a consumer has it on."""
    for name, one in POLICIES.items():
        chromium, firefox = (TABLE[name][engine] for engine in ("chromium", "firefox"))
        if isinstance(chromium, Settings):
            assert one.popup_blocker == ("--disable-popup-blocking" in chromium.dropped_arguments)
        if isinstance(firefox, Settings):
            assert one.popup_blocker == firefox.preferences["dom.disable_open_during_load"]


def test_an_unknown_policy_is_answered_with_the_known_ones() -> None:
    """The sentence lists them."""
    with pytest.raises(UsageError, match="chrome-today, third-party-blocked, firefox-default"):
        policy("chrome-yesterday")


def test_a_case_without_a_policy_has_its_engines_own() -> None:
    """A consumer's Firefox is not a consumer's Chrome."""
    assert "chrome-today" == Case(surface="popup", flow="code").policy
    assert "firefox-default" == Case(surface="popup", flow="code", engine="firefox").policy


def test_a_matrix_without_policies_has_each_engines_own() -> None:
    """With policies it is the product."""
    both: tuple[EngineName, ...] = ("chromium", "firefox")
    own = cases(Matrix(engines=both, surfaces=("app",), flows=("code",)))
    asked = cases(Matrix(engines=both, surfaces=("app",), flows=("code",), policies=("unpartitioned",)))

    assert ["chrome-today", "firefox-default"] == [case.policy for case in own]
    assert ["unpartitioned", "unpartitioned"] == [case.policy for case in asked]


@pytest.mark.parametrize("name", POLICIES)
def test_the_documentation_says_which_engine_reaches_a_policy(name: str) -> None:
    """Its table has one row per policy, with a mark for Chromium and for Firefox."""
    (row,) = (line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(f"| `{name}`"))
    marks = [cell.strip() for cell in row.split("|")[3:5]]

    reached = [isinstance(TABLE[name][engine], Settings) for engine in ("chromium", "firefox")]
    assert ["✓" if one else "not available" for one in reached] == marks
