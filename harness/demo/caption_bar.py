"""The caption over a driven page, put there without a trace in the page's own scripts."""

from __future__ import annotations

import contextlib
import functools
import json

from playwright.sync_api import CDPSession, Error, Page

from harness.demo.captions import Caption, between
from harness.roles.web import web_root

_WORLD = "harness-demo"


class CaptionBar:
    """The captions of one page.

    Args:
        page: The page.
    """

    def __init__(self, page: Page) -> None:
        self._page = page

    @functools.cached_property
    def _cdp(self) -> CDPSession | None:
        """The page's DevTools session, where the engine has one."""
        browser = self._page.context.browser
        chromium = browser is not None and browser.browser_type.name == "chromium"
        return self._page.context.new_cdp_session(self._page) if chromium else None

    def show(self, caption: Caption | None) -> None:
        """Show a caption instead of the one before, or none; a page that is gone needs none."""
        told = caption and {
            "who": between(caption),
            "sentence": caption.sentence,
            "tone": caption.tone,
        }
        with contextlib.suppress(Error):
            if self._cdp is None:
                self._page.evaluate(_script(), told)
            else:
                self._show_apart(self._cdp, json.dumps(told))

    def _show_apart(self, cdp: CDPSession, told: str) -> None:
        """Show it from a world of its own.

        What the driver evaluates by itself runs as if under a user gesture, which would open the popup
        blocker's door to the page.
        """
        frame = cdp.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = cdp.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": _WORLD})
        cdp.send(
            "Runtime.evaluate",
            {
                "contextId": world["executionContextId"],
                "expression": f"({_script()})({told})",
                "userGesture": False,
            },
        )


@functools.cache
def _script() -> str:
    text = (web_root() / "static" / "demo" / "caption.js").read_text("utf-8")
    return text[text.index("(caption) =>") :].strip()
