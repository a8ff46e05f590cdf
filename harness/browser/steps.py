"""Plays the steps of a configuration on a page, as a person who reads the page would."""

from __future__ import annotations

import hmac
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urljoin

from playwright.sync_api import Error, FrameLocator, Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.config_steps import totp_key
from harness.errors import HarnessError
from harness.own_brand import Step
from harness.redact import address

OPTIONAL_MS = 5_000
"""How long an optional step is waited for where nothing says that the page is further on."""

TOTP_SECONDS = 30
_SELECTOR = "css="

Scope = Page | FrameLocator


def _place(url: str) -> str:
    """Return where a page is: some servers have a session or a ticket in the path."""
    return address(url.partition("?")[0].partition("#")[0]).text


class StepFailed(HarnessError):
    """A step that could not be taken, as the page has nothing of that name in time, or that was in vain.

    Args:
        step: The step.
        url: Where the page was; told without query and fragment, nor with what opens something in its path.
        asks_again: Whether it was taken as the last one of a login, and the page asks for a password still.
    """

    exit_code = 4

    def __init__(self, step: Step, url: str, *, asks_again: bool = False) -> None:
        self.step, self.url, self.asks_again = step, _place(url), asks_again
        said = f"the step {step.verb} {step.target!r}"
        super().__init__(
            f"after {said} {self.url} asks for a password still; compare user name and password of this "
            "[[login]] with the account, or add the steps that are missing"
            if asks_again
            else f"{said} found nothing that it could be done to on {self.url}; "
            "write the name that a person reads there, or css= and a selector"
        )


class LoginUnknown(HarnessError):
    """A login was shown, and the configuration does not say how anybody signs in there.

    Args:
        url: Where; told without query and fragment, nor with what opens something in its path.
    """

    exit_code = 4

    def __init__(self, url: str) -> None:
        self.url = _place(url)
        super().__init__(f'{self.url} asks for a login; say how in a [[login]] with on = "authorize"')


def play(page: Page, steps: Sequence[Step], *, until: Callable[[], Locator] | None = None) -> None:
    """Take steps in order.

    Args:
        page: The page.
        steps: What is done.
        until: What shows that the page is past its optional steps; the next step's target when left out.

    Raises:
        StepFailed: When a step that is not optional finds nothing.
    """
    scope: Scope = page
    for index, step in enumerate(steps):
        later = next((one for one in steps[index + 1 :] if one.verb in _TARGETS), None)
        try:
            if step.optional and not _is_there(scope, step, later, until):
                continue
            scope = _take(page, scope, step)
        except (PlaywrightTimeout, Error) as error:
            if page.is_closed() or (step.optional and isinstance(error, PlaywrightTimeout)):
                continue
            raise StepFailed(step, page.url) from None


def _is_there(scope: Scope, step: Step, later: Step | None, until: Callable[[], Locator] | None) -> bool:
    """Wait until an optional step's target is there, or the page shows that it will not be."""
    if step.verb not in _TARGETS:
        return True
    found = target(scope, step)
    beyond = target(scope, later) if later is not None else until() if until is not None else None
    if beyond is None:
        found.wait_for(timeout=OPTIONAL_MS)
        return True
    found.or_(beyond).first.wait_for(state="attached")
    return found.is_visible()


def target(scope: Scope, step: Step) -> Locator:
    """Return what a step is done to, by the name that a person or a screen reader finds it by."""
    if step.target.startswith(_SELECTOR):
        return scope.locator(step.target.removeprefix(_SELECTOR)).first
    return _TARGETS[step.verb](scope, step.target)


def _field(scope: Scope, name: str) -> Locator:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    named = scope.locator(f'input[name="{quoted}"], select[name="{quoted}"], textarea[name="{quoted}"]')
    return (
        scope.get_by_label(name).or_(scope.get_by_placeholder(name)).or_(named).locator("visible=true").first
    )


def _button(scope: Scope, name: str) -> Locator:
    controls = _controls(scope, name, exact=False)
    return controls.or_(scope.get_by_text(name, exact=True)).locator("visible=true").first


def _controls(scope: Scope, name: str, *, exact: bool) -> Locator:
    found = scope.get_by_role("button", name=name, exact=exact)
    found = found.or_(scope.get_by_role("link", name=name, exact=exact))
    found = found.or_(scope.get_by_role("menuitem", name=name, exact=exact))
    return found.or_(scope.get_by_role("tab", name=name, exact=exact))


def _click(scope: Scope, step: Step) -> None:
    """Click what the step names: a control before a heading that reads the same, and the whole name first."""
    found = target(scope, step)
    found.wait_for()
    if not step.target.startswith(_SELECTOR):
        for exact in (True, False):
            controls = _controls(scope, step.target, exact=exact).locator("visible=true")
            if controls.count():
                found = controls.first
                break
    found.click()


def _text(scope: Scope, name: str) -> Locator:
    return scope.get_by_text(name).locator("visible=true").first


_TARGETS: Mapping[str, Callable[[Scope, str], Locator]] = {
    "fill": _field,
    "check": _field,
    "select": _field,
    "totp": _field,
    "click": _button,
    "wait_for": _text,
}


def _take(page: Page, scope: Scope, step: Step) -> Scope:
    value = step.value.get_secret_value() if step.value is not None else ""
    match step.verb:
        case "goto":
            page.goto(urljoin(page.url, step.target))
            return page
        case "frame":
            return _frame(page, step.target)
        case "press":
            page.keyboard.press(step.target)
        case "pause":
            page.pause()
        case "click":
            _click(scope, step)
        case "check":
            target(scope, step).check()
        case "select":
            target(scope, step).select_option(label=value)
        case "wait_for":
            target(scope, step).wait_for()
        case "fill" | "totp":
            target(scope, step).fill(totp(value, time.time()) if step.verb == "totp" else value)
    return scope


def _frame(page: Page, name: str) -> Scope:
    if not name:
        return page
    if name.startswith(_SELECTOR):
        return page.frame_locator(name.removeprefix(_SELECTOR))
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return page.frame_locator(f'iframe[title="{quoted}"], iframe[name="{quoted}"]')


def totp(secret: str, now: float) -> str:
    """Return the one-time code of a moment: six digits, SHA-1, 30 seconds (RFC 6238 section 4).

    Args:
        secret: The shared secret in base32, spaces allowed.
        now: Seconds since the epoch.
    """
    digest = hmac.digest(totp_key(secret), struct.pack(">Q", int(now) // TOTP_SECONDS), "sha1")
    offset = digest[-1] & 0xF
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
