"""How responses travel: where a callback leads, and by which ways they come."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.checks.redirects import check_open_redirect, where
from harness.timeline import Timeline

Happened = Callable[..., Timeline]

WINDOW = "https://chat.platform.test/window"


def led(happened: Happened, location: str | None) -> Timeline:
    """Return a timeline on which the callback was told to lead elsewhere, and answered."""
    data = {"probe": "return_address", "host": "chat.platform.test", "status": 303, "location": location}
    return happened(("harness", "probe.answered", data))


@pytest.mark.parametrize("location", [None, "/window", "?done=1", "https://CHAT.platform.test:443/", "a\\b"])
def test_a_callback_may_lead_to_its_own_origin(location: str | None, happened: Happened) -> None:
    """Or nowhere."""
    assert [] == list(check_open_redirect(led(happened, location)))


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "/\t/evil.test",
        " //evil.test",
        "https://chat.platform.test@evil.test/",
        "https:\\\\evil.test",
        "http://chat.platform.test/",
        "data:text/html,x",
        "javascript:alert(1)",
    ],
)
def test_a_callback_that_leads_elsewhere_is_open(location: str, happened: Happened) -> None:
    """However it is written."""
    (found,) = check_open_redirect(led(happened, location))

    assert "redirect.open_redirect" == found.code


def test_an_address_is_read_as_browsers_read_it() -> None:
    """Tabs and line ends are nothing, and a backslash is a slash where the scheme is one of the web."""
    assert "https://evil.test/a" == where(WINDOW, "/\t\\evil.test/a")
    assert "data:a\\b" == where(WINDOW, "data:a\\b")
