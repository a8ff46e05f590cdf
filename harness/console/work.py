"""What the walkthrough's jobs do: a preflight, and the matrix in a harness of the job's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness import redact
from harness.browser.own_logins import Whose
from harness.config import Config
from harness.console.jobs import Job
from harness.extension import installed
from harness.last_gate import sealed_report, sealed_timeline
from harness.live import Feed
from harness.matrix import Case
from harness.onboarding import onboard
from harness.onboarding.before_login import before_login
from harness.preflight import Preflight, preflight
from harness.preflight.endpoints import endpoints_of
from harness.preflight.probes import probes_of
from harness.report.model import CaseResult, Report
from harness.run import Harness
from harness.timeline import Timeline

RUNNING = "running the cases"
"""What the onboarding says when it begins with the cases."""

Work = Callable[[Job], None]
Sessions = Mapping[Whose, Any]


@dataclass(frozen=True, kw_only=True)
class Step:
    """How far a job has come.

    Attributes:
        said: What was done last, or is being done.
        done: How many steps are done.
        total: How many there are; 0 where nobody knows.
    """

    said: str
    done: int
    total: int


def asking(config: Config) -> Work:
    """Return a preflight of a configuration: it tells ``step`` and ``preflight``."""

    def work(job: Job) -> None:
        steps = _Steps(job, _questions(config))
        found = before_login(config, progress=steps.heard)
        job.tell("preflight", found)

    return work


def running(
    config: Config,
    rows: tuple[Case, ...],
    *,
    sessions: Sessions,
    secrets: tuple[str, ...],
    feed: Feed | None = None,
) -> Work:
    """Return a run of cases: it tells ``rows``, ``step``, ``left-out``, ``case``, ``timelines``, ``report``.

    Args:
        config: The configuration.
        rows: The cases.
        sessions: What browsers kept of earlier logins.
        secrets: Values that are to stand in nothing that is told.
        feed: Passes each case on, while it runs, to those who watch.
    """
    redactor = redact.Redactor(secrets)

    def work(job: Job) -> None:
        # Playwright's objects belong to the thread that made them: all of this happens in the job's.
        harness = Harness(config, sessions=sessions, feed=feed, extensions=installed())
        harness.check_attendance()
        job.tell("rows", rows)
        found = _known(config, job)
        timelines: list[Timeline] = []
        with harness:
            steps = _Steps(job, 0)
            for case in rows:
                if (reason := harness.unplayable(case)) is not None:
                    job.tell("left-out", (case, reason))
            report = onboard(
                harness,
                rows,
                preflight=found,
                heard=steps.said,
                progress=lambda result: job.tell("case", _sealed(result, redactor)),
                keep=lambda timeline: timelines.append(sealed_timeline(timeline, redactor)),
            )
        job.tell("timelines", tuple(timelines))
        job.tell("report", Report.model_validate(sealed_report(report.model_dump(), redactor)))

    return work


def _sealed(result: CaseResult, redactor: redact.Redactor) -> CaseResult:
    return CaseResult.model_validate(sealed_report(result.model_dump(), redactor))


def _known(config: Config, job: Job) -> Preflight | None:
    """Return what is known of a brand of one's own before anybody signs in."""
    if config.brand is None:
        return None
    return preflight(config, progress=_Steps(job, _questions(config)).heard)


def _questions(config: Config) -> int:
    """Return how much a preflight asks at most: hosts, everything that is asked there, and the browser."""
    hosts = {one.address for one in endpoints_of(config)}
    return len(hosts) + len(probes_of(config)) + (config.brand is not None)


class _Steps:
    """Counts steps and tells them."""

    def __init__(self, job: Job, total: int) -> None:
        self._job, self._total, self._done = job, total, 0

    def heard(self, what: str) -> None:
        """Tell that something was done."""
        self._done += 1
        self._job.tell(
            "step", Step(said=f"asked: {what}", done=min(self._done, self._total), total=self._total)
        )

    def said(self, what: str) -> None:
        """Tell what is being done beside the steps."""
        self._job.tell("step", Step(said=what, done=0, total=0))
