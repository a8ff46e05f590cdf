"""Browser engines: finding one, and starting it as a consumer has it rather than as Playwright does."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserType, Error, Playwright

from harness.browser.policies import Policy
from harness.config import EngineName
from harness.errors import EngineUnavailable, UsageError

_SYSTEM_NAMES: dict[EngineName, tuple[str, ...]] = {
    "chromium": ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
    "firefox": (),
    "webkit": (),
}

_LATER = {
    "firefox": "Firefox is not driven by this version of the harness",
    "webkit": "WebKit is not driven by this version of the harness",
}

_QUIET = (
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)

# Playwright starts Chromium with the popup blocker off and storage partitioning off, and only a profile's
# preference decides about third-party cookies. This wrapper starts the same browser as a consumer has it.
_WRAPPER = """\
#!/bin/sh
# Seeds the cookie preference of a fresh profile and keeps storage partitioning on.
for argument do
  shift
  case "$argument" in
    --user-data-dir=*)
      profile="${{argument#--user-data-dir=}}/Default"
      mkdir -p "$profile"
      [ -e "$profile/Preferences" ] || printf '%s' '{preferences}' > "$profile/Preferences" ;;
    --disable-features=*)
      argument=$(printf '%s' "$argument" | sed 's/{feature},//; s/,{feature}//; s/{feature}//') ;;
  esac
  set -- "$@" "$argument"
done
exec '{executable}' "$@"
"""
_PARTITIONING = "ThirdPartyStoragePartitioning"


@dataclass(frozen=True, kw_only=True)
class Found:
    """An engine as it was found on this machine.

    Attributes:
        executable: The browser to start.
        origin: ``playwright`` for Playwright's own build, ``system`` for the distribution's.
    """

    engine: EngineName
    executable: Path
    origin: str


def find(playwright: Playwright, engine: EngineName) -> Found:
    """Find an engine: Playwright's own build, else one of the system.

    Raises:
        EngineUnavailable: With the command that installs it.
    """
    if engine in _LATER:
        raise EngineUnavailable(f"{_LATER[engine]}; use --engine chromium")
    own = Path(_type(playwright, engine).executable_path)
    if own.is_file():
        return Found(engine=engine, executable=own, origin="playwright")
    for name in _SYSTEM_NAMES[engine]:
        if path := shutil.which(name):
            return Found(engine=engine, executable=Path(path), origin="system")
    raise EngineUnavailable(
        f"no {engine} was found; install Playwright's with 'playwright install {engine}', or the system's "
        f"with 'apt-get install {engine}'"
    )


@contextlib.contextmanager
def launched(
    playwright: Playwright,
    found: Found,
    policy: Policy,
    *,
    spki_pins: tuple[str, ...],
    folder: Path,
    headed: bool = False,
) -> Iterator[Browser]:
    """Start a browser under a policy and close it when the block ends.

    Args:
        playwright: The driver.
        found: The engine.
        policy: The conditions.
        spki_pins: The run's certificates, which the browser accepts beside the public ones.
        folder: A private folder for the wrapper.
        headed: Whether a person can watch.
    """
    if headed and sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        raise UsageError("--headed needs a display, and DISPLAY is not set; leave it out, or use xvfb-run")
    browser = _type(playwright, found.engine).launch(
        # The new headless: the headless shell lacks cookie settings and the popup blocker.
        channel="chromium",
        executable_path=_wrapped(found, policy, folder),
        headless=not headed,
        args=[*_QUIET, f"--ignore-certificate-errors-spki-list={','.join(spki_pins)}"],
        ignore_default_args=["--disable-popup-blocking"] if policy.popup_blocker else [],
    )
    try:
        yield browser
    finally:
        with contextlib.suppress(Error):  # the browser may be gone already
            browser.close()


def _wrapped(found: Found, policy: Policy, folder: Path) -> Path:
    if sys.platform == "win32" or "'" in str(found.executable):
        return found.executable
    wrapper = folder / f"{found.engine}-{policy.name}"
    mode = 1 if policy.third_party_cookies == "blocked" else 0
    text = _WRAPPER.format(
        preferences=f'{{"profile":{{"cookie_controls_mode":{mode}}}}}',
        feature=_PARTITIONING if policy.partitioning else "-",
        executable=found.executable,
    )
    wrapper.write_text(text, "utf-8")
    os.chmod(wrapper, 0o700)  # noqa: PTH101 - a script has to be executable
    return wrapper


def _type(playwright: Playwright, engine: EngineName) -> BrowserType:
    return {"chromium": playwright.chromium, "firefox": playwright.firefox, "webkit": playwright.webkit}[
        engine
    ]
