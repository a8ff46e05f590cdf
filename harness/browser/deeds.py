"""What the consumer, or somebody in their place, does out of the ordinary in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.browser.drive import Driven
from harness.browser.scenarios import Stage, expired, twice

DEEDS: Mapping[str, Callable[[Stage], Driven | None]] = {
    "twice": twice,
    "expired": expired,
}
"""By the names that rows of ``faults.toml`` use."""
