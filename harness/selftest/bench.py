"""What entries of the self-test are run on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from harness.catalogue.faults import Step
from harness.checks import Judgement
from harness.config import Config
from harness.extension import Catalogue
from harness.matrix import Case, prepared
from harness.run import Harness
from harness.selftest.comparing import compare, unavailable
from harness.selftest.entries import Entry
from harness.selftest.in_process import InProcess
from harness.selftest.score import Row


class Bench:
    """A server for the entries that need no page, and browsers for the others; each starts when it is needed.

    Args:
        chosen: The entries that may be run.
        catalogue: The faults and the checks.
        browsers: The harness whose browsers show what needs one; one of its own when left out.
    """

    def __init__(
        self, chosen: tuple[Entry, ...], catalogue: Catalogue, browsers: Harness | None = None
    ) -> None:
        self._chosen, self._catalogue = chosen, catalogue
        self._stack = contextlib.ExitStack()
        self._browsers = browsers
        self._process: InProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def rows(self, same: tuple[Entry, ...]) -> Iterator[Row]:
        """Run entries of one fault and yield what came of each."""
        with contextlib.ExitStack() as own:
            arranged: Harness | None = None
            for entry in same:
                if entry.unavailable:
                    yield unavailable(entry)
                elif entry.in_browser:
                    arranged = arranged or own.enter_context(self._harness().arranged(entry.row))
                    yield compare(entry, [_shown(arranged, *one) for one in entry.runs])
                else:
                    yield self._server().row(entry)

    def _harness(self) -> Harness:
        if self._browsers is None:
            catalogue = self._catalogue
            started = Harness(prepared(Config(), catalogue.faults), extensions=catalogue.extensions)
            self._browsers = self._stack.enter_context(started)
        return self._browsers

    def _server(self) -> InProcess:
        if self._process is None:
            self._process = self._stack.enter_context(InProcess(self._chosen, self._catalogue))
        return self._process


def _shown(browsers: Harness, case: Case, variation: tuple[Step, ...]) -> Judgement:
    with browsers.open(case, variation=variation) as opened:
        return opened.judgement
