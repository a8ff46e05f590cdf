"""What is on this machine: which engines are here, what they can do, and the sentence that mends the rest."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from playwright.sync_api import Playwright

from harness.browser import engines
from harness.browser.settings import TABLE
from harness.browser.trial import tried
from harness.config import ENGINES, EngineName
from harness.errors import EngineUnavailable

_PACKAGES = ("playwright", "pytest-playwright", "starlette", "uvicorn", "authlib", "joserfc")

_BIDI_LIMITS = (
    "experimental: Playwright does not document this way of driving a stock Firefox, and a newer Playwright "
    "sends commands that Firefox may lack: 1.64 drives Firefox ESR 153, 1.65 does not",
    "the driver's first command to a page counts as a click there for 5 s, so a popup that needs a click may "
    "open without one",
)
_NO_TOUCH = "no touch: the app is clicked, on a phone's screen"

_LIMITS: dict[tuple[EngineName, str], tuple[str, ...]] = {
    ("firefox", "system"): (*_BIDI_LIMITS, _NO_TOUCH),
    ("firefox", "playwright"): (_NO_TOUCH,),
    ("webkit", "playwright"): (
        "it can be given no certificate authority, so it accepts every certificate",
        "it has no settings for the conditions; those that it does not have are left out with what was read",
    ),
}

Trial = Callable[[Playwright, engines.Found], engines.Found]

_WINDOWS = "the cookie preference cannot be set on Windows; a policy that needs it is left out"


@dataclass(frozen=True, kw_only=True)
class EngineState:
    """One engine on this machine.

    Attributes:
        found: Where it is; ``None`` when it is not here.
        sentence: Where it is and how it is driven, or how to get it.
        reached: The policies that it can reach; what really holds is read back at every start.
        unreached: Those that it cannot, with the reason.
        limits: What else is not as a consumer has it.
    """

    engine: EngineName
    found: engines.Found | None
    sentence: str
    reached: tuple[str, ...] = ()
    unreached: tuple[tuple[str, str], ...] = ()
    limits: tuple[str, ...] = ()


def engine_states(
    playwright: Playwright, wanted: tuple[EngineName, ...] = ENGINES, *, trial: Trial = tried
) -> tuple[EngineState, ...]:
    """Look for engines.

    Args:
        playwright: The driver.
        wanted: Which engines.
        trial: Starts one that may not obey the driver; what it raises is the reason why it is not here.
    """
    return tuple(_state(playwright, engine, trial) for engine in wanted)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that matter."""
    found = {"python": sys.version.split()[0]}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _state(playwright: Playwright, engine: EngineName, trial: Trial) -> EngineState:
    try:
        found = trial(playwright, engines.find(playwright, engine))
    except EngineUnavailable as error:
        return EngineState(engine=engine, found=None, sentence=str(error))
    row = {policy: columns[engine] for policy, columns in TABLE.items()}
    windows = (_WINDOWS,) if sys.platform == "win32" else ()
    return EngineState(
        engine=engine,
        found=found,
        sentence=f"{found.executable} ({found.label})",
        reached=tuple(policy for policy, way in row.items() if not isinstance(way, str)),
        unreached=tuple((policy, way) for policy, way in row.items() if isinstance(way, str)),
        limits=(*_LIMITS.get((engine, found.origin), ()), *windows),
    )
