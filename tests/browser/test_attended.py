"""A person before the browser: when they are done, and what they need."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from typing import Any, cast

import pytest
from playwright.sync_api import Error, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.browser.attended import check_display, person
from harness.errors import UsageError


class Window:
    """A page and its context, both as far as a person's end is concerned.

    Args:
        then: What comes of each wait: nothing, or an error of the browser.
    """

    def __init__(self, *then: Error) -> None:
        self.pages, self.context, self._then = [self], self, list(then)

    def is_closed(self) -> bool:
        """Answer as an open window."""
        return False

    def wait_for_event(self, name: str, *, timeout: float) -> Any:
        """Wait in vain."""
        raise self._then.pop(0)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Give the other end of a terminal."""
    if not hasattr(os, "openpty"):
        pytest.skip("there are no pseudo-terminals on Windows")
    ours, theirs = os.openpty()
    with open(theirs, encoding="utf-8") as stdin:  # noqa: PTH123 - a descriptor has no path
        monkeypatch.setattr(sys, "stdin", stdin)
        yield ours
    os.close(ours)


def test_enter_in_the_terminal_ends_it(terminal: int) -> None:
    """Before the browser is asked again."""
    os.write(terminal, b"\n")

    person(cast("Page", Window()))


def test_a_browser_that_was_closed_ends_it(terminal: int) -> None:
    """A wait in which nothing happened does not."""
    window = Window(PlaywrightTimeout("nothing yet"), Error("the browser is gone"))
    person(cast("Page", window))

    assert [] == window._then


def test_a_pipe_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits there ends nothing."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    window = Window(Error("the browser is gone"))
    person(cast("Page", window))

    assert [] == window._then


@pytest.mark.parametrize("display", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_either_display_will_do(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one the command is named in the sentence."""
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(UsageError, match="harness login opens a window for a person"):
        check_display("harness login")
    monkeypatch.setenv(display, ":0")
    check_display("harness login")
