"""Cases turned into a report: what is asked for, what was learned first, and who waits meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness import Case, Config, Harness
from harness.browser.pool import Browsers
from harness.errors import ConfigError, UsageError
from harness.learning import Learned
from harness.matrix import cases
from harness.opened import OpenCase
from harness.timeline import Timeline

from .made import result

BLIND = Learned(telling=False, sentence="an altered credential was accepted")
TWO = (Case(surface="embedded", flow="code"), Case(surface="popup", flow="code"))


class Played(Harness):
    """A harness whose cases have no browser: each is authenticated, in the thread that ran it."""

    def __init__(
        self, *, learned: Learned | None = None, during: Callable[[], object] = lambda: None
    ) -> None:
        super().__init__()
        self.threads: list[str] = []
        self._said, self._during = learned, during

    def learn(self, rows: Any) -> Learned | None:
        """Return what a test says was learned."""
        return self._said

    @property
    def browsers(self) -> Browsers:
        """Return what stands for them."""
        stub = SimpleNamespace(find=lambda *_: None, lent=lambda *_: contextlib.nullcontext())
        return cast("Browsers", stub)

    @contextlib.contextmanager
    def open(self, case: Case, **_: Any) -> Iterator[OpenCase]:
        """Play a case."""
        self.threads.append(threading.current_thread().name)
        self._during()
        timeline = Timeline(())
        played = SimpleNamespace(timeline=timeline, result=lambda: result(case), saved=lambda **_: timeline)
        yield cast("OpenCase", played)


def test_without_cases_the_matrix_is_checked() -> None:
    """The configuration says what is asked for."""
    with Played() as harness:
        report = harness.check()

    assert [one.id for one in cases(Config().matrix)] == [one.id for one in report.cases]


def test_axes_narrow_the_matrix() -> None:
    """One value of an axis, or several."""
    with Played() as harness:
        report = harness.check(surface="popup", flow=("code", "code-pkce"))

    assert [("popup", "code"), ("popup", "code-pkce")] == [(one.surface, one.flow) for one in report.cases]


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ({"surfaces": "popup"}, "it has surface, flow, engine"),
        ({"flow": "coed"}, "choose from implicit"),
        ({"flow": ()}, "an empty list"),
        ({"fault": "exp-pst"}, "exp-past"),
    ],
)
def test_what_cannot_be_asked_for_is_one_sentence(axes: dict[str, Any], said: str) -> None:
    """It says what is allowed."""
    with Played() as harness, pytest.raises(UsageError, match=said):
        harness.check(**axes)


def test_where_nothing_can_be_told_nothing_is_called_a_success() -> None:
    """Nor a failure, and nobody has another last word; the summary counts it as undetermined."""
    with Played(learned=BLIND) as harness:
        report = harness.check(TWO, finish=lambda *_: pytest.fail("nothing is to be added"))

    assert {("undetermined", None, False)} == {(one.outcome, one.code, one.passed) for one in report.cases}
    assert (0, 0, 2) == (report.summary.passed, report.summary.failed, report.summary.undetermined)
    assert BLIND.sentence == report.learned


def test_nothing_is_learned_of_the_sample_brand() -> None:
    """It is ours."""
    with Harness() as harness:
        assert harness.learn(TWO) is None


def test_an_event_loop_goes_on_while_cases_are_checked() -> None:
    """The browsers are in a thread of their own: what the loop does next is what a case waits for."""

    async def awaited() -> tuple[list[str], int]:
        goes_on = threading.Event()
        with Played(during=lambda: goes_on.wait()) as harness:
            checked = asyncio.ensure_future(harness.acheck(TWO))
            asyncio.get_running_loop().call_soon(goes_on.set)
            report = await checked
            return harness.threads, report.summary.passed

    threads, passed = asyncio.run(awaited())

    assert 2 == passed
    assert 1 == len(set(threads))
    assert threading.main_thread().name not in threads


def test_no_case_begins_after_a_cancellation() -> None:
    """The one that is under way ends."""

    async def cancelled() -> list[str]:
        begun, goes_on = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def during() -> None:
            loop.call_soon_threadsafe(begun.set)
            goes_on.wait()

        async with Played(during=during) as harness:
            checked = asyncio.ensure_future(harness.acheck(TWO))
            await begun.wait()
            checked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await checked
            goes_on.set()
        return harness.threads

    assert 1 == len(asyncio.run(cancelled()))


def test_in_an_event_loop_what_would_block_it_says_what_to_await() -> None:
    """Playwright's own words would name neither."""

    async def blocking() -> None:
        with Harness() as harness:
            harness.check(TWO)

    with pytest.raises(UsageError, match="await acheck"):
        asyncio.run(blocking())


def test_a_harness_takes_the_file_of_a_brand(tmp_path: Path) -> None:
    """As the command line does, with the same sentences about mistakes."""
    file = tmp_path / "narrow.toml"
    file.write_text('[matrix]\nsurfaces = ["popup"]\n', "utf-8")

    assert ("popup",) == Harness(file).config.matrix.surfaces
    with pytest.raises(ConfigError, match=r"missing\.toml"):
        Harness(str(tmp_path / "missing.toml"))
    with pytest.raises(UsageError, match="a file's path"):
        Harness(cast("Config", 5))
