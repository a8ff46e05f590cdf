"""What one test leaves in pytest-playwright's ``--output``: the report of its cases, traces, pictures."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext

from harness import files
from harness.browser.camera import Camera
from harness.browser.tracing import Recordings
from harness.config import Config
from harness.opened import OpenCase, known_secrets
from harness.report.folder import REPORT, Folder
from harness.report.model import CaseResult, Report, summarise
from harness.report.picture import Picture
from harness.suite.options import Choice

FORMS = (REPORT, "report.json")
"""Not JUnit XML, which would be a second test to whoever collects such files: pytest writes that."""

Kept = tuple[str, Path]
"""What it is, in pytest-playwright's words, and where."""


@dataclass(kw_only=True)
class Leaving:
    """Collects what a test leaves; whether it does is known when the test has ended.

    Attributes:
        config: The configuration, whose secrets are in nothing that is left.
        choice: When a test leaves what.
        private: A folder that nobody else reads.
        target: The test's folder in ``--output``.
        opened: The cases that have run.
        run: What the report calls the run.
    """

    config: Config
    choice: Choice
    private: Path
    target: Path
    opened: list[OpenCase] = field(default_factory=list)
    run: str = field(default_factory=lambda: secrets.token_hex(6))
    _results: list[CaseResult] = field(default_factory=list)
    _others: tuple[Picture, ...] = ()

    def __post_init__(self) -> None:
        traced = self.choice.traces != "off"
        self.recordings = Recordings(self.private, trace=True, har=False) if traced else None

    def camera(self) -> Camera | None:
        """Return what takes pictures, where somebody may want to see them."""
        return None if self.choice.pictures == "off" else Camera(masked=self.config.brand is not None)

    def add(self, opened: OpenCase) -> CaseResult:
        """Note a case that has run, while its pages are open."""
        self.opened.append(opened)
        self._results.append(opened.result())
        return self._results[-1]

    def look(
        self, camera: Camera | None, context: BrowserContext | None, opened: OpenCase | None = None
    ) -> None:
        """Take a last picture before a context is closed, and note what a camera has taken.

        Args:
            camera: The camera, where there is one.
            context: What it looks at.
            opened: The case whose pictures they are, where there is one.
        """
        if camera is None:
            return
        if context is not None:
            camera.take_all(context, "test ended")
        if opened is not None:
            opened.pictures = camera.pictures
        else:
            self._others += camera.pictures

    @property
    def report(self) -> Path | None:
        """Where a failed test leaves its report; ``None`` where it leaves none."""
        wanted = self.choice.wants(self.choice.report, failed=True) and bool(self.opened)
        return self.target / REPORT if wanted else None

    def finish(self, *, failed: bool) -> tuple[Kept, ...]:
        """Leave what is wanted, forget the rest, and return what was left.

        Args:
            failed: Whether the test has failed.
        """
        kept: list[Kept] = []
        pictures = self.choice.wants(self.choice.pictures, failed=failed)
        if pictures:
            kept += self._pictures()
        if self.choice.wants(self.choice.traces, failed=failed):
            kept += self._traces()
        if self.opened and self.choice.wants(self.choice.report, failed=failed):
            kept.append(("harness_report", self._report(pictures=pictures)))
        shutil.rmtree(self.private, ignore_errors=True)
        return tuple(kept)

    def _report(self, *, pictures: bool) -> Path:
        files.make_folder(self.target)
        folder = Folder(self.target, secrets=known_secrets(self.config), forms=FORMS)
        for one in self.opened:
            folder.keep(one.saved(run=self.run, rules=self.config.rules))
            if pictures:
                folder.look(one.pictures)
        results = tuple(self._results)
        seconds = sum(one.timings_ms.case + one.timings_ms.login for one in results) / 1000
        folder.finish(
            Report(run=self.run, rules=self.config.rules, summary=summarise(results, seconds), cases=results),
            (),
        )
        return folder.report

    def _traces(self) -> list[Kept]:
        if self.recordings is None:
            return []
        several = len(self.recordings.kept) > 1
        kept = []
        for number, path in enumerate(self.recordings.kept, 1):
            target = self.target / (f"trace-{number}.zip" if several else "trace.zip")
            files.make_folder(self.target)
            files.leave(target, path.read_bytes())
            kept.append(("playwright_trace", target))
        return kept

    def _pictures(self) -> list[Kept]:
        taken = (*(picture for one in self.opened for picture in one.pictures), *self._others)
        kept = []
        for number, picture in enumerate(taken, 1):
            path = self.target / f"{number:02} {picture.step}.jpg"
            files.make_folder(self.target)
            files.leave(path, picture.jpeg)
            kept.append(("playwright_screenshot", path))
        return kept
