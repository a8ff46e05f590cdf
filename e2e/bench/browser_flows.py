"""(a) ``flow_in_page`` and a whole case beside their bare twins, in turns and in the same browser."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

from playwright.sync_api import Error, Playwright

from e2e.bench import twin
from e2e.bench.model import Benchmark, Effort, Row, Say, Target, measured
from e2e.bench.twin import Driven, Exchange, Listening, serving
from harness import Case, Harness
from harness.browser import drive
from harness.config import EngineName, Surface
from harness.errors import EngineUnavailable, HarnessBroken

SAMPLES: dict[EngineName, int] = {"chromium": 12, "firefox": 7}
SURFACES: tuple[Surface, ...] = ("embedded", "popup")
WARM_UP = 2
IN_PAGE, WHOLE = Target(limit=1.5), Target(limit=1.3)

Pair = tuple[Driven, Driven]
"""What a case took, and its twin."""


def run(effort: Effort, say: Say, playwright: Playwright | None = None) -> Iterator[Row]:
    """Measure in every engine that is here.

    Args:
        effort: How much.
        say: Hears what is being done.
        playwright: A driver to share.
    """
    with Harness(playwright=playwright) as harness:
        for surface in SURFACES:
            _, exchanges = listened(harness, Case(surface=surface, flow="code-pkce"))
            with serving(harness.server, exchanges) as proxy_url:
                for engine in SAMPLES:
                    say(f"{surface} in {engine}, and its twin")
                    case = Case(surface=surface, flow="code-pkce", engine=engine)
                    yield from _rows(harness, case, proxy_url, effort)


def listened(harness: Harness, case: Case) -> tuple[Counter[twin.Name], tuple[Exchange, ...]]:
    """Return what a case asks for, and in Chromium the answers.

    Args:
        harness: Runs it.
        case: The case.
    """
    with harness.surface(case) as surface:
        heard = Listening(surface.context)
        drive.drive(surface)
        surface.flow_in_page()
        return heard.names(), heard.exchanges() if case.engine == "chromium" else ()


def _rows(harness: Harness, case: Case, proxy_url: str, effort: Effort) -> Iterator[Row]:
    name = f"{case.surface}, {case.engine}"
    try:
        pairs = _turns(harness, case, proxy_url, effort)
    except (EngineUnavailable, HarnessBroken) as error:
        yield Row(name=name, missing=str(error))
        return
    except Error as error:
        yield Row(name=name, missing=error.message.splitlines()[0])
        return
    ours, twins = [one for one, _ in pairs], [one for _, one in pairs]
    bare = measured(f"{name}: twin, in page", [one.in_page for one in twins])
    yield bare
    yield measured(f"{name}: flow_in_page", [one.in_page for one in ours], twin=bare, target=IN_PAGE)
    bare = measured(f"{name}: twin, whole test", [one.whole for one in twins])
    yield bare
    yield measured(f"{name}: whole case", [one.whole for one in ours], twin=bare, target=WHOLE)


def _turns(harness: Harness, case: Case, proxy_url: str, effort: Effort) -> list[Pair]:
    """Run a case and its twin in turns.

    Raises:
        HarnessBroken: When the twin is none, or a case fails.
    """
    real, _ = listened(harness, case)
    asked = _twin(harness, case, proxy_url, listen=True).asked
    if said := twin.differences(real, asked or Counter()):
        raise HarnessBroken(f"the twin is none: {said}")
    pairs = []
    warm_up = effort.of(WARM_UP)
    for number in range(warm_up + effort.of(SAMPLES[case.engine])):
        pair = _case(harness, case), _twin(harness, case, proxy_url)
        if number >= warm_up:
            pairs.append(pair)
    return pairs


def _twin(harness: Harness, case: Case, proxy_url: str, *, listen: bool = False) -> Driven:
    # Asked for each time: a browser that has served long enough is another one by then.
    browser, _ = harness.browser(case.engine, case.policy)
    return twin.drive(browser, proxy_url, case.surface, listen=listen)


def _case(harness: Harness, case: Case) -> Driven:
    begun = time.perf_counter()
    result = harness.run(case)
    whole = (time.perf_counter() - begun) * 1000
    if not result.passed:
        raise HarnessBroken(f"{case.id} ended otherwise: {result.outcome}, {result.code}")
    return Driven(in_page=result.timings_ms.flow_in_page, whole=whole)


BENCHMARK = Benchmark(
    name="browser",
    title="flow_in_page and the whole case (code + PKCE) beside bare twins",
    run=run,
)
