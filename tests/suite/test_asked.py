"""Which case a test asks for: what its markers say, in the browser of the run."""

from __future__ import annotations

from typing import Any, cast

import pytest

from harness.errors import UsageError
from harness.suite.asked import axes_of, case_of


class Marked:
    """A test with markers, the nearest first."""

    def __init__(self, *marks: pytest.MarkDecorator) -> None:
        self._marks = marks

    def iter_markers(self, name: str) -> Any:
        """Yield the markers of a name."""
        return (one.mark for one in self._marks if one.mark.name == name)


def axes(*marks: pytest.MarkDecorator) -> dict[str, Any]:
    """Return what markers say."""
    return axes_of(cast("pytest.Item", Marked(*marks)))


def test_the_nearest_marker_changes_what_a_class_says() -> None:
    """And keeps the rest of it."""
    nearest, farther = pytest.mark.harness(flow="code"), pytest.mark.harness(surface="popup", flow="implicit")

    assert {"surface": "popup", "flow": "code"} == axes(nearest, farther)


def test_a_marker_takes_keywords_only() -> None:
    """A word alone could be a surface or a flow."""
    with pytest.raises(pytest.UsageError, match="surface=… and flow=…"):
        axes(pytest.mark.harness("popup"))


def test_the_browser_of_the_run_is_the_case_s() -> None:
    """Unless the test names another one."""
    assert "firefox" == case_of("firefox", {"surface": "app", "flow": "code"}).engine
    assert "chromium" == case_of("firefox", {"surface": "app", "flow": "code", "engine": "chromium"}).engine


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ({"surface": "app"}, "a case needs flow"),
        ({"surface": "app", "flow": "code", "flwo": "code"}, "a case has no flwo; it has surface, flow"),
        ({"surface": "app", "flow": "coed"}, "choose from implicit"),
    ],
)
def test_what_makes_no_case_is_one_sentence(axes: dict[str, Any], said: str) -> None:
    """It says what is missing or allowed."""
    with pytest.raises(UsageError, match=said):
        case_of("chromium", axes)
