"""What a suite says of its browsers in pytest-playwright's words, and which of that the harness heeds.

The conditions in a browser are what is tested. What would change them, as ``ignore_https_errors`` and
``bypass_csp`` do, is not taken over: a page would pass here that fails with consumers.

Source: pytest-playwright's fixtures ``browser_type_launch_args`` and ``browser_context_args``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import UsageError

HEEDED = (
    "viewport",
    "screen",
    "no_viewport",
    "user_agent",
    "locale",
    "timezone_id",
    "geolocation",
    "permissions",
    "device_scale_factor",
    "is_mobile",
    "has_touch",
    "color_scheme",
    "reduced_motion",
    "forced_colors",
    "contrast",
)
"""Options of a context that say what a consumer holds, and where; others are the harness's own business."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """How browsers are started and what a consumer holds, beside what the harness decides.

    Attributes:
        headed: Whether a person can watch.
        slow_mo: Milliseconds by which everything that is done in a browser is slowed down.
        executable: The program to start; found on this machine when left out.
        context: Options of Playwright's contexts; those in :data:`HEEDED` alone.
    """

    headed: bool = False
    slow_mo: float = 0
    executable: Path | None = None
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pace(self) -> Mapping[str, Any]:
        """How fast a browser is, as options of whoever starts it or connects to it."""
        return {"slow_mo": self.slow_mo} if self.slow_mo else {}

    @classmethod
    def told(cls, launch: Mapping[str, Any], context: Mapping[str, Any]) -> Wishes:
        """Read them off what pytest-playwright's fixtures return.

        Args:
            launch: What ``browser_type_launch_args`` returns.
            context: What ``browser_context_args`` returns.

        Raises:
            UsageError: Where a channel is named, whose program Playwright alone could find.
        """
        if (channel := launch.get("channel")) is not None:
            raise UsageError(
                f"--browser-channel {channel} was given, and the harness finds browsers by their programs; "
                "leave it out, or give executable_path in browser_type_launch_args"
            )
        executable = launch.get("executable_path")
        return cls(
            headed=launch.get("headless") is False,
            slow_mo=launch.get("slow_mo", 0),
            executable=Path(executable) if executable is not None else None,
            context={name: context[name] for name in HEEDED if name in context},
        )
