"""Who is offline cannot sign in, and nobody else is to blame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.checks import judge
from harness.checks.connection import check_offline
from harness.timeline import Timeline

Happened = Callable[..., Timeline]

OFFLINE: tuple[str, str, dict[str, Any]] = ("page", "connection.changed", {"online": False})
ONLINE: tuple[str, str, dict[str, Any]] = ("page", "connection.changed", {"online": True})


def test_a_browser_that_goes_offline_ends_the_sign_in(happened: Happened) -> None:
    """The consumer is a guest, and it is worth a word only."""
    judged = judge(happened(OFFLINE, OFFLINE, ONLINE))

    assert ("not_authenticated", "net.offline") == (judged.outcome, judged.code)
    assert [("net.offline", "info")] == [(one.code, one.severity) for one in judged.findings]


def test_a_browser_that_goes_offline_later_has_signed_in(
    happened: Happened, verdict: Callable[..., Any]
) -> None:
    """After the verdict it makes no difference; nor does a browser that comes online."""
    assert [] == list(check_offline(happened(ONLINE, verdict(), OFFLINE)))
