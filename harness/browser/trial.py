"""Whether an engine that is here can be driven: a stock Firefox may lack what a newer Playwright sends."""

from __future__ import annotations

from importlib.metadata import version

from playwright.sync_api import Error, Playwright

from harness.browser.engines import BIDI_CHANNEL, BIDI_PREFERENCES, Found, browser_type
from harness.errors import EngineUnavailable

_HINT = "; a stock Firefox ESR needs pip install 'playwright<1.65'"


def tried(playwright: Playwright, found: Found) -> Found:
    """Start an engine that Playwright does not document how to drive, and open a page in it.

    Args:
        playwright: The driver.
        found: The engine; one that is no experiment is not started.

    Returns:
        The engine, which obeyed.

    Raises:
        EngineUnavailable: When it does not start, or lacks what the driver sends.
    """
    if not found.experimental:
        return found
    try:
        browser = browser_type(playwright, found.engine).launch(
            channel=BIDI_CHANNEL, executable_path=found.executable, firefox_user_prefs=dict(BIDI_PREFERENCES)
        )
    except Error as error:
        raise not_started(found, error) from None
    try:
        browser.new_page().close()
    except Error as error:
        raise undrivable(found, browser.version, error) from None
    finally:
        browser.close()
    return found


def not_started(found: Found, error: Error) -> EngineUnavailable:
    """Return the sentence for a browser that does not start."""
    return EngineUnavailable(f"{found.engine} ({found.executable}) does not start: {first_line(error)}")


def undrivable(found: Found, browser_version: str, error: Error) -> EngineUnavailable:
    """Return the sentence for a browser that starts and does not obey the driver."""
    return EngineUnavailable(
        f"{found.engine} {browser_version} ({found.executable}) cannot be driven by Playwright "
        f"{version('playwright')}: {first_line(error)}{_HINT if found.experimental else ''}"
    )


def first_line(error: Error) -> str:
    """Return what an error of the driver says, without its call log."""
    return error.message.splitlines()[0]
