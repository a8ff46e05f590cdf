"""A whole preflight: the sample's servers run meanwhile, a page of one's own is seen in a browser too."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator

from harness import temporary
from harness.clock import SystemClock
from harness.config import Config
from harness.errors import EngineUnavailable, PolicyUnavailable
from harness.onboarding.first_look import first_look
from harness.preflight import Preflight, Ways, preflight
from harness.preflight.model import Line
from harness.preflight.said import Part
from harness.run import Harness
from harness.server import running


def before_login(
    config: Config, *, browser: bool = True, progress: Callable[[str], None] = lambda _: None
) -> Preflight:
    """Find out what can be known without a login.

    Args:
        config: The configuration.
        browser: Whether a page of one's own is seen in a browser too, where nothing is wrong so far.
        progress: Hears of each thing that is done.
    """

    def look() -> Iterable[Part]:
        progress("page in a browser")
        return _in_browser(config)

    with _ways(config) as ways:
        second = look if browser and config.brand is not None else tuple
        return preflight(config, ways, progress=progress, browser=second)


def _in_browser(config: Config) -> Iterable[Part]:
    """Return the second stage; where no browser is here, what it would have told stays open."""
    try:
        with Harness(config) as harness:
            return first_look(harness)
    except (EngineUnavailable, PolicyUnavailable) as error:
        line = Line(subject="page in a browser", mark="unknown", said=str(error), stage="browser")
        return (Part(surfaces=frozenset(), said=(line,)),)


@contextlib.contextmanager
def _ways(config: Config) -> Iterator[Ways]:
    """Give the ways to the brand's servers; the sample's run for as long as they are asked."""
    if config.brand is not None:
        yield Ways.outward(config)
        return
    with (
        temporary.folder() as folder,
        running(config, folder=folder, clock=SystemClock()) as server,
    ):
        yield Ways(names=server.names, trust=server.tls.client)
