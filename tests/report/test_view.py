"""What the page shows of a case."""

from __future__ import annotations

from typing import Any

import pytest

from harness.matrix import Case
from harness.report.view import anchors, command, conditions

from ..made import CONDITIONS, result

AXES = "--surface popup --flow code --engine chromium --policy chrome-today --mode strict --scenario twice"


@pytest.mark.parametrize(
    ("changes", "held", "file", "rest"),
    [
        ({}, {}, None, ""),
        ({"fault": "exp-past"}, {}, None, " --fault exp-past"),
        ({}, {"device": "phone"}, None, " --device phone"),
        ({}, {"idp_placement": "cross-site"}, None, " --placement cross-site"),
        ({}, {"idp_placement": "cross-site"}, "my brand.toml", ""),
    ],
)
def test_a_case_is_repeated_by_its_command(
    changes: dict[str, Any], held: dict[str, Any], file: str | None, rest: str
) -> None:
    """All its axes, and what else was out of the ordinary; a shell takes it as it is."""
    case = Case(surface="popup", flow="code", scenario="twice", **changes)
    told = command(result(case, conditions=CONDITIONS.model_copy(update=held)), file)

    named = "'my brand.toml' " if file else ""
    assert f"harness check {named}{AXES}{rest}" == told


def test_conditions_are_told_in_words() -> None:
    """Also those that nobody knows."""
    said = dict(conditions(CONDITIONS))

    assert ("yes", "unknown", "desktop") == (
        said["Popup blocker"],
        said["Storage in frames"],
        said["Device"],
    )


def test_anchors_last_from_run_to_run() -> None:
    """A link that was sent still leads to the same case."""
    case = result(Case(surface="popup", flow="code"))

    assert "case-popup-code-chromium-chrome-today-strict-sign-in" == anchors((case,))[0]
