"""Faults of the consumer's browser itself."""

from __future__ import annotations

from typing import Any

from harness.roles.seams import Seams

_NO_WINDOWS = "window.open = function open() { return null; };"
"""An in-app browser whose app has not said what becomes of a new window: WKWebView answers null then."""


def in_app() -> Seams:
    """Let the browser be one inside an app, which opens no windows."""

    def meddle(context: Any) -> None:
        context.add_init_script(_NO_WINDOWS)

    return Seams(browser=meddle)
