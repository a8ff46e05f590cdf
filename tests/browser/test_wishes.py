"""What a suite wishes of its browsers: heeded where it says who the consumer is, and not where it hides."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.browser.wishes import Wishes
from harness.errors import UsageError


def test_who_the_consumer_is_is_heeded() -> None:
    """Language, place and what they hold."""
    device = {"viewport": {"width": 390, "height": 844}, "locale": "de-DE", "color_scheme": "dark"}

    assert device == Wishes.told({}, device).context


@pytest.mark.parametrize("hiding", ["ignore_https_errors", "bypass_csp", "storage_state", "record_video_dir"])
def test_what_would_hide_a_fault_is_not(hiding: str) -> None:
    """A page would pass here that fails with consumers."""
    assert {} == Wishes.told({}, {hiding: True}).context


def test_a_browser_is_started_as_the_suite_says() -> None:
    """Where somebody watches, how fast, and which program."""
    wishes = Wishes.told({"headless": False, "slow_mo": 50, "executable_path": "/opt/browser"}, {})

    assert (True, {"slow_mo": 50}, Path("/opt/browser")) == (wishes.headed, wishes.pace, wishes.executable)
    assert {} == Wishes.told({}, {}).pace


def test_a_channel_is_refused_in_one_sentence() -> None:
    """Nobody but Playwright could find its program."""
    with pytest.raises(UsageError, match="executable_path"):
        Wishes.told({"channel": "msedge"}, {})
